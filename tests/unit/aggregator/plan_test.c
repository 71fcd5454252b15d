/* SPDX-License-Identifier: Apache-2.0 */
/* From claimed rows to statements, with the shipped catalogue. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "aggregator/plan.h"
#include "lib/base/arena.h"

static struct catalogue *catalogue;
static struct emis_arena *arena;

static int start(void **state)
{
    struct catalogue_document *documents;
    const struct catalogue_number *numbers;
    struct emis_error err;
    size_t count;
    (void) state;
    arena = emis_arena_new(1 << 16);
    assert_true(
        catalogue_read_directory(arena, EMIS_SOURCE_DIR "/catalogue", &documents, &count, &err));
    assert_true(catalogue_compile(documents, count, NULL, NULL, &catalogue, &err));
    catalogue_number_apply(catalogue, NULL, 0, &numbers, &count);
    return 0;
}

static int stop(void **state)
{
    (void) state;
    catalogue_free(catalogue);
    emis_arena_free(arena);
    return 0;
}

static int16_t form(const char *code)
{
    return catalogue_form_newest(catalogue, code)->number;
}

static struct agg_plan plan_of(const struct agg_claim_row *rows, size_t count, size_t leaves_max)
{
    static const int32_t units[] = {5, 7, 9};
    struct agg_claim claim = {.lane = 3, .rows = rows, .row_count = count};
    struct agg_plan plan;
    claim.units[4] = units;
    claim.unit_counts[4] = 3;
    agg_plan_build(&claim, catalogue, leaves_max, arena, &plan);
    return plan;
}

/* Position of the first call of a statement, or -1. */
static int position(const struct agg_plan *plan, const char *statement)
{
    for (size_t i = 0; i < plan->call_count; i++) {
        if (strcmp(plan->calls[i].statement, statement) == 0)
            return (int) i;
    }
    return -1;
}

static size_t occurrences(const struct agg_plan *plan, const char *statement)
{
    size_t count = 0;
    for (size_t i = 0; i < plan->call_count; i++)
        count += strcmp(plan->calls[i].statement, statement) == 0;
    return count;
}

static void test_aggregator_plan__children_come_before_their_parents(void **state)
{
    const struct agg_claim_row rows[] = {{form("ENROL_CENSUS"), 600002022, 5}};
    struct agg_plan plan = plan_of(rows, 1, 1000);
    (void) state;
    int leaf = position(&plan, "refresh_leaf_DIS_N_v1"),
        cluster = position(&plan, "refresh_up_cluster"),
        district = position(&plan, "refresh_up_district");
    int governorate = position(&plan, "refresh_up_governorate"),
        country = position(&plan, "refresh_up_country");
    assert_true(leaf >= 0 && leaf < cluster && cluster < district && district < governorate &&
                governorate < country);
    assert_true(position(&plan, "refresh_coverage_ENROL_CENSUS") < cluster);
    assert_int_equal(position(&plan, "refresh_leaf_ATT_NTS_v1"), -1);
    assert_int_equal(position(&plan, "refresh_up_school"), -1);
}

static void test_aggregator_plan__what_is_derived_follows_its_sums(void **state)
{
    const struct agg_claim_row rows[] = {{form("ENROL_CENSUS"), 600002022, 5}};
    struct agg_plan plan = plan_of(rows, 1, 1000);
    (void) state;
    assert_true(position(&plan, "refresh_leaf_DIS_N_v1") <
                position(&plan, "refresh_derived_ENROL_CENSUS_school"));
    assert_true(position(&plan, "refresh_derived_ENROL_CENSUS_school") <
                position(&plan, "refresh_up_cluster"));
    assert_int_equal(position(&plan, "refresh_derived_ENROL_CENSUS_cluster"),
                     position(&plan, "refresh_up_cluster") + 1);
    assert_int_equal(position(&plan, "refresh_derived_ENROL_CENSUS_country"),
                     (int) plan.call_count - 2);
}

/* They look at cells of several forms, and at what no single lane holds under the country's lock.
 */
