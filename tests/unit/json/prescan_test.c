/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/json/prescan.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buffer.h"

struct sample {
    enum emis_error_code code;
    const char *bytes;
    size_t size; /* 0: strlen */
};

static enum emis_error_code scan(const void *bytes, size_t size, struct emis_error *err)
{
    /* An exact copy on the heap, so that a sanitizer sees any byte read beyond the end. */
    void *copy = calloc(1, size + (size == 0));
    memcpy(copy, bytes, size);
    bool is_good = json_prescan(copy, size, &json_limits_default, err);
    free(copy);
    return is_good ? EMIS_OK : err->code;
}

static void check_samples(const struct sample *samples, size_t count)
{
    struct emis_error err;

    for (size_t i = 0; i < count; i++) {
        size_t size = samples[i].size > 0 ? samples[i].size : strlen(samples[i].bytes);
        enum emis_error_code code = scan(samples[i].bytes, size, &err);
        if (code != samples[i].code)
            fail_msg("sample %zu: got %s, wanted %s", i, emis_error_name(code),
                     emis_error_name(samples[i].code));
    }
}

static void test_json_prescan__encodings(void **state)
{
    static const struct sample samples[] = {
        {EMIS_OK, "{}", 0},
        {EMIS_OK, " \r\n\t{\"\xD8\xA7\": \"\xF0\x9F\x98\x80\"}", 0},
        {E_JSON_EMPTY, " \n\t\r", 0},
        {E_JSON_BOM, "\xEF\xBB\xBF{}", 0},
        {E_JSON_UTF8, "\xFF\xFE{\0}\0", 6},
        {E_JSON_UTF8, "\xFE\xFF\0{\0}", 6},
        {E_JSON_UTF8, "{\0}\0", 4},
        {E_JSON_UTF8, "\0{\0}", 4},
        {E_JSON_UTF8, "\0\0\0{\0\0\0}", 8},
        {E_JSON_UTF8, "{\0\0\0}\0\0\0", 8},
        {E_JSON_UTF8, "{\"a\":\"caf\xE9\"}", 0},
        {E_JSON_UTF8, "{\"a\":\"\xC7\xE1\"}", 0},
        {E_JSON_UTF8, "\xC0\x80", 0},
        {E_JSON_UTF8, "{\"\xF8\x88\x80\x80\x80\"", 0},
        {E_JSON_UTF8, "{\"\xED\xA0\x80\"", 0},
        {E_JSON_UTF8, "{\"\xF4\x90\x80\x80\"", 0},
        {E_JSON_UTF8, "{}\xE2\x82", 0},
        {E_REC_ENCODING, "\0\0\0\0\1{}", 7},
        {E_REC_ENCODING, "\x1F\x8B\x08\0", 4},
        {E_REC_ENCODING, "\x89PNG\r\n", 0},
        {E_REC_ENCODING,
         "\x82\xA1"
         "a\x01",
         0},
        {E_REC_ENCODING, "\xDE\x00\x10", 3},
        {E_REC_ENCODING, "\x28\xB5\x2F\xFD", 0},
        {E_REC_ENCODING, "Obj\x01", 0},
        {E_REC_ENCODING, "PK\x03\x04", 0},
    };
    (void) state;
    check_samples(samples, sizeof(samples) / sizeof(samples[0]));
}

static void test_json_prescan__empty_and_too_large(void **state)
{
    struct emis_error err;
    char *large = malloc(1048577);
    (void) state;

    memset(large, ' ', 1048577);
    memcpy(large, "{}", 2);
    assert_int_equal(scan("", 0, &err), E_REC_EMPTY);
    assert_false(json_prescan(NULL, 0, &json_limits_default, &err));
    assert_int_equal(err.code, E_REC_EMPTY);
    assert_int_equal(scan(large, 1048577, &err), E_REC_TOO_LARGE);
    assert_int_equal(scan(large, 1048576, &err), EMIS_OK);
    free(large);
}

static void test_json_prescan__escapes(void **state)
{
    static const struct sample samples[] = {
        {E_JSON_NUL, "{\"a\":\"Ali\\u0000'); DROP\"}", 0},
        {E_JSON_NUL, "{\"\\u0000\":1}", 0},
        {EMIS_OK, "{\"a\":\"\\\\u0000\"}", 0},
        {EMIS_OK, "{\"a\":\"\\u0001\\uD83D\\uDE00\\uFFFF\"}", 0},
        {E_JSON_UTF8, "{\"a\":\"\\uD83D\"}", 0},
        {E_JSON_UTF8, "{\"a\":\"\\uDE00\\uD83D\"}", 0},
        {E_JSON_UTF8, "{\"a\":\"\\uD83D\\u0041\"}", 0},
        {E_JSON_UTF8, "{\"a\":\"\\uD83D\\uD83D\\uDE00\"}", 0},
        {E_JSON_UTF8, "{\"a\":\"\\ud83d\\n\"}", 0},
        {EMIS_OK, "{\"a\":\"\\uZZZZ\"}", 0}, /* the parser's to refuse */
        {EMIS_OK, "{\"a\":\"\\u12", 0},
        {EMIS_OK, "{\"a\":\"\\", 0},
        {E_JSON_UTF8, "{\"a\":\"\\uD83D\\uDE", 0},
    };
    (void) state;
    check_samples(samples, sizeof(samples) / sizeof(samples[0]));
}

