/* SPDX-License-Identifier: Apache-2.0 */
/* rejects list, rejects show, rejects replay; parked list. */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buffer.h"
#include "lib/base/memory.h"
#include "lib/base/settings.h"
#include "lib/base/text.h"
#include "lib/json/document.h"
#include "lib/store/connection.h"
#include "lib/store/query.h"
#include "ops/cli/codes.h"
#include "ops/cli/commands.h"
#include "ops/cli/print.h"
#include "ops/cli/rejects.h"

/* The number of --code, 0 when it was not given. */
static bool code_of(const struct cli_context *cli, int16_t *ret_code, struct emis_error *err)
{
    const char *name = cli_context_option(cli, "code");
    enum emis_error_code code = name == NULL ? EMIS_OK : emis_error_by_name(name);

    if (name != NULL && code == EMIS_OK) {
        return emis_error_set(err, E_USAGE, "there is no code %s", name);
    }
    *ret_code = (int16_t) code;
    return true;
}

static bool list_codes(const struct cli_context *cli, struct emis_error *err)
{
    static const struct cli_print_column columns[] = {{"code", 't'},     {"records", 'n'},
                                                      {"replayed", 'n'}, {"last_received_at", 't'},
                                                      {"hint", 't'},     {NULL, 0}};
    struct store_params params;
    bool ok;

    store_params_init(&params);
    cli_codes_bind(&params);
    ok = cli_print_statement(cli, "emis.rejects/1", columns, "status_rejected", &params, err);
    store_params_release(&params);
    return ok;
}

bool cli_rejects_list(struct cli_context *cli, struct emis_error *err)
{
    static const struct cli_print_column columns[] = {{"id", 't'},
                                                      {"code", 't'},
                                                      {"key", 't'},
                                                      {"pointer", 't'},
                                                      {"message", 't'},
                                                      {"received_at", 't'},
                                                      {"replayed_at_offset", 'n'},
                                                      {NULL, 0}};
    struct store_params params;
    long long limit = 0;
    int16_t code = 0;
    bool ok;

    if (!code_of(cli, &code, err) ||
        !cli_context_number(cli, "limit", 1, 1000000, 100, &limit, err)) {
        return false;
    }
    if (code == 0 && !cli_context_has(cli, "all")) {
        return cli_context_has(cli, "limit")
                   ? emis_error_set(err, E_USAGE,
                                    "--limit bounds the records of --code CODE or --all; without "
                                    "them the counts of all codes are printed")
                   : list_codes(cli, err);
    }
    store_params_init(&params);
    cli_codes_bind(&params);
    store_params_i16(&params, code);
    store_params_i64(&params, limit);
    ok = cli_print_statement(cli, "emis.reject_list/1", columns, "list_rejects", &params, err);
    store_params_release(&params);
    return ok;
}

bool cli_rejects_parse_id(const char *text, int16_t *ret_log_no, int32_t *ret_partition,
                          int64_t *ret_offset, struct emis_error *err)
{
    const char *first = strchr(text, '/'), *second = first == NULL ? NULL : strchr(first + 1, '/');
    int64_t log_no, partition;

    if (second == NULL || !emis_text_parse_i64(text, (size_t) (first - text), &log_no) ||
        !emis_text_parse_i64(first + 1, (size_t) (second - first) - 1, &partition) ||
        !emis_text_parse_i64(second + 1, strlen(second + 1), ret_offset) || log_no < 0 ||
        log_no > 1023 || partition < 0 || partition > 8191 || *ret_offset < 0) {
        return emis_error_set(
            err, E_USAGE, "%s is no record: write log/partition/offset, such as 0/7/1182", text);
    }
    *ret_log_no = (int16_t) log_no;
    *ret_partition = (int32_t) partition;
    return true;
}

/* Columns of show_reject, in order. */
enum {
    SHOW_OUTCOME,
    SHOW_CODE,
    SHOW_CAUSE,
    SHOW_POINTER,
    SHOW_MESSAGE,
    SHOW_FAULTS,
    SHOW_VERSION,
    SHOW_RECEIVED,
    SHOW_RECORDED,
    SHOW_SETTLED,
    SHOW_SETTLED_CODE,
    SHOW_REPLAYED,
    SHOW_KEY,
    SHOW_RAW
};

