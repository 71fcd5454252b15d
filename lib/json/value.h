/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a parsed document. A value belongs to its json_document and is never changed; what must
 * outlive the document is copied by the caller. No double is handed out: a number with a fraction
 * is read exactly, at a scale. Any thread that may read the document.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"

#define JSON_VALUE_SCALE_MAX 15

struct json_value;

enum json_value_type {
    JSON_VALUE_OBJECT,
    JSON_VALUE_ARRAY,
    JSON_VALUE_STRING,
    JSON_VALUE_INTEGER, /* written without fraction and exponent; -0 is the integer 0 */
    JSON_VALUE_REAL,    /* written with a fraction or an exponent */
    JSON_VALUE_BOOL,
    JSON_VALUE_NULL
};

enum json_value_type json_value_type(const struct json_value *value);
/* "object", "array", "string", "integer", "number", "boolean", "null": for messages. */
const char *json_value_type_name(const struct json_value *value);

/* Number of members or items; 0 for what is neither object nor array. */
size_t json_value_size(const struct json_value *value);

/* The member called key, or NULL: no such member, or not an object. An explicit null is a value of
 * type JSON_VALUE_NULL. */
const struct json_value *json_value_get(const struct json_value *object, const char *key);

/* Members in document order: `for (bool more = json_value_first(object, &m); more; more =
 * json_value_next(&m))`. False at the end. */
struct json_value_member {
    const char *key; /* NUL-terminated, holds no NUL */
    const struct json_value *value;
    const struct json_value *object; /* private */
    void *position;                  /* private */
};
bool json_value_first(const struct json_value *object, struct json_value_member *ret);
bool json_value_next(struct json_value_member *member);

/* The index-th item, or NULL beyond the end or when not an array. */
const struct json_value *json_value_at(const struct json_value *array, size_t index);

/* Each is false, and *ret untouched, when the value is NULL or of another type. The text is
 * NUL-terminated valid UTF-8 without NUL inside. */
bool json_value_string(const struct json_value *value, const char **ret,
                       size_t *ret_size) EMIS_MUST_CHECK;
bool json_value_integer(const struct json_value *value, int64_t *ret) EMIS_MUST_CHECK;
bool json_value_bool(const struct json_value *value, bool *ret) EMIS_MUST_CHECK;

/*
 * An exact decimal times 10^scale (0 to JSON_VALUE_SCALE_MAX): from an integer, a number with
 * fraction or exponent, or a string such as "-123.45" (optional minus, digits without leading
 * zeros, optional point and digits). Trailing zeros after the point do not count: 1.50 is exact at
 * scale 1. -0 is 0. Fails with E_FIELD_TYPE (not a number or such a string), E_FIELD_SCALE (more
 * digits than scale), E_FIELD_RANGE (beyond int64); no pointer is set.
 */
bool json_value_decimal(const struct json_value *value, unsigned scale, int64_t *ret,
                        struct emis_error *err) EMIS_MUST_CHECK;
