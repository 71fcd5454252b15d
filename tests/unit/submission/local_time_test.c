/* SPDX-License-Identifier: Apache-2.0 */
/* Deadlines and days by area: the nearest area that has one of its own counts. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/submission/world.h"

#define DEADLINE "\"deadline\": {\"from\": \"end\", \"days\": 0, \"time\": \"12:00\""
#define AREAS    ", \"areas\": {\"E1\": {\"days\": 1}, \"D9\": {\"days\": 2, \"time\": \"10:00\"}}"
#define COUNTRY  "{\"country\": \"xx\", \"utc_offsets\": {\"E1\": \"+09:00\", \"S8\": \"+06:00\"}}"

static struct world world;

/* The base with deadlines of areas in ATT_DAILY and local times of areas. */
static struct catalogue *areas_catalogue(struct emis_arena *arena)
{
    struct catalogue_document *documents, *all;
    const struct catalogue_number *numbers;
    struct catalogue *catalogue;
    struct emis_error err;
    size_t count;
    assert_true(
        catalogue_read_directory(arena, EMIS_SOURCE_DIR "/catalogue", &documents, &count, &err));
    all = emis_arena_alloc(arena, (count + 1) * sizeof *all);
    memcpy(all, documents, count * sizeof *all);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(all[i].path, "forms/ATT_DAILY.v1.json") == 0) {
            const char *body = emis_arena_format(arena, "%.*s", (int) all[i].body_size,
                                                 (const char *) all[i].body);
            const char *at = strstr(body, DEADLINE);
            assert_non_null(at);
            at += strlen(DEADLINE);
            all[i].body = emis_arena_format(arena, "%.*s" AREAS "%s", (int) (at - body), body, at);
            all[i].body_size = strlen(all[i].body);
        }
    }
    all[count++] = (struct catalogue_document){
        .path = "country.json", .body = COUNTRY, .body_size = strlen(COUNTRY)};
    assert_true(catalogue_compile(all, count, world_print_mistake, NULL, &catalogue, &err));
    catalogue_number_apply(catalogue, NULL, 0, &numbers, &count);
    return catalogue;
}

/* W1 of the country K1 keeps its time; E1 has its own; D9 lies in E1, S8 and S9 in D9; SM came from
 * W1 to E1 on 2025-09-20. */
static struct registry *areas_registry(size_t attribute_count)
{
    int32_t begin = emis_date_from_civil(2000, 1, 1);
    int32_t move = emis_date_from_civil(2025, 9, 20);
    int32_t first = emis_date_from_civil(2025, 9, 30);
    int32_t second = emis_date_from_civil(2025, 10, 2);
    const struct registry_place k1 = {1, 0, 1, begin, EMIS_DATE_INFINITY, NULL};
    const struct registry_place w1 = {2, 1, 2, begin, EMIS_DATE_INFINITY, NULL};
    const struct registry_place e1 = {3, 1, 3, begin, EMIS_DATE_INFINITY, NULL};
    const struct registry_place d9 = {4, 3, 3, begin, EMIS_DATE_INFINITY, NULL};
    const struct registry_place sw = {5, 2, 2, begin, EMIS_DATE_INFINITY, NULL};
    const struct registry_place se = {6, 3, 3, begin, EMIS_DATE_INFINITY, NULL};
    const struct registry_place s8 = {7, 4, 3, begin, EMIS_DATE_INFINITY, NULL};
    const struct registry_place s9 = {8, 4, 3, begin, EMIS_DATE_INFINITY, NULL};
    const struct registry_place sm[] = {{9, 2, 2, begin, move, NULL},
                                        {10, 3, 3, move, EMIS_DATE_INFINITY, NULL}};
    const struct registry_unit units[] = {
        {1, "K1", 0, &k1, 1}, {2, "W1", 1, &w1, 1}, {3, "E1", 1, &e1, 1},
        {4, "D9", 2, &d9, 1}, {5, "SW", 4, &sw, 1}, {6, "SE", 4, &se, 1},
        {7, "S8", 4, &s8, 1}, {8, "S9", 4, &s9, 1}, {9, "SM", 4, sm, 2},
    };
    const struct registry_period periods[] = {
        {20250930, CATALOGUE_DAY, "2025-09-30", first, first, 2025},
        {20251002, CATALOGUE_DAY, "2025-10-02", second, second, 2025},
    };
    return registry_new(7, units, sizeof units / sizeof *units, attribute_count, periods,
                        sizeof periods / sizeof *periods);
}

