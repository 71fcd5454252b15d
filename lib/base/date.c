/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/date.h"

#include <stdio.h>
#include <string.h>

/* Days from 0000-03-01 to 2000-01-01. Years are counted from March, so that the leap day is a
 * year's last (H. Hinnant, "chrono-compatible low-level date algorithms"). */
#define DAYS_TO_EPOCH INT64_C(730425)
#define DAYS_PER_ERA  INT64_C(146097) /* 400 years */

static int64_t floor_div(int64_t a, int64_t b)
{
    int64_t quotient = a / b;
    return a % b < 0 ? quotient - 1 : quotient;
}

int32_t emis_date_from_civil(int year, int month, int day)
{
    int64_t y = (int64_t) year - (month <= 2);
    int64_t era = floor_div(y, 400);
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (int64_t) (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return (int32_t) (era * DAYS_PER_ERA + day_of_era - DAYS_TO_EPOCH);
}

void emis_date_to_civil(int32_t days, int *ret_year, int *ret_month, int *ret_day)
{
    int64_t z = (int64_t) days + DAYS_TO_EPOCH;
    int64_t era = floor_div(z, DAYS_PER_ERA);
    int64_t day_of_era = z - era * DAYS_PER_ERA;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153;
    *ret_day = (int) (day_of_year - (153 * month + 2) / 5 + 1);
    *ret_month = (int) (month < 10 ? month + 3 : month - 9);
    *ret_year = (int) (year_of_era + era * 400 + (*ret_month <= 2));
}

/* Does text look like pattern, where '0' stands for any digit? */
static bool has_shape(const char *text, const char *pattern, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        bool is_digit = text[i] >= '0' && text[i] <= '9';
        if (pattern[i] == '0' ? !is_digit : text[i] != pattern[i]) {
            return false;
        }
    }
    return true;
}

