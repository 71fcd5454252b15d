/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/text.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "lib/base/clock.h"
#include "lib/base/memory.h"

bool emis_text_parse_i64(const char *text, size_t size, int64_t *ret_value)
{
    bool is_negative = size > 0 && text[0] == '-';
    int64_t value = 0;
    if (size == (is_negative ? 1U : 0U)) {
        return false;
    }
    for (size_t i = is_negative; i < size; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
        int digit = text[i] - '0';
        /* Counted downwards: INT64_MIN has no positive. */
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, digit, &value)) {
            return false;
        }
    }
    if (!is_negative && value == INT64_MIN) {
        return false;
    }
    *ret_value = is_negative ? value : -value;
    return true;
}

void emis_text_format_decimal(int64_t number, unsigned scale, char out[24])
{
    uint64_t size = number < 0 ? -(uint64_t) number : (uint64_t) number, power = 1;

    for (unsigned i = 0; i < scale; i++) {
        power *= 10;
    }
    if (scale == 0) {
        (void) snprintf(out, 24, "%" PRId64, number);
    } else {
        (void) snprintf(out, 24, "%s%" PRIu64 ".%0*" PRIu64, number < 0 ? "-" : "", size / power,
                        (int) scale, size % power);
    }
}

void emis_text_hex(const uint8_t *bytes, size_t size, char *out)
{
    static const char figures[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        out[2 * i] = figures[bytes[i] >> 4];
        out[2 * i + 1] = figures[bytes[i] & 15];
    }
    out[2 * size] = '\0';
}

/* The value of a hexadecimal digit, or -1. */
static int unhex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool emis_text_unhex(const char *text, size_t text_size, uint8_t *out, size_t size)
{
    if (text_size % 2 != 0 || text_size / 2 != size) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        if (unhex_digit(text[2 * i]) < 0 || unhex_digit(text[2 * i + 1]) < 0) {
            return false;
        }
    }
    for (size_t i = 0; i < size; i++) {
        out[i] = (uint8_t) (unhex_digit(text[2 * i]) << 4 | unhex_digit(text[2 * i + 1]));
    }
    return true;
}

bool emis_text_parse_uuid(const char *text, size_t size, uint8_t out[16])
{
    static const uint8_t nil[16];
    uint8_t uuid[16];
    char figures[32];
    size_t count = 0;
    if (size != 36) {
        return false;
    }
    for (size_t i = 0; i < 36; i++) {
        bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (is_dash && text[i] != '-') {
            return false;
        }
        if (!is_dash) {
            figures[count++] = text[i];
        }
    }
    if (!emis_text_unhex(figures, 32, uuid, 16) || memcmp(uuid, nil, 16) == 0) {
        return false;
    }
    memcpy(out, uuid, 16);
    return true;
}

void emis_text_format_uuid(const uint8_t uuid[16], char out[37])
{
    static const uint8_t group_bytes[] = {4, 2, 2, 2, 6};
    for (size_t group = 0; group < 5; group++) {
        emis_text_hex(uuid, group_bytes[group], out);
        uuid += group_bytes[group];
        out += 2 * group_bytes[group];
        *out++ = group < 4 ? '-' : '\0';
    }
}

void emis_text_uuid7(int64_t at_us, uint8_t out[16])
{
    int64_t unix_ms = (at_us + EMIS_CLOCK_UNIX_TO_PG_US) / 1000;
    ssize_t size = getrandom(out, 16, 0);
    EMIS_ASSERT(size == 16);
    for (int i = 0; i < 6; i++) {
        out[i] = (uint8_t) (unix_ms >> (40 - 8 * i));
    }
    out[6] = (uint8_t) (0x70 | (out[6] & 0x0F));
    out[8] = (uint8_t) (0x80 | (out[8] & 0x3F));
}

/* One of first to last, then at most 40 of the same, digits and '_'. */
static bool is_word(const char *text, char first, char last)
{
    if (text[0] < first || text[0] > last) {
        return false;
    }
    size_t i = 1;
    while ((text[i] >= first && text[i] <= last) || (text[i] >= '0' && text[i] <= '9') ||
           text[i] == '_') {
        i++;
    }
    return text[i] == '\0' && i <= 41;
}

bool emis_text_is_identifier(const char *text)
{
    return is_word(text, 'a', 'z');
}

bool emis_text_is_code(const char *text)
{
    return is_word(text, 'A', 'Z');
}

static size_t least(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

size_t emis_text_distance(const char *a, const char *b)
{
    size_t width = strlen(b);
    size_t *row = emis_calloc(width + 1, sizeof *row);
    for (size_t j = 0; j <= width; j++) {
        row[j] = j;
    }
    for (size_t i = 0; a[i] != '\0'; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 1; j <= width; j++) {
            size_t above = row[j];
            row[j] = least(above + 1, row[j - 1] + 1, diagonal + (a[i] != b[j - 1]));
            diagonal = above;
        }
    }
    size_t distance = row[width];
    free(row);
    return distance;
}
