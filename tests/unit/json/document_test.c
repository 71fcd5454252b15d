/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/json/document.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/buffer.h"

static enum emis_error_code parse(const void *bytes, size_t size, struct emis_error *err)
{
    struct json_document *document;
    void *copy = malloc(size + (size == 0));

    memcpy(copy, bytes, size);
    bool is_good = json_document_new(copy, size, &json_limits_default, &document, err);
    free(copy);
    if (is_good)
        json_document_free(document);
    return is_good ? EMIS_OK : err->code;
}

static void check(enum emis_error_code wanted, const char *text)
{
    struct emis_error err;
    enum emis_error_code code = parse(text, strlen(text), &err);

    if (code != wanted)
        fail_msg("%s: got %s, wanted %s", text, emis_error_name(code), emis_error_name(wanted));
}

static void test_json_document__codes(void **state)
{
    struct emis_error err;
    (void) state;

    check(EMIS_OK, "{}");
    check(EMIS_OK, " {\"a\":[1,2.5,true,null,\"x\"]} \n");
    check(E_JSON_TRAILING, "{}x");
    check(E_JSON_TRAILING, "{}{}");
    check(E_JSON_TOPLEVEL, "[]");
    check(E_JSON_TOPLEVEL, "\"x\"");
    check(E_JSON_TOPLEVEL, "1");
    check(E_JSON_TOPLEVEL, "null");
    check(E_JSON_DUP_KEY, "{\"a\":1,\"a\":1}");
    check(E_JSON_DUP_KEY, "{\"b\":{\"a\":1,\"\\u0061\":2}}");
    check(E_JSON_NUMBER, "{\"a\":1e400}");
    check(E_JSON_NUMBER, "{\"a\":-1e400}");
    check(E_JSON_DEPTH, "{\"a\":[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]}");
    assert_int_equal(parse("{}\0", 3, &err), E_JSON_TRAILING);
    assert_int_equal(parse("{\"a\":1\0}", 8, &err), E_JSON_SYNTAX);
    assert_int_equal(parse("{\"a\":\"\0\"}", 9, &err), E_JSON_SYNTAX);
}

static void test_json_document__syntax_with_line_and_column(void **state)
{
    static const char *const wrong[] = {
        "{\"a\":1,}",       "{'a':1}",        "{/**/}",        "{a:1}",           "{\"a\":NaN}",
        "{\"a\":Infinity}", "{\"a\":+1}",     "{\"a\":01}",    "{\"a\":.5}",      "{\"a\":1.}",
        "{\"a\":0x1}",      "{\"a\":\"\t\"}", "{\"a\" 1}",     "{\"a\":1",        "{",
        "{\"a\":tru}",      "{\"a\":\"",      "{\"a\":\"\\",   "{\"a\":\"\\x\"}", "}",
        "{\"a\":-}",        "{\"a\":1e}",     "{\"a\":[1 2]}", "# c\n{}",
    };
    struct emis_error err;
    (void) state;

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        check(E_JSON_SYNTAX, wrong[i]);
    assert_int_equal(parse("{\n  \"a\": 1,\n  b\n}", 18, &err), E_JSON_SYNTAX);
    assert_non_null(strstr(err.message, "line 3 column 3"));
}

static void test_json_document__truncated_everywhere(void **state)
{
    static const char text[] =
        "{\"a\":[1,-2.5e1,\"\\u00e9\\ud83d\\ude00 \xD8\xA7\"],\"b\":{\"c\":null,\"d\":true}}";
    struct emis_error err;
    (void) state;

    for (size_t size = 0; size < sizeof(text) - 1; size++)
        assert_int_not_equal(parse(text, size, &err), EMIS_OK);
    assert_int_equal(parse(text, sizeof(text) - 1, &err), EMIS_OK);
}

static void test_json_document__bit_flips_never_crash(void **state)
{
    char text[] =
        "{\"a\":[1,-2.5e-1,\"\\u00e9\\ud83d\\ude00 \xD8\xA7\"],\"b\":{\"c\":null,\"d\":true}}";
    struct emis_error err;
    (void) state;

    for (size_t bit = 0; bit < 8 * (sizeof(text) - 1); bit++) {
        text[bit / 8] ^= (char) (1 << bit % 8);
        enum emis_error_code code = parse(text, sizeof(text) - 1, &err);
        text[bit / 8] ^= (char) (1 << bit % 8);
        assert_true(code == EMIS_OK || code >= 100);
    }
}

static void test_json_document__never_quotes_the_value(void **state)
{
    struct emis_error err;
    (void) state;

    assert_int_equal(parse("{\"name\":\"SECRET\" \"SECRET\"}", 26, &err), E_JSON_SYNTAX);
    assert_null(strstr(err.message, "SECRET"));
    assert_int_equal(parse("{\"SECRET\":1,\"SECRET\":1}", 23, &err), E_JSON_DUP_KEY);
    assert_null(strstr(err.message, "SECRET"));
}

static void write_file(const char *path, const char *text, size_t size)
{
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, size, file), size);
    fclose(file);
}

static void test_json_document__from_a_file(void **state)
{
    struct json_document *document;
    struct emis_error err;
    char path[] = "/tmp/emis-json-XXXXXX";
    int descriptor = mkstemp(path);
    (void) state;

    assert_true(descriptor >= 0);
    close(descriptor);
    write_file(path, "{\"a\": 7}\n", 9);
    assert_true(json_document_read_new(path, &json_limits_file, &document, &err));
    assert_int_equal(json_value_size(json_document_root(document)), 1);
    json_document_free(document);

    write_file(path, "{\n,}", 4);
    assert_false(json_document_read_new(path, &json_limits_file, &document, &err));
    assert_int_equal(err.code, E_JSON_SYNTAX);
    assert_string_equal(err.pointer, path);

    struct json_limits small = json_limits_file;
    small.bytes_max = 3;
    assert_false(json_document_read_new(path, &small, &document, &err));
    assert_int_equal(err.code, E_REC_TOO_LARGE);
    assert_int_equal(unlink(path), 0);
    assert_false(json_document_read_new(path, &json_limits_file, &document, &err));
    assert_int_equal(err.code, E_NO_INPUT);
    assert_false(json_document_read_new("/", &json_limits_file, &document, &err));
    assert_int_equal(err.code, E_IO);
    json_document_free(NULL);
}

/* 0.2 MB of file, so that reading grows its buffer. */
static void test_json_document__large(void **state)
{
    struct json_document *document;
    struct emis_error err;
    struct emis_buffer text;
    char path[] = "/tmp/emis-json-XXXXXX";
    int descriptor = mkstemp(path);
    (void) state;

    assert_true(descriptor >= 0);
    close(descriptor);
    emis_buffer_init(&text);
    emis_buffer_text(&text, "{\"v\":[0");
    for (int i = 0; i < 40000; i++)
        emis_buffer_text(&text, ",12345");
    emis_buffer_text(&text, "]}");
    write_file(path, text.data, text.size);
    assert_true(json_document_read_new(path, &json_limits_file, &document, &err));
    assert_int_equal(json_value_size(json_value_get(json_document_root(document), "v")), 40001);
    json_document_free(document);
    emis_buffer_release(&text);
    assert_int_equal(unlink(path), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_document__codes),
        cmocka_unit_test(test_json_document__syntax_with_line_and_column),
        cmocka_unit_test(test_json_document__truncated_everywhere),
        cmocka_unit_test(test_json_document__bit_flips_never_crash),
        cmocka_unit_test(test_json_document__never_quotes_the_value),
        cmocka_unit_test(test_json_document__from_a_file),
        cmocka_unit_test(test_json_document__large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
