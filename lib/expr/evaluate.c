/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/expr/evaluate.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/date.h"
#include "lib/base/text.h"
#include "lib/expr/node.h"

/* What an aggregate has gathered. The sum is narrowed only where it is used, as SQL's cast is. */
struct gathered {
    __int128 sum; /* at most 2^63 rows of 2^63: fits */
    int64_t best; /* of min and max */
    int64_t rows;
};

struct evaluation {
    const struct expr *expr; /* NULL: constants only */
    const struct expr_source *source;
    struct emis_error *err;
    struct gathered gathered[EXPR_AGGREGATES_MAX];
};

#define NO_ROW SIZE_MAX /* outside of aggregates */

static bool evaluate(struct evaluation *run, const struct expr_node *node, size_t row,
                     struct expr_value *ret);

static bool fail_range(struct evaluation *run)
{
    return emis_error_set(run->err, E_EXPR_RANGE, "the number is outside of 64 bits");
}

static void set_number(struct expr_value *ret, int64_t number)
{
    *ret = (struct expr_value){.number = number};
}

static void set_missing(struct expr_value *ret)
{
    *ret = (struct expr_value){.is_missing = true};
}

static bool evaluate_field(struct evaluation *run, const struct expr_node *node, size_t row,
                           struct expr_value *ret)
{
    const struct expr_source *source = run->source;

    if (row == NO_ROW)
        row = run->expr->scope->row_group == (int) node->group ? source->row : 0;
    set_missing(ret);
    source->value(source->context, node->group, row, node->field_index, ret);
    return true;
}

static int64_t power_of_ten(unsigned exponent)
{
    int64_t power = 1;

    while (exponent-- > 0)
        power *= 10;
    return power;
}

static bool evaluate_unary(struct evaluation *run, const struct expr_node *node, size_t row,
                           struct expr_value *ret)
{
    struct expr_value a;
    int64_t number = 0;
    bool is_overflow = false;

    if (!evaluate(run, node->a, row, &a))
        return false;
    if (node->op == EXPR_OP_MISSING) {
        set_number(ret, a.is_missing);
        return true;
    }
    if (a.is_missing) {
        set_missing(ret);
        return true;
    }
    if (node->op == EXPR_OP_NOT)
        number = !a.number;
    else if (node->op == EXPR_OP_NEGATE)
        is_overflow = __builtin_sub_overflow(0, a.number, &number);
    else
        is_overflow = __builtin_mul_overflow(a.number, power_of_ten(node->shift), &number);
    set_number(ret, number);
    return !is_overflow || fail_range(run);
}

static int compare(const struct expr_node *node, const struct expr_value *a,
                   const struct expr_value *b)
{
    if (node->a->type != EXPR_TEXT)
        return (a->number > b->number) - (a->number < b->number);
    return a->text_size != b->text_size || memcmp(a->text, b->text, a->text_size) != 0;
}

static bool holds(enum expr_op op, int order)
{
    switch (op) {
    case EXPR_OP_EQ:
        return order == 0;
    case EXPR_OP_NE:
        return order != 0;
    case EXPR_OP_LT:
        return order < 0;
    case EXPR_OP_LE:
        return order <= 0;
    case EXPR_OP_GT:
        return order > 0;
    default:
        return order >= 0;
    }
}

/* Halves away from zero; false when it does not fit. */
static bool divide(int64_t a, int64_t b, int64_t *ret)
{
    __int128 over = (__int128) a * power_of_ten(EXPR_DIVIDE_DIGITS), under = b;
    bool is_negative = (over < 0) != (under < 0);

    over = over < 0 ? -over : over;
    under = under < 0 ? -under : under;
    __int128 quotient = (2 * over + under) / (2 * under);
    quotient = is_negative ? -quotient : quotient;
    *ret = (int64_t) quotient;
    return quotient >= INT64_MIN && quotient <= INT64_MAX;
}

