/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kafka/config.h"

#include "tests/unit/kafka/fixture.h"

static void check_fails(const char *assignment, enum emis_error_code code, const char *named)
{
    struct emis_error err = {0};
    const char *extra[] = {assignment, NULL};
    struct emis_settings *settings = fixture_settings("127.0.0.1:1", extra);
    assert_false(kafka_config_check(settings, &err));
    if (err.code != code || strstr(err.message, named) == NULL) {
        fail_msg("%s gave %s: %s", assignment, emis_error_name(err.code), err.message);
    }
    emis_settings_free(settings);
}

static void check_passes(const char *assignment)
{
    struct emis_error err;
    const char *extra[] = {assignment, NULL};
    struct emis_settings *settings = fixture_settings("127.0.0.1:1", extra);
    assert_ok(kafka_config_check(settings, &err));
    emis_settings_free(settings);
}

static void test_kafka_config__unsafe_values_are_refused_by_name(void **state)
{
    static const struct {
        const char *assignment;
        const char *named;
    } cases[] = {
        {"kafka.acks=1", "acks"},
        {"kafka.acks=0", "acks"},
        {"kafka.request.required.acks=1", "acks"},
        {"kafka.enable.idempotence=false", "enable.idempotence"},
        {"kafka.enable.auto.commit=true", "enable.auto.commit"},
        {"kafka.auto.commit.enable=true", "auto.commit.enable"},
        {"kafka.enable.auto.offset.store=true", "enable.auto.offset.store"},
        {"kafka.auto.offset.reset=earliest", "auto.offset.reset"},
        {"kafka.auto.offset.reset=latest", "auto.offset.reset"},
        {"kafka.check.crcs=false", "check.crcs"},
        {"kafka.isolation.level=read_uncommitted", "isolation.level"},
        {"kafka.enable.partition.eof=true", "enable.partition.eof"},
        {"kafka.partition.assignment.strategy=cooperative-sticky", "partition.assignment.strategy"},
    };
    (void) state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        check_fails(cases[i].assignment, E_PREFLIGHT, cases[i].named);
    }
}

static void test_kafka_config__wrong_keys_are_configuration_errors(void **state)
{
    (void) state;
    check_fails("kafka.bootstrap.server=x:1", E_CONFIG, "bootstrap.server");
    check_fails("kafka.linger.ms=soon", E_CONFIG, "linger.ms");
    check_fails("kafka.session.timeout.ms=-5", E_CONFIG, "session.timeout.ms");
    check_fails("kafka.group.id=other", E_CONFIG, "group.id");
    check_fails("kafka.group.instance.id=other", E_CONFIG, "group.instance.id");
    check_fails("kafka.max.in.flight=6", E_CONFIG, "max.in.flight");
}

static void test_kafka_config__keys_of_either_role_pass(void **state)
{
    (void) state;
    check_passes("kafka.linger.ms=0");
    check_passes("kafka.fetch.wait.max.ms=10");
    check_passes("kafka.acks=all");
    check_passes("kafka.acks=-1");
    check_passes("kafka.partition.assignment.strategy=roundrobin");
    check_passes("kafka.client.id=x");
}

static void test_kafka_config__without_servers(void **state)
{
    struct emis_error err = {0};
    struct emis_settings *settings = fixture_settings(NULL, NULL);
    (void) state;
    assert_false(kafka_config_check(settings, &err));
    assert_int_equal(err.code, E_CONFIG);
    assert_non_null(strstr(err.message, "bootstrap.servers"));
    emis_settings_free(settings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kafka_config__unsafe_values_are_refused_by_name),
        cmocka_unit_test(test_kafka_config__wrong_keys_are_configuration_errors),
        cmocka_unit_test(test_kafka_config__keys_of_either_role_pass),
        cmocka_unit_test(test_kafka_config__without_servers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
