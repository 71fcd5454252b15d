/* SPDX-License-Identifier: Apache-2.0 */
/* db migrate, db status, db verify. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/arena.h"
#include "lib/base/date.h"
#include "lib/base/memory.h"
#include "lib/json/write.h"
#include "lib/store/connection.h"
#include "lib/store/migrate.h"
#include "lib/store/query.h"
#include "ops/cli/commands.h"
#include "ops/cli/print.h"
#include "ops/cli/sync.h"

#define LOCK_TIMEOUT_MS 60000
#define GRANT_ATTEMPTS  10

/* The parts of a deploy. Paths are ours to free. */
struct deploy {
    struct cli_context *cli;
    struct store_connection *conn;
    struct emis_arena *arena;
    char *migrations, *verify, *functions, *grants, *catalogue_folder;
    struct catalogue_document *documents;
    size_t document_count;
    struct catalogue *catalogue;
    size_t pending;
};

static void deploy_release(struct deploy *deploy)
{
    catalogue_free(deploy->catalogue);
    store_connection_free(deploy->conn);
    emis_arena_free(deploy->arena);
    free(deploy->migrations);
    free(deploy->verify);
    free(deploy->functions);
    free(deploy->grants);
    free(deploy->catalogue_folder);
}

static bool deploy_init(struct deploy *deploy, struct cli_context *cli,
                        const char *catalogue_folder, struct emis_error *err)
{
    const char *root;

    *deploy = (struct deploy){.cli = cli, .arena = emis_arena_new(1 << 16)};
    if (!cli_context_root(cli, &root, err)) {
        return false;
    }
    deploy->migrations = emis_format_new("%s/sql/migrations", root);
    deploy->verify = emis_format_new("%s/sql/verify", root);
    deploy->functions = emis_format_new("%s/sql/functions", root);
    deploy->grants = emis_format_new("%s/sql/grants.sql", root);
    deploy->catalogue_folder = catalogue_folder == NULL ? emis_format_new("%s/catalogue", root)
                                                        : emis_strdup(catalogue_folder);
    return true;
}

static struct store_migrate_options migrate_options(const struct deploy *deploy)
{
    return (struct store_migrate_options){.migrations_dir = deploy->migrations,
                                          .verify_dir = deploy->verify,
                                          .lock_timeout_ms = LOCK_TIMEOUT_MS};
}

static void say_applied(void *context, const struct store_migrate_entry *entry)
{
    const struct deploy *deploy = context;

    cli_context_say(deploy->cli, "migrated   %s %s", entry->version, entry->name);
}

static void say_pending(void *context, const struct store_migrate_entry *entry)
{
    struct deploy *deploy = context;

    if (entry->state == STORE_MIGRATE_PENDING) {
        deploy->pending++;
        printf("pending    %s %s\n", entry->version, entry->name);
    }
}

static void say_catalogue(const struct deploy *deploy, const struct cli_sync_summary *summary)
{
    if (summary->added + summary->changed + summary->removed + summary->numbers == 0) {
        cli_context_say(deploy->cli, "catalogue  unchanged, registry version %lld",
                        (long long) summary->version);
        return;
    }
    cli_context_say(deploy->cli,
                    "catalogue  %zu files added, %zu changed, %zu removed; %zu new codes; %zu "
                    "forms to be computed again; registry version %lld",
                    summary->added, summary->changed, summary->removed, summary->numbers,
                    summary->dirty_forms, (long long) summary->version);
}

/* A folder without SQL files is nothing. */
static bool apply_functions(struct deploy *deploy, struct emis_error *err)
{
    size_t count = 0;

    if (access(deploy->functions, F_OK) != 0) {
        return true;
    }
    if (!store_migrate_apply_directory(deploy->conn, deploy->functions, &count, err)) {
        return false;
    }
    if (count > 0) {
        cli_context_say(deploy->cli, "functions  %zu applied", count);
    }
    return true;
}

/* A grant writes the catalogue rows of new tables, and so does autovacuum, which has just found
 * them: now and then the two deadlock. */
static bool apply_grants(struct deploy *deploy, struct emis_error *err)
{
    for (int attempt = 1;; attempt++) {
        if (store_migrate_apply_file(deploy->conn, deploy->grants, err)) {
            return true;
        }
        if (err->code != E_DB_CONFLICT || attempt == GRANT_ATTEMPTS) {
            return false;
        }
    }
}

/* Codes of areas that have a deadline or local time of their own, for free(). */
static const char **area_codes_new(const struct catalogue *catalogue, size_t *ret_count)
{
    size_t room = catalogue->utc_offset_count + 1, count = 0;
    const char **codes;

    for (size_t i = 0; i < catalogue->form_count; i++) {
        room += catalogue->forms[i].area_deadline_count;
    }
    codes = emis_calloc(room, sizeof(*codes));
    for (size_t i = 0; i < catalogue->utc_offset_count; i++) {
        codes[count++] = catalogue->utc_offsets[i].area_code;
    }
    for (size_t i = 0; i < catalogue->form_count; i++) {
        for (size_t j = 0; j < catalogue->forms[i].area_deadline_count; j++) {
            codes[count++] = catalogue->forms[i].area_deadlines[j].area_code;
        }
    }
    *ret_count = count;
    return codes;
}

