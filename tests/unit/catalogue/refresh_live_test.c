/* SPDX-License-Identifier: Apache-2.0 */
/* The generated tables and statements of the shipped catalogue, on a real server: DDL applies
 * twice, every statement runs over an empty warehouse, and looks cells up by their area. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

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

/* The server with the tables of the shipped catalogue. */
struct world {
    struct store_connection *conn;
    struct catalogue *catalogue;
    const struct catalogue_statement *statements;
    size_t count;
};

static void world_open(struct world *world)
{
    struct emis_buffer ddl;

    world->conn = scratch_connect();
    world->catalogue = compile_shipped();
    migrate(world->conn);
    emis_buffer_init(&ddl);
    catalogue_generate_ddl(world->catalogue, &ddl);
    scratch_run(world->conn, ddl.data);
    scratch_run(world->conn, ddl.data);
    emis_buffer_release(&ddl);
    catalogue_refresh_statements(world->catalogue, &world->statements, &world->count);
    assert_true(world->count > 20);
}

static void world_close(struct world *world)
{
    catalogue_free(world->catalogue);
    store_connection_free(world->conn);
}

/* Over a leaf that there is not. */
static struct store_result *run_statement(struct store_connection *conn, const char *name,
                                          const char *text)
{
    static const int32_t none[] = {1};
    static const int16_t indicators[] = {1, 2};
    struct store_params params;
    struct store_result *result;
    struct emis_error err;

    store_connection_register_dynamic(conn, name, text);
    store_params_init(&params);
    store_params_i32_array(&params, none, 1, NULL);
    store_params_i32_array(&params, none, 1, NULL);
    store_params_i32(&params, 1);
    if (strstr(text, "$4") != NULL) {
        store_params_i16_array(&params, indicators, 2, NULL);
    }
    if (!store_query_run(conn, name, &params, &result, &err)) {
        fail_msg("%s: %s %s\n%s", name, err.sqlstate, err.message, text);
    }
    store_params_release(&params);
    return result;
}

static void test_catalogue_refresh__every_statement_runs(void **state)
{
    struct world world;

    (void) state;
    SKIP_WITHOUT_SERVER();
    world_open(&world);
    for (size_t i = 0; i < world.count; i++) {
        store_result_free(
            run_statement(world.conn, world.statements[i].name, world.statements[i].text));
    }
    world_close(&world);
}

/* The same statements for answers, in a session's own tables. */
static void create_answer_tables(struct store_connection *conn)
{
    FILE *file = fopen(EMIS_SOURCE_DIR "/sql/statements/cli/answer_tables.sql", "rb");
    char text[8192];

    assert_non_null(file);
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    (void) fclose(file);
    scratch_run(conn, text);
}

static void test_catalogue_refresh__every_answering_statement_runs(void **state)
{
    const struct catalogue_statement *statements;
    struct world world;
    size_t count;

    (void) state;
    SKIP_WITHOUT_SERVER();
    world_open(&world);
    create_answer_tables(world.conn);
    catalogue_answer_statements(world.catalogue, &statements, &count);
    assert_true(count > 20);
    for (size_t i = 0; i < count; i++) {
        store_result_free(run_statement(world.conn, statements[i].name, statements[i].text));
    }
    world_close(&world);
}

/* Full tables that ANALYZE met while what is in them was not committed. */
static void fill_unseen(const struct world *world)
{
    scratch_run(world->conn, "set session_replication_role = replica");
    for (size_t i = 0; i < world->catalogue->level_count; i++) {
        char text[512];

        snprintf(text, sizeof(text),
                 "insert into mart.%s_indicator (period_key, indicator_key, cut_key, area_key, "
                 "n_expected, n_reported, status, definition_version, computed_at) "
                 "select p, 1, 0, a, 1, 1, 'ok', 1, now() "
                 "from generate_series(1, 200) p, generate_series(1, 50) a",
                 world->catalogue->levels[i].code);
        scratch_run(world->conn, text);
        snprintf(text, sizeof(text),
                 "insert into mart.%s_standing (period_key, indicator_key, area_key, rank, "
                 "ranked_count, definition_version, computed_at) select p, 1, a, 1, 1, 1, now() "
                 "from generate_series(1, 200) p, generate_series(1, 50) a",
                 world->catalogue->levels[i].code);
        scratch_run(world->conn, text);
    }
    scratch_run(world->conn,
                "insert into control.finding (rule_id, unit_id, lane, period_id, subject, "
                "rule_version, severity, seen, opened_at, seen_at) "
                "select 1, u, 1, 1, '', 1, 'warn', '{}', now(), now() from generate_series(1, "
                "10000) u");
    scratch_run(world->conn, "update pg_class set reltuples = 0, relpages = 100 "
                             "where relname ~ '_(indicator|indicator_default|standing)$' or "
                             "relname = 'finding'");
}

static bool is_scan_of_cells(const char *line)
{
    return strstr(line, " Scan ") != NULL && strstr(line, "dim_indicator") == NULL &&
           (strstr(line, "_indicator ") != NULL || strstr(line, "_indicator_default ") != NULL ||
            strstr(line, "_standing ") != NULL);
}

static bool is_scan_of_findings(const char *line)
{
    return strstr(line, " Scan ") != NULL && strstr(line, " finding") != NULL &&
           strstr(line, "Bitmap Heap") == NULL;
}

/* Findings are looked up by their unit, or by what units share. */
static bool is_narrow(const char *condition)
{
    return strstr(condition, "(unit_id = ") != NULL || strstr(condition, "(subject = ") != NULL;
}

/* Cells are looked up by their area: whatever else an index may offer reads all areas of a
 * period, or the table. */
static void check_plan(const char *name, const struct store_result *plan)
{
    for (size_t i = 0; i < store_result_rows(plan); i++) {
        const char *line = store_result_text(plan, i, 0);
        const char *next = i + 1 < store_result_rows(plan) ? store_result_text(plan, i + 1, 0) : "";

        if (is_scan_of_cells(line) && strstr(next, "(area_key = ") == NULL) {
            fail_msg("%s: %s\n%s", name, line, next);
        }
        if (is_scan_of_findings(line) && !is_narrow(next)) {
            fail_msg("%s: %s\n%s", name, line, next);
        }
    }
}

static void test_catalogue_refresh__plans_do_not_hang_on_statistics(void **state)
{
    struct world world;

    (void) state;
    SKIP_WITHOUT_SERVER();
    world_open(&world);
    fill_unseen(&world);
    scratch_run(world.conn, "set enable_seqscan = off");
    scratch_run(world.conn, "set plan_cache_mode = force_custom_plan");
    for (size_t i = 0; i < world.count; i++) {
        struct emis_buffer text;
        struct store_result *plan;
        char name[32];

        emis_buffer_init(&text);
        emis_buffer_format(&text, "explain (costs off) %s", world.statements[i].text);
        snprintf(name, sizeof(name), "explain_%zu", i);
        plan = run_statement(world.conn, name, text.data);
        assert_true(store_result_rows(plan) > 10);
        check_plan(world.statements[i].name, plan);
        store_result_free(plan);
        emis_buffer_release(&text);
    }
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_catalogue_refresh__every_statement_runs),
        cmocka_unit_test(test_catalogue_refresh__every_answering_statement_runs),
        cmocka_unit_test(test_catalogue_refresh__plans_do_not_hang_on_statistics)};

    return cmocka_run_group_tests(tests, scratch_start, scratch_stop);
}
