/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/expr/build.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/date.h"

struct expr_node *expr_build_fail(struct expr_build *build, size_t column,
                                  enum emis_error_code code, const char *format, ...)
{
    char reason[256];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(reason, sizeof(reason), format, arguments);
    va_end(arguments);
    (void) emis_error_set(build->err, code, "column %zu: %s", column, reason);
    return NULL;
}

static const char *type_name(const struct expr_node *node)
{
    static const char *const names[] = {"a number", "true or false", "a code", "a text", "a date"};

    return names[node->type];
}

static size_t depth_of(const struct expr_node *node)
{
    return node == NULL ? 0 : node->depth;
}

static size_t size_of(const struct expr_node *node)
{
    return node == NULL ? 0 : node->size;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* An untyped node over its operands. NULL when the tree grows beyond its bounds. */
static struct expr_node *node_over(struct expr_build *build, size_t column, enum expr_op op,
                                   struct expr_node *a, struct expr_node *b, struct expr_node *c)
{
    size_t depth = 1 + larger(depth_of(a), larger(depth_of(b), depth_of(c)));
    size_t size = 1 + size_of(a) + size_of(b) + size_of(c);

    if (depth > EXPR_DEPTH_MAX || size > EXPR_NODES_MAX)
        return expr_build_fail(build, column, E_EXPR_SYNTAX, "the expression is too large");
    struct expr_node *node = emis_arena_alloc(build->arena, sizeof(*node));
    node->op = op;
    node->a = a;
    node->b = b;
    node->c = c;
    node->column = column;
    node->depth = depth;
    node->size = size;
    node->aggregate = SIZE_MAX;
    return node;
}

static struct expr_node *constant(struct expr_build *build, size_t column, enum expr_type type,
                                  int64_t number)
{
    struct expr_node *node = node_over(build, column, EXPR_OP_CONSTANT, NULL, NULL, NULL);

    node->type = type;
    node->constant.number = number;
    return node;
}

static bool is_constant(const struct expr_node *node)
{
    return node == NULL || node->op == EXPR_OP_CONSTANT;
}

/* A typed node whose operands are all constants becomes one. */
static struct expr_node *fold(struct expr_build *build, struct expr_node *node)
{
    struct emis_error cause;

    if (!is_constant(node->a) || !is_constant(node->b) || !is_constant(node->c))
        return node;
    struct expr_node *ret = constant(build, node->column, node->type, 0);
    if (!expr_evaluate_constant(node, &ret->constant, &cause))
        return expr_build_fail(build, node->column, cause.code, "%s", cause.message);
    ret->scale = node->scale;
    ret->codes = node->codes;
    return ret;
}

struct expr_node *expr_build_number(struct expr_build *build, size_t column, const char *text,
                                    size_t size)
{
    int64_t number = 0;
    const char *point = memchr(text, '.', size);
    size_t scale = point == NULL ? 0 : size - (size_t) (point - text) - 1;

    if (scale > EXPR_SCALE_MAX)
        return expr_build_fail(build, column, E_EXPR_TYPE, "more than %d digits after the point",
                               EXPR_SCALE_MAX);
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '.')
            continue;
        if (__builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, text[i] - '0', &number))
            return expr_build_fail(build, column, E_EXPR_RANGE, "the number is too large");
    }
    struct expr_node *node = constant(build, column, EXPR_NUMBER, number);
    node->scale = (unsigned) scale;
    return node;
}

struct expr_node *expr_build_string(struct expr_build *build, size_t column, const char *text,
                                    size_t size)
{
    struct expr_node *node = constant(build, column, EXPR_TEXT, 0);

    node->constant.text = emis_arena_memdup(build->arena, text, size);
    node->constant.text_size = size;
    return node;
}

struct expr_node *expr_build_bool(struct expr_build *build, size_t column, bool value)
{
    return constant(build, column, EXPR_BOOL, value);
}

struct expr_node *expr_build_field(struct expr_build *build, size_t column, size_t group,
                                   size_t field_index, const struct expr_field *field)
{
    struct expr_node *node = node_over(build, column, EXPR_OP_FIELD, NULL, NULL, NULL);

    EMIS_ASSERT(field->scale <= EXPR_SCALE_MAX &&
                (field->type == EXPR_CODE) == (field->codes != NULL));
    node->type = field->type;
    node->scale = field->type == EXPR_NUMBER ? field->scale : 0;
    node->codes = field->codes;
    node->group = group;
    node->field_index = field_index;
    node->field = field;
    return node;
}

