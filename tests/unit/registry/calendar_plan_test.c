/* SPDX-License-Identifier: Apache-2.0 */
/* What the rows of a calendar mean. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/date.h"
#include "lib/registry/calendar_plan.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct emis_arena *arena;
static struct registry_calendar_plan plan;
static struct emis_error err;
static size_t mistakes;
static const struct catalogue_code shift_codes[] = {{.code = "single", .number = 1},
                                                    {.code = "double", .number = 2}};
static const struct catalogue_list shift_list = {"shifts", shift_codes, 2};
static const struct catalogue_attribute attributes[] = {{"shifts", &shift_list, 1},
                                                        {"shifts_before", &shift_list, 2}};
static struct catalogue catalogue = {
    .week_starts_on = 1, .attributes = attributes, .attribute_count = 2};
static size_t mistake_line;

static void note(void *context, size_t line, const char *column, const char *reason)
{
    (void) context;
    (void) column;
    (void) reason;
    if (mistakes++ == 0)
        mistake_line = line;
}

static struct registry_calendar_row row(size_t line, const char *kind, const char *code,
                                        const char *area, const char *from, const char *to,
                                        const char *reason)
{
    return (struct registry_calendar_row){line, kind, code, area, from, to, reason, NULL};
}

static bool make(const struct registry_calendar_row *rows, size_t count,
                 const struct registry_calendar_period *known, size_t known_count)
{
    mistakes = 0;
    return registry_calendar_plan(arena, &catalogue, rows, count, known, known_count, note, NULL,
                                  &plan, &err);
}

static void refused(const struct registry_calendar_row *rows, size_t count, const char *column,
                    size_t line)
{
    assert_false(make(rows, count, NULL, 0));
    assert_int_equal(err.code, E_REGISTRY);
    assert_string_equal(err.pointer, column);
    assert_int_equal(mistake_line, line);
}

static const struct registry_calendar_period *period(const char *code)
{
    for (size_t i = 0; i < plan.period_count; i++) {
        if (strcmp(plan.periods[i].code, code) == 0)
            return &plan.periods[i];
    }
    fail_msg("no period %s", code);
    return NULL;
}

static int start(void **state)
{
    (void) state;
    arena = emis_arena_new(4096);
    return 0;
}

static int stop(void **state)
{
    (void) state;
    emis_arena_free(arena);
    return 0;
}

static void test_registry_calendar_plan__a_year_brings_its_periods(void **state)
{
    const struct registry_calendar_row rows[] = {
        row(2, "school_year", "SY2022", "", "2022-01-01", "2022-12-31", ""),
        row(3, "term", "SY2022-T1", "", "2022-01-17", "2022-06-30", "")};
    (void) state;
    assert_true(make(rows, COUNT(rows), NULL, 0));
    assert_int_equal(plan.period_count, 1 + 1 + 365 + 53 + 12 + 4);
    assert_int_equal(period("SY2022")->period_id, 600002022);
    assert_int_equal(period("SY2022-T1")->period_id, 500020221);
    assert_int_equal(period("2022-03-07")->period_id, 120220307);
    assert_int_equal(period("2022-W10")->period_id, 200202210);
    assert_int_equal(period("2022-03")->period_id, 300202203);
    assert_int_equal(period("2022-Q1")->period_id, 400020221);
    assert_int_equal(period("2022-Q4")->ends_on, emis_date_from_civil(2022, 12, 31));
    assert_int_equal(period("2021-W52")->starts_on, emis_date_from_civil(2021, 12, 27));
    assert_false(period("2021-W52")->is_own); /* its first day lies in another year */
    assert_true(period("2022-W01")->is_own);
}

/* Whatever day weeks begin on: every day of two years is in one week, whose code is that of its
 * Thursday. */
