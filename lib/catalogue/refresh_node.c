/* SPDX-License-Identifier: Apache-2.0 */
/* The statements of the nodes above the leaves: sums over child places, and what is derived at each
 * node after the sums. */
#include "lib/catalogue/refresh_part.h"

#include <stdio.h>

#include "lib/expr/print.h"

/* Numbers of the indicators of the classes in the mask, as a list for `in (...)`; 0 stands first,
 * so that it is never empty. */
static void print_indicators(struct emis_buffer *out, const struct catalogue *catalogue,
                             uint32_t classes)
{
    emis_buffer_text(out, "0");
    for (size_t i = 0; i < catalogue->indicator_count; i++) {
        if ((classes & (1U << catalogue->indicators[i].roll_up)) != 0) {
            emis_buffer_format(out, ", %d", catalogue->indicators[i].number);
        }
    }
}

/* Cuts whose own rows say what is expected: attributes and forms. Cuts by a fact's key carry the
 * node's total: whoever owes, owes all of them; and of whoever could not be computed nobody knows
 * in which of them it has rows. */
static void print_own_dimensions(struct emis_buffer *out, const struct catalogue *catalogue)
{
    emis_buffer_text(out, "0");
    for (size_t i = 0; i < catalogue->dimension_count; i++) {
        const struct catalogue_dimension *dimension = &catalogue->dimensions[i];

        if (dimension->is_attribute || dimension->list == NULL) {
            emis_buffer_format(out, ", %d", dimension->number);
        }
    }
}

static void print_status(struct emis_buffer *out, const struct catalogue *catalogue,
                         enum refresh_end end)
{
    struct emis_buffer condition;

    emis_buffer_init(&condition);
    emis_buffer_text(&condition, "indicator_key not in (");
    print_indicators(&condition, catalogue, 1U << CATALOGUE_CLASS_C | 1U << CATALOGUE_CLASS_L);
    emis_buffer_text(&condition, ")");
    emis_buffer_text(out, "case when indicator_key in (");
    print_indicators(out, catalogue, 1U << CATALOGUE_CLASS_COVERAGE | 1U << CATALOGUE_CLASS_ONTIME);
    emis_buffer_text(out, ") then 'ok' else ");
    refresh_part_status(out, end, condition.data);
    emis_buffer_text(out, " end");
    emis_buffer_release(&condition);
}

/*
 * Which rows of a level are sums: those of the indicators in $4, but for the coverage of forms
 * whose leaves are at this level or above. Coverage is shared by all forms; what a district itself
 * owes has no rows below it.
 */
static void print_summed(struct emis_buffer *out, const struct catalogue *catalogue, int level_no)
{
    const struct catalogue_dimension *dimension = catalogue_dimension_find(catalogue, "form");

    emis_buffer_text(out, "m.indicator_key = any ($4::smallint[])");
    for (size_t i = 0; dimension != NULL && i < catalogue->form_count; i++) {
        const struct catalogue_form *form = &catalogue->forms[i];

        if (form->is_owed && form->leaf_level <= level_no &&
            catalogue_form_newest(catalogue, form->code) == form) {
            emis_buffer_format(out, " and " REFRESH_CUT_OF("m") " <> %d",
                               dimension->number * 1000 + form->number);
        }
    }
}

/* `summed as (...)`: of an answer every area above a leaf at once, and the leaf itself, where two
 * that are one now meet. */
