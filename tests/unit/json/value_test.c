/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/json/value.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "lib/json/document.h"

static struct json_document *document_new(const char *text)
{
    struct json_document *document;
    struct emis_error err;

    if (!json_document_new(text, strlen(text), &json_limits_default, &document, &err))
        fail_msg("%s: %s", text, err.message);
    return document;
}

static void test_json_value__types(void **state)
{
    static const char *const names[] = {"object", "array",   "string", "integer",
                                        "number", "boolean", "null"};
    struct json_document *document = document_new("{\"v\":[{}, [], \"\", 1, 1.0, true, null]}");
    const struct json_value *items = json_value_get(json_document_root(document), "v");
    (void) state;

    assert_int_equal(json_value_size(items), 7);
    for (size_t i = 0; i < 7; i++) {
        assert_int_equal(json_value_type(json_value_at(items, i)), i);
        assert_string_equal(json_value_type_name(json_value_at(items, i)), names[i]);
    }
    assert_null(json_value_at(items, 7));
    assert_null(json_value_at(json_document_root(document), 0));
    assert_null(json_value_get(items, "v"));
    assert_null(json_value_get(json_document_root(document), "w"));
    assert_int_equal(json_value_size(json_value_at(items, 2)), 0);
    json_document_free(document);
}

static void test_json_value__wrong_type_leaves_the_result(void **state)
{
    struct json_document *document = document_new("{\"s\":\"x\",\"i\":-0,\"b\":false,\"r\":1e0}");
    const struct json_value *root = json_document_root(document);
    const char *text = "as it was";
    size_t size = 5;
    int64_t number = 7;
    bool flag = true;
    (void) state;

    assert_false(json_value_string(json_value_get(root, "i"), &text, &size));
    assert_false(json_value_string(NULL, &text, &size));
    assert_false(json_value_integer(json_value_get(root, "r"), &number));
    assert_false(json_value_integer(json_value_get(root, "s"), &number));
    assert_false(json_value_integer(json_value_get(root, "b"), &number));
    assert_false(json_value_integer(NULL, &number));
    assert_false(json_value_bool(json_value_get(root, "i"), &flag));
    assert_false(json_value_bool(NULL, &flag));
    assert_true(size == 5 && number == 7 && flag && strcmp(text, "as it was") == 0);
    assert_true(json_value_string(json_value_get(root, "s"), &text, &size) && size == 1 &&
                strcmp(text, "x") == 0);
    assert_true(json_value_integer(json_value_get(root, "i"), &number) && number == 0);
    assert_true(json_value_bool(json_value_get(root, "b"), &flag) && !flag);
    json_document_free(document);
}

static void test_json_value__members_in_document_order(void **state)
{
    struct json_document *document =
        document_new("{\"zeta\":1,\"alpha\":2,\"mid\":3,\"beta\":4,\"a\":5,\"0\":6}");
    struct json_value_member member;
    int64_t wanted = 0, number;
    (void) state;

    for (bool more = json_value_first(json_document_root(document), &member); more;
         more = json_value_next(&member)) {
        assert_true(json_value_integer(member.value, &number));
        assert_int_equal(number, ++wanted);
    }
    assert_int_equal(wanted, 6);
    json_document_free(document);
    document = document_new("{\"v\":[]}");
    assert_false(json_value_first(json_value_get(json_document_root(document), "v"), &member));
    json_document_free(document);
}

static void check_decimal(const char *json, unsigned scale, enum emis_error_code wanted,
                          int64_t wanted_value)
{
    char text[200];
    struct emis_error err;
    int64_t value = 424242;

    snprintf(text, sizeof(text), "{\"v\":%s}", json);
    struct json_document *document = document_new(text);
    bool is_good =
        json_value_decimal(json_value_get(json_document_root(document), "v"), scale, &value, &err);
    json_document_free(document);
    enum emis_error_code code = is_good ? EMIS_OK : err.code;
    if (code != wanted || value != (is_good ? wanted_value : 424242))
        fail_msg("%s at scale %u: %s %lld", json, scale, emis_error_name(code), (long long) value);
}

