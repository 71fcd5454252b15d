/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a struct emis_settings holds: shared by settings.c, which owns it, settings_load.c, which
 * fills it, and settings_print.c, which shows it. For these three alone.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "lib/base/settings.h"

/* A declared key and the value in force. */
struct emis_settings_entry {
    const struct emis_settings_key *key;
    char *text;
    char *origin; /* "default", "file:line", "environment" or "--set" */
    int64_t number;
    size_t load; /* which file set it; 0: none */
};

/* A key of a passthrough section. */
struct emis_settings_free_entry {
    const char *section; /* borrowed from the declaration */
    char *name;
    char *text;
    char *origin;
    size_t load;
};

struct emis_settings {
    const char **free_sections;
    size_t free_section_count;
    struct emis_settings_entry *entries; /* in order of declaration */
    size_t entry_count;
    struct emis_settings_free_entry *free_entries; /* in order of first appearance */
    size_t free_entry_count;
    size_t load_count; /* files read so far */
    size_t load;       /* the number of the file being read, or 0 */
};

/* The key's entry, or NULL when it is not declared. */
struct emis_settings_entry *emis_settings_find(const struct emis_settings *settings,
                                               const char *section, const char *name);
/* The passthrough section as it was declared, or NULL. */
const char *emis_settings_find_free_section(const struct emis_settings *settings,
                                            const char *section);
/* The key of a passthrough section, or NULL. */
struct emis_settings_free_entry *emis_settings_find_free(const struct emis_settings *settings,
                                                         const char *section, const char *name);
/* Give a key its value; origin becomes the error's pointer. E_CONFIG. */
bool emis_settings_assign(struct emis_settings *settings, const char *section, const char *name,
                          const char *value, const char *origin,
                          struct emis_error *err) EMIS_MUST_CHECK;
