/* SPDX-License-Identifier: Apache-2.0 */
/* send: JSON lines, or files as they are, to the topic. */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/memory.h"
#include "lib/json/write.h"
#include "ops/cli/commands.h"
#include "ops/cli/line.h"
#include "ops/cli/mistakes.h"
#include "ops/cli/sender.h"

#define UNIT_BYTES_MAX 201
#define PROGRESS_MS    1000
#define POLL_EVERY     512

/* One run. */
struct send {
    struct cli_context *cli;
    struct cli_sender *sender;
    const char *raw_key;
    bool is_null_key;
    int64_t rate; /* records a second; 0: as fast as it goes */
    bool has_progress;
    int64_t start_ms, progress_ms;
    struct cli_mistakes mistakes; /* lines that were not sent */
};

static void show_progress(struct send *send, bool is_last)
{
    int64_t now_ms = emis_clock_monotonic_ms(), taken_ms = now_ms - send->start_ms;
    bool is_terminal = isatty(STDERR_FILENO);

    if (!send->has_progress ||
        (!is_last && now_ms - send->progress_ms < (is_terminal ? PROGRESS_MS / 4 : PROGRESS_MS))) {
        return;
    }
    send->progress_ms = now_ms;
    fprintf(stderr, "%ssent %" PRId64 ", acknowledged %" PRId64 ", %" PRId64 "/s%s",
            is_terminal ? "\r\033[K" : "", cli_sender_sent(send->sender),
            cli_sender_acknowledged(send->sender),
            cli_sender_acknowledged(send->sender) * 1000 / (taken_ms > 0 ? taken_ms : 1),
            is_terminal && !is_last ? "" : "\n");
}

/* Hold back to the rate: wait for the next one's time by delivering reports. */
static bool keep_pace(struct send *send, struct emis_error *err)
{
    int64_t sent = cli_sender_sent(send->sender);

    if (send->rate > 0) {
        int64_t due_ms = send->start_ms + sent * 1000 / send->rate, wait_ms;

        while ((wait_ms = due_ms - emis_clock_monotonic_ms()) > 0) {
            if (!cli_sender_poll(send->sender, (int) (wait_ms < 100 ? wait_ms : 100), err)) {
                return false;
            }
            show_progress(send, false);
        }
    } else if (sent % POLL_EVERY == 0) {
        show_progress(send, false);
        return cli_sender_poll(send->sender, 0, err);
    }
    return true;
}

static bool send_value(struct send *send, const char *key, const char *value, size_t size,
                       int64_t tag, struct emis_error *err)
{
    struct cli_sender_record record = {
        .key = send->is_null_key ? NULL : key, .value = value, .value_size = size, .tag = tag};

    record.key_size = record.key == NULL ? 0 : strlen(key);
    return cli_sender_send(send->sender, &record, err) && keep_pace(send, err);
}

/* Nothing but the bracket that a document over several lines begins with. */
static bool is_bracket(const char *text, size_t size)
{
    while (size > 0 && strchr(" \t\r", text[size - 1]) != NULL) {
        size--;
    }
    while (size > 0 && strchr(" \t", *text) != NULL) {
        text++;
        size--;
    }
    return size == 1 && (*text == '{' || *text == '[');
}

/* A line without its end. One that has no unit is told and not sent; the others go on. */
static bool send_line(struct send *send, const char *text, size_t size, size_t line,
                      struct emis_error *err)
{
    char unit[UNIT_BYTES_MAX];
    struct emis_error line_err;

    if (send->raw_key != NULL || send->is_null_key) {
        return send_value(send, send->raw_key, text, size, (int64_t) line, err);
    }
    if (size == 0) {
        return true;
    }
    if (is_bracket(text, size) && send->mistakes.count == 0 && cli_sender_sent(send->sender) == 0) {
        return emis_error_set_at(err, E_INPUT, send->mistakes.file,
                                 "nothing was sent: the document of line %zu goes over several "
                                 "lines, emis send takes one document a line (`jq -c . FILE` "
                                 "writes it so)",
                                 line);
    }
    if (!cli_line_unit(text, size, unit, sizeof unit, &line_err)) {
        cli_mistakes_add(&send->mistakes, line, emis_error_name(line_err.code), line_err.message);
        return true;
    }
    return send_value(send, unit, text, size, (int64_t) line, err);
}

