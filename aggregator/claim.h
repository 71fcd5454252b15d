/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which lanes have work, and the claim of one lane's dirty rows: read up to a limit of them by
 * id, delete exactly those, without repetition, with unit 0 spread over the units that it means.
 * The thread of its agg_session; inside its transaction.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "aggregator/session.h"

struct emis_arena;

#define AGG_CLAIM_LEVELS   16
#define AGG_CLAIM_ANY_UNIT (-1)

struct agg_claim_row {
    int16_t form_id;
    int32_t period_id;
    int32_t unit_id; /* 0: every unit of the form's level in the lane */
};

struct agg_claim {
    int32_t lane;
    const struct agg_claim_row *rows; /* each once; by form, period, unit; also leaves that were not
                                         dirty, whose flows rest on those that were (of one
                                         that is claimed alone they become dirty instead) */
    size_t row_count;
    size_t dirty_count; /* rows of the queue */
    int64_t oldest_us;  /* added_at of the oldest */
    const int32_t
        *units[AGG_CLAIM_LEVELS]; /* what unit 0 means at a level; NULL where no row asks */
    size_t unit_counts[AGG_CLAIM_LEVELS];
};

/* The lanes with dirty rows, in the arena. */
bool agg_claim_lanes(struct agg_session *session, struct emis_arena *arena, int32_t **ret_lanes,
                     size_t *ret_count, struct emis_error *err) EMIS_MUST_CHECK;
/* Take the lane's lock if it is free. */
bool agg_claim_try_lane(struct agg_session *session, int32_t lane, bool *ret_is_ours,
                        struct emis_error *err) EMIS_MUST_CHECK;
/*
 * How a round of the lane ended. After a timeout the next claim is half as large, down to one row;
 * each success doubles it, up to options->claim_max. By lane: what is too much for one is not for
 * another.
 */
void agg_claim_note(struct agg_session *session, int32_t lane, bool is_timeout);
/* Most dirty rows of the lane's next claim. */
size_t agg_claim_limit(const struct agg_session *session, int32_t lane);
/* Whether a flow is computed from the form (which may be NULL: none is). */
bool agg_claim_has_flow(const struct catalogue *catalogue, const struct catalogue_form *form);
/*
 * Claim from a lane that is ours. only: NULL, or the (form, period, unit) to claim and nothing
 * else; its unit_id AGG_CLAIM_ANY_UNIT: all of the period. Everything in *ret_claim lives in the
 * arena.
 */
bool agg_claim_take(struct agg_session *session, int32_t lane, const struct agg_claim_row *only,
                    struct emis_arena *arena, struct agg_claim *ret_claim,
                    struct emis_error *err) EMIS_MUST_CHECK;