static int digits(const char *text, size_t size)
{
    int value = 0;
    for (size_t i = 0; i < size; i++) {
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

/* text has the shape 0000-00-00. */
static bool parse_day(const char *text, int32_t *ret_days, struct emis_error *err)
{
    int year = digits(text, 4);
    int month = digits(text + 5, 2);
    int day = digits(text + 8, 2);
    if (month < 1 || month > 12 || day < 1 || day > 31) {
        return emis_error_set(err, E_DATE_INVALID, "%.10s is not a date", text);
    }
    int32_t days = emis_date_from_civil(year, month, day);
    int same_year, same_month, same_day;
    emis_date_to_civil(days, &same_year, &same_month, &same_day);
    if (same_month != month) {
        return emis_error_set(err, E_DATE_INVALID, "%.10s does not exist", text);
    }
    if (year < 1900 || year > 2199) {
        return emis_error_set(err, E_DATE_RANGE, "%.10s is not between 1900 and 2199", text);
    }
    *ret_days = days;
    return true;
}

bool emis_date_parse(const char *text, size_t size, int32_t *ret_days, struct emis_error *err)
{
    if (size != 10 || !has_shape(text, "0000-00-00", 10)) {
        return emis_error_set(err, E_DATE_FORMAT, "not a date of the form YYYY-MM-DD");
    }
    return parse_day(text, ret_days, err);
}

void emis_date_format(int32_t days, char out[16])
{
    int year, month, day;
    if (days == EMIS_DATE_INFINITY) {
        memcpy(out, "infinity", sizeof "infinity");
        return;
    }
    emis_date_to_civil(days, &year, &month, &day);
    (void) snprintf(out, 16, "%04d-%02u-%02u", year, (unsigned) month % 13, (unsigned) day % 32);
}

/* "", ".d" to ".dddddd": microseconds, and how many characters were read; SIZE_MAX when malformed.
 */
static size_t parse_fraction(const char *text, size_t size, int64_t *ret_us)
{
    size_t count = 0;
    int64_t us = 0;
    *ret_us = 0;
    if (size == 0 || text[0] != '.') {
        return 0;
    }
    for (size_t i = 1; i < size && text[i] >= '0' && text[i] <= '9'; i++) {
        us = count < 6 ? us * 10 + (text[i] - '0') : us;
        count++;
    }
    if (count == 0 || count > 6) {
        return SIZE_MAX;
    }
    for (size_t i = count; i < 6; i++) {
        us *= 10;
    }
    *ret_us = us;
    return count + 1;
}

bool emis_date_parse_utc_offset(const char *text, size_t size, int32_t *ret_minutes)
{
    if (size != 6 || !(has_shape(text, "+00:00", 6) || has_shape(text, "-00:00", 6))) {
        return false;
    }
    int minutes = digits(text + 1, 2) * 60 + digits(text + 4, 2);
    if (digits(text + 4, 2) > 59 || minutes > 14 * 60) {
        return false;
    }
    *ret_minutes = text[0] == '-' ? -minutes : minutes;
    return true;
}

/* "Z" or "+hh:mm": minutes east. */
static bool parse_zone(const char *text, size_t size, int32_t *ret_minutes)
{
    if (size == 1 && text[0] == 'Z') {
        *ret_minutes = 0;
        return true;
    }
    return emis_date_parse_utc_offset(text, size, ret_minutes);
}

bool emis_date_parse_instant(const char *text, size_t size, int64_t *ret_us, struct emis_error *err)
{
    int64_t fraction_us = 0;
    int32_t zone = 0;
    int32_t days = 0;
    bool is_shaped = size >= 20 && has_shape(text, "0000-00-00T00:00:00", 19);
    size_t fraction_size =
        is_shaped ? parse_fraction(text + 19, size - 19, &fraction_us) : SIZE_MAX;
    if (fraction_size == SIZE_MAX ||
        !parse_zone(text + 19 + fraction_size, size - 19 - fraction_size, &zone)) {
        return emis_error_set(err, E_DATE_FORMAT,
                              "not an instant of the form YYYY-MM-DDThh:mm:ssZ or with +hh:mm");
    }
    int hour = digits(text + 11, 2);
    int minute = digits(text + 14, 2);
    int second = digits(text + 17, 2);
    if (hour > 23 || minute > 59 || second > 59) {
        return emis_error_set(err, E_DATE_FORMAT, "%.8s is not a time of day", text + 11);
    }
    if (!parse_day(text, &days, err)) {
        return false;
    }
    int64_t seconds = (int64_t) hour * 3600 + minute * 60 + second - (int64_t) zone * 60;
    *ret_us = days * EMIS_DATE_US_PER_DAY + seconds * 1000000 + fraction_us;
    return true;
}

void emis_date_format_instant(int64_t us, char out[32])
{
    char day[16];
    int64_t days = floor_div(us, EMIS_DATE_US_PER_DAY);
    int64_t rest = us % EMIS_DATE_US_PER_DAY; /* days * US_PER_DAY may lie outside int64 */
    unsigned ms = (unsigned) ((rest < 0 ? rest + EMIS_DATE_US_PER_DAY : rest) / 1000);
    emis_date_format((int32_t) days, day);
    (void) snprintf(out, 32, "%.13sT%02u:%02u:%02u.%03uZ", day, ms / 3600000 % 24, ms / 60000 % 60,
                    ms / 1000 % 60, ms % 1000);
}

int emis_date_weekday(int32_t days)
{
    /* 2000-01-01 was a Saturday. */
    int64_t since_monday = (int64_t) days + 5;
    return (int) (since_monday - floor_div(since_monday, 7) * 7) + 1;
}

void emis_date_iso_week(int32_t days, int *ret_year, int *ret_week)
{
    /* A week belongs to the year of its Thursday. */
    int32_t thursday = days - emis_date_weekday(days) + 4;
    int year, month, day;
    emis_date_to_civil(thursday, &year, &month, &day);
    *ret_year = year;
    *ret_week = (thursday - emis_date_from_civil(year, 1, 1)) / 7 + 1;
}

int32_t emis_date_of_iso_week(int year, int week)
{
    int32_t january_4 = emis_date_from_civil(year, 1, 4);
    return january_4 - (emis_date_weekday(january_4) - 1) + 7 * (week - 1);
}
