/* SPDX-License-Identifier: Apache-2.0 */
/* What two threads pass to each other: order, giving up, release, stop. The second thread of each
 * test is the writer. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "ingest/exchange.h"
#include "lib/base/clock.h"
#include "lib/registry/knowledge.h"

static struct registry_knowledge knowledge = {.version = 1, .references = 1000};

static void submit(struct ingest_exchange *exchange, int32_t partition, int64_t first_offset)
{
    struct ingest_batch *batch = ingest_batch_new(0, partition, first_offset, &knowledge, 0);
    batch->bytes = 10;
    ingest_exchange_submit(exchange, batch);
}

struct writer {
    struct ingest_exchange *exchange;
    pthread_t thread;
    int64_t seen[64]; /* first offsets of batches; -1 claim, -2 release, -3 alarm */
    int count;
    int64_t waited_ms;
    _Atomic bool is_waiting;
    bool goes_on; /* what the last wait said */
};

static void perform(struct writer *writer, struct ingest_task *task)
{
    int64_t seen = -3;
    if (task->kind == INGEST_TASK_BATCH)
        seen = task->batch->first_offset;
    if (task->kind == INGEST_TASK_RELEASE)
        seen = -2;
    for (size_t i = 0; task->kind == INGEST_TASK_CLAIM && i < task->count; i++) {
        task->claims[i].is_claimed = true;
        task->claims[i].next_offset = task->claims[i].low_offset + 1;
        seen = -1;
    }
    writer->seen[writer->count++] = seen;
}

static void *run_until_stopped(void *context)
{
    struct writer *writer = context;
    struct ingest_task task;
    while (!ingest_exchange_is_stopping(writer->exchange)) {
        if (ingest_exchange_take(writer->exchange, 500, &task)) {
            perform(writer, &task);
            ingest_exchange_finish(writer->exchange, &task);
        }
    }
    return NULL;
}

/* Takes one task and waits over it as over a sick database. */
static void *run_one_with_a_wait(void *context)
{
    struct writer *writer = context;
    struct ingest_task task;
    int64_t began_ms = emis_clock_monotonic_ms();
    while (!ingest_exchange_take(writer->exchange, 500, &task))
        continue;
    atomic_store(&writer->is_waiting, true);
    writer->goes_on = ingest_exchange_wait(
        writer->exchange, 20000, task.kind == INGEST_TASK_BATCH ? task.batch->partition : -1);
    writer->waited_ms = emis_clock_monotonic_ms() - began_ms;
    ingest_exchange_finish(writer->exchange, &task);
    return run_until_stopped(writer);
}

static void start(struct writer *writer, struct ingest_exchange *exchange, void *(*body)(void *) )
{
    *writer = (struct writer){.exchange = exchange};
    assert_int_equal(pthread_create(&writer->thread, NULL, body, writer), 0);
}

static void stop(struct writer *writer)
{
    ingest_exchange_stop(writer->exchange);
    assert_int_equal(pthread_join(writer->thread, NULL), 0);
    ingest_exchange_free(writer->exchange);
}

static void await_wait(struct writer *writer)
{
    while (!atomic_load(&writer->is_waiting))
        sched_yield();
}

static void test_ingest_exchange__tasks_are_done_in_order(void **state)
{
    struct ingest_exchange *exchange = ingest_exchange_new();
    struct ingest_claim claims[2] = {{.partition = 1, .low_offset = 5},
                                     {.partition = 2, .low_offset = 7}};
    struct emis_error alarm = {.code = E_GAP};
    const int32_t partitions[] = {1};
    struct writer writer;
    (void) state;
    for (int i = 0; i < 10; i++)
        submit(exchange, 1, i);
    ingest_exchange_alarm(exchange, 1, &alarm);
    assert_int_equal(ingest_exchange_bytes(exchange), 100);
    assert_false(ingest_exchange_is_idle(exchange));
    start(&writer, exchange, run_until_stopped);
    assert_true(ingest_exchange_claim(exchange, claims, 2, 10000));
    assert_int_equal(claims[0].next_offset, 6);
    assert_int_equal(claims[1].next_offset, 8);
    ingest_exchange_release(exchange, partitions, 1, 10000);
    assert_int_equal(ingest_exchange_bytes(exchange), 0);
    assert_false(ingest_exchange_is_released(exchange, 1));
    ingest_exchange_stop(exchange);
    pthread_join(writer.thread, NULL);
    assert_int_equal(writer.count, 13);
    for (int i = 0; i < 10; i++)
        assert_int_equal(writer.seen[i], i);
    assert_int_equal(writer.seen[10], -3);
    assert_int_equal(writer.seen[11], -1);
    assert_int_equal(writer.seen[12], -2);
    assert_true(ingest_exchange_is_idle(exchange));
    ingest_exchange_free(exchange);
}

