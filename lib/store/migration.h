/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The migration files of a directory: names, markers, digests. Reads files, touches no database;
 * any thread. Errors name the file.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/digest.h"
#include "lib/base/error.h"

struct store_migration {
    char *file;    /* "0007_add_school_closure.sql" */
    char *version; /* "0007" */
    char *name;    /* "add_school_closure" */
    char *text;    /* the whole file; what comes after `-- migrate:down` is cut off */
    bool is_transactional;
    uint8_t sha256[EMIS_DIGEST_BYTES]; /* of the whole file as it lies on disk */
};

struct store_migration_list {
    struct store_migration *items; /* by version, bytewise */
    size_t count;
};

/*
 * Every *.sql file of the directory. E_NO_INPUT: the directory or a file cannot be read. E_CONFIG:
 * a name that is not NNNN_name.sql ([0-9]{4,14}, then [a-z0-9_]), a version twice, a NUL byte, no
 * `-- migrate:up` line or an option of it that is not known.
 */
struct store_migration_list *store_migration_list_new(const char *directory,
                                                      struct emis_error *err) EMIS_MUST_CHECK;
void store_migration_list_free(struct store_migration_list *list);

/* The sorted names of the *.sql files of a directory; ends with NULL; free each and the array.
 * E_NO_INPUT. */
char **store_migration_names_new(const char *directory, struct emis_error *err) EMIS_MUST_CHECK;
/* A whole text file, NUL-terminated, at most 16 MiB; the caller frees it. E_NO_INPUT; E_CONFIG when
 * it holds a NUL or is larger. */
char *store_migration_text_new(const char *path, struct emis_error *err) EMIS_MUST_CHECK;
