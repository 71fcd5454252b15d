/* SPDX-License-Identifier: Apache-2.0 */
/* What only a real broker shows. EMIS_TEST_KAFKA=host:port; without it every test is skipped.
 * Topics have names of their own and stay behind. */
#include <unistd.h>

#include "lib/kafka/admin.h"
#include "lib/kafka/reader.h"
#include "tests/unit/kafka/fixture.h"

struct world {
    struct emis_settings *settings;
    char topic[64];
};

static int world_setup(void **state)
{
    static int number = 0;
    const char *server = getenv("EMIS_TEST_KAFKA");
    struct emis_error err;
    *state = NULL;
    if (server == NULL) {
        return 0;
    }
    struct world *world = calloc(1, sizeof(*world));
    world->settings = fixture_settings(server, NULL);
    snprintf(world->topic, sizeof(world->topic), "emis.test.%d.%d.%lld", (int) getpid(), number++,
             (long long) emis_clock_now_us());
    assert_ok(kafka_admin_create_topic(world->settings, world->topic, FIXTURE_PARTITIONS, 1, NULL,
                                       FIXTURE_TIMEOUT_MS, NULL, &err));
    *state = world;
    return 0;
}

static int world_teardown(void **state)
{
    struct world *world = *state;
    if (world != NULL) {
        emis_settings_free(world->settings);
        free(world);
    }
    return 0;
}

static struct world *world_or_skip(void **state)
{
    if (*state == NULL) {
        skip();
    }
    return *state;
}

static void count_findings(void *context, const struct kafka_admin_finding *finding)
{
    int *count = context;
    (*count)++;
    assert_non_null(strstr(finding->check, "kafka-"));
}

static void test_kafka_live__topic_is_created_once_and_passes_preflight(void **state)
{
    struct world *world = world_or_skip(state);
    struct emis_error err;
    struct kafka_admin_topic topic;
    bool is_created = true;
    int findings = 0;
    assert_ok(kafka_admin_create_topic(world->settings, world->topic, 7, 1, NULL,
                                       FIXTURE_TIMEOUT_MS, &is_created, &err));
    assert_false(is_created);
    assert_ok(
        kafka_admin_describe(world->settings, world->topic, FIXTURE_TIMEOUT_MS, &topic, &err));
    assert_int_equal(topic.partition_count, FIXTURE_PARTITIONS);
    assert_int_equal(topic.replication_factor, 1);
    assert_true(strlen(topic.cluster_id) > 0);
    assert_ok(kafka_admin_preflight(world->settings, world->topic, KAFKA_ADMIN_LAB, NULL,
                                    FIXTURE_PARTITIONS, FIXTURE_TIMEOUT_MS, count_findings,
                                    &findings, &err));
    assert_int_equal(findings, 0);
    assert_false(kafka_admin_preflight(world->settings, world->topic, KAFKA_ADMIN_CLUSTER, NULL, 5,
                                       FIXTURE_TIMEOUT_MS, count_findings, &findings, &err));
    assert_int_equal(err.code, E_PREFLIGHT);
    assert_int_equal(findings, 3); /* replicas, partitions, min ISR */
}

