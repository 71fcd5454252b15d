/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kafka/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/base/settings.h"
#include "lib/kafka/client.h"

/* Kafka's own limits: org.apache.kafka.common.internals.Topic */
#define TOPIC_SIZE_MAX   249
#define TOPIC_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

struct config_pair {
    const char *name;
    const char *value;
};

/* Both roles: come back soon after a broker's restart (goal: 15 s), wait for no TCP coalescing. */
static const struct config_pair config_common[] = {
    {"client.id", "emis"},
    {"reconnect.backoff.max.ms", "1000"},
    {"socket.keepalive.enable", "true"},
    {"socket.nagle.disable", "true"},
    {"log.connection.close", "false"},
    {"message.max.bytes", "2097152"},
    {NULL, NULL},
};

static const struct config_pair config_consumer[] = {
    {"enable.auto.commit", "false"},
    {"auto.commit.enable", "false"}, /* the same of the simple consumer, a property of its own */
    {"enable.auto.offset.store", "false"},
    {"auto.offset.reset", "error"},
    {"check.crcs", "true"},
    {"isolation.level", "read_committed"},
    {"allow.auto.create.topics", "false"},
    /* the cooperative assignor has five known bugs in 2.0.2 */
    {"partition.assignment.strategy", "range"},
    {"session.timeout.ms", "10000"},
    /* a takeover waits for the group to see the loss: 12.9 s with 1 s, 15.1 s with the default */
    {"heartbeat.interval.ms", "1000"},
    {"max.poll.interval.ms", "120000"},
    {"queued.max.messages.kbytes", "16384"},
    {"fetch.message.max.bytes", "2097152"},
    {"fetch.max.bytes", "16777216"},
    {"fetch.wait.max.ms", "50"},
    {"fetch.error.backoff.ms", "100"},
    {NULL, NULL},
};

static const struct config_pair config_producer[] = {
    {"enable.idempotence", "true"},
    {"acks", "all"},
    {"max.in.flight.requests.per.connection", "5"},
    /* counted from the queue on: 64 MiB before a busy broker's disk take longer than 10 s (seen) */
    {"message.timeout.ms", "60000"},
    {"linger.ms", "5"},
    {"compression.codec", "lz4"},
    {"queue.buffering.max.kbytes", "65536"},
    {"partitioner", "murmur2_random"},
    {NULL, NULL},
};

/* What must be in force once everything is set. Read back from librdkafka, so aliases and spellings
 * of "false" do not matter. */
static const struct config_pair config_consumer_safe[] = {
    {"enable.auto.commit", "false"},
    {"auto.commit.enable", "false"},
    {"enable.auto.offset.store", "false"},
    {"auto.offset.reset", "error"},
    {"check.crcs", "true"},
    {"enable.partition.eof", "false"},
    {"isolation.level", "read_committed"},
    {NULL, NULL},
};

static const struct config_pair config_producer_safe[] = {
    {"enable.idempotence", "true"},
    {"acks", "-1"},
    {NULL, NULL},
};

bool kafka_config_set(rd_kafka_conf_t *conf, const char *name, const char *value,
                      struct emis_error *err)
{
    char reason[256];
    if (rd_kafka_conf_set(conf, name, value, reason, sizeof(reason)) != RD_KAFKA_CONF_OK) {
        return emis_error_set(err, E_CONFIG, "[kafka] %s: %s", name, reason);
    }
    return true;
}

static bool config_set_all(rd_kafka_conf_t *conf, const struct config_pair *pairs,
                           struct emis_error *err)
{
    for (; pairs->name != NULL; pairs++) {
        if (!kafka_config_set(conf, pairs->name, pairs->value, err)) {
            return false;
        }
    }
    return true;
}

/* librdkafka's own table of properties, the only place where a property's role can be asked for.
 * The caller frees. */
static char *config_reference_new(void)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    EMIS_ASSERT(out != NULL);
    rd_kafka_conf_properties_show(out);
    EMIS_ASSERT(fclose(out) == 0);
    return text;
}

/* Lines are "name  |  P  | range | ...". 'P', 'C', '*', or 0 for an unknown name. */
static char config_role_of(const char *reference, const char *name)
{
    size_t size = strlen(name);
    for (const char *line = reference; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, name, size) == 0 && (line[size] == ' ' || line[size] == '|')) {
            const char *bar = strchr(line, '|');
            return bar == NULL ? 0 : bar[1 + strspn(bar + 1, " ")];
        }
    }
    return 0;
}

