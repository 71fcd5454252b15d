/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/refresh.h"

#include <stdlib.h>
#include <string.h>

#include "aggregator/plan.h"
#include "lib/base/arena.h"
#include "lib/base/log.h"
#include "lib/base/memory.h"
#include "lib/store/connection.h"
#include "lib/store/query.h"
#include "lib/store/tx.h"

#define ARENA_BLOCK_BYTES  (256 * 1024)
#define CUSTOM_PLAN_LEAVES 50 /* beyond this an array's size decides the join: plan for it */

static bool run_call(struct agg_session *session, const struct agg_claim *claim,
                     const struct agg_plan_call *call, struct emis_error *err)
{
    struct store_params params;
    bool ok;

    store_params_init(&params);
    store_params_i32_array(&params, call->periods, call->leaf_count, NULL);
    store_params_i32_array(&params, call->units, call->leaf_count, NULL);
    store_params_i32(&params, claim->lane);
    if (call->indicators != NULL) {
        store_params_i16_array(&params, call->indicators, call->indicator_count, NULL);
    }
    ok = store_query_run(session->conn, call->statement, &params, NULL, err);
    store_params_release(&params);
    return ok;
}

static bool is_definition(const struct emis_error *err)
{
    return strncmp(err->sqlstate, "22", 2) == 0 || strncmp(err->sqlstate, "23", 2) == 0 ||
           strncmp(err->sqlstate, "42", 2) == 0;
}

bool agg_refresh_set_aside(struct agg_session *session, int32_t lane, int16_t form_id,
                           const int32_t *periods, const int32_t *units, size_t count,
                           const char *statement, int tries, const struct emis_error *why,
                           struct emis_error *err)
{
    struct store_params params;
    bool ok;

    store_params_init(&params);
    store_params_i32(&params, lane);
    store_params_i16(&params, form_id);
    store_params_i32_array(&params, periods, count, NULL);
    store_params_i32_array(&params, units, count, NULL);
    store_params_text(&params, statement);
    store_params_text(&params, why->sqlstate);
    store_params_text(&params, why->message);
    store_params_i32(&params, tries);
    ok = store_query_run(session->conn, "add_failed", &params, NULL, err);
    store_params_release(&params);
    return ok;
}

/* The claimed rows of the form, whose findings stay as they were. */
static bool set_rule_aside(struct agg_session *session, const struct agg_claim *claim,
                           int16_t form_id, const char *statement, const struct emis_error *why,
                           struct agg_refresh_round *round, struct emis_error *err)
{
    int32_t *periods = emis_calloc(claim->row_count + 1, sizeof(*periods));
    int32_t *units = emis_calloc(claim->row_count + 1, sizeof(*units));
    size_t count = 0;
    bool ok;

    for (size_t i = 0; i < claim->row_count; i++) {
        if (claim->rows[i].form_id == form_id) {
            periods[count] = claim->rows[i].period_id;
            units[count++] = claim->rows[i].unit_id;
        }
    }
    ok = agg_refresh_set_aside(session, claim->lane, form_id, periods, units, count, statement, 1,
                               why, err);
    free(periods);
    free(units);
    round->set_aside += count;
    emis_log_failure(EMIS_LOG_ERROR, "rule_set_aside", why,
                     "statement=%s lane=%d form_id=%d continuing=yes", statement, claim->lane,
                     form_id);
    agg_session_alarm(session, "dirty_failed", why);
    return ok;
}

/* No cell rests on what a rule finds: the cells go on without one that fails. */
static bool run_rule(struct agg_session *session, const struct agg_claim *claim,
                     const struct agg_plan *plan, const struct agg_plan_call *call,
                     struct agg_refresh_round *round, struct emis_error *err)
{
    struct emis_error why;

    if (!store_tx_part_begin(session->conn, err)) {
        return false;
    }
    if (run_call(session, claim, call, &why)) {
        return store_tx_part_end(session->conn, err);
    }
    if (!is_definition(&why)) {
        *err = why;
        return false;
    }
    return store_tx_part_undo(session->conn, err) &&
           set_rule_aside(session, claim, plan->forms[call->form].form->number, call->statement,
                          &why, round, err);
}

static bool run_plan(struct agg_session *session, const struct agg_claim *claim,
                     const struct agg_plan *plan, struct agg_refresh_round *round,
                     struct emis_error *err)
{
    bool has_country = false;

