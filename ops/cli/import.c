/* SPDX-License-Identifier: Apache-2.0 */
/* import: another body's CSV file as submissions. All is read, judged as ingest will judge it, and
 * only then sent. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/date.h"
#include "lib/base/settings.h"
#include "lib/catalogue/load.h"
#include "lib/json/document.h"
#include "lib/registry/snapshot.h"
#include "lib/store/connection.h"
#include "lib/submission/judge.h"
#include "lib/submission/keyring.h"
#include "lib/submission/settings.h"
#include "ops/cli/commands.h"
#include "ops/cli/csv.h"
#include "ops/cli/import_columns.h"
#include "ops/cli/import_document.h"
#include "ops/cli/import_map.h"
#include "ops/cli/import_report.h"
#include "ops/cli/import_rows.h"
#include "ops/cli/import_units.h"
#include "ops/cli/mistakes.h"
#include "ops/cli/sender.h"

#define SHOWN_MAX        20
#define RECORD_BYTES_MAX ((size_t) 1 << 20)
#define POLL_EVERY       512

/* One run. */
struct import {
    struct cli_context *cli;
    const char *map_path, *path;
    struct emis_arena *arena, *judge_arena;
    struct store_connection *conn;
    struct catalogue *catalogue;
    struct registry *registry;
    struct submission_keyring *keyring;
    const struct submission_signing_key *key; /* NULL: not signed */
    struct submission_context context;
    int64_t received_at_us;
    char submitted_at[32];
    struct cli_mistakes map_mistakes, file_mistakes;
    struct cli_import_mistakes told; /* those of the file, from the pure modules */
    struct cli_import_map map;
    struct cli_csv csv;
    struct cli_import_units *units;
    struct cli_import_rows rows;
    struct cli_import_document document;
    size_t doubled_line; /* the last that repeats rows of another, 0: none */
    struct cli_import_report *report;
};

/* The key is looked at before anything is sent: what it may not sign would be rejected. */
static bool load_key(struct import *import, struct emis_error *err)
{
    const char *path = cli_context_option(import->cli, "key-file"),
               *id = cli_context_option(import->cli, "key-id");

    if (path == NULL || id == NULL) {
        return (path == NULL && id == NULL) ||
               emis_error_set(err, E_USAGE, "--key-file and --key-id go together");
    }
    if (!submission_keyring_load(path, &import->keyring, err)) {
        return false;
    }
    import->key = submission_keyring_find(import->keyring, id, strlen(id));
    return import->key != NULL ||
           emis_error_set(err, E_NOT_FOUND,
                          "%s holds no key %s; the values of its \"id\" are what --key-id takes",
                          path, id);
}

static bool set_instant(struct import *import, struct emis_error *err)
{
    const char *received_at = cli_context_option(import->cli, "received-at");

    import->received_at_us = emis_clock_now_us();
    if (received_at != NULL &&
        !emis_date_parse_instant(received_at, strlen(received_at), &import->received_at_us, err)) {
        return emis_error_set(err, E_USAGE,
                              "--received-at takes an instant such as 2022-04-15T08:00:00Z");
    }
    if (received_at != NULL && (import->key == NULL || !import->key->may_backdate)) {
        return emis_error_set(
            err, E_USAGE, "--received-at needs a key that may backdate: --key-file and --key-id");
    }
    emis_date_format_instant(import->received_at_us, import->submitted_at);
    return true;
}

static bool load_world(struct import *import, struct emis_error *err)
{
    int64_t version;
    bool is_signing_required;

    if (!cli_context_connect(import->cli, &import->conn, err) ||
        !catalogue_load(import->conn, &import->catalogue, &version, err) ||
        !registry_load(import->conn, import->catalogue, &import->registry, err)) {
        return false;
    }
    import->context = (struct submission_context){.catalogue = import->catalogue,
                                                  .registry = import->registry,
                                                  .record_bytes_max = RECORD_BYTES_MAX};
    if (!submission_settings_signing(import->cli->settings, &is_signing_required, err)) {
        return false;
    }
    /* With a key, the records are signed when they are sent. */
    import->context.is_signing_required = is_signing_required && import->key == NULL;
    return submission_settings_utc_offset(import->cli->settings,
                                          &import->context.utc_offset_minutes, err);
}

