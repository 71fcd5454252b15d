/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/settings.h"

#include <errno.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/settings_table.h"

#define LINE_BYTES_MAX 16384
#define NAME_BYTES_MAX 128

/* A file being read. */
struct reading {
    struct emis_settings *settings;
    FILE *file;
    const char *path;
    int line;
    bool is_too_long;
    bool is_failed; /* err is set */
    struct emis_error *err;
};

static void write_origin(const struct reading *reading, char out[sizeof reading->err->pointer])
{
    /* The end of a long path says more than its beginning. */
    size_t length = strlen(reading->path);
    (void) snprintf(out, sizeof reading->err->pointer, "%s:%d",
                    reading->path + (length > 100 ? length - 100 : 0), reading->line);
}

/* inih's reader: also counts lines and refuses one that does not fit, which inih would read as two.
 */
static char *read_line(char *out, int size, void *context)
{
    struct reading *reading = context;
    if (reading->is_failed || reading->is_too_long || fgets(out, size, reading->file) == NULL) {
        return NULL;
    }
    reading->line++;
    if (strchr(out, '\n') == NULL && strlen(out) + 1 >= (size_t) size) {
        reading->is_too_long = true;
        return NULL;
    }
    return out;
}

/* Where this file set the key before, or NULL: one of the two lines is a mistake. */
static const char *place_in_file(const struct emis_settings *settings, const char *section,
                                 const char *name)
{
    const struct emis_settings_entry *entry = emis_settings_find(settings, section, name);
    const struct emis_settings_free_entry *free_entry =
        emis_settings_find_free(settings, section, name);
    if (entry != NULL) {
        return entry->load == settings->load ? entry->origin : NULL;
    }
    return free_entry != NULL && free_entry->load == settings->load ? free_entry->origin : NULL;
}

static int take_pair(void *context, const char *section, const char *name, const char *value)
{
    struct reading *reading = context;
    char here[sizeof reading->err->pointer];
    const char *before = place_in_file(reading->settings, section, name);
    write_origin(reading, here);
    if (before != NULL) {
        (void) emis_error_set_at(reading->err, E_CONFIG, here, "%s.%s was set before at %s",
                                 section, name, before);
        reading->is_failed = true;
    } else if (!emis_settings_assign(reading->settings, section, name, value, here, reading->err)) {
        reading->is_failed = true;
    }
    return !reading->is_failed;
}

/*
 * inih's defaults are for small devices: lines of 200 bytes, and an indented line continues the
 * value above it, which would swallow a key. These are process-wide variables of the library; files
 * are read before threads start.
 */
static void set_up_inih(void)
{
    ini_use_stack = false;
    ini_initial_alloc = LINE_BYTES_MAX;
    ini_max_line = LINE_BYTES_MAX;
    ini_allow_multiline = false;
    ini_stop_on_first_error = true;
}

static bool parse_file(struct reading *reading)
{
    char here[sizeof reading->err->pointer];
    set_up_inih();
    int bad_line = ini_parse_stream(read_line, reading, take_pair, reading);
    if (reading->is_failed) {
        return false;
    }
    write_origin(reading, here);
    if (reading->is_too_long) {
        return emis_error_set_at(reading->err, E_CONFIG, here, "the line is longer than %d bytes",
                                 LINE_BYTES_MAX - 2);
    }
    if (ferror(reading->file)) {
        return emis_error_set_at(reading->err, E_IO, reading->path, "could not read %s: %s",
                                 reading->path, strerror(errno));
    }
    if (bad_line != 0) {
        return emis_error_set_at(reading->err, E_CONFIG, here,
                                 "not a [section], a comment or name = value");
    }
    return true;
}

bool emis_settings_load_file(struct emis_settings *settings, const char *path,
                             struct emis_error *err)
{
    struct reading reading = {.settings = settings, .path = path, .err = err};
    reading.file = fopen(path, "re");
    if (reading.file == NULL) {
        return emis_error_set_at(err, E_NO_INPUT, path, "could not open %s: %s", path,
                                 strerror(errno));
    }
    settings->load_count++;
    settings->load = settings->load_count;
    bool is_done = parse_file(&reading);
    settings->load = 0;
    (void) fclose(reading.file);
    return is_done;
}

/* EMIS_SECTION__KEY to section and key, lower case; false when the variable is not of that form. */
static bool split_variable(const char *variable, char section[NAME_BYTES_MAX],
                           char name[NAME_BYTES_MAX])
{
    const char *end = strchr(variable, '=');
    if (strncmp(variable, "EMIS_", 5) != 0 || end == NULL) {
        return false;
    }
    const char *from = variable + 5;
    const char *middle = strstr(from, "__");
    if (middle == NULL || middle >= end || middle == from || middle - from >= NAME_BYTES_MAX ||
        end - middle - 2 >= NAME_BYTES_MAX) {
        return false;
    }
    (void) snprintf(section, NAME_BYTES_MAX, "%.*s", (int) (middle - from), from);
    (void) snprintf(name, NAME_BYTES_MAX, "%.*s", (int) (end - middle - 2), middle + 2);
    for (size_t i = 0; i < NAME_BYTES_MAX; i++) {
        section[i] =
            (char) (section[i] >= 'A' && section[i] <= 'Z' ? section[i] | 0x20 : section[i]);
        name[i] = (char) (name[i] >= 'A' && name[i] <= 'Z' ? name[i] | 0x20 : name[i]);
    }
    return true;
}

bool emis_settings_load_environment(struct emis_settings *settings, char *const *environment,
                                    struct emis_error *err)
{
    char section[NAME_BYTES_MAX] = "";
    char name[NAME_BYTES_MAX] = "";
    for (; *environment != NULL; environment++) {
        if (!split_variable(*environment, section, name)) {
            continue;
        }
        const char *value = strchr(*environment, '=') + 1;
        if (emis_settings_find(settings, section, name) == NULL &&
            emis_settings_find_free_section(settings, section) != NULL) {
            for (char *c = name; *c != '\0'; c++) {
                *c = *c == '_' ? '.' : *c;
            }
        }
        if (!emis_settings_assign(settings, section, name, value, "environment", err)) {
            return emis_error_wrap(err, "%.*s", (int) (value - *environment - 1), *environment);
        }
    }
    return true;
}

bool emis_settings_set(struct emis_settings *settings, const char *assignment,
                       struct emis_error *err)
{
    char section[NAME_BYTES_MAX];
    char name[NAME_BYTES_MAX];
    size_t section_size = strcspn(assignment, ".=");
    const char *rest = assignment + section_size + 1;
    bool is_shaped =
        section_size > 0 && section_size < NAME_BYTES_MAX && assignment[section_size] == '.';
    size_t name_size = is_shaped ? strcspn(rest, "=") : 0;
    if (!is_shaped || name_size == 0 || name_size >= NAME_BYTES_MAX || rest[name_size] != '=') {
        /* What stands behind the '=' may be a secret. */
        return emis_error_set_at(err, E_USAGE, "--set", "--set wants section.key=value, not '%.*s'",
                                 (int) strcspn(assignment, "="), assignment);
    }
    (void) snprintf(section, sizeof section, "%.*s", (int) section_size, assignment);
    (void) snprintf(name, sizeof name, "%.*s", (int) name_size, rest);
    return emis_settings_assign(settings, section, name, rest + name_size + 1, "--set", err);
}
