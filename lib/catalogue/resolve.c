/* SPDX-License-Identifier: Apache-2.0 */
/* Names in indicators become pointers: dimensions, forms and groups, cuts, and the operands of
 * derived indicators. */
#include <string.h>

#include "lib/catalogue/build.h"

static void add_dimension(struct catalogue_build *build, const char *code,
                          const struct catalogue_list *list, bool is_attribute)
{
    struct catalogue *catalogue = build->catalogue;
    struct catalogue_dimension *dimensions = (struct catalogue_dimension *) catalogue->dimensions;
    if (catalogue_dimension_find(catalogue, code))
        return;
    dimensions[catalogue->dimension_count++] =
        (struct catalogue_dimension){.code = code, .list = list, .is_attribute = is_attribute};
}

static bool is_named(const struct catalogue_build *build, const char *code)
{
    for (size_t i = 0; i < build->indicator_count; i++) {
        for (const char **cut = build->indicators[i].cuts; *cut; cut++) {
            if (strcmp(*cut, code) == 0)
                return true;
        }
    }
    return false;
}

/* "form", the attributes, and those code lists that some indicator is cut by. */
static void collect_dimensions(struct catalogue_build *build)
{
    struct catalogue *catalogue = build->catalogue;
    catalogue->dimensions =
        emis_arena_alloc(build->arena, (1 + catalogue->attribute_count + catalogue->list_count) *
                                           sizeof *catalogue->dimensions);
    add_dimension(build, "form", NULL, false);
    for (size_t i = 0; i < catalogue->attribute_count; i++)
        add_dimension(build, catalogue->attributes[i].code, catalogue->attributes[i].list, true);
    for (size_t i = 0; i < catalogue->list_count; i++) {
        if (is_named(build, catalogue->lists[i].code))
            add_dimension(build, catalogue->lists[i].code, &catalogue->lists[i], false);
    }
    if (catalogue->dimension_count > CATALOGUE_DIMENSIONS_MAX)
        catalogue_build_mistake(
            build, "attributes.json", "",
            "attributes and code lists that indicators are cut by are more than %d",
            CATALOGUE_DIMENSIONS_MAX - 1);
}

/* How many key columns of the group have this list. */
static size_t key_count_of(const struct catalogue_group *group, const struct catalogue_list *list)
{
    size_t count = 0;
    for (size_t i = 0; i < group->key_count; i++)
        count += group->keys[i].list == list;
    return count;
}

static bool has_cut(const struct catalogue_dimension *const *cuts, size_t count,
                    const struct catalogue_dimension *dimension)
{
    for (size_t i = 0; i < count; i++) {
        if (cuts[i] == dimension)
            return true;
    }
    return false;
}

/* Why the indicator cannot be cut by the dimension, or NULL. */
static const char *cut_fault(const struct catalogue_indicator *indicator,
                             const struct catalogue_dimension *dimension)
{
    bool is_reporting = catalogue_indicator_is_reporting(indicator);
    if (!dimension)
        return "is neither an attribute nor a code list";
    if (is_reporting)
        return dimension->list
                   ? "cannot cut an indicator of reporting, which is cut by \"form\" only"
                   : NULL;
    if (!dimension->list)
        return "cuts indicators of reporting only";
    if (indicator->roll_up == CATALOGUE_CLASS_D) {
        for (size_t i = 0; i < indicator->operand_count; i++) {
            const struct catalogue_operand *operand = &indicator->operands[i];
            if (operand->dimension)
                return "cannot cut an indicator whose values are cells of a cut: two-way cuts are "
                       "not stored";
            if (!has_cut(operand->indicator->cuts, operand->indicator->cut_count, dimension))
                return "is not a cut of every value";
        }
        return NULL;
    }
    if (dimension->is_attribute)
        return NULL;
    return key_count_of(indicator->group, dimension->list) == 1
               ? NULL
               : "must be the list of exactly one key column of the group";
}

static void resolve_cuts(struct catalogue_build *build, const char **names,
                         struct catalogue_indicator *indicator)
{
    size_t count = 0;
    while (names[count])
        count++;
    const struct catalogue_dimension **cuts =
        emis_arena_alloc(build->arena, (count + 1) * sizeof *cuts);
    for (size_t i = 0; i < count; i++) {
        cuts[i] = catalogue_dimension_find(build->catalogue, names[i]);
        const char *fault = cut_fault(indicator, cuts[i]);
        if (fault)
            catalogue_build_mistake(build, indicator->path,
                                    emis_arena_format(build->arena, "/cuts/%zu", i), "\"%.50s\" %s",
                                    names[i], fault);
    }
    indicator->cuts = cuts;
    indicator->cut_count = count;
}

