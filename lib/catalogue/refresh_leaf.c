/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The statements of the leaf level: cells straight from the current submissions' facts. Every period, from the leaf's own to the school year, is computed from facts and not from
 * narrower cells: narrower cells keep fewer cuts, shares of units do not add up over time, and months and weeks do not nest.
 */
#include "lib/catalogue/refresh_part.h"

#include <stdio.h>

#include "lib/base/date.h"
#include "lib/expr/compile.h"
#include "lib/expr/print.h"

#define NARROW_KINDS "('day', 'week')"

static const char *
fact_alias(void *context, size_t group)
{
    (void) context;
    (void) group;
    return "f";
}

static void
print_expr(struct emis_buffer *out, const struct expr *expr)
{
    expr_print_sql(expr, fact_alias, NULL, out);
}

static bool
is_day_cut(const struct catalogue_indicator *indicator, const struct catalogue_dimension *cut)
{
    for (size_t i = 0; i < indicator->day_cut_count; i++) {
        if (indicator->day_cuts[i] == cut) {
            return true;
        }
    }
    return false;
}

/* The column that a cut groups by: of the place for an attribute, else of the facts. */
static void
print_cut_column(struct emis_buffer *out, const struct catalogue_dimension *cut, const struct catalogue_indicator *indicator)
{
    if (cut->is_attribute) {
        emis_buffer_format(out, "s.%s", cut->code);
        return;
    }
    for (size_t i = 0; i < indicator->group->key_count; i++) {
        const struct catalogue_field *key = &indicator->group->keys[i];

        if (key->list == cut->list) {
            emis_buffer_format(out, "f.%s", key->name);
            return;
        }
    }
    EMIS_ASSERT(false);
}

static void
print_counted(struct emis_buffer *out, const struct catalogue *catalogue)
{
    emis_buffer_text(out, ",\ncounted as materialized (\n  select s.period_id, s.kind, s.place_id");
    for (size_t i = 0; i < catalogue->attribute_count; i++) {
        emis_buffer_format(out, ", s.%s", catalogue->attributes[i].code);
    }
    emis_buffer_text(out, ",\n    count(distinct s.leaf_id)::int as n_expected,\n"
                          "    (count(distinct s.leaf_id) filter (where s.submission_key is not null))::int as n_reported\n"
                          "  from slot s where s.lane = $3::int\n  group by s.period_id, s.kind, s.place_id");
    for (size_t i = 0; i < catalogue->attribute_count; i++) {
        emis_buffer_format(out, ", s.%s", catalogue->attributes[i].code);
    }
    emis_buffer_text(out, ")");
}

/* A stock takes the last value in time: of each unit in each period only its last reported leaf is left. Where it stood then is where it counts. */
static void
print_chosen(struct emis_buffer *out, const struct catalogue_indicator *indicator)
{
    if (indicator->roll_up != CATALOGUE_CLASS_L) {
        emis_buffer_text(out, ",\nchosen as (select * from slot s where s.submission_key is not null and s.lane = $3::int)");
        return;
    }
    emis_buffer_text(out, ",\nchosen as (\n  select * from (\n"
                          "    select s.*, rank() over (partition by s.period_id, s.unit_id order by s.starts_on desc) as nth\n"
                          "    from slot s where s.submission_key is not null) s\n  where s.nth = 1 and s.lane = $3::int)");
}

/* Shares: 1 if any leaf meets the condition, 0 if at least one has a valid answer. */
static void
print_measures(struct emis_buffer *out, const struct catalogue_indicator *indicator)
{
    if (indicator->roll_up == CATALOGUE_CLASS_S) {
        emis_buffer_text(out, "max((");
        print_expr(out, indicator->numerator);
        emis_buffer_text(out, ")::int)::bigint as numerator, max(1)::bigint as denominator");
        return;
    }
    emis_buffer_text(out, "sum(");
    print_expr(out, indicator->numerator);
    emis_buffer_text(out, ")::bigint as numerator, ");
    if (indicator->denominator == NULL) {
        emis_buffer_text(out, "null::bigint as denominator");
        return;
    }
    emis_buffer_text(out, "sum(");
    print_expr(out, indicator->denominator);
    emis_buffer_text(out, ")::bigint as denominator");
}

