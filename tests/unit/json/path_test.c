/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/json/path.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "lib/base/text.h"

static void test_json_path__pointer_of_rfc_6901(void **state)
{
    struct json_path path;
    char out[128];
    (void) state;

    json_path_init(&path);
    assert_string_equal(json_path_format(&path, out, sizeof(out)), "");
    json_path_push_key(&path, "data");
    json_path_push_key(&path, "m~n/a");
    json_path_push_index(&path, 12);
    json_path_push_key(&path, "");
    assert_string_equal(json_path_format(&path, out, sizeof(out)), "/data/m~0n~1a/12/");
    json_path_pop(&path);
    json_path_pop(&path);
    json_path_push_key(&path, "\x1b[2J\xD8\xA7");
    assert_string_equal(json_path_format(&path, out, sizeof(out)), "/data/m~0n~1a/?[2J\xD8\xA7");
}

static void test_json_path__cut_at_any_size_is_valid_utf8(void **state)
{
    struct json_path path;
    char out[32];
    (void) state;

    json_path_init(&path);
    json_path_push_key(&path, "\xD8\xA7\xF0\x9F\x98\x80~/");
    json_path_push_index(&path, 1234567);
    for (size_t size = 1; size <= sizeof(out); size++) {
        memset(out, 'x', sizeof(out));
        json_path_format(&path, out, size);
        assert_true(strlen(out) < size);
        assert_true(emis_text_utf8_error(out, strlen(out)) == SIZE_MAX);
    }
    assert_string_equal(out, "/\xD8\xA7\xF0\x9F\x98\x80~0~1/1234567");
}

static void test_json_path__deeper_than_it_holds(void **state)
{
    struct json_path path;
    char out[256];
    (void) state;

    json_path_init(&path);
    for (size_t i = 0; i < JSON_PATH_DEPTH_MAX + 5; i++)
        json_path_push_index(&path, 7);
    assert_int_equal(strlen(json_path_format(&path, out, sizeof(out))), 2 * JSON_PATH_DEPTH_MAX);
    for (size_t i = 0; i < JSON_PATH_DEPTH_MAX + 4; i++)
        json_path_pop(&path);
    assert_string_equal(json_path_format(&path, out, sizeof(out)), "/7");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_path__pointer_of_rfc_6901),
        cmocka_unit_test(test_json_path__cut_at_any_size_is_valid_utf8),
        cmocka_unit_test(test_json_path__deeper_than_it_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
