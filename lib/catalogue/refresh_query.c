/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules that are a SELECT of the catalogue. The engine says where to look and what is done with
 * what is found; the query says what is wrong. It sees
 *
 * - target: the units and periods to look at, with the unit's place on the period's last day:
 *   period_id, starts_on, unit_code and the columns of ref.place
 *
 * - sent: the same rows, once for each current submission of the rule's form: part_key,
 *   submission_key, revision
 *
 * and is asked for all of them together. What it finds elsewhere is not taken.
 */
#include "lib/catalogue/refresh_part.h"

/* `leaf as (...)`: the form's periods that may be asked for, as far as they are opened or anything
 * was sent: a round also looks at the periods after its own, and the auditor does not. */
static void print_leaf(struct emis_buffer *out, const struct catalogue_form *form, bool has_also)
{
    emis_buffer_format(out,
                       "with leaf as materialized (\n"
                       "  select q.period_id, q.school_year from ref.period q\n"
                       "  where q.kind = '%s' and (q.period_id = any ($1::int[])",
                       catalogue_period_kind_name(form->period_kind));
    if (has_also)
        emis_buffer_format(out,
                           " or ($4::smallint[] <> array[%d]::smallint[] and q.school_year in "
                           "(select y.school_year from ref.period y where y.period_id = any "
                           "($1::int[])))",
                           form->number);
    emis_buffer_format(out,
                       ")\n    and (exists (select from ref.period_opening o where o.form_id = %d "
                       "and o.period_id = q.period_id)\n"
                       "      or exists (select from intake.current c where c.form_id = %d and "
                       "c.period_id = q.period_id))),\n",
                       form->number, form->number);
}

/* `with reached as (...)`: the periods and units whose findings may be others now. A change of the
 * rule's own form is one of that leaf; one of another form, of the unit's whole school year. */
static void print_reached(struct emis_buffer *out, const struct catalogue_form *form, bool has_also)
{
    if (form == NULL) {
        emis_buffer_text(out, "with reached as materialized (\n"
                              "  select distinct t.leaf_id as period_id, t.unit_id\n"
                              "  from unnest($1::int[], $2::int[]) as t (leaf_id, unit_id))");
        return;
    }
    print_leaf(out, form, has_also);
    emis_buffer_format(out,
                       "reached as materialized (\n"
                       "  select t.leaf_id as period_id, t.unit_id\n"
                       "  from unnest($1::int[], $2::int[]) as t (leaf_id, unit_id)\n"
                       "  where $4::smallint[] = array[%d]::smallint[] and case when t.leaf_id in "
                       "(select l.period_id from leaf l) then true else false end\n",
                       form->number);
    if (has_also)
        emis_buffer_format(
            out,
            "  union\n"
            "  select l.period_id, y.unit_id\n"
            "  from (select distinct q.school_year, t.unit_id from unnest($1::int[], $2::int[]) as "
            "t (leaf_id, unit_id)\n"
            "    join ref.period q on q.period_id = t.leaf_id where $4::smallint[] <> "
            "array[%d]::smallint[]) y\n"
            "  join leaf l on l.school_year = y.school_year\n",
            form->number);
    else
        emis_buffer_text(out, "  group by t.leaf_id, t.unit_id\n");
    emis_buffer_text(out, ")");
}

/* `, reach as (...)`: those of this lane; of a rule of the lane, all units that it ever had. */
static void print_reach(struct emis_buffer *out, const struct catalogue_cross *cross,
                        bool is_of_lane)
{
    emis_buffer_text(out, ",\nreach as materialized (\n");
    if (!is_of_lane) {
        emis_buffer_text(out, "  select r.period_id, r.unit_id, $3::int as lane from reached r\n"
                              "  where exists (select from ref.place p where p.unit_id = r.unit_id "
                              "and p.lane = $3::int))");
        return;
    }
    emis_buffer_text(out, "  select r.period_id, u.unit_id, $3::int as lane\n"
                          "  from (select distinct r.period_id from reached r) r\n"
                          "  cross join (select distinct p.unit_id from ref.place p where p.lane = "
                          "$3::int");
    if (cross->form != NULL)
        emis_buffer_format(out, " and %u >> p.level_no & 1 = 1", cross->form->level_mask);
    emis_buffer_text(out, ") u)");
}

void refresh_query_keys_print(struct emis_buffer *out, const struct catalogue_cross *first,
                              const struct catalogue_cross *last)
{
    bool is_of_lane = false, has_also = false;

    for (const struct catalogue_cross *cross = first; cross <= last; cross++) {
        is_of_lane |= cross->is_of_lane;
        has_also |= cross->also_count > 0;
    }
    print_reached(out, last->form, has_also);
    print_reach(out, last, is_of_lane);
    emis_buffer_text(
        out, ",\ntarget as materialized (\n"
             "  select q.period_id, q.starts_on, u.code as unit_code, p.*\n"
             "  from reach r\n"
             "  cross join lateral (select * from ref.period q where q.period_id = r.period_id "
             "offset 0) q\n"
             "  cross join lateral (select * from ref.place p where p.unit_id = r.unit_id and "
             "p.lane = $3::int\n"
             "    and p.until_version is null and p.valid_from <= q.ends_on and q.ends_on < "
             "p.valid_to offset 0) p\n"
             "  cross join lateral (select u.code from ref.unit u where u.unit_id = r.unit_id "
             "offset 0) u)");
    if (last->form != NULL)
        emis_buffer_format(
            out,
            ",\nsent as materialized (\n"
            "  select t.*, c.part_key, c.submission_key, c.revision\n"
            "  from target t cross join lateral (select * from intake.current c where c.form_id = "
            "%d and c.period_id = t.period_id\n"
            "    and c.unit_id = t.unit_id and not c.is_retract offset 0) c)",
            last->form->number);
}

/* One finding of a unit, period and subject, whatever the query says. */
void refresh_query_arm_print(struct emis_buffer *out, const struct catalogue_cross *cross)
{
    emis_buffer_format(out,
                       "  union all\n"
                       "  (select distinct on (f.unit_id, f.period_id, coalesce(f.subject, ''))\n"
                       "    f.unit_id, $3::int as lane, f.period_id, coalesce(f.subject, '') as "
                       "subject, %d::smallint as rule_version, '%s' as severity,\n"
                       "    jsonb_build_object(",
                       cross->version, cross->severity);
    for (size_t i = 0; i < cross->seen_count; i++)
        emis_buffer_format(out, "%s'%s', f.%s", i ? ", " : "", cross->seen[i], cross->seen[i]);
    emis_buffer_format(out,
                       ") as seen\n  from (\n%s\n  ) f\n"
                       "  join ref.period q on q.period_id = f.period_id\n"
                       "  where case when (f.unit_id, f.period_id) in (select t.unit_id, "
                       "t.period_id from target t) then true else false end\n    and ",
                       cross->query);
    refresh_part_when(out, REFRESH_ALL_KINDS, cross->valid_from, cross->valid_to);
    emis_buffer_text(out, "\n  order by f.unit_id, f.period_id, coalesce(f.subject, ''), seen)\n");
}
