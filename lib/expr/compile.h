/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text to a checked expression: the one language of rules, filters and indicators (README.md has
 * the grammar and the arithmetic). A compiled expression lives in the caller's arena, is never
 * changed, and may be used by any number of threads.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/expr/scope.h"

#define EXPR_TEXT_BYTES_MAX 4096
#define EXPR_NESTING_MAX    64   /* parentheses, calls, not and minus inside each other */
#define EXPR_DEPTH_MAX      256  /* of the tree: a chain of 256 summands is fine */
#define EXPR_NODES_MAX      4096 /* of what would be printed as SQL */
#define EXPR_AGGREGATES_MAX 32   /* sum, count, min, max in one expression */
#define EXPR_DIVIDE_DIGITS  6    /* after the point, of a divide() */

struct expr;

/*
 * scope (with everything it points at) is borrowed for the life of the expression; text only for
 * the call. Fails with E_EXPR_SYNTAX, E_EXPR_TYPE (also an unknown name or code) or E_EXPR_RANGE (a
 * constant part overflows); the message begins "column N: ", counted in bytes from 1.
 */
bool expr_compile(struct emis_arena *arena, const char *text, const struct expr_scope *scope,
                  const struct expr **ret, struct emis_error *err) EMIS_MUST_CHECK;

enum expr_type expr_result_type(const struct expr *expr);
/* Digits after the point of an EXPR_NUMBER result; the result, in C and in SQL, counts units of
 * 10^-scale. */
unsigned expr_result_scale(const struct expr *expr);
/* The result's code list, or NULL. */
const struct expr_codes *expr_result_codes(const struct expr *expr);
/* sum, count, min or max occurs. */
bool expr_has_aggregate(const struct expr *expr);
/* A field occurs outside of aggregates. */
bool expr_has_row_field(const struct expr *expr);

/* Every field that the text names, once per place, in order of place; also those in parts that were
 * folded away. field is NULL for count(group). */
struct expr_use {
    size_t group;       /* index in the scope */
    size_t field_index; /* index in the group */
    const struct expr_field *field;
    bool is_in_aggregate;
};
typedef void (*expr_use_fn)(void *context, const struct expr_use *use);
void expr_uses(const struct expr *expr, expr_use_fn callback, void *context);
