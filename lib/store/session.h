/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of this folder share about a connection: its fields, its statements and the one
 * place where a libpq failure becomes an emis_error. Private to lib/store: nothing outside includes
 * it, because it shows libpq's types.
 */
#pragma once

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/store/connection.h"
#include "lib/store/result.h"

struct store_session_statement {
    const char *name;
    const char *text;
    bool is_owned;    /* name and text are ours to free */
    bool is_prepared; /* on the server, as server_name, with the types of `oids` */
    char server_name[24];
    size_t params;
    uint32_t *oids; /* params of them */
};

struct store_connection {
    PGconn *pg;
    struct store_session_statement
        *statements; /* sorted by name, so that a call finds its statement in a few comparisons */
    size_t statements_count;
    size_t statements_capacity;
    uint64_t prepared_serial; /* a server name is never used twice: a statement whose plan went
                                 stale gets a new one */
    bool is_dead; /* we gave it up though libpq has not: its transaction could not be ended */
    bool is_in_doubt;
    bool is_copying_in;
    struct store_failure failure;
};

/* The registered statement; a name that is not registered is an assertion. */
struct store_session_statement *store_session_find(struct store_connection *conn, const char *name);

/*
 * Record the failure that result tells (NULL: the connection's own), fill err with it, clear the
 * result. what: the statement's name for the message, or NULL. Returns false.
 */
bool store_session_fail(struct store_connection *conn, PGresult *result, const char *what,
                        struct emis_error *err);

/* Clear the result if its status is `wanted` and return true; fail otherwise. */
bool store_session_expect(struct store_connection *conn, PGresult *result, ExecStatusType wanted,
                          const char *what, struct emis_error *err) EMIS_MUST_CHECK;

/* Read and drop whatever the server still sends for the last command, ending a COPY that a
 * statement may have opened. */
void store_session_drain(struct store_connection *conn);

/* Takes the result. */
struct store_result *store_session_result_new(PGresult *result, bool is_text);

/* Put back the empty search_path that a script may have changed. */
bool store_session_reset_path(struct store_connection *conn,
                              struct emis_error *err) EMIS_MUST_CHECK;
