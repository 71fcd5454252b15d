/* SPDX-License-Identifier: Apache-2.0 */
/* The data dictionary: what schools send, what is measured, and by which codes, as one Markdown
 * page. */
#include <stdio.h>
#include <string.h>

#include "lib/base/date.h"
#include "lib/catalogue/generate.h"
#include "lib/catalogue/generate_part.h"

static const char *const type_names[] = {
    [CATALOGUE_INT] = "integer", [CATALOGUE_DECIMAL] = "decimal",
    [CATALOGUE_CODE] = "code",   [CATALOGUE_TEXT] = "text",
    [CATALOGUE_DATE] = "date",   [CATALOGUE_BOOL] = "true or false",
};

/* Text of a table cell: a bar or line break in it does not end the cell. */
static void put_cell(struct emis_buffer *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '|')
            emis_buffer_u8(out, '\\');
        emis_buffer_u8(out, (uint8_t) (*text == '\n' || *text == '\r' ? ' ' : *text));
    }
}

static void put_validity(struct emis_buffer *out, int16_t version, int32_t from, int32_t to)
{
    char first[16], end[16];
    emis_date_format(from, first);
    emis_buffer_format(out, "version %d from %s", version, first);
    if (to == EMIS_DATE_INFINITY)
        return;
    emis_date_format(to, end);
    emis_buffer_format(out, " until before %s", end);
}

/* value / 10^scale */
static void put_scaled(struct emis_buffer *out, int64_t value, int scale)
{
    int64_t unit = 1;
    for (int i = 0; i < scale; i++)
        unit *= 10;
    int64_t fraction = value % unit;
    if (value < 0 && value / unit == 0)
        emis_buffer_text(out, "-");
    emis_buffer_format(out, "%lld", (long long) (value / unit));
    if (scale)
        emis_buffer_format(out, ".%0*lld", scale,
                           (long long) (fraction < 0 ? -fraction : fraction));
}

static void put_range(struct emis_buffer *out, const struct catalogue_field *field)
{
    switch (field->type) {
    case CATALOGUE_INT:
    case CATALOGUE_DECIMAL:
        put_scaled(out, field->min, field->scale);
        emis_buffer_text(out, " to ");
        put_scaled(out, field->max, field->scale);
        break;
    case CATALOGUE_CODE:
        emis_buffer_format(out, "[%s](#list-%s)", field->list->code, field->list->code);
        break;
    case CATALOGUE_TEXT:
        emis_buffer_format(out, "at most %d characters%s", field->text_max,
                           field->is_code_text ? " of A-Z a-z 0-9 _ . : / -" : "");
        break;
    case CATALOGUE_DATE:
    case CATALOGUE_BOOL:
        break;
    }
}

static void put_field(struct emis_buffer *out, const struct catalogue_field *field,
                      const char *label, bool is_key)
{
    emis_buffer_format(out, "| `%s`%s | ", field->name, is_key ? " (key)" : "");
    put_cell(out, label);
    emis_buffer_format(out, " | %s | ", type_names[field->type]);
    put_range(out, field);
    emis_buffer_text(out, " | ");
    if (field->is_required) {
        emis_buffer_text(out, "required");
    } else {
        emis_buffer_text(out, "may be missing: ");
        put_cell(out, field->missing_reason);
    }
    emis_buffer_text(out, " |\n");
}

static const char table_head[] = "\n| Name | Meaning | Type | Range | |\n|---|---|---|---|---|\n";

static void put_group(struct emis_buffer *out, const struct catalogue *catalogue,
                      const struct catalogue_form *form, const struct catalogue_group *group)
{
    emis_buffer_format(out, "\n#### %s: %s\n\n", group->code,
                       catalogue_generate_label(catalogue, "group.%s.%s", form->code, group->code));
    if (group->is_repeating)
        emis_buffer_format(out, "Array `data.%s` of %d to %d rows; table `core.%s`.\n", group->code,
                           group->rows_min, group->rows_max, group->table);
    else
        emis_buffer_format(out, "Members of `data` itself; table `core.%s`.\n", group->table);
    emis_buffer_text(out, table_head);
    for (size_t i = 0; i < group->key_count; i++)
        put_field(out, &group->keys[i],
                  catalogue_generate_label(catalogue, "field.%s.%s.%s", form->code, group->code,
                                           group->keys[i].name),
                  true);
    for (size_t i = 0; i < group->field_count; i++)
        put_field(out, &group->fields[i],
                  catalogue_generate_label(catalogue, "field.%s.%s.%s", form->code, group->code,
                                           group->fields[i].name),
                  false);
}

