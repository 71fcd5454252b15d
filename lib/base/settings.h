/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Configuration: modules declare their keys as tables beside their API; the file, the environment
 * and --set fill them; --help, `emis config keys` and the reference page print them.
 *
 * Order, later wins: default < /etc/emis/emis.conf or -c FILE < environment EMIS_SECTION__KEY <
 * --set section.key=value. An unknown section or key is an E_CONFIG with file:line and the nearest
 * spelling. A section declared as passthrough ("kafka") keeps every key verbatim, in order.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "lib/base/error.h"

enum emis_settings_type {
    EMIS_SETTINGS_TEXT,
    EMIS_SETTINGS_INTEGER,
    EMIS_SETTINGS_BYTES,
    EMIS_SETTINGS_DURATION_MS,
    EMIS_SETTINGS_BOOL
};

/* A key. Ends a table: section NULL. min and max bound the parsed number. Secret values are masked
 * when printed. */
struct emis_settings_key {
    const char *section;
    const char *name;
    enum emis_settings_type type;
    const char *default_text; /* as a person would write it: "50ms", "16MiB", "yes" */
    int64_t min;
    int64_t max;
    bool is_secret;
    const char *description;
};

struct emis_settings;

struct emis_settings *emis_settings_new(void);
/* Add a module's table; borrowed for the life of the settings. */
void emis_settings_declare(struct emis_settings *settings, const struct emis_settings_key *table);
/* Section whose keys are free (passed on verbatim). */
void emis_settings_declare_passthrough(struct emis_settings *settings, const char *section);

bool emis_settings_load_file(struct emis_settings *settings, const char *path,
                             struct emis_error *err) EMIS_MUST_CHECK;
/* environ-style array: every EMIS_SECTION__KEY=value of a declared key; an EMIS_A__B that names no
 * key is an error. Passthrough keys: `_` stands for `.`. */
bool emis_settings_load_environment(struct emis_settings *settings, char *const *environment,
                                    struct emis_error *err) EMIS_MUST_CHECK;
/* "section.key=value" */
bool emis_settings_set(struct emis_settings *settings, const char *assignment,
                       struct emis_error *err) EMIS_MUST_CHECK;

/* The value in force; asking for an undeclared key is an assertion. Text may be "". */
const char *emis_settings_text(const struct emis_settings *settings, const char *section,
                               const char *name);
int64_t emis_settings_number(const struct emis_settings *settings, const char *section,
                             const char *name); /* bytes, ms, integer */
bool emis_settings_is_true(const struct emis_settings *settings, const char *section,
                           const char *name);

/* i-th key of a passthrough section: false at the end. */
bool emis_settings_passthrough(const struct emis_settings *settings, const char *section,
                               size_t index, const char **ret_name,
                               const char **ret_value) EMIS_MUST_CHECK;

/* "[section]\nname = value   # origin" lines; secrets as ***. */
void emis_settings_print(const struct emis_settings *settings, FILE *out, bool with_origin);
/* The reference: section, name, type, default, description. */
void emis_settings_print_keys(const struct emis_settings *settings, FILE *out);

void emis_settings_free(struct emis_settings *settings);
