/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The standings of a level: rank among siblings, target, light, band. A pure function of the
 * indicator table and of the current targets: no stored standing is read, so that applying and
 * auditing compute the same.
 *
 * A value that moves one area moves the ranks of its siblings, and what the next period of the same
 * kind says of the rank before. So a touched area and period (`scope`) become a family (the areas
 * with the same parent) in that period and the next; and to write those, the period before each is
 * ranked too (`span`). Large sets are laid over each other by grouping, not joined: see
 * refresh_part_slot.
 */
#include "lib/catalogue/refresh_part.h"

#include <inttypes.h>
#include <string.h>

#include "lib/catalogue/generate_part.h"

#define STANDING_KINDS (REFRESH_ALL_KINDS & ~(1U << CATALOGUE_DAY | 1U << CATALOGUE_WEEK))

static void print_decimal(struct emis_buffer *out, int64_t number)
{
    emis_buffer_format(out, "%" PRId64 "e-%d", number, CATALOGUE_STANDING_SCALE);
}

static void print_bands(struct emis_buffer *out, const struct catalogue_standing *standing)
{
    if (standing->band_list == NULL) {
        emis_buffer_text(out, "null::numeric[], null::text[]");
        return;
    }
    emis_buffer_text(out, "array[");
    for (size_t i = 0; i + 1 < standing->band_count; i++) {
        emis_buffer_text(out, i == 0 ? "" : ", ");
        print_decimal(out, standing->edges[i]);
    }
    emis_buffer_text(out, "]::numeric[], array[");
    for (size_t i = 0; i < standing->band_count; i++) {
        emis_buffer_text(out, i == 0 ? "" : ", ");
        catalogue_generate_literal(out, standing->bands[i]);
    }
    emis_buffer_text(out, "]::text[]");
}

/* The code by which a target says that it is in the indicator's unit; 0: there is none. */
static int16_t target_unit(const struct catalogue_form *targets,
                           const struct catalogue_indicator *indicator)
{
    const char *word = strcmp(indicator->unit, "n") == 0 ? "number" : indicator->unit;

    return targets == NULL
               ? 0
               : catalogue_code_number(targets->targets->unit->list, word, strlen(word));
}

/* What each version of an indicator says, below a row that gives the types; those of reporting have
 * no total that could stand. */
static void print_rules(struct emis_buffer *out, const struct catalogue *catalogue)
{
    const struct catalogue_form *targets = catalogue_form_of_targets(catalogue);

    emis_buffer_text(out, ",\nrule as materialized (\n  select * from (values\n"
                          "    (0::smallint, 0::smallint, false, 0, 0, 1, false, false, 0.0, 0.0, "
                          "null::numeric[], null::text[])");
    for (size_t i = 0; i < catalogue->indicator_count; i++) {
        const struct catalogue_indicator *indicator = &catalogue->indicators[i];
        const struct catalogue_standing *standing = &indicator->standing;

        if (catalogue_indicator_is_reporting(indicator)) {
            continue;
        }
        emis_buffer_format(
            out, ",\n    (%d::smallint, %d::smallint, %s, %d, %d, %d, %s, %s, ", indicator->number,
            indicator->version, strcmp(indicator->unit, "n") == 0 ? "true" : "false",
            indicator->direction, target_unit(targets, indicator), indicator->factor,
            standing->is_ranked ? "true" : "false", standing->is_dense ? "true" : "false");
        print_decimal(out, standing->coverage_min);
        emis_buffer_text(out, ", ");
        print_decimal(out, standing->amber_within);
        emis_buffer_text(out, ", ");
        print_bands(out, standing);
        emis_buffer_text(out, ")");
    }
    emis_buffer_text(out, ") r (indicator_key, definition_version, is_count, direction, "
                          "target_unit, factor,\n    is_ranked, is_dense, coverage_min, "
                          "amber_within, edges, bands)\n"
                          "  where r.indicator_key = any ($4::smallint[]))");
}

/* Of a form that sets targets: not the periods that hold the leaf, but those that it holds. */
static void print_held_target(struct emis_buffer *out)
{
    emis_buffer_text(out, "with target as materialized (\n"
                          "  select distinct w.leaf_period_id as period_id, t.unit_id\n"
                          "  from unnest($1::int[], $2::int[]) as t (leaf_id, unit_id)\n"
                          "  join ref.period_within w on w.period_id = t.leaf_id\n"
                          "  join ref.period q on q.period_id = w.leaf_period_id\n"
                          "  where ");
    refresh_part_when(out, STANDING_KINDS, REFRESH_BEGINNING, EMIS_DATE_INFINITY);
    emis_buffer_text(out, ")");
}

