/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kafka/reader.h"

#include <inttypes.h>
#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/base/memory.h"
#include "lib/kafka/client.h"
#include "lib/kafka/config.h"

#define READER_STOPPED INT32_C(-1)

/* Uses librdkafka's simple consumer, which needs no group and therefore no right on one. At most
 * one partition is being read. */
struct kafka_reader {
    rd_kafka_t *handle;
    rd_kafka_topic_t *topic;
    int32_t partition_count; /* when it was last asked for; 0: never */
    int32_t partition;       /* being read, or READER_STOPPED */
    int64_t next_offset;     /* the one that the next message of `partition` will have */
    bool is_continued; /* `partition` was started by an earlier call: its news of the log's end may
                          be old */
    struct kafka_record record;
};

bool kafka_reader_new(const struct emis_settings *settings, const char *topic,
                      struct kafka_reader **ret_reader, struct emis_error *err)
{
    rd_kafka_conf_t *conf = NULL;
    rd_kafka_t *handle = NULL;
    if (!kafka_config_check_topic(topic, err) ||
        !kafka_config_new(settings, KAFKA_CLIENT_CONSUMER, &conf, err)) {
        return false;
    }
    /* the reader, unlike the group's consumer, wants to know where the log ends */
    if (!kafka_config_set(conf, "enable.partition.eof", "true", err)) {
        rd_kafka_conf_destroy(conf);
        return false;
    }
    if (!kafka_client_open(KAFKA_CLIENT_CONSUMER, conf, &handle, err)) {
        return false;
    }
    struct kafka_reader *reader = emis_calloc(1, sizeof(*reader));
    reader->handle = handle;
    reader->topic = rd_kafka_topic_new(handle, topic, NULL);
    EMIS_ASSERT(reader->topic != NULL);
    reader->partition = READER_STOPPED;
    *ret_reader = reader;
    return true;
}

static void reader_stop(struct kafka_reader *reader)
{
    kafka_record_clear(&reader->record);
    if (reader->partition != READER_STOPPED) {
        rd_kafka_consume_stop(reader->topic, reader->partition);
        reader->partition = READER_STOPPED;
    }
}

/* librdkafka would wait for a partition that does not exist to appear. */
static bool reader_check_partition(struct kafka_reader *reader, int32_t partition, int timeout_ms,
                                   struct emis_error *err)
{
    int32_t count = reader->partition_count;
    if (partition >= count && !kafka_reader_partition_count(reader, timeout_ms, &count, err)) {
        return false;
    }
    return (partition >= 0 && partition < count) ||
           emis_error_set(err, E_NOT_FOUND, "topic %s has no partition %d",
                          rd_kafka_topic_name(reader->topic), partition);
}

static bool reader_start(struct kafka_reader *reader, int32_t partition, int64_t offset,
                         int timeout_ms, struct emis_error *err)
{
    kafka_record_clear(&reader->record);
    reader->is_continued = reader->partition == partition && reader->next_offset == offset;
    if (reader->is_continued) {
        return true;
    }
    reader_stop(reader);
    if (!reader_check_partition(reader, partition, timeout_ms, err)) {
        return false;
    }
    if (rd_kafka_consume_start(reader->topic, partition, offset) != 0) {
        return kafka_client_fail(err, rd_kafka_last_error(),
                                 "could not read partition %d from offset %" PRId64, partition,
                                 offset);
    }
    reader->partition = partition;
    reader->next_offset = offset;
    return true;
}

/* The broker says that the offset is outside of the log: behind its end, or before its beginning?
 */
static bool reader_settle_range(struct kafka_reader *reader, int32_t partition, int64_t offset,
                                int timeout_ms, struct emis_error *err)
{
    int64_t low = 0;
    int64_t high = 0;
    reader_stop(reader);
    if (!kafka_reader_watermarks(reader, partition, timeout_ms, &low, &high, err)) {
        return false;
    }
    if (offset >= high) {
        return true;
    }
    return emis_error_set(err, E_GAP,
                          "partition %d begins at offset %" PRId64 ", offset %" PRId64
                          " is not there any more",
                          partition, low, offset);
}

/* true: reader->record is filled, or *ret_is_end. Both false with true: an event without meaning
 * here. Takes the message. */
