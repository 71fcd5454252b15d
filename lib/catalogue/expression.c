/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scopes in which a form's rules and an indicator's expressions are compiled. Group index in a
 * scope = index in form->groups; field index = the key columns first, then the fields. In the scope
 * of `owed` the only group is "place", its fields the attributes in their order.
 */
#include <string.h>

#include "lib/catalogue/build.h"
#include "lib/expr/compile.h"

/* The scopes of one compilation of all expressions. */
struct scopes {
    struct catalogue *catalogue;
    struct catalogue_build *build; /* or NULL */
    struct expr_codes *codes;      /* one per list of the catalogue */
};

static struct expr_codes *codes_of_lists(struct catalogue *catalogue)
{
    struct expr_codes *codes =
        emis_arena_alloc(catalogue->arena, (catalogue->list_count + 1) * sizeof *codes);
    for (size_t i = 0; i < catalogue->list_count; i++) {
        const struct catalogue_list *list = &catalogue->lists[i];
        struct expr_code *members =
            emis_arena_alloc(catalogue->arena, (list->code_count + 1) * sizeof *members);
        for (size_t j = 0; j < list->code_count; j++)
            members[j] = (struct expr_code){list->codes[j].code, list->codes[j].number};
        codes[i] = (struct expr_codes){list->code, members, list->code_count};
    }
    return codes;
}

static struct expr_field field_of(const struct scopes *scopes, const struct catalogue_field *field)
{
    struct expr_field to = {.name = field->name, .column = field->name};
    switch (field->type) {
    case CATALOGUE_DECIMAL:
        to.scale = (unsigned) field->scale;
        /* fall through */
    case CATALOGUE_INT:
        to.type = EXPR_NUMBER;
        break;
    case CATALOGUE_CODE:
        to.type = EXPR_CODE;
        to.codes = &scopes->codes[field->list - scopes->catalogue->lists];
        break;
    case CATALOGUE_TEXT:
        to.type = EXPR_TEXT;
        break;
    case CATALOGUE_DATE:
        to.type = EXPR_DATE;
        break;
    case CATALOGUE_BOOL:
        to.type = EXPR_BOOL;
        break;
    }
    return to;
}

static struct expr_group group_of(const struct scopes *scopes, const struct catalogue_group *group)
{
    size_t count = group->key_count + group->field_count;
    struct expr_field *fields =
        emis_arena_alloc(scopes->catalogue->arena, (count + 1) * sizeof *fields);
    for (size_t i = 0; i < group->key_count; i++)
        fields[i] = field_of(scopes, &group->keys[i]);
    for (size_t i = 0; i < group->field_count; i++)
        fields[group->key_count + i] = field_of(scopes, &group->fields[i]);
    return (struct expr_group){.name = group->code,
                               .is_repeating = group->is_repeating,
                               .fields = fields,
                               .field_count = count};
}

/* All groups of a form; the row group is set by the caller. */
static struct expr_scope scope_of_form(const struct scopes *scopes,
                                       const struct catalogue_form *form)
{
    struct expr_group *groups =
        emis_arena_alloc(scopes->catalogue->arena, (form->group_count + 1) * sizeof *groups);
    for (size_t i = 0; i < form->group_count; i++)
        groups[i] = group_of(scopes, &form->groups[i]);
    return (struct expr_scope){.groups = groups, .group_count = form->group_count, .row_group = -1};
}

static struct expr_scope *scope_of_place(const struct scopes *scopes)
{
    const struct catalogue *catalogue = scopes->catalogue;
    struct expr_group *group = emis_arena_alloc(catalogue->arena, sizeof *group);
    struct expr_field *fields =
        emis_arena_alloc(catalogue->arena, (catalogue->attribute_count + 1) * sizeof *fields);
    struct expr_scope *scope = emis_arena_alloc(catalogue->arena, sizeof *scope);
    for (size_t i = 0; i < catalogue->attribute_count; i++) {
        const struct catalogue_attribute *attribute = &catalogue->attributes[i];
        fields[i] =
            (struct expr_field){.name = attribute->code,
                                .type = EXPR_CODE,
                                .codes = &scopes->codes[attribute->list - catalogue->lists]};
    }
    *group = (struct expr_group){
        .name = "place", .fields = fields, .field_count = catalogue->attribute_count};
    *scope = (struct expr_scope){.groups = group, .group_count = 1, .row_group = 0};
    return scope;
}

