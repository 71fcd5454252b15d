/* SPDX-License-Identifier: Apache-2.0 */
/* The generated tables and statements of the shipped catalogue, on a real server: DDL applies
 * twice, every statement runs over an empty warehouse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/catalogue/catalogue.h"
#include "lib/catalogue/generate.h"
#include "lib/catalogue/refresh.h"
#include "lib/store/migrate.h"
#include "tests/unit/store/scratch.h"

static struct catalogue *compile_shipped(void)
{
    struct emis_arena *arena = emis_arena_new(1 << 16);
    struct catalogue_document *documents;
    const struct catalogue_number *fresh;
    struct catalogue *catalogue;
    struct emis_error err;
    size_t count;

    ASSERT_DONE(
        catalogue_read_directory(arena, EMIS_SOURCE_DIR "/catalogue", &documents, &count, &err),
        err);
    ASSERT_DONE(catalogue_compile(documents, count, NULL, NULL, &catalogue, &err), err);
    catalogue_number_apply(catalogue, NULL, 0, &fresh, &count);
    emis_arena_free(arena);
    return catalogue;
}

static void migrate(struct store_connection *conn)
{
    const struct store_migrate_options options = {.migrations_dir =
                                                      EMIS_SOURCE_DIR "/sql/migrations",
                                                  .verify_dir = NULL,
                                                  .lock_timeout_ms = 5000};
    struct emis_error err;
    size_t applied;

    ASSERT_DONE(store_migrate_run(conn, &options, NULL, NULL, &applied, &err), err);
}

static void run_statement(struct store_connection *conn,
                          const struct catalogue_statement *statement)
{
    static const int32_t none[] = {1};
    static const int16_t indicators[] = {1, 2};
    struct store_params params;
    struct emis_error err;

    store_connection_register_dynamic(conn, statement->name, statement->text);
    store_params_init(&params);
    store_params_i32_array(&params, none, 1, NULL);
    store_params_i32_array(&params, none, 1, NULL);
    store_params_i32(&params, 1);
    if (strstr(statement->text, "$4") != NULL) {
        store_params_i16_array(&params, indicators, 2, NULL);
    }
    if (!store_query_run(conn, statement->name, &params, NULL, &err)) {
        fail_msg("%s: %s %s\n%s", statement->name, err.sqlstate, err.message, statement->text);
    }
    store_params_release(&params);
}

static void test_catalogue_refresh__every_statement_runs(void **state)
{
    const struct catalogue_statement *statements;
    struct catalogue *catalogue;
    struct store_connection *conn;
    struct emis_buffer ddl;
    size_t count;

    (void) state;
    SKIP_WITHOUT_SERVER();
    conn = scratch_connect();
    catalogue = compile_shipped();
    migrate(conn);
    emis_buffer_init(&ddl);
    catalogue_generate_ddl(catalogue, &ddl);
    scratch_run(conn, ddl.data);
    scratch_run(conn, ddl.data);
    catalogue_refresh_statements(catalogue, &statements, &count);
    assert_true(count > 20);
    for (size_t i = 0; i < count; i++) {
        run_statement(conn, &statements[i]);
    }
    emis_buffer_release(&ddl);
    catalogue_free(catalogue);
    store_connection_free(conn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_catalogue_refresh__every_statement_runs)};

    return cmocka_run_group_tests(tests, scratch_start, scratch_stop);
}
