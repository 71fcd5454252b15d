/* SPDX-License-Identifier: Apache-2.0 */
/* The aggregator as a whole on a real server: healing, refresh, registry events, failures of
 * definitions, audit. The tests build on one another, in their order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "aggregator/claim.h"
#include "lib/base/clock.h"
#include "lib/base/date.h"
#include "tests/unit/aggregator/country.h"

static void test_aggregator_worker__heals_in_order_and_counts(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    country_census(1, "A1", 1, 100);
    country_census(2, "A2", 1, 10);
    country_census(3, "B1", 1, 7);
    country_census(4, "A1", 3, 120); /* a correction */
    country_census(5, "A1", 2, 999); /* late: superseded */
    country_census(4, "A1", 3, 120); /* the same record again */
    country_census(6, "A1", 3, 5);   /* equal revision, other content */
    country_census(1, "A1", 9, 1);   /* the id of another one */
    country_submit(7, "ENROL_CENSUS", "B2", "SY2022", 1, "\"shift\":\"full\",",
                   "\"data\":{\"pupils_total\":-1}"); /* not valid */
    country_run();
    assert_int_equal(country_number("select count(*) from intake.held where settled_at is null"),
                     0);
    assert_int_equal(country_number("select count(*) from intake.held where settled_outcome = 'a'"),
                     4);
    assert_int_equal(country_number("select count(*) from intake.held where settled_outcome = 's'"),
                     1);
    assert_int_equal(country_number("select count(*) from intake.held where settled_outcome = 'd'"),
                     1);
    assert_int_equal(country_number("select count(*) from intake.held where settled_outcome = 'r' "
                                    "and settled_code in (133, 134)"),
                     2);
    assert_int_equal(country_number("select count(*) from intake.held where settled_outcome = 'r'"),
                     3);
    assert_int_equal(country_number("select count(*) from intake.submission"), 5);
    assert_int_equal(country_value("numerator", "ENR", "A1", "SY2022"), 120);
    assert_int_equal(country_value("numerator", "ENR", "N", "SY2022"), 130);
    assert_int_equal(country_value("numerator", "ENR", "C", "SY2022"), 137);
    assert_int_equal(country_value("n_expected", "ENR", "C", "SY2022"), 4);
    assert_int_equal(country_value("n_reported", "ENR", "C", "SY2022"), 3);
    assert_int_equal(country_audit().mismatch_count, 0);
}

static void test_aggregator_worker__a_settled_record_stays_settled(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    int64_t settled = country_number(
        "select max(extract(epoch from settled_at) * 1000000)::bigint from intake.held");
    scratch_run(country_conn, "update ref.version set version = version + 1");
    country_run();
    assert_int_equal(
        country_number(
            "select max(extract(epoch from settled_at) * 1000000)::bigint from intake.held"),
        settled);
}

static void test_aggregator_worker__what_cannot_be_healed_waits(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    country_census(20, "A3", 1, 50);
    country_run();
    assert_int_equal(country_number("select count(*) from intake.held where settled_at is null"),
                     1);
    country_add_school("A3", "NW");
    country_run();
    assert_int_equal(country_number("select count(*) from intake.held where settled_at is null"),
                     0);
    assert_int_equal(
        country_number("select count(*) from intake.held h join ref.unit u on u.code = 'A3' where "
                       "h.settled_version >= u.since_version "
                       "and h.settled_submission_key is not null and h.cause = 'unit:A3'"),
        1);
    assert_int_equal(country_value("numerator", "ENR", "C", "SY2022"), 187);
    assert_int_equal(country_audit().mismatch_count, 0);
}

