/* SPDX-License-Identifier: Apache-2.0 */
/* ledger check: the double entry. I5, cells against a recompute, is `emis audit run`. */
#include <inttypes.h>
#include <stdio.h>

#include "lib/base/clock.h"
#include "lib/store/connection.h"
#include "lib/store/query.h"
#include "lib/store/tx.h"
#include "ops/cli/codes.h"
#include "ops/cli/commands.h"
#include "ops/cli/ledger_kafka.h"
#include "ops/cli/print.h"

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
    {"I6f", "facts belong to submissions and stand once; none lacks its rows of one",
     "ledger_facts", false},
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
    for (size_t i = 0; i < rows && i < CLI_LEDGER_SHOWN_MAX; i++) {
        fprintf(stderr, "%s: %s\n", checks[index].name, store_result_cell(result, i, 0));
    }
    report(check, checks[index].name, checks[index].what, rows,
           rows == 0 ? NULL : store_result_cell(result, 0, 0), start_ms);
    store_result_free(result);
    return true;
}

static bool compare_with_kafka(struct ledger_check *check, struct cli_ledger_kafka *kafka,
                               struct emis_error *err)
{
    int64_t start_ms = emis_clock_monotonic_ms();
    char first[CLI_LEDGER_TEXT_BYTES];
    size_t findings;

    if (!cli_ledger_kafka_compare(kafka, check->conn, &findings, first, err)) {
        return emis_error_wrap(err, "I2");
    }
    report(check, "I2", "each record of Kafka was read and has its ledger row with the same digest",
           findings, findings == 0 ? NULL : first, start_ms);
    return true;
}

bool cli_ledger_check(struct cli_context *cli, struct emis_error *err)
{
    static const struct cli_print_column columns[] = {
        {"check", 't'}, {"state", 't'}, {"findings", 'n'}, {"milliseconds", 'n'},
        {"what", 't'},  {"first", 't'}, {NULL, 0}};
    struct ledger_check check = {.cli = cli};
    struct cli_ledger_kafka *kafka = NULL;
    bool ok;

    if (!cli_context_connect(cli, &check.conn, err)) {
        return false;
    }
    if (cli_context_has(cli, "with-kafka") && !cli_ledger_kafka_new(cli, &kafka, err)) {
        store_connection_free(check.conn);
        return false;
    }
    cli_print_init(&check.print, cli, "emis.ledger_check/1", columns);
    ok = store_tx_begin_snapshot(check.conn, err);
    for (size_t i = 0; ok && i < CHECK_COUNT; i++) {
        ok = run_statement(&check, i, err);
    }
    ok = ok && (kafka == NULL || compare_with_kafka(&check, kafka, err));
    store_tx_rollback(check.conn);
    cli_ledger_kafka_free(kafka);
    store_connection_free(check.conn);
    cli_print_end(&check.print);
    return ok && (check.finding_count == 0 ||
                  emis_error_set(err, E_FINDING, "%zu findings", check.finding_count));
}
