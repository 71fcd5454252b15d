/* SPDX-License-Identifier: Apache-2.0 */
/*
 * indicator backcast: old periods under the newest definition, in mart.backcast beside what was
 * published. Each period is an answer (answer.h) of a snapshot of its own, with the catalogue's
 * newest version of the indicator holding from the beginning; what differs from what is stored is
 * written in one transaction at the end.
 */
#include "ops/cli/backcast.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/buffer.h"
#include "lib/base/date.h"
#include "lib/base/memory.h"
#include "lib/catalogue/catalogue.h"
#include "lib/catalogue/refresh.h"
#include "lib/store/connection.h"
#include "lib/store/query.h"
#include "lib/store/tx.h"
#include "ops/cli/answer.h"
#include "ops/cli/commands.h"
#include "ops/cli/print.h"

struct backcast {
    struct cli_answer answer;
    const struct catalogue_indicator *definition; /* the newest */
    int32_t seam;                                 /* the first day from which it is published */
    int32_t from, to; /* periods that begin and end there; EMIS_DATE_INFINITY: before the seam */
    const char *kinds[CATALOGUE_PERIOD_KINDS];
    size_t kind_count;
};

static const struct cli_print_column columns[] = {{"period", 't'},
                                                  {"published", 'n'},
                                                  {"published_version", 'n'},
                                                  {"backcast", 'n'},
                                                  {"backcast_version", 'n'},
                                                  {"status", 't'},
                                                  {"added", 'n'},
                                                  {"changed", 'n'},
                                                  {"removed", 'n'},
                                                  {"same", 'n'},
                                                  {NULL, 0}};
enum { ADDED = 6, CHANGED, REMOVED, SAME };

/* --- what is asked for -------------------------------------------------------------------------*/

static bool find_definition(struct backcast *backcast, struct emis_error *err)
{
    struct catalogue *catalogue = backcast->answer.catalogue;
    const char *code = backcast->answer.indicator;
    const struct catalogue_indicator *newest = catalogue_indicator_find(catalogue, code);

    if (newest == NULL) {
        return emis_error_set(err, E_NOT_FOUND,
                              "there is no indicator %s; `emis indicator list` prints the codes",
                              code);
    }
    if (newest == catalogue->indicators || newest[-1].number != newest->number) {
        return emis_error_set(err, E_NOT_FOUND,
                              "%s has one version: no period is published under an older "
                              "definition; `emis catalogue show %s` prints it",
                              code, code);
    }
    backcast->definition = newest;
    backcast->seam = newest->valid_from;
    for (int kind = 0; kind < CATALOGUE_PERIOD_KINDS; kind++) {
        if ((newest->period_kinds & (1U << kind)) != 0) {
            backcast->kinds[backcast->kind_count++] =
                catalogue_period_kind_name((enum catalogue_period_kind) kind);
        }
    }
    catalogue_answer_reach_back(catalogue, code);
    return true;
}

static bool has_kind(const struct backcast *backcast, const char *period, const char *kind,
                     struct emis_error *err)
{
    struct emis_buffer list;

    emis_buffer_init(&list);
    for (size_t i = 0; i < backcast->kind_count; i++) {
        if (strcmp(backcast->kinds[i], kind) == 0) {
            emis_buffer_release(&list);
            return true;
        }
        emis_buffer_format(&list, "%s%s", i == 0 ? "" : ", ", backcast->kinds[i]);
    }
    (void) emis_error_set(
        err, E_NOT_FOUND, "version %d of %s is not kept for a %s such as %s; it is for: %s",
        backcast->definition->version, backcast->definition->code, kind, period, list.data);
    emis_buffer_release(&list);
    return false;
}

/* The period of an option, of which the result has kind and first day: known, wanted and old. */
static bool check_period(const struct backcast *backcast, const char *option, const char *kind,
                         const struct store_result *result, size_t starts_on,
                         struct emis_error *err)
{
    const char *period = cli_context_option(backcast->answer.cli, option);
    char day[16], seam[16];

