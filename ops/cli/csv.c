/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/cli/csv.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/base/text.h"

/* A walk over the text. Cells are ended in place: a cell is never longer than what it was written
 * as. */
struct reader {
    struct cli_csv *csv;
    char *at, *end;
    size_t line;
    const char **cells; /* all cells of the file, row after row */
    size_t cell_count, cell_capacity;
    size_t row_capacity;
    cli_csv_mistake_fn *on_mistake;
    void *context;
    size_t mistake_count;
};

static void mistake(struct reader *reader, size_t line, const char *reason)
{
    reader->mistake_count++;
    reader->on_mistake(reader->context, line, "", reason);
}

static void add_cell(struct reader *reader, const char *cell)
{
    if (reader->cell_count == reader->cell_capacity) {
        reader->cell_capacity = reader->cell_capacity == 0 ? 4096 : reader->cell_capacity * 2;
        reader->cells = emis_realloc(reader->cells, reader->cell_capacity * sizeof *reader->cells);
    }
    reader->cells[reader->cell_count++] = cell;
}

static bool is_line_end(const struct reader *reader)
{
    return reader->at == reader->end || *reader->at == '\n' ||
           (*reader->at == '\r' && reader->at + 1 < reader->end && reader->at[1] == '\n');
}

/* Behind the opening quote. Leaves the walk behind the closing one. */
static char *read_quoted(struct reader *reader)
{
    size_t line = reader->line;
    char *out = reader->at;

    for (;;) {
        if (reader->at == reader->end) {
            mistake(reader, line, "a quote is not closed");
            return out;
        }
        if (*reader->at == '"') {
            if (reader->at + 1 == reader->end || reader->at[1] != '"') {
                reader->at++;
                return out;
            }
            reader->at++;
        }
        reader->line += *reader->at == '\n';
        *out++ = *reader->at++;
    }
}

/* One cell; false: it was the last of its line. The byte behind a cell (comma or line end) becomes
 * its NUL, after it was looked at. */
static bool read_cell(struct reader *reader)
{
    bool is_quoted = reader->at < reader->end && *reader->at == '"';
    char *start = reader->at + is_quoted, *stop = start;
    bool has_more;

    if (is_quoted) {
        reader->at++;
        stop = read_quoted(reader);
        if (!is_line_end(reader) && *reader->at != ',') {
            mistake(reader, reader->line, "text follows a closing quote");
        }
    }
    while (!is_line_end(reader) && *reader->at != ',') {
        if (!is_quoted && *reader->at == '"') {
            mistake(reader, reader->line,
                    "a quote stands inside a cell that does not begin with one");
            is_quoted = true; /* once a cell is enough */
            stop = reader->at;
        }
        reader->at++;
    }
    if (!is_quoted) {
        stop = reader->at;
    }
    has_more = reader->at < reader->end && *reader->at == ',';
    if (!has_more && reader->at < reader->end) {
        reader->at += *reader->at == '\r';
    }
    reader->at += reader->at < reader->end;
    *stop = '\0';
    add_cell(reader, start);
    return has_more;
}

static void add_row(struct reader *reader, size_t line, size_t first)
{
    struct cli_csv *csv = reader->csv;
    size_t count = reader->cell_count - first;

    if (csv->header.line == 0) {
        csv->header.line = line;
        csv->cell_count = count;
        return;
    }
    if (count != csv->cell_count) {
        char reason[96];

        snprintf(reason, sizeof reason, "the row has %zu cells, the header has %zu", count,
                 csv->cell_count);
        mistake(reader, line, reason);
        reader->cell_count = first;
        return;
    }
    if (csv->row_count == reader->row_capacity) {
        reader->row_capacity = reader->row_capacity == 0 ? 1024 : reader->row_capacity * 2;
        csv->rows = emis_realloc(csv->rows, reader->row_capacity * sizeof *csv->rows);
    }
    csv->rows[csv->row_count++].line = line;
}

static void read_rows(struct reader *reader)
{
    while (reader->at < reader->end) {
        size_t line = reader->line, first = reader->cell_count;

        if (is_line_end(reader)) { /* an empty line is no row */
            reader->at += *reader->at == '\r' ? 2 : 1;
            reader->line++;
            continue;
        }
        while (read_cell(reader)) {
            if (reader->cell_count - first > CLI_CSV_CELLS_MAX) {
                reader->cell_count--;
            }
        }
        reader->line++;
        add_row(reader, line, first);
    }
}