static bool reader_take(struct kafka_reader *reader, rd_kafka_message_t *message, int64_t offset,
                        int timeout_ms, bool *ret_is_end, struct emis_error *err)
{
    int32_t partition = reader->partition;
    rd_kafka_resp_err_t code = message->err;
    int64_t at = message->offset;
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR && at == offset) {
        kafka_record_fill(&reader->record, message);
        reader->next_offset = offset + 1;
        return true;
    }
    rd_kafka_message_destroy(message);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR ? at < offset : kafka_client_is_transport(code)) {
        return true;
    }
    switch (code) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
        reader_stop(reader);
        return emis_error_set(err, E_GAP,
                              "partition %d has no offset %" PRId64 ", the next is %" PRId64,
                              partition, offset, at);
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
        if (at != offset) {
            return true; /* left over from where the reader stood before */
        }
        /* the event comes once per end: a new start will bring it again */
        *ret_is_end = !reader->is_continued;
        reader_stop(reader);
        return *ret_is_end || reader_start(reader, partition, offset, timeout_ms, err);
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
        if (at != offset) {
            return true;
        }
        *ret_is_end = reader_settle_range(reader, partition, offset, timeout_ms, err);
        return *ret_is_end;
    default:
        reader_stop(reader);
        return kafka_client_fail(err, code, "could not read partition %d at offset %" PRId64,
                                 partition, offset);
    }
}

bool kafka_reader_fetch(struct kafka_reader *reader, int32_t partition, int64_t offset,
                        int timeout_ms, const struct kafka_record **ret_record,
                        struct emis_error *err)
{
    int64_t deadline_ms = emis_clock_monotonic_ms() + timeout_ms;
    bool is_end = false;
    if (!reader_start(reader, partition, offset, timeout_ms, err)) {
        return false;
    }
    while (reader->record.message == NULL && !is_end) {
        int64_t left_ms = deadline_ms - emis_clock_monotonic_ms();
        rd_kafka_message_t *message =
            left_ms < 0 ? NULL : rd_kafka_consume(reader->topic, partition, (int) left_ms);
        if (message == NULL) {
            reader_stop(reader);
            return kafka_client_fail(err, RD_KAFKA_RESP_ERR__TIMED_OUT,
                                     "no answer about partition %d, offset %" PRId64, partition,
                                     offset);
        }
        if (!reader_take(reader, message, offset, (int) left_ms, &is_end, err)) {
            return false;
        }
    }
    *ret_record = is_end ? NULL : &reader->record;
    return true;
}

bool kafka_reader_each(struct kafka_reader *reader, int32_t partition, int64_t from, int64_t to,
                       int timeout_ms, kafka_reader_record_fn callback, void *context,
                       struct emis_error *err)
{
    int64_t low = 0;
    int64_t high = 0;
    if ((from < 0 || to < 0) &&
        !kafka_reader_watermarks(reader, partition, timeout_ms, &low, &high, err)) {
        return false;
    }
    int64_t end = to < 0 ? high : to;
    for (int64_t offset = from < 0 ? low : from; offset < end; offset++) {
        const struct kafka_record *record = NULL;
        if (!kafka_reader_fetch(reader, partition, offset, timeout_ms, &record, err)) {
            return false;
        }
        if (record == NULL) {
            return emis_error_set(err, E_GAP, "partition %d ends before offset %" PRId64, partition,
                                  offset);
        }
        if (!callback(context, record, err)) {
            return false;
        }
    }
    return true;
}

bool kafka_reader_watermarks(struct kafka_reader *reader, int32_t partition, int timeout_ms,
                             int64_t *ret_low, int64_t *ret_high, struct emis_error *err)
{
    return kafka_client_watermarks(reader->handle, rd_kafka_topic_name(reader->topic), partition,
                                   timeout_ms, ret_low, ret_high, err);
}

bool kafka_reader_partition_count(struct kafka_reader *reader, int timeout_ms, int32_t *ret_count,
                                  struct emis_error *err)
{
    const struct rd_kafka_metadata *metadata = NULL;
    const struct rd_kafka_metadata_topic *topic = NULL;
    if (!kafka_client_look_up(reader->handle, rd_kafka_topic_name(reader->topic), timeout_ms,
                              &metadata, &topic, err)) {
        return false;
    }
    reader->partition_count = topic->partition_cnt;
    *ret_count = topic->partition_cnt;
    rd_kafka_metadata_destroy(metadata);
    return true;
}

void kafka_reader_free(struct kafka_reader *reader)
{
    if (reader == NULL) {
        return;
    }
    reader_stop(reader);
    rd_kafka_topic_destroy(reader->topic);
    rd_kafka_destroy(reader->handle);
    free(reader);
}
