/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/json/merge.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "lib/json/write.h"

struct merging {
    struct json_write writer;
    struct emis_error *err;
};

static bool write_value(struct merging *merging, const struct json_value *value);

/* With the fewest digits that it is exact at. */
static bool write_real(struct merging *merging, const struct json_value *value)
{
    struct emis_error inexact;
    int64_t number;

    for (unsigned scale = 1; scale <= JSON_VALUE_SCALE_MAX; scale++) {
        if (json_value_decimal(value, scale, &number, &inexact)) {
            json_write_decimal(&merging->writer, number, scale);
            return true;
        }
    }
    return emis_error_set(merging->err, E_JSON_NUMBER,
                          "a number has more than %d digits after the point", JSON_VALUE_SCALE_MAX);
}

static bool write_array(struct merging *merging, const struct json_value *array)
{
    json_write_array_begin(&merging->writer);
    for (size_t i = 0; i < json_value_size(array); i++)
        if (!write_value(merging, json_value_at(array, i)))
            return false;
    json_write_array_end(&merging->writer);
    return true;
}

/* A value of which the patch says nothing, or one that is the patch's alone. */
static bool write_value(struct merging *merging, const struct json_value *value)
{
    struct json_value_member member;
    const char *text;
    size_t size;
    int64_t number;
    bool is_true;

    if (merging->writer.depth == JSON_WRITE_DEPTH_MAX)
        return emis_error_set(merging->err, E_JSON_DEPTH, "the document is nested too deeply");
    if (json_value_type(value) == JSON_VALUE_OBJECT) {
        json_write_object_begin(&merging->writer);
        for (bool more = json_value_first(value, &member); more; more = json_value_next(&member)) {
            json_write_key(&merging->writer, member.key);
            if (!write_value(merging, member.value))
                return false;
        }
        json_write_object_end(&merging->writer);
    } else if (json_value_type(value) == JSON_VALUE_ARRAY) {
        return write_array(merging, value);
    } else if (json_value_string(value, &text, &size)) {
        json_write_string_n(&merging->writer, text, size);
    } else if (json_value_integer(value, &number)) {
        json_write_i64(&merging->writer, number);
    } else if (json_value_bool(value, &is_true)) {
        json_write_bool(&merging->writer, is_true);
    } else if (json_value_type(value) == JSON_VALUE_NULL) {
        json_write_null(&merging->writer);
    } else {
        return write_real(merging, value);
    }
    return true;
}

static bool is_null(const struct json_value *value)
{
    return value != NULL && json_value_type(value) == JSON_VALUE_NULL;
}

/* base NULL: there is nothing below; a patch of a new object still drops its nulls. */
static bool write_merged(struct merging *merging, const struct json_value *base,
                         const struct json_value *patch)
{
    struct json_value_member member;

    if (patch == NULL || json_value_type(patch) != JSON_VALUE_OBJECT)
        return write_value(merging, patch == NULL ? base : patch);
    if (merging->writer.depth == JSON_WRITE_DEPTH_MAX)
        return emis_error_set(merging->err, E_JSON_DEPTH, "the document is nested too deeply");
    if (base != NULL && json_value_type(base) != JSON_VALUE_OBJECT)
        base = NULL;
    json_write_object_begin(&merging->writer);
    for (bool more = base != NULL && json_value_first(base, &member); more;
         more = json_value_next(&member)) {
        const struct json_value *over = json_value_get(patch, member.key);
        if (is_null(over))
            continue;
        json_write_key(&merging->writer, member.key);
        if (!write_merged(merging, member.value, over))
            return false;
    }
    for (bool more = json_value_first(patch, &member); more; more = json_value_next(&member)) {
        if (is_null(member.value) || (base != NULL && json_value_get(base, member.key) != NULL))
            continue;
        json_write_key(&merging->writer, member.key);
        if (!write_merged(merging, NULL, member.value))
            return false;
    }
    json_write_object_end(&merging->writer);
    return true;
}

bool json_merge_write(const struct json_value *base, const struct json_value *patch,
                      struct emis_buffer *out, struct emis_error *err)
{
    struct merging merging = {.err = err};

    json_write_init(&merging.writer, out, true);
    return write_merged(&merging, base, patch);
}

/* The next step of a pointer, unescaped; false when it is longer than any key of ours. */
static bool next_step(const char **pointer, char *step, size_t size)
{
    size_t used = 0;

    for (++*pointer; **pointer != '\0' && **pointer != '/'; ++*pointer) {
        char c = **pointer;
        if (c == '~' && ((*pointer)[1] == '0' || (*pointer)[1] == '1'))
            c = *++*pointer == '0' ? '~' : '/';
        if (used + 1 == size)
            return false;
        step[used++] = c;
    }
    step[used] = '\0';
    return true;
}

bool json_merge_is_patched(const struct json_value *patch, const char *pointer)
{
    char step[256];

    while (*pointer == '/' && json_value_type(patch) == JSON_VALUE_OBJECT) {
        if (!next_step(&pointer, step, sizeof(step)))
            return false;
        patch = json_value_get(patch, step);
        if (patch == NULL)
            return false;
    }
    return true;
}