/* What of an area names its family: the parent, or for the country, which has none, itself. */
static const char *family_column(int level_no)
{
    return level_no == 0 ? "area_key" : "parent_area_key";
}

/* Its areas are those of any time. */
static void print_span(struct emis_buffer *out, int level_no)
{
    emis_buffer_format(
        out,
        ",\nfamily as materialized (\n"
        "  select distinct x.period_key, d.%s as family_key\n"
        "  from scope s join ref.period q on q.period_id = s.period_key\n"
        "  cross join lateral (select * from mart.dim_area d where d.area_key = s.area_key offset "
        "0) d\n"
        "  cross join lateral (\n"
        "    select s.period_key\n"
        "    union all\n"
        "    select n.period_id from ref.period_before n where n.kind = q.kind and n.ends_on > "
        "q.ends_on and n.before_id = q.period_id) x),\n",
        family_column(level_no));
    emis_buffer_text(
        out,
        "span as materialized (\n"
        "  select period_key, family_key, bool_or(is_written) as is_written, max(next_key) as "
        "next_key\n"
        "  from (\n"
        "    select f.period_key, f.family_key, true as is_written, null::int as next_key from "
        "family f\n"
        "    union all\n"
        "    select b.before_id, f.family_key, false, f.period_key\n"
        "    from family f join ref.period_before b on b.period_id = f.period_key) u\n"
        "  group by period_key, family_key),\n");
    emis_buffer_format(out,
                       "area as materialized (\n"
                       "  select k.*, a.area_key, a.unit_code from span k\n"
                       "  cross join lateral (select d.area_key, d.unit_code from mart.dim_area d\n"
                       "    where d.%s = k.family_key offset 0) a)",
                       family_column(level_no));
}

/* The totals of every family and period of the span, ranked. The country has nobody to be ranked
 * among. */
static void print_ranked(struct emis_buffer *out, const char *level_code, int level_no)
{
    emis_buffer_format(out,
                       ",\ncell as materialized (\n"
                       "  select k.*, m.n_expected, m.n_reported, r.*,\n"
                       "    case when m.status in ('ok', 'provisional') then\n"
                       "      case when r.is_count then m.numerator else m.ratio end end as value\n"
                       "  from area k cross join lateral (select * from mart.%s_indicator m\n"
                       "    where m.area_key = k.area_key and m.period_key = k.period_key\n"
                       "      and m.indicator_key = any ($4::smallint[]) and %s = 0 offset 0) m\n"
                       "  join rule r on r.indicator_key = m.indicator_key\n"
                       "    and r.definition_version = m.definition_version),\n",
                       level_code, REFRESH_CUT_OF("m"));
    emis_buffer_format(
        out,
        "judged as (\n"
        "  select c.*, %s as is_eligible from cell c),\n"
        "ranked as materialized (\n"
        "  select j.*, case when is_eligible then\n"
        "      case when is_dense then dense_rank() over best else rank() over best end end as "
        "rank,\n"
        "    count(*) filter (where is_eligible)\n"
        "      over (partition by period_key, indicator_key, family_key) as ranked_count\n"
        "  from judged j\n"
        "  window best as (partition by period_key, indicator_key, family_key, is_eligible\n"
        "    order by value * direction desc))",
        level_no == 0
            ? "false"
            : "is_ranked and value is not null and n_reported >= coverage_min * n_expected");
}

/* The current targets of the families in the periods that are written, as sent. One counts for a
 * period within that of its submission. In parts that the planner takes one by one: as one join
 * they cost more to plan than all the rest. */
