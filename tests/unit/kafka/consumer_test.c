/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kafka/consumer.h"

#include "tests/unit/kafka/fixture.h"

struct world {
    struct kafka_mock *mock;
    struct emis_settings *settings;
};

static int world_setup(void **state)
{
    /* a rebalance ends when all members have sent a heartbeat */
    static const char *const extra[] = {"kafka.heartbeat.interval.ms=200", NULL};
    struct emis_error err;
    struct world *world = calloc(1, sizeof(*world));
    assert_ok(kafka_mock_new(1, FIXTURE_TOPIC, FIXTURE_PARTITIONS, &world->mock, &err));
    world->settings = fixture_settings(kafka_mock_bootstrap(world->mock), extra);
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

/* One partition's record with everything that can be absent or empty. */
static void send_odd_records(const struct world *world)
{
    static const struct kafka_header headers[] = {
        {"a", "1", 1}, {"a", "22", 2}, {"empty", "", 0}, {"null", NULL, 0}};
    const struct kafka_producer_message messages[] = {
        {.key = "key",
         .key_size = 3,
         .value = "value\0x",
         .value_size = 7,
         .headers = headers,
         .header_count = 4},
        {.value = "no key", .value_size = 6},
        {.key = "", .key_size = 0, .value = "", .value_size = 0},
        {.key = "no value", .key_size = 8},
    };
    struct emis_error err;
    struct kafka_producer *producer = NULL;
    assert_ok(kafka_producer_new(world->settings, FIXTURE_TOPIC, NULL, NULL, &producer, &err));
    for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
        assert_ok(kafka_producer_send(producer, &messages[i], &err));
    }
    assert_ok(kafka_producer_flush(producer, FIXTURE_TIMEOUT_MS, &err));
    kafka_producer_free(producer);
}

static const struct kafka_record *next_record(struct fixture_member *member)
{
    struct emis_error err;
    const struct kafka_record *record = NULL;
    int64_t deadline_ms = emis_clock_monotonic_ms() + FIXTURE_TIMEOUT_MS;
    while (record == NULL) {
        assert_true(emis_clock_monotonic_ms() < deadline_ms);
        assert_ok(kafka_consumer_poll(member->consumer, 50, &record, &err));
    }
    return record;
}

static void test_kafka_consumer__round_trip_keeps_null_and_empty_apart(void **state)
{
    struct world *world = *state;
    struct fixture_member member = {0};
    struct kafka_header header;
    send_odd_records(world);
    fixture_join(&member, world->settings, "g", NULL, FIXTURE_TOPIC);

    const struct kafka_record *record = next_record(&member);
    assert_int_equal(record->offset, 0);
    assert_true(record->has_key && record->has_value);
    assert_memory_equal(record->key, "key", 3);
    assert_int_equal(record->value_size, 7);
    assert_memory_equal(record->value, "value\0x", 7);
    assert_true(llabs(record->timestamp_us - emis_clock_now_us()) < INT64_C(60000000));
    assert_int_equal(kafka_record_header_count(record), 4);
    assert_true(kafka_record_header(record, 1, &header));
    assert_string_equal(header.name, "a");
    assert_int_equal(header.value_size, 2);
    assert_true(kafka_record_header(record, 2, &header));
    assert_non_null(header.value);
    assert_int_equal(header.value_size, 0);
    assert_true(kafka_record_header(record, 3, &header));
    assert_null(header.value);
    assert_false(kafka_record_header(record, 4, &header));

    record = next_record(&member);
    assert_false(record->has_key);
    assert_true(record->has_value);
    assert_int_equal(kafka_record_header_count(record), 0);
    assert_false(kafka_record_header(record, 0, &header));
    record = next_record(&member);
    assert_true(record->has_key && record->has_value);
    assert_int_equal(record->key_size + record->value_size, 0);
    record = next_record(&member);
    assert_true(record->has_key);
    assert_false(record->has_value);
    kafka_consumer_drop(member.consumer);
    kafka_consumer_free(member.consumer);
}