static void print_summed_rows(struct emis_buffer *out, const struct catalogue *catalogue,
                              int level_no, enum refresh_end end)
{
    if (end == REFRESH_ANSWER) {
        emis_buffer_text(out, "with ");
    } else {
        refresh_part_target(out, end, REFRESH_ALL_KINDS, REFRESH_BEGINNING, EMIS_DATE_INFINITY);
        refresh_part_scope(out, level_no);
        emis_buffer_text(out, ",\n");
    }
    emis_buffer_text(out,
                     "summed as (\n"
                     "  select m.period_key, m.indicator_key, m.cut_key, s.area_key, "
                     "sum(m.numerator)::bigint as numerator,\n"
                     "    sum(m.denominator)::bigint as denominator, sum(m.n_expected)::int as "
                     "n_expected, sum(m.n_reported)::int as n_reported,\n"
                     "    max(m.definition_version)::smallint as definition_version,\n"
                     "    bool_or(m.status = 'break') as has_break\n");
    if (end == REFRESH_ANSWER) {
        emis_buffer_text(out, "  from pg_temp.share m cross join lateral unnest(m.path) s "
                              "(area_key)\n");
    } else {
        emis_buffer_format(out,
                           "  from scope s join mart.dim_area d on d.parent_area_key = "
                           "s.area_key\n"
                           "  cross join lateral (select * from mart.%s_indicator c\n"
                           "    where c.area_key = d.area_key and c.period_key = s.period_key\n"
                           "      and c.indicator_key = any ($4::smallint[]) offset 0) m\n",
                           catalogue->levels[level_no + 1].code);
    }
    emis_buffer_text(out, "  group by m.period_key, m.indicator_key, m.cut_key, s.area_key),\n");
}

void refresh_up_print(struct emis_buffer *out, const struct catalogue *catalogue, int level_no,
                      enum refresh_end end)
{
    struct emis_buffer condition;

    print_summed_rows(out, catalogue, level_no, end);
    emis_buffer_text(out, "counted as (\n"
                          "  select u.period_key, u.indicator_key, u.cut_key, u.area_key, "
                          "u.numerator, u.denominator, u.definition_version,\n"
                          "    u.has_break or u.cut_key / 1000 not in (");
    print_own_dimensions(out, catalogue);
    emis_buffer_text(out, ") and bool_or(u.has_break and u.cut_key = 0) over (partition by "
                          "u.period_key, u.indicator_key, u.area_key) as has_break,\n");
    for (int i = 0; i < 2; i++) {
        const char *column = i == 0 ? "n_expected" : "n_reported";

        emis_buffer_text(out, "    case when u.cut_key / 1000 in (");
        print_own_dimensions(out, catalogue);
        emis_buffer_format(out,
                           ") then u.%s\n"
                           "      else max(u.%s) filter (where u.cut_key = 0) over (partition by "
                           "u.period_key, u.indicator_key, u.area_key) end as %s%s\n",
                           column, column, column, i == 0 ? "," : "");
    }
    emis_buffer_text(out, "  from summed u),\nfresh as materialized (\n"
                          "  select period_key, indicator_key, cut_key, area_key, numerator, "
                          "denominator, n_expected, n_reported,\n    ");
    emis_buffer_text(out, "case when has_break then 'break' else ");
    print_status(out, catalogue, end);
    emis_buffer_text(out, " end as status, definition_version\n  from counted)");
    if (end == REFRESH_ANSWER) {
        refresh_part_answer(out, "cell");
        return;
    }
    emis_buffer_init(&condition);
    print_summed(&condition, catalogue, level_no);
    refresh_part_end(out, end, catalogue->levels[level_no].code, condition.data);
    emis_buffer_release(&condition);
}

static void print_dimensions(struct emis_buffer *out,
                             const struct catalogue_dimension *const *dimensions, size_t count)
{
    emis_buffer_text(out, "0");
    for (size_t i = 0; i < count; i++) {
        emis_buffer_format(out, ", %d", dimensions[i]->number);
    }
}

/* The cells of an operand that have a derived one beside them: the total, and the cuts that the
 * indicator stores. */
