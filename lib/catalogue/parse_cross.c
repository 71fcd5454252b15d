/* SPDX-License-Identifier: Apache-2.0 */
/* rules/<CODE>.v<N>.json: rules that look at more than one submission; names of indicators, cuts,
 * forms and keys are resolved later (resolve_cross.c). */
#include <stdio.h>
#include <string.h>

#include "lib/base/date.h"
#include "lib/base/text.h"
#include "lib/catalogue/walk.h"
#include "lib/json/document.h"

#define SHIFT_MAX     12
#define UNITS_MAX_MAX 1000
#define VALUES_MAX    8
#define BOUND_MAX     INT64_C(1000000000000)

static const char *const method_names[] = {"compare", "shared", "query", NULL};
static const char *const severity_names[] = {"warn", "high", "off", NULL};
static const char *const take_names[] = {"cell", "last", "count",  "median", "z",
                                         "same", "full", "heaped", NULL};

const char *catalogue_take_name(enum catalogue_take take)
{
    return take_names[take];
}

static void parse_head(struct catalogue_walk *walk, const struct json_value *root,
                       struct catalogue_cross *base)
{
    char expected[128];
    int severity;
    base->code = catalogue_walk_code(walk, root, "code");
    base->version = (int16_t) catalogue_walk_integer(walk, root, "version", true, 1, 1, 9999);
    snprintf(expected, sizeof expected, "rules/%s.v%d.json", base->code, base->version);
    if (*base->code && strcmp(expected, walk->file) != 0)
        catalogue_walk_mistake(walk, "code", "the file of this rule must be called %s", expected);
    base->valid_from = catalogue_walk_date(walk, root, "valid_from", true, 0);
    base->valid_to = catalogue_walk_date(walk, root, "valid_to", false, EMIS_DATE_INFINITY);
    if (base->valid_from >= base->valid_to)
        catalogue_walk_mistake(walk, "valid_to", "must be later than valid_from");
    severity = catalogue_walk_choice(walk, root, "severity", severity_names, -1);
    base->severity = severity < 0 ? "off" : severity_names[severity];
    base->source = catalogue_walk_text(walk, root, "source", true);
}

/* Absent: fallback. */
static enum catalogue_period_kind parse_kind(struct catalogue_walk *walk,
                                             const struct json_value *object, const char *key,
                                             enum catalogue_period_kind fallback)
{
    enum catalogue_period_kind kind = fallback;
    const char *text =
        json_value_get(object, key) ? catalogue_walk_text(walk, object, key, true) : NULL;
    if (text && !catalogue_period_kind_by_name(text, &kind))
        catalogue_walk_mistake(walk, key, "\"%.50s\" is not a kind of period", text);
    return kind;
}

/* {"sex": "f"}, or several members of one dimension, which are summed: {"age": ["6", "7"]}. */
static void parse_cut(struct catalogue_walk *walk, const struct json_value *cut,
                      struct catalogue_build_value *value)
{
    struct json_value_member member;
    if (json_value_size(cut) != 1 || !json_value_first(cut, &member)) {
        catalogue_walk_mistake(walk, "cut",
                               "must be an object with one member, such as {\"sex\": \"f\"}");
        return;
    }
    value->dimension = emis_arena_strdup(walk->build->arena, member.key);
    json_path_push_key(&walk->path, "cut");
    if (json_value_type(member.value) == JSON_VALUE_ARRAY) {
        value->base.member_codes = catalogue_walk_texts(walk, cut, member.key, true);
    } else {
        const char **codes = emis_arena_alloc(walk->build->arena, 2 * sizeof *codes);
        codes[0] = catalogue_walk_text(walk, cut, member.key, true);
        value->base.member_codes = codes;
    }
    while (value->base.member_codes[value->base.member_count])
        value->base.member_count++;
    if (value->base.member_count == 0 && json_value_type(member.value) == JSON_VALUE_ARRAY)
        catalogue_walk_mistake(walk, member.key, "must name at least one member");
    json_path_pop(&walk->path);
}

/* `over` narrower periods or `among` deeper units, and what is taken from their cells. */
static void parse_series(struct catalogue_walk *walk, const struct json_value *object,
                         struct catalogue_build_value *value)
{
    int take = catalogue_walk_choice(walk, object, "take", take_names, CATALOGUE_TAKE_CELL);
    value->base.take = take < 0 ? CATALOGUE_TAKE_CELL : (enum catalogue_take) take;
    value->base.is_over = json_value_get(object, "over") != NULL;
    value->base.over = parse_kind(walk, object, "over", value->base.period_kind);
    value->base.among = -1;
    if (json_value_get(object, "among"))
        value->among = catalogue_walk_text(walk, object, "among", true);
    if ((value->base.take != CATALOGUE_TAKE_CELL) != (value->base.is_over || value->among) ||
        (value->base.is_over && value->among))
        catalogue_walk_mistake(walk, "take",
                               "\"take\" goes with one of \"over\" and \"among\": which periods "
                               "or units make the series, and what is taken from it");
    value->base.from =
        catalogue_walk_integer(walk, object, "from", false, INT64_MIN, -BOUND_MAX, BOUND_MAX);
    value->base.to =
        catalogue_walk_integer(walk, object, "to", false, INT64_MAX, -BOUND_MAX, BOUND_MAX);
    if (value->base.take != CATALOGUE_TAKE_COUNT &&
        (json_value_get(object, "from") || json_value_get(object, "to")))
        catalogue_walk_mistake(walk, json_value_get(object, "from") ? "from" : "to",
                               "bounds what \"count\" counts");
}

