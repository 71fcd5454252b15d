/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/poll.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ingest/stats.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/memory.h"
#include "lib/base/random.h"
#include "lib/kafka/consumer.h"
#include "lib/kafka/reader.h"
#include "lib/registry/knowledge.h"

#define POLL_TIMEOUT_IDLE_MS 100
#define POLL_TIMEOUT_BUSY_MS 2
#define CLAIM_TIMEOUT_MS     20000
#define RELEASE_TIMEOUT_MS   5000
#define READ_TIMEOUT_MS      5000
#define RECLAIM_MS_MIN       20
#define RECLAIM_JITTER_MS    400
#define GAPS_MAX             3
#define LAG_EVERY_MS         1000
#define REASSIGN_EVERY_MS    1000
#define BROKERS_EVERY_MS     1000
#define BROKERS_TIMEOUT_MS   500
#define ANCHOR_EVERY_MS      2000
#define ANCHOR_TIMEOUT_MS    1000
#define BROKERS_LOST_MS      5000 /* a shorter absence is an election or a restart */

/*
 * An old point of a log: the first offset whose record is not older than the instant. It stays what
 * it is, or grows when old records expire. In a topic that was made anew all records are younger,
 * and it is 0. Unset while only 0 is known.
 */
struct anchor {
    int64_t timestamp_us;
    int64_t offset; /* 0: not set */
};

struct partition {
    bool is_assigned;   /* the group gave it to us */
    bool is_read;       /* claimed and read */
    int64_t expected;   /* offset of the next record */
    int64_t committed;  /* next offset of the last commit that we heard of */
    int64_t reclaim_ms; /* fenced, paused or stopped: when to claim it again; 0: not */
    int stop_count;     /* since the last commit that we heard of */
    bool is_refused;    /* its log was another one when we looked last: an alarm stands */
    bool is_missed;     /* could not be claimed again when we tried last: said in the log */
    int gap_count;      /* of the same gap */
    int64_t gap_at;
    int64_t seen_us; /* timestamp of the newest record that was read, to anchor at; 0: none */
    struct anchor anchor;
    struct ingest_batch *batch;
};

struct ingest_poll {
    const struct ingest_poll_options *options;
    struct ingest_exchange *exchange;
    struct kafka_consumer *consumer;
    struct kafka_reader *reader;
    struct partition *partitions;
    struct registry_knowledge *knowledge;
    size_t open_bytes;
    size_t open_count; /* records in open batches */
    bool is_held;      /* as many bytes are under way as may be */
    bool has_refused;  /* an assignment could not be claimed: asked again */
    bool is_outgrown;  /* the topic has more partitions than at the start */
    int64_t reassign_ms;
    int64_t lag_ms;
    int64_t transport_errors; /* when the brokers answered last */
    int64_t unanswered_ms;    /* since when they do not answer; 0: they do */
    int64_t brokers_ms;       /* when they are asked next */
    int64_t anchor_ms;        /* when the next anchor is looked at */
    int32_t anchor_partition; /* the last one that was */
    bool is_loss_told;
    struct emis_random random;
    _Atomic int64_t alive_ms;
    _Atomic bool is_assigned;
};

static void drop_batch(struct ingest_poll *poll, struct partition *partition)
{
    if (partition->batch != NULL) {
        poll->open_bytes -= partition->batch->bytes;
        poll->open_count -= partition->batch->count;
        ingest_batch_free(partition->batch);
        partition->batch = NULL;
    }
}

static void submit_batch(struct ingest_poll *poll, struct partition *partition)
{
    if (partition->batch != NULL) {
        poll->open_bytes -= partition->batch->bytes;
        poll->open_count -= partition->batch->count;
        ingest_exchange_submit(poll->exchange, partition->batch);
        partition->batch = NULL;
    }
}

/* Only a person can mend it; we look again, ever more rarely, so that nobody needs to restart us.
 */