static bool config_apply_section(rd_kafka_conf_t *conf, const struct emis_settings *settings,
                                 enum kafka_client_role role, const char *reference,
                                 struct emis_error *err)
{
    char foreign = role == KAFKA_CLIENT_CONSUMER ? 'P' : 'C';
    const char *name = NULL;
    const char *value = NULL;
    for (size_t i = 0; emis_settings_passthrough(settings, "kafka", i, &name, &value); i++) {
        if (strcmp(name, "group.id") == 0 || strcmp(name, "group.instance.id") == 0) {
            return emis_error_set(err, E_CONFIG, "[kafka] %s: is chosen by each program, not here",
                                  name);
        }
        if (config_role_of(reference, name) != foreign &&
            !kafka_config_set(conf, name, value, err)) {
            return false;
        }
    }
    return true;
}

static bool config_is(const rd_kafka_conf_t *conf, const char *name, const char *wanted,
                      char *ret_value, size_t size)
{
    ret_value[0] = '\0';
    return rd_kafka_conf_get(conf, name, ret_value, &size) == RD_KAFKA_CONF_OK &&
           strcmp(ret_value, wanted) == 0;
}

static bool config_check_safe(const rd_kafka_conf_t *conf, const struct config_pair *pairs,
                              struct emis_error *err)
{
    char value[128];
    for (; pairs->name != NULL; pairs++) {
        if (!config_is(conf, pairs->name, pairs->value, value, sizeof(value))) {
            const char *wanted = strcmp(pairs->name, "acks") == 0 ? "all" : pairs->value;
            return emis_error_set(err, E_PREFLIGHT, "[kafka] %s=%s is unsafe: it must be %s",
                                  pairs->name, value, wanted);
        }
    }
    return true;
}

static bool config_check_role(const rd_kafka_conf_t *conf, enum kafka_client_role role,
                              struct emis_error *err)
{
    char value[128] = "";
    size_t size = sizeof(value);
    if (role == KAFKA_CLIENT_PRODUCER) {
        return config_check_safe(conf, config_producer_safe, err);
    }
    if (rd_kafka_conf_get(conf, "partition.assignment.strategy", value, &size) ==
            RD_KAFKA_CONF_OK &&
        strstr(value, "cooperative") != NULL) {
        return emis_error_set(
            err, E_PREFLIGHT,
            "[kafka] partition.assignment.strategy=%s is unsafe: it must be range", value);
    }
    return config_check_safe(conf, config_consumer_safe, err);
}

static bool config_has_servers(const rd_kafka_conf_t *conf, struct emis_error *err)
{
    size_t size = 0;
    if (rd_kafka_conf_get(conf, "bootstrap.servers", NULL, &size) == RD_KAFKA_CONF_OK && size > 1) {
        return true;
    }
    return emis_error_set(err, E_CONFIG, "[kafka] bootstrap.servers: is not set");
}

bool kafka_config_new(const struct emis_settings *settings, enum kafka_client_role role,
                      rd_kafka_conf_t **ret_conf, struct emis_error *err)
{
    const struct config_pair *defaults =
        role == KAFKA_CLIENT_CONSUMER ? config_consumer : config_producer;
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    char *reference = config_reference_new();
    bool is_done = config_set_all(conf, config_common, err) &&
                   config_set_all(conf, defaults, err) &&
                   config_apply_section(conf, settings, role, reference, err) &&
                   config_has_servers(conf, err) && config_check_role(conf, role, err);
    free(reference);
    if (!is_done) {
        rd_kafka_conf_destroy(conf);
        return false;
    }
    *ret_conf = conf;
    return true;
}

bool kafka_config_check_topic(const char *topic, struct emis_error *err)
{
    size_t size = strlen(topic);
    return (size > 0 && size <= TOPIC_SIZE_MAX && strspn(topic, TOPIC_CHARACTERS) == size &&
            strcmp(topic, ".") != 0 && strcmp(topic, "..") != 0) ||
           emis_error_set(err, E_CONFIG,
                          "\"%.40s\" cannot name a topic: Kafka takes 1 to %d letters, digits, "
                          "dots, underscores and hyphens",
                          topic, TOPIC_SIZE_MAX);
}

bool kafka_config_check(const struct emis_settings *settings, struct emis_error *err)
{
    static const enum kafka_client_role roles[] = {KAFKA_CLIENT_CONSUMER, KAFKA_CLIENT_PRODUCER};
    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
        rd_kafka_conf_t *conf = NULL;
        rd_kafka_t *handle = NULL;
        /* Opening finds contradictions between values too; no connection is waited for. */
        if (!kafka_config_new(settings, roles[i], &conf, err) ||
            !kafka_client_open(roles[i], conf, &handle, err)) {
            return false;
        }
        rd_kafka_destroy(handle);
    }
    return true;
}
