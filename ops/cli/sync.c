/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/cli/sync.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/digest.h"
#include "lib/base/memory.h"
#include "lib/catalogue/country.h"
#include "lib/catalogue/generate.h"
#include "lib/catalogue/refresh.h"
#include "lib/store/connection.h"
#include "lib/store/query.h"
#include "lib/store/tx.h"
#include "ops/cli/compatibility.h"
#include "ops/cli/dimension.h"
#include "ops/cli/finding.h"

/* One run. Arrays live in the arena. */
struct sync {
    struct store_connection *conn;
    struct emis_arena *arena;
    const struct catalogue_document *documents;
    size_t document_count;
    struct catalogue *catalogue;
    struct catalogue_number *known;
    size_t known_count;
    const struct catalogue_number *given;
    size_t given_count;
    struct catalogue_document *stored; /* sorted by path */
    size_t stored_count;
    const char **ended; /* paths whose standing text ends: changed or removed */
    size_t ended_count;
    const struct catalogue_document **written; /* added or changed */
    size_t written_count;
    struct cli_sync_summary *summary;
};

/* Where mistakes of files are looked for. */
struct reading {
    struct emis_arena *arena;
    const char *directory, *country;
    size_t mistakes;
};

static void print_read_mistake(void *context, const char *path, const char *pointer,
                               const char *reason)
{
    struct reading *reading = context;

    reading->mistakes++;
    fprintf(
        stderr, "%s%s%s: %s\n",
        catalogue_country_file(reading->arena, reading->directory, reading->country, path, pointer),
        pointer[0] == '\0' ? "" : " ", pointer, reason);
}

static void print_mistake(void *context, const char *path, const char *pointer, const char *reason)
{
    size_t *count = context;

    ++*count;
    fprintf(stderr, "%s%s%s: %s\n", path, pointer[0] == '\0' ? "" : " ", pointer, reason);
}

bool cli_sync_read(struct emis_arena *arena, const char *directory, const char *country,
                   struct catalogue_document **ret_documents, size_t *ret_count,
                   struct catalogue **ret_catalogue, struct emis_error *err)
{
    struct reading reading = {arena, directory, country, 0};

    if (!catalogue_country_read(arena, directory, country, ret_documents, ret_count, err)) {
        return false;
    }
    if (catalogue_compile(*ret_documents, *ret_count, print_read_mistake, &reading, ret_catalogue,
                          err)) {
        return true;
    }
    return emis_error_set_at(err, E_CATALOGUE, directory, "%zu mistakes", reading.mistakes);
}

static bool read_known(struct sync *sync, struct emis_error *err)
{
    struct store_result *result;

    if (!store_query_run(sync->conn, "sync_list_numbers", NULL, &result, err)) {
        return false;
    }
    sync->known_count = store_result_rows(result);
    sync->known = emis_arena_alloc(sync->arena, sync->known_count * sizeof *sync->known + 1);
    for (size_t i = 0; i < sync->known_count; i++) {
        sync->known[i].kind = emis_arena_strdup(sync->arena, store_result_text(result, i, 0));
        sync->known[i].code = emis_arena_strdup(sync->arena, store_result_text(result, i, 1));
        sync->known[i].number = store_result_i16(result, i, 2);
    }
    store_result_free(result);
    return true;
}

static bool read_stored(struct sync *sync, struct emis_error *err)
{
    struct store_result *result;

    if (!store_query_run(sync->conn, "sync_list_documents", NULL, &result, err)) {
        return false;
    }
    sync->stored_count = store_result_rows(result);
    sync->stored = emis_arena_alloc(sync->arena, sync->stored_count * sizeof *sync->stored + 1);
    for (size_t i = 0; i < sync->stored_count; i++) {
        struct store_bytes body = store_result_bytes(result, i, 1);

        sync->stored[i].path = emis_arena_strdup(sync->arena, store_result_text(result, i, 0));
        sync->stored[i].body = emis_arena_memdup(sync->arena, body.data, body.size);
        sync->stored[i].body_size = body.size;
    }
    store_result_free(result);
    return true;
}

static const struct catalogue_document *find_document(const struct catalogue_document *documents,
                                                      size_t count, const char *path)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(documents[i].path, path) == 0) {
            return &documents[i];
        }
    }
    return NULL;
}

