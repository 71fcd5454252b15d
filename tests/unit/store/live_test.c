/* SPDX-License-Identifier: Apache-2.0 */
/* The door against a real server: types there and back, failures and their classification, lost
 * connections, transactions. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "lib/base/date.h"
#include "ledger.h"

static void test_store_connection__session_settings(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    assert_int_equal(store_connection_failure(conn)->action, STORE_SQLSTATE_NONE);
    assert_true(store_connection_server_version(conn) >= 150000);
    assert_true(store_connection_fd(conn) >= 0);
    assert_true(store_connection_has_statement(conn, "copy_ledger"));
    assert_false(store_connection_has_statement(conn, "copy_ledge"));
    ASSERT_DONE(store_connection_set_timeouts(conn, 1500, 200, 3000, &err), err);
    store_connection_register_dynamic(
        conn, "show",
        "SELECT current_setting('search_path'), current_setting('TimeZone'), "
        "current_setting('client_encoding'),"
        "current_setting('statement_timeout'), current_setting('lock_timeout'),"
        "current_setting('idle_in_transaction_session_timeout'), "
        "current_setting('application_name')");
    struct store_result *result;
    ASSERT_DONE(store_query_run(conn, "show", NULL, &result, &err), err);
    static const char *const wanted[] = {"\"\"",  "UTC", "UTF8",     "1500ms",
                                         "200ms", "3s",  "emis test"};
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        assert_string_equal(store_result_text(result, 0, i), wanted[i]);
    store_result_free(result);
}

static void test_store_query__scalars_there_and_back(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    store_connection_register_dynamic(
        conn, "echo",
        "SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15::text::numeric");
    struct store_params params;
    store_params_init(&params);
    store_params_i16(&params, INT16_MIN);
    store_params_i32(&params, INT32_MIN);
    store_params_i64(&params, INT64_MIN);
    store_params_bool(&params, true);
    store_params_char(&params, 'a');
    store_params_text(&params, "مدرسة");
    store_params_bytes(&params, "\0\1\377", 3);
    store_params_date(&params, emis_date_from_civil(2025, 9, 30));
    store_params_timestamptz(&params, -1);
    store_params_uuid(&params, uuid);
    store_params_null(&params, STORE_I64);
    store_params_text(&params, NULL);
    store_params_bytes(&params, "", 0);
    store_params_date(&params, EMIS_DATE_INFINITY);
    store_params_text_sized(&params, "-12.500|", 7);
    struct store_result *r;
    ASSERT_DONE(store_query_run(conn, "echo", &params, &r, &err), err);
    assert_int_equal(store_result_rows(r), 1);
    assert_int_equal(store_result_columns(r), 15);
    assert_int_equal(store_result_affected(r), 1);
    assert_int_equal(store_result_i16(r, 0, 0), INT16_MIN);
    assert_int_equal(store_result_i64(r, 0, 0), INT16_MIN);
    assert_int_equal(store_result_i32(r, 0, 1), INT32_MIN);
    assert_int_equal(store_result_i64(r, 0, 1), INT32_MIN);
    assert_true(store_result_i64(r, 0, 2) == INT64_MIN);
    assert_true(store_result_bool(r, 0, 3));
    assert_int_equal(store_result_char(r, 0, 4), 'a');
    assert_string_equal(store_result_text(r, 0, 5), "مدرسة");
    const struct store_bytes bytes = store_result_bytes(r, 0, 6);
    assert_int_equal(bytes.size, 3);
    assert_memory_equal(bytes.data, "\0\1\377", 3);
    assert_int_equal(store_result_date(r, 0, 7), emis_date_from_civil(2025, 9, 30));
    assert_true(store_result_timestamptz(r, 0, 8) == -1);
    assert_memory_equal(store_result_uuid(r, 0, 9), uuid, 16);
    assert_true(store_result_is_null(r, 0, 10));
    assert_null(store_result_text(r, 0, 11));
    assert_null(store_result_bytes(r, 0, 11).data);
    assert_int_equal(store_result_bytes(r, 0, 12).size, 0);
    assert_non_null(store_result_bytes(r, 0, 12).data);
    assert_int_equal(store_result_date(r, 0, 13), EMIS_DATE_INFINITY);
    char text[32];
    store_result_numeric_text(r, 0, 14, text, sizeof text);
    assert_string_equal(text, "-12.500");
    store_result_free(r);
    store_params_release(&params);
}

/* What the server makes of them is compared as text, in one statement for all the types. */
static void test_store_query__arrays(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    static const bool nulls[] = {false, true, false};
    struct store_params params;
    store_params_init(&params);
    store_params_i16_array(&params, (const int16_t[]){1, 2, -3}, 3, nulls);
    store_params_i32_array(&params, (const int32_t[]){1, 2, INT32_MIN}, 3, NULL);
    store_params_i64_array(&params, (const int64_t[]){1, 2, INT64_MAX}, 3, nulls);
    store_params_bool_array(&params, (const bool[]){true, true, false}, 3, nulls);
    store_params_char_array(&params, "abc", 3, nulls);
    store_params_text_array(&params, (const char *const[]){"a,b", NULL, ""}, 3);
    store_params_text_sized_array(&params, (const struct store_bytes[]){{"xyz", 2}, {NULL, 0}}, 2);
    store_params_bytea_array(&params, (const struct store_bytes[]){{"\0\1", 2}, {NULL, 0}, {"", 0}},
                             3);
    store_params_date_array(&params, (const int32_t[]){0, 1, 366}, 3, nulls);
    store_params_timestamptz_array(&params, (const int64_t[]){0, 1, EMIS_DATE_US_PER_DAY}, 3,
                                   nulls);
    store_params_uuid_array(&params, (const uint8_t(*)[16]) uuid, 1, NULL);
    store_params_i64_array(&params, NULL, 0, NULL);
    store_params_null(&params, STORE_I64_ARRAY);
    static const char *const wanted[] = {
        "{1,NULL,-3}",
        "{1,2,-2147483648}",
        "{1,NULL,9223372036854775807}",
        "{t,NULL,f}",
        "{a,NULL,c}",
        "{\"a,b\",NULL,\"\"}",
        "{xy,NULL}",
        "{\"\\\\x0001\",NULL,\"\\\\x\"}",
        "{2000-01-01,NULL,2001-01-01}",
        "{\"2000-01-01 00:00:00+00\",NULL,\"2000-01-02 00:00:00+00\"}",
        "{01920000-0000-7000-8000-0000000000ff}",
        "{}",
        NULL,
    };
    store_connection_register_dynamic(
        conn, "arrays", "SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13");
    struct store_result *result;
    ASSERT_DONE(store_query_run_text(conn, "arrays", &params, &result, &err), err);
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        if (wanted[i] == NULL)
            assert_null(store_result_cell(result, 0, i));
        else
            assert_string_equal(store_result_cell(result, 0, i), wanted[i]);
    }
    store_result_free(result);
    store_params_release(&params);
}

