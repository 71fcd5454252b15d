/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/cli/import.h"

static struct import_world world;

/* The exam board knows P1 as S1 since SY2025. */
static const char *find_unit(void *context, const char *code, const char *period)
{
    (void) context;
    return strcmp(code, "P1") == 0 && strcmp(period, "SY2025") == 0 ? "S1" : NULL;
}

static bool gather(const char *file, struct cli_import_rows *rows)
{
    struct cli_import_mistakes mistakes = {import_tell, &world.told, 0};

    assert_true(import_world_map(&world, LONG));
    assert_true(import_world_file(&world, file));
    return cli_import_rows_gather(&world.map, &world.csv, find_unit, NULL, world.arena, &mistakes,
                                  rows);
}

/* In the order of the file, wherever the lines of one submission lie. */
static void test_cli_import_rows__lines_of_one_key_are_one_submission(void **state)
{
    struct cli_import_rows rows;

    (void) state;
    assert_true(gather(LONG_HEADER "2025,P2,,1,6,Boys,1\n"
                                   "2025,P1,,1,6,Boys,2\n"
                                   "2024,P1,,1,6,Boys,3\n"
                                   "2025,P2,,1,6,Girls,4\n",
                       &rows));
    assert_int_equal(rows.count, 3);
    assert_string_equal(rows.submissions[0].unit, "exam:P2");
    assert_int_equal(rows.submissions[0].row_count, 2);
    assert_int_equal(rows.submissions[0].rows[0], 0);
    assert_int_equal(rows.submissions[0].rows[1], 3);
    assert_string_equal(rows.submissions[1].unit, "S1");
    assert_string_equal(rows.submissions[1].period, "SY2025");
    assert_string_equal(rows.submissions[1].parts[0], "full");
    assert_string_equal(rows.submissions[2].unit, "exam:P1");
    assert_string_equal(rows.submissions[2].period, "SY2024");
    assert_int_equal(rows.submissions[2].revision, 1);
}

static void test_cli_import_rows__every_wrong_line_is_told(void **state)
{
    struct cli_import_rows rows;

    (void) state;
    assert_false(gather(LONG_HEADER "2025,,,1,6,Boys,1\n"
                                    "2023,P1,,1,6,Boys,2\n"
                                    "2025,P1,,1,6,Boys,3\n",
                        &rows));
    assert_int_equal(rows.count, 1);
    assert_int_equal(world.told.count, 2);
    assert_non_null(
        strstr(world.told.text, "2 school: E_ENV_FIELD: the unit is blank: fill the cell\n"));
    assert_non_null(strstr(world.told.text,
                           "3 year: E_FIELD_ENUM: \"2023\" is not in the map's table /period: "));
}

static void test_cli_import_rows__an_empty_file_is_a_mistake(void **state)
{
    struct cli_import_rows rows;

    (void) state;
    assert_false(gather(LONG_HEADER, &rows));
    assert_non_null(strstr(world.told.text, "1 : E_INPUT: the file has no line"));
}

static void test_cli_import_rows__a_revision_is_a_number(void **state)
{
    struct cli_import_mistakes mistakes = {import_tell, &world.told, 0};
    struct cli_import_rows rows;

    (void) state;
    assert_true(gather(LONG_HEADER "2025,P1,,1,6,Boys,3\n", &rows));
    world.map.revision.value = "two";
    assert_false(cli_import_rows_gather(&world.map, &world.csv, find_unit, NULL, world.arena,
                                        &mistakes, &rows));
    assert_non_null(strstr(
        world.told.text, "2 (the map, /revision): E_ENV_REVISION: \"two\" is not a whole number"));
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
        cmocka_unit_test(test_cli_import_rows__lines_of_one_key_are_one_submission),
        cmocka_unit_test(test_cli_import_rows__every_wrong_line_is_told),
        cmocka_unit_test(test_cli_import_rows__an_empty_file_is_a_mistake),
        cmocka_unit_test(test_cli_import_rows__a_revision_is_a_number),
    };

    import_world_open(&world);
    return cmocka_run_group_tests(tests, NULL, close_world);
}
