/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/text.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"

static void expect_utf8(const char *text, size_t size, size_t error_at)
{
    assert_int_equal(emis_text_utf8_error(text, size), error_at);
}

static void test_base_text__utf8(void **state)
{
    (void) state;
    expect_utf8("", 0, SIZE_MAX);
    expect_utf8("abc\xD8\xA8\xE2\x82\xAC\xF0\x9F\x98\x80", 12, SIZE_MAX);
    expect_utf8("a\0b", 3, SIZE_MAX);
    expect_utf8("\xF4\x8F\xBF\xBF", 4, SIZE_MAX); /* U+10FFFF */
    expect_utf8("\xEF\xBF\xBE", 3, SIZE_MAX); /* U+FFFE is a noncharacter, not an encoding error */
    expect_utf8("a\xC0\x80", 3, 1);           /* overlong */
    expect_utf8("a\xC1\xBF", 3, 1);
    expect_utf8("ab\xE0\x80\x80", 5, 2);
    expect_utf8("ab\xE0\x9F\xBF", 5, 2);
    expect_utf8("\xF0\x8F\xBF\xBF", 4, 0);
    expect_utf8("x\xED\xA0\x80", 4, 1); /* surrogate */
    expect_utf8("x\xED\xBF\xBF", 4, 1);
    expect_utf8("\xF4\x90\x80\x80", 4, 0); /* beyond U+10FFFF */
    expect_utf8("\xF8\x88\x80\x80\x80", 5, 0);
    expect_utf8("\xFE", 1, 0);
    expect_utf8("\x80", 1, 0);
    expect_utf8("abc\xE2\x82", 5, 3); /* cut */
    expect_utf8("abc\xE2\x82\xAC", 4, 3);
    expect_utf8("abc\xE2\x41\xAC", 6, 3);
    assert_int_equal(emis_text_length("a\xD8\xA8\xF0\x9F\x98\x80", 7), 3);
    assert_int_equal(emis_text_length("", 0), 0);
}

static void expect_normal(const char *text, const char *expected)
{
    struct emis_arena *arena = emis_arena_new(256);
    struct emis_error err = {.code = EMIS_OK};
    const char *out = NULL;
    size_t size = 0;
    bool is_done = emis_text_normalise(arena, text, strlen(text), &out, &size, &err);
    if (expected == NULL) {
        assert_false(is_done);
        assert_int_equal(err.code, E_FIELD_CHARSET);
        assert_int_equal(err.kind, EMIS_REJECT);
    } else {
        assert_true(is_done);
        assert_string_equal(out, expected);
        assert_int_equal(size, strlen(expected));
    }
    emis_arena_free(arena);
}

static void test_base_text__normalise(void **state)
{
    (void) state;
    expect_normal("", "");
    expect_normal("Hilla 3", "Hilla 3");
    expect_normal("e\xCC\x81", "\xC3\xA9");
    expect_normal("\xC3\xA9", "\xC3\xA9");
    expect_normal("\xD8\xA7\xD9\x93", "\xD8\xA2");                         /* alef and madda */
    expect_normal("\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB", "\xED\x95\x9C"); /* Hangul */
    expect_normal("q\xCC\x87\xCC\xA3", "q\xCC\xA3\xCC\x87"); /* marks in canonical order */
    expect_normal("\xE2\x84\xAA", "K");                      /* the Kelvin sign */
    expect_normal("\xD9\x85\xDB\x8C\xE2\x80\x8C\xD8\xAE",
                  "\xD9\x85\xDB\x8C\xE2\x80\x8C\xD8\xAE"); /* ZWNJ */
    expect_normal("a\xE2\x80\x8D"
                  "b",
                  "a\xE2\x80\x8D"
                  "b"); /* ZWJ */
}

static void test_base_text__normalise_refuses(void **state)
{
    (void) state;
    expect_normal("a\x01", NULL);
    expect_normal("a\nb", NULL);
    expect_normal("a\x7F", NULL);
    expect_normal("a\xC2\x85", NULL);     /* U+0085 */
    expect_normal("a\xE2\x80\xAE", NULL); /* U+202E */
    expect_normal("a\xE2\x80\xAA", NULL); /* U+202A */
    expect_normal("a\xE2\x81\xA6", NULL); /* U+2066 */
    expect_normal("a\xE2\x81\xA9", NULL); /* U+2069 */
    expect_normal("a\xE2\x80\x8E", NULL); /* U+200E */
    expect_normal("a\xE2\x80\x8F", NULL); /* U+200F */
    expect_normal("a\xEF\xBF\xBE", NULL); /* U+FFFE */
    expect_normal("a\xEF\xB7\x90", NULL); /* U+FDD0 */
    expect_normal("a\xEE\x80\x80", NULL); /* private use */
    expect_normal("a\xCD\xB8", NULL);     /* U+0378, unassigned */
    expect_normal("a\xFF", NULL);         /* not UTF-8 */
}

