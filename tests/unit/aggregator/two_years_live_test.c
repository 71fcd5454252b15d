/* SPDX-License-Identifier: Apache-2.0 */
/* What rests on two periods, on a real server: the registry or the calendar learns later what lay
 * between them. The tests build on one another, in their order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/aggregator/country.h"

static void add_period(const char *kind, const char *code, const char *starts_on,
                       const char *ends_on)
{
    const struct registry_calendar_row row = {
        .line = 2, .kind = kind, .code = code, .starts_on = starts_on, .ends_on = ends_on};
    const struct registry_calendar_options options = {.on_mistake = country_note};
    struct registry_calendar_summary summary;
    struct emis_error err;
    ASSERT_DONE(registry_calendar_import(country_conn, country_catalogue, &row, 1, &options,
                                         &summary, &err),
                err);
}

static void revise(const char *unit, const char *year, int revision, int pupils)
{
    static int id = 100;
    char rest[300];
    snprintf(rest, sizeof rest,
             "\"data\":{\"pupils_total\":%d,\"pupil\":[{\"grade\":\"1\",\"age\":\"7\",\"sex\":"
             "\"f\",\"pupils\":%d,\"repeaters\":0}]}",
             pupils, pupils);
    country_submit(id++, "ENROL_CENSUS", unit, year, revision, "\"shift\":\"full\",", rest);
}

static void census(const char *unit, const char *year, int pupils)
{
    revise(unit, year, 1, pupils);
}

static int64_t open_alarms(void)
{
    return country_number("select count(*) from control.alarm where alarm_key = 'dirty_failed' and "
                          "cleared_at is null");
}

/* What the schools on the panel had in the year before. */
static int64_t before(const char *unit)
{
    return country_value("denominator", "ENR_PANEL", unit, "SY2022");
}

static void test_aggregator_registry__a_late_merger_reaches_the_flows_of_the_heir(void **state)
{
    struct registry_apply_row closing[] = {
        country_row("M1", "school", "NW", "2000-01-01", "2022-10-01"),
        country_row("M2", "school", "NW", "2000-01-01", "2022-10-01")};
    (void) state;
    SKIP_WITHOUT_SERVER();
    add_period("school_year", "SY2021", "2021-01-04", "2021-12-31");
    country_open("ENROL_CENSUS", 600002021);
    country_import(closing, 2);
    census("M1", "SY2021", 11);
    census("M2", "SY2021", 13);
    for (const char *const *school = (const char *const[]){"A1", "A2", "B1", "B2", NULL};
         *school != NULL; school++) {
        census(*school, "SY2021", 100);
        census(*school, "SY2022", 110);
    }
    country_run();
    assert_int_equal(before("A1"), 100);
    assert_int_equal(before("B1"), 100);
    assert_int_equal(country_audit().mismatch_count, 0);
    /* each was closed at the year's end as known before: no place that a census counts at moves */
    country_event(1, "C",
                  "{\"kind\":\"merge\",\"subject\":\"M1\",\"merged_into\":\"A1\","
                  "\"effective_on\":\"2022-06-01\"}");
    country_event(2, "C",
                  "{\"kind\":\"merge\",\"subject\":\"M2\",\"merged_into\":\"B1\","
                  "\"effective_on\":\"2022-06-01\"}");
    country_run();
    assert_int_equal(before("A1"), 111);
    assert_int_equal(before("B1"), 113); /* another lane's */
    assert_int_equal(before("N"), 211);
    assert_int_equal(before("C"), 424);
    assert_int_equal(country_audit().mismatch_count, 0);
}

