/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parts that the generated refresh statements share; private to lib/catalogue/refresh*.c. Every
 * statement is one WITH: target (periods and units to recompute), what the rows should be
 * (`fresh`), and an end that applies it, audits it, or keeps it as part of an answer.
 */
#pragma once

#include "lib/base/buffer.h"
#include "lib/base/date.h"
#include "lib/catalogue/catalogue.h"

enum refresh_end { REFRESH_APPLY, REFRESH_AUDIT, REFRESH_ANSWER };

#define REFRESH_ALL_KINDS ((1U << CATALOGUE_PERIOD_KINDS) - 1)

/* A cell's cut in a condition: hidden from the readers' index (generate_mart.c). */
#define REFRESH_CUT_OF(alias) "coalesce(" alias ".cut_key, 0)"

/* A column of a finding in a condition on its unit: hidden from the index by rule and period. */
#define REFRESH_HIDDEN(alias, column) "coalesce(" alias "." column ", 0)"

/* Before the first period that there can be. */
#define REFRESH_BEGINNING emis_date_from_civil(1900, 1, 1)

/* `with target as (...)`: (period_id, unit_id), of the kinds in the mask and the starts in
 * [from, to). An answer is for the periods of $1 themselves. */
void refresh_part_target(struct emis_buffer *out, enum refresh_end end, uint32_t period_kinds,
                         int32_t from, int32_t to);

/* An expression over the columns of the facts f. */
void refresh_part_expr(struct emis_buffer *out, const struct expr *expr);

/* The table that says what is current. */
const char *refresh_part_current(enum refresh_end end);

/*
 * `, slot as (...)`: one row per expected leaf and current submission of the form (several per leaf
 * where the form has a key of its own): unit_id, leaf_id, starts_on, place_id, lane, attributes,
 * submission_key, is_late, and periods: the target's that hold the leaf, ascending. An array, which
 * `unnest` spreads: the planner has no join to get wrong. first_id is the first of them, nearly
 * always the leaf's own; further_no counts the different sets of the others from 1 (0: none), so
 * that rows that are to be spread alike are added up before, by a number instead of an array. Its
 * own test stands in a CASE on purpose: so it is a hashed subplan whatever the planner believes of
 * the size of `target`; as a join it was planned as a nested loop over two large CTEs (70 s instead
 * of 1 s for 700 schools and 5 days).
 */
void refresh_part_slot(struct emis_buffer *out, enum refresh_end end,
                       const struct catalogue *catalogue, const struct catalogue_form *form);

/* `, scope as (...)`: the cells' (period_key, area_key) at one level that the target can have
 * changed, in lane $3. Of a target that leaves no period out. */
void refresh_part_scope(struct emis_buffer *out, int level_no);

/*
 * `, reach as (...), scope as (...)`: the same at the level of the leaves, for a target that a
 * definition narrows. What may be deleted is wider than what is computed: periods of every kind
 * that start in [from, to), so that a cell which the definition wants no more, because it ended or
 * lost a kind, is found. The ranges of the versions of an indicator share out all of time: each
 * cell has one statement that writes, deletes and audits it.
 */
void refresh_part_leaf_scope(struct emis_buffer *out, int level_no, int32_t from, int32_t to);

/*
 * The end of a statement over `scope` and `fresh` (columns of the indicator table but computed_at).
 * condition: which rows of the table the statement owns, over alias m, such as "m.indicator_key =
 * 3".
 */
void refresh_part_end(struct emis_buffer *out, enum refresh_end end, const char *level_code,
                      const char *condition);

/* The end of a statement over `fresh` alone: adds it to a table of the answer, pg_temp.<table>. */
void refresh_part_answer(struct emis_buffer *out, const char *table);

/* The status of a row from n_reported, n_expected, numerator and denominator (SQL names given);
 * "ok" always for coverage. Of an answer a share of a submission is there, though it may be none of
 * those that are counted. */
void refresh_part_status(struct emis_buffer *out, enum refresh_end end,
                         const char *has_denominator);

/* A bit of a mask of kinds: only those before which the calendar has one of the same kind. What
 * compares the two has no cell in the first. */
#define REFRESH_HAS_BEFORE (1U << 31)

/* The condition on ref.period q: of a kind in the mask, starting in [from, to). */
void refresh_part_when(struct emis_buffer *out, uint32_t period_kinds, int32_t from, int32_t to);

/* The kinds of period in which the indicator has cells, as such a mask. */
static inline uint32_t refresh_part_kinds(const struct catalogue_indicator *indicator)
{
    return indicator->period_kinds |
           (catalogue_indicator_is_flow(indicator) ? REFRESH_HAS_BEFORE : 0);
}

/* private to refresh_leaf.c, refresh_flow.c, refresh_coverage.c, refresh_node.c, refresh_standing.c
 * and refresh_cross.c, called by refresh.c */
void refresh_leaf_print(struct emis_buffer *out, const struct catalogue *catalogue,
                        const struct catalogue_indicator *indicator, enum refresh_end end);
/* `, pair, given, passed, share, origin, panel (unit_id, leaf_id) as (...)`, over slot. */
void refresh_flow_panel_print(struct emis_buffer *out, const struct catalogue_indicator *indicator,
                              enum refresh_end end);
void refresh_coverage_print(struct emis_buffer *out, const struct catalogue *catalogue,
                            const struct catalogue_form *form, enum refresh_end end);
void refresh_up_print(struct emis_buffer *out, const struct catalogue *catalogue, int level_no,
                      enum refresh_end end);
/* What rests on the form (NULL: on any): no form pays for the planning of another's. */
void refresh_derived_print(struct emis_buffer *out, const struct catalogue *catalogue,
                           const struct catalogue_form *form, int level_no, enum refresh_end end);
/* is_by_target: the leaves are those of the form that sets targets. */
void refresh_standing_print(struct emis_buffer *out, const struct catalogue *catalogue,
                            int level_no, bool is_by_target, enum refresh_end end);
/* last: the newest version of a cross rule; for all its versions. */
void refresh_cross_print(struct emis_buffer *out, const struct catalogue *catalogue,
                         const struct catalogue_cross *last, enum refresh_end end);
/* private to refresh_shared.c, called by refresh_cross.c: `with ... keyed ... held_v<N>`, and one
 * version's findings. */
void refresh_shared_keys_print(struct emis_buffer *out, const struct catalogue_cross *first,
                               const struct catalogue_cross *last);
void refresh_shared_arm_print(struct emis_buffer *out, const struct catalogue_cross *cross);
/* private to refresh_query.c, called by refresh_cross.c: `with ... reach ... target ... sent`, and
 * one version's findings. */
void refresh_query_keys_print(struct emis_buffer *out, const struct catalogue_cross *first,
                              const struct catalogue_cross *last);
void refresh_query_arm_print(struct emis_buffer *out, const struct catalogue_cross *cross);
