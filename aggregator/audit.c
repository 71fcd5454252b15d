/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/audit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/plan.h"
#include "aggregator/stats.h"
#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/random.h"
#include "lib/store/query.h"
#include "lib/store/tx.h"

#define ARENA_BLOCK_BYTES (256 * 1024)
#define ATTEMPTS          5
#define SAMPLE_PERIODS    3
#define SAMPLE_UNITS      4

struct dirty {
    int32_t lane;
    int16_t form_id;
    int32_t unit_id;
    bool is_rule; /* cells are right, findings may not be */
};

struct key {
    int16_t form_id;
    int32_t period_id;
};

struct auditing {
    struct agg_session *session;
    const struct agg_audit_options *options;
    struct emis_arena *arena;
    struct dirty *dirty; /* visible in the snapshot, each once */
    size_t dirty_count;
    struct key *keys; /* (form, leaf period) with openings or submissions, by form */
    size_t key_count;
    int32_t *lanes; /* tops; the country's own first */
    size_t lane_count;
    struct emis_random random;
    struct agg_audit_result result;
    struct emis_error *err;
};

static size_t pick(struct auditing *auditing, size_t count)
{
    return emis_random_below(&auditing->random, count);
}

static bool load_dirty(struct auditing *auditing)
{
    struct store_result *result;

    if (!store_query_run(auditing->session->conn, "audit_dirty", NULL, &result, auditing->err)) {
        return false;
    }
    auditing->dirty_count = store_result_rows(result);
    auditing->dirty =
        emis_arena_alloc(auditing->arena, (auditing->dirty_count + 1) * sizeof(*auditing->dirty));
    for (size_t row = 0; row < auditing->dirty_count; row++) {
        auditing->dirty[row] = (struct dirty){.lane = store_result_i32(result, row, 0),
                                              .form_id = store_result_i16(result, row, 1),
                                              .unit_id = store_result_i32(result, row, 2),
                                              .is_rule = store_result_bool(result, row, 3)};
    }
    store_result_free(result);
    return true;
}

static bool count_failed(struct auditing *auditing)
{
    struct store_result *result;

    if (!store_query_run(auditing->session->conn, "count_failed", NULL, &result, auditing->err)) {
        return false;
    }
    auditing->result.failed_count = store_result_i64(result, 0, 0);
    store_result_free(result);
    return true;
}

static bool load_keys(struct auditing *auditing)
{
    struct store_result *result;

    if (!store_query_run(auditing->session->conn, "audit_keys", NULL, &result, auditing->err)) {
        return false;
    }
    auditing->key_count = store_result_rows(result);
    auditing->keys =
        emis_arena_alloc(auditing->arena, (auditing->key_count + 1) * sizeof(*auditing->keys));
    for (size_t row = 0; row < auditing->key_count; row++) {
        auditing->keys[row] = (struct key){.form_id = store_result_i16(result, row, 0),
                                           .period_id = store_result_i32(result, row, 1)};
    }
    store_result_free(result);
    return true;
}

static bool load_lanes(struct auditing *auditing)
{
    struct store_result *result;

    if (!store_query_run(auditing->session->conn, "audit_lanes", NULL, &result, auditing->err)) {
        return false;
    }
    auditing->lane_count = store_result_rows(result);
    auditing->lanes =
        emis_arena_alloc(auditing->arena, (auditing->lane_count + 1) * sizeof(*auditing->lanes));
    for (size_t row = 0; row < auditing->lane_count; row++) {
        auditing->lanes[row] = store_result_i32(result, row, 0);
    }
    store_result_free(result);
    return true;
}

/* lane 0: any; form 0: any; unit -1: any, otherwise the unit or all of them. is_rule: for a rule,
 * to which also the leaves matter of which only rules failed. */