static bool load_map(struct import *import, struct emis_error *err)
{
    struct json_document *document;
    bool ok;

    if (!json_document_read_new(import->map_path, &json_limits_file, &document, err)) {
        return false;
    }
    ok = cli_import_map_read(json_document_root(document), import->catalogue, import->arena,
                             cli_mistakes_add, &import->map_mistakes, &import->map);
    json_document_free(document);
    return ok || cli_mistakes_fail(&import->map_mistakes, err);
}

/* One fault of the verdict, at the cell it came from. A line that repeats another one does so in
 * each of its rows, and is told once. */
static void tell_fault(struct import *import, const struct submission_fault *fault)
{
    const char *column;
    size_t line;

    cli_import_document_place(&import->document, fault->pointer, &line, &column);
    if (fault->code == E_ROW_DUP) {
        if (line == import->doubled_line) {
            return;
        }
        import->doubled_line = line;
    }
    cli_import_value_mistake(&import->told, fault->code, line,
                             column[0] == '\0' ? fault->pointer : column, "%s; %s", fault->message,
                             emis_error_hint(fault->code));
}

/* Other causes park too, such as staff that is not registered yet. */
static bool is_unit_awaited(const struct submission *verdict)
{
    return verdict->verdict == SUBMISSION_PARKED && strncmp(verdict->cause, "unit:", 5) == 0;
}

static void judge(struct import *import, const struct cli_import_submission *submission)
{
    const struct submission_record record = {.timestamp_us = import->received_at_us,
                                             .key = submission->unit,
                                             .key_size = strlen(submission->unit),
                                             .has_key = true,
                                             .value = import->document.text.data,
                                             .value_size = import->document.text.size,
                                             .has_value = true};
    const struct submission_fault scope = {E_SCOPE, "/unit", "the key may not sign for this unit"};
    struct submission verdict;

    emis_arena_clear(import->judge_arena);
    submission_judge(&import->context, &record, import->judge_arena, &verdict);
    for (size_t i = 0; verdict.verdict == SUBMISSION_REJECTED && i < verdict.fault_count; i++) {
        tell_fault(import, &verdict.faults[i]);
    }
    if (import->key != NULL &&
        !submission_keyring_has_unit(import->key, submission->unit, record.key_size)) {
        tell_fault(import, &scope);
    }
    cli_import_report_add(import->report, submission, !is_unit_awaited(&verdict),
                          verdict.warning_count);
}

/* Also behind a line that cannot be placed: every mistake of the file is told at once. */
static bool check_all(struct import *import)
{
    bool ok = cli_import_rows_gather(&import->map, &import->csv, cli_import_units_find,
                                     import->units, import->arena, &import->told, &import->rows);

    cli_import_document_init(&import->document, &import->map, &import->csv, import->submitted_at);
    for (size_t i = 0; i < import->rows.count; i++) {
        if (cli_import_document_write(&import->document, &import->rows.submissions[i], false,
                                      &import->told)) {
            judge(import, &import->rows.submissions[i]);
        }
    }
    return ok && import->told.count == 0;
}

/* false: it was told already that the file is wrong, or err says what else is. */
static bool read_file(struct import *import, struct emis_error *err)
{
    return cli_csv_read(&import->csv, import->path, cli_mistakes_add, &import->file_mistakes,
                        err) &&
           cli_import_columns_bind(&import->map, &import->csv, cli_mistakes_add,
                                   &import->file_mistakes) &&
           (import->map.unit_scheme == NULL ||
            cli_import_units_load(import->conn, import->map.unit_scheme, import->registry,
                                  &import->units, err)) &&
           check_all(import);
}

