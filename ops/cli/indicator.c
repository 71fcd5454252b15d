/* SPDX-License-Identifier: Apache-2.0 */
/* indicator list, indicator get, indicator compare, indicator rank, target list. */
#include <string.h>

#include "lib/store/connection.h"
#include "lib/store/query.h"
#include "ops/cli/answer.h"
#include "ops/cli/backcast.h"
#include "ops/cli/commands.h"
#include "ops/cli/print.h"

bool cli_indicator_list(struct cli_context *cli, struct emis_error *err)
{
    static const struct cli_print_column columns[] = {
        {"code", 't'},      {"name", 't'},       {"unit", 't'}, {"roll_up", 't'},
        {"direction", 'n'}, {"definition", 't'}, {NULL, 0}};

    return cli_print_statement(cli, "emis.indicators/1", columns, "list_indicators", NULL, err);
}

/* What a statement says about the things asked for; *ret_is_told: it had something to say. */
static bool explain(struct store_connection *conn, const char *statement,
                    const struct store_params *params, bool *ret_is_told, struct emis_error *err)
{
    struct store_result *result;
    const char *what;

    if (!store_query_run(conn, statement, params, &result, err)) {
        return false;
    }
    what = store_result_text(result, 0, 0);
    *ret_is_told = what != NULL;
    if (what != NULL) {
        (void) emis_error_set(err, E_NOT_FOUND, "%s", what);
    }
    store_result_free(result);
    return true;
}

/* Which of the things asked for does not exist, or not for this indicator or below this area;
 * otherwise: what to say where all of them do. */
static bool explain_empty(struct cli_context *cli, struct store_connection *conn,
                          const struct store_params *params, const char *otherwise,
                          struct emis_error *err)
{
    bool is_told = false;

    if (explain(conn, "explain_indicator", params, &is_told, err) && !is_told) {
        (void) emis_error_set(err, E_NOT_FOUND, "%s has no %s",
                              cli_context_option(cli, "indicator"), otherwise);
    }
    return false;
}

static const char *no_values(const struct cli_context *cli)
{
    return cli_context_has(cli, "as-of")
               ? "values there: nothing was owed or sent for that period, or the area is not there "
                 "on that day"
               : "values there: nothing was owed or sent for that period";
}

#define ASKED 5

/* The first parameters of every statement here: what is asked for. */
static void ask(const struct cli_context *cli, struct store_params *params, size_t count)
{
    static const char *const names[ASKED] = {"indicator", "period", "area", "level", "by"};

    store_params_init(params);
    for (size_t i = 0; i < count; i++) {
        store_params_text(params, cli_context_option(cli, names[i]));
    }
}

/* day: of an answer made for it; NULL: the mart as it stands. */
static bool get_values(struct cli_context *cli, struct store_connection *conn, const char *day,
                       struct emis_error *err)
{
    static const struct cli_print_column columns[] = {
        {"level", 't'},     {"code", 't'},       {"area", 't'},       {"period", 't'},
        {"indicator", 't'}, {"cut", 't'},        {"numerator", 'n'},  {"denominator", 'n'},
        {"value", 'n'},     {"n_expected", 'n'}, {"n_reported", 'n'}, {"status", 't'},
        {NULL, 0}};
    struct store_params params, plain;
    struct store_result *result;
    bool ok;

    ask(cli, &params, ASKED);
    ask(cli, &plain, ASKED);
    if (day != NULL) {
        store_params_text(&params, day);
    }
    ok = store_query_run_text(conn, day == NULL ? "get_indicator" : "get_answer", &params, &result,
                              err);
    if (ok) {
        ok = store_result_rows(result) > 0 || explain_empty(cli, conn, &plain, no_values(cli), err);
        if (ok) {
            cli_print_rows(cli, "emis.indicator/1", columns, result);
        }
        store_result_free(result);
    }
    store_params_release(&params);
    store_params_release(&plain);
    return ok;
}

