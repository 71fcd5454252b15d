/* SPDX-License-Identifier: Apache-2.0 */
/* The statements of the nodes above the leaves: sums over child places, and what is derived at each
 * node after the sums. */
#include "lib/catalogue/refresh_part.h"

#include <stdio.h>

/* Numbers of the indicators of the classes in the mask, as a list for `in (...)`; 0 stands first,
 * so that it is never empty. */
static void print_indicators(struct emis_buffer *out, const struct catalogue *catalogue,
                             uint32_t classes)
{
    emis_buffer_text(out, "0");
    for (size_t i = 0; i < catalogue->indicator_count; i++) {
        if ((classes & (1U << catalogue->indicators[i].roll_up)) != 0) {
            emis_buffer_format(out, ", %d", catalogue->indicators[i].number);
        }
    }
}

/* Cuts whose own rows say what is expected: attributes and forms. Cuts by a fact's key carry the
 * node's total: whoever owes, owes all of them. */
static void print_own_dimensions(struct emis_buffer *out, const struct catalogue *catalogue)
{
    emis_buffer_text(out, "0");
    for (size_t i = 0; i < catalogue->dimension_count; i++) {
        const struct catalogue_dimension *dimension = &catalogue->dimensions[i];

        if (dimension->is_attribute || dimension->list == NULL) {
            emis_buffer_format(out, ", %d", dimension->number);
        }
    }
}

static void print_status(struct emis_buffer *out, const struct catalogue *catalogue)
{
    struct emis_buffer condition;

    emis_buffer_init(&condition);
    emis_buffer_text(&condition, "indicator_key not in (");
    print_indicators(&condition, catalogue, 1U << CATALOGUE_CLASS_C | 1U << CATALOGUE_CLASS_L);
    emis_buffer_text(&condition, ")");
    emis_buffer_text(out, "case when indicator_key in (");
    print_indicators(out, catalogue, 1U << CATALOGUE_CLASS_COVERAGE | 1U << CATALOGUE_CLASS_ONTIME);
    emis_buffer_text(out, ") then 'ok' else ");
    refresh_part_status(out, condition.data);
    emis_buffer_text(out, " end");
    emis_buffer_release(&condition);
}

/*
 * Which rows of a level are sums: those of the indicators in $4, but for the coverage of forms
 * whose leaves are at this level or above. Coverage is shared by all forms; what a district itself
 * owes has no rows below it.
 */
static void print_summed(struct emis_buffer *out, const struct catalogue *catalogue, int level_no)
{
    const struct catalogue_dimension *dimension = catalogue_dimension_find(catalogue, "form");

    emis_buffer_text(out, "m.indicator_key = any ($4::smallint[])");
    for (size_t i = 0; dimension != NULL && i < catalogue->form_count; i++) {
        const struct catalogue_form *form = &catalogue->forms[i];

        if (form->is_owed && form->leaf_level <= level_no &&
            catalogue_form_newest(catalogue, form->code) == form) {
            emis_buffer_format(out, " and m.cut_key <> %d",
                               dimension->number * 1000 + form->number);
        }
    }
}

void refresh_up_print(struct emis_buffer *out, const struct catalogue *catalogue, int level_no,
                      enum refresh_end end)
{
    struct emis_buffer condition;

    refresh_part_target(out, REFRESH_ALL_KINDS, REFRESH_BEGINNING, EMIS_DATE_INFINITY);
    refresh_part_scope(out, level_no);
    emis_buffer_format(out,
                       ",\nsummed as (\n"
                       "  select m.period_key, m.indicator_key, m.cut_key, s.area_key, "
                       "sum(m.numerator)::bigint as numerator,\n"
                       "    sum(m.denominator)::bigint as denominator, sum(m.n_expected)::int as "
                       "n_expected, sum(m.n_reported)::int as n_reported,\n"
                       "    max(m.definition_version)::smallint as definition_version,\n"
                       "    bool_or(m.status = 'break') as has_break\n"
                       "  from scope s join mart.dim_area d on d.parent_area_key = s.area_key\n"
                       "  cross join lateral (select * from mart.%s_indicator c\n"
                       "    where c.area_key = d.area_key and c.period_key = s.period_key\n"
                       "      and c.indicator_key = any ($4::smallint[]) offset 0) m\n"
                       "  group by m.period_key, m.indicator_key, m.cut_key, s.area_key),\n"
                       "counted as (\n"
                       "  select u.period_key, u.indicator_key, u.cut_key, u.area_key, "
                       "u.numerator, u.denominator, u.definition_version, u.has_break,\n",
                       catalogue->levels[level_no + 1].code);
    for (int i = 0; i < 2; i++) {
        const char *column = i == 0 ? "n_expected" : "n_reported";

        emis_buffer_text(out, "    case when u.cut_key / 1000 in (");
        print_own_dimensions(out, catalogue);
        emis_buffer_format(out,
                           ") then u.%s\n"
                           "      else max(u.%s) filter (where u.cut_key = 0) over (partition by "
                           "u.period_key, u.indicator_key, u.area_key) end as %s%s\n",
                           column, column, column, i == 0 ? "," : "");
    }
    emis_buffer_text(out, "  from summed u),\nfresh as materialized (\n"
                          "  select period_key, indicator_key, cut_key, area_key, numerator, "
                          "denominator, n_expected, n_reported,\n    ");
    emis_buffer_text(out, "case when has_break then 'break' else ");
    print_status(out, catalogue);
    emis_buffer_text(out, " end as status, definition_version\n  from counted)");
    emis_buffer_init(&condition);
    print_summed(&condition, catalogue, level_no);
    refresh_part_end(out, end, catalogue->levels[level_no].code, condition.data);
    emis_buffer_release(&condition);
}