static void test_kafka_live__unsafe_topic_is_found(void **state)
{
    static const struct kafka_admin_config unsafe[] = {
        {"cleanup.policy", "compact"},    {"message.timestamp.type", "CreateTime"},
        {"flush.messages", "1000"},       {"retention.ms", "1000"},
        {"max.message.bytes", "1000000"}, {NULL, NULL},
    };
    static const char *const allowed[] = {"kafka-cleanup",   "kafka-timestamp",     "kafka-flush",
                                          "kafka-retention", "kafka-message-bytes", NULL};
    static const struct kafka_admin_config wrong[] = {{"no.such.key", "1"}, {NULL, NULL}};
    struct world *world = world_or_skip(state);
    struct emis_error err;
    char topic[80];
    int findings = 0;
    snprintf(topic, sizeof(topic), "%s.unsafe", world->topic);
    assert_ok(kafka_admin_create_topic(world->settings, topic, 1, 1, unsafe, FIXTURE_TIMEOUT_MS,
                                       NULL, &err));
    assert_false(kafka_admin_preflight(world->settings, topic, KAFKA_ADMIN_LAB, NULL, 0,
                                       FIXTURE_TIMEOUT_MS, count_findings, &findings, &err));
    assert_int_equal(findings, 5);
    assert_non_null(strstr(err.message, "kafka-cleanup"));
    assert_ok(kafka_admin_preflight(world->settings, topic, KAFKA_ADMIN_LAB, allowed, 0,
                                    FIXTURE_TIMEOUT_MS, NULL, NULL, &err));
    snprintf(topic, sizeof(topic), "%s.wrong", world->topic);
    assert_false(kafka_admin_create_topic(world->settings, topic, 1, 1, wrong, FIXTURE_TIMEOUT_MS,
                                          NULL, &err));
    assert_int_equal(err.kind, EMIS_FATAL);
    assert_false(kafka_admin_create_topic(world->settings, topic, 1, 3, NULL, FIXTURE_TIMEOUT_MS,
                                          NULL, &err));
    assert_int_equal(err.kind, EMIS_FATAL);
}

static void test_kafka_live__what_is_not_there_is_not_created(void **state)
{
    struct world *world = world_or_skip(state);
    struct emis_error err;
    struct kafka_admin_topic topic;
    struct kafka_reader *reader = NULL;
    const struct kafka_record *record = NULL;
    for (int i = 0; i < 2; i++) {
        assert_false(kafka_admin_describe(world->settings, "emis.test.absent", FIXTURE_TIMEOUT_MS,
                                          &topic, &err));
        assert_int_equal(err.code, E_NOT_FOUND);
    }
    assert_ok(kafka_reader_new(world->settings, "emis.test.absent", &reader, &err));
    assert_false(kafka_reader_fetch(reader, 0, 0, FIXTURE_TIMEOUT_MS, &record, &err));
    assert_int_equal(err.code, E_NOT_FOUND);
    kafka_reader_free(reader);
}

static void test_kafka_live__records_are_stamped_by_the_broker(void **state)
{
    struct world *world = world_or_skip(state);
    struct emis_error err;
    struct kafka_producer *producer = NULL;
    struct kafka_reader *reader = NULL;
    const struct kafka_record *record = NULL;
    struct fixture_reports reports = {0};
    static char value[2000000];
    struct kafka_producer_message message = {
        .partition = 2, .key = "k", .key_size = 1, .value = value, .value_size = sizeof(value)};
    assert_ok(kafka_producer_new(world->settings, world->topic, fixture_on_delivery, &reports,
                                 &producer, &err));
    assert_ok(kafka_producer_send(producer, &message, &err));
    message.value = NULL;
    message.value_size = 0;
    assert_ok(kafka_producer_send(producer, &message, &err));
    assert_ok(kafka_producer_flush(producer, FIXTURE_TIMEOUT_MS, &err));
    assert_int_equal(reports.persisted, 2);
    kafka_producer_free(producer);
    assert_ok(kafka_reader_new(world->settings, world->topic, &reader, &err));
    assert_ok(kafka_reader_fetch(reader, 2, 0, FIXTURE_TIMEOUT_MS, &record, &err));
    assert_int_equal(record->value_size, sizeof(value));
    assert_true(record->is_log_append_time);
    assert_true(llabs(record->timestamp_us - emis_clock_now_us()) < INT64_C(60000000));
    assert_ok(kafka_reader_fetch(reader, 2, 1, FIXTURE_TIMEOUT_MS, &record, &err));
    assert_false(record->has_value);
    assert_ok(kafka_reader_fetch(reader, 2, 2, FIXTURE_TIMEOUT_MS, &record, &err));
    assert_null(record);
    kafka_reader_free(reader);
}