static void test_store_query__numeric_text(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    store_connection_register_dynamic(
        conn, "numbers",
        "SELECT n, n::text FROM unnest(ARRAY[0, 1, -1, 10000, 99999999, "
        "123456789012345678901234567890.123456789, 0.00001, -0.5,"
        "1e20, 1.10, 0.000, 12345.6789, 'NaN', 'Infinity', '-Infinity', 10000.0001]::numeric[]) n");
    struct store_result *result;
    ASSERT_DONE(store_query_run(conn, "numbers", NULL, &result, &err), err);
    assert_int_equal(store_result_rows(result), 16);
    for (size_t i = 0; i < store_result_rows(result); i++) {
        char text[64];
        store_result_numeric_text(result, i, 0, text, sizeof text);
        assert_string_equal(text, store_result_text(result, i, 1));
    }
    store_result_free(result);
}

static void test_store_query__text_results_have_names(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    store_connection_register_dynamic(conn, "table", "SELECT 1.50 AS ratio, NULL AS nothing");
    struct store_result *result;
    ASSERT_DONE(store_query_run_text(conn, "table", NULL, &result, &err), err);
    assert_string_equal(store_result_column_name(result, 0), "ratio");
    assert_string_equal(store_result_cell(result, 0, 0), "1.50");
    assert_null(store_result_cell(result, 0, 1));
    store_result_free(result);
}

