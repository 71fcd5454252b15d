/* SPDX-License-Identifier: Apache-2.0 */
/* Which record the database refuses: by COPY's line, by bisecting, and only what fails alone and
 * twice. The refusals are made by constraints and triggers of the test. Skips without
 * EMIS_TEST_DSN. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "ingest/poison.h"
#include "tests/unit/ingest/live.h"

/* 8 records of one school, revisions 1 to 8, `present` = 1 to 8. */
static struct ingest_batch *batch_of_eight(void)
{
    struct ingest_batch *batch = live_batch(1, 100);
    for (int i = 1; i <= 8; i++)
        live_add_valid(batch, i, i, i);
    return batch;
}

static int64_t transactions_failed(void)
{
    scratch_run(live.admin, "select pg_stat_clear_snapshot()");
    return live_number("select xact_rollback from pg_stat_database where datname = "
                       "current_database()");
}

/* What the writer does: write, isolate, until the whole batch is in. Returns how many were
 * isolated. */
static int write_all(struct live_worker *worker, struct ingest_batch *batch)
{
    struct emis_error err;
    int isolated = 0;
    while (!live_apply(worker, batch, &err)) {
        size_t index;
        assert_int_equal(err.code, E_DB_DATA);
        ASSERT_DONE(ingest_poison_find(&worker->apply, batch, 0, batch->count, &index, &err), err);
        if (index == SIZE_MAX)
            continue;
        assert_true(++isolated <= 3);
    }
    return isolated;
}

static void assert_only_104_is_held(const char *sqlstate)
{
    char text[256];
    snprintf(
        text, sizeof text,
        "select count(*) from intake.held where kafka_offset = 104 and outcome = 'r' and code = "
        "199 and cause = '%s' and raw is not null",
        sqlstate);
    assert_int_equal(live_number(text), 1);
    assert_int_equal(live_number("select count(*) from intake.held"), 1);
    assert_int_equal(live_number("select count(*) from intake.ledger"), 8);
    assert_int_equal(live_number("select count(*) from intake.ledger where outcome = 'a'"), 7);
    assert_int_equal(live_number("select count(*) from core.att_daily_pupil"), 7);
    assert_int_equal(live_number("select revision::bigint from intake.current"), 8);
}

static void test_ingest_poison__is_found_by_the_line_of_copy(void **state)
{
    struct live_worker worker;
    (void) state;
    SKIP_WITHOUT_SERVER();
    scratch_run(live.admin,
                "alter table core.att_daily_pupil add constraint odd check (present <> 5)");
    live_worker_init(&worker, 1);
    struct ingest_batch *batch = batch_of_eight();
    int64_t before = transactions_failed();
    assert_int_equal(write_all(&worker, batch), 1);
    store_connection_free(worker.conn); /* its statistics are sent */
    worker.conn = NULL;
    scratch_run(live.admin, "alter table core.att_daily_pupil drop constraint odd");
    assert_only_104_is_held("23514");
    assert_in_range(transactions_failed() - before, 0, 3); /* the batch, and it alone twice */
    ingest_batch_free(batch);
    live_worker_release(&worker);
}

static void test_ingest_poison__is_found_by_bisecting(void **state)
{
    struct live_worker worker;
    (void) state;
    SKIP_WITHOUT_SERVER();
    /* Refused by no COPY: by the statement that claims the key. */
    scratch_run(live.admin,
                "create function public.refuse() returns trigger language plpgsql as $$ begin "
                "if new.revision = 5 or new.part_key = 'evening' then raise exception 'odd' using "
                "errcode = '22023'; end if; return new; end $$;"
                "create trigger refuse before insert or update on intake.current for each row "
                "execute function public.refuse()");
    live_worker_init(&worker, 1);
    struct ingest_batch *batch = live_batch(1, 100);
    for (int i = 1; i <= 8; i++) {
        char *value = (char *) (uintptr_t) live_value(batch, i, "S1", i, i);
        if (i == 5)
            memcpy(strstr(value, "morning"), "evening", 7);
        live_add(batch, "S1", value);
    }
    assert_int_equal(write_all(&worker, batch), 1);
    scratch_run(live.admin, "drop trigger refuse on intake.current; drop function public.refuse()");
    assert_only_104_is_held("22023");
    ingest_batch_free(batch);
    live_worker_release(&worker);
}

static void test_ingest_poison__two_in_a_batch_are_both_found(void **state)
{
    struct live_worker worker;
    (void) state;
    SKIP_WITHOUT_SERVER();
    scratch_run(
        live.admin,
        "alter table core.att_daily_pupil add constraint odd check (present not in (2, 8))");
    live_worker_init(&worker, 1);
    struct ingest_batch *batch = batch_of_eight();
    assert_int_equal(write_all(&worker, batch), 2);
    scratch_run(live.admin, "alter table core.att_daily_pupil drop constraint odd");
    assert_int_equal(
        live_number("select count(*) from intake.held where kafka_offset in (101, 107)"), 2);
    assert_int_equal(live_number("select revision::bigint from intake.current"), 7);
    ingest_batch_free(batch);
    live_worker_release(&worker);
}

