/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The statements of the leaf level: cells straight from the current submissions' facts. Every
 * period, from the leaf's own to the school year, is computed from leaves and not from narrower
 * cells: narrower cells keep fewer cuts, shares of units do not add up over time, and months and
 * weeks do not nest.
 */
#include "lib/catalogue/refresh.h"
#include "lib/catalogue/refresh_part.h"

#include <stdlib.h>

#include "lib/base/memory.h"
#include "lib/catalogue/build.h"

/* period_id begins with the number of its kind: days and weeks stand below months. */
#define WIDE_PERIODS "300000000"

static bool is_day_cut(const struct catalogue_indicator *indicator,
                       const struct catalogue_dimension *cut)
{
    for (size_t i = 0; i < indicator->day_cut_count; i++) {
        if (indicator->day_cuts[i] == cut) {
            return true;
        }
    }
    return false;
}

/* The one key column that has the cut's list. */
static const char *key_of_cut(const struct catalogue_indicator *indicator,
                              const struct catalogue_dimension *cut)
{
    for (size_t i = 0; i < indicator->group->key_count; i++) {
        if (indicator->group->keys[i].list == cut->list) {
            return indicator->group->keys[i].name;
        }
    }
    EMIS_ASSERT(false);
    return NULL;
}

/* The column that a cut by a key of the facts groups by; the sides of a flow call it after the
 * dimension. */
static void print_cut_column(struct emis_buffer *out, const struct catalogue_dimension *cut,
                             const struct catalogue_indicator *indicator)
{
    if (indicator->roll_up == CATALOGUE_CLASS_F) {
        emis_buffer_format(out, "s.%s", cut->code);
    } else {
        emis_buffer_format(out, "f.%s", key_of_cut(indicator, cut));
    }
}

static void print_attributes(struct emis_buffer *out, const struct catalogue *catalogue)
{
    for (size_t i = 0; i < catalogue->attribute_count; i++) {
        emis_buffer_format(out, ", s.%s", catalogue->attributes[i].code);
    }
}

/* is_reported: condition on a slot s that counts as reported. A leaf counts once, however many
 * submissions it has. */
static void print_counted(struct emis_buffer *out, const struct catalogue *catalogue,
                          const char *is_reported)
{
    emis_buffer_text(out, ",\ncounted as materialized (\n  select s.period_id, s.place_id");
    print_attributes(out, catalogue);
    emis_buffer_text(out, ",\n    count(*)::int as n_expected, (count(*) filter (where "
                          "s.is_reported))::int as n_reported\n"
                          "  from (select *, unnest(periods) as period_id from (\n"
                          "    select s.leaf_id, s.periods, s.place_id");
    print_attributes(out, catalogue);
    emis_buffer_format(out,
                       ", bool_or(%s) as is_reported\n    from slot s where s.lane = $3::int "
                       "group by s.place_id, s.leaf_id",
                       is_reported);
    print_attributes(out, catalogue);
    emis_buffer_text(out, ", s.periods) s) s\n  group by s.period_id, s.place_id");
    print_attributes(out, catalogue);
    emis_buffer_text(out, ")");
}

/* Rows that count: those of the filter whose parts are all there, so that a numerator never meets
 * another row's denominator. */
static void print_row_filter(struct emis_buffer *out, const struct catalogue_indicator *indicator)
{
    emis_buffer_text(out, " filter (where (");
    refresh_part_expr(out, indicator->numerator);
    emis_buffer_text(out, ") is not null");
    if (indicator->denominator != NULL) {
        emis_buffer_text(out, " and (");
        refresh_part_expr(out, indicator->denominator);
        emis_buffer_text(out, indicator->roll_up == CATALOGUE_CLASS_S ? ")" : ") is not null");
    }
    if (indicator->where != NULL) {
        emis_buffer_text(out, " and (");
        refresh_part_expr(out, indicator->where);
        emis_buffer_text(out, ")");
    }
    emis_buffer_text(out, ")");
}

/* Columns n_<number> and d_<number>. Shares: 1 if any row meets the condition (or every one, where
 * the indicator says so), 0 if at least one has a valid answer. */