static void test_store_query__plan_goes_stale(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    store_connection_register_dynamic(conn, "all", "SELECT * FROM t.ledger");
    ASSERT_DONE(store_query_run(conn, "all", NULL, NULL, &err), err);
    scratch_run(conn, "ALTER TABLE t.ledger ADD more int");
    assert_false(store_query_run(conn, "all", NULL, NULL, &err));
    assert_failed(E_DB_SICK, "0A000", STORE_SQLSTATE_PAUSE);
    ASSERT_DONE(store_query_run(conn, "all", NULL, NULL, &err), err);
}

static void test_store_query__registered_again_with_other_text(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    assert_int_equal(scratch_number(conn, "SELECT 1::bigint"), 1);
    assert_int_equal(scratch_number(conn, "SELECT 1::bigint"), 1);
    assert_int_equal(scratch_number(conn, "SELECT 2::bigint"), 2);
}

static void test_store_query__script_places_errors(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    assert_false(store_query_script(
        conn, "SELECT 'مدرسة مدرسة مدرسة مدرسة';\nSELECT 1;\nSELECT nothing_like_it;\n", &err));
    assert_failed(E_DB_SICK, "42703", STORE_SQLSTATE_PAUSE);
    assert_string_equal(err.pointer, "line 3");
    assert_false(store_query_script(conn, "COPY t.ledger FROM STDIN", &err));
    assert_int_equal(err.code, E_INPUT);
    assert_false(store_query_script(conn, "COPY (SELECT 1) TO STDOUT", &err));
    assert_int_equal(err.code, E_INPUT);
    assert_int_equal(scratch_number(conn, "SELECT 7::bigint"), 7);
}

static void test_store_query__statement_timeout(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    store_connection_register_dynamic(conn, "sleep", "SELECT pg_sleep(5)");
    ASSERT_DONE(store_connection_set_timeouts(conn, 50, 0, 0, &err), err);
    assert_false(store_query_run(conn, "sleep", NULL, NULL, &err));
    assert_failed(E_DB_TIMEOUT, "57014", STORE_SQLSTATE_HALVE);
    assert_int_equal(store_connection_failure(conn)->line, 0);
}

static void test_store_query__lock_timeout(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    struct store_connection *holder = scratch_connect();
    ASSERT_DONE(store_tx_begin(holder, &err), err);
    scratch_run(holder, "LOCK TABLE t.ledger");
    ASSERT_DONE(store_connection_set_timeouts(conn, 0, 50, 0, &err), err);
    assert_false(insert_ledger(conn, 1, 1));
    assert_failed(E_DB_CONFLICT, "55P03", STORE_SQLSTATE_RETRY_NOW);
    store_connection_free(holder);
}

static void test_store_query__idle_in_transaction_timeout(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    ASSERT_DONE(store_connection_set_timeouts(conn, 0, 0, 50, &err) && store_tx_begin(conn, &err),
                err);
    usleep(300 * 1000);
    assert_false(insert_ledger(conn, 1, 1));
    assert_int_equal(err.code, E_DATABASE);
    assert_int_equal(store_connection_failure(conn)->action, STORE_SQLSTATE_RECONNECT);
    assert_true(store_connection_is_broken(conn));
}

static void test_store_query__values_stay_out_of_messages(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    store_connection_register_dynamic(conn, "cast", "SELECT $1::int");
    struct store_params params;
    store_params_init(&params);
    store_params_text(&params, "Zainab");
    assert_false(store_query_run(conn, "cast", &params, NULL, &err));
    store_params_release(&params);
    assert_failed(E_DB_DATA, "22P02", STORE_SQLSTATE_POISON);
    assert_null(strstr(err.message, "Zainab"));
    assert_non_null(strstr(err.message, "invalid input syntax for type integer"));
}

