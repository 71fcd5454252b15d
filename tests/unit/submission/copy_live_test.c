/* SPDX-License-Identifier: Apache-2.0 */
/* The tuples that the judge encodes, loaded by COPY into the tables that the catalogue generates,
 * and read back; skips without EMIS_TEST_DSN. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "lib/base/buffer.h"
#include "lib/catalogue/generate.h"
#include "lib/store/copy.h"
#include "lib/store/migrate.h"
#include "lib/store/tx.h"
#include "tests/unit/store/scratch.h"
#include "tests/unit/submission/world.h"

static struct world world;

static struct store_connection *migrated(void)
{
    struct emis_error err;
    struct emis_buffer ddl;
    struct store_migrate_options options = {.migrations_dir = EMIS_SOURCE_DIR "/sql/migrations",
                                            .lock_timeout_ms = 10000};
    struct store_connection *conn = scratch_connect();
    size_t applied;
    emis_buffer_init(&ddl);
    catalogue_generate_ddl(world.catalogue, &ddl);
    ASSERT_DONE(store_migrate_run(conn, &options, NULL, NULL, &applied, &err), err);
    ASSERT_DONE(store_query_script(conn, ddl.data, &err), err);
    emis_buffer_release(&ddl);
    return conn;
}

static void copy_rows(struct store_connection *conn, const struct submission_rows *rows)
{
    struct emis_error err;
    struct emis_buffer statement;
    int64_t copied = -1;
    char *name = emis_format_new("copy_%s", rows->group->table);
    emis_buffer_init(&statement);
    catalogue_generate_copy(rows->group, &statement);
    store_connection_register_dynamic(conn, name, statement.data);
    ASSERT_DONE(store_copy_start(conn, name, &err) &&
                    store_copy_rows(conn, rows->bytes, rows->size, &err) &&
                    store_copy_finish(conn, &copied, &err),
                err);
    assert_int_equal(copied, rows->row_count);
    emis_buffer_release(&statement);
    free(name);
}

static void load(struct store_connection *conn, const char *fixture, const char *key,
                 int64_t offset)
{
    struct emis_error err;
    struct submission submission;
    size_t size = 0;
    char *path = emis_format_new("%s/tests/fixtures/submissions/valid/%s/record.json",
                                 EMIS_SOURCE_DIR, fixture);
    char *value = world_read(path, &size);
    assert_non_null(value);
    struct submission_record record = world_record(value, size);
    record.key = key;
    record.key_size = strlen(key);
    record.offset = offset;
    submission_judge(&world.context, &record, world.arena, &submission);
    assert_int_equal(submission.verdict, SUBMISSION_VALID);
    ASSERT_DONE(store_tx_begin(conn, &err), err);
    for (size_t i = 0; i < submission.rows_count; i++) {
        copy_rows(conn, &submission.rows[i]);
    }
    ASSERT_DONE(store_tx_commit(conn, &err), err);
    free(value);
    free(path);
}

static void test_submission_copy_live__rows_arrive_as_sent(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    struct store_connection *conn = migrated();
    load(conn, "att-daily-14-rows", "S1", 1);
    load(conn, "enrol-census", "S1", 2);
    load(conn, "visit", "S1", 3);
    load(conn, "registry-event", "G1", 4);
    load(conn, "att-daily-no-class", "S1", 5);
    assert_int_equal(scratch_number(conn, "select count(*) from core.att_daily_pupil where unit_id "
                                          "= 11 and starts_on = '2025-09-30'"),
                     10);
    assert_int_equal(
        scratch_number(conn, "select sum(on_register - present) from core.att_daily_pupil"), 20);
    assert_int_equal(
        scratch_number(
            conn,
            "select count(*) from core.att_daily_staff where present = 2 and in_position = 3"),
        4);
    assert_int_equal(scratch_number(conn, "select count(*) from core.att_daily_form where no_class "
                                          "is true and pupils_present is null"),
                     1);
    assert_int_equal(
        scratch_number(
            conn,
            "select count(*) from core.enrol_census_pupil where pupils = 16 and repeaters is null"),
        1);
    assert_int_equal(scratch_number(conn, "select count(*) from core.visit_form where visitor = "
                                          "'M9' and rooms = 8 and rooms_usable = 7"),
                     1);
    assert_int_equal(scratch_number(conn, "select count(*) from core.registry_event_form where "
                                          "effective_on = '2025-10-01' and subject = 'S2'"),
                     1);
    store_connection_free(conn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_submission_copy_live__rows_arrive_as_sent)};
    world_open(&world);
    int failed = cmocka_run_group_tests(tests, scratch_start, scratch_stop);
    world_close(&world);
    return failed;
}
