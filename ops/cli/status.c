/* SPDX-License-Identifier: Apache-2.0 */
/* status: one screen. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/date.h"
#include "lib/base/settings.h"
#include "lib/kafka/reader.h"
#include "lib/store/connection.h"
#include "lib/store/query.h"
#include "lib/store/tx.h"
#include "ops/cli/codes.h"
#include "ops/cli/commands.h"
#include "ops/cli/print.h"

#define KAFKA_TIMEOUT_MS 5000

enum section_params {
    PARAMS_NONE,
    PARAMS_CODES, /* the list of codes */
    PARAMS_ALL    /* whether --all was given */
};

/* A part of the screen: a statement and its columns. */
struct section {
    const char *key;   /* member of the JSON document */
    const char *title; /* heading of the text */
    const char *statement;
    enum section_params params;
    struct cli_print_column columns[9];
};

static const struct section sections[] = {
    {"outcomes",
     "Outcomes, received in the last 24 hours (--all: ever)",
     "status_outcomes",
     PARAMS_ALL,
     {{"outcome", 't'}, {"records", 'n'}, {NULL, 0}}},
    {"rejected",
     "Rejected, by code",
     "status_rejected",
     PARAMS_CODES,
     {{"code", 't'},
      {"records", 'n'},
      {"replayed", 'n'},
      {"last_received_at", 't'},
      {"hint", 't'},
      {NULL, 0}}},
    {"parked",
     "Parked, by cause (20 largest)",
     "status_parked",
     PARAMS_NONE,
     {{"cause", 't'}, {"submissions", 'n'}, {"oldest_received_at", 't'}, {NULL, 0}}},
    {"registry_changes",
     "Registry changes that were refused",
     "status_changes",
     PARAMS_CODES,
     {{"change_id", 'n'},
      {"source", 't'},
      {"kind", 't'},
      {"unit", 't'},
      {"code", 't'},
      {"pointer", 't'},
      {"message", 't'},
      {NULL, 0}}},
    {"dirty",
     "Waiting to be computed again",
     "status_dirty",
     PARAMS_NONE,
     {{"leaves", 'n'}, {"lanes", 'n'}, {"oldest_seconds", 'n'}, {"failed", 'n'}, {NULL, 0}}},
    {"set_aside",
     "Set aside, failed by a definition (emis db migrate tries again)",
     "status_failed",
     PARAMS_NONE,
     {{"statement", 't'},
      {"form", 't'},
      {"lane", 't'},
      {"leaves", 'n'},
      {"failed_at", 't'},
      {"message", 't'},
      {NULL, 0}}},
    {"workers",
     "Workers",
     "status_workers",
     PARAMS_NONE,
     {{"worker", 't'},
      {"program", 't'},
      {"version", 't'},
      {"state", 't'},
      {"seen_seconds", 'n'},
      {"is_alive", 'b'},
      {"metrics_port", 'n'},
      {NULL, 0}}},
    {"alarms",
     "Open alarms",
     "status_alarms",
     PARAMS_CODES,
     {{"alarm", 't'},
      {"code", 't'},
      {"message", 't'},
      {"raised_at", 't'},
      {"seen_at", 't'},
      {"hint", 't'},
      {NULL, 0}}},
};

#define SECTION_COUNT (sizeof sections / sizeof *sections)

static const struct cli_print_column partition_columns[] = {
    {"log", 'n'}, {"partition", 'n'}, {"start", 'n'},   {"next", 'n'}, {"end", 'n'},
    {"lag", 'n'}, {"owner", 't'},     {"tail_at", 't'}, {NULL, 0}};

struct screen {
    struct cli_context *cli;
    struct store_connection *conn;
    struct kafka_reader *reader; /* NULL: Kafka is away, */
    struct emis_error kafka_err; /* for this reason: told when all else is shown */
    struct emis_buffer text;
    struct json_write json;
    int64_t lag;           /* sum; -1: not known */
    int64_t replayable_us; /* a restored backup must be younger than this; INT64_MIN: every record
                              is still in the log */
};

static void begin_section(struct screen *screen, const char *key, const char *title)
{
    if (screen->cli->is_json) {
        json_write_key(&screen->json, key);
    } else {
        printf("\n%s%s%s\n", screen->cli->is_color ? "\033[1;4m" : "", title,
               screen->cli->is_color ? "\033[0m" : "");
    }
}

static bool show_section(struct screen *screen, const struct section *section,
                         struct emis_error *err)
{
    struct store_params params;
    struct store_result *result;
    struct cli_print print;
    bool ok;

