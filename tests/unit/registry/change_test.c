/* SPDX-License-Identifier: Apache-2.0 */
/* What a wanted change means for places: a small country of four levels, edited. Days are counted
 * from 2000-01-01. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/date.h"
#include "lib/registry/change.h"

#define FOR_EVER EMIS_DATE_INFINITY

struct told {
    size_t count;
    size_t line;
    char column[32];
    char reason[400];
};

static void note(void *context, size_t line, const char *column, const char *reason)
{
    struct told *told = context;
    if (told->count++ == 0) {
        told->line = line;
        snprintf(told->column, sizeof told->column, "%s", column);
        snprintf(told->reason, sizeof told->reason, "%s", reason);
    }
}

static const int16_t no_attributes[1] = {0};
static const int16_t private_attributes[1] = {2};

static struct registry_segment segment(const char *parent, const char *name, int32_t from,
                                       int32_t to, size_t line)
{
    return (struct registry_segment){.parent = parent,
                                     .name = name,
                                     .attributes = no_attributes,
                                     .lat_e5 = REGISTRY_CHANGE_NOWHERE,
                                     .lon_e5 = REGISTRY_CHANGE_NOWHERE,
                                     .valid_from = from,
                                     .valid_to = to,
                                     .line = line};
}

static void stand(struct registry_change *change, int32_t unit_id, const char *code,
                  int16_t level_no, int32_t place_id, int32_t parent_place_id)
{
    struct registry_standing standing = {.place_id = place_id,
                                         .since_version = 2,
                                         .parent_place_id = parent_place_id,
                                         .segment = segment(NULL, code, 0, FOR_EVER, 0)};
    registry_change_add_standing(change, registry_change_add_unit(change, unit_id, code, level_no),
                                 &standing);
}

/* C holds regions R1 and R2, each a ward (W1, W2), W1 the schools S1 and S2. */
static struct registry_change *country(void)
{
    struct registry_change *change = registry_change_new(4, 1);
    stand(change, 10, "C", 0, 100, 0);
    stand(change, 11, "R1", 1, 101, 100);
    stand(change, 12, "R2", 1, 102, 100);
    stand(change, 13, "W1", 2, 103, 101);
    stand(change, 14, "W2", 2, 104, 102);
    stand(change, 15, "S1", 3, 105, 103);
    stand(change, 16, "S2", 3, 106, 103);
    registry_change_start(change);
    return change;
}

static void state(struct registry_change *change, const char *code, int16_t level_no,
                  const struct registry_segment *segments, size_t count)
{
    size_t unit = registry_change_find(change, code);
    if (unit == SIZE_MAX)
        unit = registry_change_add_unit(change, 0, code, level_no);
    registry_change_state(change, unit, segments, count);
}

static const struct registry_change_unit *unit_of(struct registry_change *change, const char *code)
{
    size_t unit = registry_change_find(change, code);
    assert_true(unit != SIZE_MAX);
    return registry_change_unit_at(change, unit);
}

static void compile(struct registry_change *change)
{
    struct emis_error err;
    struct told told = {.count = 0};
    if (!registry_change_compile(change, note, &told, &err))
        fail_msg("%s", err.message);
}

static struct told refused(struct registry_change *change)
{
    struct emis_error err;
    struct told told = {.count = 0};
    assert_false(registry_change_compile(change, note, &told, &err));
    assert_int_equal(err.code, E_REGISTRY);
    assert_string_equal(err.message, told.reason);
    assert_string_equal(err.pointer, told.column);
    registry_change_free(change);
    return told;
}

static void test_registry_change__nothing_stated_keeps_everything(void **context)
{
    struct registry_change *change = country();
    size_t ended;
    (void) context;
    compile(change);
    (void) registry_change_ended(change, &ended);
    assert_int_equal(ended, 0);
    for (size_t i = 0; i < registry_change_unit_count(change); i++) {
        const struct registry_change_unit *unit = registry_change_unit_at(change, i);
        assert_int_equal(unit->place_count, 1);
        assert_int_equal(unit->places[0].state, REGISTRY_CHANGE_KEPT);
        assert_true(unit->changed_from >= unit->changed_to);
    }
    registry_change_free(change);
}