static void print_measures(struct emis_buffer *out, const struct catalogue_indicator *indicator)
{
    bool is_share = indicator->roll_up == CATALOGUE_CLASS_S;

    emis_buffer_text(out, !is_share             ? ",\n    (sum("
                          : indicator->is_every ? ",\n    (min(("
                                                : ",\n    (max((");
    refresh_part_expr(out, indicator->numerator);
    emis_buffer_text(out, is_share ? ")::int)" : ")");
    print_row_filter(out, indicator);
    emis_buffer_format(out, ")::bigint as n_%d, ", indicator->number);
    if (!is_share && indicator->denominator == NULL) {
        emis_buffer_format(out, "null::bigint as d_%d", indicator->number);
        return;
    }
    if (is_share) {
        emis_buffer_text(out, "(max(1)");
    } else {
        emis_buffer_text(out, "(sum(");
        refresh_part_expr(out, indicator->denominator);
        emis_buffer_text(out, ")");
    }
    print_row_filter(out, indicator);
    emis_buffer_format(out, ")::bigint as d_%d", indicator->number);
}

/* Indicators over the same rows, which are read once for all of them. */
struct reading {
    const struct catalogue_indicator *const *items;
    size_t count;
    const struct catalogue_dimension *cuts[CATALOGUE_DIMENSIONS_MAX]; /* of keys, of any of them */
    size_t cut_count;
};

/* Cuts by an attribute of the place are no matter of its rows: see print_fresh. */
static void add_cuts(struct reading *reading, const struct catalogue_indicator *indicator)
{
    for (size_t i = 0; i < indicator->cut_count; i++) {
        size_t known = 0;

        while (known < reading->cut_count && reading->cuts[known] != indicator->cuts[i]) {
            known++;
        }
        if (known == reading->cut_count && !indicator->cuts[i]->is_attribute) {
            reading->cuts[reading->cut_count++] = indicator->cuts[i];
        }
    }
}

static bool is_day_cut_of_any(const struct reading *reading, const struct catalogue_dimension *cut)
{
    for (size_t i = 0; i < reading->count; i++) {
        if (is_day_cut(reading->items[i], cut)) {
            return true;
        }
    }
    return false;
}

static void print_cut_key(struct emis_buffer *out, const struct reading *reading)
{
    if (reading->cut_count == 0) {
        emis_buffer_text(out, "0::smallint as cut_key");
        return;
    }
    emis_buffer_text(out, "(case");
    for (size_t i = 0; i < reading->cut_count; i++) {
        emis_buffer_text(out, " when grouping(");
        print_cut_column(out, reading->cuts[i], reading->items[0]);
        emis_buffer_format(out, ") = 0 then %d + ", reading->cuts[i]->number * 1000);
        print_cut_column(out, reading->cuts[i], reading->items[0]);
    }
    emis_buffer_text(out, " else 0 end)::smallint as cut_key");
}

static void print_grouping_sets(struct emis_buffer *out, const struct reading *reading,
                                const char *keys)
{
    emis_buffer_format(out, "  group by grouping sets ((%s)", keys);
    for (size_t i = 0; i < reading->cut_count; i++) {
        emis_buffer_format(out, ", (%s, ", keys);
        print_cut_column(out, reading->cuts[i], reading->items[0]);
        emis_buffer_text(out, ")");
    }
    emis_buffer_text(out, "))");
}

/* `select ...` of the facts of the slots in `slots`, grouped by `keys` and by keys with each cut.
 */
static void print_fact_groups(struct emis_buffer *out, const struct reading *reading,
                              const char *slots, const char *keys)
{
    emis_buffer_format(out, "  select %s, ", keys);
    print_cut_key(out, reading);
    for (size_t i = 0; i < reading->count; i++) {
        print_measures(out, reading->items[i]);
    }
    emis_buffer_format(out,
                       "\n  from %s s join core.%s f on f.submission_key = s.submission_key and "
                       "f.starts_on = s.starts_on\n",
                       slots, reading->items[0]->group->table);
    print_grouping_sets(out, reading, keys);
}

/* Sums over time: each fact is read once, to the sum of a place's leaves that lie in the same
 * periods. */
static void print_leaf_sums(struct emis_buffer *out, const struct reading *reading)
{
    emis_buffer_format(out, ",\nleaf_%d as materialized (\n", reading->items[0]->number);
    print_fact_groups(out, reading,
                      "(select * from slot where submission_key is not null and lane = $3::int)",
                      "s.first_id, s.further_no, s.place_id");
}

