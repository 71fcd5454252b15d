/* SPDX-License-Identifier: Apache-2.0 */
/* Calendars by area and attribute, and exceptions, on a real server: whatever is imported in
 * whatever order, a school is closed on the days on which a plain model of the rule says so, and
 * the cells follow. The tests build on one another, in their order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/aggregator/country.h"

#define DAYS    7 /* Monday 2022-03-07 to Sunday */
#define UNITS   11
#define SCHOOLS 4
#define STEPS   40

/* The country of country.h: a unit after its parent, the schools last. */
static const char *const codes[UNITS] = {"C",  "N",  "S",  "ND", "SD", "NW",
                                         "SW", "A1", "A2", "B1", "B2"};
static const int parents[UNITS] = {-1, 0, 0, 1, 2, 3, 4, 5, 5, 6, 6};
static const char *const owners[] = {"", "government", "non_government"};

struct model {
    bool has_calendar[UNITS][3]; /* plain, and of two codes of ownership */
    bool is_closed[UNITS][3][DAYS];
    char exception[UNITS][DAYS]; /* 0, 'c' closed, 'o' open */
    int cluster[SCHOOLS][DAYS], owner[SCHOOLS][DAYS];
};

static struct model model;
static uint32_t seed = 20220307;
static char refusal[1024];

static int draw(int count)
{
    seed = seed * 1664525U + 1013904223U;
    return (int) ((seed >> 8) % (uint32_t) count);
}

static bool is_closed(int school, int day)
{
    int owner = model.owner[school][day];
    for (int pass = 0; pass < 2; pass++) {
        for (int unit = UNITS - SCHOOLS + school; unit >= 0;
             unit = unit >= UNITS - SCHOOLS ? model.cluster[school][day] : parents[unit]) {
            if (pass == 0 && model.exception[unit][day] != 0)
                return model.exception[unit][day] == 'c';
            if (pass == 1 && owner != 0 && model.has_calendar[unit][owner])
                return model.is_closed[unit][owner][day];
            if (pass == 1 && model.has_calendar[unit][0])
                return model.is_closed[unit][0][day];
        }
    }
    return false;
}

static void print_day(char out[16], int day)
{
    snprintf(out, 16, "2022-03-%02d", 7 + day);
}

static bool try_import(const struct registry_calendar_row *rows, size_t count, bool is_loud,
                       struct registry_calendar_summary *summary)
{
    const struct registry_calendar_options options = {.on_mistake = is_loud ? country_note : NULL};
    struct emis_error err;
    bool is_done = registry_calendar_import(country_conn, country_catalogue, rows, count, &options,
                                            summary, &err);
    if (is_loud)
        ASSERT_DONE(is_done, err);
    else if (!is_done)
        snprintf(refusal, sizeof refusal, "%s: %s", err.pointer, err.message);
    return is_done;
}

static struct registry_calendar_summary except(int unit, const char *kind, int from, int to)
{
    char first[16], last[16];
    struct registry_calendar_summary summary;
    const struct registry_calendar_row row = {.line = 2,
                                              .kind = kind,
                                              .area = codes[unit],
                                              .starts_on = first,
                                              .ends_on = last,
                                              .reason = "why"};
    print_day(first, from);
    print_day(last, to);
    for (int day = from; day <= to; day++)
        model.exception[unit][day] = *kind == 'u' ? 0 : *kind;
    (void) try_import(&row, 1, true, &summary);
    return summary;
}