static void test_registry_change__a_move_splits_the_school_and_nothing_else(void **context)
{
    struct registry_change *change = country();
    struct registry_segment moved[] = {segment("W1", "S1", 0, 50, 1),
                                       segment("W2", "S1", 50, FOR_EVER, 1)};
    size_t ended_count;
    (void) context;
    state(change, "S1", 3, moved, 2);
    compile(change);
    const struct registry_change_unit *school = unit_of(change, "S1");
    const struct registry_change_ended *ended = registry_change_ended(change, &ended_count);
    assert_int_equal(school->place_count, 2);
    assert_int_equal(school->places[0].state, REGISTRY_CHANGE_RESIZED);
    assert_int_equal(school->places[0].place_id, 105);
    assert_int_equal(school->places[0].valid_to, 50);
    assert_int_equal(school->places[1].state, REGISTRY_CHANGE_NEW);
    assert_int_equal(school->places[1].parent->place_id, 104);
    assert_int_equal(school->places[1].lane_unit, registry_change_find(change, "R2"));
    assert_int_equal(school->changed_from, 50);
    assert_int_equal(school->changed_to, FOR_EVER);
    assert_int_equal(ended_count, 1);
    assert_int_equal(ended[0].place_id, 105);
    assert_true(ended[0].is_replaced);
    assert_int_equal(unit_of(change, "S2")->places[0].state, REGISTRY_CHANGE_KEPT);
    assert_int_equal(unit_of(change, "W2")->places[0].state, REGISTRY_CHANGE_KEPT);
    registry_change_free(change);
}

static void state_from(struct registry_change *change, const char *code,
                       const struct registry_segment *segments, size_t count)
{
    registry_change_state_from(change, registry_change_find(change, code), segments, count);
}

static void test_registry_change__a_move_by_one_row_keeps_the_past(void **context)
{
    struct registry_change *change = country();
    struct registry_segment moved = segment("W2", "S1", 50, FOR_EVER, 1);
    (void) context;
    state_from(change, "S1", &moved, 1);
    state_from(change, "S1", &moved, 1); /* said again: the same */
    compile(change);
    const struct registry_change_unit *school = unit_of(change, "S1");
    assert_int_equal(school->place_count, 2);
    assert_int_equal(school->places[0].state, REGISTRY_CHANGE_RESIZED);
    assert_int_equal(school->places[0].place_id, 105);
    assert_int_equal(school->places[0].valid_to, 50);
    assert_int_equal(school->places[1].state, REGISTRY_CHANGE_NEW);
    assert_int_equal(school->places[1].valid_from, 50);
    assert_int_equal(school->places[1].parent->place_id, 104);
    assert_int_equal(school->changed_from, 50);
    registry_change_free(change);
}

static void test_registry_change__a_later_row_that_says_the_same_changes_nothing(void **context)
{
    struct registry_change *change = country();
    struct registry_segment same = segment("W1", "S1", 50, FOR_EVER, 1);
    (void) context;
    state_from(change, "S1", &same, 1);
    compile(change);
    assert_int_equal(unit_of(change, "S1")->place_count, 1);
    assert_int_equal(unit_of(change, "S1")->places[0].state, REGISTRY_CHANGE_KEPT);
    registry_change_free(change);
}