    store_params_init(&params);
    if (section->params == PARAMS_CODES) {
        cli_codes_bind(&params);
    } else if (section->params == PARAMS_ALL) {
        store_params_bool(&params, cli_context_has(screen->cli, "all"));
    }
    ok = store_query_run_text(screen->conn, section->statement, &params, &result, err);
    store_params_release(&params);
    if (!ok) {
        return false;
    }
    begin_section(screen, section->key, section->title);
    if (screen->cli->is_json) {
        cli_print_json_rows(&screen->json, section->columns, result);
    } else if (store_result_rows(result) == 0) {
        printf("none\n");
    } else {
        cli_print_init(&print, screen->cli, "", section->columns);
        cli_print_result(&print, result);
        cli_print_end(&print);
    }
    store_result_free(result);
    return true;
}

/* Asked once; the other partitions would each wait as long. */
static void lose_kafka(struct screen *screen, const struct emis_error *err)
{
    screen->kafka_err = *err;
    kafka_reader_free(screen->reader);
    screen->reader = NULL;
    screen->lag = -1;
}

/* The oldest record of a partition from which records were removed bounds how far a replay reaches.
 */
static void note_replayable(struct screen *screen, int32_t partition, int64_t low, int64_t start)
{
    const struct kafka_record *record = NULL;
    struct emis_error err;

    if (low <= start) {
        return;
    }
    if (!kafka_reader_fetch(screen->reader, partition, low, KAFKA_TIMEOUT_MS, &record, &err)) {
        lose_kafka(screen, &err);
    } else if (record != NULL && record->timestamp_us > screen->replayable_us) {
        screen->replayable_us = record->timestamp_us;
    }
}

/* The end of a partition and how far we are behind, as text; empty when Kafka does not tell. */
static void look_up_end(struct screen *screen, const struct store_result *result, size_t row,
                        char end[24], char lag[24])
{
    int32_t partition = (int32_t) strtol(store_result_cell(result, row, 1), NULL, 10);
    int64_t start = strtoll(store_result_cell(result, row, 2), NULL, 10),
            next = strtoll(store_result_cell(result, row, 3), NULL, 10), low, high;
    struct emis_error err;

    end[0] = lag[0] = '\0';
    if (screen->reader == NULL) {
        return;
    }
    if (!kafka_reader_watermarks(screen->reader, partition, KAFKA_TIMEOUT_MS, &low, &high, &err)) {
        lose_kafka(screen, &err);
        return;
    }
    snprintf(end, 24, "%" PRId64, high);
    snprintf(lag, 24, "%" PRId64, high - next);
    screen->lag += high - next;
    note_replayable(screen, partition, low, start);
}

/* No position leads to a partition that could be asked. A topic that nobody has made yet is no
 * fault of the brokers. */
static void ask_brokers(struct screen *screen)
{
    struct emis_error err;
    int32_t count;

    screen->lag = -1;
    if (screen->reader != NULL &&
        !kafka_reader_partition_count(screen->reader, KAFKA_TIMEOUT_MS, &count, &err) &&
        err.code == E_KAFKA) {
        lose_kafka(screen, &err);
    }
}

/* Partitions behind the `known` ones that Kafka has and no worker reads: they were added. */
static void show_unread(struct screen *screen, int32_t known, struct cli_print *print)
{
    struct emis_error err;
    int32_t count = known;
    int64_t low, high;

    if (screen->reader != NULL &&
        !kafka_reader_partition_count(screen->reader, KAFKA_TIMEOUT_MS, &count, &err)) {
        lose_kafka(screen, &err);
    }
    for (int32_t partition = known; screen->reader != NULL && partition < count; partition++) {
        char number[24], end[24], lag[24];
        const char *const values[] = {NULL, number, NULL, NULL, end, lag, "not read", NULL};

        if (!kafka_reader_watermarks(screen->reader, partition, KAFKA_TIMEOUT_MS, &low, &high,
                                     &err)) {
            lose_kafka(screen, &err);
            return;
        }
        snprintf(number, sizeof number, "%" PRId32, partition);
        snprintf(end, sizeof end, "%" PRId64, high);
        snprintf(lag, sizeof lag, "%" PRId64, high - low);
        screen->lag += high - low;
        if (screen->cli->is_json) {
            cli_print_json_row(&screen->json, partition_columns, values);
        } else {
            cli_print_row(print, values);
        }
    }
}