static void print_derived_keys(struct emis_buffer *out, const struct catalogue_indicator *indicator,
                               const struct catalogue_operand *operand, const char *table)
{
    emis_buffer_format(out,
                       "select o.cut_key from %s o where o.period_key = "
                       "s.period_key and o.area_key = s.area_key\n      and o.indicator_key = %d "
                       "and ",
                       table, operand->indicator->number);
    if (indicator->cut_count == 0) {
        emis_buffer_text(out, REFRESH_CUT_OF("o") " = 0");
        return;
    }
    emis_buffer_text(out, REFRESH_CUT_OF("o") " / 1000 in (");
    print_dimensions(out, indicator->cuts, indicator->cut_count);
    emis_buffer_text(out,
                     ") and (q.kind not in ('day', 'week') or " REFRESH_CUT_OF("o") " / 1000 in (");
    print_dimensions(out, indicator->day_cuts, indicator->day_cut_count);
    emis_buffer_text(out, "))");
}

/* Where the node stood in the period of the same kind before, as `z`; in an answer as of a day
 * ($3 is 1) both periods are at that day's places. */
static void print_before(struct emis_buffer *out, const struct catalogue_indicator *indicator,
                         enum refresh_end end)
{
    for (size_t i = 0; i < indicator->operand_count; i++) {
        if (!indicator->operands[i].is_before) {
            continue;
        }
        emis_buffer_text(
            out, "  left join lateral (select b.before_id as period_key, r.place_id as area_key\n"
                 "    from (select * from ref.period_before b where b.period_id = k.period_key "
                 "offset 0) b\n"
                 "    cross join lateral (select p.unit_id from ref.place p where p.place_id = "
                 "k.area_key limit 1) u\n"
                 "    join ref.place r on r.unit_id = u.unit_id and r.until_version is null\n"
                 "      and ");
        emis_buffer_text(out, end == REFRESH_ANSWER
                                  ? "case when $3::int = 1 then r.place_id = k.area_key else "
                                  : "");
        emis_buffer_text(out, "r.valid_from <= b.before_ends_on and b.before_ends_on < r.valid_to");
        emis_buffer_text(out, end == REFRESH_ANSWER ? " end" : "");
        emis_buffer_text(out, " offset 0) z on true\n");
        return;
    }
}

/* The first operand that looks at the same indicator in the same period. */
static size_t first_alike(const struct catalogue_indicator *indicator, size_t nth)
{
    const struct catalogue_operand *operands = indicator->operands;
    size_t i = 0;

    while (operands[i].indicator->number != operands[nth].indicator->number ||
           operands[i].is_before != operands[nth].is_before) {
        i++;
    }
    return i;
}

static void print_cell(struct emis_buffer *out, const struct catalogue_operand *operand,
                       const char *table, char alias, size_t nth)
{
    const char *node = operand->is_before ? "z" : "k";

    emis_buffer_format(out,
                       "  left join lateral (select * from %s o where "
                       "o.period_key = %s.period_key\n      and o.area_key = %s.area_key and "
                       "o.indicator_key = %d and " REFRESH_CUT_OF("o") " = ",
                       table, node, node, operand->indicator->number);
    if (alias == 'o') {
        emis_buffer_format(out, "%d", operand->dimension->number * 1000 + operand->member);
    } else {
        emis_buffer_text(out, "k.cut_key");
    }
    emis_buffer_format(out, " offset 0) %c%zu on true\n", alias, nth);
}

/* Left joins: `t<first alike>` is the operand's cell at the row's own cut, and says what was
 * expected; `o<nth>` that of an operand that is a cell of a cut. */
static void print_operand(struct emis_buffer *out, const struct catalogue_indicator *indicator,
                          const char *table, size_t nth)
{
    const struct catalogue_operand *operand = &indicator->operands[nth];

    if (first_alike(indicator, nth) == nth) {
        print_cell(out, operand, table, 't', nth);
    }
    if (operand->dimension != NULL) {
        print_cell(out, operand, table, 'o', nth);
    }
}

static bool is_owed(const struct catalogue_operand *operand)
{
    return operand->indicator->form == NULL || operand->indicator->form->is_owed;
}

