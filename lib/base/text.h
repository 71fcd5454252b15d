/* SPDX-License-Identifier: Apache-2.0 */
/* Text as the project sees it: UTF-8, NFC, code points counted. Pure. utf8proc stays behind this
 * header. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"

struct emis_arena;

/* Offset of the first byte that is not valid UTF-8 (overlong, surrogate, beyond U+10FFFF, cut), or
 * SIZE_MAX when all is valid. */
size_t emis_text_utf8_error(const char *text, size_t size);

/* The number of code points of valid UTF-8. */
size_t emis_text_length(const char *text, size_t size);

/*
 * Normalise to NFC into the arena and check the characters: no controls, no bidirectional overrides
 * or isolates (U+202A-E, U+2066-9, U+200E/F), no noncharacters, private use or unassigned code
 * points, at most 4 combining marks on a base. ZWNJ and ZWJ are allowed. *ret is NUL-terminated.
 * Fails with E_FIELD_CHARSET.
 */
bool emis_text_normalise(struct emis_arena *arena, const char *text, size_t size, const char **ret,
                         size_t *ret_size, struct emis_error *err) EMIS_MUST_CHECK;

/*
 * The code points of valid UTF-8 as they are compared by eye: compatibility forms taken apart, case
 * folded, marks and ignorable characters dropped ("Éé" and "ee", alef with and without hamza).
 * In the arena; not NUL-terminated. Text that is not valid has none.
 */
const int32_t *emis_text_fold(struct emis_arena *arena, const char *text, size_t size,
                              size_t *ret_count);

/* A letter or a digit of any script. */
bool emis_text_is_word_point(int32_t point);

/* Only white space, fillers or zero-width characters (also when empty). */
bool emis_text_is_blank(const char *text, size_t size);

/* Strict decimal integer: optional '-', digits, nothing else, in range. */
bool emis_text_parse_i64(const char *text, size_t size, int64_t *ret_value) EMIS_MUST_CHECK;

/* number units of 10^-scale (at most 18) as a person writes it: -1250 of scale 2 is "-12.50". */
void emis_text_format_decimal(int64_t number, unsigned scale, char out[24]);

/* Lower-case hexadecimal; out has 2 * size + 1 bytes. */
void emis_text_hex(const uint8_t *bytes, size_t size, char *out);
/* Exactly 2 * size hexadecimal digits. */
bool emis_text_unhex(const char *text, size_t text_size, uint8_t *out, size_t size) EMIS_MUST_CHECK;

/* 8-4-4-4-12 to 16 bytes; either case; the nil UUID is refused. */
bool emis_text_parse_uuid(const char *text, size_t size, uint8_t out[16]) EMIS_MUST_CHECK;
void emis_text_format_uuid(const uint8_t uuid[16], char out[37]);
/* A version 7 UUID from the given instant (microseconds since 2000-01-01Z) and random bytes of the
 * kernel. */
void emis_text_uuid7(int64_t at_us, uint8_t out[16]);

/* [a-z][a-z0-9_]{0,40}: what a generated SQL identifier must match. */
bool emis_text_is_identifier(const char *text);
/* [A-Z][A-Z0-9_]{0,40}: form, rule and indicator codes. */
bool emis_text_is_code(const char *text);

/* Write text to out (size bytes, cut) with everything but printable ASCII and valid letters
 * escaped, for a log line or an error message. */
void emis_text_escape(const char *text, size_t text_size, char *out, size_t size);

/* Levenshtein distance over bytes, for "did you mean". */
size_t emis_text_distance(const char *a, const char *b);