static bool show_partitions(struct screen *screen, struct emis_error *err)
{
    const char *topic = emis_settings_text(screen->cli->settings, "topics", "submissions");
    struct store_params params;
    struct store_result *result;
    struct cli_print print;
    int32_t known = 0;
    bool ok;

    store_params_init(&params);
    store_params_text(&params, topic);
    ok = store_query_run_text(screen->conn, "status_partitions", &params, &result, err);
    store_params_release(&params);
    if (!ok) {
        return false;
    }
    begin_section(screen, "partitions", "Partitions");
    if (store_result_rows(result) == 0) {
        ask_brokers(screen);
    }
    if (screen->cli->is_json) {
        json_write_array_begin(&screen->json);
    } else if (store_result_rows(result) == 0) {
        printf("none: no worker has read topic %s yet (is emis-ingest running? is [topics] "
               "submissions right?)\n",
               topic);
        store_result_free(result);
        return true;
    } else {
        cli_print_init(&print, screen->cli, "", partition_columns);
    }
    for (size_t row = 0; row < store_result_rows(result); row++) {
        char end[24], lag[24];

        look_up_end(screen, result, row, end, lag);
        if (strtol(store_result_cell(result, row, 1), NULL, 10) >= known) {
            known = (int32_t) strtol(store_result_cell(result, row, 1), NULL, 10) + 1;
        }
        const char *const values[] = {
            store_result_cell(result, row, 0), store_result_cell(result, row, 1),
            store_result_cell(result, row, 2), store_result_cell(result, row, 3),
            end[0] == '\0' ? NULL : end,       lag[0] == '\0' ? NULL : lag,
            store_result_cell(result, row, 4), store_result_cell(result, row, 5)};
        if (screen->cli->is_json) {
            cli_print_json_row(&screen->json, partition_columns, values);
        } else {
            cli_print_row(&print, values);
        }
    }
    if (known > 0) {
        show_unread(screen, known, &print);
    }
    store_result_free(result);
    if (screen->cli->is_json) {
        json_write_array_end(&screen->json);
    } else {
        cli_print_end(&print);
    }
    return true;
}

static void print_totals(const struct screen *screen, const char *until)
{
    char lag[32];

    if (screen->reader == NULL) {
        printf("\nlag not known, replayable not known: Kafka did not answer; what ingest and its "
               "alarms show is from before\n");
        return;
    }
    snprintf(lag, sizeof lag, "%" PRId64, screen->lag);
    printf("\nlag %s; %s%s\n", screen->lag < 0 ? "not known (see above)" : lag,
           until[0] == '\0' ? "replayable: every record that was read is still in Kafka"
                            : "replayable until: a restored backup must be younger than ",
           until);
}

static void show_totals(struct screen *screen)
{
    char until[32] = "";

    if (screen->replayable_us != INT64_MIN) {
        emis_date_format_instant(screen->replayable_us, until);
    }
    if (!screen->cli->is_json) {
        print_totals(screen, until);
        return;
    }
    json_write_key(&screen->json, "kafka_answered");
    json_write_bool(&screen->json, screen->reader != NULL);
    json_write_key(&screen->json, "lag");
    if (screen->lag < 0) {
        json_write_null(&screen->json);
    } else {
        json_write_i64(&screen->json, screen->lag);
    }
    json_write_key(&screen->json, "replayable_until");
    json_write_string(&screen->json, until[0] == '\0' ? NULL : until);
}

static bool show_all(struct screen *screen, struct emis_error *err)
{
    bool ok = store_tx_begin_snapshot(screen->conn, err);

    if (screen->cli->is_json) {
        json_write_object_begin(&screen->json);
        json_write_key(&screen->json, "schema");
        json_write_string(&screen->json, "emis.status/1");
        json_write_key(&screen->json, "outcomes_hours");
        if (cli_context_has(screen->cli, "all")) {
            json_write_null(&screen->json);
        } else {
            json_write_i64(&screen->json, 24);
        }
    }
    ok = ok && show_partitions(screen, err);
    for (size_t i = 0; ok && i < SECTION_COUNT; i++) {
        ok = show_section(screen, &sections[i], err);
    }
    store_tx_rollback(screen->conn);
    if (ok) {
        show_totals(screen);
    }
    if (ok && screen->cli->is_json) {
        json_write_object_end(&screen->json);
        fwrite(screen->text.data, 1, screen->text.size, stdout);
    }
    return ok;
}

bool cli_status_run(struct cli_context *cli, struct emis_error *err)
{
    struct screen screen = {.cli = cli, .replayable_us = INT64_MIN};
    bool ok = cli_context_connect(cli, &screen.conn, err);

    if (ok &&
        !kafka_reader_new(cli->settings, emis_settings_text(cli->settings, "topics", "submissions"),
                          &screen.reader, &screen.kafka_err)) {
        screen.lag = -1;
    }
    emis_buffer_init(&screen.text);
    json_write_init(&screen.json, &screen.text, true);
    ok = ok && show_all(&screen, err);
    if (ok && screen.reader == NULL) {
        *err = screen.kafka_err;
        ok = false;
    }
    emis_buffer_release(&screen.text);
    kafka_reader_free(screen.reader);
    store_connection_free(screen.conn);
    return ok;
}
