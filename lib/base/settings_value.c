/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/settings_value.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/text.h"

struct unit {
    const char *name;
    int64_t factor;
};

static const struct unit byte_units[] = {
    {"B", 1}, {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {NULL, 0}};
static const struct unit time_units[] = {{"ms", 1},    {"s", 1000},    {"min", 60000},
                                         {"m", 60000}, {"h", 3600000}, {"d", 86400000},
                                         {NULL, 0}};

/* Digits, then one of the units; 0 needs none. */
static bool parse_with_unit(const char *text, const struct unit *units, int64_t *ret_number)
{
    int64_t value;
    size_t digits = strspn(text, "0123456789");
    const char *name = text + digits + strspn(text + digits, " ");
    if (!emis_text_parse_i64(text, digits, &value)) {
        return false;
    }
    if (value == 0 && *name == '\0') {
        *ret_number = 0;
        return true;
    }
    for (; units->name != NULL; units++) {
        if (strcmp(units->name, name) == 0) {
            return !__builtin_mul_overflow(value, units->factor, ret_number);
        }
    }
    return false;
}

static bool parse_bool(const char *text, int64_t *ret_number)
{
    static const char *const words[] = {"no", "yes", "false", "true", "off", "on"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(words[i], text) == 0) {
            *ret_number = (int64_t) (i % 2);
            return true;
        }
    }
    return false;
}

static bool parse(enum emis_settings_type type, const char *text, int64_t *ret_number)
{
    switch (type) {
    case EMIS_SETTINGS_INTEGER:
        return emis_text_parse_i64(text, strlen(text), ret_number);
    case EMIS_SETTINGS_BYTES:
        return parse_with_unit(text, byte_units, ret_number);
    case EMIS_SETTINGS_DURATION_MS:
        return parse_with_unit(text, time_units, ret_number);
    case EMIS_SETTINGS_BOOL:
        return parse_bool(text, ret_number);
    case EMIS_SETTINGS_TEXT:
        break;
    }
    *ret_number = 0;
    return true;
}

static const char *const wanted[] = {
    [EMIS_SETTINGS_TEXT] = "a text",
    [EMIS_SETTINGS_INTEGER] = "an integer",
    [EMIS_SETTINGS_BYTES] = "a size with its unit (B, KiB, MiB, GiB)",
    [EMIS_SETTINGS_DURATION_MS] = "a duration with its unit (ms, s, min, h, d)",
    [EMIS_SETTINGS_BOOL] = "yes or no",
};

bool emis_settings_value_parse(const struct emis_settings_key *key, const char *text,
                               int64_t *ret_number, struct emis_error *err)
{
    int64_t number = 0;
    const char *shown = key->is_secret ? "***" : text;
    if (!parse(key->type, text, &number)) {
        return emis_error_set(err, E_CONFIG, "%s.%s must be %s, not '%s'", key->section, key->name,
                              wanted[key->type], shown);
    }
    bool is_number = key->type != EMIS_SETTINGS_TEXT && key->type != EMIS_SETTINGS_BOOL;
    bool is_bounded = key->min != 0 || key->max != 0;
    if (is_number && is_bounded && (number < key->min || number > key->max)) {
        const char *unit = key->type == EMIS_SETTINGS_BYTES         ? " bytes"
                           : key->type == EMIS_SETTINGS_DURATION_MS ? " ms"
                                                                    : "";
        return emis_error_set(err, E_CONFIG,
                              "%s.%s must be from %" PRId64 " to %" PRId64 "%s, not '%s'",
                              key->section, key->name, key->min, key->max, unit, shown);
    }
    *ret_number = number;
    return true;
}

const char *emis_settings_value_type_name(enum emis_settings_type type)
{
    static const char *const names[] = {"text", "integer", "bytes", "duration", "yes|no"};
    return names[type];
}
