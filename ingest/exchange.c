/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/exchange.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "lib/base/clock.h"
#include "lib/base/memory.h"
#include "lib/registry/knowledge.h"

#define EVENTS_MAX 65536
#define COMMITTED_EVENTS_MAX                                                                  \
    (EVENTS_MAX / 2) /* the rest is for FENCED and PAUSED: one a partition, until the polling \
                        thread has claimed it again */

struct node {
    struct ingest_task task;
    struct node *next;
    bool
        *done; /* of a waiting caller, or NULL; the caller takes itself out when it stops waiting */
    bool is_given_up; /* taken too long: the waiting caller wants its memory back */
};

struct ingest_exchange {
    pthread_mutex_t lock;
    pthread_cond_t changed; /* one for all: two threads and rare events */
    struct node *head, *tail;
    struct node *taken; /* the writer's */
    size_t bytes;
    bool is_stopping;
    struct ingest_event *events;
    size_t event_first, event_count;
    const int32_t *releasing; /* partitions that somebody waits to be released */
    size_t releasing_count;
    struct registry_knowledge *knowledge;
};

static void wait_until(struct ingest_exchange *exchange, int64_t deadline_ms)
{
    struct timespec at = {.tv_sec = deadline_ms / 1000, .tv_nsec = (deadline_ms % 1000) * 1000000};

    (void) pthread_cond_timedwait(&exchange->changed, &exchange->lock, &at);
}

struct ingest_exchange *ingest_exchange_new(void)
{
    struct ingest_exchange *exchange = emis_calloc(1, sizeof(*exchange));
    pthread_condattr_t attributes;

    (void) pthread_condattr_init(&attributes);
    (void) pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void) pthread_mutex_init(&exchange->lock, NULL);
    (void) pthread_cond_init(&exchange->changed, &attributes);
    (void) pthread_condattr_destroy(&attributes);
    exchange->events = emis_calloc(EVENTS_MAX, sizeof(*exchange->events));
    return exchange;
}

static void free_node(struct node *node)
{
    if (node != NULL) {
        ingest_batch_free(node->task.batch);
        free(node);
    }
}

void ingest_exchange_free(struct ingest_exchange *exchange)
{
    if (exchange == NULL) {
        return;
    }
    while (exchange->head != NULL) {
        struct node *next = exchange->head->next;

        free_node(exchange->head);
        exchange->head = next;
    }
    free_node(exchange->taken);
    registry_knowledge_release(exchange->knowledge);
    (void) pthread_cond_destroy(&exchange->changed);
    (void) pthread_mutex_destroy(&exchange->lock);
    free(exchange->events);
    free(exchange);
}

/* Under the lock. */
static struct node *enqueue(struct ingest_exchange *exchange, const struct ingest_task *task,
                            bool *done)
{
    struct node *node = emis_calloc(1, sizeof(*node));

    node->task = *task;
    node->done = done;
    if (exchange->tail == NULL) {
        exchange->head = node;
    } else {
        exchange->tail->next = node;
    }
    exchange->tail = node;
    (void) pthread_cond_broadcast(&exchange->changed);
    return node;
}

void ingest_exchange_submit(struct ingest_exchange *exchange, struct ingest_batch *batch)
{
    const struct ingest_task task = {.kind = INGEST_TASK_BATCH, .batch = batch};

    (void) pthread_mutex_lock(&exchange->lock);
    exchange->bytes += batch->bytes;
    (void) enqueue(exchange, &task, NULL);
    (void) pthread_mutex_unlock(&exchange->lock);
}

void ingest_exchange_alarm(struct ingest_exchange *exchange, int32_t partition,
                           const struct emis_error *alarm)
{
    const struct ingest_task task = {
        .kind = INGEST_TASK_ALARM, .alarm_partition = partition, .alarm = *alarm};

    (void) pthread_mutex_lock(&exchange->lock);
    (void) enqueue(exchange, &task, NULL);
    (void) pthread_mutex_unlock(&exchange->lock);
}

/* Under the lock: take a task that nobody waits for any more out of the queue. One that the writer
 * has taken must be waited for: it holds the caller's memory. */