static bool is_dirty(const struct auditing *auditing, int32_t lane, int16_t form_id,
                     int32_t unit_id, bool is_rule)
{
    for (size_t i = 0; i < auditing->dirty_count; i++) {
        const struct dirty *dirty = &auditing->dirty[i];

        if ((is_rule || !dirty->is_rule) && (lane == 0 || dirty->lane == lane) &&
            (form_id == 0 || dirty->form_id == form_id) &&
            (unit_id == -1 || dirty->unit_id == 0 || dirty->unit_id == unit_id)) {
            return true;
        }
    }
    return false;
}

/* A call above the leaves is skipped when anything below it may change; what is derived or ranked
 * may rest on other forms too, and a flow on units of other lanes. */
static bool is_skipped(const struct auditing *auditing, int32_t lane, const struct agg_plan *plan,
                       const struct agg_plan_call *call)
{
    int16_t form_id = plan->forms[call->form].form->number;

    if (strncmp(call->statement, "refresh_up_", 11) == 0) {
        return is_dirty(auditing, call->is_country ? 0 : lane, form_id, -1, false);
    }
    if (call->is_flow) {
        return is_dirty(auditing, 0, form_id, -1, false);
    }
    return (strncmp(call->statement, "refresh_derived_", 16) == 0 ||
            strncmp(call->statement, "refresh_standing_", 17) == 0 ||
            strncmp(call->statement, "refresh_target_", 15) == 0 || call->is_rule) &&
           is_dirty(auditing, call->is_country ? 0 : lane, 0, -1, call->is_rule);
}

static void note_difference(struct auditing *auditing, const char *statement,
                            const struct store_result *result, size_t row)
{
    const char *stored = store_result_text(result, row, 4),
               *wanted = store_result_text(result, row, 5);
    struct agg_audit_difference difference = {
        .statement = statement,
        .period_key = store_result_i32(result, row, 0),
        .indicator_key = store_result_i16(result, row, 1),
        .cut_key = store_result_i16(result, row, 2),
        .area_key = store_result_i32(result, row, 3),
        .stored = stored == NULL ? "" : stored,
        .wanted = wanted == NULL ? "" : wanted,
    };

    if (auditing->options->on_difference != NULL) {
        auditing->options->on_difference(auditing->options->context, &difference);
    }
    if (auditing->result.mismatch_count++ == 0) {
        emis_log(EMIS_LOG_ERROR, "audit_mismatch",
                 "statement=%s period=%d indicator=%d cut=%d area=%d stored=\"%s\" wanted=\"%s\"",
                 statement, difference.period_key, difference.indicator_key, difference.cut_key,
                 difference.area_key, difference.stored, difference.wanted);
    }
}

static bool run_call(struct auditing *auditing, int32_t lane, const struct agg_plan_call *call)
{
    struct store_params params;
    struct store_result *result;
    char name[96];
    bool ok;

    (void) snprintf(name, sizeof(name), "audit_%s", call->statement + strlen("refresh_"));
    store_params_init(&params);
    store_params_i32_array(&params, call->periods, call->leaf_count, NULL);
    store_params_i32_array(&params, call->units, call->leaf_count, NULL);
    store_params_i32(&params, lane);
    if (call->indicators != NULL) {
        store_params_i16_array(&params, call->indicators, call->indicator_count, NULL);
    }
    ok = store_query_run(auditing->session->conn, name, &params, &result, auditing->err);
    store_params_release(&params);
    if (!ok) {
        return emis_error_wrap(auditing->err, "%s", name);
    }
    for (size_t row = 0; row < store_result_rows(result); row++) {
        note_difference(auditing, name, result, row);
    }
    store_result_free(result);
    return true;
}