/* S1 stands in W1 until day 50 and in W2 from then on. */
static struct registry_change *country_where_s1_moved(void)
{
    struct registry_change *change = registry_change_new(4, 1);
    struct registry_standing first = {.place_id = 105,
                                      .since_version = 2,
                                      .parent_place_id = 103,
                                      .segment = segment(NULL, "S1", 0, 50, 0)};
    struct registry_standing second = {.place_id = 106,
                                       .since_version = 2,
                                       .parent_place_id = 104,
                                       .segment = segment(NULL, "S1", 50, FOR_EVER, 0)};
    stand(change, 10, "C", 0, 100, 0);
    stand(change, 11, "R1", 1, 101, 100);
    stand(change, 12, "R2", 1, 102, 100);
    stand(change, 13, "W1", 2, 103, 101);
    stand(change, 14, "W2", 2, 104, 102);
    size_t school = registry_change_add_unit(change, 15, "S1", 3);
    registry_change_add_standing(change, school, &first);
    registry_change_add_standing(change, school, &second);
    registry_change_start(change);
    return change;
}

static void test_registry_change__what_stood_on_a_day(void **context)
{
    struct registry_change *change = country_where_s1_moved();
    struct registry_segment moved = segment("W1", "S1", 20, FOR_EVER, 1);
    size_t school = registry_change_find(change, "S1");
    (void) context;
    registry_change_state(change, school, &moved, 1); /* what is stated is not what stands */
    assert_int_equal(registry_change_stood(change, school, -5)->valid_from, 0);
    assert_int_equal(registry_change_stood(change, school, 49)->valid_from, 0);
    assert_int_equal(registry_change_stood(change, school, 50)->valid_from, 50);
    assert_int_equal(registry_change_stood(change, school, 900)->valid_from, 50);
    assert_null(registry_change_stood(change, registry_change_add_unit(change, 0, "S9", 3), 0));
    registry_change_free(change);
}

static void test_registry_change__rows_replace_all_that_stood_from_their_first_day(void **context)
{
    struct registry_change *change = country_where_s1_moved();
    struct registry_segment rows[] = {segment("W1", "S1", 60, 80, 2),
                                      segment("W2", "S1", 30, 60, 1)};
    (void) context;
    state_from(change, "S1", rows, 2);
    compile(change);
    const struct registry_change_unit *school = unit_of(change, "S1");
    assert_int_equal(school->place_count, 3);
    assert_int_equal(school->places[0].place_id, 105);
    assert_int_equal(school->places[0].valid_to, 30);
    assert_int_equal(school->places[1].valid_to, 60);
    assert_int_equal(school->places[2].valid_to, 80);
    registry_change_free(change);
}

static void test_registry_change__rows_from_the_first_day_replace_everything(void **context)
{
    struct registry_change *change = country_where_s1_moved();
    struct registry_segment row = segment("W2", "S1", 0, FOR_EVER, 1);
    size_t ended_count;
    (void) context;
    state_from(change, "S1", &row, 1);
    compile(change);
    (void) registry_change_ended(change, &ended_count);
    assert_int_equal(unit_of(change, "S1")->place_count, 1);
    assert_int_equal(unit_of(change, "S1")->places[0].parent->place_id, 104);
    assert_int_equal(ended_count, 2);
    registry_change_free(change);
}

static void test_registry_change__a_unit_that_ended_may_come_back(void **context)
{
    struct registry_change *change = country_where_s1_moved();
    struct registry_segment ended = segment("W2", "S1", 60, 70, 1);
    struct registry_segment back = segment("W2", "S1", 90, FOR_EVER, 2);
    (void) context;
    state_from(change, "S1", &ended, 1);
    state_from(change, "S1", &back, 1);
    compile(change);
    const struct registry_change_unit *school = unit_of(change, "S1");
    assert_int_equal(school->place_count, 3);
    assert_int_equal(school->places[1].place_id, 106);
    assert_int_equal(school->places[1].valid_to, 70); /* the gap stays one */
    assert_int_equal(school->places[2].valid_from, 90);
    registry_change_free(change);
}

