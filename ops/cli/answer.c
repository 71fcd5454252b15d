/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/cli/answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/date.h"
#include "lib/base/memory.h"
#include "lib/catalogue/catalogue.h"
#include "lib/catalogue/load.h"
#include "lib/catalogue/refresh.h"
#include "lib/store/connection.h"
#include "lib/store/query.h"
#include "lib/store/tx.h"
#include "lib/submission/settings.h"
#include "ops/cli/context.h"

#define ATTRIBUTES_MAX 32
#define US_PER_MINUTE  INT64_C(60000000)
#define AT_PRESENT     INT64_MAX /* an instant of knowledge: what intake.current says */

static bool is_newest(const struct cli_answer *answer, const struct catalogue_form *form)
{
    return catalogue_form_newest(answer->catalogue, form->code) == form;
}

static bool run(struct cli_answer *answer, const char *statement, struct store_params *params,
                struct emis_error *err)
{
    bool ok = store_query_run(answer->conn, statement, params, NULL, err);

    store_params_release(params);
    return ok || emis_error_wrap(err, "%s", statement);
}

/* --- what an answer is asked for ---------------------------------------------------------------*/

/* The end of a day is the country's own. */
static bool parse_known(const struct cli_answer *answer, const char *text, int64_t *ret_us,
                        struct emis_error *err)
{
    struct emis_error reason;
    int32_t day, offset_minutes;

    if (emis_date_parse(text, strlen(text), &day, &reason)) {
        if (!submission_settings_utc_offset(answer->cli->settings, &offset_minutes, err)) {
            return false;
        }
        *ret_us = (day + 1) * EMIS_DATE_US_PER_DAY - offset_minutes * US_PER_MINUTE - 1;
        return true;
    }
    return emis_date_parse_instant(text, strlen(text), ret_us, &reason) ||
           emis_error_set(err, E_USAGE,
                          "--known %s is no day and no instant: write 2022-03-31 for all that had "
                          "come by its end, 2022-03-31T12:00:00Z, or now",
                          text);
}

/* Which day it is, and that there was a country then. */
static bool find_day(struct cli_answer *answer, const char *as_of, int32_t *ret_day,
                     struct emis_error *err)
{
    bool is_today = strcmp(as_of, "today") == 0, ok = true;
    struct store_params params;
    struct store_result *result;
    struct emis_error reason;
    char first[16];
    int32_t day = 0;

    if (!is_today && !emis_date_parse(as_of, strlen(as_of), &day, &reason)) {
        return emis_error_set(err, E_USAGE,
                              "--as-of %s is no day: write YYYY-MM-DD, a day that exists, today or "
                              "was",
                              as_of);
    }
    store_params_init(&params);
    if (is_today) {
        store_params_null(&params, STORE_DATE);
    } else {
        store_params_date(&params, day);
    }
    ok = store_query_run(answer->conn, "answer_day", &params, &result, err);
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
                            "there is no country on %s: the registry begins on %s; ask for a day "
                            "on which it is there",
                            as_of, first);
    } else {
        *ret_day = store_result_date(result, 0, 0);
    }
    store_result_free(result);
    return ok;
}

/* --- the leaves --------------------------------------------------------------------------------*/

/* As the mart has them; cut_key 0: all of them. */
static bool take_leaves(struct cli_answer *answer, const struct cli_answer_period *period,
                        int16_t indicator, int level, int16_t cut_key, struct emis_error *err)
{
    struct store_params params;

    store_params_init(&params);
    store_params_i16(&params, indicator);
    store_params_i32(&params, period->key);
    store_params_i16(&params, (int16_t) level);
    if (cut_key == 0) {
        store_params_null(&params, STORE_I16);
    } else {
        store_params_i16(&params, cut_key);
    }
    return run(answer, "answer_leaves", &params, err);
}

static bool take_current(struct cli_answer *answer, const struct cli_answer_period *period,
                         int16_t form, int64_t known_us, struct emis_error *err)
{
    struct store_params params;

    store_params_init(&params);
    if (known_us != AT_PRESENT) {
        store_params_timestamptz(&params, known_us);
    }
    store_params_i16(&params, form);
    store_params_i32(&params, period->key);
    return run(answer, known_us == AT_PRESENT ? "answer_present" : "answer_current", &params, err);
}

/* One generated statement over every unit of a lane in the period. */
static bool compute_lane(struct cli_answer *answer, const struct cli_answer_period *period,
                         const char *statement, int32_t lane, const int32_t *units, size_t count,
                         struct emis_error *err)
{
    int32_t *periods = emis_calloc(count + 1, sizeof(*periods));
    struct store_params params;