static void test_ingest_poison__what_passes_at_another_try_is_not_rejected(void **state)
{
    struct live_worker worker;
    (void) state;
    SKIP_WITHOUT_SERVER();
    /* Refused in two transactions: the batch's and the first in which it is alone. */
    scratch_run(
        live.admin,
        "create sequence public.tries;"
        "create function public.refuse() returns trigger language plpgsql as $$ begin "
        "if new.present = 5 and nextval('public.tries') <= 2 then raise exception 'odd' using "
        "errcode = '22023'; end if; return new; end $$;"
        "create trigger refuse before insert on core.att_daily_pupil for each row execute "
        "function public.refuse()");
    live_worker_init(&worker, 1);
    struct ingest_batch *batch = batch_of_eight();
    assert_int_equal(write_all(&worker, batch), 0);
    scratch_run(live.admin, "drop trigger refuse on core.att_daily_pupil; drop function "
                            "public.refuse(); drop sequence public.tries");
    assert_int_equal(live_number("select count(*) from intake.ledger where outcome = 'a'"), 8);
    assert_int_equal(live_number("select count(*) from intake.held"), 0);
    ingest_batch_free(batch);
    live_worker_release(&worker);
}

/* The text of a verdict can be what is refused: then it is not written. */
static void test_ingest_poison__held_record_with_a_refused_text_gets_in(void **state)
{
    struct live_worker worker;
    (void) state;
    SKIP_WITHOUT_SERVER();
    scratch_run(
        live.admin,
        "alter table intake.held add constraint odd check (faults is null and code <> 114)");
    live_worker_init(&worker, 1);
    struct ingest_batch *batch = live_batch(1, 100);
    live_add_valid(batch, 1, 1, 1);
    live_add(batch, "S1", "{");
    assert_int_equal(write_all(&worker, batch), 1);
    scratch_run(live.admin, "alter table intake.held drop constraint odd");
    assert_int_equal(live_number("select count(*) from intake.held where code = 199 and cause = "
                                 "'23514' and pointer = '' and raw = '{'::bytea"),
                     1);
    assert_int_equal(live_number("select count(*) from intake.ledger"), 2);
    ingest_batch_free(batch);
    live_worker_release(&worker);
}

/* Whatever is written of it is refused: it is blamed once, then the caller has to wait. */
static void test_ingest_poison__is_not_blamed_twice(void **state)
{
    struct emis_error err;
    struct live_worker worker;
    size_t index;
    (void) state;
    SKIP_WITHOUT_SERVER();
    scratch_run(live.admin, "alter table intake.held add constraint odd check (code = 0)");
    live_worker_init(&worker, 1);
    struct ingest_batch *batch = live_batch(1, 100);
    live_add_valid(batch, 1, 1, 1);
    live_add(batch, "S1", "{");
    assert_false(live_apply(&worker, batch, &err));
    ASSERT_DONE(ingest_poison_find(&worker.apply, batch, 0, 2, &index, &err), err);
    assert_int_equal(index, 1);
    assert_false(live_apply(&worker, batch, &err));
    ASSERT_DONE(ingest_poison_find(&worker.apply, batch, 0, 2, &index, &err), err);
    assert_int_equal(index, SIZE_MAX);
    scratch_run(live.admin, "alter table intake.held drop constraint odd");
    ingest_batch_free(batch);
    live_worker_release(&worker);
}

static void test_ingest_poison__sick_database_blames_nobody(void **state)
{
    struct emis_error err;
    struct live_worker worker;
    size_t index;
    (void) state;
    SKIP_WITHOUT_SERVER();
    scratch_run(live.admin,
                "alter table core.att_daily_pupil add constraint odd check (present <> 5)");
    live_worker_init(&worker, 1);
    struct ingest_batch *batch = batch_of_eight();
    assert_false(live_apply(&worker, batch, &err));
    scratch_run(live.admin, "alter table intake.submission rename to gone");
    assert_false(ingest_poison_find(&worker.apply, batch, 0, 8, &index, &err));
    assert_int_equal(err.code, E_DB_SICK);
    for (size_t i = 0; i < 8; i++)
        assert_int_equal(batch->items[i].poison, EMIS_OK);
    scratch_run(live.admin, "alter table intake.gone rename to submission;"
                            "alter table core.att_daily_pupil drop constraint odd");
    ingest_batch_free(batch);
    live_worker_release(&worker);
}

#define LIVE(test) cmocka_unit_test_setup(test, live_clean)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LIVE(test_ingest_poison__is_found_by_the_line_of_copy),
        LIVE(test_ingest_poison__is_found_by_bisecting),
        LIVE(test_ingest_poison__two_in_a_batch_are_both_found),
        LIVE(test_ingest_poison__what_passes_at_another_try_is_not_rejected),
        LIVE(test_ingest_poison__held_record_with_a_refused_text_gets_in),
        LIVE(test_ingest_poison__is_not_blamed_twice),
        LIVE(test_ingest_poison__sick_database_blames_nobody),
    };
    return cmocka_run_group_tests(tests, live_start, live_stop);
}