static void test_registry_change__a_rename_of_an_area_reopens_all_below(void **context)
{
    struct registry_change *change = country();
    struct registry_segment renamed[] = {segment("R1", "W1", 0, 50, 1),
                                         segment("R1", "New ward", 50, FOR_EVER, 1)};
    (void) context;
    state(change, "W1", 2, renamed, 2);
    compile(change);
    const struct registry_change_unit *ward = unit_of(change, "W1");
    const struct registry_change_unit *school = unit_of(change, "S2");
    assert_int_equal(ward->place_count, 2);
    assert_int_equal(school->place_count, 2);
    assert_int_equal(school->places[0].place_id, 106);
    assert_int_equal(school->places[0].valid_to, 50);
    assert_ptr_equal(school->places[1].parent, &ward->places[1]);
    assert_int_equal(unit_of(change, "S1")->place_count, 2);
    assert_int_equal(unit_of(change, "W2")->place_count, 1);
    registry_change_free(change);
}

static void test_registry_change__an_attribute_makes_another_place(void **context)
{
    struct registry_change *change = country();
    struct registry_segment corrected = segment("W1", "S1", 0, FOR_EVER, 1);
    size_t ended_count;
    (void) context;
    corrected.attributes = private_attributes;
    state(change, "S1", 3, &corrected, 1);
    compile(change);
    const struct registry_change_unit *school = unit_of(change, "S1");
    const struct registry_change_ended *ended = registry_change_ended(change, &ended_count);
    assert_int_equal(school->place_count, 1);
    assert_int_equal(school->places[0].state, REGISTRY_CHANGE_NEW);
    assert_int_equal(ended_count, 1);
    assert_false(ended[0].is_replaced);
    assert_int_equal(school->changed_from, 0);
    registry_change_free(change);
}

static void test_registry_change__a_move_from_the_beginning_is_another_place(void **context)
{
    struct registry_change *change = country();
    struct registry_segment moved = segment("W2", "S1", 0, FOR_EVER, 1);
    (void) context;
    state(change, "S1", 3, &moved, 1);
    compile(change);
    assert_int_equal(unit_of(change, "S1")->place_count, 1);
    assert_int_equal(unit_of(change, "S1")->places[0].state, REGISTRY_CHANGE_NEW);
    registry_change_free(change);
}

static void test_registry_change__what_is_left_out_ends_and_is_changed(void **context)
{
    struct registry_change *change = registry_change_new(4, 1);
    struct registry_standing later = {.place_id = 107,
                                      .since_version = 2,
                                      .parent_place_id = 100,
                                      .segment = segment(NULL, "Later", 50, FOR_EVER, 0)};
    struct registry_standing first = {.place_id = 101,
                                      .since_version = 2,
                                      .parent_place_id = 100,
                                      .segment = segment(NULL, "R1", 0, 50, 0)};
    struct registry_segment kept = segment("C", "R1", 0, 50, 1);
    size_t ended_count, unit;
    (void) context;
    stand(change, 10, "C", 0, 100, 0);
    unit = registry_change_add_unit(change, 11, "R1", 1);
    registry_change_add_standing(change, unit, &later);
    registry_change_add_standing(change, unit, &first);
    registry_change_start(change);
    state(change, "R1", 1, &kept, 1);
    compile(change);
    const struct registry_change_ended *ended = registry_change_ended(change, &ended_count);
    assert_int_equal(ended_count, 1);
    assert_int_equal(ended[0].place_id, 107);
    assert_int_equal(unit_of(change, "R1")->places[0].state, REGISTRY_CHANGE_KEPT);
    assert_int_equal(unit_of(change, "R1")->changed_from, 50);
    assert_int_equal(unit_of(change, "R1")->changed_to, FOR_EVER);
    registry_change_free(change);
}

static void test_registry_change__neighbours_that_say_the_same_are_one_place(void **context)
{
    struct registry_change *change = country();
    struct registry_segment cut[] = {segment("W1", "S1", 0, 50, 1),
                                     segment("W1", "S1", 50, FOR_EVER, 2)};
    (void) context;
    state(change, "S1", 3, cut, 2);
    compile(change);
    assert_int_equal(unit_of(change, "S1")->place_count, 1);
    assert_int_equal(unit_of(change, "S1")->places[0].state, REGISTRY_CHANGE_KEPT);
    registry_change_free(change);
}

