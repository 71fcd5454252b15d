/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/cli/import_value.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/text.h"

#define SHOWN_BYTES 64

void cli_import_value_mistake(struct cli_import_mistakes *mistakes, enum emis_error_code code,
                              size_t line, const char *column, const char *format, ...)
{
    char what[800], reason[900];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    snprintf(reason, sizeof reason, "%s: %s", emis_error_name(code), what);
    mistakes->count++;
    mistakes->on_mistake(mistakes->context, line, column, reason);
}

const char *cli_import_value_column(const struct cli_import_source *source,
                                    struct emis_arena *arena)
{
    return source->column_count > 0
               ? source->columns[0]
               : emis_arena_format(arena, "(the map, %s)",
                                   source->pointer == NULL ? "" : source->pointer);
}

static bool is_blank(const struct cli_import_map *map, const char *text)
{
    if (text[0] == '\0') {
        return true;
    }
    for (size_t i = 0; i < map->blank_count; i++) {
        if (strcmp(map->blanks[i], text) == 0) {
            return true;
        }
    }
    return false;
}

bool cli_import_value_is_blank(const struct cli_import_map *map,
                               const struct cli_import_source *source,
                               const struct cli_csv_row *row)
{
    for (size_t i = 0; i < source->column_count; i++) {
        if (!is_blank(map, row->cells[source->at[i]])) {
            return false;
        }
    }
    return source->column_count > 0;
}

bool cli_import_value_integer(const char *text, size_t line, const char *column,
                              enum emis_error_code code, struct cli_import_mistakes *mistakes,
                              int64_t *ret_number)
{
    char shown[SHOWN_BYTES];

    if (emis_text_parse_i64(text, strlen(text), ret_number)) {
        return true;
    }
    emis_text_escape(text, strlen(text), shown, sizeof shown);
    cli_import_value_mistake(mistakes, code, line, column,
                             "\"%s\" is not a whole number: digits alone, without separators of "
                             "thousands, spaces or units",
                             shown);
    return false;
}

/* A sum of which a part is missing is not known. */
static bool read_sum(const struct cli_import_map *map, const struct cli_import_source *source,
                     const struct cli_csv_row *row, struct emis_arena *arena,
                     struct cli_import_mistakes *mistakes, const char **ret_text)
{
    int64_t sum = 0, term;

    for (size_t i = 0; i < source->column_count; i++) {
        const char *text = row->cells[source->at[i]];

        if (is_blank(map, text)) {
            *ret_text = NULL;
            return true;
        }
        if (!cli_import_value_integer(text, row->line, source->columns[i], E_FIELD_TYPE, mistakes,
                                      &term)) {
            return false;
        }
        if (__builtin_add_overflow(sum, term, &sum)) {
            cli_import_value_mistake(mistakes, E_FIELD_RANGE, row->line, source->columns[i],
                                     "the sum is too large");
            return false;
        }
    }
    *ret_text = emis_arena_format(arena, "%" PRId64, sum);
    return true;
}

static bool translate(const struct cli_import_source *source, const char *text, size_t line,
                      struct cli_import_mistakes *mistakes, const char **ret_text)
{
    char shown[SHOWN_BYTES];

    for (size_t i = 0; i < source->table_count; i++) {
        if (strcmp(source->table[i].from, text) == 0) {
            *ret_text = source->table[i].to;
            return true;
        }
    }
    if (source->table_count == 0) {
        *ret_text = text;
        return true;
    }
    emis_text_escape(text, strlen(text), shown, sizeof shown);
    cli_import_value_mistake(mistakes, E_FIELD_ENUM, line, source->columns[0],
                             "\"%s\" is not in the map's table %s: correct the cell, or add it "
                             "there",
                             shown, source->pointer);
    return false;
}

bool cli_import_value_read(const struct cli_import_map *map, const struct cli_import_source *source,
                           const struct cli_csv_row *row, struct emis_arena *arena,
                           struct cli_import_mistakes *mistakes, const char **ret_text)
{
    const char *text;

    *ret_text = NULL;
    switch (source->kind) {
    case CLI_IMPORT_NONE:
        return true;
    case CLI_IMPORT_VALUE:
        *ret_text = source->value;
        return true;
    case CLI_IMPORT_SUM:
        return read_sum(map, source, row, arena, mistakes, ret_text);
    case CLI_IMPORT_COLUMN:
        text = row->cells[source->at[0]];
        return is_blank(map, text) || translate(source, text, row->line, mistakes, ret_text);
    }
    return false;
}