/* Who has a part of a whole has another one once somebody else who has gives some of his away. */
static void test_aggregator_registry__a_late_split_reaches_all_who_share(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    country_add_school("P1", "NW");
    census("P1", "SY2021", 7);
    country_event(10, "C",
                  "{\"kind\":\"split\",\"subject\":\"P1\",\"effective_on\":\"2022-03-01\",\"part\":"
                  "[{\"unit\":\"P2\",\"name\":\"P two\",\"weight_percent\":50},"
                  "{\"unit\":\"P3\",\"name\":\"P three\",\"weight_percent\":50}]}");
    country_run();
    census("P3", "SY2022", 5);
    country_run();
    assert_int_equal(before("P3"), 4); /* of 7 the second half */
    country_event(11, "C",
                  "{\"kind\":\"split\",\"subject\":\"P2\",\"effective_on\":\"2022-05-01\",\"part\":"
                  "[{\"unit\":\"P2\",\"name\":\"P two\",\"weight_percent\":70},"
                  "{\"unit\":\"P4\",\"name\":\"P four\",\"weight_percent\":30}]}");
    country_run();
    assert_int_equal(before("P3"), 3); /* of 7 from 35 % to 85 %: P4 is last by its number */
    assert_int_equal(country_audit().mismatch_count, 0);
}

/* What a rule does not find for its own fault keeps no cell waiting. */
static void test_aggregator_refresh__a_failing_rule_spoils_no_cell(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    scratch_run(country_conn, "alter table control.finding add constraint no_beast check (not seen "
                              "@> '{\"now\": 666}')");
    revise("A2", "SY2022", 2, 666);
    revise("B1", "SY2022", 2, 777);
    country_run();
    assert_int_equal(country_value("numerator", "ENR", "A2", "SY2022"), 666);
    assert_int_equal(country_value("numerator", "ENR", "N", "SY2022"), 110 + 666 + 5);
    assert_int_equal(country_number("select count(*) from mart.indicator where status = 'break'"),
                     0);
    assert_int_equal(country_number("select count(*) from control.dirty_failed where statement <> "
                                    "'refresh_cross_YEAR_CHANGE' or sqlstate <> '23514'"),
                     0);
    assert_int_equal(country_number("select count(*) from control.dirty_failed f join ref.unit u "
                                    "using (unit_id) join ref.period p using (period_id) where "
                                    "u.code = 'A2' and p.code = 'SY2022' and attempt_count = 1"),
                     1);
    assert_int_equal(open_alarms(), 1);
    assert_int_equal(country_number("select count(*) from control.finding f join ref.unit u using "
                                    "(unit_id) where u.code = 'B1' and closed_at is null"),
                     1);                                 /* another lane's */
    assert_int_equal(country_audit().mismatch_count, 0); /* of that rule it says nothing ... */
    scratch_run(country_conn, "update mart.school_indicator set numerator = 667 where numerator = "
                              "666 and cut_key = 0");
    assert_true(country_audit().mismatch_count > 0); /* ... but of the cells */
    scratch_run(country_conn, "alter table control.finding drop constraint no_beast");
    revise("A2", "SY2022", 3, 555);
    country_run();
    assert_int_equal(country_number("select count(*) from control.dirty_failed"), 0);
    assert_int_equal(open_alarms(), 0);
    assert_int_equal(country_number("select count(*) from control.finding f join ref.unit u using "
                                    "(unit_id) where u.code = 'A2' and closed_at is null"),
                     1);
    assert_int_equal(country_audit().mismatch_count, 0);
}

static int64_t set_aside(const char *unit, const char *period)
{
    char text[300];
    snprintf(text, sizeof text,
             "select count(*) from control.dirty_failed join ref.unit u using (unit_id) join "
             "ref.period p using (period_id) where u.code = '%s' and p.code = '%s'",
             unit, period);
    return country_number(text);
}

