/* SPDX-License-Identifier: Apache-2.0 */
/* Who is on the panel of a flow: the units of which both periods are known. */
#include "lib/catalogue/refresh_part.h"

/*
 * What each unit of the slots took over from the period before: all of itself, and what merges and
 * splits since have brought it (through several of them too). `share` has the units that gave: who
 * has which part of theirs, from `low` to `high` of 1, so that the parts of a whole number add up
 * to it.
 */
static void print_shares(struct emis_buffer *out)
{
    emis_buffer_text(
        out,
        ",\npair as materialized (\n"
        "  select l.leaf_id, b.before_id, b.before_starts_on as before_on, b.before_ends_on as "
        "from_on, b.ends_on as until_on\n"
        "  from (select distinct s.leaf_id from slot s) l join ref.period_before b on b.period_id "
        "= "
        "l.leaf_id),\n"
        "given as materialized (\n"
        "  select p.leaf_id, u.from_unit_id, u.to_unit_id, u.weight_percent, u.effective_on\n"
        "  from pair p join ref.unit_succession u on u.effective_on > p.from_on and "
        "u.effective_on <= p.until_on and u.until_version is null\n"
        "    and u.from_unit_id <> u.to_unit_id),\n"
        "passed as (\n"
        "  with recursive h as (\n"
        "    select distinct g.leaf_id, g.from_unit_id as origin_id, g.from_unit_id as unit_id, "
        "1::numeric as part, '-infinity'::date as since_on, 0 as depth from given g\n"
        "    union all\n"
        "    select h.leaf_id, h.origin_id, g.to_unit_id, h.part * g.weight_percent / 100, "
        "g.effective_on, h.depth + 1\n"
        "    from h join given g on g.leaf_id = h.leaf_id and g.from_unit_id = h.unit_id and "
        "g.effective_on >= h.since_on where h.depth < 16)\n"
        "  select h.leaf_id, h.origin_id, h.unit_id, h.part * (1 - coalesce((select "
        "sum(g.weight_percent) from given g where g.leaf_id = h.leaf_id\n"
        "    and g.from_unit_id = h.unit_id and g.effective_on >= h.since_on), 0) / 100.0) as part "
        "from h),\n"
        "share as materialized (\n"
        "  select leaf_id, origin_id, unit_id, sum(part) over w - part as low, sum(part) over w as "
        "high\n"
        "  from (select leaf_id, origin_id, unit_id, sum(part) as part from passed group by 1, 2, "
        "3 having sum(part) > 0) x\n"
        "  window w as (partition by leaf_id, origin_id order by unit_id))");
}

/* Units of `slots` of which a row of the measure is missing are not on the panel. */
static void print_unknown(struct emis_buffer *out, const struct catalogue_indicator *indicator,
                          const char *slots, const char *key, const char *on,
                          const struct expr *measure)
{
    emis_buffer_format(out,
                       "\n  except\n  select s.unit_id, s.leaf_id from %s s join core.%s f on "
                       "f.submission_key = s.%s and f.starts_on = s.%s\n  where (",
                       slots, indicator->group->table, key, on);
    refresh_part_expr(out, measure);
    emis_buffer_text(out, ") is null");
    if (indicator->where != NULL) {
        emis_buffer_text(out, " and (");
        refresh_part_expr(out, indicator->where);
        emis_buffer_text(out, ")");
    }
}

/* A unit is on the panel when it reported, and all that it came from reported in the period
 * before. */
void refresh_flow_panel_print(struct emis_buffer *out, const struct catalogue_indicator *indicator,
                              enum refresh_end end)
{
    print_shares(out);
    emis_buffer_format(
        out,
        ",\norigin as materialized (\n"
        "  select s.*, p.before_on, o.low, o.high, c.submission_key as before_key\n"
        "  from (select distinct unit_id, leaf_id, first_id, further_no, place_id, lane"
        " from slot where submission_key is not null) s\n"
        "  join pair p on p.leaf_id = s.leaf_id\n"
        "  cross join lateral (\n"
        "    select h.origin_id, h.low, h.high from share h where h.leaf_id = s.leaf_id and "
        "h.unit_id = s.unit_id\n"
        "    union all\n"
        "    select s.unit_id, 0, 1 where case when (s.leaf_id, s.unit_id) in (select g.leaf_id, "
        "g.from_unit_id from given g) then false else true end\n"
        "      and exists (select from ref.place r where r.unit_id = s.unit_id and "
        "r.until_version is null and r.valid_from <= p.from_on\n"
        "        and p.from_on < r.valid_to offset 0) offset 0) o\n"
        "  left join %s c on c.form_id = %d and c.period_id = p.before_id and "
        "c.unit_id = o.origin_id and not c.is_retract),\n"
        "panel as materialized (\n"
        "  select unit_id, leaf_id from origin group by unit_id, leaf_id having "
        "bool_and(before_key is not null)",
        refresh_part_current(end), indicator->form->number);
    print_unknown(out, indicator, "slot", "submission_key", "starts_on", indicator->numerator);
    print_unknown(out, indicator, "origin", "before_key", "before_on", indicator->denominator);
    emis_buffer_text(out, ")");
}
