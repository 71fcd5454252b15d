/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The map of `emis import`: how lines of another body's CSV file become submissions of a form. A
 * JSON document (catalogue/schema/import_map.schema.json), read against the catalogue. A source
 * says where a value comes from; a template says how one row of a group arises from one line: a
 * group has one (long files) or several (wide files, whose columns are what the keys tell apart).
 * Pure; immutable once read and bound to a file's columns.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/error.h"
#include "lib/catalogue/catalogue.h"
#include "ops/cli/csv.h"

struct emis_arena;
struct json_value;

enum cli_import_source_kind {
    CLI_IMPORT_NONE,   /* not given */
    CLI_IMPORT_VALUE,  /* a constant of the map */
    CLI_IMPORT_COLUMN, /* a cell, as written or through the table */
    CLI_IMPORT_SUM     /* whole numbers of several cells added up */
};

struct cli_import_pair {
    const char *from; /* as the file has it */
    const char *to;   /* as the form wants it */
};

struct cli_import_source {
    enum cli_import_source_kind kind;
    const char *value;
    const char **columns; /* one, or the terms of a sum */
    size_t *at;           /* their positions in the file, once bound */
    size_t column_count;
    const struct cli_import_pair *table; /* of a column; a cell that is not in it is a mistake */
    size_t table_count;                  /* 0: cells are taken as written */
    const char *pointer;                 /* where in the map */
};

/* A field of the form and where it comes from. */
struct cli_import_cell {
    const struct catalogue_field *field;
    struct cli_import_source source;
};

struct cli_import_template {
    struct cli_import_cell *cells; /* keys first, then fields, as many as are given */
    size_t key_count, cell_count;
};

struct cli_import_group {
    const struct catalogue_group *group;
    struct cli_import_template *templates;
    size_t template_count;
};

struct cli_import_map {
    const struct catalogue_form *form;
    struct cli_import_source period, unit, sender, revision;
    struct cli_import_source submitted_at; /* may be CLI_IMPORT_NONE */
    const char *unit_scheme;               /* NULL: units by the registry's own code */
    struct cli_import_cell *parts;         /* one for each key part of the form, in its order */
    struct cli_import_cell *fields;        /* of the group of one row */
    size_t field_count;
    struct cli_import_group *groups;
    size_t group_count;
    const char **blanks; /* texts that mean "missing", besides the empty one */
    size_t blank_count;
    const char **ignored; /* columns that are left out on purpose; "*": all others */
    size_t ignored_count;
};

/*
 * Everything is in the arena or borrowed from the catalogue. False: there were mistakes; each was
 * told, with line 0 and the JSON pointer as the column.
 */
bool cli_import_map_read(const struct json_value *root, const struct catalogue *catalogue,
                         struct emis_arena *arena, cli_csv_mistake_fn *on_mistake, void *context,
                         struct cli_import_map *ret_map) EMIS_MUST_CHECK;

/* Each source of the map, in the order of the document, for whoever looks at all of them. */
typedef void (*cli_import_map_source_fn)(void *context, const struct cli_import_source *source);
void cli_import_map_each(const struct cli_import_map *map, cli_import_map_source_fn on_source,
                         void *context);