/* How the values of leaves make that of a period: added up, or, of shares, whether any meets the
 * condition (or every one). A stock has one already. */
static const char *over_of(const struct catalogue_indicator *indicator)
{
    if (indicator->roll_up == CATALOGUE_CLASS_S) {
        return indicator->is_every ? "min" : "max";
    }
    return indicator->roll_up == CATALOGUE_CLASS_L ? "max" : "sum";
}

static const char *under_of(const struct catalogue_indicator *indicator)
{
    return indicator->roll_up == CATALOGUE_CLASS_S || indicator->roll_up == CATALOGUE_CLASS_L
               ? "max"
               : "sum";
}

/* The sets of further periods, by slot.further_no: rows of one array, padded with 0, from which a
 * look-up needs no join that could be planned badly. */
static void print_period_sets(struct emis_buffer *out)
{
    emis_buffer_text(out,
                     ",\nholding as materialized (\n"
                     "  select array_agg(x.further || array_fill(0, array[x.width - "
                     "cardinality(x.further)]) order by x.further_no) as sets\n"
                     "  from (select s.*, max(cardinality(s.further)) over () as width\n"
                     "    from (select distinct further_no, periods[2:] as further from slot where "
                     "further_no > 0) s) x)");
}

static void print_sums(struct emis_buffer *out, const struct reading *reading)
{
    for (size_t i = 0; i < reading->count; i++) {
        const struct catalogue_indicator *indicator = reading->items[i];

        emis_buffer_format(out, ", %1$s(n_%3$d)::bigint as n_%3$d, %2$s(d_%3$d)::bigint as d_%3$d",
                           over_of(indicator), under_of(indicator), indicator->number);
    }
}

static void print_columns(struct emis_buffer *out, const struct reading *reading)
{
    for (size_t i = 0; i < reading->count; i++) {
        emis_buffer_format(out, ", n_%1$d, d_%1$d", reading->items[i]->number);
    }
}

/*
 * The values of leaves in each period that holds them. What lies in the same further periods is
 * made one before it is spread, five days of a week one row.
 */
static void print_periods(struct emis_buffer *out, const struct reading *reading)
{
    int number = reading->items[0]->number;

    emis_buffer_format(out, ",\nfurther_%d as (\n  select further_no, place_id, cut_key", number);
    print_sums(out, reading);
    emis_buffer_format(
        out,
        "\n  from leaf_%1$d where further_no > 0 group by further_no, place_id, "
        "cut_key),\nvalue_%1$d as (\n  select first_id as period_id, place_id, cut_key",
        number);
    print_columns(out, reading);
    emis_buffer_format(out,
                       " from leaf_%d\n  union all\n  select "
                       "unnest((select h.sets from holding h)[further_no:further_no])"
                       ", place_id, cut_key",
                       number);
    print_columns(out, reading);
    emis_buffer_format(out, " from further_%d)", number);
}

/* A stock takes the last value in time: of each unit in each period only its last reported leaf is
 * left. Where it stood then is where it counts. */
static void print_chosen(struct emis_buffer *out)
{
    emis_buffer_text(out,
                     ",\nchosen as (\n  select * from (\n"
                     "    select s.*, rank() over (partition by s.period_id, s.unit_id order by "
                     "s.starts_on desc) as nth\n"
                     "    from (select *, unnest(periods) as period_id from slot where "
                     "submission_key is not null) s) s\n"
                     "  where s.nth = 1 and s.lane = $3::int)");
}

static void print_stock(struct emis_buffer *out, const struct reading *reading)
{
    emis_buffer_format(out, ",\nvalue_%d as (\n", reading->items[0]->number);
    print_fact_groups(out, reading, "chosen", "s.period_id, s.place_id");
}

#define IS_ON_PANEL                                                                             \
    "case when (s.unit_id, s.leaf_id) in (select p.unit_id, p.leaf_id from panel p) then true " \
    "else false end"

/* The code before each in the list, of the column. */
static void print_code_before(struct emis_buffer *out, const struct catalogue_list *list,
                              const char *column)
{
    emis_buffer_format(out, "(case f.%s", column);
    for (size_t i = 1; i < list->code_count; i++) {
        emis_buffer_format(out, " when %d then %d", list->codes[i].number,
                           list->codes[i - 1].number);
    }
    emis_buffer_text(out, " end)::smallint");
}