/*
 * What was expected: where several forms are owed, of the one that the fewest sent; of a form that
 * nobody owes nothing is expected.
 */
static void print_expected(struct emis_buffer *out, const struct catalogue_indicator *indicator)
{
    size_t owed_count = 0;
    const char *separator = "";

    for (size_t i = 0; i < indicator->operand_count; i++) {
        owed_count += is_owed(&indicator->operands[i]);
    }
    emis_buffer_text(out, "  cross join lateral (select x.n_expected, x.n_reported from (values ");
    for (size_t i = 0; i < indicator->operand_count; i++) {
        if (first_alike(indicator, i) == i &&
            (owed_count == 0 || is_owed(&indicator->operands[i]))) {
            emis_buffer_format(out,
                               "%s(%zu, coalesce(t%zu.n_expected, 0), coalesce(t%zu.n_reported, "
                               "0), t%zu.n_expected is null)",
                               separator, i, i, i, i);
            separator = ", ";
        }
    }
    emis_buffer_format(out,
                       ") x (nth, n_expected, n_reported, is_nothing)\n    order by %s, x.nth "
                       "limit 1) e\n",
                       owed_count == 0
                           ? "x.is_nothing"
                           : "x.n_reported::numeric / coalesce(nullif(x.n_expected, 0), 1)");
}

/*
 * One row `v` with the operands' numbers. A form that nobody owes reports events: where there was
 * none its count is zero, which is not missing.
 */
static void print_values(struct emis_buffer *out, const struct catalogue_indicator *indicator)
{
    emis_buffer_text(out, "  cross join lateral (select ");
    for (size_t i = 0; i < indicator->operand_count; i++) {
        const struct catalogue_operand *operand = &indicator->operands[i];
        char alias = operand->dimension == NULL ? 't' : 'o';
        size_t nth = operand->dimension == NULL ? first_alike(indicator, i) : i;

        emis_buffer_format(out,
                           is_owed(operand) ? "%s%c%zu.numerator as %s"
                                            : "%scoalesce(%c%zu.numerator, 0) as %s",
                           i == 0 ? "" : ", ", alias, nth, operand->name);
        emis_buffer_format(out, ", %c%zu.denominator as %s_denominator", alias, nth, operand->name);
    }
    emis_buffer_text(out, " offset 0) v\n");
}

static const char *value_alias(void *context, size_t group)
{
    (void) context;
    (void) group;
    return "v";
}

/* One derived indicator at the nodes of the scope, where an operand has a cell; in an answer, whose
 * scope has every level, down to the deepest. */
static void print_derived_arm(struct emis_buffer *out, const struct catalogue_indicator *indicator,
                              const char *table, enum refresh_end end, int deepest)
{
    const char *separator = "";

    emis_buffer_format(out,
                       "  select k.period_key, %d::smallint as indicator_key, k.cut_key, "
                       "k.area_key, ",
                       indicator->number);
    expr_print_sql(indicator->numerator, value_alias, NULL, out);
    emis_buffer_text(out, " as numerator, ");
    expr_print_sql(indicator->denominator, value_alias, NULL, out);
    emis_buffer_text(out, " as denominator,\n    e.n_expected, e.n_reported, ");
    for (size_t i = 0; i < indicator->operand_count; i++) {
        if (first_alike(indicator, i) == i) {
            emis_buffer_format(out, "%scoalesce(t%zu.status = 'break', false)", separator, i);
            separator = " or ";
        }
    }
    emis_buffer_format(out,
                       " as has_break, %d::smallint as definition_version\n"
                       "  from (select distinct s.period_key, s.area_key, o.cut_key\n"
                       "    from scope s join ref.period q on q.period_id = s.period_key\n"
                       "    cross join lateral (",
                       indicator->version);
    separator = "";
    for (size_t i = 0; i < indicator->operand_count; i++) {
        if (!indicator->operands[i].is_before && first_alike(indicator, i) == i) {
            emis_buffer_text(out, separator);
            print_derived_keys(out, indicator, &indicator->operands[i], table);
            separator = "\n      union ";
        }
    }
    emis_buffer_format(out, " offset 0) o\n    where %d = any ($4::smallint[]) and ",
                       indicator->number);
    if (end == REFRESH_ANSWER) {
        emis_buffer_format(out, "s.level_no %s %d and ",
                           indicator->is_summed_above ? "=" : "<=", deepest);
    }
    refresh_part_when(out, refresh_part_kinds(indicator), indicator->valid_from,
                      indicator->valid_to);
    emis_buffer_text(out, ") k\n");
    print_before(out, indicator, end);
    for (size_t i = 0; i < indicator->operand_count; i++) {
        print_operand(out, indicator, table, i);
    }
    print_expected(out, indicator);
    print_values(out, indicator);
}

