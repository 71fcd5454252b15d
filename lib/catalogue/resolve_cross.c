/* SPDX-License-Identifier: Apache-2.0 */
/* Names in cross rules become pointers; what lies between their versions, and between a rule and
 * its texts, is checked. */
#include <string.h>

#include "lib/catalogue/build.h"

static const uint32_t short_kinds = 1u << CATALOGUE_DAY | 1u << CATALOGUE_WEEK;

/* A pointer to a member of a value. */
static const char *at(struct catalogue_build *build, const struct catalogue_value *value,
                      const char *member)
{
    return emis_arena_format(build->arena, "/values/%s/%s", value->name, member);
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

static bool is_member(const struct catalogue_list *list, const char *code)
{
    for (size_t i = 0; i < list->code_count; i++) {
        if (strcmp(list->codes[i].code, code) == 0)
            return true;
    }
    return false;
}

/* level_count if there is none. */
static size_t level_of(const struct catalogue *catalogue, const char *code)
{
    size_t no = 0;
    while (no < catalogue->level_count && strcmp(catalogue->levels[no].code, code) != 0)
        no++;
    return no;
}

/* Kind of the cells that the value is made of. */
static enum catalogue_period_kind cells_kind(const struct catalogue_value *value)
{
    return value->is_over ? value->over : value->period_kind;
}

static void check_dimension(struct catalogue_build *build, const struct catalogue_cross *rule,
                            const struct catalogue_value *value, const char *pointer,
                            const struct catalogue_dimension *dimension, const char *name)
{
    const struct catalogue_indicator *of = value->indicator;
    if (!dimension || !dimension->list || !has_cut(of->cuts, of->cut_count, dimension))
        catalogue_build_mistake(build, rule->path, pointer, "%s is not cut by \"%.50s\"", of->code,
                                name);
    else if (1u << cells_kind(value) & short_kinds &&
             !has_cut(of->day_cuts, of->day_cut_count, dimension))
        catalogue_build_mistake(build, rule->path, pointer,
                                "%s keeps no cut by \"%s\" for days and weeks", of->code,
                                dimension->code);
    if (value->take == CATALOGUE_TAKE_SAME)
        catalogue_build_mistake(build, rule->path, pointer,
                                "\"same\" compares all cells of a period and has no cut");
}

static void resolve_cut(struct catalogue_build *build, const struct catalogue_build_cross *raw,
                        const struct catalogue_build_value *raw_value,
                        struct catalogue_value *value)
{
    const char *pointer = at(build, value, "cut");
    if (!raw_value->dimension) {
        value->is_each = raw->base.each != NULL;
        if (value->is_each)
            check_dimension(build, &raw->base, value, at(build, value, "indicator"), raw->base.each,
                            raw->base.each->code);
        return;
    }
    value->dimension = catalogue_dimension_find(build->catalogue, raw_value->dimension);
    check_dimension(build, &raw->base, value, pointer, value->dimension, raw_value->dimension);
    value->members = emis_arena_alloc(build->arena, (value->member_count + 1) * sizeof(int16_t));
    for (size_t i = 0; value->dimension && value->dimension->list && i < value->member_count; i++) {
        if (!is_member(value->dimension->list, value->member_codes[i]))
            catalogue_build_mistake(build, raw->base.path, pointer,
                                    "\"%.50s\" is not in the code list %s", value->member_codes[i],
                                    value->dimension->list->code);
    }
}

/* The periods that the value's cells are of. */
static void check_periods(struct catalogue_build *build, const struct catalogue_cross *rule,
                          const struct catalogue_value *value)
{
    bool is_campaign =
        rule->period_kind == CATALOGUE_CAMPAIGN || value->period_kind == CATALOGUE_CAMPAIGN;
    if (value->period_kind < rule->period_kind ||
        (is_campaign && (value->period_kind != rule->period_kind || value->shift)))
        catalogue_build_mistake(build, rule->path, at(build, value, "period"),
                                "a period of kind %s does not lie in one of kind %s",
                                catalogue_period_kind_name(rule->period_kind),
                                catalogue_period_kind_name(value->period_kind));
    if (value->is_over && value->over >= value->period_kind)
        catalogue_build_mistake(build, rule->path, at(build, value, "over"),
                                "must be a kind of period narrower than %s",
                                catalogue_period_kind_name(value->period_kind));
    if (value->take == CATALOGUE_TAKE_Z && value->is_over && value->over != rule->period_kind)
        catalogue_build_mistake(build, rule->path, at(build, value, "over"),
                                "\"z\" places the rule's own period among the series: must be %s",
                                catalogue_period_kind_name(rule->period_kind));
    if (value->take == CATALOGUE_TAKE_Z && value->shift)
        catalogue_build_mistake(build, rule->path, at(build, value, "shift"),
                                "\"z\" places the rule's own period, which no earlier series has");
    if (!(value->indicator->period_kinds >> cells_kind(value) & 1))
        catalogue_build_mistake(build, rule->path, at(build, value, "indicator"),
                                "%s is not stored for periods of kind %s", value->indicator->code,
                                catalogue_period_kind_name(cells_kind(value)));
}

/* The level whose units make the series: below every level of the rule. */
static void resolve_among(struct catalogue_build *build, const struct catalogue_cross *rule,
                          const char *name, struct catalogue_value *value)
{
    size_t no = level_of(build->catalogue, name);
    if (no == build->catalogue->level_count) {
        catalogue_build_mistake(build, rule->path, at(build, value, "among"),
                                "there is no level \"%.50s\"", name);
        return;
    }
    value->among = (int) no;
    if (rule->level_mask >> no)
        catalogue_build_mistake(build, rule->path, at(build, value, "among"),
                                "must be below the levels of the rule");
    if (value->among > value->indicator->form->leaf_level)
        catalogue_build_mistake(build, rule->path, at(build, value, "among"),
                                "%s has no cells of the level %s", value->indicator->code, name);
    if (value->take != CATALOGUE_TAKE_COUNT && value->take != CATALOGUE_TAKE_MEDIAN &&
        value->take != CATALOGUE_TAKE_HEAPED)
        catalogue_build_mistake(build, rule->path, at(build, value, "take"),
                                "units have no order: count, median or heaped");
}

static void resolve_value(struct catalogue_build *build, const struct catalogue_build_cross *raw,
                          const struct catalogue_build_value *raw_value,
                          struct catalogue_value *value)
{
    const char *path = raw->base.path;
    const struct catalogue_indicator *of =
        catalogue_indicator_find(build->catalogue, raw_value->indicator);
    bool is_ratio;
    if (!of) {
        catalogue_build_mistake(build, path, at(build, value, "indicator"),
                                "there is no indicator \"%.50s\"", raw_value->indicator);
        return;
    }
    value->indicator = of;
    value->has_denominator = true;
    if (!catalogue_build_is_sound(build, of->path))
        return; /* nothing more is said about what rests on it */
    if (!of->form) {
        catalogue_build_mistake(build, path, at(build, value, "indicator"),
                                "%s has no form of its own; compare what it is made of", of->code);
        return;
    }
    is_ratio = of->roll_up == CATALOGUE_CLASS_R || of->roll_up == CATALOGUE_CLASS_S ||
               of->roll_up == CATALOGUE_CLASS_F;
    value->has_denominator =
        is_ratio && (value->take == CATALOGUE_TAKE_CELL || value->take == CATALOGUE_TAKE_LAST);
    if (value->take == CATALOGUE_TAKE_FULL && !is_ratio)
        catalogue_build_mistake(build, path, at(build, value, "take"), "%s has no denominator",
                                of->code);
    for (size_t i = 0; i < build->catalogue->level_count; i++) {
        if (raw->base.level_mask >> i & 1 && (int) i > of->form->leaf_level)
            catalogue_build_mistake(build, path, "/levels", "%s has no cells of the level %s",
                                    of->code, build->catalogue->levels[i].code);
    }
    if (raw_value->among)
        resolve_among(build, &raw->base, raw_value->among, value);
    check_periods(build, &raw->base, value);
    resolve_cut(build, raw, raw_value, value);
}

static void resolve_levels(struct catalogue_build *build, const char *const *names,
                           struct catalogue_cross *cross)
{
    for (size_t i = 0; names[i]; i++) {
        size_t no = level_of(build->catalogue, names[i]);
        if (no < build->catalogue->level_count)
            cross->level_mask |= UINT32_C(1) << no;
        else
            catalogue_build_mistake(build, cross->path,
                                    emis_arena_format(build->arena, "/levels/%zu", i),
                                    "there is no level \"%.50s\"", names[i]);
    }
}

static void resolve_compare(struct catalogue_build *build, struct catalogue_build_cross *raw)
{
    struct catalogue_cross *cross = &raw->base;
    struct catalogue_value *values =
        emis_arena_alloc(build->arena, cross->value_count * sizeof *values);
    bool has_each = false;
    resolve_levels(build, raw->levels, cross);
    if (raw->each) {
        cross->each = catalogue_dimension_find(build->catalogue, raw->each);
        if (!cross->each || !cross->each->list) {
            catalogue_build_mistake(build, cross->path, "/each", "no indicator is cut by \"%.50s\"",
                                    raw->each);
            return;
        }
    }
    for (size_t i = 0; i < cross->value_count; i++) {
        values[i] = raw->values[i].base;
        resolve_value(build, raw, &raw->values[i], &values[i]);
        has_each |= values[i].is_each;
    }
    if (cross->each && !has_each && catalogue_build_is_sound(build, cross->path))
        catalogue_build_mistake(build, cross->path, "/each",
                                "no value is without a cut of its own");
    cross->values = values;
}

static void resolve_keys(struct catalogue_build *build, const char *const *names,
                         struct catalogue_cross *cross)
{
    size_t count = 0;
    while (names[count])
        count++;
    const struct catalogue_field **keys =
        emis_arena_alloc(build->arena, (count + 1) * sizeof *keys);
    for (size_t i = 0; i < count; i++) {
        const char *pointer = emis_arena_format(build->arena, "/key/%zu", i);
        keys[i] = catalogue_group_field(cross->group, names[i]);
        if (!keys[i])
            catalogue_build_mistake(build, cross->path, pointer, "%s has no column \"%.50s\"",
                                    cross->group->code, names[i]);
        else if (keys[i]->type != CATALOGUE_CODE && !keys[i]->is_code_text)
            catalogue_build_mistake(build, cross->path, pointer,
                                    "must be a code, or a text that is one (\"code_text\")");
        else if (i == 0 && keys[i]->type == CATALOGUE_CODE)
            catalogue_build_mistake(build, cross->path, pointer,
                                    "the first must be a text: its index finds the others");
    }
    cross->keys = keys;
    cross->key_count = count;
}

static void resolve_shared(struct catalogue_build *build, struct catalogue_build_cross *raw)
{
    struct catalogue_cross *cross = &raw->base;
    if (!catalogue_form_newest(build->catalogue, raw->form)) {
        catalogue_build_mistake(build, cross->path, "/form", "there is no form \"%.50s\"",
                                raw->form);
        return;
    }
    cross->form = catalogue_form_with_group(build->catalogue, raw->form, raw->group, &cross->group);
    if (!cross->form)
        catalogue_build_mistake(build, cross->path, "/group", "the form %s has no group \"%.50s\"",
                                raw->form, raw->group);
    else
        resolve_keys(build, raw->keys, cross);
}

static void resolve_query(struct catalogue_build *build, struct catalogue_build_cross *raw)
{
    struct catalogue_cross *cross = &raw->base;
    size_t count = 0;
    const struct catalogue_form **also;
    if (raw->form) {
        cross->form = catalogue_form_newest(build->catalogue, raw->form);
        if (!cross->form)
            catalogue_build_mistake(build, cross->path, "/form", "there is no form \"%.50s\"",
                                    raw->form);
    }
    while (raw->also[count])
        count++;
    also = emis_arena_alloc(build->arena, (count + 1) * sizeof *also);
    for (size_t i = 0; i < count; i++) {
        const char *pointer = emis_arena_format(build->arena, "/also/%zu", i);
        also[i] = catalogue_form_newest(build->catalogue, raw->also[i]);
        if (!also[i])
            catalogue_build_mistake(build, cross->path, pointer, "there is no form \"%.50s\"",
                                    raw->also[i]);
        else if (also[i] == cross->form)
            catalogue_build_mistake(build, cross->path, pointer, "is the form of the rule itself");
    }
    cross->also = also;
    cross->also_count = count;
}

void catalogue_resolve_crosses(struct catalogue_build *build)
{
    struct catalogue_cross *crosses =
        emis_arena_alloc(build->arena, (build->cross_count + 1) * sizeof *crosses);
    for (size_t i = 0; i < build->cross_count; i++) {
        struct catalogue_build_cross *raw = &build->crosses[i];
        if (!catalogue_build_is_sound(build, raw->base.path))
            raw->base.value_count = 0;
        else if (raw->base.method == CATALOGUE_COMPARE)
            resolve_compare(build, raw);
        else if (raw->base.method == CATALOGUE_SHARED)
            resolve_shared(build, raw);
        else
            resolve_query(build, raw);
        crosses[i] = raw->base;
    }
    build->catalogue->crosses = crosses;
    build->catalogue->cross_count = build->cross_count;
}

static bool is_same_shared(const struct catalogue_cross *a, const struct catalogue_cross *b)
{
    bool is_same = a->group == b->group && a->key_count == b->key_count;
    for (size_t i = 0; is_same && i < a->key_count; i++)
        is_same = a->keys[i] == b->keys[i];
    return is_same;
}

static void check_versions(struct catalogue_build *build, const struct catalogue_cross *older,
                           const struct catalogue_cross *newer)
{
    if (older->valid_to > newer->valid_from)
        catalogue_build_mistake(build, newer->path, "/valid_from",
                                "overlaps with version %d; end that one with \"valid_to\"",
                                older->version);
    if (older->method != newer->method)
        catalogue_build_mistake(build, newer->path, "/method", "differs from version %d",
                                older->version);
    else if (newer->method == CATALOGUE_SHARED && !is_same_shared(older, newer))
        catalogue_build_mistake(build, newer->path, "/key", "differs from version %d",
                                older->version);
    else if (newer->method == CATALOGUE_QUERY && newer->form != older->form)
        catalogue_build_mistake(build, newer->path, "/form", "differs from version %d",
                                older->version);
}

/* Rules of all files have one list of numbers and labels. */
static void check_name(struct catalogue_build *build, const struct catalogue_cross *cross)
{
    for (size_t i = 0; i < build->catalogue->form_count; i++) {
        const struct catalogue_form *form = &build->catalogue->forms[i];
        for (size_t j = 0; j < form->rule_count; j++) {
            if (strcmp(form->rules[j].code, cross->code) == 0)
                catalogue_build_mistake(build, cross->path, "/code", "\"%s\" is a rule of %s too",
                                        cross->code, form->path);
        }
    }
}

static bool is_word(const char *text, size_t size, const char *word)
{
    return strlen(word) == size && strncmp(text, word, size) == 0;
}

/* The version sees a value of this name. */
static bool has_name(const struct catalogue_cross *cross, const char *name, size_t size)
{
    static const char denominator[] = "_denominator";
    size_t tail = sizeof denominator - 1;
    if (cross->method == CATALOGUE_SHARED)
        return is_word(name, size, "subject") || is_word(name, size, "units") ||
               is_word(name, size, "others");
    for (size_t i = 0; i < cross->seen_count; i++) {
        if (is_word(name, size, cross->seen[i]))
            return true;
    }
    for (size_t i = 0; i < cross->value_count; i++) {
        const struct catalogue_value *value = &cross->values[i];
        if (is_word(name, size, value->name) ||
            (value->has_denominator && size > tail && is_word(name, size - tail, value->name) &&
             is_word(name + size - tail, tail, denominator)))
            return true;
    }
    return (cross->each || cross->method == CATALOGUE_QUERY) && is_word(name, size, "subject");
}

static void check_text(struct catalogue_build *build, const struct catalogue_cross *cross,
                       const struct catalogue_label *label)
{
    const char *pointer = emis_arena_format(build->arena, "/%s", label->key);
    for (const char *from = strpbrk(label->text, "{}"); from; from = strpbrk(from, "{}")) {
        const char *name = from + 1;
        size_t size = strcspn(name, "{}");
        if (*from != '{' || name[size] != '}') {
            catalogue_build_mistake(build, label->path, pointer,
                                    "a value stands in braces, such as {%s}",
                                    cross->value_count  ? cross->values[0].name
                                    : cross->seen_count ? cross->seen[0]
                                                        : "units");
            return;
        }
        if (!has_name(cross, name, size))
            catalogue_build_mistake(build, label->path, pointer,
                                    "version %d of the rule has no value \"%.*s\"", cross->version,
                                    size > 50 ? 50 : (int) size, name);
        from = name + size + 1;
    }
}

static void check_texts(struct catalogue_build *build, const struct catalogue_cross *cross)
{
    const char *key = emis_arena_format(build->arena, "rule.%s", cross->code);
    for (size_t i = 0; i < build->catalogue->language_count; i++) {
        const struct catalogue_language *language = &build->catalogue->languages[i];
        for (size_t j = 0; j < language->label_count; j++) {
            if (strcmp(language->labels[j].key, key) == 0)
                check_text(build, cross, &language->labels[j]);
        }
    }
}

void catalogue_check_crosses(struct catalogue_build *build)
{
    const struct catalogue *catalogue = build->catalogue;
    for (size_t i = 0; i < catalogue->cross_count; i++) {
        const struct catalogue_cross *cross = &catalogue->crosses[i];
        if (!catalogue_build_is_sound(build, cross->path))
            continue;
        check_name(build, cross);
        check_texts(build, cross);
        if (i > 0 && strcmp(cross[-1].code, cross->code) == 0 &&
            catalogue_build_is_sound(build, cross[-1].path))
            check_versions(build, &cross[-1], cross);
    }
}

const struct catalogue_cross *catalogue_cross_find(const struct catalogue *catalogue,
                                                   const char *code)
{
    for (size_t i = catalogue->cross_count; i-- > 0;) {
        if (strcmp(catalogue->crosses[i].code, code) == 0)
            return &catalogue->crosses[i];
    }
    return NULL;
}

static bool is_version_fed_by(const struct catalogue_cross *cross,
                              const struct catalogue_form *form)
{
    if (cross->form ? strcmp(cross->form->code, form->code) == 0 : cross->method == CATALOGUE_QUERY)
        return true;
    for (size_t i = 0; i < cross->also_count; i++) {
        if (strcmp(cross->also[i]->code, form->code) == 0)
            return true;
    }
    for (size_t i = 0; i < cross->value_count; i++) {
        if (strcmp(cross->values[i].indicator->form->code, form->code) == 0)
            return true;
    }
    return false;
}

bool catalogue_cross_is_fed_by(const struct catalogue *catalogue,
                               const struct catalogue_cross *cross,
                               const struct catalogue_form *form)
{
    for (size_t i = 0; i < catalogue->cross_count; i++) {
        if (strcmp(catalogue->crosses[i].code, cross->code) == 0 &&
            is_version_fed_by(&catalogue->crosses[i], form))
            return true;
    }
    return false;
}

bool catalogue_form_is_of_calendar(const struct catalogue *catalogue,
                                   const struct catalogue_form *form)
{
    for (size_t i = 0; i < catalogue->cross_count; i++) {
        const struct catalogue_cross *cross = &catalogue->crosses[i];
        if (cross->method == CATALOGUE_QUERY && cross->form && form->period_kind == CATALOGUE_DAY &&
            strcmp(cross->form->code, form->code) == 0)
            return true;
    }
    return form->is_school_day_only;
}

bool catalogue_cross_is_country(const struct catalogue *catalogue,
                                const struct catalogue_cross *cross)
{
    for (size_t i = 0; i < catalogue->cross_count; i++) {
        const struct catalogue_cross *version = &catalogue->crosses[i];
        if (strcmp(version->code, cross->code) == 0 &&
            (version->level_mask & 1 || version->method == CATALOGUE_SHARED))
            return true;
    }
    return false;
}