static void resolve_source(struct catalogue_build *build,
                           const struct catalogue_build_indicator *raw,
                           struct catalogue_indicator *indicator)
{
    const struct catalogue *catalogue = build->catalogue;
    if (!catalogue_form_newest(catalogue, raw->form)) {
        catalogue_build_mistake(build, indicator->path, "/form", "there is no form \"%.50s\"",
                                raw->form);
        return;
    }
    indicator->form =
        catalogue_form_with_group(catalogue, raw->form, raw->group, &indicator->group);
    if (!indicator->form) {
        catalogue_build_mistake(build, indicator->path, "/group",
                                "the form %s has no group \"%.50s\"", raw->form, raw->group);
        return;
    }
    enum catalogue_period_kind leaf = indicator->form->period_kind;
    for (int kind = 0; kind < CATALOGUE_PERIOD_KINDS; kind++) {
        bool is_wrong =
            kind < (int) leaf || ((kind == CATALOGUE_CAMPAIGN) != (leaf == CATALOGUE_CAMPAIGN));
        if (is_wrong && indicator->period_kinds >> kind & 1)
            catalogue_build_mistake(
                build, indicator->path, "/periods",
                "\"%s\" does not hold whole periods of the form %s, which are of kind %s",
                catalogue_period_kind_name((enum catalogue_period_kind) kind),
                indicator->form->code, catalogue_period_kind_name(leaf));
    }
}

/* The list by whose order pupils go up: that of exactly one key column, and a cut. */
static void resolve_promotes(struct catalogue_build *build, const char *code,
                             struct catalogue_indicator *indicator)
{
    const struct catalogue_dimension *dimension = catalogue_dimension_find(build->catalogue, code);
    if (dimension && !dimension->is_attribute &&
        has_cut(indicator->cuts, indicator->cut_count, dimension))
        indicator->promotes = dimension;
    else
        catalogue_build_mistake(build, indicator->path, "/promotes",
                                "\"%.50s\" is not a code list among the cuts", code);
}

/* A flow compares a leaf with the one before: wider periods would count its units twice. */
static void check_flow(struct catalogue_build *build, const struct catalogue_indicator *indicator)
{
    enum catalogue_period_kind leaf = indicator->form->period_kind;
    if (leaf == CATALOGUE_CAMPAIGN)
        catalogue_build_mistake(build, indicator->path, "/form",
                                "campaigns have no order, so there is no one before");
    if (indicator->period_kinds != 1u << leaf)
        catalogue_build_mistake(build, indicator->path, "/periods",
                                "a flow (class F) is for periods of its form's own kind, %s",
                                catalogue_period_kind_name(leaf));
}

static const uint32_t short_kinds = 1u << CATALOGUE_DAY | 1u << CATALOGUE_WEEK;

static void resolve_operand(struct catalogue_build *build,
                            const struct catalogue_indicator *indicator,
                            const struct catalogue_build_operand *raw,
                            struct catalogue_operand *operand)
{
    const char *pointer = emis_arena_format(build->arena, "/values/%s/indicator", raw->name);
    const char *cut_pointer = emis_arena_format(build->arena, "/values/%s/cut", raw->name);
    operand->name = raw->name;
    operand->is_before = raw->is_before;
    const struct catalogue_indicator *of =
        catalogue_indicator_find(build->catalogue, raw->indicator);
    if (!of) {
        catalogue_build_mistake(build, indicator->path, pointer, "there is no indicator \"%.50s\"",
                                raw->indicator);
        return;
    }
    operand->indicator = of;
    bool is_of_leaf = of->form && of->form->period_kind != CATALOGUE_CAMPAIGN &&
                      indicator->period_kinds == 1u << of->form->period_kind;
    if (raw->is_before && !is_of_leaf)
        catalogue_build_mistake(build, indicator->path,
                                emis_arena_format(build->arena, "/values/%s/before", raw->name),
                                "a period before is that of the leaves: the indicator must be for "
                                "periods of the kind of %s's form alone, which are no campaigns",
                                of->code);
    if (of->roll_up == CATALOGUE_CLASS_D)
        catalogue_build_mistake(
            build, indicator->path, pointer,
            "%s is derived itself; derive from stored indicators, so that there is no cycle",
            of->code);
    if (indicator->period_kinds & ~of->period_kinds)
        catalogue_build_mistake(build, indicator->path, "/periods",
                                "%s is not stored for all of these kinds of period", of->code);
    if (!raw->cut_dimension) {
        if (catalogue_indicator_is_reporting(of))
            catalogue_build_mistake(build, indicator->path, pointer, "%s has no total", of->code);
        return;
    }
    const struct catalogue_dimension *dimension =
        catalogue_dimension_find(build->catalogue, raw->cut_dimension);
    if (!dimension || !dimension->list || !has_cut(of->cuts, of->cut_count, dimension)) {
        catalogue_build_mistake(build, indicator->path, cut_pointer, "%s is not cut by \"%.50s\"",
                                of->code, raw->cut_dimension);
        return;
    }
    operand->dimension = dimension;
    operand->member_code = raw->cut_member;
    bool is_member = false;
    for (size_t i = 0; i < dimension->list->code_count; i++)
        is_member |= strcmp(dimension->list->codes[i].code, raw->cut_member) == 0;
    if (!is_member)
        catalogue_build_mistake(build, indicator->path, cut_pointer,
                                "\"%.50s\" is not in the code list %s", raw->cut_member,
                                dimension->list->code);
    if (indicator->period_kinds & short_kinds &&
        !has_cut(of->day_cuts, of->day_cut_count, dimension))
        catalogue_build_mistake(build, indicator->path, cut_pointer,
                                "%s keeps no cut by \"%s\" for days and weeks", of->code,
                                dimension->code);
}

