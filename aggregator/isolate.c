/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/isolate.h"

#include <stdio.h>

#include "aggregator/plan.h"
#include "lib/base/arena.h"
#include "lib/base/log.h"
#include "lib/store/connection.h"
#include "lib/store/query.h"
#include "lib/store/tx.h"

#define ARENA_BLOCK_BYTES (64 * 1024)

enum verdict {
    GOOD,
    BAD,     /* failed twice by a definition's fault */
    STOPPED, /* the server is at fault, or the lane is another's now: leave it */
};

/* Two transactions: what fails in both fails by itself. */
static enum verdict try_twice(struct agg_session *session, int32_t lane,
                              const struct agg_claim_row *only, struct emis_error *err)
{
    for (int attempt = 0; attempt < 2; attempt++) {
        struct agg_refresh_round round;

        if (agg_refresh_lane(session, lane, only, &round, err)) {
            if (round.outcome == AGG_REFRESH_BUSY) {
                (void) emis_error_set(err, E_DB_CONFLICT, "lane %d is another aggregator's now",
                                      lane);
                return STOPPED;
            }
            return GOOD;
        }
        if (!agg_refresh_is_definition(&round, err)) {
            return STOPPED;
        }
    }
    return BAD;
}

static bool mark_form(struct agg_session *session, int32_t lane, const struct agg_plan_form *form,
                      struct emis_error *err)
{
    struct store_params params;
    bool ok = store_query_run(session->conn, "lock_country", NULL, NULL, err);

    store_params_init(&params);
    store_params_i32_array(&params, form->periods, form->leaf_count, NULL);
    store_params_i32_array(&params, form->units, form->leaf_count, NULL);
    store_params_i32(&params, lane);
    store_params_i16_array(&params, form->indicators, form->indicator_count, NULL);
    store_params_i16(&params, form->form->number);
    for (int level = form->form->leaf_level; ok && level >= 0; level--) {
        char name[64];

        (void) snprintf(name, sizeof(name), "mark_break_%s",
                        session->catalogue->levels[level].code);
        ok = store_query_run(session->conn, name, &params, NULL, err);
    }
    store_params_release(&params);
    return ok;
}

/* A row for all units: a row for each of them. */
static bool split_row(struct agg_session *session, const struct agg_claim *claim,
                      const struct agg_claim_row *row, const struct agg_plan_form *form,
                      struct emis_error *err)
{
    struct store_params params;
    bool ok;

    store_params_init(&params);
    store_params_i32(&params, claim->lane);
    store_params_i16(&params, row->form_id);
    store_params_i32(&params, row->period_id);
    store_params_i32_array(&params, form->units, form->leaf_count, NULL);
    ok = store_query_run(session->conn, "split_dirty", &params, NULL, err);
    store_params_release(&params);
    return ok;
}

/* In one transaction: the queue's rows go, what stays in their place says why. */
static bool set_aside(struct agg_session *session, struct emis_arena *arena, int32_t lane,
                      const struct agg_claim_row *row, const struct emis_error *why,
                      bool *ret_is_split, struct emis_error *err)
{
    struct agg_claim_row listed = *row;
    struct agg_claim claim;
    struct agg_plan plan;
    bool is_ours;

    if (!agg_claim_try_lane(session, lane, &is_ours, err)) {
        return false;
    }
    if (!is_ours) {
        return emis_error_set(err, E_DB_CONFLICT, "lane %d is another aggregator's now", lane);
    }
    if (!agg_claim_take(session, lane, row, arena, &claim, err)) {
        return false;
    }
    agg_plan_build(&claim, session->catalogue, session->options->leaves_max, arena, &plan);
    *ret_is_split = row->unit_id == 0 && plan.form_count == 1 && plan.forms[0].leaf_count > 1;
    if (*ret_is_split) {
        return split_row(session, &claim, row, &plan.forms[0], err) &&
               store_tx_commit(session->conn, err);
    }
    if (row->unit_id == 0 && plan.form_count == 1 && plan.forms[0].leaf_count == 1) {
        listed.unit_id = plan.forms[0].units[0]; /* the unit's own next refresh clears it */
    }
    return (plan.form_count == 0 || mark_form(session, lane, &plan.forms[0], err)) &&
           agg_refresh_set_aside(session, lane, listed.form_id, &listed.period_id, &listed.unit_id,
                                 1, "refresh", 2, why, err) &&
           store_tx_commit(session->conn, err);
}

static bool give_up(struct agg_session *session, int32_t lane, const struct agg_claim_row *row,
                    const struct emis_error *why, size_t *failed, struct emis_error *err)
{
    struct emis_arena *arena = emis_arena_new(ARENA_BLOCK_BYTES);
    bool is_split = false, ok;

    ok = agg_session_begin(session, err) &&
         set_aside(session, arena, lane, row, why, &is_split, err);
    store_tx_rollback(session->conn);
    emis_arena_free(arena);
    if (ok && !is_split) {
        ++*failed;
        emis_log_failure(EMIS_LOG_ERROR, "leaf_set_aside", why,
                         "lane=%d form_id=%d period_id=%d unit_id=%d continuing=yes", lane,
                         row->form_id, row->period_id, row->unit_id);
        agg_session_alarm(session, "dirty_failed", why);
    }
    return ok;
}

/* What one claim would take. */
static bool look(struct agg_session *session, int32_t lane, struct emis_arena *arena,
                 struct agg_claim *ret_claim, struct emis_error *err)
{
    bool is_ours = false, ok;

    ok = agg_session_begin(session, err) && agg_claim_try_lane(session, lane, &is_ours, err) &&
         (!is_ours || agg_claim_take(session, lane, NULL, arena, ret_claim, err));
    store_tx_rollback(session->conn); /* the rows stay */
    return ok;
}

/* The rows of one form and period: together, and if that fails one by one. */
static bool isolate_period(struct agg_session *session, int32_t lane,
                           const struct agg_claim_row *rows, size_t count, size_t *failed,
                           struct emis_error *err)
{
    struct agg_claim_row whole = {
        .form_id = rows[0].form_id, .period_id = rows[0].period_id, .unit_id = AGG_CLAIM_ANY_UNIT};
    enum verdict verdict = try_twice(session, lane, &whole, err);

    for (size_t i = 0; verdict == BAD && i < count; i++) {
        enum verdict alone = try_twice(session, lane, &rows[i], err);
        struct emis_error why = *err;

        if (alone == STOPPED ||
            (alone == BAD && !give_up(session, lane, &rows[i], &why, failed, err))) {
            return false;
        }
    }
    return verdict != STOPPED;
}

bool agg_isolate_lane(struct agg_session *session, int32_t lane, size_t *ret_failed,
                      struct emis_error *err)
{
    struct emis_arena *arena = emis_arena_new(ARENA_BLOCK_BYTES);
    struct agg_claim claim = {.lane = lane};
    bool ok = look(session, lane, arena, &claim, err);

    *ret_failed = 0;
    for (size_t from = 0, to; ok && from < claim.row_count; from = to) {
        for (to = from + 1; to < claim.row_count &&
                            claim.rows[to].form_id == claim.rows[from].form_id &&
                            claim.rows[to].period_id == claim.rows[from].period_id;) {
            to++;
        }
        ok = isolate_period(session, lane, &claim.rows[from], to - from, ret_failed, err);
    }
    emis_arena_free(arena);
    return ok;
}
