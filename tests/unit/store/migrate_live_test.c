/* SPDX-License-Identifier: Apache-2.0 */
/* The migrations runner against a real server; every test has an empty database schema and a
 * directory of its own. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <sys/stat.h>

#include "lib/store/migrate.h"
#include "scratch.h"

static char root[64];
static char migrations[96];
static char verify[96];
static struct store_migrate_options options;
static struct store_connection *conn;
static struct emis_error err;

static void put(const char *folder, const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void take_away(const char *folder, const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(unlink(path), 0);
}

static int open_all(void **state)
{
    (void) state;
    if (scratch_dsn[0] == '\0')
        return 0;
    snprintf(root, sizeof root, "/tmp/emis_migrate_XXXXXX");
    assert_non_null(mkdtemp(root));
    snprintf(migrations, sizeof migrations, "%s/migrations", root);
    snprintf(verify, sizeof verify, "%s/verify", root);
    assert_int_equal(mkdir(migrations, 0700) + mkdir(verify, 0700), 0);
    options = (struct store_migrate_options){
        .migrations_dir = migrations, .verify_dir = verify, .lock_timeout_ms = 5000};
    conn = scratch_connect();
    scratch_run(conn, "DROP SCHEMA IF EXISTS control CASCADE; DROP SCHEMA IF EXISTS t CASCADE");
    put(migrations, "0001_add_schema.sql",
        "-- migrate:up\nCREATE SCHEMA t;\nCREATE TABLE t.one (id int);\n");
    put(migrations, "0002_add_two.sql",
        "-- migrate:up\nCREATE TABLE t.two (id int);\n-- migrate:down\nDROP TABLE t.two;\n");
    put(verify, "0002_add_two.sql",
        "DO $$ BEGIN IF to_regclass('t.two') IS NULL THEN RAISE EXCEPTION 'no table t.two'; END "
        "IF; END $$;\n");
    return 0;
}

static int close_all(void **state)
{
    (void) state;
    if (scratch_dsn[0] == '\0')
        return 0;
    store_connection_free(conn);
    char command[128];
    snprintf(command, sizeof command, "rm -r %s", root);
    return system(command);
}

/* "0001a 0002p": version and the state's first letter. */
static void note(void *context, const struct store_migrate_entry *entry)
{
    static const char letters[] = "apcm";
    emis_buffer_format(context, "%s%c ", entry->version, letters[entry->state]);
    assert_true((entry->applied_us != 0) == (entry->state != STORE_MIGRATE_PENDING));
}

static void assert_status(const char *wanted)
{
    struct emis_buffer text;
    emis_buffer_init(&text);
    emis_buffer_text(&text, "");
    ASSERT_DONE(store_migrate_status(conn, &options, note, &text, &err), err);
    assert_string_equal(text.data, wanted);
    emis_buffer_release(&text);
}

static void assert_refused(enum emis_error_code code, const char *said)
{
    assert_false(store_migrate_run(conn, &options, NULL, NULL, NULL, &err));
    if (strstr(err.message, said) == NULL)
        print_error("%s\n", err.message);
    assert_int_equal(err.code, code);
    assert_non_null(strstr(err.message, said));
    assert_false(store_connection_is_in_tx(conn));
}

static void test_store_migrate__apply_then_nothing(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    assert_status("0001p 0002p ");
    assert_int_equal(
        scratch_number(conn, "SELECT count(*) FROM pg_namespace WHERE nspname = 'control'"), 0);
    struct emis_buffer told;
    emis_buffer_init(&told);
    size_t applied;
    ASSERT_DONE(store_migrate_run(conn, &options, note, &told, &applied, &err), err);
    assert_int_equal(applied, 2);
    assert_string_equal(told.data, "0001a 0002a ");
    assert_status("0001a 0002a ");
    assert_int_equal(scratch_number(conn, "SELECT count(*) FROM t.two"), 0);
    ASSERT_DONE(store_migrate_run(conn, &options, NULL, NULL, &applied, &err), err);
    assert_int_equal(applied, 0);
    put(migrations, "0003_add_three.sql", "-- migrate:up\nCREATE TABLE t.three ();\n");
    ASSERT_DONE(store_migrate_run(conn, &options, NULL, NULL, &applied, &err), err);
    assert_int_equal(applied, 1);
    emis_buffer_clear(&told);
    ASSERT_DONE(store_migrate_verify(conn, &options, note, &told, &err), err);
    assert_string_equal(told.data, "0002a ");
    scratch_run(conn, "DROP TABLE t.two");
    assert_false(store_migrate_verify(conn, &options, note, &told, &err));
    assert_non_null(strstr(err.message, "no table t.two"));
    assert_false(store_connection_is_in_tx(conn));
    emis_buffer_release(&told);
}

