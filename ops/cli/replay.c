/* SPDX-License-Identifier: Apache-2.0 */
/* rejects replay: the stored bytes again, signed, with the coordinates and the time of the record
 * that they replay. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/date.h"
#include "lib/base/memory.h"
#include "lib/store/connection.h"
#include "lib/store/query.h"
#include "ops/cli/commands.h"
#include "ops/cli/print.h"
#include "ops/cli/rejects.h"
#include "ops/cli/sender.h"

#define PIECE_RECORDS 500 /* whose bytes are in memory at once */

/* One run. */
struct replay {
    struct cli_context *cli;
    struct store_connection *conn;
    struct cli_sender *sender;
    /* Of each partition, when the run began. A replay that is rejected again is a record like any
     * other, and without a bound the run would meet it further on, again and again. Times cannot
     * tell them apart: a replay bears that of its record, and clocks differ. */
    struct store_result *ends;
    struct store_result *piece;
    int64_t *offsets; /* of the replays of the piece's rows; -1: not acknowledged, or not
                         known: sent again by the next replay, and a duplicate then */
    int64_t chosen;   /* records to replay, when the run began */
    int64_t in_log;   /* replays that are in the log */
    int64_t noted;    /* of these: noted as replayed */
    int64_t doubtful; /* handed over without an answer: they may be in the log */
    /* where the next piece starts: behind this record */
    int16_t log_no;
    int16_t partition;
    int64_t offset;
    bool is_end;
};

static void on_acknowledged(void *context, int64_t tag, int32_t partition, int64_t offset)
{
    struct replay *replay = context;

    (void) partition;
    replay->offsets[tag] = offset;
}

/* Bind the records named by --id; none: null arrays of length 0. */
static bool bind_ids(const struct cli_context *cli, struct store_params *params,
                     struct emis_error *err)
{
    int16_t logs[CLI_VALUES_MAX], partitions[CLI_VALUES_MAX];
    int64_t offsets[CLI_VALUES_MAX];
    size_t count = 0;

    for (const char *id; (id = cli_context_option_at(cli, "id", count)) != NULL; count++) {
        int32_t partition;

        if (!cli_rejects_parse_id(id, &logs[count], &partition, &offsets[count], err)) {
            return false;
        }
        partitions[count] = (int16_t) partition;
    }
    store_params_i16_array(params, logs, count, NULL);
    store_params_i16_array(params, partitions, count, NULL);
    store_params_i64_array(params, offsets, count, NULL);
    return true;
}

static bool read_ends(struct replay *replay, struct emis_error *err)
{
    return store_query_run(replay->conn, "list_replay_ends", NULL, &replay->ends, err);
}

static void bind_ends(const struct replay *replay, struct store_params *params)
{
    size_t rows = store_result_rows(replay->ends);
    int16_t *logs = emis_calloc(rows + 1, sizeof *logs),
            *partitions = emis_calloc(rows + 1, sizeof *partitions);
    int64_t *offsets = emis_calloc(rows + 1, sizeof *offsets);

    for (size_t i = 0; i < rows; i++) {
        logs[i] = store_result_i16(replay->ends, i, 0);
        partitions[i] = store_result_i16(replay->ends, i, 1);
        offsets[i] = store_result_i64(replay->ends, i, 2);
    }
    store_params_i16_array(params, logs, rows, NULL);
    store_params_i16_array(params, partitions, rows, NULL);
    store_params_i64_array(params, offsets, rows, NULL);
    free(logs);
    free(partitions);
    free(offsets);
}

/* Which records: $1..$3 ids, $4 code (0: any), $5 since. */
static bool bind_choice(const struct cli_context *cli, struct store_params *params,
                        struct emis_error *err)
{
    const char *code_name = cli_context_option(cli, "code"),
               *since = cli_context_option(cli, "since");
    enum emis_error_code code = code_name == NULL ? EMIS_OK : emis_error_by_name(code_name);
    int64_t since_us = 0;

    if (code_name == NULL && !cli_context_has(cli, "id")) {
        return emis_error_set(err, E_USAGE,
                              "name what to replay: --code X or --id LOG/PARTITION/OFFSET");
    }
    if (code_name != NULL && code == EMIS_OK) {
        return emis_error_set(err, E_USAGE, "there is no code %s", code_name);
    }
    if (since != NULL && !emis_date_parse_instant(since, strlen(since), &since_us, err)) {
        return emis_error_set(err, E_USAGE,
                              "--since takes an instant such as 2025-09-30T07:40:00Z");
    }
    if (!bind_ids(cli, params, err)) {
        return false;
    }
    store_params_i16(params, (int16_t) code);
    if (since == NULL) {
        store_params_null(params, STORE_TIMESTAMPTZ);
    } else {
        store_params_timestamptz(params, since_us);
    }
    return true;
}

