/* SPDX-License-Identifier: Apache-2.0 */
/* What a list of codes of other schemes would change. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/date.h"
#include "lib/registry/codes_plan.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct registry_codes_unit units[] = {{"S1", 11}, {"S2", 12}};
static struct emis_arena *arena;
static struct registry_codes_plan plan;
static struct emis_error err;
static size_t mistakes, mistake_line;

static void note(void *context, size_t line, const char *column, const char *reason)
{
    (void) context;
    (void) column;
    (void) reason;
    if (mistakes++ == 0)
        mistake_line = line;
}

static bool make(const struct registry_codes_row *rows, size_t count,
                 const struct registry_codes_span *standing, size_t standing_count)
{
    mistakes = 0;
    return registry_codes_plan(arena, rows, count, units, COUNT(units), standing, standing_count,
                               note, NULL, &plan, &err);
}

static void refused(const struct registry_codes_row *rows, size_t count, const char *column,
                    size_t line)
{
    assert_false(make(rows, count, NULL, 0));
    assert_int_equal(err.code, E_REGISTRY);
    assert_string_equal(err.pointer, column);
    assert_int_equal(mistake_line, line);
}

static void test_registry_codes_plan__adds_what_is_new(void **state)
{
    (void) state;
    const struct registry_codes_row rows[] = {{2, "board", "PS2", "S2", "2020-01-01", "2021-01-01"},
                                              {3, "board", "PS1", "S1", NULL, ""},
                                              {4, "donor", "PS1", "S2", "", ""},
                                              {5, "board", "PS2", "S1", "2021-01-01", ""}};
    assert_true(make(rows, COUNT(rows), NULL, 0));
    assert_int_equal(plan.added_count, 4);
    assert_int_equal(plan.ended_count, 0);
    assert_string_equal(plan.added[0].code, "PS1");
    assert_int_equal(plan.added[0].unit_id, 11);
    assert_int_equal(plan.added[0].valid_from, REGISTRY_CODES_BEGINNING);
    assert_int_equal(plan.added[0].valid_to, EMIS_DATE_INFINITY);
    assert_int_equal(plan.added[1].valid_from, emis_date_from_civil(2020, 1, 1));
    assert_int_equal(plan.added[2].unit_id, 11);
    assert_string_equal(plan.added[3].scheme, "donor");
}

static void test_registry_codes_plan__a_list_is_all_about_its_codes(void **state)
{
    (void) state;
    int32_t day = emis_date_from_civil(2020, 1, 1);
    const struct registry_codes_span standing[] = {
        {"board", "PS3", 12, REGISTRY_CODES_BEGINNING, EMIS_DATE_INFINITY, 5, 0},
        {"board", "PS1", 12, day, EMIS_DATE_INFINITY, 4, 0},
        {"board", "PS1", 11, REGISTRY_CODES_BEGINNING, day, 4, 0},
        {"board", "PS2", 11, REGISTRY_CODES_BEGINNING, EMIS_DATE_INFINITY, 3, 0}};
    const struct registry_codes_row rows[] = {{2, "board", "PS1", "S1", "", "2020-01-01"},
                                              {3, "board", "PS1", "S1", "2020-01-01", ""},
                                              {4, "board", "PS2", "S1", "", ""},
                                              {5, "board", "PS3", "", "", ""}};
    assert_true(make(rows, COUNT(rows), standing, COUNT(standing)));
    assert_int_equal(plan.kept_count, 2);
    assert_int_equal(plan.ended_count, 2);
    assert_string_equal(plan.ended[0].code, "PS1");
    assert_int_equal(plan.ended[0].valid_from, day);
    assert_int_equal(plan.ended[0].since_version, 4);
    assert_string_equal(plan.ended[1].code, "PS3");
    assert_int_equal(plan.added_count, 1);
    assert_int_equal(plan.added[0].unit_id, 11);
    assert_int_equal(plan.added[0].valid_from, day);
}

static void test_registry_codes_plan__refuses_wrong_cells(void **state)
{
    (void) state;
    const struct {
        struct registry_codes_row row;
        const char *column;
    } cases[] = {{{7, "Board", "PS1", "S1", "", ""}, "scheme"},
                 {{7, "", "PS1", "S1", "", ""}, "scheme"},
                 {{7, "board", "", "S1", "", ""}, "code"},
                 {{7, "board", "P S", "S1", "", ""}, "code"},
                 {{7, "board", "PS1", "S9", "", ""}, "unit"},
                 {{7, "board", "PS1", "", "2020-01-01", ""}, "unit"},
                 {{7, "board", "PS1", "S1", "2020-02-30", ""}, "valid_from"},
                 {{7, "board", "PS1", "S1", "", "x"}, "valid_to"},
                 {{7, "board", "PS1", "S1", "2020-01-01", "2020-01-01"}, "valid_to"}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        refused(&cases[i].row, 1, cases[i].column, 7);
    }
}

static void test_registry_codes_plan__refuses_overlaps_and_doubles(void **state)
{
    (void) state;
    const struct registry_codes_row doubled[] = {{2, "board", "PS1", "S1", "", ""},
                                                 {3, "board", "PS2", "S1", "", ""},
                                                 {4, "board", "PS1", "S1", "", ""}};
    const struct registry_codes_row overlapping[] = {{2, "board", "PS1", "S1", "2020-01-01", ""},
                                                     {3, "board", "PS1", "S2", "", "2020-01-02"}};
    const struct registry_codes_row touching[] = {{2, "board", "PS1", "S1", "2020-01-01", ""},
                                                  {3, "board", "PS1", "S2", "", "2020-01-01"}};
    const struct registry_codes_row other_scheme[] = {{2, "board", "PS1", "S1", "", ""},
                                                      {3, "donor", "PS1", "S2", "", ""}};
    refused(doubled, COUNT(doubled), "", 4);
    assert_non_null(strstr(err.message, "line 2"));
    refused(overlapping, COUNT(overlapping), "", 3);
    assert_non_null(strstr(err.message, "overlaps"));
    assert_true(make(touching, COUNT(touching), NULL, 0));
    assert_true(make(other_scheme, COUNT(other_scheme), NULL, 0));
}

static void test_registry_codes_plan__tells_every_mistake(void **state)
{
    (void) state;
    const struct registry_codes_row rows[] = {{2, "board", "PS1", "S8", "", ""},
                                              {3, "board", "PS2", "S1", "", ""},
                                              {4, "board", "PS3", "S9", "", ""}};
    assert_false(make(rows, COUNT(rows), NULL, 0));
    assert_int_equal(mistakes, 2);
    assert_int_equal(mistake_line, 2);
    assert_true(make(NULL, 0, NULL, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_registry_codes_plan__adds_what_is_new),
        cmocka_unit_test(test_registry_codes_plan__a_list_is_all_about_its_codes),
        cmocka_unit_test(test_registry_codes_plan__refuses_wrong_cells),
        cmocka_unit_test(test_registry_codes_plan__refuses_overlaps_and_doubles),
        cmocka_unit_test(test_registry_codes_plan__tells_every_mistake),
    };
    arena = emis_arena_new(4096);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    emis_arena_free(arena);
    return failed;
}
