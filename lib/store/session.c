/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/store/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void copy_field(char *out, size_t size, const PGresult *result, int field)
{
    const char *text = result != NULL ? PQresultErrorField(result, field) : NULL;
    snprintf(out, size, "%s", text != NULL ? text : "");
}

/* "COPY ledger, line 12, column code" is one of the lines of the context, also when a default or a
 * check put its own above. 0: there is none. */
static int64_t copy_line(const PGresult *result)
{
    const char *context = result != NULL ? PQresultErrorField(result, PG_DIAG_CONTEXT) : NULL;
    for (const char *line = context; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, "COPY ", 5) != 0)
            continue;
        static const char mark[] = ", line ";
        const char *found = strstr(line, mark);
        return found != NULL ? strtoll(found + sizeof mark - 1, NULL, 10) : 0;
    }
    return 0;
}

static void record_failure(struct store_connection *conn, const PGresult *result)
{
    struct store_failure *failure = &conn->failure;
    copy_field(failure->sqlstate, sizeof failure->sqlstate, result, PG_DIAG_SQLSTATE);
    copy_field(failure->constraint, sizeof failure->constraint, result, PG_DIAG_CONSTRAINT_NAME);
    copy_field(failure->table, sizeof failure->table, result, PG_DIAG_TABLE_NAME);
    failure->line = copy_line(result);
    failure->action = store_sqlstate_classify(failure->sqlstate, store_connection_is_broken(conn),
                                              failure->constraint);
}

static enum emis_error_code code_of(enum store_sqlstate_action action)
{
    switch (action) {
    case STORE_SQLSTATE_RECONNECT:
        return E_DATABASE;
    case STORE_SQLSTATE_RETRY_NOW:
    case STORE_SQLSTATE_FENCED_LEDGER:
    case STORE_SQLSTATE_RETRY_BATCH:
        return E_DB_CONFLICT;
    case STORE_SQLSTATE_HALVE:
        return E_DB_TIMEOUT;
    case STORE_SQLSTATE_POISON:
        return E_DB_DATA;
    case STORE_SQLSTATE_NONE:
    case STORE_SQLSTATE_PAUSE:
        break;
    }
    return E_DB_SICK;
}

/* Copy one line. is_masked: what stands in double quotes is the datum itself (class 22 quotes
 * values, the other classes quote names). */
static void copy_message(char *out, size_t size, const char *text, bool is_masked)
{
    bool is_quoted = false;
    size_t used = 0;
    for (; *text != '\0' && *text != '\n' && used + 1 < size; text++) {
        if (*text == '"')
            is_quoted = !is_quoted;
        else if (is_quoted && is_masked)
            continue;
        out[used++] = *text;
    }
    out[used] = '\0';
}

bool store_session_fail(struct store_connection *conn, PGresult *result, const char *what,
                        struct emis_error *err)
{
    record_failure(conn, result);
    const char *text = result != NULL ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    if (text == NULL)
        text = PQerrorMessage(conn->pg);
    char message[400];
    copy_message(message, sizeof message, text, strncmp(conn->failure.sqlstate, "22", 2) == 0);
    if (what != NULL)
        emis_error_set(err, code_of(conn->failure.action), "%s: %s", what, message);
    else
        emis_error_set(err, code_of(conn->failure.action), "%s", message);
    snprintf(err->sqlstate, sizeof err->sqlstate, "%s", conn->failure.sqlstate);
    PQclear(result);
    return false;
}

bool store_session_expect(struct store_connection *conn, PGresult *result, ExecStatusType wanted,
                          const char *what, struct emis_error *err)
{
    if (PQresultStatus(result) != wanted)
        return store_session_fail(conn, result, what, err);
    PQclear(result);
    return true;
}

void store_session_drain(struct store_connection *conn)
{
    PGresult *result;
    while ((result = PQgetResult(conn->pg)) != NULL) {
        const ExecStatusType status = PQresultStatus(result);
        PQclear(result);
        if (store_connection_is_broken(conn))
            return;
        if (status == PGRES_COPY_IN && PQputCopyEnd(conn->pg, "COPY is not possible here") <= 0)
            return;
        char *row;
        while (status == PGRES_COPY_OUT && PQgetCopyData(conn->pg, &row, 0) > 0)
            PQfreemem(row);
    }
}

bool store_session_reset_path(struct store_connection *conn, struct emis_error *err)
{
    return store_session_expect(conn, PQexec(conn->pg, "SET search_path = ''"), PGRES_COMMAND_OK,
                                "session settings", err);
}
