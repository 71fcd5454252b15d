/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/cli/command.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/buffer.h"
#include "lib/base/log.h"
#include "lib/base/memory.h"
#include "lib/base/program.h"
#include "lib/base/settings.h"
#include "lib/base/text.h"
#include "lib/http/settings.h"
#include "lib/kafka/settings.h"
#include "lib/store/settings.h"
#include "lib/submission/settings.h"
#include "ops/cli/context.h"

enum {
    OPTION_SET = 256,
    OPTION_JSON,
    OPTION_NO_COLOR,
    OPTION_ROOT,
    OPTION_VERSION,
    OPTION_COMMAND
};

static const struct option global_options[] = {
    {"set", required_argument, NULL, OPTION_SET},
    {"json", no_argument, NULL, OPTION_JSON},
    {"quiet", no_argument, NULL, 'q'},
    {"no-color", no_argument, NULL, OPTION_NO_COLOR},
    {"root", required_argument, NULL, OPTION_ROOT},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, OPTION_VERSION},
};

#define GLOBAL_COUNT (sizeof global_options / sizeof *global_options)

static const char global_help[] =
    "  -c FILE                   configuration file (default " EMIS_PROGRAM_CONFIG_FILE
    " if it exists)\n"
    "  --set SECTION.KEY=VALUE   override one key, may be repeated; EMIS_SECTION__KEY in the "
    "environment does the same\n"
    "  --json                    print data as one JSON document\n"
    "  -q, --quiet               no messages but errors\n"
    "  --no-color                no colour on a terminal (NO_COLOR does the same)\n"
    "  --root DIR                folder that holds sql/ and catalogue/ (default: found beside the "
    "program)\n"
    "  -h, --help                this page; `emis COMMAND --help` has that of a command\n";

#define NAME_WORDS_MAX 3

/* What the global options said. */
struct globals {
    bool is_help, is_version, has_no_color;
};

/* The command whose name takes most of the words. */
static const struct cli_command *find_command(const char *const *words, size_t count,
                                              size_t *ret_words)
{
    struct emis_buffer name;
    const struct cli_command *found = NULL;

    emis_buffer_init(&name);
    for (size_t i = 0; i < count && i < NAME_WORDS_MAX; i++) {
        emis_buffer_format(&name, "%s%s", i == 0 ? "" : " ", words[i]);
        for (const struct cli_command *command = cli_command_table; command->name != NULL;
             command++) {
            if (strcmp(command->name, name.data) == 0) {
                *ret_words = i + 1;
                found = command;
            }
        }
    }
    emis_buffer_release(&name);
    return found;
}

/* The command belongs to the group: "db migrate" to "db". */
static bool is_in_group(const struct cli_command *command, const char *group)
{
    size_t size = strlen(group);

    return strncmp(command->name, group, size) == 0 &&
           (command->name[size] == ' ' || command->name[size] == '\0');
}

static size_t count_group(const char *group)
{
    size_t count = 0;

    for (const struct cli_command *command = cli_command_table; command->name != NULL; command++) {
        count += is_in_group(command, group);
    }
    return count;
}

static void print_exits(FILE *out)
{
    fprintf(out, "\nExit: 0 done; 1 the check found something or it does not exist; 64 usage; 65 "
                 "wrong data; 66 no such file; 69 Kafka or PostgreSQL away; 70 a defect;\n"
                 "      74 input or output; 75 try again; 77 not permitted; 78 configuration; 130 "
                 "interrupted.\n");
}

/* group NULL: everything. */
static void print_overview(FILE *out, const char *group)
{
    const struct cli_command *example = NULL;

    fprintf(out,
            "emis - the operators' command of the education warehouse\n\nUsage: emis [OPTION]... "
            "%s [ARGUMENT]...\n\n",
            group == NULL ? "COMMAND" : group);
    for (const struct cli_command *command = cli_command_table; command->name != NULL; command++) {
        if (group == NULL || is_in_group(command, group)) {
            char *usage = emis_format_new("%s %s", command->name, command->operands);

            fprintf(out, "  %-34s %s\n", usage, command->help);
            free(usage);
            example = example == NULL ? command : example;
        }
    }
    fprintf(out, "\nOptions of every command:\n%s", global_help);
    if (example != NULL) {
        fprintf(out, "\nExample: %s\n",
                group == NULL
                    ? "emis db migrate && emis registry import registry.csv && emis status"
                    : example->example);
    }
    print_exits(out);
}