/* The columns of a side that cuts group by, each called after its dimension. */
static void print_side_cuts(struct emis_buffer *out, const struct reading *reading,
                            bool is_promoted)
{
    const struct catalogue_indicator *indicator = reading->items[0];

    for (size_t i = 0; i < reading->cut_count; i++) {
        const struct catalogue_dimension *cut = reading->cuts[i];
        const char *key = key_of_cut(indicator, cut);

        emis_buffer_text(out, ", ");
        if (is_promoted && cut == indicator->promotes) {
            print_code_before(out, cut->list, key);
        } else {
            emis_buffer_format(out, "f.%s", key);
        }
        emis_buffer_format(out, " as %s", cut->code);
    }
}

static void print_side_from(struct emis_buffer *out, const struct catalogue_indicator *indicator,
                            const char *slots, const char *key, const char *on)
{
    emis_buffer_format(out,
                       "\n  from %s s join core.%s f on f.submission_key = s.%s and f.starts_on = "
                       "s.%s\n  where s.lane = $3::int and " IS_ON_PANEL,
                       slots, indicator->group->table, key, on);
    if (indicator->where != NULL) {
        emis_buffer_text(out, " and (");
        refresh_part_expr(out, indicator->where);
        emis_buffer_text(out, ")");
    }
}

/* Rows of both periods, side by side; then their sums. */
static void print_sides(struct emis_buffer *out, const struct reading *reading)
{
    const struct catalogue_indicator *indicator = reading->items[0];

    emis_buffer_text(out, ",\nside as (\n  select s.first_id, s.further_no, s.place_id");
    print_side_cuts(out, reading, true);
    emis_buffer_text(out, ", ");
    refresh_part_expr(out, indicator->numerator);
    emis_buffer_text(out, " as numerator, 0::bigint as denominator");
    print_side_from(out, indicator, "slot", "submission_key", "starts_on");
    if (indicator->promotes != NULL) {
        emis_buffer_text(out, " and ");
        print_code_before(out, indicator->promotes->list,
                          key_of_cut(indicator, indicator->promotes));
        emis_buffer_text(out, " is not null");
    }
    emis_buffer_text(out, "\n  union all\n  select s.first_id, s.further_no, s.place_id");
    print_side_cuts(out, reading, false);
    emis_buffer_text(out, ", 0::bigint, (floor(");
    refresh_part_expr(out, indicator->denominator);
    emis_buffer_text(out, " * s.high) - floor(");
    refresh_part_expr(out, indicator->denominator);
    emis_buffer_text(out, " * s.low))::bigint");
    print_side_from(out, indicator, "origin", "before_key", "before_on");
    emis_buffer_format(out,
                       "),\nleaf_%d as materialized (\n  select s.first_id, s.further_no, "
                       "s.place_id, ",
                       indicator->number);
    print_cut_key(out, reading);
    emis_buffer_format(out,
                       ", sum(s.numerator)::bigint as n_%1$d, sum(s.denominator)::bigint as "
                       "d_%1$d\n  from side s\n",
                       indicator->number);
    print_grouping_sets(out, reading, "s.first_id, s.further_no, s.place_id");
}

/* What a statement computes: its indicators, in readings of the same rows. */
struct computation {
    const struct catalogue *catalogue;
    const struct catalogue_indicator **items; /* of the same reading: one after the other */
    size_t count;
    struct reading *readings;
    size_t reading_count;
};

static bool is_cut_of_any(const struct computation *computation,
                          const struct catalogue_dimension *dimension)
{
    for (size_t i = 0; i < computation->count; i++) {
        const struct catalogue_indicator *indicator = computation->items[i];

        for (size_t c = 0; c < indicator->cut_count; c++) {
            if (indicator->cuts[c] == dimension) {
                return true;
            }
        }
    }
    return false;
}

