/* SPDX-License-Identifier: Apache-2.0 */
/* period progress, period missing: what is due in a period, and how much of it has come. */
#include <stdlib.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/catalogue/load.h"
#include "lib/expr/compile.h"
#include "lib/store/connection.h"
#include "lib/store/query.h"
#include "lib/submission/settings.h"
#include "ops/cli/commands.h"
#include "ops/cli/period.h"
#include "ops/cli/print.h"

struct asked {
    const struct catalogue_form *form; /* of the version that the period has */
    const char *due;                   /* code of the indicator that says what is due */
    bool is_coverage;                  /* it says so by form: how many units owe it */
};

/* One period of the form's kind; the deadline is that of the version for its first day. */
static bool find_version(const struct cli_context *cli, struct store_connection *conn,
                         const struct catalogue *catalogue, struct asked *asked,
                         struct emis_error *err)
{
    int32_t *ids, starts_on;
    size_t count;

    if (!cli_period_find_form(catalogue, cli->operands[0], &asked->form, err) ||
        !cli_period_find(conn, asked->form, cli->operands[1], &ids, &count, &starts_on, err)) {
        return false;
    }
    free(ids);
    for (size_t i = 0; i < catalogue->form_count; i++) {
        const struct catalogue_form *form = &catalogue->forms[i];

        if (form->number == asked->form->number && form->valid_from <= starts_on &&
            starts_on < form->valid_to) {
            asked->form = form;
        }
    }
    return count == 1 ||
           emis_error_set(err, E_USAGE, "one period is needed, not %s", cli->operands[1]);
}

/* The value as it is stored is a number of submissions: nothing divides it, and it has no digits
 * after the point. */
static bool is_count(const struct catalogue_indicator *indicator)
{
    return indicator->denominator == NULL && indicator->numerator != NULL &&
           indicator->roll_up != CATALOGUE_CLASS_S && expr_result_scale(indicator->numerator) == 0;
}

static bool check_of(const struct catalogue *catalogue, const char *code, struct emis_error *err)
{
    for (size_t i = 0; i < catalogue->indicator_count; i++) {
        const struct catalogue_indicator *indicator = &catalogue->indicators[i];

        if (strcmp(indicator->code, code) == 0 && !is_count(indicator)) {
            return emis_error_set(err, E_USAGE,
                                  "%s is no number of submissions: give --of an indicator that "
                                  "counts, without a denominator",
                                  code);
        }
    }
    return true;
}

static bool find_due(const struct cli_context *cli, const struct catalogue *catalogue,
                     struct asked *asked, struct emis_error *err)
{
    asked->due = cli_context_option(cli, "of");
    asked->is_coverage = asked->due == NULL;
    if (!asked->is_coverage) {
        return check_of(catalogue, asked->due, err);
    }
    for (size_t i = 0; asked->due == NULL && i < catalogue->indicator_count; i++) {
        if (catalogue->indicators[i].roll_up == CATALOGUE_CLASS_COVERAGE) {
            asked->due = catalogue->indicators[i].code;
        }
    }
    return (asked->due != NULL && asked->form->is_owed) ||
           emis_error_set(err, E_USAGE,
                          "nobody owes %s: give --of INDICATOR, whose value says how many "
                          "submissions of it are due",
                          asked->form->code);
}

static void bind_asked(const struct cli_context *cli, const struct asked *asked,
                       struct store_params *params)
{
    store_params_init(params);
    store_params_text(params, asked->form->code);
    store_params_text(params, cli->operands[1]);
    store_params_text(params, cli_context_option(cli, "area"));
    store_params_text(params, cli_context_option(cli, "level"));
    store_params_text(params, asked->due);
    store_params_text(params, asked->is_coverage ? asked->form->code : NULL);
}

/* The units that owe it, or of which the indicator says how much, are those of the form's level. */
static void bind_leaf(const struct cli_context *cli, const struct asked *asked,
                      struct store_params *params)
{
    bind_asked(cli, asked, params);
    store_params_i16(params, (int16_t) asked->form->leaf_level);
}

static void bind_area_deadlines(const struct catalogue_form *form, struct store_params *params)
{
    size_t count = form->area_deadline_count;
    const char **codes = emis_calloc(count + 1, sizeof(*codes));
    int32_t *days = emis_calloc(count + 1, sizeof(*days));
    int32_t *minutes = emis_calloc(count + 1, sizeof(*minutes));

    for (size_t i = 0; i < count; i++) {
        codes[i] = form->area_deadlines[i].area_code;
        days[i] = form->area_deadlines[i].days;
        minutes[i] = form->area_deadlines[i].minutes;
    }
    store_params_text_array(params, codes, count);
    store_params_i32_array(params, days, count, NULL);
    store_params_i32_array(params, minutes, count, NULL);
    free(codes);
    free(days);
    free(minutes);
}

