/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "lib/expr/print.h"
#include "tests/unit/catalogue/base.h"

static int16_t number_of(const struct catalogue_number *numbers, size_t count, const char *kind,
                         const char *code)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(numbers[i].kind, kind) == 0 && strcmp(numbers[i].code, code) == 0)
            return numbers[i].number;
    }
    return 0;
}

static void test_catalogue_number__fresh_warehouse_gets_all(void **state)
{
    struct base *base = base_new();
    struct catalogue *catalogue = base_catalogue(base);
    const struct catalogue_number *added;
    size_t count;
    (void) state;
    catalogue_number_apply(catalogue, NULL, 0, &added, &count);
    assert_int_equal(number_of(added, count, "code:sex", "m"), 1);
    assert_int_equal(number_of(added, count, "code:sex", "f"), 2);
    assert_int_equal(number_of(added, count, "form", "COUNT"), 1);
    assert_int_equal(number_of(added, count, "rule", "R_TOTAL"), 2);
    assert_int_equal(number_of(added, count, "indicator", "RATE"), 3);
    assert_int_equal(number_of(added, count, "dimension", "form"), 1);
    assert_int_equal(count, 6 + 3 + 1 + 2 + 3); /* codes, dimensions, forms, rules, indicators */
    base_free(base);
}

static void test_catalogue_number__known_ones_stay_and_gone_ones_are_not_reused(void **state)
{
    static const struct catalogue_number known[] = {
        {"code:sex", "f", 7},    {"code:sex", "x", 9},     {"form", "GONE", 4},
        {"form", "COUNT", 2},    {"rule", "R_TOTAL", 5},   {"indicator", "RATE", 30},
        {"dimension", "sex", 6}, {"dimension", "form", 3},
    };
    struct base *base = base_new();
    struct catalogue *catalogue = base_catalogue(base);
    const struct catalogue_number *added;
    size_t count;
    struct emis_buffer sql;
    (void) state;
    base_edit(base, "indicators/RATE.v1.json", "grade = '1'", "sex = 'f'");
    catalogue_free(catalogue);
    catalogue = base_catalogue(base);
    catalogue_number_apply(catalogue, known, sizeof known / sizeof *known, &added, &count);
    const struct catalogue_list *sex = catalogue_list_find(catalogue, "sex");
    assert_int_equal(catalogue_code_number(sex, "f", 1), 7);
    assert_int_equal(catalogue_code_number(sex, "m", 1), 10); /* after 9, which is gone */
    assert_int_equal(catalogue_code_number(sex, "fm", 1), 7); /* size counts, not the NUL */
    assert_int_equal(catalogue_code_number(sex, "x", 1), 0);
    assert_string_equal(catalogue_code_text(sex, 10), "m");
    assert_null(catalogue_code_text(sex, 9));
    assert_int_equal(catalogue_form_find(catalogue, "COUNT", 1)->number, 2);
    assert_int_equal(catalogue_indicator_find(catalogue, "RATE")->number, 30);
    assert_int_equal(catalogue_dimension_find(catalogue, "owner")->number, 7);
    assert_int_equal(catalogue->attributes[0].dimension, 7);
    assert_int_equal(catalogue_indicator_find(catalogue, "PARITY")->operands[0].member, 7);
    assert_int_equal(number_of(added, count, "code:sex", "f"), 0); /* not new */
    assert_int_equal(number_of(added, count, "rule", "R_PRESENT"), 6);
    /* Constants in expressions follow the numbers. */
    emis_buffer_init(&sql);
    expr_print_sql(catalogue_indicator_find(catalogue, "RATE")->where, NULL, NULL, &sql);
    assert_non_null(strstr(sql.data, "7"));
    assert_null(strstr(sql.data, "2"));
    emis_buffer_release(&sql);
    base_free(base);
}

/* A code put in front of a list, and a form before the others, move nothing that was given. */
static void test_catalogue_number__stable_when_the_catalogue_grows(void **state)
{
    struct base *base = base_new();
    struct catalogue *first = base_catalogue(base);
    const struct catalogue_number *known, *added;
    size_t known_count, count;
    (void) state;
    catalogue_number_apply(first, NULL, 0, &known, &known_count);
    struct base *grown = base_new();
    base_edit(grown, "codelists/sex.json", "[", "[\"x\",");
    base_extend(grown, "labels/en.json", "\"code.sex.x\":\"X\"");
    struct catalogue *second = base_catalogue(grown);
    catalogue_number_apply(second, known, known_count, &added, &count);
    assert_int_equal(count, 1);
    assert_string_equal(added[0].kind, "code:sex");
    assert_string_equal(added[0].code, "x");
    assert_int_equal(added[0].number, 3);
    catalogue_number_apply(second, known, known_count, &added, &count); /* again: the same */
    assert_int_equal(count, 1);
    assert_int_equal(added[0].number, 3);
    base_free(grown);
    base_free(base);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_catalogue_number__fresh_warehouse_gets_all),
        cmocka_unit_test(test_catalogue_number__known_ones_stay_and_gone_ones_are_not_reused),
        cmocka_unit_test(test_catalogue_number__stable_when_the_catalogue_grows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
