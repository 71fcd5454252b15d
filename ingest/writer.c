/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/writer.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ingest/apply.h"
#include "ingest/owner.h"
#include "ingest/poison.h"
#include "ingest/stats.h"
#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/memory.h"
#include "lib/base/random.h"
#include "lib/registry/knowledge.h"
#include "lib/store/connection.h"
#include "lib/store/query.h"
#include "lib/submission/current.h"

#define TAKE_TIMEOUT_MS        500
#define REPORT_EVERY_MS        5000
#define RETRIES_AT_ONCE        10
#define BACKOFF_MS_MIN         100
#define IDLE_IN_TRANSACTION_MS 10000

extern const struct store_statement ingest_statements[];

struct partition {
    bool is_owned;       /* claimed under epoch, not fenced since */
    bool may_have_alarm; /* an open one in the database: ours, or of whoever had it before the claim
                          */
    int64_t epoch;
    int64_t next_offset; /* as claimed or committed, while it is owned */
    int pauses;          /* since the last commit; 0: it is not paused */
    size_t limit;        /* paused: records of a transaction that were tried last; 0: any */
};

struct ingest_writer {
    const struct ingest_writer_options *options;
    struct ingest_exchange *exchange;
    struct store_connection *conn; /* NULL while there is none */
    struct partition *partitions;  /* partition_count of them */
    int16_t log_no;
    int backend_pid;                      /* of conn, also after its loss */
    struct registry_knowledge *knowledge; /* what encode and the COPY statements are made for */
    bool is_stale; /* the connection is another one since: the database may have gone back and
                      forth, its version means nothing */
    struct ingest_encode encode;
    struct emis_arena *arena;       /* of one transaction */
    struct emis_arena *names_arena; /* of encode */
    char application_name[64];
    struct emis_random random;
    int64_t started_us;
    int64_t reported_ms;
    _Atomic int32_t metrics_port;
    _Atomic int64_t alive_ms;
};

/* How far a batch has come, across its transactions. */
struct progress {
    size_t from;  /* committed so far */
    size_t limit; /* most records of one transaction: halved by timeouts */
    int tries;    /* of the present range */
};

enum verdict { GO_ON, DROP };

static int64_t backoff_ms(struct ingest_writer *writer, int tries)
{
    return emis_random_backoff_ms(&writer->random, tries, BACKOFF_MS_MIN,
                                  writer->options->probe_ms_max);
}

/* New knowledge: the encoder and the COPY statements follow the catalogue. Takes the reference. */
static void adopt_knowledge(struct ingest_writer *writer, struct registry_knowledge *knowledge)
{
    ingest_encode_release(&writer->encode);
    emis_arena_clear(writer->names_arena);
    ingest_encode_init(&writer->encode, knowledge->catalogue, writer->names_arena);
    submission_current_register(writer->conn, knowledge->catalogue);
    registry_knowledge_release(writer->knowledge);
    writer->knowledge = knowledge;
    writer->is_stale = false;
    ingest_exchange_set_knowledge(writer->exchange, registry_knowledge_retain(knowledge));
    emis_metric_set(&ingest_stats.registry_version, knowledge->version);
}

static bool reload_knowledge(struct ingest_writer *writer, struct emis_error *err)
{
    struct registry_knowledge *knowledge;

    if (!registry_knowledge_load(writer->conn, &knowledge, err)) {
        return false;
    }
    adopt_knowledge(writer, knowledge);
    emis_log(EMIS_LOG_INFO, "registry_loaded", "version=%lld units=%zu",
             (long long) knowledge->version, registry_unit_count(knowledge->registry));
    return true;
}

static bool open_connection(struct ingest_writer *writer, struct emis_error *err)
{
    writer->conn = store_connection_new(writer->options->dsn, writer->application_name, err);
    if (writer->conn == NULL) {
        return false;
    }
    store_connection_register(writer->conn, ingest_statements);
    if (store_connection_set_timeouts(writer->conn, writer->options->statement_timeout_ms,
                                      writer->options->lock_timeout_ms, IDLE_IN_TRANSACTION_MS,
                                      err) &&
        store_query_run(writer->conn, "tune_session", NULL, NULL, err)) {
        writer->backend_pid = store_connection_backend_pid(writer->conn);
        return true;
    }
    store_connection_free(writer->conn);
    writer->conn = NULL;
    return false;
}

