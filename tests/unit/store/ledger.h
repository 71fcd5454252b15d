/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the door against a real server share: a connection and tables for each. Include
 * after cmocka.h. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/store/copy.h"
#include "lib/store/tx.h"
#include "scratch.h"

static const uint8_t uuid[16] = {0x01, 0x92, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 0xff};

/* Every test has a connection of its own, and the tables anew. */
static struct store_connection *conn;
static struct emis_error err;

static inline int open_connection(void **state)
{
    (void) state;
    if (scratch_dsn[0] == '\0')
        return 0;
    conn = scratch_connect();
    scratch_run(conn, "DROP SCHEMA IF EXISTS t CASCADE; CREATE SCHEMA t;"
                      "CREATE TABLE t.ledger (id int CONSTRAINT ledger_pkey PRIMARY KEY, n "
                      "smallint CONSTRAINT ledger_n_check CHECK (n < 100));"
                      "CREATE TABLE t.parted (id int) PARTITION BY RANGE (id); CREATE TABLE "
                      "t.parted_1 PARTITION OF t.parted FOR VALUES FROM (0) TO (10);");
    store_connection_register_dynamic(conn, "copy_ledger",
                                      "COPY t.ledger (id, n) FROM STDIN (FORMAT binary)");
    store_connection_register_dynamic(conn, "insert_ledger",
                                      "INSERT INTO t.ledger VALUES ($1, $2)");
    return 0;
}

static inline int close_connection(void **state)
{
    (void) state;
    store_connection_free(conn);
    conn = NULL;
    return 0;
}

static inline void terminate(struct store_connection *victim)
{
    struct store_connection *killer = scratch_connect();
    struct store_params params;
    store_params_init(&params);
    store_params_i32(&params, store_connection_backend_pid(victim));
    store_connection_register_dynamic(killer, "kill", "SELECT pg_terminate_backend($1, 3000)");
    ASSERT_DONE(store_query_run(killer, "kill", &params, NULL, &err), err);
    store_params_release(&params);
    store_connection_free(killer);
}

static inline bool insert_ledger(struct store_connection *into, int32_t id, int16_t n)
{
    struct store_params params;
    store_params_init(&params);
    store_params_i32(&params, id);
    store_params_i16(&params, n);
    const bool is_done = store_query_run(into, "insert_ledger", &params, NULL, &err);
    store_params_release(&params);
    return is_done;
}

/* count rows id = 1.. with n = 1, but n of `bad` is bad_n. */
static inline void encode_ledger(struct emis_buffer *rows, int32_t count, int32_t bad,
                                 int16_t bad_n)
{
    emis_buffer_init(rows);
    for (int32_t id = 1; id <= count; id++) {
        store_copy_row_start(rows, 2);
        store_copy_i32(rows, id);
        store_copy_i16(rows, id == bad ? bad_n : 1);
    }
}

static inline bool copy_ledger(const struct emis_buffer *rows, int64_t *ret_rows)
{
    return store_copy_start(conn, "copy_ledger", &err) &&
           store_copy_rows(conn, rows->data, rows->size, &err) &&
           store_copy_finish(conn, ret_rows, &err);
}

static inline void assert_failed(enum emis_error_code code, const char *sqlstate,
                                 enum store_sqlstate_action action)
{
    assert_string_equal(err.sqlstate, sqlstate);
    assert_int_equal(err.code, code);
    assert_string_equal(store_connection_failure(conn)->sqlstate, sqlstate);
    assert_int_equal(store_connection_failure(conn)->action, action);
}

#define LIVE(test) cmocka_unit_test_setup_teardown(test, open_connection, close_connection)
