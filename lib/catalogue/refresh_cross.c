/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The statements of cross rules: what the rule finds in the units and periods whose cells a round
 * can have changed, laid over the open rows of control.finding. All versions of a rule have one
 * statement, so that a version that ended or is switched off leaves no finding open.
 */
#include "lib/catalogue/refresh.h"
#include "lib/catalogue/refresh_part.h"

#include <stdio.h>
#include <string.h>

#include "lib/expr/compile.h"
#include "lib/expr/print.h"

/* What each arm gives; the first arm gives no row and the columns' types. */
#define FRESH_TYPES                                                                              \
    "  select null::int as unit_id, null::int as lane, null::int as period_id, null::text as "   \
    "subject,\n    null::smallint as rule_version, null::text as severity, null::jsonb as seen " \
    "where false\n"

/* `, stands as (...)`: the open findings that the statement answers for. */
static void print_stands(struct emis_buffer *out, const struct catalogue_cross *cross)
{
    if (cross->method == CATALOGUE_SHARED)
        emis_buffer_format(out,
                           ",\nstands as materialized (\n"
                           "  select f.* from keyed s cross join lateral (select * from "
                           "control.finding f where f.rule_id = %d\n"
                           "      and f.period_id = s.period_id and f.subject = s.subject",
                           cross->number);
    else
        emis_buffer_format(
            out,
            ",\nstands as materialized (\n"
            "  select f.* from reach s cross join lateral (select * from "
            "control.finding f where f.unit_id = s.unit_id\n"
            "      and f.lane = s.lane and " REFRESH_HIDDEN(
                "f", "rule_id") " = %d "
                                "and " REFRESH_HIDDEN("f", "period_id") " = s.period_id",
            cross->number);
    emis_buffer_text(out, " and f.closed_at is null offset 0) f)");
}

static void print_apply(struct emis_buffer *out, const struct catalogue_cross *cross)
{
    emis_buffer_text(
        out, ",\nclosed as (\n"
             "  update control.finding f set closed_at = now()\n"
             "  where f.unit_id = any (array(select o.unit_id from stands o)) and f.closed_at is "
             "null\n"
             "    and f.finding_id = any (array(select o.finding_id from stands o\n"
             "      where case when (o.unit_id, o.lane, o.period_id, o.subject) in\n"
             "        (select n.unit_id, n.lane, n.period_id, n.subject from fresh n) then false "
             "else true end)))\n");
    emis_buffer_format(
        out,
        "insert into control.finding as f (rule_id, unit_id, lane, period_id, subject, "
        "rule_version, severity, seen, opened_at, seen_at)\n"
        "select %d, unit_id, lane, period_id, subject, rule_version, severity, seen, now(), now()\n"
        "from fresh order by 2, 4, 5\n"
        "on conflict (unit_id, rule_id, period_id, subject, lane) where closed_at is null do "
        "update set\n"
        "  rule_version = excluded.rule_version, severity = excluded.severity, seen = "
        "excluded.seen, seen_at = excluded.seen_at\n"
        "where (f.rule_version, f.severity, f.seen) is distinct from\n"
        "  (excluded.rule_version, excluded.severity, excluded.seen)\n",
        cross->number);
}

static void print_audit(struct emis_buffer *out, const struct catalogue_cross *cross)
{
    emis_buffer_format(
        out,
        "\nselect coalesce(s.period_id, n.period_id) as period_key, %d::smallint as "
        "indicator_key, 0::smallint as cut_key,\n"
        "  coalesce(s.unit_id, n.unit_id) as area_key, (s.subject, s.rule_version, s.severity, "
        "s.seen)::text as stored,\n"
        "  (n.subject, n.rule_version, n.severity, n.seen)::text as wanted\n"
        "from stands s full join fresh n on s.unit_id = n.unit_id and s.lane = n.lane and "
        "s.period_id = n.period_id and s.subject = n.subject\n"
        "where (s.rule_version, s.severity, s.seen) is distinct from (n.rule_version, n.severity, "
        "n.seen)\n",
        cross->number);
}