/* The operand's cell beside the base's: of a cut of its own, or of the base's. */
static void print_operand_cut(struct emis_buffer *out, const struct catalogue_operand *operand)
{
    if (operand->dimension == NULL) {
        emis_buffer_text(out, "t.cut_key");
    } else {
        emis_buffer_format(out, "%d", operand->dimension->number * 1000 + operand->member);
    }
}

static void print_dimensions(struct emis_buffer *out,
                             const struct catalogue_dimension *const *dimensions, size_t count)
{
    emis_buffer_text(out, "0");
    for (size_t i = 0; i < count; i++) {
        emis_buffer_format(out, ", %d", dimensions[i]->number);
    }
}

/* The base's rows that have a derived one: the total, and the cuts that the indicator stores. */
static void print_derived_cuts(struct emis_buffer *out, const struct catalogue_indicator *indicator)
{
    if (indicator->cut_count == 0) {
        emis_buffer_text(out, "t.cut_key = 0");
        return;
    }
    emis_buffer_text(out, "t.cut_key / 1000 in (");
    print_dimensions(out, indicator->cuts, indicator->cut_count);
    emis_buffer_text(out, ")\n    and (q.kind not in ('day', 'week') or t.cut_key / 1000 in (");
    print_dimensions(out, indicator->day_cuts, indicator->day_cut_count);
    emis_buffer_text(out, "))");
}

/* One derived indicator at the nodes of the scope; the base's rows say what was expected. */
static void print_derived_arm(struct emis_buffer *out, const struct catalogue_indicator *indicator,
                              const char *level_code)
{
    int base = indicator->over.indicator->number;

    emis_buffer_format(out,
                       "  select t.period_key, %d::smallint as indicator_key, t.cut_key, "
                       "t.area_key, a.numerator as numerator,\n"
                       "    b.numerator as denominator, t.n_expected, t.n_reported, t.status = "
                       "'break' as has_break, %d::smallint "
                       "as definition_version\n"
                       "  from scope s join ref.period q on q.period_id = s.period_key\n"
                       "  join mart.%s_indicator t on t.period_key = s.period_key and t.area_key = "
                       "s.area_key and t.indicator_key = %d and ",
                       indicator->number, indicator->version, level_code, base);
    print_derived_cuts(out, indicator);
    emis_buffer_format(out,
                       "\n  left join mart.%s_indicator a on a.period_key = s.period_key and "
                       "a.area_key = s.area_key and a.indicator_key = %d and a.cut_key = ",
                       level_code, base);
    print_operand_cut(out, &indicator->over);
    emis_buffer_format(out,
                       "\n  left join mart.%s_indicator b on b.period_key = s.period_key and "
                       "b.area_key = s.area_key and b.indicator_key = %d and b.cut_key = ",
                       level_code, indicator->under.indicator->number);
    print_operand_cut(out, &indicator->under);
    emis_buffer_format(out, "\n  where %d = any ($4::smallint[]) and ", base);
    refresh_part_when(out, indicator->period_kinds, indicator->valid_from, indicator->valid_to);
    emis_buffer_text(out, "\n");
}

void refresh_derived_print(struct emis_buffer *out, const struct catalogue *catalogue, int level_no,
                           enum refresh_end end)
{
    const char *level_code = catalogue->levels[level_no].code;
    const char *separator = "";
    struct emis_buffer owned;

    emis_buffer_init(&owned);
    refresh_part_target(out, REFRESH_ALL_KINDS, REFRESH_BEGINNING, EMIS_DATE_INFINITY);
    refresh_part_scope(out, level_no);
    emis_buffer_text(out, ",\nderived as (\n");
    emis_buffer_text(&owned, "(false");
    for (size_t i = 0; i < catalogue->indicator_count; i++) {
        const struct catalogue_indicator *indicator = &catalogue->indicators[i];

        if (indicator->roll_up != CATALOGUE_CLASS_D) {
            continue;
        }
        emis_buffer_text(out, separator);
        print_derived_arm(out, indicator, level_code);
        emis_buffer_format(&owned, " or m.indicator_key = %d and %d = any ($4::smallint[])",
                           indicator->number, indicator->over.indicator->number);
        separator = "  union all\n";
    }
    emis_buffer_text(&owned, ")");
    emis_buffer_text(out, "),\nfresh as materialized (\n"
                          "  select period_key, indicator_key, cut_key, area_key, numerator, "
                          "denominator, n_expected, n_reported,\n    ");
    emis_buffer_text(out, "case when has_break then 'break' else ");
    refresh_part_status(out, "true");
    emis_buffer_text(out, " end as status, definition_version\n  from derived)");
    refresh_part_end(out, end, level_code, owned.data);
    emis_buffer_release(&owned);
}
