/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/settings.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/base/settings_table.h"
#include "lib/base/settings_value.h"
#include "lib/base/text.h"

struct emis_settings *emis_settings_new(void)
{
    return emis_calloc(1, sizeof(struct emis_settings));
}

struct emis_settings_entry *emis_settings_find(const struct emis_settings *settings,
                                               const char *section, const char *name)
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
    struct emis_settings_entry *known = emis_settings_find(settings, key->section, key->name);
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
    entry->load = 0;
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

const char *emis_settings_find_free_section(const struct emis_settings *settings,
                                            const char *section)
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
    if (emis_settings_find_free_section(settings, section) == NULL) {
        size_t count = settings->free_section_count + 1;
        settings->free_sections =
            emis_realloc(settings->free_sections, count * sizeof *settings->free_sections);
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

struct emis_settings_free_entry *emis_settings_find_free(const struct emis_settings *settings,
                                                         const char *section, const char *name)
{
    for (size_t i = 0; i < settings->free_entry_count; i++) {
        struct emis_settings_free_entry *entry = &settings->free_entries[i];
        if (strcmp(entry->section, section) == 0 && strcmp(entry->name, name) == 0) {
            return entry;
        }
    }
    return NULL;
}

static void assign_free(struct emis_settings *settings, const char *section, const char *name,
                        const char *value, const char *origin)
{
    struct emis_settings_free_entry *entry = emis_settings_find_free(settings, section, name);
    if (entry == NULL) {
        size_t count = settings->free_entry_count + 1;
        settings->free_entries = emis_realloc(settings->free_entries, count * sizeof *entry);
        entry = &settings->free_entries[settings->free_entry_count];
        *entry = (struct emis_settings_free_entry){.section = section, .name = emis_strdup(name)};
        settings->free_entry_count = count;
    }
    replace(&entry->text, value);
    replace(&entry->origin, origin);
    entry->load = settings->load;
}

/* The declared name that is nearest, or "": a suggestion must be nearer than half the word. */
static const char *nearest_key(const struct emis_settings *settings, const char *section,
                               const char *name)
{
    const char *best = "";
    size_t best_distance = strlen(name) / 2 + 1;
    for (size_t i = 0; i < settings->entry_count; i++) {
        const struct emis_settings_key *key = settings->entries[i].key;
        size_t distance =
            strcmp(key->section, section) == 0 ? emis_text_distance(key->name, name) : SIZE_MAX;
        if (distance < best_distance) {
            best = key->name;
            best_distance = distance;
        }
    }
    return best;
}

static const char *nearer(const char *candidate, const char *best, const char *section,
                          size_t *best_distance)
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
    return emis_settings_find_free_section(settings, section) != NULL;
}

static bool refuse_unknown(const struct emis_settings *settings, const char *section,
                           const char *name, const char *origin, struct emis_error *err)
{
    if (!has_section(settings, section)) {
        const char *best = nearest_section(settings, section);
        return emis_error_set_at(err, E_CONFIG, origin, "no section [%s]%s%s%s", section,
                                 *best != '\0' ? "; did you mean [" : "", best,
                                 *best != '\0' ? "]?" : "");
    }
    const char *best = nearest_key(settings, section, name);
    const char *home = section_of_name(settings, name);
    if (*best == '\0' && *home != '\0') {
        return emis_error_set_at(err, E_CONFIG, origin, "no key '%s' in [%s]; it belongs to [%s]",
                                 name, section, home);
    }
    return emis_error_set_at(err, E_CONFIG, origin, "no key '%s' in [%s]%s%s%s", name, section,
                             *best != '\0' ? "; did you mean '" : "", best,
                             *best != '\0' ? "'?" : "");
}

bool emis_settings_assign(struct emis_settings *settings, const char *section, const char *name,
                          const char *value, const char *origin, struct emis_error *err)
{
    int64_t number;
    struct emis_settings_entry *entry = emis_settings_find(settings, section, name);
    const char *free_section = emis_settings_find_free_section(settings, section);
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
    entry->load = settings->load;
    entry->number = number;
    return true;
}

static const struct emis_settings_entry *get(const struct emis_settings *settings,
                                             const char *section, const char *name)
{
    const struct emis_settings_entry *entry = emis_settings_find(settings, section, name);
    EMIS_ASSERT(entry != NULL);
    return entry;
}

const char *emis_settings_text(const struct emis_settings *settings, const char *section,
                               const char *name)
{
    return get(settings, section, name)->text;
}

int64_t emis_settings_number(const struct emis_settings *settings, const char *section,
                             const char *name)
{
    const struct emis_settings_entry *entry = get(settings, section, name);
    EMIS_ASSERT(entry->key->type != EMIS_SETTINGS_TEXT);
    return entry->number;
}

bool emis_settings_is_true(const struct emis_settings *settings, const char *section,
                           const char *name)
{
    const struct emis_settings_entry *entry = get(settings, section, name);
    EMIS_ASSERT(entry->key->type == EMIS_SETTINGS_BOOL);
    return entry->number != 0;
}

bool emis_settings_passthrough(const struct emis_settings *settings, const char *section,
                               size_t index, const char **ret_name, const char **ret_value)
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
