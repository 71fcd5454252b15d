/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree behind a compiled expression; private to lib/expr. Built bottom up by build.c, typed and
 * folded as it grows, never changed afterwards. Nodes may be shared (`x between a and b` is `x >= a
 * and x <= b` over one x), so that size counts what walking or printing the tree costs.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/expr/compile.h"
#include "lib/expr/evaluate.h"

enum expr_op {
    EXPR_OP_CONSTANT,
    EXPR_OP_FIELD,
    EXPR_OP_NEGATE,
    EXPR_OP_ADD,
    EXPR_OP_SUBTRACT,
    EXPR_OP_MULTIPLY,
    EXPR_OP_DIVIDE,  /* a and b of one scale, to EXPR_DIVIDE_DIGITS; b = 0: missing */
    EXPR_OP_RESCALE, /* a times 10^shift */
    EXPR_OP_EQ,
    EXPR_OP_NE,
    EXPR_OP_LT,
    EXPR_OP_LE,
    EXPR_OP_GT,
    EXPR_OP_GE,
    EXPR_OP_NOT,
    EXPR_OP_AND,
    EXPR_OP_OR,
    EXPR_OP_IF, /* a ? b : c */
    EXPR_OP_MISSING,
    EXPR_OP_SUM,   /* of a, over the rows of group for which b holds; b NULL: all */
    EXPR_OP_COUNT, /* a is NULL */
    EXPR_OP_MIN,
    EXPR_OP_MAX
};

struct expr_node {
    enum expr_op op;
    enum expr_type type;
    unsigned scale;
    const struct expr_codes *codes;
    struct expr_node *a, *b, *c;
    struct expr_value constant; /* EXPR_OP_CONSTANT; never missing */
    size_t group;               /* EXPR_OP_FIELD and aggregates */
    size_t field_index;
    const struct expr_field *field;
    unsigned shift;   /* EXPR_OP_RESCALE */
    size_t aggregate; /* aggregates: place in struct expr.aggregates, SIZE_MAX until numbered */
    size_t column;    /* in the text, from 1 */
    size_t depth;
    size_t size;
};

struct expr_use_link {
    struct expr_use use;
    struct expr_use_link *next;
};

struct expr {
    const struct expr_scope *scope;
    const struct expr_node *root;
    const struct expr_node *aggregates[EXPR_AGGREGATES_MAX]; /* those left after folding */
    size_t aggregate_count;
    bool has_row_field;
    struct expr_use_link *uses;
};

static inline bool expr_node_is_aggregate(const struct expr_node *node)
{
    return node->op >= EXPR_OP_SUM;
}

/* The value of a node whose operands are constants. E_EXPR_RANGE. */
bool expr_evaluate_constant(const struct expr_node *node, struct expr_value *ret,
                            struct emis_error *err) EMIS_MUST_CHECK;
