/* SPDX-License-Identifier: Apache-2.0 */
/* Against the mock, which knows no topic configuration; live_test.c has the rest. */
#include "lib/kafka/admin.h"

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

static void test_kafka_admin__describes_a_topic(void **state)
{
    struct world *world = *state;
    struct emis_error err;
    struct kafka_admin_topic topic;
    assert_ok(kafka_admin_describe(world->settings, FIXTURE_TOPIC, 10000, &topic, &err));
    assert_int_equal(topic.partition_count, FIXTURE_PARTITIONS);
    assert_int_equal(topic.replication_factor, 1);
    assert_true(topic.cluster_id[0] != '\0');
    assert_false(kafka_admin_describe(world->settings, "no.such.topic", 10000, &topic, &err));
    assert_int_equal(err.code, E_NOT_FOUND);
    assert_false(kafka_admin_create_topic(world->settings, "x", 1, 1, NULL, 3000, NULL, &err));
    assert_int_equal(err.kind, EMIS_FATAL);
    kafka_mock_broker_down(world->mock, KAFKA_MOCK_ALL_BROKERS);
    assert_false(kafka_admin_describe(world->settings, FIXTURE_TOPIC, 500, &topic, &err));
    assert_int_equal(err.code, E_KAFKA);
    assert_int_equal(err.kind, EMIS_RETRY);
    assert_false(kafka_admin_preflight(world->settings, FIXTURE_TOPIC, KAFKA_ADMIN_LAB, NULL, 0,
                                       500, NULL, NULL, &err));
    assert_int_equal(err.code, E_KAFKA);
    assert_false(kafka_admin_create_topic(world->settings, "x", 1, 1, NULL, 500, NULL, &err));
    assert_int_equal(err.kind, EMIS_RETRY);
}

struct findings {
    int allowed;
    int refused;
    char names[512];
};

static void note_finding(void *context, const struct kafka_admin_finding *finding)
{
    struct findings *findings = context;
    findings->allowed += finding->is_allowed;
    findings->refused += !finding->is_allowed;
    strncat(findings->names, finding->check, sizeof(findings->names) - strlen(findings->names) - 2);
    strcat(findings->names, " ");
}

static void test_kafka_admin__preflight_finds_what_it_cannot_see(void **state)
{
    static const char *const all[] = {"kafka-cleanup",
                                      "kafka-timestamp",
                                      "kafka-unclean-election",
                                      "kafka-flush",
                                      "kafka-retention",
                                      "kafka-message-bytes",
                                      NULL};
    static const char *const unknown[] = {"kafka-everything", NULL}, *const foreign[] = {
                                                                         "postgres-fsync", NULL};
    struct world *world = *state;
    struct emis_error err;
    struct findings findings = {0};
    assert_false(kafka_admin_preflight(world->settings, FIXTURE_TOPIC, KAFKA_ADMIN_LAB, NULL, 0,
                                       10000, note_finding, &findings, &err));
    if (err.code != E_PREFLIGHT) {
        fail_msg("%s", err.message);
    }
    assert_int_equal(findings.refused, 6);
    assert_ok(kafka_admin_preflight(world->settings, FIXTURE_TOPIC, KAFKA_ADMIN_LAB, all, 0, 10000,
                                    note_finding, &findings, &err));
    assert_int_equal(findings.allowed, 6);
    assert_false(kafka_admin_preflight(world->settings, FIXTURE_TOPIC, KAFKA_ADMIN_LAB, unknown, 0,
                                       10000, NULL, NULL, &err));
    assert_int_equal(err.code, E_CONFIG);
    assert_false(kafka_admin_check_unsafe(foreign, &err));
    assert_int_equal(err.code, E_CONFIG);
    assert_true(kafka_admin_check_unsafe(all, &err) && kafka_admin_check_unsafe(NULL, &err));

    memset(&findings, 0, sizeof(findings));
    assert_false(kafka_admin_preflight(world->settings, FIXTURE_TOPIC, KAFKA_ADMIN_CLUSTER, all, 7,
                                       10000, note_finding, &findings, &err));
    assert_int_equal(findings.refused, 3);
    assert_non_null(strstr(findings.names, "kafka-replication"));
    assert_non_null(strstr(findings.names, "kafka-partitions"));
    assert_non_null(strstr(findings.names, "kafka-min-isr"));
    memset(&findings, 0, sizeof(findings));
    assert_false(kafka_admin_preflight(world->settings, FIXTURE_TOPIC, KAFKA_ADMIN_TWO_SERVER, all,
                                       4, 10000, note_finding, &findings, &err));
    assert_string_equal(
        err.message,
        "topic emis.test: a partition has 1 replicas, must be at least 2 (kafka-replication)");
    assert_int_equal(findings.refused, 1);
}

static void test_kafka_admin__profile_names(void **state)
{
    enum kafka_admin_profile profile = KAFKA_ADMIN_LAB;
    (void) state;
    assert_true(kafka_admin_profile_by_name("cluster", &profile));
    assert_int_equal(profile, KAFKA_ADMIN_CLUSTER);
    assert_true(kafka_admin_profile_by_name("two_server", &profile));
    assert_int_equal(profile, KAFKA_ADMIN_TWO_SERVER);
    assert_false(kafka_admin_profile_by_name("three_server", &profile));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_kafka_admin__describes_a_topic, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(test_kafka_admin__preflight_finds_what_it_cannot_see,
                                        world_setup, world_teardown),
        cmocka_unit_test(test_kafka_admin__profile_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
