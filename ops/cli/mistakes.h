/* SPDX-License-Identifier: Apache-2.0 */
/* The mistakes of an imported file, printed as they are found: "file:line: column: reason", at most
 * 50 of them or as many as the command says; all are counted. */
#pragma once

#include <stddef.h>

#include "lib/base/error.h"

#define CLI_MISTAKES_SHOWN_MAX 50

struct cli_mistakes {
    const char *file;
    size_t shown_max; /* 0: CLI_MISTAKES_SHOWN_MAX */
    size_t count;
};

/* The callback of cli_csv_* and of the registry's imports; context is a struct cli_mistakes. */
void cli_mistakes_add(void *context, size_t line, const char *column, const char *reason);
/* The error of a command that found them: E_INPUT with their number. A failure that is not about
 * the file stays as it is. Returns false. */
bool cli_mistakes_fail(const struct cli_mistakes *mistakes, struct emis_error *err);