static bool withdraw(struct ingest_exchange *exchange, struct node *wanted)
{
    struct node *before = NULL;

    for (struct node *node = exchange->head; node != NULL; before = node, node = node->next) {
        if (node != wanted) {
            continue;
        }
        if (before == NULL) {
            exchange->head = node->next;
        } else {
            before->next = node->next;
        }
        exchange->tail = exchange->tail == node ? before : exchange->tail;
        free_node(node);
        return true;
    }
    return false;
}

static bool run_and_wait(struct ingest_exchange *exchange, const struct ingest_task *task,
                         int64_t timeout_ms)
{
    int64_t deadline_ms = emis_clock_monotonic_ms() + timeout_ms;
    bool done = false;
    struct node *node = enqueue(exchange, task, &done);

    while (!done) {
        if (emis_clock_monotonic_ms() >= deadline_ms || exchange->is_stopping) {
            if (withdraw(exchange, node)) {
                return false;
            }
            exchange->taken->is_given_up =
                true; /* the writer has it, and the caller's memory with it: its next wait ends */
            (void) pthread_cond_broadcast(&exchange->changed);
        }
        wait_until(exchange, emis_clock_monotonic_ms() + 50);
    }
    return true;
}

bool ingest_exchange_claim(struct ingest_exchange *exchange, struct ingest_claim *claims,
                           size_t count, int64_t timeout_ms)
{
    const struct ingest_task task = {.kind = INGEST_TASK_CLAIM, .claims = claims, .count = count};
    bool done;

    (void) pthread_mutex_lock(&exchange->lock);
    done = run_and_wait(exchange, &task, timeout_ms);
    (void) pthread_mutex_unlock(&exchange->lock);
    for (size_t i = 0; i < count; i++) {
        done = done && claims[i].is_claimed;
    }
    return done;
}

void ingest_exchange_release(struct ingest_exchange *exchange, const int32_t *partitions,
                             size_t count, int64_t timeout_ms)
{
    const struct ingest_task task = {
        .kind = INGEST_TASK_RELEASE, .partitions = partitions, .count = count};

    (void) pthread_mutex_lock(&exchange->lock);
    exchange->releasing = partitions;
    exchange->releasing_count = count;
    (void) run_and_wait(exchange, &task, timeout_ms);
    exchange->releasing = NULL;
    exchange->releasing_count = 0;
    (void) pthread_mutex_unlock(&exchange->lock);
}

bool ingest_exchange_next_event(struct ingest_exchange *exchange, struct ingest_event *ret_event)
{
    bool has_event;

    (void) pthread_mutex_lock(&exchange->lock);
    has_event = exchange->event_count > 0;
    if (has_event) {
        *ret_event = exchange->events[exchange->event_first];
        exchange->event_first = (exchange->event_first + 1) % EVENTS_MAX;
        exchange->event_count--;
    }
    (void) pthread_mutex_unlock(&exchange->lock);
    return has_event;
}

bool ingest_exchange_is_idle(struct ingest_exchange *exchange)
{
    bool is_idle;

    (void) pthread_mutex_lock(&exchange->lock);
    is_idle = exchange->head == NULL && exchange->taken == NULL;
    (void) pthread_mutex_unlock(&exchange->lock);
    return is_idle;
}

size_t ingest_exchange_bytes(struct ingest_exchange *exchange)
{
    size_t bytes;

    (void) pthread_mutex_lock(&exchange->lock);
    bytes = exchange->bytes;
    (void) pthread_mutex_unlock(&exchange->lock);
    return bytes;
}

bool ingest_exchange_take(struct ingest_exchange *exchange, int64_t timeout_ms,
                          struct ingest_task *ret_task)
{
    bool has_task;

    (void) pthread_mutex_lock(&exchange->lock);
    EMIS_ASSERT(exchange->taken == NULL);
    if (exchange->head == NULL && !exchange->is_stopping) {
        wait_until(exchange, emis_clock_monotonic_ms() + timeout_ms);
    }
    has_task = exchange->head != NULL;
    if (has_task) {
        exchange->taken = exchange->head;
        exchange->head = exchange->head->next;
        exchange->tail = exchange->head == NULL ? NULL : exchange->tail;
        *ret_task = exchange->taken->task;
    }
    (void) pthread_mutex_unlock(&exchange->lock);
    return has_task;
}

