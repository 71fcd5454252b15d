/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From claimed rows to the ordered list of statements that make every cell above them right: per
 * form its leaf statements, then each level from the children upwards, then the rules that look at
 * several of these cells, the country last. Pure:
 * takes the claim and the catalogue, returns the list; refresh.c performs it. Any thread.
 */
#pragma once

#include "aggregator/claim.h"

/* One call of a statement of lib/catalogue/refresh.h. */
struct agg_plan_call {
    const char *statement;
    const int32_t *periods; /* paired with units */
    const int32_t *units;
    size_t leaf_count;
    const int16_t *indicators; /* NULL: the statement does not take them */
    size_t indicator_count;
    bool is_country; /* under the country lock */
    bool is_flow;    /* rests on leaves of other units and of the period before */
    bool is_rule;    /* writes findings, no cell: one that fails spoils nothing else */
    size_t form;     /* position in forms */
};

/* What a form's rows became, for the marks of a failure. */
struct agg_plan_form {
    const struct catalogue_form *form;
    const int32_t *periods; /* every leaf, by unit and period */
    const int32_t *units;
    size_t leaf_count;
    const int16_t *indicators; /* of the form, derived ones included */
    size_t indicator_count;
};

struct agg_plan {
    const struct agg_plan_call *calls; /* those of the country stand last */
    size_t call_count;
    const struct agg_plan_form *forms;
    size_t form_count;
    size_t leaf_count;
};

/* leaves_max: most leaves of one leaf statement; a unit's leaves stay together. Everything in
 * *ret_plan lives in the arena. A form that nothing measures has no calls. */
void agg_plan_build(const struct agg_claim *claim, const struct catalogue *catalogue,
                    size_t leaves_max, struct emis_arena *arena, struct agg_plan *ret_plan);