static void stop_partition(struct ingest_poll *poll, int32_t number, const struct emis_error *err)
{
    struct partition *partition = &poll->partitions[number];
    int64_t wait_ms = REASSIGN_EVERY_MS
                      << (partition->stop_count < 10 ? partition->stop_count : 10);

    if (wait_ms > poll->options->probe_ms_max) {
        wait_ms = poll->options->probe_ms_max;
    }
    partition->stop_count++;
    partition->reclaim_ms = emis_clock_monotonic_ms() + wait_ms;
    emis_log_failure(EMIS_LOG_ERROR, "partition_stopped", err, "partition=%d next_look_ms=%lld",
                     number, (long long) wait_ms);
    ingest_exchange_alarm(poll->exchange, number, err);
}

/* The log is ours again; no record may come for long that would clear the alarm. */
static void end_refusal(struct ingest_poll *poll, int32_t number)
{
    const struct emis_error none = {.code = EMIS_OK};

    if (poll->partitions[number].is_refused) {
        poll->partitions[number].is_refused = false;
        emis_log(EMIS_LOG_INFO, "partition_resumed", "partition=%d", number);
        ingest_exchange_alarm(poll->exchange, number, &none);
    }
}

/* A log whose records bear no time cannot be anchored. */
static int64_t seen_of(const struct kafka_record *record)
{
    return record->timestamp_us == KAFKA_RECORD_NO_TIMESTAMP ? 0 : record->timestamp_us;
}

/* The anchor is where it was, or farther on, or nothing is there yet. The first look sets it. */
static bool is_anchored(struct ingest_poll *poll, int32_t number, int timeout_ms,
                        struct emis_error *err)
{
    struct partition *partition = &poll->partitions[number];
    bool is_set = partition->anchor.offset > 0;
    int64_t offset, timestamp_us = is_set ? partition->anchor.timestamp_us : partition->seen_us;

    if (!is_set && partition->seen_us == 0) {
        return true;
    }
    if (!kafka_consumer_offset_at(poll->consumer, number, timestamp_us, timeout_ms, &offset, err)) {
        return false;
    }
    if (!is_set && offset > 0) {
        partition->anchor = (struct anchor){.timestamp_us = timestamp_us, .offset = offset};
    }
    return !is_set || offset < 0 || offset >= partition->anchor.offset ||
           emis_error_set(err, E_LOG_IDENTITY,
                          "partition %d holds younger records from offset %lld on, and at %lld "
                          "held one that is in the ledger: the topic was made anew",
                          number, (long long) offset, (long long) partition->anchor.offset);
}

/* Is record next_offset - 1 the one whose bytes we committed (G10), and our anchor where it was? A
 * record that has expired cannot be compared; then the log must begin at our position. */
static bool is_same_log(struct ingest_poll *poll, const struct ingest_claim *claim,
                        struct emis_error *err)
{
    const struct kafka_record *record;
    uint8_t sha256[EMIS_DIGEST_BYTES];

    if (!is_anchored(poll, claim->partition, READ_TIMEOUT_MS, err)) {
        return false;
    }
    if (!claim->has_tail || claim->next_offset == 0) {
        return true;
    }
    if (!kafka_reader_fetch(poll->reader, claim->partition, claim->next_offset - 1, READ_TIMEOUT_MS,
                            &record, err)) {
        return err->code == E_GAP && claim->low_offset == claim->next_offset;
    }
    if (record == NULL) {
        return emis_error_set(
            err, E_LOG_IDENTITY,
            "partition %d ends before offset %lld, which is already in the ledger",
            claim->partition, (long long) (claim->next_offset - 1));
    }
    emis_digest_sha256(record->has_value ? record->value : "", record->value_size, sha256);
    if (!emis_digest_is_equal(sha256, claim->tail_sha256)) {
        return emis_error_set(err, E_LOG_IDENTITY,
                              "record %lld of partition %d is not the one in the ledger",
                              (long long) (claim->next_offset - 1), claim->partition);
    }
    poll->partitions[claim->partition].seen_us = seen_of(record);
    return true;
}