static void put_rules(struct emis_buffer *out, const struct catalogue *catalogue,
                      const struct catalogue_form *form)
{
    static const char *const severities[] = {"rejected", "warning", "off"};
    if (form->rule_count == 0)
        return;
    emis_buffer_text(
        out,
        "\n#### Rules\n\n| Rule | Meaning | Must hold | Of | Otherwise |\n|---|---|---|---|---|\n");
    for (size_t i = 0; i < form->rule_count; i++) {
        const struct catalogue_rule *rule = &form->rules[i];
        emis_buffer_format(out, "| `%s` | ", rule->code);
        put_cell(out, catalogue_generate_label(catalogue, "rule.%s", rule->code));
        emis_buffer_text(out, " | `");
        put_cell(out, rule->text);
        emis_buffer_format(out, "` | %s%s | %s", rule->group ? "each row of " : "the submission",
                           rule->group ? rule->group->code : "", severities[rule->severity]);
        if (rule->severity == CATALOGUE_REJECT)
            emis_buffer_format(out, " %s", emis_error_name(rule->error));
        emis_buffer_text(out, " |\n");
    }
}

static void put_deadline(struct emis_buffer *out, const struct catalogue_form *form)
{
    if (!form->has_deadline)
        return;
    emis_buffer_format(out, " Due %02d:%02d local time, %d days after the period's %s day.",
                       form->deadline_minute / 60, form->deadline_minute % 60, form->deadline_days,
                       form->deadline_from == CATALOGUE_FROM_START ? "first" : "last");
    for (size_t i = 0; i < form->area_deadline_count; i++) {
        const struct catalogue_area_time *area = &form->area_deadlines[i];
        emis_buffer_format(out, " In `%s` %02d:%02d, %d days after it.", area->area_code,
                           area->minutes / 60, area->minutes % 60, area->days);
    }
}

static void put_form(struct emis_buffer *out, const struct catalogue *catalogue,
                     const struct catalogue_form *form)
{
    emis_buffer_format(out, "\n### %s: %s\n\n", form->code,
                       catalogue_generate_label(catalogue, "form.%s", form->code));
    put_validity(out, form->version, form->valid_from, form->valid_to);
    emis_buffer_format(out, "; one per %s", catalogue_period_kind_name(form->period_kind));
    for (size_t i = 0; i < form->key_part_count; i++)
        emis_buffer_format(out, ", `%s`", form->key_parts[i].name);
    const char *separator = " and unit of level ";
    for (size_t i = 0; i < catalogue->level_count; i++) {
        if (!(form->level_mask >> i & 1))
            continue;
        emis_buffer_format(out, "%s%s", separator, catalogue->levels[i].code);
        separator = ", ";
    }
    if (!form->is_owed)
        emis_buffer_text(out, ". Nobody owes it: what comes counts.");
    else if (form->owed_text)
        emis_buffer_format(out, ". Owed where `%s`.", form->owed_text);
    else
        emis_buffer_text(out, ". Owed by every such unit.");
    if (form->is_school_day_only)
        emis_buffer_text(out, " On school days only.");
    if (form->targets)
        emis_buffer_format(out, " Sets targets: each row of `%s` one, of the unit that sends it.",
                           form->targets->group->code);
    put_deadline(out, form);
    emis_buffer_text(out, "\n");
    if (form->key_part_count)
        emis_buffer_format(out, "\n#### Key parts in the envelope\n%s", table_head);
    for (size_t i = 0; i < form->key_part_count; i++)
        put_field(
            out, &form->key_parts[i],
            catalogue_generate_label(catalogue, "key.%s.%s", form->code, form->key_parts[i].name),
            true);
    for (size_t i = 0; i < form->group_count; i++)
        put_group(out, catalogue, form, &form->groups[i]);
    put_rules(out, catalogue, form);
}

static void put_operand(struct emis_buffer *out, const struct catalogue_operand *operand)
{
    emis_buffer_format(out, "%s = %s", operand->name, operand->indicator->code);
    if (operand->dimension)
        emis_buffer_format(out, "[%s = %s]", operand->dimension->code, operand->member_code);
    if (operand->is_before)
        emis_buffer_text(out, " of the period before");
}