static void test_aggregator_worker__an_event_moves_a_school(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    int64_t version = country_number("select version from ref.version");
    country_event(
        30, "C",
        "{\"kind\":\"move\",\"subject\":\"A1\",\"parent\":\"SW\",\"effective_on\":\"2022-05-01\"}");
    country_run();
    assert_true(country_number("select version from ref.version") > version);
    assert_int_equal(country_number("select count(*) from control.registry_change where source = "
                                    "'event' and state = 'applied'"),
                     1);
    assert_int_equal(country_number("select count(*) from ref.place p join ref.unit u using "
                                    "(unit_id) where u.code = 'A1' and p.until_version is null"),
                     2);
    /* the school year's last day is after the move: the census counts in the south, and nothing is
     * left in the north */
    assert_int_equal(country_value("numerator", "ENR", "N", "SY2022"), 60);
    assert_int_equal(country_value("numerator", "ENR", "S", "SY2022"), 127);
    assert_int_equal(country_value("numerator", "ENR", "C", "SY2022"), 187);
    assert_int_equal(
        country_number("select count(*) from mart.dim_area where unit_code = 'A1' and is_current"),
        1);
    assert_int_equal(country_audit().mismatch_count, 0);
}

static void test_aggregator_worker__a_refused_event_stays_open_until_it_can_be(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    country_event(31, "N",
                  "{\"kind\":\"open\",\"subject\":\"A9\",\"level\":\"school\",\"parent\":\"NX\","
                  "\"name\":\"Nine\",\"effective_on\":\"2022-01-01\"}");
    country_event(32, "N",
                  "{\"kind\":\"close\",\"subject\":\"B1\",\"effective_on\":\"2022-09-01\"}");
    country_run();
    assert_int_equal(country_number("select count(*) from control.registry_change where state = "
                                    "'open' and code = 18 and pointer = '/data/parent'"),
                     1);
    assert_int_equal(
        country_number("select count(*) from control.registry_change where state = 'open' and "
                       "message = 'B1 does not lie in N, which sent the event'"),
        1);
    struct registry_apply_row row = country_row("NX", "cluster", "ND", "2000-01-01", "");
    country_import(&row, 1);
    country_run();
    assert_int_equal(
        country_number("select count(*) from control.registry_change where state = 'open'"), 1);
    assert_int_equal(
        country_number(
            "select count(*) from mart.dim_area where unit_code = 'A9' and name = 'Nine'"),
        1);
    assert_int_equal(country_value("n_expected", "ENR", "N", "SY2022"), 3); /* A2, A3, A9 */
    assert_int_equal(country_audit().mismatch_count, 0);
}

static void test_aggregator_worker__merge_split_rename_and_close(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    country_event(40, "C",
                  "{\"kind\":\"merge\",\"subject\":\"NX\",\"merged_into\":\"NW\",\"effective_on\":"
                  "\"2022-06-01\"}");
    country_event(41, "C",
                  "{\"kind\":\"split\",\"subject\":\"B2\",\"effective_on\":\"2022-06-01\",\"part\":"
                  "[{\"unit\":\"B2\",\"name\":\"B two\",\"weight_percent\":60},"
                  "{\"unit\":\"B3\",\"name\":\"B three\",\"weight_percent\":40}]}");
    country_event(42, "C",
                  "{\"kind\":\"rename\",\"subject\":\"S\",\"name\":\"South\",\"effective_on\":"
                  "\"2022-07-01\"}");
    country_event(43, "C",
                  "{\"kind\":\"close\",\"subject\":\"A2\",\"effective_on\":\"2022-08-01\"}");
    country_run();
    assert_int_equal(
        country_number("select count(*) from control.registry_change where state = 'open'"),
        1); /* that of before */
    assert_int_equal(
        country_number("select count(*) from ref.place p join ref.unit u using (unit_id) join "
                       "ref.place q on q.place_id = p.parent_place_id and "
                       "q.until_version is null join ref.unit v on v.unit_id = q.unit_id where "
                       "u.code = 'A9' and v.code = 'NW' and "
                       "p.until_version is null and p.valid_from = '2022-06-01'"),
        1);
    assert_int_equal(
        country_number("select sum(weight_percent) from ref.unit_succession where kind = 'split'"),
        100);
    assert_int_equal(
        country_number("select count(*) from ref.unit_succession where kind = 'merge'"), 1);
    assert_int_equal(country_number("select count(*) from mart.dim_area where unit_code = 'B1' and "
                                    "is_current and valid_from = '2022-07-01'"),
                     1);
    assert_int_equal(country_value("numerator", "ENR", "N", "SY2022"),
                     50); /* A2 is closed on the year's last day */
    assert_int_equal(
        country_number("select count(*) from ref.place p join ref.unit u using (unit_id) where "
                       "p.until_version is null and not exists (select from "
                       "ref.place q where q.place_id = p.parent_place_id and q.until_version is "
                       "null and q.valid_from <= p.valid_from and "
                       "q.valid_to >= p.valid_to) and u.code <> 'C'"),
        0); /* every place lies within its parent's */
    assert_int_equal(country_audit().mismatch_count, 0);
}

