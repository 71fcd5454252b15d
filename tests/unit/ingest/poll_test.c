/* SPDX-License-Identifier: Apache-2.0 */
/* The polling thread against a mock cluster: assignment, claims, revocation, back-pressure, and
 * partitions that are fenced, paused or stopped. The test is the writing thread and its database.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "ingest/poll.h"
#include "ingest/stats.h"
#include "lib/registry/knowledge.h"
#include "tests/unit/kafka/fixture.h"
#include "tests/unit/submission/world.h"

#define SOON_MS 30000

static struct world world;
static struct registry_knowledge knowledge;
static struct ingest_batch_rules rules = {.utc_offset_minutes = 180, .record_bytes_max = 1 << 20};

/* What the writing thread does, and what stands in its database. Written by either thread, each
 * field by one at a time. */
struct desk {
    struct kafka_mock *mock;
    struct emis_settings *settings;
    struct ingest_exchange *exchange;
    struct ingest_poll_options options;
    struct ingest_poll *poll;
    pthread_t writer_thread, poll_thread;
    _Atomic int64_t next[FIXTURE_PARTITIONS]; /* control.kafka_offset */
    uint8_t tail[FIXTURE_PARTITIONS][EMIS_DIGEST_BYTES];
    _Atomic bool has_tail[FIXTURE_PARTITIONS];
    _Atomic bool is_owned[FIXTURE_PARTITIONS];
    _Atomic int alarm[FIXTURE_PARTITIONS]; /* code of the open alarm */
    _Atomic int alarm_count;
    _Atomic int claim_count;
    _Atomic int released_count;
    _Atomic int misplaced_count; /* batches that did not begin at the position */
    _Atomic bool is_away;        /* no claim succeeds */
    _Atomic bool is_slow;        /* no batch is finished */
    _Atomic int ailing;          /* partition whose batches cannot be written, -1: none */
};

static void post(struct desk *desk, enum ingest_event_kind kind, int32_t partition)
{
    const struct ingest_event event = {.kind = kind,
                                       .partition = partition,
                                       .next_offset = atomic_load(&desk->next[partition]),
                                       .wait_ms = 50};
    atomic_store(&desk->is_owned[partition], kind == INGEST_EVENT_COMMITTED);
    ingest_exchange_post(desk->exchange, &event);
}

static void write_batch(struct desk *desk, const struct ingest_batch *batch)
{
    int32_t partition = batch->partition;
    while (atomic_load(&desk->is_slow) && ingest_exchange_wait(desk->exchange, 10, partition))
        continue;
    if (!atomic_load(&desk->is_owned[partition]) ||
        ingest_exchange_is_released(desk->exchange, partition))
        return;
    if (atomic_load(&desk->ailing) == partition) {
        post(desk, INGEST_EVENT_PAUSED, partition);
        return;
    }
    if (batch->first_offset != atomic_load(&desk->next[partition]))
        atomic_fetch_add(&desk->misplaced_count, 1);
    atomic_store(&desk->next[partition], ingest_batch_next_offset(batch));
    post(desk, INGEST_EVENT_COMMITTED, partition);
}

static void claim(struct desk *desk, struct ingest_claim *claim)
{
    atomic_fetch_add(&desk->claim_count, 1);
    if (atomic_load(&desk->is_away))
        return;
    claim->is_claimed = true;
    claim->next_offset = atomic_load(&desk->next[claim->partition]);
    claim->has_tail = atomic_load(&desk->has_tail[claim->partition]);
    memcpy(claim->tail_sha256, desk->tail[claim->partition], EMIS_DIGEST_BYTES);
    atomic_store(&desk->is_owned[claim->partition], true);
}

