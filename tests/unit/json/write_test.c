/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/json/write.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "lib/json/document.h"

static void write_sample(struct json_write *writer)
{
    json_write_object_begin(writer);
    json_write_key(writer, "a");
    json_write_i64(writer, INT64_MIN);
    json_write_key(writer, "b");
    json_write_array_begin(writer);
    json_write_bool(writer, true);
    json_write_null(writer);
    json_write_decimal(writer, -105, 2);
    json_write_object_begin(writer);
    json_write_object_end(writer);
    json_write_array_begin(writer);
    json_write_array_end(writer);
    json_write_array_end(writer);
    json_write_key(writer, "c");
    json_write_raw(writer, "{\"x\":1}", 7);
    json_write_object_end(writer);
}

static void test_json_write__compact_and_indented(void **state)
{
    struct emis_buffer out;
    struct json_write writer;
    (void) state;

    emis_buffer_init(&out);
    json_write_init(&writer, &out, false);
    write_sample(&writer);
    assert_string_equal(
        out.data, "{\"a\":-9223372036854775808,\"b\":[true,null,-1.05,{},[]],\"c\":{\"x\":1}}");
    emis_buffer_clear(&out);
    json_write_init(&writer, &out, true);
    write_sample(&writer);
    assert_string_equal(out.data, "{\n  \"a\": -9223372036854775808,\n  \"b\": [\n    true,\n    "
                                  "null,\n    -1.05,\n    {},\n    []\n  ],\n"
                                  "  \"c\": {\"x\":1}\n}\n");
    emis_buffer_release(&out);
}

static void test_json_write__decimals(void **state)
{
    static const struct {
        int64_t value;
        unsigned scale;
        const char *text;
    } samples[] = {{0, 0, "0"},
                   {0, 2, "0.00"},
                   {-5, 2, "-0.05"},
                   {1250, 2, "12.50"},
                   {INT64_MIN, 18, "-9.223372036854775808"},
                   {7, 0, "7"}};
    struct emis_buffer out;
    struct json_write writer;
    (void) state;

    emis_buffer_init(&out);
    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
        emis_buffer_clear(&out);
        json_write_init(&writer, &out, false);
        json_write_decimal(&writer, samples[i].value, samples[i].scale);
        assert_string_equal(out.data, samples[i].text);
    }
    emis_buffer_release(&out);
}

static void test_json_write__strings_come_back(void **state)
{
    char text[2 * 0x7F + 16];
    size_t size = 0, got_size;
    const char *got;
    struct emis_buffer out;
    struct json_write writer;
    struct json_document *document;
    struct emis_error err;
    (void) state;

    for (int byte = 1; byte < 0x80; byte++) {
        text[size++] = (char) byte;
        text[size++] = 'x';
    }
    memcpy(text + size, "\xD8\xA7\xF0\x9F\x98\x80", 7);
    emis_buffer_init(&out);
    json_write_init(&writer, &out, false);
    json_write_object_begin(&writer);
    json_write_key(&writer, "k\"\n");
    json_write_string(&writer, text);
    json_write_key(&writer, "n");
    json_write_string(&writer, NULL);
    json_write_object_end(&writer);
    assert_true(json_document_new(out.data, out.size, &json_limits_default, &document, &err));
    assert_true(
        json_value_string(json_value_get(json_document_root(document), "k\"\n"), &got, &got_size));
    assert_string_equal(got, text);
    json_document_free(document);
    emis_buffer_release(&out);
}

static void test_json_write__invalid_utf8_is_replaced(void **state)
{
    struct emis_buffer out;
    struct json_write writer;
    (void) state;

    emis_buffer_init(&out);
    json_write_init(&writer, &out, false);
    json_write_string_n(&writer,
                        "a\xFF"
                        "b\xE2\x82",
                        5);
    assert_string_equal(out.data, "\"a\xEF\xBF\xBD"
                                  "b\xEF\xBF\xBD\xEF\xBF\xBD\"");
    emis_buffer_clear(&out);
    json_write_init(&writer, &out, false);
    json_write_string_n(&writer, "a\0b", 3);
    assert_string_equal(out.data, "\"a\\u0000b\"");
    emis_buffer_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_write__compact_and_indented),
        cmocka_unit_test(test_json_write__decimals),
        cmocka_unit_test(test_json_write__strings_come_back),
        cmocka_unit_test(test_json_write__invalid_utf8_is_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
