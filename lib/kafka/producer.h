/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An idempotent producer (acks=all) that survives the death of its librdkafka handle: each message
 * is kept until its delivery report; when the idempotent state breaks (guarantees.md M2) the handle
 * is rebuilt and what was not reported as persisted is produced again, in order. So a record may be
 * in the log twice, never zero times; the warehouse counts it once. One thread at a time; callbacks
 * run inside poll and flush.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/kafka/record.h"

struct emis_settings;
struct kafka_producer;

#define KAFKA_PRODUCER_BY_KEY INT32_C(-1)

/* Borrowed for the call of kafka_producer_send. */
struct kafka_producer_message {
    const char *topic; /* NULL: the producer's */
    int32_t partition; /* or KAFKA_PRODUCER_BY_KEY: murmur2 of the key, as Java clients do; null
                          key: any */
    const void *key;   /* NULL: null key */
    size_t key_size;
    const void *value; /* NULL: null value */
    size_t value_size;
    const struct kafka_header *headers;
    size_t header_count;
    void *opaque; /* comes back in the report */
};

/* It is in the log, but the answer that told where was lost, and a later one told only that it is
 * there. */
#define KAFKA_PRODUCER_OFFSET_UNKNOWN INT64_C(-1)

/*
 * Exactly one report per message that send took, unless the producer is freed first. persisted: it
 * is in the log at (partition, offset, or KAFKA_PRODUCER_OFFSET_UNKNOWN); err is NULL. Not
 * persisted: err says why (E_KAFKA RETRY: message.timeout.ms passed, and it may be in the log all
 * the same; E_REC_TOO_LARGE; E_KAFKA FATAL: refused for good), partition and offset are -1. May
 * call kafka_producer_send.
 */
typedef void (*kafka_producer_delivery_fn)(void *context, void *opaque, int32_t partition,
                                           int64_t offset, bool is_persisted,
                                           const struct emis_error *err);

/* on_delivery may be NULL. Does not wait for a connection. E_CONFIG, E_PREFLIGHT (see config.h). */
bool kafka_producer_new(const struct emis_settings *settings, const char *topic,
                        kafka_producer_delivery_fn on_delivery, void *context,
                        struct kafka_producer **ret_producer,
                        struct emis_error *err) EMIS_MUST_CHECK;

/*
 * Copies the message and queues it. E_KAFKA RETRY: the queue is full (queue.buffering.max.kbytes or
 * .messages): poll, then send again. E_REC_TOO_LARGE: larger than message.max.bytes. E_KAFKA FATAL:
 * unknown partition, or the producer is dead.
 */
bool kafka_producer_send(struct kafka_producer *producer,
                         const struct kafka_producer_message *message,
                         struct emis_error *err) EMIS_MUST_CHECK;

/* Delivers reports, waits up to timeout_ms for the first; rebuilds when needed. E_KAFKA FATAL:
 * rebuilding does not help; what is pending stays unreported. */
bool kafka_producer_poll(struct kafka_producer *producer, int timeout_ms,
                         struct emis_error *err) EMIS_MUST_CHECK;
/* Polls until everything is reported. E_KAFKA RETRY: timeout_ms passed, some are still pending.
 * E_KAFKA FATAL as poll. */
bool kafka_producer_flush(struct kafka_producer *producer, int timeout_ms,
                          struct emis_error *err) EMIS_MUST_CHECK;

size_t kafka_producer_pending_count(const struct kafka_producer *producer);
size_t kafka_producer_pending_bytes(const struct kafka_producer *producer);
/* How often the handle was rebuilt. */
int64_t kafka_producer_rebuild_count(const struct kafka_producer *producer);

/* What is pending is dropped without a report: flush first. NULL is a no-op. */
void kafka_producer_free(struct kafka_producer *producer);
