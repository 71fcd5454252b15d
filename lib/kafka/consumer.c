/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kafka/consumer.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/memory.h"
#include "lib/kafka/client.h"

/* One partition that the group gave us. Invariant: next_offset >= 0 while is_read. */
struct consumer_partition {
    int64_t next_offset;
    bool is_read;
};

struct kafka_consumer {
    rd_kafka_t *handle;
    char *topic;
    struct kafka_consumer_callbacks callbacks;
    void *context;
    int32_t *numbers; /* of the assigned partitions, beside `partitions` */
    struct consumer_partition *partitions;
    size_t count;
    bool is_held;    /* nothing is fetched */
    bool is_closing; /* the background thread answers no questions any more */
    struct kafka_record record;
    int32_t error_partition;
    int64_t transport_error_count;
    bool has_failed; /* in a callback, which has no err: told by the next poll */
    struct emis_error failure;
};

static struct consumer_partition *consumer_find(const struct kafka_consumer *consumer,
                                                int32_t partition)
{
    for (size_t i = 0; i < consumer->count; i++) {
        if (consumer->numbers[i] == partition) {
            return &consumer->partitions[i];
        }
    }
    return NULL;
}

static void consumer_forget(struct kafka_consumer *consumer)
{
    free(consumer->numbers);
    free(consumer->partitions);
    consumer->numbers = NULL;
    consumer->partitions = NULL;
    consumer->count = 0;
}

static rd_kafka_topic_partition_list_t *consumer_list_new(const struct kafka_consumer *consumer,
                                                          int32_t partition, int64_t offset)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, consumer->topic, partition)->offset = offset;
    return list;
}

/*
 * Every change of what is assigned. librdkafka 2.0.2 aborts when a partition is taken away while
 * its fetcher is still being stopped by the change before, so this returns once the stops are done:
 * they are in the background thread's queue behind the assignment, their ends behind them, and two
 * questions to that thread, one after the other, are answered behind both. In a close nothing
 * follows, so nothing is asked.
 */
static rd_kafka_resp_err_t consumer_assign(struct kafka_consumer *consumer,
                                           const rd_kafka_topic_partition_list_t *list)
{
    rd_kafka_resp_err_t code = rd_kafka_assign(consumer->handle, list);

    for (int i = 0; i < 2 && !consumer->is_closing; i++) {
        rd_kafka_topic_partition_list_t *assigned = NULL;

        if (rd_kafka_assignment(consumer->handle, &assigned) == RD_KAFKA_RESP_ERR_NO_ERROR) {
            rd_kafka_topic_partition_list_destroy(assigned);
        }
    }
    return code;
}

/* Everything read starts anew at its next_offset, or nothing does while held. Eager assignments
 * cannot be changed in part (2.0.2), rd_kafka_seek is broken, and rd_kafka_pause_partitions waits
 * for ever when the background thread stops or moves the partition at that moment: the answer looks
 * outdated and is thrown away. */
static bool consumer_rebuild(struct kafka_consumer *consumer, struct emis_error *err)
{
    rd_kafka_topic_partition_list_t *list =
        rd_kafka_topic_partition_list_new((int) consumer->count + 1);
    for (size_t i = 0; i < consumer->count; i++) {
        const struct consumer_partition *partition = &consumer->partitions[i];
        if (partition->is_read && !consumer->is_held) {
            rd_kafka_topic_partition_list_add(list, consumer->topic, consumer->numbers[i])->offset =
                partition->next_offset;
        }
    }
    rd_kafka_resp_err_t code = consumer_assign(consumer, list);
    rd_kafka_topic_partition_list_destroy(list);
    return code == RD_KAFKA_RESP_ERR_NO_ERROR ||
           kafka_client_fail(err, code, "could not assign %s", consumer->topic);
}

