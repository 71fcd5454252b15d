/* SPDX-License-Identifier: Apache-2.0 */
/* A country's folder laid over the base: merged when it is read, so that no later step knows of it.
 */
#include "lib/catalogue/country.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/memory.h"
#include "lib/json/document.h"
#include "lib/json/merge.h"

#define FOLDER "countries"

static int compare_path(const void *a, const void *b)
{
    return strcmp(((const struct catalogue_document *) a)->path,
                  ((const struct catalogue_document *) b)->path);
}

static int compare_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *) a, *(const char *const *) b);
}

/* It becomes part of a path. */
static bool is_code(const char *text)
{
    size_t size = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");
    return size > 0 && size <= 20 && text[size] == '\0' && text[0] != '-';
}

/* "in-up, iq, tz" */
static const char *list_countries(struct emis_arena *arena, const char *directory)
{
    const char *names[64], *text = "";
    size_t count = 0;
    DIR *folder = opendir(emis_arena_format(arena, "%s/" FOLDER, directory));
    for (struct dirent *entry; folder && count < 64 && (entry = readdir(folder));) {
        if (is_code(entry->d_name))
            names[count++] = emis_arena_strdup(arena, entry->d_name);
    }
    if (folder)
        closedir(folder);
    qsort(names, count, sizeof *names, compare_text);
    for (size_t i = 0; i < count; i++)
        text = emis_arena_format(arena, "%s%s%s", text, i ? ", " : "", names[i]);
    return count ? text : "none";
}

static struct catalogue_document *find(struct catalogue_document *documents, size_t count,
                                       const char *path)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(documents[i].path, path) == 0)
            return &documents[i];
    }
    return NULL;
}

/* The text of a file of the country's, parsed; the error names the file. */
static bool parse(const struct catalogue_document *document, const char *country,
                  struct json_document **ret, struct emis_error *err)
{
    struct emis_error cause;
    return json_document_new(document->body, document->body_size, &json_limits_file, ret, &cause) ||
           emis_error_set(err, E_CATALOGUE, FOLDER "/%s/%s: %s", country, document->path,
                          cause.message);
}

/* The folder says which country it is, and so does the database that is made from it. */
static bool check_code(struct catalogue_document *overlay, size_t count, const char *country,
                       struct emis_error *err)
{
    struct catalogue_document *document = find(overlay, count, CATALOGUE_COUNTRY_FILE);
    struct json_document *parsed;
    const char *code = "";
    size_t size;
    if (!document)
        return emis_error_set(err, E_CATALOGUE,
                              FOLDER "/%s has no " CATALOGUE_COUNTRY_FILE
                                     "; write {\"country\": \"%s\"} into it",
                              country, country);
    if (!parse(document, country, &parsed, err))
        return false;
    bool is_same =
        json_value_string(json_value_get(json_document_root(parsed), "country"), &code, &size) &&
        strcmp(code, country) == 0;
    if (!is_same)
        emis_error_set(err, E_CATALOGUE,
                       FOLDER "/%s/" CATALOGUE_COUNTRY_FILE ": /country: must be \"%s\", the name "
                              "of its folder",
                       country, country);
    json_document_free(parsed);
    return is_same;
}

/* A base file that is no JSON stays as it is: compiling it tells. */
static bool lay_over(struct emis_arena *arena, struct catalogue_document *base,
                     const struct catalogue_document *patch, const char *country,
                     struct emis_error *err)
{
    struct json_document *under, *over;
    struct emis_buffer text;
    struct emis_error cause;
    if (!parse(patch, country, &over, err))
        return false;
    if (!json_document_new(base->body, base->body_size, &json_limits_file, &under, &cause)) {
        json_document_free(over);
        return true;
    }
    emis_buffer_init(&text);
    bool is_done =
        json_merge_write(json_document_root(under), json_document_root(over), &text, &cause) ||
        emis_error_set(err, E_CATALOGUE, FOLDER "/%s/%s: %s", country, patch->path, cause.message);
    if (is_done) {
        base->body_size = text.size;
        base->body = emis_arena_memdup(arena, text.data, text.size);
    }
    emis_buffer_release(&text);
    json_document_free(under);
    json_document_free(over);
    return is_done;
}

bool catalogue_country_read(struct emis_arena *arena, const char *directory, const char *country,
                            struct catalogue_document **ret_documents, size_t *ret_count,
                            struct emis_error *err)
{
    struct catalogue_document *base, *overlay;
    size_t base_count, overlay_count;
    if (!country)
        return catalogue_read_directory(arena, directory, ret_documents, ret_count, err);
    const char *folder = emis_arena_format(arena, "%s/" FOLDER "/%s", directory, country);
    if (!is_code(country) || access(folder, F_OK) != 0)
        return emis_error_set(err, E_USAGE, "%s/" FOLDER " has no country \"%.40s\"; there are: %s",
                              directory, country, list_countries(arena, directory));
    if (!catalogue_read_directory(arena, directory, &base, &base_count, err) ||
        !catalogue_read_directory(arena, folder, &overlay, &overlay_count, err) ||
        !check_code(overlay, overlay_count, country, err))
        return false;
    struct catalogue_document *all =
        emis_arena_alloc(arena, (base_count + overlay_count + 1) * sizeof *all);
    size_t count = base_count;
    memcpy(all, base, base_count * sizeof *all);
    for (size_t i = 0; i < overlay_count; i++) {
        struct catalogue_document *under = find(all, base_count, overlay[i].path);
        if (!under)
            all[count++] = overlay[i];
        else if (!lay_over(arena, under, &overlay[i], country, err))
            return false;
    }
    qsort(all, count, sizeof *all, compare_path);
    *ret_documents = all;
    *ret_count = count;
    return true;
}

const char *catalogue_country_file(struct emis_arena *arena, const char *directory,
                                   const char *country, const char *path, const char *pointer)
{
    struct json_document *patch;
    struct emis_error err;
    if (!country)
        return path;
    const char *file = emis_arena_format(arena, FOLDER "/%s/%s", country, path);
    if (!json_document_read_new(emis_arena_format(arena, "%s/%s", directory, file),
                                &json_limits_file, &patch, &err))
        return path;
    bool is_own = access(emis_arena_format(arena, "%s/%s", directory, path), F_OK) != 0;
    bool is_patched = *pointer && json_merge_is_patched(json_document_root(patch), pointer);
    json_document_free(patch);
    return is_own || is_patched ? file : emis_arena_format(arena, "%s + %s", path, file);
}