/* A claimed partition is read from the stored position, unless its log is another one. */
static bool take_claim(struct ingest_poll *poll, const struct ingest_claim *claim)
{
    struct partition *partition = &poll->partitions[claim->partition];
    struct emis_error err = {.code = EMIS_OK};

    if (!is_same_log(poll, claim, &err)) {
        if (err.kind == EMIS_RETRY) {
            emis_log_failure(EMIS_LOG_WARN, "log_not_compared", &err, "partition=%d continuing=yes",
                             claim->partition);
            partition->reclaim_ms = emis_clock_monotonic_ms() + REASSIGN_EVERY_MS;
        } else {
            partition->is_refused = true;
            stop_partition(poll, claim->partition, &err);
        }
        return false;
    }
    end_refusal(poll, claim->partition);
    partition->is_read = true;
    partition->reclaim_ms = 0;
    partition->expected = claim->next_offset;
    partition->committed = claim->next_offset;
    return true;
}

static bool is_beyond(const struct ingest_poll *poll, const int32_t *partitions, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (partitions[i] >= poll->options->partition_count) {
            return true;
        }
    }
    return false;
}

/* From the first offsets on that Kafka has; all of them or none. */
static bool claim(struct ingest_poll *poll, struct ingest_claim *claims, size_t count,
                  struct emis_error *err)
{
    int64_t high;

    for (size_t i = 0; i < count; i++) {
        if (!kafka_consumer_watermarks(poll->consumer, claims[i].partition, READ_TIMEOUT_MS,
                                       &claims[i].low_offset, &high, err)) {
            return emis_error_wrap(err, "partition %d", claims[i].partition);
        }
    }
    if (count == 0 || ingest_exchange_claim(poll->exchange, claims, count, CLAIM_TIMEOUT_MS)) {
        return true;
    }
    if (ingest_exchange_is_stopping(poll->exchange)) {
        return emis_error_set(err, E_STOPPED, "asked to stop");
    }
    return emis_error_set(err, E_DATABASE, "the writer did not get to claim them in time");
}

/* It is tried again once a second: the first failure is a warning, more of the same are not. */
static enum emis_log_level miss_level(const struct emis_error *err, bool is_known)
{
    return is_known || err->kind == EMIS_STOP ? EMIS_LOG_DEBUG : EMIS_LOG_WARN;
}

/* poll_run ends with the reason if the topic has outgrown its log. */
static void note_assign(const struct ingest_poll *poll, bool ok, size_t count,
                        const struct emis_error *err)
{
    if (ok) {
        emis_log(EMIS_LOG_INFO, "partitions_assigned", "count=%zu", count);
    } else if (!poll->is_outgrown) {
        emis_log_failure(miss_level(err, poll->has_refused), "partitions_not_claimed", err,
                         "count=%zu continuing=yes", count);
    }
}

static bool on_assign(void *context, const int32_t *partitions, size_t count, int64_t *ret_offsets)
{
    struct ingest_poll *poll = context;
    struct ingest_claim *claims = emis_calloc(count + 1, sizeof(*claims));
    struct emis_error err = {.code = EMIS_OK};
    bool ok;

    for (size_t i = 0; i < count; i++) {
        claims[i].partition = partitions[i];
    }
    poll->is_outgrown = is_beyond(poll, partitions, count);
    ok = !poll->is_outgrown && claim(poll, claims, count, &err);
    for (size_t i = 0; i < count && ok; i++) {
        poll->partitions[partitions[i]].is_assigned = true;
        if (claims[i].is_claimed && take_claim(poll, &claims[i])) {
            ret_offsets[i] = claims[i].next_offset;
        }
    }
    free(claims);
    note_assign(poll, ok, count, &err);
    poll->has_refused = !ok;
    poll->reassign_ms = emis_clock_monotonic_ms() + REASSIGN_EVERY_MS;
    atomic_store(&poll->is_assigned, ok);
    emis_metric_set(&ingest_stats.partitions, ok ? (int64_t) count : 0);
    return ok;
}