static void test_registry_calendar_plan__weeks_begin_on_the_countrys_day(void **state)
{
    const struct registry_calendar_row rows[] = {
        row(2, "school_year", "SY2025", "", "2025-09-01", "2027-01-31", "")};
    (void) state;
    catalogue.week_starts_on = 7;
    assert_true(make(rows, COUNT(rows), NULL, 0));
    assert_int_equal(period("2025-W37")->starts_on, emis_date_from_civil(2025, 9, 7));
    assert_int_equal(period("2025-W37")->ends_on, emis_date_from_civil(2025, 9, 13));
    assert_int_equal(period("2026-W53")->starts_on, emis_date_from_civil(2026, 12, 27));
    assert_int_equal(period("2026-W53")->ends_on, emis_date_from_civil(2027, 1, 2));
    for (int first = 1; first <= 7; first++) {
        int32_t next = 0;
        catalogue.week_starts_on = first;
        assert_true(make(rows, COUNT(rows), NULL, 0));
        for (size_t i = 0; i < plan.period_count; i++) {
            const struct registry_calendar_period *week = &plan.periods[i];
            int year, number, thursdays = 0;
            char code[16];
            if (week->kind != CATALOGUE_WEEK)
                continue;
            assert_int_equal(emis_date_weekday(week->starts_on), first);
            assert_int_equal(week->ends_on, week->starts_on + 6);
            assert_true(next == 0 || week->starts_on == next);
            next = week->ends_on + 1;
            for (int32_t day = week->starts_on; day < next; day++) {
                if (emis_date_weekday(day) != 4)
                    continue;
                thursdays++;
                emis_date_iso_week(day, &year, &number);
                snprintf(code, sizeof code, "%04d-W%02d", year, number);
                assert_string_equal(week->code, code);
                assert_int_equal(week->period_id, 200000000 + year * 100 + number);
            }
            assert_int_equal(thursdays, 1);
        }
        assert_true(next > emis_date_from_civil(2027, 1, 31));
    }
    catalogue.week_starts_on = 1;
}

static void test_registry_calendar_plan__a_leap_year_has_366_days(void **state)
{
    const struct registry_calendar_row rows[] = {
        row(2, "school_year", "SY2023", "", "2023-09-01", "2024-08-31", "")};
    (void) state;
    assert_true(make(rows, COUNT(rows), NULL, 0));
    assert_int_equal(period("2024-02-29")->school_year, 2023);
}

static void test_registry_calendar_plan__weekends_and_holidays_close_days(void **state)
{
    const struct registry_calendar_row rows[] = {
        row(2, "weekend", "fri", "IQ", "2022-03-01", "2022-03-31", ""),
        row(3, "holiday", "", "IQ", "2022-03-20", "2022-03-25", "Nowruz")};
    (void) state;
    assert_true(make(rows, COUNT(rows), NULL, 0));
    assert_int_equal(plan.area_count, 1);
    assert_int_equal(plan.areas[0].covered_count, 31);
    assert_int_equal(plan.areas[0].closed_count, 4 + 6 - 1); /* the 25th is both */
    for (size_t i = 0; i < plan.areas[0].closed_count; i++) {
        bool is_friday_before = plan.areas[0].closed_days[i] < emis_date_from_civil(2022, 3, 20);
        assert_string_equal(plan.areas[0].reasons[i], is_friday_before ? "weekend" : "Nowruz");
    }
}

static void test_registry_calendar_plan__areas_have_their_own_days(void **state)
{
    const struct registry_calendar_row rows[] = {
        row(2, "weekend", "fri", "", "2022-03-01", "2022-03-31", ""),
        row(3, "weekend", "sat", "KRD", "2022-03-01", "2022-03-31", "")};
    (void) state;
    assert_true(make(rows, COUNT(rows), NULL, 0));
    assert_int_equal(plan.area_count, 2);
    assert_string_equal(plan.areas[0].code, "");
    assert_string_equal(plan.areas[1].code, "KRD");
}