static void test_base_text__combining_marks(void **state)
{
    struct emis_buffer flood;
    (void) state;
    expect_normal("q\xCC\x81\xCC\x82\xCC\x83\xCC\x84", "q\xCC\x81\xCC\x82\xCC\x83\xCC\x84");
    expect_normal("q\xCC\x81\xCC\x82\xCC\x83\xCC\x84\xCC\x85", NULL);
    expect_normal("\xCC\x81\xCC\x82\xCC\x83\xCC\x84\xCC\x85", NULL);
    expect_normal("q\xCC\x81\xCC\x82\xCC\x83\xCC\x84\xE2\x80\x8D\xCC\x85",
                  NULL); /* ZWJ does not start a new base */
    /* One name in two forms has one verdict: a composed letter and four marks. */
    expect_normal("e\xCC\x81\xCC\x82\xCC\x83\xCC\x84\xCC\x85",
                  "\xC3\xA9\xCC\x82\xCC\x83\xCC\x84\xCC\x85");
    expect_normal("\xC3\xA9\xCC\x82\xCC\x83\xCC\x84\xCC\x85",
                  "\xC3\xA9\xCC\x82\xCC\x83\xCC\x84\xCC\x85");
    emis_buffer_init(&flood);
    for (int i = 0; i < 200000; i++) {
        emis_buffer_text(&flood, i % 2 == 0 ? "\xCC\x81"
                                            : "\xCC\xA3"); /* ordering these would take minutes */
    }
    expect_normal(flood.data, NULL);
    emis_buffer_release(&flood);
}

static void test_base_text__blank(void **state)
{
    static const char *const blank[] = {"",
                                        " ",
                                        " \t\r\n",
                                        "\xC2\xA0",
                                        "\xE3\x85\xA4",
                                        "\xE2\x80\x8B\xE2\x80\x8C\xE2\x80\x8D",
                                        "\xEF\xBB\xBF",
                                        "\xE3\x80\x80",
                                        "\xE2\xA0\x80",
                                        "\xE2\x81\xA0",
                                        "\xEF\xB8\x8F",
                                        "\xE1\x85\x9F"};
    static const char *const seen[] = {"a", " a", "\xD8\xA8", "\xE2\x80\x8B.", "0", "\xFF"};
    (void) state;
    for (size_t i = 0; i < sizeof blank / sizeof blank[0]; i++) {
        assert_true(emis_text_is_blank(blank[i], strlen(blank[i])));
    }
    for (size_t i = 0; i < sizeof seen / sizeof seen[0]; i++) {
        assert_false(emis_text_is_blank(seen[i], strlen(seen[i])));
    }
}

static void expect_escaped(const char *text, size_t size, const char *expected)
{
    char out[64];
    emis_text_escape(text, size, out, sizeof out);
    assert_string_equal(out, expected);
}

static void test_base_text__escape(void **state)
{
    char small[8];
    (void) state;
    expect_escaped("a b~\xD8\xA8!", 7, "a b~\xD8\xA8!");
    expect_escaped("a\r\nb\tc", 6, "a\\r\\nb\\tc");
    expect_escaped("\x1B[31m\x7F\0", 7, "\\x1b[31m\\x7f\\x00");
    expect_escaped("\xC2\x85\xE2\x80\xAE\xE2\x80\xA8\xC2\xA0", 10, "\\u0085\\u202e\\u2028\\u00a0");
    expect_escaped("\xF3\xA0\x80\x81", 4, "\\U000e0001");
    expect_escaped("\xFF\xE2\x82", 3, "\\xff\\xe2\\x82");
    emis_text_escape("abcdef\n", 7, small, sizeof small); /* no half an escape */
    assert_string_equal(small, "abcdef");
    emis_text_escape("abcdef\xD8\xA8", 8, small, sizeof small);
    assert_string_equal(small, "abcdef");
    emis_text_escape("abcdefgh", 8, small, 1);
    assert_string_equal(small, "");
}

static void expect_i64(const char *text, bool is_number, int64_t expected)
{
    int64_t value = 99;
    assert_int_equal(emis_text_parse_i64(text, strlen(text), &value), is_number);
    assert_true(value == (is_number ? expected : 99));
}

static void test_base_text__parse_i64(void **state)
{
    (void) state;
    expect_i64("0", true, 0);
    expect_i64("-0", true, 0);
    expect_i64("007", true, 7);
    expect_i64("9223372036854775807", true, INT64_MAX);
    expect_i64("-9223372036854775808", true, INT64_MIN);
    expect_i64("9223372036854775808", false, 0);
    expect_i64("-9223372036854775809", false, 0);
    expect_i64("99999999999999999999", false, 0);
    expect_i64("", false, 0);
    expect_i64("-", false, 0);
    expect_i64("+1", false, 0);
    expect_i64(" 1", false, 0);
    expect_i64("1 ", false, 0);
    expect_i64("1.0", false, 0);
    expect_i64("0x1", false, 0);
    expect_i64("--1", false, 0);
}