static void test_json_value__decimals(void **state)
{
    (void) state;
    check_decimal("12", 2, EMIS_OK, 1200);
    check_decimal("12.5", 2, EMIS_OK, 1250);
    check_decimal("-12.05", 2, EMIS_OK, -1205);
    check_decimal("0.1", 1, EMIS_OK, 1);
    check_decimal("0.3", 15, EMIS_OK, 300000000000000);
    check_decimal("1.50", 1, EMIS_OK, 15);
    check_decimal("1e2", 0, EMIS_OK, 100);
    check_decimal("12e-1", 1, EMIS_OK, 12);
    check_decimal("123456789012.345", 3, EMIS_OK, 123456789012345);
    check_decimal("99.999999", 2, E_FIELD_SCALE, 0);
    check_decimal("0.001", 2, E_FIELD_SCALE, 0);
    check_decimal("-0", 2, EMIS_OK, 0);
    check_decimal("-0.0", 2, EMIS_OK, 0);
    check_decimal("0e5", 2, EMIS_OK, 0);
    check_decimal("1e30", 2, E_FIELD_RANGE, 0);
    check_decimal("9223372036854775807", 0, EMIS_OK, INT64_MAX);
    check_decimal("-9223372036854775808", 0, EMIS_OK, INT64_MIN);
    check_decimal("922337203685477581", 1, E_FIELD_RANGE, 0);
    check_decimal("true", 1, E_FIELD_TYPE, 0);
    check_decimal("null", 1, E_FIELD_TYPE, 0);
}

/* A double would make these 0, and 0 is exact at every scale. */
static void test_json_value__tiny_numbers_are_not_zero(void **state)
{
    (void) state;
    check_decimal("1e-400", 9, E_FIELD_SCALE, 0);
    check_decimal("-1.5E-0999999999999", 15, E_FIELD_SCALE, 0);
    check_decimal("5e-324", 9, E_FIELD_SCALE, 0);
    check_decimal("0e-400", 9, EMIS_OK, 0);
    check_decimal("0.00e-400", 9, EMIS_OK, 0);
    check_decimal("100e-0002", 9, EMIS_OK, 1000000000);
    check_decimal("[\"e-400\", 1e-400]", 9, E_FIELD_TYPE, 0);
}

static void test_json_value__strings_keep_what_looks_like_an_exponent(void **state)
{
    struct json_document *document = document_new("{\"a\":\"1e-400 \\\" e-999\",\"b\":1e-400}");
    const char *text;
    size_t size;
    (void) state;

    assert_true(json_value_string(json_value_get(json_document_root(document), "a"), &text, &size));
    assert_string_equal(text, "1e-400 \" e-999");
    json_document_free(document);
}

static void test_json_value__decimals_as_strings(void **state)
{
    (void) state;
    check_decimal("\"123.45\"", 2, EMIS_OK, 12345);
    check_decimal("\"-123.4500\"", 2, EMIS_OK, -12345);
    check_decimal("\"123\"", 3, EMIS_OK, 123000);
    check_decimal("\"0.000000000000001\"", 15, EMIS_OK, 1);
    check_decimal("\"-0.00\"", 2, EMIS_OK, 0);
    check_decimal("\"9223372036854775807\"", 0, EMIS_OK, INT64_MAX);
    check_decimal("\"-9223372036854775808\"", 0, EMIS_OK, INT64_MIN);
    check_decimal("\"9223372036854775808\"", 0, E_FIELD_RANGE, 0);
    check_decimal("\"92233720368547758.08\"", 2, E_FIELD_RANGE, 0);
    check_decimal("\"92233720368547758.07\"", 2, EMIS_OK, INT64_MAX);
    check_decimal("\"1.234\"", 2, E_FIELD_SCALE, 0);
    static const char *const wrong[] = {"\"\"",   "\"-\"",   "\".5\"",  "\"5.\"",
                                        "\"+5\"", "\"05\"",  "\"1e2\"", "\" 1\"",
                                        "\"1 \"", "\"1,5\"", "\"--1\"", "\"NaN\""};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        check_decimal(wrong[i], 2, E_FIELD_TYPE, 0);
}

/* Any decimal of 15 digits survives being read as a double. */
static void test_json_value__fifteen_digits_are_exact(void **state)
{
    uint64_t seed = 88172645463325252u;
    char json[64];
    (void) state;

    for (int i = 0; i < 20000; i++) {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        int64_t digits = (int64_t) (seed % 1000000000000000u);
        unsigned scale = (unsigned) (seed >> 50) % 10;
        int64_t unit = 1;
        for (unsigned k = 0; k < scale; k++)
            unit *= 10;
        snprintf(json, sizeof(json), "%s%lld.%0*lld", i % 2 ? "-" : "", (long long) (digits / unit),
                 (int) scale + (scale == 0), (long long) (digits % unit));
        check_decimal(json, scale, EMIS_OK, i % 2 ? -digits : digits);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_value__types),
        cmocka_unit_test(test_json_value__wrong_type_leaves_the_result),
        cmocka_unit_test(test_json_value__members_in_document_order),
        cmocka_unit_test(test_json_value__decimals),
        cmocka_unit_test(test_json_value__tiny_numbers_are_not_zero),
        cmocka_unit_test(test_json_value__strings_keep_what_looks_like_an_exponent),
        cmocka_unit_test(test_json_value__decimals_as_strings),
        cmocka_unit_test(test_json_value__fifteen_digits_are_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
