/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/cli/context.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/memory.h"
#include "lib/base/settings.h"
#include "lib/base/text.h"
#include "lib/store/connection.h"

extern const struct store_statement cli_statements[];

static const struct cli_context_option *find_option(const struct cli_context *cli, const char *name)
{
    for (size_t i = 0; i < CLI_OPTIONS_MAX && cli->options[i].name != NULL; i++) {
        if (strcmp(cli->options[i].name, name) == 0) {
            return &cli->options[i];
        }
    }
    EMIS_ASSERT(false); /* an option that the command does not have */
    return NULL;
}

const char *cli_context_option(const struct cli_context *cli, const char *name)
{
    const struct cli_context_option *option = find_option(cli, name);

    return option->count == 0 ? NULL : option->values[option->count - 1];
}

bool cli_context_has(const struct cli_context *cli, const char *name)
{
    return find_option(cli, name)->count > 0;
}

const char *cli_context_option_at(const struct cli_context *cli, const char *name, size_t index)
{
    const struct cli_context_option *option = find_option(cli, name);

    return index < option->count ? option->values[index] : NULL;
}

bool cli_context_number(const struct cli_context *cli, const char *name, long long min,
                        long long max, long long fallback, long long *ret_number,
                        struct emis_error *err)
{
    const char *text = cli_context_option(cli, name);
    int64_t number;

    if (text == NULL) {
        *ret_number = fallback;
        return true;
    }
    if (!emis_text_parse_i64(text, strlen(text), &number) || number < min || number > max) {
        return emis_error_set(err, E_USAGE, "--%s takes a whole number from %lld to %lld", name,
                              min, max);
    }
    *ret_number = number;
    return true;
}

/* "DIR/sql/migrations" is there. */
static bool is_root(const char *directory)
{
    char *probe = emis_format_new("%s/sql/migrations", directory);
    bool is = access(probe, R_OK | X_OK) == 0;

    free(probe);
    return is;
}

static bool set_root(struct cli_context *cli, const char *directory)
{
    if (!is_root(directory)) {
        return false;
    }
    snprintf(cli->root, sizeof cli->root, "%s", directory);
    return true;
}

/* The folder of the running program, without a slash at its end; "" when it cannot be told. */
static void program_folder(char folder[PATH_MAX])
{
    ssize_t size = readlink("/proc/self/exe", folder, PATH_MAX - 1);
    char *slash;

    folder[size < 0 ? 0 : size] = '\0';
    slash = strrchr(folder, '/');
    if (slash != NULL) {
        *slash = '\0';
    }
}

/* An installation has ../share/emis; a build folder lies somewhere inside the source tree. */
static bool search_root(struct cli_context *cli)
{
    char folder[PATH_MAX];
    char *installed;
    bool is_found;

    program_folder(folder);
    installed = emis_format_new("%s/../share/emis", folder);
    is_found = set_root(cli, installed);
    free(installed);
    while (!is_found && folder[0] != '\0') {
        char *slash = strrchr(folder, '/');

        is_found = set_root(cli, folder);
        *(slash == NULL ? folder : slash) = '\0';
    }
    return is_found;
}

bool cli_context_root(struct cli_context *cli, const char **ret_root, struct emis_error *err)
{
    const char *named = cli->root_option != NULL ? cli->root_option : getenv("EMIS_ROOT");

    if (cli->root[0] == '\0' && named != NULL && !set_root(cli, named)) {
        return emis_error_set(err, E_NO_INPUT, "%s has no folder sql/migrations", named);
    }
    if (cli->root[0] == '\0' && !search_root(cli)) {
        return emis_error_set(err, E_NO_INPUT,
                              "could not find the folders sql and catalogue: name the folder that "
                              "holds them by --root or EMIS_ROOT");
    }
    *ret_root = cli->root;
    return true;
}

char *cli_context_program_new(const char *name)
{
    char folder[PATH_MAX];

    program_folder(folder);
    return emis_format_new("%s/%s", folder, name);
}

bool cli_context_connect(const struct cli_context *cli, struct store_connection **ret_conn,
                         struct emis_error *err)
{
    struct store_connection *conn =
        store_connection_new(emis_settings_text(cli->settings, "postgres", "dsn"), "emis", err);

    if (conn == NULL) {
        return false;
    }
    store_connection_register(conn, cli_statements);
    *ret_conn = conn;
    return true;
}

void cli_context_explain_kafka(const struct cli_context *cli, struct emis_error *err)
{
    const char *name, *value, *servers = NULL;
    char message[sizeof err->message];

    if (err->code != E_KAFKA || err->kind != EMIS_RETRY) {
        return;
    }
    for (size_t i = 0; emis_settings_passthrough(cli->settings, "kafka", i, &name, &value); i++) {
        if (strcmp(name, "bootstrap.servers") == 0 || strcmp(name, "metadata.broker.list") == 0) {
            servers = value;
        }
    }
    memcpy(message, err->message, sizeof message);
    (void) emis_error_set(err, E_KAFKA,
                          "Kafka at %s: %s; does a broker run there, does this machine reach it, "
                          "are its advertised.listeners right?",
                          servers == NULL ? "no address" : servers, message);
}

void cli_context_say(const struct cli_context *cli, const char *format, ...)
{
    va_list arguments;

    if (cli->is_quiet) {
        return;
    }
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}
