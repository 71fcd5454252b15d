/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A session with PostgreSQL and the statements it may run. The only folder that includes libpq is
 * this one; PGresult never leaves it. Calls block. A connection belongs to one thread. A broken
 * connection stays broken: free it and open a new one (the caller owns the backoff).
 *
 * Errors of every function of lib/store that takes a connection:
 *   E_DATABASE     the connection is lost, or the server is stopping, starting or full (action
 * RECONNECT) E_DB_CONFLICT  serialisation, deadlock, lock timeout; unique key of ledger or
 * submission      (RETRY_NOW, FENCED_LEDGER, RETRY_BATCH) E_DB_TIMEOUT   statement timeout or
 * cancelled                                                 (HALVE) E_DB_SICK      disk, memory,
 * privileges, schema drift, missing partition, unknown             (PAUSE) E_DB_DATA      class 22
 * or 23: a datum was refused                                            (POISON) err->sqlstate is
 * filled when there is one; err->message is PostgreSQL's primary message only, because DETAIL and
 * CONTEXT carry row contents.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/store/sqlstate.h"
#include "lib/store/statement.h"

struct store_connection;

/* The last failure on a connection, for the decision that an emis_error alone does not carry.
 * Overwritten by the next failure. */
struct store_failure {
    enum store_sqlstate_action action; /* STORE_SQLSTATE_NONE before any failure */
    char sqlstate[6];                  /* "" when there was none */
    char constraint[64];
    char table[64];
    int64_t line; /* of COPY, from 1; 0 unknown */
};

/*
 * Open. dsn: libpq keywords or URI (borrowed only during the call). Sets client_encoding UTF8,
 * TimeZone UTC, an empty search_path (every name in SQL is qualified), lc_messages C where the role
 * may; connect_timeout 5 s, keepalives and tcp_user_timeout 10 s unless the dsn says otherwise.
 * E_CONFIG: the dsn does not parse. E_DATABASE: could not connect.
 */
struct store_connection *store_connection_new(const char *dsn, const char *application_name,
                                              struct emis_error *err) EMIS_MUST_CHECK;

/* For this connection; 0 means no limit. */
bool store_connection_set_timeouts(struct store_connection *conn, int64_t statement_ms,
                                   int64_t lock_ms, int64_t idle_in_transaction_ms,
                                   struct emis_error *err) EMIS_MUST_CHECK;

/* Make the statements of a table callable by name. The table is borrowed for the life of the
 * connection; a name twice is an assertion. No I/O: a statement is prepared when it is first used.
 */
void store_connection_register(struct store_connection *conn, const struct store_statement *table);
/* The same for one generated statement; name and text are copied. The same name with the same text
 * again is nothing; with another text it replaces. */
void store_connection_register_dynamic(struct store_connection *conn, const char *name,
                                       const char *text);
/* Whether a statement of that name is registered. */
bool store_connection_has_statement(const struct store_connection *conn, const char *name);

/* The connection is lost (as far as libpq has noticed). */
bool store_connection_is_broken(const struct store_connection *conn);
/* COMMIT was sent and the connection was lost before its answer: settle it on a new connection with
 * a locking read (G7). */
bool store_connection_is_in_doubt(const struct store_connection *conn);
/* A transaction is open (also one that has failed). */
bool store_connection_is_in_tx(const struct store_connection *conn);
int store_connection_backend_pid(const struct store_connection *conn);
/* 150020 for 15.20. */
int store_connection_server_version(const struct store_connection *conn);
/* The descriptor, to watch for the server's going away; -1 when broken. Changes with every new
 * connection. */
int store_connection_fd(const struct store_connection *conn);
/* Never NULL; borrowed until the next call on the connection. */
const struct store_failure *store_connection_failure(const struct store_connection *conn);

/* NULL is nothing. An open transaction is rolled back by the server. */
void store_connection_free(struct store_connection *conn);