    if (store_result_is_null(result, 0, starts_on)) {
        return emis_error_set(err, E_NOT_FOUND,
                              "there is no period %s; `emis calendar show` prints what there is",
                              period);
    }
    if (kind != NULL && !has_kind(backcast, period, kind, err)) {
        return false;
    }
    if (store_result_date(result, 0, starts_on) < backcast->seam) {
        return true;
    }
    emis_date_format(store_result_date(result, 0, starts_on), day);
    emis_date_format(backcast->seam, seam);
    return emis_error_set(err, E_USAGE,
                          "--%s %s begins on %s: what begins on %s or later is published under "
                          "version %d of %s already; name an earlier period",
                          option, period, day, seam, backcast->definition->version,
                          backcast->definition->code);
}

/* Whether there was a country when the period ended, so that its schools had places. */
static bool check_registry(struct backcast *backcast, int32_t ends_on, struct emis_error *err)
{
    struct store_params params;
    struct store_result *result;
    char first[16];
    bool ok;

    store_params_init(&params);
    store_params_date(&params, ends_on);
    ok = store_query_run(backcast->answer.conn, "answer_day", &params, &result, err);
    store_params_release(&params);
    if (!ok) {
        return false;
    }
    if (store_result_is_null(result, 0, 1)) {
        ok = emis_error_set(err, E_NOT_FOUND,
                            "no registry is imported; `emis registry import` brings one");
    } else if (!store_result_bool(result, 0, 2)) {
        emis_date_format(store_result_date(result, 0, 1), first);
        ok = emis_error_set(err, E_NOT_FOUND,
                            "--from %s is before the registry begins on %s, so that no school has "
                            "a place; name a later period, or import the registry of that time",
                            cli_context_option(backcast->answer.cli, "from"), first);
    }
    store_result_free(result);
    return ok;
}

static bool use_given(struct backcast *backcast, const struct store_result *result,
                      struct emis_error *err)
{
    const struct cli_context *cli = backcast->answer.cli;

    if (!check_period(backcast, "from", store_result_text(result, 0, 0), result, 1, err) ||
        !check_registry(backcast, store_result_date(result, 0, 2), err)) {
        return false;
    }
    backcast->from = store_result_date(result, 0, 1);
    backcast->to = EMIS_DATE_INFINITY;
    if (!cli_context_has(cli, "to")) {
        return true;
    }
    if (!check_period(backcast, "to", NULL, result, 3, err)) {
        return false;
    }
    backcast->to = store_result_date(result, 0, 4);
    return store_result_date(result, 0, 3) >= backcast->from ||
           emis_error_set(err, E_USAGE, "--to %s begins before --from %s",
                          cli_context_option(cli, "to"), cli_context_option(cli, "from"));
}

/* As it was asked for the last time. */
static bool use_stored(struct backcast *backcast, const struct store_result *result,
                       struct emis_error *err)
{
    if (store_result_is_null(result, 0, 5)) {
        return emis_error_set(err, E_USAGE,
                              "nothing of %s is back-cast yet: --from is needed, the first period, "
                              "such as SY2022",
                              backcast->answer.indicator);
    }
    backcast->from = store_result_date(result, 0, 5);
    backcast->to = store_result_date(result, 0, 6);
    return true;
}

static bool find_range(struct backcast *backcast, struct emis_error *err)
{
    const struct cli_context *cli = backcast->answer.cli;
    struct store_params params;
    struct store_result *result;
    bool ok;

    store_params_init(&params);
    store_params_i16(&params, backcast->definition->number);
    store_params_text(&params, cli_context_option(cli, "from"));
    store_params_text(&params, cli_context_option(cli, "to"));
    store_params_date(&params, backcast->seam);
    ok = store_query_run(backcast->answer.conn, "backcast_range", &params, &result, err);
    store_params_release(&params);
    if (ok) {
        ok = cli_context_has(cli, "from") ? use_given(backcast, result, err)
                                          : use_stored(backcast, result, err);
        store_result_free(result);
    }
    return ok;
}

/* --- what it would be --------------------------------------------------------------------------*/

static void bind_to(const struct backcast *backcast, struct store_params *params)
{
    if (backcast->to == EMIS_DATE_INFINITY) {
        store_params_null(params, STORE_DATE);
    } else {
        store_params_date(params, backcast->to);
    }
}

static bool keep(struct backcast *backcast, int32_t period, struct emis_error *err)
{
    struct store_params params;
    bool ok;

    store_params_init(&params);
    store_params_i16(&params, backcast->definition->number);
    store_params_i32(&params, period);
    ok = store_query_run(backcast->answer.conn, "backcast_keep", &params, NULL, err);
    store_params_release(&params);
    return ok;
}

