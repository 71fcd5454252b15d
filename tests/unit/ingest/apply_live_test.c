/* SPDX-License-Identifier: Apache-2.0 */
/* One transaction per range: which rows each outcome writes, what fences it, and that a failure
 * leaves nothing. Skips without EMIS_TEST_DSN. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "lib/base/memory.h"
#include "tests/unit/ingest/live.h"

static void assert_empty(void)
{
    assert_int_equal(live_number("select count(*) from intake.ledger"), 0);
    assert_int_equal(live_number("select count(*) from intake.submission"), 0);
    assert_int_equal(live_number("select count(*) from intake.current"), 0);
    assert_int_equal(live_number("select count(*) from core.att_daily_pupil"), 0);
    assert_int_equal(live_number("select count(*) from control.dirty"), 0);
    assert_int_equal(live_number("select next_offset from control.kafka_offset where part = 1"),
                     100);
}

static struct ingest_batch *batch_of_every_outcome(void)
{
    struct ingest_batch *batch = live_batch(1, 100);
    live_add_valid(batch, 1, 2, 20);                         /* a */
    live_add_valid(batch, 2, 1, 10);                         /* s */
    live_add_valid(batch, 1, 2, 20);                         /* d */
    live_add(batch, "S1", "{");                              /* r */
    live_add(batch, "S9", live_value(batch, 3, "S9", 1, 5)); /* p */
    live_add(batch, "S2",
             "{\"submission_id\":\"00000004-0000-4000-8000-000000000000\",\"form\":"
             "\"ATT_DAILY\",\"version\":1,\"unit\":\"S2\",\"period\":\"2025-09-30\","
             "\"shift\":\"morning\",\"revision\":1,\"submitted_at\":"
             "\"2025-09-30T08:10:00Z\",\"sender\":\"s\",\"data\":{}}"); /* a, warned */
    live_add_valid(batch, 5, 2, 21); /* r: the revision with other content */
    return batch;
}

static void check_held(void)
{
    assert_int_equal(live_number("select count(*) from intake.held"), 3);
    assert_int_equal(
        live_number(
            "select count(*) from intake.held where kafka_offset = 103 and outcome = 'r' and "
            "code = 114 and raw = '{'::bytea and record_key = 'S1'::bytea and cause is null "
            "and headers = '\\x0000000b'::bytea || 'traceparent'::bytea || "
            "'\\x00000004'::bytea || '00-1'::bytea and faults like '[{\"code\":%' and "
            "registry_version = 1 and recorded_at = '" LIVE_TIMESTAMP "'"),
        1);
    assert_int_equal(live_number("select count(*) from intake.held where kafka_offset = 104 and "
                                 "outcome = 'p' and code = 190 and cause = 'unit:S9'"),
                     1);
    assert_int_equal(
        live_number("select count(*) from intake.held where kafka_offset = 106 and code "
                    "= 134 and pointer = '/revision' and faults is null"),
        1);
}

static void test_ingest_apply__every_outcome_writes_its_rows(void **state)
{
    struct emis_error err;
    struct live_worker worker;
    struct ingest_batch *batch;
    (void) state;
    SKIP_WITHOUT_SERVER();
    live_worker_init(&worker, 1);
    batch = batch_of_every_outcome();
    ASSERT_DONE(live_apply(&worker, batch, &err), err);
    assert_int_equal(worker.counts.outcomes[0], 2);
    assert_int_equal(worker.counts.outcomes[1], 1);
    assert_int_equal(worker.counts.outcomes[2], 1);
    assert_int_equal(worker.counts.outcomes[3], 2);
    assert_int_equal(worker.counts.outcomes[4], 1);
    assert_int_equal(worker.counts.fact_rows,
                     live_number("select (select count(*) from "
                                 "core.att_daily_pupil) + (select count(*) "
                                 "from core.att_daily_form)"));
    assert_int_equal(
        live_number("select count(*) from intake.ledger where (kafka_offset, outcome) in "
                    "((100, 'a'), (101, 's'), (102, 'd'), (103, 'r'), (104, 'p'), "
                    "(105, 'a'), (106, 'r'))"),
        7);
    assert_int_equal(
        live_number("select count(*) from intake.ledger where (outcome in ('a', 's')) = "
                    "(submission_key is not distinct from (1::bigint << 40) | "
                    "kafka_offset)"),
        7);
    assert_int_equal(live_number("select count(*) from intake.submission"), 3);
    assert_int_equal(live_number("select count(*) from intake.current"), 2);
    assert_int_equal(
        live_number("select submission_key & 255 from intake.current where unit_id = 5"), 100);
    assert_int_equal(live_number("select count(*) from core.att_daily_pupil where unit_id = 5"), 2);
    assert_int_equal(live_number("select count(*) from control.dirty"),
                     2); /* one a key, not a record */
    assert_int_equal(live_number("select count(*) from control.dirty where lane = 2 and unit_id in "
                                 "(5, 6) and period_id = 120250930"),
                     2);
    assert_true(live_number("select count(*) from intake.warning where unit_id = 6") > 0);
    check_held();
    assert_int_equal(live_number("select next_offset from control.kafka_offset where part = 1"),
                     107);
    assert_int_equal(
        live_number("select count(*) from control.kafka_offset o join intake.ledger l on "
                    "l.kafka_offset = 106 where o.tail_sha256 = l.sha256"),
        1);
    ingest_batch_free(batch);
    live_worker_release(&worker);
}

