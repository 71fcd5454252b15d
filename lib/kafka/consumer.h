/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A static member of a consumer group, eager `range` assignment, positions kept by the program
 * (PostgreSQL), never by Kafka. Records come one at a time by rd_kafka_consumer_poll: the batch API
 * of librdkafka 2.0.2 loses records (guarantees.md M1). Every function belongs to the one thread
 * that polls; callbacks run in it, inside kafka_consumer_poll, _reassign and _free.
 *
 * The caller checks that offsets are contiguous per partition (G9): an offset below the expected
 * one is a repetition to be ignored, one above it is a gap. Connection failures are retried inside
 * and only counted; librdkafka reconnects for ever.
 *
 * A static member sends no LeaveGroup when it closes (librdkafka 2.0.2 offers no way to): its
 * partitions pass on after session.timeout.ms, or at once to a process that starts with the same
 * instance id.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/kafka/record.h"

struct emis_settings;
struct kafka_consumer;

#define KAFKA_CONSUMER_LEAVE_OUT INT64_C(-1)

struct kafka_consumer_callbacks {
    /*
     * The group gave us exactly these count partitions (may be 0). Fill ret_offsets[i] (all
     * KAFKA_CONSUMER_LEAVE_OUT before the call) with the next offset to read of partitions[i]; a
     * partition left out is ours but not read until kafka_consumer_seek_assign. false: read none of
     * them; the consumer keeps polling as a member and kafka_consumer_reassign asks again. Must not
     * call the consumer's functions, except _watermarks.
     */
    bool (*on_assign)(void *context, const int32_t *partitions, size_t count, int64_t *ret_offsets);
    /* These partitions are about to be another's: roll back or finish their open work before
     * returning. May be NULL. */
    void (*on_revoke)(void *context, const int32_t *partitions, size_t count);
};

/*
 * Joins `group` for `topic` (all borrowed strings are copied, callbacks too; context is passed
 * through). instance_id NULL: a dynamic member, which does leave the group when closed. Does not
 * wait for a connection. E_CONFIG, E_PREFLIGHT (see config.h).
 */
bool kafka_consumer_new(const struct emis_settings *settings, const char *group,
                        const char *instance_id, const char *topic,
                        const struct kafka_consumer_callbacks *callbacks, void *context,
                        struct kafka_consumer **ret_consumer,
                        struct emis_error *err) EMIS_MUST_CHECK;

/*
 * The next record, borrowed until the next kafka_consumer_poll, _drop or _free, or NULL after
 * timeout_ms or an event that is none of the caller's business. Must be called more often than
 * max.poll.interval.ms (120 s), also while held. Failures: E_GAP          the stored
 * position is not in the log any more (or not yet): kafka_consumer_error_partition() is not read
 * until kafka_consumer_seek_assign E_FENCED       max.poll.interval.ms was exceeded, partitions
 * went to others: on_revoke follows, then a new assignment; go on polling E_KAFKA RETRY  the broker
 * refused something that may pass (unknown topic, authorization); go on polling E_KAFKA FATAL  the
 * consumer is dead, for example the instance id runs twice: free it
 */
bool kafka_consumer_poll(struct kafka_consumer *consumer, int timeout_ms,
                         const struct kafka_record **ret_record,
                         struct emis_error *err) EMIS_MUST_CHECK;
/* Release the record of the last poll before the next one. */
void kafka_consumer_drop(struct kafka_consumer *consumer);
/* The partition that the last failure of poll was about, or -1. */
int32_t kafka_consumer_error_partition(const struct kafka_consumer *consumer);

/* Ask on_assign again for everything that the group gave us (after a refusal); does nothing before
 * the first assignment. */
bool kafka_consumer_reassign(struct kafka_consumer *consumer,
                             struct emis_error *err) EMIS_MUST_CHECK;
/*
 * Read one partition of ours from `offset` on; also starts one that was left out or stopped by
 * E_GAP. The others go on where the last poll left them. The record of the last poll is dropped.
 * E_FENCED: the partition is not ours (any more).
 */
bool kafka_consumer_seek_assign(struct kafka_consumer *consumer, int32_t partition, int64_t offset,
                                struct emis_error *err) EMIS_MUST_CHECK;
/* Stop reading one partition of ours until kafka_consumer_seek_assign. E_FENCED as above. */
bool kafka_consumer_leave_out(struct kafka_consumer *consumer, int32_t partition,
                              struct emis_error *err) EMIS_MUST_CHECK;

/* Back-pressure: while held, nothing is fetched or delivered, of partitions that come meanwhile
 * neither; afterwards each goes on where the last poll left it. Idempotent. What was fetched and
 * not polled is fetched again. The record of the last poll is dropped. E_KAFKA: as it was. */
bool kafka_consumer_hold(struct kafka_consumer *consumer, bool is_held,
                         struct emis_error *err) EMIS_MUST_CHECK;

/* Tell Kafka the position for its lag dashboards: asynchronous, best effort, no result. */
void kafka_consumer_commit_mirror(struct kafka_consumer *consumer, int32_t partition,
                                  int64_t next_offset);
/* First offset kept and the offset after the last record, asked of the broker. E_KAFKA RETRY after
 * timeout_ms. */
bool kafka_consumer_watermarks(struct kafka_consumer *consumer, int32_t partition, int timeout_ms,
                               int64_t *ret_low, int64_t *ret_high,
                               struct emis_error *err) EMIS_MUST_CHECK;
/* The first offset whose record is not older than the instant (microseconds since 2000-01-01Z); -1:
 * none is. Asked of the broker. E_KAFKA RETRY after timeout_ms. */
bool kafka_consumer_offset_at(struct kafka_consumer *consumer, int32_t partition,
                              int64_t timestamp_us, int timeout_ms, int64_t *ret_offset,
                              struct emis_error *err) EMIS_MUST_CHECK;
/* Records from next_offset to the last high watermark that a fetch brought, without asking; -1: not
 * known yet. */
int64_t kafka_consumer_lag(const struct kafka_consumer *consumer, int32_t partition,
                           int64_t next_offset);

/* Partitions that the group gave us: count and a borrowed array, valid until the next poll,
 * reassign or free. */
size_t kafka_consumer_assignment(const struct kafka_consumer *consumer,
                                 const int32_t **ret_partitions);
/* Connection failures since the start. */
int64_t kafka_consumer_transport_error_count(const struct kafka_consumer *consumer);

/* Closes: on_revoke runs for what is assigned. NULL is a no-op. */
void kafka_consumer_free(struct kafka_consumer *consumer);