static void perform(struct desk *desk, struct ingest_task *task)
{
    if (task->kind == INGEST_TASK_BATCH) {
        write_batch(desk, task->batch);
    } else if (task->kind == INGEST_TASK_ALARM) {
        atomic_store(&desk->alarm[task->alarm_partition], (int) task->alarm.code);
        atomic_fetch_add(&desk->alarm_count, task->alarm.code != EMIS_OK);
    } else if (task->kind == INGEST_TASK_RELEASE) {
        for (size_t i = 0; i < task->count; i++)
            atomic_store(&desk->is_owned[task->partitions[i]], false);
        atomic_fetch_add(&desk->released_count, (int) task->count);
    }
    for (size_t i = 0; task->kind == INGEST_TASK_CLAIM && i < task->count; i++)
        claim(desk, &task->claims[i]);
}

static void *run_writer(void *context)
{
    struct desk *desk = context;
    struct ingest_task task;
    while (!ingest_exchange_is_stopping(desk->exchange)) {
        if (ingest_exchange_take(desk->exchange, 100, &task)) {
            perform(desk, &task);
            ingest_exchange_finish(desk->exchange, &task);
        }
    }
    return NULL;
}

static void *run_poll(void *context)
{
    struct emis_error err;
    return ingest_poll_run(((struct desk *) context)->poll, &err) ? context : NULL;
}

static int set_up(void **state)
{
    static const char *const extra[] = {"kafka.heartbeat.interval.ms=200", NULL};
    struct emis_error err;
    struct desk *desk = emis_calloc(1, sizeof *desk);
    assert_ok(kafka_mock_new(1, FIXTURE_TOPIC, FIXTURE_PARTITIONS, &desk->mock, &err));
    desk->settings = fixture_settings(kafka_mock_bootstrap(desk->mock), extra);
    desk->exchange = ingest_exchange_new();
    ingest_exchange_set_knowledge(desk->exchange, registry_knowledge_retain(&knowledge));
    atomic_store(&desk->ailing, -1);
    desk->options = (struct ingest_poll_options){.settings = desk->settings,
                                                 .group = "g",
                                                 .instance_id = "",
                                                 .topic = FIXTURE_TOPIC,
                                                 .partition_count = FIXTURE_PARTITIONS,
                                                 .rules = &rules,
                                                 .batch_rows_max = 10000,
                                                 .batch_bytes_max = 20000,
                                                 .inflight_bytes_max = 1 << 24,
                                                 .probe_ms_max = 100};
    *state = desk;
    return 0;
}

static void start(struct desk *desk)
{
    struct emis_error err;
    assert_ok(ingest_poll_new(&desk->options, desk->exchange, &desk->poll, &err));
    assert_int_equal(pthread_create(&desk->writer_thread, NULL, run_writer, desk), 0);
    assert_int_equal(pthread_create(&desk->poll_thread, NULL, run_poll, desk), 0);
}

/* Every test ends without a batch at the wrong place. */
static int tear_down(void **state)
{
    struct desk *desk = *state;
    int misplaced = atomic_load(&desk->misplaced_count);
    void *ok;
    ingest_exchange_stop(desk->exchange);
    (void) pthread_join(desk->poll_thread, &ok);
    (void) pthread_join(desk->writer_thread, NULL);
    ingest_poll_free(desk->poll);
    ingest_exchange_free(desk->exchange);
    emis_settings_free(desk->settings);
    kafka_mock_free(desk->mock);
    free(desk);
    return ok == NULL || misplaced > 0 ? -1 : 0;
}

static void fill(struct desk *desk, int32_t partition, int first, int count)
{
    fixture_fill(desk->settings, FIXTURE_TOPIC, partition, first, count);
}

