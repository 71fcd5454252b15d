/* SPDX-License-Identifier: Apache-2.0 */
/* One indicator table per level, named by the country's own level, and the view over all. Only the
 * deepest level, the largest, is partitioned. */
#include <stdio.h>

#include "lib/catalogue/generate_part.h"

static const struct {
    const char *name;
    const char *comment;
} columns[] = {
    {"period_key", "Period that the value is for."},
    {"indicator_key", "What is measured."},
    {"cut_key", "What it is cut by; 0 is the total."},
    {"area_key", "School or area in its position of that time."},
    {"numerator", "Numerator, in units of the indicator''s scale; null: nothing reported."},
    {"denominator",
     "Denominator, in the same units; null: the indicator has none, or nothing reported."},
    {"ratio",
     "numerator / denominator, unscaled: a percentage is 0 to 1; null where there is none."},
    {"n_expected", "Submissions owed."},
    {"n_reported", "Submissions of those that came and count."},
    {"status", "ok, provisional, missing, not_applicable, break or suppressed."},
    {"definition_version", "Version of the indicator''s definition that was used."},
    {"computed_at", "When the row was written."},
};

#define COLUMN_COUNT (sizeof columns / sizeof *columns)

/*
 * The primary key serves who knows the area, refreshes first of all. The index serves readers: a
 * cut of an indicator over all areas. Its condition always holds, but the planner uses it only for
 * who names a cut, which no refresh does: where the statistics say that a table is empty, which it
 * may not be any more, it finds all fitting indexes equally good (measured: ten minutes instead of
 * a second for 700 schools, because a period's areas were read for each of them).
 */
static void print_table(struct emis_buffer *out, const char *level, bool is_deepest)
{
    emis_buffer_format(
        out,
        "\ncreate table if not exists mart.%s_indicator (\n"
        "  period_key int not null constraint %s_indicator_period_key_fkey references "
        "mart.dim_period,\n"
        "  indicator_key smallint not null constraint %s_indicator_indicator_key_fkey references "
        "mart.dim_indicator,\n"
        "  cut_key smallint not null constraint %s_indicator_cut_key_fkey references "
        "mart.dim_cut,\n"
        "  area_key int not null constraint %s_indicator_area_key_fkey references mart.dim_area,\n",
        level, level, level, level, level);
    emis_buffer_format(
        out,
        "  numerator bigint,\n  denominator bigint,\n"
        "  ratio numeric(20,6) generated always as (round(numerator::numeric / nullif(denominator, "
        "0), 6)) stored,\n"
        "  n_expected int not null,\n"
        "  n_reported int not null constraint %s_indicator_n_reported_check check (n_reported <= "
        "n_expected),\n"
        "  status text not null constraint %s_indicator_status_check\n"
        "    check (status in ('ok', 'provisional', 'missing', 'not_applicable', 'break', "
        "'suppressed')),\n"
        "  definition_version smallint not null,\n  computed_at timestamptz not null,\n"
        "  constraint %s_indicator_pkey primary key (area_key, period_key, indicator_key, "
        "cut_key)) %s;\n",
        level, level, level,
        is_deepest ? "partition by range (period_key)" : "with (fillfactor = 60)");
    if (is_deepest)
        emis_buffer_format(out,
                           "create table if not exists mart.%s_indicator_default partition of "
                           "mart.%s_indicator default with (fillfactor = 60);\n"
                           "comment on table mart.%s_indicator_default is 'Rows of periods that "
                           "have no partition of their own.';\n",
                           level, level, level);
    emis_buffer_format(out,
                       "create index if not exists %s_indicator_cut_idx on mart.%s_indicator "
                       "(indicator_key, period_key, cut_key) where cut_key is not null;\n",
                       level, level);
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
    snprintf(relation, sizeof relation, "%s_indicator", level);
    emis_buffer_format(out,
                       "comment on table mart.%s is 'Indicators of each area of level %s: one row "
                       "per period, indicator, cut and area. Ask by area, or by indicator, period "
                       "and cut (0 is the total): both have an index.';\n",
                       relation, level);
    print_column_comments(out, relation);
}

static void print_view(struct emis_buffer *out, const struct catalogue *catalogue)
{
    emis_buffer_text(out, "\ncreate or replace view mart.indicator with (security_invoker = true, "
                          "security_barrier = true) as\n");
    for (size_t i = 0; i < catalogue->level_count; i++) {
        emis_buffer_format(out, "%sselect %zu::smallint as level_no", i ? "\nunion all " : "", i);
        for (size_t j = 0; j < COLUMN_COUNT; j++)
            emis_buffer_format(out, ", %s", columns[j].name);
        emis_buffer_format(out, " from mart.%s_indicator", catalogue->levels[i].code);
    }
    emis_buffer_text(out,
                     ";\ncomment on view mart.indicator is 'Indicators of all levels: one row per "
                     "level, period, indicator, cut and area.';\n"
                     "comment on column mart.indicator.level_no is '0 country .. n school.';\n");
    print_column_comments(out, "indicator");
}

void catalogue_generate_mart(const struct catalogue *catalogue, struct emis_buffer *out)
{
    for (size_t i = 0; i < catalogue->level_count; i++) {
        print_table(out, catalogue->levels[i].code, i + 1 == catalogue->level_count);
        print_comments(out, catalogue->levels[i].code);
    }
    print_view(out, catalogue);
}
