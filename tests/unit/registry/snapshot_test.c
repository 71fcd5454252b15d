/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "lib/base/date.h"
#include "lib/base/memory.h"
#include "lib/registry/snapshot.h"

static struct registry *make(void)
{
    static const int16_t urban[] = {2, 1};
    const struct registry_place moved[] = {{8, 7, 3, 200, EMIS_DATE_INFINITY, urban},
                                           {7, 6, 2, 100, 150, NULL},
                                           {9, 6, 2, 150, 200, NULL}};
    const struct registry_unit units[] = {
        {30, "S1", 4, moved, 3}, {10, "K1", 0, NULL, 0}, {20, "S10", 4, moved, 1}};
    const struct registry_period periods[] = {{1, CATALOGUE_DAY, "2025-09-30", 9404, 9404, 2025},
                                              {2, CATALOGUE_MONTH, "2025-09", 9375, 9404, 2025}};
    return registry_new(42, units, 3, 2, periods, 2);
}

static void test_registry_snapshot__finds_units(void **state)
{
    (void) state;
    struct registry *registry = make();
    assert_int_equal(registry_version(registry), 42);
    assert_int_equal(registry_unit_count(registry), 3);
    assert_int_equal(registry_unit_at(registry, 0)->unit_id, 10);
    assert_int_equal(registry_unit_find(registry, "S1", 2)->unit_id, 30);
    assert_int_equal(registry_unit_find(registry, "S10", 3)->unit_id, 20);
    assert_int_equal(registry_unit_find(registry, "S10", 2)->unit_id,
                     30); /* the size says where the code ends */
    assert_null(registry_unit_find(registry, "S", 1));
    assert_null(registry_unit_find(registry, "", 0));
    assert_null(registry_unit_find(registry, "S1\0x", 4));
    assert_string_equal(registry_unit_by_id(registry, 20)->code, "S10");
    assert_null(registry_unit_by_id(registry, 21));
    registry_free(registry);
    registry_free(NULL);
}

static void test_registry_snapshot__finds_periods(void **state)
{
    (void) state;
    struct registry *registry = make();
    assert_int_equal(registry_period_find(registry, "2025-09-30", 10)->period_id, 1);
    assert_int_equal(registry_period_find(registry, "2025-09-30", 7)->period_id, 2);
    assert_null(registry_period_find(registry, "2025-10", 7));
    registry_free(registry);
}

static void test_registry_snapshot__places_are_dated_and_half_open(void **state)
{
    (void) state;
    struct registry *registry = make();
    const struct registry_unit *unit = registry_unit_find(registry, "S1", 2);
    assert_null(registry_place_on(unit, 99));
    assert_int_equal(registry_place_on(unit, 100)->place_id, 7);
    assert_int_equal(registry_place_on(unit, 149)->place_id, 7);
    assert_int_equal(registry_place_on(unit, 150)->place_id, 9);
    assert_int_equal(registry_place_on(unit, 199)->place_id, 9);
    assert_int_equal(registry_place_on(unit, 200)->place_id, 8);
    assert_int_equal(registry_place_on(unit, EMIS_DATE_INFINITY)->place_id, 8);
    assert_int_equal(registry_place_on(unit, 200)->attributes[0], 2);
    assert_int_equal(registry_place_on(unit, 100)->attributes[1], 0);
    assert_null(registry_place_on(registry_unit_find(registry, "K1", 2), 100));
    registry_free(registry);
}

static void test_registry_snapshot__empty(void **state)
{
    (void) state;
    struct registry *registry = registry_new(1, NULL, 0, 0, NULL, 0);
    assert_int_equal(registry_unit_count(registry), 0);
    assert_null(registry_unit_find(registry, "S1", 2));
    assert_null(registry_unit_by_id(registry, 1));
    assert_null(registry_period_find(registry, "SY2025", 6));
    registry_free(registry);
}

static void test_registry_snapshot__finds_each_of_many(void **state)
{
    (void) state;
    enum { COUNT = 25000 };
    struct registry_unit *units = emis_calloc(COUNT, sizeof *units);
    for (int i = 0; i < COUNT; i++) {
        units[i] = (struct registry_unit){
            .unit_id = COUNT - i, .code = emis_format_new("TZ%d", i * 7), .level_no = 4};
    }
    struct registry *registry = registry_new(1, units, COUNT, 0, NULL, 0);
    for (int i = 0; i < COUNT; i++) {
        const struct registry_unit *unit =
            registry_unit_find(registry, units[i].code, strlen(units[i].code));
        assert_non_null(unit);
        assert_int_equal(unit->unit_id, COUNT - i);
        assert_ptr_equal(registry_unit_by_id(registry, COUNT - i), unit);
        free((char *) (uintptr_t) units[i].code);
    }
    assert_null(registry_unit_find(registry, "TZ1", 3));
    free(units);
    registry_free(registry);
}

static void test_registry_snapshot__codes_of_other_schemes_are_dated(void **state)
{
    (void) state;
    const struct registry_unit units[] = {{30, "S1", 4, NULL, 0}, {20, "S2", 4, NULL, 0}};
    const struct registry_foreign_code codes[] = {{"board:PS2", 20, INT32_MIN, EMIS_DATE_INFINITY},
                                                  {"board:PS1", 20, 200, 300},
                                                  {"board:PS1", 30, 100, 200},
                                                  {"donor:PS1", 20, 100, 200}};
    struct registry *registry = registry_new_with_codes(1, units, 2, 0, NULL, 0, codes, 4);
    bool is_known = false;
    assert_int_equal(registry_unit_by_foreign(registry, "board:PS1", 9, 100, &is_known)->unit_id,
                     30);
    assert_true(is_known);
    assert_int_equal(registry_unit_by_foreign(registry, "board:PS1", 9, 199, &is_known)->unit_id,
                     30);
    assert_int_equal(registry_unit_by_foreign(registry, "board:PS1", 9, 200, &is_known)->unit_id,
                     20);
    assert_null(registry_unit_by_foreign(registry, "board:PS1", 9, 99, &is_known));
    assert_true(is_known);
    assert_null(registry_unit_by_foreign(registry, "board:PS1", 9, 300, &is_known));
    assert_true(is_known);
    assert_int_equal(registry_unit_by_foreign(registry, "board:PS2", 9, -9000, &is_known)->unit_id,
                     20);
    assert_int_equal(registry_unit_by_foreign(registry, "donor:PS1", 9, 100, &is_known)->unit_id,
                     20);
    assert_null(registry_unit_by_foreign(registry, "PS1", 3, 100, &is_known));
    assert_false(is_known);
    assert_null(registry_unit_find(registry, "board:PS1", 9));
    registry_free(registry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_registry_snapshot__finds_units),
        cmocka_unit_test(test_registry_snapshot__finds_periods),
        cmocka_unit_test(test_registry_snapshot__places_are_dated_and_half_open),
        cmocka_unit_test(test_registry_snapshot__empty),
        cmocka_unit_test(test_registry_snapshot__finds_each_of_many),
        cmocka_unit_test(test_registry_snapshot__codes_of_other_schemes_are_dated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
