/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/store/migrate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/memory.h"
#include "lib/store/migration.h"
#include "lib/store/query.h"
#include "lib/store/session.h"
#include "lib/store/tx.h"

#define LOCK_KEY ((int64_t) UINT64_C(0xa7f0387a62af2f45))

/* What is on disk beside what the database says was applied, merged by version. */
struct step {
    struct store_migrate_entry entry;
    const struct store_migration *file; /* NULL: STORE_MIGRATE_MISSING */
};

struct plan {
    struct store_migration_list *files;
    struct store_result
        *rows; /* version, name, sha256, applied_at; NULL: the database has no such table */
    struct step *steps;
    size_t count;
};

static bool run_with_i64(struct store_connection *conn, const char *name, int64_t value,
                         struct emis_error *err)
{
    struct store_params params;
    store_params_init(&params);
    store_params_i64(&params, value);
    const bool is_done = store_query_run(conn, name, &params, NULL, err);
    store_params_release(&params);
    return is_done;
}

bool store_migrate_lock(struct store_connection *conn, int64_t lock_timeout_ms,
                        struct emis_error *err)
{
    if (!run_with_i64(conn, "store_set_lock_timeout", lock_timeout_ms, err))
        return false;
    if (!run_with_i64(conn, "store_lock_migrations", LOCK_KEY, err))
        return emis_error_wrap(err,
                               "could not get the migrations lock, another runner may hold it");
    return true;
}

void store_migrate_unlock(struct store_connection *conn)
{
    struct emis_error ignored;
    /* A lost connection has lost its locks too. */
    (void) !run_with_i64(conn, "store_unlock_migrations", LOCK_KEY, &ignored);
}

static void plan_release(struct plan *plan)
{
    store_migration_list_free(plan->files);
    store_result_free(plan->rows);
    free(plan->steps);
}

static bool read_rows(struct store_connection *conn, struct plan *plan, struct emis_error *err)
{
    struct store_result *has_table;
    if (!store_query_run(conn, "store_has_migration_table", NULL, &has_table, err))
        return false;
    const bool is_there = store_result_bool(has_table, 0, 0);
    store_result_free(has_table);
    return !is_there || store_query_run(conn, "store_list_migrations", NULL, &plan->rows, err);
}

static void add_pending(struct plan *plan, const struct store_migration *file)
{
    plan->steps[plan->count++] = (struct step){
        .entry = {.version = file->version, .name = file->name, .state = STORE_MIGRATE_PENDING},
        .file = file};
}

/* file: NULL when there is none of that version. */
static void add_applied(struct plan *plan, const struct store_migration *file, size_t row)
{
    struct step *step = &plan->steps[plan->count++];
    step->file = file;
    step->entry.version = store_result_text(plan->rows, row, 0);
    step->entry.name = store_result_text(plan->rows, row, 1);
    step->entry.applied_us = store_result_timestamptz(plan->rows, row, 3);
    if (file == NULL) {
        step->entry.state = STORE_MIGRATE_MISSING;
        return;
    }
    const struct store_bytes sha256 = store_result_bytes(plan->rows, row, 2);
    const bool is_same = sha256.size == EMIS_DIGEST_BYTES &&
                         memcmp(sha256.data, file->sha256, EMIS_DIGEST_BYTES) == 0;
    step->entry.state = is_same ? STORE_MIGRATE_APPLIED : STORE_MIGRATE_CHANGED;
}

static void merge(struct plan *plan)
{
    const size_t rows = plan->rows != NULL ? store_result_rows(plan->rows) : 0;
    plan->steps = emis_calloc(rows + plan->files->count + 1, sizeof *plan->steps);
    size_t row = 0;
    size_t item = 0;
    while (row < rows || item < plan->files->count) {
        const struct store_migration *file =
            item < plan->files->count ? &plan->files->items[item] : NULL;
        int order = file == NULL ? -1 : 1;
        if (file != NULL && row < rows)
            order = strcmp(store_result_text(plan->rows, row, 0), file->version);
        if (order > 0)
            add_pending(plan, file);
        else
            add_applied(plan, order == 0 ? file : NULL, row);
        row += order <= 0;
        item += order >= 0;
    }
}

static bool plan_init(struct plan *plan, struct store_connection *conn, const char *directory,
                      struct emis_error *err)
{
    *plan = (struct plan){0};
    plan->files = store_migration_list_new(directory, err);
    if (plan->files == NULL || !read_rows(conn, plan, err)) {
        plan_release(plan);
        return false;
    }
    merge(plan);
    return true;
}

