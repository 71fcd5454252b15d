/* SPDX-License-Identifier: Apache-2.0 */
/* The writing thread against a real server that is slow, sick, gone, gone back or silent at COMMIT;
 * the test is the polling thread. Skips without EMIS_TEST_DSN. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>

#include "ingest/stats.h"
#include "ingest/writer.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "tests/unit/ingest/live.h"
#include "tests/unit/ingest/proxy.h"

#define NAME    "emis-ingest w"
#define SOON_MS 8000

struct fixture {
    struct ingest_exchange *exchange;
    struct ingest_writer_options options;
    struct ingest_writer *writer;
    pthread_t thread;
    struct proxy proxy;
    char proxy_dsn[sizeof scratch_dsn + 64];
};

static void *run(void *context)
{
    ingest_writer_run(((struct fixture *) context)->writer);
    return NULL;
}

/* The server of the admin's connection, through the proxy. */
static void through_proxy(struct fixture *fixture)
{
    struct emis_error err;
    struct store_result *result;
    store_connection_register_dynamic(
        live.admin, "where_am_i",
        "select coalesce(host(inet_server_addr()), split_part(current_setting("
        "'unix_socket_directories'), ',', 1)), current_setting('port')::int, current_user::text, "
        "current_database()::text");
    ASSERT_DONE(store_query_run(live.admin, "where_am_i", NULL, &result, &err), err);
    proxy_start(&fixture->proxy, store_result_text(result, 0, 0), store_result_i32(result, 0, 1));
    snprintf(fixture->proxy_dsn, sizeof fixture->proxy_dsn,
             "host=127.0.0.1 port=%d user=%s dbname=%s sslmode=disable gssencmode=disable",
             fixture->proxy.port, store_result_text(result, 0, 2), store_result_text(result, 0, 3));
    fixture->options.dsn = fixture->proxy_dsn;
    store_result_free(result);
}

static void start(struct fixture *fixture, int64_t statement_timeout_ms, bool is_proxied)
{
    struct emis_error err;
    *fixture = (struct fixture){.exchange = ingest_exchange_new()};
    fixture->options = (struct ingest_writer_options){.dsn = scratch_dsn,
                                                      .worker_name = "w",
                                                      .cluster_id = "c",
                                                      .topic = "t",
                                                      .partition_count = 8,
                                                      .rules = &live.rules,
                                                      .statement_timeout_ms = statement_timeout_ms,
                                                      .lock_timeout_ms = 300,
                                                      .probe_ms_max = 200,
                                                      .version = "0",
                                                      .host = "h"};
    if (is_proxied)
        through_proxy(fixture);
    ASSERT_DONE(ingest_writer_new(&fixture->options, fixture->exchange, &fixture->writer, &err),
                err);
    assert_int_equal(pthread_create(&fixture->thread, NULL, run, fixture), 0);
}

/* Within what the process has before it is killed. */
static void stop(struct fixture *fixture)
{
    int64_t began_ms = emis_clock_monotonic_ms();
    ingest_exchange_stop(fixture->exchange);
    assert_int_equal(pthread_join(fixture->thread, NULL), 0);
    assert_true(emis_clock_monotonic_ms() - began_ms < 5000);
    ingest_writer_free(fixture->writer);
    ingest_exchange_free(fixture->exchange);
    if (fixture->options.dsn == fixture->proxy_dsn)
        proxy_stop(&fixture->proxy);
}

static void claim(struct fixture *fixture, int32_t partition, int64_t expected)
{
    struct ingest_claim claim = {.partition = partition, .low_offset = 100};
    assert_true(ingest_exchange_claim(fixture->exchange, &claim, 1, SOON_MS));
    assert_int_equal(claim.next_offset, expected);
}

static void submit(struct fixture *fixture, int32_t partition, int64_t first_offset, int count)
{
    struct ingest_batch *batch = live_batch(partition, first_offset);
    for (int i = 0; i < count; i++) {
        int id = (int) first_offset * 100 + partition * 100000 + i;
        live_add(batch, i % 2 == 0 ? "S1" : "S2",
                 live_value(batch, id, i % 2 == 0 ? "S1" : "S2", (int) first_offset + i, i));
    }
    ingest_exchange_submit(fixture->exchange, batch);
}

