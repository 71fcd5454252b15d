/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of a valid submission beside the others of its natural key and unit: accepted,
 * superseded, duplicate or a conflict (design: the highest revision is current, whatever the order
 * of arrival; of equal revisions the first applied wins). Pure; shared by ingest and by healing, so
 * that a parked record ends as it would have without parking.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/submission/judge.h"

enum submission_outcome { /* also the letters of intake.ledger.outcome */
                          SUBMISSION_ACCEPTED = 'a',
                          SUBMISSION_SUPERSEDED = 's',
                          SUBMISSION_DUPLICATE = 'd',
                          SUBMISSION_OUTCOME_REJECTED = 'r',
                          SUBMISSION_OUTCOME_PARKED = 'p'
};

/* The row of intake.current of a natural key; exists false: none yet. */
struct submission_current {
    bool exists;
    int64_t submission_key;
    int32_t revision;
    bool is_retract;
    bool is_late; /* none of the key's submissions with data came by the deadline */
    uint8_t content_sha256[EMIS_DIGEST_BYTES];
};

/* One earlier submission under the same submission_id and unit; exists false: none. */
struct submission_same_id {
    bool exists;
    uint8_t value_sha256[EMIS_DIGEST_BYTES];
};

struct submission_settlement {
    enum submission_outcome outcome;
    enum emis_error_code code; /* E_ID_CONFLICT or E_REV_CONFLICT when rejected, else EMIS_OK */
};

/*
 * Settle one valid submission against what is known; when it is accepted *current becomes it. Call
 * in Kafka order for the submissions of one key. A unit that sent in time stays in time, whatever
 * corrections come later: is_late is that of all accepted and superseded ones together, and one
 * that is superseded may still end it. The first rule that fits holds:
 *
 * - same id, same bytes: duplicate
 *
 * - same id, other bytes: E_ID_CONFLICT
 *
 * - no current row, or a revision above its own: accepted
 *
 * - a revision below its own: superseded
 *
 * - equal revision, content and retract: duplicate
 *
 * - equal revision, anything else: E_REV_CONFLICT
 */
struct submission_settlement submission_settle(const struct submission *submission,
                                               const struct submission_same_id *same_id,
                                               struct submission_current *current);