static void put_formula(struct emis_buffer *out, const struct catalogue_indicator *indicator)
{
    emis_buffer_text(out, "- Formula: `");
    switch (indicator->roll_up) {
    case CATALOGUE_CLASS_R:
        emis_buffer_format(out, "sum(%s) / sum(%s)", indicator->numerator_text,
                           indicator->denominator_text);
        break;
    case CATALOGUE_CLASS_S:
        emis_buffer_format(out, "units where %s%s / units%s%s",
                           indicator->is_every ? "in every row " : "", indicator->numerator_text,
                           indicator->denominator_text ? " where " : " that answered",
                           indicator->denominator_text ? indicator->denominator_text : "");
        break;
    case CATALOGUE_CLASS_C:
        emis_buffer_format(out, "sum(%s)", indicator->numerator_text);
        break;
    case CATALOGUE_CLASS_L:
        emis_buffer_format(out, "sum(%s), last value of the period", indicator->numerator_text);
        break;
    case CATALOGUE_CLASS_D:
        emis_buffer_format(out, "%s / (%s)", indicator->numerator_text,
                           indicator->denominator_text);
        break;
    case CATALOGUE_CLASS_F:
        emis_buffer_format(out, "sum(%s) / sum of the period before(%s)%s%s%s",
                           indicator->numerator_text, indicator->denominator_text,
                           indicator->promotes ? ", numerator rows counted one " : "",
                           indicator->promotes ? indicator->promotes->code : "",
                           indicator->promotes ? " back" : "");
        break;
    case CATALOGUE_CLASS_COVERAGE:
        emis_buffer_text(out, "submissions that came / submissions owed");
        break;
    case CATALOGUE_CLASS_ONTIME:
        emis_buffer_text(out, "submissions that came by the deadline / submissions owed");
        break;
    case CATALOGUE_CLASS_FILLED:
        emis_buffer_text(out, "submissions owed that came with rows, or with a field that could "
                              "have been left out / those that came");
        break;
    case CATALOGUE_CLASS_CLEAN:
        emis_buffer_text(out, "submissions owed that came and broke no rule of severity warn / "
                              "those that came");
        break;
    }
    if (indicator->where_text)
        emis_buffer_format(out, " where %s", indicator->where_text);
    emis_buffer_text(out, "`");
    if (indicator->form)
        emis_buffer_format(out, " over rows of %s.%s", indicator->form->code,
                           indicator->group->code);
    for (size_t i = 0; i < indicator->operand_count; i++) {
        emis_buffer_text(out, i ? "; " : " with ");
        put_operand(out, &indicator->operands[i]);
    }
    emis_buffer_format(out, " (class %s)\n", catalogue_class_name(indicator->roll_up));
}

static void put_cuts(struct emis_buffer *out, const char *head,
                     const struct catalogue_dimension *const *cuts, size_t count)
{
    emis_buffer_text(out, head);
    for (size_t i = 0; i < count; i++)
        emis_buffer_format(out, "%s%s", i ? ", " : "", cuts[i]->code);
    emis_buffer_text(out, count ? "\n" : "none\n");
}

static void put_indicator(struct emis_buffer *out, const struct catalogue *catalogue,
                          const struct catalogue_indicator *indicator)
{
    emis_buffer_format(out, "\n### %s: %s\n\n%s\n\n- Validity: ", indicator->code,
                       catalogue_generate_label(catalogue, "indicator.%s", indicator->code),
                       indicator->definition);
    put_validity(out, indicator->version, indicator->valid_from, indicator->valid_to);
    emis_buffer_text(out, "\n");
    put_formula(out, indicator);
    const char *direction = indicator->direction > 0   ? "higher is better"
                            : indicator->direction < 0 ? "lower is better"
                                                       : "neutral";
    emis_buffer_format(out, "- Shown as: %s, ratio times %d, %d decimals; %s\n- Kept for: ",
                       indicator->unit, indicator->factor, indicator->decimals, direction);
    const char *separator = "";
    for (int kind = 0; kind < CATALOGUE_PERIOD_KINDS; kind++) {
        if (!(indicator->period_kinds >> kind & 1))
            continue;
        emis_buffer_format(out, "%s%s", separator,
                           catalogue_period_kind_name((enum catalogue_period_kind) kind));
        separator = ", ";
    }
    if (indicator->roll_up == CATALOGUE_CLASS_D &&
        indicator->level_no + 1 < (int) catalogue->level_count)
        emis_buffer_format(out, "; no level below %s%s\n",
                           catalogue->levels[indicator->level_no].code,
                           indicator->is_summed_above ? ", summed above it" : "");
    else
        emis_buffer_text(out, "; every level from the form's unit up\n");
    put_cuts(out, "- Cuts: ", indicator->cuts, indicator->cut_count);
    put_cuts(out, "- Cuts of days and weeks at the deepest level: ", indicator->day_cuts,
             indicator->day_cut_count);
    catalogue_generate_standing_lines(indicator, out);
    emis_buffer_format(out, "- Source: %s\n", indicator->source);
}

