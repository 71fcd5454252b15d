/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/claim.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/memory.h"
#include "lib/store/query.h"

bool agg_claim_lanes(struct agg_session *session, struct emis_arena *arena, int32_t **ret_lanes,
                     size_t *ret_count, struct emis_error *err)
{
    struct store_result *result;

    if (!store_query_run(session->conn, "list_lanes", NULL, &result, err)) {
        return false;
    }
    *ret_count = store_result_rows(result);
    *ret_lanes = emis_arena_alloc(arena, (*ret_count + 1) * sizeof(**ret_lanes));
    for (size_t row = 0; row < *ret_count; row++) {
        (*ret_lanes)[row] = store_result_i32(result, row, 0);
    }
    store_result_free(result);
    return true;
}

bool agg_claim_try_lane(struct agg_session *session, int32_t lane, bool *ret_is_ours,
                        struct emis_error *err)
{
    struct store_params params;
    struct store_result *result;
    bool ok;

    store_params_init(&params);
    store_params_i32(&params, lane);
    ok = store_query_run(session->conn, "try_lane", &params, &result, err);
    store_params_release(&params);
    if (ok) {
        *ret_is_ours = store_result_bool(result, 0, 0);
        store_result_free(result);
    }
    return ok;
}

static struct agg_session_slow *find_slow(const struct agg_session *session, int32_t lane)
{
    for (size_t i = 0; i < session->slow_count; i++) {
        if (session->slow[i].lane == lane) {
            return &session->slow[i];
        }
    }
    return NULL;
}

size_t agg_claim_limit(const struct agg_session *session, int32_t lane)
{
    const struct agg_session_slow *slow = find_slow(session, lane);

    return slow == NULL ? session->options->claim_max : slow->claim_max;
}

void agg_claim_note(struct agg_session *session, int32_t lane, bool is_timeout)
{
    struct agg_session_slow *slow = find_slow(session, lane);
    size_t limit = agg_claim_limit(session, lane), most = session->options->claim_max;

    if (slow == NULL) {
        if (!is_timeout) {
            return;
        }
        session->slow =
            emis_realloc(session->slow, (session->slow_count + 1) * sizeof(*session->slow));
        slow = &session->slow[session->slow_count++];
        slow->lane = lane;
    }
    slow->claim_max = is_timeout         ? (limit > 1 ? limit / 2 : 1)
                      : limit > most / 2 ? most
                                         : limit * 2;
}

static int compare_rows(const void *left, const void *right)
{
    const struct agg_claim_row *a = left, *b = right;

    if (a->form_id != b->form_id) {
        return a->form_id < b->form_id ? -1 : 1;
    }
    if (a->period_id != b->period_id) {
        return a->period_id < b->period_id ? -1 : 1;
    }
    return (a->unit_id > b->unit_id) - (a->unit_id < b->unit_id);
}

/* Sorted, each once; where unit 0 stands (first of its period) it means the others too. */
static size_t reduce_rows(struct agg_claim_row *rows, size_t count)
{
    size_t kept = 0;

    if (count == 0) {
        return 0;
    }
    qsort(rows, count, sizeof(*rows), compare_rows);
    for (size_t i = 1; i < count; i++) {
        bool is_same_period =
            rows[i].form_id == rows[kept].form_id && rows[i].period_id == rows[kept].period_id;

        if (!is_same_period || (rows[kept].unit_id != 0 && rows[i].unit_id != rows[kept].unit_id)) {
            rows[++kept] = rows[i];
        }
    }
    return kept + 1;
}

static bool is_wanted(const struct agg_claim_row *row, const struct agg_claim_row *only)
{
    return only == NULL || (row->form_id == only->form_id && row->period_id == only->period_id &&
                            (only->unit_id == AGG_CLAIM_ANY_UNIT || only->unit_id == row->unit_id));
}

static bool delete_rows(struct agg_session *session, int32_t lane, const int64_t *ids, size_t count,
                        struct emis_error *err)
{
    struct store_params params;
    struct store_result *result;
    bool ok;

    store_params_init(&params);
    store_params_i32(&params, lane);
    store_params_i64_array(&params, ids, count, NULL);
    ok = store_query_run(session->conn, "delete_dirty", &params, &result, err);
    store_params_release(&params);
    if (!ok) {
        return false;
    }
    ok = store_result_affected(result) == (int64_t) count;
    store_result_free(result);
    return ok ||
           emis_error_set(err, E_INTERNAL, "dirty rows of lane %d went away under its lock", lane);
}

