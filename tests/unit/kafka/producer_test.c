/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kafka/producer.h"

#include "lib/kafka/reader.h"
#include "tests/unit/kafka/fixture.h"

struct world {
    struct kafka_mock *mock;
    struct emis_settings *settings;
};

static int world_setup(void **state)
{
    struct emis_error err;
    struct world *world = calloc(1, sizeof(*world));
    assert_ok(kafka_mock_new(1, FIXTURE_TOPIC, FIXTURE_PARTITIONS, &world->mock, &err));
    world->settings = fixture_settings(kafka_mock_bootstrap(world->mock), NULL);
    *state = world;
    return 0;
}

static int world_teardown(void **state)
{
    struct world *world = *state;
    emis_settings_free(world->settings);
    kafka_mock_free(world->mock);
    free(world);
    return 0;
}

#define SEEN_MAX 2000

/* Which numbers are in the log, and whether their first appearances are in order. */
struct seen {
    int times[SEEN_MAX];
    int highest_first;
    bool is_ordered;
};

static bool note(void *context, const struct kafka_record *record, struct emis_error *err)
{
    struct seen *seen = context;
    char text[16] = "";
    (void) err;
    memcpy(text, record->value, record->value_size < 15 ? record->value_size : 15);
    int number = atoi(text);
    assert_in_range(number, 0, SEEN_MAX - 1);
    if (seen->times[number]++ == 0) {
        seen->is_ordered = seen->is_ordered && number == seen->highest_first + 1;
        seen->highest_first = number;
    }
    return true;
}

/* Numbers first..first+count-1 are each in partition 0 at least once, in the order of sending. */
static void check_log(const struct world *world, int count)
{
    struct emis_error err;
    struct seen seen = {.highest_first = -1, .is_ordered = true};
    struct kafka_reader *reader = NULL;
    assert_ok(kafka_reader_new(world->settings, FIXTURE_TOPIC, &reader, &err));
    assert_ok(kafka_reader_each(reader, 0, -1, -1, 10000, note, &seen, &err));
    kafka_reader_free(reader);
    for (int i = 0; i < count; i++) {
        if (seen.times[i] == 0) {
            fail_msg("record %d is lost", i);
        }
    }
    assert_true(seen.is_ordered);
}

static void send_number(struct kafka_producer *producer, int number)
{
    struct emis_error err;
    char value[16];
    snprintf(value, sizeof(value), "%d", number);
    struct kafka_producer_message message = {
        .partition = 0, .value = value, .value_size = strlen(value)};
    assert_ok(kafka_producer_send(producer, &message, &err));
}

static void test_kafka_producer__fatal_error_rebuilds_and_loses_nothing(void **state)
{
    struct world *world = *state;
    struct fixture_reports reports = {0};
    struct kafka_producer *producer = NULL;
    struct emis_error err;
    assert_ok(kafka_producer_new(world->settings, FIXTURE_TOPIC, fixture_on_delivery, &reports,
                                 &producer, &err));
    for (int i = 0; i < 100; i++) {
        send_number(producer, i);
    }
    assert_ok(kafka_producer_flush(producer, FIXTURE_TIMEOUT_MS, &err));
    kafka_mock_fail(world->mock, KAFKA_MOCK_PRODUCE, KAFKA_MOCK_OUT_OF_ORDER_SEQUENCE, 1);
    for (int i = 100; i < 600; i++) {
        send_number(producer, i);
        if (i % 50 == 0) {
            assert_ok(kafka_producer_poll(producer, 10, &err));
        }
    }
    assert_ok(kafka_producer_flush(producer, FIXTURE_TIMEOUT_MS, &err));
    assert_true(kafka_producer_rebuild_count(producer) >= 1);
    assert_int_equal(reports.persisted, 600);
    assert_int_equal(reports.failed, 0);
    assert_int_equal(kafka_producer_pending_count(producer), 0);
    assert_int_equal(kafka_producer_pending_bytes(producer), 0);
    kafka_producer_free(producer);
    check_log(world, 600);
}

