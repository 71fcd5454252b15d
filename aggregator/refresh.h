/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One round of a lane, in one transaction: REGISTRY shared, the lane's lock, claim, recompute from
 * the leaves to the lane's top, the country's lock, the country, COMMIT. Why that order is right,
 * and what a crash at each step leaves, is in README.md. The thread of its agg_session; outside a
 * transaction.
 */
#pragma once

#include "aggregator/claim.h"

enum agg_refresh_outcome {
    AGG_REFRESH_BUSY,  /* another aggregator has the lane */
    AGG_REFRESH_EMPTY, /* nothing to claim */
    AGG_REFRESH_DONE
};

struct agg_refresh_round {
    enum agg_refresh_outcome outcome;
    size_t dirty_count;
    size_t leaf_count;
    size_t call_count;
    int64_t oldest_us;      /* added_at of the oldest claimed row */
    size_t set_aside;       /* leaves of which a rule failed */
    bool is_refresh_failed; /* the failure was a refresh statement's */
};

/* only: as for agg_claim_take. On failure the transaction is over and agg_refresh_is_definition
 * tells whether a definition may be at fault. */
bool agg_refresh_lane(struct agg_session *session, int32_t lane, const struct agg_claim_row *only,
                      struct agg_refresh_round *ret_round, struct emis_error *err) EMIS_MUST_CHECK;

/* Into control.dirty_failed, within the transaction: leaves of a form, what of them failed and why.
 */
bool agg_refresh_set_aside(struct agg_session *session, int32_t lane, int16_t form_id,
                           const int32_t *periods, const int32_t *units, size_t count,
                           const char *statement, int tries, const struct emis_error *why,
                           struct emis_error *err) EMIS_MUST_CHECK;

/* The failure is the definition's or the data's, not the server's: SQLSTATE class 22, 23 or 42 in a
 * refresh statement. A rule's is never one: its leaves are set aside and the round goes on. */
bool agg_refresh_is_definition(const struct agg_refresh_round *round, const struct emis_error *err);