static void test_kafka_consumer__starts_at_the_given_offsets(void **state)
{
    struct world *world = *state;
    struct fixture_member member = {.next = {10, KAFKA_CONSUMER_LEAVE_OUT, 0, 0}};
    struct emis_error err;
    const int32_t *partitions = NULL;
    fixture_fill(world->settings, FIXTURE_TOPIC, 0, 0, 30);
    fixture_fill(world->settings, FIXTURE_TOPIC, 1, 0, 30);
    fixture_join(&member, world->settings, "g", NULL, FIXTURE_TOPIC);
    fixture_read(&member, 20);
    fixture_idle(&member, 300);
    assert_int_equal(member.got[0], 20);
    assert_int_equal(member.got[1], 0);
    assert_int_equal(kafka_consumer_assignment(member.consumer, &partitions), FIXTURE_PARTITIONS);
    assert_non_null(partitions);

    /* the one left out starts; the others go on without repeating or losing anything */
    fixture_fill(world->settings, FIXTURE_TOPIC, 0, 30, 5);
    member.next[1] = 25;
    assert_ok(kafka_consumer_seek_assign(member.consumer, 1, 25, &err));
    fixture_read(&member, 30);
    assert_int_equal(member.got[0], 25);
    assert_int_equal(member.got[1], 5);
    assert_int_equal(member.repeats, 0);

    /* back, as after a rolled-back batch */
    member.next[0] = 5;
    assert_ok(kafka_consumer_seek_assign(member.consumer, 0, 5, &err));
    fixture_read(&member, 60);
    assert_int_equal(member.got[0], 55);
    assert_int_equal(member.repeats, 0);

    assert_ok(kafka_consumer_leave_out(member.consumer, 0, &err));
    fixture_fill(world->settings, FIXTURE_TOPIC, 0, 35, 5);
    fixture_idle(&member, 300);
    assert_int_equal(member.got[0], 55);
    assert_false(kafka_consumer_seek_assign(member.consumer, 99, 0, &err));
    assert_int_equal(err.code, E_FENCED);
    kafka_consumer_free(member.consumer);
    assert_int_equal(member.revoke_count, 1);
}

static void test_kafka_consumer__refused_assignment_can_be_taken_later(void **state)
{
    struct world *world = *state;
    struct fixture_member member = {.is_refusing = true};
    struct emis_error err;
    fixture_fill(world->settings, FIXTURE_TOPIC, 2, 0, 10);
    fixture_join(&member, world->settings, "g", "i1", FIXTURE_TOPIC);
    assert_ok(kafka_consumer_reassign(member.consumer, &err)); /* nothing to ask yet */
    assert_int_equal(member.assign_count, 0);
    while (member.assign_count == 0) {
        fixture_idle(&member, 100);
    }
    fixture_idle(&member, 500);
    assert_int_equal(fixture_got(&member), 0);
    member.is_refusing = false;
    assert_ok(kafka_consumer_reassign(member.consumer, &err));
    fixture_read(&member, 10);
    assert_int_equal(member.assign_count, 2);
    kafka_consumer_free(member.consumer);
}

static void hold(struct fixture_member *member, bool is_held)
{
    struct emis_error err;
    assert_ok(kafka_consumer_hold(member->consumer, is_held, &err));
    assert_ok(kafka_consumer_hold(member->consumer, is_held, &err));
}

static void test_kafka_consumer__holding_loses_and_repeats_nothing(void **state)
{
    struct world *world = *state;
    struct fixture_member member = {0};
    const int64_t count = INT64_C(3000) * FIXTURE_PARTITIONS;
    for (int32_t i = 0; i < FIXTURE_PARTITIONS; i++) {
        fixture_fill(world->settings, FIXTURE_TOPIC, i, 0, 3000);
    }
    fixture_join(&member, world->settings, "g", "i1", FIXTURE_TOPIC);
    for (int round = 0; fixture_got(&member) < count; round++) {
        int64_t before = fixture_got(&member);
        hold(&member, true);
        fixture_idle(&member, round % 4 == 0 ? 100 : 1);
        assert_int_equal(fixture_got(&member), before);
        hold(&member, false);
        fixture_read(&member, before + 237 < count ? before + 237 : count);
    }
    fixture_idle(&member, 200);
    assert_int_equal(fixture_got(&member), count);
    assert_int_equal(member.gaps, 0);
    assert_int_equal(member.repeats, 0);
    kafka_consumer_free(member.consumer);
}

