/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the map of `emis import` (import_map.h): the walk over its JSON, and the sources that
 * values come from. Pure; lives for one read. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/json/path.h"
#include "lib/json/value.h"
#include "ops/cli/csv.h"
#include "ops/cli/import_map.h"

struct emis_arena;

struct cli_import_source_reader {
    const struct catalogue *catalogue;
    struct emis_arena *arena;
    struct json_path path; /* where the walk stands */
    cli_csv_mistake_fn *on_mistake;
    void *context;
    size_t mistake_count;
    struct cli_import_map *map;
};

/* At the member `key` of where the walk stands; key NULL: there itself. */
void cli_import_source_mistake(struct cli_import_source_reader *reader, const char *key,
                               const char *format, ...) EMIS_PRINTF(3, 4);
/* The pointer of where the walk stands, in the arena. */
const char *cli_import_source_here(struct cli_import_source_reader *reader);

bool cli_import_source_is_object(const struct json_value *value);
/* Every member must be one of names (NULL at the end); false when it is not an object at all. */
bool cli_import_source_members(struct cli_import_source_reader *reader,
                               const struct json_value *object, const char *const *names);
/* A text, whole number or truth value as text; NULL: none of these. */
const char *cli_import_source_text(struct cli_import_source_reader *reader,
                                   const struct json_value *value);
/* An array of texts; *ret_count 0 when it is absent or wrong. */
const char **cli_import_source_texts(struct cli_import_source_reader *reader,
                                     const struct json_value *object, const char *key,
                                     size_t *ret_count);

/* {"value": ...}, {"column": ..., "table": ...} or {"sum": [...]}; the walk stands at it; names:
 * the members that it may have. */
void cli_import_source_read(struct cli_import_source_reader *reader,
                            const struct json_value *object, const char *const *names,
                            struct cli_import_source *source);
/* The source is this column, as written. */
void cli_import_source_set_column(struct cli_import_source_reader *reader,
                                  struct cli_import_source *source, const char *column);
