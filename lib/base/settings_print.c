/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/settings.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "lib/base/settings_table.h"
#include "lib/base/settings_value.h"

/* Passed-on keys carry no declaration; their names tell. */
static bool is_secret_name(const char *name)
{
    static const char *const signs[] = {"password", "secret", "key.pem",
                                        "token",    "jaas",   "oauthbearer.config"};
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        if (strcasestr(name, signs[i]) != NULL) {
            return true;
        }
    }
    return false;
}

/* The bytes of a conninfo value at text: quoted by '' or up to a space or, in a URI, up to & or #.
 */
static size_t value_length(const char *text)
{
    if (*text != '\'') {
        return strcspn(text, " &#");
    }
    size_t length = 1;
    while (text[length] != '\0' && text[length] != '\'') {
        length += text[length] == '\\' && text[length + 1] != '\0' ? 2 : 1;
    }
    return length + (text[length] == '\'');
}

/* A text that is no secret as a whole may be a conninfo: password=... and user:password@ are
 * masked. */
static void print_masked(const char *text, FILE *out)
{
    const char *scheme = strstr(text, "://");
    const char *host = scheme != NULL ? strchr(scheme, '@') : NULL;
    const char *colon = host != NULL ? memchr(scheme + 3, ':', (size_t) (host - scheme - 3)) : NULL;
    if (colon != NULL) {
        (void) fprintf(out, "%.*s***", (int) (colon + 1 - text), text);
        text = host;
    }
    for (const char *sign; (sign = strcasestr(text, "password")) != NULL;) {
        const char *value = sign + strlen("password");
        value += strspn(value, " ");
        if (*value != '=') {
            (void) fprintf(out, "%.*s", (int) (value - text), text);
            text = value;
            continue;
        }
        value += 1 + strspn(value + 1, " ");
        (void) fprintf(out, "%.*s***", (int) (value - text), text);
        text = value + value_length(value);
    }
    (void) fputs(text, out);
}

static void print_line(FILE *out, const char *name, const char *text, bool is_secret,
                       const char *origin)
{
    (void) fprintf(out, "%s = ", name);
    if (is_secret) {
        (void) fputs(*text != '\0' ? "***" : "", out);
    } else {
        print_masked(text, out);
    }
    if (origin != NULL) {
        (void) fprintf(out, "   # %s", origin);
    }
    (void) fputc('\n', out);
}

/* Is entry i the first of its section? */
static bool is_first_of_section(const struct emis_settings *settings, size_t i)
{
    for (size_t j = 0; j < i; j++) {
        if (strcmp(settings->entries[j].key->section, settings->entries[i].key->section) == 0) {
            return false;
        }
    }
    return true;
}

static void print_free_section(const struct emis_settings *settings, const char *section, FILE *out,
                               bool with_origin)
{
    for (size_t i = 0; i < settings->free_entry_count; i++) {
        const struct emis_settings_free_entry *entry = &settings->free_entries[i];
        if (strcmp(entry->section, section) == 0) {
            print_line(out, entry->name, entry->text, is_secret_name(entry->name),
                       with_origin ? entry->origin : NULL);
        }
    }
}

static bool has_declared_keys(const struct emis_settings *settings, const char *section)
{
    for (size_t i = 0; i < settings->entry_count; i++) {
        if (strcmp(settings->entries[i].key->section, section) == 0) {
            return true;
        }
    }
    return false;
}

void emis_settings_print(const struct emis_settings *settings, FILE *out, bool with_origin)
{
    for (size_t i = 0; i < settings->entry_count; i++) {
        const char *section = settings->entries[i].key->section;
        if (!is_first_of_section(settings, i)) {
            continue;
        }
        (void) fprintf(out, "[%s]\n", section);
        for (size_t j = i; j < settings->entry_count; j++) {
            const struct emis_settings_entry *entry = &settings->entries[j];
            if (strcmp(entry->key->section, section) == 0) {
                print_line(out, entry->key->name, entry->text, entry->key->is_secret,
                           with_origin ? entry->origin : NULL);
            }
        }
        print_free_section(settings, section, out, with_origin);
    }
    for (size_t i = 0; i < settings->free_section_count; i++) {
        if (!has_declared_keys(settings, settings->free_sections[i])) {
            (void) fprintf(out, "[%s]\n", settings->free_sections[i]);
            print_free_section(settings, settings->free_sections[i], out, with_origin);
        }
    }
}

static void print_key(const struct emis_settings_key *key, FILE *out)
{
    (void) fprintf(out, "%s  (%s", key->name, emis_settings_value_type_name(key->type));
    if (key->type == EMIS_SETTINGS_INTEGER && (key->min != 0 || key->max != 0)) {
        (void) fprintf(out, " %" PRId64 " to %" PRId64, key->min, key->max);
    }
    (void) fprintf(out, ", default %s%s)\n    %s\n",
                   key->default_text != NULL && key->default_text[0] != '\0' ? key->default_text
                                                                             : "empty",
                   key->is_secret ? ", secret" : "", key->description);
}

void emis_settings_print_keys(const struct emis_settings *settings, FILE *out)
{
    for (size_t i = 0; i < settings->entry_count; i++) {
        const char *section = settings->entries[i].key->section;
        if (!is_first_of_section(settings, i)) {
            continue;
        }
        (void) fprintf(out, "[%s]\n", section);
        for (size_t j = i; j < settings->entry_count; j++) {
            if (strcmp(settings->entries[j].key->section, section) == 0) {
                print_key(settings->entries[j].key, out);
            }
        }
    }
    for (size_t i = 0; i < settings->free_section_count; i++) {
        (void) fprintf(out, "[%s]\nany key  (passed on as it is)\n", settings->free_sections[i]);
    }
}
