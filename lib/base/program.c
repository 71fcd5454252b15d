/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/program.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/settings.h"

#define SETS_MAX 64

extern char **environ;

const struct emis_settings_key emis_program_settings[] = {
    {"log", "level", EMIS_SETTINGS_TEXT, "info", 0, 0, false,
     "least severe lines written: error, warn, info or debug"},
    {"log", "format", EMIS_SETTINGS_TEXT, "text", 0, 0, false, "text or json"},
    {NULL, NULL, EMIS_SETTINGS_TEXT, NULL, 0, 0, false, NULL},
};

const char *emis_program_version(void)
{
    return EMIS_VERSION;
}

bool emis_program_load(struct emis_settings *settings, const char *config_file,
                       struct emis_error *err)
{
    if (config_file == NULL && access(EMIS_PROGRAM_CONFIG_FILE, F_OK) == 0) {
        config_file = EMIS_PROGRAM_CONFIG_FILE;
    }
    return (config_file == NULL || emis_settings_load_file(settings, config_file, err)) &&
           emis_settings_load_environment(settings, environ, err);
}

struct arguments {
    const char *config_file;
    const char *sets[SETS_MAX];
    size_t set_count;
    bool is_help, is_version, is_keys;
};

static bool take_flag(const struct emis_program *program, const char *argument)
{
    for (const struct emis_program_flag *flag = program->flags; flag != NULL && flag->name != NULL;
         flag++) {
        if (strcmp(flag->name, argument) == 0) {
            *flag->is_set = true;
            return true;
        }
    }
    return false;
}

static bool take_argument(const struct emis_program *program, struct arguments *arguments, int argc,
                          char *const *argv, int *index, struct emis_error *err)
{
    const char *argument = argv[*index];
    bool has_value = strcmp(argument, "-c") == 0 || strcmp(argument, "--set") == 0;

    if (has_value && *index + 1 >= argc) {
        return emis_error_set(err, E_USAGE, "%s needs a value", argument);
    }
    if (strcmp(argument, "-c") == 0) {
        if (arguments->config_file != NULL) {
            return emis_error_set(err, E_USAGE, "-c was given twice; it counts once");
        }
        arguments->config_file = argv[++*index];
    } else if (strcmp(argument, "--set") == 0) {
        if (arguments->set_count == SETS_MAX) {
            return emis_error_set(err, E_USAGE, "more than %d --set", SETS_MAX);
        }
        arguments->sets[arguments->set_count++] = argv[++*index];
    } else if (strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0) {
        arguments->is_help = true;
    } else if (strcmp(argument, "--version") == 0) {
        arguments->is_version = true;
    } else if (strcmp(argument, "--keys") == 0) {
        arguments->is_keys = true;
    } else if (!take_flag(program, argument)) {
        return emis_error_set(err, E_USAGE, "unknown argument %s", argument);
    }
    return true;
}

static void print_help(const struct emis_program *program)
{
    printf("%s - %s\n\nUsage: %s [-c FILE] [--set SECTION.KEY=VALUE]...\n\n", program->name,
           program->purpose, program->name);
    printf("  -c FILE                   configuration file (default %s if it exists)\n",
           EMIS_PROGRAM_CONFIG_FILE);
    printf("  --set SECTION.KEY=VALUE   override one key; EMIS_SECTION__KEY in the environment "
           "does the same\n");
    printf("  --keys                    print every key with its default and meaning\n");
    printf("  --version                 print the version\n");
    for (const struct emis_program_flag *flag = program->flags; flag != NULL && flag->name != NULL;
         flag++) {
        printf("  %-25s %s\n", flag->name, flag->description);
    }
    printf("\nExample: %s --set 'postgres.dsn=host=/run/postgresql dbname=emis' --set "
           "kafka.bootstrap.servers=127.0.0.1:9092\n",
           program->name);
    printf("Exit: 0 stopped when asked, 64 usage, 69 Kafka or PostgreSQL away, 78 configuration; "
           "others by sysexits.h.\n");
}

bool emis_program_check_log(const struct emis_settings *settings, enum emis_log_level *ret_level,
                            struct emis_error *err)
{
    const char *level_name = emis_settings_text(settings, "log", "level");
    const char *format = emis_settings_text(settings, "log", "format");

    if (!emis_log_level_by_name(level_name, ret_level)) {
        return emis_error_set(err, E_CONFIG, "log.level is %s: error, warn, info or debug",
                              level_name);
    }
    return strcmp(format, "text") == 0 || strcmp(format, "json") == 0 ||
           emis_error_set(err, E_CONFIG, "log.format is %s: text or json", format);
}

