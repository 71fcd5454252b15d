/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SQL that materialises indicators, generated from a compiled, numbered catalogue. Pure. What
 * each statement takes and guarantees is said here; why it is right is in aggregator/README.md.
 *
 * A leaf is (leaf period, unit) of one form. Statements take the changed leaves as two paired
 * arrays and recompute every period that holds them, at the unit's places in one lane:
 *
 * - $1 int[]: leaf period ids
 *
 * - $2 int[]: unit ids
 *
 * - $3 int: lane (unit_id of the top area)
 *
 * They replace whole cells: rows that are no longer right are deleted, new ones inserted, changed
 * ones updated, unchanged ones not touched.
 */
#pragma once

#include "lib/catalogue/catalogue.h"

/* Names are at most 95 bytes. Both texts live in the catalogue's arena. */
struct catalogue_statement {
    const char *name;
    const char *text;
};

/*
 * All refresh statements, and an auditing one for each, in the catalogue's arena:
 *
 * - refresh_leaf_<indicator>_v<version>: R, S, C, L, F; one for each version of an indicator that
 *   is computed from a form and leads those that are computed with it (catalogue_refresh_leader)
 *
 * - refresh_coverage_<form>: COVERAGE and ONTIME rows of one owed form
 *
 * - refresh_up_<level>: rows of this level summed from the next deeper one; not of the deepest
 *
 * - refresh_derived_<form>_<level>: D rows of one level, of the indicators that rest on the form:
 *   derived from the level's own rows, or, above the level of one that is summed, the sums of those
 *   of the next deeper level
 *
 * - refresh_standing_<level>: standings of one level in periods from the month up, of everyone with
 *   the same parent as a changed area, and in the next period of the same kind
 *
 * - refresh_target_<level>: the same after leaves of the form that sets targets, in the periods
 *   that they hold
 *
 * - refresh_cross_<rule>: findings of a cross rule, all versions; after the cells it looks at,
 *   under the country's lock where catalogue_cross_is_country()
 *
 * refresh_up, refresh_derived, refresh_standing, refresh_target and refresh_cross of a rule that
 * compares values also take $4 int2[]: the indicators (numbers) that changed; refresh_cross of a
 * rule with a query and a form takes there the one form (number) whose leaves changed.
 *
 * audit_leaf_..., audit_coverage_..., audit_up_..., ...: same parameters; return the
 * rows that differ: period_key, indicator_key, cut_key, area_key, stored text, right text. Of a
 * finding: period, rule, 0, unit.
 */
void catalogue_refresh_statements(struct catalogue *catalogue,
                                  const struct catalogue_statement **ret_statements,
                                  size_t *ret_count);

/* A statement that PostgreSQL can prepare if it can what this version of a rule asks (method
 * query): parameters as of refresh_cross. */
void catalogue_refresh_query_check(const struct catalogue *catalogue,
                                   const struct catalogue_cross *cross, struct emis_buffer *out);

/* The indicator by which the statement is called that computes this one, which is computed from a
 * form: the first of those that are summed from the same form over the same periods. */
const struct catalogue_indicator *
catalogue_refresh_leader(const struct catalogue *catalogue,
                         const struct catalogue_indicator *indicator);

/*
 * The same rules for an answer that is asked for and not stored, in one session's temporary tables
 * (sql/statements/cli/answer_tables.sql), in the catalogue's arena:
 *
 * - answer_leaf_<indicator>_v<version>, answer_coverage_<form>: $1 to $3 as above, $1 the periods
 *   that are asked for: the rows of the leaves, from the submissions in pg_temp.current, to
 *   pg_temp.leaf
 *
 * - answer_up: no parameters; sums pg_temp.share along its paths to pg_temp.cell
 *
 * - answer_derived: $3 int: 1 where every cell is at the places of one day; $4 as above; adds the D
 *   rows to pg_temp.cell
 */
void catalogue_answer_statements(struct catalogue *catalogue,
                                 const struct catalogue_statement **ret_statements,
                                 size_t *ret_count);

/* The newest definition of the code holds from the beginning of time, and the older ones hold for
 * no period: what is generated afterwards answers for old periods under the new rule. For a
 * catalogue that serves such answers alone. */
void catalogue_answer_reach_back(struct catalogue *catalogue, const char *code);
