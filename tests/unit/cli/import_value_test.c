/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/cli/import.h"

static struct import_world world;

/* The map's unit (the column "school") and the cell of the first line. */
static bool read_unit(const char *file, const char **ret_text)
{
    struct cli_import_mistakes mistakes = {import_tell, &world.told, 0};

    assert_true(import_world_map(&world, WIDE));
    assert_true(import_world_file(&world, file));
    return cli_import_value_read(&world.map, &world.map.unit, &world.csv.rows[0], world.arena,
                                 &mistakes, ret_text);
}

static void test_cli_import_value__cells_are_taken_as_written(void **state)
{
    const char *text;

    (void) state;
    assert_true(read_unit("school,six,seven\n\" S 1 \",1,2\n", &text));
    assert_string_equal(text, " S 1 ");
}

static void test_cli_import_value__blank_texts_are_the_empty_one_and_those_of_the_map(void **state)
{
    const char *text = "";

    (void) state;
    assert_true(read_unit("school,six,seven\n,1,2\n", &text));
    assert_null(text);
    assert_true(read_unit("school,six,seven\n-,1,2\n", &text));
    assert_null(text);
    assert_true(cli_import_value_is_blank(&world.map, &world.map.unit, &world.csv.rows[0]));
    assert_false(cli_import_value_is_blank(&world.map, &world.map.period, &world.csv.rows[0]));
    assert_true(read_unit("school,six,seven\n--,1,2\n", &text));
    assert_string_equal(text, "--");
}

static void test_cli_import_value__constants_and_nothing(void **state)
{
    struct cli_import_mistakes mistakes = {import_tell, &world.told, 0};
    const char *text;

    (void) state;
    assert_true(read_unit("school,six,seven\nS1,1,2\n", &text));
    assert_true(cli_import_value_read(&world.map, &world.map.period, &world.csv.rows[0],
                                      world.arena, &mistakes, &text));
    assert_string_equal(text, "SY2025");
    assert_true(cli_import_value_read(&world.map, &world.map.submitted_at, &world.csv.rows[0],
                                      world.arena, &mistakes, &text));
    assert_null(text);
}

static void test_cli_import_value__integers_have_no_separators(void **state)
{
    static const char *const wrong[] = {
        "1,234", "1 234", "1.234", "1'234", "12 pupils", "", "0x1f", "+5", "99999999999999999999"};
    struct cli_import_mistakes mistakes = {import_tell, &world.told, 0};
    int64_t number = 0;

    (void) state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        world.told = (struct import_told){.count = 0};
        assert_false(
            cli_import_value_integer(wrong[i], 7, "pupils", E_FIELD_TYPE, &mistakes, &number));
        assert_non_null(strstr(world.told.text, "7 pupils: E_FIELD_TYPE: \""));
        assert_int_equal(mistakes.count, i + 1);
    }
    assert_true(cli_import_value_integer("1234", 7, "pupils", E_FIELD_TYPE, &mistakes, &number));
    assert_int_equal(number, 1234);
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
        cmocka_unit_test(test_cli_import_value__cells_are_taken_as_written),
        cmocka_unit_test(test_cli_import_value__blank_texts_are_the_empty_one_and_those_of_the_map),
        cmocka_unit_test(test_cli_import_value__constants_and_nothing),
        cmocka_unit_test(test_cli_import_value__integers_have_no_separators),
    };

    import_world_open(&world);
    return cmocka_run_group_tests(tests, NULL, close_world);
}