static void on_revoke(void *context, const int32_t *partitions, size_t count)
{
    struct ingest_poll *poll = context;

    if (poll->is_outgrown) {
        return; /* none of them was taken */
    }
    for (size_t i = 0; i < count; i++) {
        struct partition *partition = &poll->partitions[partitions[i]];

        drop_batch(poll, partition);
        *partition = (struct partition){.anchor = partition->anchor};
    }
    if (count > 0) {
        ingest_exchange_release(poll->exchange, partitions, count, RELEASE_TIMEOUT_MS);
    }
    atomic_store(&poll->is_assigned, false);
    emis_metric_set(&ingest_stats.partitions, 0);
    emis_log(EMIS_LOG_INFO, "partitions_revoked", "count=%zu", count);
}

bool ingest_poll_new(const struct ingest_poll_options *options, struct ingest_exchange *exchange,
                     struct ingest_poll **ret_poll, struct emis_error *err)
{
    static const struct kafka_consumer_callbacks callbacks = {.on_assign = on_assign,
                                                              .on_revoke = on_revoke};
    struct ingest_poll *poll = emis_calloc(1, sizeof(*poll));

    poll->options = options;
    poll->exchange = exchange;
    poll->partitions = emis_calloc((size_t) options->partition_count, sizeof(*poll->partitions));
    poll->knowledge = ingest_exchange_knowledge(exchange);
    emis_random_init(&poll->random, (uint64_t) emis_clock_now_us() ^ (uint64_t) getpid() << 32);
    atomic_store(&poll->alive_ms, emis_clock_monotonic_ms());
    if (kafka_reader_new(options->settings, options->topic, &poll->reader, err) &&
        kafka_consumer_new(options->settings, options->group,
                           options->instance_id[0] == '\0' ? NULL : options->instance_id,
                           options->topic, &callbacks, poll, &poll->consumer, err)) {
        *ret_poll = poll;
        return true;
    }
    ingest_poll_free(poll);
    return false;
}

/* Newer knowledge is for the next batch; the writer judges older batches again. */
static void refresh_knowledge(struct ingest_poll *poll)
{
    registry_knowledge_release(poll->knowledge);
    poll->knowledge = ingest_exchange_knowledge(poll->exchange);
}

/* Read the partition again from `offset`: after a gap, or a fence. */
static void read_from(struct ingest_poll *poll, int32_t number, int64_t offset)
{
    struct emis_error err;

    drop_batch(poll, &poll->partitions[number]);
    poll->partitions[number].expected = offset;
    if (!kafka_consumer_seek_assign(poll->consumer, number, offset, &err)) {
        poll->partitions[number].is_read = false;
        emis_log_failure(EMIS_LOG_DEBUG, "partition_not_ours", &err, "partition=%d", number);
    }
}

static void stop_reading(struct ingest_poll *poll, int32_t number)
{
    struct emis_error err;

    poll->partitions[number].is_read = false;
    drop_batch(poll, &poll->partitions[number]);
    if (!kafka_consumer_leave_out(poll->consumer, number, &err)) {
        emis_log_failure(EMIS_LOG_DEBUG, "partition_not_ours", &err, "partition=%d", number);
    }
}

/* An offset above the expected one: read again; three times the same means that the records are not
 * there. */
