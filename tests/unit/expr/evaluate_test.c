/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/expr/evaluate.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "lib/base/date.h"
#include "tests/unit/expr/fixture.h"

#define MISSING   INT64_C(-4242424242)
#define OVERFLOW_ INT64_C(-4242424243)

static struct fixture fixture;
static struct expr_source source = {
    .context = &fixture, .row_count = fixture_row_count, .value = fixture_value};

static int set_up(void **state)
{
    (void) state;
    fixture_init(&fixture);
    fixture_set(&fixture, SCHOOL, 0, ROOMS, 7);
    fixture_set(&fixture, SCHOOL, 0, BUDGET, 12550); /* 125.50 */
    fixture_set(&fixture, SCHOOL, 0, IS_OPEN, 1);
    fixture_set(&fixture, SCHOOL, 0, OPENED_ON, emis_date_from_civil(1990, 9, 1));
    fixture_set(&fixture, SCHOOL, 0, HEAD_SEX, 1);
    fixture.values[SCHOOL][0][NOTE] = (struct expr_value){.text = "ok-1", .text_size = 4};
    /* total stays missing */
    static const int64_t pupils[] = {10, 20, 30, MISSING};
    static const int64_t sexes[] = {1, 2, 1, 2};
    for (size_t row = 0; row < 4; row++) {
        fixture_set(&fixture, CLASS, row, SEX, sexes[row]);
        fixture_set(&fixture, CLASS, row, GRADE, (int64_t) row + 1);
        fixture_set(&fixture, CLASS, row, FEE,
                    (int64_t) (row + 1) * 12345); /* 1.2345, 2.4690, ... */
        if (pupils[row] != MISSING)
            fixture_set(&fixture, CLASS, row, PUPILS, pupils[row]);
    }
    source.row = 0;
    return 0;
}

static void check_in(const struct expr_scope *scope, const char *text, int64_t wanted)
{
    struct emis_arena *arena = emis_arena_new(4096);
    const struct expr *expr;
    struct emis_error err;
    struct expr_value value = {.number = 99};
    int64_t got;

    if (!expr_compile(arena, text, scope, &expr, &err))
        fail_msg("%s: %s", text, err.message);
    if (expr_evaluate(expr, &source, &value, &err))
        got = value.is_missing ? MISSING : value.number;
    else
        got = err.code == E_EXPR_RANGE && value.number == 99 ? OVERFLOW_ : 0;
    emis_arena_free(arena);
    if (got != wanted)
        fail_msg("%s: %lld, not %lld", text, (long long) got, (long long) wanted);
}

static void check(const char *text, int64_t wanted)
{
    check_in(&fixture_form, text, wanted);
}

static void test_expr_evaluate__arithmetic_and_precedence(void **state)
{
    (void) state;
    check("1 + 2 * 3", 7);
    check("(1 + 2) * 3", 9);
    check("10 - 3 - 2", 5);
    check("-rooms * -2 - -1", 15);
    check("rooms * rooms - 50", -1);
    check("budget + 1", 12650);
    check("budget - 0.125", 125375);
    check("budget * 0.5", 62750);
    check("budget * rooms", 87850);
    check("-budget", -12550);
}

static void test_expr_evaluate__comparison(void **state)
{
    (void) state;
    check("rooms = 7", 1);
    check("rooms <> 7.00", 0);
    check("rooms < 7.01", 1);
    check("budget >= 125.5", 1);
    check("budget > 125.500001", 0);
    check("budget <= 125", 0);
    check("head_sex = 'F'", 1);
    check("'M' = head_sex", 0);
    check("head_sex <> 'M'", 1);
    check("head_sex in ('M', 'F')", 1);
    check("rooms in (1, 2, -7)", 0);
    check("rooms not in (1, 2, -7)", 1);
    check("rooms between 7 and 8", 1);
    check("rooms between 8 and 9", 0);
    check("rooms not between 8 and 9", 1);
    check("opened_on = '1990-09-01'", 1);
    check("opened_on between '1990-09-02' and '2000-01-01'", 0);
    check("note = 'ok-1'", 1);
    check("note = 'ok-2'", 0);
    check("note = 'ok'", 0);
    check("note in ('x', 'ok-1')", 1);
    check("is_open = true", 1);
}

