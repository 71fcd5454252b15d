/* SPDX-License-Identifier: Apache-2.0 */
/* registry import, registry show. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/date.h"
#include "lib/base/text.h"
#include "lib/catalogue/load.h"
#include "lib/registry/apply_units.h"
#include "lib/store/connection.h"
#include "lib/store/query.h"
#include "ops/cli/commands.h"
#include "ops/cli/csv.h"
#include "ops/cli/mistakes.h"
#include "ops/cli/print.h"

enum {
    COLUMN_CODE,
    COLUMN_LEVEL,
    COLUMN_PARENT,
    COLUMN_NAME,
    COLUMN_VALID_FROM,
    COLUMN_VALID_TO,
    COLUMN_LAT,
    COLUMN_LON,
    COLUMN_COUNT
};

static const struct {
    const char *name;
    bool is_required;
} columns[COLUMN_COUNT] = {{"code", true}, {"level", true},      {"parent", true},
                           {"name", true}, {"valid_from", true}, {"valid_to", false},
                           {"lat", false}, {"lon", false}};

/* One import. Columns are positions in the file, SIZE_MAX: the file has none. */
struct import {
    struct cli_context *cli;
    struct emis_arena *arena;
    struct store_connection *conn;
    struct catalogue *catalogue;
    struct cli_csv csv;
    struct cli_mistakes mistakes;
    size_t at[COLUMN_COUNT];
    size_t *attribute_at;
    size_t *label_at; /* columns name_<language> */
    size_t label_count;
    struct cli_print *print; /* differences of a dry run; NULL: not wanted */
};