/* Neither who rests on a leaf that fails nor whom one that fails rests on is set aside with it. */
static void test_aggregator_isolate__a_failing_leaf_takes_nobody_along(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    scratch_run(country_conn, "alter table mart.school_indicator add constraint no_beast check "
                              "(numerator <> 222 or period_key <> 600002021)");
    revise("A1", "SY2021", 2, 222);
    country_run();
    assert_int_equal(set_aside("A1", "SY2021"), 1);
    assert_int_equal(country_audit().failed_count, 1);
    assert_int_equal(before("A1"), 233); /* with what M1 brought */
    assert_int_equal(country_number("select count(*) from mart.indicator v join mart.dim_indicator "
                                    "i using (indicator_key) where status = 'break' and period_key "
                                    "= 600002022 and i.code in ('ENR', 'ENR_PANEL')"),
                     0);
    scratch_run(country_conn, "alter table mart.school_indicator drop constraint no_beast");
    scratch_run(country_conn, "alter table mart.school_indicator add constraint no_beast check "
                              "(denominator <> 234 or period_key <> 600002022)");
    revise("A1", "SY2021", 3, 223);
    country_run();
    assert_int_equal(country_value("numerator", "ENR", "A1", "SY2021"), 223);
    assert_int_equal(set_aside("A1", "SY2021"), 0);
    assert_int_equal(set_aside("A1", "SY2022"), 1);
    assert_int_equal(country_number("select count(*) from control.dirty_failed"), 1);
    scratch_run(country_conn, "alter table mart.school_indicator drop constraint no_beast");
    revise("A1", "SY2021", 4, 100);
    country_run();
    assert_int_equal(country_number("select count(*) from control.dirty_failed"), 0);
}

/* Given away and back: each reaches the other, and one of them fails. */
static void test_aggregator_isolate__two_that_reach_each_other_come_to_rest(void **state)
{
    struct agg_audit_result audit;
    (void) state;
    SKIP_WITHOUT_SERVER();
    scratch_run(country_conn,
                "insert into ref.unit_succession (from_unit_id, to_unit_id, kind, weight_percent, "
                "effective_on, since_version) select a.unit_id, b.unit_id, 'split', 10, "
                "'2022-03-01', 1 from ref.unit a, ref.unit b where (a.code, b.code) in (('A1', "
                "'A2'), ('A2', 'A1'))");
    scratch_run(country_conn, "alter table mart.school_indicator add constraint no_beast check "
                              "(numerator <> 444)");
    revise("A1", "SY2022", 2, 444);
    revise("A2", "SY2022", 4, 445);
    country_run();
    assert_int_equal(set_aside("A1", "SY2022"), 1);
    assert_int_equal(country_number("select count(*) from control.dirty_failed"), 1);
    assert_int_equal(country_value("numerator", "ENR", "A2", "SY2022"), 445);
    scratch_run(country_conn, "alter table mart.school_indicator drop constraint no_beast");
    revise("A2", "SY2022", 5, 446);
    country_run();
    audit = country_audit();
    assert_int_equal(audit.failed_count, 0); /* who reaches it cures it */
    assert_int_equal(audit.mismatch_count, 0);
}

static void attend(const char *unit, const char *day, int present)
{
    static int id = 500;
    char rest[300];
    snprintf(rest, sizeof rest,
             "\"data\":{\"pupils_present\":%d,\"pupil\":[{\"grade\":\"3\",\"sex\":\"f\","
             "\"present\":%d,\"on_register\":50}],\"staff\":[{\"staff_type\":\"teacher\","
             "\"sex\":\"f\",\"present\":1,\"in_position\":1}]}",
             present, present);
    country_submit(id++, "ATT_DAILY", unit, day, 1, "\"shift\":\"morning\",", rest);
}

static int64_t rank_before(const char *unit, const char *period)
{
    char text[400];
    snprintf(text, sizeof text,
             "select coalesce((select s.previous_rank from mart.school_standing s join "
             "mart.dim_area a using (area_key) join mart.dim_period p using (period_key) join "
             "mart.dim_indicator i using (indicator_key) where a.unit_code = '%s' and p.code = "
             "'%s' and i.code = 'ATT_STU'), -1)",
             unit, period);
    return country_number(text);
}

