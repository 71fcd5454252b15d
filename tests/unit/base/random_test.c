/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/random.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdbool.h>
#include <cmocka.h>

#define DRAWS 4000

static void test_base_random__below_meets_every_value_equally_often(void **state)
{
    struct emis_random random;
    int counts[8] = {0};
    (void) state;
    emis_random_init(&random, 1);
    for (int i = 0; i < DRAWS; i++) {
        uint64_t drawn = emis_random_below(&random, 8);
        assert_in_range(drawn, 0, 7);
        counts[drawn]++;
    }
    for (int i = 0; i < 8; i++)
        assert_in_range(counts[i], DRAWS / 8 - 100, DRAWS / 8 + 100);
    assert_int_equal(emis_random_below(&random, 1), 0);
}

static void test_base_random__seeds_differ(void **state)
{
    struct emis_random one, other;
    int equal = 0;
    (void) state;
    emis_random_init(&one, 1);
    emis_random_init(&other, UINT64_C(2) << 32);
    for (int i = 0; i < 100; i++)
        equal += emis_random_below(&one, 1000000) == emis_random_below(&other, 1000000);
    assert_in_range(equal, 0, 2);
}

/* The least and the greatest of many waits. */
static void range(int tries, int64_t *ret_min, int64_t *ret_max)
{
    struct emis_random random;
    emis_random_init(&random, 7);
    *ret_min = INT64_MAX;
    *ret_max = 0;
    for (int i = 0; i < DRAWS; i++) {
        int64_t wait_ms = emis_random_backoff_ms(&random, tries, 5, 400);
        *ret_min = wait_ms < *ret_min ? wait_ms : *ret_min;
        *ret_max = wait_ms > *ret_max ? wait_ms : *ret_max;
    }
}

static void test_base_random__backoff_doubles_up_to_its_maximum(void **state)
{
    static const int64_t wanted[][2] = {{0, 5}, {1, 10}, {3, 40}, {6, 320}, {7, 400}, {99, 400}};
    int64_t min_ms, max_ms;
    (void) state;
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        range((int) wanted[i][0], &min_ms, &max_ms);
        assert_int_equal(min_ms, 1);
        assert_int_equal(max_ms, wanted[i][1]);
    }
}

/* More tries than doublings stay below them all the same. */
static void test_base_random__backoff_stops_doubling(void **state)
{
    struct emis_random random;
    (void) state;
    emis_random_init(&random, 3);
    for (int i = 0; i < DRAWS; i++)
        assert_in_range(emis_random_backoff_ms(&random, 1000, 2, INT64_MAX), 1, 2048);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_base_random__below_meets_every_value_equally_often),
        cmocka_unit_test(test_base_random__seeds_differ),
        cmocka_unit_test(test_base_random__backoff_doubles_up_to_its_maximum),
        cmocka_unit_test(test_base_random__backoff_stops_doubling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
