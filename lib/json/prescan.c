/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/json/prescan.h"

#include <stdint.h>
#include <string.h>

#include "lib/base/text.h"

struct scan {
    const uint8_t *start;
    const uint8_t *at; /* start <= at <= end */
    const uint8_t *end;
    const struct json_limits *limits;
    size_t depth;
    size_t containers;
    size_t tokens;
    struct emis_error *err;
};

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

/* Only on failure, so that good documents do not pay for it. */
static bool fail_at(const struct scan *scan, const uint8_t *place, enum emis_error_code code,
                    const char *reason)
{
    size_t line = 1;
    const uint8_t *line_start = scan->start;

    for (const uint8_t *at = scan->start; at < place; at++) {
        if (*at == '\n') {
            line++;
            line_start = at + 1;
        }
    }
    return emis_error_set(scan->err, code, "%s at line %zu column %zu", reason, line,
                          (size_t) (place - line_start) + 1);
}

static bool starts_with(const uint8_t *bytes, size_t size, const char *magic, size_t magic_size)
{
    return size >= magic_size && memcmp(bytes, magic, magic_size) == 0;
}

/* UTF-16 and UTF-32 text, with or without mark: the sender's encoding is wrong, not its format. */
static bool is_wide_text(const uint8_t *bytes, size_t size)
{
    return starts_with(bytes, size, "\xFF\xFE", 2) || starts_with(bytes, size, "\xFE\xFF", 2) ||
           starts_with(bytes, size, "\0\0\xFE\xFF", 4) || starts_with(bytes, size, "{\0", 2) ||
           (size >= 3 && bytes[0] == 0 && bytes[1] == '{' && bytes[2] == 0) ||
           (starts_with(bytes, size, "\0\0\0{", 4) &&
            (size < 7 || (bytes[4] == 0 && bytes[5] == 0 && bytes[6] == 0)));
}

/*
 * What no text begins with: control characters (Confluent's 0, gzip, protobuf), bytes that cannot
 * lead a UTF-8 sequence (MessagePack, PNG), and the magic words of containers and compressors that
 * begin with a letter.
 */
static bool is_binary(const uint8_t *bytes, size_t size)
{
    if ((bytes[0] < 0x20 && !is_blank(bytes[0])) || (bytes[0] >= 0x80 && bytes[0] < 0xC0))
        return true;
    if ((bytes[0] >= 0xDC && bytes[0] <= 0xDF) && (size < 2 || (bytes[1] & 0xC0) != 0x80))
        return true;
    return starts_with(bytes, size, "\x28\xB5\x2F\xFD", 4) ||
           starts_with(bytes, size, "Obj\x01", 4) || starts_with(bytes, size, "PK\x03\x04", 4) ||
           starts_with(bytes, size, "BZh", 3) ||
           starts_with(bytes, size,
                       "\xFD"
                       "7zXZ",
                       5);
}

static bool check_encoding(const uint8_t *bytes, size_t size, struct emis_error *err)
{
    if (is_wide_text(bytes, size))
        return emis_error_set(err, E_JSON_UTF8,
                              "the text is UTF-16 or UTF-32, not UTF-8, at byte 0");
    if (is_binary(bytes, size))
        return emis_error_set(
            err, E_REC_ENCODING,
            "the record begins with the byte 0x%02X, which no JSON text begins with", bytes[0]);
    if (starts_with(bytes, size, "\xEF\xBB\xBF", 3))
        return emis_error_set(err, E_JSON_BOM, "the document begins with a byte order mark");
    size_t offset = emis_text_utf8_error((const char *) bytes, size);
    if (offset != SIZE_MAX)
        return emis_error_set(err, E_JSON_UTF8, "not valid UTF-8 at byte %zu", offset);
    for (size_t i = 0; i < size; i++) {
        if (!is_blank(bytes[i]))
            return true;
    }
    return emis_error_set(err, E_JSON_EMPTY, "the document is only white space");
}

static bool count_token(struct scan *scan)
{
    scan->tokens++;
    return scan->tokens <= scan->limits->tokens_max ||
           fail_at(scan, scan->at, E_JSON_TOKENS, "the document has too many parts");
}

static bool open_container(struct scan *scan)
{
    scan->depth++;
    scan->containers++;
    if (scan->depth > scan->limits->depth_max)
        return fail_at(scan, scan->at, E_JSON_DEPTH, "the document is nested too deeply");
    if (scan->containers > scan->limits->containers_max)
        return fail_at(scan, scan->at, E_JSON_TOKENS,
                       "the document has too many objects and arrays");
    if (!count_token(scan))
        return false;
    scan->at++;
    return true;
}

static bool close_container(struct scan *scan)
{
    if (scan->depth > 0)
        scan->depth--;
    if (!count_token(scan))
        return false;
    scan->at++;
    return true;
}

/* Four hexadecimal digits at `at`, or -1: then the parser says what is wrong. */
static int32_t hex4(const uint8_t *at, const uint8_t *end)
{
    int32_t value = 0;

    if (end - at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        uint8_t c = at[i];
        if (is_digit(c))
            value = value * 16 + (c - '0');
        else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
            value = value * 16 + ((c | 0x20) - 'a' + 10);
        else
            return -1;
    }
    return value;
}