static bool read_rows(struct agg_session *session, const struct agg_claim_row *only,
                      struct emis_arena *arena, struct agg_claim *claim, struct emis_error *err)
{
    struct store_params params;
    struct store_result *result;
    struct agg_claim_row *rows;
    int64_t *ids;
    bool ok;

    store_params_init(&params);
    store_params_i32(&params, claim->lane);
    store_params_i32(&params,
                     only == NULL ? (int32_t) agg_claim_limit(session, claim->lane) : INT32_MAX);
    ok = store_query_run(session->conn, "claim_dirty", &params, &result, err);
    store_params_release(&params);
    if (!ok) {
        return false;
    }
    rows = emis_arena_alloc(arena, (store_result_rows(result) + 1) * sizeof(*rows));
    ids = emis_arena_alloc(arena, (store_result_rows(result) + 1) * sizeof(*ids));
    for (size_t row = 0; row < store_result_rows(result); row++) {
        struct agg_claim_row read = {.form_id = store_result_i16(result, row, 1),
                                     .period_id = store_result_i32(result, row, 2),
                                     .unit_id = store_result_i32(result, row, 3)};

        if (is_wanted(&read, only)) {
            int64_t added_us = store_result_timestamptz(result, row, 4);

            claim->oldest_us = claim->dirty_count == 0 || added_us < claim->oldest_us
                                   ? added_us
                                   : claim->oldest_us;
            ids[claim->dirty_count] = store_result_i64(result, row, 0);
            rows[claim->dirty_count++] = read;
        }
    }
    store_result_free(result);
    ok = claim->dirty_count == 0 || delete_rows(session, claim->lane, ids, claim->dirty_count, err);
    claim->row_count = reduce_rows(rows, claim->dirty_count);
    claim->rows = rows;
    return ok;
}

bool agg_claim_has_flow(const struct catalogue *catalogue, const struct catalogue_form *form)
{
    for (size_t i = 0; form != NULL && i < catalogue->indicator_count; i++) {
        if (catalogue_indicator_is_flow(&catalogue->indicators[i]) &&
            catalogue_indicator_is_fed(&catalogue->indicators[i], form)) {
            return true;
        }
    }
    return false;
}

/* The claimed leaves of forms that flows are computed from, as parameters 2 to 5; how many. */
static size_t add_flow_leaves(const struct agg_session *session, struct emis_arena *arena,
                              const struct agg_claim *claim, struct store_params *params)
{
    int16_t *forms = emis_arena_alloc(arena, (claim->row_count + 1) * sizeof(*forms));
    int32_t *periods = emis_arena_alloc(arena, (claim->row_count + 1) * sizeof(*periods));
    int32_t *units = emis_arena_alloc(arena, (claim->row_count + 1) * sizeof(*units));
    int16_t *levels = emis_arena_alloc(arena, (claim->row_count + 1) * sizeof(*levels));
    size_t count = 0;
    bool is_flow = false;

    for (size_t i = 0; i < claim->row_count; i++) {
        const struct agg_claim_row *row = &claim->rows[i];

        if (i == 0 || row->form_id != claim->rows[i - 1].form_id) {
            is_flow = agg_claim_has_flow(
                session->catalogue, catalogue_form_by_number(session->catalogue, row->form_id));
        }
        if (is_flow) {
            forms[count] = row->form_id;
            periods[count] = row->period_id;
            levels[count] =
                (int16_t) catalogue_form_by_number(session->catalogue, row->form_id)->leaf_level;
            units[count++] = row->unit_id;
        }
    }
    store_params_i16_array(params, forms, count, NULL);
    store_params_i32_array(params, periods, count, NULL);
    store_params_i32_array(params, units, count, NULL);
    store_params_i16_array(params, levels, count, NULL);
    return count;
}

static struct agg_claim_row read_reached(const struct store_result *result, size_t row)
{
    return (struct agg_claim_row){.form_id = store_result_i16(result, row, 0),
                                  .period_id = store_result_i32(result, row, 1),
                                  .unit_id = store_result_i32(result, row, 2)};
}

static void join_reached(struct emis_arena *arena, const struct store_result *result,
                         struct agg_claim *claim)
{
    size_t found = store_result_rows(result);
    struct agg_claim_row *rows =
        emis_arena_alloc(arena, (claim->row_count + found + 1) * sizeof(*rows));

