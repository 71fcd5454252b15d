/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kafka/admin.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/kafka/client.h"
#include "lib/kafka/config.h"

#define ADMIN_LEADER_POLL_MS 20

static const struct kafka_admin_config admin_defaults[] = {
    {"cleanup.policy", "delete"},     {"message.timestamp.type", "LogAppendTime"},
    {"flush.messages", "1"},          {"retention.ms", "5184000000"},
    {"max.message.bytes", "2097152"}, {NULL, NULL},
};

static bool admin_open(const struct emis_settings *settings, rd_kafka_t **ret_handle,
                       struct emis_error *err)
{
    rd_kafka_conf_t *conf = NULL;
    /* a consumer: it asks for no producer id and joins no group by itself */
    return kafka_config_new(settings, KAFKA_CLIENT_CONSUMER, &conf, err) &&
           kafka_client_open(KAFKA_CLIENT_CONSUMER, conf, ret_handle, err);
}

/*
 * Admin requests go to the controller. The mock names one that does not exist, and 2.0.2 would wait
 * for it to appear until the time is up, which looks like a broker that is away.
 */
static bool admin_check_controller(rd_kafka_t *handle, const char *topic, int timeout_ms,
                                   struct emis_error *err)
{
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_resp_err_t code = rd_kafka_metadata(handle, 0, NULL, &metadata, timeout_ms);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return kafka_client_fail(err, code, "could not look for the controller, for topic %s",
                                 topic);
    }
    int32_t controller = rd_kafka_controllerid(handle, timeout_ms);
    bool is_there = controller < 0; /* an election: it will be */
    for (int i = 0; i < metadata->broker_cnt; i++) {
        is_there = is_there || metadata->brokers[i].id == controller;
    }
    rd_kafka_metadata_destroy(metadata);
    return is_there || kafka_client_fail(err, RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE,
                                         "this broker does not administer topics");
}

/* Waits for the answer to the request that was just sent to `queue`. The caller destroys
 * *ret_event. */
static bool admin_wait(rd_kafka_queue_t *queue, int timeout_ms, const char *topic,
                       rd_kafka_event_t **ret_event, struct emis_error *err)
{
    /* the request carries the time limit itself; the second on top lets its own error arrive */
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, timeout_ms + 1000);
    rd_kafka_resp_err_t code =
        event == NULL ? RD_KAFKA_RESP_ERR__TIMED_OUT : rd_kafka_event_error(event);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        kafka_client_fail(err, code, "no answer about topic %s", topic);
        rd_kafka_event_destroy(event);
        return false;
    }
    *ret_event = event;
    return true;
}

static rd_kafka_AdminOptions_t *admin_options_new(rd_kafka_t *handle, rd_kafka_admin_op_t operation,
                                                  int timeout_ms)
{
    char reason[128];
    rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(handle, operation);
    rd_kafka_AdminOptions_set_request_timeout(options, timeout_ms, reason, sizeof(reason));
    return options;
}

static rd_kafka_NewTopic_t *admin_new_topic(const char *topic, int32_t partition_count,
                                            int replication_factor,
                                            const struct kafka_admin_config *configs,
                                            struct emis_error *err)
{
    char reason[256];
    rd_kafka_NewTopic_t *wish =
        rd_kafka_NewTopic_new(topic, partition_count, replication_factor, reason, sizeof(reason));
    if (wish == NULL) {
        emis_error_set(err, E_CONFIG, "could not create topic %s: %s", topic, reason);
        return NULL;
    }
    /* a name that is set again replaces the default */
    for (const struct kafka_admin_config *config = admin_defaults; config->name != NULL; config++) {
        bool is_replaced = false;
        for (const struct kafka_admin_config *own = configs; own != NULL && own->name != NULL;
             own++) {
            is_replaced = is_replaced || strcmp(own->name, config->name) == 0;
        }
        if (!is_replaced) {
            rd_kafka_NewTopic_set_config(wish, config->name, config->value);
        }
    }
    for (const struct kafka_admin_config *own = configs; own != NULL && own->name != NULL; own++) {
        rd_kafka_NewTopic_set_config(wish, own->name, own->value);
    }
    return wish;
}