/* The leaves of some periods and units of one form in one lane, and all that stands above them. */
static bool audit_leaves(struct auditing *auditing, int32_t lane, const struct catalogue_form *form,
                         const struct key *keys, size_t key_count, const int32_t *units,
                         size_t unit_count)
{
    struct emis_arena *arena = emis_arena_new(ARENA_BLOCK_BYTES);
    struct agg_claim_row *rows = emis_arena_alloc(arena, (key_count + 1) * sizeof(*rows));
    struct agg_claim claim = {.lane = lane, .rows = rows, .row_count = key_count};
    struct agg_plan plan;
    bool ok = true;

    for (size_t i = 0; i < key_count; i++) {
        rows[i] = (struct agg_claim_row){.form_id = form->number, .period_id = keys[i].period_id};
    }
    claim.units[form->leaf_level] = units;
    claim.unit_counts[form->leaf_level] = unit_count;
    agg_plan_build(&claim, auditing->session->catalogue, auditing->session->options->leaves_max,
                   arena, &plan);
    auditing->result.leaf_count += (int64_t) plan.leaf_count;
    for (size_t i = 0; ok && i < plan.call_count; i++) {
        if (is_skipped(auditing, lane, &plan, &plan.calls[i])) {
            auditing->result.skipped_count++;
        } else {
            ok = run_call(auditing, lane, &plan.calls[i]);
        }
    }
    emis_arena_free(arena);
    return ok;
}

/* The units of the form's level that ever had a place in the lane and of which nothing is dirty. */
static bool clean_units(struct auditing *auditing, int32_t lane, const struct catalogue_form *form,
                        size_t key_count, int32_t **ret_units, size_t *ret_count)
{
    struct store_params params;
    struct store_result *result;
    int32_t *units;
    size_t count = 0;
    bool ok;

    store_params_init(&params);
    store_params_i32(&params, lane);
    store_params_i16(&params, (int16_t) form->leaf_level);
    ok = store_query_run(auditing->session->conn, "expand_units", &params, &result, auditing->err);
    store_params_release(&params);
    if (!ok) {
        return false;
    }
    units = emis_arena_alloc(auditing->arena, (store_result_rows(result) + 1) * sizeof(*units));
    for (size_t row = 0; row < store_result_rows(result); row++) {
        int32_t unit_id = store_result_i32(result, row, 0);

        if (is_dirty(auditing, lane, form->number, unit_id, false)) {
            auditing->result.skipped_count += (int64_t) key_count;
        } else {
            units[count++] = unit_id;
        }
    }
    store_result_free(result);
    *ret_units = units;
    *ret_count = count;
    return true;
}

/* The run of keys of a form. */
static const struct key *keys_of(const struct auditing *auditing, const struct catalogue_form *form,
                                 size_t *ret_count)
{
    size_t from = 0, to;

    while (from < auditing->key_count && auditing->keys[from].form_id != form->number) {
        from++;
    }
    for (to = from; to < auditing->key_count && auditing->keys[to].form_id == form->number;) {
        to++;
    }
    *ret_count = to - from;
    return &auditing->keys[from];
}

/* A form of the country's own level lives in the country's lane, others in those below. */
static bool has_lane(const struct catalogue_form *form, size_t lane)
{
    return (form->leaf_level == 0) == (lane == 0);
}

static bool audit_all(struct auditing *auditing)
{
    const struct catalogue *catalogue = auditing->session->catalogue;

    for (size_t i = 0; i < catalogue->form_count; i++) {
        const struct catalogue_form *form = &catalogue->forms[i];
        size_t key_count;
        const struct key *keys = keys_of(auditing, form, &key_count);

        for (size_t j = 0; j < auditing->lane_count && key_count > 0 &&
                           catalogue_form_newest(catalogue, form->code) == form;
             j++) {
            int32_t *units;
            size_t unit_count;

            if (has_lane(form, j) &&
                (!clean_units(auditing, auditing->lanes[j], form, key_count, &units, &unit_count) ||
                 !audit_leaves(auditing, auditing->lanes[j], form, keys, key_count, units,
                               unit_count))) {
                return false;
            }
        }
    }
    return true;
}