static void bind_deadline(const struct cli_context *cli, const struct asked *asked,
                          int32_t offset_minutes, struct store_params *params)
{
    bind_asked(cli, asked, params);
    store_params_bool(params, asked->form->deadline_from == CATALOGUE_FROM_END);
    if (asked->form->has_deadline) {
        store_params_i32(params, asked->form->deadline_days);
    } else {
        store_params_null(params, STORE_I32);
    }
    store_params_i32(params, asked->form->deadline_minute);
    store_params_i32(params, offset_minutes);
    bind_area_deadlines(asked->form, params);
}

/* Why nothing is due: what the indicator's own values have for a reason, or the form's. */
static bool explain_nothing(const struct cli_context *cli, struct store_connection *conn,
                            const struct asked *asked, struct emis_error *err)
{
    struct store_params params;
    struct store_result *result;
    bool ok;

    store_params_init(&params);
    store_params_text(&params, asked->due);
    store_params_text(&params, cli->operands[1]);
    store_params_text(&params, cli_context_option(cli, "area"));
    store_params_text(&params, cli_context_option(cli, "level"));
    store_params_null(&params, STORE_TEXT);
    ok = store_query_run(conn, "explain_indicator", &params, &result, err);
    store_params_release(&params);
    if (!ok) {
        return false;
    }
    if (store_result_text(result, 0, 0) != NULL) {
        (void) emis_error_set(err, E_NOT_FOUND, "%s", store_result_text(result, 0, 0));
    } else {
        (void) emis_error_set(err, E_NOT_FOUND,
                              "nothing of %s is due there in %s by %s; `emis period list` prints "
                              "which periods are open",
                              asked->form->code, cli->operands[1], asked->due);
    }
    store_result_free(result);
    return false;
}

static bool check_due(const struct cli_context *cli, struct store_connection *conn,
                      const struct asked *asked, struct emis_error *err)
{
    struct store_params params;
    struct store_result *result;
    bool is_due;

    bind_leaf(cli, asked, &params);
    if (!store_query_run(conn, "count_due", &params, &result, err)) {
        store_params_release(&params);
        return false;
    }
    store_params_release(&params);
    is_due = store_result_i64(result, 0, 0) > 0;
    store_result_free(result);
    return is_due || explain_nothing(cli, conn, asked, err);
}

static bool print_progress(struct cli_context *cli, struct store_connection *conn,
                           const struct asked *asked, struct emis_error *err)
{
    static const struct cli_print_column columns[] = {
        {"level", 't'},     {"code", 't'},         {"area", 't'},  {"day", 't'},
        {"days_left", 'n'}, {"sent", 'n'},         {"total", 'n'}, {"due", 'n'},
        {"percent", 'n'},   {"needed_a_day", 'n'}, {NULL, 0}};
    struct store_params params;
    struct store_result *result;
    int32_t offset_minutes;
    bool ok;

    if (!submission_settings_utc_offset(cli->settings, &offset_minutes, err)) {
        return false;
    }
    bind_deadline(cli, asked, offset_minutes, &params);
    ok = store_query_run_text(conn, "list_progress", &params, &result, err);
    store_params_release(&params);
    if (!ok) {
        return false;
    }
    ok = store_result_rows(result) > 0 || explain_nothing(cli, conn, asked, err);
    if (ok) {
        cli_print_rows(cli, "emis.progress/1", columns, result);
    }
    store_result_free(result);
    return ok;
}

static bool print_missing(struct cli_context *cli, struct store_connection *conn,
                          const struct asked *asked, struct emis_error *err)
{
    static const struct cli_print_column columns[] = {
        {"area_code", 't'}, {"area", 't'}, {"code", 't'},    {"name", 't'},
        {"sent", 'n'},      {"due", 'n'},  {"missing", 'n'}, {NULL, 0}};
    struct store_params params;
    struct store_result *result;
    bool ok;

    bind_leaf(cli, asked, &params);
    ok = store_query_run_text(conn, "list_missing", &params, &result, err);
    store_params_release(&params);
    if (!ok) {
        return false;
    }
    cli_print_rows(cli, "emis.missing/1", columns, result);
    store_result_free(result);
    return true;
}

typedef bool print_fn(struct cli_context *cli, struct store_connection *conn,
                      const struct asked *asked, struct emis_error *err);

static bool print_due(struct cli_context *cli, print_fn *print, struct emis_error *err)
{
    struct store_connection *conn;
    struct catalogue *catalogue = NULL;
    struct asked asked;
    int64_t version;
    bool ok;

    if (!cli_context_connect(cli, &conn, err)) {
        return false;
    }
    ok = catalogue_load(conn, &catalogue, &version, err) &&
         find_version(cli, conn, catalogue, &asked, err) && find_due(cli, catalogue, &asked, err) &&
         check_due(cli, conn, &asked, err) && print(cli, conn, &asked, err);
    catalogue_free(catalogue);
    store_connection_free(conn);
    return ok;
}

bool cli_period_progress(struct cli_context *cli, struct emis_error *err)
{
    return print_due(cli, print_progress, err);
}

bool cli_period_missing(struct cli_context *cli, struct emis_error *err)
{
    return print_due(cli, print_missing, err);
}
