/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/catalogue/load.h"

#include <string.h>

#include "lib/base/arena.h"
#include "lib/store/connection.h"
#include "lib/store/query.h"
#include "lib/store/tx.h"

extern const struct store_statement catalogue_statements[];

static bool read_documents(struct store_connection *conn, struct emis_arena *arena,
                           struct catalogue_document **ret_documents, size_t *ret_count,
                           struct emis_error *err)
{
    struct store_result *result;

    if (!store_query_run(conn, "catalogue_documents", NULL, &result, err)) {
        return false;
    }
    *ret_count = store_result_rows(result);
    *ret_documents = emis_arena_alloc(arena, *ret_count * sizeof(**ret_documents));
    for (size_t i = 0; i < *ret_count; i++) {
        (*ret_documents)[i].path = emis_arena_strdup(arena, store_result_text(result, i, 0));
        (*ret_documents)[i].body = emis_arena_strdup(arena, store_result_text(result, i, 1));
        (*ret_documents)[i].body_size = strlen((*ret_documents)[i].body);
    }
    store_result_free(result);
    return true;
}

static bool read_numbers(struct store_connection *conn, struct emis_arena *arena,
                         struct catalogue_number **ret_numbers, size_t *ret_count,
                         struct emis_error *err)
{
    struct store_result *result;

    if (!store_query_run(conn, "catalogue_numbers", NULL, &result, err)) {
        return false;
    }
    *ret_count = store_result_rows(result);
    *ret_numbers = emis_arena_alloc(arena, *ret_count * sizeof(**ret_numbers));
    for (size_t i = 0; i < *ret_count; i++) {
        (*ret_numbers)[i].kind = emis_arena_strdup(arena, store_result_text(result, i, 0));
        (*ret_numbers)[i].code = emis_arena_strdup(arena, store_result_text(result, i, 1));
        (*ret_numbers)[i].number = store_result_i16(result, i, 2);
    }
    store_result_free(result);
    return true;
}

static bool read_version(struct store_connection *conn, int64_t *ret_version,
                         struct emis_error *err)
{
    struct store_result *result;
    bool ok;

    if (!store_query_run(conn, "catalogue_version", NULL, &result, err)) {
        return false;
    }
    ok = store_result_rows(result) == 1;
    if (ok) {
        *ret_version = store_result_i64(result, 0, 0);
    } else {
        (void) emis_error_set(err, E_CONFIG,
                              "the database has no catalogue: run `emis db migrate`");
    }
    store_result_free(result);
    return ok;
}

/* A stored catalogue was checked when it was stored: it compiles, unless another program version
 * stored it. */
static bool compile(const struct catalogue_document *documents, size_t document_count,
                    const struct catalogue_number *numbers, size_t number_count,
                    struct catalogue **ret_catalogue, struct emis_error *err)
{
    const struct catalogue_number *unknown;
    size_t unknown_count;

    if (document_count == 0) {
        return emis_error_set(err, E_CONFIG,
                              "the database has no catalogue: run `emis db migrate`");
    }
    if (!catalogue_compile(documents, document_count, NULL, NULL, ret_catalogue, err)) {
        return emis_error_wrap(err, "stored catalogue");
    }
    catalogue_number_apply(*ret_catalogue, numbers, number_count, &unknown, &unknown_count);
    if (unknown_count > 0) {
        (void) emis_error_set(err, E_CATALOGUE,
                              "the stored catalogue has no number for %s %s: run `emis db migrate`",
                              unknown[0].kind, unknown[0].code);
        catalogue_free(*ret_catalogue);
        return false;
    }
    return true;
}

bool catalogue_load(struct store_connection *conn, struct catalogue **ret_catalogue,
                    int64_t *ret_version, struct emis_error *err)
{
    struct emis_arena *arena = emis_arena_new(1 << 16);
    struct catalogue_document *documents;
    struct catalogue_number *numbers;
    size_t document_count, number_count;
    bool ok;

    if (!store_connection_has_statement(conn, "catalogue_documents")) {
        store_connection_register(conn, catalogue_statements);
    }
    ok = store_tx_begin_snapshot(conn, err) && read_version(conn, ret_version, err) &&
         read_documents(conn, arena, &documents, &document_count, err) &&
         read_numbers(conn, arena, &numbers, &number_count, err);
    store_tx_rollback(conn);
    ok = ok && compile(documents, document_count, numbers, number_count, ret_catalogue, err);
    emis_arena_free(arena);
    return ok;
}
