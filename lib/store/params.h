/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parameters of one call of a named statement, encoded as PostgreSQL's binary forms when they
 * are bound. Types are sent with them: a bound i32 is int4, a text is text (so `$1::numeric` and
 * `$1::jsonb` take a text). Belongs to one thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buffer.h"

enum store_type {
    STORE_I16,
    STORE_I32,
    STORE_I64,
    STORE_BOOL,
    STORE_CHAR,
    STORE_TEXT,
    STORE_BYTES,
    STORE_DATE,
    STORE_TIMESTAMPTZ,
    STORE_UUID,
    STORE_I16_ARRAY,
    STORE_I32_ARRAY,
    STORE_I64_ARRAY,
    STORE_BOOL_ARRAY,
    STORE_CHAR_ARRAY,
    STORE_TEXT_ARRAY,
    STORE_BYTES_ARRAY,
    STORE_DATE_ARRAY,
    STORE_TIMESTAMPTZ_ARRAY,
    STORE_UUID_ARRAY
};

#define STORE_PARAMS_MAX 48

/* The parameters of one call, in order. Values are copied. Fields are the module's own. */
struct store_params {
    struct emis_buffer bytes;
    size_t count;
    struct {
        uint32_t oid;
        int32_t size; /* -1: NULL */
        size_t offset;
    } items[STORE_PARAMS_MAX];
};

/* A run of bytes in an array; data NULL: SQL NULL. */
struct store_bytes {
    const void *data;
    size_t size;
};

void store_params_init(struct store_params *params);
void store_params_i16(struct store_params *params, int16_t value);
void store_params_i32(struct store_params *params, int32_t value);
void store_params_i64(struct store_params *params, int64_t value);
void store_params_bool(struct store_params *params, bool value);
void store_params_char(struct store_params *params, char value); /* the one-byte type "char" */
void store_params_text(struct store_params *params,
                       const char *text); /* NUL-terminated UTF-8; NULL: SQL NULL */
void store_params_text_sized(struct store_params *params, const char *text, size_t size);
void store_params_bytes(struct store_params *params, const void *bytes,
                        size_t size); /* bytes NULL: SQL NULL */
void store_params_date(struct store_params *params,
                       int32_t days); /* since 2000-01-01; EMIS_DATE_INFINITY is 'infinity' */
void store_params_timestamptz(struct store_params *params, int64_t us); /* since 2000-01-01Z */
void store_params_uuid(struct store_params *params, const uint8_t uuid[16]);
void store_params_null(struct store_params *params, enum store_type type);
/* Arrays, one dimension. nulls: NULL, or count flags, true where the element is SQL NULL (its value
 * is not read). */
void store_params_i16_array(struct store_params *params, const int16_t *values, size_t count,
                            const bool *nulls);
void store_params_i32_array(struct store_params *params, const int32_t *values, size_t count,
                            const bool *nulls);
void store_params_i64_array(struct store_params *params, const int64_t *values, size_t count,
                            const bool *nulls);
void store_params_bool_array(struct store_params *params, const bool *values, size_t count,
                             const bool *nulls);
void store_params_char_array(struct store_params *params, const char *values, size_t count,
                             const bool *nulls);
void store_params_text_array(struct store_params *params, const char *const *values,
                             size_t count); /* an element NULL: SQL NULL */
void store_params_text_sized_array(struct store_params *params, const struct store_bytes *values,
                                   size_t count);
void store_params_bytea_array(struct store_params *params, const struct store_bytes *values,
                              size_t count);
void store_params_date_array(struct store_params *params, const int32_t *values, size_t count,
                             const bool *nulls);
void store_params_timestamptz_array(struct store_params *params, const int64_t *values,
                                    size_t count, const bool *nulls);
void store_params_uuid_array(struct store_params *params, const uint8_t (*values)[16], size_t count,
                             const bool *nulls);
/* Keep the memory, forget the values. */
void store_params_clear(struct store_params *params);
void store_params_release(struct store_params *params);
