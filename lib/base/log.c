/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/date.h"
#include "lib/base/error.h"
#include "lib/base/text.h"

/* At most PIPE_BUF, so that lines of several processes on one pipe do not mix. */
#define LINE_BYTES 4096
#define TEXT_BYTES 2048

static const char *const level_names[] = {"error", "warn", "info", "debug"};
/* What journald reads in front of a line: syslog's err, warning, info, debug. */
static const char *const journal_prefixes[] = {"<3>", "<4>", "<6>", "<7>"};

/* Written once by emis_log_init, before the threads start. */
static struct {
    const char *service;
    enum emis_log_level level;
    bool is_json;
    bool is_journal;
} log_setup = {"emis", EMIS_LOG_INFO, false, false};

void emis_log_init(const char *service, enum emis_log_level level, bool json)
{
    log_setup.service = service;
    log_setup.level = level;
    log_setup.is_json = json;
    log_setup.is_journal = getenv("JOURNAL_STREAM") != NULL;
}

/* A line being built: cut at the end, always with room for what closes it. */
struct line {
    char text[LINE_BYTES];
    size_t size;
};

#define CLOSING_BYTES 8

static void put(struct line *line, const char *bytes, size_t size)
{
    size_t room = LINE_BYTES - CLOSING_BYTES - line->size;
    size = size < room ? size : room;
    memcpy(line->text + line->size, bytes, size);
    line->size += size;
}

static void put_text(struct line *line, const char *text)
{
    put(line, text, strlen(text));
}

/* "name":"value" with a comma in front; whole or not at all, so that the object stays JSON when the
 * line is full. value is escaped text without controls. */
static void put_member(struct line *line, const char *name, size_t name_size, const char *value,
                       size_t size)
{
    size_t before = line->size;
    size_t limit = LINE_BYTES - CLOSING_BYTES;
    put_text(line, line->text[line->size - 1] == '{' ? "\"" : ",\"");
    put(line, name, name_size);
    put_text(line, "\":\"");
    for (size_t i = 0; i < size; i++) {
        if (value[i] == '"' || value[i] == '\\') {
            put_text(line, "\\");
        }
        put(line, value + i, 1);
    }
    put_text(line, "\"");
    if (line->size == limit) {
        line->size = before;
    }
}

/* Length of the key in front of a '=' at text, or 0 when there is no pair. */
static size_t key_length(const char *text)
{
    size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_.");
    return text[length] == '=' ? length : 0;
}

/* key=value key="value with spaces" rest: each pair a member, what is no pair goes to "text". */
static void put_pairs_as_members(struct line *line, const char *pairs)
{
    while (*pairs != '\0') {
        size_t key = key_length(pairs);
        const char *value = key > 0 ? pairs + key + 1 : pairs;
        bool is_quoted = key > 0 && *value == '"' && strchr(value + 1, '"') != NULL;
        size_t length = is_quoted ? strcspn(value + 1, "\"")
                        : key > 0 ? strcspn(value, " ")
                                  : strlen(value);
        if (key > 0) {
            put_member(line, pairs, key, value + is_quoted, length);
        } else {
            put_member(line, "text", 4, value, length);
        }
        pairs = value + length + 2 * (size_t) is_quoted;
        pairs += strspn(pairs, " ");
    }
}

static void write_line(enum emis_log_level level, const char *event, const char *pairs)
{
    char at[32];
    struct line line = {.size = 0};
    emis_date_format_instant(emis_clock_now_us(), at);
    if (log_setup.is_json) {
        put_text(&line, "{");
        put_member(&line, "ts", 2, at, strlen(at));
        put_member(&line, "level", 5, level_names[level], strlen(level_names[level]));
        put_member(&line, "service", 7, log_setup.service, strlen(log_setup.service));
        put_member(&line, "event", 5, event, strlen(event));
        put_pairs_as_members(&line, pairs);
        line.text[line.size++] = '}';
    } else {
        put_text(&line, log_setup.is_journal ? journal_prefixes[level] : "");
        const char *const parts[] = {
            at,        " ",   level_names[level],        " ",  log_setup.service,
            " event=", event, *pairs != '\0' ? " " : "", pairs};
        for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
            put_text(&line, parts[i]);
        }
    }
    line.text[line.size++] = '\n';
    ssize_t ignored = write(STDERR_FILENO, line.text, line.size);
    (void) ignored;
}

EMIS_PRINTF(4, 0)
static void log_pairs(enum emis_log_level level, const char *event, const struct emis_error *err,
                      const char *format, va_list args)
{
    char raw[TEXT_BYTES];
    char failure[TEXT_BYTES];
    char escaped[TEXT_BYTES + TEXT_BYTES / 2];
    int length = vsnprintf(raw, sizeof raw, format, args);
    size_t size = strnlen(raw, length < 0 ? 0 : sizeof raw);
    failure[0] = '\0';
    if (err != NULL) {
        /* The foreign text stands last but for the hint; a quotation mark in it would end the value
         * early. */
        char message[sizeof err->message];
        (void) snprintf(message, sizeof message, "%s", err->message);
        for (char *c = message; *c != '\0'; c++) {
            *c = *c == '"' ? '\'' : *c;
        }
        (void) snprintf(failure, sizeof failure, "%scode=%s%s%s%s%s error=\"%s\" hint=\"%s\"",
                        size > 0 ? " " : "", emis_error_name(err->code),
                        err->sqlstate[0] != '\0' ? " sqlstate=" : "", err->sqlstate,
                        err->pointer[0] != '\0' ? " pointer=" : "", err->pointer, message,
                        emis_error_hint(err->code));
    }
    emis_text_escape(raw, size, escaped, sizeof escaped - sizeof failure / 2);
    size = strlen(escaped);
    emis_text_escape(failure, strlen(failure), escaped + size, sizeof escaped - size);
    write_line(level, event, escaped);
}

void emis_log(enum emis_log_level level, const char *event, const char *format, ...)
{
    if (level > log_setup.level) {
        return;
    }
    va_list args;
    va_start(args, format);
    log_pairs(level, event, NULL, format, args);
    va_end(args);
}

void emis_log_failure(enum emis_log_level level, const char *event, const struct emis_error *err,
                      const char *format, ...)
{
    if (level > log_setup.level) {
        return;
    }
    va_list args;
    va_start(args, format);
    log_pairs(level, event, err, format, args);
    va_end(args);
}

bool emis_log_level_by_name(const char *name, enum emis_log_level *ret_level)
{
    for (size_t i = 0; i < sizeof level_names / sizeof level_names[0]; i++) {
        if (strcmp(level_names[i], name) == 0) {
            *ret_level = (enum emis_log_level) i;
            return true;
        }
    }
    return false;
}
