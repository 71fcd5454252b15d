/* SPDX-License-Identifier: Apache-2.0 */
/* The groups that the tests of lib/expr speak of, and values for them. `school` stands once,
 * `class` and `staff` repeat. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "lib/expr/evaluate.h"

static const struct expr_code fixture_sex_codes[] = {{"F", 1}, {"M", 2}};
static const struct expr_codes fixture_sex = {"sex", fixture_sex_codes, 2};
static const struct expr_code fixture_type_codes[] = {
    {"teacher", 3}, {"head-teacher", 4}, {"F", 9}};
static const struct expr_codes fixture_type = {"staff_type", fixture_type_codes, 3};

enum { SCHOOL, CLASS, STAFF, GROUPS };
enum { ROOMS, BUDGET, IS_OPEN, OPENED_ON, HEAD_SEX, NOTE, TOTAL, SCHOOL_FIELDS };
enum { PUPILS, GRADE, SEX, FEE, AREA, BORN_ON, IS_MIXED, CLASS_FIELDS };

static const struct expr_field fixture_school[] = {
    {.name = "rooms", .type = EXPR_NUMBER},
    {.name = "budget", .type = EXPR_NUMBER, .scale = 2, .column = "budget_scaled"},
    {.name = "is_open", .type = EXPR_BOOL},
    {.name = "opened_on", .type = EXPR_DATE},
    {.name = "head_sex", .type = EXPR_CODE, .codes = &fixture_sex},
    {.name = "note", .type = EXPR_TEXT},
    {.name = "total", .type = EXPR_NUMBER},
};
static const struct expr_field fixture_class[] = {
    {.name = "pupils", .type = EXPR_NUMBER},
    {.name = "grade", .type = EXPR_NUMBER},
    {.name = "sex", .type = EXPR_CODE, .codes = &fixture_sex},
    {.name = "fee", .type = EXPR_NUMBER, .scale = 4},
    {.name = "area", .type = EXPR_NUMBER, .scale = 3, .is_numeric_column = true},
    {.name = "born_on", .type = EXPR_DATE},
    {.name = "is_mixed", .type = EXPR_BOOL},
};
static const struct expr_field fixture_staff[] = {
    {.name = "type", .type = EXPR_CODE, .codes = &fixture_type},
    {.name = "present", .type = EXPR_NUMBER},
};
static const struct expr_group fixture_groups[] = {
    {.name = "school", .fields = fixture_school, .field_count = SCHOOL_FIELDS},
    {.name = "class", .is_repeating = true, .fields = fixture_class, .field_count = CLASS_FIELDS},
    {.name = "staff", .is_repeating = true, .fields = fixture_staff, .field_count = 2},
};
static const struct expr_scope fixture_form = {fixture_groups, GROUPS, -1};
static const struct expr_scope fixture_row = {fixture_groups, GROUPS, CLASS};

#define FIXTURE_ROWS_MAX 8

struct fixture {
    size_t rows[GROUPS];
    struct expr_value values[GROUPS][FIXTURE_ROWS_MAX][SCHOOL_FIELDS];
};

static inline size_t fixture_row_count(void *context, size_t group)
{
    return ((const struct fixture *) context)->rows[group];
}

static inline void fixture_value(void *context, size_t group, size_t row, size_t field,
                                 struct expr_value *ret)
{
    *ret = ((const struct fixture *) context)->values[group][row][field];
}

/* Everything missing. */
static inline void fixture_init(struct fixture *fixture)
{
    memset(fixture, 0, sizeof(*fixture));
    fixture->rows[SCHOOL] = 1;
    for (size_t group = 0; group < GROUPS; group++) {
        for (size_t row = 0; row < FIXTURE_ROWS_MAX; row++) {
            for (size_t field = 0; field < SCHOOL_FIELDS; field++)
                fixture->values[group][row][field].is_missing = true;
        }
    }
}

static inline void fixture_set(struct fixture *fixture, size_t group, size_t row, size_t field,
                               int64_t number)
{
    fixture->values[group][row][field] = (struct expr_value){.number = number};
    if (fixture->rows[group] <= row)
        fixture->rows[group] = row + 1;
}
