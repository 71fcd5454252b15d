/* SPDX-License-Identifier: Apache-2.0 */
/* config show, config keys, config check; version. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/base/program.h"
#include "lib/base/settings.h"
#include "lib/http/address.h"
#include "lib/kafka/admin.h"
#include "lib/kafka/config.h"
#include "lib/submission/keyring.h"
#include "lib/submission/settings.h"
#include "ops/cli/commands.h"
#include "ops/cli/print.h"

/* The printed form, line by line: "[section]", then "name = value   # origin". */
static void add_printed(struct cli_print *print, char *text)
{
    char *position = NULL;
    const char *section = "";

    for (char *line = strtok_r(text, "\n", &position); line != NULL;
         line = strtok_r(NULL, "\n", &position)) {
        char *equals = strstr(line, " = "), *origin = strstr(line, "   # ");

        if (line[0] == '[') {
            section = line + 1;
            line[strcspn(line, "]")] = '\0';
        } else if (equals != NULL) {
            *equals = '\0';
            if (origin != NULL) {
                *origin = '\0';
            }
            cli_print_row(print, (const char *const[]){section, line, equals + 3,
                                                       origin == NULL ? NULL : origin + 5});
        }
    }
}

bool cli_config_show(struct cli_context *cli, struct emis_error *err)
{
    static const struct cli_print_column columns[] = {
        {"section", 't'}, {"key", 't'}, {"value", 't'}, {"origin", 't'}, {NULL, 0}};
    struct cli_print print;
    char *text = NULL;
    size_t size;
    FILE *memory;

    if (!cli->is_json) {
        emis_settings_print(cli->settings, stdout, cli_context_has(cli, "origin"));
        return true;
    }
    memory = open_memstream(&text, &size);
    if (memory == NULL) {
        return emis_error_set(err, E_IO, "could not print the settings");
    }
    emis_settings_print(cli->settings, memory, true);
    fclose(memory);
    cli_print_init(&print, cli, "emis.config/1", columns);
    add_printed(&print, text);
    cli_print_end(&print);
    free(text);
    return true;
}

bool cli_config_keys(struct cli_context *cli, struct emis_error *err)
{
    (void) err;
    emis_settings_print_keys(cli->settings, stdout);
    return true;
}

static bool check_signing(const struct cli_context *cli, struct emis_error *err)
{
    const char *file = emis_settings_text(cli->settings, "emis", "keys_file");
    struct submission_keyring *keyring;
    bool is_required;

    if (!submission_settings_signing(cli->settings, &is_required, err)) {
        return false;
    }
    if (file[0] == '\0') {
        return true;
    }
    if (!submission_keyring_load(file, &keyring, err)) {
        return false;
    }
    submission_keyring_free(keyring);
    return true;
}

static bool check_unsafe(const struct cli_context *cli, struct emis_error *err)
{
    char *text = emis_strdup(emis_settings_text(cli->settings, "emis", "allow_unsafe"));
    const char *names[CLI_TOPICS_UNSAFE_MAX + 1];
    bool ok;

    cli_topics_split_unsafe(text, names);
    ok = kafka_admin_check_unsafe(names, err);
    free(text);
    return ok;
}

/* The values that a type does not say all about, by the functions that the daemons call. */
static bool check_daemons(const struct cli_context *cli, struct emis_error *err)
{
    int32_t minutes;
    bool is_auto;

    return submission_settings_utc_offset(cli->settings, &minutes, err) &&
           http_address_check(emis_settings_text(cli->settings, "metrics", "listen"), err) &&
           emis_program_opens_periods(cli->settings, &is_auto, err) && check_unsafe(cli, err);
}

bool cli_config_check(struct cli_context *cli, struct emis_error *err)
{
    const char *durability = emis_settings_text(cli->settings, "emis", "durability");
    enum kafka_admin_profile profile;

    if (!kafka_admin_profile_by_name(durability, &profile)) {
        return emis_error_set(err, E_CONFIG, "emis.durability is %s: lab, two_server or cluster",
                              durability);
    }
    if (!kafka_config_check_topic(emis_settings_text(cli->settings, "topics", "submissions"),
                                  err) ||
        !kafka_config_check(cli->settings, err) || !check_signing(cli, err) ||
        !check_daemons(cli, err)) {
        return false;
    }
    cli_context_say(
        cli, "the configuration is right; `emis topics describe` checks what the broker has");
    return true;
}

bool cli_config_version(struct cli_context *cli, struct emis_error *err)
{
    (void) err;
    if (cli->is_json) {
        printf("{\"schema\": \"emis.version/1\", \"version\": \"%s\"}\n", emis_program_version());
    } else {
        printf("emis %s\n", emis_program_version());
    }
    return true;
}
