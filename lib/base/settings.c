/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/settings.h"

#include <errno.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/base/settings_table.h"
#include "lib/base/settings_value.h"
#include "lib/base/text.h"

#define LINE_BYTES_MAX 16384
#define NAME_BYTES_MAX 128

struct emis_settings *emis_settings_new(void)
{
    return emis_calloc(1, sizeof(struct emis_settings));
}

static struct emis_settings_entry *find(const struct emis_settings *settings, const char *section, const char *name)
{
    for (size_t i = 0; i < settings->entry_count; i++) {
        const struct emis_settings_key *key = settings->entries[i].key;
        if (strcmp(key->section, section) == 0 && strcmp(key->name, name) == 0) {
            return &settings->entries[i];
        }
    }
    return NULL;
}

static void declare(struct emis_settings *settings, const struct emis_settings_key *key)
{
    struct emis_error err;
    struct emis_settings_entry *known = find(settings, key->section, key->name);
    EMIS_ASSERT(known == NULL || known->key == key);
    if (known != NULL) {
        return;
    }
    size_t count = settings->entry_count + 1;
    settings->entries = emis_realloc(settings->entries, count * sizeof *settings->entries);
    struct emis_settings_entry *entry = &settings->entries[settings->entry_count];
    entry->key = key;
    entry->text = emis_strdup(key->default_text != NULL ? key->default_text : "");
    entry->origin = emis_strdup("default");
    bool is_valid = emis_settings_value_parse(key, entry->text, &entry->number, &err);
    EMIS_ASSERT(is_valid);
    settings->entry_count = count;
}

void emis_settings_declare(struct emis_settings *settings, const struct emis_settings_key *table)
{
    for (; table->section != NULL; table++) {
        declare(settings, table);
    }
}

static const char *find_free_section(const struct emis_settings *settings, const char *section)
{
    for (size_t i = 0; i < settings->free_section_count; i++) {
        if (strcmp(settings->free_sections[i], section) == 0) {
            return settings->free_sections[i];
        }
    }
    return NULL;
}

void emis_settings_declare_passthrough(struct emis_settings *settings, const char *section)
{
    if (find_free_section(settings, section) == NULL) {
        size_t count = settings->free_section_count + 1;
        settings->free_sections = emis_realloc(settings->free_sections, count * sizeof *settings->free_sections);
        settings->free_sections[settings->free_section_count] = section;
        settings->free_section_count = count;
    }
}

static void replace(char **text, const char *value)
{
    char *copy = emis_strdup(value);
    free(*text);
    *text = copy;
}

static void assign_free(struct emis_settings *settings, const char *section, const char *name, const char *value, const char *origin)
{
    struct emis_settings_free_entry *entry = NULL;
    for (size_t i = 0; i < settings->free_entry_count; i++) {
        struct emis_settings_free_entry *other = &settings->free_entries[i];
        if (other->section == section && strcmp(other->name, name) == 0) {
            entry = other;
        }
    }
    if (entry == NULL) {
        size_t count = settings->free_entry_count + 1;
        settings->free_entries = emis_realloc(settings->free_entries, count * sizeof *entry);
        entry = &settings->free_entries[settings->free_entry_count];
        *entry = (struct emis_settings_free_entry){.section = section, .name = emis_strdup(name)};
        settings->free_entry_count = count;
    }
    replace(&entry->text, value);
    replace(&entry->origin, origin);
}

/* The declared name that is nearest, or "": a suggestion must be nearer than half the word. */
static const char *nearest_key(const struct emis_settings *settings, const char *section, const char *name)
{
    const char *best = "";
    size_t best_distance = strlen(name) / 2 + 1;
    for (size_t i = 0; i < settings->entry_count; i++) {
        const struct emis_settings_key *key = settings->entries[i].key;
        size_t distance = strcmp(key->section, section) == 0 ? emis_text_distance(key->name, name) : SIZE_MAX;
        if (distance < best_distance) {
            best = key->name;
            best_distance = distance;
        }
    }
    return best;
}

static const char *nearer(const char *candidate, const char *best, const char *section, size_t *best_distance)
{
    size_t distance = emis_text_distance(candidate, section);
    if (distance >= *best_distance) {
        return best;
    }
    *best_distance = distance;
    return candidate;
}

static const char *nearest_section(const struct emis_settings *settings, const char *section)
{
    const char *best = "";
    size_t best_distance = strlen(section) / 2 + 1;
    for (size_t i = 0; i < settings->entry_count; i++) {
        best = nearer(settings->entries[i].key->section, best, section, &best_distance);
    }
    for (size_t i = 0; i < settings->free_section_count; i++) {
        best = nearer(settings->free_sections[i], best, section, &best_distance);
    }
    return best;
}

/* The section that holds a key called name, or "". */
static const char *section_of_name(const struct emis_settings *settings, const char *name)
{
    for (size_t i = 0; i < settings->entry_count; i++) {
        if (strcmp(settings->entries[i].key->name, name) == 0) {
            return settings->entries[i].key->section;
        }
    }
    return "";
}

