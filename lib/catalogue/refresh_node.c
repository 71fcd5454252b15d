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
            emis_buffer_format(out, " and " REFRESH_CUT_OF("m") " <> %d",
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

static void print_dimensions(struct emis_buffer *out,
                             const struct catalogue_dimension *const *dimensions, size_t count)
{
    emis_buffer_text(out, "0");
    for (size_t i = 0; i < count; i++) {
        emis_buffer_format(out, ", %d", dimensions[i]->number);
    }
}

/* The cells of an operand that have a derived one beside them: the total, and the cuts that the
 * indicator stores. */
static void print_derived_keys(struct emis_buffer *out, const struct catalogue_indicator *indicator,
                               const struct catalogue_operand *operand, const char *level_code)
{
    emis_buffer_format(out,
                       "select o.cut_key from mart.%s_indicator o where o.period_key = "
                       "s.period_key and o.area_key = s.area_key\n      and o.indicator_key = %d "
                       "and ",
                       level_code, operand->indicator->number);
    if (indicator->cut_count == 0) {
        emis_buffer_text(out, REFRESH_CUT_OF("o") " = 0");
        return;
    }
    emis_buffer_text(out, REFRESH_CUT_OF("o") " / 1000 in (");
    print_dimensions(out, indicator->cuts, indicator->cut_count);
    emis_buffer_text(out,
                     ") and (q.kind not in ('day', 'week') or " REFRESH_CUT_OF("o") " / 1000 in (");
    print_dimensions(out, indicator->day_cuts, indicator->day_cut_count);
    emis_buffer_text(out, "))");
}

/* Two left joins: `name` is the operand's value, `name`t what was expected of it: of an operand
 * that is a cell of a cut the total says that. */
static void print_operand(struct emis_buffer *out, const struct catalogue_operand *operand,
                          const char *level_code, const char *name)
{
    const char *const suffixes[] = {"", "t"};

    for (int i = 0; i < 2; i++) {
        emis_buffer_format(out,
                           "  left join lateral (select * from mart.%s_indicator o where "
                           "o.period_key = k.period_key\n      and o.area_key = k.area_key and "
                           "o.indicator_key = %d and " REFRESH_CUT_OF("o") " = ",
                           level_code, operand->indicator->number);
        if (i == 0 && operand->dimension != NULL) {
            emis_buffer_format(out, "%d", operand->dimension->number * 1000 + operand->member);
        } else {
            emis_buffer_text(out, "k.cut_key");
        }
        emis_buffer_format(out, " offset 0) %s%s on true\n", name, suffixes[i]);
    }
}

static bool is_owed(const struct catalogue_operand *operand)
{
    return operand->indicator->form == NULL || operand->indicator->form->is_owed;
}

/* What was expected of both: where two forms are owed, of the one that fewer sent; of a form that
 * nobody owes nothing is expected. */
static void print_expected(struct emis_buffer *out, const struct catalogue_indicator *indicator,
                           const char *column)
{
    bool is_over_owed = is_owed(&indicator->over), is_under_owed = is_owed(&indicator->under);

    if (is_over_owed && is_under_owed) {
        emis_buffer_format(out,
                           "case when coalesce(at.n_reported, 0)::bigint * coalesce(nullif("
                           "bt.n_expected, 0), 1) <= coalesce(bt.n_reported, 0)::bigint * "
                           "coalesce(nullif(at.n_expected, 0), 1)\n"
                           "      then coalesce(at.%s, 0) else coalesce(bt.%s, 0) end as %s",
                           column, column, column);
    } else if (is_over_owed || is_under_owed) {
        emis_buffer_format(out, "coalesce(%s.%s, 0) as %s", is_over_owed ? "at" : "bt", column,
                           column);
    } else {
        emis_buffer_format(out, "coalesce(at.%s, bt.%s) as %s", column, column, column);
    }
}

/*
 * One derived indicator at the nodes of the scope, where either operand has a cell. A form that
 * nobody owes reports events: where there was none its count is zero, which is not missing.
 */
static void print_derived_arm(struct emis_buffer *out, const struct catalogue_indicator *indicator,
                              const char *level_code)
{
    emis_buffer_format(out,
                       "  select k.period_key, %d::smallint as indicator_key, k.cut_key, "
                       "k.area_key, %s as numerator, b.numerator as denominator,\n    ",
                       indicator->number,
                       is_owed(&indicator->over) ? "a.numerator" : "coalesce(a.numerator, 0)");
    print_expected(out, indicator, "n_expected");
    emis_buffer_text(out, ",\n    ");
    print_expected(out, indicator, "n_reported");
    emis_buffer_format(out,
                       ",\n    coalesce(at.status = 'break', false) or coalesce(bt.status = "
                       "'break', false) as has_break, %d::smallint as definition_version\n"
                       "  from (select distinct s.period_key, s.area_key, o.cut_key\n"
                       "    from scope s join ref.period q on q.period_id = s.period_key\n"
                       "    cross join lateral (",
                       indicator->version);
    print_derived_keys(out, indicator, &indicator->over, level_code);
    emis_buffer_text(out, "\n      union ");
    print_derived_keys(out, indicator, &indicator->under, level_code);
    emis_buffer_format(out, " offset 0) o\n    where %d = any ($4::smallint[]) and ",
                       indicator->over.indicator->number);
    refresh_part_when(out, indicator->period_kinds, indicator->valid_from, indicator->valid_to);
    emis_buffer_text(out, ") k\n");
    print_operand(out, &indicator->over, level_code, "a");
    print_operand(out, &indicator->under, level_code, "b");
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
