/* SPDX-License-Identifier: Apache-2.0 */
/* audit run: the auditor is the aggregator's; this command runs it once. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ops/cli/commands.h"

#define ARGUMENTS_MAX (8 + 2 * CLI_SETS_MAX)

bool cli_audit_run(struct cli_context *cli, struct emis_error *err)
{
    char *program = cli_context_program_new("emis-aggregator");
    const char *arguments[ARGUMENTS_MAX];
    size_t count = 0;

    arguments[count++] = program;
    arguments[count++] = "--audit-once";
    if (cli_context_has(cli, "all")) {
        arguments[count++] = "--all";
    }
    if (cli->is_json) {
        arguments[count++] = "--json";
    }
    if (cli->config_file != NULL) {
        arguments[count++] = "-c";
        arguments[count++] = cli->config_file;
    }
    for (size_t i = 0; i < cli->set_count; i++) {
        arguments[count++] = "--set";
        arguments[count++] = cli->sets[i];
    }
    arguments[count] = NULL;
    fflush(stdout);
    execv(program, (char *const *) arguments);
    (void) emis_error_set(err, E_NO_INPUT, "could not run %s: %s", program, strerror(errno));
    free(program);
    return false;
}
