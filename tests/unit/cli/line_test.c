/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "lib/base/memory.h"
#include "ops/cli/line.h"

/* From memory of exactly the line's size, so that a read beyond it is seen. */
static bool unit_of(const char *line, char out[16], struct emis_error *err)
{
    size_t size = strlen(line);
    char *copy = emis_malloc(size + (size == 0));
    bool ok;

    memcpy(copy, line, size);
    ok = cli_line_unit(copy, size, out, 16, err);
    free(copy);
    return ok;
}

static void expect_unit(const char *line, const char *expected)
{
    struct emis_error err;
    char unit[16];

    assert_true(unit_of(line, unit, &err));
    assert_string_equal(unit, expected);
}

static void expect_error(const char *line, enum emis_error_code code)
{
    struct emis_error err;
    char unit[16];

    assert_false(unit_of(line, unit, &err));
    assert_int_equal(err.code, code);
}

static void test_cli_line__unit_of_the_top_object(void **state)
{
    (void) state;
    expect_unit("{\"unit\":\"EM.1\"}", "EM.1");
    expect_unit(" { \"a\" : 1 , \"unit\" : \"EM.1\" } ", "EM.1");
    expect_unit("{\"data\":{\"unit\":\"no\"},\"unit\":\"yes\"}", "yes");
    expect_unit("{\"data\":[{\"unit\":\"no\"}],\"unit\":\"yes\"}", "yes");
    expect_unit("{\"a\":\"unit\",\"unit\":\"yes\"}", "yes");
    expect_unit("{\"a\":\"\\\"unit\\\":\\\"no\\\"\",\"unit\":\"yes\"}", "yes");
    expect_unit("{\"a\":\"{[\\\\\",\"unit\":\"yes\"}", "yes");
}

static void test_cli_line__escapes_are_the_parsers(void **state)
{
    (void) state;
    expect_unit("{\"unit\":\"A\\u0042\"}", "AB");
    expect_unit("{\"un\\u0069t\":\"AB\"}", "AB");
}

static void test_cli_line__no_key_to_take(void **state)
{
    (void) state;
    expect_error("{\"unit\":5}", E_ENV_FIELD);
    expect_error("{\"unit\":\"\"}", E_ENV_FIELD);
    expect_error("{\"unit\":null}", E_ENV_FIELD);
    expect_error("{\"data\":{\"unit\":\"no\"}}", E_ENV_FIELD);
    expect_error("{\"unit\":\"0123456789abcdef\"}", E_ENV_FIELD);
    expect_error("not json", E_JSON_SYNTAX);
    expect_error("[\"unit\"]", E_JSON_TOPLEVEL);
    expect_error("{\"unit\":\"A", E_JSON_SYNTAX);
    expect_error("{\"unit", E_JSON_SYNTAX);
    expect_error("{\"unit\":\"A\\", E_JSON_SYNTAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cli_line__unit_of_the_top_object),
        cmocka_unit_test(test_cli_line__escapes_are_the_parsers),
        cmocka_unit_test(test_cli_line__no_key_to_take),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