/* Records that librdkafka has fetched but nobody has polled. */
static void test_kafka_consumer__holding_before_the_first_record_loses_nothing(void **state)
{
    struct world *world = *state;
    struct fixture_member member = {0};
    struct emis_error err;
    fixture_fill(world->settings, FIXTURE_TOPIC, 0, 0, 50);
    fixture_fill(world->settings, FIXTURE_TOPIC, 1, 0, 1);
    fixture_join(&member, world->settings, "g", "i1", FIXTURE_TOPIC);
    fixture_read(&member, 51);
    member.next[0] = 0;
    assert_ok(kafka_consumer_seek_assign(member.consumer, 0, 0, &err));
    /* let the fetch arrive without polling any of it */
    const struct timespec wait = {.tv_nsec = 500000000};
    nanosleep(&wait, NULL);
    hold(&member, true);
    fixture_idle(&member, 200);
    assert_int_equal(fixture_got(&member), 51);
    hold(&member, false);
    fixture_read(&member, 101);
    assert_int_equal(member.repeats, 0);
    kafka_consumer_free(member.consumer);
}

/* librdkafka 2.0.2 aborts when a partition is taken away again before its fetcher has stopped. */
static void test_kafka_consumer__changes_in_quick_succession_are_survived(void **state)
{
    struct world *world = *state;
    struct fixture_member member = {0};
    struct emis_error err;
    for (int32_t i = 0; i < 4; i++) {
        fixture_fill(world->settings, FIXTURE_TOPIC, i, 0, 50);
    }
    fixture_join(&member, world->settings, "g", "i1", FIXTURE_TOPIC);
    fixture_read(&member, 200);
    for (int round = 0; round < 300; round++) {
        assert_ok(kafka_consumer_seek_assign(member.consumer, round % 4, 50, &err));
        assert_ok(kafka_consumer_hold(member.consumer, round % 3 == 0, &err));
    }
    hold(&member, false);
    for (int32_t i = 0; i < 4; i++) {
        fixture_fill(world->settings, FIXTURE_TOPIC, i, 50, 5);
    }
    fixture_read(&member, 220);
    assert_int_equal(member.repeats, 0);
    kafka_consumer_free(member.consumer);
}

static void test_kafka_consumer__holds_also_what_is_sought_or_assigned_meanwhile(void **state)
{
    struct world *world = *state;
    struct fixture_member one = {0};
    struct fixture_member two = {0};
    struct emis_error err;
    fixture_join(&one, world->settings, "g", NULL, FIXTURE_TOPIC);
    hold(&one, true);
    while (one.assign_count == 0) {
        fixture_idle(&one, 50);
    }
    for (int32_t i = 0; i < FIXTURE_PARTITIONS; i++) {
        fixture_fill(world->settings, FIXTURE_TOPIC, i, 0, 5);
    }
    assert_ok(kafka_consumer_seek_assign(one.consumer, 0, 0, &err));
    fixture_idle(&one, 300);
    assert_int_equal(fixture_got(&one), 0);
    fixture_join(&two, world->settings, "g", NULL, FIXTURE_TOPIC);
    int64_t deadline_ms = emis_clock_monotonic_ms() + FIXTURE_TIMEOUT_MS;
    while (one.assign_count < 2 || two.assign_count == 0 ||
           one.assigned + two.assigned != FIXTURE_PARTITIONS) {
        fixture_idle(&one, 50);
        fixture_idle(&two, 50);
        assert_true(emis_clock_monotonic_ms() < deadline_ms);
    }
    assert_true(one.revoke_count >= 1);
    assert_int_equal(fixture_got(&one), 0);
    fixture_read(&two, 5 * (int64_t) two.assigned);
    hold(&one, false);
    fixture_read(&one, 5 * (int64_t) one.assigned);
    kafka_consumer_free(two.consumer);
    kafka_consumer_free(one.consumer);
}

