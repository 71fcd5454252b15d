/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kafka/admin.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/text.h"

enum preflight_rule { PREFLIGHT_EQUAL, PREFLIGHT_AT_LEAST, PREFLIGHT_AT_LEAST_OR_UNLIMITED };

/* A configuration value of the topic that is checked. number is the bound, text the value that must
 * be. */
struct preflight_check {
    const char *check;
    const char *config;
    enum preflight_rule rule;
    const char *text;
    int64_t number;
    enum kafka_admin_profile from; /* the first profile that demands it */
};

static const struct preflight_check preflight_checks[] = {
    {"kafka-cleanup", "cleanup.policy", PREFLIGHT_EQUAL, "delete", 0, KAFKA_ADMIN_LAB},
    {"kafka-timestamp", "message.timestamp.type", PREFLIGHT_EQUAL, "LogAppendTime", 0,
     KAFKA_ADMIN_LAB},
    {"kafka-unclean-election", "unclean.leader.election.enable", PREFLIGHT_EQUAL, "false", 0,
     KAFKA_ADMIN_LAB},
    {"kafka-flush", "flush.messages", PREFLIGHT_EQUAL, "1", 0, KAFKA_ADMIN_LAB},
    {"kafka-retention", "retention.ms", PREFLIGHT_AT_LEAST_OR_UNLIMITED, NULL,
     KAFKA_ADMIN_RETENTION_MS_MIN, KAFKA_ADMIN_LAB},
    {"kafka-message-bytes", "max.message.bytes", PREFLIGHT_AT_LEAST, NULL,
     KAFKA_ADMIN_MESSAGE_BYTES, KAFKA_ADMIN_LAB},
    {"kafka-min-isr", "min.insync.replicas", PREFLIGHT_AT_LEAST, NULL, 2, KAFKA_ADMIN_CLUSTER},
};
#define PREFLIGHT_COUNT (sizeof(preflight_checks) / sizeof(preflight_checks[0]))

static const char *const preflight_other_checks[] = {"kafka-replication", "kafka-partitions"};
/* by enum kafka_admin_profile */
static const int preflight_replicas[] = {1, 2, 3};

struct preflight {
    const char *const *allow_unsafe;
    kafka_admin_finding_fn on_finding;
    void *context;
    char values[PREFLIGHT_COUNT][64]; /* "": not told */
    bool has_refusal;
    char refusal[256]; /* the first finding that is not allowed */
};

static bool preflight_is_check(const char *name)
{
    bool is_known = false;
    for (size_t i = 0; i < PREFLIGHT_COUNT; i++) {
        is_known = is_known || strcmp(name, preflight_checks[i].check) == 0;
    }
    for (size_t i = 0; i < sizeof(preflight_other_checks) / sizeof(preflight_other_checks[0]);
         i++) {
        is_known = is_known || strcmp(name, preflight_other_checks[i]) == 0;
    }
    return is_known;
}

bool kafka_admin_check_unsafe(const char *const *allow_unsafe, struct emis_error *err)
{
    for (const char *const *name = allow_unsafe; name != NULL && *name != NULL; name++) {
        if (!preflight_is_check(*name)) {
            return emis_error_set(err, E_CONFIG,
                                  "emis.allow_unsafe: there is no check %s; `emis topics describe` "
                                  "names those that fail",
                                  *name);
        }
    }
    return true;
}

static void preflight_find(struct preflight *preflight, const char *check, const char *message)
{
    struct kafka_admin_finding finding = {.check = check, .message = message};
    for (const char *const *name = preflight->allow_unsafe; name != NULL && *name != NULL; name++) {
        finding.is_allowed = finding.is_allowed || strcmp(*name, check) == 0;
    }
    if (!finding.is_allowed && !preflight->has_refusal) {
        preflight->has_refusal = true;
        snprintf(preflight->refusal, sizeof(preflight->refusal), "%s (%s)", message, check);
    }
    if (preflight->on_finding != NULL) {
        preflight->on_finding(preflight->context, &finding);
    }
}

static void preflight_note_config(void *context, const char *name, const char *value)
{
    struct preflight *preflight = context;
    for (size_t i = 0; i < PREFLIGHT_COUNT; i++) {
        if (strcmp(name, preflight_checks[i].config) == 0) {
            snprintf(preflight->values[i], sizeof(preflight->values[i]), "%s", value);
        }
    }
}

static bool preflight_holds(const struct preflight_check *check, const char *value)
{
    int64_t number = 0;
    if (check->rule == PREFLIGHT_EQUAL) {
        return strcmp(value, check->text) == 0;
    }
    if (!emis_text_parse_i64(value, strlen(value), &number)) {
        return false;
    }
    return number >= check->number ||
           (check->rule == PREFLIGHT_AT_LEAST_OR_UNLIMITED && number == -1);
}

static void preflight_check_config(struct preflight *preflight, size_t index)
{
    const struct preflight_check *check = &preflight_checks[index];
    const char *value = preflight->values[index];
    char message[192];
    if (value[0] != '\0' && preflight_holds(check, value)) {
        return;
    }
    if (value[0] == '\0') {
        value = "unknown: the broker does not tell";
    }
    if (check->rule == PREFLIGHT_EQUAL) {
        snprintf(message, sizeof(message), "%s is %s, must be %s", check->config, value,
                 check->text);
    } else {
        snprintf(message, sizeof(message), "%s is %s, must be at least %" PRId64, check->config,
                 value, check->number);
    }
    preflight_find(preflight, check->check, message);
}

static void preflight_check_shape(struct preflight *preflight,
                                  const struct kafka_admin_topic *topic,
                                  enum kafka_admin_profile profile, int32_t partition_count)
{
    char message[192];
    if (topic->replication_factor < preflight_replicas[profile]) {
        snprintf(message, sizeof(message), "a partition has %d replicas, must be at least %d",
                 topic->replication_factor, preflight_replicas[profile]);
        preflight_find(preflight, "kafka-replication", message);
    }
    if (partition_count != 0 && topic->partition_count != partition_count) {
        snprintf(message, sizeof(message),
                 "the topic has %d partitions, it had %d: keys would change their partition",
                 topic->partition_count, partition_count);
        preflight_find(preflight, "kafka-partitions", message);
    }
}

bool kafka_admin_preflight(const struct emis_settings *settings, const char *topic,
                           enum kafka_admin_profile profile, const char *const *allow_unsafe,
                           int32_t partition_count, int timeout_ms,
                           kafka_admin_finding_fn on_finding, void *context, struct emis_error *err)
{
    struct kafka_admin_topic shape;
    struct preflight preflight = {
        .allow_unsafe = allow_unsafe, .on_finding = on_finding, .context = context};
    if (!kafka_admin_check_unsafe(allow_unsafe, err) ||
        !kafka_admin_describe(settings, topic, timeout_ms, &shape, err)) {
        return false;
    }
    /* a broker that cannot tell leaves all values unknown, which are findings; one that is away is
     * a failure */
    if (!kafka_admin_topic_configs(settings, topic, timeout_ms, preflight_note_config, &preflight,
                                   err) &&
        err->kind != EMIS_FATAL) {
        return false;
    }
    preflight_check_shape(&preflight, &shape, profile, partition_count);
    for (size_t i = 0; i < PREFLIGHT_COUNT; i++) {
        if (profile >= preflight_checks[i].from) {
            preflight_check_config(&preflight, i);
        }
    }
    return !preflight.has_refusal ||
           emis_error_set(err, E_PREFLIGHT, "topic %s: %s", topic, preflight.refusal);
}