static void test_registry_calendar_plan__what_stands_is_not_new(void **state)
{
    const struct registry_calendar_row rows[] = {
        row(2, "school_year", "SY2022", "", "2022-01-01", "2022-12-31", "")};
    const struct registry_calendar_period known[] = {
        {.period_id = 600002022,
         .kind = CATALOGUE_SCHOOL_YEAR,
         .code = "SY2022",
         .school_year = 2022,
         .starts_on = emis_date_from_civil(2022, 1, 1),
         .ends_on = emis_date_from_civil(2022, 12, 31)}};
    (void) state;
    assert_true(make(rows, COUNT(rows), known, 1));
    assert_int_equal(plan.period_count, 0);
}

static void test_registry_calendar_plan__a_known_period_keeps_its_dates(void **state)
{
    const struct registry_calendar_row rows[] = {
        row(2, "school_year", "SY2022", "", "2022-01-02", "2022-12-31", "")};
    const struct registry_calendar_period known[] = {
        {.period_id = 600002022,
         .kind = CATALOGUE_SCHOOL_YEAR,
         .code = "SY2022",
         .school_year = 2022,
         .starts_on = emis_date_from_civil(2022, 1, 1),
         .ends_on = emis_date_from_civil(2022, 12, 31)}};
    (void) state;
    assert_false(make(rows, COUNT(rows), known, 1));
    assert_string_equal(err.pointer, "code");
}

static void test_registry_calendar_plan__refuses_years_that_overlap_or_leave_a_gap(void **state)
{
    const struct registry_calendar_row overlap[] = {
        row(2, "school_year", "SY2022", "", "2022-01-01", "2022-12-31", ""),
        row(3, "school_year", "SY2023", "", "2022-12-31", "2023-12-31", "")};
    const struct registry_calendar_row gap[] = {
        row(2, "school_year", "SY2022", "", "2022-01-01", "2022-12-31", ""),
        row(3, "school_year", "SY2023", "", "2023-01-02", "2023-12-31", "")};
    (void) state;
    refused(overlap, 2, "starts_on", 3);
    refused(gap, 2, "starts_on", 3);
}

static void test_registry_calendar_plan__refuses_terms_outside_their_year(void **state)
{
    const struct registry_calendar_row outside[] = {
        row(2, "school_year", "SY2022", "", "2022-01-01", "2022-12-31", ""),
        row(3, "term", "SY2022-T1", "", "2021-12-31", "2022-06-30", "")};
    const struct registry_calendar_row overlap[] = {
        row(2, "school_year", "SY2022", "", "2022-01-01", "2022-12-31", ""),
        row(3, "term", "SY2022-T1", "", "2022-01-10", "2022-06-30", ""),
        row(4, "term", "SY2022-T2", "", "2022-06-30", "2022-12-01", "")};
    const struct registry_calendar_row alone[] = {
        row(3, "term", "SY2022-T1", "", "2022-01-10", "2022-06-30", "")};
    (void) state;
    refused(outside, 2, "starts_on", 3);
    refused(overlap, 3, "starts_on", 4);
    refused(alone, 1, "starts_on", 3);
}

static void test_registry_calendar_plan__refuses_bad_cells(void **state)
{
    const struct registry_calendar_row kind =
        row(2, "vacation", "", "", "2022-01-01", "2022-01-02", "");
    const struct registry_calendar_row code =
        row(2, "school_year", "2022", "", "2022-01-01", "2022-12-31", "");
    const struct registry_calendar_row weekday =
        row(2, "weekend", "friday", "", "2022-01-01", "2022-12-31", "");
    const struct registry_calendar_row date =
        row(2, "holiday", "", "", "2022-02-30", "2022-03-01", "x");
    const struct registry_calendar_row order =
        row(2, "holiday", "", "", "2022-03-02", "2022-03-01", "x");
    const struct registry_calendar_row nameless =
        row(2, "holiday", "", "", "2022-03-01", "2022-03-01", " ");
    const struct registry_calendar_row area =
        row(2, "school_year", "SY2022", "TZ", "2022-01-01", "2022-12-31", "");
    (void) state;
    refused(&kind, 1, "kind", 2);
    refused(&code, 1, "code", 2);
    refused(&weekday, 1, "code", 2);
    refused(&date, 1, "starts_on", 2);
    refused(&order, 1, "ends_on", 2);
    refused(&nameless, 1, "reason", 2);
    refused(&area, 1, "area", 2);
}

