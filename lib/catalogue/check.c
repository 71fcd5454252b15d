/* SPDX-License-Identifier: Apache-2.0 */
/* What lies between files: versions of one code, names that meet in the database, labels. */
#include <stdlib.h>
#include <string.h>

#include "lib/catalogue/build.h"

/* Two declarations of one column must give one type and one meaning. */
static bool is_same_column(const struct catalogue_field *a, const struct catalogue_field *b)
{
    bool is_wide_a = a->type == CATALOGUE_INT && (a->max > INT32_MAX || a->min < INT32_MIN);
    bool is_wide_b = b->type == CATALOGUE_INT && (b->max > INT32_MAX || b->min < INT32_MIN);
    return a->type == b->type && a->list == b->list && a->scale == b->scale &&
           is_wide_a == is_wide_b;
}

static bool is_same_keys(const struct catalogue_field *a, size_t a_count,
                         const struct catalogue_field *b, size_t b_count)
{
    if (a_count != b_count)
        return false;
    for (size_t i = 0; i < a_count; i++) {
        if (strcmp(a[i].name, b[i].name) != 0 || !is_same_column(&a[i], &b[i]))
            return false;
    }
    return true;
}

static const struct catalogue_group *group_find(const struct catalogue_form *form, const char *code)
{
    for (size_t i = 0; i < form->group_count; i++) {
        if (strcmp(form->groups[i].code, code) == 0)
            return &form->groups[i];
    }
    return NULL;
}

/* The rows of both versions go into one table, by the columns of the newer: nothing that the older
 * may carry can be left out. */
static void check_group_versions(struct catalogue_build *build, const struct catalogue_form *older,
                                 const struct catalogue_form *newer,
                                 const struct catalogue_group *group)
{
    const struct catalogue_group *next = group_find(newer, group->code);
    if (!next) {
        catalogue_build_mistake(build, newer->path, "/groups",
                                "version %d has a group \"%s\"; keep it, with rows_min 0",
                                older->version, group->code);
        return;
    }
    if (next->is_repeating != group->is_repeating ||
        !is_same_keys(group->keys, group->key_count, next->keys, next->key_count))
        catalogue_build_mistake(
            build, newer->path, "/groups",
            "the group \"%s\" has other keys than in version %d; give it another code", group->code,
            older->version);
    for (size_t i = 0; i < group->field_count; i++) {
        const struct catalogue_field *field = catalogue_group_field(next, group->fields[i].name);
        if (!field)
            catalogue_build_mistake(
                build, newer->path, "/groups",
                "version %d has a field \"%s\" in \"%s\"; keep it, with required false",
                older->version, group->fields[i].name, group->code);
        else if (!is_same_column(field, &group->fields[i]))
            catalogue_build_mistake(build, newer->path, "/groups",
                                    "the field \"%s\" of \"%s\" has another type than in version "
                                    "%d; give it another name",
                                    field->name, group->code, older->version);
    }
}

static void check_form_versions(struct catalogue_build *build, const struct catalogue_form *older,
                                const struct catalogue_form *newer)
{
    if (older->valid_to > newer->valid_from)
        catalogue_build_mistake(build, newer->path, "/valid_from",
                                "overlaps with version %d; end that one with \"valid_to\"",
                                older->version);
    if (older->period_kind != newer->period_kind)
        catalogue_build_mistake(build, newer->path, "/period_kind", "differs from version %d",
                                older->version);
    if (older->level_mask != newer->level_mask)
        catalogue_build_mistake(build, newer->path, "/unit_levels", "differ from version %d",
                                older->version);
    if (!is_same_keys(older->key_parts, older->key_part_count, newer->key_parts,
                      newer->key_part_count))
        catalogue_build_mistake(build, newer->path, "/key_parts", "differ from version %d",
                                older->version);
    for (size_t i = 0; i < older->group_count; i++)
        check_group_versions(build, older, newer, &older->groups[i]);
}

