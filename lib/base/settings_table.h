/* SPDX-License-Identifier: Apache-2.0 */
/* What a struct emis_settings holds: shared by settings.c, which fills it, and settings_print.c, which shows it. For these two alone. */
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
};

/* A key of a passthrough section. */
struct emis_settings_free_entry {
    const char *section; /* borrowed from the declaration */
    char *name;
    char *text;
    char *origin;
};

struct emis_settings {
    const char **free_sections;
    size_t free_section_count;
    struct emis_settings_entry *entries; /* in order of declaration */
    size_t entry_count;
    struct emis_settings_free_entry *free_entries; /* in order of first appearance */
    size_t free_entry_count;
};