/* --- compare ---------------------------------------------------------------------------------- */

/* period_id begins with the number of its kind, and grows with time within it: so periods of a kind
 * are a range of an index, and the one before is the next lower. */
static long long kind_from(int kind)
{
    return (kind + 1) * 100000000LL;
}

static void print_of_kind(struct emis_buffer *out, const char *column,
                          enum catalogue_period_kind kind)
{
    emis_buffer_format(out, "%s between %lld and %lld", column, kind_from((int) kind),
                       kind_from((int) kind + 1) - 1);
}

static bool is_asked_alike(const struct catalogue_value *a, const struct catalogue_value *b)
{
    return a->period_kind == b->period_kind && a->shift == b->shift && a->is_over == b->is_over &&
           (!a->is_over || a->over == b->over);
}

/* `select ...`: the rule's periods at whose units the value, or one that is asked for alike, can
 * have changed. From the kind of the cells to the value's own, back over its shift, and down to the
 * rule's; only where it is one of the indicators of $4. */
static void print_asked_by(struct emis_buffer *out, const struct catalogue_cross *cross,
                           const struct catalogue_value *value)
{
    const char *separator = "";

    emis_buffer_text(out, "  select w.leaf_period_id as period_id, t.unit_id\n  from target t\n");
    if (value->is_over) {
        emis_buffer_text(out, "  join ref.period_within v on v.leaf_period_id = t.period_id and ");
        print_of_kind(out, "v.period_id", value->period_kind);
        emis_buffer_text(out, "\n");
    } else {
        emis_buffer_text(out, "  cross join lateral (select t.period_id) v\n");
    }
    if (value->shift != 0)
        emis_buffer_format(out,
                           "  cross join lateral (select n.period_id from ref.period n where "
                           "n.period_id > v.period_id and n.period_id < %lld\n"
                           "    order by n.period_id offset %d limit 1) n\n",
                           kind_from((int) value->period_kind + 1), -value->shift - 1);
    else
        emis_buffer_text(out, "  cross join lateral (select v.period_id) n\n");
    emis_buffer_text(out, "  join ref.period_within w on w.period_id = n.period_id and ");
    print_of_kind(out, "w.leaf_period_id", cross->period_kind);
    emis_buffer_text(out, "\n  where ");
    print_of_kind(out, "t.period_id", value->is_over ? value->over : value->period_kind);
    emis_buffer_text(out, " and array[");
    for (size_t i = 0; i < cross->value_count; i++) {
        if (is_asked_alike(&cross->values[i], value)) {
            emis_buffer_format(out, "%s%d", separator, cross->values[i].indicator->number);
            separator = ", ";
        }
    }
    emis_buffer_text(out, "]::smallint[] && $4::smallint[] and (select p.is_possible from possible "
                          "p)\n");
}

/* Whether it is a number, and not missing, where the series has no cells. */
static bool is_of_nothing(const struct catalogue_value *value)
{
    return value->take == CATALOGUE_TAKE_COUNT || value->take == CATALOGUE_TAKE_SAME ||
           value->take == CATALOGUE_TAKE_FULL || value->take == CATALOGUE_TAKE_HEAPED;
}

/*
 * `possible`: whether each value of a version can be there, that is, whether its form was ever
 * sent: a rule over forms that nobody uses costs nothing. What was sent once stays so, a retraction
 * too. Derived values may be there without a form's, counts are 0 over nothing,
 * and a version that is off closes what stands.
 */