    for (size_t i = 0; i < count; i++) {
        periods[i] = period->key;
    }
    store_params_init(&params);
    store_params_i32_array(&params, periods, count, NULL);
    store_params_i32_array(&params, units, count, NULL);
    store_params_i32(&params, lane);
    free(periods);
    return run(answer, statement, &params, err);
}

/* The same in every lane. */
static bool compute_leaves(struct cli_answer *answer, const struct cli_answer_period *period,
                           const char *statement, int level, struct emis_error *err)
{
    struct store_params params;
    struct store_result *result;
    int32_t *units;
    size_t count;
    bool ok;

    store_params_init(&params);
    store_params_i16(&params, (int16_t) level);
    ok = store_query_run(answer->conn, "answer_units", &params, &result, err);
    store_params_release(&params);
    if (!ok) {
        return false;
    }
    count = store_result_rows(result);
    units = emis_calloc(count + 1, sizeof(*units));
    for (size_t i = 0; i < count; i++) {
        units[i] = store_result_i32(result, i, 1);
    }
    for (size_t from = 0, to; ok && from < count; from = to) {
        int32_t lane = store_result_i32(result, from, 0);

        for (to = from + 1; to < count && store_result_i32(result, to, 0) == lane;) {
            to++;
        }
        ok = compute_lane(answer, period, statement, lane, units + from, to - from, err);
    }
    free(units);
    store_result_free(result);
    return ok;
}

/* Reporting: a cut for each owed form, at its own level. */
static bool add_coverage(struct cli_answer *answer, const struct cli_answer_period *period,
                         const struct catalogue_indicator *indicator, const int64_t *known_us,
                         struct emis_error *err)
{
    const struct catalogue_dimension *dimension =
        catalogue_dimension_find(answer->catalogue, "form");
    char name[80];

    for (size_t i = 0; i < answer->catalogue->form_count; i++) {
        const struct catalogue_form *form = &answer->catalogue->forms[i];

        if (!form->is_owed || !is_newest(answer, form)) {
            continue;
        }
        (void) snprintf(name, sizeof(name), "answer_coverage_%s", form->code);
        if (known_us == NULL
                ? !take_leaves(answer, period, indicator->number, form->leaf_level,
                               (int16_t) (dimension->number * 1000 + form->number), err)
                : !take_current(answer, period, form->number, *known_us, err) ||
                      !compute_leaves(answer, period, name, form->leaf_level, err)) {
            return false;
        }
    }
    return true;
}

/* An indicator of a form, by the version that has the period. */
static bool add_leaves(struct cli_answer *answer, const struct cli_answer_period *period,
                       const struct catalogue_indicator *version, const int64_t *known_us,
                       struct emis_error *err)
{
    char name[80];

    if (known_us == NULL) {
        return take_leaves(answer, period, version->number, version->form->leaf_level, 0, err);
    }
    (void) snprintf(name, sizeof(name), "answer_leaf_%s_v%d", version->code, version->version);
    return take_current(answer, period, version->form->number, *known_us, err) &&
           compute_leaves(answer, period, name, version->form->leaf_level, err);
}

/* --- from the leaves up ------------------------------------------------------------------------*/

static bool keeps_cut(const struct cli_answer *answer, const struct catalogue_indicator *indicator,
                      const struct catalogue_dimension *cut)
{
    for (size_t i = 0; answer->is_narrow && i < indicator->day_cut_count; i++) {
        if (indicator->day_cuts[i] == cut) {
            return true;
        }
    }
    return !answer->is_narrow;
}

/* The version whose cuts the period has. */
static const struct catalogue_indicator *version_of(const struct cli_answer *answer, int16_t number,
                                                    int32_t starts_on)
{
    for (size_t i = 0; i < answer->catalogue->indicator_count; i++) {
        const struct catalogue_indicator *version = &answer->catalogue->indicators[i];

        if (version->number == number && version->valid_from <= starts_on &&
            starts_on < version->valid_to) {
            return version;
        }
    }
    return NULL;
}

/* What is asked for is all that is carried; but a derived indicator may rest on any cell of its
 * operands, and reporting is cut by form. */
static void bind_cuts(const struct cli_answer *answer, struct store_params *params, bool is_all)
{
    const struct catalogue_dimension *cut;
    int16_t dimensions[2] = {0};
    const char *by;

    if (is_all || answer->is_whole) {
        store_params_null(params, STORE_I16_ARRAY);
        return;
    }
    by = cli_context_option(answer->cli, "by");
    cut = by == NULL ? NULL : catalogue_dimension_find(answer->catalogue, by);
    dimensions[1] = cut == NULL ? 0 : cut->number;
    store_params_i16_array(params, dimensions, 2, NULL);
}

/* A stored indicator that an answer rests on, in one of its periods. */
struct part {
    int16_t number;
    size_t period;
};