static void test_base_text__decimal(void **state)
{
    static const struct {
        int64_t number;
        unsigned scale;
        const char *text;
    } cases[] = {{0, 0, "0"},
                 {-7, 0, "-7"},
                 {0, 2, "0.00"},
                 {5, 2, "0.05"},
                 {-5, 2, "-0.05"},
                 {-1250, 2, "-12.50"},
                 {INT64_MIN, 0, "-9223372036854775808"},
                 {INT64_MIN, 18, "-9.223372036854775808"},
                 {INT64_MAX, 9, "9223372036.854775807"}};
    char text[24];
    (void) state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        emis_text_format_decimal(cases[i].number, cases[i].scale, text);
        assert_string_equal(text, cases[i].text);
    }
}

static void test_base_text__hex(void **state)
{
    uint8_t bytes[2] = {7, 7};
    char hex[5];
    (void) state;
    assert_true(emis_text_unhex("0aFf", 4, bytes, 2));
    emis_text_hex(bytes, 2, hex);
    assert_string_equal(hex, "0aff");
    assert_false(emis_text_unhex("0aF", 3, bytes, 2));
    assert_false(emis_text_unhex("0aFg", 4, bytes, 2));
    assert_false(emis_text_unhex("00000", 5, bytes, 2));
    assert_false(emis_text_unhex("-1-1", 4, bytes, 2));
    assert_int_equal(bytes[0], 0x0A);
    assert_true(emis_text_unhex("", 0, bytes, 0));
}

static void test_base_text__uuid(void **state)
{
    uint8_t uuid[16];
    uint8_t other[16];
    char text[37];
    (void) state;
    assert_true(emis_text_parse_uuid("0192F3A4-5b6c-7d8e-9f00-112233445566", 36, uuid));
    emis_text_format_uuid(uuid, text);
    assert_string_equal(text, "0192f3a4-5b6c-7d8e-9f00-112233445566");
    memcpy(other, uuid, 16);
    assert_false(emis_text_parse_uuid("00000000-0000-0000-0000-000000000000", 36, uuid));
    assert_false(emis_text_parse_uuid("{192f3a4-5b6c-7d8e-9f00-11223344556}", 36, uuid));
    assert_false(emis_text_parse_uuid("0192f3a45b6c7d8e9f00112233445566", 32, uuid));
    assert_false(emis_text_parse_uuid("0192f3a4-5b6c-7d8e-9f00-1122334455667", 37, uuid));
    assert_false(emis_text_parse_uuid("0192f3a45-b6c-7d8e-9f00-112233445566", 36, uuid));
    assert_false(emis_text_parse_uuid("0192f3a4-5b6c-7d8e-9f00-11223344556g", 36, uuid));
    assert_memory_equal(uuid, other, 16);
}

static void test_base_text__uuid7(void **state)
{
    uint8_t uuid[16];
    uint8_t other[16];
    char text[37];
    (void) state;
    emis_text_uuid7(0, uuid); /* 946,684,800,000 ms since 1970 */
    emis_text_format_uuid(uuid, text);
    assert_memory_equal(text, "00dc6acf-ac00-7", 15);
    assert_int_equal(uuid[8] & 0xC0, 0x80);
    emis_text_uuid7(0, other);
    assert_memory_not_equal(uuid, other, 16);
    emis_text_uuid7(1000, other);
    assert_true(memcmp(other, uuid, 6) > 0);
}

static void test_base_text__names(void **state)
{
    char word[64];
    (void) state;
    assert_true(emis_text_is_identifier("a"));
    assert_true(emis_text_is_identifier("enrol_census_2"));
    assert_false(emis_text_is_identifier(""));
    assert_false(emis_text_is_identifier("2a"));
    assert_false(emis_text_is_identifier("_a"));
    assert_false(emis_text_is_identifier("aB"));
    assert_false(emis_text_is_identifier("a-b"));
    assert_false(emis_text_is_identifier("a\";drop"));
    memset(word, 'a', 41);
    word[41] = '\0';
    assert_true(emis_text_is_identifier(word));
    word[41] = 'a';
    word[42] = '\0';
    assert_false(emis_text_is_identifier(word));
    assert_true(emis_text_is_code("ATT_STU"));
    assert_false(emis_text_is_code("Att"));
    assert_false(emis_text_is_code("9A"));
}

static void test_base_text__distance(void **state)
{
    (void) state;
    assert_int_equal(emis_text_distance("kitten", "sitting"), 3);
    assert_int_equal(emis_text_distance("", "abc"), 3);
    assert_int_equal(emis_text_distance("abc", ""), 3);
    assert_int_equal(emis_text_distance("", ""), 0);
    assert_int_equal(emis_text_distance("abc", "abc"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_base_text__utf8),
        cmocka_unit_test(test_base_text__normalise),
        cmocka_unit_test(test_base_text__normalise_refuses),
        cmocka_unit_test(test_base_text__combining_marks),
        cmocka_unit_test(test_base_text__blank),
        cmocka_unit_test(test_base_text__escape),
        cmocka_unit_test(test_base_text__parse_i64),
        cmocka_unit_test(test_base_text__decimal),
        cmocka_unit_test(test_base_text__hex),
        cmocka_unit_test(test_base_text__uuid),
        cmocka_unit_test(test_base_text__uuid7),
        cmocka_unit_test(test_base_text__names),
        cmocka_unit_test(test_base_text__distance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