/* Both operands first, then missing, then the operation: as SQL's strict functions do. */
static bool evaluate_binary(struct evaluation *run, const struct expr_node *node, size_t row,
                            struct expr_value *ret)
{
    struct expr_value a, b;
    int64_t number;
    bool is_overflow = false;

    if (!evaluate(run, node->a, row, &a) || !evaluate(run, node->b, row, &b))
        return false;
    if (a.is_missing || b.is_missing || (node->op == EXPR_OP_DIVIDE && b.number == 0)) {
        set_missing(ret);
        return true;
    }
    if (node->op == EXPR_OP_ADD)
        is_overflow = __builtin_add_overflow(a.number, b.number, &number);
    else if (node->op == EXPR_OP_SUBTRACT)
        is_overflow = __builtin_sub_overflow(a.number, b.number, &number);
    else if (node->op == EXPR_OP_MULTIPLY)
        is_overflow = __builtin_mul_overflow(a.number, b.number, &number);
    else if (node->op == EXPR_OP_DIVIDE)
        is_overflow = !divide(a.number, b.number, &number);
    else
        number = holds(node->op, compare(node, &a, &b));
    set_number(ret, number);
    return !is_overflow || fail_range(run);
}

/* Three-valued, left to right; only the deciding value ends it early. */
static bool evaluate_logic(struct evaluation *run, const struct expr_node *node, size_t row,
                           struct expr_value *ret)
{
    int64_t deciding = node->op == EXPR_OP_OR;
    struct expr_value a;

    if (!evaluate(run, node->a, row, &a))
        return false;
    if (!a.is_missing && a.number == deciding) {
        *ret = a;
        return true;
    }
    if (!evaluate(run, node->b, row, ret))
        return false;
    if (a.is_missing && (ret->is_missing || ret->number != deciding))
        set_missing(ret);
    return true;
}

static bool evaluate_if(struct evaluation *run, const struct expr_node *node, size_t row,
                        struct expr_value *ret)
{
    struct expr_value condition;

    if (!evaluate(run, node->a, row, &condition))
        return false;
    return evaluate(run, !condition.is_missing && condition.number != 0 ? node->b : node->c, row,
                    ret);
}

static bool evaluate_aggregate(struct evaluation *run, const struct expr_node *node,
                               struct expr_value *ret)
{
    const struct gathered *gathered = &run->gathered[node->aggregate];

    if (node->op == EXPR_OP_COUNT) {
        set_number(ret, gathered->rows);
    } else if (gathered->rows == 0) {
        set_missing(ret);
    } else if (node->op != EXPR_OP_SUM) {
        set_number(ret, gathered->best);
    } else {
        if (gathered->sum > INT64_MAX || gathered->sum < INT64_MIN)
            return fail_range(run);
        set_number(ret, (int64_t) gathered->sum);
    }
    return true;
}

/* Recursion is bounded by EXPR_DEPTH_MAX. */
static bool evaluate(struct evaluation *run, const struct expr_node *node, size_t row,
                     struct expr_value *ret)
{
    switch (node->op) {
    case EXPR_OP_CONSTANT:
        *ret = node->constant;
        return true;
    case EXPR_OP_FIELD:
        return evaluate_field(run, node, row, ret);
    case EXPR_OP_NEGATE:
    case EXPR_OP_RESCALE:
    case EXPR_OP_NOT:
    case EXPR_OP_MISSING:
        return evaluate_unary(run, node, row, ret);
    case EXPR_OP_AND:
    case EXPR_OP_OR:
        return evaluate_logic(run, node, row, ret);
    case EXPR_OP_IF:
        return evaluate_if(run, node, row, ret);
    case EXPR_OP_SUM:
    case EXPR_OP_COUNT:
    case EXPR_OP_MIN:
    case EXPR_OP_MAX:
        return evaluate_aggregate(run, node, ret);
    default:
        return evaluate_binary(run, node, row, ret);
    }
}

