/* SPDX-License-Identifier: Apache-2.0 */
/* The one door through which codes of other schemes enter: for `registry codes import` and for
 * `registry link --accept`. */
#pragma once

#include <stddef.h>

#include "lib/base/error.h"
#include "lib/registry/codes_plan.h"
#include "ops/cli/mistakes.h"

struct cli_context;

/* Import the rows, print the difference (--dry-run) and what was done. Mistakes were told when it
 * fails. */
bool cli_scheme_apply(struct cli_context *cli, const struct registry_codes_row *rows, size_t count,
                      struct cli_mistakes *mistakes, struct emis_error *err) EMIS_MUST_CHECK;
