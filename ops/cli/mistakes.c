/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/cli/mistakes.h"

#include <stdio.h>

void cli_mistakes_add(void *context, size_t line, const char *column, const char *reason)
{
    struct cli_mistakes *mistakes = context;

    if (mistakes->count++ >= CLI_MISTAKES_SHOWN_MAX) {
        return;
    }
    fprintf(stderr, "%s", mistakes->file);
    if (line > 0) {
        fprintf(stderr, ":%zu", line);
    }
    fprintf(stderr, ": %s%s%s\n", column, column[0] == '\0' ? "" : ": ", reason);
}

bool cli_mistakes_fail(const struct cli_mistakes *mistakes, struct emis_error *err)
{
    if (mistakes->count == 0) {
        return false;
    }
    if (mistakes->count > CLI_MISTAKES_SHOWN_MAX) {
        fprintf(stderr, "... and %zu more\n", mistakes->count - CLI_MISTAKES_SHOWN_MAX);
    }
    return emis_error_set_at(err, E_INPUT, mistakes->file, "%zu mistake%s; nothing was applied",
                             mistakes->count, mistakes->count == 1 ? "" : "s");
}
