/* SPDX-License-Identifier: Apache-2.0 */
/* What the settings say, read once at start; borrowed by every module for the life of the process.
 * Any thread reads it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct submission_keyring;

struct agg_options {
    const char *dsn;
    const char *worker_name;
    const char *host;
    size_t claim_max;  /* dirty rows of one transaction */
    size_t leaves_max; /* leaves of one leaf statement */
    int64_t poll_ms;   /* between two looks at an empty queue */
    int64_t chore_ms;  /* between two looks for events, held records and openings */
    int64_t statement_timeout_ms;
    int64_t lock_timeout_ms;
    int64_t probe_ms_max; /* longest wait between two tries on a sick database */
    int64_t audit_ms;     /* between two audits of a sample; 0: none */
    size_t audit_leaves;  /* leaves of a sample */
    size_t heal_max;      /* held records of one transaction */
    bool opens_periods;   /* by calendar */
    int32_t lookback_days;
    /* of verdicts on healed records: the same as ingest's */
    const struct submission_keyring *keyring;
    bool is_signing_required;
    int32_t utc_offset_minutes;
    size_t record_bytes_max;
};
