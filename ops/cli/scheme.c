/* SPDX-License-Identifier: Apache-2.0 */
/* registry codes import. */
#include "ops/cli/scheme.h"

#include <stdint.h>
#include <stdlib.h>

#include "lib/base/date.h"
#include "lib/base/memory.h"
#include "lib/catalogue/load.h"
#include "lib/registry/codes.h"
#include "lib/store/connection.h"
#include "ops/cli/commands.h"
#include "ops/cli/csv.h"
#include "ops/cli/print.h"

enum { COLUMN_SCHEME, COLUMN_CODE, COLUMN_UNIT, COLUMN_VALID_FROM, COLUMN_VALID_TO, COLUMN_COUNT };

static const char *const column_names[COLUMN_COUNT] = {"scheme", "code", "unit", "valid_from",
                                                       "valid_to"};

/* What both callbacks of the import need. */
struct telling {
    struct cli_mistakes *mistakes;
    struct cli_print *print;
};

static void add_mistake(void *context, size_t line, const char *column, const char *reason)
{
    struct telling *telling = context;

    cli_mistakes_add(telling->mistakes, line, column, reason);
}

static void add_difference(void *context, char sign, const struct registry_codes_span *span)
{
    struct telling *telling = context;
    char from[16], to[16], change[2] = {sign, '\0'}, *unit = emis_format_new("%d", span->unit_id);

    emis_date_format(span->valid_from == REGISTRY_CODES_BEGINNING ? 0 : span->valid_from, from);
    emis_date_format(span->valid_to == EMIS_DATE_INFINITY ? 0 : span->valid_to, to);
    cli_print_row(telling->print,
                  (const char *const[]){change, span->scheme, span->code, unit,
                                        span->valid_from == REGISTRY_CODES_BEGINNING ? NULL : from,
                                        span->valid_to == EMIS_DATE_INFINITY ? NULL : to});
    free(unit);
}

static bool import(struct cli_context *cli, struct store_connection *conn,
                   const struct registry_codes_row *rows, size_t count, struct telling *telling,
                   struct registry_codes_summary *ret_summary, struct emis_error *err)
{
    const struct registry_codes_options options = {
        .is_dry_run = cli_context_has(cli, "dry-run"),
        .on_mistake = add_mistake,
        .on_difference = cli_context_has(cli, "dry-run") ? add_difference : NULL,
        .context = telling};
    struct catalogue *catalogue;
    int64_t version;
    bool ok;

    if (!catalogue_load(conn, &catalogue, &version, err)) {
        return false;
    }
    ok = registry_codes_import(conn, catalogue, rows, count, &options, ret_summary, err);
    catalogue_free(catalogue);
    return ok;
}

bool cli_scheme_apply(struct cli_context *cli, const struct registry_codes_row *rows, size_t count,
                      struct cli_mistakes *mistakes, struct emis_error *err)
{
    static const struct cli_print_column columns[] = {
        {"change", 't'},     {"scheme", 't'},   {"code", 't'}, {"unit_id", 'n'},
        {"valid_from", 't'}, {"valid_to", 't'}, {NULL, 0}};
    bool is_dry = cli_context_has(cli, "dry-run"), ok;
    struct cli_print print;
    struct telling telling = {mistakes, &print};
    struct registry_codes_summary summary;
    struct store_connection *conn;

    if (!cli_context_connect(cli, &conn, err)) {
        return false;
    }
    cli_print_init(&print, cli, "emis.registry_code_difference/1", columns);
    ok = import(cli, conn, rows, count, &telling, &summary, err);
    if (is_dry) {
        cli_print_end(&print);
    } else {
        cli_print_drop(&print);
    }
    if (ok) {
        cli_context_say(cli, "%s%zu rows: %zu codes linked, %zu ended, %zu as they were",
                        is_dry ? "dry run: " : "", count, summary.added_count, summary.ended_count,
                        summary.kept_count);
    }
    store_connection_free(conn);
    return ok;
}

static bool map_columns(const struct cli_csv *csv, struct cli_mistakes *mistakes,
                        size_t at[COLUMN_COUNT])
{
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        at[i] = cli_csv_column(csv, column_names[i]);
        if (at[i] == SIZE_MAX && i <= COLUMN_UNIT) {
            cli_mistakes_add(mistakes, csv->header.line, column_names[i], "the column is missing");
        }
    }
    for (size_t i = 0; i < csv->cell_count; i++) {
        bool is_known = false;

        for (size_t j = 0; j < COLUMN_COUNT; j++) {
            is_known |= at[j] == i;
        }
        if (!is_known) {
            cli_mistakes_add(mistakes, csv->header.line, csv->header.cells[i],
                             "the column is not known: scheme, code, unit, valid_from, valid_to");
        }
    }
    return mistakes->count == 0;
}

static bool import_rows(struct cli_context *cli, const struct cli_csv *csv,
                        struct cli_mistakes *mistakes, struct emis_error *err)
{
    struct registry_codes_row *rows;
    size_t at[COLUMN_COUNT];
    bool ok;

    if (!map_columns(csv, mistakes, at)) {
        return false;
    }
    rows = emis_calloc(csv->row_count + 1, sizeof *rows);
    for (size_t i = 0; i < csv->row_count; i++) {
        const char *const *cells = csv->rows[i].cells;

        rows[i] = (struct registry_codes_row){
            .line = csv->rows[i].line,
            .scheme = cells[at[COLUMN_SCHEME]],
            .code = cells[at[COLUMN_CODE]],
            .unit = cells[at[COLUMN_UNIT]],
            .valid_from = at[COLUMN_VALID_FROM] == SIZE_MAX ? NULL : cells[at[COLUMN_VALID_FROM]],
            .valid_to = at[COLUMN_VALID_TO] == SIZE_MAX ? NULL : cells[at[COLUMN_VALID_TO]]};
    }
    ok = cli_scheme_apply(cli, rows, csv->row_count, mistakes, err);
    free(rows);
    return ok;
}

bool cli_scheme_import(struct cli_context *cli, struct emis_error *err)
{
    struct cli_mistakes mistakes = {.file = cli->operands[0]};
    struct cli_csv csv;
    bool ok = cli_csv_read(&csv, cli->operands[0], cli_mistakes_add, &mistakes, err) &&
              import_rows(cli, &csv, &mistakes, err);

    cli_csv_release(&csv);
    return ok || cli_mistakes_fail(&mistakes, err);
}
