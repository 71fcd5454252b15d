/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/cli/print.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/base/text.h"
#include "lib/store/connection.h"
#include "lib/store/query.h"
#include "ops/cli/context.h"

void cli_print_init(struct cli_print *print, const struct cli_context *cli, const char *schema,
                    const struct cli_print_column *columns)
{
    *print = (struct cli_print){.form = cli->is_json ? CLI_PRINT_JSON : CLI_PRINT_TABLE,
                                .is_color = cli->is_color,
                                .columns = columns};
    while (columns[print->column_count].name != NULL) {
        print->column_count++;
    }
    emis_buffer_init(&print->text);
    json_write_init(&print->json, &print->text, true);
    if (print->form == CLI_PRINT_JSON) {
        json_write_object_begin(&print->json);
        json_write_key(&print->json, "schema");
        json_write_string(&print->json, schema);
        json_write_key(&print->json, "rows");
        json_write_array_begin(&print->json);
    }
}

void cli_print_as_csv(struct cli_print *print)
{
    if (print->form == CLI_PRINT_TABLE) {
        print->form = CLI_PRINT_CSV;
    }
}

static void write_json_value(struct json_write *json, char type, const char *value)
{
    if (value == NULL) {
        json_write_null(json);
    } else if (type == 'n' || type == 'j') {
        json_write_raw(json, value, strlen(value));
    } else if (type == 'b') {
        json_write_bool(json, value[0] == 't');
    } else {
        json_write_string(json, value);
    }
}

void cli_print_json_row(struct json_write *json, const struct cli_print_column *columns,
                        const char *const *values)
{
    json_write_object_begin(json);
    for (size_t i = 0; columns[i].name != NULL; i++) {
        json_write_key(json, columns[i].name);
        write_json_value(json, columns[i].type, values[i]);
    }
    json_write_object_end(json);
}

void cli_print_row(struct cli_print *print, const char *const *values)
{
    if (print->form == CLI_PRINT_JSON) {
        cli_print_json_row(&print->json, print->columns, values);
        return;
    }
    if (print->row_count == print->row_capacity) {
        print->row_capacity = print->row_capacity == 0 ? 64 : print->row_capacity * 2;
        print->cells = emis_realloc(print->cells, print->row_capacity * print->column_count *
                                                      sizeof *print->cells);
    }
    for (size_t i = 0; i < print->column_count; i++) {
        print->cells[print->row_count * print->column_count + i] =
            values[i] == NULL ? NULL : emis_strdup(values[i]);
    }
    print->row_count++;
}

void cli_print_result(struct cli_print *print, const struct store_result *result)
{
    const char **values = emis_calloc(print->column_count + 1, sizeof *values);

    EMIS_ASSERT(store_result_columns(result) == print->column_count);
    for (size_t row = 0; row < store_result_rows(result); row++) {
        for (size_t i = 0; i < print->column_count; i++) {
            values[i] = store_result_cell(result, row, i);
        }
        cli_print_row(print, values);
    }
    free(values);
}

void cli_print_json_rows(struct json_write *json, const struct cli_print_column *columns,
                         const struct store_result *result)
{
    const char **values = emis_calloc(store_result_columns(result) + 1, sizeof *values);

    json_write_array_begin(json);
    for (size_t row = 0; row < store_result_rows(result); row++) {
        for (size_t i = 0; i < store_result_columns(result); i++) {
            values[i] = store_result_cell(result, row, i);
        }
        cli_print_json_row(json, columns, values);
    }
    json_write_array_end(json);
    free(values);
}

static const char *cell(const struct cli_print *print, size_t row, size_t column)
{
    const char *text = print->cells[row * print->column_count + column];

    return text == NULL ? "" : text;
}

static void pad(struct emis_buffer *out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        emis_buffer_text(out, " ");
    }
}

/* Numbers to the right, text to the left; width counts code points. Control characters of data are
 * not let loose on a terminal. */
static void write_cell(struct emis_buffer *out, const char *text, size_t width, bool is_number,
                       bool is_last)
{
    size_t size = strlen(text);
    size_t length =
        emis_text_utf8_error(text, size) == SIZE_MAX ? emis_text_length(text, size) : size;
    size_t fill = width > length ? width - length : 0;

    if (is_number) {
        pad(out, fill);
    }
    for (size_t i = 0; i < size; i++) {
        emis_buffer_append(out, (unsigned char) text[i] < 0x20 || text[i] == 0x7f ? "?" : text + i,
                           1);
    }
    if (!is_number && !is_last) {
        pad(out, fill);
    }
}