static bool has_section(const struct emis_settings *settings, const char *section)
{
    for (size_t i = 0; i < settings->entry_count; i++) {
        if (strcmp(settings->entries[i].key->section, section) == 0) {
            return true;
        }
    }
    return find_free_section(settings, section) != NULL;
}

static bool refuse_unknown(const struct emis_settings *settings, const char *section, const char *name, const char *origin, struct emis_error *err)
{
    if (!has_section(settings, section)) {
        const char *best = nearest_section(settings, section);
        return emis_error_set_at(err, E_CONFIG, origin, "no section [%s]%s%s%s", section, *best != '\0' ? "; did you mean [" : "", best,
                                 *best != '\0' ? "]?" : "");
    }
    const char *best = nearest_key(settings, section, name);
    const char *home = section_of_name(settings, name);
    if (*best == '\0' && *home != '\0') {
        return emis_error_set_at(err, E_CONFIG, origin, "no key '%s' in [%s]; it belongs to [%s]", name, section, home);
    }
    return emis_error_set_at(err, E_CONFIG, origin, "no key '%s' in [%s]%s%s%s", name, section, *best != '\0' ? "; did you mean '" : "", best,
                             *best != '\0' ? "'?" : "");
}

static bool assign(struct emis_settings *settings, const char *section, const char *name, const char *value, const char *origin,
                   struct emis_error *err)
{
    int64_t number;
    struct emis_settings_entry *entry = find(settings, section, name);
    const char *free_section = find_free_section(settings, section);
    if (entry == NULL && free_section != NULL && *name != '\0') {
        assign_free(settings, free_section, name, value, origin);
        return true;
    }
    if (entry == NULL) {
        return refuse_unknown(settings, section, name, origin, err);
    }
    struct emis_error cause;
    if (!emis_settings_value_parse(entry->key, value, &number, &cause)) {
        return emis_error_set_at(err, E_CONFIG, origin, "%s", cause.message);
    }
    replace(&entry->text, value);
    replace(&entry->origin, origin);
    entry->number = number;
    return true;
}

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
    (void) snprintf(out, sizeof reading->err->pointer, "%s:%d", reading->path + (length > 100 ? length - 100 : 0), reading->line);
}

/* inih's reader: also counts lines and refuses one that does not fit, which inih would read as two. */
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

/* The same key on another line of this file: one of the two is a mistake. */
static bool is_set_in_file(const struct reading *reading, const char *section, const char *name, const char **ret_origin)
{
    const struct emis_settings *settings = reading->settings;
    const struct emis_settings_entry *entry = find(settings, section, name);
    const char *origin = entry != NULL ? entry->origin : NULL;
    for (size_t i = 0; i < settings->free_entry_count && entry == NULL; i++) {
        const struct emis_settings_free_entry *other = &settings->free_entries[i];
        if (strcmp(other->section, section) == 0 && strcmp(other->name, name) == 0) {
            origin = other->origin;
        }
    }
    char here[sizeof reading->err->pointer];
    write_origin(reading, here);
    size_t prefix = (size_t) (strrchr(here, ':') - here) + 1;
    *ret_origin = origin;
    return origin != NULL && strncmp(origin, here, prefix) == 0 && strchr(origin + prefix, ':') == NULL;
}

static int take_pair(void *context, const char *section, const char *name, const char *value)
{
    struct reading *reading = context;
    char here[sizeof reading->err->pointer];
    const char *before;
    write_origin(reading, here);
    if (is_set_in_file(reading, section, name, &before)) {
        (void) emis_error_set_at(reading->err, E_CONFIG, here, "%s.%s was set before at %s", section, name, before);
        reading->is_failed = true;
    } else if (!assign(reading->settings, section, name, value, here, reading->err)) {
        reading->is_failed = true;
    }
    return !reading->is_failed;
}

