/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From files to a catalogue, in passes: what is named first (levels, lists), then what names it.
 * Every pass goes on after a mistake, and leaves out the files that an earlier pass found wrong, so
 * that one mistake is reported once and all are reported.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/catalogue/build.h"

#define ARENA_BLOCK_BYTES (256 * 1024)

void catalogue_build_mistake(struct catalogue_build *build, const char *path, const char *pointer,
                             const char *format, ...)
{
    char reason[400];
    va_list args;
    va_start(args, format);
    vsnprintf(reason, sizeof reason, format, args);
    va_end(args);
    for (size_t i = 0; i < build->file_count; i++) {
        if (strcmp(build->files[i].path, path) == 0)
            build->files[i].mistake_count++;
    }
    if (build->mistake_count++ == 0)
        emis_error_set_at(build->err, E_CATALOGUE, pointer, "%s: %s: %s", path, pointer, reason);
    if (build->on_mistake)
        build->on_mistake(build->context, path, pointer, reason);
}

bool catalogue_build_is_sound(const struct catalogue_build *build, const char *path)
{
    for (size_t i = 0; i < build->file_count; i++) {
        if (strcmp(build->files[i].path, path) == 0)
            return build->files[i].mistake_count == 0;
    }
    return false;
}

static bool begins(const char *path, const char *prefix)
{
    return strncmp(path, prefix, strlen(prefix)) == 0;
}

typedef void parse_fn(struct catalogue_build *build, const struct catalogue_build_file *file);

/* Parse every file whose path begins with prefix; how many there were. */
static size_t parse_each(struct catalogue_build *build, const char *prefix, parse_fn *parse)
{
    size_t count = 0;
    for (size_t i = 0; i < build->file_count; i++) {
        if (!begins(build->files[i].path, prefix))
            continue;
        parse(build, &build->files[i]);
        count++;
    }
    return count;
}

static void check_paths(struct catalogue_build *build)
{
    static const char *const places[] = {"country.json", "levels.json", "attributes.json",
                                         "codelists/",   "forms/",      "indicators/",
                                         "rules/",       "labels/"};
    for (size_t i = 0; i < build->file_count; i++) {
        const char *path = build->files[i].path;
        bool is_known = false;
        for (size_t j = 0; j < sizeof places / sizeof *places; j++)
            is_known |= begins(path, places[j]);
        if (!is_known)
            catalogue_build_mistake(build, path, "",
                                    "not a file of a catalogue: move or remove it");
        for (size_t j = 0; j < i; j++) {
            if (strcmp(build->files[j].path, path) == 0)
                catalogue_build_mistake(build, path, "", "the file is there twice");
        }
    }
}

static int compare_form(const void *a, const void *b)
{
    const struct catalogue_form *one = a, *other = b;
    int order = strcmp(one->code, other->code);
    return order ? order : (one->version > other->version) - (one->version < other->version);
}

static int compare_indicator(const void *a, const void *b)
{
    const struct catalogue_indicator *one = &((const struct catalogue_build_indicator *) a)->base;
    const struct catalogue_indicator *other = &((const struct catalogue_build_indicator *) b)->base;
    int order = strcmp(one->code, other->code);
    return order ? order : (one->version > other->version) - (one->version < other->version);
}

static int compare_cross(const void *a, const void *b)
{
    const struct catalogue_cross *one = &((const struct catalogue_build_cross *) a)->base;
    const struct catalogue_cross *other = &((const struct catalogue_build_cross *) b)->base;
    int order = strcmp(one->code, other->code);
    return order ? order : (one->version > other->version) - (one->version < other->version);
}

static int compare_list(const void *a, const void *b)
{
    return strcmp(((const struct catalogue_list *) a)->code,
                  ((const struct catalogue_list *) b)->code);
}

static int compare_language(const void *a, const void *b)
{
    return strcmp(((const struct catalogue_language *) a)->code,
                  ((const struct catalogue_language *) b)->code);
}

static void parse_all(struct catalogue_build *build)
{
    struct catalogue *catalogue = build->catalogue;
    check_paths(build);
    catalogue->week_starts_on = 1;
    parse_each(build, "country.json", catalogue_parse_country);
    if (!parse_each(build, "levels.json", catalogue_parse_levels))
        catalogue_build_mistake(build, "levels.json", "", "the file is missing");
    parse_each(build, "codelists/", catalogue_parse_list);
    qsort(build->lists, catalogue->list_count, sizeof *build->lists, compare_list);
    parse_each(build, "attributes.json", catalogue_parse_attributes);
    parse_each(build, "labels/", catalogue_parse_labels);
    qsort(build->languages, catalogue->language_count, sizeof *build->languages, compare_language);
    if (!parse_each(build, "forms/", catalogue_parse_form))
        catalogue_build_mistake(build, "forms/", "", "there is no form");
    qsort(build->forms, catalogue->form_count, sizeof *build->forms, compare_form);
    parse_each(build, "indicators/", catalogue_parse_indicator);
    qsort(build->indicators, build->indicator_count, sizeof *build->indicators, compare_indicator);
    parse_each(build, "rules/", catalogue_parse_cross);
    qsort(build->crosses, build->cross_count, sizeof *build->crosses, compare_cross);
}

/* Arrays as large as they can become: one entry a file. */
static void build_init(struct catalogue_build *build, const struct catalogue_document *documents,
                       size_t count)
{
    struct emis_arena *arena = build->arena;
    struct catalogue *catalogue = emis_arena_alloc(arena, sizeof *catalogue);
    build->files = emis_arena_alloc(arena, (count + 1) * sizeof *build->files);
    for (size_t i = 0; i < count; i++)
        build->files[i] = (struct catalogue_build_file){
            &documents[i], emis_arena_strdup(arena, documents[i].path), 0};
    build->file_count = count;
    build->lists = emis_arena_alloc(arena, (count + 1) * sizeof *build->lists);
    build->forms = emis_arena_alloc(arena, (count + 1) * sizeof *build->forms);
    build->indicators = emis_arena_alloc(arena, (count + 1) * sizeof *build->indicators);
    build->crosses = emis_arena_alloc(arena, (count + 1) * sizeof *build->crosses);
    build->languages = emis_arena_alloc(arena, (count + 1) * sizeof *build->languages);
    catalogue->arena = arena;
    catalogue->lists = build->lists;
    catalogue->forms = build->forms;
    catalogue->languages = build->languages;
    catalogue->levels = emis_arena_alloc(arena, sizeof *catalogue->levels);
    catalogue->attributes = emis_arena_alloc(arena, sizeof *catalogue->attributes);
    build->catalogue = catalogue;
}

bool catalogue_compile(const struct catalogue_document *documents, size_t count,
                       catalogue_mistake_fn *on_mistake, void *context,
                       struct catalogue **ret_catalogue, struct emis_error *err)
{
    const struct catalogue_number *numbers;
    size_t number_count;
    struct catalogue_build build = {.arena = emis_arena_new(ARENA_BLOCK_BYTES),
                                    .on_mistake = on_mistake,
                                    .context = context,
                                    .err = err};
    build_init(&build, documents, count);
    parse_all(&build);
    catalogue_resolve_indicators(&build);
    catalogue_resolve_crosses(&build);
    if (build.mistake_count == 0)
        catalogue_number_assign(build.catalogue, NULL, 0, &numbers, &number_count);
    catalogue_expression_compile(build.catalogue, &build);
    catalogue_check_all(&build);
    if (build.mistake_count) {
        emis_arena_free(build.arena);
        return false;
    }
    *ret_catalogue = build.catalogue;
    return true;
}