static void compare_documents(struct sync *sync)
{
    sync->ended = emis_arena_alloc(sync->arena, (sync->stored_count + 1) * sizeof *sync->ended);
    sync->written =
        emis_arena_alloc(sync->arena, (sync->document_count + 1) * sizeof *sync->written);
    for (size_t i = 0; i < sync->document_count; i++) {
        const struct catalogue_document *document = &sync->documents[i];
        const struct catalogue_document *before =
            find_document(sync->stored, sync->stored_count, document->path);

        if (before == NULL) {
            sync->summary->added++;
        } else if (before->body_size != document->body_size ||
                   memcmp(before->body, document->body, document->body_size) != 0) {
            sync->summary->changed++;
            sync->ended[sync->ended_count++] = document->path;
        } else {
            continue;
        }
        sync->written[sync->written_count++] = document;
    }
    for (size_t i = 0; i < sync->stored_count; i++) {
        if (find_document(sync->documents, sync->document_count, sync->stored[i].path) == NULL) {
            sync->summary->removed++;
            sync->ended[sync->ended_count++] = sync->stored[i].path;
        }
    }
}

/* The stored catalogue against the wanted one. A stored one that this program cannot read is newer
 * than it. */
static bool check_compatible(struct sync *sync, struct emis_error *err)
{
    const struct catalogue_number *given;
    struct catalogue *stored;
    size_t given_count, conflicts, printed = 0;

    if (sync->stored_count == 0) {
        return true;
    }
    if (!catalogue_compile(sync->stored, sync->stored_count, NULL, NULL, &stored, err)) {
        return emis_error_wrap(err, "stored catalogue");
    }
    catalogue_number_apply(stored, sync->known, sync->known_count, &given, &given_count);
    conflicts = cli_compatibility_check(stored, sync->catalogue, print_mistake, &printed);
    catalogue_free(stored);
    return conflicts == 0 ||
           emis_error_set(
               err, E_CATALOGUE,
               "the catalogue would lose what is stored in %zu places; nothing was changed",
               conflicts);
}

static bool write_levels(struct sync *sync, struct emis_error *err)
{
    const struct catalogue *catalogue = sync->catalogue;
    int16_t *numbers =
        emis_arena_alloc(sync->arena, (catalogue->level_count + 1) * sizeof *numbers);
    const char **codes =
        emis_arena_alloc(sync->arena, (catalogue->level_count + 1) * sizeof *codes);
    struct store_params params;
    bool ok;

    for (size_t i = 0; i < catalogue->level_count; i++) {
        numbers[i] = (int16_t) i;
        codes[i] = catalogue->levels[i].code;
    }
    store_params_init(&params);
    store_params_i16_array(&params, numbers, catalogue->level_count, NULL);
    store_params_text_array(&params, codes, catalogue->level_count);
    ok = store_query_run(sync->conn, "sync_insert_levels", &params, NULL, err);
    store_params_release(&params);
    return ok;
}

static bool write_numbers(struct sync *sync, struct emis_error *err)
{
    const char **kinds = emis_arena_alloc(sync->arena, (sync->given_count + 1) * sizeof *kinds);
    const char **codes = emis_arena_alloc(sync->arena, (sync->given_count + 1) * sizeof *codes);
    int16_t *numbers = emis_arena_alloc(sync->arena, (sync->given_count + 1) * sizeof *numbers);
    struct store_params params;
    bool ok;

    for (size_t i = 0; i < sync->given_count; i++) {
        kinds[i] = sync->given[i].kind;
        codes[i] = sync->given[i].code;
        numbers[i] = sync->given[i].number;
    }
    store_params_init(&params);
    store_params_text_array(&params, kinds, sync->given_count);
    store_params_text_array(&params, codes, sync->given_count);
    store_params_i16_array(&params, numbers, sync->given_count, NULL);
    ok = store_query_run(sync->conn, "sync_insert_numbers", &params, NULL, err);
    store_params_release(&params);
    return ok;
}

static bool bump_version(struct sync *sync, struct emis_error *err)
{
    struct store_result *result;

    if (!store_query_run(sync->conn, "sync_bump_version", NULL, &result, err)) {
        return false;
    }
    sync->summary->version = store_result_i64(result, 0, 0);
    store_result_free(result);
    return true;
}

static bool end_documents(struct sync *sync, struct emis_error *err)
{
    struct store_params params;
    bool ok;

    store_params_init(&params);
    store_params_i64(&params, sync->summary->version);
    store_params_text_array(&params, sync->ended, sync->ended_count);
    ok = store_query_run(sync->conn, "sync_end_documents", &params, NULL, err);
    store_params_release(&params);
    return ok;
}