static void test_kafka_producer__knows_of_a_lost_answer_that_the_record_is_there(void **state)
{
    struct world *world = *state;
    struct fixture_reports reports = {0};
    struct kafka_producer *producer = NULL;
    struct emis_error err;
    assert_ok(kafka_producer_new(world->settings, FIXTURE_TOPIC, fixture_on_delivery, &reports,
                                 &producer, &err));
    send_number(producer, 0);
    assert_ok(kafka_producer_flush(producer, FIXTURE_TIMEOUT_MS, &err));
    assert_int_equal(reports.unplaced, 0);
    kafka_mock_fail(world->mock, KAFKA_MOCK_PRODUCE, KAFKA_MOCK_DUPLICATE_SEQUENCE, 1);
    send_number(producer, 1);
    assert_ok(kafka_producer_flush(producer, FIXTURE_TIMEOUT_MS, &err));
    assert_int_equal(reports.persisted, 2);
    assert_int_equal(reports.unplaced, 1);
    kafka_producer_free(producer);
}

/* The break is seen by send first: what it takes then must not be reported as failed. */
static void test_kafka_producer__send_to_a_broken_handle_waits_for_the_rebuild(void **state)
{
    struct world *world = *state;
    struct fixture_reports reports = {0};
    struct kafka_producer *producer = NULL;
    struct emis_error err;
    const struct timespec wait = {.tv_sec = 1};
    assert_ok(kafka_producer_new(world->settings, FIXTURE_TOPIC, fixture_on_delivery, &reports,
                                 &producer, &err));
    send_number(producer, 0);
    assert_ok(kafka_producer_flush(producer, FIXTURE_TIMEOUT_MS, &err));
    kafka_mock_fail(world->mock, KAFKA_MOCK_PRODUCE, KAFKA_MOCK_OUT_OF_ORDER_SEQUENCE, 1);
    send_number(producer, 1);
    nanosleep(&wait, NULL);
    send_number(producer, 2);
    send_number(producer, 3);
    assert_int_equal(kafka_producer_rebuild_count(producer), 0);
    assert_ok(kafka_producer_flush(producer, FIXTURE_TIMEOUT_MS, &err));
    assert_int_equal(kafka_producer_rebuild_count(producer), 1);
    assert_int_equal(reports.persisted, 4);
    assert_int_equal(reports.failed, 0);
    kafka_producer_free(producer);
    check_log(world, 4);
}

/* M2 as it happens: the broker takes the request, the answer is cut off, what follows is out of
 * order. */
static void test_kafka_producer__bounce_with_an_answer_outstanding_loses_nothing(void **state)
{
    struct world *world = *state;
    struct fixture_reports reports = {0};
    struct kafka_producer *producer = NULL;
    struct emis_error err;
    assert_ok(kafka_producer_new(world->settings, FIXTURE_TOPIC, fixture_on_delivery, &reports,
                                 &producer, &err));
    kafka_mock_fail_late(world->mock, 1, KAFKA_MOCK_PRODUCE, 0, 400, 3);
    for (int i = 0; i < 400; i++) {
        send_number(producer, i);
        if (i % 100 == 0) {
            assert_ok(kafka_producer_poll(producer, 20, &err));
        }
    }
    assert_ok(kafka_producer_poll(producer, 100, &err));
    kafka_mock_broker_down(world->mock, 1);
    assert_ok(kafka_producer_poll(producer, 200, &err));
    kafka_mock_broker_up(world->mock, 1);
    for (int i = 400; i < 800; i++) {
        send_number(producer, i);
    }
    assert_ok(kafka_producer_flush(producer, FIXTURE_TIMEOUT_MS, &err));
    assert_int_equal(reports.persisted, 800);
    assert_int_equal(reports.failed, 0);
    kafka_producer_free(producer);
    check_log(world, 800);
}

static void test_kafka_producer__endless_fatal_errors_are_told(void **state)
{
    struct world *world = *state;
    struct fixture_reports reports = {0};
    struct kafka_producer *producer = NULL;
    struct emis_error err;
    kafka_mock_fail(world->mock, KAFKA_MOCK_INIT_PRODUCER_ID,
                    KAFKA_MOCK_CLUSTER_AUTHORIZATION_FAILED, 50);
    assert_ok(kafka_producer_new(world->settings, FIXTURE_TOPIC, fixture_on_delivery, &reports,
                                 &producer, &err));
    send_number(producer, 0);
    assert_false(kafka_producer_flush(producer, FIXTURE_TIMEOUT_MS, &err));
    assert_int_equal(err.code, E_KAFKA);
    assert_int_equal(err.kind, EMIS_FATAL);
    assert_non_null(strstr(err.message, "CLUSTER_AUTHORIZATION_FAILED"));
    assert_int_equal(kafka_producer_pending_count(producer), 1);
    struct kafka_producer_message message = {.partition = 0};
    assert_false(kafka_producer_send(producer, &message, &err));
    assert_int_equal(err.kind, EMIS_FATAL);
    assert_false(kafka_producer_poll(producer, 0, &err));
    kafka_producer_free(producer);
    assert_int_equal(reports.persisted + reports.failed, 0);
}

