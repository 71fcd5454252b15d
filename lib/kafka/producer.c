/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kafka/producer.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/memory.h"
#include "lib/kafka/client.h"

/* Rebuilds in a row without one persisted message, after which the cause is not a passing one. */
#define PRODUCER_REBUILDS_MAX 5
/* Time to collect the reports of a broken handle. */
#define PRODUCER_PURGE_MS 1000

/*
 * A message until its report; topic, key, value and headers lie behind the struct in the same
 * allocation. librdkafka reads the value from here, so it must live until the report or until the
 * handle is destroyed.
 */
struct producer_entry {
    struct producer_entry *previous;
    struct producer_entry *next;
    size_t size;
    const char *topic;
    int32_t partition;
    void *key;
    size_t key_size;
    void *value;
    size_t value_size;
    struct kafka_header *headers;
    size_t header_count;
    void *opaque;
};

/* Invariant: the entries before `unproduced` (all, when it is NULL) are with librdkafka, those from
 * it on are not. List order is the order of send. */
struct kafka_producer {
    rd_kafka_t *handle; /* NULL: rebuilding failed */
    rd_kafka_conf_t *conf;
    char *topic;
    kafka_producer_delivery_fn on_delivery;
    void *context;
    struct producer_entry *first;
    struct producer_entry *last;
    struct producer_entry *unproduced;
    size_t count;
    size_t bytes;
    size_t bytes_max;
    size_t value_bytes_max;
    bool is_rebuilding;
    int rebuilds_in_row;
    int64_t rebuild_count;
};

static void producer_append(struct kafka_producer *producer, struct producer_entry *entry)
{
    entry->previous = producer->last;
    *(producer->last == NULL ? &producer->first : &producer->last->next) = entry;
    producer->last = entry;
    producer->count++;
    producer->bytes += entry->size;
    if (producer->unproduced == NULL) {
        producer->unproduced = entry;
    }
}

static void producer_remove(struct kafka_producer *producer, struct producer_entry *entry)
{
    if (producer->unproduced == entry) {
        producer->unproduced = entry->next;
    }
    *(entry->previous == NULL ? &producer->first : &entry->previous->next) = entry->next;
    *(entry->next == NULL ? &producer->last : &entry->next->previous) = entry->previous;
    producer->count--;
    producer->bytes -= entry->size;
}

static void producer_report(struct kafka_producer *producer, struct producer_entry *entry,
                            int32_t partition, int64_t offset, const struct emis_error *err)
{
    void *opaque = entry->opaque;
    producer_remove(producer, entry);
    free(entry);
    if (producer->on_delivery != NULL) {
        producer->on_delivery(producer->context, opaque, partition, offset, err == NULL, err);
    }
}

static void producer_report_failure(struct kafka_producer *producer, struct producer_entry *entry,
                                    rd_kafka_resp_err_t code, bool is_possibly_persisted)
{
    struct emis_error err;
    if (code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) {
        emis_error_set(&err, E_REC_TOO_LARGE, "the broker refused a record of %zu bytes",
                       entry->value_size);
    } else {
        kafka_client_fail(&err, code, "could not send to %s%s", entry->topic,
                          is_possibly_persisted ? " (it may be there all the same)" : "");
    }
    producer_report(producer, entry, -1, -1, &err);
}

static void producer_delivered(rd_kafka_t *handle, const rd_kafka_message_t *message, void *opaque)
{
    struct kafka_producer *producer = opaque;
    struct producer_entry *entry = message->_private;
    rd_kafka_msg_status_t status = rd_kafka_message_status(message);
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR || status == RD_KAFKA_MSG_STATUS_PERSISTED) {
        producer->rebuilds_in_row = 0;
        producer_report(producer, entry, message->partition,
                        message->offset >= 0 ? message->offset : KAFKA_PRODUCER_OFFSET_UNKNOWN,
                        NULL);
        return;
    }
    /* A casualty of the broken handle: the rebuild sends it again. */
    if (producer->is_rebuilding ||
        rd_kafka_fatal_error(handle, NULL, 0) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return;
    }
    producer_report_failure(producer, entry, message->err,
                            status == RD_KAFKA_MSG_STATUS_POSSIBLY_PERSISTED);
}

/* Does nothing; that it is there makes a fatal error wake rd_kafka_poll. */
static void producer_wake(rd_kafka_t *handle, int code, const char *reason, void *opaque)
{
    (void) handle;
    (void) code;
    (void) reason;
    (void) opaque;
}

static size_t producer_limit(const rd_kafka_conf_t *conf, const char *name)
{
    char text[32] = "";
    size_t size = sizeof(text);
    EMIS_ASSERT(rd_kafka_conf_get(conf, name, text, &size) == RD_KAFKA_CONF_OK);
    return (size_t) strtoull(text, NULL, 10);
}

static bool producer_open(struct kafka_producer *producer, struct emis_error *err)
{
    return kafka_client_open(KAFKA_CLIENT_PRODUCER, rd_kafka_conf_dup(producer->conf),
                             &producer->handle, err);
}