static bool send_lines(struct send *send, FILE *file, const char *path, struct emis_error *err)
{
    char *text = NULL;
    size_t capacity = 0, line = 0;
    ssize_t size;
    bool ok = true;

    while (ok && (size = getline(&text, &capacity, file)) >= 0) {
        line++;
        if (size > 0 && text[size - 1] == '\n') {
            size--;
        }
        ok = send_line(send, text, (size_t) size, line, err);
    }
    if (ok && ferror(file)) {
        ok = emis_error_set_at(err, E_IO, path, "could not read it: %s", strerror(errno));
    }
    free(text);
    return ok;
}

static bool send_stream(struct send *send, const char *path, struct emis_error *err)
{
    bool is_stdin = strcmp(path, "-") == 0, ok;
    FILE *file = is_stdin ? stdin : fopen(path, "rb");

    if (file == NULL) {
        return emis_error_set_at(err, E_NO_INPUT, path, "could not open it: %s", strerror(errno));
    }
    ok = send_lines(send, file, path, err);
    if (!is_stdin) {
        fclose(file);
    }
    return ok;
}

/* The whole file is one value. */
static bool send_file(struct send *send, const char *path, int64_t tag, struct emis_error *err)
{
    FILE *file = fopen(path, "rb");
    char *bytes;
    long size;
    bool ok;

    if (file == NULL || fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) < 0 ||
        fseek(file, 0, SEEK_SET) != 0) {
        if (file != NULL) {
            fclose(file);
        }
        return emis_error_set_at(err, E_NO_INPUT, path, "could not open it: %s", strerror(errno));
    }
    bytes = emis_malloc((size_t) size + 1);
    ok = fread(bytes, 1, (size_t) size, file) == (size_t) size ||
         emis_error_set_at(err, E_IO, path, "could not read it");
    fclose(file);
    ok = ok && send_value(send, send->raw_key, bytes, (size_t) size, tag, err);
    free(bytes);
    return ok;
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* A folder has no bytes, and a pipe may never have any: told before anything is sent. */
static bool check_file(struct send *send, const char *path, int64_t number, struct emis_error *err)
{
    struct stat status;

    (void) send;
    (void) number;
    if (stat(path, &status) != 0) {
        return emis_error_set_at(err, E_NO_INPUT, path,
                                 "nothing was sent: could not look at it: %s", strerror(errno));
    }
    return S_ISREG(status.st_mode) ||
           emis_error_set_at(err, E_NO_INPUT, path,
                             "nothing was sent: it is a %s, and --from-files sends files; move it "
                             "out of the folder",
                             S_ISDIR(status.st_mode)    ? "folder"
                             : S_ISFIFO(status.st_mode) ? "named pipe"
                                                        : "device or socket");
}

typedef bool (*each_file_fn)(struct send *send, const char *path, int64_t number,
                             struct emis_error *err);

/* Files in the order of their names, so that a receipt's number tells which one it was. */
static bool for_each_file(struct send *send, const char *folder, each_file_fn each,
                          struct emis_error *err)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, is_visible, alphasort);
    bool ok = true;

    if (count < 0) {
        return emis_error_set_at(err, E_NO_INPUT, folder, "could not open the folder: %s",
                                 strerror(errno));
    }
    for (int i = 0; i < count; i++) {
        char *path = emis_format_new("%s/%s", folder, entries[i]->d_name);

        ok = ok && each(send, path, i + 1, err);
        free(path);
        free(entries[i]);
    }
    free(entries);
    return ok;
}

static void print_summary(const struct send *send)
{
    int64_t taken_ms = emis_clock_monotonic_ms() - send->start_ms,
            sent = cli_sender_sent(send->sender),
            acknowledged = cli_sender_acknowledged(send->sender);
    int64_t rate = acknowledged * 1000 / (taken_ms > 0 ? taken_ms : 1);
    struct emis_buffer text;
    struct json_write json;

    if (!send->cli->is_json) {
        printf("sent %" PRId64 "  acknowledged %" PRId64 "  failed %" PRId64
               "  not sent %zu  seconds %" PRId64 ".%03d  rate %" PRId64 "/s\n",
               sent, acknowledged, cli_sender_failed(send->sender), send->mistakes.count,
               taken_ms / 1000, (int) (taken_ms % 1000), rate);
        return;
    }
    emis_buffer_init(&text);
    json_write_init(&json, &text, true);
    json_write_object_begin(&json);
    json_write_key(&json, "schema");
    json_write_string(&json, "emis.send/1");
    json_write_key(&json, "sent");
    json_write_i64(&json, sent);
    json_write_key(&json, "acknowledged");
    json_write_i64(&json, acknowledged);
    json_write_key(&json, "failed");
    json_write_i64(&json, cli_sender_failed(send->sender));
    json_write_key(&json, "not_sent");
    json_write_i64(&json, (int64_t) send->mistakes.count);
    json_write_key(&json, "seconds");
    json_write_decimal(&json, taken_ms, 3);
    json_write_key(&json, "rate");
    json_write_i64(&json, rate);
    json_write_object_end(&json);
    fwrite(text.data, 1, text.size, stdout);
    emis_buffer_release(&text);
}