static void test_store_tx__commit_and_rollback(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    ASSERT_DONE(store_tx_begin(conn, &err), err);
    assert_true(store_connection_is_in_tx(conn));
    assert_true(insert_ledger(conn, 1, 1));
    ASSERT_DONE(store_tx_commit(conn, &err), err);
    assert_false(store_connection_is_in_tx(conn));
    ASSERT_DONE(store_tx_begin(conn, &err), err);
    assert_true(insert_ledger(conn, 2, 1));
    store_tx_rollback(conn);
    store_tx_rollback(conn);
    assert_int_equal(scratch_number(conn, "SELECT sum(id) FROM t.ledger"), 1);
}

static void test_store_tx__snapshot_is_one_and_reads_only(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    struct store_connection *writer = scratch_connect();
    ASSERT_DONE(store_tx_begin_snapshot(conn, &err), err);
    assert_int_equal(scratch_number(conn, "SELECT count(*) FROM t.ledger"), 0);
    scratch_run(writer, "INSERT INTO t.ledger VALUES (1, 1)");
    assert_int_equal(scratch_number(conn, "SELECT count(*) FROM t.ledger"), 0);
    assert_false(insert_ledger(conn, 2, 1));
    assert_failed(E_DB_SICK, "25006", STORE_SQLSTATE_PAUSE);
    store_tx_rollback(conn);
    assert_int_equal(scratch_number(conn, "SELECT count(*) FROM t.ledger"), 1);
    store_connection_free(writer);
}

static void test_store_tx__commit_of_a_failed_transaction_is_no_commit(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    ASSERT_DONE(store_tx_begin(conn, &err), err);
    assert_true(insert_ledger(conn, 1, 1));
    assert_false(insert_ledger(conn, 1, 1));
    assert_false(store_tx_commit(conn, &err));
    assert_int_equal(err.code, E_INTERNAL);
    assert_false(store_connection_is_in_doubt(conn));
    assert_false(store_connection_is_in_tx(conn));
    assert_int_equal(scratch_number(conn, "SELECT count(*) FROM t.ledger"), 0);
}

/* What fails in a part spoils nothing before or after it. */
static void test_store_tx__a_part_is_kept_or_undone_by_itself(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    ASSERT_DONE(store_tx_begin(conn, &err), err);
    assert_true(insert_ledger(conn, 1, 1));
    ASSERT_DONE(store_tx_part_begin(conn, &err), err);
    assert_true(insert_ledger(conn, 2, 1));
    assert_false(insert_ledger(conn, 1, 1));
    ASSERT_DONE(store_tx_part_undo(conn, &err), err);
    ASSERT_DONE(store_tx_part_begin(conn, &err), err);
    assert_true(insert_ledger(conn, 4, 1));
    ASSERT_DONE(store_tx_part_end(conn, &err), err);
    ASSERT_DONE(store_tx_commit(conn, &err), err);
    assert_int_equal(scratch_number(conn, "SELECT sum(id) FROM t.ledger"), 5);
}

/* A constraint that is checked at COMMIT: refused there, and nothing in doubt. */
static void test_store_tx__refused_at_commit(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    scratch_run(
        conn,
        "CREATE TABLE t.late (id int CONSTRAINT late_id_key UNIQUE DEFERRABLE INITIALLY DEFERRED)");
    ASSERT_DONE(store_tx_begin(conn, &err), err);
    scratch_run(conn, "INSERT INTO t.late VALUES (1), (1)");
    assert_false(store_tx_commit(conn, &err));
    assert_failed(E_DB_DATA, "23505", STORE_SQLSTATE_POISON);
    assert_string_equal(store_connection_failure(conn)->constraint, "late_id_key");
    assert_false(store_connection_is_in_doubt(conn));
    assert_false(store_connection_is_in_tx(conn));
}

