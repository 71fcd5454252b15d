/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows for people and programs: an aligned table, one JSON document ({"schema": "emis.thing/1",
 * "rows": [...]}), or CSV. All on standard output. JSON has every column that the table has.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/json/write.h"

struct cli_context;
struct store_params;
struct store_result;

enum cli_print_form { CLI_PRINT_TABLE, CLI_PRINT_JSON, CLI_PRINT_CSV };

struct cli_print_column {
    const char *name; /* ends a list: NULL */
    char type;        /* t text, n number, b boolean ("t" or "f"), j JSON as it is */
};

struct cli_print {
    enum cli_print_form form;
    bool is_color;
    const struct cli_print_column *columns;
    size_t column_count;
    char **cells; /* rows * column_count; NULL: no value */
    size_t row_count, row_capacity;
    struct emis_buffer text;
    struct json_write json;
};

/* schema: "emis.status/1". --json of the command decides the form; cli_print_as overrides. columns
 * are borrowed. */
void cli_print_init(struct cli_print *print, const struct cli_context *cli, const char *schema,
                    const struct cli_print_column *columns);
void cli_print_as_csv(struct cli_print *print);
/* One value per column, NULL: none; copied. */
void cli_print_row(struct cli_print *print, const char *const *values);
/* Every row of a text result whose columns are these. */
void cli_print_result(struct cli_print *print, const struct store_result *result);
/* Print what was gathered and release it. */
void cli_print_end(struct cli_print *print);
/* Release it and print nothing. */
void cli_print_drop(struct cli_print *print);
/* The same into a file, which is replaced. Released also after a failure. E_IO. */
bool cli_print_end_in(struct cli_print *print, const char *path,
                      struct emis_error *err) EMIS_MUST_CHECK;

/* All of it: connect, run a registered statement, print its rows. */
bool cli_print_statement(const struct cli_context *cli, const char *schema,
                         const struct cli_print_column *columns, const char *statement,
                         const struct store_params *params, struct emis_error *err) EMIS_MUST_CHECK;

/* The parts of a larger document: one row as a JSON object, the rows of a text result as a JSON
 * array. */
void cli_print_json_row(struct json_write *json, const struct cli_print_column *columns,
                        const char *const *values);
void cli_print_json_rows(struct json_write *json, const struct cli_print_column *columns,
                         const struct store_result *result);
/* Bytes as a person may see them: printable as is, everything else as \xHH and \n. */
void cli_print_escaped(struct emis_buffer *out, const void *bytes, size_t size);

/* All of a result, as CSV where --csv was given. */
void cli_print_rows(struct cli_context *cli, const char *schema,
                    const struct cli_print_column *columns, const struct store_result *result);
