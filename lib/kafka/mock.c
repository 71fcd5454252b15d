/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kafka/mock.h"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdlib.h>

#include "lib/base/memory.h"
#include "lib/kafka/client.h"

struct kafka_mock {
    rd_kafka_t *handle; /* the mock lives inside of some client; this one has no other use */
    rd_kafka_mock_cluster_t *cluster;
};

bool kafka_mock_new(int broker_count, const char *topic, int partition_count,
                    struct kafka_mock **ret_mock, struct emis_error *err)
{
    rd_kafka_t *handle = NULL;
    if (!kafka_client_open(KAFKA_CLIENT_PRODUCER, rd_kafka_conf_new(), &handle, err)) {
        return false;
    }
    rd_kafka_mock_cluster_t *cluster = rd_kafka_mock_cluster_new(handle, broker_count);
    if (cluster == NULL) {
        rd_kafka_destroy(handle);
        return emis_error_set(err, E_KAFKA, "could not start %d mock brokers", broker_count);
    }
    struct kafka_mock *mock = emis_calloc(1, sizeof(*mock));
    mock->handle = handle;
    mock->cluster = cluster;
    if (!kafka_mock_create_topic(mock, topic, partition_count, err)) {
        kafka_mock_free(mock);
        return false;
    }
    *ret_mock = mock;
    return true;
}

const char *kafka_mock_bootstrap(const struct kafka_mock *mock)
{
    return rd_kafka_mock_cluster_bootstraps(mock->cluster);
}

bool kafka_mock_create_topic(struct kafka_mock *mock, const char *topic, int partition_count,
                             struct emis_error *err)
{
    rd_kafka_resp_err_t code = rd_kafka_mock_topic_create(mock->cluster, topic, partition_count, 1);
    return code == RD_KAFKA_RESP_ERR_NO_ERROR ||
           kafka_client_fail(err, code, "could not create mock topic %s", topic);
}

void kafka_mock_fail(struct kafka_mock *mock, enum kafka_mock_request request,
                     enum kafka_mock_fault fault, int count)
{
    for (int i = 0; i < count; i++) {
        rd_kafka_mock_push_request_errors(mock->cluster, (int16_t) request, 1,
                                          (rd_kafka_resp_err_t) fault);
    }
}

void kafka_mock_fail_late(struct kafka_mock *mock, int32_t broker, enum kafka_mock_request request,
                          int fault, int delay_ms, int count)
{
    for (int i = 0; i < count; i++) {
        rd_kafka_mock_broker_push_request_error_rtts(mock->cluster, broker, (int16_t) request, 1,
                                                     (rd_kafka_resp_err_t) fault, delay_ms);
    }
}

void kafka_mock_forgive(struct kafka_mock *mock, enum kafka_mock_request request)
{
    rd_kafka_mock_clear_request_errors(mock->cluster, (int16_t) request);
}

void kafka_mock_broker_down(struct kafka_mock *mock, int32_t broker)
{
    rd_kafka_mock_broker_set_down(mock->cluster, broker);
}

void kafka_mock_broker_up(struct kafka_mock *mock, int32_t broker)
{
    rd_kafka_mock_broker_set_up(mock->cluster, broker);
}

void kafka_mock_delay(struct kafka_mock *mock, int32_t broker, int delay_ms)
{
    rd_kafka_mock_broker_set_rtt(mock->cluster, broker, delay_ms);
}

void kafka_mock_set_leader(struct kafka_mock *mock, const char *topic, int32_t partition,
                           int32_t broker)
{
    rd_kafka_mock_partition_set_leader(mock->cluster, topic, partition, broker);
}

void kafka_mock_free(struct kafka_mock *mock)
{
    if (mock == NULL) {
        return;
    }
    rd_kafka_mock_cluster_destroy(mock->cluster);
    rd_kafka_destroy(mock->handle);
    free(mock);
}