    memcpy(rows, claim->rows, claim->row_count * sizeof(*rows));
    for (size_t i = 0; i < found; i++) {
        rows[claim->row_count + i] = read_reached(result, i);
    }
    claim->row_count = reduce_rows(rows, claim->row_count + found);
    claim->rows = rows;
}

/* Whoever is tried alone is tried without them, so that neither is blamed for the other. */
static bool queue_reached(struct agg_session *session, struct emis_arena *arena,
                          const struct store_result *result, const struct agg_claim_row *only,
                          int32_t lane, struct emis_error *err)
{
    size_t found = store_result_rows(result), count = 0;
    int16_t *forms = emis_arena_alloc(arena, (found + 1) * sizeof(*forms));
    int32_t *periods = emis_arena_alloc(arena, (found + 1) * sizeof(*periods));
    int32_t *units = emis_arena_alloc(arena, (found + 1) * sizeof(*units));
    struct store_params params;
    bool ok;

    for (size_t i = 0; i < found; i++) {
        struct agg_claim_row row = read_reached(result, i);

        if (row.period_id != only->period_id ||
            (only->unit_id != 0 && row.unit_id != only->unit_id)) {
            forms[count] = row.form_id;
            periods[count] = row.period_id;
            units[count++] = row.unit_id;
        }
    }
    store_params_init(&params);
    store_params_i32(&params, lane);
    store_params_i16_array(&params, forms, count, NULL);
    store_params_i32_array(&params, periods, count, NULL);
    store_params_i32_array(&params, units, count, NULL);
    ok = store_query_run(session->conn, "add_reached", &params, NULL, err);
    store_params_release(&params);
    return ok;
}

/* A flow of a period rests on leaves of the one before: add what rests on the claimed ones. */
static bool reach_leaves(struct agg_session *session, const struct agg_claim_row *only,
                         struct emis_arena *arena, struct agg_claim *claim, struct emis_error *err)
{
    struct store_params params;
    struct store_result *result = NULL;
    bool ok = true;

    store_params_init(&params);
    store_params_i32(&params, claim->lane);
    if (add_flow_leaves(session, arena, claim, &params) > 0) {
        ok = store_query_run(session->conn, "reach_leaves", &params, &result, err);
    }
    store_params_release(&params);
    if (result == NULL) {
        return ok;
    }
    if (only == NULL || only->unit_id == AGG_CLAIM_ANY_UNIT) {
        join_reached(arena, result, claim);
    } else {
        ok = queue_reached(session, arena, result, only, claim->lane, err);
    }
    store_result_free(result);
    return ok;
}

static bool expand_level(struct agg_session *session, int level, struct emis_arena *arena,
                         struct agg_claim *claim, struct emis_error *err)
{
    struct store_params params;
    struct store_result *result;
    int32_t *units;
    bool ok;

    store_params_init(&params);
    store_params_i32(&params, claim->lane);
    store_params_i16(&params, (int16_t) level);
    ok = store_query_run(session->conn, "expand_units", &params, &result, err);
    store_params_release(&params);
    if (!ok) {
        return false;
    }
    claim->unit_counts[level] = store_result_rows(result);
    units = emis_arena_alloc(arena, (claim->unit_counts[level] + 1) * sizeof(*units));
    for (size_t row = 0; row < claim->unit_counts[level]; row++) {
        units[row] = store_result_i32(result, row, 0);
    }
    claim->units[level] = units;
    store_result_free(result);
    return true;
}

bool agg_claim_take(struct agg_session *session, int32_t lane, const struct agg_claim_row *only,
                    struct emis_arena *arena, struct agg_claim *ret_claim, struct emis_error *err)
{
    struct agg_claim claim = {.lane = lane};

    if (!read_rows(session, only, arena, &claim, err) ||
        !reach_leaves(session, only, arena, &claim, err)) {
        return false;
    }
    for (size_t i = 0; i < claim.row_count; i++) {
        const struct catalogue_form *form =
            catalogue_form_by_number(session->catalogue, claim.rows[i].form_id);

        if (claim.rows[i].unit_id == 0 && form != NULL && claim.units[form->leaf_level] == NULL &&
            !expand_level(session, form->leaf_level, arena, &claim, err)) {
            return false;
        }
    }
    *ret_claim = claim;
    return true;
}
