/* SPDX-License-Identifier: Apache-2.0 */
/* Who owns a partition, takeover from an owner frozen in COPY, and what became of a COMMIT without
 * answer. Skips without EMIS_TEST_DSN. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "lib/store/copy.h"
#include "tests/unit/ingest/live.h"

/* An owner that stopped in the middle of its COPY, holding the row. */
static void freeze_in_copy(struct store_connection *conn)
{
    struct emis_error err;
    struct store_params params;
    store_params_init(&params);
    store_params_i16(&params, 0);
    store_params_i16(&params, 1);
    ASSERT_DONE(store_tx_begin(conn, &err), err);
    ASSERT_DONE(store_query_run(conn, "lock_offset", &params, NULL, &err), err);
    ASSERT_DONE(store_copy_start(conn, "copy_ledger", &err), err);
    store_params_release(&params);
}

static bool is_alive(int pid)
{
    char text[128];
    snprintf(text, sizeof text, "select count(*) from pg_stat_activity where pid = %d", pid);
    return live_number(text) == 1;
}

static void test_ingest_owner__log_is_made_once_and_its_partitions_are_frozen(void **state)
{
    struct emis_error err;
    int16_t first = -1, again = -1, other = -1;
    (void) state;
    SKIP_WITHOUT_SERVER();
    struct store_connection *conn = live_connect("emis-ingest w");
    ASSERT_DONE(ingest_owner_find_log(conn, "c2", "t", 6, &first, &err), err);
    ASSERT_DONE(ingest_owner_find_log(conn, "c2", "t", 6, &again, &err), err);
    ASSERT_DONE(ingest_owner_find_log(conn, "c2", "t2", 6, &other, &err), err);
    assert_int_equal(first, again);
    assert_int_not_equal(first, other);
    assert_false(ingest_owner_find_log(conn, "c2", "t", 7, &again, &err));
    assert_int_equal(err.code, E_PREFLIGHT);
    store_connection_free(conn);
}

static void test_ingest_owner__claim_makes_the_row_and_bumps_the_epoch(void **state)
{
    int64_t first, second;
    (void) state;
    SKIP_WITHOUT_SERVER();
    struct store_connection *conn = live_connect("emis-ingest w");
    struct ingest_claim claim = live_claim(conn, 1, &first);
    assert_true(claim.is_claimed);
    assert_int_equal(claim.next_offset, 100);
    assert_false(claim.has_tail);
    scratch_run(live.admin, "update control.kafka_offset set next_offset = 150, tail_sha256 = "
                            "sha256('x'), tail_at = now()");
    claim = live_claim(conn, 1, &second);
    assert_int_equal(claim.next_offset, 150);
    assert_true(claim.has_tail);
    assert_int_equal(second, first + 1);
    assert_int_equal(live_number("select start_offset from control.kafka_offset"), 100);
    store_connection_free(conn);
}

static void test_ingest_owner__takeover_terminates_exactly_the_frozen_owner(void **state)
{
    int64_t epoch, other_epoch;
    (void) state;
    SKIP_WITHOUT_SERVER();
    struct store_connection *frozen = live_connect("emis-ingest v");
    struct store_connection *neighbour = live_connect("emis-ingest u");
    struct store_connection *conn = live_connect("emis-ingest w");
    int frozen_pid = store_connection_backend_pid(frozen);
    int neighbour_pid = store_connection_backend_pid(neighbour);
    (void) live_claim(frozen, 1, &epoch);
    (void) live_claim(neighbour, 2, &other_epoch);
    freeze_in_copy(frozen);
    (void) live_claim(conn, 1, &other_epoch);
    assert_int_equal(other_epoch, epoch + 1);
    assert_false(is_alive(frozen_pid));
    assert_true(is_alive(neighbour_pid));
    store_connection_free(frozen);
    store_connection_free(neighbour);
    store_connection_free(conn);
}

static void test_ingest_owner__owner_that_does_not_block_is_left_alone(void **state)
{
    int64_t epoch;
    struct emis_error err;
    struct ingest_claim claim = {.partition = 1};
    (void) state;
    SKIP_WITHOUT_SERVER();
    struct store_connection *idle = live_connect("emis-ingest v");
    struct store_connection *stranger = live_connect("psql");
    struct store_connection *conn = live_connect("emis-ingest w");
    int idle_pid = store_connection_backend_pid(idle),
        stranger_pid = store_connection_backend_pid(stranger);
    (void) live_claim(idle, 1, &epoch);
    (void) live_claim(conn, 1, &epoch);
    assert_true(is_alive(idle_pid));
    /* Neither the owner, which is idle, nor a stranger who holds the row. */
    (void) live_claim(idle, 1, &epoch);
    freeze_in_copy(stranger);
    assert_false(ingest_owner_claim(conn, 0, "w", &claim, &epoch, &err));
    assert_string_equal(err.sqlstate, "55P03");
    assert_false(claim.is_claimed);
    assert_true(is_alive(idle_pid));
    assert_true(is_alive(stranger_pid));
    store_connection_free(idle);
    store_connection_free(stranger);
    store_connection_free(conn);
}

static enum ingest_owner_verdict settled(struct store_connection *conn, int64_t epoch,
                                         int64_t first, int64_t next, int old_pid)
{
    struct emis_error err;
    enum ingest_owner_verdict verdict;
    ASSERT_DONE(ingest_owner_settle(conn, 0, 1, epoch, first, next, old_pid, "emis-ingest w",
                                    &verdict, &err),
                err);
    return verdict;
}