static bool admin_judge_creation(rd_kafka_event_t *event, const char *topic, bool *ret_created,
                                 struct emis_error *err)
{
    size_t count = 0;
    const rd_kafka_topic_result_t **results =
        rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
    EMIS_ASSERT(count == 1);
    rd_kafka_resp_err_t code = rd_kafka_topic_result_error(results[0]);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR && code != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
        const char *reason = rd_kafka_topic_result_error_string(results[0]);
        return kafka_client_fail(err, code, "could not create topic %s: %s", topic,
                                 reason == NULL ? "no reason given" : reason);
    }
    *ret_created = code == RD_KAFKA_RESP_ERR_NO_ERROR;
    return true;
}

static bool admin_request_topic(rd_kafka_t *handle, rd_kafka_NewTopic_t *wish, const char *topic,
                                int timeout_ms, bool *ret_created, struct emis_error *err)
{
    char reason[128];
    rd_kafka_event_t *event = NULL;
    rd_kafka_queue_t *queue = rd_kafka_queue_new(handle);
    rd_kafka_AdminOptions_t *options =
        admin_options_new(handle, RD_KAFKA_ADMIN_OP_CREATETOPICS, timeout_ms);
    rd_kafka_AdminOptions_set_operation_timeout(options, timeout_ms, reason, sizeof(reason));
    rd_kafka_CreateTopics(handle, &wish, 1, options, queue);
    rd_kafka_AdminOptions_destroy(options);
    bool is_done = admin_wait(queue, timeout_ms, topic, &event, err) &&
                   admin_judge_creation(event, topic, ret_created, err);
    rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
    return is_done;
}

/* One look at the topic. *ret_is_led: every partition has a leader. */
static bool admin_look(rd_kafka_t *handle, const char *topic, int timeout_ms,
                       struct kafka_admin_topic *ret_topic, bool *ret_is_led,
                       struct emis_error *err)
{
    const struct rd_kafka_metadata *metadata = NULL;
    const struct rd_kafka_metadata_topic *found = NULL;
    if (!kafka_client_look_up(handle, topic, timeout_ms, &metadata, &found, err)) {
        return false;
    }
    *ret_is_led = found->err == RD_KAFKA_RESP_ERR_NO_ERROR && found->partition_cnt > 0;
    *ret_topic = (struct kafka_admin_topic){.partition_count = found->partition_cnt};
    for (int i = 0; i < found->partition_cnt; i++) {
        const struct rd_kafka_metadata_partition *partition = &found->partitions[i];
        *ret_is_led = *ret_is_led && partition->leader >= 0;
        if (i == 0 || partition->replica_cnt < ret_topic->replication_factor) {
            ret_topic->replication_factor = partition->replica_cnt;
        }
    }
    rd_kafka_metadata_destroy(metadata);
    return true;
}

/* A new topic is visible before it can be used. */
static bool admin_wait_for_leaders(rd_kafka_t *handle, const char *topic, int timeout_ms,
                                   struct emis_error *err)
{
    int64_t deadline_ms = emis_clock_monotonic_ms() + timeout_ms;
    for (;;) {
        struct kafka_admin_topic seen;
        bool is_led = false;
        int64_t left_ms = deadline_ms - emis_clock_monotonic_ms();
        if (left_ms <= 0) {
            return kafka_client_fail(err, RD_KAFKA_RESP_ERR__TIMED_OUT,
                                     "topic %s has no leaders yet", topic);
        }
        if (!admin_look(handle, topic, (int) left_ms, &seen, &is_led, err) &&
            err->code != E_NOT_FOUND) {
            return false;
        }
        if (is_led) {
            return true;
        }
        rd_kafka_poll(handle, ADMIN_LEADER_POLL_MS);
    }
}

bool kafka_admin_create_topic(const struct emis_settings *settings, const char *topic,
                              int32_t partition_count, int replication_factor,
                              const struct kafka_admin_config *configs, int timeout_ms,
                              bool *ret_created, struct emis_error *err)
{
    rd_kafka_t *handle = NULL;
    bool is_created = false;
    rd_kafka_NewTopic_t *wish =
        admin_new_topic(topic, partition_count, replication_factor, configs, err);
    if (wish == NULL) {
        return false;
    }
    bool is_done = admin_open(settings, &handle, err) &&
                   admin_check_controller(handle, topic, timeout_ms, err) &&
                   admin_request_topic(handle, wish, topic, timeout_ms, &is_created, err) &&
                   admin_wait_for_leaders(handle, topic, timeout_ms, err);
    rd_kafka_NewTopic_destroy(wish);
    if (handle != NULL) {
        rd_kafka_destroy(handle);
    }
    if (is_done && ret_created != NULL) {
        *ret_created = is_created;
    }
    return is_done;
}

