/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/plan.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/memory.h"
#include "lib/catalogue/refresh.h"

struct leaf {
    int32_t unit_id;
    int32_t period_id;
};

struct building {
    const struct agg_claim *claim;
    const struct catalogue *catalogue;
    size_t leaves_max;
    struct emis_arena *arena;
    struct agg_plan_call *calls; /* heap while it grows */
    size_t call_count;
    size_t call_capacity;
};

static int compare_leaves(const void *left, const void *right)
{
    const struct leaf *a = left, *b = right;

    if (a->unit_id != b->unit_id) {
        return a->unit_id < b->unit_id ? -1 : 1;
    }
    return (a->period_id > b->period_id) - (a->period_id < b->period_id);
}

/* The leaves of rows[from..to), which are one form's, by unit and period. */
static void spread_rows(const struct building *building, size_t from, size_t to,
                        struct agg_plan_form *form)
{
    int level = form->form->leaf_level;
    size_t room = 0, count = 0;
    struct leaf *leaves;
    int32_t *periods, *units;

    for (size_t i = from; i < to; i++) {
        room += building->claim->rows[i].unit_id == 0 ? building->claim->unit_counts[level] : 1;
    }
    leaves = emis_calloc(room + 1, sizeof(*leaves));
    for (size_t i = from; i < to; i++) {
        const struct agg_claim_row *row = &building->claim->rows[i];

        for (size_t j = 0; j < (row->unit_id == 0 ? building->claim->unit_counts[level] : 1); j++) {
            leaves[count++] = (struct leaf){
                .unit_id = row->unit_id == 0 ? building->claim->units[level][j] : row->unit_id,
                .period_id = row->period_id};
        }
    }
    qsort(leaves, count, sizeof(*leaves), compare_leaves);
    periods = emis_arena_alloc(building->arena, (count + 1) * sizeof(*periods));
    units = emis_arena_alloc(building->arena, (count + 1) * sizeof(*units));
    for (size_t i = 0; i < count; i++) {
        periods[i] = leaves[i].period_id;
        units[i] = leaves[i].unit_id;
    }
    free(leaves);
    form->periods = periods;
    form->units = units;
    form->leaf_count = count;
}

static size_t add_number(int16_t *numbers, size_t count, int16_t number)
{
    for (size_t i = 0; i < count; i++) {
        if (numbers[i] == number) {
            return count;
        }
    }
    numbers[count] = number;
    return count + 1;
}

/* What a form feeds: sums, and what is derived from them. Versions of a derived indicator go
 * together, though they may rest on different forms: the statement owns the rows of all of them. */
struct numbers {
    int16_t *summed;
    size_t summed_count;
    int16_t *derived;
    size_t derived_count;
    int16_t *all;
    size_t all_count;
};

static void collect_numbers(const struct building *building, const struct catalogue_form *form,
                            struct numbers *numbers)
{
    const struct catalogue *catalogue = building->catalogue;
    size_t room = catalogue->indicator_count + 1;

    *numbers =
        (struct numbers){.summed = emis_arena_alloc(building->arena, room * sizeof(int16_t)),
                         .derived = emis_arena_alloc(building->arena, room * sizeof(int16_t)),
                         .all = emis_arena_alloc(building->arena, room * sizeof(int16_t))};
    for (size_t i = 0; i < catalogue->indicator_count; i++) {
        const struct catalogue_indicator *indicator = &catalogue->indicators[i];

        if (!catalogue_indicator_is_fed(indicator, form)) {
            continue;
        }
        if (indicator->roll_up == CATALOGUE_CLASS_D) {
            numbers->derived_count =
                add_number(numbers->derived, numbers->derived_count, indicator->number);
        } else {
            numbers->summed_count =
                add_number(numbers->summed, numbers->summed_count, indicator->number);
        }
        numbers->all_count = add_number(numbers->all, numbers->all_count, indicator->number);
    }
}

static void add_call(struct building *building, struct agg_plan_call call)
{
    if (building->call_count == building->call_capacity) {
        building->call_capacity = building->call_capacity == 0 ? 64 : building->call_capacity * 2;
        building->calls =
            emis_realloc(building->calls, building->call_capacity * sizeof(*building->calls));
    }
    building->calls[building->call_count++] = call;
}