bool kafka_producer_new(const struct emis_settings *settings, const char *topic,
                        kafka_producer_delivery_fn on_delivery, void *context,
                        struct kafka_producer **ret_producer, struct emis_error *err)
{
    rd_kafka_conf_t *conf = NULL;
    if (!kafka_config_new(settings, KAFKA_CLIENT_PRODUCER, &conf, err)) {
        return false;
    }
    struct kafka_producer *producer = emis_calloc(1, sizeof(*producer));
    rd_kafka_conf_set_opaque(conf, producer);
    rd_kafka_conf_set_dr_msg_cb(conf, producer_delivered);
    rd_kafka_conf_set_error_cb(conf, producer_wake);
    producer->conf = conf;
    producer->topic = emis_strdup(topic);
    producer->on_delivery = on_delivery;
    producer->context = context;
    producer->bytes_max = producer_limit(conf, "queue.buffering.max.kbytes") * 1024;
    producer->value_bytes_max = producer_limit(conf, "message.max.bytes");
    if (!producer_open(producer, err)) {
        kafka_producer_free(producer);
        return false;
    }
    *ret_producer = producer;
    return true;
}

static size_t producer_bytes_of(const char *topic, const struct kafka_producer_message *message)
{
    size_t size = sizeof(struct producer_entry) +
                  message->header_count * sizeof(struct kafka_header) + strlen(topic) + 1 +
                  message->key_size + message->value_size;
    for (size_t i = 0; i < message->header_count; i++) {
        size += strlen(message->headers[i].name) + 1 + message->headers[i].value_size;
    }
    /* an empty key, value or header value at the very end must still point inside of the allocation
     */
    return size + 1;
}

/* Append to the bytes at *cursor; NULL stays NULL, empty does not become it. */
static void *producer_copy(char **cursor, const void *bytes, size_t size)
{
    if (bytes == NULL) {
        return NULL;
    }
    char *copy = *cursor;
    if (size > 0) {
        memcpy(copy, bytes, size);
    }
    *cursor += size;
    return copy;
}

static struct producer_entry *
producer_entry_new(const char *topic, const struct kafka_producer_message *message, size_t size)
{
    struct producer_entry *entry = emis_calloc(1, size);
    entry->headers = (struct kafka_header *) (entry + 1);
    char *cursor = (char *) (entry->headers + message->header_count);
    entry->size = size;
    entry->topic = producer_copy(&cursor, topic, strlen(topic) + 1);
    entry->partition = message->partition;
    entry->key = producer_copy(&cursor, message->key, message->key_size);
    entry->key_size = message->key_size;
    entry->value = producer_copy(&cursor, message->value, message->value_size);
    entry->value_size = message->value_size;
    entry->header_count = message->header_count;
    entry->opaque = message->opaque;
    for (size_t i = 0; i < message->header_count; i++) {
        const struct kafka_header *header = &message->headers[i];
        entry->headers[i].name = producer_copy(&cursor, header->name, strlen(header->name) + 1);
        entry->headers[i].value = producer_copy(&cursor, header->value, header->value_size);
        entry->headers[i].value_size = header->value_size;
    }
    return entry;
}

static rd_kafka_headers_t *producer_headers_new(const struct producer_entry *entry)
{
    rd_kafka_headers_t *headers = rd_kafka_headers_new(entry->header_count);
    for (size_t i = 0; i < entry->header_count; i++) {
        const struct kafka_header *header = &entry->headers[i];
        rd_kafka_header_add(headers, header->name, -1, header->value, (ssize_t) header->value_size);
    }
    return headers;
}

/* Hand the entry to librdkafka, which copies key and headers and borrows the value. _FATAL: the
 * handle is broken, whatever broke it. */
static rd_kafka_resp_err_t producer_produce(struct kafka_producer *producer,
                                            struct producer_entry *entry)
{
    rd_kafka_headers_t *headers = producer_headers_new(entry);
    const rd_kafka_vu_t arguments[] = {
        {.vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = entry->topic},
        {.vtype = RD_KAFKA_VTYPE_PARTITION,
         .u.i32 =
             entry->partition == KAFKA_PRODUCER_BY_KEY ? RD_KAFKA_PARTITION_UA : entry->partition},
        {.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {.ptr = entry->key, .size = entry->key_size}},
        {.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {.ptr = entry->value, .size = entry->value_size}},
        {.vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = entry},
        {.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers},
    };
    rd_kafka_error_t *error =
        rd_kafka_produceva(producer->handle, arguments, sizeof(arguments) / sizeof(arguments[0]));
    rd_kafka_resp_err_t code = rd_kafka_error_code(error);
    if (error != NULL) {
        code = rd_kafka_error_is_fatal(error) ? RD_KAFKA_RESP_ERR__FATAL : code;
        /* librdkafka takes the headers only on success */
        rd_kafka_headers_destroy(headers);
        rd_kafka_error_destroy(error);
    }
    return code;
}