static void print_command_help(const struct cli_command *command)
{
    printf("emis %s - %s\n\nUsage: emis %s%s%s [OPTION]...\n", command->name, command->help,
           command->name, command->operands[0] == '\0' ? "" : " ", command->operands);
    if (command->options != NULL) {
        const struct cli_command_option *option = command->options;

        printf("\n");
        for (; option->name != NULL; option++) {
            char *usage =
                emis_format_new("--%s%s%s", option->name, option->argument == NULL ? "" : " ",
                                option->argument == NULL ? "" : option->argument);

            printf("  %-25s %s\n", usage, option->help);
            free(usage);
        }
        printf("%s", option->help == NULL ? "" : option->help);
    }
    printf("\nOptions of every command:\n%s\nExample: %s\n", global_help, command->example);
    print_exits(stdout);
}

/* The global options, then the command's; ends with a zero entry. The caller frees it. */
static struct option *option_list_new(const struct cli_command *command)
{
    size_t count = GLOBAL_COUNT;
    struct option *list = emis_calloc(GLOBAL_COUNT + CLI_OPTIONS_MAX + 1, sizeof *list);

    memcpy(list, global_options, sizeof global_options);
    for (size_t i = 0;
         command != NULL && command->options != NULL && command->options[i].name != NULL; i++) {
        EMIS_ASSERT(i < CLI_OPTIONS_MAX);
        list[count++] =
            (struct option){command->options[i].name,
                            command->options[i].argument == NULL ? no_argument : required_argument,
                            NULL, OPTION_COMMAND + (int) i};
    }
    return list;
}

/* An option that counts once and comes twice: which one is meant is not ours to guess. */
static bool is_given_twice(const char *option, struct emis_error *err)
{
    return emis_error_set(err, E_USAGE, "%s was given twice; it counts once", option);
}

/* What is no text could be neither looked up nor shown. */
static bool check_text(const char *what, const char *text, struct emis_error *err)
{
    size_t at = emis_text_utf8_error(text, strlen(text));

    return at == SIZE_MAX ||
           emis_error_set(err, E_USAGE, "%s is not UTF-8 text: its byte %zu is 0x%02x", what,
                          at + 1, (unsigned char) text[at]);
}

static bool take_global(struct cli_context *cli, struct globals *globals, int found,
                        struct emis_error *err)
{
    switch (found) {
    case 'c':
        if (cli->config_file != NULL) {
            return is_given_twice("-c", err);
        }
        cli->config_file = optarg;
        return true;
    case OPTION_SET:
        if (cli->set_count == CLI_SETS_MAX) {
            return emis_error_set(err, E_USAGE, "more than %d --set", CLI_SETS_MAX);
        }
        cli->sets[cli->set_count++] = optarg;
        return true;
    case 'q':
        cli->is_quiet = true;
        return true;
    case 'h':
        globals->is_help = true;
        return true;
    case OPTION_JSON:
        cli->is_json = true;
        return true;
    case OPTION_NO_COLOR:
        globals->has_no_color = true;
        return true;
    case OPTION_ROOT:
        if (cli->root_option != NULL) {
            return is_given_twice("--root", err);
        }
        cli->root_option = optarg;
        return true;
    default:
        globals->is_version = true;
        return true;
    }
}

static bool is_repeatable(const struct cli_command_option *option)
{
    return option->argument == NULL || strstr(option->argument, "...") != NULL;
}

static bool take_command_option(struct cli_context *cli, int index, struct emis_error *err)
{
    struct cli_context_option *option = &cli->options[index];

    if (option->count > 0 && !is_repeatable(&cli->command->options[index])) {
        char *name = emis_format_new("--%s", option->name);

        (void) is_given_twice(name, err);
        free(name);
        return false;
    }
    if (option->count == CLI_VALUES_MAX) {
        return emis_error_set(err, E_USAGE, "more than %d --%s", CLI_VALUES_MAX, option->name);
    }
    option->values[option->count++] = optarg == NULL ? "" : optarg;
    return true;
}

/* The value of the option that getopt has found; index: its place in the list, or -1 for -c. */
static bool check_value(const struct option *list, int index, struct emis_error *err)
{
    char *what;
    bool ok;

    if (optarg == NULL) {
        return true;
    }
    what = index < 0 ? emis_format_new("the value of -c")
                     : emis_format_new("the value of --%s", list[index].name);
    ok = check_text(what, optarg, err);
    free(what);
    return ok;
}