static bool start_log(const struct emis_program *program, const struct emis_settings *settings,
                      struct emis_error *err)
{
    enum emis_log_level level;

    if (!emis_program_check_log(settings, &level, err)) {
        return false;
    }
    emis_log_init(program->name, level,
                  strcmp(emis_settings_text(settings, "log", "format"), "json") == 0);
    return true;
}

/* One file serves all programs: a section that only another one reads is passed over here. */
static void declare_foreign(const struct emis_program *program, struct emis_settings *settings)
{
    static const char *const sections[] = {"ingest", "aggregate"};

    for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
        bool is_ours = false;

        for (const struct emis_settings_key *const *table = program->tables; *table != NULL;
             table++) {
            for (const struct emis_settings_key *key = *table; key->section != NULL; key++) {
                is_ours = is_ours || strcmp(key->section, sections[i]) == 0;
            }
        }
        if (!is_ours) {
            emis_settings_declare_passthrough(settings, sections[i]);
        }
    }
}

static bool load_all(struct emis_settings *settings, const struct arguments *arguments,
                     struct emis_error *err)
{
    if (!emis_program_load(settings, arguments->config_file, err)) {
        return false;
    }
    for (size_t i = 0; i < arguments->set_count; i++) {
        if (!emis_settings_set(settings, arguments->sets[i], err)) {
            return false;
        }
    }
    return true;
}

static bool has_section(const struct emis_program *program, const char *section)
{
    for (const struct emis_settings_key *const *table = program->tables; *table != NULL; table++) {
        for (const struct emis_settings_key *key = *table; key->section != NULL; key++) {
            if (strcmp(key->section, section) == 0) {
                return true;
            }
        }
    }
    return false;
}

/* One file serves all programs: a section that is another program's is that program's to check. */
static void declare_others(struct emis_settings *settings, const struct emis_program *program)
{
    static const char *const sections[] = {"topics", "ingest", "aggregate", "metrics"};

    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
        if (!has_section(program, sections[i])) {
            emis_settings_declare_passthrough(settings, sections[i]);
        }
    }
}

bool emis_program_start(const struct emis_program *program, int argc, char *const *argv,
                        struct emis_settings **ret_settings, bool *ret_is_done,
                        struct emis_error *err)
{
    struct arguments arguments = {.config_file = NULL};
    struct emis_settings *settings = emis_settings_new();
    bool ok = true;

    for (const struct emis_settings_key *const *table = program->tables; *table != NULL; table++) {
        emis_settings_declare(settings, *table);
    }
    emis_settings_declare_passthrough(settings, "kafka");
    declare_foreign(program, settings);
    declare_others(settings, program);
    for (int i = 1; i < argc && ok; i++) {
        ok = take_argument(program, &arguments, argc, argv, &i, err);
    }
    *ret_is_done = ok && (arguments.is_help || arguments.is_version || arguments.is_keys);
    if (ok && arguments.is_help) {
        print_help(program);
    } else if (ok && arguments.is_version) {
        printf("%s %s\n", program->name, emis_program_version());
    } else if (ok && arguments.is_keys) {
        emis_settings_print_keys(settings, stdout);
    } else if (ok) {
        ok = load_all(settings, &arguments, err) && start_log(program, settings, err);
    }
    if (!ok || *ret_is_done) {
        emis_settings_free(settings);
        return ok;
    }
    *ret_settings = settings;
    return true;
}

static volatile sig_atomic_t bound_status; /* a handler has no argument of its own */

static void on_alarm(int signal_number)
{
    (void) signal_number;
    _exit(bound_status);
}

void emis_program_bound_stop(unsigned int seconds, int status)
{
    bound_status = status;
    (void) signal(SIGALRM, on_alarm);
    (void) alarm(seconds);
}

int emis_program_fail(const char *name, const struct emis_error *err)
{
    const char *hint = emis_error_hint(err->code);

    if (err->pointer[0] != '\0') {
        fprintf(stderr, "%s: %s: %s (%s)\n", name, err->pointer, err->message,
                emis_error_name(err->code));
    } else {
        fprintf(stderr, "%s: %s (%s)\n", name, err->message, emis_error_name(err->code));
    }
    if (hint[0] != '\0') {
        fprintf(stderr, "hint: %s\n", hint);
    }
    return emis_error_exit_status(err->code);
}