/* The attributes that cut any of the indicators, through a function; NULL: a null for each. */
static void print_cut_attributes(struct emis_buffer *out, const struct computation *computation,
                                 const char *function)
{
    for (size_t i = 0; i < computation->catalogue->dimension_count; i++) {
        const struct catalogue_dimension *dimension = &computation->catalogue->dimensions[i];

        if (!dimension->is_attribute || !is_cut_of_any(computation, dimension)) {
            continue;
        }
        if (function == NULL) {
            emis_buffer_text(out, ", null");
        } else {
            emis_buffer_format(out, ", %1$s(%2$s) as %2$s", function, dimension->code);
        }
    }
}

/* One row per cell that is expected, the total, with null for every value. */
static void print_expected(struct emis_buffer *out, const struct computation *computation)
{
    emis_buffer_text(out, "    select period_id, place_id, 0::smallint as cut_key, n_expected, "
                          "n_reported");
    print_cut_attributes(out, computation, "");
    for (size_t i = 0; i < computation->count; i++) {
        emis_buffer_format(out, ", null::bigint as n_%1$d, null::bigint as d_%1$d",
                           computation->items[i]->number);
    }
    emis_buffer_text(out, " from counted\n");
}

/* The cells that a reading fills, with null for the values of the others; without cuts that days
 * and weeks do not keep. */
static void print_filled(struct emis_buffer *out, const struct computation *computation,
                         const struct reading *reading)
{
    emis_buffer_text(out, "    union all\n    select period_id, place_id, cut_key, null, null");
    print_cut_attributes(out, computation, NULL);
    for (size_t i = 0; i < computation->reading_count; i++) {
        if (&computation->readings[i] == reading) {
            print_columns(out, reading);
            continue;
        }
        for (size_t n = 0; n < computation->readings[i].count; n++) {
            emis_buffer_text(out, ", null, null");
        }
    }
    emis_buffer_format(out,
                       " from value_%d where period_id > 0 and (period_id >= " WIDE_PERIODS
                       " or cut_key / 1000 in (0",
                       reading->items[0]->number);
    for (size_t i = 0; i < reading->cut_count; i++) {
        if (is_day_cut_of_any(reading, reading->cuts[i])) {
            emis_buffer_format(out, ", %d", reading->cuts[i]->number);
        }
    }
    emis_buffer_text(out, "))\n");
}

/*
 * Expected and filled cells of all indicators laid over each other by grouping, not by joins: see
 * refresh_part_slot. A cut's row carries its node's counts.
 */
static void print_cells(struct emis_buffer *out, const struct computation *computation)
{
    emis_buffer_text(out, ",\nmerged as (\n  select period_id, place_id, cut_key, max(n_expected) "
                          "as n_expected, max(n_reported) as n_reported");
    print_cut_attributes(out, computation, "max");
    for (size_t i = 0; i < computation->reading_count; i++) {
        print_sums(out, &computation->readings[i]);
    }
    emis_buffer_text(out, "\n  from (\n");
    print_expected(out, computation);
    for (size_t i = 0; i < computation->reading_count; i++) {
        print_filled(out, computation, &computation->readings[i]);
    }
    emis_buffer_text(out, "  ) u group by period_id, place_id, cut_key),\ncell as materialized (\n"
                          "  select period_id, place_id, cut_key, max(n_expected) over w as "
                          "n_expected, max(n_reported) over w as n_reported");
    print_cut_attributes(out, computation, "");
    for (size_t i = 0; i < computation->reading_count; i++) {
        print_columns(out, &computation->readings[i]);
    }
    emis_buffer_text(out, "\n  from merged window w as (partition by period_id, place_id))");
}

static const char *only_wide(const struct catalogue_indicator *indicator,
                             const struct catalogue_dimension *cut)
{
    return is_day_cut(indicator, cut) ? "" : " and period_id >= " WIDE_PERIODS;
}

/* Cuts that days and weeks do not keep are left out. */
static void print_kept_cuts(struct emis_buffer *out, const struct catalogue_indicator *indicator)
{
    emis_buffer_text(out, "cut_key = 0");
    for (size_t i = 0; i < indicator->cut_count; i++) {
        const struct catalogue_dimension *cut = indicator->cuts[i];

        if (!cut->is_attribute) {
            emis_buffer_format(out, " or (cut_key / 1000 = %d and numerator is not null%s)",
                               cut->number, only_wide(indicator, cut));
        }
    }
}

/* Rows of an indicator: its totals and its cuts by the facts' keys, or (`attribute`) the cut by an
 * attribute. A place has one member of that, whose value is the place's total. */