/* History is one sequence everywhere: nothing applied may be changed or gone, and nothing may be
 * slipped in before what is applied. */
static bool check_plan(const struct plan *plan, struct emis_error *err)
{
    const struct store_migration *pending = NULL;
    for (size_t i = 0; i < plan->count; i++) {
        const struct step *step = &plan->steps[i];
        switch (step->entry.state) {
        case STORE_MIGRATE_PENDING:
            pending = pending != NULL ? pending : step->file;
            continue;
        case STORE_MIGRATE_CHANGED:
            return emis_error_set(
                err, E_CONFIG,
                "%s was changed after it was applied; restore it and write a new migration",
                step->file->file);
        case STORE_MIGRATE_MISSING:
            return emis_error_set(err, E_CONFIG,
                                  "%s_%s was applied, but there is no such file: the database is "
                                  "newer than this program",
                                  step->entry.version, step->entry.name);
        case STORE_MIGRATE_APPLIED:
            if (pending != NULL)
                return emis_error_set(
                    err, E_CONFIG, "%s is older than %s, which is applied; give it a higher number",
                    pending->file, step->file->file);
        }
    }
    return true;
}

/* Run a script and say which file it was; "line N" becomes "file:N". */
static bool run_file(struct store_connection *conn, const char *file, const char *text,
                     struct emis_error *err)
{
    if (store_query_script(conn, text, err))
        return true;
    char line[32];
    snprintf(line, sizeof line, "%s",
             strncmp(err->pointer, "line ", 5) == 0 ? err->pointer + 5 : "");
    if (line[0] != '\0')
        snprintf(err->pointer, sizeof err->pointer, "%s:%s", file, line);
    return emis_error_wrap(err, "%s", file);
}

/* The same inside our transaction, which the script must leave as it is. */
static bool run_file_in_tx(struct store_connection *conn, const char *file, const char *text,
                           struct emis_error *err)
{
    if (!run_file(conn, file, text, err))
        return false;
    if (!store_connection_is_in_tx(conn))
        return emis_error_set(err, E_CONFIG, "%s: a script may not end the transaction it runs in",
                              file);
    return store_session_reset_path(conn, err);
}

/* The verify file of a migration, if there is one. In a transaction. */
static bool verify(struct store_connection *conn, const char *directory, const char *file,
                   bool *ret_found, struct emis_error *err)
{
    *ret_found = false;
    if (directory == NULL)
        return true;
    char *path = emis_format_new("%s/%s", directory, file);
    bool is_done = true;
    if (access(path, F_OK) == 0) {
        *ret_found = true;
        char *text = store_migration_text_new(path, err);
        is_done = text != NULL &&
                  (run_file_in_tx(conn, file, text, err) || emis_error_wrap(err, "verify"));
        free(text);
    } else if (errno != ENOENT) {
        is_done = emis_error_set(err, E_NO_INPUT, "could not open %s: %s", path, strerror(errno));
    }
    free(path);
    return is_done;
}

static bool record(struct store_connection *conn, const struct store_migration *file,
                   int64_t *ret_applied_us, struct emis_error *err)
{
    struct store_params params;
    store_params_init(&params);
    store_params_text(&params, file->version);
    store_params_text(&params, file->name);
    store_params_bytes(&params, file->sha256, sizeof file->sha256);
    struct store_result *result;
    const bool is_done = store_query_run(conn, "store_insert_migration", &params, &result, err);
    store_params_release(&params);
    if (!is_done)
        return false;
    *ret_applied_us = store_result_timestamptz(result, 0, 0);
    store_result_free(result);
    return true;
}

static bool apply(struct store_connection *conn, const struct store_migrate_options *options,
                  const struct store_migration *file, int64_t *ret_applied_us,
                  struct emis_error *err)
{
    bool has_verify;
    if (!file->is_transactional &&
        (!run_file(conn, file->file, file->text, err) || !store_session_reset_path(conn, err)))
        return false;
    if (!store_tx_begin(conn, err))
        return false;
    if ((!file->is_transactional || run_file_in_tx(conn, file->file, file->text, err)) &&
        verify(conn, options->verify_dir, file->file, &has_verify, err) &&
        record(conn, file, ret_applied_us, err) &&
        (store_tx_commit(conn, err) || emis_error_wrap(err, "%s", file->file)))
        return true;
    store_tx_rollback(conn);
    return false;
}

static bool create_table(struct store_connection *conn, struct emis_error *err)
{
    return run_file(conn, "control.schema_migration",
                    store_session_find(conn, "store_create_migration_table")->text, err);
}

