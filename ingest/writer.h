/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The writing thread: takes tasks from the exchange and performs them on its one connection,
 * choosing between retry, halving, pausing, isolating a poison record and giving up (guarantees G5
 * to G7, G14, G15). The only place that decides what to do about a failed transaction.
 */
#pragma once

#include "ingest/batch.h"
#include "ingest/exchange.h"

struct ingest_writer;

struct ingest_writer_options { /* borrowed for the life of the writer */
    const char *dsn;
    const char *
        worker_name; /* unique; also the application_name of the connection, after "emis-ingest " */
    const char *cluster_id;
    const char *topic;
    int32_t partition_count;
    const struct ingest_batch_rules *rules;
    int64_t statement_timeout_ms;
    int64_t lock_timeout_ms;
    int64_t probe_ms_max; /* longest wait between two tries on a sick database */
    const char *version;
    const char *host;
};

/* Connects, finds the log, loads the knowledge into the exchange. Blocking. */
bool ingest_writer_new(const struct ingest_writer_options *options,
                       struct ingest_exchange *exchange, struct ingest_writer **ret_writer,
                       struct emis_error *err) EMIS_MUST_CHECK;
int16_t ingest_writer_log_no(const struct ingest_writer *writer);
void ingest_writer_set_metrics_port(struct ingest_writer *writer, int32_t port);
/* The body of the thread: returns when the exchange is stopped. */
void ingest_writer_run(struct ingest_writer *writer);
/* Milliseconds since the thread last came round (monotonic now given): the watchdog's measure. Any
 * thread. */
int64_t ingest_writer_idle_ms(const struct ingest_writer *writer, int64_t now_ms);
void ingest_writer_free(struct ingest_writer *writer);
