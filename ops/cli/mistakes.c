/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/cli/mistakes.h"

#include <stdio.h>

static size_t shown_max(const struct cli_mistakes *mistakes)
{
    return mistakes->shown_max == 0 ? CLI_MISTAKES_SHOWN_MAX : mistakes->shown_max;
}

void cli_mistakes_add(void *context, size_t line, const char *column, const char *reason)
{
    struct cli_mistakes *mistakes = context;

    if (mistakes->count++ >= shown_max(mistakes)) {
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
    if (mistakes->count > shown_max(mistakes)) {
        fprintf(stderr, "... and %zu more\n", mistakes->count - shown_max(mistakes));
    }
    return emis_error_set_at(err, E_INPUT, mistakes->file, "%zu mistake%s; nothing was applied",
                             mistakes->count, mistakes->count == 1 ? "" : "s");
}