/* One transaction each: the next one finds the room that this one's rows leave. */
static bool compute_period(struct backcast *backcast, const char *code, int32_t period,
                           struct emis_error *err)
{
    struct cli_answer *answer = &backcast->answer;

    return (cli_answer_begin(answer, err) && cli_answer_choose(answer, code, err) &&
            cli_answer_make_anew(answer, err) && keep(backcast, period, err) &&
            store_tx_commit(answer->conn, err)) ||
           emis_error_wrap(err, "%s", code);
}

/* The forms that its cells come from: a period in which none of them is open or was sent has none.
 */
static void bind_forms(const struct backcast *backcast, struct store_params *params)
{
    const struct catalogue *catalogue = backcast->answer.catalogue;
    int16_t *numbers = emis_calloc(catalogue->form_count + 1, sizeof(*numbers));
    size_t count = 0;

    for (size_t i = 0; i < catalogue->form_count; i++) {
        if (catalogue_indicator_is_fed(backcast->definition, &catalogue->forms[i])) {
            numbers[count++] = catalogue->forms[i].number;
        }
    }
    store_params_i16_array(params, numbers, count, NULL);
    free(numbers);
}

static bool compute(struct backcast *backcast, struct emis_error *err)
{
    struct store_params params;
    struct store_result *result;
    bool ok;

    store_params_init(&params);
    store_params_date(&params, backcast->from);
    bind_to(backcast, &params);
    store_params_date(&params, backcast->seam);
    store_params_text_array(&params, backcast->kinds, backcast->kind_count);
    bind_forms(backcast, &params);
    ok = store_query_run(backcast->answer.conn, "backcast_periods", &params, &result, err);
    store_params_release(&params);
    if (!ok) {
        return false;
    }
    for (size_t i = 0; ok && i < store_result_rows(result); i++) {
        ok = compute_period(backcast, store_result_text(result, i, 0),
                            store_result_i32(result, i, 1), err);
    }
    store_result_free(result);
    return ok;
}

/* --- beside what is stored ---------------------------------------------------------------------*/

static bool add_seam(struct backcast *backcast, struct emis_error *err)
{
    struct store_params params;
    bool ok;

    store_params_init(&params);
    store_params_i16(&params, backcast->definition->number);
    store_params_date(&params, backcast->seam);
    store_params_text_array(&params, backcast->kinds, backcast->kind_count);
    ok = store_query_run(backcast->answer.conn, "backcast_seam", &params, NULL, err);
    store_params_release(&params);
    return ok;
}

static bool compare(struct backcast *backcast, struct emis_error *err)
{
    struct store_params params;
    bool ok;

    store_params_init(&params);
    store_params_i16(&params, backcast->definition->number);
    store_params_date(&params, backcast->from);
    bind_to(backcast, &params);
    store_params_date(&params, backcast->seam);
    store_params_i16(&params, backcast->definition->version);
    ok = store_query_run(backcast->answer.conn, "backcast_compare", &params, NULL, err);
    store_params_release(&params);
    return ok;
}

/* With the indicator's number as its only parameter. ret_result: text, or NULL. */
static bool run_numbered(struct backcast *backcast, const char *statement,
                         struct store_result **ret_result, struct emis_error *err)
{
    struct store_params params;
    bool ok;

    store_params_init(&params);
    store_params_i16(&params, backcast->definition->number);
    ok = ret_result != NULL
             ? store_query_run_text(backcast->answer.conn, statement, &params, ret_result, err)
             : store_query_run(backcast->answer.conn, statement, &params, NULL, err);
    store_params_release(&params);
    return ok;
}

static long long sum(const struct store_result *result, size_t column)
{
    long long total = 0;

    for (size_t i = 0; i < store_result_rows(result); i++) {
        total += strtoll(store_result_cell(result, i, column), NULL, 10);
    }
    return total;
}

