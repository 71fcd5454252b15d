/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of each record of a transaction, decided in Kafka order beside what the database
 * knows of the same submission ids and natural keys; for ingest and for healing, so that a parked
 * record ends as it would have without parking. Pure: the caller (current.h) reads the database,
 * hands the rows in and writes what comes out. Everything lives in the arena given.
 *
 * In this order:
 *
 * - submission_decide_new
 *
 * - submission_decide_add_known_id for each row of find_ids
 *
 * - submission_decide_propose: keys[].proposed says what a new natural key ends as
 *
 * - submission_decide_find_key for each row of claim_current: fill the key's `existing`, unless the
 *   row is the proposed one itself
 *
 * - submission_decide_settle: outcomes[], and keys[].is_moved with keys[].current for the keys to
 *   update
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/submission/settle.h"

struct emis_arena;

struct submission_decide_item {
    const struct submission *submission;
    enum emis_error_code
        refused; /* why the database does not take it, valid as it is; else EMIS_OK */
};

struct submission_key { /* a natural key of the range */
    int16_t form_id;
    int32_t period_id;
    int32_t unit_id;
    const char *part_key;
    struct submission_current existing; /* the row found in intake.current; exists false: none */
    struct submission_current proposed; /* what the key ends as if it is new; exists false: nothing
                                           of the range is accepted */
    struct submission_current current; /* after submission_decide_settle: the row that must stand */
    bool is_moved;                     /* existing row to be updated to `current` */
    bool is_changed; /* cells are dirty: something of the range was accepted, or came in
                        time where nothing had */
    const struct submission *changed_by; /* in whose lanes the leaf is dirty, also by one that is
                                            superseded: findings count revisions; NULL: in none */
};

struct submission_fate {
    enum submission_outcome outcome;
    enum emis_error_code code;
};

struct submission_decide {
    const struct submission_decide_item *items; /* borrowed; within a partition in Kafka's order */
    size_t count;
    struct submission_key
        *keys; /* sorted by form, period, unit, part_key: the order in which rows are locked */
    size_t key_count;
    struct submission_fate *outcomes; /* count of them */
    /* of this module: */
    size_t *key_of;     /* index into keys per item; SIZE_MAX for records that are not valid */
    size_t *earlier_id; /* nearest earlier item with the same id and unit, SIZE_MAX: none */
    struct submission_same_id
        *known_ids; /* per item: what the database has under its id and unit */
};

struct submission_decide *submission_decide_new(struct emis_arena *arena,
                                                const struct submission_decide_item *items,
                                                size_t count);
/* A submission that the database has: marks every item of the range with this id and unit. */
void submission_decide_add_known_id(struct submission_decide *decide,
                                    const uint8_t submission_id[16], int32_t unit_id,
                                    const uint8_t value_sha256[EMIS_DIGEST_BYTES]);
void submission_decide_propose(struct submission_decide *decide);
/* The key that a row of intake.current belongs to; NULL if it is none of the range. */
struct submission_key *submission_decide_find_key(struct submission_decide *decide, int16_t form_id,
                                                  int32_t period_id, int32_t unit_id,
                                                  const char *part_key);
void submission_decide_settle(struct submission_decide *decide);

/*
 * After submission_decide_settle: each key that is new ends as it was proposed. When an id occurs
 * twice in the range, a record may fare otherwise beside the existing rows: one that looked like a
 * repetition counts after all (its key was not claimed), or one that was proposed does not (its row
 * is in). false: nothing may be written; a smaller range has no such pair.
 */
bool submission_decide_is_as_proposed(const struct submission_decide *decide) EMIS_MUST_CHECK;
