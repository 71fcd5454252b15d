/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/store/tx.h"

#include <string.h>

#include "lib/store/copy.h"
#include "lib/store/session.h"

static bool begin(struct store_connection *conn, const char *text, struct emis_error *err)
{
    if (store_connection_is_broken(conn))
        return store_session_fail(conn, NULL, "begin", err);
    EMIS_ASSERT(PQtransactionStatus(conn->pg) == PQTRANS_IDLE);
    return store_session_expect(conn, PQexec(conn->pg, text), PGRES_COMMAND_OK, "begin", err);
}

bool store_tx_begin(struct store_connection *conn, struct emis_error *err)
{
    return begin(conn, "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE", err);
}

bool store_tx_begin_snapshot(struct store_connection *conn, struct emis_error *err)
{
    return begin(conn, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", err);
}

/*
 * Hear of a connection that is already gone before COMMIT is sent: then the answer is a plain "not
 * committed" and nothing is in doubt. Twice, because the first read may bring the server's farewell
 * and only the second the end of the stream.
 */
static bool is_gone(struct store_connection *conn)
{
    for (int i = 0; i < 2; i++) {
        if (PQconsumeInput(conn->pg) == 0)
            return true;
        (void) PQisBusy(conn->pg);
    }
    return store_connection_is_broken(conn);
}

bool store_tx_commit(struct store_connection *conn, struct emis_error *err)
{
    EMIS_ASSERT(!conn->is_copying_in);
    if (store_connection_is_broken(conn) || is_gone(conn)) {
        conn->is_dead = true;
        return store_session_fail(conn, NULL, "commit", err);
    }
    const PGTransactionStatusType status = PQtransactionStatus(conn->pg);
    EMIS_ASSERT(status == PQTRANS_INTRANS || status == PQTRANS_INERROR);

    PGresult *result = PQexec(conn->pg, "COMMIT");
    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        /* Even a FATAL answer may come after the commit record (a cancelled wait for a synchronous
         * standby), so every loss here is a doubt. */
        conn->is_in_doubt = PQstatus(conn->pg) != CONNECTION_OK;
        return store_session_fail(conn, result, "commit", err);
    }
    /* COMMIT of a failed transaction succeeds, and its tag says what it did. */
    const bool is_committed = strcmp(PQcmdStatus(result), "COMMIT") == 0;
    PQclear(result);
    return is_committed ||
           emis_error_set(err, E_INTERNAL,
                          "commit: a statement of the transaction had failed, it was rolled back");
}

static bool part(struct store_connection *conn, const char *text, struct emis_error *err)
{
    if (store_connection_is_broken(conn))
        return store_session_fail(conn, NULL, "savepoint", err);
    EMIS_ASSERT(store_connection_is_in_tx(conn) && !conn->is_copying_in);
    return store_session_expect(conn, PQexec(conn->pg, text), PGRES_COMMAND_OK, "savepoint", err);
}

bool store_tx_part_begin(struct store_connection *conn, struct emis_error *err)
{
    return part(conn, "SAVEPOINT part", err);
}

bool store_tx_part_end(struct store_connection *conn, struct emis_error *err)
{
    return part(conn, "RELEASE SAVEPOINT part", err);
}

bool store_tx_part_undo(struct store_connection *conn, struct emis_error *err)
{
    return part(conn, "ROLLBACK TO SAVEPOINT part", err);
}

void store_tx_rollback(struct store_connection *conn)
{
    if (store_connection_is_broken(conn))
        return;
    store_copy_abort(conn);
    if (!store_connection_is_in_tx(conn))
        return;
    PGresult *result = PQexec(conn->pg, "ROLLBACK");
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        conn->is_dead = true;
    PQclear(result);
}
