/* SPDX-License-Identifier: Apache-2.0 */
/* ledger check: the double entry. I5, cells against a recompute, is `emis audit run`. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/digest.h"
#include "lib/base/memory.h"
#include "lib/base/settings.h"
#include "lib/kafka/reader.h"
#include "lib/store/connection.h"
#include "lib/store/query.h"
#include "lib/store/tx.h"
#include "ops/cli/codes.h"
#include "ops/cli/commands.h"
#include "ops/cli/print.h"

#define SHOWN_MAX        20
#define PIECE_RECORDS    20000
#define KAFKA_TIMEOUT_MS 15000

static const struct {
    const char *name;
    const char *what;
    const char *statement;
    bool has_codes;
} checks[] = {
    {"I1", "ledger rows are dense from the first position to the last", "ledger_positions", false},
    {"I3", "held rows are the rejected and parked ones; codes are of the list", "ledger_held",
     true},
    {"I4", "the highest revision is current", "ledger_current", false},
    {"I6", "submissions are the accepted, superseded and healed ones; ids once",
     "ledger_submissions", false},
    {"I6f", "each fact belongs to a submission and stands once", "ledger_facts", false},
    {"I7", "nothing refers to a record beyond the position", "ledger_ahead", false},
};

#define CHECK_COUNT (sizeof checks / sizeof *checks)

struct ledger_check {
    struct cli_context *cli;
    struct store_connection *conn;
    struct cli_print print;
    size_t finding_count;
};

static void report(struct ledger_check *check, const char *name, const char *what, size_t findings,
                   const char *first, int64_t start_ms)
{
    char count[24], took[24];

    snprintf(count, sizeof count, "%zu", findings);
    snprintf(took, sizeof took, "%" PRId64, emis_clock_monotonic_ms() - start_ms);
    check->finding_count += findings;
    cli_print_row(&check->print, (const char *const[]){name, findings == 0 ? "ok" : "FINDING",
                                                       count, took, what, first});
}

static bool run_statement(struct ledger_check *check, size_t index, struct emis_error *err)
{
    int64_t start_ms = emis_clock_monotonic_ms();
    struct store_params params;
    struct store_result *result;
    size_t rows;
    bool ok;

    store_params_init(&params);
    if (checks[index].has_codes) {
        cli_codes_bind(&params);
    }
    ok = store_query_run_text(check->conn, checks[index].statement, &params, &result, err);
    store_params_release(&params);
    if (!ok) {
        return emis_error_wrap(err, "%s", checks[index].name);
    }
    rows = store_result_rows(result);
    for (size_t i = 0; i < rows && i < SHOWN_MAX; i++) {
        fprintf(stderr, "%s: %s\n", checks[index].name, store_result_cell(result, i, 0));
    }
    report(check, checks[index].name, checks[index].what, rows,
           rows == 0 ? NULL : store_result_cell(result, 0, 0), start_ms);
    store_result_free(result);
    return true;
}

/* One partition's records in Kafka against its ledger rows, a piece at a time. */
struct comparison {
    struct ledger_check *check;
    int16_t log_no;
    int32_t partition;
    struct store_result *piece; /* rows of the ledger from piece_start on */
    size_t row;
    int64_t end; /* next_offset */
    size_t finding_count;
    char first[160];
};

static void note(struct comparison *comparison, int64_t offset, const char *what)
{
    char text[160];

    snprintf(text, sizeof text, "record %d/%" PRId32 "/%" PRId64 ": %s", comparison->log_no,
             comparison->partition, offset, what);
    if (comparison->finding_count++ == 0) {
        snprintf(comparison->first, sizeof comparison->first, "%s", text);
    }
    if (comparison->finding_count <= SHOWN_MAX) {
        fprintf(stderr, "I2: %s\n", text);
    }
}

static bool next_piece(struct comparison *comparison, int64_t offset, struct emis_error *err)
{
    struct store_params params;
    bool ok;

    store_result_free(comparison->piece);
    comparison->piece = NULL;
    comparison->row = 0;
    store_params_init(&params);
    store_params_i16(&params, comparison->log_no);
    store_params_i16(&params, (int16_t) comparison->partition);
    store_params_i64(&params, offset);
    store_params_i64(&params, offset + PIECE_RECORDS < comparison->end ? offset + PIECE_RECORDS
                                                                       : comparison->end);
    ok = store_query_run(comparison->check->conn, "ledger_digests", &params, &comparison->piece,
                         err);
    store_params_release(&params);
    return ok;
}