static void parse_value(struct catalogue_walk *walk, const struct json_value *object,
                        const struct catalogue_cross *rule, struct catalogue_build_value *value)
{
    static const char *const allowed[] = {"indicator", "cut",  "period", "shift", "over",
                                          "among",     "take", "from",   "to",    NULL};
    const struct json_value *cut = json_value_get(object, "cut");
    if (!emis_text_is_identifier(value->base.name) ||
        catalogue_reserved_is_column(value->base.name) ||
        strcmp(value->base.name, "subject") == 0 || strcmp(value->base.name, "denominator") == 0 ||
        catalogue_walk_is_denominator(value->base.name))
        catalogue_walk_mistake(walk, NULL,
                               "\"%.50s\" cannot name a value: choose another lower-case word",
                               value->base.name);
    if (!catalogue_walk_members(walk, object, allowed))
        return;
    value->indicator = catalogue_walk_text(walk, object, "indicator", true);
    if (cut)
        parse_cut(walk, cut, value);
    value->base.period_kind = parse_kind(walk, object, "period", rule->period_kind);
    value->base.shift =
        (int) catalogue_walk_integer(walk, object, "shift", false, 0, -SHIFT_MAX, 0);
    parse_series(walk, object, value);
}

static void parse_values(struct catalogue_walk *walk, const struct json_value *root,
                         struct catalogue_build_cross *cross)
{
    const struct json_value *values = json_value_get(root, "values");
    struct json_value_member member;
    if (!values || json_value_type(values) != JSON_VALUE_OBJECT || json_value_size(values) == 0 ||
        json_value_size(values) > VALUES_MAX) {
        catalogue_walk_mistake(walk, "values",
                               "must be an object that names 1 to %d values, such as "
                               "{\"census\": {\"indicator\": \"ENR\"}}",
                               VALUES_MAX);
        return;
    }
    cross->values =
        emis_arena_alloc(walk->build->arena, json_value_size(values) * sizeof *cross->values);
    json_path_push_key(&walk->path, "values");
    for (bool has = json_value_first(values, &member); has; has = json_value_next(&member)) {
        struct catalogue_build_value *value = &cross->values[cross->base.value_count++];
        value->base.name = emis_arena_strdup(walk->build->arena, member.key);
        json_path_push_key(&walk->path, member.key);
        parse_value(walk, member.value, &cross->base, value);
        json_path_pop(&walk->path);
    }
    json_path_pop(&walk->path);
}

static void parse_compare(struct catalogue_walk *walk, const struct json_value *root,
                          struct catalogue_build_cross *cross)
{
    cross->levels = catalogue_walk_texts(walk, root, "levels", true);
    if (!*cross->levels)
        catalogue_walk_mistake(walk, "levels", "must name at least one level");
    if (!json_value_get(root, "period"))
        catalogue_walk_mistake(walk, "period", "\"period\" is missing");
    cross->base.period_kind = parse_kind(walk, root, "period", CATALOGUE_DAY);
    if (json_value_get(root, "each"))
        cross->each = catalogue_walk_text(walk, root, "each", true);
    parse_values(walk, root, cross);
    cross->base.check_text = catalogue_walk_text(walk, root, "check", true);
}

static void parse_shared(struct catalogue_walk *walk, const struct json_value *root,
                         struct catalogue_build_cross *cross)
{
    cross->form = catalogue_walk_text(walk, root, "form", true);
    cross->group = catalogue_walk_text(walk, root, "group", true);
    cross->keys = catalogue_walk_texts(walk, root, "key", true);
    if (!*cross->keys)
        catalogue_walk_mistake(walk, "key", "must name at least one column of the group");
    cross->base.units_max =
        (int32_t) catalogue_walk_integer(walk, root, "units_max", false, 1, 1, UNITS_MAX_MAX);
    if (json_value_get(root, "where"))
        cross->base.where_text = catalogue_walk_text(walk, root, "where", true);
}

static void parse_method(struct catalogue_walk *walk, const struct json_value *root,
                         struct catalogue_build_cross *cross)
{
    static const char *const compare[] = {"code",   "version", "valid_from", "valid_to", "severity",
                                          "method", "source",  "levels",     "period",   "each",
                                          "values", "check",   NULL};
    static const char *const shared[] = {
        "code", "version", "valid_from", "valid_to", "severity",  "method", "source",
        "form", "group",   "key",        "where",    "units_max", NULL};
    static const char *const query[] = {"code",   "version", "valid_from", "valid_to", "severity",
                                        "method", "source",  "form",       "also",     "scope",
                                        "seen",   "query",   NULL};
    int method = catalogue_walk_choice(walk, root, "method", method_names, -1);
    if (method < 0)
        return;
    cross->base.method = (enum catalogue_method) method;
    if (cross->base.method == CATALOGUE_COMPARE) {
        catalogue_walk_members(walk, root, compare);
        parse_compare(walk, root, cross);
    } else if (cross->base.method == CATALOGUE_SHARED) {
        catalogue_walk_members(walk, root, shared);
        parse_shared(walk, root, cross);
    } else {
        catalogue_walk_members(walk, root, query);
        catalogue_parse_query(walk, root, cross);
    }
}

void catalogue_parse_cross(struct catalogue_build *build, const struct catalogue_build_file *file)
{
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
    struct catalogue_build_cross *cross = &build->crosses[build->cross_count++];
    cross->base.path = file->path;
    parse_head(&walk, root, &cross->base);
    parse_method(&walk, root, cross);
    json_document_free(document);
}