static void raise_alarm(struct ingest_writer *writer, int32_t partition,
                        const struct emis_error *why)
{
    char key[64];
    struct store_params params;
    struct emis_error err;

    writer->partitions[partition].may_have_alarm = true;
    (void) snprintf(key, sizeof(key), "partition %d/%d", writer->log_no, partition);
    store_params_init(&params);
    store_params_text(&params, key);
    store_params_i16(&params, (int16_t) why->code);
    store_params_text(&params, why->message);
    if (writer->conn == NULL ||
        !store_query_run(writer->conn, "raise_alarm", &params, NULL, &err)) {
        emis_log(EMIS_LOG_WARN, "alarm_not_stored", "key=\"%s\" continuing=yes", key);
    }
    store_params_release(&params);
}

static bool clear_alarm(struct ingest_writer *writer, int32_t partition)
{
    char key[64];
    struct store_params params;
    struct emis_error err;
    bool ok;

    (void) snprintf(key, sizeof(key), "partition %d/%d", writer->log_no, partition);
    store_params_init(&params);
    store_params_text(&params, key);
    ok = store_query_run(writer->conn, "clear_alarm", &params, NULL, &err);
    if (!ok) {
        emis_log_failure(EMIS_LOG_DEBUG, "alarm_not_cleared", &err, "key=\"%s\"", key);
    }
    store_params_release(&params);
    return ok;
}

static void fence(struct ingest_writer *writer, int32_t partition)
{
    const struct ingest_event event = {.kind = INGEST_EVENT_FENCED, .partition = partition};

    writer->partitions[partition].is_owned = false;
    emis_metric_add(&ingest_stats.fenced, 1);
    ingest_exchange_post(writer->exchange, &event);
}

/*
 * The database may have gone back behind what we remember, restored or promoted: a partition that
 * does not stand where we left it is read again from where it stands (G8). doubtful: whose COMMIT
 * got no answer, -1: none; settling it comes next.
 */
static bool keep_owned(struct ingest_writer *writer, int old_pid, int32_t doubtful,
                       struct emis_error *err)
{
    size_t size = (size_t) writer->options->partition_count;
    int16_t *partitions = emis_calloc(size, sizeof(*partitions));
    int64_t *epochs = emis_calloc(size, sizeof(*epochs)),
            *next_offsets = emis_calloc(size, sizeof(*next_offsets));
    struct ingest_owner_holding holding = {
        .partitions = partitions, .epochs = epochs, .next_offsets = next_offsets};
    bool ok;

    for (size_t i = 0; i < size; i++) {
        if (writer->partitions[i].is_owned) {
            partitions[holding.count] = (int16_t) i;
            epochs[holding.count++] = writer->partitions[i].epoch;
        }
    }
    ok = ingest_owner_keep(writer->conn, writer->log_no, writer->options->worker_name, &holding,
                           old_pid, writer->application_name, err);
    for (size_t i = 0; ok && i < holding.count; i++) {
        if (next_offsets[i] != writer->partitions[partitions[i]].next_offset &&
            partitions[i] != doubtful) {
            fence(writer, partitions[i]);
        }
    }
    free(partitions);
    free(epochs);
    free(next_offsets);
    return ok;
}

static bool open_again(struct ingest_writer *writer, int old_pid, int32_t doubtful,
                       struct emis_error *err)
{
    if (!open_connection(writer, err)) {
        return false;
    }
    if (writer->knowledge != NULL) {
        submission_current_register(writer->conn, writer->knowledge->catalogue);
        writer->is_stale = true;
    }
    if (keep_owned(writer, old_pid, doubtful, err)) {
        return true;
    }
    store_connection_free(writer->conn);
    writer->conn = NULL;
    return false;
}

/* Until there is a connection, or waiting for one is of no use any more (partition: whose batch
 * waits, -1: none's). */
static bool reconnect(struct ingest_writer *writer, int32_t partition, bool is_in_doubt)
{
    int old_pid = writer->backend_pid;
    struct emis_error err;

    store_connection_free(writer->conn);
    writer->conn = NULL;
    for (int tries = 0;; tries++) {
        if (open_again(writer, old_pid, is_in_doubt ? partition : -1, &err)) {
            emis_metric_add(&ingest_stats.reconnects, 1);
            emis_log(EMIS_LOG_INFO, "database_connected", "backend_pid=%d", writer->backend_pid);
            return true;
        }
        if (tries == 0) {
            emis_log_failure(EMIS_LOG_WARN, "database_lost", &err, "continuing=yes");
        }
        atomic_store(&writer->alive_ms, emis_clock_monotonic_ms());
        if (!ingest_exchange_wait(writer->exchange, backoff_ms(writer, tries), partition)) {
            return false;
        }
    }
}

