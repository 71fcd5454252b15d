/* SPDX-License-Identifier: Apache-2.0 */
/* One table of standings per level, beside its indicator table, and the view over all; the view of
 * the targets. */
#include <inttypes.h>
#include <stdio.h>

#include "lib/catalogue/generate_part.h"

static const struct {
    const char *name;
    const char *comment;
} columns[] = {
    {"period_key", "Period that the standing is for: a month or wider."},
    {"indicator_key", "What is measured; its total."},
    {"area_key", "School or area in its position of that time."},
    {"value", "What is ranked and compared: the unscaled ratio as the indicator table has it, or "
              "the count where the unit is n; null: no value."},
    {"rank", "1 is best of the areas with the same parent; equal values share a rank; null: not "
             "ranked, for want of a rule, a value or coverage."},
    {"ranked_count", "How many areas with the same parent are ranked; 0: nobody."},
    {"previous_rank", "Rank of the same area in the period of the same kind before; null: none."},
    {"movement", "Places won since then: previous_rank - rank; null where either is."},
    {"target", "Target of the area for the period, in the terms of value; null: none."},
    {"attainment", "value / target; null where either is, or the target is 0."},
    {"gap", "value - target; null where either is."},
    {"light", "green: target reached; amber: missed by no more than the indicator allows; red; "
              "null: no target, no value or no direction."},
    {"band", "Code of the band that the value lies in; null: no bands, or no value."},
    {"definition_version", "Version of the indicator''s definition that was used."},
    {"computed_at", "When the row was written."},
};

#define COLUMN_COUNT (sizeof columns / sizeof *columns)

/* Refreshes know the area and take the primary key. The index serves readers who ask for the first
 * or last ranks; none of the refreshes names a rank (generate_mart.c says why that matters). */
static void print_table(struct emis_buffer *out, const char *level)
{
    emis_buffer_format(
        out,
        "\ncreate table if not exists mart.%s_standing (\n"
        "  period_key int not null constraint %s_standing_period_key_fkey references "
        "mart.dim_period,\n"
        "  indicator_key smallint not null constraint %s_standing_indicator_key_fkey references "
        "mart.dim_indicator,\n"
        "  area_key int not null constraint %s_standing_area_key_fkey references mart.dim_area,\n"
        "  value numeric,\n  rank int,\n  ranked_count int not null,\n  previous_rank int,\n"
        "  movement int generated always as (previous_rank - rank) stored,\n"
        "  target numeric,\n"
        "  attainment numeric generated always as (round(value / nullif(target, 0), 6)) stored,\n"
        "  gap numeric generated always as (value - target) stored,\n",
        level, level, level, level);
    emis_buffer_format(
        out,
        "  light text constraint %s_standing_light_check check (light in ('green', 'amber', "
        "'red')),\n"
        "  band text,\n  definition_version smallint not null,\n"
        "  computed_at timestamptz not null,\n"
        "  constraint %s_standing_rank_check check (rank <= ranked_count),\n"
        "  constraint %s_standing_pkey primary key (area_key, period_key, indicator_key)) with "
        "(fillfactor = 60);\n"
        "create index if not exists %s_standing_rank_idx on mart.%s_standing (indicator_key, "
        "period_key, rank) where rank is not null;\n",
        level, level, level, level, level);
}

static void print_column_comments(struct emis_buffer *out, const char *relation)
{
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        emis_buffer_format(out, "comment on column mart.%s.%s is '%s';\n", relation,
                           columns[i].name, columns[i].comment);
}

static void print_comments(struct emis_buffer *out, const char *level)
{
    char relation[80];
    snprintf(relation, sizeof relation, "%s_standing", level);
    emis_buffer_format(out,
                       "comment on table mart.%s is 'How each area of level %s stands: one row per "
                       "period, indicator and area that the indicator ranks or puts in a band, or "
                       "that has a target. Joins to mart.%s_indicator, cut 0.';\n",
                       relation, level, level);
    print_column_comments(out, relation);
}

static const struct {
    const char *name;
    const char *comment;
} target_columns[] = {
    {"submission_key", "The submission that says so: the current one."},
    {"unit_code", "The school or area that it is the target of."},
    {"indicator_code", "What is measured."},
    {"period_code", "Period that it is for."},
    {"unit", "percent, number, ratio or index."},
    {"value", "The target, as the indicator is shown."},
    {"state", "counts; or why it does not."},
};

/* The words of a target's unit, as they stand in dim_indicator.unit. */
static void print_units(struct emis_buffer *out, const struct catalogue_field *field)
{
    emis_buffer_format(out, "case f.%s", field->name);
    for (size_t i = 0; i < field->list->code_count; i++) {
        const struct catalogue_code *code = &field->list->codes[i];
        emis_buffer_format(out, " when %d then ", code->number);
        catalogue_generate_literal(out, code->code);
    }
    emis_buffer_text(out, " end");
}

/* Every current target and whether it counts, for nothing that is sent disappears. With the owner's
 * rights: who reads the mart may not read what it is made of. */