/* Ask the program where to start and start there. */
static bool consumer_ask_and_assign(struct kafka_consumer *consumer, struct emis_error *err)
{
    int64_t *offsets = emis_calloc(consumer->count + 1, sizeof(*offsets));
    for (size_t i = 0; i < consumer->count; i++) {
        offsets[i] = KAFKA_CONSUMER_LEAVE_OUT;
    }
    bool is_accepted = consumer->callbacks.on_assign(consumer->context, consumer->numbers,
                                                     consumer->count, offsets);
    for (size_t i = 0; i < consumer->count; i++) {
        consumer->partitions[i].is_read = is_accepted && offsets[i] >= 0;
        consumer->partitions[i].next_offset = offsets[i];
    }
    free(offsets);
    return consumer_rebuild(consumer, err);
}

static void consumer_take_assignment(struct kafka_consumer *consumer,
                                     const rd_kafka_topic_partition_list_t *list)
{
    consumer_forget(consumer);
    consumer->count = (size_t) list->cnt;
    consumer->numbers = emis_calloc(consumer->count + 1, sizeof(*consumer->numbers));
    consumer->partitions = emis_calloc(consumer->count + 1, sizeof(*consumer->partitions));
    for (size_t i = 0; i < consumer->count; i++) {
        consumer->numbers[i] = list->elems[i].partition;
    }
    if (!consumer_ask_and_assign(consumer, &consumer->failure)) {
        consumer->has_failed = true;
    }
}

static void consumer_give_up_assignment(struct kafka_consumer *consumer)
{
    if (consumer->callbacks.on_revoke != NULL && consumer->count > 0) {
        consumer->callbacks.on_revoke(consumer->context, consumer->numbers, consumer->count);
    }
    consumer_assign(consumer, NULL);
    consumer_forget(consumer);
}

static void consumer_rebalance(rd_kafka_t *handle, rd_kafka_resp_err_t code,
                               rd_kafka_topic_partition_list_t *list, void *opaque)
{
    struct kafka_consumer *consumer = opaque;
    (void) handle;
    if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        consumer_take_assignment(consumer, list);
    } else {
        consumer_give_up_assignment(consumer);
    }
}

static void consumer_count_error(rd_kafka_t *handle, int code, const char *reason, void *opaque)
{
    struct kafka_consumer *consumer = opaque;
    (void) handle;
    (void) reason;
    consumer->transport_error_count += kafka_client_is_transport(code);
}

static bool consumer_configure(struct kafka_consumer *consumer,
                               const struct emis_settings *settings, const char *group,
                               const char *instance_id, rd_kafka_conf_t **ret_conf,
                               struct emis_error *err)
{
    rd_kafka_conf_t *conf = NULL;
    if (!kafka_config_new(settings, KAFKA_CLIENT_CONSUMER, &conf, err)) {
        return false;
    }
    if (!kafka_config_set(conf, "group.id", group, err) ||
        (instance_id != NULL && !kafka_config_set(conf, "group.instance.id", instance_id, err))) {
        rd_kafka_conf_destroy(conf);
        return false;
    }
    rd_kafka_conf_set_opaque(conf, consumer);
    rd_kafka_conf_set_rebalance_cb(conf, consumer_rebalance);
    rd_kafka_conf_set_error_cb(conf, consumer_count_error);
    *ret_conf = conf;
    return true;
}

bool kafka_consumer_new(const struct emis_settings *settings, const char *group,
                        const char *instance_id, const char *topic,
                        const struct kafka_consumer_callbacks *callbacks, void *context,
                        struct kafka_consumer **ret_consumer, struct emis_error *err)
{
    rd_kafka_conf_t *conf = NULL;
    struct kafka_consumer *consumer = emis_calloc(1, sizeof(*consumer));
    consumer->topic = emis_strdup(topic);
    consumer->callbacks = *callbacks;
    consumer->context = context;
    consumer->error_partition = -1;
    if (!consumer_configure(consumer, settings, group, instance_id, &conf, err) ||
        !kafka_client_open(KAFKA_CLIENT_CONSUMER, conf, &consumer->handle, err)) {
        goto free_consumer;
    }
    rd_kafka_poll_set_consumer(consumer->handle);
    rd_kafka_topic_partition_list_t *list =
        consumer_list_new(consumer, RD_KAFKA_PARTITION_UA, RD_KAFKA_OFFSET_INVALID);
    rd_kafka_resp_err_t code = rd_kafka_subscribe(consumer->handle, list);
    rd_kafka_topic_partition_list_destroy(list);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        kafka_client_fail(err, code, "could not subscribe to %s", topic);
        goto free_consumer;
    }
    *ret_consumer = consumer;
    return true;

