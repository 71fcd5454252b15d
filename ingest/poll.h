/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The polling thread: records in, batches out. Checks that offsets have no gap, judges each record
 * as it comes, hands a batch over when the writer is idle or the batch is full, and holds
 * partitions back by bytes in flight. The consumer is its own: nothing else touches it.
 */
#pragma once

#include "ingest/batch.h"
#include "ingest/exchange.h"

struct emis_settings;
struct ingest_poll;

struct ingest_poll_options { /* borrowed for the life of the poll */
    const struct emis_settings *settings;
    const char *group;
    const char *instance_id; /* "": a dynamic member */
    const char *topic;
    int32_t partition_count;
    int16_t log_no;
    const struct ingest_batch_rules *rules;
    size_t batch_rows_max;
    size_t batch_bytes_max;
    size_t inflight_bytes_max;
    int64_t probe_ms_max; /* longest wait between two looks at a partition that was stopped */
};

bool ingest_poll_new(const struct ingest_poll_options *options, struct ingest_exchange *exchange,
                     struct ingest_poll **ret_poll, struct emis_error *err) EMIS_MUST_CHECK;
/* The body of the thread: returns when the exchange is stopped (true), or when the consumer is
 * dead. */
bool ingest_poll_run(struct ingest_poll *poll, struct emis_error *err) EMIS_MUST_CHECK;
int64_t ingest_poll_idle_ms(const struct ingest_poll *poll, int64_t now_ms); /* any thread */
bool ingest_poll_is_assigned(
    const struct ingest_poll *poll); /* any thread: the group has answered */
void ingest_poll_free(struct ingest_poll *poll);
