/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing JSON as it comes, into a buffer: correct escapes, commas where they belong, no tree. A
 * misuse (a value where a key is due, an end without a begin) is an assertion: it is our mistake,
 * never data. One owner at a time.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buffer.h"

#define JSON_WRITE_DEPTH_MAX 32

struct json_write {
    struct emis_buffer *out;
    bool is_indented;
    size_t depth;
    bool has_key; /* a key was written, its value is due */
    bool is_done; /* the top value is complete */
    struct json_write_level {
        bool is_object;
        bool has_items;
    } levels[JSON_WRITE_DEPTH_MAX];
};

/* Appends to out (borrowed). is_indented: two spaces per level and a line feed after the document,
 * for files; otherwise one line without spaces. */
void json_write_init(struct json_write *writer, struct emis_buffer *out, bool is_indented);

void json_write_object_begin(struct json_write *writer);
void json_write_object_end(struct json_write *writer);
void json_write_array_begin(struct json_write *writer);
void json_write_array_end(struct json_write *writer);

/* Inside an object, before each value. */
void json_write_key(struct json_write *writer, const char *key);

/* Text must be UTF-8; bytes that are not are written as U+FFFD, so that the output is always valid.
 * NULL writes null. */
void json_write_string(struct json_write *writer, const char *text);
void json_write_string_n(struct json_write *writer, const char *text, size_t size);
void json_write_i64(struct json_write *writer, int64_t value);
/* value / 10^scale as a number, exactly, all scale digits shown. scale 0 to 18. */
void json_write_decimal(struct json_write *writer, int64_t value, unsigned scale);
void json_write_bool(struct json_write *writer, bool value);
void json_write_null(struct json_write *writer);
/* One complete JSON value, as is; not checked. */
void json_write_raw(struct json_write *writer, const char *json, size_t size);