static bool is_fixed_column(const char *name)
{
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        if (strcmp(columns[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_attribute(const struct catalogue *catalogue, const char *name)
{
    for (size_t i = 0; i < catalogue->attribute_count; i++) {
        if (strcmp(catalogue->attributes[i].code, name) == 0) {
            return true;
        }
    }
    return false;
}

static void check_header_cell(struct import *import, size_t index)
{
    const char *name = import->csv.header.cells[index];

    if (cli_csv_column(&import->csv, name) != index) {
        cli_mistakes_add(&import->mistakes, import->csv.header.line, name,
                         "the column occurs twice");
    } else if (strncmp(name, "name_", 5) == 0 && name[5] != '\0') {
        import->label_at[import->label_count++] = index;
    } else if (!is_fixed_column(name) && !is_attribute(import->catalogue, name)) {
        cli_mistakes_add(&import->mistakes, import->csv.header.line, name,
                         "the column is not known: code, level, parent, name, name_<language>, "
                         "valid_from, valid_to, lat, lon, or an attribute of the catalogue");
    }
}

static void map_columns(struct import *import)
{
    const struct catalogue *catalogue = import->catalogue;

    import->label_at =
        emis_arena_alloc(import->arena, (import->csv.cell_count + 1) * sizeof *import->label_at);
    import->attribute_at = emis_arena_alloc(import->arena, (catalogue->attribute_count + 1) *
                                                               sizeof *import->attribute_at);
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        import->at[i] = cli_csv_column(&import->csv, columns[i].name);
        if (import->at[i] == SIZE_MAX && columns[i].is_required) {
            cli_mistakes_add(&import->mistakes, import->csv.header.line, columns[i].name,
                             "the column is missing");
        }
    }
    for (size_t i = 0; i < catalogue->attribute_count; i++) {
        import->attribute_at[i] = cli_csv_column(&import->csv, catalogue->attributes[i].code);
    }
    for (size_t i = 0; i < import->csv.cell_count; i++) {
        check_header_cell(import, i);
    }
}

static const char *cell(const struct cli_csv_row *row, size_t column)
{
    return column == SIZE_MAX ? "" : row->cells[column];
}

static void fill_row(struct import *import, const struct cli_csv_row *from,
                     struct registry_apply_row *to)
{
    const char **attributes = emis_arena_alloc(
        import->arena, (import->catalogue->attribute_count + 1) * sizeof *attributes);
    struct registry_label *labels =
        emis_arena_alloc(import->arena, (import->label_count + 1) * sizeof *labels);

    for (size_t i = 0; i < import->catalogue->attribute_count; i++) {
        attributes[i] =
            import->attribute_at[i] == SIZE_MAX ? NULL : from->cells[import->attribute_at[i]];
    }
    for (size_t i = 0; i < import->label_count; i++) {
        labels[i] = (struct registry_label){import->csv.header.cells[import->label_at[i]] + 5,
                                            from->cells[import->label_at[i]]};
    }
    *to = (struct registry_apply_row){
        .line = from->line,
        .code = cell(from, import->at[COLUMN_CODE]),
        .level = cell(from, import->at[COLUMN_LEVEL]),
        .parent = cell(from, import->at[COLUMN_PARENT]),
        .name = cell(from, import->at[COLUMN_NAME]),
        .labels = labels,
        .label_count = import->label_count,
        .attributes = attributes,
        .valid_from = cell(from, import->at[COLUMN_VALID_FROM]),
        .valid_to = cell(from, import->at[COLUMN_VALID_TO]),
        .lat = cell(from, import->at[COLUMN_LAT]),
        .lon = cell(from, import->at[COLUMN_LON]),
    };
}

/* The cells as NFC text without control characters: what a code or a name is compared and shown as.
 */
static void normalise_cells(struct import *import)
{
    struct emis_error err;

    for (size_t row = 0; row < import->csv.row_count; row++) {
        const char **cells = (const char **) import->csv.rows[row].cells;

        for (size_t i = 0; i < import->csv.cell_count; i++) {
            size_t size = strlen(cells[i]);

            if (size > 0 &&
                !emis_text_normalise(import->arena, cells[i], size, &cells[i], &size, &err)) {
                cli_mistakes_add(&import->mistakes, import->csv.rows[row].line,
                                 import->csv.header.cells[i], err.message);
            }
        }
    }
}

static void add_difference(void *context, const struct registry_apply_difference *difference)
{
    struct import *import = context;
    char from[16], to[16] = "", sign[2] = {difference->sign, '\0'};

    emis_date_format(difference->valid_from, from);
    if (difference->valid_to != EMIS_DATE_INFINITY) {
        emis_date_format(difference->valid_to, to);
    }
    cli_print_row(import->print,
                  (const char *const[]){sign, difference->level, difference->code, difference->name,
                                        difference->parent, from, to[0] == '\0' ? NULL : to,
                                        difference->attributes});
}

/* One context for both callbacks of the import. */
static void add_mistake(void *context, size_t line, const char *column, const char *reason)
{
    struct import *import = context;

    cli_mistakes_add(&import->mistakes, line, column, reason);
}

static bool apply(struct import *import, struct registry_apply_summary *ret_summary,
                  struct emis_error *err)
{
    struct registry_apply_row *rows =
        emis_arena_alloc(import->arena, (import->csv.row_count + 1) * sizeof *rows);
    const struct registry_apply_units_options options = {
        .is_dry_run = cli_context_has(import->cli, "dry-run"),
        .on_mistake = add_mistake,
        .on_difference = import->print == NULL ? NULL : add_difference,
        .context = import,
    };

    for (size_t i = 0; i < import->csv.row_count; i++) {
        fill_row(import, &import->csv.rows[i], &rows[i]);
    }
    return registry_apply_units(import->conn, import->catalogue, rows, import->csv.row_count,
                                &options, ret_summary, err);
}

static bool apply_printed(struct import *import, struct registry_apply_summary *ret_summary,
                          struct emis_error *err)
{
    static const struct cli_print_column difference_columns[] = {
        {"change", 't'},     {"level", 't'},    {"code", 't'},       {"name", 't'}, {"parent", 't'},
        {"valid_from", 't'}, {"valid_to", 't'}, {"attributes", 't'}, {NULL, 0}};
    struct cli_print print;
    bool ok;

    if (!cli_context_has(import->cli, "dry-run")) {
        return apply(import, ret_summary, err);
    }
    cli_print_init(&print, import->cli, "emis.registry_difference/1", difference_columns);
    import->print = &print;
    ok = apply(import, ret_summary, err);
    cli_print_end(&print);
    return ok;
}

static void print_summary(const struct import *import, const struct registry_apply_summary *summary)
{
    bool is_dry = cli_context_has(import->cli, "dry-run");

    cli_context_say(
        import->cli,
        "%s%zu rows: %zu new units, %zu places opened, %zu ended, %zu with another end, "
        "%zu withdrawn, %zu kept",
        is_dry ? "dry run: " : "", import->csv.row_count, summary->new_units, summary->new_places,
        summary->ended_places, summary->resized_places - summary->ended_places,
        summary->withdrawn_places, summary->kept_places);
    if (!is_dry) {
        cli_context_say(import->cli, "registry version %lld; %lld leaves to be computed again",
                        (long long) summary->version, (long long) summary->dirty_rows);
    }
}

static bool import_file(struct import *import, const char *path, struct emis_error *err)
{
    struct registry_apply_summary summary;
    int64_t version;
    bool ok = cli_context_connect(import->cli, &import->conn, err) &&
              catalogue_load(import->conn, &import->catalogue, &version, err) &&
              cli_csv_read(&import->csv, path, cli_mistakes_add, &import->mistakes, err);

    if (ok) {
        map_columns(import);
        normalise_cells(import);
        ok = import->mistakes.count == 0 && apply_printed(import, &summary, err);
    }
    if (!ok) {
        return cli_mistakes_fail(&import->mistakes, err);
    }
    print_summary(import, &summary);
    return true;
}

bool cli_registry_import(struct cli_context *cli, struct emis_error *err)
{
    struct import import = {
        .cli = cli, .arena = emis_arena_new(1 << 20), .mistakes = {.file = cli->operands[0]}};
    bool ok = import_file(&import, cli->operands[0], err);

    cli_csv_release(&import.csv);
    catalogue_free(import.catalogue);
    store_connection_free(import.conn);
    emis_arena_free(import.arena);
    return ok;
}

bool cli_registry_show(struct cli_context *cli, struct emis_error *err)
{
    static const struct cli_print_column show_columns[] = {
        {"area_key", 'n'},   {"level", 't'},         {"code", 't'},     {"name", 't'},
        {"parent", 't'},     {"valid_from", 't'},    {"valid_to", 't'}, {"path", 't'},
        {"attributes", 'j'}, {"since_version", 'n'}, {NULL, 0}};
    struct store_connection *conn;
    struct store_params params;
    struct store_result *result;
    struct cli_print print;
    bool ok;

    if (!cli_context_connect(cli, &conn, err)) {
        return false;
    }
    store_params_init(&params);
    store_params_text(&params, cli->operands[0]);
    ok = store_query_run_text(conn, "show_unit", &params, &result, err);
    store_params_release(&params);
    if (ok && store_result_rows(result) == 0) {
        ok = emis_error_set(
            err, E_NOT_FOUND,
            "no school or area has the code %s; mart.dim_area lists those that there are",
            cli->operands[0]);
        store_result_free(result);
    } else if (ok) {
        cli_print_init(&print, cli, "emis.registry/1", show_columns);
        cli_print_result(&print, result);
        cli_print_end(&print);
        store_result_free(result);
    }
    store_connection_free(conn);
    return ok;
}
