/* SPDX-License-Identifier: Apache-2.0 */
/* The outcome of each record beside the others: revisions in every order, repetitions, conflicts,
 * and what the database already has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "lib/submission/decide.h"
#include "lib/base/arena.h"

#define RECORDS_MAX 16

static const struct catalogue_form form = {.number = 3, .code = "ATT_DAILY", .version = 1};
static const struct registry_unit unit = {.unit_id = 77, .code = "S1"};
static const struct registry_unit other_unit = {.unit_id = 78, .code = "S2"};
static const struct registry_period period = {.period_id = 120220307};

struct fixture {
    struct emis_arena *arena;
    struct submission submissions[RECORDS_MAX];
    struct submission_decide_item items[RECORDS_MAX];
    size_t count;
};

static int set_up(void **state)
{
    struct fixture *fixture = test_calloc(1, sizeof(*fixture));

    fixture->arena = emis_arena_new(4096);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    emis_arena_free(fixture->arena);
    test_free(fixture);
    return 0;
}

/* A valid submission: id, revision and content are single bytes; the bytes of the record are told
 * apart by id and content. */
static struct submission *add(struct fixture *fixture, uint8_t id, int32_t revision,
                              uint8_t content, bool is_retract)
{
    struct submission *submission = &fixture->submissions[fixture->count];

    *submission = (struct submission){.verdict = SUBMISSION_VALID,
                                      .form = &form,
                                      .unit = &unit,
                                      .period = &period,
                                      .part_key = "full",
                                      .revision = revision,
                                      .is_retract = is_retract,
                                      .submission_key = (int64_t) (100 + fixture->count)};
    submission->submission_id[0] = id;
    submission->content_sha256[0] = is_retract ? 0 : content;
    submission->value_sha256[0] = id;
    submission->value_sha256[1] = content;
    submission->value_sha256[2] = (uint8_t) revision;
    fixture->items[fixture->count++] = (struct submission_decide_item){.submission = submission};
    return submission;
}

static struct submission_decide *decide_fresh(struct fixture *fixture)
{
    struct submission_decide *decide =
        submission_decide_new(fixture->arena, fixture->items, fixture->count);

    submission_decide_propose(decide);
    submission_decide_settle(decide);
    return decide;
}

static void assert_outcomes(const struct submission_decide *decide, const char *letters)
{
    char actual[RECORDS_MAX + 1] = "";

    for (size_t i = 0; i < decide->count; i++) {
        actual[i] = (char) decide->outcomes[i].outcome;
    }
    assert_string_equal(actual, letters);
}

static void test_submission_decide__every_order_ends_the_same(void **state)
{
    static const int orders[24][4] = {
        {1, 2, 3, 4}, {1, 2, 4, 3}, {1, 3, 2, 4}, {1, 3, 4, 2}, {1, 4, 2, 3}, {1, 4, 3, 2},
        {2, 1, 3, 4}, {2, 1, 4, 3}, {2, 3, 1, 4}, {2, 3, 4, 1}, {2, 4, 1, 3}, {2, 4, 3, 1},
        {3, 1, 2, 4}, {3, 1, 4, 2}, {3, 2, 1, 4}, {3, 2, 4, 1}, {3, 4, 1, 2}, {3, 4, 2, 1},
        {4, 1, 2, 3}, {4, 1, 3, 2}, {4, 2, 1, 3}, {4, 2, 3, 1}, {4, 3, 1, 2}, {4, 3, 2, 1}};
    struct fixture *fixture = *state;

    for (size_t order = 0; order < 24; order++) {
        struct submission_decide *decide;

        fixture->count = 0;
        for (size_t i = 0; i < 4; i++) {
            int revision = orders[order][i];

            (void) add(fixture, (uint8_t) revision, revision, (uint8_t) (revision * 10),
                       revision == 4);
        }
        decide = decide_fresh(fixture);
        assert_int_equal(decide->key_count, 1);
        assert_int_equal(decide->keys[0].current.revision, 4);
        assert_true(decide->keys[0].current.is_retract);
        assert_true(decide->keys[0].is_changed);
        assert_false(decide->keys[0].is_moved); /* it was new: the proposed row stands */
        assert_memory_equal(&decide->keys[0].current, &decide->keys[0].proposed,
                            sizeof(decide->keys[0].current));
    }
}

