/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The value of an expression over one decoded submission. Pure; any thread. The result, or the
 * failure, is the one that PostgreSQL gives for the SQL of lib/expr/print.h over the same rows.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/expr/compile.h"

/* A value of a type known from its field or expression. number: units of 10^-scale, 0 or 1 of a
 * bool, a code's number, days since 2000-01-01 of a date. */
struct expr_value {
    bool is_missing;
    int64_t number;
    const char *text; /* EXPR_TEXT: borrowed from the source or the expression */
    size_t text_size;
};

/* Where fields come from. Indexes are those of the scope. */
struct expr_source {
    void *context;
    size_t (*row_count)(void *context, size_t group);
    /* Fill *ret. Called only with row < row_count(group), but for row 0 of a group that does not
     * repeat: is_missing if there is no such row. */
    void (*value)(void *context, size_t group, size_t row, size_t field, struct expr_value *ret);
    size_t row; /* the current row of the scope's row_group */
};

/* E_EXPR_RANGE when a number left the int64 range. A missing result is a result: a rule that is
 * missing passes, says its caller. */
bool expr_evaluate(const struct expr *expr, const struct expr_source *source,
                   struct expr_value *ret, struct emis_error *err) EMIS_MUST_CHECK;

#define EXPR_EXPLANATION_MAX 56

/*
 * For a person, of an expression that is false over this source: the two numbers or days that its
 * comparison set side by side, "31 <= 30"; of several, that of the first false part of an `and`,
 * the last of an `or`. false: nothing of that kind was compared (codes, texts, missing()).
 */
bool expr_explain(const struct expr *expr, const struct expr_source *source,
                  char text[EXPR_EXPLANATION_MAX]) EMIS_MUST_CHECK;
