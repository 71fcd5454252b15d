/* SPDX-License-Identifier: Apache-2.0 */
/* How areas stand, as declared: `rank`, `bands` and `amber_within` of an indicator, `targets` of a
 * form. */
#include <string.h>

#include "lib/catalogue/walk.h"

#define ONE         INT64_C(1000000) /* 10^CATALOGUE_STANDING_SCALE */
#define EDGE_MAX    (INT64_C(1000000000000) * ONE)
#define NEEDED      INT64_MIN
#define WIDER_KINDS (~(1u << CATALOGUE_DAY | 1u << CATALOGUE_WEEK))

/* A number or a text such as "0.85", exact; fallback NEEDED: it must be there. */
static int64_t walk_decimal(struct catalogue_walk *walk, const struct json_value *object,
                            const char *key, int64_t fallback, int64_t min, int64_t max)
{
    const struct json_value *value = json_value_get(object, key);
    struct emis_error err;
    int64_t number;
    if (!value && fallback != NEEDED)
        return fallback;
    if (!value)
        catalogue_walk_mistake(walk, key, "\"%s\" is missing", key);
    else if (!json_value_decimal(value, CATALOGUE_STANDING_SCALE, &number, &err))
        catalogue_walk_mistake(walk, key, "must be a decimal of at most %d digits after the point",
                               CATALOGUE_STANDING_SCALE);
    else if (number < min || number > max)
        catalogue_walk_mistake(walk, key, "must be from %lld to %lld", (long long) (min / ONE),
                               (long long) (max / ONE));
    else
        return number;
    return 0;
}

static void parse_rank(struct catalogue_walk *walk, const struct json_value *root,
                       struct catalogue_indicator *indicator)
{
    static const char *const ties_names[] = {"competition", "dense", NULL};
    const struct json_value *value = json_value_get(root, "rank");
    struct catalogue_standing *standing = &indicator->standing;
    if (!value)
        return;
    standing->is_ranked = true;
    if (indicator->direction == 0)
        catalogue_walk_mistake(
            walk, "rank",
            "direction 0 says that neither more nor less is better: nobody can be ranked by it");
    if (!(indicator->period_kinds & WIDER_KINDS))
        catalogue_walk_mistake(
            walk, "rank", "areas are ranked by months and wider periods: \"periods\" has none");
    json_path_push_key(&walk->path, "rank");
    if (catalogue_walk_members(walk, value, (const char *const[]){"coverage_min", "ties", NULL})) {
        standing->coverage_min = walk_decimal(walk, value, "coverage_min", NEEDED, 0, ONE);
        standing->is_dense = catalogue_walk_choice(walk, value, "ties", ties_names, -1) == 1;
    }
    json_path_pop(&walk->path);
}

/* Numbers come later: by the text. */
static bool has_code(const struct catalogue_list *list, const char *code)
{
    for (size_t i = 0; i < list->code_count; i++) {
        if (strcmp(list->codes[i].code, code) == 0)
            return true;
    }
    return false;
}

/* One band: its upper edge is where the next begins, so the last has none, and no gap can be
 * written between two. */
static void parse_step(struct catalogue_walk *walk, const struct json_value *step, bool is_last,
                       struct catalogue_standing *standing, const char **bands, int64_t *edges)
{
    size_t at = standing->band_count;
    if (!catalogue_walk_members(walk, step, (const char *const[]){"code", "below", NULL}))
        return;
    bands[at] = catalogue_walk_text(walk, step, "code", true);
    if (bands[at] && standing->band_list && !has_code(standing->band_list, bands[at]))
        catalogue_walk_mistake(walk, "code", "\"%.50s\" is not in the code list %s", bands[at],
                               standing->band_list->code);
    for (size_t i = 0; bands[at] && i < at; i++) {
        if (bands[i] && strcmp(bands[i], bands[at]) == 0)
            catalogue_walk_mistake(walk, "code", "\"%.50s\" is there twice", bands[at]);
    }
    standing->band_count++;
    if (is_last) {
        if (json_value_get(step, "below"))
            catalogue_walk_mistake(
                walk, "below",
                "a gap: what is not below it has no band; the last band has no edge");
        return;
    }
    if (!json_value_get(step, "below")) {
        catalogue_walk_mistake(walk, "below",
                               "\"below\" is missing: only the last band goes on without end");
        return;
    }
    edges[at] = walk_decimal(walk, step, "below", NEEDED, -EDGE_MAX, EDGE_MAX);
    if (at > 0 && edges[at] <= edges[at - 1])
        catalogue_walk_mistake(walk, "below", "must be above that of the band before");
}

static void parse_bands(struct catalogue_walk *walk, const struct json_value *root,
                        struct catalogue_standing *standing)
{
    const struct json_value *value = json_value_get(root, "bands");
    if (!value)
        return;
    json_path_push_key(&walk->path, "bands");
    if (catalogue_walk_members(walk, value, (const char *const[]){"list", "steps", NULL})) {
        const char *list = catalogue_walk_identifier(walk, value, "list");
        const struct json_value *steps = catalogue_walk_array(walk, value, "steps", true);
        size_t count = steps ? json_value_size(steps) : 0;
        const char **bands = emis_arena_alloc(walk->build->arena, (count + 1) * sizeof *bands);
        int64_t *edges = emis_arena_alloc(walk->build->arena, (count + 1) * sizeof *edges);
        standing->band_list = catalogue_list_find(walk->build->catalogue, list);
        if (*list && !standing->band_list)
            catalogue_walk_mistake(walk, "list", "there is no code list \"%.50s\"", list);
        if (steps && count < 2)
            catalogue_walk_mistake(walk, "steps", "must list at least two bands");
        json_path_push_key(&walk->path, "steps");
        for (size_t i = 0; i < count; i++) {
            json_path_push_index(&walk->path, i);
            parse_step(walk, json_value_at(steps, i), i + 1 == count, standing, bands, edges);
            json_path_pop(&walk->path);
        }
        json_path_pop(&walk->path);
        standing->bands = bands;
        standing->edges = edges;
    }
    json_path_pop(&walk->path);
}