/* Pieces of at most leaves_max leaves; a unit is never cut in two, because wider periods of it
 * would be computed twice. */
static void add_leaf_calls(struct building *building, const char *statement,
                           const struct agg_plan_form *form, size_t position, bool is_flow)
{
    for (size_t from = 0; from < form->leaf_count;) {
        size_t to = from + building->leaves_max < form->leaf_count ? from + building->leaves_max
                                                                   : form->leaf_count;

        while (to < form->leaf_count && form->units[to] == form->units[to - 1]) {
            to++;
        }
        add_call(building, (struct agg_plan_call){.statement = statement,
                                                  .periods = form->periods + from,
                                                  .units = form->units + from,
                                                  .leaf_count = to - from,
                                                  .is_country = form->form->leaf_level == 0,
                                                  .is_flow = is_flow,
                                                  .form = position});
        from = to;
    }
}

static void add_leaves(struct building *building, const struct agg_plan_form *form, size_t position)
{
    const struct catalogue *catalogue = building->catalogue;
    bool has_coverage = false;

    for (size_t i = 0; i < catalogue->indicator_count; i++) {
        const struct catalogue_indicator *indicator = &catalogue->indicators[i];

        has_coverage = has_coverage || catalogue_indicator_is_reporting(indicator);
        if (!catalogue_indicator_is_reporting(indicator) && indicator->operand_count == 0 &&
            catalogue_indicator_is_fed(indicator, form->form) &&
            catalogue_refresh_leader(catalogue, indicator) == indicator) {
            add_leaf_calls(building,
                           emis_arena_format(building->arena, "refresh_leaf_%s_v%d",
                                             indicator->code, indicator->version),
                           form, position, indicator->roll_up == CATALOGUE_CLASS_F);
        }
    }
    if (has_coverage && form->form->is_owed) {
        add_leaf_calls(building,
                       emis_arena_format(building->arena, "refresh_coverage_%s", form->form->code),
                       form, position, false);
    }
}

/* what: "up", "derived_<form>", ...; the statement's name ends in the level. */
static void add_level(struct building *building, const char *what, int level,
                      const struct agg_plan_form *form, size_t position, const int16_t *numbers,
                      size_t count)
{
    add_call(building, (struct agg_plan_call){
                           .statement = emis_arena_format(building->arena, "refresh_%s_%s", what,
                                                          building->catalogue->levels[level].code),
                           .periods = form->periods,
                           .units = form->units,
                           .leaf_count = form->leaf_count,
                           .indicators = numbers,
                           .indicator_count = count,
                           .is_country = level == 0,
                           .form = position});
}

/* Ranks are among siblings. Those of the lane's top areas are other lanes' tops, so they stand
 * under the country's lock, like the sums: whoever is second reads after the first has committed.
 */
static void add_standing(struct building *building, const char *verb, int level,
                         const struct agg_plan_form *form, size_t position, const int16_t *numbers,
                         size_t count)
{
    add_level(building, verb, level, form, position, numbers, count);
    building->calls[building->call_count - 1].is_country = level <= 1;
}

/* The form sets targets: of any indicator, for units of any of its levels. */
static void add_targets(struct building *building, const struct agg_plan_form *form,
                        size_t position)
{
    const struct catalogue *catalogue = building->catalogue;
    int16_t *numbers =
        emis_arena_alloc(building->arena, (catalogue->indicator_count + 1) * sizeof(*numbers));
    size_t count = 0;

    for (size_t i = 0; i < catalogue->indicator_count; i++) {
        count = add_number(numbers, count, catalogue->indicators[i].number);
    }
    for (int level = form->form->leaf_level; level >= 0; level--) {
        add_standing(building, "target", level, form, position, numbers, count);
    }
}