static void check_indicator_versions(struct catalogue_build *build,
                                     const struct catalogue_indicator *older,
                                     const struct catalogue_indicator *newer)
{
    if (older->valid_to > newer->valid_from)
        catalogue_build_mistake(build, newer->path, "/valid_from",
                                "overlaps with version %d; end that one with \"valid_to\"",
                                older->version);
    if (older->roll_up != newer->roll_up)
        catalogue_build_mistake(build, newer->path, "/class", "differs from version %d",
                                older->version);
    if (older->level_no != newer->level_no)
        catalogue_build_mistake(build, newer->path, "/level", "differs from version %d",
                                older->version);
    if (older->is_summed_above != newer->is_summed_above)
        catalogue_build_mistake(build, newer->path, "/above", "differs from version %d",
                                older->version);
    bool has_form = older->form && newer->form;
    if (has_form &&
        (strcmp(older->form->code, newer->form->code) != 0 || older->group != newer->group))
        catalogue_build_mistake(build, newer->path, "/form", "differs from version %d",
                                older->version);
}

static void check_versions(struct catalogue_build *build)
{
    const struct catalogue *catalogue = build->catalogue;
    for (size_t i = 1; i < catalogue->form_count; i++) {
        const struct catalogue_form *older = &catalogue->forms[i - 1],
                                    *newer = &catalogue->forms[i];
        bool is_pair = *newer->code && strcmp(older->code, newer->code) == 0;
        if (is_pair && catalogue_build_is_sound(build, older->path))
            check_form_versions(build, older, newer);
    }
    for (size_t i = 1; i < catalogue->indicator_count; i++) {
        const struct catalogue_indicator *older = &catalogue->indicators[i - 1],
                                         *newer = &catalogue->indicators[i];
        bool is_pair = *newer->code && strcmp(older->code, newer->code) == 0;
        if (is_pair && catalogue_build_is_sound(build, older->path))
            check_indicator_versions(build, older, newer);
    }
}

/* Tables and rules of different forms must have different names. */
static void check_pair(struct catalogue_build *build, const struct catalogue_form *one,
                       const struct catalogue_form *other)
{
    if (strcmp(one->code, other->code) == 0)
        return;
    for (size_t i = 0; i < other->group_count; i++) {
        for (size_t j = 0; j < one->group_count; j++) {
            if (*one->groups[j].table && strcmp(one->groups[j].table, other->groups[i].table) == 0)
                catalogue_build_mistake(
                    build, other->path, emis_arena_format(build->arena, "/groups/%zu/code", i),
                    "the table core.%s is that of %s too", other->groups[i].table, one->path);
        }
    }
    for (size_t i = 0; i < other->rule_count; i++) {
        for (size_t j = 0; j < one->rule_count; j++) {
            if (*one->rules[j].code && strcmp(one->rules[j].code, other->rules[i].code) == 0)
                catalogue_build_mistake(
                    build, other->path, emis_arena_format(build->arena, "/rules/%zu/code", i),
                    "\"%s\" is a rule of %s too", other->rules[i].code, one->path);
        }
    }
}

static void check_names(struct catalogue_build *build)
{
    const struct catalogue *catalogue = build->catalogue;
    for (size_t i = 0; i < catalogue->form_count; i++) {
        for (size_t j = 0; j < i; j++)
            check_pair(build, &catalogue->forms[j], &catalogue->forms[i]);
    }
    if (catalogue->form_count > CATALOGUE_CODES_MAX)
        catalogue_build_mistake(build, "forms/", "", "more than %d forms", CATALOGUE_CODES_MAX);
}

/* The labels that there must be; heap, grown as needed, sorted at the end. */
struct keys {
    struct emis_arena *arena;
    const char **texts;
    size_t count, capacity;
};

static void add_key(struct keys *keys, const char *key)
{
    if (keys->count == keys->capacity) {
        size_t capacity = keys->capacity ? keys->capacity * 2 : 256;
        const char **larger = emis_arena_alloc(keys->arena, capacity * sizeof *larger);
        if (keys->count)
            memcpy(larger, keys->texts, keys->count * sizeof *larger);
        keys->texts = larger;
        keys->capacity = capacity;
    }
    keys->texts[keys->count++] = key;
}

static void add_fields(struct keys *keys, const char *prefix, const struct catalogue_field *fields,
                       size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (*fields[i].name)
            add_key(keys, emis_arena_format(keys->arena, "%s.%s", prefix, fields[i].name));
    }
}