/* Those of the choice that were there when the run began: $6..$8 ends, $9 the code of a replay that
 * was refused for its signature; then where to go on and how many. */
static bool bind_bounded(const struct replay *replay, struct store_params *params,
                         struct emis_error *err)
{
    bool ok = bind_choice(replay->cli, params, err);

    bind_ends(replay, params);
    store_params_i16(params, E_REC_SIG);
    return ok;
}

/* A wrong choice is told before anything is connected to. */
static bool check_choice(const struct cli_context *cli, struct emis_error *err)
{
    struct store_params params;
    bool ok;

    store_params_init(&params);
    ok = bind_choice(cli, &params, err);
    store_params_release(&params);
    return ok;
}

static bool count_choice(struct replay *replay, struct emis_error *err)
{
    static const struct cli_print_column columns[] = {{"records", 'n'},
                                                      {"bytes", 'n'},
                                                      {"oldest_received_at", 't'},
                                                      {"newest_received_at", 't'},
                                                      {NULL, 0}};
    struct store_params params;
    bool ok;

    store_params_init(&params);
    ok = cli_context_connect(replay->cli, &replay->conn, err) && read_ends(replay, err) &&
         bind_bounded(replay, &params, err) &&
         cli_print_statement(replay->cli, "emis.replay_plan/1", columns, "count_replay", &params,
                             err);
    store_params_release(&params);
    return ok;
}

/* How many there are, so that the end can tell how many are left. */
static bool read_chosen(struct replay *replay, struct emis_error *err)
{
    struct store_params params;
    struct store_result *result = NULL;
    bool ok;

    store_params_init(&params);
    ok = read_ends(replay, err) && bind_bounded(replay, &params, err) &&
         store_query_run(replay->conn, "count_replay", &params, &result, err);
    store_params_release(&params);
    if (!ok) {
        return false;
    }
    replay->chosen = store_result_i64(result, 0, 0);
    store_result_free(result);
    return replay->chosen > 0 ||
           emis_error_set(err, E_NOT_FOUND,
                          "no such record waits for a replay: none was rejected so, or all were "
                          "replayed (`emis rejects list`)");
}

static bool read_piece(struct replay *replay, struct emis_error *err)
{
    struct store_params params;
    size_t rows;
    bool ok;

    store_params_init(&params);
    ok = bind_bounded(replay, &params, err);
    store_params_i16(&params, replay->log_no);
    store_params_i16(&params, replay->partition);
    store_params_i64(&params, replay->offset);
    store_params_i32(&params, PIECE_RECORDS);
    ok = ok && store_query_run(replay->conn, "read_replay", &params, &replay->piece, err);
    store_params_release(&params);
    if (!ok) {
        return false;
    }
    rows = store_result_rows(replay->piece);
    replay->is_end = rows < PIECE_RECORDS;
    if (rows > 0) {
        replay->log_no = store_result_i16(replay->piece, rows - 1, 0);
        replay->partition = store_result_i16(replay->piece, rows - 1, 1);
        replay->offset = store_result_i64(replay->piece, rows - 1, 2);
    }
    return true;
}

/* To the same partition, so that the order within it stays known. */
static bool send_row(struct replay *replay, size_t row, struct emis_error *err)
{
    struct store_bytes key = store_result_bytes(replay->piece, row, 4),
                       value = store_result_bytes(replay->piece, row, 5);
    char replay_of[64], received_at[32];

    snprintf(replay_of, sizeof replay_of, "%d/%d/%" PRId64, store_result_i16(replay->piece, row, 0),
             store_result_i16(replay->piece, row, 1), store_result_i64(replay->piece, row, 2));
    emis_date_format_instant(store_result_timestamptz(replay->piece, row, 3), received_at);
    return cli_sender_send(
        replay->sender,
        &(struct cli_sender_record){.key = key.data,
                                    .key_size = key.size,
                                    .value = value.data,
                                    .value_size = value.size,
                                    .replay_of = replay_of,
                                    .received_at = received_at,
                                    .has_partition = true,
                                    .partition = store_result_i16(replay->piece, row, 1),
                                    .tag = (int64_t) row},
        err);
}

/* Bind the piece's records whose replay is in the log. Returns how many. */
static size_t bind_replayed(const struct replay *replay, struct store_params *params)
{
    size_t rows = store_result_rows(replay->piece), count = 0;
    int16_t *logs = emis_calloc(rows + 1, sizeof *logs),
            *partitions = emis_calloc(rows + 1, sizeof *partitions);
    int64_t *offsets = emis_calloc(rows + 1, sizeof *offsets),
            *replays = emis_calloc(rows + 1, sizeof *replays);

    for (size_t i = 0; i < rows; i++) {
        if (replay->offsets[i] >= 0) {
            logs[count] = store_result_i16(replay->piece, i, 0);
            partitions[count] = store_result_i16(replay->piece, i, 1);
            offsets[count] = store_result_i64(replay->piece, i, 2);
            replays[count++] = replay->offsets[i];
        }
    }
    store_params_i16_array(params, logs, count, NULL);
    store_params_i16_array(params, partitions, count, NULL);
    store_params_i64_array(params, offsets, count, NULL);
    store_params_i64_array(params, replays, count, NULL);
    free(logs);
    free(partitions);
    free(offsets);
    free(replays);
    return count;
}