static void print_aims(struct emis_buffer *out, const struct catalogue_form *form)
{
    const struct catalogue_targets *targets = form->targets;

    emis_buffer_format(
        out,
        ",\nheld as materialized (\n"
        "  select distinct k.period_key, q.code, l.period_id, l.starts_on\n"
        "  from span k join ref.period q on q.period_id = k.period_key\n"
        "  cross join lateral (select l.period_id, l.starts_on\n"
        "    from ref.period_within w join ref.period l on l.period_id = w.period_id\n"
        "    where w.leaf_period_id = k.period_key and l.kind = '%s' offset 0) l\n"
        "  where k.is_written),\n"
        "aimed_at as materialized (\n"
        "  select k.period_key, k.area_key,\n"
        "    (select u.unit_id from ref.unit u where u.code = k.unit_code) as unit_id\n"
        "  from area k\n"
        "  where k.is_written and exists (select from intake.current c where c.form_id = %d)),\n",
        catalogue_period_kind_name(form->period_kind), form->number);
    emis_buffer_format(
        out,
        "aim as materialized (\n"
        "  select k.period_key, k.area_key, f.%s::bigint as aim, f.%s as aim_unit,\n"
        "    (select i.indicator_key from mart.dim_indicator i where i.code = f.%s) as "
        "indicator_key\n"
        "  from aimed_at k join held h on h.period_key = k.period_key\n"
        "  cross join lateral (select f.* from intake.current c\n"
        "    cross join lateral (select * from core.%s f\n"
        "      where f.submission_key = c.submission_key and f.starts_on = h.starts_on\n"
        "        and f.%s = h.code offset 0) f\n"
        "    where c.form_id = %d and c.period_id = h.period_id and c.unit_id = k.unit_id\n"
        "      and not c.is_retract offset 0) f)",
        targets->value->name, targets->unit->name, targets->indicator->name, targets->group->table,
        targets->period->name, form->number);
}

/* Row, rank before and target of a cell, laid over each other. */
static void print_laid(struct emis_buffer *out, const struct catalogue_form *targets)
{
    emis_buffer_text(
        out,
        ",\nlaid as (\n"
        "  select period_key, indicator_key, area_key, value, rank, ranked_count, null::bigint as "
        "previous_rank, null::bigint as aim,\n"
        "    null::smallint as aim_unit, definition_version, direction, target_unit, factor, "
        "amber_within,\n"
        "    is_ranked or bands is not null as is_kept, bands[1 + width_bucket(value, edges)] as "
        "band\n"
        "  from ranked where is_written\n"
        "  union all\n"
        "  select next_key, indicator_key, area_key, null, null, null, rank, null, null, null, "
        "null, null, null, null, null, null\n"
        "  from ranked where next_key is not null and rank is not null");
    if (targets != NULL) {
        emis_buffer_text(out, "\n  union all\n"
                              "  select period_key, indicator_key, area_key, null, null, null, "
                              "null, aim, aim_unit, null, null, null, null, null, null, null\n"
                              "  from aim where indicator_key = any ($4::smallint[])");
    }
    emis_buffer_text(
        out, "),\ngathered as (\n"
             "  select period_key, indicator_key, area_key, max(value) as value, max(rank)::int as "
             "rank, max(ranked_count)::int as ranked_count,\n"
             "    max(previous_rank)::int as previous_rank, max(aim) as aim, max(aim_unit) as "
             "aim_unit, max(definition_version) as definition_version,\n"
             "    max(direction) as direction, max(target_unit) as target_unit, max(factor) as "
             "factor, max(amber_within) as amber_within,\n"
             "    bool_or(is_kept) as is_kept, max(band) as band\n"
             "  from laid group by period_key, indicator_key, area_key\n"
             "  having max(ranked_count) is not null)");
}

/* A target counts in the indicator's own unit; it is given as the indicator is shown. */
static void print_fresh(struct emis_buffer *out, const struct catalogue_form *targets)
{
    emis_buffer_format(
        out,
        ",\naimed as (\n"
        "  select g.*, case when aim_unit = target_unit then round(aim::numeric / 1e%d / factor, "
        "%d) end as target from gathered g),\n"
        "fresh as materialized (\n"
        "  select period_key, indicator_key, area_key, value, rank, ranked_count, previous_rank, "
        "target,\n"
        "    case when direction = 0 then null\n"
        "      when (value - target) * direction >= 0 then 'green'\n"
        "      when (value - target) * direction >= -amber_within then 'amber'\n"
        "      when value is not null and target is not null then 'red' end as light,\n"
        "    band, definition_version\n"
        "  from aimed where is_kept or target is not null)",
        targets == NULL ? 0 : targets->targets->value->scale, CATALOGUE_STANDING_SCALE);
}

#define VALUE_COLUMNS \
    "value, rank, ranked_count, previous_rank, target, light, band, definition_version"