/* The next event within timeout_ms; false: none came. */
static bool next_event(struct fixture *fixture, int64_t timeout_ms, struct ingest_event *ret_event)
{
    int64_t end_ms = emis_clock_monotonic_ms() + timeout_ms;
    while (!ingest_exchange_next_event(fixture->exchange, ret_event)) {
        if (emis_clock_monotonic_ms() > end_ms)
            return false;
        usleep(2000);
    }
    return true;
}

static void await_committed(struct fixture *fixture, int32_t partition, int64_t next_offset)
{
    struct ingest_event event = {.next_offset = 0};
    while (event.partition != partition || event.next_offset < next_offset) {
        if (!next_event(fixture, SOON_MS, &event))
            fail_msg("partition %d did not come to %lld", partition, (long long) next_offset);
        assert_int_equal(event.kind, INGEST_EVENT_COMMITTED);
    }
    assert_int_equal(event.next_offset, next_offset);
}

static void await_event(struct fixture *fixture, enum ingest_event_kind kind, int32_t partition)
{
    struct ingest_event event;
    assert_true(next_event(fixture, SOON_MS, &event));
    assert_int_equal(event.kind, kind);
    assert_int_equal(event.partition, partition);
    assert_true(kind != INGEST_EVENT_PAUSED ||
                (event.wait_ms > 0 && event.wait_ms <= fixture->options.probe_ms_max));
}

static void await_fenced(struct fixture *fixture, int32_t partition)
{
    await_event(fixture, INGEST_EVENT_FENCED, partition);
}

static void await_paused(struct fixture *fixture, int32_t partition)
{
    await_event(fixture, INGEST_EVENT_PAUSED, partition);
}

/* Until the query gives 1. */
static void await_true(const char *text)
{
    int64_t end_ms = emis_clock_monotonic_ms() + SOON_MS;
    while (live_number(text) != 1) {
        if (emis_clock_monotonic_ms() > end_ms)
            fail_msg("did not come true: %s", text);
        usleep(5000);
    }
}

static int64_t ledger_count(void)
{
    return live_number("select count(*) from intake.ledger");
}

static void test_ingest_writer__sick_database_pauses_and_resumes(void **state)
{
    struct fixture fixture;
    (void) state;
    SKIP_WITHOUT_SERVER();
    start(&fixture, 20000, false);
    claim(&fixture, 1, 100);
    scratch_run(live.admin, "alter table core.att_daily_pupil rename to gone");
    submit(&fixture, 1, 100, 4);
    await_paused(&fixture, 1);
    await_true(
        "select count(*) from control.alarm where alarm_key = 'partition 0/1' and code = 10 and "
        "cleared_at is null");
    claim(&fixture, 1, 100);
    submit(&fixture, 1, 100, 4);
    await_paused(&fixture, 1);
    await_true("select count(*) from control.alarm where seen_at > raised_at"); /* tried again */
    assert_int_equal(ingest_stats.paused.value, 1);
    assert_int_equal(ledger_count(), 0);
    scratch_run(live.admin, "alter table core.gone rename to att_daily_pupil");
    claim(&fixture, 1, 100);
    submit(&fixture, 1, 100, 4);
    await_committed(&fixture, 1, 104);
    await_true("select count(*) from control.alarm where cleared_at is not null");
    assert_int_equal(ingest_stats.paused.value, 0);
    assert_int_equal(live_number("select count(*) from intake.held"), 0);
    stop(&fixture);
}

/* A partition whose form has no table yet: its batches are dropped, and another partition, which
 * does not need the table, goes on at once. */