/* What is in the log cannot be taken back, so a connection that broke while it was sent is opened
 * once more. */
static bool note_replayed(struct replay *replay, struct emis_error *err)
{
    struct store_params params;
    size_t count;
    bool ok;

    store_params_init(&params);
    count = bind_replayed(replay, &params);
    replay->in_log += (int64_t) count;
    ok = count == 0 || store_query_run(replay->conn, "note_replayed", &params, NULL, err);
    if (!ok && store_connection_is_broken(replay->conn)) {
        store_connection_free(replay->conn);
        replay->conn = NULL;
        ok = cli_context_connect(replay->cli, &replay->conn, err) &&
             store_query_run(replay->conn, "note_replayed", &params, NULL, err);
    }
    store_params_release(&params);
    replay->noted += ok ? (int64_t) count : 0;
    return ok;
}

/* Even after a failure, wait for the answers to what was handed over, and note what reached the
 * log. */
static bool replay_piece(struct replay *replay, struct emis_error *err)
{
    size_t rows = store_result_rows(replay->piece);
    int64_t sent = cli_sender_sent(replay->sender), in_log = replay->in_log;
    struct emis_error finish_err, note_err;
    bool ok = true, is_finished, is_noted;

    replay->offsets = emis_malloc((rows + 1) * sizeof *replay->offsets);
    for (size_t i = 0; i < rows; i++) {
        replay->offsets[i] = -1;
    }
    for (size_t i = 0; ok && i < rows; i++) {
        ok = send_row(replay, i, err);
    }
    is_finished = cli_sender_finish(replay->sender, ok ? err : &finish_err);
    is_noted = note_replayed(replay, ok && is_finished ? err : &note_err);
    replay->doubtful += cli_sender_sent(replay->sender) - sent - (replay->in_log - in_log);
    free(replay->offsets);
    replay->offsets = NULL;
    return ok && is_finished && is_noted;
}

static bool replay_pieces(struct replay *replay, struct emis_error *err)
{
    bool ok = true;

    while (ok && !replay->is_end) {
        ok = read_piece(replay, err) && replay_piece(replay, err);
        store_result_free(replay->piece);
        replay->piece = NULL;
    }
    return ok;
}

static bool replay_all(struct replay *replay, struct emis_error *err)
{
    bool ok = read_chosen(replay, err);

    if (!ok) {
        return false;
    }
    ok = replay_pieces(replay, err);
    cli_context_say(replay->cli,
                    "%" PRId64 " of %" PRId64
                    " records replayed; `emis rejects list` shows those that were refused again",
                    replay->in_log, replay->chosen);
    if (replay->in_log > replay->noted) {
        fprintf(stderr,
                "%" PRId64 " of those could not be noted as replayed: the next run sends them "
                "again, which counts nothing twice\n",
                replay->in_log - replay->noted);
    }
    if (!ok) {
        fprintf(stderr,
                "%" PRId64 " were not replayed (%" PRId64 " of them were sent without an "
                "acknowledgement); run the command again for the rest, nothing counts twice\n",
                replay->chosen - replay->in_log, replay->doubtful);
    }
    return ok;
}

bool cli_replay_run(struct cli_context *cli, struct emis_error *err)
{
    struct cli_sender_options options = {.key_file = cli_context_option(cli, "key-file"),
                                         .key_id = cli_context_option(cli, "key-id"),
                                         .is_replay = true};
    struct replay replay = {.cli = cli, .log_no = -1, .partition = -1, .offset = -1};
    bool ok;

    if (!check_choice(cli, err)) {
        return false;
    }
    if (cli_context_has(cli, "dry-run")) {
        ok = count_choice(&replay, err);
    } else if (options.key_file == NULL) {
        ok = emis_error_set(
            err, E_USAGE, "a replay is signed by a key that may backdate: --key-file and --key-id");
    } else {
        ok = cli_context_connect(cli, &replay.conn, err) &&
             cli_sender_new(cli, &options, on_acknowledged, &replay, &replay.sender, err) &&
             replay_all(&replay, err);
    }
    cli_sender_free(replay.sender);
    store_result_free(replay.ends);
    store_connection_free(replay.conn);
    return ok;
}
