/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every command of `emis` gets: its options and operands, the settings, where the installed
 * files are, and a connection when it asks for one. One thread, one command, then the process ends.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/error.h"

struct cli_command;
struct emis_settings;
struct store_connection;

#define CLI_OPTIONS_MAX 16
#define CLI_VALUES_MAX  256 /* of one option that may be given several times */
#define CLI_SETS_MAX    64

struct cli_context_option {
    const char *name; /* of the command's table; NULL: none */
    const char *values[CLI_VALUES_MAX];
    size_t count;
};

struct cli_context {
    const struct cli_command *command;
    struct emis_settings *settings;
    struct cli_context_option options[CLI_OPTIONS_MAX];
    const char *const *operands;
    size_t operand_count;
    const char *root_option; /* --root, or NULL */
    const char *config_file; /* -c, or NULL */
    const char *sets[CLI_SETS_MAX];
    size_t set_count;
    bool is_json;
    bool is_quiet; /* no messages but errors */
    bool is_color; /* standard output is a terminal and colour is wanted */
    char root[4096];
};

/* The value of an option of the command; "" for a flag that was given; NULL: not given. Asking for
 * an option that the command does not have is an assertion. */
const char *cli_context_option(const struct cli_context *cli, const char *name);
bool cli_context_has(const struct cli_context *cli, const char *name);
/* The index-th value of an option that may be repeated, or NULL. */
const char *cli_context_option_at(const struct cli_context *cli, const char *name, size_t index);
/* A whole number from min to max; fallback when the option was not given. E_USAGE. */
bool cli_context_number(const struct cli_context *cli, const char *name, long long min,
                        long long max, long long fallback, long long *ret_number,
                        struct emis_error *err) EMIS_MUST_CHECK;

/* The folder that holds sql/ and catalogue/: --root, EMIS_ROOT, share/emis beside the program, or
 * the source tree it was built in. E_NO_INPUT. Borrowed from cli. */
bool cli_context_root(struct cli_context *cli, const char **ret_root,
                      struct emis_error *err) EMIS_MUST_CHECK;
/* The path of a program that lies beside this one; the caller frees it. */
char *cli_context_program_new(const char *name);

/* Open the database of [postgres] dsn with the statements of this program. The caller frees it. */
bool cli_context_connect(const struct cli_context *cli, struct store_connection **ret_conn,
                         struct emis_error *err) EMIS_MUST_CHECK;

/* To an answer that Kafka did not give: the address that was tried and what to look at, which the
 * library's reasons do not name. Other errors stay as they are. */
void cli_context_explain_kafka(const struct cli_context *cli, struct emis_error *err);

/* A line of progress or result for a person, on standard error; nothing with -q. */
void cli_context_say(const struct cli_context *cli, const char *format, ...) EMIS_PRINTF(2, 3);