static void test_ingest_writer__paused_partition_does_not_hold_back_others(void **state)
{
    struct fixture fixture;
    struct ingest_event event;
    struct ingest_batch *other = live_batch(2, 100);
    (void) state;
    SKIP_WITHOUT_SERVER();
    live_add(other, "S1", "{");
    start(&fixture, 20000, false);
    claim(&fixture, 1, 100);
    claim(&fixture, 2, 100);
    scratch_run(live.admin, "alter table core.att_daily_pupil rename to gone");
    submit(&fixture, 1, 100, 4);
    submit(&fixture, 1, 104, 4);
    ingest_exchange_submit(fixture.exchange, other);
    await_paused(&fixture, 1);
    await_committed(&fixture, 2, 101);
    assert_false(next_event(&fixture, 500, &event));
    assert_int_equal(ingest_stats.paused.value, 1);
    assert_int_equal(ingest_exchange_bytes(fixture.exchange), 0);
    scratch_run(live.admin, "alter table core.gone rename to att_daily_pupil");
    assert_int_equal(ledger_count(), 1);
    stop(&fixture);
    ingest_stats.paused.value = 0;
}

/* A try after a pause begins where the last one ended, not with the whole batch. */
static void test_ingest_writer__pause_remembers_how_small_the_last_try_was(void **state)
{
    struct fixture fixture;
    int64_t began_ms, first_ms;
    (void) state;
    SKIP_WITHOUT_SERVER();
    scratch_run(live.admin,
                "create function public.dawdle() returns trigger language plpgsql as $$ "
                "begin perform pg_sleep(5); return new; end $$;"
                "create trigger dawdle before insert on intake.ledger for each row execute "
                "function public.dawdle()");
    start(&fixture, 350, false);
    claim(&fixture, 1, 100);
    began_ms = emis_clock_monotonic_ms();
    submit(&fixture, 1, 100, 8);
    await_paused(&fixture, 1);
    first_ms = emis_clock_monotonic_ms() - began_ms;
    claim(&fixture, 1, 100);
    began_ms = emis_clock_monotonic_ms();
    submit(&fixture, 1, 100, 8);
    await_paused(&fixture, 1);
    assert_true((emis_clock_monotonic_ms() - began_ms) * 2 < first_ms);
    scratch_run(live.admin, "drop trigger dawdle on intake.ledger; drop function public.dawdle()");
    claim(&fixture, 1, 100);
    submit(&fixture, 1, 100, 8);
    await_committed(&fixture, 1, 108);
    stop(&fixture);
}

/* The position was set back and the rows were not: nothing is written twice, a person is told, and
 * the repair of the README lets it go on. */
static void test_ingest_writer__rows_ahead_of_the_position_raise_an_alarm(void **state)
{
    struct fixture fixture;
    (void) state;
    SKIP_WITHOUT_SERVER();
    start(&fixture, 20000, false);
    claim(&fixture, 1, 100);
    submit(&fixture, 1, 100, 4);
    await_committed(&fixture, 1, 104);
    scratch_run(live.admin, "update control.kafka_offset set next_offset = 101 where part = 1");
    claim(&fixture, 1, 101);
    submit(&fixture, 1, 101, 3);
    await_paused(&fixture, 1);
    await_true("select count(*) from control.alarm where alarm_key = 'partition 0/1' and code = 27 "
               "and cleared_at is null and message like '%0/1 from its position 101 on%'");
    assert_int_equal(ledger_count(), 4);
    assert_int_equal(live_number("select count(*) from intake.submission"), 4);
    scratch_run(live.admin,
                "update control.kafka_offset o set next_offset = l.kafka_offset + 1, tail_sha256 = "
                "l.sha256, tail_at = l.received_at from (select * from intake.ledger where log_no "
                "= 0 and part = 1 order by kafka_offset desc limit 1) l where o.log_no = l.log_no "
                "and o.part = l.part");
    claim(&fixture, 1, 104);
    submit(&fixture, 1, 104, 1);
    await_committed(&fixture, 1, 105);
    await_true("select count(*) from control.alarm where cleared_at is not null");
    stop(&fixture);
}