    if (!store_query_run(session->conn, "tune_refresh", NULL, NULL, err)) {
        return false;
    }
    if (plan->leaf_count > CUSTOM_PLAN_LEAVES &&
        !store_query_run(session->conn, "force_custom_plans", NULL, NULL, err)) {
        return false;
    }
    for (size_t i = 0; i < plan->call_count; i++) {
        const struct agg_plan_call *call = &plan->calls[i];

        if (call->is_country && !has_country) {
            if (!store_query_run(session->conn, "lock_country", NULL, NULL, err)) {
                return false;
            }
            has_country = true;
        }
        if (call->is_rule) {
            if (!run_rule(session, claim, plan, call, round, err)) {
                return false;
            }
        } else if (!run_call(session, claim, call, err)) {
            round->is_refresh_failed = true;
            return emis_error_wrap(err, "%s", call->statement);
        }
    }
    round->call_count = plan->call_count;
    round->leaf_count = plan->leaf_count;
    return true;
}

static bool has_failed(struct agg_session *session, int32_t lane, bool *ret_has,
                       struct emis_error *err)
{
    struct store_params params;
    struct store_result *result;
    bool ok;

    store_params_init(&params);
    store_params_i32(&params, lane);
    ok = store_query_run(session->conn, "has_failed", &params, &result, err);
    store_params_release(&params);
    if (ok) {
        *ret_has = store_result_bool(result, 0, 0);
        store_result_free(result);
    }
    return ok;
}

/* What was recomputed is right again: no longer listed as failed. */
static bool clear_failed(struct agg_session *session, struct emis_arena *arena,
                         const struct agg_claim *claim, struct emis_error *err)
{
    int16_t *forms = emis_arena_alloc(arena, (claim->row_count + 1) * sizeof(*forms));
    int32_t *periods = emis_arena_alloc(arena, (claim->row_count + 1) * sizeof(*periods));
    int32_t *units = emis_arena_alloc(arena, (claim->row_count + 1) * sizeof(*units));
    struct store_params params;
    bool has, ok;

    if (!has_failed(session, claim->lane, &has, err)) {
        return false;
    }
    if (!has) {
        return true;
    }
    for (size_t i = 0; i < claim->row_count; i++) {
        forms[i] = claim->rows[i].form_id;
        periods[i] = claim->rows[i].period_id;
        units[i] = claim->rows[i].unit_id;
    }
    store_params_init(&params);
    store_params_i32(&params, claim->lane);
    store_params_i16_array(&params, forms, claim->row_count, NULL);
    store_params_i32_array(&params, periods, claim->row_count, NULL);
    store_params_i32_array(&params, units, claim->row_count, NULL);
    ok = store_query_run(session->conn, "clear_failed", &params, NULL, err) &&
         store_query_run(session->conn, "clear_failed_alarm", NULL, NULL, err);
    store_params_release(&params);
    return ok;
}

static bool run_claim(struct agg_session *session, struct emis_arena *arena, int32_t lane,
                      const struct agg_claim_row *only, struct agg_refresh_round *round,
                      struct emis_error *err)
{
    struct agg_claim claim;
    struct agg_plan plan;

    if (!agg_claim_take(session, lane, only, arena, &claim, err)) {
        return false;
    }
    round->dirty_count = claim.dirty_count;
    round->oldest_us = claim.oldest_us;
    if (claim.dirty_count == 0) {
        round->outcome = AGG_REFRESH_EMPTY;
        return true;
    }
    agg_plan_build(&claim, session->catalogue, session->options->leaves_max, arena, &plan);
    round->outcome = AGG_REFRESH_DONE;
    return run_plan(session, &claim, &plan, round, err) &&
           clear_failed(session, arena, &claim, err) && store_tx_commit(session->conn, err);
}

bool agg_refresh_lane(struct agg_session *session, int32_t lane, const struct agg_claim_row *only,
                      struct agg_refresh_round *ret_round, struct emis_error *err)
{
    struct emis_arena *arena;
    bool is_ours = false, ok;

    *ret_round = (struct agg_refresh_round){.outcome = AGG_REFRESH_BUSY};
    if (!agg_session_begin(session, err)) {
        return false;
    }
    arena = emis_arena_new(ARENA_BLOCK_BYTES);
    ok = agg_claim_try_lane(session, lane, &is_ours, err) &&
         (!is_ours || run_claim(session, arena, lane, only, ret_round, err));
    store_tx_rollback(session->conn); /* nothing, after a commit */
    emis_arena_free(arena);
    if (only == NULL &&
        ((ok && ret_round->outcome == AGG_REFRESH_DONE) || (!ok && err->code == E_DB_TIMEOUT))) {
        agg_claim_note(session, lane, !ok);
    }
    return ok || emis_error_wrap(err, "lane %d", lane);
}

bool agg_refresh_is_definition(const struct agg_refresh_round *round, const struct emis_error *err)
{
    return round->is_refresh_failed && is_definition(err);
}