/* A week of an area, of its places of one ownership or of all: a weekday and a holiday. */
static void set_week(int unit, int owner, int weekday, int holiday)
{
    static const char *const weekdays[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
    char on[16];
    const char *const attributes[] = {owners[owner], "", NULL};
    const struct registry_calendar_row rows[] = {
        {2, "weekend", weekdays[weekday], codes[unit], "2022-03-07", "2022-03-13", "", attributes},
        {3, draw(2) == 0 ? "holiday" : "exam", "", codes[unit], on, on, "a day", attributes}};
    struct registry_calendar_summary summary;
    print_day(on, holiday);
    for (int day = 0; day < DAYS; day++)
        model.is_closed[unit][owner][day] = day == weekday || day == holiday;
    model.has_calendar[unit][owner] = true;
    (void) try_import(rows, 2, true, &summary);
}

static void put_school(int school, int cluster, int owner, int from)
{
    char first[16];
    const char *const attributes[] = {owners[owner], NULL, NULL};
    struct registry_apply_row row;
    print_day(first, from);
    row = country_row(codes[UNITS - SCHOOLS + school], "school", codes[cluster], first, "");
    row.attributes = attributes;
    for (int day = from; day < DAYS; day++) {
        model.cluster[school][day] = cluster;
        model.owner[school][day] = owner;
    }
    country_import(&row, 1);
}

/* The schools' days, a line each: x closed, . open; by the calendars, or by the cells. */
static void read_days(const char *statement, char out[SCHOOLS * (DAYS + 1) + 1])
{
    struct store_result *result;
    struct emis_error err;
    store_connection_register_dynamic(country_conn, "calendar_days", statement);
    ASSERT_DONE(store_query_run(country_conn, "calendar_days", NULL, &result, &err), err);
    snprintf(out, SCHOOLS * (DAYS + 1) + 1, "%s", store_result_text(result, 0, 0));
    store_result_free(result);
}

#define GRID_OF(condition)                                                                     \
    "select string_agg(line, e'\\n' order by code) from (select u.code, string_agg(case when " \
    "" condition " then 'x' else '.' end, '' order by d) as line from ref.unit u cross join "  \
    "generate_series('2022-03-07'::date, '2022-03-13', '1 day') d join ref.place p on "        \
    "p.unit_id = u.unit_id and p.until_version is null and p.valid_from <= d and d < "         \
    "p.valid_to where u.code in ('A1', 'A2', 'B1', 'B2') group by u.code) g"

static const char by_calendar[] =
    GRID_OF("exists (select from ref.calendar_closed_day c where c.calendar_id = p.calendar_id and "
            "c.on_date = d and c.until_version is null)");
static const char by_cells[] = GRID_OF(
    "not exists (select from mart.school_indicator m join mart.dim_indicator i using "
    "(indicator_key) join mart.dim_period q using (period_key) where i.code = 'ATT_STU' and "
    "q.code = to_char(d, 'YYYY-MM-DD') and m.area_key = p.place_id and m.cut_key = 0 and "
    "m.n_expected = 1)");

static void check_days(const char *statement, int step)
{
    char wanted[SCHOOLS * (DAYS + 1) + 1], stored[SCHOOLS * (DAYS + 1) + 1];
    char *end = wanted;
    for (int school = 0; school < SCHOOLS; school++) {
        for (int day = 0; day < DAYS; day++)
            *end++ = is_closed(school, day) ? 'x' : '.';
        *end++ = school == SCHOOLS - 1 ? '\0' : '\n';
    }
    read_days(statement, stored);
    if (strcmp(stored, wanted) != 0)
        fail_msg("step %d: stored\n%s\nwanted\n%s", step, stored, wanted);
}

static void check_calendars(void)
{
    assert_int_equal(country_number("select count(*) from ref.calendar c where c.exceptions is not "
                                    "null and (c.until_version is null) <> exists (select from "
                                    "ref.place p where p.calendar_id = c.calendar_id and "
                                    "p.until_version is null)"),
                     0);
    assert_int_equal(
        country_number("select count(*) - count(distinct (base_calendar_id, exceptions)) "
                       "from ref.calendar where exceptions is not null and until_version is null"),
        0);
    assert_int_equal(country_number("select count(*) from ref.calendar_closed_day d join "
                                    "ref.calendar c using (calendar_id) where c.until_version is "
                                    "not null and d.until_version is null"),
                     0);
}

static void send_attendance(void)
{
    for (int school = 0; school < SCHOOLS; school++) {
        for (int day = 0; day < DAYS; day++) {
            char on[16];
            print_day(on, day);
            country_submit(1 + school * DAYS + day, "ATT_DAILY", codes[UNITS - SCHOOLS + school],
                           on, 1, "\"shift\":\"full\",",
                           "\"data\":{\"pupil\":[{\"grade\":\"3\",\"sex\":\"m\",\"present\":10,"
                           "\"on_register\":12}]}");
        }
    }
}

static void test_registry_calendar__sunday_is_closed(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    model.has_calendar[0][0] = true;
    model.is_closed[0][0][6] = true;
    for (int school = 0; school < SCHOOLS; school++) {
        for (int day = 0; day < DAYS; day++)
            model.cluster[school][day] = parents[UNITS - SCHOOLS + school];
    }
    for (int day = 0; day < DAYS; day++)
        country_open("ATT_DAILY", 120220307 + day);
    send_attendance();
    country_run();
    check_days(by_calendar, 0);
    check_days(by_cells, 0);
    assert_int_equal(country_value("n_reported", "ATT_STU", "C", "2022-03-12"), 4);
}

/* One school, one day: its leaf alone is computed again, and all above it. */
static void test_registry_calendar__a_flood_closes_one_school(void **state)
{
    struct registry_calendar_summary summary;
    (void) state;
    SKIP_WITHOUT_SERVER();
    summary = except(7, "closed", 1, 1); /* A1 on Tuesday */
    assert_int_equal(summary.changed_exceptions, 1);
    assert_int_equal(summary.dirty_rows, 1);
    country_run();
    check_days(by_cells, 1);
    assert_int_equal(country_value("n_expected", "ATT_STU", "C", "2022-03-08"), 3);
    assert_int_equal(country_value("n_expected", "ATT_STU", "C", "2022-03-09"), 4);
    assert_int_equal(country_value("numerator", "ATT_STU", "N", "2022-W10"), 11 * 10);
    assert_int_equal(except(7, "closed", 1, 1).version, 0); /* known: no version, nothing dirty */
    (void) except(10, "open", 6, 6);                        /* B2 on Sunday */
    country_run();
    check_days(by_cells, 2);
    assert_int_equal(country_value("numerator", "ATT_STU", "S", "2022-03-13"), 10);
    assert_int_equal(country_audit().mismatch_count, 0);
    /* what was known before is kept: the same place, once without and once with the exception */
    assert_int_equal(country_number("select count(*) from ref.place p join ref.unit u using "
                                    "(unit_id) where u.code = 'A1' and until_version is not null "
                                    "and calendar_id = (select calendar_id from ref.calendar where "
                                    "exceptions is null)"),
                     1);
    /* what has exceptions follows its base: Friday and Saturday are closed, Sunday is open */
    set_week(0, 0, 5, 4);
    country_run();
    check_days(by_calendar, 3);
    check_days(by_cells, 3);
    assert_int_equal(country_audit().mismatch_count, 0);
    (void) except(7, "usual", 1, 1);
    (void) except(10, "usual", 6, 6);
    country_run();
    check_days(by_cells, 4);
    check_calendars();
    assert_int_equal(
        country_number("select count(*) from ref.calendar where until_version is null"), 1);
}

static void test_registry_calendar__whatever_is_imported_the_rule_holds(void **state)
{
    static const char *const kinds[] = {"closed", "open", "usual"};
    (void) state;
    SKIP_WITHOUT_SERVER();
    for (int step = 1; step <= STEPS; step++) {
        int unit = draw(UNITS), from = draw(DAYS), what = draw(4);
        if (what <= 1)
            (void) except(unit, kinds[draw(3)], from, from + draw(DAYS - from));
        else if (what == 2)
            set_week(unit, draw(3), draw(DAYS), draw(DAYS));
        else
            put_school(draw(SCHOOLS), 5 + draw(2), draw(3), from);
        check_days(by_calendar, step);
        if (step % 20 == 0) {
            country_run();
            check_days(by_cells, step);
            check_calendars();
            assert_int_equal(country_audit().mismatch_count, 0);
        }
    }
}

static void refuse(const struct registry_calendar_row *rows, size_t count, const char *said)
{
    struct registry_calendar_summary summary;
    int64_t before = country_number("select version from ref.version");
    int64_t days = country_number("select count(*) from ref.calendar_closed_day");
    assert_false(try_import(rows, count, false, &summary));
    assert_string_equal(refusal, said);
    assert_int_equal(country_number("select version from ref.version"), before);
    assert_int_equal(country_number("select count(*) from ref.calendar_closed_day"), days);
}

static void test_registry_calendar__a_bad_list_changes_nothing(void **state)
{
    const char *const private[] = {"non_government", NULL, NULL}, *const urban[] = {NULL, "urban",
                                                                                    NULL};
    const struct registry_calendar_row unknown[] = {
        {2, "closed", "", "A1", "2022-03-07", "2022-03-07", "flood", NULL},
        {3, "closed", "", "NOBODY", "2022-03-07", "2022-03-07", "flood", NULL}};
    const struct registry_calendar_row two[] = {
        {2, "weekend", "mon", "NW", "2022-04-01", "2022-04-30", "", private},
        {3, "weekend", "tue", "NW", "2022-04-01", "2022-04-30", "", urban}};
    (void) state;
    SKIP_WITHOUT_SERVER();
    refuse(unknown, 2, "area: NOBODY is not registered");
    refuse(two, 2,
           "locality: NW has calendars by ownership already: a place with both would have two");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_registry_calendar__sunday_is_closed),
        cmocka_unit_test(test_registry_calendar__a_flood_closes_one_school),
        cmocka_unit_test(test_registry_calendar__whatever_is_imported_the_rule_holds),
        cmocka_unit_test(test_registry_calendar__a_bad_list_changes_nothing),
    };
    return cmocka_run_group_tests(tests, country_start, country_stop);
}