/* It was paused. */
static bool end_pause(struct partition *partition)
{
    bool was_paused = partition->pauses > 0;

    partition->pauses = 0;
    partition->limit = 0;
    emis_metric_add(&ingest_stats.paused, was_paused ? -1 : 0);
    return was_paused;
}

static void note_committed(struct ingest_writer *writer, const struct ingest_batch *batch,
                           struct progress *progress, size_t to)
{
    const struct ingest_event event = {.kind = INGEST_EVENT_COMMITTED,
                                       .partition = batch->partition,
                                       .next_offset = batch->first_offset + (int64_t) to};
    struct partition *partition = &writer->partitions[batch->partition];

    progress->from = to;
    progress->tries = 0;
    partition->next_offset = event.next_offset;
    emis_metric_add(&ingest_stats.batches, 1);
    if (end_pause(partition)) {
        emis_log(EMIS_LOG_INFO, "partition_resumed", "partition=%d", batch->partition);
    }
    partition->may_have_alarm = partition->may_have_alarm && !clear_alarm(writer, batch->partition);
    ingest_exchange_post(writer->exchange, &event);
}

static void count(const struct ingest_apply_counts *counts)
{
    emis_metric_add(&ingest_stats.accepted, counts->outcomes[0]);
    emis_metric_add(&ingest_stats.superseded, counts->outcomes[1]);
    emis_metric_add(&ingest_stats.duplicate, counts->outcomes[2]);
    emis_metric_add(&ingest_stats.rejected, counts->outcomes[3]);
    emis_metric_add(&ingest_stats.parked, counts->outcomes[4]);
    emis_metric_add(&ingest_stats.fact_rows, counts->fact_rows);
}

/* What became of the range [progress->from, to), whose COMMIT got no answer; asked until it is
 * known. */
static enum verdict settle(struct ingest_writer *writer, const struct ingest_batch *batch,
                           struct progress *progress, size_t to, int old_pid)
{
    for (int tries = 0;; tries++) {
        enum ingest_owner_verdict settled;
        struct emis_error err;

        if (ingest_owner_settle(writer->conn, writer->log_no, batch->partition,
                                writer->partitions[batch->partition].epoch,
                                batch->first_offset + (int64_t) progress->from,
                                batch->first_offset + (int64_t) to, old_pid,
                                writer->application_name, &settled, &err)) {
            emis_log(EMIS_LOG_INFO, "commit_settled", "partition=%d outcome=%s", batch->partition,
                     settled == INGEST_OWNER_COMMITTED       ? "committed"
                     : settled == INGEST_OWNER_NOT_COMMITTED ? "not_committed"
                                                             : "fenced");
            if (settled == INGEST_OWNER_COMMITTED) {
                note_committed(writer, batch, progress, to);
            } else if (settled == INGEST_OWNER_FENCED) {
                fence(writer, batch->partition);
                return DROP;
            }
            return GO_ON;
        }
        emis_log_failure(EMIS_LOG_WARN, "commit_not_settled", &err, "partition=%d continuing=yes",
                         batch->partition);
        atomic_store(&writer->alive_ms, emis_clock_monotonic_ms());
        if (store_connection_is_broken(writer->conn)
                ? !reconnect(writer, batch->partition, true)
                : !ingest_exchange_wait(writer->exchange, backoff_ms(writer, tries),
                                        batch->partition)) {
            return DROP;
        }
    }
}

/* The connection is gone: a new one, and the truth about a COMMIT without answer. */
static enum verdict recover_connection(struct ingest_writer *writer,
                                       const struct ingest_batch *batch, struct progress *progress,
                                       size_t to)
{
    bool is_in_doubt = store_connection_is_in_doubt(writer->conn);
    int old_pid = writer->backend_pid;

    if (!reconnect(writer, batch->partition, is_in_doubt)) {
        return DROP;
    }
    return is_in_doubt ? settle(writer, batch, progress, to, old_pid) : GO_ON;
}

/*
 * No record is at fault: the partition waits until the database can. Not here, where the others
 * would wait with it, and not with its batches, whose bytes would hold them back: it is given up,
 * and the polling thread claims and reads it again after a while.
 */
