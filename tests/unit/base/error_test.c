/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/error.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

static void test_base_error__kind_comes_from_the_table(void **state)
{
    struct emis_error err;
    (void) state;
    memset(&err, 'x', sizeof err);
    assert_false(emis_error_set(&err, E_SUM, "%d + %d is not %d", 1, 2, 4));
    assert_int_equal(err.kind, EMIS_REJECT);
    assert_int_equal(err.code, E_SUM);
    assert_string_equal(err.message, "1 + 2 is not 4");
    assert_string_equal(err.pointer, "");
    assert_string_equal(err.sqlstate, "");
    assert_false(emis_error_set(&err, E_KAFKA, "away"));
    assert_int_equal(err.kind, EMIS_RETRY);
    assert_false(emis_error_set(&err, E_STOPPED, "signal"));
    assert_int_equal(err.kind, EMIS_STOP);
    assert_false(emis_error_set(&err, E_CONFIG, "bad"));
    assert_int_equal(err.kind, EMIS_FATAL);
}

static void test_base_error__arguments_may_be_the_error_itself(void **state)
{
    struct emis_error err;
    (void) state;
    assert_false(emis_error_set_at(&err, E_SUM, "/data/rows/3", "inner"));
    assert_false(emis_error_set_at(&err, E_RULE, err.pointer, "outer: %s", err.message));
    assert_string_equal(err.message, "outer: inner");
    assert_string_equal(err.pointer, "/data/rows/3");
    assert_false(emis_error_wrap(&err, "batch %d: %s", 7, err.message));
    assert_string_equal(err.message, "batch 7: outer: inner: outer: inner");
    assert_string_equal(err.pointer, "/data/rows/3");
}

static void test_base_error__one_line_cut_between_characters(void **state)
{
    struct emis_error err;
    char text[700];
    (void) state;
    assert_false(emis_error_set(&err, E_DATABASE, "ERROR:  a\nLINE 1\tb\x7F"));
    assert_string_equal(err.message, "ERROR:  a LINE 1 b ");
    memset(text, 'a', sizeof text);
    memcpy(text + 510, "\xD8\xA8\xD8\xA8", 4); /* two letters of two bytes across the field's end */
    text[sizeof text - 1] = '\0';
    assert_false(emis_error_set_at(&err, E_DATABASE, text, "%s", text));
    assert_int_equal(strlen(err.message), 510);
    assert_int_equal(strlen(err.pointer), sizeof err.pointer - 1);
    assert_false(emis_error_wrap(&err, "%s", text));
    assert_int_equal(strlen(err.message), 510);
}

static void test_base_error__table_is_sound(void **state)
{
    size_t count = 0;
    (void) state;
    for (enum emis_error_code code; (code = emis_error_at(count)) != EMIS_OK; count++) {
        const char *name = emis_error_name(code);
        assert_true(strncmp(name, "E_", 2) == 0);
        assert_int_equal(emis_error_by_name(name), code);
        assert_true(emis_error_meaning(code)[0] != '\0' && emis_error_hint(code)[0] != '\0');
        assert_in_range(emis_error_exit_status(code), 0, 78);
        for (size_t i = 0; i < count; i++) {
            assert_int_not_equal(emis_error_at(i), code);
        }
    }
    assert_true(count > 60);
    assert_int_equal(emis_error_by_name("E_NONE"), EMIS_OK);
    assert_string_equal(emis_error_name((enum emis_error_code) 9999), "E_UNKNOWN");
    assert_int_equal(emis_error_exit_status((enum emis_error_code) 9999), 70);
    assert_string_equal(emis_error_hint((enum emis_error_code) 9999), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_base_error__kind_comes_from_the_table),
        cmocka_unit_test(test_base_error__arguments_may_be_the_error_itself),
        cmocka_unit_test(test_base_error__one_line_cut_between_characters),
        cmocka_unit_test(test_base_error__table_is_sound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