/* "The others" are there only if one was sent. */
static bool explain_unsent(const struct send *send, struct emis_error *err)
{
    size_t count = send->mistakes.count;

    if (cli_sender_sent(send->sender) == 0) {
        return emis_error_set_at(
            err, E_INPUT, send->mistakes.file,
            "nothing was sent: emis send takes one JSON document a line (`jq -c . FILE` writes a "
            "document so)");
    }
    return emis_error_set_at(
        err, E_INPUT, send->mistakes.file,
        "%zu line%s not sent, the others were; to send those again does no harm", count,
        count == 1 ? " was" : "s were");
}

static bool send_all(struct send *send, struct emis_error *err)
{
    struct cli_context *cli = send->cli;
    const char *folder = cli_context_option(cli, "from-files");
    bool ok;

    send->start_ms = send->progress_ms = emis_clock_monotonic_ms();
    if (cli_context_has(cli, "null-value")) {
        ok = send_value(send, send->raw_key, NULL, 0, 1, err);
    } else {
        ok = folder != NULL ? for_each_file(send, folder, send_file, err)
                            : send_stream(send, cli->operands[0], err);
    }
    ok = ok && cli_sender_finish(send->sender, err);
    show_progress(send, true);
    print_summary(send);
    if (ok && send->mistakes.count > 0) {
        (void) cli_mistakes_fail(&send->mistakes, err);
        ok = explain_unsent(send, err);
    }
    return ok;
}

static bool check_usage(const struct cli_context *cli, struct emis_error *err)
{
    bool has_folder = cli_context_has(cli, "from-files"),
         has_null = cli_context_has(cli, "null-value");

    if ((size_t) has_folder + has_null + cli->operand_count != 1) {
        return emis_error_set(err, E_USAGE,
                              "emis send takes one of FILE, -, --from-files DIR and --null-value");
    }
    if (cli_context_has(cli, "raw-key") && cli_context_has(cli, "null-key")) {
        return emis_error_set(err, E_USAGE, "--raw-key and --null-key exclude each other");
    }
    if ((has_folder || has_null) && !cli_context_has(cli, "raw-key") &&
        !cli_context_has(cli, "null-key")) {
        return emis_error_set(err, E_USAGE,
                              "bytes that are not looked into need --raw-key KEY or --null-key");
    }
    return true;
}

bool cli_send_run(struct cli_context *cli, struct emis_error *err)
{
    const char *receipts = cli_context_option(cli, "receipts"),
               *folder = cli_context_option(cli, "from-files");
    struct cli_sender_options options = {.key_file = cli_context_option(cli, "key-file"),
                                         .key_id = cli_context_option(cli, "key-id"),
                                         .received_at = cli_context_option(cli, "received-at")};
    struct send send = {.cli = cli,
                        .raw_key = cli_context_option(cli, "raw-key"),
                        .is_null_key = cli_context_has(cli, "null-key"),
                        .mistakes = {.file = cli->operand_count > 0 ? cli->operands[0] : "-"}};
    long long rate;
    bool ok;

    send.has_progress =
        cli_context_has(cli, "progress") || (isatty(STDERR_FILENO) && !cli->is_quiet);
    if (!check_usage(cli, err) || !cli_context_number(cli, "rate", 1, 1000000, 0, &rate, err)) {
        return false;
    }
    if (folder != NULL && !for_each_file(&send, folder, check_file, err)) {
        return false;
    }
    send.rate = rate;
    options.receipts = receipts == NULL ? NULL : fopen(receipts, "w");
    if (receipts != NULL && options.receipts == NULL) {
        return emis_error_set_at(err, E_NO_INPUT, receipts, "could not write it: %s",
                                 strerror(errno));
    }
    ok = cli_sender_new(cli, &options, NULL, NULL, &send.sender, err);
    ok = ok && send_all(&send, err);
    cli_sender_free(send.sender);
    if (options.receipts != NULL && fclose(options.receipts) != 0 && ok) {
        ok = emis_error_set_at(err, E_IO, receipts, "could not write it: %s", strerror(errno));
    }
    return ok;
}