static void print_possible(struct emis_buffer *out, const struct catalogue_cross *first,
                           const struct catalogue_cross *last)
{
    emis_buffer_text(out, ",\npossible as materialized (\n  select ");
    for (const struct catalogue_cross *cross = first; cross <= last; cross++) {
        const char *separator = cross == first ? "(" : "\n    or (";

        for (size_t i = 0; i < cross->value_count; i++) {
            const struct catalogue_value *value = &cross->values[i];
            const struct catalogue_form *form = value->indicator->form;

            if (form == NULL || is_of_nothing(value) || strcmp(cross->severity, "off") == 0)
                emis_buffer_format(out, "%strue", separator);
            else
                emis_buffer_format(out,
                                   "%sexists (select from intake.current c where c.form_id = %d)",
                                   separator, form->number);
            separator = " and ";
        }
        emis_buffer_text(out, ")");
    }
    emis_buffer_text(out, " as is_possible)");
}

static void print_asked(struct emis_buffer *out, const struct catalogue_cross *first,
                        const struct catalogue_cross *last)
{
    const char *separator = ",\nasked as materialized (\n";
    for (const struct catalogue_cross *cross = first; cross <= last; cross++) {
        for (size_t i = 0; i < cross->value_count; i++) {
            bool is_there = false;
            for (size_t j = 0; j < i; j++)
                is_there |= is_asked_alike(&cross->values[i], &cross->values[j]);
            if (is_there)
                continue;
            emis_buffer_text(out, separator);
            print_asked_by(out, cross, &cross->values[i]);
            separator = "  union\n";
        }
    }
    emis_buffer_text(out, ")");
}

/* The units of the rule's levels above the asked ones, with all their places in the lane: what a
 * unit has in a period is the sum over them. */
static void print_reach(struct emis_buffer *out, const struct catalogue *catalogue,
                        uint32_t level_mask)
{
    const char *separator = ",\nfound as (\n";
    for (size_t level_no = 0; level_no < catalogue->level_count; level_no++) {
        if ((level_mask >> level_no & 1) == 0)
            continue;
        emis_buffer_format(out,
                           "%s  select g.period_id, a.unit_id, a.lane, a.level_no\n"
                           "  from asked g join ref.place p on p.unit_id = g.unit_id\n"
                           "  join ref.place a on a.place_id = p.path[%zu]\n"
                           "  where p.lane = $3::int and p.level_no >= %zu\n",
                           separator, level_no + 1, level_no);
        separator = "  union\n";
    }
    emis_buffer_text(
        out, "),\nreach as materialized (\n"
             "  select unnest(f.periods) as period_id, f.unit_id, f.lane, f.level_no, f.places\n"
             "  from (select unit_id, lane, level_no, array_agg(distinct period_id) as periods,\n"
             "      array(select distinct b.place_id from ref.place b where b.unit_id = g.unit_id "
             "and b.lane = g.lane) as places\n"
             "    from found g group by unit_id, lane, level_no) f)");
}

/* `p<no>`: the value's period. */
static void print_period(struct emis_buffer *out, const struct catalogue_cross *cross,
                         const struct catalogue_value *value, size_t no)
{
    if (value->period_kind == cross->period_kind) {
        emis_buffer_format(out, "  cross join lateral (select q.period_id) h%zu\n", no);
    } else {
        emis_buffer_text(out, "  cross join lateral (select w.period_id from ref.period_within w "
                              "where w.leaf_period_id = q.period_id and ");
        print_of_kind(out, "w.period_id", value->period_kind);
        emis_buffer_format(out, " offset 0) h%zu\n", no);
    }
    if (value->shift != 0)
        emis_buffer_format(out,
                           "  cross join lateral (select b.period_id from ref.period b where "
                           "b.period_id < h%zu.period_id and b.period_id >= %lld\n"
                           "    order by b.period_id desc offset %d limit 1) p%zu\n",
                           no, kind_from((int) value->period_kind), -value->shift - 1, no);
    else
        emis_buffer_format(out, "  cross join lateral (select h%zu.period_id) p%zu\n", no, no);
}