static void meet_gap(struct ingest_poll *poll, const struct kafka_record *record)
{
    struct partition *partition = &poll->partitions[record->partition];
    struct emis_error err;
    int32_t number = record->partition;

    partition->gap_count = partition->gap_at == partition->expected ? partition->gap_count + 1 : 1;
    partition->gap_at = partition->expected;
    emis_metric_add(&ingest_stats.gaps, 1);
    if (partition->gap_count < GAPS_MAX) {
        emis_log(EMIS_LOG_WARN, "offset_gap_met",
                 "partition=%d expected=%lld got=%lld continuing=yes", number,
                 (long long) partition->expected, (long long) record->offset);
        read_from(poll, number, partition->expected);
        return;
    }
    (void) emis_error_set(&err, E_GAP, "records [%lld,%lld) of partition %d are missing in Kafka",
                          (long long) partition->expected, (long long) record->offset, number);
    stop_reading(poll, number);
    stop_partition(poll, number, &err);
}

static void take_record(struct ingest_poll *poll, const struct kafka_record *record)
{
    struct partition *partition = &poll->partitions[record->partition];
    size_t before;

    if (!partition->is_read || record->offset < partition->expected) {
        return; /* fetched before a fence or a seek: it comes again, or is done */
    }
    if (record->offset > partition->expected) {
        meet_gap(poll, record);
        return;
    }
    if (partition->batch == NULL) {
        refresh_knowledge(poll);
        partition->batch =
            ingest_batch_new(poll->options->log_no, record->partition, record->offset,
                             poll->knowledge, emis_clock_monotonic_ms());
    }
    partition->seen_us = seen_of(record);
    before = partition->batch->bytes;
    ingest_batch_append(partition->batch, poll->options->rules, record);
    poll->open_bytes += partition->batch->bytes - before;
    poll->open_count++;
    partition->expected++;
    if (partition->batch->rows >= poll->options->batch_rows_max ||
        partition->batch->bytes >= poll->options->batch_bytes_max) {
        submit_batch(poll, partition);
    }
}

/*
 * An idle writer gets at once what there is; a busy one lets batches grow, up to their maximum
 * (take_record). So a batch never waits while it could be written, and a backlog is written in
 * large transactions.
 */
static void flush(struct ingest_poll *poll)
{
    if (poll->open_count == 0 || !ingest_exchange_is_idle(poll->exchange)) {
        return;
    }
    for (int32_t i = 0; i < poll->options->partition_count; i++) {
        submit_batch(poll, &poll->partitions[i]);
    }
}

static void hold_back(struct ingest_poll *poll)
{
    size_t bytes = poll->open_bytes + ingest_exchange_bytes(poll->exchange);
    bool hold = poll->is_held ? bytes > poll->options->inflight_bytes_max / 2
                              : bytes > poll->options->inflight_bytes_max;
    struct emis_error err;

    emis_metric_set(&ingest_stats.inflight_bytes, (int64_t) bytes);
    if (kafka_consumer_hold(poll->consumer, hold, &err)) {
        poll->is_held = hold;
    } else {
        emis_log_failure(EMIS_LOG_WARN, "consumer_not_held", &err, "hold=%s continuing=yes",
                         hold ? "yes" : "no");
    }
}

static void take_events(struct ingest_poll *poll)
{
    struct ingest_event event;

    while (ingest_exchange_next_event(poll->exchange, &event)) {
        struct partition *partition = &poll->partitions[event.partition];

        if (event.kind == INGEST_EVENT_COMMITTED) {
            partition->committed = event.next_offset;
            partition->stop_count = 0;
            kafka_consumer_commit_mirror(poll->consumer, event.partition, event.next_offset);
        } else if (partition->is_assigned && event.kind == INGEST_EVENT_PAUSED) {
            stop_reading(poll, event.partition);
            partition->reclaim_ms = emis_clock_monotonic_ms() + event.wait_ms;
        } else if (partition->is_assigned) {
            /* Another owner. If the group says that it is ours, we claim it again after a moment,
             * so that two owners both get on. */
            drop_batch(poll, partition);
            partition->is_read = false;
            partition->reclaim_ms = emis_clock_monotonic_ms() + RECLAIM_MS_MIN +
                                    emis_random_jitter_ms(&poll->random, RECLAIM_JITTER_MS);
        }
    }
}