/* A copy of the scope that lives as long as the expressions, with this row group. */
static const struct expr_scope *scope_dup(const struct scopes *scopes, struct expr_scope scope,
                                          int row_group)
{
    scope.row_group = row_group;
    return emis_arena_memdup(scopes->catalogue->arena, &scope, sizeof scope);
}

/* NULL (reported) if it does not compile. Without a build it must. */
static const struct expr *compile(const struct scopes *scopes, const char *path,
                                  const char *pointer, const char *text,
                                  const struct expr_scope *scope)
{
    const struct expr *expr = NULL;
    struct emis_error err;
    if (expr_compile(scopes->catalogue->arena, text, scope, &expr, &err))
        return expr;
    EMIS_ASSERT(scopes->build);
    catalogue_build_mistake(scopes->build, path, pointer, "%s", err.message);
    return NULL;
}

static void require(const struct scopes *scopes, const char *path, const char *pointer,
                    bool is_right, const char *reason)
{
    if (is_right)
        return;
    EMIS_ASSERT(scopes->build);
    catalogue_build_mistake(scopes->build, path, pointer, "%s", reason);
}

static void compile_rules(const struct scopes *scopes, struct catalogue_form *form)
{
    struct expr_scope scope = scope_of_form(scopes, form);
    struct catalogue_rule *rules = (struct catalogue_rule *) form->rules;
    for (size_t i = 0; i < form->rule_count; i++) {
        const char *pointer = emis_arena_format(scopes->catalogue->arena, "/rules/%zu/check", i);
        int row_group = rules[i].group ? (int) (rules[i].group - form->groups) : -1;
        rules[i].check = compile(scopes, form->path, pointer, rules[i].text,
                                 scope_dup(scopes, scope, row_group));
        if (rules[i].check)
            require(scopes, form->path, pointer, expr_result_type(rules[i].check) == EXPR_BOOL,
                    "a rule must be a condition");
    }
}

static void compile_owed(const struct scopes *scopes, struct catalogue_form *form)
{
    if (!form->owed_text)
        return;
    form->owed = compile(scopes, form->path, "/owed", form->owed_text, scope_of_place(scopes));
    if (form->owed)
        require(scopes, form->path, "/owed", expr_result_type(form->owed) == EXPR_BOOL,
                "must be a condition on the attributes of a place");
}

struct use_check {
    size_t group;
    bool is_right;
};

static void check_use(void *context, const struct expr_use *use)
{
    struct use_check *check = context;
    if (use->group != check->group || use->is_in_aggregate)
        check->is_right = false;
}

/* One expression of an indicator: over the rows of its group alone, of the type that its place
 * wants. */
static const struct expr *compile_measure(const struct scopes *scopes,
                                          const struct catalogue_indicator *indicator,
                                          const char *pointer, const char *text,
                                          const struct expr_scope *scope, bool is_condition)
{
    if (!text)
        return NULL;
    const struct expr *expr = compile(scopes, indicator->path, pointer, text, scope);
    if (!expr)
        return NULL;
    struct use_check check = {(size_t) scope->row_group, true};
    expr_uses(expr, check_use, &check);
    require(scopes, indicator->path, pointer, check.is_right && !expr_has_aggregate(expr),
            "must use the columns of the indicator's own group only, without sum or count: rows "
            "are summed by the roll-up");
    require(scopes, indicator->path, pointer,
            expr_result_type(expr) == (is_condition ? EXPR_BOOL : EXPR_NUMBER),
            is_condition ? "must be a condition" : "must be a number");
    return expr;
}

static void compile_indicator(const struct scopes *scopes, struct catalogue_indicator *indicator)
{
    if (!indicator->form)
        return;
    int row_group = (int) (indicator->group - indicator->form->groups);
    const struct expr_scope *scope =
        scope_dup(scopes, scope_of_form(scopes, indicator->form), row_group);
    bool is_share = indicator->roll_up == CATALOGUE_CLASS_S;
    indicator->numerator = compile_measure(scopes, indicator, "/numerator",
                                           indicator->numerator_text, scope, is_share);
    indicator->denominator = compile_measure(scopes, indicator, "/denominator",
                                             indicator->denominator_text, scope, is_share);
    indicator->where =
        compile_measure(scopes, indicator, "/where", indicator->where_text, scope, true);
    if (is_share || !indicator->numerator)
        return;
    unsigned scale = expr_result_scale(indicator->numerator);
    if (indicator->denominator)
        require(scopes, indicator->path, "/denominator",
                expr_result_scale(indicator->denominator) == scale,
                "must have as many digits after the point as the numerator");
    else
        require(scopes, indicator->path, "/numerator", scale == 0,
                "a count or stock must be a whole number");
}