struct parts {
    struct part *items;
    size_t count;
    bool is_derived;
    int16_t number; /* of what is asked for */
};

/* Each leaf where its unit is on the day. */
static bool place(struct cli_answer *answer, const struct part *part, bool is_derived,
                  const int32_t *day, struct emis_error *err)
{
    const struct cli_answer_period *period = &answer->periods[part->period];
    const struct catalogue_indicator *version = version_of(answer, part->number, period->starts_on);
    int16_t dimensions[ATTRIBUTES_MAX];
    const char *codes[ATTRIBUTES_MAX];
    struct store_params params;
    size_t count = 0;

    for (size_t i = 0; version != NULL && i < version->cut_count; i++) {
        const struct catalogue_dimension *cut = version->cuts[i];

        if (cut->is_attribute && keeps_cut(answer, version, cut)) {
            EMIS_ASSERT(count < ATTRIBUTES_MAX);
            dimensions[count] = cut->number;
            codes[count++] = cut->code;
        }
    }
    store_params_init(&params);
    store_params_i16(&params, part->number);
    if (day == NULL) {
        store_params_null(&params, STORE_DATE);
    } else {
        store_params_date(&params, *day);
    }
    store_params_i16_array(&params, dimensions, count, NULL);
    store_params_text_array(&params, codes, count);
    bind_cuts(answer, &params,
              is_derived || version == NULL || catalogue_indicator_is_reporting(version));
    store_params_i32(&params, period->key);
    return run(answer, "answer_place", &params, err);
}

static void add_part(const struct cli_answer *answer, struct parts *parts, int16_t number,
                     size_t period)
{
    for (size_t i = 0; i < parts->count; i++) {
        if (parts->items[i].number == number && parts->items[i].period == period) {
            return;
        }
    }
    if (period < answer->period_count) {
        parts->items = emis_realloc(parts->items, (parts->count + 1) * sizeof(*parts->items));
        parts->items[parts->count++] = (struct part){.number = number, .period = period};
    }
}

/* The stored indicators that the answer rests on: itself, or the operands of the version that has
 * the period. */
static void list_parts(const struct cli_answer *answer, struct parts *parts)
{
    const struct catalogue_indicator *version =
        catalogue_indicator_find(answer->catalogue, answer->indicator);

    if (version != NULL && answer->period_count > 0) {
        version = version_of(answer, version->number, answer->periods[0].starts_on);
    }
    if (version == NULL) {
        return;
    }
    parts->number = version->number;
    if (version->roll_up != CATALOGUE_CLASS_D) {
        add_part(answer, parts, version->number, 0);
        return;
    }
    parts->is_derived = true;
    for (size_t i = 0; i < version->operand_count; i++) {
        add_part(answer, parts, version->operands[i].indicator->number,
                 version->operands[i].is_before ? 1 : 0);
    }
}

/* Every area's cells, from the leaves that are placed; then what is derived from them. */
static bool sum_up(struct cli_answer *answer, const struct parts *parts, bool has_day,
                   struct emis_error *err)
{
    struct store_params params;

    store_params_init(&params);
    if (!run(answer, "answer_up", &params, err)) {
        return false;
    }
    if (!parts->is_derived) {
        return true;
    }
    store_params_init(&params);
    store_params_null(&params, STORE_I32_ARRAY);
    store_params_null(&params, STORE_I32_ARRAY);
    store_params_i32(&params, has_day ? 1 : 0);
    store_params_i16_array(&params, &parts->number, 1, NULL);
    return run(answer, "answer_derived", &params, err);
}

/* The coverage statements know every reporting indicator at once: they are run once. */
static bool add_parts(struct cli_answer *answer, const struct parts *parts, const int64_t *known_us,
                      struct emis_error *err)
{
    bool has_coverage[2] = {false, false};

    for (size_t i = 0; i < parts->count; i++) {
        const struct part *part = &parts->items[i];
        const struct cli_answer_period *period = &answer->periods[part->period];
        const struct catalogue_indicator *version =
            version_of(answer, part->number, period->starts_on);

        if (version == NULL) {
            continue; /* none has the period */
        }
        if (!catalogue_indicator_is_reporting(version)) {
            if (!add_leaves(answer, period, version, known_us, err)) {
                return false;
            }
        } else if (!has_coverage[part->period] || known_us == NULL) {
            has_coverage[part->period] = true;
            if (!add_coverage(answer, period, version, known_us, err)) {
                return false;
            }
        }
    }
    return true;
}