static void test_kafka_producer__passing_errors_are_retried(void **state)
{
    static const enum kafka_mock_fault faults[] = {KAFKA_MOCK_NOT_LEADER, KAFKA_MOCK_DISCONNECT,
                                                   KAFKA_MOCK_REQUEST_TIMED_OUT,
                                                   KAFKA_MOCK_NOT_ENOUGH_REPLICAS};
    struct world *world = *state;
    struct fixture_reports reports = {0};
    struct kafka_producer *producer = NULL;
    struct emis_error err;
    assert_ok(kafka_producer_new(world->settings, FIXTURE_TOPIC, fixture_on_delivery, &reports,
                                 &producer, &err));
    for (int i = 0; i < (int) (sizeof(faults) / sizeof(faults[0])); i++) {
        kafka_mock_fail(world->mock, KAFKA_MOCK_PRODUCE, faults[i], 2);
        send_number(producer, i);
        assert_ok(kafka_producer_flush(producer, FIXTURE_TIMEOUT_MS, &err));
        assert_int_equal(reports.persisted, i + 1);
    }
    kafka_producer_free(producer);
    check_log(world, (int) (sizeof(faults) / sizeof(faults[0])));
}

static void test_kafka_producer__refused_messages_are_reported(void **state)
{
    struct world *world = *state;
    struct fixture_reports reports = {0};
    struct kafka_producer *producer = NULL;
    struct emis_error err;
    char *large = calloc(1, 3000000);
    assert_ok(kafka_producer_new(world->settings, FIXTURE_TOPIC, fixture_on_delivery, &reports,
                                 &producer, &err));
    kafka_mock_fail(world->mock, KAFKA_MOCK_PRODUCE, KAFKA_MOCK_MESSAGE_TOO_LARGE, 1);
    send_number(producer, 0);
    assert_ok(kafka_producer_flush(producer, FIXTURE_TIMEOUT_MS, &err));
    assert_int_equal(reports.failed, 1);
    assert_int_equal(reports.code, E_REC_TOO_LARGE);

    struct kafka_producer_message message = {.partition = 0, .value = large, .value_size = 3000000};
    assert_false(kafka_producer_send(producer, &message, &err));
    assert_int_equal(err.code, E_REC_TOO_LARGE);
    message.value_size = 2000000;
    assert_ok(kafka_producer_send(producer, &message, &err));
    assert_ok(kafka_producer_flush(producer, FIXTURE_TIMEOUT_MS, &err));
    assert_int_equal(reports.persisted, 1);

    message.value_size = 1;
    message.partition = 99;
    bool is_sent = kafka_producer_send(producer, &message, &err);
    assert_true(is_sent || err.kind == EMIS_FATAL);
    assert_ok(kafka_producer_flush(producer, FIXTURE_TIMEOUT_MS, &err));
    assert_int_equal(reports.failed, is_sent ? 2 : 1);
    kafka_producer_free(producer);
    free(large);
}

static void test_kafka_producer__message_timeout_is_a_retry(void **state)
{
    static const char *const extra[] = {"kafka.message.timeout.ms=1000", NULL};
    struct world *world = *state;
    struct emis_settings *settings = fixture_settings(kafka_mock_bootstrap(world->mock), extra);
    struct fixture_reports reports = {0};
    struct kafka_producer *producer = NULL;
    struct emis_error err;
    assert_ok(kafka_producer_new(settings, FIXTURE_TOPIC, fixture_on_delivery, &reports, &producer,
                                 &err));
    kafka_mock_broker_down(world->mock, KAFKA_MOCK_ALL_BROKERS);
    send_number(producer, 0);
    assert_false(kafka_producer_flush(producer, 200, &err));
    assert_int_equal(err.code, E_KAFKA);
    assert_int_equal(err.kind, EMIS_RETRY);
    assert_ok(kafka_producer_flush(producer, FIXTURE_TIMEOUT_MS, &err));
    assert_int_equal(reports.failed, 1);
    assert_int_equal(reports.code, E_KAFKA);
    assert_int_equal(reports.kind, EMIS_RETRY);
    kafka_producer_free(producer);
    emis_settings_free(settings);
}

