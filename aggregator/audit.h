/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The auditor: in one REPEATABLE READ snapshot, cells are recomputed from the facts and compared
 * with those stored, except where a visible dirty row says that they are about to change. The
 * number of differences has one right value, 0. The thread of its agg_session; outside a
 * transaction.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "aggregator/session.h"

/* Texts are borrowed during the call; "" where there is no such row. */
struct agg_audit_difference {
    const char *statement;
    int32_t period_key;
    int16_t indicator_key;
    int16_t cut_key;
    int32_t area_key;
    const char *stored;
    const char *wanted;
};

struct agg_audit_options {
    bool is_all;   /* every leaf; otherwise a random sample */
    size_t leaves; /* of the sample */
    void (*on_difference)(void *context,
                          const struct agg_audit_difference *difference); /* may be NULL */
    void *context;
};

struct agg_audit_result {
    int64_t leaf_count;
    int64_t skipped_count; /* leaves, and levels above them, that are dirty */
    int64_t mismatch_count;
    int64_t failed_count; /* leaves that are set aside, whatever the sample: their numbers are
                             missing or old */
};

/* Also writes control.audit_run and the metrics; a difference is logged as an error and raises an
 * alarm. */
bool agg_audit_run(struct agg_session *session, const struct agg_audit_options *options,
                   struct agg_audit_result *ret_result, struct emis_error *err) EMIS_MUST_CHECK;
