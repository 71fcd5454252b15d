/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kafka/reader.h"

#include "tests/unit/kafka/fixture.h"

struct world {
    struct kafka_mock *mock;
    struct emis_settings *settings;
    struct kafka_reader *reader;
};

static int world_setup(void **state)
{
    struct emis_error err;
    struct world *world = calloc(1, sizeof(*world));
    assert_ok(kafka_mock_new(1, FIXTURE_TOPIC, FIXTURE_PARTITIONS, &world->mock, &err));
    world->settings = fixture_settings(kafka_mock_bootstrap(world->mock), NULL);
    assert_ok(kafka_reader_new(world->settings, FIXTURE_TOPIC, &world->reader, &err));
    *state = world;
    return 0;
}

static int world_teardown(void **state)
{
    struct world *world = *state;
    kafka_reader_free(world->reader);
    emis_settings_free(world->settings);
    kafka_mock_free(world->mock);
    free(world);
    return 0;
}

static void check_record(struct kafka_reader *reader, int32_t partition, int64_t offset,
                         const char *value)
{
    struct emis_error err;
    const struct kafka_record *record = NULL;
    assert_ok(kafka_reader_fetch(reader, partition, offset, 10000, &record, &err));
    assert_non_null(record);
    assert_int_equal(record->partition, partition);
    assert_int_equal(record->offset, offset);
    assert_int_equal(record->value_size, strlen(value));
    assert_memory_equal(record->value, value, strlen(value));
}

static void test_kafka_reader__fetches_any_record_in_any_order(void **state)
{
    struct world *world = *state;
    fixture_fill(world->settings, FIXTURE_TOPIC, 0, 0, 100);
    fixture_fill(world->settings, FIXTURE_TOPIC, 1, 500, 100);
    check_record(world->reader, 0, 99, "99");
    check_record(world->reader, 0, 5, "5");
    check_record(world->reader, 0, 6, "6");
    check_record(world->reader, 1, 0, "500");
    check_record(world->reader, 0, 0, "0");
    check_record(world->reader, 0, 0, "0");
    check_record(world->reader, 1, 42, "542");
}

static void test_kafka_reader__at_and_behind_the_end_is_no_record(void **state)
{
    struct world *world = *state;
    struct emis_error err;
    const struct kafka_record *record = NULL;
    fixture_fill(world->settings, FIXTURE_TOPIC, 0, 0, 3);
    static const int64_t offsets[] = {3, 3, 4, 1000};
    for (int i = 0; i < 4; i++) {
        assert_ok(kafka_reader_fetch(world->reader, 0, offsets[i], 10000, &record, &err));
        assert_null(record);
    }
    check_record(world->reader, 0, 2, "2");
    fixture_fill(world->settings, FIXTURE_TOPIC, 0, 3, 1);
    check_record(world->reader, 0, 3, "3");
    assert_ok(kafka_reader_fetch(world->reader, 2, 0, 10000, &record, &err));
    assert_null(record);
}

struct sum {
    int64_t count;
    int64_t stop_at;
};

static bool add(void *context, const struct kafka_record *record, struct emis_error *err)
{
    struct sum *sum = context;
    if (record->offset == sum->stop_at) {
        return emis_error_set(err, E_FINDING, "stop");
    }
    sum->count++;
    return true;
}

static void test_kafka_reader__each_reads_exactly_the_range(void **state)
{
    struct world *world = *state;
    struct emis_error err;
    struct sum sum = {.stop_at = -1};
    fixture_fill(world->settings, FIXTURE_TOPIC, 0, 0, 1000);
    assert_ok(kafka_reader_each(world->reader, 0, -1, -1, 10000, add, &sum, &err));
    assert_int_equal(sum.count, 1000);
    assert_ok(kafka_reader_each(world->reader, 0, 10, 20, 10000, add, &sum, &err));
    assert_int_equal(sum.count, 1010);
    assert_ok(kafka_reader_each(world->reader, 3, -1, -1, 10000, add, &sum, &err));
    assert_int_equal(sum.count, 1010);
    assert_false(kafka_reader_each(world->reader, 0, 990, 1010, 10000, add, &sum, &err));
    assert_int_equal(err.code, E_GAP);
    sum.stop_at = 5;
    assert_false(kafka_reader_each(world->reader, 0, 0, 10, 10000, add, &sum, &err));
    assert_int_equal(err.code, E_FINDING);
}

static void test_kafka_reader__forgotten_records_are_a_gap(void **state)
{
    struct world *world = *state;
    struct emis_error err;
    const struct kafka_record *record = NULL;
    int64_t low = 0;
    int64_t high = 0;
    static char value[500000];
    struct kafka_producer *producer = NULL;
    struct kafka_producer_message message = {
        .partition = 0, .value = value, .value_size = sizeof(value)};
    uint32_t noise = 1; /* not compressible */
    for (size_t i = 0; i < sizeof(value); i++) {
        noise = noise * 1664525U + 1013904223U;
        value[i] = (char) (noise >> 24);
    }
    assert_ok(kafka_producer_new(world->settings, FIXTURE_TOPIC, NULL, NULL, &producer, &err));
    for (int i = 0; i < 40; i++) {
        assert_ok(kafka_producer_send(producer, &message, &err));
        assert_ok(kafka_producer_flush(producer, FIXTURE_TIMEOUT_MS, &err));
    }
    kafka_producer_free(producer);
    assert_ok(kafka_reader_watermarks(world->reader, 0, 10000, &low, &high, &err));
    assert_int_equal(high, 40);
    assert_true(low > 0);
    assert_false(kafka_reader_fetch(world->reader, 0, 0, 10000, &record, &err));
    assert_int_equal(err.code, E_GAP);
    assert_ok(kafka_reader_fetch(world->reader, 0, low, 10000, &record, &err));
    assert_non_null(record);
}

static void test_kafka_reader__what_is_not_there_or_away_is_told_in_time(void **state)
{
    struct world *world = *state;
    struct emis_error err;
    const struct kafka_record *record = NULL;
    int32_t count = 0;
    assert_ok(kafka_reader_partition_count(world->reader, 10000, &count, &err));
    assert_int_equal(count, FIXTURE_PARTITIONS);
    assert_false(kafka_reader_fetch(world->reader, 77, 0, 10000, &record, &err));
    assert_int_equal(err.code, E_NOT_FOUND);
    kafka_mock_broker_down(world->mock, KAFKA_MOCK_ALL_BROKERS);
    int64_t start_ms = emis_clock_monotonic_ms();
    assert_false(kafka_reader_fetch(world->reader, 0, 0, 500, &record, &err));
    assert_int_equal(err.kind, EMIS_RETRY);
    assert_false(kafka_reader_each(world->reader, 0, -1, -1, 500, add, NULL, &err));
    assert_int_equal(err.kind, EMIS_RETRY);
    assert_true(emis_clock_monotonic_ms() - start_ms < 5000);
    kafka_mock_broker_up(world->mock, KAFKA_MOCK_ALL_BROKERS);
    fixture_fill(world->settings, FIXTURE_TOPIC, 0, 0, 3);
    check_record(world->reader, 0, 1, "1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_kafka_reader__fetches_any_record_in_any_order,
                                        world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_kafka_reader__at_and_behind_the_end_is_no_record,
                                        world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_kafka_reader__each_reads_exactly_the_range,
                                        world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_kafka_reader__forgotten_records_are_a_gap, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(
            test_kafka_reader__what_is_not_there_or_away_is_told_in_time, world_setup,
            world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