static void test_registry_change__new_units_come_below_new_areas(void **context)
{
    struct registry_change *change = registry_change_new(4, 1);
    struct registry_segment top = segment(NULL, "C", 0, FOR_EVER, 1);
    struct registry_segment region = segment("C", "R", 10, FOR_EVER, 2);
    struct registry_segment ward = segment("R", "W", 20, 90, 3);
    (void) context;
    registry_change_start(change);
    state(change, "W", 2, &ward, 1); /* the order of the list does not matter */
    state(change, "R", 1, &region, 1);
    state(change, "C", 0, &top, 1);
    compile(change);
    assert_ptr_equal(unit_of(change, "W")->places[0].parent, &unit_of(change, "R")->places[0]);
    assert_int_equal(unit_of(change, "W")->places[0].lane_unit, registry_change_find(change, "R"));
    assert_int_equal(registry_change_order(change)[0], registry_change_find(change, "C"));
    registry_change_free(change);
}

static void test_registry_change__refuses_an_orphan(void **context)
{
    struct registry_change *change = country();
    struct registry_segment early = segment("W1", "S3", -10, FOR_EVER, 4);
    (void) context;
    state(change, "S3", 3, &early, 1);
    struct told told = refused(change);
    assert_int_equal(told.line, 4);
    assert_string_equal(told.column, "parent");
    assert_string_equal(
        told.reason, "S3: its parent W1 is not open on 1999-12-22, while it is from 1999-12-22 on");
}

static void test_registry_change__refuses_to_take_the_parent_of_others(void **context)
{
    struct registry_change *change = country();
    struct registry_segment closed = segment("R1", "W1", 0, 50, 1);
    (void) context;
    state(change, "W1", 2, &closed, 1);
    struct told told = refused(change);
    assert_int_equal(told.count, 2); /* both schools */
    assert_int_equal(told.line, 0);
}

static void test_registry_change__refuses_a_parent_of_another_level(void **context)
{
    struct registry_change *change = country();
    struct registry_segment wrong = segment("R1", "S3", 0, FOR_EVER, 2);
    (void) context;
    state(change, "S3", 3, &wrong, 1);
    assert_string_equal(refused(change).reason,
                        "S3: its parent R1 is of level 1, not of the level above (2)");
}

static void test_registry_change__refuses_a_unit_below_itself(void **context)
{
    struct registry_change *change = country();
    struct registry_segment wrong = segment("S3", "S3", 0, FOR_EVER, 2);
    (void) context;
    state(change, "S3", 3, &wrong, 1);
    assert_string_equal(refused(change).reason, "S3: it is its own parent");
}

static void test_registry_change__refuses_a_cycle(void **context)
{
    struct registry_change *change = country();
    struct registry_segment first = segment("W4", "W3", 0, FOR_EVER, 2);
    struct registry_segment second = segment("W3", "W4", 0, FOR_EVER, 3);
    (void) context;
    state(change, "W3", 2, &first, 1);
    state(change, "W4", 2, &second, 1);
    assert_string_equal(refused(change).column, "parent");
}

static void test_registry_change__refuses_an_unknown_parent(void **context)
{
    struct registry_change *change = country();
    struct registry_segment wrong = segment("W9", "S3", 0, FOR_EVER, 2);
    (void) context;
    state(change, "S3", 3, &wrong, 1);
    assert_string_equal(refused(change).reason, "S3: its parent W9 is not registered");
}

static void test_registry_change__refuses_rows_that_overlap(void **context)
{
    struct registry_change *change = country();
    struct registry_segment both[] = {segment("W1", "S1", 0, 60, 7),
                                      segment("W2", "S1", 50, FOR_EVER, 8)};
    (void) context;
    state(change, "S1", 3, both, 2);
    struct told told = refused(change);
    assert_int_equal(told.line, 8);
    assert_string_equal(told.column, "valid_from");
}