/* Hand over what waits, in order, until librdkafka's queue is full or its handle is broken. */
static void producer_catch_up(struct kafka_producer *producer)
{
    while (producer->unproduced != NULL) {
        struct producer_entry *entry = producer->unproduced;
        rd_kafka_resp_err_t code = producer_produce(producer, entry);
        if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL || code == RD_KAFKA_RESP_ERR__FATAL) {
            return;
        }
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
            producer->unproduced = entry->next;
        } else {
            producer_report_failure(producer, entry, code, false);
        }
    }
}

static bool producer_fail(struct emis_error *err, enum emis_error_kind kind, const char *message)
{
    emis_error_set(err, E_KAFKA, "%s", message);
    err->kind = kind;
    return false;
}

bool kafka_producer_send(struct kafka_producer *producer,
                         const struct kafka_producer_message *message, struct emis_error *err)
{
    const char *topic = message->topic == NULL ? producer->topic : message->topic;
    size_t size = producer_bytes_of(topic, message);
    if (producer->handle == NULL && !producer->is_rebuilding) {
        return producer_fail(err, EMIS_FATAL, "the Kafka producer broke for good");
    }
    if (message->key_size + message->value_size > producer->value_bytes_max) {
        return emis_error_set(err, E_REC_TOO_LARGE,
                              "a record of %zu bytes is larger than message.max.bytes=%zu",
                              message->value_size, producer->value_bytes_max);
    }
    if (producer->count > 0 && producer->bytes + size > producer->bytes_max) {
        return producer_fail(err, EMIS_RETRY, "the queue of unacknowledged records is full");
    }
    struct producer_entry *entry = producer_entry_new(topic, message, size);
    bool is_next = producer->unproduced == NULL && !producer->is_rebuilding;
    rd_kafka_resp_err_t code =
        is_next ? producer_produce(producer, entry) : RD_KAFKA_RESP_ERR_NO_ERROR;
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR && code != RD_KAFKA_RESP_ERR__FATAL) {
        free(entry);
        if (code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) {
            return emis_error_set(err, E_REC_TOO_LARGE,
                                  "a record of %zu bytes is too large with its headers",
                                  message->value_size);
        }
        return kafka_client_fail(err, code, "could not queue a record for %s", topic);
    }
    /* after a fatal error it waits for the rebuild, which poll makes */
    producer_append(producer, entry);
    if (is_next && code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        producer->unproduced = NULL;
    }
    return true;
}

/* The handle is broken: take its last reports, replace it, send again what is left, in order. */
static bool producer_rebuild(struct kafka_producer *producer, struct emis_error *err)
{
    bool is_hopeless = producer->rebuilds_in_row >= PRODUCER_REBUILDS_MAX;
    kafka_client_fail_fatal(err, producer->handle);
    producer->is_rebuilding = true;
    rd_kafka_purge(producer->handle, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_flush(producer->handle, PRODUCER_PURGE_MS);
    rd_kafka_destroy(producer->handle);
    producer->handle = NULL;
    producer->unproduced = producer->first;
    producer->rebuild_count++;
    producer->rebuilds_in_row++;
    bool is_done = !is_hopeless && producer_open(producer, err);
    producer->is_rebuilding = false;
    if (is_done) {
        producer_catch_up(producer);
    }
    return is_done;
}

bool kafka_producer_poll(struct kafka_producer *producer, int timeout_ms, struct emis_error *err)
{
    if (producer->handle == NULL) {
        return producer_fail(err, EMIS_FATAL, "the Kafka producer broke for good");
    }
    producer_catch_up(producer);
    rd_kafka_poll(producer->handle, timeout_ms);
    if (rd_kafka_fatal_error(producer->handle, NULL, 0) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return producer_rebuild(producer, err);
    }
    return true;
}

bool kafka_producer_flush(struct kafka_producer *producer, int timeout_ms, struct emis_error *err)
{
    int64_t deadline_ms = emis_clock_monotonic_ms() + timeout_ms;
    while (producer->count > 0) {
        int64_t left_ms = deadline_ms - emis_clock_monotonic_ms();
        if (left_ms < 0) {
            emis_error_set(err, E_KAFKA, "%zu records are not acknowledged after %d ms",
                           producer->count, timeout_ms);
            err->kind = EMIS_RETRY;
            return false;
        }
        if (!kafka_producer_poll(producer, (int) left_ms, err)) {
            return false;
        }
    }
    return true;
}

size_t kafka_producer_pending_count(const struct kafka_producer *producer)
{
    return producer->count;
}

size_t kafka_producer_pending_bytes(const struct kafka_producer *producer)
{
    return producer->bytes;
}

int64_t kafka_producer_rebuild_count(const struct kafka_producer *producer)
{
    return producer->rebuild_count;
}

void kafka_producer_free(struct kafka_producer *producer)
{
    if (producer == NULL) {
        return;
    }
    if (producer->handle != NULL) {
        rd_kafka_destroy(producer->handle);
    }
    while (producer->first != NULL) {
        struct producer_entry *entry = producer->first;
        producer_remove(producer, entry);
        free(entry);
    }
    rd_kafka_conf_destroy(producer->conf);
    free(producer->topic);
    free(producer);
}