static void test_ingest_apply__existing_current_rows_move_up(void **state)
{
    struct emis_error err;
    struct live_worker worker;
    struct ingest_batch *batch;
    (void) state;
    SKIP_WITHOUT_SERVER();
    live_worker_init(&worker, 1);
    batch = live_batch(1, 100);
    live_add_valid(batch, 1, 2, 20);
    ASSERT_DONE(live_apply(&worker, batch, &err), err);
    ingest_batch_free(batch);
    batch = live_batch(1, 101);
    live_add_valid(batch, 2, 1, 10); /* s */
    live_add_valid(batch, 3, 4, 40); /* a */
    live_add_valid(batch, 4, 3, 30); /* s */
    live_add_valid(batch, 1, 2, 20); /* d: its id is known */
    live_add_valid(batch, 6, 4, 40); /* d: same content */
    ASSERT_DONE(live_apply(&worker, batch, &err), err);
    ingest_batch_free(batch);
    assert_int_equal(
        live_number("select count(*) from intake.ledger where (kafka_offset, outcome) in "
                    "((101, 's'), (102, 'a'), (103, 's'), (104, 'd'), (105, 'd'))"),
        5);
    assert_int_equal(live_number("select count(*) from intake.current where revision = 4 and "
                                 "submission_key & 255 = 102"),
                     1);
    assert_int_equal(live_number("select count(*) from control.dirty"), 2);
    batch = live_batch(1, 106);
    live_add_valid(batch, 7, 1,
                   11); /* only an older one: nothing moves, but a finding may count it */
    ASSERT_DONE(live_apply(&worker, batch, &err), err);
    assert_int_equal(live_number("select revision::bigint from intake.current"), 4);
    assert_int_equal(live_number("select count(*) from control.dirty"), 3);
    ingest_batch_free(batch);
    live_worker_release(&worker);
}

static void test_ingest_apply__second_of_two_owners_is_fenced(void **state)
{
    struct emis_error err;
    struct live_worker first, second;
    struct ingest_batch *batch;
    (void) state;
    SKIP_WITHOUT_SERVER();
    live_worker_init(&first, 1);
    live_worker_init(&second, 1);
    second.apply.epoch = first.apply.epoch = second.apply.epoch; /* even without the epoch */
    batch = live_batch(1, 100);
    live_add_valid(batch, 1, 1, 20);
    live_add_valid(batch, 2, 2, 21);
    ASSERT_DONE(live_apply(&first, batch, &err), err);
    assert_false(live_apply(&second, batch, &err));
    assert_int_equal(err.code, E_FENCED);
    assert_false(store_connection_is_in_tx(second.conn));
    assert_int_equal(live_number("select count(*) from intake.ledger"), 2);
    ingest_batch_free(batch);
    live_worker_release(&first);
    live_worker_release(&second);
}

static void test_ingest_apply__bumped_epoch_is_fenced_before_any_work(void **state)
{
    struct emis_error err;
    struct live_worker worker;
    struct ingest_batch *batch;
    (void) state;
    SKIP_WITHOUT_SERVER();
    live_worker_init(&worker, 1);
    scratch_run(live.admin, "update control.kafka_offset set owner_epoch = owner_epoch + 1");
    /* Any statement behind the fence would fail otherwise: the table is not there. */
    scratch_run(live.admin, "alter table intake.submission rename to gone");
    batch = live_batch(1, 100);
    live_add_valid(batch, 1, 1, 20);
    assert_false(live_apply(&worker, batch, &err));
    assert_int_equal(err.code, E_FENCED);
    scratch_run(live.admin, "alter table intake.gone rename to submission");
    assert_empty();
    ingest_batch_free(batch);
    live_worker_release(&worker);
}