free_consumer:
    kafka_consumer_free(consumer);
    return false;
}

/* An event that carries an error instead of a record. false: the caller must know. */
static bool consumer_judge(struct kafka_consumer *consumer, const rd_kafka_message_t *message,
                           struct emis_error *err)
{
    int32_t number = message->rkt == NULL ? -1 : message->partition;
    struct consumer_partition *partition = consumer_find(consumer, number);
    switch (message->err) {
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
        if (partition == NULL) {
            return true;
        }
        partition->is_read = false;
        consumer->error_partition = number;
        return emis_error_set(err, E_GAP, "partition %d of %s does not hold offset %" PRId64 ": %s",
                              number, consumer->topic, partition->next_offset,
                              rd_kafka_message_errstr(message));
    case RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED:
        return emis_error_set(err, E_FENCED, "the group took the partitions away: %s",
                              rd_kafka_message_errstr(message));
    default:
        if (kafka_client_is_transport(message->err)) {
            consumer->transport_error_count++;
            return true;
        }
        consumer->error_partition = number;
        kafka_client_fail(err, message->err, "could not read %s", consumer->topic);
        err->kind = EMIS_RETRY;
        return false;
    }
}

/* What poll got: a record, an event, or NULL. Takes the message. */
static bool consumer_accept(struct kafka_consumer *consumer, rd_kafka_message_t *message,
                            struct emis_error *err)
{
    if (message == NULL) {
        return true;
    }
    struct consumer_partition *partition =
        message->err ? NULL : consumer_find(consumer, message->partition);
    if (partition != NULL && partition->is_read) {
        kafka_record_fill(&consumer->record, message);
        partition->next_offset = message->offset + 1;
        return true;
    }
    bool is_fine =
        message->err == RD_KAFKA_RESP_ERR_NO_ERROR || consumer_judge(consumer, message, err);
    rd_kafka_message_destroy(message);
    return is_fine;
}

bool kafka_consumer_poll(struct kafka_consumer *consumer, int timeout_ms,
                         const struct kafka_record **ret_record, struct emis_error *err)
{
    kafka_consumer_drop(consumer);
    consumer->error_partition = -1;
    rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer->handle, timeout_ms);
    bool is_fine = consumer_accept(consumer, message, err);
    if (rd_kafka_fatal_error(consumer->handle, NULL, 0) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        kafka_consumer_drop(consumer);
        return kafka_client_fail_fatal(err, consumer->handle);
    }
    /* A record that came at the same moment goes first: it must not be lost. */
    if (is_fine && consumer->has_failed && consumer->record.message == NULL) {
        consumer->has_failed = false;
        *err = consumer->failure;
        return false;
    }
    if (is_fine) {
        *ret_record = consumer->record.message == NULL ? NULL : &consumer->record;
    }
    return is_fine;
}

void kafka_consumer_drop(struct kafka_consumer *consumer)
{
    kafka_record_clear(&consumer->record);
}

int32_t kafka_consumer_error_partition(const struct kafka_consumer *consumer)
{
    return consumer->error_partition;
}

bool kafka_consumer_reassign(struct kafka_consumer *consumer, struct emis_error *err)
{
    kafka_consumer_drop(consumer);
    return consumer->count == 0 || consumer_ask_and_assign(consumer, err);
}

