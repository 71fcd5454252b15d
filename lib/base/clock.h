/* SPDX-License-Identifier: Apache-2.0 */
/* The only reader of the clock. Everywhere else time is an argument. */
#pragma once

#include <stdint.h>

int64_t emis_clock_now_us(void);       /* microseconds since 2000-01-01Z (PostgreSQL's epoch) */
int64_t emis_clock_monotonic_ms(void); /* for durations and timers */
#define EMIS_CLOCK_UNIX_TO_PG_US INT64_C(946684800000000) /* subtract from Unix microseconds */
