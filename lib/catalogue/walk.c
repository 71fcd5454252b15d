/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/catalogue/walk.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/date.h"
#include "lib/base/text.h"

void catalogue_walk_mistake(struct catalogue_walk *walk, const char *key, const char *format, ...)
{
    char reason[400];
    va_list args;
    va_start(args, format);
    vsnprintf(reason, sizeof reason, format, args);
    va_end(args);
    if (key)
        json_path_push_key(&walk->path, key);
    catalogue_build_mistake(walk->build, walk->file, catalogue_walk_pointer(walk), "%s", reason);
    if (key)
        json_path_pop(&walk->path);
}

const char *catalogue_walk_pointer(struct catalogue_walk *walk)
{
    char pointer[512];
    return emis_arena_strdup(walk->build->arena,
                             json_path_format(&walk->path, pointer, sizeof pointer));
}

/* The allowed name closest to what was written, for "did you mean"; NULL if none is near. */
static const char *nearest(const char *name, const char *const *allowed)
{
    const char *best = NULL;
    size_t best_distance = 3;
    if (strlen(name) > 64)
        return NULL;
    for (; *allowed; allowed++) {
        size_t distance = emis_text_distance(name, *allowed);
        if (distance < best_distance) {
            best = *allowed;
            best_distance = distance;
        }
    }
    return best;
}

bool catalogue_walk_members(struct catalogue_walk *walk, const struct json_value *object,
                            const char *const *allowed)
{
    if (!object || json_value_type(object) != JSON_VALUE_OBJECT) {
        catalogue_walk_mistake(walk, NULL, "must be an object");
        return false;
    }
    struct json_value_member member;
    for (bool more = json_value_first(object, &member); more; more = json_value_next(&member)) {
        bool is_known = strcmp(member.key, "$schema") == 0;
        for (const char *const *name = allowed; !is_known && *name; name++)
            is_known = strcmp(*name, member.key) == 0;
        if (is_known)
            continue;
        const char *guess = nearest(member.key, allowed);
        if (guess)
            catalogue_walk_mistake(walk, member.key, "unknown member; did you mean \"%s\"?", guess);
        else
            catalogue_walk_mistake(walk, member.key, "unknown member; remove it");
    }
    return true;
}

/* The member, or NULL; reports when it is required and absent. */
static const struct json_value *get(struct catalogue_walk *walk, const struct json_value *object,
                                    const char *key, bool is_required)
{
    const struct json_value *value = json_value_get(object, key);
    if (!value && is_required)
        catalogue_walk_mistake(walk, key, "\"%s\" is missing", key);
    return value;
}

const char *catalogue_walk_text(struct catalogue_walk *walk, const struct json_value *object,
                                const char *key, bool is_required)
{
    const struct json_value *value = get(walk, object, key, is_required);
    const char *text;
    size_t size;
    if (!value)
        return NULL;
    if (!json_value_string(value, &text, &size)) {
        catalogue_walk_mistake(walk, key, "must be a text, is %s", json_value_type_name(value));
        return NULL;
    }
    if (emis_text_is_blank(text, size)) {
        catalogue_walk_mistake(walk, key, "must not be empty");
        return NULL;
    }
    return emis_arena_strdup(walk->build->arena, text);
}

bool catalogue_walk_is_denominator(const char *name)
{
    static const char end[] = "_denominator";
    size_t size = strlen(name);
    return size >= sizeof end - 1 && strcmp(name + size - (sizeof end - 1), end) == 0;
}

const char *catalogue_walk_identifier(struct catalogue_walk *walk, const struct json_value *object,
                                      const char *key)
{
    const char *text = catalogue_walk_text(walk, object, key, true);
    if (!text)
        return "";
    if (emis_text_is_identifier(text))
        return text;
    catalogue_walk_mistake(
        walk, key,
        "must be lower-case letters, digits and _ beginning with a letter, at most 41 characters");
    return "";
}