static void test_kafka_consumer__offset_out_of_range_is_a_gap(void **state)
{
    struct world *world = *state;
    struct fixture_member member = {.next = {0, 0, 0, 500}};
    struct emis_error err;
    fixture_fill(world->settings, FIXTURE_TOPIC, 3, 0, 10);
    fixture_fill(world->settings, FIXTURE_TOPIC, 0, 0, 10);
    fixture_join(&member, world->settings, "g", "i1", FIXTURE_TOPIC);
    fixture_await_failure(&member, &err);
    assert_int_equal(err.code, E_GAP);
    assert_int_equal(kafka_consumer_error_partition(member.consumer), 3);
    assert_non_null(strstr(err.message, "partition 3"));
    assert_non_null(strstr(err.message, "500"));
    fixture_read(&member, 10);
    fixture_idle(&member, 500);
    assert_int_equal(member.got[3], 0);
    member.next[3] = 4;
    assert_ok(kafka_consumer_seek_assign(member.consumer, 3, 4, &err));
    fixture_read(&member, 16);
    assert_int_equal(member.repeats, 0);
    kafka_consumer_free(member.consumer);
}

static void test_kafka_consumer__survives_a_broker_that_goes_and_comes(void **state)
{
    struct world *world = *state;
    struct fixture_member member = {0};
    fixture_fill(world->settings, FIXTURE_TOPIC, 0, 0, 10);
    fixture_join(&member, world->settings, "g", "i1", FIXTURE_TOPIC);
    fixture_read(&member, 10);
    kafka_mock_broker_down(world->mock, KAFKA_MOCK_ALL_BROKERS);
    fixture_idle(&member, 1500);
    assert_true(kafka_consumer_transport_error_count(member.consumer) > 0);
    kafka_mock_broker_up(world->mock, KAFKA_MOCK_ALL_BROKERS);
    fixture_fill(world->settings, FIXTURE_TOPIC, 0, 10, 10);
    fixture_read(&member, 20);
    assert_int_equal(member.repeats, 0);
    kafka_consumer_free(member.consumer);
}

static void test_kafka_consumer__passing_errors_lose_nothing(void **state)
{
    static const struct {
        enum kafka_mock_request request;
        enum kafka_mock_fault fault;
    } cases[] = {
        {KAFKA_MOCK_FETCH, KAFKA_MOCK_NOT_LEADER},
        {KAFKA_MOCK_FETCH, KAFKA_MOCK_DISCONNECT},
        {KAFKA_MOCK_FETCH, KAFKA_MOCK_REQUEST_TIMED_OUT},
        {KAFKA_MOCK_FIND_COORDINATOR, KAFKA_MOCK_COORDINATOR_LOADING},
        {KAFKA_MOCK_HEARTBEAT, KAFKA_MOCK_COORDINATOR_MOVED},
        {KAFKA_MOCK_JOIN_GROUP, KAFKA_MOCK_COORDINATOR_LOADING},
    };
    struct world *world = *state;
    struct fixture_member member = {0};
    fixture_join(&member, world->settings, "g", "i1", FIXTURE_TOPIC);
    for (int i = 0; i < (int) (sizeof(cases) / sizeof(cases[0])); i++) {
        kafka_mock_fail(world->mock, cases[i].request, cases[i].fault, 2);
        fixture_fill(world->settings, FIXTURE_TOPIC, 0, i * 10, 10);
        fixture_read(&member, (i + 1) * 10);
        kafka_mock_forgive(world->mock, cases[i].request);
    }
    assert_int_equal(member.repeats, 0);
    kafka_consumer_free(member.consumer);
}

static void test_kafka_consumer__same_instance_twice_is_fatal(void **state)
{
    struct world *world = *state;
    struct fixture_member member = {0};
    struct emis_error err;
    fixture_join(&member, world->settings, "g", "i1", FIXTURE_TOPIC);
    while (member.assign_count == 0) {
        fixture_idle(&member, 50);
    }
    kafka_mock_fail(world->mock, KAFKA_MOCK_HEARTBEAT, KAFKA_MOCK_FENCED_INSTANCE_ID, 1);
    fixture_await_failure(&member, &err);
    assert_int_equal(err.code, E_KAFKA);
    assert_int_equal(err.kind, EMIS_FATAL);
    assert_non_null(strstr(err.message, "FENCED_INSTANCE_ID"));
    kafka_consumer_free(member.consumer);
}