void ingest_exchange_finish(struct ingest_exchange *exchange, struct ingest_task *task)
{
    (void) pthread_mutex_lock(&exchange->lock);
    EMIS_ASSERT(exchange->taken != NULL && exchange->taken->task.kind == task->kind);
    if (task->kind == INGEST_TASK_BATCH) {
        exchange->bytes -= task->batch->bytes;
    }
    if (exchange->taken->done != NULL) {
        *exchange->taken->done = true;
    }
    free_node(exchange->taken);
    exchange->taken = NULL;
    (void) pthread_cond_broadcast(&exchange->changed);
    (void) pthread_mutex_unlock(&exchange->lock);
}

void ingest_exchange_post(struct ingest_exchange *exchange, const struct ingest_event *event)
{
    size_t count_max = event->kind == INGEST_EVENT_COMMITTED ? COMMITTED_EVENTS_MAX : EVENTS_MAX;

    (void) pthread_mutex_lock(&exchange->lock);
    EMIS_ASSERT(event->kind == INGEST_EVENT_COMMITTED || exchange->event_count < EVENTS_MAX);
    if (exchange->event_count < count_max) {
        exchange->events[(exchange->event_first + exchange->event_count) % EVENTS_MAX] = *event;
        exchange->event_count++;
    }
    (void) pthread_mutex_unlock(&exchange->lock);
}

/* Under the lock. */
static bool is_releasing(const struct ingest_exchange *exchange, int32_t partition)
{
    for (size_t i = 0; i < exchange->releasing_count; i++) {
        if (exchange->releasing[i] == partition) {
            return true;
        }
    }
    return false;
}

bool ingest_exchange_is_released(struct ingest_exchange *exchange, int32_t partition)
{
    bool is_released;

    (void) pthread_mutex_lock(&exchange->lock);
    is_released = is_releasing(exchange, partition);
    (void) pthread_mutex_unlock(&exchange->lock);
    return is_released;
}

/* Under the lock. */
static bool is_useless(const struct ingest_exchange *exchange, int32_t partition)
{
    return exchange->is_stopping || is_releasing(exchange, partition) ||
           (exchange->taken != NULL && exchange->taken->is_given_up);
}

bool ingest_exchange_wait(struct ingest_exchange *exchange, int64_t duration_ms, int32_t partition)
{
    int64_t deadline_ms = emis_clock_monotonic_ms() + duration_ms;
    bool goes_on;

    (void) pthread_mutex_lock(&exchange->lock);
    while (!is_useless(exchange, partition) && emis_clock_monotonic_ms() < deadline_ms) {
        wait_until(exchange, deadline_ms);
    }
    goes_on = !is_useless(exchange, partition);
    (void) pthread_mutex_unlock(&exchange->lock);
    return goes_on;
}

struct registry_knowledge *ingest_exchange_knowledge(struct ingest_exchange *exchange)
{
    struct registry_knowledge *knowledge;

    (void) pthread_mutex_lock(&exchange->lock);
    knowledge = exchange->knowledge == NULL ? NULL : registry_knowledge_retain(exchange->knowledge);
    (void) pthread_mutex_unlock(&exchange->lock);
    return knowledge;
}

void ingest_exchange_set_knowledge(struct ingest_exchange *exchange,
                                   struct registry_knowledge *knowledge)
{
    struct registry_knowledge *old;

    (void) pthread_mutex_lock(&exchange->lock);
    old = exchange->knowledge;
    exchange->knowledge = knowledge;
    (void) pthread_mutex_unlock(&exchange->lock);
    registry_knowledge_release(old);
}

void ingest_exchange_stop(struct ingest_exchange *exchange)
{
    (void) pthread_mutex_lock(&exchange->lock);
    exchange->is_stopping = true;
    (void) pthread_cond_broadcast(&exchange->changed);
    (void) pthread_mutex_unlock(&exchange->lock);
}

bool ingest_exchange_is_stopping(struct ingest_exchange *exchange)
{
    bool is_stopping;

    (void) pthread_mutex_lock(&exchange->lock);
    is_stopping = exchange->is_stopping;
    (void) pthread_mutex_unlock(&exchange->lock);
    return is_stopping;
}