/* Rows that count are those with a value, over anything but 0: a block that could not be judged is
 * no block that failed. */
static void print_sum_of_values(struct emis_buffer *out, const char *alias)
{
    emis_buffer_format(
        out,
        "sum(%1$s.numerator) filter (where %1$s.denominator <> 0)::bigint as numerator,\n"
        "    sum(%1$s.denominator) filter (where %1$s.numerator is not null)::bigint as "
        "denominator, sum(%1$s.n_expected)::int as n_expected,\n    sum(%1$s.n_reported)::int as "
        "n_reported, ",
        alias);
}

/* One derived indicator at the nodes of the scope, above its level: the sum of those below. */
static void print_summed_arm(struct emis_buffer *out, const struct catalogue *catalogue,
                             const struct catalogue_indicator *indicator, int level_no)
{
    emis_buffer_format(out,
                       "  select s.period_key, %d::smallint as indicator_key, 0::smallint as "
                       "cut_key, s.area_key,\n    ",
                       indicator->number);
    print_sum_of_values(out, "m");
    emis_buffer_format(out,
                       "bool_or(m.status = 'break') as has_break, %d::smallint as "
                       "definition_version\n"
                       "  from scope s join ref.period q on q.period_id = s.period_key\n"
                       "  join mart.dim_area d on d.parent_area_key = s.area_key\n"
                       "  cross join lateral (select * from mart.%s_indicator c where c.area_key "
                       "= d.area_key\n    and c.period_key = s.period_key and c.indicator_key = %d "
                       "offset 0) m\n  where %d = any ($4::smallint[]) and ",
                       indicator->version, catalogue->levels[level_no + 1].code, indicator->number,
                       indicator->number);
    refresh_part_when(out, refresh_part_kinds(indicator), indicator->valid_from,
                      indicator->valid_to);
    emis_buffer_text(out, "\n  group by s.period_key, s.area_key\n");
}

/* `above as (...)` of an answer: what is summed, at every area above its level at once. */
static void print_above(struct emis_buffer *out, const struct catalogue *catalogue)
{
    emis_buffer_text(out, ",\nabove as (\n  select x.period_key, x.indicator_key, x.cut_key, "
                          "a.area_key, ");
    print_sum_of_values(out, "x");
    emis_buffer_text(out, "bool_or(x.has_break) as has_break,\n"
                          "    max(x.definition_version)::smallint as definition_version\n"
                          "  from derived x join ref.place p on p.place_id = x.area_key and "
                          "p.until_version is null\n"
                          "  cross join lateral unnest(p.path[1:p.level_no]) a (area_key)\n"
                          "  where x.indicator_key in (0");
    for (size_t i = 0; i < catalogue->indicator_count; i++) {
        if (catalogue->indicators[i].is_summed_above) {
            emis_buffer_format(out, ", %d", catalogue->indicators[i].number);
        }
    }
    emis_buffer_text(out, ")\n  group by 1, 2, 3, 4)");
}

/* The deepest level at which it is wanted and every operand has cells of its own: population is not
 * that of a school. */