struct expr_node *expr_build_unary(struct expr_build *build, size_t column, enum expr_op op,
                                   struct expr_node *a)
{
    enum expr_type wanted = op == EXPR_OP_NEGATE ? EXPR_NUMBER
                            : op == EXPR_OP_NOT  ? EXPR_BOOL
                                                 : a->type;

    if (a->type != wanted)
        return expr_build_fail(build, column, E_EXPR_TYPE, "%s is wanted here, this is %s",
                               wanted == EXPR_BOOL ? "true or false" : "a number", type_name(a));
    struct expr_node *node = node_over(build, column, op, a, NULL, NULL);
    if (node == NULL)
        return NULL;
    node->type = op == EXPR_OP_NEGATE ? EXPR_NUMBER : EXPR_BOOL;
    node->scale = op == EXPR_OP_NEGATE ? a->scale : 0;
    return fold(build, node);
}

static struct expr_node *rescale(struct expr_build *build, struct expr_node *a, unsigned scale)
{
    if (a->scale == scale)
        return a;
    struct expr_node *node = node_over(build, a->column, EXPR_OP_RESCALE, a, NULL, NULL);
    if (node == NULL)
        return NULL;
    node->type = EXPR_NUMBER;
    node->scale = scale;
    node->shift = scale - a->scale;
    return fold(build, node);
}

/* A quoted string that stands beside a code or a date becomes one; other nodes are returned as they
 * are. */
static struct expr_node *coerce(struct expr_build *build, struct expr_node *a,
                                const struct expr_node *other)
{
    struct emis_error cause;
    int32_t days;

    if (a->op != EXPR_OP_CONSTANT || a->type != EXPR_TEXT)
        return a;
    const char *text = a->constant.text;
    size_t size = a->constant.text_size;
    if (other->type == EXPR_DATE) {
        if (!emis_date_parse(text, size, &days, &cause))
            return expr_build_fail(build, a->column, E_EXPR_TYPE, "'%.*s' is not a date",
                                   (int) size, text);
        return constant(build, a->column, EXPR_DATE, days);
    }
    if (other->type != EXPR_CODE)
        return a;
    for (size_t i = 0; i < other->codes->code_count; i++) {
        const char *code = other->codes->codes[i].code;
        if (strlen(code) == size && memcmp(code, text, size) == 0) {
            struct expr_node *ret =
                constant(build, a->column, EXPR_CODE, other->codes->codes[i].number);
            ret->codes = other->codes;
            return ret;
        }
    }
    return expr_build_fail(build, a->column, E_EXPR_TYPE, "'%.*s' is not a code of %s", (int) size,
                           text, other->codes->name);
}

/* Bring two operands to one type and scale: of a comparison, a sum, the branches of an if. */
static bool unify(struct expr_build *build, size_t column, struct expr_node **a,
                  struct expr_node **b)
{
    struct expr_node *left = coerce(build, *a, *b);
    if (left == NULL)
        return false;
    struct expr_node *right = coerce(build, *b, left);
    if (right == NULL)
        return false;
    if (left->type != right->type ||
        (left->type == EXPR_CODE && strcmp(left->codes->name, right->codes->name) != 0)) {
        bool is_codes = left->type == EXPR_CODE && right->type == EXPR_CODE;
        expr_build_fail(build, column, E_EXPR_TYPE, "%s and %s%s do not fit", type_name(left),
                        type_name(right), is_codes ? " of another list" : "");
        return false;
    }
    unsigned scale = left->scale > right->scale ? left->scale : right->scale;
    if (left->type == EXPR_NUMBER && ((left = rescale(build, left, scale)) == NULL ||
                                      (right = rescale(build, right, scale)) == NULL))
        return false;
    *a = left;
    *b = right;
    return true;
}

static struct expr_node *arithmetic(struct expr_build *build, size_t column, enum expr_op op,
                                    struct expr_node *a, struct expr_node *b)
{
    unsigned scale;

