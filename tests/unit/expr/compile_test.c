/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/expr/compile.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buffer.h"
#include "tests/unit/expr/fixture.h"

static struct emis_arena *arena;

static int set_up(void **state)
{
    (void) state;
    arena = emis_arena_new(65536);
    return 0;
}

static int tear_down(void **state)
{
    (void) state;
    emis_arena_free(arena);
    return 0;
}

static void check_fails(const struct expr_scope *scope, enum emis_error_code code, int column,
                        const char *text)
{
    const struct expr *expr;
    struct emis_error err;
    char wanted[32];

    if (expr_compile(arena, text, scope, &expr, &err))
        fail_msg("%s: compiled", text);
    snprintf(wanted, sizeof(wanted), "column %d: ", column);
    if (err.code != code || strncmp(err.message, wanted, strlen(wanted)) != 0)
        fail_msg("%s: %s: %s", text, emis_error_name(err.code), err.message);
}

static const struct expr *compile(const struct expr_scope *scope, const char *text)
{
    const struct expr *expr;
    struct emis_error err;

    if (!expr_compile(arena, text, scope, &expr, &err))
        fail_msg("%s: %s", text, err.message);
    return expr;
}

static void test_expr_compile__syntax_errors_name_the_column(void **state)
{
    (void) state;
    check_fails(&fixture_form, E_EXPR_SYNTAX, 1, "");
    check_fails(&fixture_form, E_EXPR_SYNTAX, 4, "   ");
    check_fails(&fixture_form, E_EXPR_SYNTAX, 8, "rooms +");
    check_fails(&fixture_form, E_EXPR_SYNTAX, 9, "rooms + * 2");
    check_fails(&fixture_form, E_EXPR_SYNTAX, 7, "rooms rooms");
    check_fails(&fixture_form, E_EXPR_SYNTAX, 7, "(rooms");
    check_fails(&fixture_form, E_EXPR_SYNTAX, 6, "rooms)");
    check_fails(&fixture_form, E_EXPR_SYNTAX, 7, "rooms / 2");
    check_fails(&fixture_form, E_EXPR_SYNTAX, 11, "rooms = 1 = 2");
    check_fails(&fixture_form, E_EXPR_SYNTAX, 8, "rooms == 1");
    check_fails(&fixture_form, E_EXPR_SYNTAX, 1, "12abc");
    check_fails(&fixture_form, E_EXPR_SYNTAX, 2, "1.");
    check_fails(&fixture_form, E_EXPR_SYNTAX, 1, ".5");
    check_fails(&fixture_form, E_EXPR_SYNTAX, 12, "head_sex = ''");
    check_fails(&fixture_form, E_EXPR_SYNTAX, 12, "head_sex = 'F");
    check_fails(&fixture_form, E_EXPR_SYNTAX, 15, "head_sex = 'F'';drop'");
    check_fails(&fixture_form, E_EXPR_SYNTAX, 8, "school.");
    check_fails(&fixture_form, E_EXPR_SYNTAX, 8, "school.and");
    check_fails(&fixture_form, E_EXPR_SYNTAX, 1, "and");
    check_fails(&fixture_form, E_EXPR_SYNTAX, 1, "foo(rooms)");
    check_fails(&fixture_form, E_EXPR_SYNTAX, 15, "if(is_open, 1 2)");
    check_fails(&fixture_form, E_EXPR_SYNTAX, 17, "rooms between 1 or 2");
    check_fails(&fixture_form, E_EXPR_SYNTAX, 11, "rooms not 2");
    check_fails(&fixture_form, E_EXPR_SYNTAX, 11, "rooms in (rooms)");
    check_fails(&fixture_form, E_EXPR_SYNTAX, 10, "rooms in 1");
    check_fails(&fixture_form, E_EXPR_SYNTAX, 20, "sum(class.pupils + sum(class.pupils))");
    check_fails(&fixture_form, E_EXPR_SYNTAX, 5, "sum(pupils)");
    check_fails(&fixture_form, E_EXPR_SYNTAX, 7, "count(1)");
    check_fails(&fixture_form, E_EXPR_SYNTAX, 1, "Rooms");
    check_fails(&fixture_form, E_EXPR_SYNTAX, 6, "rooms; drop table x");
    check_fails(&fixture_form, E_EXPR_SYNTAX, 7, "rooms '--comment");
}