/* `lateral (...) m`: the cells of the value in one period at one place b. */
static void print_cells(struct emis_buffer *out, const struct catalogue_value *value,
                        const char *level_code, const char *period)
{
    emis_buffer_format(out,
                       "lateral (select m.numerator, m.denominator, m.cut_key from "
                       "mart.%s_indicator m where m.area_key = b.place_id\n"
                       "        and m.period_key = %s and m.indicator_key = %d",
                       level_code, period, value->indicator->number);
    if (value->is_each) {
        emis_buffer_text(out, " and " REFRESH_CUT_OF("m") " = k.cut_key");
    } else if (value->member_count > 0) {
        emis_buffer_text(out, " and " REFRESH_CUT_OF("m") " in (");
        for (size_t i = 0; i < value->member_count; i++)
            emis_buffer_format(out, "%s%d", i ? ", " : "",
                               value->dimension->number * 1000 + value->members[i]);
        emis_buffer_text(out, ")");
    } else if (value->take != CATALOGUE_TAKE_SAME) {
        emis_buffer_text(out, " and " REFRESH_CUT_OF("m") " = 0");
    }
    emis_buffer_text(out, " offset 0) m");
}

/* The longest run of neighbouring cells of one `mark`; cells without a mark are in no run. */
#define LONGEST_RUN                                                                          \
    "coalesce(max(r.length), 0)::bigint as numerator\n    from (select count(*) as length "  \
    "from (select x.mark,\n        row_number() over (order by x.period_id) - row_number() " \
    "over (partition by x.mark order by x.period_id) as run\n      from "
#define LONGEST_RUN_END " x) y where y.mark is not null group by y.mark, y.run) r"

/* `select ...` from the series x: one row a period that has a value. */
static void print_take(struct emis_buffer *out, const struct catalogue_value *value)
{
    const char *measure = "", *mark = NULL;
    switch (value->take) {
    case CATALOGUE_TAKE_CELL:
        break;
    case CATALOGUE_TAKE_LAST:
        measure = "(array_agg(x.numerator order by x.period_id desc))[1]::bigint as numerator,\n"
                  "      (array_agg(x.denominator order by x.period_id desc))[1]::bigint as "
                  "denominator from series x";
        break;
    case CATALOGUE_TAKE_COUNT:
        emis_buffer_format(out,
                           "count(*) filter (where x.numerator between %lld and %lld) as numerator "
                           "from series x",
                           (long long) value->from, (long long) value->to);
        break;
    case CATALOGUE_TAKE_HEAPED:
        measure = "count(*) filter (where x.numerator % 5 = 0 and x.numerator > 0) as numerator "
                  "from series x";
        break;
    case CATALOGUE_TAKE_MEDIAN:
        /* in tenths, so that the middle between two whole numbers is exact */
        measure = "((a.sorted[(a.size + 1) / 2] + a.sorted[(a.size + 2) / 2]) * 5)::bigint as "
                  "numerator\n      from (select array_agg(x.numerator order by x.numerator) as "
                  "sorted, count(*)::int as size from series x) a";
        break;
    case CATALOGUE_TAKE_Z:
        /* Iglewicz and Hoaglin: 0.6745 * deviation / MAD; where more than half of the values are
         * one value and MAD is 0, deviation / (1.253314 * mean absolute deviation). In numeric:
         * the same digits on every machine. */
        measure =
            "round(case when d.mad > 0 then 0.6745 * (i.own - e.middle) / d.mad\n"
            "        when d.mean > 0 then (i.own - e.middle) / (1.253314 * d.mean) else 0 end * "
            "100)::bigint as numerator\n"
            "      from (select array_agg(ln(greatest(x.numerator, 0) + 1) order by x.numerator) "
            "as logs, count(*)::int as size from series x) a\n"
            "      cross join lateral (select ln(greatest(x.numerator, 0) + 1) as own from series "
            "x where x.period_id = q.period_id) i\n"
            "      cross join lateral (select (a.logs[(a.size + 1) / 2] + a.logs[(a.size + 2) / "
            "2]) / 2 as middle) e\n"
            "      cross join lateral (select array_agg(abs(l - e.middle) order by abs(l - "
            "e.middle)) as sorted, avg(abs(l - e.middle)) as mean\n"
            "        from unnest(a.logs) l) c\n"
            "      cross join lateral (select (c.sorted[(a.size + 1) / 2] + c.sorted[(a.size + "
            "2) / 2]) / 2 as mad, c.mean) d";
        break;
    case CATALOGUE_TAKE_SAME:
        mark =
            "(select s.period_id, string_agg(concat_ws('/', s.cut_key, s.numerator, "
            "s.denominator), ' ' order by s.cut_key) as mark from series s group by s.period_id)";
        break;
    case CATALOGUE_TAKE_FULL:
        mark = "(select s.period_id, case when s.numerator = s.denominator then true end as mark "
               "from series s where s.denominator > 0 or s.numerator > 0)";
        break;
    }
    if (mark != NULL)
        emis_buffer_format(out, LONGEST_RUN "%s" LONGEST_RUN_END, mark);
    else
        emis_buffer_text(out, measure);
}

