/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Typed, folded nodes; private to lib/expr. Every function checks its operands' types, brings
 * numbers to one scale, and folds what is constant, so that PostgreSQL's planner finds nothing to
 * fold that C would have evaluated otherwise (README.md: why the two agree). NULL: failed, err is
 * set.
 */
#pragma once

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/expr/node.h"

struct expr_build {
    struct emis_arena *arena;
    struct emis_error *err;
};

/* Set "column N: ..." and return NULL. */
struct expr_node *expr_build_fail(struct expr_build *build, size_t column,
                                  enum emis_error_code code, const char *format, ...)
    EMIS_PRINTF(4, 5);

/* text: digits with an optional point and digits; or the inside of a quoted string. */
struct expr_node *expr_build_number(struct expr_build *build, size_t column, const char *text,
                                    size_t size);
struct expr_node *expr_build_string(struct expr_build *build, size_t column, const char *text,
                                    size_t size);
struct expr_node *expr_build_bool(struct expr_build *build, size_t column, bool value);
struct expr_node *expr_build_field(struct expr_build *build, size_t column, size_t group,
                                   size_t field_index, const struct expr_field *field);

/* NEGATE, NOT, MISSING */
struct expr_node *expr_build_unary(struct expr_build *build, size_t column, enum expr_op op,
                                   struct expr_node *a);
/* ADD, SUBTRACT, MULTIPLY, DIVIDE, the comparisons, AND, OR */
struct expr_node *expr_build_binary(struct expr_build *build, size_t column, enum expr_op op,
                                    struct expr_node *a, struct expr_node *b);
struct expr_node *expr_build_if(struct expr_build *build, size_t column, struct expr_node *a,
                                struct expr_node *b, struct expr_node *c);
/* a NULL for COUNT; where NULL for all rows. */
struct expr_node *expr_build_aggregate(struct expr_build *build, size_t column, enum expr_op op,
                                       size_t group, struct expr_node *a, struct expr_node *where);
