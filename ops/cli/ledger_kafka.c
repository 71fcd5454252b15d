/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/cli/ledger_kafka.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/digest.h"
#include "lib/base/memory.h"
#include "lib/base/settings.h"
#include "lib/kafka/reader.h"
#include "lib/store/query.h"
#include "ops/cli/context.h"

#define PIECE_RECORDS    20000
#define KAFKA_TIMEOUT_MS 10000

struct cli_ledger_kafka {
    const char *topic;
    struct kafka_reader *reader;
    bool has_topic;
    int32_t partition_count;
    struct store_connection *conn;
    size_t finding_count;
    char *first; /* of the findings; CLI_LEDGER_TEXT_BYTES */
    /* the partition that is being compared */
    int16_t log_no;
    int32_t partition;
    int64_t at;                 /* next offset to compare */
    int64_t end;                /* up to here */
    struct store_result *piece; /* rows of the ledger from `at` on */
    size_t row;
};

bool cli_ledger_kafka_new(const struct cli_context *cli, struct cli_ledger_kafka **ret_kafka,
                          struct emis_error *err)
{
    struct cli_ledger_kafka *kafka = emis_calloc(1, sizeof *kafka);

    kafka->topic = emis_settings_text(cli->settings, "topics", "submissions");
    if (kafka_reader_new(cli->settings, kafka->topic, &kafka->reader, err)) {
        kafka->has_topic = kafka_reader_partition_count(kafka->reader, KAFKA_TIMEOUT_MS,
                                                        &kafka->partition_count, err);
        if (kafka->has_topic || err->code == E_NOT_FOUND) {
            *ret_kafka = kafka;
            return true;
        }
    }
    cli_ledger_kafka_free(kafka);
    return false;
}

void cli_ledger_kafka_free(struct cli_ledger_kafka *kafka)
{
    if (kafka != NULL) {
        kafka_reader_free(kafka->reader);
        store_result_free(kafka->piece);
        free(kafka);
    }
}

EMIS_PRINTF(2, 3)
static void note(struct cli_ledger_kafka *kafka, const char *format, ...)
{
    char text[CLI_LEDGER_TEXT_BYTES];
    va_list arguments;

    va_start(arguments, format);
    (void) vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (kafka->finding_count++ == 0) {
        memcpy(kafka->first, text, sizeof text);
    }
    if (kafka->finding_count <= CLI_LEDGER_SHOWN_MAX) {
        fprintf(stderr, "I2: %s\n", text);
    }
}

static void note_record(struct cli_ledger_kafka *kafka, int64_t offset, const char *what)
{
    note(kafka, "record %d/%" PRId32 "/%" PRId64 ": %s", kafka->log_no, kafka->partition, offset,
         what);
}

static bool next_piece(struct cli_ledger_kafka *kafka, int64_t offset, struct emis_error *err)
{
    struct store_params params;
    int64_t end = offset + PIECE_RECORDS < kafka->end ? offset + PIECE_RECORDS : kafka->end;
    bool ok;

    store_result_free(kafka->piece);
    kafka->piece = NULL;
    kafka->row = 0;
    store_params_init(&params);
    store_params_i16(&params, kafka->log_no);
    store_params_i16(&params, (int16_t) kafka->partition);
    store_params_i64(&params, offset);
    store_params_i64(&params, end);
    ok = store_query_run(kafka->conn, "ledger_digests", &params, &kafka->piece, err);
    store_params_release(&params);
    return ok;
}

static bool compare_record(void *context, const struct kafka_record *record, struct emis_error *err)
{
    struct cli_ledger_kafka *kafka = context;
    uint8_t digest[EMIS_DIGEST_BYTES];

    if ((kafka->piece == NULL || kafka->row == store_result_rows(kafka->piece)) &&
        !next_piece(kafka, record->offset, err)) {
        return false;
    }
    kafka->at = record->offset + 1;
    if (kafka->row == store_result_rows(kafka->piece) ||
        store_result_i64(kafka->piece, kafka->row, 0) != record->offset) {
        note_record(kafka, record->offset, "it has no ledger row");
        return true;
    }
    emis_digest_sha256(record->value, record->value_size, digest);
    if (memcmp(store_result_bytes(kafka->piece, kafka->row, 1).data, digest, sizeof digest) != 0) {
        note_record(kafka, record->offset, "the ledger has another digest");
    }
    kafka->row++;
    return true;
}

/* From kafka->at to kafka->end. Retention may take the oldest records while they are being read:
 * that is no hole, they are behind the position. */
static bool compare_records(struct cli_ledger_kafka *kafka, struct emis_error *err)
{
    int64_t low, high;

    while (kafka->at < kafka->end &&
           !kafka_reader_each(kafka->reader, kafka->partition, kafka->at, kafka->end,
                              KAFKA_TIMEOUT_MS, compare_record, kafka, err)) {
        if (err->code != E_GAP || !kafka_reader_watermarks(kafka->reader, kafka->partition,
                                                           KAFKA_TIMEOUT_MS, &low, &high, err)) {
            return false;
        }
        if (low <= kafka->at) {
            note_record(kafka, kafka->at,
                        "Kafka has it no more though it has records before it: a broker lost data, "
                        "or the topic is compacted (`emis topics describe`)");
            return true;
        }
        kafka->at = low;
        store_result_free(kafka->piece);
        kafka->piece = NULL;
    }
    return true;
}