static bool insert_documents(struct sync *sync, struct emis_error *err)
{
    size_t count = sync->written_count;
    const char **paths = emis_arena_alloc(sync->arena, (count + 1) * sizeof *paths);
    struct store_bytes *digests = emis_arena_alloc(sync->arena, (count + 1) * sizeof *digests);
    struct store_bytes *bodies = emis_arena_alloc(sync->arena, (count + 1) * sizeof *bodies);
    struct store_params params;
    bool ok;

    for (size_t i = 0; i < count; i++) {
        uint8_t *digest = emis_arena_alloc(sync->arena, EMIS_DIGEST_BYTES);

        emis_digest_sha256(sync->written[i]->body, sync->written[i]->body_size, digest);
        paths[i] = sync->written[i]->path;
        digests[i] = (struct store_bytes){digest, EMIS_DIGEST_BYTES};
        bodies[i] = (struct store_bytes){sync->written[i]->body, sync->written[i]->body_size};
    }
    store_params_init(&params);
    store_params_i64(&params, sync->summary->version);
    store_params_text_array(&params, paths, count);
    store_params_bytea_array(&params, digests, count);
    store_params_text_sized_array(&params, bodies, count);
    ok = store_query_run(sync->conn, "sync_insert_documents", &params, NULL, err);
    store_params_release(&params);
    return ok;
}

static bool record_change(struct sync *sync, struct emis_error *err)
{
    struct store_params params;
    bool ok;

    store_params_init(&params);
    store_params_i64(&params, sync->summary->version);
    store_params_i32(&params, (int32_t) (sync->written_count + sync->summary->removed));
    ok = store_query_run(sync->conn, "sync_record_change", &params, NULL, err);
    store_params_release(&params);
    return ok;
}

static bool is_written(const struct sync *sync, const char *path)
{
    for (size_t i = 0; path != NULL && i < sync->written_count; i++) {
        if (strcmp(sync->written[i]->path, path) == 0) {
            return true;
        }
    }
    return false;
}

/* A version of the cross rule was added, changed or taken away. */
static bool is_cross_changed(const struct sync *sync, const struct catalogue_cross *cross)
{
    const char *prefix = emis_arena_format(sync->arena, "rules/%s.v", cross->code);
    size_t size = strlen(prefix);
    bool is_changed = false;

    for (size_t i = 0; i < sync->written_count; i++) {
        is_changed |= strncmp(sync->written[i]->path, prefix, size) == 0;
    }
    for (size_t i = 0; i < sync->ended_count; i++) {
        is_changed |= strncmp(sync->ended[i], prefix, size) == 0;
    }
    return is_changed;
}

/* Its file, or the list by whose order its pupils go up. */
static bool is_indicator_written(const struct sync *sync,
                                 const struct catalogue_indicator *indicator)
{
    char list[80];

    if (indicator->promotes == NULL) {
        return is_written(sync, indicator->path);
    }
    (void) snprintf(list, sizeof list, "codelists/%s.json", indicator->promotes->list->code);
    return is_written(sync, indicator->path) || is_written(sync, list);
}

/* A file that the form's cells, or findings about them, rest on has changed. */
static bool is_form_touched(const struct sync *sync, const struct catalogue_form *form)
{
    for (size_t i = 0; i < sync->catalogue->form_count; i++) {
        if (strcmp(sync->catalogue->forms[i].code, form->code) == 0 &&
            is_written(sync, sync->catalogue->forms[i].path)) {
            return true;
        }
    }
    for (size_t i = 0; i < sync->catalogue->indicator_count; i++) {
        if (is_indicator_written(sync, &sync->catalogue->indicators[i]) &&
            catalogue_indicator_is_fed(&sync->catalogue->indicators[i], form)) {
            return true;
        }
    }
    for (size_t i = 0; i < sync->catalogue->cross_count; i++) {
        const struct catalogue_cross *cross = &sync->catalogue->crosses[i];

        if (is_cross_changed(sync, cross) &&
            catalogue_cross_is_fed_by(sync->catalogue, cross, form)) {
            return true;
        }
    }
    return false;
}

static bool dirty_forms(struct sync *sync, struct emis_error *err)
{
    for (size_t i = 0; i < sync->catalogue->form_count; i++) {
        const struct catalogue_form *form = &sync->catalogue->forms[i];
        struct store_params params;
        bool ok;

        if (catalogue_form_newest(sync->catalogue, form->code) != form ||
            !is_form_touched(sync, form)) {
            continue;
        }
        sync->summary->dirty_forms++;
        store_params_init(&params);
        store_params_i16(&params, form->number);
        store_params_i16(&params, (int16_t) form->leaf_level);
        ok = store_query_run(sync->conn, "sync_dirty_form", &params, NULL, err);
        store_params_release(&params);
        if (!ok) {
            return false;
        }
    }
    return true;
}

/* PostgreSQL plans what a rule asks, over nothing: it knows its tables, and its columns are those
 * that a finding has. */
static bool check_query(struct sync *sync, const struct catalogue_cross *cross,
                        struct emis_error *err)
{
    static const int32_t none[] = {0};
    static const int16_t no_form[] = {0};
    struct emis_buffer text;
    struct store_params params;
    struct emis_error why;
    bool ok;

