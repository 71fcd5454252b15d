/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/text.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <utf8proc.h>

#include "lib/base/arena.h"

#define MARKS_MAX 4
/* No base absorbs this many marks in NFC; beyond it the text is refused before utf8proc's ordering
 * of marks, which takes quadratic time. */
#define MARKS_RUN_MAX 16

/* The next code point of text; its size in bytes, or 0 when the bytes are not UTF-8. size > 0. */
static size_t next(const char *text, size_t size, int32_t *ret_point)
{
    if ((unsigned char) text[0] < 0x80) {
        *ret_point = (unsigned char) text[0];
        return 1;
    }
    utf8proc_int32_t point = -1;
    utf8proc_ssize_t length =
        utf8proc_iterate((const utf8proc_uint8_t *) text, (utf8proc_ssize_t) size, &point);
    *ret_point = point;
    return length > 0 && point >= 0 ? (size_t) length : 0;
}

size_t emis_text_utf8_error(const char *text, size_t size)
{
    int32_t point;
    for (size_t at = 0; at < size;) {
        size_t step = next(text + at, size - at, &point);
        if (step == 0) {
            return at;
        }
        at += step;
    }
    return SIZE_MAX;
}

size_t emis_text_length(const char *text, size_t size)
{
    size_t count = 0;
    for (size_t i = 0; i < size; i++) {
        count += ((unsigned char) text[i] & 0xC0) != 0x80;
    }
    return count;
}

static bool is_bidi_control(int32_t point)
{
    return (point >= 0x202A && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069) ||
           point == 0x200E || point == 0x200F;
}

static bool is_mark(utf8proc_category_t category)
{
    return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_MC ||
           category == UTF8PROC_CATEGORY_ME;
}

/* Why a code point is refused, or NULL. */
static const char *refusal(int32_t point, utf8proc_category_t category)
{
    if (is_bidi_control(point)) {
        return "a bidirectional control";
    }
    switch (category) {
    case UTF8PROC_CATEGORY_CC:
        return "a control character";
    case UTF8PROC_CATEGORY_CO:
        return "a private use character";
    case UTF8PROC_CATEGORY_CN:
        return "not an assigned character";
    default:
        return NULL;
    }
}

/* A mark joins the run; a format character such as ZWJ neither joins nor ends it, or it could be
 * used to pile up marks. */
static size_t next_run(size_t run, utf8proc_category_t category)
{
    if (is_mark(category)) {
        return run + 1;
    }
    return category == UTF8PROC_CATEGORY_CF ? run : 0;
}

static bool check_characters(const char *text, size_t size, size_t run_max, struct emis_error *err)
{
    size_t run = 0;
    size_t position = 0;
    for (size_t at = 0; at < size; position++) {
        int32_t point;
        size_t step = next(text + at, size - at, &point);
        if (step == 0) {
            return emis_error_set(err, E_FIELD_CHARSET, "not UTF-8 at byte %zu", at);
        }
        utf8proc_category_t category = utf8proc_category(point);
        const char *reason = refusal(point, category);
        if (reason != NULL) {
            return emis_error_set(err, E_FIELD_CHARSET, "U+%04X at character %zu is %s",
                                  (unsigned) point, position + 1, reason);
        }
        run = next_run(run, category);
        if (run > run_max) {
            return emis_error_set(err, E_FIELD_CHARSET,
                                  "more than %d combining marks at character %zu", MARKS_MAX,
                                  position + 1);
        }
        at += step;
    }
    return true;
}

static bool is_printable_ascii(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (text[i] < 0x20 || text[i] > 0x7E) {
            return false;
        }
    }
    return true;
}

/* NFC in memory of the arena: decomposed as UTF-32, composed and encoded in place. */
static char *compose(struct emis_arena *arena, const char *text, size_t size, size_t *ret_size)
{
    const utf8proc_uint8_t *bytes = (const utf8proc_uint8_t *) text;
    utf8proc_option_t options = UTF8PROC_STABLE | UTF8PROC_COMPOSE;
    utf8proc_ssize_t count = utf8proc_decompose(bytes, (utf8proc_ssize_t) size, NULL, 0, options);
    EMIS_ASSERT(count >= 0);
    utf8proc_int32_t *points = emis_arena_alloc(arena, ((size_t) count + 1) * sizeof *points);
    count = utf8proc_decompose(bytes, (utf8proc_ssize_t) size, points, count, options);
    EMIS_ASSERT(count >= 0);
    utf8proc_ssize_t length = utf8proc_reencode(points, count, options);
    EMIS_ASSERT(length >= 0);
    *ret_size = (size_t) length;
    return (char *) points;
}