/* A partition with a position. */
static bool compare_partition(struct cli_ledger_kafka *kafka, int64_t start, int64_t next,
                              struct emis_error *err)
{
    int64_t low, high;

    if (kafka->partition >= kafka->partition_count) {
        note(kafka,
             "partition %d/%" PRId32 ": the position is %" PRId64 ", Kafka has no such "
             "partition: the topic was made again with fewer; restore it",
             kafka->log_no, kafka->partition, next);
        return true;
    }
    if (!kafka_reader_watermarks(kafka->reader, kafka->partition, KAFKA_TIMEOUT_MS, &low, &high,
                                 err)) {
        return false;
    }
    if (low > next) {
        note(kafka,
             "partition %d/%" PRId32 ": Kafka begins at %" PRId64 ", the position is %" PRId64
             ": %" PRId64 " records were removed before they were read; have them sent again, "
             "and raise the topic's retention.ms above the longest time that ingest may stand",
             kafka->log_no, kafka->partition, low, next, low - next);
    } else if (high < next) {
        note(kafka,
             "partition %d/%" PRId32 ": Kafka ends at %" PRId64 ", the position is %" PRId64
             ": the topic was made again or the broker lost records; workers stop with "
             "E_LOG_IDENTITY until it is restored from a replica or a backup",
             kafka->log_no, kafka->partition, high, next);
    }
    kafka->at = low > start ? low : start;
    kafka->end = high < next ? high : next;
    store_result_free(kafka->piece);
    kafka->piece = NULL;
    return compare_records(kafka, err);
}

/* The names of the topics that the database has positions of. */
static bool note_unknown_topic(struct cli_ledger_kafka *kafka, int64_t record_count,
                               struct emis_error *err)
{
    struct store_result *topics;

    if (!store_query_run_text(kafka->conn, "ledger_topics", NULL, &topics, err)) {
        return false;
    }
    note(kafka,
         "topic %s holds %" PRId64 " records and the database has no position of it (it has "
         "those of: %s): correct [topics] submissions, or start emis-ingest",
         kafka->topic, record_count, store_result_cell(topics, 0, 0));
    store_result_free(topics);
    return true;
}

/* Partitions of Kafka that have no position: fine while nothing was ever sent to them. */
static bool check_unread(struct cli_ledger_kafka *kafka, const bool *is_known, bool has_positions,
                         struct emis_error *err)
{
    int64_t record_count = 0;

    for (int32_t partition = 0; partition < kafka->partition_count; partition++) {
        int64_t low, high;

        if (is_known[partition]) {
            continue;
        }
        if (!kafka_reader_watermarks(kafka->reader, partition, KAFKA_TIMEOUT_MS, &low, &high,
                                     err)) {
            return false;
        }
        record_count += high - low;
        if (high > 0 && has_positions) {
            note(kafka,
                 "partition %" PRId32 " of %s holds %" PRId64 " records and has no position: "
                 "no worker has read it; start emis-ingest, or see `emis status` for what "
                 "stops it",
                 partition, kafka->topic, high - low);
        }
    }
    return has_positions || record_count == 0 || note_unknown_topic(kafka, record_count, err);
}

static bool compare_all(struct cli_ledger_kafka *kafka, const struct store_result *positions,
                        struct emis_error *err)
{
    size_t rows = store_result_rows(positions);
    bool *is_known = emis_calloc((size_t) kafka->partition_count + 1, sizeof *is_known);
    bool ok = true;

    for (size_t i = 0; ok && i < rows; i++) {
        kafka->log_no = (int16_t) strtol(store_result_cell(positions, i, 0), NULL, 10);
        kafka->partition = (int32_t) strtol(store_result_cell(positions, i, 1), NULL, 10);
        if (kafka->partition < kafka->partition_count) {
            is_known[kafka->partition] = true;
        }
        ok = compare_partition(kafka, strtoll(store_result_cell(positions, i, 2), NULL, 10),
                               strtoll(store_result_cell(positions, i, 3), NULL, 10), err);
    }
    ok = ok && check_unread(kafka, is_known, rows > 0, err);
    free(is_known);
    return ok;
}

bool cli_ledger_kafka_compare(struct cli_ledger_kafka *kafka, struct store_connection *conn,
                              size_t *ret_findings, char first[CLI_LEDGER_TEXT_BYTES],
                              struct emis_error *err)
{
    struct store_params params;
    struct store_result *positions = NULL;
    bool ok = true;

    kafka->conn = conn;
    kafka->first = first;
    first[0] = '\0';
    if (!kafka->has_topic) {
        note(kafka,
             "there is no topic %s in Kafka: correct [topics] submissions or [kafka] "
             "bootstrap.servers, or make it by `emis topics apply`",
             kafka->topic);
    } else {
        store_params_init(&params);
        store_params_text(&params, kafka->topic);
        ok = store_query_run_text(conn, "status_partitions", &params, &positions, err) &&
             compare_all(kafka, positions, err);
        store_params_release(&params);
        store_result_free(positions);
    }
    *ret_findings = kafka->finding_count;
    return ok;
}