/* Whether it has cells only in periods that hold an opened one: of a form that somebody owes. */
static bool is_in_opened(const struct catalogue_indicator *indicator)
{
    if (indicator->form != NULL)
        return indicator->form->is_owed;
    for (size_t i = 0; i < indicator->operand_count; i++) {
        if (!is_in_opened(indicator->operands[i].indicator))
            return false;
    }
    return true;
}

/* `, inside_v<version>_<no> as (...)`: the narrower periods of a value that is over them, by the
 * rule's period. Listed once, and without those that cannot have cells: a term is mostly days to
 * come. */
static void print_inside(struct emis_buffer *out, const struct catalogue_cross *cross,
                         const struct catalogue_value *value, size_t no)
{
    emis_buffer_format(out,
                       ",\ninside_v%d_%zu as materialized (\n"
                       "  select q.period_id as at_id, w.leaf_period_id as period_id\n"
                       "  from (select distinct s.period_id from reach s) q\n",
                       cross->version, no);
    print_period(out, cross, value, no);
    emis_buffer_format(out, "  join ref.period_within w on w.period_id = p%zu.period_id and ", no);
    print_of_kind(out, "w.leaf_period_id", value->over);
    if (is_in_opened(value->indicator))
        emis_buffer_text(out, "\n  where exists (select from ref.period_within v join "
                              "ref.period_opening o on o.period_id = v.leaf_period_id\n"
                              "    where v.period_id = w.leaf_period_id)");
    emis_buffer_text(out, ")");
}

/* `with series as (...)`: a row for each narrower period, with the cells of all the unit's places.
 */
static void print_over(struct emis_buffer *out, const struct catalogue_cross *cross,
                       const struct catalogue_value *value, size_t no, const char *level_code)
{
    emis_buffer_format(out,
                       "with series as materialized (\n"
                       "      select o.period_id, m.cut_key, sum(m.numerator) as numerator, "
                       "sum(m.denominator) as denominator\n"
                       "      from inside_v%d_%zu o cross join unnest(s.places) b (place_id) cross "
                       "join ",
                       cross->version, no);
    print_cells(out, value, level_code, "o.period_id");
    emis_buffer_text(out, "\n      where o.at_id = q.period_id and m.numerator is not null group "
                          "by o.period_id, m.cut_key)\n"
                          "    select ");
}

/* A row for each unit of the deeper level. */
static void print_among(struct emis_buffer *out, const struct catalogue_value *value, size_t no,
                        const char *level_code)
{
    char period[32];
    (void) snprintf(period, sizeof period, "p%zu.period_id", no);
    emis_buffer_format(out,
                       "with recursive below as (\n"
                       "      select p.place_id as area_key from unnest(s.places) p (place_id)\n"
                       "      union select d.area_key from below w join mart.dim_area d on "
                       "d.parent_area_key = w.area_key),\n"
                       "    series as materialized (\n"
                       "      select d.unit_code, sum(m.numerator) as numerator\n"
                       "      from below w join mart.dim_area d on d.area_key = w.area_key and "
                       "d.level_code = '%s'\n"
                       "      cross join lateral (select d.area_key as place_id) b cross join ",
                       level_code);
    print_cells(out, value, level_code, period);
    emis_buffer_text(out,
                     "\n      where m.numerator is not null group by d.unit_code)\n    select ");
}

