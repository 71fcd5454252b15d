/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A CSV file as RFC 4180 has it: cells in quotes or not, quotes doubled, line ends CR LF or LF,
 * also inside quotes; UTF-8, a byte order mark at the start is passed over. Read whole; pure but
 * for the file. Every mistake is told with its line, not only the first.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/error.h"

#define CLI_CSV_BYTES_MAX ((size_t) 256 << 20)
#define CLI_CSV_CELLS_MAX 200

struct cli_csv_row {
    size_t line;              /* of the file, where the row starts */
    const char *const *cells; /* as many as the header has; NUL-terminated */
};

struct cli_csv {
    struct cli_csv_row header; /* line 0: the file is empty */
    size_t cell_count;
    struct cli_csv_row *rows; /* without the header */
    size_t row_count;
    char *text;         /* private */
    const char **cells; /* private */
};

/* column: name of the column, "" for the row. */
typedef void cli_csv_mistake_fn(void *context, size_t line, const char *column, const char *reason);

/* text: size bytes, changed in place and kept; the caller frees it after cli_csv_release. False:
 * there were mistakes (each was told). */
bool cli_csv_parse(struct cli_csv *csv, char *text, size_t size, cli_csv_mistake_fn *on_mistake,
                   void *context);

/* The same from a file ("-": standard input). E_NO_INPUT, E_IO, E_INPUT (larger than
 * CLI_CSV_BYTES_MAX, or mistakes, which were told). Release it also after a failure. */
bool cli_csv_read(struct cli_csv *csv, const char *path, cli_csv_mistake_fn *on_mistake,
                  void *context, struct emis_error *err) EMIS_MUST_CHECK;

/* Position of a column of the header, or SIZE_MAX. */
size_t cli_csv_column(const struct cli_csv *csv, const char *name);
void cli_csv_release(struct cli_csv *csv);
