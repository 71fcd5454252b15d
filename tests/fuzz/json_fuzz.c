/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes: a verdict from the closed list, or a document that can be walked, written and read
 * again. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "lib/json/document.h"
#include "lib/json/path.h"
#include "lib/json/write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_value(struct json_write *writer, struct json_path *path,
                        const struct json_value *value);

static void write_members(struct json_write *writer, struct json_path *path,
                          const struct json_value *object)
{
    struct json_value_member member;

    json_write_object_begin(writer);
    for (bool more = json_value_first(object, &member); more; more = json_value_next(&member)) {
        json_path_push_key(path, member.key);
        json_write_key(writer, member.key);
        write_value(writer, path, member.value);
        json_path_pop(path);
    }
    json_write_object_end(writer);
}

static void write_items(struct json_write *writer, struct json_path *path,
                        const struct json_value *array)
{
    json_write_array_begin(writer);
    for (size_t i = 0; i < json_value_size(array); i++) {
        json_path_push_index(path, i);
        write_value(writer, path, json_value_at(array, i));
        json_path_pop(path);
    }
    json_write_array_end(writer);
}

static void write_scalar(struct json_write *writer, const struct json_value *value)
{
    struct emis_error err;
    const char *text;
    size_t size;
    int64_t number;
    bool flag;

    if (json_value_string(value, &text, &size))
        json_write_string_n(writer, text, size);
    else if (json_value_bool(value, &flag))
        json_write_bool(writer, flag);
    else if (json_value_decimal(value, 4, &number, &err))
        json_write_decimal(writer, number, 4);
    else
        json_write_null(writer);
}

static void write_value(struct json_write *writer, struct json_path *path,
                        const struct json_value *value)
{
    char pointer[64];

    json_path_format(path, pointer, sizeof(pointer));
    if (json_value_type(value) == JSON_VALUE_OBJECT)
        write_members(writer, path, value);
    else if (json_value_type(value) == JSON_VALUE_ARRAY)
        write_items(writer, path, value);
    else
        write_scalar(writer, value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json_limits loose = json_limits_default;
    struct json_document *document, *again;
    struct emis_error err;
    struct emis_buffer out;
    struct json_write writer;
    struct json_path path;

    if (!json_document_new(data, size, &json_limits_default, &document, &err)) {
        EMIS_ASSERT(err.code >= 100);
        return 0;
    }
    loose.bytes_max = loose.string_bytes_max = loose.tokens_max = SIZE_MAX;
    loose.number_bytes_max = 64;
    loose.significant_digits_max = 64;
    emis_buffer_init(&out);
    json_write_init(&writer, &out, size % 2 == 0);
    json_path_init(&path);
    write_value(&writer, &path, json_document_root(document));
    if (!json_document_new(out.data, out.size, &loose, &again, &err))
        abort();
    json_document_free(again);
    json_document_free(document);
    emis_buffer_release(&out);
    return 0;
}