static const char *const outcome_names[] = {"rejected", "parked"};

static void write_text_member(struct json_write *json, const char *key, const char *text)
{
    json_write_key(json, key);
    json_write_string(json, text);
}

static void write_bytes_member(struct json_write *json, const char *key, struct store_bytes bytes)
{
    struct emis_buffer text;

    json_write_key(json, key);
    if (bytes.data == NULL) {
        json_write_null(json);
        return;
    }
    emis_buffer_init(&text);
    cli_print_escaped(&text, bytes.data, bytes.size);
    json_write_string_n(json, text.data == NULL ? "" : text.data, text.size);
    emis_buffer_release(&text);
}

static void show_json(const char *id, const struct store_result *row)
{
    const char *faults = store_result_text(row, 0, SHOW_FAULTS),
               *replayed = store_result_text(row, 0, SHOW_REPLAYED);
    enum emis_error_code code = (enum emis_error_code) store_result_i16(row, 0, SHOW_CODE);
    struct emis_buffer text;
    struct json_write json;

    emis_buffer_init(&text);
    json_write_init(&json, &text, true);
    json_write_object_begin(&json);
    write_text_member(&json, "schema", "emis.reject/1");
    write_text_member(&json, "id", id);
    write_text_member(&json, "outcome",
                      outcome_names[store_result_char(row, 0, SHOW_OUTCOME) == 'p']);
    write_text_member(&json, "code", emis_error_name(code));
    write_text_member(&json, "meaning", emis_error_meaning(code));
    write_text_member(&json, "hint", emis_error_hint(code));
    write_text_member(&json, "cause", store_result_text(row, 0, SHOW_CAUSE));
    write_text_member(&json, "pointer", store_result_text(row, 0, SHOW_POINTER));
    write_text_member(&json, "message", store_result_text(row, 0, SHOW_MESSAGE));
    json_write_key(&json, "faults");
    if (faults == NULL) {
        json_write_null(&json);
    } else {
        json_write_raw(&json, faults, strlen(faults));
    }
    json_write_key(&json, "registry_version");
    json_write_i64(&json, store_result_i64(row, 0, SHOW_VERSION));
    write_text_member(&json, "received_at", store_result_text(row, 0, SHOW_RECEIVED));
    write_text_member(&json, "recorded_at", store_result_text(row, 0, SHOW_RECORDED));
    write_text_member(&json, "settled", store_result_text(row, 0, SHOW_SETTLED));
    json_write_key(&json, "replayed_at_offset");
    json_write_raw(&json, replayed == NULL ? "null" : replayed,
                   replayed == NULL ? 4 : strlen(replayed));
    write_bytes_member(&json, "key", store_result_bytes(row, 0, SHOW_KEY));
    write_bytes_member(&json, "raw", store_result_bytes(row, 0, SHOW_RAW));
    json_write_object_end(&json);
    fwrite(text.data, 1, text.size, stdout);
    emis_buffer_release(&text);
}

static void show_line(const char *name, const char *text)
{
    if (text != NULL) {
        printf("%-12s %s\n", name, text);
    }
}

static void show_bytes(const char *name, struct store_bytes bytes)
{
    struct emis_buffer text;

    emis_buffer_init(&text);
    if (bytes.data == NULL) {
        emis_buffer_text(&text, "none");
    } else {
        cli_print_escaped(&text, bytes.data, bytes.size);
    }
    printf("%-12s %s\n", name, text.data == NULL ? "" : text.data);
    emis_buffer_release(&text);
}

static const char *member_text(const struct json_value *object, const char *key)
{
    const char *text;
    size_t size;

    return json_value_string(json_value_get(object, key), &text, &size) ? text : "";
}

/* One line a fault; the stored array is of our own making. */
static void show_faults(const char *faults)
{
    char *wrapped = emis_format_new("{\"faults\":%s}", faults == NULL ? "[]" : faults);
    struct json_document *document;
    const struct json_value *array;
    struct emis_error err;

    if (json_document_new(wrapped, strlen(wrapped), &json_limits_file, &document, &err)) {
        array = json_value_get(json_document_root(document), "faults");
        for (size_t i = 0; i < json_value_size(array); i++) {
            const struct json_value *fault = json_value_at(array, i);

            printf("%-12s %-18s %s: %s\n", i == 0 ? "all faults" : "", member_text(fault, "code"),
                   member_text(fault, "pointer"), member_text(fault, "message"));
        }
        json_document_free(document);
    }
    free(wrapped);
}

