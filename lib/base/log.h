/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One event, one line, stderr: time, level, service, `event=` with a fixed past-tense name, then
 * key=value pairs. Any thread; a line is one write(2). Values are escaped: a line break or escape
 * sequence in data cannot forge a line. lib/ never logs above debug.
 */
#pragma once

#include <stdbool.h>

struct emis_error;

enum emis_log_level { EMIS_LOG_ERROR, EMIS_LOG_WARN, EMIS_LOG_INFO, EMIS_LOG_DEBUG };

/* Once, at start. service is borrowed for the process. json: lines as JSON objects instead of text.
 */
void emis_log_init(const char *service, enum emis_log_level level, bool json);

/*
 * event: a literal such as "batch_committed". format: "key=%d other=%s" pairs after printf, values
 * with spaces are quoted with "" by the caller's format as key=\"%s\"; the formatted text is
 * escaped as a whole against control characters.
 */
void emis_log(enum emis_log_level level, const char *event, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* event with code=, sqlstate=, pointer=, error="message", hint= from err, after the formatted
 * pairs. */
void emis_log_failure(enum emis_log_level level, const char *event, const struct emis_error *err,
                      const char *format, ...) __attribute__((format(printf, 4, 5)));
bool emis_log_level_by_name(const char *name, enum emis_log_level *ret_level)
    __attribute__((warn_unused_result));