static void print_fresh_arm(struct emis_buffer *out, const struct catalogue_indicator *indicator,
                            const struct catalogue_dimension *attribute)
{
    bool has_denominator =
        indicator->roll_up != CATALOGUE_CLASS_C && indicator->roll_up != CATALOGUE_CLASS_L;

    emis_buffer_format(out, "  select period_id as period_key, %d::smallint as indicator_key, ",
                       indicator->number);
    if (attribute != NULL) {
        emis_buffer_format(out, "(%d + %s)::smallint as ", attribute->number * 1000,
                           attribute->code);
    }
    emis_buffer_text(out, "cut_key, place_id as area_key,\n    numerator, denominator, n_expected, "
                          "n_reported,\n    ");
    refresh_part_status(out, REFRESH_APPLY, has_denominator ? "true" : "false");
    emis_buffer_format(out,
                       " as status,\n    %1$d::smallint as definition_version\n  from (select *, "
                       "n_%2$d as numerator, d_%2$d as denominator from cell) c\n  where ",
                       indicator->version, indicator->number);
    if (attribute == NULL) {
        print_kept_cuts(out, indicator);
    } else {
        emis_buffer_format(out, "cut_key = 0 and %s > 0%s", attribute->code,
                           only_wide(indicator, attribute));
    }
}

static void print_fresh(struct emis_buffer *out, const struct computation *computation)
{
    const char *separator = "";

    emis_buffer_text(out, ",\nfresh as materialized (\n");
    for (size_t i = 0; i < computation->count; i++) {
        const struct catalogue_indicator *indicator = computation->items[i];

        emis_buffer_text(out, separator);
        separator = "\n  union all\n";
        print_fresh_arm(out, indicator, NULL);
        for (size_t c = 0; c < indicator->cut_count; c++) {
            if (indicator->cuts[c]->is_attribute) {
                emis_buffer_text(out, separator);
                print_fresh_arm(out, indicator, indicator->cuts[c]);
            }
        }
    }
    emis_buffer_text(out, ")");
}

static bool is_version_of(const struct catalogue_indicator *one,
                          const struct catalogue_indicator *other)
{
    return one->number == other->number;
}

/*
 * The starts of the periods whose cells this version answers for: from its own beginning to the
 * next version's, the first version from the beginning of time. What lies there outside its
 * validity is nobody's, and for this version to delete.
 */
static void owned_range(const struct catalogue *catalogue,
                        const struct catalogue_indicator *indicator, int32_t *ret_from,
                        int32_t *ret_to)
{
    const struct catalogue_indicator *first = catalogue->indicators;
    const struct catalogue_indicator *next = indicator + 1;

    *ret_from = REFRESH_BEGINNING;
    *ret_to = EMIS_DATE_INFINITY;
    if (indicator > first && is_version_of(indicator - 1, indicator)) {
        *ret_from = indicator->valid_from;
    }
    if (next < first + catalogue->indicator_count && is_version_of(next, indicator)) {
        *ret_to = next->valid_from;
    }
}

/* All but flows, which rest on the leaves of the period before and of other units too. */
static bool is_of_own_leaves(const struct catalogue_indicator *indicator)
{
    return indicator->roll_up == CATALOGUE_CLASS_R || indicator->roll_up == CATALOGUE_CLASS_S ||
           indicator->roll_up == CATALOGUE_CLASS_C || indicator->roll_up == CATALOGUE_CLASS_L;
}

/* Whether both are summed from the same slots, and answer for the same periods. */
static bool is_together(const struct catalogue *catalogue, const struct catalogue_indicator *a,
                        const struct catalogue_indicator *b)
{
    int32_t from_a, to_a, from_b, to_b;

    if (!is_of_own_leaves(a) || !is_of_own_leaves(b) || a->form != b->form ||
        a->period_kinds != b->period_kinds || a->valid_from != b->valid_from ||
        a->valid_to != b->valid_to) {
        return false;
    }
    owned_range(catalogue, a, &from_a, &to_a);
    owned_range(catalogue, b, &from_b, &to_b);
    return from_a == from_b && to_a == to_b;
}

