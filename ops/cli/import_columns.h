/* SPDX-License-Identifier: Apache-2.0 */
/* The columns of a file and the map that names them. Pure. */
#pragma once

#include <stdbool.h>

#include "ops/cli/csv.h"
#include "ops/cli/import_map.h"

/*
 * Find the map's columns in the file's header. A column that is missing or there twice is a
 * mistake, and so is one that the map neither takes nor ignores: nothing is dropped silently.
 * False: there were mistakes.
 */
bool cli_import_columns_bind(const struct cli_import_map *map, const struct cli_csv *csv,
                             cli_csv_mistake_fn *on_mistake, void *context) EMIS_MUST_CHECK;
