/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/cli/import_source.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/arena.h"

#define POINTER_BYTES 512

void cli_import_source_mistake(struct cli_import_source_reader *reader, const char *key,
                               const char *format, ...)
{
    char pointer[POINTER_BYTES], reason[400];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    if (key != NULL) {
        json_path_push_key(&reader->path, key);
    }
    reader->on_mistake(reader->context, 0, json_path_format(&reader->path, pointer, sizeof pointer),
                       reason);
    reader->mistake_count++;
    if (key != NULL) {
        json_path_pop(&reader->path);
    }
}

bool cli_import_source_is_object(const struct json_value *value)
{
    return value != NULL && json_value_type(value) == JSON_VALUE_OBJECT;
}

bool cli_import_source_members(struct cli_import_source_reader *reader,
                               const struct json_value *object, const char *const *names)
{
    struct json_value_member member;

    if (!cli_import_source_is_object(object)) {
        cli_import_source_mistake(reader, NULL, "must be an object");
        return false;
    }
    for (bool more = json_value_first(object, &member); more; more = json_value_next(&member)) {
        const char *const *name = names;

        while (*name != NULL && strcmp(*name, member.key) != 0) {
            name++;
        }
        if (*name == NULL) {
            cli_import_source_mistake(reader, member.key,
                                      "the member is not known: see `emis import --help`");
        }
    }
    return true;
}

const char *cli_import_source_text(struct cli_import_source_reader *reader,
                                   const struct json_value *value)
{
    const char *text;
    size_t size;
    int64_t number;
    bool truth;

    if (json_value_string(value, &text, &size)) {
        return emis_arena_strdup(reader->arena, text);
    }
    if (json_value_integer(value, &number)) {
        return emis_arena_format(reader->arena, "%" PRId64, number);
    }
    return !json_value_bool(value, &truth) ? NULL : truth ? "true" : "false";
}

const char **cli_import_source_texts(struct cli_import_source_reader *reader,
                                     const struct json_value *object, const char *key,
                                     size_t *ret_count)
{
    const struct json_value *array = json_value_get(object, key);
    size_t count = json_value_size(array != NULL ? array : object);
    const char **texts = emis_arena_alloc(reader->arena, (count + 1) * sizeof *texts);

    *ret_count = 0;
    if (array == NULL) {
        return texts;
    }
    if (json_value_type(array) != JSON_VALUE_ARRAY) {
        cli_import_source_mistake(reader, key, "must be an array of texts");
        return texts;
    }
    for (size_t i = 0; i < count; i++) {
        const char *text;
        size_t size;

        if (!json_value_string(json_value_at(array, i), &text, &size)) {
            cli_import_source_mistake(reader, key, "item %zu is not a text", i);
        } else {
            texts[(*ret_count)++] = emis_arena_strdup(reader->arena, text);
        }
    }
    return texts;
}

static void read_table(struct cli_import_source_reader *reader, const struct json_value *object,
                       struct cli_import_source *source)
{
    const struct json_value *table = json_value_get(object, "table");
    struct cli_import_pair *pairs;
    struct json_value_member member;

    if (table == NULL) {
        return;
    }
    if (source->kind != CLI_IMPORT_COLUMN || !cli_import_source_is_object(table) ||
        json_value_size(table) == 0) {
        cli_import_source_mistake(reader, "table",
                                  "belongs to a column, as an object {\"in the file\": \"code\"}");
        return;
    }
    pairs = emis_arena_alloc(reader->arena, json_value_size(table) * sizeof *pairs);
    source->table = pairs;
    json_path_push_key(&reader->path, "table");
    for (bool more = json_value_first(table, &member); more; more = json_value_next(&member)) {
        const char *to = cli_import_source_text(reader, member.value);

        if (to == NULL) {
            cli_import_source_mistake(reader, member.key,
                                      "must be a text, a whole number, true or false");
            continue;
        }
        pairs[source->table_count++] =
            (struct cli_import_pair){emis_arena_strdup(reader->arena, member.key), to};
    }
    json_path_pop(&reader->path);
}

static void set_columns(struct cli_import_source_reader *reader, struct cli_import_source *source,
                        enum cli_import_source_kind kind, const char **columns, size_t count)
{
    source->kind = kind;
    source->columns = columns;
    source->column_count = count;
    source->at = emis_arena_alloc(reader->arena, (count + 1) * sizeof *source->at);
}

void cli_import_source_set_column(struct cli_import_source_reader *reader,
                                  struct cli_import_source *source, const char *column)
{
    const char **columns = emis_arena_alloc(reader->arena, sizeof *columns);

    columns[0] = emis_arena_strdup(reader->arena, column);
    set_columns(reader, source, CLI_IMPORT_COLUMN, columns, 1);
}

/* The walk stands at the source. */
static void read_one_of(struct cli_import_source_reader *reader, const struct json_value *object,
                        struct cli_import_source *source)
{
    const struct json_value *value = json_value_get(object, "value"),
                            *column = json_value_get(object, "column"),
                            *sum = json_value_get(object, "sum");
    const char *text, **columns;
    size_t size, count;

    if ((value != NULL) + (column != NULL) + (sum != NULL) != 1) {
        cli_import_source_mistake(reader, NULL, "must have one of value, column and sum");
    } else if (value != NULL) {
        source->value = cli_import_source_text(reader, value);
        source->kind = CLI_IMPORT_VALUE;
        if (source->value == NULL) {
            cli_import_source_mistake(reader, "value",
                                      "must be a text, a whole number, true or false");
        }
    } else if (sum != NULL) {
        columns = cli_import_source_texts(reader, object, "sum", &count);
        set_columns(reader, source, CLI_IMPORT_SUM, columns, count);
        if (count == 0) {
            cli_import_source_mistake(reader, "sum", "must name the columns that are added up");
        }
    } else if (!json_value_string(column, &text, &size)) {
        cli_import_source_mistake(reader, "column", "must be the name of a column");
    } else {
        cli_import_source_set_column(reader, source, text);
    }
}

const char *cli_import_source_here(struct cli_import_source_reader *reader)
{
    char pointer[POINTER_BYTES];

    return emis_arena_strdup(reader->arena,
                             json_path_format(&reader->path, pointer, sizeof pointer));
}

void cli_import_source_read(struct cli_import_source_reader *reader,
                            const struct json_value *object, const char *const *names,
                            struct cli_import_source *source)
{
    source->pointer = cli_import_source_here(reader);
    if (cli_import_source_members(reader, object, names)) {
        read_one_of(reader, object, source);
        read_table(reader, object, source);
    }
}
