/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kafka/record.h"

#include <string.h>

#include "lib/base/clock.h"
#include "lib/kafka/client.h"

void kafka_record_fill(struct kafka_record *record, rd_kafka_message_t *message)
{
    rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
    int64_t unix_ms = rd_kafka_message_timestamp(message, &type);
    *record = (struct kafka_record){
        .partition = message->partition,
        .offset = message->offset,
        .timestamp_us = KAFKA_RECORD_NO_TIMESTAMP,
        .is_log_append_time = type == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME,
        .key = message->key,
        .key_size = message->key_len,
        .has_key = message->key != NULL,
        .value = message->payload,
        .value_size = message->len,
        .has_value = message->payload != NULL,
        .message = message,
    };
    /* A producer may write any 64-bit number: what does not fit our clock counts as absent. */
    int64_t us = 0;
    if (type != RD_KAFKA_TIMESTAMP_NOT_AVAILABLE && unix_ms >= 0 &&
        !__builtin_mul_overflow(unix_ms, INT64_C(1000), &us)) {
        record->timestamp_us = us - EMIS_CLOCK_UNIX_TO_PG_US;
    }
}

void kafka_record_clear(struct kafka_record *record)
{
    if (record->message != NULL) {
        rd_kafka_message_destroy(record->message);
    }
    memset(record, 0, sizeof(*record));
}

size_t kafka_record_header_count(const struct kafka_record *record)
{
    rd_kafka_headers_t *headers = NULL;
    if (rd_kafka_message_headers(record->message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return 0;
    }
    return rd_kafka_header_cnt(headers);
}

bool kafka_record_header(const struct kafka_record *record, size_t index,
                         struct kafka_header *ret_header)
{
    rd_kafka_headers_t *headers = NULL;
    struct kafka_header header = {0};
    if (rd_kafka_message_headers(record->message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR ||
        rd_kafka_header_get_all(headers, index, &header.name, &header.value, &header.value_size) !=
            RD_KAFKA_RESP_ERR_NO_ERROR) {
        return false;
    }
    *ret_header = header;
    return true;
}
