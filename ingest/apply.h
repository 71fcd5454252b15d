/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One transaction: a range of a batch with its ledger rows, facts, current rows, dirty marks and
 * the moved offset, all or nothing (guarantees G3 to G5). The writing thread's. Decides nothing
 * about retries: writer.c does.
 */
#pragma once

#include "ingest/batch.h"
#include "ingest/encode.h"

struct store_connection;

struct ingest_apply {
    struct store_connection *conn;           /* borrowed; statements are registered */
    struct ingest_encode *encode;            /* borrowed; of the batch's catalogue */
    struct emis_arena *arena;                /* borrowed; cleared by each call */
    int64_t epoch;                           /* of the batch's partition */
    const struct ingest_table *failed_table; /* out: table whose COPY was refused, or NULL */
};

/* What a committed range held. */
struct ingest_apply_counts {
    int64_t outcomes[5]; /* accepted, superseded, duplicate, rejected, parked */
    int64_t fact_rows;
};

/*
 * Write items [from, to). E_FENCED: the partition's row is not at the range's start under our
 * epoch; E_REGISTRY_MOVED: the batch's knowledge is old; otherwise as lib/store/connection.h, and
 * store_connection_is_in_doubt() after a lost COMMIT. After a failure nothing is open on the
 * connection.
 */
bool ingest_apply_range(struct ingest_apply *apply, const struct ingest_batch *batch, size_t from,
                        size_t to, struct ingest_apply_counts *ret_counts,
                        struct emis_error *err) EMIS_MUST_CHECK;

/* The same without fence and commit: whether the database would take these items. Always rolled
 * back. */
bool ingest_apply_probe(struct ingest_apply *apply, const struct ingest_batch *batch, size_t from,
                        size_t to, struct emis_error *err) EMIS_MUST_CHECK;
