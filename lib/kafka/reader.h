/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records by (partition, offset) without a consumer group: the log identity check on assignment
 * (guarantee G10), replays, traces, audits. Owns a connection of its own; one thread at a time.
 * Reading on from where the last call ended is as fast as a consumer; jumping costs some
 * milliseconds.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/kafka/record.h"

struct emis_settings;
struct kafka_reader;

/* Does not wait for a connection. E_CONFIG, E_PREFLIGHT (see config.h). */
bool kafka_reader_new(const struct emis_settings *settings, const char *topic,
                      struct kafka_reader **ret_reader, struct emis_error *err) EMIS_MUST_CHECK;

/*
 * The record at exactly (partition, offset), borrowed until the reader's next call; NULL: the
 * offset is at or behind the log's end. E_GAP: not in the log any more, or missing inside it.
 * E_NOT_FOUND: no such topic or partition. E_KAFKA RETRY: no answer within timeout_ms. E_KAFKA
 * FATAL: no permission.
 */
bool kafka_reader_fetch(struct kafka_reader *reader, int32_t partition, int64_t offset,
                        int timeout_ms, const struct kafka_record **ret_record,
                        struct emis_error *err) EMIS_MUST_CHECK;

/* Called with each record in order, borrowed for the call. false with err filled ends the reading.
 */
typedef bool (*kafka_reader_record_fn)(void *context, const struct kafka_record *record,
                                       struct emis_error *err);

/*
 * Every record of a partition from `from` up to, not including, `to`; to < 0: the high watermark
 * when the call began. from < 0: the log's first. Any hole is E_GAP. timeout_ms is for each wait,
 * not for the whole. Failures as kafka_reader_fetch, and the callback's.
 */
bool kafka_reader_each(struct kafka_reader *reader, int32_t partition, int64_t from, int64_t to,
                       int timeout_ms, kafka_reader_record_fn callback, void *context,
                       struct emis_error *err) EMIS_MUST_CHECK;

/* First offset kept and the offset after the last record. E_KAFKA. */
bool kafka_reader_watermarks(struct kafka_reader *reader, int32_t partition, int timeout_ms,
                             int64_t *ret_low, int64_t *ret_high,
                             struct emis_error *err) EMIS_MUST_CHECK;
/* E_NOT_FOUND: no such topic. E_KAFKA. */
bool kafka_reader_partition_count(struct kafka_reader *reader, int timeout_ms, int32_t *ret_count,
                                  struct emis_error *err) EMIS_MUST_CHECK;

void kafka_reader_free(struct kafka_reader *reader);
