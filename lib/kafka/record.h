/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A Kafka record as the project sees it, as delivered by kafka_consumer_poll and the kafka_reader_*
 * functions. It is borrowed from the consumer or reader, which reuses it at its next call: copy to
 * an arena what must stay. A kept record pins its whole fetch response (up to megabytes), so drop
 * it early. Same thread as its consumer or reader.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KAFKA_RECORD_NO_TIMESTAMP INT64_MIN

struct kafka_record {
    int32_t partition;
    int64_t offset;
    int64_t timestamp_us;    /* microseconds since 2000-01-01Z, or KAFKA_RECORD_NO_TIMESTAMP */
    bool is_log_append_time; /* stamped by the broker; false: by the producer, or none */
    const void *key;         /* NULL when !has_key; an empty key has has_key and key_size 0 */
    size_t key_size;
    bool has_key;
    const void *value; /* NULL when !has_value */
    size_t value_size;
    bool has_value;
    void *message; /* private to lib/kafka */
};

/* A header, received or to be sent. value NULL: a null value. */
struct kafka_header {
    const char *name;
    const void *value;
    size_t value_size;
};

/* Headers keep their order and may repeat. */
size_t kafka_record_header_count(const struct kafka_record *record);
/* The index-th header, borrowed from the record; false behind the last one. */
bool kafka_record_header(const struct kafka_record *record, size_t index,
                         struct kafka_header *ret_header);