static void print_value(struct emis_buffer *out, const struct catalogue *catalogue,
                        const struct catalogue_cross *cross, const struct catalogue_value *value,
                        size_t no, const char *level_code)
{
    char period[32];
    if (!value->is_over)
        print_period(out, cross, value, no);
    emis_buffer_text(out, "  cross join lateral (");
    if (value->is_over) {
        print_over(out, cross, value, no, level_code);
        print_take(out, value);
    } else if (value->among >= 0) {
        print_among(out, value, no, catalogue->levels[value->among].code);
        print_take(out, value);
    } else {
        (void) snprintf(period, sizeof period, "p%zu.period_id", no);
        emis_buffer_text(out, "select sum(m.numerator)::bigint as numerator, "
                              "sum(m.denominator)::bigint as denominator\n"
                              "    from unnest(s.places) b (place_id) cross join ");
        print_cells(out, value, level_code, period);
    }
    emis_buffer_format(out, " offset 0) v%zu\n", no);
}

static const char *value_alias(void *context, size_t group)
{
    static const char *const names[] = {"v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7"};
    (void) context;
    EMIS_ASSERT(group < sizeof names / sizeof *names);
    return names[group];
}

/* A value as people read it: without its scale. */
static void print_seen_number(struct emis_buffer *out, const char *name, const char *suffix,
                              size_t no, const char *column, unsigned scale)
{
    emis_buffer_format(out, "'%s%s', ", name, suffix);
    if (scale == 0)
        emis_buffer_format(out, "v%zu.%s", no, column);
    else
        emis_buffer_format(out, "trim_scale(v%zu.%s / 1%0*d::numeric)", no, column, (int) scale, 0);
}

static void print_seen(struct emis_buffer *out, const struct catalogue_cross *cross)
{
    emis_buffer_text(out, "jsonb_build_object(");
    for (size_t i = 0; i < cross->value_count; i++) {
        const struct catalogue_value *value = &cross->values[i];
        emis_buffer_text(out, i ? ", " : "");
        print_seen_number(out, value->name, "", i, "numerator", value->scale);
        if (value->has_denominator) {
            emis_buffer_text(out, ", ");
            print_seen_number(out, value->name, "_denominator", i, "denominator", value->scale);
        }
    }
    emis_buffer_text(out, ") as seen\n");
}

/* The members that the first value of `each` has cells of. */
static void print_members(struct emis_buffer *out, const struct catalogue_cross *cross,
                          const char *level_code)
{
    const struct catalogue_value *value = cross->values;
    size_t no;
    while (!value->is_each)
        value++;
    no = (size_t) (value - cross->values);
    print_period(out, cross, value, 1000 + no);
    emis_buffer_format(
        out,
        "  cross join lateral (select distinct m.cut_key from unnest(s.places) b (place_id)\n"
        "    cross join lateral (select m.cut_key from mart.%s_indicator m where m.area_key = "
        "b.place_id and m.period_key = p%zu.period_id\n"
        "      and m.indicator_key = %d and " REFRESH_CUT_OF("m") " / 1000 = %d offset 0) m "
                                                                  "offset 0) k\n",
        level_code, 1000 + no, value->indicator->number, cross->each->number);
}

