/* SPDX-License-Identifier: Apache-2.0 */
/* The snapshot as it is read from a real PostgreSQL with the real migrations; skips without
 * EMIS_TEST_DSN. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/date.h"
#include "lib/registry/snapshot.h"
#include "lib/store/migrate.h"
#include "tests/unit/store/scratch.h"

/* Names of the attributes; what they mean does not matter here. */
static const struct catalogue_attribute attributes[] = {{"ownership", NULL, 1},
                                                        {"locality", NULL, 2}};
static const struct catalogue catalogue = {.attributes = attributes, .attribute_count = 2};

#define SETUP                                                                                   \
    "alter table ref.place add ownership smallint, add locality smallint;"                      \
    "insert into ref.level values (0, 'country'), (1, 'governorate'), (2, 'school');"           \
    "insert into ref.unit (code, level_no, since_version) values ('K1', 0, 1), ('G1', 1, 1), "  \
    "('S1', 2, 1), ('S2', 2, 1);"                                                               \
    "insert into ref.place (place_id, unit_id, parent_place_id, lane, level_no, path, name, "   \
    "valid_from, valid_to, since_version, until_version, "                                      \
    "ownership) values "                                                                        \
    "(1, 1, null, 1, 0, '{1}', 'k', '2000-01-01', 'infinity', 1, null, null), (2, 2, 1, 2, 1, " \
    "'{1,2}', 'g', '2000-01-01', 'infinity', 1, null, 7),"                                      \
    "(3, 3, 2, 2, 2, '{1,2,3}', 's', '2000-01-01', 'infinity', 1, 5, 1), (3, 3, 2, 2, 2, "      \
    "'{1,2,3}', 's', '2000-01-01', '2020-01-01', 5, null, 1),"                                  \
    "(4, 3, 2, 2, 2, '{1,2,4}', 's', '2020-01-01', 'infinity', 5, null, 2);"                    \
    "insert into ref.period values (1, 'day', '2025-09-30', '2025-09-30', '2025-09-30', 2025)," \
    "(2, 'school_year', 'SY2025', '2025-09-01', '2026-06-30', 2025);"                           \
    "insert into ref.unit_code (unit_id, scheme, code, valid_from, valid_to, since_version, "   \
    "until_version) values (3, 'board', 'PS1', '-infinity', 'infinity', 2, 5), "                \
    "(3, 'board', 'PS1', '-infinity', '2020-01-01', 5, null), "                                 \
    "(4, 'board', 'PS1', '2020-01-01', 'infinity', 5, null);"                                   \
    "update ref.version set version = 9;"

#define MANY                                                                                       \
    "insert into ref.unit (code, level_no, since_version) select 'TZ' || i, 2, 1 from "            \
    "generate_series(1, 25000) i;"                                                                 \
    "insert into ref.place (place_id, unit_id, parent_place_id, lane, level_no, path, name, "      \
    "valid_from, since_version) "                                                                  \
    "select 1000 + unit_id, unit_id, 2, 2, 2, array[1, 2, 1000 + unit_id], code, '2000-01-01', 1 " \
    "from ref.unit where code like 'TZ%';"

static struct store_connection *migrated(void)
{
    struct emis_error err;
    struct store_migrate_options options = {.migrations_dir = EMIS_SOURCE_DIR "/sql/migrations",
                                            .lock_timeout_ms = 10000};
    struct store_connection *conn = scratch_connect();
    size_t applied;
    ASSERT_DONE(store_migrate_run(conn, &options, NULL, NULL, &applied, &err), err);
    return conn;
}

static void check_moved_school(const struct registry *registry)
{
    const struct registry_unit *unit = registry_unit_find(registry, "S1", 2);
    assert_non_null(unit);
    assert_int_equal(unit->level_no, 2);
    assert_int_equal(unit->place_count, 2); /* the ended row is not there */
    assert_int_equal(registry_place_on(unit, emis_date_from_civil(2019, 12, 31))->place_id, 3);
    const struct registry_place *place = registry_place_on(unit, emis_date_from_civil(2020, 1, 1));
    assert_int_equal(place->place_id, 4);
    assert_int_equal(place->valid_to, EMIS_DATE_INFINITY);
    assert_int_equal(place->parent_place_id, 2);
    assert_int_equal(place->lane, 2);
    assert_int_equal(place->attributes[0], 2);
    assert_int_equal(place->attributes[1], 0);
}

static void check_codes(const struct registry *registry)
{
    bool is_known;
    int32_t day = emis_date_from_civil(2020, 1, 1);
    assert_string_equal(
        registry_unit_by_foreign(registry, "board:PS1", 9, day - 1, &is_known)->code, "S1");
    assert_string_equal(registry_unit_by_foreign(registry, "board:PS1", 9, day, &is_known)->code,
                        "S2");
    assert_null(registry_unit_by_foreign(registry, "board:PS2", 9, day, &is_known));
    assert_false(is_known);
}

static void test_registry_load_live__reads_what_stands(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    struct emis_error err;
    struct registry *registry;
    struct store_connection *conn = migrated();
    scratch_run(conn, SETUP);
    ASSERT_DONE(registry_load(conn, &catalogue, &registry, &err), err);
    assert_false(store_connection_is_in_tx(conn));
    assert_int_equal(registry_version(registry), 9);
    assert_int_equal(registry_unit_count(registry), 4);
    check_moved_school(registry);
    check_codes(registry);
    assert_int_equal(registry_unit_find(registry, "S2", 2)->place_count, 0);
    assert_int_equal(registry_place_on(registry_unit_find(registry, "K1", 2), 0)->parent_place_id,
                     0);
    const struct registry_period *period = registry_period_find(registry, "SY2025", 6);
    assert_int_equal(period->kind, CATALOGUE_SCHOOL_YEAR);
    assert_int_equal(period->starts_on, emis_date_from_civil(2025, 9, 1));
    assert_int_equal(period->ends_on, emis_date_from_civil(2026, 6, 30));
    assert_int_equal(period->school_year, 2025);
    registry_free(registry);

    scratch_run(conn, MANY);
    int64_t begin_ms = emis_clock_monotonic_ms();
    ASSERT_DONE(registry_load(conn, &catalogue, &registry, &err), err);
    print_message("%zu units loaded in %lld ms\n", registry_unit_count(registry),
                  (long long) (emis_clock_monotonic_ms() - begin_ms));
    assert_int_equal(registry_unit_count(registry), 25004);
    registry_free(registry);

    scratch_run(conn, "delete from ref.version");
    assert_false(registry_load(conn, &catalogue, &registry, &err));
    assert_int_equal(err.code, E_DB_SICK);
    assert_false(store_connection_is_in_tx(conn));
    store_connection_free(conn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_registry_load_live__reads_what_stands)};
    return cmocka_run_group_tests(tests, scratch_start, scratch_stop);
}
