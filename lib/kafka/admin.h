/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Topics: created, described, and checked before a program trusts them (guarantee G25). Each call
 * opens and closes its own connection and blocks up to its timeout; any thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"

struct emis_settings;

struct kafka_admin_config {
    const char *name;
    const char *value;
};

#define KAFKA_ADMIN_RETENTION_MS_MIN \
    INT64_C(2592000000) /* 30 days: replay must outlast the oldest backup (G8) */
#define KAFKA_ADMIN_MESSAGE_BYTES INT64_C(2097152)

/*
 * Create a topic with cleanup.policy=delete, message.timestamp.type=LogAppendTime,
 * flush.messages=1, retention.ms of 60 days and max.message.bytes of 2 MiB, then `configs` (ends
 * with name NULL; NULL: none) over them. An existing topic is left as it is: *ret_created (may be
 * NULL) is false. Waits until every partition has a leader. E_KAFKA RETRY: no answer within
 * timeout_ms; FATAL: refused, or unsupported by the broker.
 */
bool kafka_admin_create_topic(const struct emis_settings *settings, const char *topic,
                              int32_t partition_count, int replication_factor,
                              const struct kafka_admin_config *configs, int timeout_ms,
                              bool *ret_created, struct emis_error *err) EMIS_MUST_CHECK;

struct kafka_admin_topic {
    int32_t partition_count;
    int replication_factor; /* the smallest of its partitions */
    char cluster_id[64];    /* "" when the broker does not tell */
};

/* E_NOT_FOUND: no such topic. E_KAFKA. */
bool kafka_admin_describe(const struct emis_settings *settings, const char *topic, int timeout_ms,
                          struct kafka_admin_topic *ret_topic,
                          struct emis_error *err) EMIS_MUST_CHECK;

/* Each configuration value of the topic, strings borrowed for the call. E_KAFKA FATAL where the
 * broker cannot tell (the mock). */
typedef void (*kafka_admin_config_fn)(void *context, const char *name, const char *value);
bool kafka_admin_topic_configs(const struct emis_settings *settings, const char *topic,
                               int timeout_ms, kafka_admin_config_fn callback, void *context,
                               struct emis_error *err) EMIS_MUST_CHECK;

/* How much hardware stands behind a promise: what the topic must survive. Only the cluster's
 * demands more than one replica. */
enum kafka_admin_profile { KAFKA_ADMIN_LAB, KAFKA_ADMIN_TWO_SERVER, KAFKA_ADMIN_CLUSTER };
/* "lab", "two_server", "cluster" */
bool kafka_admin_profile_by_name(const char *name,
                                 enum kafka_admin_profile *ret_profile) EMIS_MUST_CHECK;

/*
 * One finding. check is the name for [emis] allow_unsafe: kafka-replication, kafka-min-isr,
 * kafka-cleanup, kafka-timestamp, kafka-unclean-election, kafka-retention, kafka-message-bytes,
 * kafka-flush, kafka-partitions. is_allowed: it was named in allow_unsafe. Borrowed for the call.
 */
struct kafka_admin_finding {
    const char *check;
    bool is_allowed;
    const char *message; /* what is, what must be */
};
typedef void (*kafka_admin_finding_fn)(void *context, const struct kafka_admin_finding *finding);

/* Every name (NULL ends them; NULL: none) is that of a check. E_CONFIG. Asks no broker. */
bool kafka_admin_check_unsafe(const char *const *allow_unsafe,
                              struct emis_error *err) EMIS_MUST_CHECK;

/*
 * Compare the topic with what the profile promises. allow_unsafe: names, ends with NULL (NULL:
 * none). partition_count: what it was before, 0: not known yet. on_finding may be NULL. A value
 * that the broker cannot tell is a finding. E_PREFLIGHT: at least one finding is not allowed (the
 * first is in the message); E_CONFIG as kafka_admin_check_unsafe; otherwise as
 * kafka_admin_describe.
 */
bool kafka_admin_preflight(const struct emis_settings *settings, const char *topic,
                           enum kafka_admin_profile profile, const char *const *allow_unsafe,
                           int32_t partition_count, int timeout_ms,
                           kafka_admin_finding_fn on_finding, void *context,
                           struct emis_error *err) EMIS_MUST_CHECK;
