/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/date.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

static int32_t day(int year, int month, int of_month)
{
    return emis_date_from_civil(year, month, of_month);
}

static void test_base_date__round_trip_of_every_day(void **state)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int32_t expected = day(1900, 1, 1);
    (void) state;
    assert_int_equal(expected, -36524);
    assert_int_equal(day(2000, 1, 1), 0);
    for (int year = 1900; year <= 2199; year++) {
        bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        for (int month = 1; month <= 12; month++) {
            int length = lengths[month - 1] + (month == 2 && is_leap);
            for (int of_month = 1; of_month <= length; of_month++, expected++) {
                int y, m, d;
                int32_t parsed;
                char text[16];
                struct emis_error err;
                emis_date_to_civil(expected, &y, &m, &d);
                assert_true(y == year && m == month && d == of_month);
                assert_int_equal(day(year, month, of_month), expected);
                emis_date_format(expected, text);
                assert_true(emis_date_parse(text, strlen(text), &parsed, &err));
                assert_int_equal(parsed, expected);
            }
        }
    }
    assert_int_equal(expected, day(2200, 1, 1));
}

static void test_base_date__proleptic_and_far(void **state)
{
    char text[16];
    (void) state;
    assert_int_equal(day(2000, 2, 29), 59);
    assert_int_equal(day(1970, 1, 1), -10957);
    assert_int_equal(day(1582, 10, 15) - day(1582, 10, 4),
                     11); /* no gap: the calendar is proleptic */
    assert_int_equal(day(1, 1, 1), -730119);
    emis_date_format(INT32_MIN, text);
    assert_string_equal(text, "-5877611-06-22");
    emis_date_format(INT32_MAX, text);
    assert_string_equal(text, "infinity");
    emis_date_format(-1, text);
    assert_string_equal(text, "1999-12-31");
}

static void expect_day(const char *text, enum emis_error_code code)
{
    int32_t days = 4711;
    struct emis_error err = {.code = EMIS_OK};
    bool is_parsed = emis_date_parse(text, strlen(text), &days, &err);
    assert_int_equal(is_parsed ? EMIS_OK : err.code, code);
    assert_true(is_parsed || days == 4711);
}

static void test_base_date__parse_refuses(void **state)
{
    (void) state;
    expect_day("2000-02-29", EMIS_OK);
    expect_day("2024-02-29", EMIS_OK);
    expect_day("1900-01-01", EMIS_OK);
    expect_day("2199-12-31", EMIS_OK);
    expect_day("1900-02-29", E_DATE_INVALID);
    expect_day("2100-02-29", E_DATE_INVALID);
    expect_day("2025-04-31", E_DATE_INVALID);
    expect_day("2025-13-01", E_DATE_INVALID);
    expect_day("2025-00-10", E_DATE_INVALID);
    expect_day("2025-01-00", E_DATE_INVALID);
    expect_day("2025-12-32", E_DATE_INVALID);
    expect_day("1899-12-31", E_DATE_RANGE);
    expect_day("2200-01-01", E_DATE_RANGE);
    expect_day("0000-01-01", E_DATE_RANGE);
    expect_day("", E_DATE_FORMAT);
    expect_day("2025-1-01", E_DATE_FORMAT);
    expect_day("2025/01/01", E_DATE_FORMAT);
    expect_day("20250101", E_DATE_FORMAT);
    expect_day(" 2025-01-01", E_DATE_FORMAT);
    expect_day("2025-01-01Z", E_DATE_FORMAT);
    expect_day("+025-01-01", E_DATE_FORMAT);
    expect_day("\xD9\xA2\xD9\xA0\xD9\xA2\xD9\xA5-1", E_DATE_FORMAT); /* Arabic-Indic digits */
    expect_day("today", E_DATE_FORMAT);
    expect_day("infinity", E_DATE_FORMAT);
}

static void expect_instant(const char *text, enum emis_error_code code, int64_t expected_us)
{
    int64_t us = INT64_MIN;
    struct emis_error err = {.code = EMIS_OK};
    bool is_parsed = emis_date_parse_instant(text, strlen(text), &us, &err);
    assert_int_equal(is_parsed ? EMIS_OK : err.code, code);
    assert_true(us == (is_parsed ? expected_us : INT64_MIN));
}