/*
 * inih's defaults are for small devices: lines of 200 bytes, and an indented line continues the value above it, which would swallow a key. These are process-wide
 * variables of the library; files are read before threads start.
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
        return emis_error_set_at(reading->err, E_CONFIG, here, "the line is longer than %d bytes", LINE_BYTES_MAX - 2);
    }
    if (ferror(reading->file)) {
        return emis_error_set_at(reading->err, E_IO, reading->path, "could not read %s: %s", reading->path, strerror(errno));
    }
    if (bad_line != 0) {
        return emis_error_set_at(reading->err, E_CONFIG, here, "not a [section], a comment or name = value");
    }
    return true;
}

bool emis_settings_load_file(struct emis_settings *settings, const char *path, struct emis_error *err)
{
    struct reading reading = {.settings = settings, .path = path, .err = err};
    reading.file = fopen(path, "re");
    if (reading.file == NULL) {
        return emis_error_set_at(err, E_NO_INPUT, path, "could not open %s: %s", path, strerror(errno));
    }
    bool is_done = parse_file(&reading);
    (void) fclose(reading.file);
    return is_done;
}

/* EMIS_SECTION__KEY to section and key, lower case; false when the variable is not of that form. */
static bool split_variable(const char *variable, char section[NAME_BYTES_MAX], char name[NAME_BYTES_MAX])
{
    const char *end = strchr(variable, '=');
    if (strncmp(variable, "EMIS_", 5) != 0 || end == NULL) {
        return false;
    }
    const char *from = variable + 5;
    const char *middle = strstr(from, "__");
    if (middle == NULL || middle >= end || middle == from || middle - from >= NAME_BYTES_MAX || end - middle - 2 >= NAME_BYTES_MAX) {
        return false;
    }
    (void) snprintf(section, NAME_BYTES_MAX, "%.*s", (int) (middle - from), from);
    (void) snprintf(name, NAME_BYTES_MAX, "%.*s", (int) (end - middle - 2), middle + 2);
    for (size_t i = 0; i < NAME_BYTES_MAX; i++) {
        section[i] = (char) (section[i] >= 'A' && section[i] <= 'Z' ? section[i] | 0x20 : section[i]);
        name[i] = (char) (name[i] >= 'A' && name[i] <= 'Z' ? name[i] | 0x20 : name[i]);
    }
    return true;
}

bool emis_settings_load_environment(struct emis_settings *settings, char *const *environment, struct emis_error *err)
{
    char section[NAME_BYTES_MAX] = "";
    char name[NAME_BYTES_MAX] = "";
    for (; *environment != NULL; environment++) {
        if (!split_variable(*environment, section, name)) {
            continue;
        }
        const char *value = strchr(*environment, '=') + 1;
        if (find(settings, section, name) == NULL && find_free_section(settings, section) != NULL) {
            for (char *c = name; *c != '\0'; c++) {
                *c = *c == '_' ? '.' : *c;
            }
        }
        if (!assign(settings, section, name, value, "environment", err)) {
            return emis_error_wrap(err, "%.*s", (int) (value - *environment - 1), *environment);
        }
    }
    return true;
}

bool emis_settings_set(struct emis_settings *settings, const char *assignment, struct emis_error *err)
{
    char section[NAME_BYTES_MAX];
    char name[NAME_BYTES_MAX];
    size_t section_size = strcspn(assignment, ".=");
    const char *rest = assignment + section_size + 1;
    bool is_shaped = section_size > 0 && section_size < NAME_BYTES_MAX && assignment[section_size] == '.';
    size_t name_size = is_shaped ? strcspn(rest, "=") : 0;
    if (!is_shaped || name_size == 0 || name_size >= NAME_BYTES_MAX || rest[name_size] != '=') {
        /* What stands behind the '=' may be a secret. */
        return emis_error_set_at(err, E_USAGE, "--set", "--set wants section.key=value, not '%.*s'", (int) strcspn(assignment, "="), assignment);
    }
    (void) snprintf(section, sizeof section, "%.*s", (int) section_size, assignment);
    (void) snprintf(name, sizeof name, "%.*s", (int) name_size, rest);
    return assign(settings, section, name, rest + name_size + 1, "--set", err);
}

static const struct emis_settings_entry *get(const struct emis_settings *settings, const char *section, const char *name)
{
    const struct emis_settings_entry *entry = find(settings, section, name);
    EMIS_ASSERT(entry != NULL);
    return entry;
}

const char *emis_settings_text(const struct emis_settings *settings, const char *section, const char *name)
{
    return get(settings, section, name)->text;
}

int64_t emis_settings_number(const struct emis_settings *settings, const char *section, const char *name)
{
    const struct emis_settings_entry *entry = get(settings, section, name);
    EMIS_ASSERT(entry->key->type != EMIS_SETTINGS_TEXT);
    return entry->number;
}

bool emis_settings_is_true(const struct emis_settings *settings, const char *section, const char *name)
{
    const struct emis_settings_entry *entry = get(settings, section, name);
    EMIS_ASSERT(entry->key->type == EMIS_SETTINGS_BOOL);
    return entry->number != 0;
}

bool emis_settings_passthrough(const struct emis_settings *settings, const char *section, size_t index, const char **ret_name,
                               const char **ret_value)
{
    for (size_t i = 0; i < settings->free_entry_count; i++) {
        const struct emis_settings_free_entry *entry = &settings->free_entries[i];
        if (strcmp(entry->section, section) == 0 && index-- == 0) {
            *ret_name = entry->name;
            *ret_value = entry->text;
            return true;
        }
    }
    return false;
}

void emis_settings_free(struct emis_settings *settings)
{
    if (settings == NULL) {
        return;
    }
    for (size_t i = 0; i < settings->entry_count; i++) {
        free(settings->entries[i].text);
        free(settings->entries[i].origin);
    }
    for (size_t i = 0; i < settings->free_entry_count; i++) {
        free(settings->free_entries[i].name);
        free(settings->free_entries[i].text);
        free(settings->free_entries[i].origin);
    }
    free(settings->entries);
    free(settings->free_entries);
    free(settings->free_sections);
    free(settings);
}