static void test_store_migrate__changed_file_is_refused(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    ASSERT_DONE(store_migrate_run(conn, &options, NULL, NULL, NULL, &err), err);
    put(migrations, "0002_add_two.sql",
        "-- migrate:up\nCREATE TABLE t.two (id int);\n-- migrate:down\n");
    put(migrations, "0003_add_three.sql", "-- migrate:up\nCREATE TABLE t.three ();\n");
    assert_status("0001a 0002c 0003p ");
    assert_refused(E_CONFIG, "0002_add_two.sql was changed");
    assert_int_equal(scratch_number(conn, "SELECT count(*) FROM pg_class WHERE relname = 'three'"),
                     0);
}

static void test_store_migrate__unknown_applied_version_is_refused(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    ASSERT_DONE(store_migrate_run(conn, &options, NULL, NULL, NULL, &err), err);
    take_away(migrations, "0002_add_two.sql");
    assert_status("0001a 0002m ");
    assert_refused(E_CONFIG, "0002_add_two was applied");
}

static void test_store_migrate__out_of_order_is_refused(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    put(migrations, "0005_late.sql", "-- migrate:up\n");
    ASSERT_DONE(store_migrate_run(conn, &options, NULL, NULL, NULL, &err), err);
    put(migrations, "0004_slipped_in.sql", "-- migrate:up\n");
    assert_status("0001a 0002a 0004p 0005a ");
    assert_refused(E_CONFIG, "0004_slipped_in.sql is older than 0005_late.sql");
}

static void test_store_migrate__failure_leaves_nothing(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    put(migrations, "0003_half.sql",
        "-- migrate:up\nCREATE TABLE t.three ();\nSELECT no_such_column;\n");
    assert_refused(E_DB_SICK, "0003_half.sql: column \"no_such_column\" does not exist");
    assert_string_equal(err.pointer, "0003_half.sql:3");
    assert_string_equal(err.sqlstate, "42703");
    assert_status("0001a 0002a 0003p ");
    assert_int_equal(scratch_number(conn, "SELECT count(*) FROM pg_class WHERE relname = 'three'"),
                     0);
    put(migrations, "0003_half.sql", "-- migrate:up\nCREATE TABLE t.three ();\n");
    ASSERT_DONE(store_migrate_run(conn, &options, NULL, NULL, NULL, &err), err);
}

static void test_store_migrate__failing_verify_leaves_nothing(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    put(migrations, "0003_lie.sql", "-- migrate:up\nCREATE TABLE t.three ();\n");
    put(verify, "0003_lie.sql", "DO $$ BEGIN RAISE EXCEPTION 'it did not'; END $$;\n");
    assert_refused(E_DB_SICK, "verify: 0003_lie.sql: it did not");
    assert_status("0001a 0002a 0003p ");
    assert_int_equal(scratch_number(conn, "SELECT count(*) FROM pg_class WHERE relname = 'three'"),
                     0);
}

static void test_store_migrate__script_that_commits_is_refused(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    put(migrations, "0003_commit.sql", "-- migrate:up\nCREATE TABLE t.three ();\nCOMMIT;\n");
    assert_refused(E_CONFIG, "0003_commit.sql: a script may not end the transaction");
}

static void test_store_migrate__search_path_does_not_leak(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    put(migrations, "0003_path.sql",
        "-- migrate:up\nSET search_path = t; CREATE TABLE three ();\n");
    put(migrations, "0004_bare.sql", "-- migrate:up\nCREATE TABLE four ();\n");
    assert_refused(E_DB_SICK, "0004_bare.sql: no schema has been selected");
}

static void test_store_migrate__without_transaction(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    put(migrations, "0003_index.sql",
        "-- migrate:up transaction:false\nCREATE INDEX CONCURRENTLY one_id ON t.one (id)");
    ASSERT_DONE(store_migrate_run(conn, &options, NULL, NULL, NULL, &err), err);
    assert_status("0001a 0002a 0003a ");
    assert_int_equal(scratch_number(conn, "SELECT count(*) FROM pg_class WHERE relname = 'one_id'"),
                     1);
    put(migrations, "0004_index.sql",
        "-- migrate:up\nCREATE INDEX CONCURRENTLY one_again ON t.one (id)");
    assert_refused(
        E_DB_SICK,
        "0004_index.sql: CREATE INDEX CONCURRENTLY cannot run inside a transaction block");
}