static void test_kafka_consumer__too_late_a_poll_is_told(void **state)
{
    static const char *const extra[] = {"kafka.max.poll.interval.ms=4000",
                                        "kafka.session.timeout.ms=4000",
                                        "kafka.heartbeat.interval.ms=200", NULL};
    struct world *world = *state;
    struct emis_settings *settings = fixture_settings(kafka_mock_bootstrap(world->mock), extra);
    struct fixture_member member = {0};
    struct emis_error err;
    const struct timespec wait = {.tv_sec = 5};
    fixture_fill(settings, FIXTURE_TOPIC, 0, 0, 5);
    fixture_join(&member, settings, "g", NULL, FIXTURE_TOPIC);
    fixture_read(&member, 5);
    nanosleep(&wait, NULL);
    fixture_await_failure(&member, &err);
    assert_int_equal(err.code, E_FENCED);
    fixture_fill(settings, FIXTURE_TOPIC, 0, 5, 5);
    fixture_read(&member, 10);
    assert_true(member.revoke_count >= 1);
    assert_true(member.assign_count >= 2);
    kafka_consumer_free(member.consumer);
    emis_settings_free(settings);
}

static void test_kafka_consumer__watermarks_lag_and_mirror(void **state)
{
    struct world *world = *state;
    struct fixture_member member = {0};
    struct emis_error err;
    int64_t low = -1;
    int64_t high = -1;
    fixture_fill(world->settings, FIXTURE_TOPIC, 1, 0, 12);
    fixture_join(&member, world->settings, "g", "i1", FIXTURE_TOPIC);
    assert_int_equal(kafka_consumer_lag(member.consumer, 1, 0), -1);
    fixture_read(&member, 12);
    kafka_consumer_commit_mirror(member.consumer, 1, 12);
    assert_ok(kafka_consumer_watermarks(member.consumer, 1, 5000, &low, &high, &err));
    assert_int_equal(low, 0);
    assert_int_equal(high, 12);
    assert_int_equal(kafka_consumer_lag(member.consumer, 1, 2), 10);
    assert_int_equal(kafka_consumer_lag(member.consumer, 1, 12), 0);
    kafka_mock_broker_down(world->mock, KAFKA_MOCK_ALL_BROKERS);
    assert_false(kafka_consumer_watermarks(member.consumer, 1, 300, &low, &high, &err));
    assert_int_equal(err.code, E_KAFKA);
    assert_int_equal(err.kind, EMIS_RETRY);
    int64_t start_ms = emis_clock_monotonic_ms();
    kafka_consumer_free(member.consumer);
    assert_true(emis_clock_monotonic_ms() - start_ms < 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_kafka_consumer__round_trip_keeps_null_and_empty_apart,
                                        world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_kafka_consumer__starts_at_the_given_offsets,
                                        world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_kafka_consumer__refused_assignment_can_be_taken_later,
                                        world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_kafka_consumer__holding_loses_and_repeats_nothing,
                                        world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(
            test_kafka_consumer__holding_before_the_first_record_loses_nothing, world_setup,
            world_teardown),
        cmocka_unit_test_setup_teardown(
            test_kafka_consumer__holds_also_what_is_sought_or_assigned_meanwhile, world_setup,
            world_teardown),
        cmocka_unit_test_setup_teardown(
            test_kafka_consumer__changes_in_quick_succession_are_survived, world_setup,
            world_teardown),
        cmocka_unit_test_setup_teardown(test_kafka_consumer__offset_out_of_range_is_a_gap,
                                        world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_kafka_consumer__survives_a_broker_that_goes_and_comes,
                                        world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_kafka_consumer__passing_errors_lose_nothing,
                                        world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_kafka_consumer__same_instance_twice_is_fatal,
                                        world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_kafka_consumer__too_late_a_poll_is_told, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(test_kafka_consumer__watermarks_lag_and_mirror, world_setup,
                                        world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