static bool consumer_move(struct kafka_consumer *consumer, int32_t number, int64_t offset,
                          struct emis_error *err)
{
    struct consumer_partition *partition = consumer_find(consumer, number);
    kafka_consumer_drop(consumer);
    if (partition == NULL) {
        return emis_error_set(err, E_FENCED, "partition %d of %s is not assigned to this worker",
                              number, consumer->topic);
    }
    partition->is_read = offset >= 0;
    partition->next_offset = offset;
    return consumer_rebuild(consumer, err);
}

bool kafka_consumer_seek_assign(struct kafka_consumer *consumer, int32_t partition, int64_t offset,
                                struct emis_error *err)
{
    EMIS_ASSERT(offset >= 0);
    return consumer_move(consumer, partition, offset, err);
}

bool kafka_consumer_leave_out(struct kafka_consumer *consumer, int32_t partition,
                              struct emis_error *err)
{
    return consumer_move(consumer, partition, KAFKA_CONSUMER_LEAVE_OUT, err);
}

bool kafka_consumer_hold(struct kafka_consumer *consumer, bool is_held, struct emis_error *err)
{
    if (is_held == consumer->is_held) {
        return true;
    }
    kafka_consumer_drop(consumer);
    consumer->is_held = is_held;
    if (consumer->count == 0 || consumer_rebuild(consumer, err)) {
        return true;
    }
    consumer->is_held = !is_held;
    return false;
}

void kafka_consumer_commit_mirror(struct kafka_consumer *consumer, int32_t partition,
                                  int64_t next_offset)
{
    rd_kafka_topic_partition_list_t *list = consumer_list_new(consumer, partition, next_offset);
    rd_kafka_commit(consumer->handle, list, 1);
    rd_kafka_topic_partition_list_destroy(list);
}

bool kafka_consumer_watermarks(struct kafka_consumer *consumer, int32_t partition, int timeout_ms,
                               int64_t *ret_low, int64_t *ret_high, struct emis_error *err)
{
    return kafka_client_watermarks(consumer->handle, consumer->topic, partition, timeout_ms,
                                   ret_low, ret_high, err);
}

bool kafka_consumer_offset_at(struct kafka_consumer *consumer, int32_t partition,
                              int64_t timestamp_us, int timeout_ms, int64_t *ret_offset,
                              struct emis_error *err)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_t *item =
        rd_kafka_topic_partition_list_add(list, consumer->topic, partition);
    rd_kafka_resp_err_t code;
    item->offset = (timestamp_us + EMIS_CLOCK_UNIX_TO_PG_US) / 1000;
    code = rd_kafka_offsets_for_times(consumer->handle, list, timeout_ms);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        code = item->err;
    }
    *ret_offset = item->offset < 0 ? -1 : item->offset;
    rd_kafka_topic_partition_list_destroy(list);
    return code == RD_KAFKA_RESP_ERR_NO_ERROR ||
           kafka_client_fail(err, code, "no answer about the times of partition %" PRId32,
                             partition);
}

int64_t kafka_consumer_lag(const struct kafka_consumer *consumer, int32_t partition,
                           int64_t next_offset)
{
    int64_t low = -1;
    int64_t high = -1;
    if (rd_kafka_get_watermark_offsets(consumer->handle, consumer->topic, partition, &low, &high) !=
            RD_KAFKA_RESP_ERR_NO_ERROR ||
        high < 0) {
        return -1;
    }
    return high > next_offset ? high - next_offset : 0;
}

size_t kafka_consumer_assignment(const struct kafka_consumer *consumer,
                                 const int32_t **ret_partitions)
{
    *ret_partitions = consumer->numbers;
    return consumer->count;
}

int64_t kafka_consumer_transport_error_count(const struct kafka_consumer *consumer)
{
    return consumer->transport_error_count;
}

void kafka_consumer_free(struct kafka_consumer *consumer)
{
    if (consumer == NULL) {
        return;
    }
    kafka_consumer_drop(consumer);
    if (consumer->handle != NULL) {
        consumer->is_closing = true;
        rd_kafka_consumer_close(consumer->handle);
        rd_kafka_destroy(consumer->handle);
    }
    consumer_forget(consumer);
    free(consumer->topic);
    free(consumer);
}
