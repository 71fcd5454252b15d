/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Consecutive records of one partition with their verdicts: what one transaction will write. Holds
 * copies of the records' bytes, because what is held back is kept as received and because a batch
 * is judged again when the registry has moved. Filled by the polling thread, then handed to the
 * writing thread; one owner at a time.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "lib/submission/decide.h"

struct kafka_record;
struct registry_knowledge;

struct ingest_item {
    struct submission_record record; /* points into the batch's arena */
    struct submission submission;
    enum emis_error_code poison; /* E_DB when the database refused it alone, twice; else EMIS_OK */
    char poison_sqlstate[6];
};

struct ingest_batch {
    int16_t log_no;
    int32_t partition;
    int64_t first_offset; /* items[i] has offset first_offset + i */
    struct ingest_item *items;
    size_t count;
    size_t capacity;
    size_t bytes; /* that it takes, about: keys, values, headers and what is kept of each record;
                     what back-pressure counts */
    size_t rows;  /* fact rows */
    int64_t started_ms; /* monotonic, of the first record */
    struct registry_knowledge
        *knowledge; /* what it was judged under; one reference is the batch's */
    struct emis_arena *bytes_arena;
    struct emis_arena *verdict_arena;
};

/* Everything of the context but catalogue and registry, which come from the knowledge. */
struct ingest_batch_rules {
    const struct submission_keyring *keyring;
    bool is_signing_required;
    int32_t utc_offset_minutes;
    size_t record_bytes_max;
};

/* Takes one reference of knowledge of its own. */
struct ingest_batch *ingest_batch_new(int16_t log_no, int32_t partition, int64_t first_offset,
                                      struct registry_knowledge *knowledge, int64_t now_ms);

/* Copy and judge the record, whose offset must be the next one. */
void ingest_batch_append(struct ingest_batch *batch, const struct ingest_batch_rules *rules,
                         const struct kafka_record *record);

/* Judge all again under newer knowledge. */
void ingest_batch_judge_again(struct ingest_batch *batch, const struct ingest_batch_rules *rules,
                              struct registry_knowledge *knowledge);

/* What becomes of items [from, to), in the arena. */
struct submission_decide *ingest_batch_decide(struct emis_arena *arena,
                                              const struct ingest_batch *batch, size_t from,
                                              size_t to);

/* Offset behind the last record. */
int64_t ingest_batch_next_offset(const struct ingest_batch *batch);
void ingest_batch_free(struct ingest_batch *batch);