static void test_expr_evaluate__three_valued_logic(void **state)
{
    static const struct {
        const char *text;
        int64_t wanted;
    } samples[] = {
        {"total > 1", MISSING},
        {"total + 1", MISSING},
        {"-total", MISSING},
        {"not (total > 1)", MISSING},
        {"total > 1 and is_open", MISSING},
        {"is_open and total > 1", MISSING},
        {"total > 1 and not is_open", 0},
        {"not is_open and total > 1", 0},
        {"total > 1 or is_open", 1},
        {"is_open or total > 1", 1},
        {"total > 1 or not is_open", MISSING},
        {"not is_open or total > 1", MISSING},
        {"total > 1 and total < 1", MISSING},
        {"is_open and rooms = 7", 1},
        {"not is_open or rooms = 8", 0},
        {"missing(total)", 1},
        {"missing(rooms)", 0},
        {"missing(total + 1)", 1},
        {"missing(total > 1 and not is_open)", 0},
        {"if(total > 1, 1, 2)", 2},
        {"if(is_open, total, 2)", MISSING},
        {"total in (1, 2)", MISSING},
        {"total between 1 and 2", MISSING},
        {"not is_open and true or is_open", 1},
    };
    (void) state;

    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
        check(samples[i].text, samples[i].wanted);
}

static void test_expr_evaluate__aggregates(void **state)
{
    (void) state;
    check("sum(class.pupils)", 60);
    check("sum(class.pupils where sex = 'F')", 40);
    check("sum(class.pupils where sex = 'M' and grade > 3)", MISSING);
    check("sum(class.pupils * grade)", 140);
    check("sum(class.fee)", 123450);
    check("count(class)", 4);
    check("count(class where missing(pupils))", 1);
    check("count(class where class.pupils > 15)", 2);
    check("count(staff)", 0);
    check("sum(staff.present)", MISSING);
    check("max(class.pupils)", 30);
    check("min(class.pupils where grade > 1)", 20);
    check("min(-class.grade)", -4);
    check("max(class.born_on)", MISSING);
    check("sum(class.pupils) = rooms * 8 + 4", 1);
    check("sum(school.rooms)", 7);
    check("sum(class.fee where fee < 2)", 12345);
    check("if(count(staff) > 0, 1, 0) + count(class where not (pupils > 15))", 1);
}

static void test_expr_evaluate__row_of_a_group(void **state)
{
    (void) state;
    source.row = 2;
    check_in(&fixture_row, "pupils", 30);
    check_in(&fixture_row, "class.pupils + rooms", 37);
    check_in(&fixture_row, "pupils <= sum(class.pupils where sex = 'M')", 0);
    source.row = 3;
    check_in(&fixture_row, "pupils", MISSING);
    check_in(&fixture_row, "fee", 4 * 12345);
}

static void test_expr_evaluate__overflow(void **state)
{
    (void) state;
    fixture_set(&fixture, SCHOOL, 0, TOTAL, INT64_MAX);
    check("total + 0", INT64_MAX);
    check("total + 1", OVERFLOW_);
    check("-total - 1", INT64_MIN);
    check("-(-total - 1)", OVERFLOW_);
    check("-total - 2", OVERFLOW_);
    check("total * 2", OVERFLOW_);
    check("total = 1.5", OVERFLOW_); /* cannot be brought to scale 1 */
    check("missing(total + 1)", OVERFLOW_);
    check("not is_open and total + 1 > 0", 0); /* decided before */
    check("is_open and total + 1 > 0", OVERFLOW_);
    check("is_open or total + 1 > 0", 1);
    check("total + 1 > 0 and false", 0); /* folded */
    check("if(is_open, 1, total + 1)", 1);
    check("if(false, total + 1, 1)", 1);
    check("rooms between 8 and total + 1", 0);
    check("rooms between 7 and total + 1", OVERFLOW_);
}