/* The backend goes while it works on COMMIT. */
static void test_store_tx__lost_during_commit_is_in_doubt(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    scratch_run(conn,
                "CREATE FUNCTION t.die() RETURNS trigger LANGUAGE plpgsql AS"
                "  'BEGIN PERFORM pg_catalog.pg_terminate_backend(pg_catalog.pg_backend_pid()); "
                "PERFORM pg_catalog.pg_sleep(5); RETURN NULL; END';"
                "CREATE CONSTRAINT TRIGGER die AFTER INSERT ON t.ledger DEFERRABLE INITIALLY "
                "DEFERRED FOR EACH ROW EXECUTE FUNCTION t.die()");
    ASSERT_DONE(store_tx_begin(conn, &err), err);
    assert_true(insert_ledger(conn, 1, 1));
    assert_false(store_tx_commit(conn, &err));
    assert_int_equal(err.code, E_DATABASE);
    assert_true(store_connection_is_broken(conn));
    assert_true(store_connection_is_in_doubt(conn));
    assert_false(store_connection_is_in_tx(conn));
}

/* The backend was gone before COMMIT could be sent: not committed, no doubt. */
static void test_store_tx__lost_before_commit_is_not_in_doubt(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    ASSERT_DONE(store_tx_begin(conn, &err), err);
    assert_true(insert_ledger(conn, 1, 1));
    terminate(conn);
    assert_false(store_tx_commit(conn, &err));
    assert_int_equal(err.code, E_DATABASE);
    assert_true(store_connection_is_broken(conn));
    assert_false(store_connection_is_in_doubt(conn));
}

static void test_store_query__array_finds_rows(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    struct store_params params;
    store_params_init(&params);
    store_params_i32_array(&params, (const int32_t[]){5, 7}, 2, NULL);
    store_params_i16_array(&params, (const int16_t[]){1, 2}, 2, NULL);
    store_connection_register_dynamic(
        conn, "insert_many", "INSERT INTO t.ledger SELECT * FROM unnest($1, $2) ORDER BY 1");
    struct store_result *result;
    ASSERT_DONE(store_query_run(conn, "insert_many", &params, &result, &err), err);
    assert_int_equal(store_result_affected(result), 2);
    store_result_free(result);
    store_params_clear(&params);
    store_params_i32_array(&params, (const int32_t[]){6, 7}, 2, NULL);
    store_connection_register_dynamic(conn, "find",
                                      "SELECT id, n FROM t.ledger WHERE id = ANY ($1)");
    ASSERT_DONE(store_query_run(conn, "find", &params, &result, &err), err);
    assert_int_equal(store_result_rows(result), 1);
    assert_int_equal(store_result_i32(result, 0, 0), 7);
    assert_int_equal(store_result_i16(result, 0, 1), 2);
    store_result_free(result);
    store_params_release(&params);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LIVE(test_store_connection__session_settings),
        LIVE(test_store_query__scalars_there_and_back),
        LIVE(test_store_query__arrays),
        LIVE(test_store_query__array_finds_rows),
        LIVE(test_store_query__numeric_text),
        LIVE(test_store_query__text_results_have_names),
        LIVE(test_store_query__plan_goes_stale),
        LIVE(test_store_query__registered_again_with_other_text),
        LIVE(test_store_query__script_places_errors),
        LIVE(test_store_query__statement_timeout),
        LIVE(test_store_query__lock_timeout),
        LIVE(test_store_query__idle_in_transaction_timeout),
        LIVE(test_store_query__values_stay_out_of_messages),
        LIVE(test_store_tx__commit_and_rollback),
        LIVE(test_store_tx__snapshot_is_one_and_reads_only),
        LIVE(test_store_tx__commit_of_a_failed_transaction_is_no_commit),
        LIVE(test_store_tx__a_part_is_kept_or_undone_by_itself),
        LIVE(test_store_tx__refused_at_commit),
        LIVE(test_store_tx__lost_during_commit_is_in_doubt),
        LIVE(test_store_tx__lost_before_commit_is_not_in_doubt),
    };
    return cmocka_run_group_tests(tests, scratch_start, scratch_stop);
}