/* One pass of getopt over argv; command NULL: the global options before the command's name. */
static bool parse_options(struct cli_context *cli, struct globals *globals,
                          const struct cli_command *command, int argc, char **argv,
                          struct emis_error *err)
{
    struct option *list = option_list_new(command);
    bool ok = true;
    int found, index = -1;

    optind = 0;
    opterr = 0;
    while (ok && (found = getopt_long(argc, argv, command == NULL ? "+:c:qh" : ":c:qh", list,
                                      &index)) != -1) {
        if (found == '?') {
            ok = check_text("an option", argv[optind - 1], err) &&
                 emis_error_set(err, E_USAGE, "unknown option %s", argv[optind - 1]);
        } else if (found == ':') {
            ok = emis_error_set(err, E_USAGE, "%s needs a value", argv[optind - 1]);
        } else if (!check_value(list, index, err)) {
            ok = false;
        } else if (found >= OPTION_COMMAND) {
            ok = take_command_option(cli, found - OPTION_COMMAND, err);
        } else {
            ok = take_global(cli, globals, found, err);
        }
        index = -1;
    }
    free(list);
    return ok;
}

/* "did you mean": the command whose name is nearest to the words given. */
static bool unknown_command(const char *first, const char *second, struct emis_error *err)
{
    const char *nearest = NULL;
    size_t best = 4;
    char *given =
        emis_format_new("%s%s%s", first, second == NULL ? "" : " ", second == NULL ? "" : second);

    for (const struct cli_command *command = cli_command_table; command->name != NULL; command++) {
        const char *space = second == NULL ? NULL : strchr(command->name, ' ');
        size_t distance = emis_text_distance(space == NULL ? first : given, command->name);

        if (distance < best) {
            best = distance;
            nearest = command->name;
        }
    }
    if (nearest == NULL && count_group(first) > 0) {
        (void) emis_error_set(err, E_USAGE, "there is no command %s; `emis %s --help` lists them",
                              given, first);
    } else if (nearest == NULL) {
        (void) emis_error_set(err, E_USAGE, "there is no command %s; `emis --help` lists them",
                              given);
    } else {
        (void) emis_error_set(err, E_USAGE, "there is no command %s; did you mean `emis %s`?",
                              given, nearest);
    }
    free(given);
    return false;
}

static bool check_operands(const struct cli_context *cli, struct emis_error *err)
{
    const struct cli_command *command = cli->command;

    for (size_t i = 0; i < cli->operand_count; i++) {
        char *what = emis_format_new("argument %zu of emis %s", i + 1, command->name);
        bool ok = check_text(what, cli->operands[i], err);

        free(what);
        if (!ok) {
            return false;
        }
    }
    if (cli->operand_count < command->operands_min) {
        return emis_error_set(err, E_USAGE, "emis %s needs %s", command->name, command->operands);
    }
    if (cli->operand_count > command->operands_max) {
        return emis_error_set(err, E_USAGE, "emis %s does not take %s", command->name,
                              cli->operands[command->operands_max]);
    }
    return true;
}

static struct emis_settings *settings_new(void)
{
    struct emis_settings *settings = emis_settings_new();

    emis_settings_declare(settings, emis_program_settings);
    emis_settings_declare(settings, store_settings);
    emis_settings_declare(settings, kafka_settings);
    emis_settings_declare(settings, submission_settings);
    emis_settings_declare(settings, http_settings);
    emis_settings_declare_passthrough(settings, "kafka");
    /* One file serves all programs: what the daemons would refuse is refused here first. */
    emis_settings_declare(settings, emis_program_ingest_settings);
    emis_settings_declare(settings, emis_program_aggregate_settings);
    return settings;
}

static bool load_settings(struct cli_context *cli, struct emis_error *err)
{
    enum emis_log_level level;

    if (!emis_program_load(cli->settings, cli->config_file, err)) {
        return false;
    }
    for (size_t i = 0; i < cli->set_count; i++) {
        if (!emis_settings_set(cli->settings, cli->sets[i], err)) {
            return false;
        }
    }
    /* A command answers by its output and its error; the libraries' lines are for those who ask for
     * them. */
    if (!emis_program_check_log(cli->settings, &level, err)) {
        return false;
    }
    emis_log_init("emis", level == EMIS_LOG_DEBUG ? EMIS_LOG_DEBUG : EMIS_LOG_WARN,
                  strcmp(emis_settings_text(cli->settings, "log", "format"), "json") == 0);
    return true;
}

