/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct error_row {
    enum emis_error_code code;
    enum emis_error_kind kind;
    int exit_status;
    const char *name;
    const char *meaning;
    const char *hint;
};

static const struct error_row rows[] = {
#define EMIS_ERROR_ROW(name, number, kind, exit_status, meaning, hint) \
    {name, EMIS_##kind, exit_status, #name, meaning, hint},
#include "lib/base/error_table.h"
#undef EMIS_ERROR_ROW
};

#define ROW_COUNT (sizeof rows / sizeof rows[0])

static const struct error_row *row_of(enum emis_error_code code)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (rows[i].code == code) {
            return &rows[i];
        }
    }
    return NULL;
}

/*
 * Copy text as one line: line breaks and other controls become spaces, and a cut falls between
 * characters, because a message may end in a text column of the database, which refuses half a
 * character.
 */
static void copy_line(char *out, size_t size, const char *text)
{
    size_t length = strlen(text);
    if (length >= size) {
        length = size - 1;
        while (length > 0 && ((unsigned char) text[length] & 0xC0) == 0x80) {
            length--;
        }
    }
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char) text[i];
        out[i] = c < 0x20 || c == 0x7F ? ' ' : (char) c;
    }
    out[length] = '\0';
}

/* The arguments may point into err itself, so format first and store last. One byte more than the
 * field shows copy_line where to cut. */
EMIS_PRINTF(4, 0)
static void set(struct emis_error *err, enum emis_error_code code, const char *pointer,
                const char *format, va_list args)
{
    char message[sizeof err->message + 8];
    char place[sizeof err->pointer];
    EMIS_ASSERT(err != NULL);
    (void) vsnprintf(message, sizeof message, format, args);
    copy_line(place, sizeof place, pointer);
    const struct error_row *row = row_of(code);
    err->kind = row != NULL ? row->kind : EMIS_FATAL;
    err->code = code;
    err->sqlstate[0] = '\0';
    memcpy(err->pointer, place, sizeof place);
    copy_line(err->message, sizeof err->message, message);
}

bool emis_error_set(struct emis_error *err, enum emis_error_code code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    set(err, code, "", format, args);
    va_end(args);
    return false;
}

bool emis_error_set_at(struct emis_error *err, enum emis_error_code code, const char *pointer,
                       const char *format, ...)
{
    va_list args;
    va_start(args, format);
    set(err, code, pointer != NULL ? pointer : "", format, args);
    va_end(args);
    return false;
}

bool emis_error_wrap(struct emis_error *err, const char *format, ...)
{
    char message[2 * sizeof err->message];
    va_list args;
    EMIS_ASSERT(err != NULL);
    va_start(args, format);
    int length = vsnprintf(message, sizeof message, format, args);
    va_end(args);
    size_t used = strnlen(message, length < 0 ? 0 : sizeof message);
    (void) snprintf(message + used, sizeof message - used, ": %s", err->message);
    copy_line(err->message, sizeof err->message, message);
    return false;
}

const char *emis_error_name(enum emis_error_code code)
{
    const struct error_row *row = row_of(code);
    return row != NULL ? row->name : "E_UNKNOWN";
}

int emis_error_exit_status(enum emis_error_code code)
{
    const struct error_row *row = row_of(code);
    return row != NULL ? row->exit_status : 70;
}

const char *emis_error_meaning(enum emis_error_code code)
{
    const struct error_row *row = row_of(code);
    return row != NULL ? row->meaning : "";
}

const char *emis_error_hint(enum emis_error_code code)
{
    const struct error_row *row = row_of(code);
    return row != NULL ? row->hint : "";
}

enum emis_error_code emis_error_by_name(const char *name)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (strcmp(rows[i].name, name) == 0) {
            return rows[i].code;
        }
    }
    return EMIS_OK;
}

enum emis_error_code emis_error_at(size_t index)
{
    return index < ROW_COUNT ? rows[index].code : EMIS_OK;
}

_Noreturn void emis_assert_failed(const char *condition, const char *file, int line)
{
    (void) fprintf(stderr, "assertion failed: %s at %s:%d\n", condition, file, line);
    abort();
}