static void test_ingest_apply__moved_registry_writes_nothing(void **state)
{
    struct emis_error err;
    struct live_worker worker;
    struct ingest_batch *batch;
    (void) state;
    SKIP_WITHOUT_SERVER();
    live_worker_init(&worker, 1);
    scratch_run(live.admin, "update ref.version set version = version + 1");
    batch = live_batch(1, 100);
    live_add_valid(batch, 1, 1, 20);
    assert_false(live_apply(&worker, batch, &err));
    assert_int_equal(err.code, E_REGISTRY_MOVED);
    assert_empty();
    scratch_run(live.admin, "update ref.version set version = version - 1");
    ASSERT_DONE(live_apply(&worker, batch, &err), err);
    ingest_batch_free(batch);
    live_worker_release(&worker);
}

static void test_ingest_apply__failure_in_the_last_table_leaves_nothing(void **state)
{
    struct emis_error err;
    struct live_worker worker;
    struct ingest_batch *batch;
    (void) state;
    SKIP_WITHOUT_SERVER();
    live_worker_init(&worker, 1);
    scratch_run(live.admin, "alter table core.att_daily_pupil rename to gone");
    batch = live_batch(1, 100);
    live_add_valid(batch, 1, 1, 20);
    assert_false(live_apply(&worker, batch, &err));
    assert_int_equal(err.code, E_DB_SICK);
    assert_string_equal(err.sqlstate, "42P01");
    scratch_run(live.admin, "alter table core.gone rename to att_daily_pupil");
    assert_empty();
    ASSERT_DONE(live_apply(&worker, batch, &err), err);
    ingest_batch_free(batch);
    live_worker_release(&worker);
}

static void test_ingest_apply__probe_leaves_nothing_and_needs_no_ownership(void **state)
{
    struct emis_error err;
    struct live_worker worker;
    struct ingest_batch *batch;
    (void) state;
    SKIP_WITHOUT_SERVER();
    live_worker_init(&worker, 1);
    batch = live_batch(1, 100);
    live_add_valid(batch, 1, 1, 20);
    ASSERT_DONE(ingest_apply_probe(&worker.apply, batch, 0, 1, &err), err);
    assert_empty();
    ingest_batch_free(batch);
    live_worker_release(&worker);
}

static void test_ingest_apply__same_id_under_two_keys_is_halved(void **state)
{
    struct emis_error err;
    struct live_worker worker;
    struct ingest_batch *batch;
    (void) state;
    SKIP_WITHOUT_SERVER();
    live_worker_init(&worker, 1);
    batch = live_batch(1, 100);
    live_add_valid(batch, 1, 2, 20);
    ASSERT_DONE(live_apply(&worker, batch, &err), err);
    ingest_batch_free(batch);
    batch = live_batch(1, 101);
    live_add_valid(batch, 2, 2, 21); /* r: revision 2 is there with other content */
    char *value = emis_strdup(live_value(batch, 2, "S1", 1, 5));
    memcpy(strstr(value, "morning"), "evening", 7); /* another key, which the first bearer hid */
    live_add(batch, "S1", value);
    assert_false(live_apply(&worker, batch, &err));
    assert_int_equal(err.code, E_DB_TIMEOUT);
    for (size_t i = 0; i < 2; i++)
        ASSERT_DONE(ingest_apply_range(&worker.apply, batch, i, i + 1, &worker.counts, &err), err);
    assert_int_equal(
        live_number("select count(*) from intake.ledger where (kafka_offset, outcome) in "
                    "((101, 'r'), (102, 'a'))"),
        2);
    assert_int_equal(live_number("select count(*) from intake.current"), 2);
    free(value);
    ingest_batch_free(batch);
    live_worker_release(&worker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_ingest_apply__every_outcome_writes_its_rows, live_clean),
        cmocka_unit_test_setup(test_ingest_apply__existing_current_rows_move_up, live_clean),
        cmocka_unit_test_setup(test_ingest_apply__second_of_two_owners_is_fenced, live_clean),
        cmocka_unit_test_setup(test_ingest_apply__bumped_epoch_is_fenced_before_any_work,
                               live_clean),
        cmocka_unit_test_setup(test_ingest_apply__moved_registry_writes_nothing, live_clean),
        cmocka_unit_test_setup(test_ingest_apply__failure_in_the_last_table_leaves_nothing,
                               live_clean),
        cmocka_unit_test_setup(test_ingest_apply__probe_leaves_nothing_and_needs_no_ownership,
                               live_clean),
        cmocka_unit_test_setup(test_ingest_apply__same_id_under_two_keys_is_halved, live_clean),
    };
    return cmocka_run_group_tests(tests, live_start, live_stop);
}