static bool gather_row(struct evaluation *run, const struct expr_node *node, size_t row,
                       struct gathered *gathered)
{
    struct expr_value value = {.is_missing = false};

    if (node->b != NULL) {
        if (!evaluate(run, node->b, row, &value))
            return false;
        if (value.is_missing || value.number == 0)
            return true;
    }
    if (node->a != NULL && !evaluate(run, node->a, row, &value))
        return false;
    if (value.is_missing)
        return true;
    bool is_first = gathered->rows++ == 0;
    gathered->sum += value.number;
    if (is_first ||
        (node->op == EXPR_OP_MIN ? value.number < gathered->best : value.number > gathered->best))
        gathered->best = value.number;
    return true;
}

/* All of them before the rest, whether or not they are needed: as SQL does. */
static bool gather(struct evaluation *run)
{
    for (size_t i = 0; i < run->expr->aggregate_count; i++) {
        const struct expr_node *node = run->expr->aggregates[i];
        size_t rows = run->source->row_count(run->source->context, node->group);
        run->gathered[i] = (struct gathered){.rows = 0};
        for (size_t row = 0; row < rows; row++) {
            if (!gather_row(run, node, row, &run->gathered[i]))
                return false;
        }
    }
    return true;
}

bool expr_evaluate(const struct expr *expr, const struct expr_source *source,
                   struct expr_value *ret, struct emis_error *err)
{
    struct evaluation run;
    struct expr_value value;

    run.expr = expr;
    run.source = source;
    run.err = err;
    if (!gather(&run) || !evaluate(&run, expr->root, NO_ROW, &value))
        return false;
    *ret = value;
    return true;
}

/* The part of a false expression that a person would point at. */
static const struct expr_node *find_cause(struct evaluation *run, const struct expr_node *node)
{
    struct expr_value value;

    while (node->op == EXPR_OP_AND || node->op == EXPR_OP_OR || node->op == EXPR_OP_IF) {
        if (!evaluate(run, node->a, NO_ROW, &value))
            return NULL;
        bool is_true = !value.is_missing && value.number != 0;
        if (node->op == EXPR_OP_IF)
            node = is_true ? node->b : node->c;
        else if (node->op == EXPR_OP_AND && !value.is_missing && !is_true)
            node = node->a;
        else
            node = node->b;
    }
    return node;
}

static void format_value(const struct expr_node *node, const struct expr_value *value,
                         char text[24])
{
    if (node->type == EXPR_DATE)
        emis_date_format((int32_t) value->number, text);
    else
        emis_text_format_decimal(value->number, node->scale, text);
}

bool expr_explain(const struct expr *expr, const struct expr_source *source,
                  char text[EXPR_EXPLANATION_MAX])
{
    static const char *const signs[] = {"=", "<>", "<", "<=", ">", ">="};
    struct emis_error err;
    struct evaluation run;
    struct expr_value a, b;
    char left[24], right[24];

    run.expr = expr;
    run.source = source;
    run.err = &err;
    const struct expr_node *cause = gather(&run) ? find_cause(&run, expr->root) : NULL;
    if (cause == NULL || cause->op < EXPR_OP_EQ || cause->op > EXPR_OP_GE ||
        (cause->a->type != EXPR_NUMBER && cause->a->type != EXPR_DATE) ||
        !evaluate(&run, cause->a, NO_ROW, &a) || !evaluate(&run, cause->b, NO_ROW, &b) ||
        a.is_missing || b.is_missing)
        return false;
    format_value(cause->a, &a, left);
    format_value(cause->b, &b, right);
    (void) snprintf(text, EXPR_EXPLANATION_MAX, "%s %s %s", left, signs[cause->op - EXPR_OP_EQ],
                    right);
    return true;
}

bool expr_evaluate_constant(const struct expr_node *node, struct expr_value *ret,
                            struct emis_error *err)
{
    struct evaluation run;

    run.expr = NULL;
    run.source = NULL;
    run.err = err;
    return evaluate(&run, node, NO_ROW, ret);
}