static void test_aggregator_worker__a_failing_leaf_is_set_aside(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    scratch_run(
        country_conn,
        "alter table mart.school_indicator add constraint no_beast check (numerator <> 666)");
    country_census(50, "B1", 2, 666);
    country_census(51, "A3", 2, 55);
    country_run();
    assert_int_equal(country_number("select count(*) from control.dirty_failed f join ref.unit u "
                                    "using (unit_id) where u.code = 'B1'"),
                     1);
    assert_int_equal(country_number("select count(*) from control.dirty_failed"), 1);
    assert_int_equal(country_number("select count(*) from control.alarm where alarm_key = "
                                    "'dirty_failed' and cleared_at is null"),
                     1);
    assert_true(country_number("select count(*) from mart.indicator v join mart.dim_area a using "
                               "(area_key) where a.unit_code = 'B1' and v.status = 'break'") > 0);
    assert_int_equal(
        country_number("select count(*) from mart.indicator v join mart.dim_cut c using "
                       "(cut_key) where c.dimension = 'form' and v.status = 'break' "
                       "and c.member <> 'ENROL_CENSUS'"),
        0); /* what other forms report is not broken */
    assert_int_equal(country_value("numerator", "ENR", "N", "SY2022"), 55); /* the rest went on */
    assert_int_equal(country_audit().mismatch_count, 0); /* what failed is skipped */
    scratch_run(country_conn, "alter table mart.school_indicator drop constraint no_beast");
    scratch_run(country_conn, "insert into control.dirty (lane, form_id, period_id, unit_id) "
                              "select lane, form_id, period_id, unit_id from control.dirty_failed");
    country_run();
    assert_int_equal(country_number("select count(*) from control.dirty_failed"), 0);
    assert_int_equal(country_number("select count(*) from control.alarm where alarm_key = "
                                    "'dirty_failed' and cleared_at is null"),
                     0);
    assert_int_equal(country_number("select count(*) from mart.indicator where status = 'break'"),
                     0);
    assert_int_equal(country_audit().mismatch_count, 0);
}

static void test_aggregator_worker__one_bad_school_does_not_hold_back_a_whole_period(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    scratch_run(country_conn, "alter table mart.school_indicator add constraint no_beast check "
                              "(numerator <> 666) not valid");
    scratch_run(country_conn, "delete from mart.school_indicator");
    scratch_run(country_conn,
                "insert into control.dirty (lane, form_id, period_id, unit_id) select distinct "
                "lane, c.form_id, c.period_id, 0 from intake.current c, "
                "ref.place where level_no = 1 and c.form_id = (select number from "
                "ref.catalogue_number where kind = 'form' and code = "
                "'ENROL_CENSUS')");
    country_run();
    assert_int_equal(country_number("select count(*) from control.dirty_failed f join ref.unit u "
                                    "using (unit_id) where u.code = 'B1'"),
                     1);
    assert_int_equal(country_number("select count(*) from control.dirty_failed"), 1);
    assert_int_equal(country_value("numerator", "ENR", "A1", "SY2022"), 120);
    scratch_run(country_conn, "alter table mart.school_indicator drop constraint no_beast");
    scratch_run(country_conn, "insert into control.dirty (lane, form_id, period_id, unit_id) "
                              "select lane, form_id, period_id, unit_id from control.dirty_failed");
    country_run();
    assert_int_equal(country_audit().mismatch_count, 0);
}

