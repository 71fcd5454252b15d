/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the polling and the writing thread pass to each other: a first-in first-out queue of tasks
 * one way, events the other way, the knowledge in force, and the wish to stop. Owns the lock; every
 * function may be called from either thread unless it says so. Tasks are done in order, so a claim
 * stands behind every batch that was polled under the old claim.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ingest/batch.h"
#include "lib/base/digest.h"

struct ingest_exchange;

/* A partition's position as claimed. */
struct ingest_claim {
    int32_t partition;
    int64_t low_offset;  /* in: first offset in Kafka, where a partition never seen before begins */
    bool is_claimed;     /* out */
    int64_t next_offset; /* out */
    bool has_tail;       /* out: tail_sha256 is known */
    uint8_t tail_sha256[EMIS_DIGEST_BYTES];
    int64_t tail_at_us;
};

enum ingest_task_kind {
    INGEST_TASK_BATCH,
    INGEST_TASK_CLAIM,
    INGEST_TASK_RELEASE,
    INGEST_TASK_ALARM
};

struct ingest_task {
    enum ingest_task_kind kind;
    struct ingest_batch *batch;  /* BATCH: the taker frees it by ingest_exchange_finish */
    struct ingest_claim *claims; /* CLAIM: borrowed from the waiting thread */
    const int32_t *partitions;   /* RELEASE: borrowed */
    size_t count;
    int32_t alarm_partition; /* ALARM */
    struct emis_error alarm;
};

enum ingest_event_kind {
    INGEST_EVENT_COMMITTED,
    INGEST_EVENT_FENCED, /* another one has it: what was submitted is dropped until it is claimed */
    INGEST_EVENT_PAUSED  /* the same, but the database cannot take it: claim it after wait_ms */
};

struct ingest_event {
    enum ingest_event_kind kind;
    int32_t partition;
    int64_t next_offset; /* COMMITTED */
    int64_t wait_ms;     /* PAUSED */
};

struct ingest_exchange *ingest_exchange_new(void);
void ingest_exchange_free(struct ingest_exchange *exchange);

/* Polling thread. */
void ingest_exchange_submit(struct ingest_exchange *exchange,
                            struct ingest_batch *batch); /* takes */
/* Raise the partition's alarm; with the code EMIS_OK: clear it. */
void ingest_exchange_alarm(struct ingest_exchange *exchange, int32_t partition,
                           const struct emis_error *alarm);
/* Wait until the writer has claimed them all, at most timeout_ms (and a statement's time); false:
 * not all are (asked to stop, or the database is away). */
bool ingest_exchange_claim(struct ingest_exchange *exchange, struct ingest_claim *claims,
                           size_t count, int64_t timeout_ms) EMIS_MUST_CHECK;
/* Wait until the writer is done with these partitions, at most timeout_ms; afterwards it drops what
 * it still has of them. */
void ingest_exchange_release(struct ingest_exchange *exchange, const int32_t *partitions,
                             size_t count, int64_t timeout_ms);
bool ingest_exchange_next_event(struct ingest_exchange *exchange,
                                struct ingest_event *ret_event) EMIS_MUST_CHECK;
/* The writer has nothing to do: a batch given now is written at once. */
bool ingest_exchange_is_idle(struct ingest_exchange *exchange);
size_t ingest_exchange_bytes(struct ingest_exchange *exchange); /* submitted and not yet finished */

/* Writing thread. */
bool ingest_exchange_take(struct ingest_exchange *exchange, int64_t timeout_ms,
                          struct ingest_task *ret_task) EMIS_MUST_CHECK;
void ingest_exchange_finish(struct ingest_exchange *exchange,
                            struct ingest_task *task); /* wakes who waits for it; frees a batch */
/* Never waits: where the polling thread is far behind, a COMMITTED event is dropped (only
 * dashboards hear of it), a FENCED or PAUSED one never. */
void ingest_exchange_post(struct ingest_exchange *exchange, const struct ingest_event *event);
/* A release of this partition is waiting: give up retrying its batch. */
bool ingest_exchange_is_released(struct ingest_exchange *exchange, int32_t partition);
/*
 * Wait, for a backoff. false as soon as going on is of no use: the process is asked to stop, a
 * release of this partition waits (-1: of none), or whoever waits for the task taken has given up.
 */
bool ingest_exchange_wait(struct ingest_exchange *exchange, int64_t duration_ms,
                          int32_t partition) EMIS_MUST_CHECK;

/* The knowledge in force: a reference for the caller; NULL before the first. */
struct registry_knowledge *ingest_exchange_knowledge(struct ingest_exchange *exchange);
void ingest_exchange_set_knowledge(struct ingest_exchange *exchange,
                                   struct registry_knowledge *knowledge); /* takes the reference */

void ingest_exchange_stop(struct ingest_exchange *exchange);
bool ingest_exchange_is_stopping(struct ingest_exchange *exchange);
