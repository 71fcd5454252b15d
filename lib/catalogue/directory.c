/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/arena.h"
#include "lib/base/memory.h"
#include "lib/catalogue/catalogue.h"

#define FILES_MAX      10000
#define FILE_BYTES_MAX (INT64_C(16) << 20)

/* The documents found so far; the array grows on the heap and moves to the arena at the end. */
struct listing {
    struct emis_arena *arena;
    const char *root;
    struct catalogue_document *documents;
    size_t count, capacity;
};

/* All bytes of a file into the arena. */
static bool read_file(struct listing *listing, const char *path,
                      struct catalogue_document *document, struct emis_error *err)
{
    FILE *file = fopen(path, "rb");
    struct stat status;
    bool is_done = false;
    if (!file)
        return emis_error_set_at(err, E_NO_INPUT, path, "could not open %s: %s", path,
                                 strerror(errno));
    if (fstat(fileno(file), &status) != 0) {
        emis_error_set_at(err, E_IO, path, "could not read %s: %s", path, strerror(errno));
    } else if (status.st_size > FILE_BYTES_MAX) {
        emis_error_set_at(err, E_NO_INPUT, path, "%s is larger than 16 MiB", path);
    } else {
        size_t size = (size_t) status.st_size;
        char *body = emis_arena_alloc(listing->arena, size + 1);
        document->body_size = fread(body, 1, size, file);
        document->body = body;
        is_done = document->body_size == size ||
                  emis_error_set_at(err, E_IO, path, "could not read %s", path);
    }
    fclose(file);
    return is_done;
}

static bool add_file(struct listing *listing, const char *path, const char *relative,
                     struct emis_error *err)
{
    struct catalogue_document document = {.path = emis_arena_strdup(listing->arena, relative)};
    if (listing->count == FILES_MAX)
        return emis_error_set(err, E_NO_INPUT, "%s holds more than %d files", listing->root,
                              FILES_MAX);
    if (!read_file(listing, path, &document, err))
        return false;
    if (listing->count == listing->capacity) {
        listing->capacity = listing->capacity ? listing->capacity * 2 : 64;
        listing->documents =
            emis_realloc(listing->documents, listing->capacity * sizeof *listing->documents);
    }
    listing->documents[listing->count++] = document;
    return true;
}

static bool ends_in_json(const char *name)
{
    size_t size = strlen(name);
    return size > 5 && strcmp(name + size - 5, ".json") == 0;
}

/* The *.json files of root/folder, and one level of folders below when folder is "". schema/
 * describes the files and is not part of them; countries/ holds what is laid over them
 * (country.h). */
static bool add_folder(struct listing *listing, const char *folder, struct emis_error *err)
{
    char *path = emis_format_new("%s%s%s", listing->root, *folder ? "/" : "", folder);
    DIR *directory = opendir(path);
    bool is_done = directory != NULL;
    if (!directory)
        emis_error_set_at(err, E_NO_INPUT, path, "could not open the folder %s: %s", path,
                          strerror(errno));
    for (struct dirent *entry; is_done && (entry = readdir(directory));) {
        if (entry->d_name[0] == '.')
            continue;
        char *child = emis_format_new("%s/%s", path, entry->d_name);
        char *relative = emis_format_new("%s%s%s", folder, *folder ? "/" : "", entry->d_name);
        struct stat status;
        if (stat(child, &status) != 0)
            is_done = emis_error_set_at(err, E_IO, child, "could not read %s: %s", child,
                                        strerror(errno));
        else if (S_ISDIR(status.st_mode))
            is_done = *folder || strcmp(entry->d_name, "schema") == 0 ||
                      strcmp(entry->d_name, "countries") == 0 ||
                      add_folder(listing, entry->d_name, err);
        else if (ends_in_json(entry->d_name))
            is_done = add_file(listing, child, relative, err);
        free(child);
        free(relative);
    }
    if (directory)
        closedir(directory);
    free(path);
    return is_done;
}

static int compare_path(const void *a, const void *b)
{
    return strcmp(((const struct catalogue_document *) a)->path,
                  ((const struct catalogue_document *) b)->path);
}

bool catalogue_read_directory(struct emis_arena *arena, const char *directory,
                              struct catalogue_document **ret_documents, size_t *ret_count,
                              struct emis_error *err)
{
    struct listing listing = {.arena = arena, .root = directory};
    bool is_done = add_folder(&listing, "", err);
    if (is_done) {
        if (listing.count)
            qsort(listing.documents, listing.count, sizeof *listing.documents, compare_path);
        *ret_documents = emis_arena_alloc(arena, (listing.count + 1) * sizeof **ret_documents);
        if (listing.count)
            memcpy(*ret_documents, listing.documents, listing.count * sizeof **ret_documents);
        *ret_count = listing.count;
    }
    free(listing.documents);
    return is_done;
}