static void test_aggregator_audit__finds_a_wrong_a_missing_and_a_surplus_row(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    scratch_run(country_conn, "update mart.school_indicator set numerator = numerator + 1 where "
                              "ctid = (select min(ctid) from mart.school_indicator where "
                              "numerator > 0)");
    assert_true(country_audit().mismatch_count >= 1);
    scratch_run(country_conn, "update mart.country_indicator set n_expected = n_expected + 1");
    assert_true(country_audit().mismatch_count >= 2);
    scratch_run(country_conn, "delete from mart.district_indicator");
    assert_true(country_audit().mismatch_count >= 3);
    assert_int_equal(
        country_number(
            "select count(*) from control.alarm where alarm_key = 'audit' and cleared_at is null"),
        1);
    scratch_run(country_conn,
                "insert into control.dirty (lane, form_id, period_id, unit_id) select distinct "
                "p.lane, c.form_id, c.period_id, 0 from intake.current c, "
                "ref.place p where p.level_no = 1");
    struct agg_audit_result skipped =
        country_audit(); /* dirty rows say that it is about to change */
    assert_int_equal(skipped.mismatch_count, 0);
    assert_true(skipped.skipped_count > 0);
    country_run();
    assert_int_equal(country_audit().mismatch_count, 0);
}

static void test_aggregator_periods__opens_what_has_begun(void **state)
{
    struct agg_options options;
    struct emis_error err;
    (void) state;
    SKIP_WITHOUT_SERVER();
    options = country_options;
    options.opens_periods = true;
    /* as if today were the last day of the calendar's year, and a month were looked back */
    options.lookback_days =
        (int) (emis_clock_now_us() / EMIS_DATE_US_PER_DAY - emis_date_from_civil(2022, 12, 1));
    struct agg_worker *worker = agg_worker_new(&options, 0, true);
    ASSERT_DONE(agg_worker_run(worker, &err), err);
    agg_worker_free(worker);
    assert_int_equal(country_number("select count(*) from ref.period_opening o join ref.period q "
                                    "using (period_id) where q.kind = 'day' and q.starts_on >= "
                                    "'2022-12-01' and o.form_id = (select "
                                    "number from ref.catalogue_number where kind = 'form' and code "
                                    "= 'ATT_DAILY')"),
                     31);
    assert_int_equal(country_number("select count(*) from control.dirty"), 0);
    assert_int_equal(country_value("n_expected", "ATT_STU", "A1", "2022-12-05"), 1);
    assert_int_equal(country_value("n_expected", "ATT_STU", "A1", "2022-12-04"), -1); /* a Sunday */
}

/* The server refuses a datum of the event: it is refused, and holds back neither the next one nor
 * healing. */
static void test_aggregator_worker__an_event_the_server_refuses_is_refused(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    scratch_run(country_conn,
                "alter table ref.unit add constraint no_beast check (code <> 'A666')");
    country_event(60, "C",
                  "{\"kind\":\"open\",\"subject\":\"A666\",\"level\":\"school\",\"parent\":"
                  "\"NW\",\"name\":\"Beast\",\"effective_on\":\"2022-01-01\"}");
    country_event(61, "C",
                  "{\"kind\":\"open\",\"subject\":\"A10\",\"level\":\"school\",\"parent\":"
                  "\"NW\",\"name\":\"Ten\",\"effective_on\":\"2022-01-01\"}");
    country_run();
    assert_int_equal(country_number("select count(*) from control.registry_change where state = "
                                    "'open' and code = 11 and unit_code = 'A666'"),
                     1);
    assert_int_equal(country_number("select count(*) from ref.unit where code = 'A10'"), 1);
    scratch_run(country_conn, "alter table ref.unit drop constraint no_beast");
    scratch_run(country_conn, "update ref.version set version = version + 1");
    country_run();
    assert_int_equal(country_number("select count(*) from ref.unit where code = 'A666'"), 1);
    assert_int_equal(country_audit().mismatch_count, 0);
}

