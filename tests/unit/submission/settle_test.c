/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "lib/submission/settle.h"

static const struct submission_same_id no_id = {0};

static struct submission make(int64_t key, int32_t revision, uint8_t content, bool is_retract)
{
    struct submission submission = {.verdict = SUBMISSION_VALID,
                                    .submission_key = key,
                                    .revision = revision,
                                    .is_retract = is_retract};
    memset(submission.content_sha256, content, sizeof submission.content_sha256);
    memset(submission.value_sha256, (int) key, sizeof submission.value_sha256);
    return submission;
}

static void test_submission_settle__first_is_accepted(void **state)
{
    (void) state;
    struct submission_current current = {0};
    struct submission submission = make(10, 1, 'a', false);
    submission.is_late = true;
    struct submission_settlement settled = submission_settle(&submission, &no_id, &current);
    assert_int_equal(settled.outcome, SUBMISSION_ACCEPTED);
    assert_int_equal(settled.code, EMIS_OK);
    assert_true(current.exists && current.is_late && !current.is_retract);
    assert_int_equal(current.submission_key, 10);
    assert_int_equal(current.revision, 1);
    assert_memory_equal(current.content_sha256, submission.content_sha256, EMIS_DIGEST_BYTES);
}

static void test_submission_settle__same_id(void **state)
{
    (void) state;
    struct submission_current current = {0};
    struct submission submission = make(10, 9, 'a', false);
    struct submission_same_id same = {.exists = true};
    memcpy(same.value_sha256, submission.value_sha256, sizeof same.value_sha256);
    assert_int_equal(submission_settle(&submission, &same, &current).outcome, SUBMISSION_DUPLICATE);
    same.value_sha256[31] ^= 1;
    struct submission_settlement settled = submission_settle(&submission, &same, &current);
    assert_int_equal(settled.outcome, SUBMISSION_OUTCOME_REJECTED);
    assert_int_equal(settled.code, E_ID_CONFLICT);
    assert_false(current.exists);
}

static void test_submission_settle__equal_revision(void **state)
{
    (void) state;
    struct submission_current current = {0};
    struct submission first = make(10, 2, 'a', false);
    struct submission same = make(11, 2, 'a', false);
    struct submission other = make(12, 2, 'b', false);
    struct submission retract = make(13, 2, 'a', true);
    struct submission lower = make(14, 1, 'a', false);
    assert_int_equal(submission_settle(&first, &no_id, &current).outcome, SUBMISSION_ACCEPTED);
    assert_int_equal(submission_settle(&same, &no_id, &current).outcome, SUBMISSION_DUPLICATE);
    assert_int_equal(submission_settle(&other, &no_id, &current).code, E_REV_CONFLICT);
    assert_int_equal(submission_settle(&retract, &no_id, &current).code, E_REV_CONFLICT);
    assert_int_equal(submission_settle(&lower, &no_id, &current).outcome, SUBMISSION_SUPERSEDED);
    assert_int_equal(current.submission_key, 10);
}

/* In every order: in time if any with data came in time; a retraction is nothing that came. */
static void test_submission_settle__late_is_the_key_not_the_revision(void **state)
{
    static const struct {
        int32_t revisions[3];
        bool lates[3], retracts[3];
        bool is_late;
    } cases[] = {
        {{1, 2, 3}, {false, true, true}, {false, false, false}, false},
        {{3, 2, 1}, {true, true, false}, {false, false, false}, false},
        {{2, 1, 3}, {true, false, true}, {false, false, false}, false},
        {{1, 2, 3}, {true, true, true}, {false, false, false}, true},
        {{1, 2, 3}, {false, true, true}, {false, true, false}, false},
        {{1, 2, 3}, {true, false, true}, {false, true, false}, true},
        {{3, 1, 2}, {true, false, true}, {false, true, false}, true},
        {{1, 2, 3}, {false, false, true}, {true, true, false}, true},
        {{1, 2, 3}, {true, true, false}, {false, false, false}, false},
    };
    (void) state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct submission_current current = {0};
        for (int j = 0; j < 3; j++) {
            struct submission submission =
                make(10 + j, cases[i].revisions[j], (uint8_t) ('a' + j), cases[i].retracts[j]);
            submission.is_late = cases[i].lates[j];
            (void) submission_settle(&submission, &no_id, &current);
        }
        if (current.is_late != cases[i].is_late || current.revision != 3)
            fail_msg("case %zu: late %d", i, current.is_late);
    }
}

static void test_submission_settle__retract_of_unknown_is_a_tombstone(void **state)
{
    (void) state;
    struct submission_current current = {0};
    struct submission retract = make(10, 2, 'e', true);
    struct submission again = make(11, 2, 'e', true);
    struct submission lower = make(12, 1, 'a', false);
    assert_int_equal(submission_settle(&retract, &no_id, &current).outcome, SUBMISSION_ACCEPTED);
    assert_true(current.is_retract);
    assert_int_equal(submission_settle(&again, &no_id, &current).outcome, SUBMISSION_DUPLICATE);
    assert_int_equal(submission_settle(&lower, &no_id, &current).outcome, SUBMISSION_SUPERSEDED);
    assert_true(current.is_retract);
}

static void test_submission_settle__every_order_ends_the_same(void **state)
{
    (void) state;
    size_t orders = 0;
    for (int code = 0; code < 256; code++) {
        int at[4] = {code & 3, code >> 2 & 3, code >> 4 & 3, code >> 6 & 3};
        struct submission_current current = {0};
        if ((1 << at[0] | 1 << at[1] | 1 << at[2] | 1 << at[3]) != 15) {
            continue;
        }
        for (int i = 0; i < 4; i++) {
            struct submission submission =
                make(at[i] + 1, at[i] + 1, (uint8_t) ('a' + at[i]), at[i] == 3);
            enum submission_outcome outcome =
                submission_settle(&submission, &no_id, &current).outcome;
            assert_true(outcome == SUBMISSION_ACCEPTED || outcome == SUBMISSION_SUPERSEDED);
        }
        assert_int_equal(current.revision, 4);
        assert_int_equal(current.submission_key, 4);
        assert_true(current.is_retract);
        orders++;
    }
    assert_int_equal(orders, 24);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_submission_settle__first_is_accepted),
        cmocka_unit_test(test_submission_settle__same_id),
        cmocka_unit_test(test_submission_settle__equal_revision),
        cmocka_unit_test(test_submission_settle__late_is_the_key_not_the_revision),
        cmocka_unit_test(test_submission_settle__retract_of_unknown_is_a_tombstone),
        cmocka_unit_test(test_submission_settle__every_order_ends_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