static void test_aggregator_periods__a_term_between_two_is_the_one_before(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    add_period("term", "SY2022-T1", "2022-01-10", "2022-03-31");
    add_period("term", "SY2022-T3", "2022-06-01", "2022-09-30");
    country_open("ATT_DAILY", 120220301);
    country_open("ATT_DAILY", 120220601);
    attend("B1", "2022-03-01", 20);
    attend("B2", "2022-03-01", 40);
    attend("B1", "2022-06-01", 45);
    attend("B2", "2022-06-01", 40);
    country_run();
    assert_int_equal(rank_before("B1", "SY2022-T3"), 2);
    assert_int_equal(rank_before("B2", "SY2022-T3"), 1);
    add_period("term", "SY2022-T2", "2022-04-01", "2022-05-31");
    country_run();
    assert_int_equal(rank_before("B1", "SY2022-T3"), -1); /* nobody was ranked in it */
    assert_int_equal(country_audit().mismatch_count, 0);
}

#define ENR_OF_SW                                                                               \
    "select count(*) from mart.cluster_indicator v join mart.dim_area a using (area_key) join " \
    "mart.dim_indicator i using (indicator_key) where a.unit_code = 'SW' and i.code = 'ENR' "   \
    "and v.period_key = 600002022"

/* Nobody knows in which cuts it would have been. */
static void test_aggregator_isolate__what_failed_breaks_every_cut_above_it(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    scratch_run(country_conn, "alter table mart.school_indicator add constraint no_beast check "
                              "(numerator <> 888)");
    revise("B1", "SY2022", 3, 888); /* girls */
    country_run();
    country_submit(400, "ENROL_CENSUS", "B2", "SY2022", 9, "\"shift\":\"full\",",
                   "\"data\":{\"pupils_total\":99,\"pupil\":[{\"grade\":\"2\",\"age\":\"8\","
                   "\"sex\":\"m\",\"pupils\":99,\"repeaters\":0}]}");
    country_run();
    assert_int_equal(set_aside("B1", "SY2022"), 1);
    assert_true(country_number(ENR_OF_SW) > 3);
    assert_int_equal(
        country_number(ENR_OF_SW) - country_number(ENR_OF_SW " and v.status = 'break'"), 0);
    scratch_run(country_conn, "alter table mart.school_indicator drop constraint no_beast");
    revise("B1", "SY2022", 4, 100);
    country_run();
    assert_int_equal(country_number(ENR_OF_SW " and v.status = 'break'"), 0);
}

/* Half a year of which the calendar knows nothing is no step. */
static void test_aggregator_periods__a_gap_is_no_period_before(void **state)
{
    static const char *const step =
        "select count(*) from ref.period_before b join ref.period p using (period_id) join "
        "ref.period q on q.period_id = b.before_id where p.code = 'SY2022-T1' and q.code = "
        "'SY2021-T1'";
    (void) state;
    SKIP_WITHOUT_SERVER();
    add_period("term", "SY2021-T1", "2021-01-04", "2021-07-10"); /* 184 days */
    assert_int_equal(country_number(step), 0);
    scratch_run(country_conn,
                "update ref.period set ends_on = '2021-07-11' where code = 'SY2021-T1'");
    assert_int_equal(country_number(step), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_aggregator_registry__a_late_merger_reaches_the_flows_of_the_heir),
        cmocka_unit_test(test_aggregator_registry__a_late_split_reaches_all_who_share),
        cmocka_unit_test(test_aggregator_refresh__a_failing_rule_spoils_no_cell),
        cmocka_unit_test(test_aggregator_isolate__a_failing_leaf_takes_nobody_along),
        cmocka_unit_test(test_aggregator_isolate__two_that_reach_each_other_come_to_rest),
        cmocka_unit_test(test_aggregator_isolate__what_failed_breaks_every_cut_above_it),
        cmocka_unit_test(test_aggregator_periods__a_term_between_two_is_the_one_before),
        cmocka_unit_test(test_aggregator_periods__a_gap_is_no_period_before),
    };
    return cmocka_run_group_tests(tests, country_start, country_stop);
}
