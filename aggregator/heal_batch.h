/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The decisions of a healing transaction: what becomes of each record, beside the others of its
 * batch and what the database knows already. Pure; the same rules as ingest's, by
 * submission_settle. heal.c reads and writes.
 */
#pragma once

#include "lib/submission/settle.h"

struct emis_arena;

struct agg_heal_item {
    struct submission_record record;
    struct submission submission;
    struct submission_same_id known_id; /* of the database */
    size_t key;                         /* position in keys; SIZE_MAX: the verdict alone decides */
    enum submission_outcome outcome;    /* PARKED: it stays open */
    enum emis_error_code code;          /* rejected */
};

/* A natural key of the batch. */
struct agg_heal_key {
    const struct submission *any;       /* one of its submissions, for the names */
    struct submission_current existing; /* of the database */
    struct submission_current proposed; /* what the row becomes if there is none yet */
    struct submission_current current;  /* in the end */
    const struct submission *accepted;  /* the last one accepted */
    bool is_changed;
};

struct agg_heal_batch {
    struct agg_heal_item *items; /* in Kafka's order within each partition */
    size_t item_count;
    struct agg_heal_key *keys; /* by form, period, unit, part_key */
    size_t key_count;
    struct emis_arena *arena;
};

/* Find the keys of the judged items. */
void agg_heal_batch_group(struct agg_heal_batch *batch);
/* The key of a row of intake.current, or NULL. */
struct agg_heal_key *agg_heal_batch_find(struct agg_heal_batch *batch, int16_t form_id,
                                         int32_t period_id, int32_t unit_id, const char *part_key);
/* The item with this id and unit learns the bytes of the database's bearer. */
void agg_heal_batch_add_id(struct agg_heal_batch *batch, const uint8_t submission_id[16],
                           int32_t unit_id, const uint8_t *value_sha256);
/* Settle every item as if no key existed: fills proposed. */
void agg_heal_batch_propose(struct agg_heal_batch *batch);
/* Settle every item against existing: fills outcome, code, current, accepted. */
void agg_heal_batch_settle(struct agg_heal_batch *batch);
/* Once settled: every key without an existing row ends as the row that was proposed, or without one
 * as none was. Not so when records of one id lie in the batch and the existing rows change the fate
 * of its bearer; one record alone is always as proposed. */
bool agg_heal_batch_is_as_proposed(const struct agg_heal_batch *batch) EMIS_MUST_CHECK;
