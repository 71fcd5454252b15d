/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one error idiom. A function that can fail returns bool (true: done), takes `struct emis_error
 * *err` last and is marked EMIS_MUST_CHECK. The kind says what should happen next and is set where
 * the error is born. An emis_error is a value on the caller's stack; nothing here allocates. Any
 * thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define EMIS_MUST_CHECK        __attribute__((warn_unused_result))
#define EMIS_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

enum emis_error_kind {
    EMIS_RETRY,  /* try again later */
    EMIS_REJECT, /* this datum is wrong: give it its code, go on */
    EMIS_FATAL,  /* we or our configuration are wrong: stop */
    EMIS_STOP    /* we were asked to */
};

enum emis_error_code {
    EMIS_OK = 0,
#define EMIS_ERROR_ROW(name, number, kind, exit_status, meaning, hint) name = (number),
#include "lib/base/error_table.h"
#undef EMIS_ERROR_ROW
};

struct emis_error {
    enum emis_error_kind kind;
    enum emis_error_code code;
    char sqlstate[6];  /* five characters, or "" when the failure was not PostgreSQL's */
    char pointer[128]; /* JSON pointer, file:line or "": the place in the document */
    char message[512]; /* one line, no full stop, never a person's name */
};

/* Fill err: kind from the table. Returns false, so that a caller can `return emis_error_set(err,
 * ...)`. err must not be NULL. */
bool emis_error_set(struct emis_error *err, enum emis_error_code code, const char *format, ...)
    EMIS_PRINTF(3, 4);

/* The same with a pointer into the document (copied, cut at the field's size). */
bool emis_error_set_at(struct emis_error *err, enum emis_error_code code, const char *pointer,
                       const char *format, ...) EMIS_PRINTF(4, 5);

/* Put "prefix: " in front of the message. Returns false. */
bool emis_error_wrap(struct emis_error *err, const char *format, ...) EMIS_PRINTF(2, 3);

/* From the table. An unknown code gives "E_UNKNOWN", 70, "". */
const char *emis_error_name(enum emis_error_code code);
int emis_error_exit_status(enum emis_error_code code);
const char *emis_error_meaning(enum emis_error_code code);
const char *emis_error_hint(enum emis_error_code code);

/* The code called `name` (such as "E_SUM"), or EMIS_OK if there is none. */
enum emis_error_code emis_error_by_name(const char *name);

/* All codes in table order, for documentation and tests: EMIS_OK ends the list. */
enum emis_error_code emis_error_at(size_t index);

/* Our own mistakes; on in production; never for input. */
#define EMIS_ASSERT(condition) \
    ((condition) ? (void) 0 : emis_assert_failed(#condition, __FILE__, __LINE__))
_Noreturn void emis_assert_failed(const char *condition, const char *file, int line);