static void test_kafka_producer__full_queue_asks_to_come_again(void **state)
{
    static const char *const by_bytes[] = {"kafka.queue.buffering.max.kbytes=64", NULL};
    static const char *const by_count[] = {"kafka.queue.buffering.max.messages=10", NULL};
    static const char *const *const limits[] = {by_bytes, by_count};
    struct world *world = *state;
    char value[1000] = "0";
    struct emis_error err;
    kafka_mock_broker_down(world->mock, KAFKA_MOCK_ALL_BROKERS);
    for (int i = 0; i < 2; i++) {
        struct emis_settings *settings =
            fixture_settings(kafka_mock_bootstrap(world->mock), limits[i]);
        struct kafka_producer *producer = NULL;
        struct kafka_producer_message message = {
            .partition = 0, .value = value, .value_size = sizeof(value)};
        int sent = 0;
        assert_ok(kafka_producer_new(settings, FIXTURE_TOPIC, NULL, NULL, &producer, &err));
        while (sent < 1000 && kafka_producer_send(producer, &message, &err)) {
            sent++;
        }
        assert_in_range(sent, 5, 70);
        assert_int_equal(err.code, E_KAFKA);
        assert_int_equal(err.kind, EMIS_RETRY);
        assert_int_equal(kafka_producer_pending_count(producer), sent);
        assert_true(kafka_producer_pending_bytes(producer) <= 65536);
        kafka_producer_free(producer);
        emis_settings_free(settings);
    }
}

/* Sends the next number from inside of each report. */
struct chain {
    struct kafka_producer *producer;
    int next;
    int reported;
};

static void send_next(void *context, void *opaque, int32_t partition, int64_t offset,
                      bool is_persisted, const struct emis_error *err)
{
    struct chain *chain = context;
    (void) partition;
    (void) offset;
    (void) err;
    assert_true(is_persisted);
    assert_ptr_equal(opaque, chain);
    chain->reported++;
    if (chain->next < 20) {
        struct emis_error failure;
        char value[16];
        snprintf(value, sizeof(value), "%d", chain->next++);
        struct kafka_producer_message message = {
            .partition = 0, .value = value, .value_size = strlen(value), .opaque = chain};
        assert_true(kafka_producer_send(chain->producer, &message, &failure));
    }
}

static void test_kafka_producer__report_may_send(void **state)
{
    struct world *world = *state;
    struct chain chain = {0};
    struct emis_error err;
    struct kafka_producer_message message = {
        .partition = 0, .value = "0", .value_size = 1, .opaque = &chain};
    assert_ok(kafka_producer_new(world->settings, FIXTURE_TOPIC, send_next, &chain, &chain.producer,
                                 &err));
    chain.next = 1;
    assert_ok(kafka_producer_send(chain.producer, &message, &err));
    while (chain.reported < 10) {
        assert_ok(kafka_producer_poll(chain.producer, 100, &err));
    }
    kafka_mock_fail(world->mock, KAFKA_MOCK_PRODUCE, KAFKA_MOCK_OUT_OF_ORDER_SEQUENCE, 1);
    assert_ok(kafka_producer_flush(chain.producer, FIXTURE_TIMEOUT_MS, &err));
    assert_int_equal(chain.reported, 20);
    assert_int_equal(kafka_producer_rebuild_count(chain.producer), 1);
    kafka_producer_free(chain.producer);
    check_log(world, 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_kafka_producer__fatal_error_rebuilds_and_loses_nothing,
                                        world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(
            test_kafka_producer__knows_of_a_lost_answer_that_the_record_is_there, world_setup,
            world_teardown),
        cmocka_unit_test_setup_teardown(
            test_kafka_producer__send_to_a_broken_handle_waits_for_the_rebuild, world_setup,
            world_teardown),
        cmocka_unit_test_setup_teardown(
            test_kafka_producer__bounce_with_an_answer_outstanding_loses_nothing, world_setup,
            world_teardown),
        cmocka_unit_test_setup_teardown(test_kafka_producer__endless_fatal_errors_are_told,
                                        world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_kafka_producer__passing_errors_are_retried,
                                        world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_kafka_producer__refused_messages_are_reported,
                                        world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_kafka_producer__message_timeout_is_a_retry,
                                        world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_kafka_producer__full_queue_asks_to_come_again,
                                        world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_kafka_producer__report_may_send, world_setup,
                                        world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