/* The stored rows that the statement owns. */
static void print_stored(struct emis_buffer *out, const char *level_code)
{
    emis_buffer_format(out,
                       "area k cross join lateral (select * from mart.%s_standing m\n"
                       "    where m.area_key = k.area_key and m.period_key = k.period_key\n"
                       "      and m.indicator_key = any ($4::smallint[]) offset 0) m\n"
                       "  where k.is_written",
                       level_code);
}

static void print_apply(struct emis_buffer *out, const char *level_code)
{
    emis_buffer_text(out, ",\nold as materialized (\n"
                          "  select m.period_key, m.indicator_key, m.area_key\n  from ");
    print_stored(out, level_code);
    emis_buffer_format(
        out,
        " and case when (m.period_key, m.indicator_key, m.area_key) in\n"
        "    (select f.period_key, f.indicator_key, f.area_key from fresh f) then false else true "
        "end),\n"
        "gone as (\n"
        "  delete from mart.%s_standing m\n"
        "  where m.area_key = any (array(select o.area_key from old o))\n"
        "    and m.period_key = any (array(select o.period_key from old o))\n"
        "    and m.indicator_key = any (array(select o.indicator_key from old o))\n"
        "    and case when (m.period_key, m.indicator_key, m.area_key) in\n"
        "      (select o.period_key, o.indicator_key, o.area_key from old o) then true else false "
        "end)\n",
        level_code);
    emis_buffer_format(
        out,
        "insert into mart.%s_standing as m (period_key, indicator_key, area_key, " VALUE_COLUMNS
        ", computed_at)\n"
        "select period_key, indicator_key, area_key, " VALUE_COLUMNS ", now()\n"
        "from fresh order by 3, 1, 2\n"
        "on conflict (area_key, period_key, indicator_key) do update set\n"
        "  value = excluded.value, rank = excluded.rank, ranked_count = excluded.ranked_count,\n"
        "  previous_rank = excluded.previous_rank, target = excluded.target, light = "
        "excluded.light,\n"
        "  band = excluded.band, definition_version = excluded.definition_version, computed_at = "
        "excluded.computed_at\n"
        "where (m.value, m.rank, m.ranked_count, m.previous_rank, m.target, m.light, m.band, "
        "m.definition_version)\n"
        "  is distinct from (excluded.value, excluded.rank, excluded.ranked_count, "
        "excluded.previous_rank,\n"
        "  excluded.target, excluded.light, excluded.band, excluded.definition_version)\n",
        level_code);
}

static void print_audit(struct emis_buffer *out, const char *level_code)
{
    emis_buffer_text(out, ",\nstored as (\n"
                          "  select m.period_key, m.indicator_key, m.area_key,\n"
                          "    (m.value, m.rank, m.ranked_count, m.previous_rank, m.target, "
                          "m.light, m.band, m.definition_version)::text as value\n"
                          "  from ");
    print_stored(out, level_code);
    emis_buffer_text(out, "),\nwanted as (\n"
                          "  select period_key, indicator_key, area_key, (" VALUE_COLUMNS
                          ")::text as value from fresh)\n"
                          "select period_key, indicator_key, 0::smallint as cut_key, area_key, "
                          "s.value as stored, w.value as wanted\n"
                          "from stored s full join wanted w using (period_key, indicator_key, "
                          "area_key)\n"
                          "where s.value is distinct from w.value\n");
}

void refresh_standing_print(struct emis_buffer *out, const struct catalogue *catalogue,
                            int level_no, bool is_by_target, enum refresh_end end)
{
    const struct catalogue_form *targets = catalogue_form_of_targets(catalogue);
    const char *level_code = catalogue->levels[level_no].code;

    if (is_by_target) {
        print_held_target(out);
    } else {
        refresh_part_target(out, end, STANDING_KINDS, REFRESH_BEGINNING, EMIS_DATE_INFINITY);
    }
    refresh_part_scope(out, level_no);
    print_rules(out, catalogue);
    print_span(out, level_no);
    print_ranked(out, level_code, level_no);
    if (targets != NULL) {
        print_aims(out, targets);
    }
    print_laid(out, targets);
    print_fresh(out, targets);
    if (end == REFRESH_APPLY) {
        print_apply(out, level_code);
    } else {
        print_audit(out, level_code);
    }
}
