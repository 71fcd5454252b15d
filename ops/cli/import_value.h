/* SPDX-License-Identifier: Apache-2.0 */
/* The value that a source has in one line, and how what is wrong with it is told. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "ops/cli/csv.h"
#include "ops/cli/import_map.h"

struct emis_arena;

/* Where mistakes go: "E_CODE: what is wrong and what to do". */
struct cli_import_mistakes {
    cli_csv_mistake_fn *on_mistake;
    void *context;
    size_t count;
};

void cli_import_value_mistake(struct cli_import_mistakes *mistakes, enum emis_error_code code,
                              size_t line, const char *column, const char *format, ...)
    EMIS_PRINTF(5, 6);

/* How a source is named in a mistake: its column, or "(the map, /shift)" for a constant; in the
 * arena. */
const char *cli_import_value_column(const struct cli_import_source *source,
                                    struct emis_arena *arena);

/* *ret_text NULL: blank, or no source. What is computed is in the arena. False: it was told. */
bool cli_import_value_read(const struct cli_import_map *map, const struct cli_import_source *source,
                           const struct cli_csv_row *row, struct emis_arena *arena,
                           struct cli_import_mistakes *mistakes,
                           const char **ret_text) EMIS_MUST_CHECK;

/* Every cell that the source takes is blank; false for a constant. */
bool cli_import_value_is_blank(const struct cli_import_map *map,
                               const struct cli_import_source *source,
                               const struct cli_csv_row *row);

/* A whole number; false: it was told, with the separators that people write into numbers. */
bool cli_import_value_integer(const char *text, size_t line, const char *column,
                              enum emis_error_code code, struct cli_import_mistakes *mistakes,
                              int64_t *ret_number) EMIS_MUST_CHECK;
