/* SPDX-License-Identifier: Apache-2.0 */
/* COPY against a real server: types there and back, refused rows, lost connections. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "lib/base/date.h"
#include "ledger.h"

static void test_store_copy__each_type_there_and_back(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    scratch_run(conn, "CREATE TABLE t.every (a smallint, b int, c bigint, d bool, e \"char\", f "
                      "text, g bytea, h date, i timestamptz, j uuid, k text, l text[],"
                      "m numeric)");
    store_connection_register_dynamic(conn, "copy_every",
                                      "COPY t.every FROM STDIN (FORMAT binary)");
    store_connection_register_dynamic(conn, "read_every",
                                      "SELECT *, l::text AS l_text FROM t.every");
    struct emis_buffer rows;
    emis_buffer_init(&rows);
    store_copy_row_start(&rows, 13);
    store_copy_i16(&rows, -2);
    store_copy_i32(&rows, -3);
    store_copy_i64(&rows, INT64_MIN);
    store_copy_bool(&rows, true);
    store_copy_char(&rows, 'p');
    store_copy_text(&rows, "مدرسة!", strlen("مدرسة"));
    store_copy_bytes(&rows, "\0\377", 2);
    store_copy_date(&rows, -1);
    store_copy_timestamptz(&rows, 1);
    store_copy_uuid(&rows, uuid);
    store_copy_null(&rows);
    store_copy_text_array(&rows, (const char *const[]){"x", NULL}, 2);
    store_copy_numeric(&rows, -1234500, 4);
    int64_t count = 0;
    ASSERT_DONE(store_tx_begin(conn, &err) && store_copy_start(conn, "copy_every", &err) &&
                    store_copy_rows(conn, rows.data, 7, &err) &&
                    store_copy_rows(conn, rows.data + 7, rows.size - 7, &err) &&
                    store_copy_finish(conn, &count, &err) && store_tx_commit(conn, &err),
                err);
    assert_int_equal(count, 1);
    emis_buffer_release(&rows);
    struct store_result *r;
    ASSERT_DONE(store_query_run(conn, "read_every", NULL, &r, &err), err);
    assert_int_equal(store_result_i16(r, 0, 0), -2);
    assert_int_equal(store_result_i32(r, 0, 1), -3);
    assert_true(store_result_i64(r, 0, 2) == INT64_MIN);
    assert_true(store_result_bool(r, 0, 3));
    assert_int_equal(store_result_char(r, 0, 4), 'p');
    assert_string_equal(store_result_text(r, 0, 5), "مدرسة");
    assert_int_equal(store_result_bytes(r, 0, 6).size, 2);
    assert_memory_equal(store_result_bytes(r, 0, 6).data, "\0\377", 2);
    assert_int_equal(store_result_date(r, 0, 7), -1);
    assert_true(store_result_timestamptz(r, 0, 8) == 1);
    assert_memory_equal(store_result_uuid(r, 0, 9), uuid, 16);
    assert_true(store_result_is_null(r, 0, 10));
    char text[32];
    store_result_numeric_text(r, 0, 12, text, sizeof text);
    assert_string_equal(text, "-123.4500");
    assert_string_equal(store_result_text(r, 0, 13), "{x,NULL}");
    store_result_free(r);
}

static void test_store_copy__numeric(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    static const struct {
        int64_t unscaled;
        int scale;
        const char *text;
    } cases[] = {
        {0, 0, "0"},
        {0, 2, "0.00"},
        {1, 0, "1"},
        {-1, 1, "-0.1"},
        {10000, 0, "10000"},
        {100000000, 4, "10000.0000"},
        {5, 18, "0.000000000000000005"},
        {99999, 5, "0.99999"},
        {INT64_MAX, 0, "9223372036854775807"},
        {INT64_MIN, 3, "-9223372036854775.808"},
        {INT64_MIN, 17, "-92.23372036854775808"},
    };
    scratch_run(conn, "CREATE TABLE t.number (n numeric, row bigserial)");
    store_connection_register_dynamic(conn, "copy_number",
                                      "COPY t.number (n) FROM STDIN (FORMAT binary)");
    store_connection_register_dynamic(conn, "read_number",
                                      "SELECT n::text FROM t.number ORDER BY row");
    struct emis_buffer rows;
    emis_buffer_init(&rows);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        store_copy_row_start(&rows, 1);
        store_copy_numeric(&rows, cases[i].unscaled, cases[i].scale);
    }
    ASSERT_DONE(store_tx_begin(conn, &err) && store_copy_start(conn, "copy_number", &err) &&
                    store_copy_rows(conn, rows.data, rows.size, &err) &&
                    store_copy_finish(conn, NULL, &err) && store_tx_commit(conn, &err),
                err);
    emis_buffer_release(&rows);
    struct store_result *result;
    ASSERT_DONE(store_query_run(conn, "read_number", NULL, &result, &err), err);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(store_result_text(result, i, 0), cases[i].text);
    store_result_free(result);
}

static void test_store_copy__many_rows(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    struct emis_buffer rows;
    encode_ledger(&rows, 50000, 0, 0); /* 800 kB: many pieces */
    int64_t count = 0;
    ASSERT_DONE(store_tx_begin(conn, &err) && copy_ledger(&rows, &count) &&
                    store_tx_commit(conn, &err),
                err);
    assert_int_equal(count, 50000);
    assert_int_equal(scratch_number(conn, "SELECT count(*) FROM t.ledger"), 50000);
    emis_buffer_release(&rows);
}

