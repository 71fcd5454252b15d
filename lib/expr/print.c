/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/expr/print.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/date.h"
#include "lib/expr/node.h"

struct print {
    const struct expr_scope *scope;
    expr_alias_fn alias;
    void *context;
    struct emis_buffer *out;
};

static void print_node(const struct print *print, const struct expr_node *node);

/* Always with a type: an untyped 5 would be an integer, and two of them would overflow at 32 bits.
 */
static void print_constant(const struct print *print, const struct expr_node *node)
{
    char date[16];
    int64_t number = node->constant.number;

    switch (node->type) {
    case EXPR_BOOL:
        emis_buffer_text(print->out, number != 0 ? "true" : "false");
        break;
    case EXPR_TEXT:
        emis_buffer_format(print->out, "'%.*s'::text", (int) node->constant.text_size,
                           node->constant.text);
        break;
    case EXPR_DATE:
        emis_date_format((int32_t) number, date);
        emis_buffer_format(print->out, "'%s'::date", date);
        break;
    default:
        emis_buffer_format(print->out, number < 0 ? "(%" PRId64 ")::%s" : "%" PRId64 "::%s", number,
                           node->type == EXPR_CODE ? "smallint" : "bigint");
    }
}

static void print_field(const struct print *print, const struct expr_node *node)
{
    const struct expr_field *field = node->field;
    const char *alias = print->alias != NULL ? print->alias(print->context, node->group)
                                             : print->scope->groups[node->group].name;
    const char *column = field->column != NULL ? field->column : field->name;

    if (node->type != EXPR_NUMBER) {
        emis_buffer_format(print->out, "%s.%s", alias, column);
    } else if (field->is_numeric_column && field->scale > 0) {
        emis_buffer_format(print->out, "(%s.%s * 1%0*d)::bigint", alias, column, (int) field->scale,
                           0);
    } else {
        emis_buffer_format(print->out, "%s.%s::bigint", alias, column);
    }
}

/* before a between b after */
static void print_parts(const struct print *print, const char *before, const struct expr_node *a,
                        const char *between, const struct expr_node *b, const char *after)
{
    emis_buffer_text(print->out, before);
    print_node(print, a);
    emis_buffer_text(print->out, between);
    if (b != NULL)
        print_node(print, b);
    emis_buffer_text(print->out, after);
}

static void print_aggregate(const struct print *print, const struct expr_node *node)
{
    static const char *const names[] = {"sum(", "count(", "min(", "max("};

    emis_buffer_text(print->out, names[node->op - EXPR_OP_SUM]);
    if (node->b != NULL)
        print_parts(print, "CASE WHEN ", node->b, " THEN ", node->a,
                    node->a == NULL ? "1 END" : " END");
    else if (node->a != NULL)
        print_node(print, node->a);
    else
        emis_buffer_text(print->out, "*");
    emis_buffer_text(print->out, node->op == EXPR_OP_SUM ? ")::bigint" : ")");
}

static const char *symbol(enum expr_op op)
{
    switch (op) {
    case EXPR_OP_ADD:
        return " + ";
    case EXPR_OP_SUBTRACT:
        return " - ";
    case EXPR_OP_MULTIPLY:
        return " * ";
    case EXPR_OP_EQ:
        return " = ";
    case EXPR_OP_NE:
        return " <> ";
    case EXPR_OP_LT:
        return " < ";
    case EXPR_OP_LE:
        return " <= ";
    case EXPR_OP_GT:
        return " > ";
    case EXPR_OP_GE:
        return " >= ";
    case EXPR_OP_AND:
        return " AND ";
    default:
        return " OR ";
    }
}

static void print_node(const struct print *print, const struct expr_node *node)
{
    if (expr_node_is_aggregate(node)) {
        print_aggregate(print, node);
        return;
    }
    switch (node->op) {
    case EXPR_OP_CONSTANT:
        print_constant(print, node);
        break;
    case EXPR_OP_FIELD:
        print_field(print, node);
        break;
    case EXPR_OP_NEGATE:
        print_parts(print, "(- ", node->a, ")", NULL, "");
        break;
    case EXPR_OP_RESCALE:
        print_parts(print, "(", node->a, " * 1", NULL, "");
        emis_buffer_format(print->out, "%0*d::bigint)", (int) node->shift, 0);
        break;
    case EXPR_OP_DIVIDE:
        /* 24 digits of quotient: no other than a true half of a unit is rounded as one. */
        print_parts(print, "round(", node->a, " * 1", NULL, "");
        emis_buffer_format(print->out, "%0*d.%0*d", EXPR_DIVIDE_DIGITS, 0, 24, 0);
        print_parts(print, " / nullif(", node->b, ", 0))::bigint", NULL, "");
        break;
    case EXPR_OP_NOT:
        print_parts(print, "(NOT ", node->a, ")", NULL, "");
        break;
    case EXPR_OP_MISSING:
        print_parts(print, "(", node->a, " IS NULL)", NULL, "");
        break;
    case EXPR_OP_IF:
        print_parts(print, "(CASE WHEN ", node->a, " THEN ", node->b, "");
        print_parts(print, " ELSE ", node->c, " END)", NULL, "");
        break;
    default:
        print_parts(print, "(", node->a, symbol(node->op), node->b, ")");
    }
}

void expr_print_sql(const struct expr *expr, expr_alias_fn alias, void *context,
                    struct emis_buffer *out)
{
    struct print print = {.scope = expr->scope, .alias = alias, .context = context, .out = out};

    print_node(&print, expr->root);
}