    emis_buffer_init(&text);
    catalogue_refresh_query_check(sync->catalogue, cross, &text);
    store_connection_register_dynamic(sync->conn, cross->path, text.data);
    emis_buffer_release(&text);
    store_params_init(&params);
    store_params_i32_array(&params, none, 0, NULL);
    store_params_i32_array(&params, none, 0, NULL);
    store_params_i32(&params, 0);
    if (cross->form != NULL) {
        store_params_i16_array(&params, no_form, 0, NULL);
    }
    ok = store_query_run(sync->conn, cross->path, &params, NULL, &why);
    store_params_release(&params);
    if (!ok && strncmp(why.sqlstate, "42", 2) != 0 && strncmp(why.sqlstate, "22", 2) != 0 &&
        strncmp(why.sqlstate, "0A", 2) != 0) {
        *err = why;
        return false;
    }
    return ok || emis_error_set_at(err, E_CATALOGUE, "/query", "%s: %s; nothing was changed",
                                   cross->path, why.message);
}

static bool check_queries(struct sync *sync, struct emis_error *err)
{
    for (size_t i = 0; i < sync->catalogue->cross_count; i++) {
        const struct catalogue_cross *cross = &sync->catalogue->crosses[i];

        if (cross->method == CATALOGUE_QUERY && !check_query(sync, cross, err)) {
            return false;
        }
    }
    return true;
}

/* Also without a change of the files: another program version may generate other tables. */
static bool write_tables(struct sync *sync, struct emis_error *err)
{
    struct emis_buffer ddl;
    bool ok;

    emis_buffer_init(&ddl);
    catalogue_generate_ddl(sync->catalogue, &ddl);
    ok = store_query_script(sync->conn, ddl.data, err) || emis_error_wrap(err, "generated tables");
    emis_buffer_release(&ddl);
    return ok && check_queries(sync, err) &&
           cli_dimension_write(sync->conn, sync->catalogue, err) &&
           cli_finding_write(sync->conn, sync->catalogue, err);
}

/* Also without a change of the files: what the leaves failed by need not be in the catalogue. */
static bool retry_failed(struct sync *sync, struct emis_error *err)
{
    struct store_result *result;

    if (!store_query_run(sync->conn, "sync_retry_failed", NULL, &result, err)) {
        return false;
    }
    sync->summary->retried = (size_t) store_result_affected(result);
    store_result_free(result);
    return true;
}

static bool write_all(struct sync *sync, struct emis_error *err)
{
    bool is_changed = sync->written_count + sync->ended_count + sync->given_count > 0;

    if (is_changed &&
        !(write_levels(sync, err) && write_numbers(sync, err) && bump_version(sync, err) &&
          end_documents(sync, err) && insert_documents(sync, err) && record_change(sync, err) &&
          dirty_forms(sync, err))) {
        return false;
    }
    return write_tables(sync, err) && retry_failed(sync, err);
}

static bool read_version(struct sync *sync, struct emis_error *err)
{
    struct store_result *result;

    if (!store_query_run(sync->conn, "read_version", NULL, &result, err)) {
        return false;
    }
    sync->summary->version = store_result_i64(result, 0, 0);
    store_result_free(result);
    return true;
}

static bool run_in_tx(struct sync *sync, bool is_dry, struct emis_error *err)
{
    if (!(is_dry || store_query_run(sync->conn, "lock_registry", NULL, NULL, err)) ||
        !read_version(sync, err) || !read_known(sync, err) || !read_stored(sync, err)) {
        return false;
    }
    catalogue_number_apply(sync->catalogue, sync->known, sync->known_count, &sync->given,
                           &sync->given_count);
    sync->summary->numbers = sync->given_count;
    compare_documents(sync);
    return check_compatible(sync, err) && (is_dry || write_all(sync, err));
}

bool cli_sync_run(struct store_connection *conn, const struct catalogue_document *documents,
                  size_t count, struct catalogue *catalogue, bool is_dry,
                  struct cli_sync_summary *ret_summary, struct emis_error *err)
{
    struct cli_sync_summary summary = {0};
    struct sync sync = {.conn = conn,
                        .arena = emis_arena_new(1 << 16),
                        .documents = documents,
                        .document_count = count,
                        .catalogue = catalogue,
                        .summary = &summary};
    bool ok = store_tx_begin(conn, err);

    ok = ok && run_in_tx(&sync, is_dry, err);
    ok = ok && !is_dry ? store_tx_commit(conn, err) : ok;
    store_tx_rollback(conn);
    if (ok) {
        *ret_summary = summary;
    }
    emis_arena_free(sync.arena);
    return ok;
}