static bool check_needed(const struct cli_context *cli, struct emis_error *err)
{
    static const char *const needed[] = {"indicator", "period"};

    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        if (!cli_context_has(cli, needed[i])) {
            return emis_error_set(err, E_USAGE, "--%s is needed", needed[i]);
        }
    }
    return true;
}

/* In time: not what the mart holds, but made of it, or of the submissions. */
static bool get_answer(struct cli_context *cli, struct emis_error *err)
{
    struct cli_answer answer;
    bool ok = cli_answer_init(&answer, cli, err) &&
              cli_answer_make(&answer, cli_context_option(cli, "as-of"),
                              cli_context_option(cli, "known"), err) &&
              get_values(cli, answer.conn, answer.day, err);

    cli_answer_release(&answer);
    return ok;
}

bool cli_indicator_get(struct cli_context *cli, struct emis_error *err)
{
    bool is_answer = cli_context_has(cli, "as-of") || cli_context_has(cli, "known");
    struct store_connection *conn;
    bool ok;

    if (cli_context_has(cli, "backcast") && cli_context_has(cli, "indicator")) {
        return is_answer ? emis_error_set(err, E_USAGE,
                                          "--backcast is what is stored: it has no --as-of and no "
                                          "--known")
                         : cli_backcast_get(cli, err);
    }
    if (!check_needed(cli, err)) {
        return false;
    }
    if (is_answer) {
        return get_answer(cli, err);
    }
    if (!cli_context_connect(cli, &conn, err)) {
        return false;
    }
    ok = get_values(cli, conn, NULL, err);
    store_connection_free(conn);
    return ok;
}

/* Nothing differs: because both answers are the same, or because there is nothing. */
static bool check_same(struct cli_context *cli, struct store_connection *conn,
                       struct emis_error *err)
{
    struct store_params params, plain;
    struct store_result *result;
    bool ok;

    ask(cli, &params, ASKED);
    ask(cli, &plain, ASKED);
    store_params_null(&params, STORE_TEXT);
    ok = store_query_run(conn, "get_answer", &params, &result, err);
    if (ok) {
        ok = store_result_rows(result) > 0 || explain_empty(cli, conn, &plain, no_values(cli), err);
        if (ok) {
            cli_context_say(cli, "the two answers are the same");
        }
        store_result_free(result);
    }
    store_params_release(&params);
    store_params_release(&plain);
    return ok;
}

static bool print_comparison(struct cli_context *cli, struct store_connection *conn,
                             struct emis_error *err)
{
    static const struct cli_print_column columns[] = {{"level", 't'},
                                                      {"code", 't'},
                                                      {"unit", 't'},
                                                      {"why", 't'},
                                                      {"period", 't'},
                                                      {"indicator", 't'},
                                                      {"cut", 't'},
                                                      {"first_numerator", 'n'},
                                                      {"first_denominator", 'n'},
                                                      {"first_value", 'n'},
                                                      {"second_numerator", 'n'},
                                                      {"second_denominator", 'n'},
                                                      {"second_value", 'n'},
                                                      {"change", 'n'},
                                                      {NULL, 0}};
    struct store_params params;
    struct store_result *result;
    bool ok;

    ask(cli, &params, ASKED);
    ok = store_query_run_text(conn, "compare_answers", &params, &result, err);
    if (ok) {
        ok = store_result_rows(result) > 0 || check_same(cli, conn, err);
        if (ok) {
            cli_print_rows(cli, "emis.comparison/1", columns, result);
        }
        store_result_free(result);
    }
    store_params_release(&params);
    return ok;
}

/* An option that is given once is the second answer's; the first is then the mart's. */
static const char *option_of(const struct cli_context *cli, const char *name, bool is_second)
{
    const char *first = cli_context_option_at(cli, name, 0);
    const char *second = cli_context_option_at(cli, name, 1);

    return second == NULL ? (is_second ? first : NULL) : (is_second ? second : first);
}