static void test_ingest_owner__settle_tells_what_became_of_a_commit(void **state)
{
    int64_t epoch;
    (void) state;
    SKIP_WITHOUT_SERVER();
    struct store_connection *conn = live_connect("emis-ingest w");
    (void) live_claim(conn, 1, &epoch);
    assert_int_equal(settled(conn, epoch, 100, 110, 0), INGEST_OWNER_NOT_COMMITTED);
    assert_int_equal(settled(conn, epoch, 90, 100, 0), INGEST_OWNER_COMMITTED);
    assert_int_equal(settled(conn, epoch, 95, 105, 0), INGEST_OWNER_FENCED);
    assert_int_equal(settled(conn, epoch - 1, 100, 110, 0), INGEST_OWNER_FENCED);
    assert_int_equal(settled(conn, epoch - 1, 90, 100, 0), INGEST_OWNER_FENCED);
    store_connection_free(conn);
}

static void test_ingest_owner__settle_terminates_our_own_old_backend(void **state)
{
    int64_t epoch;
    (void) state;
    SKIP_WITHOUT_SERVER();
    struct store_connection *old = live_connect("emis-ingest w");
    struct store_connection *conn = live_connect("emis-ingest w");
    int old_pid = store_connection_backend_pid(old);
    (void) live_claim(old, 1, &epoch);
    freeze_in_copy(old);
    assert_int_equal(settled(conn, epoch, 100, 110, old_pid), INGEST_OWNER_NOT_COMMITTED);
    assert_false(is_alive(old_pid));
    store_connection_free(old);
    store_connection_free(conn);
}

static void test_ingest_owner__settle_does_not_guess_while_a_stranger_holds_the_row(void **state)
{
    int64_t epoch;
    struct emis_error err;
    enum ingest_owner_verdict verdict;
    (void) state;
    SKIP_WITHOUT_SERVER();
    struct store_connection *stranger = live_connect("psql");
    struct store_connection *conn = live_connect("emis-ingest w");
    int stranger_pid = store_connection_backend_pid(stranger);
    (void) live_claim(conn, 1, &epoch);
    freeze_in_copy(stranger);
    /* Not even where it has the pid that our backend had. */
    assert_false(ingest_owner_settle(conn, 0, 1, epoch, 100, 110, stranger_pid, "emis-ingest w",
                                     &verdict, &err));
    assert_int_equal(err.code, E_DB_CONFLICT);
    assert_true(is_alive(stranger_pid));
    store_connection_free(stranger);
    store_connection_free(conn);
}

static void test_ingest_owner__keep_tells_where_our_partitions_stand(void **state)
{
    int64_t epochs[3], next_offsets[3] = {0};
    const int16_t partitions[3] = {1, 2, 3};
    struct emis_error err;
    struct ingest_owner_holding holding = {
        .count = 3, .partitions = partitions, .epochs = epochs, .next_offsets = next_offsets};
    (void) state;
    SKIP_WITHOUT_SERVER();
    struct store_connection *old = live_connect("emis-ingest w");
    struct store_connection *conn = live_connect("emis-ingest w");
    for (int i = 0; i < 3; i++)
        (void) live_claim(old, i + 1, &epochs[i]);
    scratch_run(live.admin, "update control.kafka_offset set next_offset = 120 where part = 1");
    scratch_run(live.admin,
                "update control.kafka_offset set owner_epoch = owner_epoch + 1 where part = 3");
    ASSERT_DONE(ingest_owner_keep(conn, 0, "w", &holding, 0, "emis-ingest w", &err), err);
    assert_int_equal(next_offsets[0], 120);
    assert_int_equal(next_offsets[1], 100);
    assert_int_equal(next_offsets[2], -1);
    char text[128];
    snprintf(text, sizeof text, "select count(*) from control.kafka_offset where owner_pid = %d",
             store_connection_backend_pid(conn));
    assert_int_equal(live_number(text), 2);
    store_connection_free(old);
    store_connection_free(conn);
}

static void test_ingest_owner__keep_terminates_our_own_frozen_backend(void **state)
{
    int64_t epoch, next_offset = 0;
    const int16_t partition = 1;
    struct emis_error err;
    struct ingest_owner_holding holding = {
        .count = 1, .partitions = &partition, .epochs = &epoch, .next_offsets = &next_offset};
    (void) state;
    SKIP_WITHOUT_SERVER();
    struct store_connection *old = live_connect("emis-ingest w");
    struct store_connection *conn = live_connect("emis-ingest w");
    int old_pid = store_connection_backend_pid(old);
    (void) live_claim(old, 1, &epoch);
    freeze_in_copy(old);
    ASSERT_DONE(ingest_owner_keep(conn, 0, "w", &holding, old_pid, "emis-ingest w", &err), err);
    assert_int_equal(next_offset, 100);
    assert_false(is_alive(old_pid));
    store_connection_free(old);
    store_connection_free(conn);
}

#define LIVE(test) cmocka_unit_test_setup(test, live_clean)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LIVE(test_ingest_owner__log_is_made_once_and_its_partitions_are_frozen),
        LIVE(test_ingest_owner__claim_makes_the_row_and_bumps_the_epoch),
        LIVE(test_ingest_owner__takeover_terminates_exactly_the_frozen_owner),
        LIVE(test_ingest_owner__owner_that_does_not_block_is_left_alone),
        LIVE(test_ingest_owner__settle_tells_what_became_of_a_commit),
        LIVE(test_ingest_owner__settle_terminates_our_own_old_backend),
        LIVE(test_ingest_owner__settle_does_not_guess_while_a_stranger_holds_the_row),
        LIVE(test_ingest_owner__keep_tells_where_our_partitions_stand),
        LIVE(test_ingest_owner__keep_terminates_our_own_frozen_backend),
    };
    return cmocka_run_group_tests(tests, live_start, live_stop);
}