static void write_table(struct cli_print *print)
{
    size_t *widths = emis_calloc(print->column_count, sizeof *widths);
    struct emis_buffer *out = &print->text;

    for (size_t i = 0; i < print->column_count; i++) {
        widths[i] = strlen(print->columns[i].name);
        for (size_t row = 0; row < print->row_count; row++) {
            size_t length = emis_text_length(cell(print, row, i), strlen(cell(print, row, i)));

            widths[i] = length > widths[i] ? length : widths[i];
        }
    }
    emis_buffer_text(out, print->is_color ? "\033[1m" : "");
    for (size_t i = 0; i < print->column_count; i++) {
        write_cell(out, print->columns[i].name, widths[i], print->columns[i].type == 'n',
                   i + 1 == print->column_count);
        emis_buffer_text(out, i + 1 == print->column_count ? "" : "  ");
    }
    emis_buffer_text(out, print->is_color ? "\033[0m\n" : "\n");
    for (size_t row = 0; row < print->row_count; row++) {
        for (size_t i = 0; i < print->column_count; i++) {
            write_cell(out, cell(print, row, i), widths[i], print->columns[i].type == 'n',
                       i + 1 == print->column_count);
            emis_buffer_text(out, i + 1 == print->column_count ? "\n" : "  ");
        }
    }
    free(widths);
}

static void write_csv_cell(struct emis_buffer *out, const char *text)
{
    if (strpbrk(text, ",\"\r\n") == NULL) {
        emis_buffer_text(out, text);
        return;
    }
    emis_buffer_text(out, "\"");
    for (; *text != '\0'; text++) {
        emis_buffer_append(out, "\"\"", *text == '"' ? 1 : 0);
        emis_buffer_append(out, text, 1);
    }
    emis_buffer_text(out, "\"");
}

static void write_csv(struct cli_print *print)
{
    for (size_t i = 0; i < print->column_count; i++) {
        write_csv_cell(&print->text, print->columns[i].name);
        emis_buffer_text(&print->text, i + 1 == print->column_count ? "\n" : ",");
    }
    for (size_t row = 0; row < print->row_count; row++) {
        for (size_t i = 0; i < print->column_count; i++) {
            write_csv_cell(&print->text, cell(print, row, i));
            emis_buffer_text(&print->text, i + 1 == print->column_count ? "\n" : ",");
        }
    }
}

static void finish(struct cli_print *print)
{
    if (print->form == CLI_PRINT_JSON) {
        json_write_array_end(&print->json);
        json_write_object_end(&print->json);
    } else if (print->form == CLI_PRINT_CSV) {
        write_csv(print);
    } else {
        write_table(print);
    }
}

void cli_print_drop(struct cli_print *print)
{
    for (size_t i = 0; i < print->row_count * print->column_count; i++) {
        free(print->cells[i]);
    }
    free(print->cells);
    emis_buffer_release(&print->text);
}

void cli_print_end(struct cli_print *print)
{
    finish(print);
    fwrite(print->text.data, 1, print->text.size, stdout);
    cli_print_drop(print);
}

bool cli_print_end_in(struct cli_print *print, const char *path, struct emis_error *err)
{
    FILE *file = fopen(path, "wb");
    bool ok = file != NULL;

    finish(print);
    if (ok) {
        ok = fwrite(print->text.data, 1, print->text.size, file) == print->text.size;
        ok = fclose(file) == 0 && ok;
    }
    cli_print_drop(print);
    return ok ||
           emis_error_set_at(err, E_IO, path, "could not write %s: %s", path, strerror(errno));
}

bool cli_print_statement(const struct cli_context *cli, const char *schema,
                         const struct cli_print_column *columns, const char *statement,
                         const struct store_params *params, struct emis_error *err)
{
    struct store_connection *conn;
    struct store_result *result;
    struct cli_print print;
    bool ok;

    if (!cli_context_connect(cli, &conn, err)) {
        return false;
    }
    ok = store_query_run_text(conn, statement, params, &result, err);
    if (ok) {
        cli_print_init(&print, cli, schema, columns);
        cli_print_result(&print, result);
        cli_print_end(&print);
        store_result_free(result);
    }
    store_connection_free(conn);
    return ok;
}

void cli_print_escaped(struct emis_buffer *out, const void *bytes, size_t size)
{
    const unsigned char *text = bytes;

    for (size_t i = 0; i < size; i++) {
        if (text[i] == '\n') {
            emis_buffer_text(out, "\\n");
        } else if (text[i] == '\\') {
            emis_buffer_text(out, "\\\\");
        } else if (text[i] < 0x20 || text[i] >= 0x7f) {
            emis_buffer_format(out, "\\x%02x", text[i]);
        } else {
            emis_buffer_append(out, text + i, 1);
        }
    }
}

void cli_print_rows(struct cli_context *cli, const char *schema,
                    const struct cli_print_column *columns, const struct store_result *result)
{
    struct cli_print print;

    cli_print_init(&print, cli, schema, columns);
    if (cli_context_has(cli, "csv")) {
        cli_print_as_csv(&print);
    }
    cli_print_result(&print, result);
    cli_print_end(&print);
}