struct runner {
    pthread_t thread;
    struct store_connection *conn;
    bool is_done;
    size_t applied;
    struct emis_error err;
};

static void *run(void *context)
{
    struct runner *runner = context;
    runner->is_done =
        store_migrate_run(runner->conn, &options, NULL, NULL, &runner->applied, &runner->err);
    return NULL;
}

static void test_store_migrate__concurrent_runners(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    put(migrations, "0003_slow.sql",
        "-- migrate:up\nSELECT pg_sleep(0.3); CREATE TABLE t.three ();\n");
    struct runner runners[3] = {0};
    for (size_t i = 0; i < 3; i++)
        runners[i].conn = scratch_connect();
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&runners[i].thread, NULL, run, &runners[i]), 0);
    size_t applied = 0;
    for (size_t i = 0; i < 3; i++) {
        pthread_join(runners[i].thread, NULL);
        if (!runners[i].is_done)
            print_error("%s\n", runners[i].err.message);
        assert_true(runners[i].is_done);
        applied += runners[i].applied;
        store_connection_free(runners[i].conn);
    }
    assert_int_equal(applied, 3);
}

static void test_store_migrate__lock_is_held_by_another(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    struct store_connection *holder = scratch_connect();
    ASSERT_DONE(store_migrate_lock(holder, 1000, &err), err);
    ASSERT_DONE(store_migrate_run(holder, &options, NULL, NULL, NULL, &err),
                err); /* the holder may */
    options.lock_timeout_ms = 50;
    assert_refused(E_DB_CONFLICT, "another runner may hold it");
    store_migrate_unlock(holder);
    ASSERT_DONE(store_migrate_run(conn, &options, NULL, NULL, NULL, &err), err);
    store_connection_free(holder);
}

static void test_store_migrate__apply_directory_is_one_transaction(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    ASSERT_DONE(store_migrate_run(conn, &options, NULL, NULL, NULL, &err), err);
    char functions[96];
    snprintf(functions, sizeof functions, "%s/functions", root);
    assert_int_equal(mkdir(functions, 0700), 0);
    put(functions, "t.a.sql",
        "CREATE OR REPLACE FUNCTION t.a() RETURNS int LANGUAGE sql AS 'SELECT 1';");
    put(functions, "t.b.sql",
        "CREATE OR REPLACE FUNCTION t.b() RETURNS int\nLANGUAGE sql AS 'SELECT t.none()';");
    assert_false(store_migrate_apply_directory(conn, functions, NULL, &err));
    assert_non_null(strstr(err.message, "t.b.sql: function t.none() does not exist"));
    assert_string_equal(err.pointer, "t.b.sql:2");
    assert_int_equal(scratch_number(conn, "SELECT count(*) FROM pg_proc WHERE proname = 'a' AND "
                                          "pronamespace = 't'::regnamespace"),
                     0);
    put(functions, "t.b.sql",
        "CREATE OR REPLACE FUNCTION t.b() RETURNS int LANGUAGE sql AS 'SELECT t.a()';");
    size_t files;
    for (int i = 0; i < 2; i++)
        ASSERT_DONE(store_migrate_apply_directory(conn, functions, &files, &err), err);
    assert_int_equal(files, 2);
    char path[128];
    snprintf(path, sizeof path, "%s/t.a.sql", functions);
    ASSERT_DONE(store_migrate_apply_file(conn, path, &err), err);
    assert_false(store_migrate_apply_file(conn, "/nonexistent/grants.sql", &err));
    assert_int_equal(err.code, E_NO_INPUT);
    assert_false(store_connection_is_in_tx(conn));
}

#define LIVE(test) cmocka_unit_test_setup_teardown(test, open_all, close_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LIVE(test_store_migrate__apply_then_nothing),
        LIVE(test_store_migrate__changed_file_is_refused),
        LIVE(test_store_migrate__unknown_applied_version_is_refused),
        LIVE(test_store_migrate__out_of_order_is_refused),
        LIVE(test_store_migrate__failure_leaves_nothing),
        LIVE(test_store_migrate__failing_verify_leaves_nothing),
        LIVE(test_store_migrate__script_that_commits_is_refused),
        LIVE(test_store_migrate__search_path_does_not_leak),
        LIVE(test_store_migrate__without_transaction),
        LIVE(test_store_migrate__concurrent_runners),
        LIVE(test_store_migrate__lock_is_held_by_another),
        LIVE(test_store_migrate__apply_directory_is_one_transaction),
    };
    return cmocka_run_group_tests(tests, scratch_start, scratch_stop);
}