/* false: not yet; the next try is noted. */
static bool reclaim(struct ingest_poll *poll, int32_t number)
{
    struct partition *partition = &poll->partitions[number];
    struct ingest_claim wanted = {.partition = number};
    struct emis_error err;

    partition->reclaim_ms = emis_clock_monotonic_ms() + REASSIGN_EVERY_MS;
    if (!claim(poll, &wanted, 1, &err)) {
        emis_log_failure(miss_level(&err, partition->is_missed), "partition_not_reclaimed", &err,
                         "partition=%d continuing=yes", number);
        partition->is_missed = true;
        return false;
    }
    partition->is_missed = false;
    if (!take_claim(poll, &wanted)) {
        return false;
    }
    read_from(poll, number, wanted.next_offset);
    return true;
}

static void reclaim_due(struct ingest_poll *poll)
{
    int64_t now_ms = emis_clock_monotonic_ms();

    for (int32_t i = 0; i < poll->options->partition_count; i++) {
        if (poll->partitions[i].is_assigned && poll->partitions[i].reclaim_ms != 0 &&
            poll->partitions[i].reclaim_ms <= now_ms && !reclaim(poll, i)) {
            break; /* one failure a round: each may take its time, and the group waits for our next
                      poll */
        }
    }
    if (poll->has_refused && now_ms >= poll->reassign_ms) {
        struct emis_error err;

        poll->reassign_ms = now_ms + REASSIGN_EVERY_MS;
        if (!kafka_consumer_reassign(poll->consumer, &err)) {
            emis_log_failure(EMIS_LOG_WARN, "partitions_not_claimed", &err, "continuing=yes");
        }
    }
}

/*
 * A topic that is deleted and made anew while we read it goes on where we stand, if it has come so
 * far: what lies below would never be read. So each partition's anchor is looked at in turn.
 */
static void watch_anchors(struct ingest_poll *poll)
{
    int64_t now_ms = emis_clock_monotonic_ms();
    struct emis_error err;

    if (now_ms < poll->anchor_ms) {
        return;
    }
    poll->anchor_ms = now_ms + ANCHOR_EVERY_MS;
    for (int32_t i = 0; i < poll->options->partition_count; i++) {
        int32_t number = (poll->anchor_partition + 1 + i) % poll->options->partition_count;

        if (!poll->partitions[number].is_read) {
            continue;
        }
        poll->anchor_partition = number;
        if (!is_anchored(poll, number, ANCHOR_TIMEOUT_MS, &err) && err.code == E_LOG_IDENTITY) {
            stop_reading(poll, number);
            poll->partitions[number].is_refused = true;
            stop_partition(poll, number, &err);
        }
        return;
    }
}

static void measure_lag(struct ingest_poll *poll)
{
    int64_t now_ms = emis_clock_monotonic_ms(), lag = 0;

    if (now_ms - poll->lag_ms < LAG_EVERY_MS) {
        return;
    }
    poll->lag_ms = now_ms;
    for (int32_t i = 0; i < poll->options->partition_count; i++) {
        if (poll->partitions[i].is_read) {
            int64_t behind = kafka_consumer_lag(poll->consumer, i, poll->partitions[i].committed);

            lag += behind > 0 ? behind : 0;
        }
    }
    emis_metric_set(&ingest_stats.lag, lag);
}

/* The library reconnects in silence: after a failed connection the brokers are asked until they
 * answer, and an absence that lasts is told, once, as is its end. Only while there is nothing to
 * read: nobody waits for the half second, and brokers that deliver are there. */
