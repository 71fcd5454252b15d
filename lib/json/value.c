/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/json/value.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A json_value is Jansson's json_t under a name of ours. Reading takes no reference: the document
 * holds the only one. */
static json_t *json_of(const struct json_value *value)
{
    return (json_t *) (uintptr_t) value;
}

static const struct json_value *value_of(const json_t *json)
{
    return (const struct json_value *) json;
}

enum json_value_type json_value_type(const struct json_value *value)
{
    switch (json_typeof(json_of(value))) {
    case JSON_OBJECT:
        return JSON_VALUE_OBJECT;
    case JSON_ARRAY:
        return JSON_VALUE_ARRAY;
    case JSON_STRING:
        return JSON_VALUE_STRING;
    case JSON_INTEGER:
        return JSON_VALUE_INTEGER;
    case JSON_REAL:
        return JSON_VALUE_REAL;
    case JSON_TRUE:
    case JSON_FALSE:
        return JSON_VALUE_BOOL;
    default:
        return JSON_VALUE_NULL;
    }
}

const char *json_value_type_name(const struct json_value *value)
{
    static const char *const names[] = {"object", "array",   "string", "integer",
                                        "number", "boolean", "null"};

    return names[json_value_type(value)];
}

size_t json_value_size(const struct json_value *value)
{
    return json_is_object(json_of(value)) ? json_object_size(json_of(value))
                                          : json_array_size(json_of(value));
}

const struct json_value *json_value_get(const struct json_value *object, const char *key)
{
    return value_of(json_object_get(json_of(object), key));
}

static bool set_member(struct json_value_member *member, const struct json_value *object,
                       void *position)
{
    if (position == NULL)
        return false;
    member->object = object;
    member->position = position;
    member->key = json_object_iter_key(position);
    member->value = value_of(json_object_iter_value(position));
    return true;
}

bool json_value_first(const struct json_value *object, struct json_value_member *ret)
{
    return set_member(ret, object, json_object_iter(json_of(object)));
}

bool json_value_next(struct json_value_member *member)
{
    return set_member(member, member->object,
                      json_object_iter_next(json_of(member->object), member->position));
}

const struct json_value *json_value_at(const struct json_value *array, size_t index)
{
    return value_of(json_array_get(json_of(array), index));
}

bool json_value_string(const struct json_value *value, const char **ret, size_t *ret_size)
{
    if (!json_is_string(json_of(value)))
        return false;
    *ret = json_string_value(json_of(value));
    *ret_size = json_string_length(json_of(value));
    return true;
}

bool json_value_integer(const struct json_value *value, int64_t *ret)
{
    if (!json_is_integer(json_of(value)))
        return false;
    *ret = json_integer_value(json_of(value));
    return true;
}

bool json_value_bool(const struct json_value *value, bool *ret)
{
    if (!json_is_boolean(json_of(value)))
        return false;
    *ret = json_is_true(json_of(value));
    return true;
}

/* digits * 10^shift, exactly. */
static bool shift_decimal(int64_t digits, int shift, int64_t *ret, struct emis_error *err)
{
    while (shift < 0 && digits != 0 && digits % 10 == 0) {
        digits /= 10;
        shift++;
    }
    if (shift < 0 && digits != 0)
        return emis_error_set(err, E_FIELD_SCALE,
                              "more digits after the point than the field keeps");
    for (; shift > 0 && digits != 0; shift--) {
        if (__builtin_mul_overflow(digits, 10, &digits))
            return emis_error_set(err, E_FIELD_RANGE, "the number is too large");
    }
    *ret = digits;
    return true;
}

/* A double that came from at most 15 digits prints those digits again. The second character is the
 * locale's point. */
static bool decimal_of_real(double real, unsigned scale, int64_t *ret, struct emis_error *err)
{
    char text[40];
    int64_t digits = 0;
    bool is_negative = real < 0;

    snprintf(text, sizeof(text), "%.14e", is_negative ? -real : real);
    const char *exponent = strchr(text, 'e');
    for (const char *at = text; at < exponent; at++) {
        if (*at >= '0' && *at <= '9')
            digits = digits * 10 + (*at - '0');
    }
    int shift = atoi(exponent + 1) - 14 + (int) scale;
    return shift_decimal(is_negative ? -digits : digits, shift, ret, err);
}

/* -?(0|[1-9][0-9]*)(\.[0-9]+)? : true and the number of digits after the point, zeros at the end
 * not counted. */
static bool is_decimal_text(const char *text, size_t *ret_fraction)
{
    const char *at = text + (*text == '-');
    size_t whole = strspn(at, "0123456789"), fraction = 0;

    if (whole == 0 || (whole > 1 && *at == '0'))
        return false;
    at += whole;
    if (*at == '.') {
        fraction = strspn(at + 1, "0123456789");
        if (fraction == 0)
            return false;
        at += 1 + fraction;
        for (const char *last = at - 1; fraction > 0 && *last == '0'; last--)
            fraction--;
    }
    *ret_fraction = fraction;
    return *at == '\0';
}

static bool decimal_of_text(const char *text, unsigned scale, int64_t *ret, struct emis_error *err)
{
    size_t fraction;
    int64_t digits = 0;

    if (!is_decimal_text(text, &fraction))
        return emis_error_set(err, E_FIELD_TYPE, "the text is not a decimal number");
    if (fraction > scale)
        return emis_error_set(err, E_FIELD_SCALE,
                              "more digits after the point than the field keeps");
    bool is_negative = *text == '-';
    const char *point = strchr(text, '.');
    const char *end = point != NULL ? point + 1 + fraction : text + strlen(text);
    for (const char *at = text; at < end; at++) {
        if (*at == '-' || *at == '.')
            continue;
        int digit = *at - '0';
        if (__builtin_mul_overflow(digits, 10, &digits) ||
            __builtin_add_overflow(digits, is_negative ? -digit : digit, &digits))
            return emis_error_set(err, E_FIELD_RANGE, "the number is too large");
    }
    return shift_decimal(digits, (int) (scale - fraction), ret, err);
}

bool json_value_decimal(const struct json_value *value, unsigned scale, int64_t *ret,
                        struct emis_error *err)
{
    json_t *json = json_of(value);

    EMIS_ASSERT(scale <= JSON_VALUE_SCALE_MAX);
    if (json_is_integer(json))
        return shift_decimal(json_integer_value(json), (int) scale, ret, err);
    if (json_is_real(json))
        return decimal_of_real(json_real_value(json), scale, ret, err);
    if (json_is_string(json))
        return decimal_of_text(json_string_value(json), scale, ret, err);
    return emis_error_set(err, E_FIELD_TYPE, "not a number");
}