static enum verdict pause_partition(struct ingest_writer *writer, const struct ingest_batch *batch,
                                    const struct progress *progress, const struct emis_error *err)
{
    struct partition *partition = &writer->partitions[batch->partition];
    struct ingest_event event = {.kind = INGEST_EVENT_PAUSED, .partition = batch->partition};

    if (partition->pauses++ == 0) {
        emis_metric_add(&ingest_stats.paused, 1);
        emis_log_failure(EMIS_LOG_ERROR, "partition_paused", err, "partition=%d offset=%lld",
                         batch->partition,
                         (long long) (batch->first_offset + (int64_t) progress->from));
    }
    raise_alarm(writer, batch->partition,
                err); /* at each try: a sick database may not have kept the last one */
    partition->is_owned = false;
    partition->limit = progress->limit;
    event.wait_ms = backoff_ms(writer, partition->pauses);
    ingest_exchange_post(writer->exchange, &event);
    return DROP;
}

/*
 * The rows are there and the position, which moves with them, does not say so: it was set back, or
 * restored without them. No other owner does that (the offset row is ours since the transaction's
 * second step), so waiting does not mend it.
 */
static enum verdict meet_own_rows(struct ingest_writer *writer, const struct ingest_batch *batch,
                                  const struct progress *progress)
{
    struct emis_error err;

    (void) emis_error_set(
        &err, E_LEDGER_AHEAD,
        "the ledger holds records of partition %d/%d from its position %lld on: the position went "
        "back without them; run `emis ledger check`, then set the position behind the last ledger "
        "row as `Repairs` in ingest/README.md says, or restore rows and position together",
        writer->log_no, batch->partition,
        (long long) (batch->first_offset + (int64_t) progress->from));
    return pause_partition(writer, batch, progress, &err);
}

static enum verdict retry(struct ingest_writer *writer, const struct ingest_batch *batch,
                          struct progress *progress, const struct emis_error *err)
{
    progress->tries++;
    emis_metric_add(&ingest_stats.retries, 1);
    emis_log_failure(EMIS_LOG_DEBUG, "batch_retried", err, "partition=%d tries=%d",
                     batch->partition, progress->tries);
    if (progress->tries > RETRIES_AT_ONCE) {
        return pause_partition(writer, batch, progress, err);
    }
    return ingest_exchange_wait(writer->exchange, emis_random_jitter_ms(&writer->random, 20),
                                batch->partition)
               ? GO_ON
               : DROP;
}

static enum verdict isolate(struct ingest_writer *writer, struct ingest_batch *batch,
                            struct ingest_apply *apply, struct progress *progress, size_t to,
                            const struct emis_error *why)
{
    struct emis_error err;
    size_t index;

    if (!ingest_poison_find(apply, batch, progress->from, to, &index, &err)) {
        if (store_connection_is_broken(writer->conn)) {
            return recover_connection(writer, batch, progress, progress->from);
        }
        return retry(writer, batch, progress, &err);
    }
    if (index == SIZE_MAX) { /* not to be repeated: the whole range again */
        return retry(writer, batch, progress, why);
    }
    emis_metric_add(&ingest_stats.validator_misses, 1);
    emis_log(EMIS_LOG_ERROR, "record_refused_by_database",
             "partition=%d offset=%lld sqlstate=%s continuing=yes", batch->partition,
             (long long) batch->items[index].record.offset, batch->items[index].poison_sqlstate);
    return GO_ON;
}

/*
 * The batch is judged under the knowledge that the encoder and the COPY statements are made for,
 * and that is the database's. Compared by identity: the version of a database that went back counts
 * anew.
 */
static bool judge_under_present(struct ingest_writer *writer, struct ingest_batch *batch,
                                struct emis_error *err)
{
    if (writer->is_stale && !reload_knowledge(writer, err)) {
        return false;
    }
    if (batch->knowledge != writer->knowledge) {
        ingest_batch_judge_again(batch, writer->options->rules, writer->knowledge);
    }
    return true;
}