/* One group, "value": the numerator and the denominator of each operand. */
static const struct expr_scope *scope_of_operands(const struct scopes *scopes,
                                                  const struct catalogue_indicator *indicator)
{
    struct emis_arena *arena = scopes->catalogue->arena;
    struct expr_group *group = emis_arena_alloc(arena, sizeof *group);
    struct expr_scope *scope = emis_arena_alloc(arena, sizeof *scope);
    struct expr_field *fields =
        emis_arena_alloc(arena, (2 * indicator->operand_count + 1) * sizeof *fields);
    for (size_t i = 0; i < indicator->operand_count; i++) {
        const struct catalogue_operand *operand = &indicator->operands[i];
        const struct expr *measure = operand->indicator->numerator;
        bool is_number = measure && expr_result_type(measure) == EXPR_NUMBER;
        unsigned scale = is_number ? expr_result_scale(measure) : 0;
        fields[2 * i] =
            (struct expr_field){.name = operand->name, .type = EXPR_NUMBER, .scale = scale};
        fields[2 * i + 1] =
            (struct expr_field){.name = emis_arena_format(arena, "%s_denominator", operand->name),
                                .type = EXPR_NUMBER,
                                .scale = scale};
    }
    *group = (struct expr_group){
        .name = "value", .fields = fields, .field_count = 2 * indicator->operand_count};
    *scope = (struct expr_scope){.groups = group, .group_count = 1, .row_group = 0};
    return scope;
}

static void compile_derived(const struct scopes *scopes, struct catalogue_indicator *indicator)
{
    const struct expr_scope *scope = scope_of_operands(scopes, indicator);
    indicator->numerator =
        compile_measure(scopes, indicator, "/numerator", indicator->numerator_text, scope, false);
    indicator->denominator = compile_measure(scopes, indicator, "/denominator",
                                             indicator->denominator_text, scope, false);
    if (indicator->numerator && indicator->denominator)
        require(scopes, indicator->path, "/denominator",
                expr_result_scale(indicator->denominator) ==
                    expr_result_scale(indicator->numerator),
                "must have as many digits after the point as the numerator");
}

/* Each value is a group of its own, so that each is printed with an alias of its own; its name is
 * its numerator's. */
static struct expr_scope *scope_of_values(const struct scopes *scopes,
                                          const struct catalogue_cross *cross)
{
    struct emis_arena *arena = scopes->catalogue->arena;
    struct expr_group *groups = emis_arena_alloc(arena, (cross->value_count + 1) * sizeof *groups);
    struct expr_scope *scope = emis_arena_alloc(arena, sizeof *scope);
    for (size_t i = 0; i < cross->value_count; i++) {
        const struct catalogue_value *value = &cross->values[i];
        struct expr_field *fields = emis_arena_alloc(arena, 2 * sizeof *fields);
        fields[0] = (struct expr_field){
            .name = value->name, .type = EXPR_NUMBER, .scale = value->scale, .column = "numerator"};
        fields[1] =
            (struct expr_field){.name = emis_arena_format(arena, "%s_denominator", value->name),
                                .type = EXPR_NUMBER,
                                .scale = value->scale,
                                .column = "denominator"};
        groups[i] = (struct expr_group){
            .name = value->name, .fields = fields, .field_count = value->has_denominator ? 2 : 1};
    }
    *scope =
        (struct expr_scope){.groups = groups, .group_count = cross->value_count, .row_group = -1};
    return scope;
}

/* A median may lie between two numbers; z is kept in hundredths; other series count cells. */
static unsigned scale_of(const struct catalogue_value *value)
{
    const struct expr *numerator = value->indicator->numerator;
    unsigned scale =
        numerator && expr_result_type(numerator) == EXPR_NUMBER ? expr_result_scale(numerator) : 0;
    switch (value->take) {
    case CATALOGUE_TAKE_CELL:
    case CATALOGUE_TAKE_LAST:
        return scale;
    case CATALOGUE_TAKE_MEDIAN:
        return scale + 1;
    case CATALOGUE_TAKE_Z:
        return 2;
    case CATALOGUE_TAKE_COUNT:
    case CATALOGUE_TAKE_SAME:
    case CATALOGUE_TAKE_FULL:
    case CATALOGUE_TAKE_HEAPED:
        break;
    }
    return 0;
}