static void test_ingest_writer__alarm_of_a_former_owner_is_cleared(void **state)
{
    struct fixture fixture;
    (void) state;
    SKIP_WITHOUT_SERVER();
    scratch_run(live.admin,
                "insert into control.alarm (alarm_key, code, message, raised_at, seen_at) "
                "values ('partition 0/1', 10, '', now(), now()), ('partition 0/2', 10, '', "
                "now(), now())");
    start(&fixture, 20000, false);
    claim(&fixture, 1, 100);
    claim(&fixture, 2, 100);
    submit(&fixture, 1, 100, 1);
    await_committed(&fixture, 1, 101);
    await_true("select count(*) from control.alarm where cleared_at is not null");
    assert_int_equal(
        live_number("select count(*) from control.alarm where alarm_key = 'partition 0/2' "
                    "and cleared_at is null"),
        1); /* nobody has written there yet */
    stop(&fixture);
}

static void test_ingest_writer__release_ends_the_pause(void **state)
{
    struct fixture fixture;
    const int32_t partitions[] = {1};
    int64_t began_ms;
    (void) state;
    SKIP_WITHOUT_SERVER();
    start(&fixture, 20000, false);
    claim(&fixture, 1, 100);
    scratch_run(live.admin, "alter table core.att_daily_pupil rename to gone");
    submit(&fixture, 1, 100, 4);
    submit(&fixture, 1, 104, 4);
    await_true("select count(*) from control.alarm where cleared_at is null");
    assert_int_equal(ingest_stats.paused.value, 1);
    began_ms = emis_clock_monotonic_ms();
    ingest_exchange_release(fixture.exchange, partitions, 1, SOON_MS);
    assert_true(emis_clock_monotonic_ms() - began_ms < 3000);
    scratch_run(live.admin, "alter table core.gone rename to att_daily_pupil");
    claim(&fixture, 1, 100); /* behind both batches: neither was written after the release */
    assert_int_equal(ledger_count(), 0);
    assert_int_equal(ingest_stats.paused.value, 0);
    stop(&fixture);
}

static void test_ingest_writer__stops_in_the_middle_of_a_pause(void **state)
{
    struct fixture fixture;
    (void) state;
    SKIP_WITHOUT_SERVER();
    start(&fixture, 20000, false);
    claim(&fixture, 1, 100);
    scratch_run(live.admin, "alter table core.att_daily_pupil rename to gone");
    submit(&fixture, 1, 100, 4);
    await_true("select count(*) from control.alarm where cleared_at is null");
    stop(&fixture);
    ingest_stats.paused.value = 0;
    scratch_run(live.admin, "alter table core.gone rename to att_daily_pupil");
    assert_int_equal(live_number("select count(*) from control.worker where state = 'stopped'"), 1);
}

static void test_ingest_writer__statement_timeout_halves(void **state)
{
    struct fixture fixture;
    (void) state;
    SKIP_WITHOUT_SERVER();
    scratch_run(live.admin,
                "create function public.dawdle() returns trigger language plpgsql as $$ "
                "begin perform pg_sleep(0.1); return new; end $$;"
                "create trigger dawdle before insert on intake.ledger for each row execute "
                "function public.dawdle()");
    start(&fixture, 350, false);
    claim(&fixture, 1, 100);
    submit(&fixture, 1, 100, 8);
    await_committed(&fixture, 1, 108);
    stop(&fixture);
    scratch_run(live.admin, "drop trigger dawdle on intake.ledger; drop function public.dawdle()");
    assert_int_equal(ledger_count(), 8);
    assert_true(live_number("select count(distinct xmin::text) from intake.ledger") > 1);
    assert_int_equal(live_number("select count(*) from control.alarm"), 0);
}

static void test_ingest_writer__poison_goes_alone(void **state)
{
    struct fixture fixture;
    (void) state;
    SKIP_WITHOUT_SERVER();
    scratch_run(live.admin,
                "alter table core.att_daily_pupil add constraint odd check (present <> 2)");
    start(&fixture, 20000, false);
    claim(&fixture, 1, 100);
    submit(&fixture, 1, 100, 5);
    await_committed(&fixture, 1, 105);
    stop(&fixture);
    scratch_run(live.admin, "alter table core.att_daily_pupil drop constraint odd");
    assert_int_equal(
        live_number("select count(*) from intake.held where code = 199 and cause = '23514' "
                    "and kafka_offset = 102"),
        1);
    assert_int_equal(ledger_count(), 5);
}

