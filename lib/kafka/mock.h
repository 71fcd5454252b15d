/* SPDX-License-Identifier: Apache-2.0 */
/*
 * librdkafka's mock cluster: brokers on loopback ports of this process, for tests and for a
 * demonstration without Java. Other processes may connect. It keeps the newest 5 MiB of each
 * partition and forgets the rest silently, stamps records with the producer's time, and knows
 * neither CreateTopics nor DescribeConfigs. It owns its threads; its functions may be called from
 * any one thread at a time.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/error.h"

struct kafka_mock;

#define KAFKA_MOCK_ALL_BROKERS INT32_C(-1)

/* Kafka's request numbers. */
enum kafka_mock_request {
    KAFKA_MOCK_PRODUCE = 0,
    KAFKA_MOCK_FETCH = 1,
    KAFKA_MOCK_LIST_OFFSETS = 2,
    KAFKA_MOCK_METADATA = 3,
    KAFKA_MOCK_OFFSET_COMMIT = 8,
    KAFKA_MOCK_FIND_COORDINATOR = 10,
    KAFKA_MOCK_JOIN_GROUP = 11,
    KAFKA_MOCK_HEARTBEAT = 12,
    KAFKA_MOCK_SYNC_GROUP = 14,
    KAFKA_MOCK_INIT_PRODUCER_ID = 22
};

/* Kafka's error numbers; DISCONNECT cuts the connection instead of answering. */
enum kafka_mock_fault {
    KAFKA_MOCK_DISCONNECT = -195,
    KAFKA_MOCK_OFFSET_OUT_OF_RANGE = 1,
    KAFKA_MOCK_NOT_LEADER = 6,
    KAFKA_MOCK_REQUEST_TIMED_OUT = 7,
    KAFKA_MOCK_MESSAGE_TOO_LARGE = 10,
    KAFKA_MOCK_COORDINATOR_LOADING = 14,
    KAFKA_MOCK_COORDINATOR_MOVED = 16,
    KAFKA_MOCK_NOT_ENOUGH_REPLICAS = 19,
    KAFKA_MOCK_UNKNOWN_MEMBER = 25,
    KAFKA_MOCK_REBALANCE_IN_PROGRESS = 27,
    KAFKA_MOCK_TOPIC_AUTHORIZATION_FAILED = 29,
    KAFKA_MOCK_CLUSTER_AUTHORIZATION_FAILED = 31,
    KAFKA_MOCK_OUT_OF_ORDER_SEQUENCE = 45,
    KAFKA_MOCK_DUPLICATE_SEQUENCE = 46,
    KAFKA_MOCK_FENCED_INSTANCE_ID = 82
};

/* broker_count brokers, ids from 1, and one topic with partition_count partitions. E_KAFKA. */
bool kafka_mock_new(int broker_count, const char *topic, int partition_count,
                    struct kafka_mock **ret_mock, struct emis_error *err) EMIS_MUST_CHECK;
/* host:port,... for bootstrap.servers; borrowed. */
const char *kafka_mock_bootstrap(const struct kafka_mock *mock);
/* One more topic. E_KAFKA. */
bool kafka_mock_create_topic(struct kafka_mock *mock, const char *topic, int partition_count,
                             struct emis_error *err) EMIS_MUST_CHECK;

/* The next `count` requests of this type fail so, whichever broker gets them. */
void kafka_mock_fail(struct kafka_mock *mock, enum kafka_mock_request request,
                     enum kafka_mock_fault fault, int count);
/* The next `count` requests at this broker are answered after delay_ms, with the fault, or rightly
 * when fault is 0. */
void kafka_mock_fail_late(struct kafka_mock *mock, int32_t broker, enum kafka_mock_request request,
                          int fault, int delay_ms, int count);
void kafka_mock_forgive(struct kafka_mock *mock, enum kafka_mock_request request);
/* Disconnect a broker (or KAFKA_MOCK_ALL_BROKERS) and refuse connections; accept them again. */
void kafka_mock_broker_down(struct kafka_mock *mock, int32_t broker);
void kafka_mock_broker_up(struct kafka_mock *mock, int32_t broker);
/* Every answer of the broker comes so much later. */
void kafka_mock_delay(struct kafka_mock *mock, int32_t broker, int delay_ms);
void kafka_mock_set_leader(struct kafka_mock *mock, const char *topic, int32_t partition,
                           int32_t broker);

void kafka_mock_free(struct kafka_mock *mock);