/* The parts of a split follow the subject's known future: it closes at the year's end. */
static void test_aggregator_worker__a_split_keeps_a_known_future(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    country_event(62, "C",
                  "{\"kind\":\"move\",\"subject\":\"A10\",\"parent\":\"SW\","
                  "\"effective_on\":\"2022-11-01\"}");
    country_event(63, "C",
                  "{\"kind\":\"close\",\"subject\":\"A10\",\"effective_on\":\"2022-12-31\"}");
    country_event(
        64, "C",
        "{\"kind\":\"split\",\"subject\":\"A10\",\"effective_on\":\"2022-06-01\",\"part\":"
        "[{\"unit\":\"A10\",\"name\":\"Ten a\"},{\"unit\":\"A11\",\"name\":\"Ten b\"}]}");
    country_run();
    assert_int_equal(
        country_number("select count(*) from ref.place p join ref.unit u using (unit_id) where "
                       "u.code in ('A10', 'A11') and p.until_version is null and p.valid_from = "
                       "'2022-11-01' and p.valid_to = '2022-12-31' and p.lane = (select unit_id "
                       "from ref.unit where code = 'S')"),
        2);
    assert_int_equal(
        country_number("select count(*) from mart.dim_area where unit_code in ('A10', 'A11') and "
                       "valid_from = '2022-11-01' and name in ('Ten a', 'Ten b')"),
        2);
    assert_int_equal(country_audit().mismatch_count, 0);
}

/* More refused events than one page holds come before one that can be. */
static void test_aggregator_worker__a_page_of_refused_events_is_not_the_end(void **state)
{
    int64_t open;
    (void) state;
    SKIP_WITHOUT_SERVER();
    open = country_number("select count(*) from control.registry_change where state = 'open'");
    country_options.heal_max = 1000;
    for (int i = 0; i < 101; i++) {
        country_event(1000 + i, "N",
                      "{\"kind\":\"close\",\"subject\":\"B1\",\"effective_on\":\"2022-09-01\"}");
    }
    country_event(2000, "C",
                  "{\"kind\":\"rename\",\"subject\":\"N\",\"name\":\"North\",\"effective_on\":"
                  "\"2022-07-01\"}");
    country_run();
    assert_int_equal(
        country_number("select count(*) from control.registry_change where state = 'open'"),
        open + 101);
    assert_int_equal(country_number("select count(*) from mart.dim_area where unit_code = 'N' and "
                                    "is_current and name = 'North'"),
                     1);
}

/* Signing is required and the key of the day is not in force any more: what was parked with a
 * signature was verified then; what bears none never was. */
static void test_aggregator_worker__heals_what_a_former_key_signed(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    country_options.is_signing_required = true;
    country_add_school("B9", "SW");
    country_census(3000, "B9", 1, 11);
    scratch_run(country_conn,
                "update intake.held set headers = int4send(11) || 'emis-key-id'::bytea || "
                "int4send(4) || 'gone'::bytea || int4send(14) || 'emis-signature'::bytea || "
                "int4send(2) || '00'::bytea where settled_at is null");
    country_census(3001, "B9", 2, 12);
    country_run();
    country_options.is_signing_required = false;
    assert_int_equal(country_number("select count(*) from intake.current c join intake.submission "
                                    "s using (submission_key) where s.submission_id = "
                                    "'0192e4a0-7b1c-7000-8000-000000003000'"),
                     1);
    assert_int_equal(country_number("select count(*) from intake.held where settled_code = 106 and "
                                    "headers = '' and settled_submission_key is null"),
                     1);
}