#define AWAIT(condition)                                                         \
    do {                                                                         \
        int64_t end_ms = emis_clock_monotonic_ms() + SOON_MS;                    \
        while (!(condition)) {                                                   \
            if (emis_clock_monotonic_ms() > end_ms)                              \
                fail_msg("did not come true in %d ms: %s", SOON_MS, #condition); \
            usleep(2000);                                                        \
        }                                                                        \
    } while (0)

static void await_next(struct desk *desk, int32_t partition, int64_t wanted)
{
    AWAIT(atomic_load(&desk->next[partition]) >= wanted);
    assert_int_equal(atomic_load(&desk->next[partition]), wanted);
}

static void digest_record(struct desk *desk, int32_t partition, const char *value)
{
    emis_digest_sha256(value, strlen(value), desk->tail[partition]);
    atomic_store(&desk->has_tail[partition], true);
}

static void test_ingest_poll__reads_what_it_claimed_from_where_it_stands(void **state)
{
    struct desk *desk = *state;
    for (int32_t i = 0; i < FIXTURE_PARTITIONS; i++)
        fill(desk, i, 0, 50);
    atomic_store(&desk->next[2], 20);
    digest_record(desk, 2, "19");
    start(desk);
    for (int32_t i = 0; i < FIXTURE_PARTITIONS; i++)
        await_next(desk, i, 50);
    assert_true(ingest_poll_is_assigned(desk->poll));
    assert_int_equal(atomic_load(&desk->claim_count), FIXTURE_PARTITIONS);
    assert_int_equal(atomic_load(&ingest_stats.partitions.value), FIXTURE_PARTITIONS);
    assert_int_equal(atomic_load(&desk->alarm_count), 0);
}

/* What the log says meanwhile goes to a file. */
struct capture {
    int saved;
    FILE *file;
};

static struct capture begin_capture(void)
{
    struct capture capture = {.saved = dup(STDERR_FILENO), .file = tmpfile()};
    assert_non_null(capture.file);
    assert_int_equal(dup2(fileno(capture.file), STDERR_FILENO), STDERR_FILENO);
    return capture;
}

/* Lines that hold both texts. */
static int end_capture(struct capture *capture, const char *event, const char *reason)
{
    char line[2000];
    int count = 0;
    assert_int_equal(dup2(capture->saved, STDERR_FILENO), STDERR_FILENO);
    (void) close(capture->saved);
    rewind(capture->file);
    while (fgets(line, sizeof line, capture->file) != NULL)
        count += strstr(line, event) != NULL && strstr(line, reason) != NULL;
    (void) fclose(capture->file);
    return count;
}

static void test_ingest_poll__asks_again_for_what_it_could_not_claim(void **state)
{
    struct desk *desk = *state;
    struct capture capture = begin_capture();
    atomic_store(&desk->is_away, true);
    fill(desk, 1, 0, 10);
    start(desk);
    AWAIT(atomic_load(&desk->claim_count) >= 3 * FIXTURE_PARTITIONS);
    assert_int_equal(end_capture(&capture, "event=partitions_not_claimed", "code=E_DATABASE"), 1);
    assert_false(ingest_poll_is_assigned(desk->poll));
    assert_int_equal(atomic_load(&desk->next[1]), 0);
    atomic_store(&desk->is_away, false);
    await_next(desk, 1, 10);
}

/* Of a single one, and the log says why: once, however often it is tried. */
static void test_ingest_poll__says_why_it_cannot_claim_again(void **state)
{
    struct desk *desk = *state;
    struct capture capture;
    fill(desk, 1, 0, 10);
    start(desk);
    await_next(desk, 1, 10);
    for (int i = 0; i < 2; i++) {
        int before = atomic_load(&desk->claim_count);
        capture = begin_capture();
        atomic_store(&desk->is_away, true);
        post(desk, INGEST_EVENT_FENCED, 1);
        AWAIT(atomic_load(&desk->claim_count) >= before + 2);
        atomic_store(&desk->is_away, false);
        fill(desk, 1, 10 + i, 1);
        await_next(desk, 1, 11 + i);
        assert_int_equal(
            end_capture(&capture, "event=partition_not_reclaimed partition=1", "code=E_DATABASE"),
            1);
    }
}

/* Another owner moved on and let go again. */
static void test_ingest_poll__claims_again_after_a_fence(void **state)
{
    struct desk *desk = *state;
    fill(desk, 1, 0, 10);
    fill(desk, 2, 0, 10);
    start(desk);
    await_next(desk, 1, 10);
    atomic_store(&desk->next[1], 4);
    post(desk, INGEST_EVENT_FENCED, 1);
    await_next(desk, 1, 10);
    fill(desk, 2, 10, 5);
    await_next(desk, 2, 15);
    assert_int_equal(atomic_load(&desk->claim_count), FIXTURE_PARTITIONS + 1);
}

static void test_ingest_poll__tries_a_paused_partition_again_beside_the_others(void **state)
{
    struct desk *desk = *state;
    atomic_store(&desk->ailing, 1);
    fill(desk, 1, 0, 10);
    start(desk);
    AWAIT(atomic_load(&desk->claim_count) >= FIXTURE_PARTITIONS + 3);
    fill(desk, 2, 0, 10);
    await_next(desk, 2, 10);
    assert_int_equal(atomic_load(&desk->next[1]), 0);
    atomic_store(&desk->ailing, -1);
    await_next(desk, 1, 10);
}

/* A log that is not ours stops its partition alone; once it is ours again nobody restarts us, and
 * no record needs to come for the alarm to go. */
static void test_ingest_poll__goes_on_when_the_log_is_ours_again(void **state)
{
    struct desk *desk = *state;
    fill(desk, 1, 0, 10);
    fill(desk, 2, 0, 10);
    atomic_store(&desk->next[1], 10);
    digest_record(desk, 1, "another");
    start(desk);
    await_next(desk, 2, 10);
    AWAIT(atomic_load(&desk->alarm_count) >= 3);
    assert_int_equal(atomic_load(&desk->alarm[1]), E_LOG_IDENTITY);
    atomic_store(&desk->has_tail[1], false); /* no claim reads while it changes */
    digest_record(desk, 1, "9");
    AWAIT(atomic_load(&desk->alarm[1]) == EMIS_OK);
    fill(desk, 1, 10, 5);
    await_next(desk, 1, 15);
}

/* Records that are gone from Kafka: stopped with an alarm until the position is set to what is
 * there. */
static void test_ingest_poll__goes_on_when_a_gap_is_closed(void **state)
{
    struct desk *desk = *state;
    fill(desk, 3, 0, 10);
    fill(desk, 0, 0, 10);
    atomic_store(&desk->next[3], 500);
    start(desk);
    await_next(desk, 0, 10);
    AWAIT(atomic_load(&desk->alarm_count) >= 3);
    assert_int_equal(atomic_load(&desk->alarm[3]), E_GAP);
    atomic_store(&desk->next[3], 4);
    await_next(desk, 3, 10);
    assert_true(atomic_load(&desk->claim_count) >= FIXTURE_PARTITIONS + 3);
}

static void test_ingest_poll__holds_back_while_the_writer_is_slow(void **state)
{
    enum { RECORDS = 4000, BYTES_MAX = 100000, SLACK = 64 * 2000 };
    struct desk *desk = *state;
    int64_t held;
    atomic_store(&desk->is_slow, true);
    desk->options.inflight_bytes_max = BYTES_MAX;
    for (int32_t i = 0; i < FIXTURE_PARTITIONS; i++)
        fill(desk, i, 0, RECORDS);
    start(desk);
    AWAIT(atomic_load(&ingest_stats.inflight_bytes.value) > BYTES_MAX);
    usleep(1000000);
    held = atomic_load(&ingest_stats.inflight_bytes.value);
    assert_in_range(held, BYTES_MAX, BYTES_MAX + SLACK);
    assert_int_equal(atomic_load(&desk->next[0]), 0);
    atomic_store(&desk->is_slow, false);
    for (int32_t i = 0; i < FIXTURE_PARTITIONS; i++)
        await_next(desk, i, RECORDS);
}

static int owned_count(struct desk *desk)
{
    int count = 0;
    for (int32_t i = 0; i < FIXTURE_PARTITIONS; i++)
        count += atomic_load(&desk->is_owned[i]);
    return count;
}

/* A group on a busy machine may share out its partitions more than once: whatever was claimed and
 * is not owned now was released. */
static void test_ingest_poll__releases_what_passes_to_another_member(void **state)
{
    struct desk *desk = *state;
    struct fixture_member other = {0};
    for (int32_t i = 0; i < FIXTURE_PARTITIONS; i++)
        fill(desk, i, 0, 10);
    start(desk);
    for (int32_t i = 0; i < FIXTURE_PARTITIONS; i++)
        await_next(desk, i, 10);
    fixture_join(&other, desk->settings, "g", NULL, FIXTURE_TOPIC);
    for (int64_t end_ms = emis_clock_monotonic_ms() + SOON_MS;
         (other.assigned != FIXTURE_PARTITIONS / 2 ||
          atomic_load(&ingest_stats.partitions.value) != FIXTURE_PARTITIONS / 2) &&
         emis_clock_monotonic_ms() < end_ms;)
        fixture_idle(&other, 50);
    assert_int_equal(other.assigned, FIXTURE_PARTITIONS / 2);
    assert_int_equal(owned_count(desk), FIXTURE_PARTITIONS / 2);
    assert_true(atomic_load(&desk->released_count) >= FIXTURE_PARTITIONS);
    assert_int_equal(atomic_load(&desk->released_count),
                     atomic_load(&desk->claim_count) - FIXTURE_PARTITIONS / 2);
    for (int32_t i = 0; i < FIXTURE_PARTITIONS; i++)
        fill(desk, i, 10, 5);
    for (int32_t i = 0; i < FIXTURE_PARTITIONS; i++) {
        if (atomic_load(&desk->is_owned[i]))
            await_next(desk, i, 15);
        else
            assert_int_equal(atomic_load(&desk->next[i]), 10);
    }
    kafka_consumer_free(other.consumer);
}

/* Kafka goes and comes: each is said once, and not when it is away for a moment. */
static void test_ingest_poll__says_that_the_brokers_are_away_and_back(void **state)
{
    struct desk *desk = *state;
    struct capture capture;
    fill(desk, 1, 0, 10);
    start(desk);
    await_next(desk, 1, 10);
    capture = begin_capture();
    kafka_mock_broker_down(desk->mock, KAFKA_MOCK_ALL_BROKERS);
    usleep(2000000);
    kafka_mock_broker_up(desk->mock, KAFKA_MOCK_ALL_BROKERS);
    fill(desk, 1, 10, 5);
    await_next(desk, 1, 15);
    assert_int_equal(end_capture(&capture, "event=brokers_", ""), 0);
    capture = begin_capture();
    kafka_mock_broker_down(desk->mock, KAFKA_MOCK_ALL_BROKERS);
    AWAIT(atomic_load(&ingest_stats.brokers_away.value) == 1);
    usleep(1500000);
    assert_int_equal(end_capture(&capture, "warn emis event=brokers_lost", "code=E_KAFKA"), 1);
    capture = begin_capture();
    kafka_mock_broker_up(desk->mock, KAFKA_MOCK_ALL_BROKERS);
    AWAIT(atomic_load(&ingest_stats.brokers_away.value) == 0);
    fill(desk, 1, 15, 5);
    await_next(desk, 1, 20);
    assert_int_equal(end_capture(&capture, "info emis event=brokers_answered", "away_ms="), 1);
}

#define POLL(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        POLL(test_ingest_poll__reads_what_it_claimed_from_where_it_stands),
        POLL(test_ingest_poll__asks_again_for_what_it_could_not_claim),
        POLL(test_ingest_poll__says_why_it_cannot_claim_again),
        POLL(test_ingest_poll__claims_again_after_a_fence),
        POLL(test_ingest_poll__tries_a_paused_partition_again_beside_the_others),
        POLL(test_ingest_poll__goes_on_when_the_log_is_ours_again),
        POLL(test_ingest_poll__goes_on_when_a_gap_is_closed),
        POLL(test_ingest_poll__holds_back_while_the_writer_is_slow),
        POLL(test_ingest_poll__releases_what_passes_to_another_member),
        POLL(test_ingest_poll__says_that_the_brokers_are_away_and_back),
    };
    world_open(&world);
    knowledge =
        (struct registry_knowledge){.version = 1,
                                    .catalogue = world.catalogue,
                                    .registry = world.registry,
                                    .references = 1000}; /* never the last: the world's own */
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    world_close(&world);
    return failed;
}