static bool run_command(struct cli_context *cli, struct globals *globals, int argc, char **argv,
                        struct emis_error *err)
{
    const struct cli_command *command = cli->command;
    char **operands;

    for (size_t i = 0; command->options != NULL && command->options[i].name != NULL; i++) {
        cli->options[i].name = command->options[i].name;
    }
    if (!parse_options(cli, globals, command, argc, argv, err)) {
        return false;
    }
    if (globals->is_help) {
        print_command_help(command);
        return true;
    }
    operands = argv + optind;
    cli->operands = (const char *const *) operands;
    cli->operand_count = (size_t) (argc - optind);
    cli->is_color = isatty(STDOUT_FILENO) && !globals->has_no_color && getenv("NO_COLOR") == NULL;
    return check_operands(cli, err) && load_settings(cli, err) && command->run(cli, err);
}

/* What is asked without a command: help, version, the overview of a group. */
static bool answer_alone(const struct globals *globals, const char *group, bool *ret_is_done,
                         struct emis_error *err)
{
    *ret_is_done = true;
    if (globals->is_version) {
        printf("emis %s\n", emis_program_version());
        return true;
    }
    if (globals->is_help || (group != NULL && strcmp(group, "help") == 0)) {
        print_overview(stdout, NULL);
        return true;
    }
    if (group == NULL) {
        print_overview(stderr, NULL);
        return emis_error_set(err, E_USAGE, "no command was given");
    }
    *ret_is_done = false;
    return true;
}

static bool dispatch(struct cli_context *cli, int argc, char **argv, struct emis_error *err)
{
    struct globals globals = {.is_help = false};
    const char *first, *second;
    size_t words;
    bool is_done;
    int start;

    if (!parse_options(cli, &globals, NULL, argc, argv, err)) {
        return false;
    }
    start = optind;
    first = start < argc ? argv[start] : NULL;
    second = first != NULL && start + 1 < argc ? argv[start + 1] : NULL;
    if (second != NULL && second[0] != '-' && strcmp(first, "help") == 0) {
        /* `emis help WORDS` is `emis WORDS --help` */
        globals.is_help = true;
        start++;
        first = second;
        second = start + 1 < argc ? argv[start + 1] : NULL;
    } else if (!answer_alone(&globals, first, &is_done, err) || is_done) {
        return is_done && err->code == EMIS_OK;
    }
    cli->command =
        find_command((const char *const *) argv + start, (size_t) (argc - start), &words);
    if (cli->command == NULL && count_group(first) > 0 && (second == NULL || second[0] == '-')) {
        bool is_asked =
            globals.is_help ||
            (second != NULL && (strcmp(second, "--help") == 0 || strcmp(second, "-h") == 0));

        print_overview(is_asked ? stdout : stderr, first);
        return is_asked ||
               emis_error_set(err, E_USAGE, "emis %s needs one of the commands above", first);
    }
    if (cli->command == NULL) {
        return check_text("the command", first, err) &&
               (second == NULL || check_text("the command", second, err)) &&
               unknown_command(first, second, err);
    }
    start += (int) words - 1;
    return run_command(cli, &globals, argc - start, argv + start, err);
}

/* To a daemon these are a sick database, to wait for; to a person at the keyboard they say what to
 * do. */
static void explain_database(struct emis_error *err)
{
    char message[sizeof err->message];

    memcpy(message, err->message, sizeof message);
    if (strcmp(err->sqlstate, "42501") == 0) {
        (void) emis_error_set(err, E_PERMISSION, "%s", message);
    } else if (strcmp(err->sqlstate, "42P01") == 0 || strcmp(err->sqlstate, "3F000") == 0 ||
               strcmp(err->sqlstate, "42703") == 0) {
        (void) emis_error_set(err, E_DB_SICK,
                              "%s; the database is not of this version: run `emis db migrate`",
                              message);
    }
}

int cli_command_main(int argc, char **argv)
{
    struct cli_context *cli = emis_calloc(1, sizeof *cli);
    struct emis_error err = {.code = EMIS_OK};
    bool ok;
    int status = 0;

    cli->settings = settings_new();
    ok = dispatch(cli, argc, argv, &err);
    if (fflush(stdout) != 0 && ok) {
        ok = emis_error_set(&err, E_IO, "could not write to standard output");
    }
    if (!ok) {
        explain_database(&err);
        cli_context_explain_kafka(cli, &err);
        status = emis_program_fail("emis", &err);
    }
    emis_settings_free(cli->settings);
    free(cli);
    return status;
}