static size_t count_lines(const char *text, size_t size)
{
    size_t lines = 1;

    for (size_t i = 0; i < size; i++) {
        lines += text[i] == '\n';
    }
    return lines;
}

/* What spoils the whole file. */
static bool is_text(struct reader *reader)
{
    size_t size = (size_t) (reader->end - reader->at);
    size_t wrong = emis_text_utf8_error(reader->at, size);
    const char *nul = memchr(reader->at, '\0', size);

    if (wrong != SIZE_MAX) {
        mistake(reader, count_lines(reader->at, wrong),
                "the line is not UTF-8: save the file as UTF-8");
        return false;
    }
    if (nul != NULL) {
        mistake(reader, count_lines(reader->at, (size_t) (nul - reader->at)),
                "the line holds a NUL byte");
        return false;
    }
    return true;
}

/* text has room for one more byte at its end. */
bool cli_csv_parse(struct cli_csv *csv, char *text, size_t size, cli_csv_mistake_fn *on_mistake,
                   void *context)
{
    struct reader reader = {.csv = csv,
                            .at = text,
                            .end = text + size,
                            .line = 1,
                            .on_mistake = on_mistake,
                            .context = context};

    *csv = (struct cli_csv){.row_count = 0};
    if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        reader.at += 3;
    }
    if (is_text(&reader)) {
        read_rows(&reader);
    }
    csv->cells = reader.cells;
    csv->header.cells = reader.cells;
    for (size_t i = 0; i < csv->row_count; i++) {
        csv->rows[i].cells = reader.cells + (i + 1) * csv->cell_count;
    }
    if (csv->header.line == 0 && reader.mistake_count == 0) {
        mistake(&reader, 1, "the file is empty: a header line is needed");
    }
    return reader.mistake_count == 0;
}

static bool read_all(FILE *file, const char *path, char **ret_text, size_t *ret_size,
                     struct emis_error *err)
{
    size_t capacity = (size_t) 1 << 20, size = 0;
    char *text = emis_malloc(capacity + 1);

    for (size_t got; (got = fread(text + size, 1, capacity - size, file)) > 0;) {
        size += got;
        if (size == capacity && capacity < CLI_CSV_BYTES_MAX) {
            capacity *= 2;
            text = emis_realloc(text, capacity + 1);
        } else if (size == capacity) {
            free(text);
            return emis_error_set_at(err, E_INPUT, path, "the file is larger than %zu MiB",
                                     CLI_CSV_BYTES_MAX >> 20);
        }
    }
    if (ferror(file)) {
        free(text);
        return emis_error_set_at(err, E_IO, path, "could not read it: %s", strerror(errno));
    }
    *ret_text = text;
    *ret_size = size;
    return true;
}

bool cli_csv_read(struct cli_csv *csv, const char *path, cli_csv_mistake_fn *on_mistake,
                  void *context, struct emis_error *err)
{
    bool is_stdin = strcmp(path, "-") == 0;
    FILE *file = is_stdin ? stdin : fopen(path, "rb");
    char *text = NULL;
    size_t size = 0;
    bool ok;

    *csv = (struct cli_csv){.row_count = 0};
    if (file == NULL) {
        return emis_error_set_at(err, E_NO_INPUT, path, "could not open it: %s", strerror(errno));
    }
    ok = read_all(file, path, &text, &size, err);
    if (!is_stdin) {
        fclose(file);
    }
    if (!ok) {
        return false;
    }
    ok = cli_csv_parse(csv, text, size, on_mistake, context);
    csv->text = text;
    return ok || emis_error_set_at(err, E_INPUT, path, "it is not a CSV file as needed");
}

size_t cli_csv_column(const struct cli_csv *csv, const char *name)
{
    for (size_t i = 0; i < csv->cell_count; i++) {
        if (strcmp(csv->header.cells[i], name) == 0) {
            return i;
        }
    }
    return SIZE_MAX;
}

void cli_csv_release(struct cli_csv *csv)
{
    free(csv->text);
    free(csv->cells);
    free(csv->rows);
    *csv = (struct cli_csv){.row_count = 0};
}