bool kafka_admin_describe(const struct emis_settings *settings, const char *topic, int timeout_ms,
                          struct kafka_admin_topic *ret_topic, struct emis_error *err)
{
    rd_kafka_t *handle = NULL;
    struct kafka_admin_topic seen;
    bool is_led = false;
    if (!kafka_config_check_topic(topic, err) || !admin_open(settings, &handle, err)) {
        return false;
    }
    bool is_done = admin_look(handle, topic, timeout_ms, &seen, &is_led, err);
    char *cluster_id = is_done ? rd_kafka_clusterid(handle, timeout_ms) : NULL;
    if (is_done) {
        snprintf(seen.cluster_id, sizeof(seen.cluster_id), "%s",
                 cluster_id == NULL ? "" : cluster_id);
        *ret_topic = seen;
    }
    if (cluster_id != NULL) {
        rd_kafka_mem_free(handle, cluster_id);
    }
    rd_kafka_destroy(handle);
    return is_done;
}

static bool admin_tell_configs(rd_kafka_event_t *event, const char *topic,
                               kafka_admin_config_fn callback, void *context,
                               struct emis_error *err)
{
    size_t count = 0;
    size_t entry_count = 0;
    const rd_kafka_ConfigResource_t **resources = rd_kafka_DescribeConfigs_result_resources(
        rd_kafka_event_DescribeConfigs_result(event), &count);
    EMIS_ASSERT(count == 1);
    rd_kafka_resp_err_t code = rd_kafka_ConfigResource_error(resources[0]);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return kafka_client_fail(err, code, "could not read the configuration of topic %s", topic);
    }
    const rd_kafka_ConfigEntry_t **entries =
        rd_kafka_ConfigResource_configs(resources[0], &entry_count);
    for (size_t i = 0; i < entry_count; i++) {
        const char *value = rd_kafka_ConfigEntry_value(entries[i]);
        callback(context, rd_kafka_ConfigEntry_name(entries[i]), value == NULL ? "" : value);
    }
    return true;
}

static bool admin_request_configs(rd_kafka_t *handle, const char *topic, int timeout_ms,
                                  kafka_admin_config_fn callback, void *context,
                                  struct emis_error *err)
{
    rd_kafka_event_t *event = NULL;
    rd_kafka_queue_t *queue = rd_kafka_queue_new(handle);
    rd_kafka_AdminOptions_t *options =
        admin_options_new(handle, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, timeout_ms);
    rd_kafka_ConfigResource_t *resource =
        rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic);
    rd_kafka_DescribeConfigs(handle, &resource, 1, options, queue);
    rd_kafka_ConfigResource_destroy(resource);
    rd_kafka_AdminOptions_destroy(options);
    bool is_done = admin_wait(queue, timeout_ms, topic, &event, err) &&
                   admin_tell_configs(event, topic, callback, context, err);
    rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
    return is_done;
}

bool kafka_admin_topic_configs(const struct emis_settings *settings, const char *topic,
                               int timeout_ms, kafka_admin_config_fn callback, void *context,
                               struct emis_error *err)
{
    rd_kafka_t *handle = NULL;
    if (!admin_open(settings, &handle, err)) {
        return false;
    }
    bool is_done = admin_check_controller(handle, topic, timeout_ms, err) &&
                   admin_request_configs(handle, topic, timeout_ms, callback, context, err);
    rd_kafka_destroy(handle);
    return is_done;
}

bool kafka_admin_profile_by_name(const char *name, enum kafka_admin_profile *ret_profile)
{
    static const char *const names[] = {"lab", "two_server",
                                        "cluster"}; /* by enum kafka_admin_profile */
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(name, names[i]) == 0) {
            *ret_profile = (enum kafka_admin_profile) i;
            return true;
        }
    }
    return false;
}
