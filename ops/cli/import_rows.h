/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of a file gathered into submissions: those of one unit, period, key parts and revision
 * are one. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ops/cli/csv.h"
#include "ops/cli/import_map.h"
#include "ops/cli/import_value.h"

struct cli_import_submission {
    const char *unit; /* the registry's code; of an unknown unit "<scheme>:<code>" */
    const char *period;
    const char **parts; /* one for each key part of the form */
    int64_t revision;
    const size_t *rows; /* positions in the file's rows, ascending */
    size_t row_count;
};

struct cli_import_rows {
    struct cli_import_submission *submissions; /* in the order of their first lines */
    size_t count;
};

/* The registry's code of a code of the map's scheme in a period; NULL: none is known. Borrowed. */
typedef const char *(*cli_import_unit_fn)(void *context, const char *code, const char *period);

/*
 * find_unit is called only for a map with a scheme. Everything is in the arena or borrowed. False:
 * there were mistakes (a blank unit, ...); each was told, and ret_rows holds the lines without one.
 */
bool cli_import_rows_gather(const struct cli_import_map *map, const struct cli_csv *csv,
                            cli_import_unit_fn find_unit, void *find_context,
                            struct emis_arena *arena, struct cli_import_mistakes *mistakes,
                            struct cli_import_rows *ret_rows) EMIS_MUST_CHECK;
