/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of each record of a batch, decided in Kafka order beside what the database knows of
 * the same submission ids and natural keys. Pure: the caller reads the database, hands the rows in
 * and writes what comes out. Everything lives in the arena given.
 *
 *     decide = ingest_decide_new(arena, batch, from, to)
 *     for each row of find_ids:       ingest_decide_add_known_id()
 *     ingest_decide_propose()         -> keys[].proposed: what a new natural key ends as
 *     for each row of claim_current:  ingest_decide_add_existing(), unless it is the proposed row
 * itself ingest_decide_settle()          -> outcomes[], and keys[].is_moved with keys[].current for
 * the keys to update
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ingest/batch.h"
#include "lib/submission/settle.h"

struct emis_arena;

struct ingest_key { /* a natural key of the range */
    int16_t form_id;
    int32_t period_id;
    int32_t unit_id;
    const char *part_key;
    struct submission_current existing; /* the row found in intake.current; exists false: none */
    struct submission_current proposed; /* what the key ends as if it is new; exists false: nothing
                                           of the range is accepted */
    struct submission_current current;  /* after ingest_decide_settle: the row that must stand */
    bool is_moved;                      /* existing row to be updated to `current` */
    bool is_changed;                    /* cells are dirty: something of the range was accepted */
    const struct submission *last_accepted;
};

struct ingest_outcome {
    enum submission_outcome outcome;
    enum emis_error_code code;
};

struct ingest_decide {
    const struct ingest_batch *batch;
    size_t from, to; /* items [from, to) of the batch */
    struct ingest_key
        *keys; /* sorted by form, period, unit, part_key: the order in which rows are locked */
    size_t key_count;
    struct ingest_outcome *outcomes; /* to - from */
    /* of this module: */
    size_t *key_of;     /* index into keys per item; SIZE_MAX for records that are not valid */
    size_t *earlier_id; /* nearest earlier item with the same id and unit, SIZE_MAX: none */
    struct submission_same_id
        *known_ids; /* per item: what the database has under its id and unit */
};

struct ingest_decide *ingest_decide_new(struct emis_arena *arena, const struct ingest_batch *batch,
                                        size_t from, size_t to);
/* A submission that the database has: marks every item of the range with this id and unit. */
void ingest_decide_add_known_id(struct ingest_decide *decide, const uint8_t submission_id[16],
                                int32_t unit_id, const uint8_t value_sha256[EMIS_DIGEST_BYTES]);
void ingest_decide_propose(struct ingest_decide *decide);
/* The key that a row of intake.current belongs to; NULL if it is none of the range. */
struct ingest_key *ingest_decide_find_key(struct ingest_decide *decide, int16_t form_id,
                                          int32_t period_id, int32_t unit_id, const char *part_key);
void ingest_decide_settle(struct ingest_decide *decide);

/*
 * After ingest_decide_settle: each key that is new ends as it was proposed. When an id occurs twice
 * in the range, a record may fare otherwise beside the existing rows: one that looked like a
 * repetition counts after all (its key was not claimed), or one that was proposed does not (its row
 * is in). false: nothing may be written; a smaller range has no such pair.
 */
bool ingest_decide_is_as_proposed(const struct ingest_decide *decide) EMIS_MUST_CHECK;