static void test_submission_decide__outcomes_in_kafka_order(void **state)
{
    struct fixture *fixture = *state;

    (void) add(fixture, 1, 2, 20, false);
    (void) add(fixture, 2, 1, 10, false); /* older */
    (void) add(fixture, 3, 2, 20, false); /* equal, same content */
    (void) add(fixture, 4, 2, 21, false); /* equal, other content */
    (void) add(fixture, 5, 3, 30, false);
    assert_outcomes(decide_fresh(fixture), "asdra");
}

static void test_submission_decide__same_id(void **state)
{
    struct fixture *fixture = *state;
    struct submission_decide *decide;

    (void) add(fixture, 1, 1, 10, false);
    (void) add(fixture, 1, 1, 10, false); /* the same record again */
    (void) add(fixture, 1, 2, 20, false); /* the id for other bytes */
    decide = decide_fresh(fixture);
    assert_outcomes(decide, "adr");
    assert_int_equal(decide->outcomes[2].code, E_ID_CONFLICT);
    assert_int_equal(decide->keys[0].current.revision, 1);
}

static void test_submission_decide__rejected_does_not_reserve_its_id(void **state)
{
    struct fixture *fixture = *state;

    (void) add(fixture, 1, 1, 10, false);
    (void) add(fixture, 2, 1, 11, false); /* conflict of revision */
    (void) add(fixture, 2, 2, 20, false);
    assert_outcomes(decide_fresh(fixture), "ara");
}

static void test_submission_decide__same_id_of_another_unit(void **state)
{
    struct fixture *fixture = *state;

    (void) add(fixture, 1, 1, 10, false);
    add(fixture, 1, 1, 11, false)->unit = &other_unit;
    assert_outcomes(decide_fresh(fixture), "aa");
}

static void test_submission_decide__known_id(void **state)
{
    struct fixture *fixture = *state;
    struct submission_decide *decide;
    uint8_t same[EMIS_DIGEST_BYTES] = {1, 10, 1}, id[16] = {1}, other_id[16] = {2};

    (void) add(fixture, 1, 1, 10, false);
    (void) add(fixture, 2, 5, 50, false);
    decide = submission_decide_new(fixture->arena, fixture->items, 2);
    submission_decide_add_known_id(decide, id, unit.unit_id, same);
    submission_decide_add_known_id(decide, other_id, unit.unit_id, same);
    submission_decide_propose(decide);
    assert_false(decide->keys[0].proposed.exists);
    submission_decide_settle(decide);
    assert_outcomes(decide, "dr");
    assert_false(decide->keys[0].is_changed);
}

static void test_submission_decide__existing_row_moves_up_only(void **state)
{
    struct fixture *fixture = *state;
    struct submission_decide *decide;

    (void) add(fixture, 1, 3, 30, false);
    (void) add(fixture, 2, 5, 50, false);
    decide = submission_decide_new(fixture->arena, fixture->items, 2);
    submission_decide_propose(decide);
    submission_decide_find_key(decide, form.number, period.period_id, unit.unit_id, "full")
        ->existing =
        (struct submission_current){.exists = true, .submission_key = 9, .revision = 4};
    submission_decide_settle(decide);
    assert_outcomes(decide, "sa");
    assert_true(decide->keys[0].is_moved);
    assert_int_equal(decide->keys[0].current.revision, 5);
    assert_int_equal(decide->keys[0].current.submission_key, 101);
}

/* One that is superseded does not count, and ends that the key is late: the row moves, cells are
 * dirty. */
static void test_submission_decide__in_time_though_superseded(void **state)
{
    struct fixture *fixture = *state;
    struct submission_decide *decide;
    struct submission *lower = add(fixture, 1, 3, 30, false);

    for (int is_late = 0; is_late < 2; is_late++) {
        lower->is_late = is_late;
        decide = submission_decide_new(fixture->arena, fixture->items, 1);
        submission_decide_propose(decide);
        decide->keys[0].existing = (struct submission_current){
            .exists = true, .submission_key = 9, .revision = 4, .is_late = true};
        submission_decide_settle(decide);
        assert_outcomes(decide, "s");
        assert_int_equal(decide->keys[0].is_moved, !is_late);
        assert_int_equal(decide->keys[0].is_changed, !is_late);
        assert_int_equal(decide->keys[0].current.is_late, is_late);
        assert_int_equal(decide->keys[0].current.submission_key, 9);
        assert_ptr_equal(decide->keys[0].changed_by, lower); /* findings count revisions */
    }
}