/* A subset of the cuts, so that what is wrong with a cut is reported there. */
static void resolve_day_cuts(struct catalogue_build *build,
                             const struct catalogue_build_indicator *raw,
                             struct catalogue_indicator *indicator)
{
    size_t count = 0;
    while (raw->day_cuts[count])
        count++;
    const struct catalogue_dimension **day_cuts =
        emis_arena_alloc(build->arena, (count + 1) * sizeof *day_cuts);
    for (size_t i = 0; i < count; i++) {
        size_t at = 0;
        while (at < indicator->cut_count && strcmp(raw->cuts[at], raw->day_cuts[i]) != 0)
            at++;
        if (at < indicator->cut_count)
            day_cuts[i] = indicator->cuts[at];
        else
            catalogue_build_mistake(build, indicator->path,
                                    emis_arena_format(build->arena, "/day_cuts/%zu", i),
                                    "\"%.50s\" is not among the cuts", raw->day_cuts[i]);
    }
    indicator->day_cuts = day_cuts;
    indicator->day_cut_count = count;
}

static void resolve_level(struct catalogue_build *build,
                          const struct catalogue_build_indicator *raw,
                          struct catalogue_indicator *indicator)
{
    const struct catalogue *catalogue = build->catalogue;
    int level_no = (int) catalogue->level_count - 1;
    while (raw->level && level_no >= 0 && strcmp(catalogue->levels[level_no].code, raw->level) != 0)
        level_no--;
    if (level_no < 0)
        catalogue_build_mistake(build, indicator->path, "/level", "there is no level \"%.50s\"",
                                raw->level);
    indicator->level_no = level_no;
    if (indicator->is_summed_above && !raw->level)
        catalogue_build_mistake(build, indicator->path, "/above",
                                "give \"level\" too: the level whose values are summed above it");
    if (indicator->is_summed_above && raw->cuts[0])
        catalogue_build_mistake(build, indicator->path, "/cuts",
                                "what is summed above its level has no cuts");
}

static void resolve_operands(struct catalogue_build *build,
                             const struct catalogue_build_indicator *raw,
                             struct catalogue_indicator *indicator)
{
    struct catalogue_operand *operands =
        emis_arena_alloc(build->arena, (raw->operand_count + 1) * sizeof *operands);
    bool is_present = false;
    for (size_t i = 0; i < raw->operand_count; i++) {
        resolve_operand(build, indicator, &raw->operands[i], &operands[i]);
        is_present |= !operands[i].is_before;
    }
    if (!is_present)
        catalogue_build_mistake(build, indicator->path, "/values",
                                "one value at least must be of the period itself");
    indicator->operands = operands;
    indicator->operand_count = raw->operand_count;
    resolve_level(build, raw, indicator);
}

/* Everything but operands: first for the indicators that others may be derived from, then for the
 * derived ones. */
static void resolve(struct catalogue_build *build, const struct catalogue_build_indicator *raw,
                    struct catalogue_indicator *indicator, bool is_derived)
{
    if ((indicator->roll_up == CATALOGUE_CLASS_D) != is_derived ||
        !catalogue_build_is_sound(build, indicator->path))
        return;
    if (is_derived) {
        resolve_operands(build, raw, indicator);
    } else if (raw->form) {
        resolve_source(build, raw, indicator);
    }
    if (!catalogue_build_is_sound(build, indicator->path))
        return;
    resolve_cuts(build, raw->cuts, indicator);
    resolve_day_cuts(build, raw, indicator);
    if (raw->promotes && catalogue_build_is_sound(build, indicator->path))
        resolve_promotes(build, raw->promotes, indicator);
    if (indicator->roll_up == CATALOGUE_CLASS_F)
        check_flow(build, indicator);
    if (catalogue_indicator_is_reporting(indicator) && indicator->cut_count != 1)
        catalogue_build_mistake(build, indicator->path, "/cuts",
                                "an indicator of reporting must be cut by \"form\"");
}

void catalogue_resolve_indicators(struct catalogue_build *build)
{
    struct catalogue_indicator *indicators =
        emis_arena_alloc(build->arena, (build->indicator_count + 1) * sizeof *indicators);
    for (size_t i = 0; i < build->indicator_count; i++) {
        indicators[i] = build->indicators[i].base;
        indicators[i].cuts = indicators[i].day_cuts =
            emis_arena_alloc(build->arena, sizeof *indicators[i].cuts);
    }
    build->catalogue->indicators = indicators;
    build->catalogue->indicator_count = build->indicator_count;
    collect_dimensions(build);
    for (size_t i = 0; i < build->indicator_count; i++)
        resolve(build, &build->indicators[i], &indicators[i], false);
    for (size_t i = 0; i < build->indicator_count; i++)
        resolve(build, &build->indicators[i], &indicators[i], true);
}