const char *catalogue_walk_code(struct catalogue_walk *walk, const struct json_value *object,
                                const char *key)
{
    const char *text = catalogue_walk_text(walk, object, key, true);
    if (!text)
        return "";
    if (emis_text_is_code(text))
        return text;
    catalogue_walk_mistake(
        walk, key,
        "must be upper-case letters, digits and _ beginning with a letter, at most 41 characters");
    return "";
}

int64_t catalogue_walk_integer(struct catalogue_walk *walk, const struct json_value *object,
                               const char *key, bool is_required, int64_t fallback, int64_t min,
                               int64_t max)
{
    const struct json_value *value = get(walk, object, key, is_required);
    int64_t number;
    if (!value)
        return fallback;
    if (!json_value_integer(value, &number)) {
        catalogue_walk_mistake(walk, key, "must be an integer, is %s", json_value_type_name(value));
        return fallback;
    }
    if (number < min || number > max) {
        catalogue_walk_mistake(walk, key, "must be from %lld to %lld", (long long) min,
                               (long long) max);
        return fallback;
    }
    return number;
}

bool catalogue_walk_bool(struct catalogue_walk *walk, const struct json_value *object,
                         const char *key, bool is_required, bool fallback)
{
    const struct json_value *value = get(walk, object, key, is_required);
    bool truth;
    if (!value)
        return fallback;
    if (json_value_bool(value, &truth))
        return truth;
    catalogue_walk_mistake(walk, key, "must be true or false");
    return fallback;
}

int32_t catalogue_walk_date(struct catalogue_walk *walk, const struct json_value *object,
                            const char *key, bool is_required, int32_t fallback)
{
    const char *text = catalogue_walk_text(walk, object, key, is_required);
    struct emis_error err;
    int32_t days;
    if (!text)
        return fallback;
    if (emis_date_parse(text, strlen(text), &days, &err))
        return days;
    catalogue_walk_mistake(walk, key, "must be a date such as 2025-09-01: %s", err.message);
    return fallback;
}

int catalogue_walk_choice(struct catalogue_walk *walk, const struct json_value *object,
                          const char *key, const char *const *names, int fallback)
{
    if (fallback >= 0 && !json_value_get(object, key))
        return fallback;
    const char *text = catalogue_walk_text(walk, object, key, true);
    if (!text)
        return -1;
    char list[256] = "";
    for (int i = 0; names[i]; i++) {
        if (strcmp(names[i], text) == 0)
            return i;
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", names[i]);
    }
    catalogue_walk_mistake(walk, key, "must be one of %s", list);
    return -1;
}

const struct json_value *catalogue_walk_array(struct catalogue_walk *walk,
                                              const struct json_value *object, const char *key,
                                              bool is_required)
{
    const struct json_value *value = get(walk, object, key, is_required);
    if (!value || json_value_type(value) == JSON_VALUE_ARRAY)
        return value;
    catalogue_walk_mistake(walk, key, "must be an array, is %s", json_value_type_name(value));
    return NULL;
}

/* Whether text stands among the first count texts. */
static bool is_among(const char *const *texts, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(texts[i], text) == 0)
            return true;
    }
    return false;
}

const char **catalogue_walk_texts(struct catalogue_walk *walk, const struct json_value *object,
                                  const char *key, bool is_required)
{
    const struct json_value *array = catalogue_walk_array(walk, object, key, is_required);
    size_t size = array ? json_value_size(array) : 0, count = 0;
    const char **texts = emis_arena_alloc(walk->build->arena, (size + 1) * sizeof *texts);
    json_path_push_key(&walk->path, key);
    for (size_t i = 0; i < size; i++) {
        const char *text;
        size_t bytes;
        json_path_push_index(&walk->path, i);
        if (!json_value_string(json_value_at(array, i), &text, &bytes) || bytes == 0)
            catalogue_walk_mistake(walk, NULL, "must be a text");
        else if (is_among(texts, count, text))
            catalogue_walk_mistake(walk, NULL, "\"%s\" is there twice", text);
        else
            texts[count++] = emis_arena_strdup(walk->build->arena, text);
        json_path_pop(&walk->path);
    }
    json_path_pop(&walk->path);
    return texts;
}