/* Of a new key, what the row was proposed with is what it ends with. */
static void test_submission_decide__proposed_in_time_by_what_does_not_count(void **state)
{
    struct fixture *fixture = *state;
    struct submission_decide *decide;
    uint8_t other[EMIS_DIGEST_BYTES] = {9}, id[16] = {1};

    (void) add(fixture, 1, 1, 10, false);
    add(fixture, 2, 2, 20, false)->is_late = true;
    decide = decide_fresh(fixture);
    assert_true(submission_decide_is_as_proposed(decide));
    assert_false(decide->keys[0].current.is_late);
    submission_decide_add_known_id(decide, id, unit.unit_id, other);
    submission_decide_settle(decide);
    assert_outcomes(decide, "ra");
    assert_false(submission_decide_is_as_proposed(decide));
}

static void test_submission_decide__keys_are_sorted(void **state)
{
    static const char *const parts[] = {"morning", "full", "evening", "full"};
    struct fixture *fixture = *state;
    struct submission_decide *decide;

    for (uint8_t i = 0; i < 4; i++) {
        struct submission *submission = add(fixture, i, 1, i, false);

        submission->part_key = parts[i];
        submission->unit = i == 3 ? &other_unit : &unit;
    }
    decide = decide_fresh(fixture);
    assert_int_equal(decide->key_count, 4);
    assert_string_equal(decide->keys[0].part_key, "evening");
    assert_string_equal(decide->keys[2].part_key, "morning");
    assert_int_equal(decide->keys[3].unit_id, other_unit.unit_id);
    assert_null(
        submission_decide_find_key(decide, form.number, period.period_id, unit.unit_id, "night"));
}

static void test_submission_decide__held_records_have_no_key(void **state)
{
    static const struct submission_fault fault = {
        .code = E_REF_SCHOOL, .pointer = "/unit", .message = "not registered"};
    static const struct submission_fault syntax = {
        .code = E_JSON_SYNTAX, .pointer = "", .message = "line 1"};
    struct fixture *fixture = *state;
    struct submission_decide *decide;
    struct submission *submission;

    submission = add(fixture, 1, 1, 10, false);
    submission->verdict = SUBMISSION_PARKED;
    submission->faults = &fault;
    submission->fault_count = 1;
    submission = add(fixture, 2, 1, 10, false);
    submission->verdict = SUBMISSION_REJECTED;
    submission->faults = &syntax;
    submission->fault_count = 1;
    (void) add(fixture, 3, 1, 10, false);
    fixture->items[2].refused = E_DB;
    decide = decide_fresh(fixture);
    assert_outcomes(decide, "prr");
    assert_int_equal(decide->outcomes[0].code, E_REF_SCHOOL);
    assert_int_equal(decide->outcomes[1].code, E_JSON_SYNTAX);
    assert_int_equal(decide->outcomes[2].code, E_DB);
    assert_int_equal(decide->key_count, 0);
}

static void test_submission_decide__id_with_another_fate_than_alone(void **state)
{
    struct fixture *fixture = *state;
    struct submission_decide *decide;

    /* Alone, the second loses its revision and the third is new; beside a higher current revision
     * the second is written and bears the third's id. */
    (void) add(fixture, 1, 1, 10, false);
    (void) add(fixture, 2, 1, 11, false);
    add(fixture, 2, 1, 20, false)->part_key = "morning";
    decide = submission_decide_new(fixture->arena, fixture->items, 3);
    submission_decide_propose(decide);
    assert_outcomes(decide, "ara");
    submission_decide_find_key(decide, form.number, period.period_id, unit.unit_id, "full")
        ->existing =
        (struct submission_current){.exists = true, .submission_key = 9, .revision = 5};
    submission_decide_settle(decide);
    assert_outcomes(decide, "ssr");
    assert_false(submission_decide_is_as_proposed(decide));
    assert_true(submission_decide_is_as_proposed(decide_fresh(fixture)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_submission_decide__every_order_ends_the_same, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_submission_decide__outcomes_in_kafka_order, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_submission_decide__same_id, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_submission_decide__rejected_does_not_reserve_its_id,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_submission_decide__same_id_of_another_unit, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_submission_decide__known_id, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_submission_decide__existing_row_moves_up_only, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_submission_decide__in_time_though_superseded, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            test_submission_decide__proposed_in_time_by_what_does_not_count, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_submission_decide__keys_are_sorted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_submission_decide__id_with_another_fate_than_alone,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_submission_decide__held_records_have_no_key, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
