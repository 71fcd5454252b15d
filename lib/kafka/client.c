/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kafka/client.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/log.h"

static void client_log(const rd_kafka_t *handle, int level, const char *facility, const char *text)
{
    (void) handle;
    emis_log(EMIS_LOG_DEBUG, "kafka_client_spoke", "severity=%d facility=%s text=\"%s\"", level,
             facility, text);
}

bool kafka_client_open(enum kafka_client_role role, rd_kafka_conf_t *conf, rd_kafka_t **ret_handle,
                       struct emis_error *err)
{
    char reason[256];
    rd_kafka_conf_set_log_cb(conf, client_log);
    rd_kafka_type_t type = role == KAFKA_CLIENT_CONSUMER ? RD_KAFKA_CONSUMER : RD_KAFKA_PRODUCER;
    rd_kafka_t *handle = rd_kafka_new(type, conf, reason, sizeof(reason));
    if (handle == NULL) {
        /* librdkafka takes conf only on success */
        rd_kafka_conf_destroy(conf);
        return emis_error_set(err, E_CONFIG, "[kafka] %s", reason);
    }
    *ret_handle = handle;
    return true;
}

bool kafka_client_is_transport(rd_kafka_resp_err_t code)
{
    switch (code) {
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__SSL:
    case RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION:
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
    case RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_COORDINATOR:
    case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION:
        return true;
    default:
        return false;
    }
}

/* Does not pass by itself: a person must change something. */
static bool client_is_permanent(rd_kafka_resp_err_t code)
{
    switch (code) {
    case RD_KAFKA_RESP_ERR__FATAL:
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE:
    case RD_KAFKA_RESP_ERR__INVALID_ARG:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
    case RD_KAFKA_RESP_ERR_INVALID_PARTITIONS:
    case RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR:
    case RD_KAFKA_RESP_ERR_INVALID_CONFIG:
    case RD_KAFKA_RESP_ERR_INVALID_REQUEST:
    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION:
    case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
    case RD_KAFKA_RESP_ERR_INVALID_RECORD:
        return true;
    default:
        return false;
    }
}

bool kafka_client_fail(struct emis_error *err, rd_kafka_resp_err_t code, const char *format, ...)
{
    char text[384];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    emis_error_set(err, E_KAFKA, "%s: %s (%s)", text, rd_kafka_err2str(code),
                   rd_kafka_err2name(code));
    err->kind = client_is_permanent(code) ? EMIS_FATAL : EMIS_RETRY;
    return false;
}

bool kafka_client_fail_fatal(struct emis_error *err, rd_kafka_t *handle)
{
    char reason[256] = "";
    rd_kafka_resp_err_t code = rd_kafka_fatal_error(handle, reason, sizeof(reason));
    emis_error_set(err, E_KAFKA, "the Kafka client broke for good: %s (%s)%s", reason,
                   rd_kafka_err2name(code),
                   code == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID
                       ? "; another process has this worker's name, or this one stood still for "
                         "longer than session.timeout.ms: start it again"
                       : "");
    err->kind = EMIS_FATAL;
    return false;
}

bool kafka_client_look_up(rd_kafka_t *handle, const char *topic, int timeout_ms,
                          const struct rd_kafka_metadata **ret_metadata,
                          const struct rd_kafka_metadata_topic **ret_topic, struct emis_error *err)
{
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_resp_err_t code = rd_kafka_metadata(handle, 1, NULL, &metadata, timeout_ms);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return kafka_client_fail(err, code, "could not look topic %s up", topic);
    }
    for (int i = 0; i < metadata->topic_cnt; i++) {
        if (strcmp(metadata->topics[i].topic, topic) == 0) {
            *ret_topic = &metadata->topics[i];
            *ret_metadata = metadata;
            return true;
        }
    }
    rd_kafka_metadata_destroy(metadata);
    return emis_error_set(err, E_NOT_FOUND,
                          "there is no topic %s; `emis topics apply` makes that of [topics] "
                          "submissions",
                          topic);
}

/* where: RD_KAFKA_OFFSET_BEGINNING or _END, which ListOffsets takes in place of a time. */
static rd_kafka_resp_err_t client_ask_offset(rd_kafka_t *handle, const char *topic,
                                             int32_t partition, int64_t where, int timeout_ms,
                                             int64_t *ret_offset)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, topic, partition)->offset = where;
    rd_kafka_resp_err_t code = rd_kafka_offsets_for_times(handle, list, timeout_ms);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        code = list->elems[0].err;
        *ret_offset = list->elems[0].offset;
    }
    rd_kafka_topic_partition_list_destroy(list);
    return code;
}

/* Not rd_kafka_query_watermark_offsets: that of 2.0.2 forgets its time limit while the broker is
 * away. */
bool kafka_client_watermarks(rd_kafka_t *handle, const char *topic, int32_t partition,
                             int timeout_ms, int64_t *ret_low, int64_t *ret_high,
                             struct emis_error *err)
{
    int64_t low = 0;
    int64_t high = 0;
    rd_kafka_resp_err_t code =
        client_ask_offset(handle, topic, partition, RD_KAFKA_OFFSET_BEGINNING, timeout_ms, &low);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        code = client_ask_offset(handle, topic, partition, RD_KAFKA_OFFSET_END, timeout_ms, &high);
    }
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return kafka_client_fail(err, code, "could not ask for the ends of %s/%d", topic,
                                 partition);
    }
    *ret_low = low;
    *ret_high = high;
    return true;
}