static void test_ingest_writer__fenced_batch_is_told_and_the_next_dropped(void **state)
{
    struct fixture fixture;
    struct ingest_event event;
    (void) state;
    SKIP_WITHOUT_SERVER();
    start(&fixture, 20000, false);
    claim(&fixture, 1, 100);
    scratch_run(live.admin, "update control.kafka_offset set owner_epoch = owner_epoch + 1");
    submit(&fixture, 1, 100, 2);
    submit(&fixture, 1, 102, 2);
    await_fenced(&fixture, 1);
    claim(&fixture, 1, 100);
    assert_false(next_event(&fixture, 0, &event)); /* fenced once */
    submit(&fixture, 1, 100, 2);
    await_committed(&fixture, 1, 102);
    stop(&fixture);
}

static void test_ingest_writer__registry_that_moved_under_queued_batches(void **state)
{
    struct fixture fixture;
    (void) state;
    SKIP_WITHOUT_SERVER();
    start(&fixture, 20000, false);
    claim(&fixture, 1, 100);
    struct ingest_batch *batch = live_batch(1, 100); /* parked as judged now */
    live_add(batch, "S3", live_value(batch, 1, "S3", 1, 5));
    assert_int_equal(batch->items[0].submission.verdict, SUBMISSION_PARKED);
    scratch_run(
        live.admin,
        "insert into ref.unit (code, level_no, since_version) values ('S3', 4, 2);"
        "insert into ref.place (place_id, unit_id, parent_place_id, lane, level_no, path, name, "
        "valid_from, since_version) select 100, unit_id, 4, 2, 4, '{1,2,3,4,100}', 's', "
        "'2000-01-01', 2 from ref.unit where code = 'S3'; update ref.version set version = 2");
    ingest_exchange_submit(fixture.exchange, batch);
    submit(&fixture, 1, 101, 2);
    await_committed(&fixture, 1, 103);
    stop(&fixture);
    assert_int_equal(live_number("select count(*) from intake.ledger where outcome = 'a'"), 3);
    scratch_run(live.admin,
                "delete from ref.place where place_id = 100; delete from ref.unit where code "
                "= 'S3'; update ref.version set version = 1");
}

/* A restored database counts its versions anew: the same number may mean another registry. */
static void test_ingest_writer__knowledge_is_read_again_after_a_reconnect(void **state)
{
    struct fixture fixture;
    (void) state;
    SKIP_WITHOUT_SERVER();
    start(&fixture, 20000, false);
    claim(&fixture, 1, 100);
    struct ingest_batch *batch = live_batch(1, 100);
    live_add(batch, "S3", live_value(batch, 1, "S3", 1, 5));
    scratch_run(
        live.admin,
        "insert into ref.unit (code, level_no, since_version) values ('S3', 4, 1);"
        "insert into ref.place (place_id, unit_id, parent_place_id, lane, level_no, path, name, "
        "valid_from, since_version) select 100, unit_id, 4, 2, 4, '{1,2,3,4,100}', 's', "
        "'2000-01-01', 1 from ref.unit where code = 'S3'");
    scratch_run(live.admin, "select pg_terminate_backend(pid, 3000) from pg_stat_activity where "
                            "application_name = '" NAME "'");
    ingest_exchange_submit(fixture.exchange, batch);
    await_committed(&fixture, 1, 101);
    stop(&fixture);
    assert_int_equal(live_number("select count(*) from intake.ledger where outcome = 'a'"), 1);
    scratch_run(
        live.admin,
        "delete from ref.place where place_id = 100; delete from ref.unit where code = 'S3'");
}

/* Promoted or restored: the position went back, and no record comes that would show it. */
static void test_ingest_writer__partition_that_went_back_is_read_again(void **state)
{
    struct fixture fixture;
    (void) state;
    SKIP_WITHOUT_SERVER();
    start(&fixture, 20000, false);
    claim(&fixture, 1, 100);
    claim(&fixture, 2, 100);
    submit(&fixture, 1, 100, 4);
    submit(&fixture, 2, 100, 4);
    await_committed(&fixture, 2, 104);
    scratch_run(live.admin, "update control.kafka_offset set next_offset = 102 where part = 1");
    scratch_run(live.admin, "select pg_terminate_backend(pid, 3000) from pg_stat_activity where "
                            "application_name = '" NAME "'");
    await_fenced(&fixture, 1);
    claim(&fixture, 1, 102);
    submit(&fixture, 2, 104, 1); /* the other one stands where it was left */
    await_committed(&fixture, 2, 105);
    stop(&fixture);
}

