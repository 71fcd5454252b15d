/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of lib/kafka share: building a configuration, opening a handle, translating errors
 * and records. Private to this folder: its types are librdkafka's and must not pass the door. Any
 * thread, as far as librdkafka's handles allow.
 */
#pragma once

#include <librdkafka/rdkafka.h>

#include "lib/base/error.h"
#include "lib/kafka/record.h"

struct emis_settings;

enum kafka_client_role { KAFKA_CLIENT_CONSUMER, KAFKA_CLIENT_PRODUCER };

/* Defaults, then [kafka], then the checks of config.h. The caller destroys the result, or hands it
 * to kafka_client_open. */
bool kafka_config_new(const struct emis_settings *settings, enum kafka_client_role role,
                      rd_kafka_conf_t **ret_conf, struct emis_error *err) EMIS_MUST_CHECK;
/* A property of ours; the name is a literal, so E_CONFIG means a value that came from outside. */
bool kafka_config_set(rd_kafka_conf_t *conf, const char *name, const char *value,
                      struct emis_error *err) EMIS_MUST_CHECK;

/* Takes conf, also on failure. Its log goes to emis_log at debug. E_CONFIG. */
bool kafka_client_open(enum kafka_client_role role, rd_kafka_conf_t *conf, rd_kafka_t **ret_handle,
                       struct emis_error *err) EMIS_MUST_CHECK;

/* E_KAFKA with librdkafka's reason behind the text; the kind is FATAL for what does not pass by
 * itself. Returns false. */
bool kafka_client_fail(struct emis_error *err, rd_kafka_resp_err_t code, const char *format, ...)
    EMIS_PRINTF(3, 4);
/* E_KAFKA FATAL with the reason of the handle's fatal error. Returns false. */
bool kafka_client_fail_fatal(struct emis_error *err, rd_kafka_t *handle);
/* The connection or the broker is away: librdkafka retries by itself. */
bool kafka_client_is_transport(rd_kafka_resp_err_t code);

/*
 * The topic's part of a listing of all topics; a request for one topic alone would create it where
 * the broker allows that. *ret_topic is borrowed from *ret_metadata, which the caller destroys.
 * E_NOT_FOUND: no such topic, or no right to see it. E_KAFKA.
 */
bool kafka_client_look_up(rd_kafka_t *handle, const char *topic, int timeout_ms,
                          const struct rd_kafka_metadata **ret_metadata,
                          const struct rd_kafka_metadata_topic **ret_topic,
                          struct emis_error *err) EMIS_MUST_CHECK;
/* First offset kept and the offset after the last record. E_KAFKA. */
bool kafka_client_watermarks(rd_kafka_t *handle, const char *topic, int32_t partition,
                             int timeout_ms, int64_t *ret_low, int64_t *ret_high,
                             struct emis_error *err) EMIS_MUST_CHECK;

/* View a message without error; the record's `message` keeps it, kafka_record_clear destroys it. */
void kafka_record_fill(struct kafka_record *record, rd_kafka_message_t *message);
void kafka_record_clear(struct kafka_record *record);