static void test_registry_calendar_plan__refuses_doubled_days_and_tells_all(void **state)
{
    const struct registry_calendar_row doubled[] = {
        row(2, "holiday", "", "", "2022-03-01", "2022-03-05", "a"),
        row(3, "holiday", "", "", "2022-03-05", "2022-03-06", "b")};
    const struct registry_calendar_row bad[] = {row(2, "x", "", "", "", "", ""),
                                                row(3, "y", "", "", "", "", "")};
    (void) state;
    refused(doubled, 2, "starts_on", 3);
    refused(bad, 2, "kind", 2);
    assert_int_equal(mistakes, 2);
}

static void test_registry_calendar_plan__a_campaign_is_a_period_of_its_own(void **state)
{
    const struct registry_calendar_row rows[] = {
        row(2, "school_year", "SY2022", "", "2022-01-01", "2022-12-31", ""),
        row(3, "campaign", "DBT-2022", "", "2022-05-01", "2022-05-31", "")};
    (void) state;
    assert_true(make(rows, 2, NULL, 0));
    assert_int_equal(period("DBT-2022")->period_id, 0);
    assert_int_equal(period("DBT-2022")->school_year, 2022);
    refused(&rows[1], 1, "starts_on", 3); /* in no school year */
}

/* The same row for the places with a code of the first attribute. */
static struct registry_calendar_row of_shifts(struct registry_calendar_row row,
                                              const char *const codes[2])
{
    row.attributes = codes;
    return row;
}

static void test_registry_calendar_plan__an_attribute_has_its_own_days(void **state)
{
    static const char *const twice[] = {"double", ""};
    const struct registry_calendar_row rows[] = {
        row(2, "weekend", "fri", "IQ", "2022-03-01", "2022-03-31", ""),
        row(3, "weekend", "sat", "IQ", "2022-03-01", "2022-03-31", ""),
        of_shifts(row(4, "weekend", "fri", "IQ", "2022-03-01", "2022-03-31", ""), twice),
        of_shifts(row(5, "exam", "", "IQ", "2022-03-18", "2022-03-19", "Finals"), twice)};
    (void) state;
    assert_true(make(rows, COUNT(rows), NULL, 0));
    assert_int_equal(plan.area_count, 2);
    assert_null(plan.areas[0].attribute);
    assert_int_equal(plan.areas[0].closed_count, 8);
    assert_ptr_equal(plan.areas[1].attribute, &attributes[0]);
    assert_string_equal(plan.areas[1].attribute_code, "double");
    assert_int_equal(plan.areas[1].attribute_number, 2);
    assert_int_equal(plan.areas[1].closed_count, 5);
    assert_string_equal(plan.areas[1].kinds[0], "weekend");
    assert_string_equal(plan.areas[1].kinds[2], "exam"); /* Friday the 18th is both */
    assert_string_equal(plan.areas[1].reasons[3], "Finals");
}

