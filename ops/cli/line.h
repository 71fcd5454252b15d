/* SPDX-License-Identifier: Apache-2.0 */
/* What `emis send` needs to know of a line: the unit, which is the record's key. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/error.h"

/*
 * The text of the top-level member "unit" of a JSON object. A walk over the bytes finds it in a
 * tenth of a parse; where it is written with escapes, or the walk loses its way, the parser
 * decides. The result is copied to out (NUL-terminated). E_JSON_*: not an object; E_ENV_FIELD: no
 * unit, not a string, or longer than fits.
 */
bool cli_line_unit(const char *text, size_t size, char *out, size_t out_size,
                   struct emis_error *err) EMIS_MUST_CHECK;