/* A few neighbouring periods of a random form, a few random units of a random lane. */
static bool audit_sample(struct auditing *auditing)
{
    const struct key *chosen = &auditing->keys[pick(auditing, auditing->key_count)];
    const struct catalogue_form *form =
        catalogue_form_by_number(auditing->session->catalogue, chosen->form_id);
    size_t key_count = 1, unit_count, picked_count;
    int32_t *units, picked[SAMPLE_UNITS];
    int32_t lane;

    if (form == NULL || auditing->lane_count < 2) {
        return true;
    }
    lane = form->leaf_level == 0 ? auditing->lanes[0]
                                 : auditing->lanes[1 + pick(auditing, auditing->lane_count - 1)];
    while (key_count < SAMPLE_PERIODS &&
           chosen + key_count < auditing->keys + auditing->key_count &&
           chosen[key_count].form_id == form->number) {
        key_count++;
    }
    if (!clean_units(auditing, lane, form, key_count, &units, &unit_count)) {
        return false;
    }
    picked_count = unit_count < SAMPLE_UNITS ? unit_count : SAMPLE_UNITS;
    for (size_t i = 0; i < picked_count; i++) { /* without repetition: each pick leaves the rest */
        size_t at = i + pick(auditing, unit_count - i);

        picked[i] = units[at];
        units[at] = units[i];
    }
    return picked_count == 0 ||
           audit_leaves(auditing, lane, form, chosen, key_count, picked, picked_count);
}

static bool audit(struct auditing *auditing)
{
    if (!load_dirty(auditing) || !count_failed(auditing) || !load_keys(auditing) ||
        !load_lanes(auditing)) {
        return false;
    }
    if (auditing->options->is_all) {
        return audit_all(auditing);
    }
    for (int tries = 0; auditing->key_count > 0 && tries < 10 &&
                        auditing->result.leaf_count < (int64_t) auditing->options->leaves;
         tries++) {
        if (!audit_sample(auditing)) {
            return false;
        }
    }
    return true;
}

/* One snapshot, whose catalogue agg_session has. */
static bool begin(struct agg_session *session, struct emis_error *err)
{
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        if (!agg_session_look(session, err) || !store_tx_begin_snapshot(session->conn, err)) {
            return false;
        }
        if (agg_session_check(session, err)) {
            return true;
        }
        store_tx_rollback(session->conn);
        if (err->code != E_REGISTRY_MOVED) {
            return false;
        }
    }
    return false;
}

static bool record(struct agg_session *session, int64_t started_us,
                   const struct agg_audit_result *result, struct emis_error *err)
{
    struct store_params params;
    bool ok;

    store_params_init(&params);
    store_params_timestamptz(&params, started_us);
    store_params_i64(&params, result->leaf_count);
    store_params_i64(&params, result->skipped_count);
    store_params_i64(&params, result->mismatch_count);
    ok = store_query_run(session->conn, "record_audit", &params, NULL, err);
    store_params_release(&params);
    return ok;
}

bool agg_audit_run(struct agg_session *session, const struct agg_audit_options *options,
                   struct agg_audit_result *ret_result, struct emis_error *err)
{
    struct auditing auditing = {.session = session, .options = options, .err = err};
    int64_t started_us = emis_clock_now_us();
    bool ok;

    emis_random_init(&auditing.random, (uint64_t) started_us);
    if (!begin(session, err)) {
        return emis_error_wrap(err, "audit");
    }
    auditing.arena = emis_arena_new(ARENA_BLOCK_BYTES);
    ok = audit(&auditing);
    store_tx_rollback(session->conn); /* a snapshot: nothing was written */
    emis_arena_free(auditing.arena);
    if (!ok || !record(session, started_us, &auditing.result, err)) {
        return emis_error_wrap(err, "audit");
    }
    emis_metric_add(&agg_stats.audited, auditing.result.leaf_count);
    emis_metric_add(&agg_stats.audit_skipped, auditing.result.skipped_count);
    emis_metric_add(&agg_stats.mismatches, auditing.result.mismatch_count);
    if (auditing.result.mismatch_count > 0) {
        struct emis_error finding;

        (void) emis_error_set(&finding, E_FINDING, "%lld stored rows differ from their recompute",
                              (long long) auditing.result.mismatch_count);
        agg_session_alarm(session, "audit", &finding);
    }
    *ret_result = auditing.result;
    return true;
}