static void check_explained(const char *text, const char *wanted)
{
    struct emis_arena *arena = emis_arena_new(4096);
    const struct expr *expr;
    struct emis_error err;
    char got[EXPR_EXPLANATION_MAX] = "";

    if (!expr_compile(arena, text, &fixture_form, &expr, &err))
        fail_msg("%s: %s", text, err.message);
    if (!expr_explain(expr, &source, got))
        (void) strcpy(got, "nothing");
    emis_arena_free(arena);
    if (strcmp(got, wanted) != 0)
        fail_msg("%s: %s, not %s", text, got, wanted);
}

static void test_expr_evaluate__explains_what_was_compared(void **state)
{
    (void) state;
    check_explained("rooms <= 6", "7 <= 6");
    check_explained("sum(class.pupils) = rooms", "60 = 7");
    check_explained("rooms <> 7", "7 <> 7");
    check_explained("rooms < 7", "7 < 7");
    check_explained("rooms > 9", "7 > 9");
    check_explained("-rooms >= 0", "-7 >= 0");
    check_explained("budget <= 125", "125.50 <= 125.00");
    check_explained("-budget >= 0.125", "-125.500 >= 0.125");
    check_explained("opened_on >= '1995-01-01'", "1990-09-01 >= 1995-01-01");
    check_explained("rooms > 5 and rooms > 8 and rooms > 10", "7 > 8");
    check_explained("missing(rooms) or rooms > 8", "7 > 8");
    check_explained("total > 3 and rooms > 8", "7 > 8");
    check_explained("if(is_open, rooms > 8, rooms > 9)", "7 > 8");
    check_explained("if(total > 3, rooms > 8, rooms > 9)", "7 > 9");
    check_explained("head_sex = 'M'", "nothing");
    check_explained("missing(rooms)", "nothing");
    check_explained("total = 3", "nothing");
    check_explained("3 = total", "nothing");
    check_explained("rooms * 9223372036854775807 = 3", "nothing");
    check_explained("3 = rooms * 9223372036854775807", "nothing");
    check_explained("rooms * 9223372036854775807 = 3 and rooms = 8", "nothing");
}

static void test_expr_evaluate__overflow_in_aggregates(void **state)
{
    (void) state;
    fixture_set(&fixture, CLASS, 0, PUPILS, INT64_MAX);
    check("sum(class.pupils)", OVERFLOW_);
    check("sum(class.pupils where sex = 'M')", 20);
    check("sum(class.pupils - 40 where grade < 3)", INT64_MAX - 60);
    check("if(is_open, 1, sum(class.pupils))", 1);             /* narrowed only when used */
    check("if(is_open, 1, sum(class.pupils + 1))", OVERFLOW_); /* rows are gathered in any case */
    check("missing(sum(class.pupils))", OVERFLOW_);
    check("max(class.pupils)", INT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_expr_evaluate__arithmetic_and_precedence, set_up),
        cmocka_unit_test_setup(test_expr_evaluate__comparison, set_up),
        cmocka_unit_test_setup(test_expr_evaluate__three_valued_logic, set_up),
        cmocka_unit_test_setup(test_expr_evaluate__aggregates, set_up),
        cmocka_unit_test_setup(test_expr_evaluate__row_of_a_group, set_up),
        cmocka_unit_test_setup(test_expr_evaluate__overflow, set_up),
        cmocka_unit_test_setup(test_expr_evaluate__explains_what_was_compared, set_up),
        cmocka_unit_test_setup(test_expr_evaluate__overflow_in_aggregates, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
