/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/cli/import.h"

static struct import_world world;

static void expect(const char *file, const char *told)
{
    assert_int_equal(import_world_file(&world, file), told[0] == '\0');
    assert_string_equal(world.told.text, told);
}

static void test_cli_import_columns__are_found(void **state)
{
    (void) state;
    assert_true(import_world_map(&world, WIDE));
    expect("seven,school,six\n", "");
    assert_int_equal(world.map.unit.at[0], 1);
    assert_int_equal(world.map.groups[0].templates[0].cells[3].source.at[0], 2);
    assert_int_equal(world.map.groups[0].templates[1].cells[3].source.at[0], 0);
}

static void test_cli_import_columns__missing_twice_and_left_over(void **state)
{
    (void) state;
    assert_true(import_world_map(&world, WIDE));
    expect("school,six\n", "1 seven: the column is missing: the map takes a value from it\n");
    expect("school,six,seven,six\n", "1 six: the column occurs twice\n");
    expect("school,six,seven,eight\n",
           "1 eight: the map does not take this column: map it, or name it in \"ignore\"\n");
}

static void test_cli_import_columns__may_be_ignored(void **state)
{
    static const char *const ignored[] = {"eight", "*"};

    (void) state;
    assert_true(import_world_map(&world, WIDE));
    for (size_t i = 0; i < 2; i++) {
        const char *names[] = {ignored[i]};

        world.map.ignored = names;
        world.map.ignored_count = 1;
        expect("school,six,seven,eight\n", "");
    }
}

static void test_cli_import_columns__too_many(void **state)
{
    char header[2 * CLI_CSV_CELLS_MAX + 8] = "";

    (void) state;
    assert_true(import_world_map(&world, WIDE));
    memset(header, ',', CLI_CSV_CELLS_MAX + 4);
    assert_false(import_world_file(&world, header));
    assert_true(world.told.count > 0);
}

static int close_world(void **state)
{
    (void) state;
    import_world_close(&world);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cli_import_columns__are_found),
        cmocka_unit_test(test_cli_import_columns__missing_twice_and_left_over),
        cmocka_unit_test(test_cli_import_columns__may_be_ignored),
        cmocka_unit_test(test_cli_import_columns__too_many),
    };

    import_world_open(&world);
    return cmocka_run_group_tests(tests, NULL, close_world);
}
