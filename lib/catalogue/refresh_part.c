/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/catalogue/refresh_part.h"

#include "lib/expr/print.h"

static const char *fact_alias(void *context, size_t group)
{
    (void) context;
    (void) group;
    return "f";
}

void refresh_part_expr(struct emis_buffer *out, const struct expr *expr)
{
    expr_print_sql(expr, fact_alias, NULL, out);
}

static void print_kinds(struct emis_buffer *out, uint32_t period_kinds)
{
    const char *separator = "";

    for (int kind = 0; kind < CATALOGUE_PERIOD_KINDS; kind++) {
        if ((period_kinds & (1U << kind)) == 0) {
            continue;
        }
        emis_buffer_format(out, "%s'%s'", separator,
                           catalogue_period_kind_name((enum catalogue_period_kind) kind));
        separator = ", ";
    }
    EMIS_ASSERT(*separator != '\0');
}

void refresh_part_when(struct emis_buffer *out, uint32_t period_kinds, int32_t from, int32_t to)
{
    char text[16];

    emis_buffer_text(out, "q.kind in (");
    print_kinds(out, period_kinds);
    emis_date_format(from, text);
    emis_buffer_format(out, ") and q.starts_on >= '%s'::date", text);
    if (to != EMIS_DATE_INFINITY) {
        emis_date_format(to, text);
        emis_buffer_format(out, " and q.starts_on < '%s'::date", text);
    }
    if ((period_kinds & REFRESH_HAS_BEFORE) != 0) {
        emis_buffer_text(out, " and exists (select from ref.period_before x where x.period_id = "
                              "q.period_id)");
    }
}

/* The periods that hold the dirty leaves, with their units. */
static void print_holding(struct emis_buffer *out, enum refresh_end end, uint32_t period_kinds,
                          int32_t from, int32_t to)
{
    emis_buffer_format(out,
                       " as materialized (\n"
                       "  select distinct w.period_id, t.unit_id\n"
                       "  from unnest($1::int[], $2::int[]) as t (leaf_id, unit_id)\n"
                       "  join ref.period_within w on w.leaf_period_id = t.leaf_id%s\n"
                       "  join ref.period q on q.period_id = w.period_id\n"
                       "  where ",
                       end == REFRESH_ANSWER ? " and w.period_id = t.leaf_id" : "");
    refresh_part_when(out, period_kinds, from, to);
    emis_buffer_text(out, ")");
}

void refresh_part_target(struct emis_buffer *out, enum refresh_end end, uint32_t period_kinds,
                         int32_t from, int32_t to)
{
    emis_buffer_text(out, "with target");
    print_holding(out, end, period_kinds, from, to);
}

/* The only alias that an owed condition reads is the place. */
static const char *place_alias(void *context, size_t group)
{
    (void) context;
    (void) group;
    return "p";
}

/* Who owes the form: opened leaf periods, on days that the place's calendar does not close. */
static void print_owed_from(struct emis_buffer *out, const struct catalogue_form *form,
                            const char *current)
{
    emis_buffer_format(
        out,
        "  from (select distinct t.unit_id, w.leaf_period_id from target t join ref.period_within "
        "w on w.period_id = t.period_id\n"
        "    join ref.period_opening o on o.period_id = w.leaf_period_id and o.form_id = %d) g\n"
        "  join ref.period l on l.period_id = g.leaf_period_id\n"
        "  join ref.place p on p.unit_id = g.unit_id and p.until_version is null\n"
        "    and p.valid_from <= l.ends_on and l.ends_on < p.valid_to\n"
        "  left join %s c on c.form_id = %d and c.period_id = g.leaf_period_id and "
        "c.unit_id = g.unit_id\n"
        "    and not c.is_retract\n"
        "  where l.kind = '%s'",
        form->number, current, form->number, catalogue_period_kind_name(form->period_kind));
    if (form->owed != NULL) {
        emis_buffer_text(out, "\n    and ");
        expr_print_sql(form->owed, place_alias, NULL, out);
    }
    if (form->is_school_day_only) {
        emis_buffer_text(out,
                         "\n    and not exists (select from ref.calendar_closed_day d where "
                         "d.calendar_id = p.calendar_id\n"
                         "      and d.on_date = l.ends_on and d.until_version is null offset 0)");
    }
}

/* Nobody owes it: what came is what is expected. */
static void print_free_from(struct emis_buffer *out, const struct catalogue_form *form,
                            const char *current)
{
    emis_buffer_format(out,
                       "  from (select distinct t.unit_id, w.leaf_period_id from target t join "
                       "ref.period_within w on w.period_id = t.period_id) g\n"
                       "  join %s c on c.form_id = %d and c.period_id = "
                       "g.leaf_period_id and c.unit_id = g.unit_id\n"
                       "    and not c.is_retract\n"
                       "  join ref.period l on l.period_id = g.leaf_period_id\n"
                       "  join ref.place p on p.unit_id = g.unit_id and p.until_version is null\n"
                       "    and p.valid_from <= l.ends_on and l.ends_on < p.valid_to",
                       current, form->number);
}