static void add_form(struct building *building, struct agg_plan_form *form, size_t position)
{
    struct numbers numbers;

    collect_numbers(building, form->form, &numbers);
    form->indicators = numbers.all;
    form->indicator_count = numbers.all_count;
    if (form->leaf_count == 0) {
        return;
    }
    if (form->form->targets != NULL) {
        add_targets(building, form, position);
    }
    if (numbers.summed_count == 0) {
        return;
    }
    add_leaves(building, form, position);
    for (int level = form->form->leaf_level; level >= 0; level--) {
        if (level < form->form->leaf_level) {
            add_level(building, "up", level, form, position, numbers.summed, numbers.summed_count);
        }
        if (numbers.derived_count > 0) {
            add_level(building, emis_arena_format(building->arena, "derived_%s", form->form->code),
                      level, form, position, numbers.derived, numbers.derived_count);
        }
        add_standing(building, "standing", level, form, position, numbers.all, numbers.all_count);
    }
}

/* The cross rules look at cells of any form: after all of them. */
static void add_crosses(struct building *building, const struct agg_plan_form *form,
                        size_t position)
{
    const struct catalogue *catalogue = building->catalogue;

    for (size_t i = 0; form->leaf_count > 0 && i < catalogue->cross_count; i++) {
        const struct catalogue_cross *cross = &catalogue->crosses[i];
        bool is_compare = cross->method == CATALOGUE_COMPARE;
        bool is_of_form = cross->method == CATALOGUE_QUERY && cross->form != NULL;

        if (catalogue_cross_find(catalogue, cross->code) == cross &&
            catalogue_cross_is_fed_by(catalogue, cross, form->form)) {
            add_call(building, (struct agg_plan_call){
                                   .statement = emis_arena_format(building->arena,
                                                                  "refresh_cross_%s", cross->code),
                                   .periods = form->periods,
                                   .units = form->units,
                                   .leaf_count = form->leaf_count,
                                   .indicators = is_compare   ? form->indicators
                                                 : is_of_form ? &form->form->number
                                                              : NULL,
                                   .indicator_count = is_compare ? form->indicator_count : 1,
                                   .is_country = catalogue_cross_is_country(catalogue, cross) ||
                                                 form->form->leaf_level == 0,
                                   .is_rule = true,
                                   .form = position});
        }
    }
}

/* The country's calls last, each part in its own order: the country lock is taken once, and late.
 */
static void order_calls(const struct building *building, struct agg_plan *plan)
{
    struct agg_plan_call *calls =
        emis_arena_alloc(building->arena, (building->call_count + 1) * sizeof(*calls));

    for (int is_country = 0; is_country <= 1; is_country++) {
        for (size_t i = 0; i < building->call_count; i++) {
            if (building->calls[i].is_country == (is_country == 1)) {
                calls[plan->call_count++] = building->calls[i];
            }
        }
    }
    plan->calls = calls;
}

void agg_plan_build(const struct agg_claim *claim, const struct catalogue *catalogue,
                    size_t leaves_max, struct emis_arena *arena, struct agg_plan *ret_plan)
{
    struct building building = {
        .claim = claim, .catalogue = catalogue, .leaves_max = leaves_max, .arena = arena};
    struct agg_plan_form *forms =
        emis_arena_alloc(arena, (catalogue->form_count + 1) * sizeof(*forms));
    struct agg_plan plan = {.forms = forms};

    for (size_t from = 0, to; from < claim->row_count; from = to) {
        const struct catalogue_form *form =
            catalogue_form_by_number(catalogue, claim->rows[from].form_id);

        for (to = from + 1;
             to < claim->row_count && claim->rows[to].form_id == claim->rows[from].form_id;) {
            to++;
        }
        if (form == NULL) {
            continue; /* no longer in the catalogue: nothing measures it */
        }
        forms[plan.form_count] = (struct agg_plan_form){.form = form};
        spread_rows(&building, from, to, &forms[plan.form_count]);
        add_form(&building, &forms[plan.form_count], plan.form_count);
        plan.leaf_count += forms[plan.form_count++].leaf_count;
    }
    for (size_t i = 0; i < plan.form_count; i++) {
        add_crosses(&building, &forms[i], i);
    }
    order_calls(&building, &plan);
    free(building.calls);
    *ret_plan = plan;
}