    if (a->type != EXPR_NUMBER || b->type != EXPR_NUMBER)
        return expr_build_fail(build, column, E_EXPR_TYPE, "numbers are wanted, not %s",
                               type_name(a->type != EXPR_NUMBER ? a : b));
    if (op == EXPR_OP_DIVIDE && is_constant(b) && b->constant.number == 0)
        return expr_build_fail(build, column, E_EXPR_RANGE, "the divisor is 0");
    if (op == EXPR_OP_MULTIPLY)
        scale = a->scale + b->scale;
    else if (unify(build, column, &a, &b))
        scale = a->scale;
    else
        return NULL;
    if (scale > EXPR_SCALE_MAX)
        return expr_build_fail(build, column, E_EXPR_TYPE,
                               "the product has more than %d digits after the point",
                               EXPR_SCALE_MAX);
    struct expr_node *node = node_over(build, column, op, a, b, NULL);
    if (node == NULL)
        return NULL;
    node->type = EXPR_NUMBER;
    node->scale = op == EXPR_OP_DIVIDE ? EXPR_DIVIDE_DIGITS : scale;
    return fold(build, node);
}

static struct expr_node *comparison(struct expr_build *build, size_t column, enum expr_op op,
                                    struct expr_node *a, struct expr_node *b)
{
    if (!unify(build, column, &a, &b))
        return NULL;
    if (op != EXPR_OP_EQ && op != EXPR_OP_NE && a->type != EXPR_NUMBER && a->type != EXPR_DATE)
        return expr_build_fail(build, column, E_EXPR_TYPE,
                               "only numbers and dates have an order, not %s", type_name(a));
    struct expr_node *node = node_over(build, column, op, a, b, NULL);
    if (node == NULL)
        return NULL;
    node->type = EXPR_BOOL;
    return fold(build, node);
}

/*
 * The planner drops a constant true from an AND, and replaces the whole AND by false when one
 * operand is the constant false, even if an operand before it could have failed. We do it first.
 */
static struct expr_node *logic(struct expr_build *build, size_t column, enum expr_op op,
                               struct expr_node *a, struct expr_node *b)
{
    if (a->type != EXPR_BOOL || b->type != EXPR_BOOL)
        return expr_build_fail(build, column, E_EXPR_TYPE, "true or false is wanted, not %s",
                               type_name(a->type != EXPR_BOOL ? a : b));
    int64_t neutral = op == EXPR_OP_AND;
    if (is_constant(a))
        return a->constant.number == neutral ? b : a;
    if (is_constant(b))
        return b->constant.number == neutral ? a : b;
    struct expr_node *node = node_over(build, column, op, a, b, NULL);
    if (node == NULL)
        return NULL;
    node->type = EXPR_BOOL;
    return node;
}

struct expr_node *expr_build_binary(struct expr_build *build, size_t column, enum expr_op op,
                                    struct expr_node *a, struct expr_node *b)
{
    if (op == EXPR_OP_ADD || op == EXPR_OP_SUBTRACT || op == EXPR_OP_MULTIPLY ||
        op == EXPR_OP_DIVIDE)
        return arithmetic(build, column, op, a, b);
    if (op == EXPR_OP_AND || op == EXPR_OP_OR)
        return logic(build, column, op, a, b);
    return comparison(build, column, op, a, b);
}

struct expr_node *expr_build_if(struct expr_build *build, size_t column, struct expr_node *a,
                                struct expr_node *b, struct expr_node *c)
{
    if (a->type != EXPR_BOOL)
        return expr_build_fail(build, a->column, E_EXPR_TYPE, "a condition is wanted, not %s",
                               type_name(a));
    if (!unify(build, column, &b, &c))
        return NULL;
    if (is_constant(a))
        return a->constant.number != 0 ? b : c;
    struct expr_node *node = node_over(build, column, EXPR_OP_IF, a, b, c);
    if (node == NULL)
        return NULL;
    node->type = b->type;
    node->scale = b->scale;
    node->codes = b->codes;
    return node;
}

struct expr_node *expr_build_aggregate(struct expr_build *build, size_t column, enum expr_op op,
                                       size_t group, struct expr_node *a, struct expr_node *where)
{
    if (where != NULL && where->type != EXPR_BOOL)
        return expr_build_fail(build, where->column, E_EXPR_TYPE,
                               "a condition is wanted after where, not %s", type_name(where));
    if (a != NULL && a->type != EXPR_NUMBER && (op == EXPR_OP_SUM || a->type != EXPR_DATE))
        return expr_build_fail(build, a->column, E_EXPR_TYPE, "a number%s is wanted, not %s",
                               op == EXPR_OP_SUM ? "" : " or a date", type_name(a));
    struct expr_node *node = node_over(build, column, op, a, where, NULL);
    if (node == NULL)
        return NULL;
    node->type = a == NULL ? EXPR_NUMBER : a->type;
    node->scale = a == NULL ? 0 : a->scale;
    node->group = group;
    return node;
}
