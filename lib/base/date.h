/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gregorian dates and instants as integers. A date is days since 2000-01-01, an instant is
 * microseconds since 2000-01-01T00:00:00Z: PostgreSQL's binary forms. Pure; the clock is in
 * clock.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"

#define EMIS_DATE_INFINITY   INT32_MAX /* PostgreSQL's 'infinity'::date */
#define EMIS_DATE_US_PER_DAY INT64_C(86400000000)

/* days from year, month, day; no check. */
int32_t emis_date_from_civil(int year, int month, int day);
void emis_date_to_civil(int32_t days, int *ret_year, int *ret_month, int *ret_day);

/* "YYYY-MM-DD", exactly. E_DATE_FORMAT, E_DATE_INVALID (no such day) or E_DATE_RANGE (not in
 * 1900..2199). */
bool emis_date_parse(const char *text, size_t size, int32_t *ret_days,
                     struct emis_error *err) EMIS_MUST_CHECK;
void emis_date_format(int32_t days, char out[16]);

/* RFC 3339 with seconds and an upper-case Z or +hh:mm up to +-14:00; fraction up to 6 digits.
 * E_DATE_FORMAT, E_DATE_INVALID, E_DATE_RANGE. */
bool emis_date_parse_instant(const char *text, size_t size, int64_t *ret_us,
                             struct emis_error *err) EMIS_MUST_CHECK;
/* "+hh:mm" or "-hh:mm", up to 14:00: minutes east of UTC. */
bool emis_date_parse_utc_offset(const char *text, size_t size,
                                int32_t *ret_minutes) EMIS_MUST_CHECK;
/* "YYYY-MM-DDTHH:MM:SS.mmmZ" */
void emis_date_format_instant(int64_t us, char out[32]);

/* Day of week, 1 Monday to 7 Sunday. */
int emis_date_weekday(int32_t days);
/* ISO week: year and week of a date; the Monday of a week. */
void emis_date_iso_week(int32_t days, int *ret_year, int *ret_week);
int32_t emis_date_of_iso_week(int year, int week);