static void show_text(const char *id, const struct store_result *row)
{
    enum emis_error_code code = (enum emis_error_code) store_result_i16(row, 0, SHOW_CODE);

    show_line("record", id);
    show_line("outcome", outcome_names[store_result_char(row, 0, SHOW_OUTCOME) == 'p']);
    printf("%-12s %s (%s)\n", "code", emis_error_name(code), emis_error_meaning(code));
    show_line("pointer", store_result_text(row, 0, SHOW_POINTER));
    show_line("message", store_result_text(row, 0, SHOW_MESSAGE));
    show_line("cause", store_result_text(row, 0, SHOW_CAUSE));
    show_line("what to do", emis_error_hint(code));
    show_faults(store_result_text(row, 0, SHOW_FAULTS));
    printf("%-12s %" PRId64 "\n", "registry", store_result_i64(row, 0, SHOW_VERSION));
    show_line("received", store_result_text(row, 0, SHOW_RECEIVED));
    show_line("recorded", store_result_text(row, 0, SHOW_RECORDED));
    show_line("settled", store_result_text(row, 0, SHOW_SETTLED));
    show_line("replayed at", store_result_text(row, 0, SHOW_REPLAYED));
    show_bytes("key", store_result_bytes(row, 0, SHOW_KEY));
    show_bytes("value", store_result_bytes(row, 0, SHOW_RAW));
}

static void show_row(const struct cli_context *cli, const struct store_result *row)
{
    struct store_bytes raw = store_result_bytes(row, 0, SHOW_RAW);

    if (cli_context_has(cli, "raw")) {
        fwrite(raw.data == NULL ? "" : raw.data, 1, raw.data == NULL ? 0 : raw.size, stdout);
    } else if (cli->is_json) {
        show_json(cli->operands[0], row);
    } else {
        show_text(cli->operands[0], row);
    }
}

/* A record that is not held is in the ledger or does not exist. */
static bool explain_record(struct cli_context *cli, struct store_connection *conn,
                           const struct store_params *params, struct emis_error *err)
{
    struct store_result *result;

    if (!store_query_run(conn, "explain_record", params, &result, err)) {
        return false;
    }
    if (store_result_rows(result) == 0) {
        (void) emis_error_set(err, E_NOT_FOUND,
                              "there is no record %s; `emis rejects list --all` and `emis parked "
                              "list` print those that can be shown",
                              cli->operands[0]);
    } else {
        (void) emis_error_set(err, E_NOT_FOUND, "record %s is neither rejected nor parked: it %s",
                              cli->operands[0], store_result_text(result, 0, 0));
    }
    store_result_free(result);
    return false;
}

bool cli_rejects_show(struct cli_context *cli, struct emis_error *err)
{
    struct store_connection *conn;
    struct store_params params;
    struct store_result *result;
    int16_t log_no;
    int32_t partition;
    int64_t offset;
    bool ok;

    if (!cli_rejects_parse_id(cli->operands[0], &log_no, &partition, &offset, err) ||
        !cli_context_connect(cli, &conn, err)) {
        return false;
    }
    store_params_init(&params);
    store_params_i16(&params, log_no);
    store_params_i16(&params, (int16_t) partition);
    store_params_i64(&params, offset);
    ok = store_query_run(conn, "show_reject", &params, &result, err);
    if (ok) {
        ok = store_result_rows(result) == 1 || explain_record(cli, conn, &params, err);
        if (ok) {
            show_row(cli, result);
        }
        store_result_free(result);
    }
    store_params_release(&params);
    store_connection_free(conn);
    return ok;
}

bool cli_rejects_parked(struct cli_context *cli, struct emis_error *err)
{
    static const struct cli_print_column columns[] = {
        {"cause", 't'},    {"submissions", 'n'}, {"code", 't'}, {"oldest_received_at", 't'},
        {"first_id", 't'}, {"hint", 't'},        {NULL, 0}};
    struct store_params params;
    bool ok;

    store_params_init(&params);
    cli_codes_bind(&params);
    ok = cli_print_statement(cli, "emis.parked/1", columns, "list_parked", &params, err);
    store_params_release(&params);
    return ok;
}