/* No mistake: the registry may come after the catalogue. */
static bool say_unknown_areas(const struct deploy *deploy, struct emis_error *err)
{
    struct store_params params;
    struct store_result *result;
    size_t count;
    const char **codes = area_codes_new(deploy->catalogue, &count);
    bool ok;

    store_params_init(&params);
    store_params_text_array(&params, codes, count);
    free(codes);
    ok = store_query_run(deploy->conn, "find_unknown_areas", &params, &result, err);
    store_params_release(&params);
    if (!ok) {
        return false;
    }
    for (size_t i = 0; i < store_result_rows(result); i++) {
        cli_context_say(deploy->cli,
                        "areas      %s has a deadline or local time of its own and is not in the "
                        "registry: import it, or mend its code",
                        store_result_text(result, i, 0));
    }
    store_result_free(result);
    return true;
}

static bool apply_all(struct deploy *deploy, struct emis_error *err)
{
    const struct store_migrate_options options = migrate_options(deploy);
    struct cli_sync_summary summary;
    size_t applied = 0;

    if (!store_migrate_run(deploy->conn, &options, say_applied, deploy, &applied, err) ||
        !apply_functions(deploy, err) ||
        !cli_sync_run(deploy->conn, deploy->documents, deploy->document_count, deploy->catalogue,
                      false, &summary, err)) {
        return false;
    }
    say_catalogue(deploy, &summary);
    if (deploy->catalogue->country != NULL) {
        cli_context_say(deploy->cli,
                        "country    %s, from now on: later migrations need --country %s",
                        deploy->catalogue->country, deploy->catalogue->country);
    }
    if (summary.retried > 0) {
        cli_context_say(deploy->cli, "set aside  %zu leaves to be tried again", summary.retried);
    }
    if (!say_unknown_areas(deploy, err) || !apply_grants(deploy, err)) {
        return false;
    }
    cli_context_say(deploy->cli, "grants     applied");
    return true;
}

static bool run_locked(struct deploy *deploy, struct emis_error *err)
{
    bool ok = store_migrate_lock(deploy->conn, LOCK_TIMEOUT_MS, err);

    if (ok) {
        ok = apply_all(deploy, err);
        store_migrate_unlock(deploy->conn);
    }
    return ok;
}

static bool has_catalogue(struct deploy *deploy, bool *ret_has, struct emis_error *err)
{
    struct store_result *result;

    if (!store_query_run(deploy->conn, "has_catalogue", NULL, &result, err)) {
        return false;
    }
    *ret_has = store_result_bool(result, 0, 0);
    store_result_free(result);
    return true;
}

static bool run_dry(struct deploy *deploy, struct emis_error *err)
{
    const struct store_migrate_options options = migrate_options(deploy);
    struct cli_sync_summary summary = {.added = deploy->document_count};
    bool has;

    if (!store_migrate_status(deploy->conn, &options, say_pending, deploy, err) ||
        !has_catalogue(deploy, &has, err)) {
        return false;
    }
    if (has && !cli_sync_run(deploy->conn, deploy->documents, deploy->document_count,
                             deploy->catalogue, true, &summary, err)) {
        return false;
    }
    printf("catalogue  %zu files would be added, %zu changed, %zu removed\n", summary.added,
           summary.changed, summary.removed);
    printf("%zu migrations pending; nothing was changed\n", deploy->pending);
    return true;
}

bool cli_migrate_run(struct cli_context *cli, struct emis_error *err)
{
    struct deploy deploy;
    bool ok =
        deploy_init(&deploy, cli, cli_context_option(cli, "catalogue"), err) &&
        cli_sync_read(deploy.arena, deploy.catalogue_folder, cli_context_option(cli, "country"),
                      &deploy.documents, &deploy.document_count, &deploy.catalogue, err) &&
        cli_context_connect(cli, &deploy.conn, err);

    ok = ok && (cli_context_has(cli, "dry-run") ? run_dry(&deploy, err) : run_locked(&deploy, err));
    deploy_release(&deploy);
    return ok;
}

static const char *const state_names[] = {[STORE_MIGRATE_APPLIED] = "applied",
                                          [STORE_MIGRATE_PENDING] = "pending",
                                          [STORE_MIGRATE_CHANGED] = "changed",
                                          [STORE_MIGRATE_MISSING] = "missing"};

static void add_entry(void *context, const struct store_migrate_entry *entry)
{
    struct cli_print *print = context;
    char at[32] = "";

    if (entry->applied_us != 0) {
        emis_date_format_instant(entry->applied_us, at);
    }
    cli_print_row(print,
                  (const char *const[]){entry->version, entry->name, state_names[entry->state],
                                        at[0] == '\0' ? NULL : at});
}

static bool list_migrations(struct cli_context *cli, const char *schema,
                            bool (*list)(struct store_connection *,
                                         const struct store_migrate_options *,
                                         store_migrate_entry_fn, void *, struct emis_error *),
                            struct emis_error *err)
{
    static const struct cli_print_column columns[] = {
        {"version", 't'}, {"name", 't'}, {"state", 't'}, {"applied_at", 't'}, {NULL, 0}};
    struct deploy deploy;
    struct cli_print print;
    bool ok = deploy_init(&deploy, cli, NULL, err) && cli_context_connect(cli, &deploy.conn, err);

    if (ok) {
        const struct store_migrate_options options = migrate_options(&deploy);

        cli_print_init(&print, cli, schema, columns);
        ok = list(deploy.conn, &options, add_entry, &print, err);
        cli_print_end(&print);
    }
    deploy_release(&deploy);
    return ok;
}

bool cli_migrate_status(struct cli_context *cli, struct emis_error *err)
{
    return list_migrations(cli, "emis.db_status/1", store_migrate_status, err);
}

bool cli_migrate_verify(struct cli_context *cli, struct emis_error *err)
{
    return list_migrations(cli, "emis.db_verify/1", store_migrate_verify, err);
}