static void watch_brokers(struct ingest_poll *poll)
{
    int64_t now_ms = emis_clock_monotonic_ms(), low, high,
            errors = kafka_consumer_transport_error_count(poll->consumer);
    struct emis_error err;

    if ((errors == poll->transport_errors && poll->unanswered_ms == 0) ||
        now_ms < poll->brokers_ms) {
        return;
    }
    poll->brokers_ms = now_ms + BROKERS_EVERY_MS;
    if (kafka_consumer_watermarks(poll->consumer, 0, BROKERS_TIMEOUT_MS, &low, &high, &err)) {
        if (poll->is_loss_told) {
            emis_log(EMIS_LOG_INFO, "brokers_answered", "away_ms=%lld",
                     (long long) (now_ms - poll->unanswered_ms));
        }
        poll->transport_errors = errors;
        poll->unanswered_ms = 0;
        poll->is_loss_told = false;
        emis_metric_set(&ingest_stats.brokers_away, 0);
        return;
    }
    if (poll->unanswered_ms == 0) {
        poll->unanswered_ms = now_ms;
    } else if (!poll->is_loss_told && now_ms - poll->unanswered_ms >= BROKERS_LOST_MS) {
        poll->is_loss_told = true;
        emis_metric_set(&ingest_stats.brokers_away, 1);
        emis_log_failure(EMIS_LOG_WARN, "brokers_lost", &err, "away_ms=%lld continuing=yes",
                         (long long) (now_ms - poll->unanswered_ms));
    }
}

/* false: the consumer is dead. */
static bool meet_failure(struct ingest_poll *poll, const struct emis_error *err)
{
    int32_t number = kafka_consumer_error_partition(poll->consumer);

    if (err->code == E_GAP && number >= 0) {
        stop_reading(poll, number);
        stop_partition(poll, number, err);
        return true;
    }
    if (err->code == E_FENCED || err->kind == EMIS_RETRY) {
        emis_log_failure(EMIS_LOG_WARN, "poll_failed", err, "continuing=yes");
        return true;
    }
    return false;
}

bool ingest_poll_run(struct ingest_poll *poll, struct emis_error *err)
{
    bool has_record = false;

    for (unsigned turn = 0; !ingest_exchange_is_stopping(poll->exchange); turn++) {
        const struct kafka_record *record;
        int timeout_ms = has_record ? 0
                         : poll->open_count > 0 || !ingest_exchange_is_idle(poll->exchange)
                             ? POLL_TIMEOUT_BUSY_MS
                             : POLL_TIMEOUT_IDLE_MS;

        atomic_store(&poll->alive_ms, emis_clock_monotonic_ms());
        if (!kafka_consumer_poll(poll->consumer, timeout_ms, &record, err)) {
            if (!meet_failure(poll, err)) {
                return false;
            }
            record = NULL;
        }
        if (poll->is_outgrown) {
            return emis_error_set(err, E_PREFLIGHT,
                                  "topic %s has more partitions than its log: the number is frozen",
                                  poll->options->topic);
        }
        has_record = record != NULL;
        if (has_record) {
            take_record(poll, record);
            kafka_consumer_drop(poll->consumer);
        }
        take_events(poll);
        if (!has_record || turn % 64 == 0) {
            flush(poll);
            hold_back(poll);
            reclaim_due(poll);
            measure_lag(poll);
            watch_anchors(poll);
        }
        if (!has_record) {
            watch_brokers(poll);
        }
    }
    return true;
}

int64_t ingest_poll_idle_ms(const struct ingest_poll *poll, int64_t now_ms)
{
    return now_ms - atomic_load(&poll->alive_ms);
}

bool ingest_poll_is_assigned(const struct ingest_poll *poll)
{
    return atomic_load(&poll->is_assigned);
}

void ingest_poll_free(struct ingest_poll *poll)
{
    if (poll == NULL) {
        return;
    }
    kafka_consumer_free(poll->consumer);
    kafka_reader_free(poll->reader);
    for (int32_t i = 0; i < poll->options->partition_count; i++) {
        ingest_batch_free(poll->partitions[i].batch);
    }
    registry_knowledge_release(poll->knowledge);
    free(poll->partitions);
    free(poll);
}
