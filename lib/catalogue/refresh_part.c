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

#define KEY_OF(alias) \
    alias ".period_key, " alias ".indicator_key, " alias ".cut_key, " alias ".area_key"

/* As whole rows are compared: no sum is the least bigint, so it stands for a missing one. */
#define ROW_OF(alias)                                                                         \
    KEY_OF(alias)                                                                             \
    ", coalesce(" alias ".numerator, -9223372036854775808), coalesce(" alias ".denominator, " \
    "-9223372036854775808),\n      " alias ".n_expected, " alias ".n_reported, " alias        \
    ".status, " alias ".definition_version"

#define INSERT_OF(from)                                                                        \
    "insert into mart.%s_indicator as m (period_key, indicator_key, cut_key, "                 \
    "area_key, " VALUE_COLUMNS ", computed_at)\n  select period_key, indicator_key, cut_key, " \
    "area_key, " VALUE_COLUMNS ", now()\n  from todo where " from "is_stored order by 4, 1, 2, 3"

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
    emis_buffer_text(
        out,
        "),\nold as materialized (\n"
        "  select " KEY_OF(
            "s") " from stored s\n"
                 "  where case when (" KEY_OF(
                     "s") ") in\n"
                          "    (select " KEY_OF(
                              "f") " from fresh f) then false else true end),\n"
                                   "todo as materialized (\n"
                                   "  select f.*, case when (" KEY_OF(
                                       "f") ") in\n"
                                            "    (select " KEY_OF(
                                                "s") " from stored s) then true else false end as "
                                                     "is_stored\n"
                                                     "  from fresh f where case when (" ROW_OF(
                                                         "f") ") in\n"
                                                              "    (select " ROW_OF(
                                                                  "s") " from stored s) then false "
                                                                       "else true end),\n");
    emis_buffer_format(
        out,
        "gone as (\n"
        "  delete from mart.%s_indicator m\n"
        "  where m.area_key = any (array(select o.area_key from old o))\n"
        "    and m.period_key = any (array(select o.period_key from old o))\n"
        "    and m.indicator_key = any (array(select o.indicator_key from old o))\n"
        "    and case when (" KEY_OF(
            "m") ") in\n"
                 "      (select " KEY_OF(
                     "o") " from old o) then true else false end),\n"
                          "changed as (\n  " INSERT_OF(
                              "") "\n"
                                  "  on conflict (period_key, indicator_key, cut_key, area_key) do "
                                  "update set\n"
                                  "    numerator = excluded.numerator, denominator = "
                                  "excluded.denominator,\n"
                                  "    n_expected = excluded.n_expected, n_reported = "
                                  "excluded.n_reported,\n"
                                  "    status = excluded.status, definition_version = "
                                  "excluded.definition_version,\n"
                                  "    computed_at = excluded.computed_at)\n" INSERT_OF(
                                      "not ") "\n",
        level_code, level_code, level_code);
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