static void compile_compare(const struct scopes *scopes, struct catalogue_cross *cross)
{
    struct catalogue_value *values = (struct catalogue_value *) cross->values;
    for (size_t i = 0; i < cross->value_count; i++)
        values[i].scale = scale_of(&values[i]);
    cross->check =
        compile(scopes, cross->path, "/check", cross->check_text, scope_of_values(scopes, cross));
    if (cross->check)
        require(scopes, cross->path, "/check", expr_result_type(cross->check) == EXPR_BOOL,
                "a rule must be a condition");
}

static void compile_shared(const struct scopes *scopes, struct catalogue_cross *cross)
{
    int row_group = (int) (cross->group - cross->form->groups);
    struct use_check check = {(size_t) row_group, true};
    if (!cross->where_text)
        return;
    cross->where = compile(scopes, cross->path, "/where", cross->where_text,
                           scope_dup(scopes, scope_of_form(scopes, cross->form), row_group));
    if (!cross->where)
        return;
    expr_uses(cross->where, check_use, &check);
    require(scopes, cross->path, "/where",
            check.is_right && expr_result_type(cross->where) == EXPR_BOOL,
            "must be a condition on the columns of the group");
}

/* What the rule looks at has no mistakes. */
static bool is_cross_ready(const struct scopes *scopes, const struct catalogue_cross *cross)
{
    bool is_ready = !scopes->build || catalogue_build_is_sound(scopes->build, cross->path);
    for (size_t i = 0; is_ready && scopes->build && i < cross->value_count; i++)
        is_ready = catalogue_build_is_sound(scopes->build, cross->values[i].indicator->path);
    return is_ready && (!scopes->build || !cross->form ||
                        catalogue_build_is_sound(scopes->build, cross->form->path));
}

/* With a build: only files without mistakes; an indicator only if its form has none either. */
static bool is_sound(const struct scopes *scopes, const char *path)
{
    return !scopes->build || catalogue_build_is_sound(scopes->build, path);
}

static bool is_operands_sound(const struct scopes *scopes,
                              const struct catalogue_indicator *indicator)
{
    for (size_t i = 0; i < indicator->operand_count; i++) {
        if (!indicator->operands[i].indicator ||
            !is_sound(scopes, indicator->operands[i].indicator->path))
            return false;
    }
    return true;
}

void catalogue_expression_compile(struct catalogue *catalogue, struct catalogue_build *build)
{
    struct scopes scopes = {catalogue, build, codes_of_lists(catalogue)};
    struct catalogue_form *forms = (struct catalogue_form *) catalogue->forms;
    struct catalogue_indicator *indicators = (struct catalogue_indicator *) catalogue->indicators;
    bool is_attributes_sound =
        is_sound(&scopes, "attributes.json") || catalogue->attribute_count == 0;
    /* Indicators first: a form whose rules do not compile still has sound columns. */
    for (size_t i = 0; i < catalogue->indicator_count; i++) {
        bool is_ready = is_sound(&scopes, indicators[i].path) && indicators[i].form &&
                        is_sound(&scopes, indicators[i].form->path);
        if (is_ready)
            compile_indicator(&scopes, &indicators[i]);
    }
    for (size_t i = 0; i < catalogue->indicator_count; i++) {
        if (indicators[i].operand_count > 0 && is_sound(&scopes, indicators[i].path) &&
            is_operands_sound(&scopes, &indicators[i]))
            compile_derived(&scopes, &indicators[i]);
    }
    for (size_t i = 0; i < catalogue->cross_count; i++) {
        struct catalogue_cross *cross = (struct catalogue_cross *) &catalogue->crosses[i];
        if (!is_cross_ready(&scopes, cross))
            continue;
        if (cross->method == CATALOGUE_COMPARE)
            compile_compare(&scopes, cross);
        else if (cross->method == CATALOGUE_SHARED)
            compile_shared(&scopes, cross);
    }
    for (size_t i = 0; i < catalogue->form_count; i++) {
        if (!is_sound(&scopes, forms[i].path))
            continue;
        compile_rules(&scopes, &forms[i]);
        if (is_attributes_sound)
            compile_owed(&scopes, &forms[i]);
    }
}
