/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/clock.h"

#include <time.h>

#include "lib/base/error.h"

static struct timespec read_clock(clockid_t id)
{
    struct timespec now;
    int failure = clock_gettime(id, &now);
    EMIS_ASSERT(failure == 0);
    return now;
}

int64_t emis_clock_now_us(void)
{
    struct timespec now = read_clock(CLOCK_REALTIME);
    return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000 - EMIS_CLOCK_UNIX_TO_PG_US;
}

int64_t emis_clock_monotonic_ms(void)
{
    struct timespec now = read_clock(CLOCK_MONOTONIC);
    return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}