/* Which cell, or which series of cells. */
static void put_value(struct emis_buffer *out, const struct catalogue *catalogue,
                      const struct catalogue_cross *cross, const struct catalogue_value *value)
{
    emis_buffer_format(out, "- `%s`: %s", value->name, value->indicator->code);
    if (value->is_each)
        emis_buffer_format(out, " of the %s", cross->each->code);
    for (size_t i = 0; i < value->member_count; i++)
        emis_buffer_format(out, "%s%s", i ? ", " : " of ", value->member_codes[i]);
    if (value->member_count)
        emis_buffer_format(out, " (%s)", value->dimension->code);
    if (value->take != CATALOGUE_TAKE_CELL)
        emis_buffer_format(out, ", `%s` of each %s", catalogue_take_name(value->take),
                           value->is_over ? catalogue_period_kind_name(value->over)
                                          : catalogue->levels[value->among].code);
    if (value->from != INT64_MIN)
        emis_buffer_format(out, " from %lld", (long long) value->from);
    if (value->to != INT64_MAX)
        emis_buffer_format(out, " to %lld", (long long) value->to);
    if (value->period_kind != cross->period_kind)
        emis_buffer_format(out, " in the %s", catalogue_period_kind_name(value->period_kind));
    if (value->shift)
        emis_buffer_format(out, ", %d before", -value->shift);
    emis_buffer_text(out, "\n");
}

static void put_compare(struct emis_buffer *out, const struct catalogue *catalogue,
                        const struct catalogue_cross *cross)
{
    const char *separator = " for each ";
    emis_buffer_format(out, "- Must hold: `%s`", cross->check_text);
    for (size_t i = 0; i < catalogue->level_count; i++) {
        if (!(cross->level_mask >> i & 1))
            continue;
        emis_buffer_format(out, "%s%s", separator, catalogue->levels[i].code);
        separator = ", ";
    }
    emis_buffer_format(out, " and %s", catalogue_period_kind_name(cross->period_kind));
    if (cross->each)
        emis_buffer_format(out, ", by %s", cross->each->code);
    emis_buffer_format(out, "; otherwise a finding (%s)\n", cross->severity);
    for (size_t i = 0; i < cross->value_count; i++)
        put_value(out, catalogue, cross, &cross->values[i]);
}

static void put_shared(struct emis_buffer *out, const struct catalogue_cross *cross)
{
    emis_buffer_text(out, "- At most ");
    if (cross->units_max == 1)
        emis_buffer_text(out, "one unit");
    else
        emis_buffer_format(out, "%d units", cross->units_max);
    emis_buffer_format(out, " in a %s with the same ",
                       catalogue_period_kind_name(cross->form->period_kind));
    for (size_t i = 0; i < cross->key_count; i++)
        emis_buffer_format(out, "%s`%s`", i ? ", " : "", cross->keys[i]->name);
    emis_buffer_format(out, " in %s.%s", cross->form->code, cross->group->code);
    if (cross->where_text)
        emis_buffer_format(out, " where `%s`", cross->where_text);
    emis_buffer_format(out, "; otherwise a finding at each of them (%s)\n", cross->severity);
}

static void put_query(struct emis_buffer *out, const struct catalogue_cross *cross)
{
    emis_buffer_format(out, "- Found by a query over %s%s",
                       cross->form ? "submissions of " : "every form",
                       cross->form ? cross->form->code : "");
    for (size_t i = 0; i < cross->also_count; i++)
        emis_buffer_format(out, "%s%s", i ? ", " : " and ", cross->also[i]->code);
    emis_buffer_format(out, " (%s):\n\n```sql\n%s\n```\n\n", cross->severity, cross->query);
}