static void test_expr_compile__type_errors_name_the_column(void **state)
{
    (void) state;
    check_fails(&fixture_form, E_EXPR_TYPE, 1, "nothing");
    check_fails(&fixture_form, E_EXPR_TYPE, 8, "school.nothing");
    check_fails(&fixture_form, E_EXPR_TYPE, 1, "nowhere.rooms");
    check_fails(&fixture_form, E_EXPR_TYPE, 1, "class.pupils");
    check_fails(&fixture_form, E_EXPR_TYPE, 1, "pupils");
    check_fails(&fixture_row, E_EXPR_TYPE, 1, "staff.present");
    check_fails(&fixture_form, E_EXPR_TYPE, 7, "rooms + is_open");
    check_fails(&fixture_form, E_EXPR_TYPE, 7, "rooms and is_open");
    check_fails(&fixture_form, E_EXPR_TYPE, 1, "not rooms");
    check_fails(&fixture_form, E_EXPR_TYPE, 1, "- is_open");
    check_fails(&fixture_form, E_EXPR_TYPE, 7, "rooms = 'F'");
    check_fails(&fixture_form, E_EXPR_TYPE, 12, "head_sex = 'X'");
    check_fails(&fixture_form, E_EXPR_TYPE, 10, "head_sex < 'F'");
    check_fails(&fixture_form, E_EXPR_TYPE, 14, "opened_on >= '2025-02-30'");
    check_fails(&fixture_form, E_EXPR_TYPE, 4, "if(rooms, 1, 2)");
    check_fails(&fixture_form, E_EXPR_TYPE, 1, "if(is_open, 1, true)");
    check_fails(&fixture_form, E_EXPR_TYPE, 1, "sum(1)");
    check_fails(&fixture_form, E_EXPR_TYPE, 7, "count(nowhere)");
    check_fails(&fixture_form, E_EXPR_TYPE, 20, "sum(class.pupils + staff.present)");
    check_fails(&fixture_form, E_EXPR_TYPE, 24, "sum(class.pupils where grade)");
    check_fails(&fixture_form, E_EXPR_TYPE, 11, "sum(class.sex)");
    check_fails(&fixture_form, E_EXPR_TYPE, 11, "sum(class.born_on)");
    check_fails(&fixture_form, E_EXPR_TYPE, 1, "0.0000000001");
    check_fails(&fixture_row, E_EXPR_TYPE, 11, "fee * fee * area");
    check_fails(&fixture_form, E_EXPR_TYPE, 32, "count(staff where staff.type = sex)");
}

static void test_expr_compile__codes_of_two_lists_do_not_compare(void **state)
{
    static const struct expr_field fields[] = {
        {.name = "a", .type = EXPR_CODE, .codes = &fixture_sex},
        {.name = "b", .type = EXPR_CODE, .codes = &fixture_type}};
    static const struct expr_group group = {.name = "g", .fields = fields, .field_count = 2};
    static const struct expr_scope scope = {&group, 1, 0};
    (void) state;

    check_fails(&scope, E_EXPR_TYPE, 3, "a = b");
    compile(&scope, "a = a and a = 'F' and b = 'F'");
}

static void test_expr_compile__ambiguous_and_unsafe_names(void **state)
{
    static const struct expr_field fields[] = {
        {.name = "a", .type = EXPR_NUMBER},
        {.name = "b", .type = EXPR_NUMBER, .column = "b; drop table x"}};
    static const struct expr_group groups[] = {{.name = "g", .fields = fields, .field_count = 1},
                                               {.name = "h", .fields = fields, .field_count = 2}};
    static const struct expr_scope scope = {groups, 2, -1}, of_row = {groups, 2, 1};
    (void) state;

    check_fails(&scope, E_EXPR_TYPE, 1, "a");
    check_fails(&scope, E_EXPR_TYPE, 1, "b");
    compile(&scope, "h.a + g.a");
    compile(&of_row, "a");
}

static void test_expr_compile__constants_that_overflow(void **state)
{
    (void) state;
    check_fails(&fixture_form, E_EXPR_RANGE, 1, "9223372036854775808");
    check_fails(&fixture_form, E_EXPR_RANGE, 9, "rooms + 99999999999999999999");
    check_fails(&fixture_form, E_EXPR_RANGE, 21, "9223372036854775807 + 1");
    check_fails(&fixture_form, E_EXPR_RANGE, 26, "is_open or 1000000000000 * 1000000000000 > 0");
}

