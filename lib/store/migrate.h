/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The migrations runner: forward only, checksummed, one at a time. Files are
 * sql/migrations/NNNN_verb_object.sql in dbmate's form (`-- migrate:up`, or
 * `-- migrate:up transaction:false` for the one statement that cannot run in a transaction; text
 * after `-- migrate:down` is ignored); after each, sql/verify/NNNN_verb_object.sql runs in the same
 * transaction and raises an exception if the migration did not do what it says. What was applied is
 * in control.schema_migration with the sha256 of the file; the runner makes that schema and table
 * itself, so a migration says `CREATE SCHEMA IF NOT EXISTS control`. (dbmate keeps its versions
 * elsewhere; to use it, run it with --migrations-table=control.dbmate_migration and never both
 * runners on one database.) The connection's thread; outside a transaction.
 *
 * Errors: E_CONFIG (a file was changed after it was applied, is missing, misnamed, out of order, or
 * lacks its marker; the message names it), E_NO_INPUT (a directory cannot be read), E_DB_CONFLICT
 * (another runner holds the lock longer than the wait), the others of connection.h with the file's
 * name in front and err->pointer "file:line" where PostgreSQL told the place.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"

struct store_connection;

struct store_migrate_options {
    const char *migrations_dir;
    const char *verify_dir;  /* NULL: none; a migration without a file there is not verified */
    int64_t lock_timeout_ms; /* for the runner's lock and for each lock that a migration takes; 0:
                                for ever */
};

enum store_migrate_state {
    STORE_MIGRATE_APPLIED,
    STORE_MIGRATE_PENDING,
    STORE_MIGRATE_CHANGED, /* applied, but the file is another one now */
    STORE_MIGRATE_MISSING  /* applied, but there is no such file: the database is newer than the
                              program */
};

struct store_migrate_entry {
    const char *version; /* "0007" */
    const char *name;    /* "add_school_closure" */
    enum store_migrate_state state;
    int64_t applied_us; /* since 2000-01-01Z; 0 when pending */
};

/* The entry is borrowed during the call. */
typedef void (*store_migrate_entry_fn)(void *context, const struct store_migrate_entry *entry);

/* Take the runner's lock (an advisory lock held to the end of the connection, counted: a holder may
 * run), to bind migrations, functions and generated DDL into one deploy. The connection's
 * lock_timeout becomes lock_timeout_ms. */
bool store_migrate_lock(struct store_connection *conn, int64_t lock_timeout_ms,
                        struct emis_error *err) EMIS_MUST_CHECK;
void store_migrate_unlock(struct store_connection *conn);

/* Apply what is pending, in order. on_applied (may be NULL) is told of each after its commit. What
 * was applied before a failure stays applied. */
bool store_migrate_run(struct store_connection *conn, const struct store_migrate_options *options,
                       store_migrate_entry_fn on_applied, void *context, size_t *ret_applied,
                       struct emis_error *err) EMIS_MUST_CHECK;
/* Every version on disk and in the database, in order. Writes nothing; a database without the table
 * has everything pending. */
bool store_migrate_status(struct store_connection *conn,
                          const struct store_migrate_options *options,
                          store_migrate_entry_fn on_entry, void *context,
                          struct emis_error *err) EMIS_MUST_CHECK;
/* Run the verify file of every applied migration, each in a transaction that is rolled back.
 * on_entry (may be NULL) is told of each that held. */
bool store_migrate_verify(struct store_connection *conn,
                          const struct store_migrate_options *options,
                          store_migrate_entry_fn on_entry, void *context,
                          struct emis_error *err) EMIS_MUST_CHECK;

/* Apply each *.sql file of a directory in the order of the names, all in one transaction
 * (sql/functions). ret_files may be NULL. */
bool store_migrate_apply_directory(struct store_connection *conn, const char *directory,
                                   size_t *ret_files, struct emis_error *err) EMIS_MUST_CHECK;
/* Apply one file in one transaction (sql/grants.sql). */
bool store_migrate_apply_file(struct store_connection *conn, const char *path,
                              struct emis_error *err) EMIS_MUST_CHECK;
