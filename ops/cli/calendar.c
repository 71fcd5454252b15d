/* SPDX-License-Identifier: Apache-2.0 */
/* calendar import, calendar show. */
#include <stdint.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/catalogue/load.h"
#include "lib/registry/calendar.h"
#include "lib/store/connection.h"
#include "lib/store/query.h"
#include "ops/cli/commands.h"
#include "ops/cli/csv.h"
#include "ops/cli/mistakes.h"
#include "ops/cli/print.h"

enum {
    COLUMN_KIND,
    COLUMN_CODE,
    COLUMN_AREA,
    COLUMN_STARTS_ON,
    COLUMN_ENDS_ON,
    COLUMN_REASON,
    COLUMN_COUNT
};

static const char *const column_names[COLUMN_COUNT] = {"kind",      "code",    "area",
                                                       "starts_on", "ends_on", "reason"};

/* Where the columns are; attribute_at: those of the catalogue's attributes. */
static bool map_columns(const struct cli_csv *csv, const struct catalogue *catalogue,
                        struct cli_mistakes *mistakes, size_t at[COLUMN_COUNT],
                        size_t *attribute_at)
{
    for (size_t i = 0; i < catalogue->attribute_count; i++) {
        attribute_at[i] = cli_csv_column(csv, catalogue->attributes[i].code);
    }
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        at[i] = cli_csv_column(csv, column_names[i]);
        if (at[i] == SIZE_MAX) {
            cli_mistakes_add(mistakes, csv->header.line, column_names[i], "the column is missing");
        }
    }
    for (size_t i = 0; i < csv->cell_count; i++) {
        bool is_known = false;

        for (size_t j = 0; j < COLUMN_COUNT; j++) {
            is_known |= at[j] == i;
        }
        for (size_t j = 0; j < catalogue->attribute_count; j++) {
            is_known |= attribute_at[j] == i;
        }
        if (!is_known) {
            cli_mistakes_add(mistakes, csv->header.line, csv->header.cells[i],
                             "the column is not known: kind, code, area, starts_on, ends_on, "
                             "reason, or an attribute of the catalogue");
        }
    }
    return mistakes->count == 0;
}

/* The cells of the attributes, NULL where there is no column. */
static const char *const *pick_attributes(struct emis_arena *arena,
                                          const struct catalogue *catalogue,
                                          const char *const *cells, const size_t *attribute_at)
{
    const char **picked =
        emis_arena_alloc(arena, (catalogue->attribute_count + 1) * sizeof *picked);

    for (size_t i = 0; i < catalogue->attribute_count; i++) {
        picked[i] = attribute_at[i] == SIZE_MAX ? NULL : cells[attribute_at[i]];
    }
    return picked;
}

static struct registry_calendar_row *make_rows(struct emis_arena *arena, const struct cli_csv *csv,
                                               const struct catalogue *catalogue,
                                               const size_t at[COLUMN_COUNT],
                                               const size_t *attribute_at)
{
    struct registry_calendar_row *rows =
        emis_arena_alloc(arena, (csv->row_count + 1) * sizeof *rows);

    for (size_t i = 0; i < csv->row_count; i++) {
        const char *const *cells = csv->rows[i].cells;

        rows[i] = (struct registry_calendar_row){
            csv->rows[i].line,           cells[at[COLUMN_KIND]],
            cells[at[COLUMN_CODE]],      cells[at[COLUMN_AREA]],
            cells[at[COLUMN_STARTS_ON]], cells[at[COLUMN_ENDS_ON]],
            cells[at[COLUMN_REASON]],    pick_attributes(arena, catalogue, cells, attribute_at)};
    }
    return rows;
}

static bool import_rows(struct cli_context *cli, const struct cli_csv *csv,
                        struct store_connection *conn, const struct catalogue *catalogue,
                        struct cli_mistakes *mistakes, struct emis_error *err)
{
    struct emis_arena *arena = emis_arena_new(1 << 16);
    struct registry_calendar_summary summary;
    const struct registry_calendar_options options = {cli_context_has(cli, "dry-run"),
                                                      cli_mistakes_add, mistakes};
    size_t at[COLUMN_COUNT];
    size_t *attribute_at =
        emis_arena_alloc(arena, (catalogue->attribute_count + 1) * sizeof *attribute_at);
    bool ok = map_columns(csv, catalogue, mistakes, at, attribute_at) &&
              registry_calendar_import(conn, catalogue,
                                       make_rows(arena, csv, catalogue, at, attribute_at),
                                       csv->row_count, &options, &summary, err);

    if (ok) {
        cli_context_say(cli,
                        "%s%zu rows: %lld new periods, %lld new closed days, %lld closed days "
                        "ended, %lld new calendars, %lld exceptions changed; %lld leaves to be "
                        "computed again",
                        options.is_dry_run ? "dry run: " : "", csv->row_count,
                        (long long) summary.new_periods, (long long) summary.new_closed_days,
                        (long long) summary.ended_closed_days, (long long) summary.new_calendars,
                        (long long) summary.changed_exceptions, (long long) summary.dirty_rows);
    }
    emis_arena_free(arena);
    return ok;
}

static bool import_file(struct cli_context *cli, const struct cli_csv *csv,
                        struct cli_mistakes *mistakes, struct emis_error *err)
{
    struct store_connection *conn;
    struct catalogue *catalogue = NULL;
    int64_t version;
    bool ok;

    if (!cli_context_connect(cli, &conn, err)) {
        return false;
    }
    ok = catalogue_load(conn, &catalogue, &version, err) &&
         import_rows(cli, csv, conn, catalogue, mistakes, err);
    catalogue_free(catalogue);
    store_connection_free(conn);
    return ok;
}

bool cli_calendar_import(struct cli_context *cli, struct emis_error *err)
{
    struct cli_mistakes mistakes = {.file = cli->operands[0]};
    struct cli_csv csv;
    bool ok = cli_csv_read(&csv, cli->operands[0], cli_mistakes_add, &mistakes, err) &&
              import_file(cli, &csv, &mistakes, err);

    cli_csv_release(&csv);
    return ok || cli_mistakes_fail(&mistakes, err);
}

bool cli_calendar_show(struct cli_context *cli, struct emis_error *err)
{
    static const struct cli_print_column columns[] = {
        {"kind", 't'},    {"code", 't'}, {"area", 't'},   {"attribute", 't'}, {"starts_on", 't'},
        {"ends_on", 't'}, {"days", 'n'}, {"reason", 't'}, {NULL, 0}};

    return cli_print_statement(cli, "emis.calendar/1", columns, "show_calendar", NULL, err);
}