/* At a backslash followed by `u`. Steps over the escape and adds its UTF-8 size. */
static bool scan_unicode_escape(struct scan *scan, size_t *string_bytes)
{
    int32_t unit = hex4(scan->at + 2, scan->end);

    if (unit == 0)
        return fail_at(scan, scan->at, E_JSON_NUL, "NUL character");
    if (unit >= 0xDC00 && unit <= 0xDFFF)
        return fail_at(scan, scan->at, E_JSON_UTF8, "low surrogate escape without a high one");
    if (unit >= 0xD800 && unit <= 0xDBFF) {
        const uint8_t *next = scan->at + 6;
        int32_t low = scan->end - next >= 6 && next[0] == '\\' && next[1] == 'u'
                          ? hex4(next + 2, scan->end)
                          : -1;
        if (low < 0xDC00 || low > 0xDFFF)
            return fail_at(scan, scan->at, E_JSON_UTF8, "high surrogate escape without a low one");
        scan->at += 12;
        *string_bytes += 4;
        return true;
    }
    scan->at += unit < 0 ? 2 : 6;
    *string_bytes += unit < 0x80 ? 1 : unit < 0x800 ? 2 : 3;
    return true;
}

/* After a string's end: is it a key? */
static bool is_key(const struct scan *scan)
{
    const uint8_t *at = scan->at;

    while (at < scan->end && is_blank(*at))
        at++;
    return at < scan->end && *at == ':';
}

/* At a quotation mark. An unterminated string ends with the document and is the parser's to refuse.
 */
static bool scan_string(struct scan *scan)
{
    const uint8_t *first = scan->at++;
    size_t string_bytes = 0;

    while (scan->at < scan->end && *scan->at != '"') {
        if (*scan->at != '\\') {
            scan->at++;
            string_bytes++;
        } else if (scan->end - scan->at >= 2 && scan->at[1] == 'u') {
            if (!scan_unicode_escape(scan, &string_bytes))
                return false;
        } else {
            scan->at += scan->end - scan->at >= 2 ? 2 : 1;
            string_bytes++;
        }
    }
    if (scan->at < scan->end)
        scan->at++;
    if (string_bytes <= scan->limits->string_bytes_max)
        return true;
    if (is_key(scan))
        return fail_at(scan, first, E_JSON_TOKENS, "a key is too long");
    return fail_at(scan, first, E_FIELD_LENGTH, "a text is too long");
}

static bool is_number_byte(uint8_t byte)
{
    return is_digit(byte) || byte == '-' || byte == '+' || byte == '.' || byte == 'e' ||
           byte == 'E';
}

/* Digits of the mantissa from the first to the last that is not 0. */
static size_t significant_digits(const uint8_t *text, size_t size)
{
    size_t count = 0, significant = 0;

    for (size_t i = 0; i < size && text[i] != 'e' && text[i] != 'E'; i++) {
        if (!is_digit(text[i]) || (count == 0 && text[i] == '0'))
            continue;
        count++;
        if (text[i] != '0')
            significant = count;
    }
    return significant;
}

static bool is_integer_text(const uint8_t *text, size_t size)
{
    size_t i = text[0] == '-' ? 1 : 0;

    if (i == size)
        return false;
    for (; i < size; i++) {
        if (!is_digit(text[i]))
            return false;
    }
    return true;
}

static bool scan_number(struct scan *scan)
{
    const uint8_t *first = scan->at;
    int64_t ignored;

    while (scan->at < scan->end && is_number_byte(*scan->at))
        scan->at++;
    size_t size = (size_t) (scan->at - first);
    if (size > scan->limits->number_bytes_max)
        return fail_at(scan, first, E_JSON_NUMBER, "a number is too long");
    if (is_integer_text(first, size)) {
        if (!emis_text_parse_i64((const char *) first, size, &ignored))
            return fail_at(scan, first, E_JSON_NUMBER, "an integer is outside of 64 bits");
    } else if (significant_digits(first, size) > scan->limits->significant_digits_max) {
        return fail_at(scan, first, E_JSON_NUMBER, "a number has too many significant digits");
    }
    return true;
}

static bool is_word_byte(uint8_t byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte >= 0x80;
}

static bool scan_scalar(struct scan *scan)
{
    if (!count_token(scan))
        return false;
    if (*scan->at == '"')
        return scan_string(scan);
    if (*scan->at == '-' || is_digit(*scan->at))
        return scan_number(scan);
    /* Jansson 2.14 swallows a NUL byte that follows a number. One behind the document is a trailing
     * byte, which it does see. */
    if (*scan->at == '\0' && (scan->depth > 0 || scan->containers == 0))
        return fail_at(scan, scan->at, E_JSON_SYNTAX, "NUL byte");
    const uint8_t *first = scan->at;
    while (scan->at < scan->end && is_word_byte(*scan->at))
        scan->at++;
    if (scan->at == first)
        scan->at++;
    return true;
}

bool json_prescan(const void *bytes, size_t size, const struct json_limits *limits,
                  struct emis_error *err)
{
    if (size == 0)
        return emis_error_set(err, E_REC_EMPTY, "the record's value is empty");
    if (size > limits->bytes_max)
        return emis_error_set(err, E_REC_TOO_LARGE, "%zu bytes, at most %zu are allowed", size,
                              limits->bytes_max);
    if (!check_encoding(bytes, size, err))
        return false;
    struct scan scan = {.start = bytes,
                        .at = bytes,
                        .end = (const uint8_t *) bytes + size,
                        .limits = limits,
                        .err = err};
    while (scan.at < scan.end) {
        bool is_good = true;
        if (is_blank(*scan.at))
            scan.at++;
        else if (*scan.at == '{' || *scan.at == '[')
            is_good = open_container(&scan);
        else if (*scan.at == '}' || *scan.at == ']')
            is_good = close_container(&scan);
        else
            is_good = scan_scalar(&scan);
        if (!is_good)
            return false;
    }
    return true;
}