/* What was judged once cannot be wrong now: the same lines give the same bytes. */
static void write_again(struct import *import, size_t index, bool is_indented)
{
    bool ok = cli_import_document_write(&import->document, &import->rows.submissions[index],
                                        is_indented, &import->told);

    EMIS_ASSERT(ok);
}

static bool send_each(struct import *import, struct cli_sender *sender, struct emis_error *err)
{
    for (size_t i = 0; i < import->rows.count; i++) {
        const struct cli_import_submission *submission = &import->rows.submissions[i];
        struct cli_sender_record record = {
            .key = submission->unit, .key_size = strlen(submission->unit), .tag = (int64_t) i + 1};

        write_again(import, i, false);
        record.value = import->document.text.data;
        record.value_size = import->document.text.size;
        if (!cli_sender_send(sender, &record, err) ||
            (i % POLL_EVERY == 0 && !cli_sender_poll(sender, 0, err))) {
            return false;
        }
    }
    return cli_sender_finish(sender, err);
}

static bool send_all(struct import *import, struct emis_error *err)
{
    const struct cli_sender_options options = {
        .key_file = cli_context_option(import->cli, "key-file"),
        .key_id = cli_context_option(import->cli, "key-id"),
        .received_at = cli_context_option(import->cli, "received-at")};
    struct cli_sender *sender = NULL;
    bool ok;

    if (!cli_sender_new(import->cli, &options, NULL, NULL, &sender, err)) {
        return emis_error_wrap(err, "the file is good, and nothing was sent");
    }
    ok = send_each(import, sender, err);
    if (ok) {
        cli_import_report_print_sent(import->report, import->cli, cli_sender_acknowledged(sender));
    } else {
        (void) emis_error_wrap(err, "run the command again once this is over, what is in the log "
                                    "counts as duplicate then");
    }
    cli_sender_free(sender);
    return ok;
}

static bool import_file(struct import *import, struct emis_error *err)
{
    if (!load_key(import, err) || !set_instant(import, err) || !load_world(import, err) ||
        !load_map(import, err)) {
        return false;
    }
    import->report = cli_import_report_new();
    if (!read_file(import, err)) {
        if (import->file_mistakes.count > 0) {
            (void) cli_mistakes_fail(&import->file_mistakes, err);
            return emis_error_set_at(err, E_INPUT, import->path, "%zu mistake%s; nothing was sent",
                                     import->file_mistakes.count,
                                     import->file_mistakes.count == 1 ? "" : "s");
        }
        return false;
    }
    if (cli_context_has(import->cli, "dry-run")) {
        write_again(import, 0, true);
        cli_import_report_print_dry(import->report, import->cli, &import->document.text);
        return true;
    }
    return send_all(import, err);
}

static void release(struct import *import)
{
    if (import->document.map != NULL) {
        cli_import_document_release(&import->document);
    }
    cli_import_report_free(import->report);
    cli_import_units_free(import->units);
    cli_csv_release(&import->csv);
    registry_free(import->registry);
    catalogue_free(import->catalogue);
    store_connection_free(import->conn);
    submission_keyring_free(import->keyring);
    emis_arena_free(import->judge_arena);
    emis_arena_free(import->arena);
}

bool cli_import_run(struct cli_context *cli, struct emis_error *err)
{
    struct import import = {
        .cli = cli, .map_path = cli_context_option(cli, "map"), .path = cli->operands[0]};
    bool ok;

    if (import.map_path == NULL) {
        return emis_error_set(err, E_USAGE, "emis import needs --map MAP");
    }
    import.arena = emis_arena_new(1 << 20);
    import.judge_arena = emis_arena_new(1 << 16);
    import.map_mistakes = (struct cli_mistakes){.file = import.map_path, .shown_max = SHOWN_MAX};
    import.file_mistakes = (struct cli_mistakes){.file = import.path, .shown_max = SHOWN_MAX};
    import.told = (struct cli_import_mistakes){cli_mistakes_add, &import.file_mistakes, 0};
    ok = import_file(&import, err);
    release(&import);
    return ok;
}