static bool apply_plan(struct store_connection *conn, const struct store_migrate_options *options,
                       const struct plan *plan, store_migrate_entry_fn on_applied, void *context,
                       size_t *ret_applied, struct emis_error *err)
{
    if (!check_plan(plan, err) || (plan->rows == NULL && !create_table(conn, err)))
        return false;
    for (size_t i = 0; i < plan->count; i++) {
        if (plan->steps[i].entry.state != STORE_MIGRATE_PENDING)
            continue;
        struct store_migrate_entry entry = plan->steps[i].entry;
        if (!apply(conn, options, plan->steps[i].file, &entry.applied_us, err))
            return false;
        entry.state = STORE_MIGRATE_APPLIED;
        ++*ret_applied;
        if (on_applied != NULL)
            on_applied(context, &entry);
    }
    return true;
}

bool store_migrate_run(struct store_connection *conn, const struct store_migrate_options *options,
                       store_migrate_entry_fn on_applied, void *context, size_t *ret_applied,
                       struct emis_error *err)
{
    size_t applied = 0;
    struct plan plan;
    if (!store_migrate_lock(conn, options->lock_timeout_ms, err))
        return false;
    bool is_done = plan_init(&plan, conn, options->migrations_dir, err);
    if (is_done) {
        is_done = apply_plan(conn, options, &plan, on_applied, context, &applied, err);
        plan_release(&plan);
    }
    store_migrate_unlock(conn);
    if (is_done && ret_applied != NULL)
        *ret_applied = applied;
    return is_done;
}

bool store_migrate_status(struct store_connection *conn,
                          const struct store_migrate_options *options,
                          store_migrate_entry_fn on_entry, void *context, struct emis_error *err)
{
    struct plan plan;
    if (!plan_init(&plan, conn, options->migrations_dir, err))
        return false;
    for (size_t i = 0; i < plan.count; i++)
        on_entry(context, &plan.steps[i].entry);
    plan_release(&plan);
    return true;
}

static bool verify_step(struct store_connection *conn, const char *directory,
                        const struct step *step, bool *ret_found, struct emis_error *err)
{
    if (!store_tx_begin(conn, err))
        return false;
    const bool is_done = verify(conn, directory, step->file->file, ret_found, err);
    store_tx_rollback(conn);
    return is_done;
}

bool store_migrate_verify(struct store_connection *conn,
                          const struct store_migrate_options *options,
                          store_migrate_entry_fn on_entry, void *context, struct emis_error *err)
{
    struct plan plan;
    if (!plan_init(&plan, conn, options->migrations_dir, err))
        return false;
    bool is_done = true;
    for (size_t i = 0; is_done && i < plan.count; i++) {
        const struct step *step = &plan.steps[i];
        if (step->entry.state != STORE_MIGRATE_APPLIED)
            continue;
        bool is_found;
        is_done = verify_step(conn, options->verify_dir, step, &is_found, err);
        if (is_done && is_found && on_entry != NULL)
            on_entry(context, &step->entry);
    }
    plan_release(&plan);
    return is_done;
}

/* Each named file of a directory ("" for paths as they are), in one transaction. */
static bool apply_files(struct store_connection *conn, const char *directory, char *const *names,
                        struct emis_error *err)
{
    if (!store_tx_begin(conn, err))
        return false;
    bool is_done = true;
    for (; is_done && *names != NULL; names++) {
        char *path = emis_format_new("%s%s%s", directory, directory[0] != '\0' ? "/" : "", *names);
        char *text = store_migration_text_new(path, err);
        is_done = text != NULL && run_file_in_tx(conn, *names, text, err);
        free(text);
        free(path);
    }
    if (is_done && store_tx_commit(conn, err))
        return true;
    store_tx_rollback(conn);
    return false;
}

bool store_migrate_apply_directory(struct store_connection *conn, const char *directory,
                                   size_t *ret_files, struct emis_error *err)
{
    char **names = store_migration_names_new(directory, err);
    if (names == NULL)
        return false;
    const bool is_done = apply_files(conn, directory, names, err);
    size_t files = 0;
    for (; names[files] != NULL; files++)
        free(names[files]);
    free(names);
    if (is_done && ret_files != NULL)
        *ret_files = files;
    return is_done;
}

bool store_migrate_apply_file(struct store_connection *conn, const char *path,
                              struct emis_error *err)
{
    char *const names[] = {(char *) path, NULL};
    return apply_files(conn, "", names, err);
}
