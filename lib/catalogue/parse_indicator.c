/* SPDX-License-Identifier: Apache-2.0 */
/* indicators/<CODE>.v<N>.json; names of forms, groups, cuts and operands are resolved later
 * (resolve.c). */
#include <stdio.h>
#include <string.h>

#include "lib/base/date.h"
#include "lib/base/text.h"
#include "lib/catalogue/walk.h"
#include "lib/json/document.h"

static const char *const class_names[] = {"R",        "S",      "C",      "L",     "F", "D",
                                          "coverage", "ontime", "filled", "clean", NULL};

#define OPERANDS_MAX 40

static void parse_operand(struct catalogue_walk *walk, const char *name,
                          const struct json_value *value, struct catalogue_build_operand *operand)
{
    json_path_push_key(&walk->path, name);
    operand->name = emis_arena_strdup(walk->build->arena, name);
    if (!emis_text_is_identifier(name) || catalogue_reserved_is_column(name) ||
        catalogue_walk_is_denominator(name))
        catalogue_walk_mistake(walk, NULL,
                               "the name of a value must be lower-case letters, digits and _ "
                               "beginning with a letter, no word of SQL, and not end in "
                               "_denominator");
    if (catalogue_walk_members(walk, value,
                               (const char *const[]){"indicator", "cut", "before", NULL})) {
        operand->indicator = catalogue_walk_text(walk, value, "indicator", true);
        operand->is_before = catalogue_walk_bool(walk, value, "before", false, false);
        const struct json_value *cut = json_value_get(value, "cut");
        struct json_value_member member;
        if (cut && json_value_size(cut) == 1 && json_value_first(cut, &member)) {
            json_path_push_key(&walk->path, "cut");
            operand->cut_dimension = emis_arena_strdup(walk->build->arena, member.key);
            operand->cut_member = catalogue_walk_text(walk, cut, member.key, true);
            json_path_pop(&walk->path);
        } else if (cut) {
            catalogue_walk_mistake(walk, "cut",
                                   "must be an object with one member, such as {\"sex\": \"f\"}");
        }
    }
    json_path_pop(&walk->path);
}

/* "values": a name for each cell that numerator and denominator are made of. */
static void parse_operands(struct catalogue_walk *walk, const struct json_value *root,
                           struct catalogue_build_indicator *indicator)
{
    const struct json_value *values = json_value_get(root, "values");
    struct json_value_member member;
    if (!values || json_value_type(values) != JSON_VALUE_OBJECT || json_value_size(values) == 0 ||
        json_value_size(values) > OPERANDS_MAX) {
        catalogue_walk_mistake(walk, "values", "must be an object of 1 to %d named cells",
                               OPERANDS_MAX);
        return;
    }
    indicator->operands =
        emis_arena_alloc(walk->build->arena, json_value_size(values) * sizeof *indicator->operands);
    json_path_push_key(&walk->path, "values");
    for (bool is_there = json_value_first(values, &member); is_there;
         is_there = json_value_next(&member))
        parse_operand(walk, member.key, member.value,
                      &indicator->operands[indicator->operand_count++]);
    json_path_pop(&walk->path);
}

/* Refuse members that the class does not have. */
static void refuse(struct catalogue_walk *walk, const struct json_value *root,
                   enum catalogue_class roll_up, const char *const *keys)
{
    for (; *keys; keys++) {
        const struct json_value *value = json_value_get(root, *keys);
        if (value && json_value_type(value) != JSON_VALUE_NULL)
            catalogue_walk_mistake(walk, *keys, "an indicator of class %s has no \"%s\"",
                                   class_names[roll_up], *keys);
    }
}

/* Absent and null are the same. */
static const char *optional_text(struct catalogue_walk *walk, const struct json_value *root,
                                 const char *key)
{
    const struct json_value *value = json_value_get(root, key);
    if (!value || json_value_type(value) == JSON_VALUE_NULL)
        return NULL;
    return catalogue_walk_text(walk, root, key, false);
}

/* What the class measures. */
static void parse_measure(struct catalogue_walk *walk, const struct json_value *root,
                          struct catalogue_build_indicator *indicator)
{
    struct catalogue_indicator *base = &indicator->base;
    switch (base->roll_up) {
    case CATALOGUE_CLASS_COVERAGE:
    case CATALOGUE_CLASS_ONTIME:
    case CATALOGUE_CLASS_FILLED:
    case CATALOGUE_CLASS_CLEAN:
        refuse(walk, root, base->roll_up,
               (const char *const[]){"form", "group", "numerator", "denominator", "where",
                                     "promotes", "values", "rows", "level", "above", NULL});
        return;
    case CATALOGUE_CLASS_D:
        refuse(walk, root, base->roll_up,
               (const char *const[]){"form", "group", "where", "promotes", "rows", NULL});
        parse_operands(walk, root, indicator);
        indicator->level = optional_text(walk, root, "level");
        base->is_summed_above =
            catalogue_walk_choice(walk, root, "above",
                                  (const char *const[]){"derived", "sum", NULL}, 0) == 1;
        base->numerator_text = catalogue_walk_text(walk, root, "numerator", true);
        base->denominator_text = catalogue_walk_text(walk, root, "denominator", true);
        return;
    case CATALOGUE_CLASS_F:
        indicator->promotes = optional_text(walk, root, "promotes");
        break;
    case CATALOGUE_CLASS_R:
    case CATALOGUE_CLASS_S:
    case CATALOGUE_CLASS_C:
    case CATALOGUE_CLASS_L:
        refuse(walk, root, base->roll_up, (const char *const[]){"promotes", NULL});
        break;
    }
    if (base->roll_up == CATALOGUE_CLASS_S)
        base->is_every = catalogue_walk_choice(walk, root, "rows",
                                               (const char *const[]){"any", "every", NULL}, 0) == 1;
    else
        refuse(walk, root, base->roll_up, (const char *const[]){"rows", NULL});
    refuse(walk, root, base->roll_up, (const char *const[]){"values", "level", "above", NULL});
    indicator->form = catalogue_walk_text(walk, root, "form", true);
    indicator->group = catalogue_walk_text(walk, root, "group", true);
    base->numerator_text = catalogue_walk_text(walk, root, "numerator", true);
    base->denominator_text = optional_text(walk, root, "denominator");
    base->where_text = optional_text(walk, root, "where");
    if ((base->roll_up == CATALOGUE_CLASS_R || base->roll_up == CATALOGUE_CLASS_F) &&
        !base->denominator_text)
        catalogue_walk_mistake(walk, "denominator", "a ratio (class R or F) needs a denominator");
    if (base->roll_up == CATALOGUE_CLASS_C || base->roll_up == CATALOGUE_CLASS_L)
        refuse(walk, root, base->roll_up, (const char *const[]){"denominator", NULL});
}