/* The difference, printed; of a dry run it is a finding. */
static bool report(const struct backcast *backcast, bool is_dry_run,
                   const struct store_result *result, struct emis_error *err)
{
    long long added = sum(result, ADDED), changed = sum(result, CHANGED),
              removed = sum(result, REMOVED);
    struct cli_context *cli = backcast->answer.cli;
    const char *code = backcast->answer.indicator;

    if (store_result_rows(result) == 0) {
        return emis_error_set(err, E_NOT_FOUND,
                              "%s has no values under version %d in these periods: nothing was "
                              "owed or sent; `emis period list` prints what is open",
                              code, backcast->definition->version);
    }
    cli_print_rows(cli, "emis.backcast/1", columns, result);
    cli_context_say(cli, "%s %lld cells, %lld of them added, %lld changed, %lld removed",
                    is_dry_run ? "compared" : "back-cast",
                    added + changed + removed + sum(result, SAME), added, changed, removed);
    return !is_dry_run || added + changed + removed == 0 ||
           emis_error_set(err, E_FINDING,
                          "%lld cells of the back-cast of %s would change; without --dry-run they "
                          "are written",
                          added + changed + removed, code);
}

static bool finish(struct backcast *backcast, struct emis_error *err)
{
    bool is_dry_run = cli_context_has(backcast->answer.cli, "dry-run");
    struct store_connection *conn = backcast->answer.conn;
    struct store_result *result;
    bool ok;

    if (!(is_dry_run ? store_tx_begin_snapshot(conn, err)
                     : store_tx_begin(conn, err) &&
                           store_query_run(conn, "backcast_lock", NULL, NULL, err)) ||
        !add_seam(backcast, err) || !compare(backcast, err) ||
        !run_numbered(backcast, "backcast_difference", &result, err)) {
        return false;
    }
    ok = (is_dry_run || run_numbered(backcast, "backcast_apply", NULL, err)) &&
         store_tx_commit(conn, err) && report(backcast, is_dry_run, result, err);
    store_result_free(result);
    return ok;
}

bool cli_indicator_backcast(struct cli_context *cli, struct emis_error *err)
{
    struct backcast backcast = {.kind_count = 0};
    struct cli_answer *answer = &backcast.answer;
    bool ok;

    if (cli_context_has(cli, "to") && !cli_context_has(cli, "from")) {
        return emis_error_set(err, E_USAGE, "--to is given without --from: --from is needed");
    }
    ok = cli_answer_open(answer, cli, cli->operands[0], err);
    answer->is_whole = true;
    ok = ok && find_definition(&backcast, err) && find_range(&backcast, err) &&
         cli_answer_prepare(answer, err) &&
         store_query_run(answer->conn, "backcast_tables", NULL, NULL, err) &&
         compute(&backcast, err) && finish(&backcast, err);
    cli_answer_release(answer);
    return ok;
}

/* --- reading it --------------------------------------------------------------------------------*/

static bool explain(struct store_connection *conn, const struct store_params *params,
                    struct emis_error *err)
{
    struct store_result *result;

    if (store_query_run(conn, "explain_backcast", params, &result, err)) {
        (void) emis_error_set(err, E_NOT_FOUND, "%s", store_result_text(result, 0, 0));
        store_result_free(result);
    }
    return false;
}

bool cli_backcast_get(struct cli_context *cli, struct emis_error *err)
{
    static const char *const asked[] = {"indicator", "period", "area", "level", "by"};
    static const struct cli_print_column shown[] = {{"level", 't'},     {"code", 't'},
                                                    {"area", 't'},      {"period", 't'},
                                                    {"indicator", 't'}, {"cut", 't'},
                                                    {"published", 'n'}, {"published_version", 'n'},
                                                    {"backcast", 'n'},  {"backcast_version", 'n'},
                                                    {"numerator", 'n'}, {"denominator", 'n'},
                                                    {"status", 't'},    {NULL, 0}};
    struct store_connection *conn;
    struct store_params params;
    struct store_result *result;
    bool ok;

    if (!cli_context_connect(cli, &conn, err)) {
        return false;
    }
    store_params_init(&params);
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        store_params_text(&params, cli_context_option(cli, asked[i]));
    }
    ok = store_query_run_text(conn, "get_backcast", &params, &result, err);
    if (ok) {
        ok = store_result_rows(result) > 0 || explain(conn, &params, err);
        if (ok) {
            cli_print_rows(cli, "emis.backcast_series/1", shown, result);
        }
        store_result_free(result);
    }
    store_params_release(&params);
    store_connection_free(conn);
    return ok;
}