/* With a worker that has no hope: until it gives up. */
static void run_in_vain(void)
{
    struct emis_error err;
    struct agg_worker *worker = agg_worker_new(&country_options, 0, true);
    assert_false(agg_worker_run(worker, &err));
    agg_worker_free(worker);
}

static int64_t open_alarms(const char *key)
{
    char text[160];
    snprintf(text, sizeof text,
             "select count(*) from control.alarm where alarm_key = '%s' and cleared_at is null",
             key);
    return country_number(text);
}

/* A process that died paused: the next one of its name clears its alarm, and that of a worker which
 * has not repeated its own for long; not another's, nor another thread's. */
static void test_aggregator_worker__an_alarm_is_cleared_by_its_namesake(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    scratch_run(
        country_conn,
        "insert into control.alarm (alarm_key, code, message, raised_at, seen_at) values "
        "('aggregator other/0', 1, 'm', now() - interval '3 h', now() - interval '50 min'), "
        "('aggregator test/1', 1, 'm', now(), now()), "
        "('aggregator gone/0', 1, 'm', now() - interval '3 h', now() - interval '2 h'), "
        "('partition 0/9', 1, 'm', now() - interval '3 h', now() - interval '2 h')");
    scratch_run(country_conn, "alter table control.registry_change rename to registry_gone");
    run_in_vain();
    scratch_run(country_conn, "alter table control.registry_gone rename to registry_change");
    assert_int_equal(open_alarms("aggregator test/0"), 1);
    assert_int_equal(open_alarms("aggregator gone/0"), 1); /* nobody works */
    assert_int_equal(country_number("select count(*) from control.alarm where alarm_key = "
                                    "'aggregator test/0' and seen_at > raised_at"),
                     1); /* repeated */
    country_run();
    assert_int_equal(open_alarms("aggregator test/0"), 0);
    assert_int_equal(open_alarms("aggregator gone/0"), 0);
    assert_int_equal(open_alarms("aggregator test/1"), 1);
    assert_int_equal(open_alarms("aggregator other/0"), 1);
    assert_int_equal(open_alarms("partition 0/9"), 1);
    scratch_run(country_conn, "delete from control.alarm where alarm_key like 'aggregator %' or "
                              "alarm_key = 'partition 0/9'");
}

/* The registry's chore cannot be done: what is parked still heals, what is dirty is still
 * refreshed. */
static void test_aggregator_worker__a_failing_chore_does_not_hold_back_the_others(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    country_census(70, "A3", 5, 77);
    scratch_run(country_conn, "alter table control.registry_change rename to registry_gone");
    run_in_vain();
    scratch_run(country_conn, "alter table control.registry_gone rename to registry_change");
    assert_int_equal(
        country_number("select count(*) from intake.held where outcome = 'p' and settled_at is "
                       "null"),
        0);
    assert_int_equal(country_value("numerator", "ENR", "N", "SY2022"), 77);
    country_run();
    assert_int_equal(country_audit().mismatch_count, 0);
}

/* Two lanes that cannot be refreshed: in each round both are tried, whichever is first. A sequence
 * counts the tries, because it does not roll back; the trigger fires always, because a refresh
 * runs as a replica. */