static void test_registry_calendar_plan__exceptions_are_days_of_a_unit(void **state)
{
    const struct registry_calendar_row rows[] = {
        row(2, "open", "", "S2", "2022-03-05", "2022-03-05", "catching up"),
        row(3, "closed", "", "S1", "2022-03-01", "2022-03-02", "flood"),
        row(4, "usual", "", "S1", "2022-02-28", "2022-02-28", "")};
    (void) state;
    assert_true(make(rows, COUNT(rows), NULL, 0));
    assert_int_equal(plan.area_count, 0);
    assert_int_equal(plan.exception_count, 4);
    assert_string_equal(plan.exceptions[0].kind, "usual");
    assert_string_equal(plan.exceptions[1].reason, "flood");
    assert_int_equal(plan.exceptions[2].day, emis_date_from_civil(2022, 3, 2));
    assert_string_equal(plan.exceptions[3].unit, "S2");
}

static void test_registry_calendar_plan__refuses_bad_choices_and_exceptions(void **state)
{
    static const char *const none[] = {"thrice", ""};
    static const char *const both[] = {"single", "double"};
    static const char *const one[] = {"single", NULL};
    const struct registry_calendar_row unknown =
        of_shifts(row(2, "weekend", "fri", "", "2022-01-01", "2022-12-31", ""), none);
    const struct registry_calendar_row two =
        of_shifts(row(2, "weekend", "fri", "", "2022-01-01", "2022-12-31", ""), both);
    const struct registry_calendar_row year =
        of_shifts(row(2, "school_year", "SY2022", "", "2022-01-01", "2022-12-31", ""), one);
    const struct registry_calendar_row shift =
        of_shifts(row(2, "closed", "", "S1", "2022-01-01", "2022-01-01", "flood"), one);
    const struct registry_calendar_row nobody =
        row(2, "closed", "", "", "2022-01-01", "2022-01-01", "flood");
    const struct registry_calendar_row why =
        row(2, "open", "", "S1", "2022-01-01", "2022-01-01", "");
    const struct registry_calendar_row nameless =
        row(2, "exam", "", "", "2022-01-01", "2022-01-01", "");
    const struct registry_calendar_row twice[] = {
        row(2, "closed", "", "S1", "2022-01-01", "2022-01-05", "flood"),
        row(3, "closed", "", "S2", "2022-01-01", "2022-01-05", "flood"),
        row(4, "usual", "", "S1", "2022-01-05", "2022-01-06", "")};
    (void) state;
    refused(&unknown, 1, "shifts", 2);
    refused(&two, 1, "shifts_before", 2);
    refused(&year, 1, "shifts", 2);
    refused(&shift, 1, "shifts", 2);
    refused(&nobody, 1, "area", 2);
    refused(&why, 1, "reason", 2);
    refused(&nameless, 1, "reason", 2);
    refused(twice, 3, "starts_on", 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_registry_calendar_plan__a_year_brings_its_periods),
        cmocka_unit_test(test_registry_calendar_plan__weeks_begin_on_the_countrys_day),
        cmocka_unit_test(test_registry_calendar_plan__a_leap_year_has_366_days),
        cmocka_unit_test(test_registry_calendar_plan__weekends_and_holidays_close_days),
        cmocka_unit_test(test_registry_calendar_plan__areas_have_their_own_days),
        cmocka_unit_test(test_registry_calendar_plan__what_stands_is_not_new),
        cmocka_unit_test(test_registry_calendar_plan__a_known_period_keeps_its_dates),
        cmocka_unit_test(test_registry_calendar_plan__refuses_years_that_overlap_or_leave_a_gap),
        cmocka_unit_test(test_registry_calendar_plan__refuses_terms_outside_their_year),
        cmocka_unit_test(test_registry_calendar_plan__refuses_bad_cells),
        cmocka_unit_test(test_registry_calendar_plan__refuses_doubled_days_and_tells_all),
        cmocka_unit_test(test_registry_calendar_plan__a_campaign_is_a_period_of_its_own),
        cmocka_unit_test(test_registry_calendar_plan__an_attribute_has_its_own_days),
        cmocka_unit_test(test_registry_calendar_plan__exceptions_are_days_of_a_unit),
        cmocka_unit_test(test_registry_calendar_plan__refuses_bad_choices_and_exceptions),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