static void put_cross(struct emis_buffer *out, const struct catalogue *catalogue,
                      const struct catalogue_cross *cross)
{
    emis_buffer_format(out, "\n### %s\n\n%s\n\n- Validity: ", cross->code,
                       catalogue_generate_label(catalogue, "rule.%s", cross->code));
    put_validity(out, cross->version, cross->valid_from, cross->valid_to);
    emis_buffer_text(out, "\n");
    if (cross->method == CATALOGUE_COMPARE)
        put_compare(out, catalogue, cross);
    else if (cross->method == CATALOGUE_SHARED)
        put_shared(out, cross);
    else
        put_query(out, cross);
    emis_buffer_format(out, "- Source: %s\n", cross->source);
}

static void put_list(struct emis_buffer *out, const struct catalogue *catalogue,
                     const struct catalogue_list *list)
{
    emis_buffer_format(out, "\n### <a id=\"list-%s\"></a>%s: %s\n\n| Number | Code |", list->code,
                       list->code, catalogue_generate_label(catalogue, "list.%s", list->code));
    for (size_t i = 0; i < catalogue->language_count; i++)
        emis_buffer_format(out, " %s |", catalogue->languages[i].code);
    emis_buffer_text(out, "\n|---|---|");
    for (size_t i = 0; i < catalogue->language_count; i++)
        emis_buffer_text(out, "---|");
    emis_buffer_text(out, "\n");
    for (size_t i = 0; i < list->code_count; i++) {
        char key[128];
        snprintf(key, sizeof key, "code.%s.%s", list->code, list->codes[i].code);
        emis_buffer_format(out, "| %d | `%s` |", list->codes[i].number, list->codes[i].code);
        for (size_t j = 0; j < catalogue->language_count; j++) {
            const char *label = catalogue_label(catalogue, catalogue->languages[j].code, key);
            emis_buffer_text(out, " ");
            put_cell(out, label ? label : "");
            emis_buffer_text(out, " |");
        }
        emis_buffer_text(out, "\n");
    }
}

static void put_languages(struct emis_buffer *out, const struct catalogue *catalogue)
{
    emis_buffer_text(out, "\n## Languages of the labels\n\n");
    for (size_t i = 0; i < catalogue->language_count; i++) {
        const struct catalogue_language *language = &catalogue->languages[i];
        emis_buffer_format(
            out, "- `%s`: %zu labels%s\n", language->code, language->label_count,
            language->is_unreviewed ? ", a translation that no speaker has reviewed yet" : "");
    }
}

void catalogue_generate_dictionary(const struct catalogue *catalogue, struct emis_buffer *out)
{
    emis_buffer_text(out, "# Data dictionary\n\nGenerated from the catalogue");
    if (catalogue->country)
        emis_buffer_format(out, " of country %s", catalogue->country);
    emis_buffer_text(out, ".\n\n## Levels\n\n");
    for (size_t i = 0; i < catalogue->level_count; i++)
        emis_buffer_format(
            out, "%zu. `%s`: %s; tables `mart.%s_indicator`, `mart.%s_standing`\n", i + 1,
            catalogue->levels[i].code,
            catalogue_generate_label(catalogue, "level.%s", catalogue->levels[i].code),
            catalogue->levels[i].code, catalogue->levels[i].code);
    put_languages(out, catalogue);
    emis_buffer_text(out, "\n## Attributes of a school or area\n\n");
    for (size_t i = 0; i < catalogue->attribute_count; i++)
        emis_buffer_format(
            out, "- `%s`: %s; codes of [%s](#list-%s)\n", catalogue->attributes[i].code,
            catalogue_generate_label(catalogue, "attribute.%s", catalogue->attributes[i].code),
            catalogue->attributes[i].list->code, catalogue->attributes[i].list->code);
    emis_buffer_text(out, "\n## Forms\n");
    for (size_t i = 0; i < catalogue->form_count; i++)
        put_form(out, catalogue, &catalogue->forms[i]);
    emis_buffer_text(out, "\n## Indicators\n");
    for (size_t i = 0; i < catalogue->indicator_count; i++)
        put_indicator(out, catalogue, &catalogue->indicators[i]);
    if (catalogue->cross_count)
        emis_buffer_text(out, "\n## Rules over several submissions\n");
    for (size_t i = 0; i < catalogue->cross_count; i++)
        put_cross(out, catalogue, &catalogue->crosses[i]);
    emis_buffer_text(out, "\n## Code lists\n");
    for (size_t i = 0; i < catalogue->list_count; i++)
        put_list(out, catalogue, &catalogue->lists[i]);
}