static void test_aggregator_plan__cross_rules_follow_all_cells(void **state)
{
    const struct agg_claim_row rows[] = {{form("ENROL_CENSUS"), 600002022, 5},
                                         {form("STAFF"), 600002022, 5}};
    struct agg_plan plan = plan_of(rows, 2, 1000);
    int change = position(&plan, "refresh_cross_YEAR_CHANGE"),
        twice = position(&plan, "refresh_cross_STAFF_TWICE");
    (void) state;
    assert_true(change >= 0 && twice >= 0);
    for (size_t i = 0; i < plan.call_count; i++) {
        bool is_cross = strncmp(plan.calls[i].statement, "refresh_cross_", 14) == 0;
        if (!is_cross && !plan.calls[i].is_country)
            assert_true((int) i < change);
    }
    assert_false(plan.calls[change].is_country);
    assert_true(plan.calls[twice].is_country);
    assert_true(position(&plan, "refresh_derived_ENROL_CENSUS_country") < twice);
    assert_int_equal(occurrences(&plan, "refresh_cross_STAFF_REGISTER"), 1);
    assert_int_equal(occurrences(&plan, "refresh_cross_YEAR_CHANGE"), 1);
    assert_int_equal(position(&plan, "refresh_cross_ATT_COPIED"), -1);
}

static void test_aggregator_plan__only_the_country_is_under_its_lock_and_last(void **state)
{
    const struct agg_claim_row rows[] = {{form("ATT_DAILY"), 120220307, 5},
                                         {form("ENROL_CENSUS"), 600002022, 5}};
    struct agg_plan plan = plan_of(rows, 2, 1000);
    bool has_country = false;
    (void) state;
    for (size_t i = 0; i < plan.call_count; i++) {
        assert_false(has_country && !plan.calls[i].is_country);
        has_country = plan.calls[i].is_country;
        assert_int_equal(plan.calls[i].is_country,
                         strstr(plan.calls[i].statement, "_country") != NULL ||
                             strcmp(plan.calls[i].statement, "refresh_standing_governorate") == 0);
    }
    assert_true(has_country);
    assert_int_equal(plan.form_count, 2);
}

static void test_aggregator_plan__unit_0_is_every_unit_of_the_lane(void **state)
{
    const struct agg_claim_row rows[] = {{form("ENROL_CENSUS"), 600002022, 0}};
    struct agg_plan plan = plan_of(rows, 1, 1000);
    (void) state;
    assert_int_equal(plan.leaf_count, 3);
    assert_int_equal(plan.forms[0].units[2], 9);
}

static void test_aggregator_plan__pieces_keep_a_unit_together(void **state)
{
    const struct agg_claim_row rows[] = {{form("ATT_DAILY"), 120220307, 0},
                                         {form("ATT_DAILY"), 120220308, 0}};
    struct agg_plan plan = plan_of(rows, 2, 3);
    size_t leaves = 0;
    (void) state;
    assert_int_equal(plan.leaf_count, 6);
    assert_int_equal(occurrences(&plan, "refresh_leaf_ATT_NTS_v1"), 2);
    for (size_t i = 0; i < plan.call_count; i++) {
        const struct agg_plan_call *call = &plan.calls[i];
        if (strcmp(call->statement, "refresh_leaf_ATT_NTS_v1") == 0) {
            assert_int_equal(call->leaf_count % 2, 0);
            leaves += call->leaf_count;
        }
    }
    assert_int_equal(leaves, 6);
    assert_int_equal(occurrences(&plan, "refresh_up_cluster"), 1);
    assert_int_equal(plan.calls[position(&plan, "refresh_up_cluster")].leaf_count, 6);
}

static void test_aggregator_plan__a_form_that_nothing_measures_is_consumed(void **state)
{
    const struct agg_claim_row rows[] = {{form("REGISTRY_EVENT"), 120220307, 5},
                                         {32000, 120220307, 5}};
    struct agg_plan plan = plan_of(rows, 2, 1000);
    (void) state;
    assert_int_equal(plan.call_count, 1); /* the rule of every form looks at it */
    assert_int_equal(position(&plan, "refresh_cross_REVISION_GAP"), 0);
    assert_null(plan.calls[0].indicators);
}