static void print_compare_arm(struct emis_buffer *out, const struct catalogue *catalogue,
                              const struct catalogue_cross *cross, int level_no)
{
    const char *level_code = catalogue->levels[level_no].code;
    emis_buffer_text(out, "  union all\n  select s.unit_id, s.lane, s.period_id, ");
    emis_buffer_text(out, cross->each == NULL
                              ? "'' as subject"
                              : "(select c.dimension || '=' || c.member from mart.dim_cut c where "
                                "c.cut_key = k.cut_key) as subject");
    emis_buffer_format(out, ",\n    %d::smallint as rule_version, '%s' as severity, ",
                       cross->version, cross->severity);
    print_seen(out, cross);
    emis_buffer_text(out, "  from reach s join ref.period q on q.period_id = s.period_id\n");
    if (cross->each != NULL)
        print_members(out, cross, level_code);
    for (size_t i = 0; i < cross->value_count; i++)
        print_value(out, catalogue, cross, &cross->values[i], i, level_code);
    emis_buffer_format(out, "  where s.level_no = %d and ", level_no);
    refresh_part_when(out, 1U << cross->period_kind, cross->valid_from, cross->valid_to);
    for (size_t i = 0; i < cross->value_count; i++)
        emis_buffer_format(out, " and v%zu.numerator is not null", i);
    emis_buffer_text(out, "\n    and not ");
    expr_print_sql(cross->check, value_alias, NULL, out);
    emis_buffer_text(out, "\n");
}

static void print_compare_keys(struct emis_buffer *out, const struct catalogue *catalogue,
                               const struct catalogue_cross *first,
                               const struct catalogue_cross *last)
{
    uint32_t level_mask = 0;
    for (const struct catalogue_cross *cross = first; cross <= last; cross++)
        level_mask |= cross->level_mask;
    refresh_part_target(out, REFRESH_APPLY, REFRESH_ALL_KINDS, REFRESH_BEGINNING,
                        EMIS_DATE_INFINITY);
    print_possible(out, first, last);
    print_asked(out, first, last);
    print_reach(out, catalogue, level_mask);
    for (const struct catalogue_cross *cross = first; cross <= last; cross++) {
        for (size_t i = 0; i < cross->value_count; i++) {
            if (cross->values[i].is_over)
                print_inside(out, cross, &cross->values[i], i);
        }
    }
}

static void print_arms(struct emis_buffer *out, const struct catalogue *catalogue,
                       const struct catalogue_cross *cross)
{
    if (cross->method == CATALOGUE_SHARED) {
        refresh_shared_arm_print(out, cross);
        return;
    }
    if (cross->method == CATALOGUE_QUERY) {
        refresh_query_arm_print(out, cross);
        return;
    }
    for (int level_no = 0; level_no < (int) catalogue->level_count; level_no++) {
        if (cross->level_mask >> level_no & 1)
            print_compare_arm(out, catalogue, cross, level_no);
    }
}

static void print_versions(struct emis_buffer *out, const struct catalogue *catalogue,
                           const struct catalogue_cross *first, const struct catalogue_cross *last,
                           enum refresh_end end)
{
    if (last->method == CATALOGUE_COMPARE)
        print_compare_keys(out, catalogue, first, last);
    else if (last->method == CATALOGUE_SHARED)
        refresh_shared_keys_print(out, first, last);
    else
        refresh_query_keys_print(out, first, last);
    emis_buffer_text(out, ",\nfresh as materialized (\n" FRESH_TYPES);
    for (const struct catalogue_cross *cross = first; cross <= last; cross++) {
        if (strcmp(cross->severity, "off") != 0)
            print_arms(out, catalogue, cross);
    }
    emis_buffer_text(out, ")");
    print_stands(out, last);
    if (end == REFRESH_APPLY)
        print_apply(out, last);
    else
        print_audit(out, last);
}

void refresh_cross_print(struct emis_buffer *out, const struct catalogue *catalogue,
                         const struct catalogue_cross *last, enum refresh_end end)
{
    const struct catalogue_cross *first = last;
    while (first > catalogue->crosses && strcmp(first[-1].code, last->code) == 0)
        first--;
    print_versions(out, catalogue, first, last, end);
}

void catalogue_refresh_query_check(const struct catalogue *catalogue,
                                   const struct catalogue_cross *cross, struct emis_buffer *out)
{
    emis_buffer_text(out, "explain ");
    print_versions(out, catalogue, cross, cross, REFRESH_AUDIT);
}