const char *refresh_part_current(enum refresh_end end)
{
    return end == REFRESH_ANSWER ? "pg_temp.current" : "intake.current";
}

void refresh_part_slot(struct emis_buffer *out, enum refresh_end end,
                       const struct catalogue *catalogue, const struct catalogue_form *form)
{
    const char *current = refresh_part_current(end);

    emis_buffer_text(
        out, ",\nslot as materialized (\n"
             "  select s.*, s.periods[1] as first_id, case when cardinality(s.periods) > 1 then\n"
             "    dense_rank() over (partition by cardinality(s.periods) > 1 order by "
             "s.periods[2:])::int else 0 end as further_no\n"
             "  from (select g.unit_id, g.leaf_period_id as leaf_id, l.starts_on, p.place_id, "
             "p.lane");
    for (size_t i = 0; i < catalogue->attribute_count; i++) {
        emis_buffer_format(out, ", p.%s", catalogue->attributes[i].code);
    }
    emis_buffer_text(out, ", c.submission_key, c.is_late,\n"
                          "    array(select w.period_id from ref.period_within w where "
                          "w.leaf_period_id = g.leaf_period_id\n"
                          "      and case when (w.period_id, g.unit_id) in (select t.period_id, "
                          "t.unit_id from target t) then true else false end order by 1) as "
                          "periods\n");
    if (form->is_owed) {
        print_owed_from(out, form, current);
    } else {
        print_free_from(out, form, current);
    }
    emis_buffer_text(out, " offset 0) s)");
}

void refresh_part_scope(struct emis_buffer *out, int level_no)
{
    emis_buffer_format(out,
                       ",\nscope as materialized (\n"
                       "  select distinct g.period_id as period_key, p.path[%d] as area_key\n"
                       "  from target g join ref.place p on p.unit_id = g.unit_id\n"
                       "  where p.lane = $3::int and p.level_no >= %d)",
                       level_no + 1, level_no);
}

void refresh_part_leaf_scope(struct emis_buffer *out, int level_no, int32_t from, int32_t to)
{
    emis_buffer_text(out, ",\nreach");
    print_holding(out, REFRESH_APPLY, REFRESH_ALL_KINDS, from, to);
    emis_buffer_format(out,
                       ",\nscope as materialized (\n"
                       "  select distinct g.period_id as period_key, p.place_id as area_key\n"
                       "  from reach g join ref.place p on p.unit_id = g.unit_id\n"
                       "  where p.lane = $3::int and p.level_no = %d)",
                       level_no);
}

void refresh_part_status(struct emis_buffer *out, enum refresh_end end, const char *has_denominator)
{
    emis_buffer_text(out, "case when n_reported = 0");
    if (end == REFRESH_ANSWER) {
        emis_buffer_format(out, " and (numerator is null or %s and denominator is null)",
                           has_denominator);
    }
    emis_buffer_format(out,
                       " then 'missing'\n"
                       "      when numerator is null or (%s and coalesce(denominator, 0) = 0) then "
                       "'not_applicable'\n"
                       "      when n_reported < n_expected then 'provisional' else 'ok' end",
                       has_denominator);
}

#define VALUE_COLUMNS "numerator, denominator, n_expected, n_reported, status, definition_version"

/*
 * The stored rows of the scope, one index look-up a cell group: LATERAL with OFFSET 0 stays as
 * written, so that neither missing statistics nor a plan made when the table was empty can turn it
 * into a scan of the table.
 */
static void print_stored(struct emis_buffer *out, const char *level_code, const char *condition)
{
    emis_buffer_format(out,
                       "scope s cross join lateral (select * from mart.%s_indicator m "
                       "where m.area_key = s.area_key\n"
                       "      and m.period_key = s.period_key and %s offset 0) m",
                       level_code, condition);
}

static void print_key(struct emis_buffer *out, const char *alias)
{
    emis_buffer_format(out, "%1$s.period_key, %1$s.indicator_key, %1$s.cut_key, %1$s.area_key",
                       alias);
}

/* As whole rows are compared: no sum is the least bigint, so it stands for a missing one. */
static void print_row(struct emis_buffer *out, const char *alias)
{
    print_key(out, alias);
    emis_buffer_format(out,
                       ", coalesce(%1$s.numerator, -9223372036854775808), "
                       "coalesce(%1$s.denominator, -9223372036854775808),\n      %1$s.n_expected, "
                       "%1$s.n_reported, %1$s.status, %1$s.definition_version",
                       alias);
}

