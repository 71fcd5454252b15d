/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line as data: from one table come parsing, --help at every level and the list of exit
 * codes. Commands are one word ("status"), two ("db migrate") or
 * three ("registry codes import").
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/error.h"

struct cli_context;

struct cli_command_option {
    const char *name;     /* without the dashes; ends a list: NULL */
    const char *argument; /* what stands for the value in the help; NULL: a flag. One that ends with
                             "..." may be given more than once */
    const char *help;     /* of the list's end: a manual that follows the options, or NULL */
};

typedef bool (*cli_command_fn)(struct cli_context *cli, struct emis_error *err);

struct cli_command {
    const char *name;     /* "db migrate" */
    const char *operands; /* "FILE", "[CODE]" or "" */
    size_t operands_min, operands_max;
    const char *help; /* one line */
    const char *example;
    const struct cli_command_option *options; /* NULL: none */
    cli_command_fn run;
};

/* Every command, in the order of the help; ends with name NULL. */
extern const struct cli_command cli_command_table[];

/* Parse the command line, run the command, print its error. Returns the exit status. */
int cli_command_main(int argc, char **argv);