static void test_store_copy__refused_row_has_its_line(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    struct emis_buffer rows;
    encode_ledger(&rows, 5000, 2500, 100);
    ASSERT_DONE(store_tx_begin(conn, &err), err);
    assert_false(copy_ledger(&rows, NULL));
    assert_failed(E_DB_DATA, "23514", STORE_SQLSTATE_POISON);
    assert_int_equal(store_copy_failed_line(conn), 2500);
    assert_string_equal(store_connection_failure(conn)->constraint, "ledger_n_check");
    assert_string_equal(store_connection_failure(conn)->table, "ledger");
    assert_null(strstr(err.message, "2500")); /* the row's content stays out of the message */
    store_tx_rollback(conn);
    assert_false(store_connection_is_in_tx(conn));
    assert_int_equal(store_copy_failed_line(conn), 2500);
    assert_int_equal(scratch_number(conn, "SELECT count(*) FROM t.ledger"), 0);
    emis_buffer_release(&rows);
}

static void test_store_copy__unique_key_in_the_middle(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    assert_true(insert_ledger(conn, 1234, 1));
    struct emis_buffer rows;
    encode_ledger(&rows, 3000, 0, 0);
    ASSERT_DONE(store_tx_begin(conn, &err), err);
    assert_false(copy_ledger(&rows, NULL));
    assert_failed(E_DB_CONFLICT, "23505", STORE_SQLSTATE_FENCED_LEDGER);
    assert_string_equal(store_connection_failure(conn)->constraint, "ledger_pkey");
    assert_int_equal(store_copy_failed_line(conn), 1234);
    store_tx_rollback(conn);
    emis_buffer_release(&rows);
}

static void test_store_copy__missing_partition_pauses(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    store_connection_register_dynamic(conn, "copy_parted",
                                      "COPY t.parted FROM STDIN (FORMAT binary)");
    struct emis_buffer rows;
    emis_buffer_init(&rows);
    for (int32_t id = 9; id <= 10; id++) {
        store_copy_row_start(&rows, 1);
        store_copy_i32(&rows, id);
    }
    ASSERT_DONE(store_tx_begin(conn, &err) && store_copy_start(conn, "copy_parted", &err) &&
                    store_copy_rows(conn, rows.data, rows.size, &err),
                err);
    assert_false(store_copy_finish(conn, NULL, &err));
    assert_failed(E_DB_SICK, "23514", STORE_SQLSTATE_PAUSE);
    store_tx_rollback(conn);
    emis_buffer_release(&rows);
}

static void test_store_copy__malformed_tuples_are_refused(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    ASSERT_DONE(store_tx_begin(conn, &err) && store_copy_start(conn, "copy_ledger", &err) &&
                    store_copy_rows(conn, "\0\3oops", 6, &err),
                err);
    assert_false(store_copy_finish(conn, NULL, &err));
    assert_failed(E_DB_DATA, "22P04", STORE_SQLSTATE_POISON);
    assert_int_equal(store_copy_failed_line(conn), 1);
    store_tx_rollback(conn);
    ASSERT_DONE(store_tx_begin(conn, &err) && store_tx_commit(conn, &err), err);
}

static void test_store_copy__given_up(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    struct emis_buffer rows;
    encode_ledger(&rows, 10, 0, 0);
    ASSERT_DONE(store_tx_begin(conn, &err) && store_copy_start(conn, "copy_ledger", &err) &&
                    store_copy_rows(conn, rows.data, rows.size, &err),
                err);
    store_tx_rollback(conn);
    assert_false(store_connection_is_broken(conn));
    assert_int_equal(scratch_number(conn, "SELECT count(*) FROM t.ledger"), 0);
    ASSERT_DONE(
        store_tx_begin(conn, &err) && copy_ledger(&rows, NULL) && store_tx_commit(conn, &err), err);
    assert_int_equal(scratch_number(conn, "SELECT count(*) FROM t.ledger"), 10);
    emis_buffer_release(&rows);
}