typedef void print_fn(struct emis_buffer *out, const char *alias);

/* `case when (<a>) in (select <b> from <table> b) then <true or false>`: a hashed subplan,
 * whatever the planner believes. */
static void print_is_in(struct emis_buffer *out, print_fn *print, const char *alias,
                        const char *table_alias, const char *table, bool is_in)
{
    emis_buffer_text(out, "case when (");
    print(out, alias);
    emis_buffer_text(out, ") in\n    (select ");
    print(out, table_alias);
    emis_buffer_format(out, " from %s %s) then %s else %s end", table, table_alias,
                       is_in ? "true" : "false", is_in ? "false" : "true");
}

static void print_insert(struct emis_buffer *out, const char *level_code, bool is_stored)
{
    emis_buffer_format(out,
                       "insert into mart.%s_indicator as m (period_key, indicator_key, cut_key, "
                       "area_key, " VALUE_COLUMNS ", computed_at)\n  select period_key, "
                       "indicator_key, cut_key, area_key, " VALUE_COLUMNS ", now()\n  from todo "
                       "where %sis_stored order by 4, 1, 2, 3",
                       level_code, is_stored ? "" : "not ");
}

/*
 * What is right already is not touched. What is right no more is deleted by a plain condition: a
 * join may begin with a scan of the table. What is new is inserted plainly, which costs two thirds
 * of an upsert: the lane, or the country, is locked, so nobody else brings the same rows.
 */
static void print_apply(struct emis_buffer *out, const char *level_code, const char *condition)
{
    emis_buffer_text(out, ",\nstored as materialized (\n"
                          "  select m.*\n"
                          "  from ");
    print_stored(out, level_code, condition);
    emis_buffer_text(out, "),\nold as materialized (\n  select ");
    print_key(out, "s");
    emis_buffer_text(out, " from stored s\n  where ");
    print_is_in(out, print_key, "s", "f", "fresh", false);
    emis_buffer_text(out, "),\ntodo as materialized (\n  select f.*, ");
    print_is_in(out, print_key, "f", "s", "stored", true);
    emis_buffer_text(out, " as is_stored\n  from fresh f where ");
    print_is_in(out, print_row, "f", "s", "stored", false);
    emis_buffer_format(out,
                       "),\ngone as (\n"
                       "  delete from mart.%s_indicator m\n"
                       "  where m.area_key = any (array(select o.area_key from old o))\n"
                       "    and m.period_key = any (array(select o.period_key from old o))\n"
                       "    and m.indicator_key = any (array(select o.indicator_key from old o))\n"
                       "    and ",
                       level_code);
    print_is_in(out, print_key, "m", "o", "old", true);
    emis_buffer_text(out, "),\nchanged as (\n  ");
    print_insert(out, level_code, true);
    emis_buffer_text(
        out, "\n  on conflict (period_key, indicator_key, cut_key, area_key) do update set\n"
             "    numerator = excluded.numerator, denominator = excluded.denominator,\n"
             "    n_expected = excluded.n_expected, n_reported = excluded.n_reported,\n"
             "    status = excluded.status, definition_version = "
             "excluded.definition_version,\n"
             "    computed_at = excluded.computed_at)\n");
    print_insert(out, level_code, false);
    emis_buffer_text(out, "\n");
}

static void print_audit(struct emis_buffer *out, const char *level_code, const char *condition)
{
    emis_buffer_text(out, ",\nstored as (\n"
                          "  select m.period_key, m.indicator_key, m.cut_key, m.area_key,\n"
                          "    (m.numerator, m.denominator, m.n_expected, m.n_reported, m.status,\n"
                          "      m.definition_version)::text as value\n"
                          "  from ");
    print_stored(out, level_code, condition);
    emis_buffer_text(
        out,
        "),\nwanted as (\n"
        "  select period_key, indicator_key, cut_key, area_key, (" VALUE_COLUMNS
        ")::text as value from fresh)\n"
        "select period_key, indicator_key, cut_key, area_key, s.value as stored, w.value as "
        "wanted\n"
        "from stored s full join wanted w using (period_key, indicator_key, cut_key, area_key)\n"
        "where s.value is distinct from w.value\n");
}

void refresh_part_answer(struct emis_buffer *out, const char *table)
{
    emis_buffer_format(
        out,
        "\ninsert into pg_temp.%s (period_key, indicator_key, cut_key, area_key, " VALUE_COLUMNS
        ")\n"
        "select period_key, indicator_key, cut_key, area_key, " VALUE_COLUMNS " from fresh\n",
        table);
}

void refresh_part_end(struct emis_buffer *out, enum refresh_end end, const char *level_code,
                      const char *condition)
{
    if (end == REFRESH_APPLY) {
        print_apply(out, level_code, condition);
    } else {
        print_audit(out, level_code, condition);
    }
}
