/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/expr/print.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "tests/unit/expr/fixture.h"

static void check_as(const struct expr_scope *scope, const char *text, expr_alias_fn alias,
                     const char *wanted)
{
    struct emis_arena *arena = emis_arena_new(4096);
    struct emis_buffer out;
    const struct expr *expr;
    struct emis_error err;

    if (!expr_compile(arena, text, scope, &expr, &err))
        fail_msg("%s: %s", text, err.message);
    emis_buffer_init(&out);
    expr_print_sql(expr, alias, NULL, &out);
    assert_string_equal(out.data, wanted);
    emis_buffer_release(&out);
    emis_arena_free(arena);
}

static void check(const char *text, const char *wanted)
{
    check_as(&fixture_form, text, NULL, wanted);
}

static void test_expr_print__fields_and_constants(void **state)
{
    (void) state;
    check("rooms", "school.rooms::bigint");
    check("budget", "school.budget_scaled::bigint");
    check_as(&fixture_row, "area", NULL, "(class.area * 1000)::bigint");
    check("12.50", "1250::bigint");
    check("-5", "(-5)::bigint");
    check("-9223372036854775807 - 1", "(-9223372036854775808)::bigint");
    check("is_open", "school.is_open");
    check("head_sex = 'M'", "(school.head_sex = 2::smallint)");
    check("opened_on < '2025-09-01'", "(school.opened_on < '2025-09-01'::date)");
    check("note = 'a-b_C'", "(school.note = 'a-b_C'::text)");
    check("true", "true");
}

static void test_expr_print__operators(void **state)
{
    (void) state;
    check("rooms + 2 * total", "(school.rooms::bigint + (2::bigint * school.total::bigint))");
    check("rooms + 0.25", "((school.rooms::bigint * 100::bigint) + 25::bigint)");
    check("- - rooms", "(- (- school.rooms::bigint))");
    check("not missing(rooms) or rooms <> 1",
          "((NOT (school.rooms::bigint IS NULL)) OR (school.rooms::bigint <> 1::bigint))");
    check("rooms between 1 and 2 and is_open",
          "(((school.rooms::bigint >= 1::bigint) AND (school.rooms::bigint <= 2::bigint)) AND "
          "school.is_open)");
    check("head_sex not in ('F', 'M')",
          "(NOT ((school.head_sex = 1::smallint) OR (school.head_sex = 2::smallint)))");
    check("if(is_open, rooms, 0)",
          "(CASE WHEN school.is_open THEN school.rooms::bigint ELSE 0::bigint END)");
    check("is_open and 1 < 2", "school.is_open");
    check("rooms > 1 and 1 > 2", "false");
}

static const char *short_alias(void *context, size_t group)
{
    static const char *const aliases[] = {"a", "b", "c"};
    (void) context;

    return aliases[group];
}

static void test_expr_print__aggregates(void **state)
{
    (void) state;
    check("sum(class.pupils)", "sum(class.pupils::bigint)::bigint");
    check("count(class)", "count(*)");
    check_as(&fixture_form, "sum(staff.present where type = 'teacher')", short_alias,
             "sum(CASE WHEN (c.type = 3::smallint) THEN c.present::bigint END)::bigint");
    check_as(&fixture_form, "count(staff where type = 'head-teacher') - max(staff.present)",
             short_alias,
             "(count(CASE WHEN (c.type = 4::smallint) THEN 1 END) - max(c.present::bigint))");
    check("min(class.born_on)", "min(class.born_on)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_expr_print__fields_and_constants),
        cmocka_unit_test(test_expr_print__operators),
        cmocka_unit_test(test_expr_print__aggregates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
