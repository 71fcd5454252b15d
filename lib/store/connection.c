/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/store/connection.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/log.h"
#include "lib/base/memory.h"
#include "lib/store/query.h"
#include "lib/store/session.h"

extern const struct store_statement store_statements[];

/* Every name in our SQL is qualified; the rest fixes the text forms that COPY TO and text results
 * are read in. */
static const char session_settings[] =
    "SET client_encoding = 'UTF8'; SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; SET "
    "IntervalStyle = 'iso_8601'; SET bytea_output = 'hex'; "
    "SET extra_float_digits = 1; SET standard_conforming_strings = on; SET search_path = ''";

static void on_notice(void *context, const PGresult *result)
{
    (void) context;
    const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    emis_log(EMIS_LOG_DEBUG, "database_notice", "message=\"%s\"", text != NULL ? text : "");
}

/* libpq's own messages run over lines; the first says what happened. Returns the size without its
 * line end. */
static int first_line(const char *text)
{
    return (int) strcspn(text, "\n");
}

/* Ours come first, so that the dsn may override them, except the name. */
static PGconn *connect_to(const char *dsn, const char *application_name)
{
    const char *const keys[] = {"connect_timeout",
                                "keepalives",
                                "keepalives_idle",
                                "keepalives_interval",
                                "keepalives_count",
                                "tcp_user_timeout",
                                "dbname",
                                "application_name",
                                NULL};
    const char *const values[] = {"5", "1", "5", "2", "3", "10000", dsn, application_name, NULL};
    return PQconnectdbParams(keys, values, 1);
}

static bool check_dsn(const char *dsn, struct emis_error *err)
{
    char *reason = NULL;
    PQconninfoOption *options = PQconninfoParse(dsn, &reason);
    if (options == NULL) {
        emis_error_set(err, E_CONFIG, "the dsn does not parse: %.*s",
                       reason != NULL ? first_line(reason) : 0, reason != NULL ? reason : "");
        PQfreemem(reason);
        return false;
    }
    PQconninfoFree(options);
    return true;
}

static bool settle_session(struct store_connection *conn, struct emis_error *err)
{
    if (!store_session_expect(conn, PQexec(conn->pg, session_settings), PGRES_COMMAND_OK,
                              "session settings", err))
        return false;
    /* Only a role with the right may; otherwise the role's own setting stands, and where that is
     * another language a failed COPY has no line number. */
    PQclear(PQexec(conn->pg, "SET lc_messages = 'C'"));
    return !store_connection_is_broken(conn) ||
           store_session_fail(conn, NULL, "session settings", err);
}

struct store_connection *store_connection_new(const char *dsn, const char *application_name,
                                              struct emis_error *err)
{
    if (!check_dsn(dsn, err))
        return NULL;
    struct store_connection *conn = emis_calloc(1, sizeof *conn);
    conn->pg = connect_to(dsn, application_name);
    if (conn->pg == NULL)
        abort(); /* libpq is out of memory */
    PQsetNoticeReceiver(conn->pg, on_notice, NULL);
    if (PQstatus(conn->pg) != CONNECTION_OK) {
        store_session_fail(conn, NULL, "could not connect", err);
        goto free_conn;
    }
    store_connection_register(conn, store_statements);
    if (settle_session(conn, err))
        return conn;
free_conn:
    store_connection_free(conn);
    return NULL;
}

bool store_connection_set_timeouts(struct store_connection *conn, int64_t statement_ms,
                                   int64_t lock_ms, int64_t idle_in_transaction_ms,
                                   struct emis_error *err)
{
    struct store_params params;
    store_params_init(&params);
    store_params_i64(&params, statement_ms);
    store_params_i64(&params, lock_ms);
    store_params_i64(&params, idle_in_transaction_ms);
    const bool done = store_query_run(conn, "store_set_timeouts", &params, NULL, err);
    store_params_release(&params);
    return done;
}

/* The first statement not before name; *ret_found tells whether it is name. */
static size_t lower_bound(const struct store_connection *conn, const char *name, bool *ret_found)
{
    size_t low = 0;
    size_t high = conn->statements_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (strcmp(conn->statements[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *ret_found = low < conn->statements_count && strcmp(conn->statements[low].name, name) == 0;
    return low;
}

static void insert(struct store_connection *conn, size_t at,
                   struct store_session_statement statement)
{
    if (conn->statements_count == conn->statements_capacity) {
        conn->statements_capacity =
            conn->statements_capacity == 0 ? 64 : 2 * conn->statements_capacity;
        conn->statements =
            emis_realloc(conn->statements, conn->statements_capacity * sizeof *conn->statements);
    }
    memmove(conn->statements + at + 1, conn->statements + at,
            (conn->statements_count - at) * sizeof *conn->statements);
    conn->statements[at] = statement;
    conn->statements_count++;
}

static void release_statement(struct store_session_statement *statement)
{
    if (statement->is_owned) {
        free((char *) statement->name);
        free((char *) statement->text);
    }
    free(statement->oids);
}

void store_connection_register(struct store_connection *conn, const struct store_statement *table)
{
    for (; table->name != NULL; table++) {
        bool is_found;
        const size_t at = lower_bound(conn, table->name, &is_found);
        EMIS_ASSERT(!is_found);
        insert(conn, at,
               (struct store_session_statement){.name = table->name, .text = table->text});
    }
}

void store_connection_register_dynamic(struct store_connection *conn, const char *name,
                                       const char *text)
{
    bool is_found;
    const size_t at = lower_bound(conn, name, &is_found);
    if (is_found && strcmp(conn->statements[at].text, text) == 0)
        return;
    const struct store_session_statement statement = {
        .name = emis_strdup(name), .text = emis_strdup(text), .is_owned = true};
    if (is_found) {
        release_statement(&conn->statements[at]);
        conn->statements[at] = statement;
    } else {
        insert(conn, at, statement);
    }
}

bool store_connection_has_statement(const struct store_connection *conn, const char *name)
{
    bool is_found;
    lower_bound(conn, name, &is_found);
    return is_found;
}

bool store_connection_is_broken(const struct store_connection *conn)
{
    return conn->is_dead || PQstatus(conn->pg) != CONNECTION_OK;
}

bool store_connection_is_in_doubt(const struct store_connection *conn)
{
    return conn->is_in_doubt;
}

bool store_connection_is_in_tx(const struct store_connection *conn)
{
    const PGTransactionStatusType status = PQtransactionStatus(conn->pg);
    return status == PQTRANS_ACTIVE || status == PQTRANS_INTRANS || status == PQTRANS_INERROR;
}

int store_connection_backend_pid(const struct store_connection *conn)
{
    return PQbackendPID(conn->pg);
}

int store_connection_server_version(const struct store_connection *conn)
{
    return PQserverVersion(conn->pg);
}

int store_connection_fd(const struct store_connection *conn)
{
    return store_connection_is_broken(conn) ? -1 : PQsocket(conn->pg);
}

const struct store_failure *store_connection_failure(const struct store_connection *conn)
{
    return &conn->failure;
}

void store_connection_free(struct store_connection *conn)
{
    if (conn == NULL)
        return;
    for (size_t i = 0; i < conn->statements_count; i++)
        release_statement(&conn->statements[i]);
    free(conn->statements);
    PQfinish(conn->pg);
    free(conn);
}

struct store_session_statement *store_session_find(struct store_connection *conn, const char *name)
{
    bool is_found;
    const size_t at = lower_bound(conn, name, &is_found);
    EMIS_ASSERT(is_found);
    return &conn->statements[at];
}
