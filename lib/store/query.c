/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/store/query.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/store/session.h"

/* Prepare with the types of the first use; a later use must bring the same. */
static bool prepare(struct store_connection *conn, struct store_session_statement *statement,
                    const struct store_params *params, struct emis_error *err)
{
    const size_t count = params != NULL ? params->count : 0;
    if (statement->is_prepared) {
        EMIS_ASSERT(statement->params == count);
        for (size_t i = 0; i < count; i++)
            EMIS_ASSERT(statement->oids[i] == params->items[i].oid);
        return true;
    }
    free(statement->oids);
    statement->oids = emis_calloc(count + 1, sizeof *statement->oids);
    statement->params = count;
    for (size_t i = 0; i < count; i++)
        statement->oids[i] = params->items[i].oid;
    snprintf(statement->server_name, sizeof statement->server_name, "s%llu",
             (unsigned long long) ++conn->prepared_serial);
    PGresult *result =
        PQprepare(conn->pg, statement->server_name, statement->text, (int) count, statement->oids);
    statement->is_prepared = PQresultStatus(result) == PGRES_COMMAND_OK;
    return store_session_expect(conn, result, PGRES_COMMAND_OK, statement->name, err);
}

static PGresult *execute(struct store_connection *conn,
                         const struct store_session_statement *statement,
                         const struct store_params *params, bool is_text)
{
    const char *values[STORE_PARAMS_MAX];
    int sizes[STORE_PARAMS_MAX];
    int formats[STORE_PARAMS_MAX];
    for (size_t i = 0; i < statement->params; i++) {
        const char *data =
            params->bytes.data != NULL ? params->bytes.data + params->items[i].offset : "";
        values[i] = params->items[i].size < 0 ? NULL : data;
        sizes[i] = params->items[i].size < 0 ? 0 : params->items[i].size;
        formats[i] = 1;
    }
    return PQexecPrepared(conn->pg, statement->server_name, (int) statement->params, values, sizes,
                          formats, is_text ? 0 : 1);
}

static bool run(struct store_connection *conn, const char *name, const struct store_params *params,
                bool is_text, struct store_result **ret_result, struct emis_error *err)
{
    EMIS_ASSERT(!conn->is_copying_in);
    struct store_session_statement *statement = store_session_find(conn, name);
    if (store_connection_is_broken(conn))
        return store_session_fail(conn, NULL, name, err);
    if (!prepare(conn, statement, params, err))
        return false;
    PGresult *result = execute(conn, statement, params, is_text);
    const ExecStatusType status = PQresultStatus(result);
    EMIS_ASSERT(status != PGRES_COPY_IN && status != PGRES_COPY_OUT);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
        store_session_fail(conn, result, name, err);
        /* A migration changed the columns under the plan, or someone discarded it: the next use
         * prepares anew. */
        if (strcmp(err->sqlstate, "0A000") == 0 || strcmp(err->sqlstate, "26000") == 0)
            statement->is_prepared = false;
        return false;
    }
    if (ret_result != NULL)
        *ret_result = store_session_result_new(result, is_text);
    else
        PQclear(result);
    return true;
}

bool store_query_run(struct store_connection *conn, const char *name,
                     const struct store_params *params, struct store_result **ret_result,
                     struct emis_error *err)
{
    return run(conn, name, params, false, ret_result, err);
}

bool store_query_run_text(struct store_connection *conn, const char *name,
                          const struct store_params *params, struct store_result **ret_result,
                          struct emis_error *err)
{
    return run(conn, name, params, true, ret_result, err);
}

/* The line of a position, which counts characters from 1, not bytes. */
static int line_at(const char *text, long position)
{
    int line = 1;
    for (; *text != '\0' && position > 1; text++) {
        line += *text == '\n';
        position -= (text[1] & 0xC0) != 0x80;
    }
    return line;
}

bool store_query_script(struct store_connection *conn, const char *text, struct emis_error *err)
{
    if (store_connection_is_broken(conn))
        return store_session_fail(conn, NULL, NULL, err);
    PGresult *result = PQexec(conn->pg, text);
    const ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK || status == PGRES_EMPTY_QUERY) {
        PQclear(result);
        return true;
    }
    if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT) {
        PQclear(result);
        if (status == PGRES_COPY_IN)
            (void) PQputCopyEnd(conn->pg, "COPY is not possible in a script");
        store_session_drain(conn);
        return emis_error_set(err, E_INPUT, "a script may not COPY from or to the client");
    }
    const char *position = PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION);
    const int line = position != NULL ? line_at(text, strtol(position, NULL, 10)) : 0;
    store_session_fail(conn, result, NULL, err);
    if (line > 0)
        snprintf(err->pointer, sizeof err->pointer, "line %d", line);
    return false;
}