bool cli_indicator_compare(struct cli_context *cli, struct emis_error *err)
{
    struct cli_answer answer;
    bool ok;

    if (!check_needed(cli, err)) {
        return false;
    }
    if (cli_context_option_at(cli, "as-of", 2) != NULL ||
        cli_context_option_at(cli, "known", 2) != NULL ||
        (!cli_context_has(cli, "as-of") && !cli_context_has(cli, "known"))) {
        return emis_error_set(err, E_USAGE,
                              "two answers are compared: give --as-of or --known, each at most "
                              "twice");
    }
    ok = cli_answer_init(&answer, cli, err) &&
         cli_answer_make(&answer, option_of(cli, "as-of", false), option_of(cli, "known", false),
                         err) &&
         cli_answer_keep(&answer, err) &&
         cli_answer_make(&answer, option_of(cli, "as-of", true), option_of(cli, "known", true),
                         err) &&
         print_comparison(cli, answer.conn, err);
    cli_answer_release(&answer);
    return ok;
}

/* params: indicator, period and area; plain: with level and cut, which are not asked for. */
static bool explain_unranked(struct cli_context *cli, struct store_connection *conn,
                             const struct store_params *params, const struct store_params *plain,
                             struct emis_error *err)
{
    bool is_told = false;

    if (!explain(conn, "explain_standing", params, &is_told, err) || is_told) {
        return false;
    }
    return explain_empty(cli, conn, plain,
                         "standings there: nothing was owed or sent for that period", err);
}

bool cli_indicator_rank(struct cli_context *cli, struct emis_error *err)
{
    static const struct cli_print_column columns[] = {
        {"rank", 'n'},       {"of", 'n'},         {"before", 'n'}, {"movement", 'n'},
        {"code", 't'},       {"area", 't'},       {"value", 'n'},  {"target", 'n'},
        {"attainment", 'n'}, {"gap", 'n'},        {"light", 't'},  {"band", 't'},
        {"n_expected", 'n'}, {"n_reported", 'n'}, {"status", 't'}, {NULL, 0}};
    struct store_connection *conn;
    struct store_params params, plain;
    struct store_result *result;
    bool ok;

    if (!check_needed(cli, err) || !cli_context_connect(cli, &conn, err)) {
        return false;
    }
    ask(cli, &params, 3);
    ask(cli, &plain, 3);
    store_params_null(&plain, STORE_TEXT); /* no level, no cut */
    store_params_null(&plain, STORE_TEXT);
    ok = store_query_run_text(conn, "get_standing", &params, &result, err);
    if (ok) {
        ok = store_result_rows(result) > 0 || explain_unranked(cli, conn, &params, &plain, err);
        if (ok) {
            cli_print_rows(cli, "emis.standing/1", columns, result);
        }
        store_result_free(result);
    }
    store_params_release(&params);
    store_params_release(&plain);
    store_connection_free(conn);
    return ok;
}

static bool check_area(struct cli_context *cli, const char *area, struct emis_error *err)
{
    struct store_connection *conn;
    struct store_params params;
    struct store_result *result;
    bool ok;

    if (area == NULL) {
        return true;
    }
    if (!cli_context_connect(cli, &conn, err)) {
        return false;
    }
    store_params_init(&params);
    store_params_text_array(&params, &area, 1);
    ok = store_query_run(conn, "find_unknown_areas", &params, &result, err);
    store_params_release(&params);
    if (ok) {
        ok = store_result_rows(result) == 0 ||
             emis_error_set(
                 err, E_NOT_FOUND,
                 "there is no school or area %s; mart.dim_area lists those that there are", area);
        store_result_free(result);
    }
    store_connection_free(conn);
    return ok;
}

bool cli_indicator_targets(struct cli_context *cli, struct emis_error *err)
{
    static const struct cli_print_column columns[] = {
        {"code", 't'},  {"indicator", 't'}, {"period", 't'}, {"unit", 't'},
        {"value", 'n'}, {"state", 't'},     {NULL, 0}};
    const char *area = cli_context_option(cli, "area");
    struct store_params params;
    bool ok;

    if (!check_area(cli, area, err)) {
        return false;
    }
    store_params_init(&params);
    store_params_text(&params, area);
    ok = cli_print_statement(cli, "emis.targets/1", columns, "list_targets", &params, err);
    store_params_release(&params);
    return ok;
}