static void parse_display(struct catalogue_walk *walk, const struct json_value *root,
                          struct catalogue_indicator *base)
{
    static const char *const unit_names[] = {"n", "ratio", "percent", "index", NULL};
    int unit = catalogue_walk_choice(walk, root, "unit", unit_names, -1);
    base->unit = unit < 0 ? "" : unit_names[unit];
    base->factor = (int32_t) catalogue_walk_integer(walk, root, "factor", true, 1, 1, 1000000);
    base->decimals = (int16_t) catalogue_walk_integer(walk, root, "decimals", true, 0, 0, 6);
    base->direction = (int8_t) catalogue_walk_integer(walk, root, "direction", true, 0, -1, 1);
    base->definition = catalogue_walk_text(walk, root, "definition", true);
    base->source = catalogue_walk_text(walk, root, "source", true);
}

static void parse_periods(struct catalogue_walk *walk, const struct json_value *root,
                          struct catalogue_indicator *base)
{
    const char **periods = catalogue_walk_texts(walk, root, "periods", true);
    if (!*periods)
        catalogue_walk_mistake(walk, "periods", "must list at least one kind of period");
    for (; *periods; periods++) {
        enum catalogue_period_kind kind;
        if (catalogue_period_kind_by_name(*periods, &kind))
            base->period_kinds |= UINT32_C(1) << kind;
        else
            catalogue_walk_mistake(walk, "periods", "\"%.50s\" is not a kind of period", *periods);
    }
}

static void parse_head(struct catalogue_walk *walk, const struct json_value *root,
                       struct catalogue_indicator *base)
{
    char expected[128];
    base->code = catalogue_walk_code(walk, root, "code");
    base->version = (int16_t) catalogue_walk_integer(walk, root, "version", true, 1, 1, 9999);
    snprintf(expected, sizeof expected, "indicators/%s.v%d.json", base->code, base->version);
    if (*base->code && strcmp(expected, walk->file) != 0)
        catalogue_walk_mistake(walk, "code", "the file of this indicator must be called %s",
                               expected);
    base->valid_from = catalogue_walk_date(walk, root, "valid_from", true, 0);
    base->valid_to = catalogue_walk_date(walk, root, "valid_to", false, EMIS_DATE_INFINITY);
    if (base->valid_from >= base->valid_to)
        catalogue_walk_mistake(walk, "valid_to", "must be later than valid_from");
}

void catalogue_parse_indicator(struct catalogue_build *build,
                               const struct catalogue_build_file *file)
{
    static const char *const allowed[] = {
        "code",         "version",    "valid_from", "valid_to", "class",  "unit",
        "factor",       "decimals",   "direction",  "form",     "group",  "numerator",
        "denominator",  "where",      "rows",       "promotes", "values", "level",
        "above",        "cuts",       "day_cuts",   "periods",  "rank",   "bands",
        "amber_within", "definition", "source",     NULL};
    struct catalogue_walk walk = {.build = build, .file = file->path};
    struct json_document *document;
    struct emis_error err;
    json_path_init(&walk.path);
    if (!json_document_new(file->document->body, file->document->body_size, &json_limits_file,
                           &document, &err)) {
        catalogue_build_mistake(build, file->path, "", "%s", err.message);
        return;
    }
    const struct json_value *root = json_document_root(document);
    struct catalogue_build_indicator *indicator = &build->indicators[build->indicator_count++];
    indicator->base.path = file->path;
    catalogue_walk_members(&walk, root, allowed);
    parse_head(&walk, root, &indicator->base);
    parse_display(&walk, root, &indicator->base);
    parse_periods(&walk, root, &indicator->base);
    indicator->cuts = catalogue_walk_texts(&walk, root, "cuts", true);
    indicator->day_cuts = catalogue_walk_texts(&walk, root, "day_cuts", false);
    int class = catalogue_walk_choice(&walk, root, "class", class_names, -1);
    if (class >= 0) {
        indicator->base.roll_up = (enum catalogue_class) class;
        parse_measure(&walk, root, indicator);
    }
    catalogue_parse_standing(&walk, root, &indicator->base);
    json_document_free(document);
}