static void add_form(struct keys *keys, const struct catalogue_form *form)
{
    if (!*form->code)
        return;
    add_key(keys, emis_arena_format(keys->arena, "form.%s", form->code));
    add_fields(keys, emis_arena_format(keys->arena, "key.%s", form->code), form->key_parts,
               form->key_part_count);
    for (size_t i = 0; i < form->group_count; i++) {
        const struct catalogue_group *group = &form->groups[i];
        const char *prefix = emis_arena_format(keys->arena, "field.%s.%s", form->code, group->code);
        if (!*group->code)
            continue;
        add_key(keys, emis_arena_format(keys->arena, "group.%s.%s", form->code, group->code));
        add_fields(keys, prefix, group->keys, group->key_count);
        add_fields(keys, prefix, group->fields, group->field_count);
    }
    for (size_t i = 0; i < form->rule_count; i++) {
        if (*form->rules[i].code)
            add_key(keys, emis_arena_format(keys->arena, "rule.%s", form->rules[i].code));
    }
}

static int compare_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *) a, *(const char *const *) b);
}

/* Every label key of the catalogue, sorted, each once. */
static struct keys keys_of(struct catalogue_build *build)
{
    const struct catalogue *catalogue = build->catalogue;
    struct keys keys = {.arena = build->arena};
    for (size_t i = 0; i < catalogue->level_count; i++)
        add_key(&keys, emis_arena_format(build->arena, "level.%s", catalogue->levels[i].code));
    for (size_t i = 0; i < catalogue->attribute_count; i++) {
        if (*catalogue->attributes[i].code)
            add_key(&keys,
                    emis_arena_format(build->arena, "attribute.%s", catalogue->attributes[i].code));
    }
    for (size_t i = 0; i < catalogue->list_count; i++) {
        const struct catalogue_list *list = &catalogue->lists[i];
        if (!*list->code)
            continue;
        add_key(&keys, emis_arena_format(build->arena, "list.%s", list->code));
        for (size_t j = 0; j < list->code_count; j++)
            add_key(&keys,
                    emis_arena_format(build->arena, "code.%s.%s", list->code, list->codes[j].code));
    }
    for (size_t i = 0; i < catalogue->form_count; i++)
        add_form(&keys, &catalogue->forms[i]);
    for (size_t i = 0; i < catalogue->indicator_count; i++) {
        if (*catalogue->indicators[i].code)
            add_key(&keys,
                    emis_arena_format(build->arena, "indicator.%s", catalogue->indicators[i].code));
    }
    for (size_t i = 0; i < catalogue->cross_count; i++) {
        if (*catalogue->crosses[i].code)
            add_key(&keys, emis_arena_format(build->arena, "rule.%s", catalogue->crosses[i].code));
    }
    if (keys.count == 0)
        return keys;
    qsort(keys.texts, keys.count, sizeof *keys.texts, compare_text);
    size_t count = 1;
    for (size_t i = 1; i < keys.count; i++) {
        if (strcmp(keys.texts[count - 1], keys.texts[i]) != 0)
            keys.texts[count++] = keys.texts[i];
    }
    keys.count = count;
    return keys;
}

static void check_language(struct catalogue_build *build, const struct catalogue_language *language,
                           const struct keys *keys)
{
    const char *file = emis_arena_format(build->arena, "labels/%s.json", language->code);
    for (size_t i = 0; i < keys->count; i++) {
        if (!catalogue_label(build->catalogue, language->code, keys->texts[i]))
            catalogue_build_mistake(build, file,
                                    emis_arena_format(build->arena, "/%s", keys->texts[i]),
                                    "the label is missing");
    }
    for (size_t i = 0; i < language->label_count; i++) {
        const char *key = language->labels[i].key;
        if (!keys->count ||
            !bsearch(&key, keys->texts, keys->count, sizeof *keys->texts, compare_text))
            catalogue_build_mistake(build, language->labels[i].path,
                                    emis_arena_format(build->arena, "/%s", key),
                                    "nothing has this label; remove it");
    }
}

void catalogue_check_all(struct catalogue_build *build)
{
    check_versions(build);
    check_names(build);
    catalogue_check_crosses(build);
    struct keys keys = keys_of(build);
    if (build->catalogue->language_count == 0)
        catalogue_build_mistake(build, "labels/", "", "there are no labels; add labels/en.json");
    for (size_t i = 0; i < build->catalogue->language_count; i++)
        check_language(build, &build->catalogue->languages[i], &keys);
}