static void test_store_copy__backend_terminated_in_the_middle(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    struct emis_buffer rows;
    encode_ledger(&rows, 50000, 0, 0);
    ASSERT_DONE(store_tx_begin(conn, &err) && store_copy_start(conn, "copy_ledger", &err) &&
                    store_copy_rows(conn, rows.data, rows.size, &err),
                err);
    terminate(conn);
    bool is_sent = true;
    for (int i = 0; is_sent && i < 20; i++) /* until the loss is noticed, at the latest by finish */
        is_sent = store_copy_rows(conn, rows.data, rows.size, &err);
    assert_false(is_sent && store_copy_finish(conn, NULL, &err));
    assert_int_equal(err.code, E_DATABASE);
    assert_int_equal(store_connection_failure(conn)->action, STORE_SQLSTATE_RECONNECT);
    assert_true(store_connection_is_broken(conn));
    assert_false(store_connection_is_in_doubt(conn));
    assert_int_equal(store_connection_fd(conn), -1);
    store_tx_rollback(conn);
    /* Everything after says the same, and nothing hangs. */
    assert_false(store_tx_begin(conn, &err));
    assert_int_equal(err.code, E_DATABASE);
    assert_false(insert_ledger(conn, 1, 1));
    assert_int_equal(err.code, E_DATABASE);
    assert_false(store_copy_start(conn, "copy_ledger", &err));
    assert_false(store_query_script(conn, "SELECT 1", &err));
    assert_false(store_copy_out(conn, "copy_ledger", NULL, NULL, &err));
    emis_buffer_release(&rows);
}

static void test_store_copy__backend_terminated_before_finish(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    ASSERT_DONE(store_tx_begin(conn, &err) && store_copy_start(conn, "copy_ledger", &err), err);
    terminate(conn);
    assert_false(store_copy_finish(conn, NULL, &err));
    assert_int_equal(err.code, E_DATABASE);
    assert_true(store_connection_is_broken(conn));
}

struct collected {
    struct emis_buffer text;
    size_t rows;
    size_t rows_max;
};

static bool collect(void *context, const char *row, size_t size, struct emis_error *ret_err)
{
    struct collected *collected = context;
    if (collected->rows == collected->rows_max)
        return emis_error_set(ret_err, E_IO, "full");
    collected->rows++;
    emis_buffer_append(&collected->text, row, size);
    return true;
}

static void test_store_copy__out(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    store_connection_register_dynamic(
        conn, "export",
        "COPY (SELECT n, 'x,' || n FROM generate_series(1, 3) n) TO STDOUT (FORMAT csv)");
    store_connection_register_dynamic(
        conn, "export_long", "COPY (SELECT generate_series(1, 100000)) TO STDOUT (FORMAT text)");
    store_connection_register_dynamic(
        conn, "export_broken",
        "COPY (SELECT 1 / (3 - n) FROM generate_series(1, 3) n) TO STDOUT (FORMAT text)");
    struct collected collected = {.rows_max = 10};
    emis_buffer_init(&collected.text);
    ASSERT_DONE(store_copy_out(conn, "export", collect, &collected, &err), err);
    assert_string_equal(collected.text.data, "1,\"x,1\"\n2,\"x,2\"\n3,\"x,3\"\n");
    assert_false(store_copy_out(conn, "export_long", collect, &collected, &err));
    assert_int_equal(err.code, E_IO);
    assert_string_equal(err.message, "full");
    collected.rows = 0;
    assert_false(store_copy_out(conn, "export_broken", collect, &collected, &err));
    assert_failed(E_DB_DATA, "22012", STORE_SQLSTATE_POISON);
    assert_int_equal(scratch_number(conn, "SELECT 1::bigint"), 1);
    emis_buffer_release(&collected.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LIVE(test_store_copy__each_type_there_and_back),
        LIVE(test_store_copy__numeric),
        LIVE(test_store_copy__many_rows),
        LIVE(test_store_copy__refused_row_has_its_line),
        LIVE(test_store_copy__unique_key_in_the_middle),
        LIVE(test_store_copy__missing_partition_pauses),
        LIVE(test_store_copy__malformed_tuples_are_refused),
        LIVE(test_store_copy__given_up),
        LIVE(test_store_copy__backend_terminated_in_the_middle),
        LIVE(test_store_copy__backend_terminated_before_finish),
        LIVE(test_store_copy__out),
    };
    return cmocka_run_group_tests(tests, scratch_start, scratch_stop);
}