static void test_base_date__instants(void **state)
{
    const int64_t hour = INT64_C(3600000000);
    (void) state;
    expect_instant("2000-01-01T00:00:00Z", EMIS_OK, 0);
    expect_instant("1999-12-31T23:59:59.999999Z", EMIS_OK, -1);
    expect_instant("2000-01-01T00:00:00.5Z", EMIS_OK, 500000);
    expect_instant("2000-01-01T03:00:00+03:00", EMIS_OK, 0);
    expect_instant("2000-01-01T00:00:00-04:30", EMIS_OK, 4 * hour + hour / 2);
    expect_instant("2000-01-01T00:00:00+14:00", EMIS_OK, -14 * hour);
    expect_instant("2000-01-01T00:00:00.000001-00:00", EMIS_OK, 1);
    expect_instant("2025-09-30T07:40:00Z", EMIS_OK, INT64_C(812533200000000));
    expect_instant("2000-01-01T00:00:00+14:01", E_DATE_FORMAT, 0);
    expect_instant("2000-01-01T00:00:00+99:00", E_DATE_FORMAT, 0);
    expect_instant("2000-01-01T00:00:00+03:60", E_DATE_FORMAT, 0);
    expect_instant("2000-01-01T00:00:00+0300", E_DATE_FORMAT, 0);
    expect_instant("2000-01-01T00:00:00", E_DATE_FORMAT, 0);
    expect_instant("2000-01-01T00:00Z", E_DATE_FORMAT, 0);
    expect_instant("2000-01-01T00:00:00z", E_DATE_FORMAT, 0);
    expect_instant("2000-01-01t00:00:00Z", E_DATE_FORMAT, 0);
    expect_instant("2000-01-01 00:00:00Z", E_DATE_FORMAT, 0);
    expect_instant("2000-01-01T24:00:00Z", E_DATE_FORMAT, 0);
    expect_instant("2000-01-01T23:60:00Z", E_DATE_FORMAT, 0);
    expect_instant("2016-12-31T23:59:60Z", E_DATE_FORMAT, 0);
    expect_instant("2000-01-01T00:00:00.Z", E_DATE_FORMAT, 0);
    expect_instant("2000-01-01T00:00:00.1234567Z", E_DATE_FORMAT, 0);
    expect_instant("2000-01-01T00:00:00,5Z", E_DATE_FORMAT, 0);
    expect_instant("2000-01-01T00:00:00ZZ", E_DATE_FORMAT, 0);
    expect_instant("2025-02-29T00:00:00Z", E_DATE_INVALID, 0);
    expect_instant("1899-12-31T00:00:00Z", E_DATE_RANGE, 0);
}

static void test_base_date__format_instant(void **state)
{
    char text[32];
    (void) state;
    emis_date_format_instant(INT64_MIN,
                             text); /* the database's -infinity: anything but undefined */
    emis_date_format_instant(INT64_MAX, text);
    emis_date_format_instant(-1, text);
    assert_string_equal(text, "1999-12-31T23:59:59.999Z");
    emis_date_format_instant(INT64_C(812533200123999), text);
    assert_string_equal(text, "2025-09-30T07:40:00.123Z");
}

static void expect_week(int32_t days, int year, int week)
{
    int got_year, got_week;
    emis_date_iso_week(days, &got_year, &got_week);
    assert_int_equal(got_year, year);
    assert_int_equal(got_week, week);
    assert_int_equal(emis_date_of_iso_week(year, week), days - emis_date_weekday(days) + 1);
}

static void test_base_date__iso_weeks(void **state)
{
    (void) state;
    assert_int_equal(emis_date_weekday(0), 6);
    assert_int_equal(emis_date_weekday(day(1900, 1, 1)), 1);
    assert_int_equal(emis_date_weekday(day(2025, 9, 28)), 7);
    expect_week(day(2020, 12, 31), 2020, 53);
    expect_week(day(2021, 1, 3), 2020, 53);
    expect_week(day(2021, 1, 4), 2021, 1);
    expect_week(day(2024, 12, 29), 2024, 52);
    expect_week(day(2024, 12, 30), 2025, 1);
    expect_week(day(2000, 1, 1), 1999, 52);
    expect_week(day(2005, 1, 1), 2004, 53);
    for (int32_t days = day(1900, 1, 1); days < day(2200, 1, 1); days++) {
        int year, week;
        emis_date_iso_week(days, &year, &week);
        assert_true(week >= 1 && week <= 53);
        assert_int_equal(emis_date_of_iso_week(year, week), days - emis_date_weekday(days) + 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_base_date__round_trip_of_every_day),
        cmocka_unit_test(test_base_date__proleptic_and_far),
        cmocka_unit_test(test_base_date__parse_refuses),
        cmocka_unit_test(test_base_date__instants),
        cmocka_unit_test(test_base_date__format_instant),
        cmocka_unit_test(test_base_date__iso_weeks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