const struct catalogue_indicator *
catalogue_refresh_leader(const struct catalogue *catalogue,
                         const struct catalogue_indicator *indicator)
{
    for (size_t i = 0; i < catalogue->indicator_count; i++) {
        if (is_together(catalogue, &catalogue->indicators[i], indicator)) {
            return &catalogue->indicators[i];
        }
    }
    return indicator;
}

/* Whether one reading of the facts serves both. */
static bool is_read_alike(const struct catalogue_indicator *a, const struct catalogue_indicator *b)
{
    return a->group == b->group &&
           (a->roll_up == CATALOGUE_CLASS_L) == (b->roll_up == CATALOGUE_CLASS_L);
}

/* The indicators of the statement, those that are read alike one after the other. */
static void gather(struct computation *computation, const struct catalogue_indicator *leader,
                   enum refresh_end end)
{
    const struct catalogue *catalogue = computation->catalogue;
    size_t first = 0;

    for (size_t i = 0; i < catalogue->indicator_count; i++) {
        const struct catalogue_indicator *indicator = &catalogue->indicators[i];

        if (indicator == leader ||
            (end != REFRESH_ANSWER && is_together(catalogue, indicator, leader))) {
            computation->items[computation->count++] = indicator;
        }
    }
    while (first < computation->count) {
        struct reading *reading = &computation->readings[computation->reading_count++];
        size_t next = first;

        for (size_t i = first; i < computation->count; i++) {
            const struct catalogue_indicator *indicator = computation->items[i];

            if (is_read_alike(indicator, computation->items[first])) {
                computation->items[i] = computation->items[next];
                computation->items[next++] = indicator;
                add_cuts(reading, indicator);
            }
        }
        reading->items = computation->items + first;
        reading->count = next - first;
        first = next;
    }
}

static void print_reading(struct emis_buffer *out, const struct computation *computation,
                          const struct reading *reading, enum refresh_end end)
{
    switch (reading->items[0]->roll_up) {
    case CATALOGUE_CLASS_L:
        print_stock(out, reading);
        break;
    case CATALOGUE_CLASS_F:
        refresh_flow_panel_print(out, reading->items[0], end);
        print_counted(out, computation->catalogue, IS_ON_PANEL);
        print_sides(out, reading);
        print_periods(out, reading);
        break;
    default:
        print_leaf_sums(out, reading);
        print_periods(out, reading);
    }
}

/* Those that are computed together share all but their own sums: who owes what, which periods hold
 * it, the reading of the facts, and the laying over what is stored. */
void refresh_leaf_print(struct emis_buffer *out, const struct catalogue *catalogue,
                        const struct catalogue_indicator *leader, enum refresh_end end)
{
    struct computation computation = {
        .catalogue = catalogue,
        .items = emis_calloc(catalogue->indicator_count, sizeof(*computation.items)),
        .readings = emis_calloc(catalogue->indicator_count, sizeof(*computation.readings))};
    struct emis_buffer owned;
    int32_t from, to;

    gather(&computation, leader, end);
    refresh_part_target(out, end, refresh_part_kinds(leader), leader->valid_from, leader->valid_to);
    refresh_part_slot(out, end, catalogue, leader->form);
    print_period_sets(out);
    if (leader->roll_up != CATALOGUE_CLASS_F) {
        print_chosen(out);
    }
    if (is_of_own_leaves(leader)) {
        print_counted(out, catalogue, "s.submission_key is not null");
    }
    for (size_t i = 0; i < computation.reading_count; i++) {
        print_reading(out, &computation, &computation.readings[i], end);
    }
    print_cells(out, &computation);
    print_fresh(out, &computation);
    if (end == REFRESH_ANSWER) {
        refresh_part_answer(out, "leaf");
    } else {
        emis_buffer_init(&owned);
        for (size_t i = 0; i < computation.count; i++) {
            emis_buffer_format(&owned, "%s%d", i == 0 ? "m.indicator_key in (" : ", ",
                               computation.items[i]->number);
        }
        emis_buffer_text(&owned, ")");
        owned_range(catalogue, leader, &from, &to);
        refresh_part_leaf_scope(out, leader->form->leaf_level, from, to);
        refresh_part_end(out, end, catalogue->levels[leader->form->leaf_level].code, owned.data);
        emis_buffer_release(&owned);
    }
    free(computation.items);
    free(computation.readings);
}
