/* SPDX-License-Identifier: Apache-2.0 */
/* indicator list, indicator get. */
#include <string.h>

#include "lib/store/connection.h"
#include "lib/store/query.h"
#include "ops/cli/commands.h"
#include "ops/cli/print.h"

bool cli_indicator_list(struct cli_context *cli, struct emis_error *err)
{
    static const struct cli_print_column columns[] = {
        {"code", 't'},      {"name", 't'},       {"unit", 't'}, {"roll_up", 't'},
        {"direction", 'n'}, {"definition", 't'}, {NULL, 0}};

    return cli_print_statement(cli, "emis.indicators/1", columns, "list_indicators", NULL, err);
}

/* Which of the things asked for does not exist, or not for this indicator or below this area. */
static bool explain_empty(struct cli_context *cli, struct store_connection *conn,
                          const struct store_params *params, struct emis_error *err)
{
    struct store_result *result;
    const char *what;

    if (!store_query_run(conn, "explain_indicator", params, &result, err)) {
        return false;
    }
    what = store_result_text(result, 0, 0);
    if (what != NULL) {
        (void) emis_error_set(err, E_NOT_FOUND, "%s", what);
    } else {
        (void) emis_error_set(err, E_NOT_FOUND,
                              "%s has no values there: nothing was owed or sent for that period",
                              cli_context_option(cli, "indicator"));
    }
    store_result_free(result);
    return false;
}

static bool get_values(struct cli_context *cli, struct store_connection *conn,
                       const struct store_params *params, struct emis_error *err)
{
    static const struct cli_print_column columns[] = {
        {"level", 't'},     {"code", 't'},       {"area", 't'},       {"period", 't'},
        {"indicator", 't'}, {"cut", 't'},        {"numerator", 'n'},  {"denominator", 'n'},
        {"value", 'n'},     {"n_expected", 'n'}, {"n_reported", 'n'}, {"status", 't'},
        {NULL, 0}};
    struct store_result *result;
    struct cli_print print;

    if (!store_query_run_text(conn, "get_indicator", params, &result, err)) {
        return false;
    }
    if (store_result_rows(result) == 0) {
        store_result_free(result);
        return explain_empty(cli, conn, params, err);
    }
    cli_print_init(&print, cli, "emis.indicator/1", columns);
    if (cli_context_has(cli, "csv")) {
        cli_print_as_csv(&print);
    }
    cli_print_result(&print, result);
    cli_print_end(&print);
    store_result_free(result);
    return true;
}

bool cli_indicator_get(struct cli_context *cli, struct emis_error *err)
{
    static const char *const needed[] = {"indicator", "period"};
    struct store_connection *conn;
    struct store_params params;
    bool ok;

    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        if (!cli_context_has(cli, needed[i])) {
            return emis_error_set(err, E_USAGE, "--%s is needed", needed[i]);
        }
    }
    if (!cli_context_connect(cli, &conn, err)) {
        return false;
    }
    store_params_init(&params);
    store_params_text(&params, cli_context_option(cli, "indicator"));
    store_params_text(&params, cli_context_option(cli, "period"));
    store_params_text(&params, cli_context_option(cli, "area"));
    store_params_text(&params, cli_context_option(cli, "level"));
    store_params_text(&params, cli_context_option(cli, "by"));
    ok = get_values(cli, conn, &params, err);
    store_params_release(&params);
    store_connection_free(conn);
    return ok;
}