/* A static member is held and let go all the time, and restarts again and again. It comes back
 * without a rebalance. */
static void test_kafka_live__static_member_loses_and_repeats_nothing(void **state)
{
    struct world *world = world_or_skip(state);
    struct fixture_member one = {0};
    struct emis_error err;
    const int count = 5000, restarts = 10;
    for (int32_t i = 0; i < FIXTURE_PARTITIONS; i++) {
        fixture_fill(world->settings, world->topic, i, 0, count);
    }
    for (int life = 0; life < restarts; life++) {
        int64_t start_ms = emis_clock_monotonic_ms();
        fixture_join(&one, world->settings, world->topic, "one", world->topic);
        fixture_read(&one, fixture_got(&one) + 1);
        assert_true(life == 0 || emis_clock_monotonic_ms() - start_ms < 5000);
        for (int hold = 0; hold < 10; hold++) {
            fixture_read(&one, fixture_got(&one) + 100);
            assert_ok(kafka_consumer_hold(one.consumer, hold % 2 == 0, &err));
            assert_ok(kafka_consumer_hold(one.consumer, false, &err));
        }
        assert_ok(kafka_consumer_hold(one.consumer, life % 2 == 0, &err));
        kafka_consumer_free(one.consumer);
    }
    fixture_join(&one, world->settings, world->topic, "one", world->topic);
    fixture_read(&one, FIXTURE_PARTITIONS * count);
    fixture_idle(&one, 300);
    assert_int_equal(fixture_got(&one), FIXTURE_PARTITIONS * count);
    assert_int_equal(one.repeats, 0);
    kafka_consumer_free(one.consumer);
}

static void test_kafka_live__same_instance_twice_is_fatal(void **state)
{
    struct world *world = world_or_skip(state);
    struct fixture_member one = {0};
    struct fixture_member two = {0};
    struct emis_error err;
    fixture_join(&one, world->settings, world->topic, "one", world->topic);
    while (one.assign_count == 0) {
        fixture_idle(&one, 50);
    }
    fixture_join(&two, world->settings, world->topic, "one", world->topic);
    while (two.assign_count == 0) {
        fixture_idle(&two, 50);
    }
    fixture_await_failure(&one, &err);
    assert_int_equal(err.code, E_KAFKA);
    assert_int_equal(err.kind, EMIS_FATAL);
    kafka_consumer_free(one.consumer);
    fixture_fill(world->settings, world->topic, 0, 0, 10);
    fixture_read(&two, 10);
    kafka_consumer_free(two.consumer);
}

static void test_kafka_live__offset_out_of_range_is_a_gap(void **state)
{
    struct world *world = world_or_skip(state);
    struct fixture_member member = {.next = {0, 1000000, 0, 0}};
    struct emis_error err;
    fixture_fill(world->settings, world->topic, 1, 0, 10);
    fixture_join(&member, world->settings, world->topic, "one", world->topic);
    fixture_await_failure(&member, &err);
    assert_int_equal(err.code, E_GAP);
    assert_int_equal(kafka_consumer_error_partition(member.consumer), 1);
    member.next[1] = 3;
    assert_ok(kafka_consumer_seek_assign(member.consumer, 1, 3, &err));
    fixture_read(&member, 7);
    kafka_consumer_free(member.consumer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_kafka_live__topic_is_created_once_and_passes_preflight,
                                        world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_kafka_live__unsafe_topic_is_found, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(test_kafka_live__what_is_not_there_is_not_created,
                                        world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_kafka_live__records_are_stamped_by_the_broker,
                                        world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_kafka_live__static_member_loses_and_repeats_nothing,
                                        world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_kafka_live__same_instance_twice_is_fatal, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(test_kafka_live__offset_out_of_range_is_a_gap, world_setup,
                                        world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