static enum verdict recover(struct ingest_writer *writer, struct ingest_batch *batch,
                            struct ingest_apply *apply, struct progress *progress, size_t to,
                            const struct emis_error *err)
{
    const struct store_failure *failure = store_connection_failure(writer->conn);

    if (store_connection_is_broken(writer->conn) || store_connection_is_in_doubt(writer->conn)) {
        return recover_connection(writer, batch, progress, to);
    }
    switch (err->code) {
    case E_REGISTRY_MOVED:
        writer->is_stale = true;
        return GO_ON;
    case E_FENCED:
        fence(writer, batch->partition);
        return DROP;
    case E_DB_CONFLICT:
        if (failure->action == STORE_SQLSTATE_FENCED_LEDGER) {
            return meet_own_rows(writer, batch, progress);
        }
        return retry(writer, batch, progress, err);
    case E_DB_TIMEOUT:
        if (to - progress->from > 1) {
            progress->limit = (to - progress->from) / 2;
            return retry(writer, batch, progress, err);
        }
        return pause_partition(writer, batch, progress, err);
    case E_DB_DATA:
        return isolate(writer, batch, apply, progress, to, err);
    default:
        return pause_partition(writer, batch, progress, err);
    }
}

/* One transaction, and what follows from its failure. */
static enum verdict write_range(struct ingest_writer *writer, struct ingest_batch *batch,
                                struct progress *progress)
{
    size_t to = progress->from + progress->limit < batch->count ? progress->from + progress->limit
                                                                : batch->count;
    int64_t started_us = emis_clock_now_us();
    struct ingest_apply apply = {.conn = writer->conn,
                                 .encode = &writer->encode,
                                 .arena = writer->arena,
                                 .epoch = writer->partitions[batch->partition].epoch};
    struct ingest_apply_counts counts;
    struct emis_error err;

    if (!judge_under_present(writer, batch, &err)) {
        return store_connection_is_broken(writer->conn)
                   ? recover_connection(writer, batch, progress, to)
                   : retry(writer, batch, progress, &err);
    }
    if (!ingest_apply_range(&apply, batch, progress->from, to, &counts, &err)) {
        return recover(writer, batch, &apply, progress, to, &err);
    }
    emis_metric_observe_us(&ingest_stats.batch_time, emis_clock_now_us() - started_us);
    count(&counts);
    emis_log(EMIS_LOG_DEBUG, "batch_committed", "partition=%d first=%lld records=%zu rows=%lld",
             batch->partition, (long long) (batch->first_offset + (int64_t) progress->from),
             to - progress->from, (long long) counts.fact_rows);
    note_committed(writer, batch, progress, to);
    return GO_ON;
}

static void write_batch(struct ingest_writer *writer, struct ingest_batch *batch)
{
    size_t limit = writer->partitions[batch->partition].limit;
    struct progress progress = {.limit = limit == 0 ? batch->count : limit};

    /* Fenced or paused: the polling thread reads it again from the stored position. */
    while (progress.from < batch->count && writer->partitions[batch->partition].is_owned &&
           !ingest_exchange_is_stopping(writer->exchange)) {
        atomic_store(&writer->alive_ms, emis_clock_monotonic_ms());
        if (write_range(writer, batch, &progress) == DROP) {
            break;
        }
    }
}

static void claim_partitions(struct ingest_writer *writer, struct ingest_claim *claims,
                             size_t claim_count)
{
    for (size_t i = 0; i < claim_count; i++) {
        struct partition *partition = &writer->partitions[claims[i].partition];
        struct emis_error err;

        while (!ingest_owner_claim(writer->conn, writer->log_no, writer->options->worker_name,
                                   &claims[i], &partition->epoch, &err)) {
            if (store_connection_is_broken(writer->conn)) {
                if (!reconnect(writer, -1, false)) {
                    return;
                }
            } else {
                emis_log_failure(EMIS_LOG_WARN, "partition_not_claimed", &err,
                                 "partition=%d continuing=yes", claims[i].partition);
                if (!ingest_exchange_wait(writer->exchange,
                                          emis_random_jitter_ms(&writer->random, 500), -1)) {
                    return;
                }
            }
            atomic_store(&writer->alive_ms, emis_clock_monotonic_ms());
        }
        partition->is_owned = true;
        partition->may_have_alarm = true; /* its first commit clears what stands there */
        partition->next_offset = claims[i].next_offset;
        emis_log(EMIS_LOG_INFO, "partition_claimed", "partition=%d next_offset=%lld epoch=%lld",
                 claims[i].partition, (long long) claims[i].next_offset,
                 (long long) partition->epoch);
    }
}