static void test_registry_change__refuses_an_end_before_the_beginning(void **context)
{
    struct registry_change *change = country();
    struct registry_segment wrong = segment("W1", "S1", 60, 60, 7);
    (void) context;
    state(change, "S1", 3, &wrong, 1);
    assert_string_equal(refused(change).column, "valid_to");
}

static void test_registry_change__refuses_a_second_country(void **context)
{
    struct registry_change *change = country();
    struct registry_segment other = segment(NULL, "D", 0, FOR_EVER, 9);
    (void) context;
    state(change, "D", 0, &other, 1);
    assert_string_equal(refused(change).column, "level");
}

static void test_registry_change__tells_a_mistake_of_an_area_once(void **context)
{
    struct registry_change *change = country();
    struct registry_segment wrong = segment("R9", "W1", 0, FOR_EVER, 1);
    (void) context;
    state(change, "W1", 2, &wrong, 1);
    assert_int_equal(refused(change).count, 1); /* not again for S1 and S2 */
}

static void test_registry_change__many_units(void **context)
{
    struct registry_change *change = country();
    struct registry_segment one = segment("W1", "many", 0, FOR_EVER, 1);
    char code[32];
    (void) context;
    for (int i = 0; i < 5000; i++) {
        snprintf(code, sizeof code, "M%d", i);
        state(change, code, 3, &one, 1);
    }
    compile(change);
    assert_int_equal(registry_change_unit_count(change), 5007);
    assert_string_equal(unit_of(change, "M4999")->code, "M4999");
    assert_true(registry_change_find(change, "M5000") == SIZE_MAX);
    registry_change_free(change);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_registry_change__nothing_stated_keeps_everything),
        cmocka_unit_test(test_registry_change__a_move_splits_the_school_and_nothing_else),
        cmocka_unit_test(test_registry_change__a_move_by_one_row_keeps_the_past),
        cmocka_unit_test(test_registry_change__a_later_row_that_says_the_same_changes_nothing),
        cmocka_unit_test(test_registry_change__what_stood_on_a_day),
        cmocka_unit_test(test_registry_change__rows_replace_all_that_stood_from_their_first_day),
        cmocka_unit_test(test_registry_change__rows_from_the_first_day_replace_everything),
        cmocka_unit_test(test_registry_change__a_unit_that_ended_may_come_back),
        cmocka_unit_test(test_registry_change__a_rename_of_an_area_reopens_all_below),
        cmocka_unit_test(test_registry_change__an_attribute_makes_another_place),
        cmocka_unit_test(test_registry_change__a_move_from_the_beginning_is_another_place),
        cmocka_unit_test(test_registry_change__what_is_left_out_ends_and_is_changed),
        cmocka_unit_test(test_registry_change__neighbours_that_say_the_same_are_one_place),
        cmocka_unit_test(test_registry_change__new_units_come_below_new_areas),
        cmocka_unit_test(test_registry_change__refuses_an_orphan),
        cmocka_unit_test(test_registry_change__refuses_to_take_the_parent_of_others),
        cmocka_unit_test(test_registry_change__refuses_a_parent_of_another_level),
        cmocka_unit_test(test_registry_change__refuses_a_unit_below_itself),
        cmocka_unit_test(test_registry_change__refuses_a_cycle),
        cmocka_unit_test(test_registry_change__refuses_an_unknown_parent),
        cmocka_unit_test(test_registry_change__refuses_rows_that_overlap),
        cmocka_unit_test(test_registry_change__refuses_an_end_before_the_beginning),
        cmocka_unit_test(test_registry_change__refuses_a_second_country),
        cmocka_unit_test(test_registry_change__tells_a_mistake_of_an_area_once),
        cmocka_unit_test(test_registry_change__many_units),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
