/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/store/migration.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buffer.h"
#include "lib/base/memory.h"

#define FILE_BYTES_MAX ((size_t) 16 * 1024 * 1024)

static int is_sql_file(const struct dirent *entry)
{
    const size_t size = strlen(entry->d_name);
    return entry->d_name[0] != '.' && size > 4 && strcmp(entry->d_name + size - 4, ".sql") == 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

char **store_migration_names_new(const char *directory, struct emis_error *err)
{
    struct dirent **entries;
    const int count = scandir(directory, &entries, is_sql_file, by_name);
    if (count < 0) {
        emis_error_set(err, E_NO_INPUT, "could not read the directory %s: %s", directory,
                       strerror(errno));
        return NULL;
    }
    char **names = emis_calloc((size_t) count + 1, sizeof *names);
    for (int i = 0; i < count; i++) {
        names[i] = emis_strdup(entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return names;
}

static bool read_stream(FILE *file, const char *path, struct emis_buffer *text,
                        struct emis_error *err)
{
    char piece[8192];
    size_t size;
    while ((size = fread(piece, 1, sizeof piece, file)) > 0) {
        if (memchr(piece, '\0', size) != NULL || text->size + size > FILE_BYTES_MAX)
            return emis_error_set(err, E_CONFIG, "%s is not a text file of at most 16 MiB", path);
        emis_buffer_append(text, piece, size);
    }
    if (ferror(file))
        return emis_error_set(err, E_NO_INPUT, "could not read %s: %s", path, strerror(errno));
    return true;
}

char *store_migration_text_new(const char *path, struct emis_error *err)
{
    FILE *file = fopen(path, "rbe");
    if (file == NULL) {
        emis_error_set(err, E_NO_INPUT, "could not open %s: %s", path, strerror(errno));
        return NULL;
    }
    struct emis_buffer text;
    emis_buffer_init(&text);
    emis_buffer_text(&text, "");
    const bool is_read = read_stream(file, path, &text, err);
    fclose(file);
    if (is_read)
        return text.data;
    emis_buffer_release(&text);
    return NULL;
}

/* NNNN_name.sql */
static bool split_name(struct store_migration *migration, struct emis_error *err)
{
    static const char digits[] = "0123456789";
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
    const char *file = migration->file;
    const size_t version_size = strspn(file, digits);
    const char *name = file + version_size + 1;
    if (version_size < 4 || version_size > 14 || file[version_size] != '_' || name[0] == '.' ||
        strcmp(name + strspn(name, letters), ".sql") != 0)
        return emis_error_set(err, E_CONFIG,
                              "%s: a migration is named like 0007_add_school_closure.sql", file);
    migration->version = emis_strndup(file, version_size);
    migration->name = emis_strndup(name, strlen(name) - 4);
    return true;
}

/* The line of `text` that begins with the marker followed by white space or the end; NULL if there
 * is none. */
static char *find_line(char *text, const char *marker)
{
    const size_t size = strlen(marker);
    for (char *line = text; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, marker, size) == 0 &&
            (line[size] == '\0' || isspace((unsigned char) line[size])))
            return line;
    }
    return NULL;
}

/* The options after the marker: nothing, or transaction:false or transaction:true. */
static bool read_options(struct store_migration *migration, const char *options,
                         struct emis_error *err)
{
    char line[64];
    snprintf(line, sizeof line, "%.*s", (int) strcspn(options, "\r\n"), options);
    const char *word = line + strspn(line, " \t");
    const size_t size = strcspn(word, " \t");
    const bool is_alone = word[size + strspn(word + size, " \t")] == '\0';
    migration->is_transactional = size == 0 || strncmp(word, "transaction:true", size) == 0;
    if (is_alone && (size == 0 || (size == 16 && migration->is_transactional) ||
                     (size == 17 && strncmp(word, "transaction:false", size) == 0)))
        return true;
    return emis_error_set(err, E_CONFIG,
                          "%s: the only option of -- migrate:up is transaction:false",
                          migration->file);
}

static bool read_markers(struct store_migration *migration, struct emis_error *err)
{
    static const char up[] = "-- migrate:up";
    const char *start = find_line(migration->text, up);
    if (start == NULL)
        return emis_error_set(err, E_CONFIG, "%s: there is no line `%s`", migration->file, up);
    char *down = find_line(migration->text, "-- migrate:down");
    if (down != NULL && down < start)
        return emis_error_set(err, E_CONFIG, "%s: -- migrate:down stands before -- migrate:up",
                              migration->file);
    if (down != NULL)
        *down = '\0';
    return read_options(migration, start + sizeof up - 1, err);
}

static bool read_migration(struct store_migration *migration, const char *directory,
                           struct emis_error *err)
{
    if (!split_name(migration, err))
        return false;
    char *path = emis_format_new("%s/%s", directory, migration->file);
    migration->text = store_migration_text_new(path, err);
    free(path);
    if (migration->text == NULL)
        return false;
    emis_digest_sha256(migration->text, strlen(migration->text), migration->sha256);
    return read_markers(migration, err);
}

/* Names sorted bytewise are not versions sorted bytewise when widths differ ("0010_" and "00100_").
 */
static int by_version(const void *a, const void *b)
{
    return strcmp(((const struct store_migration *) a)->version,
                  ((const struct store_migration *) b)->version);
}

static bool check_unique(const struct store_migration_list *list, struct emis_error *err)
{
    for (size_t i = 1; i < list->count; i++) {
        if (strcmp(list->items[i - 1].version, list->items[i].version) == 0)
            return emis_error_set(err, E_CONFIG, "%s and %s have the same number",
                                  list->items[i - 1].file, list->items[i].file);
    }
    return true;
}

struct store_migration_list *store_migration_list_new(const char *directory, struct emis_error *err)
{
    char **names = store_migration_names_new(directory, err);
    if (names == NULL)
        return NULL;
    size_t names_count = 0;
    while (names[names_count] != NULL)
        names_count++;
    struct store_migration_list *list = emis_calloc(1, sizeof *list);
    list->items = emis_calloc(names_count + 1, sizeof *list->items);
    bool is_good = true;
    for (size_t i = 0; i < names_count; i++) {
        list->items[i].file = names[i];
        list->count++;
        is_good = is_good && read_migration(&list->items[i], directory, err);
    }
    free(names);
    if (is_good) {
        qsort(list->items, list->count, sizeof *list->items, by_version);
        is_good = check_unique(list, err);
    }
    if (is_good)
        return list;
    store_migration_list_free(list);
    return NULL;
}

void store_migration_list_free(struct store_migration_list *list)
{
    if (list == NULL)
        return;
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i].file);
        free(list->items[i].version);
        free(list->items[i].name);
        free(list->items[i].text);
    }
    free(list->items);
    free(list);
}