static void commit_that_is_cut(enum proxy_cut cut)
{
    struct fixture fixture;
    struct ingest_event event;
    start(&fixture, 20000, true);
    claim(&fixture, 1, 100);
    submit(&fixture, 1, 100, 2);
    await_committed(&fixture, 1, 102);
    atomic_store(&fixture.proxy.cut, cut);
    submit(&fixture, 1, 102, 3);
    submit(&fixture, 1, 105, 3);
    /* The old backend, which nothing ends for 10 s, holds the row: it is terminated by pid. */
    await_committed(&fixture, 1, 105);
    await_committed(&fixture, 1, 108);
    assert_false(next_event(&fixture, 0, &event));
    assert_int_equal(atomic_load(&fixture.proxy.cut), PROXY_WHOLE); /* it did happen */
    stop(&fixture);
    assert_int_equal(ledger_count(), 8);
    assert_int_equal(live_number("select count(*) from intake.submission"), 8);
    assert_int_equal(live_number("select next_offset from control.kafka_offset where part = 1"),
                     108);
}

static void test_ingest_writer__commit_that_did_not_arrive_is_repeated(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    commit_that_is_cut(PROXY_CUT_BEFORE_COMMIT);
}

static void test_ingest_writer__commit_whose_answer_is_lost_is_not_repeated(void **state)
{
    (void) state;
    SKIP_WITHOUT_SERVER();
    commit_that_is_cut(PROXY_CUT_AFTER_COMMIT);
}

/* Nothing answers: the polling thread gets its claim back, and the process stops in time. */
static void test_ingest_writer__claim_without_database_is_given_up(void **state)
{
    struct fixture fixture;
    struct ingest_claim claims[1] = {{.partition = 1, .low_offset = 100}};
    int64_t began_ms = emis_clock_monotonic_ms();
    (void) state;
    SKIP_WITHOUT_SERVER();
    start(&fixture, 20000, false);
    scratch_run(live.admin, "alter table control.kafka_offset rename to gone");
    assert_false(ingest_exchange_claim(fixture.exchange, claims, 1, 500));
    assert_true(emis_clock_monotonic_ms() - began_ms < 5000);
    scratch_run(live.admin, "alter table control.gone rename to kafka_offset");
    claim(&fixture, 1, 100);
    stop(&fixture);
}

#define LIVE(test) cmocka_unit_test_setup(test, live_clean)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LIVE(test_ingest_writer__sick_database_pauses_and_resumes),
        LIVE(test_ingest_writer__paused_partition_does_not_hold_back_others),
        LIVE(test_ingest_writer__pause_remembers_how_small_the_last_try_was),
        LIVE(test_ingest_writer__rows_ahead_of_the_position_raise_an_alarm),
        LIVE(test_ingest_writer__alarm_of_a_former_owner_is_cleared),
        LIVE(test_ingest_writer__release_ends_the_pause),
        LIVE(test_ingest_writer__stops_in_the_middle_of_a_pause),
        LIVE(test_ingest_writer__statement_timeout_halves),
        LIVE(test_ingest_writer__poison_goes_alone),
        LIVE(test_ingest_writer__fenced_batch_is_told_and_the_next_dropped),
        LIVE(test_ingest_writer__registry_that_moved_under_queued_batches),
        LIVE(test_ingest_writer__knowledge_is_read_again_after_a_reconnect),
        LIVE(test_ingest_writer__partition_that_went_back_is_read_again),
        LIVE(test_ingest_writer__commit_that_did_not_arrive_is_repeated),
        LIVE(test_ingest_writer__commit_whose_answer_is_lost_is_not_repeated),
        LIVE(test_ingest_writer__claim_without_database_is_given_up),
    };
    return cmocka_run_group_tests(tests, live_start, live_stop);
}