/* One that reads a form besides its own is told which of them changed. */
static void test_aggregator_plan__queries_know_whose_leaves_changed(void **state)
{
    const struct agg_claim_row rows[] = {{form("STAFF"), 600002022, 5},
                                         {form("ATT_DAILY"), 120220307, 5}};
    struct agg_plan plan = plan_of(rows, 2, 1000);
    const struct agg_plan_call *posted = &plan.calls[position(&plan, "refresh_cross_SPOT_POSTED")],
                               *closed = &plan.calls[position(&plan, "refresh_cross_CLOSED_DAY")];
    (void) state;
    assert_true(posted->is_rule && !posted->is_country);
    assert_int_equal(posted->indicator_count, 1);
    assert_int_equal(posted->indicators[0], form("STAFF"));
    assert_int_equal(closed->indicators[0], form("ATT_DAILY"));
    assert_int_equal(occurrences(&plan, "refresh_cross_REVISION_GAP"), 2);
    assert_int_equal(position(&plan, "refresh_cross_HEAD_SCHOOL"), -1);
}

static void test_aggregator_plan__derived_statements_know_what_they_derive(void **state)
{
    const struct agg_claim_row rows[] = {{form("ENROL_CENSUS"), 600002022, 5}};
    struct agg_plan plan = plan_of(rows, 1, 1000);
    const struct agg_plan_call *call =
        &plan.calls[position(&plan, "refresh_derived_ENROL_CENSUS_country")];
    int16_t parity = catalogue_indicator_find(catalogue, "GPI")->number;
    int16_t base = catalogue_indicator_find(catalogue, "ENR")->number;
    bool has_parity = false;
    (void) state;
    for (size_t i = 0; i < call->indicator_count; i++) {
        has_parity = has_parity || call->indicators[i] == parity;
        assert_int_not_equal(call->indicators[i], base); /* or its cells would be deleted */
    }
    assert_true(has_parity);
}

/* Ranks among siblings: those of a lane's top areas are other lanes' too. */
static void test_aggregator_plan__standings_follow_their_level(void **state)
{
    const struct agg_claim_row rows[] = {{form("ENROL_CENSUS"), 600002022, 5}};
    struct agg_plan plan = plan_of(rows, 1, 1000);
    (void) state;
    assert_int_equal(position(&plan, "refresh_standing_school"),
                     position(&plan, "refresh_derived_ENROL_CENSUS_school") + 1);
    assert_int_equal(position(&plan, "refresh_standing_district"),
                     position(&plan, "refresh_derived_ENROL_CENSUS_district") + 1);
    assert_true(position(&plan, "refresh_standing_governorate") >
                position(&plan, "refresh_derived_ENROL_CENSUS_governorate"));
    assert_true(plan.calls[position(&plan, "refresh_standing_governorate")].is_country);
    assert_int_equal(position(&plan, "refresh_standing_country"),
                     position(&plan, "refresh_derived_ENROL_CENSUS_country") + 1);
    assert_int_equal(position(&plan, "refresh_target_school"), -1);
}

static void test_aggregator_plan__targets_stand_at_every_level(void **state)
{
    const struct agg_claim_row rows[] = {{form("TARGET"), 600002022, 7}};
    struct agg_plan plan = plan_of(rows, 1, 1000);
    (void) state;
    assert_int_equal(plan.call_count, 6); /* and a rule of every form */
    assert_int_equal(position(&plan, "refresh_target_school"), 0);
    assert_int_equal(position(&plan, "refresh_cross_REVISION_GAP"), 3);
    assert_int_equal(position(&plan, "refresh_target_country"), 5);
    for (size_t i = 0; i < plan.call_count; i++) {
        assert_int_equal(plan.calls[i].is_country, i > 3);
        assert_true(i == 3 || plan.calls[i].indicator_count > 50);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_aggregator_plan__children_come_before_their_parents),
        cmocka_unit_test(test_aggregator_plan__what_is_derived_follows_its_sums),
        cmocka_unit_test(test_aggregator_plan__cross_rules_follow_all_cells),
        cmocka_unit_test(test_aggregator_plan__only_the_country_is_under_its_lock_and_last),
        cmocka_unit_test(test_aggregator_plan__unit_0_is_every_unit_of_the_lane),
        cmocka_unit_test(test_aggregator_plan__pieces_keep_a_unit_together),
        cmocka_unit_test(test_aggregator_plan__a_form_that_nothing_measures_is_consumed),
        cmocka_unit_test(test_aggregator_plan__queries_know_whose_leaves_changed),
        cmocka_unit_test(test_aggregator_plan__derived_statements_know_what_they_derive),
        cmocka_unit_test(test_aggregator_plan__standings_follow_their_level),
        cmocka_unit_test(test_aggregator_plan__targets_stand_at_every_level),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
