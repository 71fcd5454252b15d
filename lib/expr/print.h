/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An expression as SQL over the tables of its groups. Only checked identifiers, numbers, dates and
 * quoted codes are printed: nothing of a submission. Pure; any thread.
 */
#pragma once

#include <stddef.h>

#include "lib/base/buffer.h"
#include "lib/expr/compile.h"

/* The SQL alias of a group's table, an identifier. */
typedef const char *(*expr_alias_fn)(void *context, size_t group);

/*
 * Append one parenthesised or atomic SQL expression. alias NULL: each group's name is its alias.
 * Types: EXPR_NUMBER is bigint in units of 10^-expr_result_scale, EXPR_BOOL boolean, EXPR_CODE
 * smallint, EXPR_TEXT text, EXPR_DATE date. Overflow raises 22003.
 *
 * Fields print as alias.column; `sum(g.x where c)` prints as the aggregate `sum(CASE WHEN c THEN x
 * END)::bigint`, count as `count(*)` or `count(CASE WHEN c THEN 1 END)`. The caller supplies a FROM
 * in which each row of an aggregated group stands once, and a GROUP BY when expr_has_aggregate and
 * expr_has_row_field both hold.
 */
void expr_print_sql(const struct expr *expr, expr_alias_fn alias, void *context,
                    struct emis_buffer *out);