bool emis_text_normalise(struct emis_arena *arena, const char *text, size_t size, const char **ret,
                         size_t *ret_size, struct emis_error *err)
{
    if (is_printable_ascii(text, size)) {
        char *copy = emis_arena_alloc(arena, size + 1);
        *ret = size > 0 ? memcpy(copy, text, size) : copy;
        *ret_size = size;
        return true;
    }
    if (!check_characters(text, size, MARKS_RUN_MAX, err)) {
        return false;
    }
    size_t composed_size;
    const char *composed = compose(arena, text, size, &composed_size);
    if (!check_characters(composed, composed_size, MARKS_MAX, err)) {
        return false;
    }
    *ret = composed;
    *ret_size = composed_size;
    return true;
}

/* Nothing to see: white space, fillers that count as letters, and what is ignored by default. */
static bool is_invisible(int32_t point)
{
    switch (utf8proc_category(point)) {
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
        return true;
    default:
        return point == 0x034F || point == 0x115F || point == 0x1160 || point == 0x17B4 ||
               point == 0x17B5 || point == 0x2800 || point == 0x3164 || point == 0xFFA0 ||
               (point >= 0x180B && point <= 0x180F) || (point >= 0xFE00 && point <= 0xFE0F) ||
               (point >= 0xE0100 && point <= 0xE01EF);
    }
}

bool emis_text_is_blank(const char *text, size_t size)
{
    for (size_t at = 0; at < size;) {
        int32_t point;
        size_t step = next(text + at, size - at, &point);
        if (step == 0 || !is_invisible(point)) {
            return false;
        }
        at += step;
    }
    return true;
}

/* Letters, marks, digits, punctuation and symbols are shown as they are. */
static bool is_shown(int32_t point)
{
    utf8proc_category_t category = utf8proc_category(point);
    return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_SO;
}

/* How the first character of text is shown; returns how many bytes of text that covers. */
static size_t escape_one(const char *text, size_t size, char shown[12])
{
    int32_t point;
    size_t step = next(text, size, &point);
    if (step == 0) {
        (void) snprintf(shown, 12, "\\x%02x", (unsigned) (unsigned char) text[0]);
        return 1;
    }
    if (point == ' ' || is_shown(point)) {
        memcpy(shown, text, step);
        shown[step] = '\0';
    } else if (point == '\n' || point == '\r' || point == '\t') {
        (void) snprintf(shown, 12, "\\%c", point == '\n' ? 'n' : point == '\r' ? 'r' : 't');
    } else {
        (void) snprintf(shown, 12, "\\%c%0*x",
                        point < 0x80      ? 'x'
                        : point < 0x10000 ? 'u'
                                          : 'U',
                        point < 0x80      ? 2
                        : point < 0x10000 ? 4
                                          : 8,
                        (unsigned) point);
    }
    return step;
}

void emis_text_escape(const char *text, size_t text_size, char *out, size_t size)
{
    char shown[12];
    size_t used = 0;
    EMIS_ASSERT(size > 0);
    for (size_t at = 0; at < text_size;) {
        at += escape_one(text + at, text_size - at, shown);
        size_t length = strlen(shown);
        if (used + length >= size) {
            break;
        }
        memcpy(out + used, shown, length);
        used += length;
    }
    out[used] = '\0';
}

const int32_t *emis_text_fold(struct emis_arena *arena, const char *text, size_t size,
                              size_t *ret_count)
{
    const utf8proc_option_t options = UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE |
                                      UTF8PROC_CASEFOLD | UTF8PROC_IGNORE | UTF8PROC_STRIPMARK;
    const utf8proc_uint8_t *bytes = (const utf8proc_uint8_t *) text;
    utf8proc_ssize_t count = utf8proc_decompose(bytes, (utf8proc_ssize_t) size, NULL, 0, options);
    *ret_count = 0;
    if (count <= 0) {
        return emis_arena_alloc(arena, sizeof(int32_t));
    }
    int32_t *points = emis_arena_alloc(arena, (size_t) count * sizeof *points);
    (void) utf8proc_decompose(bytes, (utf8proc_ssize_t) size, points, count, options);
    *ret_count = (size_t) count;
    return points;
}

bool emis_text_is_word_point(int32_t point)
{
    switch (utf8proc_category(point)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_ND:
        return true;
    default:
        return false;
    }
}