static void print_targets(struct emis_buffer *out, const struct catalogue_form *form)
{
    const struct catalogue_targets *targets = form->targets;
    emis_buffer_format(
        out,
        "\ncreate or replace view mart.target with (security_barrier = true) as\n"
        "select t.submission_key, t.unit_code, t.indicator_code, t.period_code, t.unit, t.value,\n"
        "  case when i.indicator_key is null then 'there is no such indicator'\n"
        "    when i.roll_up in ('coverage', 'ontime', 'filled', 'clean') then 'the indicator has "
        "no total'\n"
        "    when p.period_key is null then 'there is no such period'\n"
        "    when p.kind in ('day', 'week') then 'the period is shorter than a month'\n"
        "    when not exists (select from ref.period_within w where w.period_id = t.period_id\n"
        "      and w.leaf_period_id = p.period_key) then 'the period lies outside that of the "
        "submission'\n"
        "    when t.unit <> case i.unit when 'n' then 'number' else i.unit end then 'the indicator "
        "is in another unit'\n"
        "    else 'counts' end as state\n");
    emis_buffer_format(out,
                       "from (select c.submission_key, c.period_id, u.code as unit_code, f.%s as "
                       "indicator_code, f.%s as period_code,\n    ",
                       targets->indicator->name, targets->period->name);
    print_units(out, targets->unit);
    emis_buffer_format(out,
                       " as unit, round(f.%s::numeric / 1e%d, %d) as value\n"
                       "  from intake.current c join ref.unit u on u.unit_id = c.unit_id\n"
                       "  join ref.period l on l.period_id = c.period_id\n"
                       "  join core.%s f on f.submission_key = c.submission_key and f.starts_on = "
                       "l.starts_on\n"
                       "  where c.form_id = %d and not c.is_retract) t\n"
                       "left join mart.dim_indicator i on i.code = t.indicator_code\n"
                       "left join mart.dim_period p on p.code = t.period_code;\n",
                       targets->value->name, targets->value->scale, targets->value->scale,
                       targets->group->table, form->number);
    emis_buffer_text(out, "comment on view mart.target is 'Current targets as they were sent, and "
                          "whether each counts.';\n");
    for (size_t i = 0; i < sizeof target_columns / sizeof *target_columns; i++)
        emis_buffer_format(out, "comment on column mart.target.%s is '%s';\n",
                           target_columns[i].name, target_columns[i].comment);
}

void catalogue_generate_standing(const struct catalogue *catalogue, struct emis_buffer *out)
{
    for (size_t i = 0; i < catalogue->level_count; i++) {
        print_table(out, catalogue->levels[i].code);
        print_comments(out, catalogue->levels[i].code);
    }
    emis_buffer_text(out, "\ncreate or replace view mart.standing with (security_invoker = true, "
                          "security_barrier = true) as\n");
    for (size_t i = 0; i < catalogue->level_count; i++) {
        emis_buffer_format(out, "%sselect %zu::smallint as level_no", i ? "\nunion all " : "", i);
        for (size_t j = 0; j < COLUMN_COUNT; j++)
            emis_buffer_format(out, ", %s", columns[j].name);
        emis_buffer_format(out, " from mart.%s_standing", catalogue->levels[i].code);
    }
    emis_buffer_text(out,
                     ";\ncomment on view mart.standing is 'Standings of all levels: one row "
                     "per level, period, indicator and area.';\n"
                     "comment on column mart.standing.level_no is '0 country .. n school.';\n");
    print_column_comments(out, "standing");
    if (catalogue_form_of_targets(catalogue))
        print_targets(out, catalogue_form_of_targets(catalogue));
}

/* 0.85 from 850000: no zeros at the end. */
static void print_decimal(struct emis_buffer *out, int64_t number)
{
    char text[48];
    size_t size = (size_t) snprintf(
        text, sizeof text, "%s%" PRId64 ".%06" PRId64, number < 0 ? "-" : "",
        (number < 0 ? -number : number) / 1000000, (number < 0 ? -number : number) % 1000000);
    while (text[size - 1] == '0')
        size--;
    if (text[size - 1] == '.')
        size--;
    emis_buffer_format(out, "%.*s", (int) size, text);
}

void catalogue_generate_standing_lines(const struct catalogue_indicator *indicator,
                                       struct emis_buffer *out)
{
    const struct catalogue_standing *standing = &indicator->standing;
    if (standing->is_ranked)
        emis_buffer_format(out,
                           "- Ranked: among the areas with the same parent, by months and wider "
                           "periods; ties %s",
                           standing->is_dense ? "1 2 2 3" : "1 2 2 4");
    if (standing->is_ranked && standing->coverage_min) {
        emis_buffer_text(out, "; not who reported less of what was owed than ");
        print_decimal(out, standing->coverage_min);
    }
    emis_buffer_text(out, standing->is_ranked ? "\n" : "");
    for (size_t i = 0; i < standing->band_count; i++) {
        emis_buffer_format(out, "%s`%s`", i ? ", " : "- Bands: ", standing->bands[i]);
        if (i + 1 < standing->band_count) {
            emis_buffer_text(out, " below ");
            print_decimal(out, standing->edges[i]);
        }
    }
    if (standing->band_count)
        emis_buffer_format(out, "; codes of [%s](#list-%s)\n", standing->band_list->code,
                           standing->band_list->code);
    if (indicator->direction && standing->amber_within) {
        emis_buffer_text(out, "- Light of a target: amber within ");
        print_decimal(out, standing->amber_within);
        emis_buffer_text(out, " of it\n");
    }
}
