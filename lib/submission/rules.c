/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The form's own rules over the decoded rows, and the warnings that hold for every form. A rule
 * whose result is missing passes: what may be missing is said by the fields.
 */
#include "lib/base/arena.h"
#include "lib/base/date.h"
#include "lib/submission/draft.h"

#define BEHIND_MAX_US EMIS_DATE_US_PER_DAY

/* The warnings so far; grows by doubling in the arena, bounded by rows times rules. */
struct warnings {
    struct submission_warning *items;
    size_t count, capacity;
};

static size_t row_count(void *context, size_t group)
{
    const struct submission_draft *draft = context;
    return draft->tables[group].row_count;
}

static void value_at(void *context, size_t group, size_t row, size_t field, struct expr_value *ret)
{
    const struct submission_draft *draft = context;
    const struct submission_table *table = &draft->tables[group];
    if (row >= table->row_count) {
        *ret = (struct expr_value){.is_missing = true};
        return;
    }
    *ret = table->cells[row * table->column_count + field];
}

static void warn(struct submission_draft *draft, struct warnings *warnings, int16_t rule_number,
                 const char *pointer)
{
    if (warnings->count == warnings->capacity) {
        size_t capacity = warnings->capacity == 0 ? 8 : warnings->capacity * 2;
        struct submission_warning *items = emis_arena_alloc(draft->arena, capacity * sizeof *items);
        for (size_t i = 0; i < warnings->count; i++) {
            items[i] = warnings->items[i];
        }
        warnings->items = items;
        warnings->capacity = capacity;
    }
    warnings->items[warnings->count++] = (struct submission_warning){rule_number, pointer};
}

static void check_rule(struct submission_draft *draft, struct warnings *warnings,
                       const struct catalogue_rule *rule, const struct expr_source *source,
                       const char *group)
{
    struct emis_error err;
    struct expr_value result;
    bool is_evaluated = expr_evaluate(rule->check, source, &result, &err);
    if (is_evaluated && (result.is_missing || result.number != 0)) {
        return;
    }
    const char *field = rule->pointer != NULL ? rule->pointer : "";
    const char *pointer =
        group != NULL ? emis_arena_format(draft->arena, "/data/%s/%zu%s", group, source->row, field)
                      : emis_arena_format(draft->arena, "/data%s", field);
    if (!is_evaluated) {
        submission_draft_fault_at(draft, E_RULE, pointer, "rule %s could not be decided: %s",
                                  rule->code, err.message);
    } else if (rule->severity == CATALOGUE_REJECT) {
        char values[EXPR_EXPLANATION_MAX];
        bool has_values = expr_explain(rule->check, source, values);
        submission_draft_fault_at(draft, rule->error, pointer, "rule %s: %s%s%s%s", rule->code,
                                  rule->text, has_values ? "; " : "", has_values ? values : "",
                                  has_values ? " is not so" : "");
    } else {
        warn(draft, warnings, rule->number, pointer);
    }
}

static void check_rows(struct submission_draft *draft, struct warnings *warnings,
                       const struct catalogue_rule *rule, struct expr_source *source)
{
    const struct submission_table *table = draft->tables;
    while (table->group != rule->group) {
        table++;
    }
    for (source->row = 0; source->row < table->row_count; source->row++) {
        check_rule(draft, warnings, rule, source, rule->group->code);
    }
}

/* The scope of `owed` has one group, the place, whose fields are the attributes in their order. */
static size_t place_row_count(void *context, size_t group)
{
    (void) context;
    (void) group;
    return 1;
}

static void place_value(void *context, size_t group, size_t row, size_t field,
                        struct expr_value *ret)
{
    const struct registry_place *place = context;
    (void) group;
    (void) row;
    *ret = (struct expr_value){.number = place->attributes[field],
                               .is_missing = place->attributes[field] == 0};
}

static bool is_owed(const struct submission_draft *draft)
{
    const struct catalogue_form *form = draft->out->form;
    struct registry_place place;
    struct emis_error err;
    struct expr_value result;
    if (!form->is_owed || form->owed == NULL || draft->out->unit == NULL) {
        return true;
    }
    place = *registry_place_on(draft->out->unit, draft->out->period->ends_on);
    struct expr_source source = {
        .context = &place, .row_count = place_row_count, .value = place_value};
    return expr_evaluate(form->owed, &source, &result, &err) && !result.is_missing &&
           result.number != 0;
}

static void check_builtin(struct submission_draft *draft, struct warnings *warnings)
{
    if (draft->out->submitted_at_us < draft->out->received_at_us - BEHIND_MAX_US) {
        warn(draft, warnings, SUBMISSION_RULE_CLOCK_BEHIND, "/submitted_at");
    }
    if (!is_owed(draft)) {
        warn(draft, warnings, SUBMISSION_RULE_NOT_OWED, "/unit");
    }
}

const char *submission_builtin_rule_name(int16_t rule_number)
{
    switch (rule_number) {
    case SUBMISSION_RULE_CLOCK_BEHIND:
        return "CLOCK_BEHIND";
    case SUBMISSION_RULE_NOT_OWED:
        return "NOT_OWED";
    default:
        return NULL;
    }
}

bool submission_rules_check(struct submission_draft *draft)
{
    const struct catalogue_form *form = draft->out->form;
    struct expr_source source = {.context = draft, .row_count = row_count, .value = value_at};
    struct warnings warnings = {0};
    for (size_t i = 0; i < form->rule_count && draft->data != NULL; i++) {
        const struct catalogue_rule *rule = &form->rules[i];
        if (rule->severity == CATALOGUE_OFF) {
            continue;
        }
        if (rule->group != NULL && rule->group->is_repeating) {
            check_rows(draft, &warnings, rule, &source);
        } else {
            source.row = 0;
            check_rule(draft, &warnings, rule, &source, NULL);
        }
    }
    check_builtin(draft, &warnings);
    draft->out->warnings = warnings.items;
    draft->out->warning_count = warnings.count;
    return draft->fault_count == 0;
}