static struct submission judge(const char *unit, const char *period, const char *timestamp,
                               int64_t later_us)
{
    const char *value = emis_arena_format(
        world.arena,
        "{\"submission_id\":\"0192e4a0-7b1c-7000-8000-000000000001\",\"form\":\"ATT_DAILY\","
        "\"version\":1,\"unit\":\"%s\",\"period\":\"%s\",\"shift\":\"evening\",\"revision\":1,"
        "\"submitted_at\":\"2025-09-30T01:00:00Z\",\"sender\":\"school:%s\",\"data\":{\"pupil\":[{"
        "\"grade\":\"1\",\"sex\":\"m\",\"present\":18,\"on_register\":20}],\"pupils_present\":18}}",
        unit, period, unit);
    struct submission_record record = world_record(value, strlen(value));
    struct submission submission;
    record.key = unit;
    record.key_size = strlen(unit);
    record.timestamp_us = world_instant(timestamp) + later_us;
    submission_judge(&world.context, &record, world.arena, &submission);
    return submission;
}

static void test_submission_local_time__the_nearest_deadline_counts(void **state)
{
    (void) state;
    const struct {
        const char *unit, *deadline;
    } cases[] = {
        {"SW", "2025-09-30T05:00:00Z"}, /* 12:00, +07:00 */
        {"SE", "2025-10-01T03:00:00Z"}, /* a day later, 12:00, +09:00 */
        {"S9", "2025-10-02T01:00:00Z"}, /* two days later, 10:00, +09:00 */
        {"S8", "2025-10-02T04:00:00Z"}, /* two days later, 10:00, +06:00 */
        {"SM", "2025-10-01T03:00:00Z"}, /* where it lies on the period's last day */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct submission in_time = judge(cases[i].unit, "2025-09-30", cases[i].deadline, 0);
        struct submission late = judge(cases[i].unit, "2025-09-30", cases[i].deadline, 1);
        assert_int_equal(in_time.verdict, SUBMISSION_VALID);
        assert_int_equal(late.verdict, SUBMISSION_VALID);
        if (in_time.is_late || !late.is_late)
            fail_msg("%s: late at its deadline %d, a microsecond after it %d", cases[i].unit,
                     in_time.is_late, late.is_late);
    }
}

static void test_submission_local_time__a_day_begins_by_the_area(void **state)
{
    (void) state;
    const struct {
        const char *unit, *timestamp;
        bool has_begun;
    } cases[] = {
        {"SW", "2025-10-01T16:59:59Z", false}, {"SW", "2025-10-01T17:00:00Z", true},
        {"SE", "2025-10-01T14:59:59Z", false}, {"SE", "2025-10-01T15:00:00Z", true},
        {"S8", "2025-10-01T17:59:59Z", false}, {"S8", "2025-10-01T18:00:00Z", true},
        {"XX", "2025-10-01T14:59:59Z", false}, {"XX", "2025-10-01T15:00:00Z", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct submission submission = judge(cases[i].unit, "2025-10-02", cases[i].timestamp, 0);
        if (!cases[i].has_begun) {
            assert_int_equal(submission.verdict, SUBMISSION_REJECTED);
            assert_int_equal(submission.faults[0].code, E_PERIOD_FUTURE);
        } else if (submission.verdict !=
                   (strcmp(cases[i].unit, "XX") == 0 ? SUBMISSION_PARKED : SUBMISSION_VALID)) {
            fail_msg("%s at %s: verdict %d", cases[i].unit, cases[i].timestamp,
                     (int) submission.verdict);
        }
    }
}

static int set_up(void **state)
{
    (void) state;
    world.arena = emis_arena_new(1 << 16);
    world.catalogue = areas_catalogue(world.arena);
    world.registry = areas_registry(world.catalogue->attribute_count);
    world.context = (struct submission_context){
        .catalogue = world.catalogue,
        .registry = world.registry,
        .utc_offset_minutes = 7 * 60,
        .record_bytes_max = 1 << 20,
    };
    return 0;
}

static int tear_down(void **state)
{
    (void) state;
    world_close(&world);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_submission_local_time__the_nearest_deadline_counts),
        cmocka_unit_test(test_submission_local_time__a_day_begins_by_the_area),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
