/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who owns a partition: the epoch in control.kafka_offset, takeover from an owner whose open batch
 * blocks it, and the settling of a COMMIT whose answer was lost (guarantees G5 to G8). The writing
 * thread's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ingest/exchange.h"
#include "lib/base/error.h"

struct store_connection;

/* The number of the log: the newest adopted one of this cluster and topic, made if there is none.
 * E_PREFLIGHT when the partition count has changed. */
bool ingest_owner_find_log(struct store_connection *conn, const char *cluster_id, const char *topic,
                           int32_t partition_count, int16_t *ret_log_no,
                           struct emis_error *err) EMIS_MUST_CHECK;

/*
 * Take the partition: its row is made if it is new (from claim->low_offset), its epoch is bumped.
 * Only when an open batch of the old owner blocks that (lock timeout), exactly that backend is
 * terminated and the bump tried again. Fills the claim's outputs and *ret_epoch.
 */
bool ingest_owner_claim(struct store_connection *conn, int16_t log_no, const char *worker_name,
                        struct ingest_claim *claim, int64_t *ret_epoch,
                        struct emis_error *err) EMIS_MUST_CHECK;

enum ingest_owner_verdict {
    INGEST_OWNER_COMMITTED,
    INGEST_OWNER_NOT_COMMITTED,
    INGEST_OWNER_FENCED
};

/*
 * On a new connection: what became of the range [first, next) whose COMMIT got no answer. Waits for
 * the row; as long as our own old backend holds it, that backend is terminated. A plain read would
 * lie (M9). E_DB_CONFLICT: another one holds it; ask again.
 */
bool ingest_owner_settle(struct store_connection *conn, int16_t log_no, int32_t partition,
                         int64_t epoch, int64_t first_offset, int64_t next_offset,
                         int old_backend_pid, const char *application_name,
                         enum ingest_owner_verdict *ret_verdict,
                         struct emis_error *err) EMIS_MUST_CHECK;

/* The partitions of a worker that has reconnected. */
struct ingest_owner_holding {
    size_t count;
    const int16_t *partitions;
    const int64_t *epochs;
    int64_t *next_offsets; /* out: as stored; -1 for a partition that is not ours any more */
};

/*
 * After a reconnect: the rows of our partitions name the new backend as the one that a takeover may
 * terminate, and tell where they stand, which need not be where we left them (a restored or
 * promoted database went back). Our own old backend is terminated if it still holds a row: no
 * timeout reaches it in the middle of a COPY.
 */
bool ingest_owner_keep(struct store_connection *conn, int16_t log_no, const char *worker_name,
                       const struct ingest_owner_holding *holding, int old_backend_pid,
                       const char *application_name, struct emis_error *err) EMIS_MUST_CHECK;