static void test_json_prescan__numbers(void **state)
{
    static const struct sample samples[] = {
        {EMIS_OK, "{\"a\":9223372036854775807,\"b\":-9223372036854775808,\"c\":-0}", 0},
        {E_JSON_NUMBER, "{\"a\":9223372036854775808}", 0},
        {E_JSON_NUMBER, "{\"a\":-9223372036854775809}", 0},
        {E_JSON_NUMBER, "{\"a\":1.2345678901234567}", 0},
        {EMIS_OK, "{\"a\":123456789012.345}", 0},
        {E_JSON_NUMBER, "{\"a\":123456789012.3456}", 0},
        {EMIS_OK, "{\"a\":0.000000123456789012345}", 0},
        {EMIS_OK, "{\"a\":1.5000000000000000000000000000}", 0},
        {EMIS_OK, "{\"a\":1e2,\"b\":1E-400}", 0},
        {E_JSON_NUMBER, "{\"a\":1234567890123456e2}", 0},
        {EMIS_OK, "0.000000000000000000000000000000", 0},        /* 32 characters */
        {E_JSON_NUMBER, "0.0000000000000000000000000000000", 0}, /* 33 */
    };
    (void) state;
    check_samples(samples, sizeof(samples) / sizeof(samples[0]));
}

/* before, count times unit, after */
static enum emis_error_code scan_repeated(const char *before, size_t count, const char *unit,
                                          const char *after)
{
    struct emis_buffer text;
    struct emis_error err;

    emis_buffer_init(&text);
    emis_buffer_text(&text, before);
    for (size_t i = 0; i < count; i++)
        emis_buffer_text(&text, unit);
    emis_buffer_text(&text, after);
    enum emis_error_code code = scan(text.data, text.size, &err);
    emis_buffer_release(&text);
    return code;
}

static void test_json_prescan__exact_bounds(void **state)
{
    (void) state;
    assert_int_equal(scan_repeated("", 16, "[", ""), EMIS_OK);
    assert_int_equal(scan_repeated("", 17, "[", ""), E_JSON_DEPTH);
    assert_int_equal(scan_repeated("", 1000000, "[", ""), E_JSON_DEPTH);
    assert_int_equal(scan_repeated("[", 19999, "{}", "]"), EMIS_OK);
    assert_int_equal(scan_repeated("[", 20000, "{}", "]"), E_JSON_TOKENS);
    assert_int_equal(scan_repeated("[", 99998, "1,", "1]"), EMIS_OK);
    assert_int_equal(scan_repeated("[", 99999, "1,", "1]"), E_JSON_TOKENS);
    assert_int_equal(scan_repeated("{\"a\":\"", 4096, "x", "\"}"), EMIS_OK);
    assert_int_equal(scan_repeated("{\"a\":\"", 4097, "x", "\"}"), E_FIELD_LENGTH);
    assert_int_equal(scan_repeated("{\"", 4097, "x", "\" : 1}"), E_JSON_TOKENS);
    assert_int_equal(scan_repeated("{\"a\":\"", 2048, "\\u00e9", "\"}"), EMIS_OK);
    assert_int_equal(scan_repeated("{\"a\":\"", 2049, "\\u00e9", "\"}"), E_FIELD_LENGTH);
    assert_int_equal(scan_repeated("{\"a\":\"", 1025, "\\ud83d\\ude00", "\"}"), E_FIELD_LENGTH);
    assert_int_equal(scan_repeated("{\"a\":\"", 1366, "\\uffff", "\"}"), E_FIELD_LENGTH);
    assert_int_equal(scan_repeated("{\"a\":\"", 4097, "\\n", "\"}"), E_FIELD_LENGTH);
    assert_int_equal(scan_repeated("{\"a\":", 1000000, "1", "}"), E_JSON_NUMBER);
}

static void test_json_prescan__place_in_message(void **state)
{
    struct emis_error err;
    (void) state;

    assert_int_equal(scan("{\n\"a\":\"\\u0000\"}", 15, &err), E_JSON_NUL);
    assert_non_null(strstr(err.message, "line 2 column 6"));
    assert_int_equal(scan("{\"a\":\"\xFF\"}", 9, &err), E_JSON_UTF8);
    assert_non_null(strstr(err.message, "byte 6"));
    assert_int_equal(err.kind, EMIS_REJECT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_prescan__encodings),
        cmocka_unit_test(test_json_prescan__empty_and_too_large),
        cmocka_unit_test(test_json_prescan__escapes),
        cmocka_unit_test(test_json_prescan__numbers),
        cmocka_unit_test(test_json_prescan__exact_bounds),
        cmocka_unit_test(test_json_prescan__place_in_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