static void test_expr_compile__bounds(void **state)
{
    struct emis_buffer text;
    const struct expr *expr;
    struct emis_error err;
    (void) state;

    emis_buffer_init(&text);
    for (int depth = EXPR_NESTING_MAX; depth <= EXPR_NESTING_MAX + 1; depth++) {
        static const char *const openers[] = {"(", "-", "missing(", "if(true,1,"};
        for (size_t i = 0; i < 4; i++) {
            emis_buffer_clear(&text);
            for (int k = 0; k < depth; k++)
                emis_buffer_text(&text, openers[i]);
            emis_buffer_text(&text, "rooms");
            for (int k = 0; k < depth && i != 1; k++)
                emis_buffer_text(&text, ")");
            assert_int_equal(expr_compile(arena, text.data, &fixture_form, &expr, &err),
                             depth == EXPR_NESTING_MAX);
        }
    }
    for (int terms = EXPR_DEPTH_MAX; terms <= EXPR_DEPTH_MAX + 1; terms++) {
        emis_buffer_clear(&text);
        emis_buffer_text(&text, "rooms");
        for (int k = 1; k < terms; k++)
            emis_buffer_text(&text, "+rooms");
        assert_int_equal(expr_compile(arena, text.data, &fixture_form, &expr, &err),
                         terms == EXPR_DEPTH_MAX);
    }
    for (int aggregates = EXPR_AGGREGATES_MAX; aggregates <= EXPR_AGGREGATES_MAX + 1;
         aggregates++) {
        emis_buffer_clear(&text);
        emis_buffer_text(&text, "count(class)");
        for (int k = 1; k < aggregates; k++)
            emis_buffer_text(&text, "+count(class)");
        assert_int_equal(expr_compile(arena, text.data, &fixture_form, &expr, &err),
                         aggregates == EXPR_AGGREGATES_MAX);
    }
    emis_buffer_clear(&text);
    for (int k = 0; k < EXPR_TEXT_BYTES_MAX; k++)
        emis_buffer_text(&text, k == 0 ? "1" : " ");
    assert_true(expr_compile(arena, text.data, &fixture_form, &expr, &err));
    emis_buffer_text(&text, " ");
    assert_false(expr_compile(arena, text.data, &fixture_form, &expr, &err));
    emis_buffer_release(&text);
}

/* Each between doubles what it holds: 2^40 nodes if nobody counted. */
static void test_expr_compile__nested_between_does_not_explode(void **state)
{
    struct emis_buffer text;
    const struct expr *expr;
    struct emis_error err;
    (void) state;

    emis_buffer_init(&text);
    for (int k = 0; k < 40; k++)
        emis_buffer_text(&text, "if(");
    emis_buffer_text(&text, "rooms");
    for (int k = 0; k < 40; k++)
        emis_buffer_text(&text, " between 1 and 2, 1, 3)");
    assert_false(expr_compile(arena, text.data, &fixture_form, &expr, &err));
    assert_int_equal(err.code, E_EXPR_SYNTAX);
    emis_buffer_release(&text);
}

static void test_expr_compile__result_types(void **state)
{
    (void) state;
    assert_int_equal(expr_result_type(compile(&fixture_form, "rooms + 1.25")), EXPR_NUMBER);
    assert_int_equal(expr_result_scale(compile(&fixture_form, "rooms + 1.25")), 2);
    assert_int_equal(expr_result_scale(compile(&fixture_row, "fee * area")), 7);
    assert_int_equal(expr_result_scale(compile(&fixture_form, "max(class.fee)")), 4);
    assert_int_equal(expr_result_scale(compile(&fixture_form, "if(is_open, rooms, budget)")), 2);
    assert_int_equal(expr_result_type(compile(&fixture_form, "rooms > 1")), EXPR_BOOL);
    assert_int_equal(expr_result_type(compile(&fixture_form, "min(class.born_on)")), EXPR_DATE);
    assert_ptr_equal(expr_result_codes(compile(&fixture_form, "if(is_open, head_sex, 'F')")),
                     &fixture_sex);
    assert_null(expr_result_codes(compile(&fixture_form, "rooms")));
    assert_true(expr_has_aggregate(compile(&fixture_form, "rooms + sum(class.pupils)")));
    assert_true(expr_has_row_field(compile(&fixture_form, "rooms + sum(class.pupils)")));
    assert_false(expr_has_row_field(compile(&fixture_form, "1 + sum(class.pupils)")));
    assert_false(expr_has_aggregate(compile(&fixture_form, "rooms")));
}

static void note_use(void *context, const struct expr_use *use)
{
    char *out = context;

    sprintf(out + strlen(out), "%zu.%s%s ", use->group, use->field == NULL ? "-" : use->field->name,
            use->is_in_aggregate ? "*" : "");
    assert_true(use->field == NULL ||
                use->field == &fixture_groups[use->group].fields[use->field_index]);
}

static void test_expr_compile__uses_also_what_is_folded_away(void **state)
{
    char out[256] = "";
    (void) state;

    expr_uses(compile(&fixture_row, "pupils > rooms and if(false, school.total, sum(staff.present "
                                    "where type = 'teacher')) = count(class)"),
              note_use, out);
    assert_string_equal(out, "1.pupils 0.rooms 0.total 2.present* 2.type* 1.-* ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_expr_compile__syntax_errors_name_the_column),
        cmocka_unit_test(test_expr_compile__type_errors_name_the_column),
        cmocka_unit_test(test_expr_compile__codes_of_two_lists_do_not_compare),
        cmocka_unit_test(test_expr_compile__ambiguous_and_unsafe_names),
        cmocka_unit_test(test_expr_compile__constants_that_overflow),
        cmocka_unit_test(test_expr_compile__bounds),
        cmocka_unit_test(test_expr_compile__nested_between_does_not_explode),
        cmocka_unit_test(test_expr_compile__result_types),
        cmocka_unit_test(test_expr_compile__uses_also_what_is_folded_away),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