static bool compare_record(void *context, const struct kafka_record *record, struct emis_error *err)
{
    struct comparison *comparison = context;
    uint8_t digest[EMIS_DIGEST_BYTES];

    if ((comparison->piece == NULL || comparison->row == store_result_rows(comparison->piece)) &&
        !next_piece(comparison, record->offset, err)) {
        return false;
    }
    if (comparison->row == store_result_rows(comparison->piece) ||
        store_result_i64(comparison->piece, comparison->row, 0) != record->offset) {
        note(comparison, record->offset, "it has no ledger row");
        return true;
    }
    emis_digest_sha256(record->value, record->value_size, digest);
    if (memcmp(store_result_bytes(comparison->piece, comparison->row, 1).data, digest,
               sizeof digest) != 0) {
        note(comparison, record->offset, "the ledger has another digest");
    }
    comparison->row++;
    return true;
}

static bool compare_partition(struct ledger_check *check, struct kafka_reader *reader,
                              const struct store_result *positions, size_t row, size_t *findings,
                              char first[160], struct emis_error *err)
{
    struct comparison comparison = {
        .check = check,
        .log_no = (int16_t) strtol(store_result_cell(positions, row, 0), NULL, 10),
        .partition = (int32_t) strtol(store_result_cell(positions, row, 1), NULL, 10),
        .end = strtoll(store_result_cell(positions, row, 3), NULL, 10)};
    int64_t start = strtoll(store_result_cell(positions, row, 2), NULL, 10), low, high;
    bool ok =
        kafka_reader_watermarks(reader, comparison.partition, KAFKA_TIMEOUT_MS, &low, &high, err);

    start = ok && low > start ? low : start;
    ok = ok && (start >= comparison.end ||
                kafka_reader_each(reader, comparison.partition, start, comparison.end,
                                  KAFKA_TIMEOUT_MS, compare_record, &comparison, err));
    store_result_free(comparison.piece);
    if (comparison.finding_count > 0 && *findings == 0) {
        memcpy(first, comparison.first, sizeof comparison.first);
    }
    *findings += comparison.finding_count;
    return ok;
}

static bool compare_with_kafka(struct ledger_check *check, struct emis_error *err)
{
    const char *topic = emis_settings_text(check->cli->settings, "topics", "submissions");
    int64_t start_ms = emis_clock_monotonic_ms();
    struct kafka_reader *reader;
    struct store_params params;
    struct store_result *positions = NULL;
    char first[160] = "";
    size_t findings = 0;
    bool ok;

    if (!kafka_reader_new(check->cli->settings, topic, &reader, err)) {
        return false;
    }
    store_params_init(&params);
    store_params_text(&params, topic);
    ok = store_query_run_text(check->conn, "status_partitions", &params, &positions, err);
    store_params_release(&params);
    for (size_t i = 0; ok && i < store_result_rows(positions); i++) {
        ok = compare_partition(check, reader, positions, i, &findings, first, err);
    }
    store_result_free(positions);
    kafka_reader_free(reader);
    if (ok) {
        report(check, "I2", "each record of Kafka has its ledger row with the same digest",
               findings, findings == 0 ? NULL : first, start_ms);
    }
    return ok;
}

bool cli_ledger_check(struct cli_context *cli, struct emis_error *err)
{
    static const struct cli_print_column columns[] = {
        {"check", 't'}, {"state", 't'}, {"findings", 'n'}, {"milliseconds", 'n'},
        {"what", 't'},  {"first", 't'}, {NULL, 0}};
    struct ledger_check check = {.cli = cli};
    bool ok;

    if (!cli_context_connect(cli, &check.conn, err)) {
        return false;
    }
    cli_print_init(&check.print, cli, "emis.ledger_check/1", columns);
    ok = store_tx_begin_snapshot(check.conn, err);
    for (size_t i = 0; ok && i < CHECK_COUNT; i++) {
        ok = run_statement(&check, i, err);
    }
    ok = ok && (!cli_context_has(cli, "with-kafka") || compare_with_kafka(&check, err));
    store_tx_rollback(check.conn);
    store_connection_free(check.conn);
    cli_print_end(&check.print);
    return ok && (check.finding_count == 0 ||
                  emis_error_set(err, E_FINDING, "%zu findings", check.finding_count));
}