static void test_ingest_exchange__claim_that_nobody_takes_is_withdrawn(void **state)
{
    struct ingest_exchange *exchange = ingest_exchange_new();
    struct ingest_claim claim = {.partition = 1};
    struct ingest_task task;
    int64_t began_ms = emis_clock_monotonic_ms();
    (void) state;
    submit(exchange, 1, 1);
    assert_false(ingest_exchange_claim(exchange, &claim, 1, 100));
    assert_in_range(emis_clock_monotonic_ms() - began_ms, 100, 5000);
    submit(exchange, 1, 2);
    for (int64_t i = 1; i <= 2; i++) { /* the batches around it are untouched */
        assert_true(ingest_exchange_take(exchange, 0, &task));
        assert_int_equal(task.batch->first_offset, i);
        ingest_exchange_finish(exchange, &task);
    }
    assert_false(ingest_exchange_take(exchange, 0, &task));
    ingest_exchange_free(exchange);
}

/* The writer has taken the claim and cannot get on: the polling thread must come back to Kafka. */
static void test_ingest_exchange__claim_taken_too_long_is_given_up(void **state)
{
    struct ingest_exchange *exchange = ingest_exchange_new();
    struct ingest_claim claim = {.partition = 1};
    struct writer writer;
    (void) state;
    start(&writer, exchange, run_one_with_a_wait);
    assert_false(ingest_exchange_claim(exchange, &claim, 1, 200));
    assert_false(writer.goes_on);
    assert_true(writer.waited_ms < 10000);
    assert_true(ingest_exchange_claim(exchange, &claim, 1, 10000)); /* the next one is as ever */
    stop(&writer);
}

static void test_ingest_exchange__release_ends_the_wait_of_its_partition_only(void **state)
{
    struct ingest_exchange *exchange = ingest_exchange_new();
    const int32_t others[] = {2, 3}, ours[] = {3, 1};
    struct writer writer;
    (void) state;
    submit(exchange, 1, 1);
    start(&writer, exchange, run_one_with_a_wait);
    await_wait(&writer);
    ingest_exchange_release(exchange, others, 2, 200); /* the writer is busy: withdrawn */
    assert_false(ingest_exchange_is_idle(exchange));
    ingest_exchange_release(exchange, ours, 2, 10000);
    assert_false(writer.goes_on);
    assert_true(writer.waited_ms < 10000);
    stop(&writer);
}

static void test_ingest_exchange__stop_wakes_everyone(void **state)
{
    struct ingest_exchange *exchange = ingest_exchange_new();
    struct ingest_claim claim = {.partition = 1};
    const int32_t partitions[] = {1};
    struct writer writer;
    int64_t began_ms = emis_clock_monotonic_ms();
    (void) state;
    submit(exchange, 1, 1);
    submit(exchange, 1, 2);
    start(&writer, exchange, run_one_with_a_wait);
    await_wait(&writer);
    ingest_exchange_stop(exchange);
    assert_int_equal(pthread_join(writer.thread, NULL), 0);
    assert_false(writer.goes_on);
    assert_false(ingest_exchange_claim(exchange, &claim, 1, 20000));
    ingest_exchange_release(exchange, partitions, 1, 20000);
    assert_true(emis_clock_monotonic_ms() - began_ms < 5000);
    ingest_exchange_free(exchange); /* with the batch that was never taken */
}

/* A writer must not wait for a polling thread that waits for the writer. */
static void test_ingest_exchange__events_never_block(void **state)
{
    struct ingest_exchange *exchange = ingest_exchange_new();
    const struct ingest_event fenced = {.kind = INGEST_EVENT_FENCED, .partition = 7};
    struct ingest_event event;
    bool is_fenced = false;
    (void) state;
    for (int i = 0; i < 100000; i++) {
        event = (struct ingest_event){.kind = INGEST_EVENT_COMMITTED, .next_offset = i};
        ingest_exchange_post(exchange, &event);
    }
    ingest_exchange_post(exchange, &fenced);
    for (int i = 0; ingest_exchange_next_event(exchange, &event); i++) {
        if (event.kind == INGEST_EVENT_COMMITTED)
            assert_int_equal(event.next_offset, i);
        is_fenced = is_fenced || event.kind == INGEST_EVENT_FENCED;
    }
    assert_true(is_fenced);
    ingest_exchange_free(exchange);
}

static void test_ingest_exchange__knowledge_is_shared_by_reference(void **state)
{
    struct ingest_exchange *exchange = ingest_exchange_new();
    int64_t before = knowledge.references;
    (void) state;
    assert_null(ingest_exchange_knowledge(exchange));
    ingest_exchange_set_knowledge(exchange, registry_knowledge_retain(&knowledge));
    assert_ptr_equal(ingest_exchange_knowledge(exchange), &knowledge);
    assert_int_equal(knowledge.references, before + 2);
    ingest_exchange_free(exchange);
    registry_knowledge_release(&knowledge);
    assert_int_equal(knowledge.references, before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ingest_exchange__tasks_are_done_in_order),
        cmocka_unit_test(test_ingest_exchange__claim_that_nobody_takes_is_withdrawn),
        cmocka_unit_test(test_ingest_exchange__claim_taken_too_long_is_given_up),
        cmocka_unit_test(test_ingest_exchange__release_ends_the_wait_of_its_partition_only),
        cmocka_unit_test(test_ingest_exchange__stop_wakes_everyone),
        cmocka_unit_test(test_ingest_exchange__events_never_block),
        cmocka_unit_test(test_ingest_exchange__knowledge_is_shared_by_reference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