static void report(struct ingest_writer *writer, const char *state)
{
    struct store_params params;
    struct emis_error err;

    writer->reported_ms = emis_clock_monotonic_ms();
    store_params_init(&params);
    store_params_text(&params, writer->options->worker_name);
    store_params_text(&params, "emis-ingest");
    store_params_i32(&params, (int32_t) getpid());
    store_params_text(&params, writer->options->host);
    store_params_text(&params, writer->options->version);
    store_params_timestamptz(&params, writer->started_us);
    store_params_text(&params, state);
    store_params_i32(&params, atomic_load(&writer->metrics_port));
    if (!store_query_run(writer->conn, "report_worker", &params, NULL, &err)) {
        emis_log_failure(EMIS_LOG_DEBUG, "worker_not_reported", &err, "continuing=yes");
    }
    store_params_release(&params);
}

static void perform(struct ingest_writer *writer, struct ingest_task *task)
{
    switch (task->kind) {
    case INGEST_TASK_BATCH:
        if (!ingest_exchange_is_released(writer->exchange, task->batch->partition)) {
            write_batch(writer, task->batch);
        }
        break;
    case INGEST_TASK_CLAIM:
        claim_partitions(writer, task->claims, task->count);
        break;
    case INGEST_TASK_RELEASE:
        for (size_t i = 0; i < task->count; i++) {
            writer->partitions[task->partitions[i]].is_owned = false;
            (void) end_pause(&writer->partitions[task->partitions[i]]);
        }
        break;
    case INGEST_TASK_ALARM:
        if (task->alarm.code == EMIS_OK) {
            (void) clear_alarm(writer, task->alarm_partition);
        } else {
            raise_alarm(writer, task->alarm_partition, &task->alarm);
        }
        break;
    }
}

void ingest_writer_run(struct ingest_writer *writer)
{
    struct ingest_task task;

    while (!ingest_exchange_is_stopping(writer->exchange)) {
        atomic_store(&writer->alive_ms, emis_clock_monotonic_ms());
        if (writer->conn == NULL || store_connection_is_broken(writer->conn)) {
            if (!reconnect(writer, -1, false)) {
                continue;
            }
        }
        if (emis_clock_monotonic_ms() - writer->reported_ms >= REPORT_EVERY_MS) {
            report(writer, "working");
        }
        if (ingest_exchange_take(writer->exchange, TAKE_TIMEOUT_MS, &task)) {
            perform(writer, &task);
            ingest_exchange_finish(writer->exchange, &task);
        }
    }
    if (writer->conn != NULL && !store_connection_is_broken(writer->conn)) {
        report(writer, "stopped");
    }
}

bool ingest_writer_new(const struct ingest_writer_options *options,
                       struct ingest_exchange *exchange, struct ingest_writer **ret_writer,
                       struct emis_error *err)
{
    struct ingest_writer *writer = emis_calloc(1, sizeof(*writer));

    writer->options = options;
    writer->exchange = exchange;
    writer->partitions =
        emis_calloc((size_t) options->partition_count, sizeof(*writer->partitions));
    writer->arena = emis_arena_new(256 * 1024);
    writer->names_arena = emis_arena_new(4096);
    writer->started_us = emis_clock_now_us();
    emis_random_init(&writer->random, (uint64_t) writer->started_us ^ (uint64_t) getpid() << 32);
    writer->reported_ms = emis_clock_monotonic_ms() - REPORT_EVERY_MS;
    atomic_store(&writer->alive_ms, emis_clock_monotonic_ms());
    (void) snprintf(writer->application_name, sizeof(writer->application_name), "emis-ingest %s",
                    options->worker_name);
    if (open_connection(writer, err) &&
        ingest_owner_find_log(writer->conn, options->cluster_id, options->topic,
                              options->partition_count, &writer->log_no, err) &&
        reload_knowledge(writer, err)) {
        *ret_writer = writer;
        return true;
    }
    ingest_writer_free(writer);
    return false;
}

int16_t ingest_writer_log_no(const struct ingest_writer *writer)
{
    return writer->log_no;
}

void ingest_writer_set_metrics_port(struct ingest_writer *writer, int32_t port)
{
    atomic_store(&writer->metrics_port, port);
}

int64_t ingest_writer_idle_ms(const struct ingest_writer *writer, int64_t now_ms)
{
    return now_ms - atomic_load(&writer->alive_ms);
}

void ingest_writer_free(struct ingest_writer *writer)
{
    if (writer == NULL) {
        return;
    }
    store_connection_free(writer->conn);
    ingest_encode_release(&writer->encode);
    registry_knowledge_release(writer->knowledge);
    emis_arena_free(writer->arena);
    emis_arena_free(writer->names_arena);
    free(writer->partitions);
    free(writer);
}