void catalogue_parse_standing(struct catalogue_walk *walk, const struct json_value *root,
                              struct catalogue_indicator *indicator)
{
    static const char *const members[] = {"rank", "bands", "amber_within"};
    bool is_reporting = catalogue_indicator_is_reporting(indicator);
    for (size_t i = 0; is_reporting && i < sizeof members / sizeof *members; i++) {
        if (json_value_get(root, members[i]))
            catalogue_walk_mistake(walk, members[i],
                                   "an indicator of reporting is kept by form and has no total");
    }
    parse_rank(walk, root, indicator);
    parse_bands(walk, root, &indicator->standing);
    indicator->standing.amber_within =
        walk_decimal(walk, root, "amber_within",
                     strcmp(indicator->unit, "percent") == 0 ? ONE / 10 : 0, 0, EDGE_MAX);
    if (indicator->direction == 0 && json_value_get(root, "amber_within"))
        catalogue_walk_mistake(walk, "amber_within",
                               "direction 0 says that neither more nor less is better: there is no "
                               "light");
}

/* The key or field of the group that the member names. */
static const struct catalogue_field *walk_field(struct catalogue_walk *walk,
                                                const struct json_value *object, const char *key,
                                                const struct catalogue_group *group)
{
    const char *name = catalogue_walk_identifier(walk, object, key);
    const struct catalogue_field *field =
        group && *name ? catalogue_group_field(group, name) : NULL;
    if (group && *name && !field)
        catalogue_walk_mistake(walk, key, "the group %s has no \"%.50s\"", group->code, name);
    return field;
}

/* What the names mean must fit: one row of a unit's only submission for each indicator and period.
 */
static void check_targets(struct catalogue_walk *walk, const struct catalogue_form *form,
                          const struct catalogue_targets *targets)
{
    static const char *const words[] = {"percent", "number", "ratio", "index"};
    const struct catalogue_group *group = targets->group;
    const struct catalogue_field *first = group->keys, *second = group->keys + 1;
    bool is_keyed = group->key_count == 2 && first->type == CATALOGUE_TEXT &&
                    second->type == CATALOGUE_TEXT &&
                    ((targets->indicator == first && targets->period == second) ||
                     (targets->indicator == second && targets->period == first));
    if (!is_keyed || form->key_part_count)
        catalogue_walk_mistake(
            walk, "group",
            "must have two keys, the texts \"indicator\" and \"period\", and the "
            "form no key parts: so that a target is there once");
    if (targets->value->type != CATALOGUE_INT && targets->value->type != CATALOGUE_DECIMAL)
        catalogue_walk_mistake(walk, "value", "must be an int or a decimal");
    if (!targets->unit->list) {
        catalogue_walk_mistake(walk, "unit", "must be a code");
        return;
    }
    for (size_t i = 0; i < targets->unit->list->code_count; i++) {
        const char *code = targets->unit->list->codes[i].code;
        bool is_known = false;
        for (size_t j = 0; j < sizeof words / sizeof *words; j++)
            is_known |= strcmp(words[j], code) == 0;
        if (!is_known)
            catalogue_walk_mistake(walk, "unit",
                                   "\"%.50s\" of the code list %s is not percent, number, ratio or "
                                   "index",
                                   code, targets->unit->list->code);
    }
}

static void check_only_form(struct catalogue_walk *walk, const struct catalogue_form *form)
{
    for (size_t i = 0; i < walk->build->catalogue->form_count; i++) {
        const struct catalogue_form *other = &walk->build->forms[i];
        if (other->targets && strcmp(other->code, form->code) != 0)
            catalogue_walk_mistake(walk, "targets", "%s sets targets already; one form does",
                                   other->code);
    }
}

void catalogue_parse_targets(struct catalogue_walk *walk, const struct json_value *root,
                             struct catalogue_form *form)
{
    const struct json_value *value = json_value_get(root, "targets");
    struct catalogue_targets *targets;
    const char *code;
    if (!value)
        return;
    check_only_form(walk, form);
    targets = emis_arena_alloc(walk->build->arena, sizeof *targets);
    json_path_push_key(&walk->path, "targets");
    if (catalogue_walk_members(
            walk, value,
            (const char *const[]){"group", "indicator", "period", "unit", "value", NULL})) {
        code = catalogue_walk_identifier(walk, value, "group");
        for (size_t i = 0; i < form->group_count; i++) {
            if (*code && strcmp(form->groups[i].code, code) == 0)
                targets->group = &form->groups[i];
        }
        if (*code && !targets->group)
            catalogue_walk_mistake(walk, "group", "there is no group \"%.50s\"", code);
        targets->indicator = walk_field(walk, value, "indicator", targets->group);
        targets->period = walk_field(walk, value, "period", targets->group);
        targets->unit = walk_field(walk, value, "unit", targets->group);
        targets->value = walk_field(walk, value, "value", targets->group);
        if (targets->indicator && targets->period && targets->unit && targets->value)
            check_targets(walk, form, targets);
        form->targets = targets;
    }
    json_path_pop(&walk->path);
}