/* Rows that count: those of the filter whose parts are all there, so that a numerator never meets another row's denominator. */
static void
print_row_filter(struct emis_buffer *out, const struct catalogue_indicator *indicator)
{
    emis_buffer_text(out, "  where (");
    print_expr(out, indicator->numerator);
    emis_buffer_text(out, ") is not null");
    if (indicator->denominator != NULL) {
        emis_buffer_text(out, " and (");
        print_expr(out, indicator->denominator);
        emis_buffer_text(out, indicator->roll_up == CATALOGUE_CLASS_S ? ")" : ") is not null");
    }
    if (indicator->where != NULL) {
        emis_buffer_text(out, " and (");
        print_expr(out, indicator->where);
        emis_buffer_text(out, ")");
    }
    emis_buffer_text(out, "\n");
}

static void
print_cut_key(struct emis_buffer *out, const struct catalogue_indicator *indicator)
{
    if (indicator->cut_count == 0) {
        emis_buffer_text(out, "0::smallint as cut_key");
        return;
    }
    emis_buffer_text(out, "(case");
    for (size_t i = 0; i < indicator->cut_count; i++) {
        emis_buffer_text(out, " when grouping(");
        print_cut_column(out, indicator->cuts[i], indicator);
        emis_buffer_format(out, ") = 0 then %d + ", indicator->cuts[i]->number * 1000);
        print_cut_column(out, indicator->cuts[i], indicator);
    }
    emis_buffer_text(out, " else 0 end)::smallint as cut_key");
}

static void
print_value(struct emis_buffer *out, const struct catalogue_indicator *indicator)
{
    emis_buffer_text(out, ",\nvalue as materialized (\n  select s.period_id, s.kind, s.place_id, ");
    print_cut_key(out, indicator);
    emis_buffer_text(out, ",\n    ");
    print_measures(out, indicator);
    emis_buffer_format(out, "\n  from chosen s join core.%s f on f.submission_key = s.submission_key and f.starts_on = s.starts_on\n",
                       indicator->group->table);
    print_row_filter(out, indicator);
    emis_buffer_text(out, "  group by grouping sets ((s.period_id, s.kind, s.place_id)");
    for (size_t i = 0; i < indicator->cut_count; i++) {
        emis_buffer_text(out, ", (s.period_id, s.kind, s.place_id, ");
        print_cut_column(out, indicator->cuts[i], indicator);
        emis_buffer_text(out, ")");
    }
    emis_buffer_text(out, "))");
}

/* Cells that exist because something is expected there: the total, and the place's own member of each attribute cut. */
static void
print_base(struct emis_buffer *out, const struct catalogue_indicator *indicator)
{
    emis_buffer_text(out, ",\nbase as (\n  select c.period_id, c.place_id, k.cut_key, c.n_expected, c.n_reported\n"
                          "  from counted c cross join lateral (values (0)");
    for (size_t i = 0; i < indicator->cut_count; i++) {
        const struct catalogue_dimension *cut = indicator->cuts[i];

        if (!cut->is_attribute) {
            continue;
        }
        emis_buffer_format(out, ", (case when c.%s > 0%s then %d + c.%s end)", cut->code,
                           is_day_cut(indicator, cut) ? "" : " and c.kind not in " NARROW_KINDS, cut->number * 1000, cut->code);
    }
    emis_buffer_text(out, ") k (cut_key)\n  where k.cut_key is not null)");
}

/* Cells that exist because facts do: the cuts by the facts' own keys. */
static bool
print_data_cuts(struct emis_buffer *out, const struct catalogue_indicator *indicator)
{
    const char *separator = "";

    emis_buffer_text(out, "\n  union all\n  select v.period_id, v.place_id, v.cut_key, c.n_expected, c.n_reported, v.numerator, v.denominator\n"
                          "  from value v join counted c on c.period_id = v.period_id and c.place_id = v.place_id\n  where ");
    for (size_t i = 0; i < indicator->cut_count; i++) {
        const struct catalogue_dimension *cut = indicator->cuts[i];

        if (cut->is_attribute) {
            continue;
        }
        emis_buffer_format(out, "%s(v.cut_key / 1000 = %d%s)", separator, cut->number,
                           is_day_cut(indicator, cut) ? "" : " and v.kind not in " NARROW_KINDS);
        separator = " or ";
    }
    return *separator != '\0';
}

static void
print_fresh(struct emis_buffer *out, const struct catalogue_indicator *indicator)
{
    struct emis_buffer cuts;

    emis_buffer_init(&cuts);
    emis_buffer_text(out, ",\nall_rows as (\n"
                          "  select b.period_id, b.place_id, b.cut_key, b.n_expected, b.n_reported, v.numerator, v.denominator\n"
                          "  from base b left join value v on v.period_id = b.period_id and v.place_id = b.place_id and v.cut_key = b.cut_key");
    if (print_data_cuts(&cuts, indicator)) {
        emis_buffer_append(out, cuts.data, cuts.size);
    }
    emis_buffer_release(&cuts);
    emis_buffer_format(out,
                       "),\nfresh as materialized (\n"
                       "  select period_id as period_key, %d::smallint as indicator_key, cut_key::smallint as cut_key, place_id as area_key,\n"
                       "    numerator, denominator, n_expected, n_reported,\n    ",
                       indicator->number);
    refresh_part_status(out, indicator->roll_up == CATALOGUE_CLASS_R || indicator->roll_up == CATALOGUE_CLASS_S ? "true" : "false");
    emis_buffer_format(out, " as status,\n    %d::smallint as definition_version\n  from all_rows)", indicator->version);
}