static int deepest_level(const struct catalogue_indicator *indicator)
{
    int level_no = indicator->level_no;

    for (size_t i = 0; i < indicator->operand_count; i++) {
        const struct catalogue_form *form = indicator->operands[i].indicator->form;

        if (form != NULL && form->leaf_level < level_no) {
            level_no = form->leaf_level;
        }
    }
    return level_no;
}

/* Versions of a derived indicator go together, though they may rest on different forms. */
static bool rests_on(const struct catalogue *catalogue, const struct catalogue_indicator *indicator,
                     const struct catalogue_form *form)
{
    for (size_t i = 0; i < catalogue->indicator_count; i++) {
        if (catalogue->indicators[i].number == indicator->number &&
            catalogue_indicator_is_fed(&catalogue->indicators[i], form)) {
            return true;
        }
    }
    return false;
}

void refresh_derived_print(struct emis_buffer *out, const struct catalogue *catalogue,
                           const struct catalogue_form *form, int level_no, enum refresh_end end)
{
    const char *level_code = catalogue->levels[level_no].code;
    char table[80];

    if (end == REFRESH_ANSWER) {
        (void) snprintf(table, sizeof(table), "pg_temp.cell");
        emis_buffer_text(out, "with scope as materialized (select distinct c.period_key, "
                              "c.area_key, a.level_no\n"
                              "  from pg_temp.cell c join mart.dim_area a on a.area_key = "
                              "c.area_key)");
    } else {
        (void) snprintf(table, sizeof(table), "mart.%s_indicator", level_code);
        refresh_part_target(out, end, REFRESH_ALL_KINDS, REFRESH_BEGINNING, EMIS_DATE_INFINITY);
        refresh_part_scope(out, level_no);
    }
    emis_buffer_text(out,
                     ",\nderived as (\n"
                     "  select 0 as period_key, 0::smallint as indicator_key, 0::smallint as "
                     "cut_key, 0 as area_key, 0::bigint as numerator, 0::bigint as denominator,\n"
                     "    0 as n_expected, 0 as n_reported, false as has_break, 0::smallint as "
                     "definition_version where false\n");
    for (size_t i = 0; i < catalogue->indicator_count; i++) {
        const struct catalogue_indicator *indicator = &catalogue->indicators[i];

        if (indicator->roll_up == CATALOGUE_CLASS_D && level_no <= deepest_level(indicator) &&
            (form == NULL || rests_on(catalogue, indicator, form))) {
            emis_buffer_text(out, "  union all\n");
            if (end != REFRESH_ANSWER && indicator->is_summed_above &&
                level_no < deepest_level(indicator)) {
                print_summed_arm(out, catalogue, indicator, level_no);
            } else {
                print_derived_arm(out, indicator, table, end, deepest_level(indicator));
            }
        }
    }
    emis_buffer_text(out, ")");
    if (end == REFRESH_ANSWER) {
        print_above(out, catalogue);
    }
    emis_buffer_text(out, ",\nfresh as materialized (\n"
                          "  select period_key, indicator_key, cut_key, area_key, numerator, "
                          "denominator, n_expected, n_reported,\n    ");
    emis_buffer_text(out, "case when has_break then 'break' ");
    /* A score whose parts may be missing has a value though one of its forms was not sent. */
    emis_buffer_text(out, "when numerator is not null and denominator <> 0 and n_reported = 0 then "
                          "case when n_expected > 0 then 'provisional' else 'ok' end else ");
    refresh_part_status(out, end, "true");
    emis_buffer_format(out, " end as status, definition_version\n  from %s)",
                       end == REFRESH_ANSWER
                           ? "(select * from derived union all select * from above) derived"
                           : "derived");
    if (end == REFRESH_ANSWER) {
        refresh_part_answer(out, "cell");
    } else {
        refresh_part_end(out, end, level_code, "m.indicator_key = any ($4::smallint[])");
    }
}