/* known_us: NULL: the mart's leaves; day: NULL: as was. */
static bool make(struct cli_answer *answer, const struct parts *parts, const int64_t *known_us,
                 const int32_t *day, struct emis_error *err)
{
    bool ok = store_query_run(answer->conn, "answer_clear", NULL, NULL, err) &&
              add_parts(answer, parts, known_us, err);

    for (size_t i = 0; ok && i < parts->count; i++) {
        ok = place(answer, &parts->items[i], parts->is_derived, day, err);
    }
    return ok && sum_up(answer, parts, day != NULL, err);
}

bool cli_answer_make(struct cli_answer *answer, const char *as_of, const char *known,
                     struct emis_error *err)
{
    bool has_day = as_of != NULL && strcmp(as_of, "was") != 0;
    bool has_known = known != NULL && strcmp(known, "now") != 0;
    struct parts parts = {.items = NULL};
    int64_t known_us = 0;
    int32_t day = 0;
    bool ok;

    answer->day[0] = '\0';
    if ((has_known && !parse_known(answer, known, &known_us, err)) ||
        (has_day && !find_day(answer, as_of, &day, err))) {
        return false;
    }
    if (has_day) {
        emis_date_format(day, answer->day);
    }
    list_parts(answer, &parts);
    ok = make(answer, &parts, has_known ? &known_us : NULL, has_day ? &day : NULL, err);
    free(parts.items);
    return ok;
}

bool cli_answer_make_anew(struct cli_answer *answer, struct emis_error *err)
{
    static const int64_t present = AT_PRESENT;
    struct parts parts = {.items = NULL};
    bool ok;

    list_parts(answer, &parts);
    ok = make(answer, &parts, parts.is_derived ? NULL : &present, NULL, err);
    free(parts.items);
    return ok;
}

bool cli_answer_keep(struct cli_answer *answer, struct emis_error *err)
{
    return store_query_run(answer->conn, "answer_keep", NULL, NULL, err);
}

/* --- one session -------------------------------------------------------------------------------*/

bool cli_answer_choose(struct cli_answer *answer, const char *period, struct emis_error *err)
{
    struct store_params params;
    struct store_result *result;
    bool ok;

    store_params_init(&params);
    store_params_text(&params, period);
    ok = store_query_run(answer->conn, "answer_period", &params, &result, err);
    store_params_release(&params);
    if (!ok) {
        return false;
    }
    answer->period_count = store_result_rows(result);
    for (size_t i = 0; i < answer->period_count; i++) {
        answer->periods[i] = (struct cli_answer_period){
            .key = store_result_i32(result, i, 0), .starts_on = store_result_date(result, i, 1)};
        answer->is_narrow = store_result_bool(result, i, 2);
    }
    store_result_free(result);
    return true;
}

static bool has_version(struct cli_answer *answer, struct emis_error *err)
{
    struct store_result *result;
    bool is_same;

    if (!store_query_run(answer->conn, "read_version", NULL, &result, err)) {
        return false;
    }
    is_same = store_result_i64(result, 0, 0) == answer->version;
    store_result_free(result);
    return is_same || emis_error_set(err, E_REGISTRY_MOVED,
                                     "the registry changed meanwhile; run the command again");
}

static void register_generated(struct cli_answer *answer)
{
    const struct catalogue_statement *statements;
    size_t count;

    catalogue_answer_statements(answer->catalogue, &statements, &count);
    for (size_t i = 0; i < count; i++) {
        store_connection_register_dynamic(answer->conn, statements[i].name, statements[i].text);
    }
}

bool cli_answer_open(struct cli_answer *answer, struct cli_context *cli, const char *indicator,
                     struct emis_error *err)
{
    *answer = (struct cli_answer){.cli = cli, .indicator = indicator};
    return cli_context_connect(cli, &answer->conn, err) &&
           catalogue_load(answer->conn, &answer->catalogue, &answer->version, err);
}

bool cli_answer_prepare(struct cli_answer *answer, struct emis_error *err)
{
    register_generated(answer);
    return store_query_run(answer->conn, "answer_tune", NULL, NULL, err) &&
           store_query_run(answer->conn, "answer_tables", NULL, NULL, err);
}

bool cli_answer_begin(struct cli_answer *answer, struct emis_error *err)
{
    return store_tx_begin_snapshot(answer->conn, err) && has_version(answer, err);
}

bool cli_answer_init(struct cli_answer *answer, struct cli_context *cli, struct emis_error *err)
{
    return cli_answer_open(answer, cli, cli_context_option(cli, "indicator"), err) &&
           cli_answer_prepare(answer, err) && cli_answer_begin(answer, err) &&
           cli_answer_choose(answer, cli_context_option(cli, "period"), err);
}

void cli_answer_release(struct cli_answer *answer)
{
    store_connection_free(answer->conn); /* the temporary tables go with it */
    catalogue_free(answer->catalogue);
}