static void test_aggregator_worker__a_failing_lane_does_not_hold_back_the_others(void **state)
{
    int64_t north, south;
    (void) state;
    SKIP_WITHOUT_SERVER();
    scratch_run(
        country_conn,
        "create sequence control.tries_n; create sequence control.tries_s; "
        "create function control.refuse() returns trigger language plpgsql as $$ begin "
        "perform nextval('control.tries_' || (select lower(u.code) from ref.place p join ref.unit "
        "u on u.unit_id = p.lane where p.place_id = new.area_key limit 1)); "
        "raise exception 'refused'; end $$; "
        "create trigger refuse before insert on mart.district_indicator for each row "
        "execute function control.refuse(); "
        "alter table mart.district_indicator enable always trigger refuse");
    country_census(71, "A3", 6, 78);
    country_census(72, "B1", 6, 79);
    run_in_vain();
    north = country_number("select last_value from control.tries_n");
    south = country_number("select last_value from control.tries_s");
    assert_true(north >= 30);
    assert_int_equal(north, south);
    scratch_run(country_conn, "drop function control.refuse() cascade; drop sequence "
                              "control.tries_n; drop sequence control.tries_s");
    country_run();
    assert_int_equal(country_value("numerator", "ENR", "N", "SY2022"), 78);
    assert_int_equal(country_audit().mismatch_count, 0);
}

/* A claim that times out is halved for its own lane alone, and grows again. */
static void test_aggregator_claim__a_timeout_halves_the_lanes_claim(void **state)
{
    struct agg_options options = {.claim_max = 5};
    struct agg_session session;
    (void) state;
    agg_session_init(&session, &options);
    agg_claim_note(&session, 7, true);
    assert_int_equal(agg_claim_limit(&session, 7), 2);
    assert_int_equal(agg_claim_limit(&session, 8), 5);
    agg_claim_note(&session, 8, false);
    agg_claim_note(&session, 7, true);
    agg_claim_note(&session, 7, true);
    assert_int_equal(agg_claim_limit(&session, 7), 1);
    for (int i = 0; i < 3; i++) {
        agg_claim_note(&session, 7, false);
    }
    assert_int_equal(agg_claim_limit(&session, 7), 5);
    agg_session_release(&session);
}

static void test_aggregator_worker__stops_when_asked(void **state)
{
    struct emis_error err;
    (void) state;
    SKIP_WITHOUT_SERVER();
    struct agg_worker *worker = agg_worker_new(&country_options, 0, false);
    agg_worker_stop(worker);
    ASSERT_DONE(agg_worker_run(worker, &err), err);
    agg_worker_free(worker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_aggregator_worker__heals_in_order_and_counts),
        cmocka_unit_test(test_aggregator_worker__a_settled_record_stays_settled),
        cmocka_unit_test(test_aggregator_worker__what_cannot_be_healed_waits),
        cmocka_unit_test(test_aggregator_worker__an_event_moves_a_school),
        cmocka_unit_test(test_aggregator_worker__a_refused_event_stays_open_until_it_can_be),
        cmocka_unit_test(test_aggregator_worker__merge_split_rename_and_close),
        cmocka_unit_test(test_aggregator_worker__a_failing_leaf_is_set_aside),
        cmocka_unit_test(test_aggregator_worker__one_bad_school_does_not_hold_back_a_whole_period),
        cmocka_unit_test(test_aggregator_audit__finds_a_wrong_a_missing_and_a_surplus_row),
        cmocka_unit_test(test_aggregator_periods__opens_what_has_begun),
        cmocka_unit_test(test_aggregator_worker__an_event_the_server_refuses_is_refused),
        cmocka_unit_test(test_aggregator_worker__a_split_keeps_a_known_future),
        cmocka_unit_test(test_aggregator_worker__a_page_of_refused_events_is_not_the_end),
        cmocka_unit_test(test_aggregator_worker__heals_what_a_former_key_signed),
        cmocka_unit_test(test_aggregator_worker__an_alarm_is_cleared_by_its_namesake),
        cmocka_unit_test(test_aggregator_worker__a_failing_chore_does_not_hold_back_the_others),
        cmocka_unit_test(test_aggregator_worker__a_failing_lane_does_not_hold_back_the_others),
        cmocka_unit_test(test_aggregator_claim__a_timeout_halves_the_lanes_claim),
        cmocka_unit_test(test_aggregator_worker__stops_when_asked),
    };
    return cmocka_run_group_tests(tests, country_start, country_stop);
}
