/* SPDX-License-Identifier: Apache-2.0 */
/* period open, period list. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/catalogue/load.h"
#include "lib/registry/opening.h"
#include "lib/store/connection.h"
#include "lib/store/query.h"
#include "ops/cli/commands.h"
#include "ops/cli/period.h"
#include "ops/cli/print.h"

bool cli_period_find_form(const struct catalogue *catalogue, const char *code,
                          const struct catalogue_form **ret_form, struct emis_error *err)
{
    *ret_form = catalogue_form_newest(catalogue, code);
    return *ret_form != NULL ||
           emis_error_set(err, E_NOT_FOUND,
                          "the catalogue has no form %s; `emis catalogue list` prints the codes",
                          code);
}

bool cli_period_find(struct store_connection *conn, const struct catalogue_form *form,
                     const char *range, int32_t **ret_ids, size_t *ret_count,
                     int32_t *ret_starts_on, struct emis_error *err)
{
    const char *dots = strstr(range, "..");
    struct store_params params;
    struct store_result *result;
    bool ok;

    if (dots != NULL && form->period_kind != CATALOGUE_CAMPAIGN &&
        strncmp(range, dots + 2, (size_t) (dots - range)) > 0) {
        return emis_error_set(err, E_USAGE, "%s ends before it begins", range);
    }
    store_params_init(&params);
    store_params_text(&params, catalogue_period_kind_name(form->period_kind));
    store_params_text_sized(&params, range, dots == NULL ? strlen(range) : (size_t) (dots - range));
    store_params_text(&params, dots == NULL ? range : dots + 2);
    ok = store_query_run(conn, "find_periods", &params, &result, err);
    store_params_release(&params);
    if (!ok) {
        return false;
    }
    *ret_count = store_result_rows(result);
    *ret_ids = emis_calloc(*ret_count + 1, sizeof **ret_ids);
    for (size_t i = 0; i < *ret_count; i++) {
        (*ret_ids)[i] = store_result_i32(result, i, 0);
    }
    if (*ret_count > 0) {
        *ret_starts_on = store_result_date(result, 0, 1);
    }
    store_result_free(result);
    if (*ret_count == 0) {
        free(*ret_ids);
        return emis_error_set(err, E_NOT_FOUND,
                              "no calendar has %s as a %s, which is the period of %s; `emis "
                              "calendar show` prints what there is",
                              range, catalogue_period_kind_name(form->period_kind), form->code);
    }
    return true;
}

/* Days on which nobody owes the form: they may be opened, and nothing is missing then. */
static bool count_closed(struct store_connection *conn, const struct catalogue_form *form,
                         const int32_t *ids, size_t count, int64_t *ret_closed,
                         struct emis_error *err)
{
    struct store_params params;
    struct store_result *result;
    bool ok;

    *ret_closed = 0;
    if (!form->is_school_day_only) {
        return true;
    }
    store_params_init(&params);
    store_params_i32_array(&params, ids, count, NULL);
    ok = store_query_run(conn, "count_closed_days", &params, &result, err);
    store_params_release(&params);
    if (ok) {
        *ret_closed = store_result_i64(result, 0, 0);
        store_result_free(result);
    }
    return ok;
}

static void say_opened(const struct cli_context *cli, int64_t count, int64_t opened, int64_t closed)
{
    const char *form = cli->operands[0], *range = cli->operands[1];

    if (opened == 0) {
        cli_context_say(cli, "%s: %s was open already; nothing was changed", form, range);
    } else {
        cli_context_say(cli, "%s: %" PRId64 " period%s opened, %" PRId64 " %s open already", form,
                        opened, opened == 1 ? "" : "s", count - opened,
                        count - opened == 1 ? "was" : "were");
    }
    if (closed > 0) {
        cli_context_say(cli,
                        "%s: %" PRId64 " of these days %s closed in every calendar (`emis calendar "
                        "show`): nobody owes anything there",
                        form, closed, closed == 1 ? "is" : "are");
    }
}

static bool open_periods(struct cli_context *cli, struct store_connection *conn,
                         const struct catalogue *catalogue, struct emis_error *err)
{
    const struct catalogue_form *form;
    int32_t *ids, starts_on;
    size_t count;
    int64_t opened, closed;
    bool ok;

    if (!cli_period_find_form(catalogue, cli->operands[0], &form, err) ||
        !cli_period_find(conn, form, cli->operands[1], &ids, &count, &starts_on, err)) {
        return false;
    }
    ok = registry_open_period(conn, catalogue, form, ids, count, &opened, err) &&
         count_closed(conn, form, ids, count, &closed, err);
    free(ids);
    if (ok) {
        say_opened(cli, (int64_t) count, opened, closed);
    }
    return ok;
}

bool cli_period_open(struct cli_context *cli, struct emis_error *err)
{
    struct store_connection *conn;
    struct catalogue *catalogue = NULL;
    int64_t version;
    bool ok;

    if (!cli_context_connect(cli, &conn, err)) {
        return false;
    }
    ok = catalogue_load(conn, &catalogue, &version, err) && open_periods(cli, conn, catalogue, err);
    catalogue_free(catalogue);
    store_connection_free(conn);
    return ok;
}

bool cli_period_list(struct cli_context *cli, struct emis_error *err)
{
    static const struct cli_print_column columns[] = {
        {"form", 't'},      {"period", 't'},      {"starts_on", 't'}, {"ends_on", 't'},
        {"opened_at", 't'}, {"submissions", 'n'}, {NULL, 0}};

    return cli_print_statement(cli, "emis.periods/1", columns, "list_periods", NULL, err);
}
