/* SPDX-License-Identifier: Apache-2.0 */
/* country.json, levels.json, attributes.json, codelists/ and labels/: the small files. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/date.h"
#include "lib/base/text.h"
#include "lib/catalogue/walk.h"
#include "lib/json/document.h"

/* Parse the file; NULL (reported) if it is not a JSON object. The caller frees. */
static struct json_document *open_file(struct catalogue_build *build,
                                       const struct catalogue_build_file *file,
                                       struct catalogue_walk *walk)
{
    struct json_document *document;
    struct emis_error err;
    *walk = (struct catalogue_walk){.build = build, .file = file->path};
    json_path_init(&walk->path);
    if (json_document_new(file->document->body, file->document->body_size, &json_limits_file,
                          &document, &err))
        return document;
    catalogue_build_mistake(build, file->path, "", "%s", err.message);
    return NULL;
}

static const char *const weekdays[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun", NULL};

/* {"ID-PA": "+09:00"}: areas whose local time is not the warehouse's. */
static void parse_utc_offsets(struct catalogue_walk *walk, const struct json_value *root)
{
    const struct json_value *offsets = json_value_get(root, "utc_offsets");
    struct json_value_member member;
    if (!offsets)
        return;
    if (json_value_type(offsets) != JSON_VALUE_OBJECT) {
        catalogue_walk_mistake(walk, "utc_offsets",
                               "must be an object of codes of areas, such as {\"X1\": \"+05:30\"}");
        return;
    }
    struct catalogue_area_time *areas =
        emis_arena_alloc(walk->build->arena, (json_value_size(offsets) + 1) * sizeof *areas);
    size_t count = 0;
    json_path_push_key(&walk->path, "utc_offsets");
    for (bool has = json_value_first(offsets, &member); has; has = json_value_next(&member)) {
        const char *text = catalogue_walk_text(walk, offsets, member.key, true);
        areas[count].area_code = emis_arena_strdup(walk->build->arena, member.key);
        if (text && !emis_date_parse_utc_offset(text, strlen(text), &areas[count].minutes))
            catalogue_walk_mistake(walk, member.key, "must be a difference to UTC such as +05:30");
        count++;
    }
    json_path_pop(&walk->path);
    walk->build->catalogue->utc_offsets = areas;
    walk->build->catalogue->utc_offset_count = count;
}

void catalogue_parse_country(struct catalogue_build *build, const struct catalogue_build_file *file)
{
    struct catalogue_walk walk;
    struct json_document *document = open_file(build, file, &walk);
    if (!document)
        return;
    const struct json_value *root = json_document_root(document);
    catalogue_walk_members(&walk, root,
                           (const char *const[]){"country", "week_starts_on", "utc_offsets", NULL});
    build->catalogue->country = catalogue_walk_text(&walk, root, "country", true);
    int weekday = catalogue_walk_choice(&walk, root, "week_starts_on", weekdays, 0);
    build->catalogue->week_starts_on = weekday + 1;
    parse_utc_offsets(&walk, root);
    json_document_free(document);
}

void catalogue_parse_levels(struct catalogue_build *build, const struct catalogue_build_file *file)
{
    struct catalogue_walk walk;
    struct json_document *document = open_file(build, file, &walk);
    if (!document)
        return;
    const struct json_value *root = json_document_root(document);
    catalogue_walk_members(&walk, root, (const char *const[]){"levels", NULL});
    const char **codes = catalogue_walk_texts(&walk, root, "levels", true);
    size_t count = 0;
    while (codes[count])
        count++;
    if (count < 2 || count > CATALOGUE_LEVELS_MAX)
        catalogue_walk_mistake(&walk, "levels", "must list 2 to %d levels", CATALOGUE_LEVELS_MAX);
    struct catalogue_level *levels = emis_arena_alloc(build->arena, (count + 1) * sizeof *levels);
    for (size_t i = 0; i < count; i++) {
        levels[i].code = codes[i];
        if (!emis_text_is_identifier(codes[i]))
            catalogue_walk_mistake(&walk, "levels",
                                   "\"%.50s\" is not an identifier such as district", codes[i]);
        if (strlen(codes[i]) > CATALOGUE_LEVEL_BYTES_MAX)
            catalogue_walk_mistake(&walk, "levels", "\"%.50s\" is longer than %d characters",
                                   codes[i], CATALOGUE_LEVEL_BYTES_MAX);
    }
    build->catalogue->levels = levels;
    build->catalogue->level_count = count;
    json_document_free(document);
}

static void parse_attribute(struct catalogue_walk *walk, const struct json_value *value,
                            struct catalogue_attribute *attribute)
{
    struct catalogue_build *build = walk->build;
    catalogue_walk_members(walk, value, (const char *const[]){"code", "list", NULL});
    attribute->code = catalogue_walk_identifier(walk, value, "code");
    if (catalogue_reserved_is_attribute(attribute->code))
        catalogue_walk_mistake(walk, "code", "\"%s\" is reserved; take another name",
                               attribute->code);
    for (const struct catalogue_attribute *other = build->catalogue->attributes; other < attribute;
         other++) {
        if (strcmp(other->code, attribute->code) == 0)
            catalogue_walk_mistake(walk, "code", "\"%s\" is there twice", attribute->code);
    }
    const char *list = catalogue_walk_text(walk, value, "list", true);
    attribute->list = list ? catalogue_list_find(build->catalogue, list) : NULL;
    if (list && !attribute->list)
        catalogue_walk_mistake(
            walk, "list", "there is no code list \"%.50s\"; add codelists/%.50s.json", list, list);
}

void catalogue_parse_attributes(struct catalogue_build *build,
                                const struct catalogue_build_file *file)
{
    struct catalogue_walk walk;
    struct json_document *document = open_file(build, file, &walk);
    if (!document)
        return;
    const struct json_value *root = json_document_root(document);
    catalogue_walk_members(&walk, root, (const char *const[]){"attributes", NULL});
    const struct json_value *array = catalogue_walk_array(&walk, root, "attributes", true);
    size_t size = array ? json_value_size(array) : 0;
    struct catalogue_attribute *attributes =
        emis_arena_alloc(build->arena, (size + 1) * sizeof *attributes);
    build->catalogue->attributes = attributes;
    json_path_push_key(&walk.path, "attributes");
    for (size_t i = 0; i < size; i++) {
        json_path_push_index(&walk.path, i);
        parse_attribute(&walk, json_value_at(array, i), &attributes[i]);
        json_path_pop(&walk.path);
    }
    build->catalogue->attribute_count = size;
    json_document_free(document);
}

/* [A-Za-z0-9_-]{1,41} */
static bool is_member(const char *text)
{
    size_t size = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");
    return size > 0 && size <= CATALOGUE_NAME_BYTES && text[size] == 0;
}

void catalogue_parse_list(struct catalogue_build *build, const struct catalogue_build_file *file)
{
    struct catalogue_walk walk;
    struct json_document *document = open_file(build, file, &walk);
    if (!document)
        return;
    const struct json_value *root = json_document_root(document);
    struct catalogue_list *list = &build->lists[build->catalogue->list_count++];
    catalogue_walk_members(&walk, root, (const char *const[]){"code", "codes", NULL});
    list->code = catalogue_walk_identifier(&walk, root, "code");
    char expected[128];
    snprintf(expected, sizeof expected, "codelists/%s.json", list->code);
    if (*list->code && strcmp(expected, file->path) != 0)
        catalogue_walk_mistake(&walk, "code", "the file of this list must be called %s", expected);
    if (strcmp(list->code, "form") == 0)
        catalogue_walk_mistake(&walk, "code",
                               "\"form\" is the dimension of forms; take another name");
    const char **codes = catalogue_walk_texts(&walk, root, "codes", true);
    size_t count = 0;
    while (codes[count])
        count++;
    if (count < 1 || count > CATALOGUE_CODES_MAX)
        catalogue_walk_mistake(&walk, "codes", "must list 1 to %d codes", CATALOGUE_CODES_MAX);
    struct catalogue_code *members = emis_arena_alloc(build->arena, (count + 1) * sizeof *members);
    for (size_t i = 0; i < count; i++) {
        members[i].code = codes[i];
        if (!is_member(codes[i]))
            catalogue_walk_mistake(&walk, "codes",
                                   "\"%.50s\" is not a code: letters, digits, _ and -, at most 41",
                                   codes[i]);
    }
    list->codes = members;
    list->code_count = count;
    json_document_free(document);
}

/* labels/en.json and labels/en.more.json are of one language. */
static struct catalogue_language *language_of(struct catalogue_build *build, const char *path)
{
    const char *name = path + strlen("labels/");
    size_t size = strcspn(name, ".");
    char *code = emis_arena_memdup(build->arena, name, size + 1);
    code[size] = 0;
    for (size_t i = 0; i < build->catalogue->language_count; i++) {
        if (strcmp(build->languages[i].code, code) == 0)
            return &build->languages[i];
    }
    struct catalogue_language *language = &build->languages[build->catalogue->language_count++];
    language->code = code;
    return language;
}

static int compare_label(const void *a, const void *b)
{
    return strcmp(((const struct catalogue_label *) a)->key,
                  ((const struct catalogue_label *) b)->key);
}

/* A translation that nobody who speaks the language has read says so. */
static const char *const review_names[] = {"unreviewed", "reviewed", NULL};

void catalogue_parse_labels(struct catalogue_build *build, const struct catalogue_build_file *file)
{
    struct catalogue_walk walk;
    struct json_document *document = open_file(build, file, &walk);
    if (!document)
        return;
    const struct json_value *root = json_document_root(document);
    struct catalogue_language *language = language_of(build, file->path);
    size_t count = language->label_count;
    struct catalogue_label *labels =
        emis_arena_alloc(build->arena, (count + json_value_size(root) + 1) * sizeof *labels);
    if (count)
        memcpy(labels, language->labels, count * sizeof *labels);
    struct json_value_member member;
    for (bool more = json_value_first(root, &member); more; more = json_value_next(&member)) {
        if (strcmp(member.key, "$schema") == 0)
            continue;
        if (strcmp(member.key, "$review") == 0) {
            if (catalogue_walk_choice(&walk, root, "$review", review_names, 0) == 0)
                language->is_unreviewed = true;
            continue;
        }
        const char *text = catalogue_walk_text(&walk, root, member.key, true);
        for (size_t i = 0; i < language->label_count; i++) {
            if (strcmp(language->labels[i].key, member.key) == 0)
                catalogue_walk_mistake(&walk, member.key, "the label is in %s too",
                                       language->labels[i].path);
        }
        labels[count++] = (struct catalogue_label){emis_arena_strdup(build->arena, member.key),
                                                   text ? text : "", file->path};
    }
    qsort(labels, count, sizeof *labels, compare_label);
    language->labels = labels;
    language->label_count = count;
    json_document_free(document);
}