void
refresh_leaf_print(struct emis_buffer *out, const struct catalogue *catalogue, const struct catalogue_indicator *indicator, enum refresh_end end)
{
    char condition[64];

    refresh_part_target(out, indicator->period_kinds, indicator->valid_from, indicator->valid_to);
    refresh_part_slot(out, catalogue, indicator->form);
    print_counted(out, catalogue);
    print_chosen(out, indicator);
    print_value(out, indicator);
    print_base(out, indicator);
    print_fresh(out, indicator);
    refresh_part_scope(out, indicator->form->leaf_level, true);
    (void) snprintf(condition, sizeof(condition), "m.indicator_key = %d", indicator->number);
    refresh_part_end(out, end, catalogue->levels[indicator->form->leaf_level].code, condition);
}

/* The period kinds and the numbers of every indicator of a class. */
static uint32_t
coverage_kinds(const struct catalogue *catalogue)
{
    uint32_t kinds = 0;

    for (size_t i = 0; i < catalogue->indicator_count; i++) {
        const struct catalogue_indicator *indicator = &catalogue->indicators[i];

        if (indicator->roll_up == CATALOGUE_CLASS_COVERAGE || indicator->roll_up == CATALOGUE_CLASS_ONTIME) {
            kinds |= indicator->period_kinds;
        }
    }
    return kinds;
}

void
refresh_coverage_print(struct emis_buffer *out, const struct catalogue *catalogue, const struct catalogue_form *form, enum refresh_end end)
{
    const struct catalogue_dimension *dimension = catalogue_dimension_find(catalogue, "form");
    const char *separator = "";
    int cut_key = dimension->number * 1000 + form->number;
    struct emis_buffer owned;

    EMIS_ASSERT(form->is_owed);
    emis_buffer_init(&owned);
    refresh_part_target(out, coverage_kinds(catalogue), emis_date_from_civil(1900, 1, 1), EMIS_DATE_INFINITY);
    refresh_part_slot(out, catalogue, form);
    emis_buffer_text(out, ",\ncounted as (\n  select s.period_id, s.kind, s.place_id, count(distinct s.leaf_id)::int as n_expected,\n"
                          "    (count(distinct s.leaf_id) filter (where s.submission_key is not null))::int as n_reported,\n"
                          "    (count(distinct s.leaf_id) filter (where s.submission_key is not null and not s.is_late))::int as n_ontime\n"
                          "  from slot s where s.lane = $3::int group by s.period_id, s.kind, s.place_id),\n"
                          "fresh as materialized (\n");
    for (size_t i = 0; i < catalogue->indicator_count; i++) {
        const struct catalogue_indicator *indicator = &catalogue->indicators[i];

        if (indicator->roll_up != CATALOGUE_CLASS_COVERAGE && indicator->roll_up != CATALOGUE_CLASS_ONTIME) {
            continue;
        }
        emis_buffer_format(out,
                           "%s  select period_id as period_key, %d::smallint as indicator_key, %d::smallint as cut_key, place_id as area_key,\n"
                           "    %s::bigint as numerator, n_expected::bigint as denominator, n_expected, n_reported, 'ok' as status,\n"
                           "    %d::smallint as definition_version\n  from counted where kind in (",
                           *separator == '\0' ? "" : "  union all\n", indicator->number, cut_key,
                           indicator->roll_up == CATALOGUE_CLASS_ONTIME ? "n_ontime" : "n_reported", indicator->version);
        refresh_part_kinds(out, indicator->period_kinds);
        emis_buffer_text(out, ")\n");
        emis_buffer_format(&owned, "%s%d", separator, indicator->number);
        separator = ", ";
    }
    emis_buffer_text(out, ")");
    refresh_part_scope(out, form->leaf_level, true);
    {
        char condition[256];

        (void) snprintf(condition, sizeof(condition), "m.indicator_key in (%s) and m.cut_key = %d", owned.data, cut_key);
        refresh_part_end(out, end, catalogue->levels[form->leaf_level].code, condition);
    }
    emis_buffer_release(&owned);
}
