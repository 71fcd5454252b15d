/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/expr/compile.h"

#include <stdint.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/expr/build.h"
#include "lib/expr/lex.h"
#include "lib/expr/node.h"

#define NO_GROUP SIZE_MAX

/*
 * Recursive descent, one function per level of precedence:
 *   or < and < not < comparison, in, between < + - < * < unary minus < literal, name, call,
 * parentheses
 */
struct parser {
    struct expr_build build;
    struct emis_arena *arena;
    const struct expr_scope *scope;
    const char *text;
    size_t at; /* behind `word` */
    struct expr_lex_word word;
    size_t nesting;
    bool is_in_aggregate;
    size_t aggregate_group; /* NO_GROUP until a qualified name decides it */
    struct expr_use_link **uses_end;
};

static struct expr_node *parse_or(struct parser *parser);
static struct expr_node *parse_minus(struct parser *parser);
static struct expr_node *parse_sum(struct parser *parser);

static struct expr_node *fail_syntax(struct parser *parser, const char *wanted)
{
    if (parser->word.kind == EXPR_LEX_END)
        return expr_build_fail(&parser->build, parser->word.column, E_EXPR_SYNTAX,
                               "%s is wanted, the expression ends", wanted);
    return expr_build_fail(&parser->build, parser->word.column, E_EXPR_SYNTAX, "%s is wanted",
                           wanted);
}

static void advance(struct parser *parser)
{
    parser->word = expr_lex_next(parser->text, &parser->at);
}

static bool accept(struct parser *parser, const char *text)
{
    if (!expr_lex_is(&parser->word, text))
        return false;
    advance(parser);
    return true;
}

static bool expect(struct parser *parser, const char *text)
{
    if (accept(parser, text))
        return true;
    fail_syntax(parser, text);
    return false;
}

/* Guards every path that can recurse without consuming an operand first. */
static bool enter(struct parser *parser)
{
    if (++parser->nesting <= EXPR_NESTING_MAX)
        return true;
    expr_build_fail(&parser->build, parser->word.column, E_EXPR_SYNTAX, "nested more than %d deep",
                    EXPR_NESTING_MAX);
    return false;
}

static bool is_named(const struct expr_lex_word *word, const char *name)
{
    return strlen(name) == word->size && memcmp(name, word->text, word->size) == 0;
}

static size_t find_group(const struct parser *parser, const struct expr_lex_word *word)
{
    for (size_t i = 0; i < parser->scope->group_count; i++) {
        if (is_named(word, parser->scope->groups[i].name))
            return i;
    }
    return NO_GROUP;
}

static size_t find_field(const struct parser *parser, size_t group,
                         const struct expr_lex_word *word)
{
    const struct expr_group *found = &parser->scope->groups[group];

    for (size_t i = 0; i < found->field_count; i++) {
        if (is_named(word, found->fields[i].name))
            return i;
    }
    return SIZE_MAX;
}

static void record_use(struct parser *parser, size_t group, size_t field_index)
{
    struct expr_use_link *link = emis_arena_alloc(parser->arena, sizeof(*link));

    link->use.group = group;
    link->use.field_index = field_index;
    link->use.field =
        field_index == SIZE_MAX ? NULL : &parser->scope->groups[group].fields[field_index];
    link->use.is_in_aggregate = parser->is_in_aggregate;
    *parser->uses_end = link;
    parser->uses_end = &link->next;
}

static struct expr_node *field_node(struct parser *parser, const struct expr_lex_word *word,
                                    size_t group)
{
    size_t index = find_field(parser, group, word);
    const struct expr_group *found = &parser->scope->groups[group];

    if (index == SIZE_MAX)
        return expr_build_fail(&parser->build, word->column, E_EXPR_TYPE, "%s has no field '%.*s'",
                               found->name, (int) word->size, word->text);
    const struct expr_field *field = &found->fields[index];
    if (!emis_text_is_identifier(found->name) ||
        !emis_text_is_identifier(field->column != NULL ? field->column : field->name))
        return expr_build_fail(&parser->build, word->column, E_EXPR_TYPE,
                               "'%.*s' is not an SQL identifier", (int) word->size, word->text);
    record_use(parser, group, index);
    return expr_build_field(&parser->build, word->column, group, index, field);
}

/* A name without a group, outside of aggregates: the row group's, else that of the one group that
 * does not repeat and has it. */
static struct expr_node *unqualified(struct parser *parser, const struct expr_lex_word *word)
{
    const struct expr_scope *scope = parser->scope;
    size_t found = NO_GROUP;

    if (parser->is_in_aggregate) {
        if (parser->aggregate_group == NO_GROUP)
            return expr_build_fail(&parser->build, word->column, E_EXPR_SYNTAX,
                                   "name the group first: group.%.*s", (int) word->size,
                                   word->text);
        return field_node(parser, word, parser->aggregate_group);
    }
    if (scope->row_group >= 0 && find_field(parser, (size_t) scope->row_group, word) != SIZE_MAX)
        return field_node(parser, word, (size_t) scope->row_group);
    for (size_t i = 0; i < scope->group_count; i++) {
        if (scope->groups[i].is_repeating || find_field(parser, i, word) == SIZE_MAX)
            continue;
        if (found != NO_GROUP)
            return expr_build_fail(&parser->build, word->column, E_EXPR_TYPE,
                                   "'%.*s' is in %s and in %s", (int) word->size, word->text,
                                   scope->groups[found].name, scope->groups[i].name);
        found = i;
    }
    if (found == NO_GROUP)
        return expr_build_fail(&parser->build, word->column, E_EXPR_TYPE, "no field '%.*s' here",
                               (int) word->size, word->text);
    return field_node(parser, word, found);
}

static struct expr_node *qualified(struct parser *parser, const struct expr_lex_word *group_word,
                                   const struct expr_lex_word *word)
{
    size_t group = find_group(parser, group_word);

    if (group == NO_GROUP)
        return expr_build_fail(&parser->build, group_word->column, E_EXPR_TYPE, "no group '%.*s'",
                               (int) group_word->size, group_word->text);
    const struct expr_group *found = &parser->scope->groups[group];
    if (parser->is_in_aggregate) {
        if (parser->aggregate_group == NO_GROUP)
            parser->aggregate_group = group;
        if (parser->aggregate_group != group)
            return expr_build_fail(&parser->build, group_word->column, E_EXPR_TYPE,
                                   "one sum, count, min or max is over one group, this is %s",
                                   found->name);
    } else if (found->is_repeating && parser->scope->row_group != (int) group) {
        return expr_build_fail(&parser->build, group_word->column, E_EXPR_TYPE,
                               "%s repeats: use sum, count, min or max", found->name);
    }
    return field_node(parser, word, group);
}

static bool is_reserved(const struct expr_lex_word *word)
{
    static const char *const reserved[] = {"and",     "or",    "not",  "in",
                                           "between", "where", "true", "false"};

    for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
        if (expr_lex_is(word, reserved[i]))
            return true;
    }
    return false;
}

static struct expr_node *parse_name(struct parser *parser)
{
    struct expr_lex_word first = parser->word;

    advance(parser);
    if (!accept(parser, "."))
        return unqualified(parser, &first);
    struct expr_lex_word second = parser->word;
    if (second.kind != EXPR_LEX_NAME || is_reserved(&second))
        return fail_syntax(parser, "a field's name");
    advance(parser);
    return qualified(parser, &first, &second);
}

/* Behind `if (` */
static struct expr_node *parse_if(struct parser *parser, size_t column)
{
    struct expr_node *a, *b, *c;

    if ((a = parse_or(parser)) == NULL || !expect(parser, ",") || (b = parse_or(parser)) == NULL ||
        !expect(parser, ",") || (c = parse_or(parser)) == NULL || !expect(parser, ")"))
        return NULL;
    return expr_build_if(&parser->build, column, a, b, c);
}

/* Behind `divide (` */
static struct expr_node *parse_divide(struct parser *parser, size_t column)
{
    struct expr_node *a, *b;

    if ((a = parse_or(parser)) == NULL || !expect(parser, ",") || (b = parse_or(parser)) == NULL ||
        !expect(parser, ")"))
        return NULL;
    return expr_build_binary(&parser->build, column, EXPR_OP_DIVIDE, a, b);
}

/* Behind `count (`: the group's name. */
static bool parse_counted_group(struct parser *parser)
{
    struct expr_lex_word word = parser->word;

    if (word.kind != EXPR_LEX_NAME) {
        fail_syntax(parser, "a group's name");
        return false;
    }
    parser->aggregate_group = find_group(parser, &word);
    if (parser->aggregate_group == NO_GROUP) {
        expr_build_fail(&parser->build, word.column, E_EXPR_TYPE, "no group '%.*s'",
                        (int) word.size, word.text);
        return false;
    }
    record_use(parser, parser->aggregate_group, SIZE_MAX);
    advance(parser);
    return true;
}

/* Behind `sum (`, `count (`, `min (` or `max (`. */
static struct expr_node *parse_aggregate(struct parser *parser, size_t column, enum expr_op op)
{
    struct expr_node *a = NULL, *where = NULL;

    if (parser->is_in_aggregate)
        return expr_build_fail(&parser->build, column, E_EXPR_SYNTAX,
                               "sum, count, min and max do not stand inside each other");
    parser->is_in_aggregate = true;
    parser->aggregate_group = NO_GROUP;
    if (op == EXPR_OP_COUNT ? !parse_counted_group(parser) : (a = parse_or(parser)) == NULL)
        return NULL;
    if (accept(parser, "where") && (where = parse_or(parser)) == NULL)
        return NULL;
    if (!expect(parser, ")"))
        return NULL;
    parser->is_in_aggregate = false;
    if (parser->aggregate_group == NO_GROUP)
        return expr_build_fail(&parser->build, column, E_EXPR_TYPE, "no group is named inside");
    return expr_build_aggregate(&parser->build, column, op, parser->aggregate_group, a, where);
}

static struct expr_node *parse_missing(struct parser *parser, size_t column)
{
    struct expr_node *a = parse_or(parser);

    if (a == NULL || !expect(parser, ")"))
        return NULL;
    return expr_build_unary(&parser->build, column, EXPR_OP_MISSING, a);
}

static struct expr_node *parse_call(struct parser *parser)
{
    struct expr_lex_word name = parser->word;
    struct expr_node *node;

    if (!enter(parser))
        return NULL;
    advance(parser);
    advance(parser);
    if (expr_lex_is(&name, "if"))
        node = parse_if(parser, name.column);
    else if (expr_lex_is(&name, "divide"))
        node = parse_divide(parser, name.column);
    else if (expr_lex_is(&name, "missing"))
        node = parse_missing(parser, name.column);
    else if (expr_lex_is(&name, "sum"))
        node = parse_aggregate(parser, name.column, EXPR_OP_SUM);
    else if (expr_lex_is(&name, "count"))
        node = parse_aggregate(parser, name.column, EXPR_OP_COUNT);
    else if (expr_lex_is(&name, "min"))
        node = parse_aggregate(parser, name.column, EXPR_OP_MIN);
    else if (expr_lex_is(&name, "max"))
        node = parse_aggregate(parser, name.column, EXPR_OP_MAX);
    else
        node = expr_build_fail(&parser->build, name.column, E_EXPR_SYNTAX, "no function '%.*s'",
                               (int) name.size, name.text);
    parser->nesting--;
    return node;
}

static struct expr_node *parse_parentheses(struct parser *parser)
{
    if (!enter(parser))
        return NULL;
    advance(parser);
    struct expr_node *node = parse_or(parser);
    if (node == NULL || !expect(parser, ")"))
        return NULL;
    parser->nesting--;
    return node;
}

static bool is_call(const struct parser *parser)
{
    size_t at = parser->at;
    struct expr_lex_word next = expr_lex_next(parser->text, &at);

    return expr_lex_is(&next, "(");
}

static struct expr_node *parse_primary(struct parser *parser)
{
    struct expr_lex_word word = parser->word;

    if (word.kind == EXPR_LEX_NUMBER) {
        advance(parser);
        return expr_build_number(&parser->build, word.column, word.text, word.size);
    }
    if (word.kind == EXPR_LEX_STRING) {
        advance(parser);
        return expr_build_string(&parser->build, word.column, word.text, word.size);
    }
    if (accept(parser, "true"))
        return expr_build_bool(&parser->build, word.column, true);
    if (accept(parser, "false"))
        return expr_build_bool(&parser->build, word.column, false);
    if (expr_lex_is(&word, "("))
        return parse_parentheses(parser);
    if (word.kind != EXPR_LEX_NAME || is_reserved(&word))
        return fail_syntax(parser, word.kind == EXPR_LEX_WRONG && *word.text == '\''
                                       ? "a closed quoted code of letters, digits, _ and -"
                                       : "a value");
    return is_call(parser) ? parse_call(parser) : parse_name(parser);
}

static struct expr_node *parse_minus(struct parser *parser)
{
    size_t column = parser->word.column;

    if (!accept(parser, "-"))
        return parse_primary(parser);
    if (!enter(parser))
        return NULL;
    struct expr_node *a = parse_minus(parser);
    parser->nesting--;
    return a == NULL ? NULL : expr_build_unary(&parser->build, column, EXPR_OP_NEGATE, a);
}

static struct expr_node *parse_product(struct parser *parser)
{
    struct expr_node *a = parse_minus(parser);

    while (a != NULL && expr_lex_is(&parser->word, "*")) {
        size_t column = parser->word.column;
        advance(parser);
        struct expr_node *b = parse_minus(parser);
        a = b == NULL ? NULL : expr_build_binary(&parser->build, column, EXPR_OP_MULTIPLY, a, b);
    }
    return a;
}

static struct expr_node *parse_sum(struct parser *parser)
{
    struct expr_node *a = parse_product(parser);

    while (a != NULL && (expr_lex_is(&parser->word, "+") || expr_lex_is(&parser->word, "-"))) {
        struct expr_lex_word sign = parser->word;
        advance(parser);
        struct expr_node *b = parse_product(parser);
        a = b == NULL ? NULL
                      : expr_build_binary(&parser->build, sign.column,
                                          *sign.text == '+' ? EXPR_OP_ADD : EXPR_OP_SUBTRACT, a, b);
    }
    return a;
}

/* Behind `in`: constants only, since SQL leaves open which of several expressions it evaluates. */
static struct expr_node *parse_in(struct parser *parser, size_t column, struct expr_node *a)
{
    struct expr_node *any = NULL;

    if (!expect(parser, "("))
        return NULL;
    do {
        size_t item_column = parser->word.column;
        struct expr_node *item = parse_minus(parser);
        if (item == NULL)
            return NULL;
        if (item->op != EXPR_OP_CONSTANT)
            return expr_build_fail(&parser->build, item_column, E_EXPR_SYNTAX,
                                   "only constants stand after in");
        struct expr_node *equal = expr_build_binary(&parser->build, column, EXPR_OP_EQ, a, item);
        if (equal == NULL)
            return NULL;
        any =
            any == NULL ? equal : expr_build_binary(&parser->build, column, EXPR_OP_OR, any, equal);
        if (any == NULL)
            return NULL;
    } while (accept(parser, ","));
    return expect(parser, ")") ? any : NULL;
}

/* Behind `between`. */
static struct expr_node *parse_between(struct parser *parser, size_t column, struct expr_node *a)
{
    struct expr_node *low = parse_sum(parser);
    if (low == NULL || !expect(parser, "and"))
        return NULL;
    struct expr_node *high = parse_sum(parser);
    if (high == NULL)
        return NULL;
    struct expr_node *not_below = expr_build_binary(&parser->build, column, EXPR_OP_GE, a, low);
    if (not_below == NULL)
        return NULL;
    struct expr_node *not_above = expr_build_binary(&parser->build, column, EXPR_OP_LE, a, high);
    return not_above == NULL
               ? NULL
               : expr_build_binary(&parser->build, column, EXPR_OP_AND, not_below, not_above);
}

static bool comparison_of(const struct expr_lex_word *word, enum expr_op *ret)
{
    static const struct {
        const char *text;
        enum expr_op op;
    } comparisons[] = {{"=", EXPR_OP_EQ},  {"<>", EXPR_OP_NE}, {"<", EXPR_OP_LT},
                       {"<=", EXPR_OP_LE}, {">", EXPR_OP_GT},  {">=", EXPR_OP_GE}};

    for (size_t i = 0; i < sizeof(comparisons) / sizeof(comparisons[0]); i++) {
        if (expr_lex_is(word, comparisons[i].text)) {
            *ret = comparisons[i].op;
            return true;
        }
    }
    return false;
}

static struct expr_node *parse_comparison(struct parser *parser)
{
    enum expr_op op;
    struct expr_node *a = parse_sum(parser);

    if (a == NULL)
        return NULL;
    size_t column = parser->word.column;
    if (comparison_of(&parser->word, &op)) {
        advance(parser);
        struct expr_node *b = parse_sum(parser);
        return b == NULL ? NULL : expr_build_binary(&parser->build, column, op, a, b);
    }
    bool is_negated = accept(parser, "not");
    if (accept(parser, "in"))
        a = parse_in(parser, column, a);
    else if (accept(parser, "between"))
        a = parse_between(parser, column, a);
    else if (is_negated)
        return fail_syntax(parser, "in or between");
    return is_negated && a != NULL ? expr_build_unary(&parser->build, column, EXPR_OP_NOT, a) : a;
}

static struct expr_node *parse_not(struct parser *parser)
{
    size_t column = parser->word.column;

    if (!accept(parser, "not"))
        return parse_comparison(parser);
    if (!enter(parser))
        return NULL;
    struct expr_node *a = parse_not(parser);
    parser->nesting--;
    return a == NULL ? NULL : expr_build_unary(&parser->build, column, EXPR_OP_NOT, a);
}

static struct expr_node *parse_and(struct parser *parser)
{
    struct expr_node *a = parse_not(parser);

    while (a != NULL && expr_lex_is(&parser->word, "and")) {
        size_t column = parser->word.column;
        advance(parser);
        struct expr_node *b = parse_not(parser);
        a = b == NULL ? NULL : expr_build_binary(&parser->build, column, EXPR_OP_AND, a, b);
    }
    return a;
}

static struct expr_node *parse_or(struct parser *parser)
{
    struct expr_node *a = parse_and(parser);

    while (a != NULL && expr_lex_is(&parser->word, "or")) {
        size_t column = parser->word.column;
        advance(parser);
        struct expr_node *b = parse_and(parser);
        a = b == NULL ? NULL : expr_build_binary(&parser->build, column, EXPR_OP_OR, a, b);
    }
    return a;
}

/* What is left after folding: number the aggregates, note fields outside of them. */
static bool take_stock(struct expr_build *build, struct expr *expr, struct expr_node *node)
{
    if (node == NULL)
        return true;
    if (!expr_node_is_aggregate(node)) {
        expr->has_row_field = expr->has_row_field || node->op == EXPR_OP_FIELD;
        return take_stock(build, expr, node->a) && take_stock(build, expr, node->b) &&
               take_stock(build, expr, node->c);
    }
    if (node->aggregate != SIZE_MAX)
        return true;
    if (expr->aggregate_count == EXPR_AGGREGATES_MAX) {
        expr_build_fail(build, node->column, E_EXPR_SYNTAX,
                        "more than %d of sum, count, min and max", EXPR_AGGREGATES_MAX);
        return false;
    }
    node->aggregate = expr->aggregate_count;
    expr->aggregates[expr->aggregate_count++] = node;
    return true;
}

bool expr_compile(struct emis_arena *arena, const char *text, const struct expr_scope *scope,
                  const struct expr **ret, struct emis_error *err)
{
    struct parser parser = {
        .build = {.arena = arena, .err = err}, .arena = arena, .scope = scope, .text = text};

    if (strnlen(text, EXPR_TEXT_BYTES_MAX + 1) > EXPR_TEXT_BYTES_MAX)
        return emis_error_set(err, E_EXPR_SYNTAX,
                              "column 1: the expression is longer than %d bytes",
                              EXPR_TEXT_BYTES_MAX);
    struct expr *expr = emis_arena_alloc(arena, sizeof(*expr));
    expr->scope = scope;
    parser.uses_end = &expr->uses;
    advance(&parser);
    struct expr_node *root = parse_or(&parser);
    if (root == NULL)
        return false;
    if (parser.word.kind != EXPR_LEX_END) {
        fail_syntax(&parser, "an operator or the end");
        return false;
    }
    if (!take_stock(&parser.build, expr, root))
        return false;
    expr->root = root;
    *ret = expr;
    return true;
}

enum expr_type expr_result_type(const struct expr *expr)
{
    return expr->root->type;
}

unsigned expr_result_scale(const struct expr *expr)
{
    return expr->root->scale;
}

const struct expr_codes *expr_result_codes(const struct expr *expr)
{
    return expr->root->codes;
}

bool expr_has_aggregate(const struct expr *expr)
{
    return expr->aggregate_count > 0;
}

bool expr_has_row_field(const struct expr *expr)
{
    return expr->has_row_field;
}

void expr_uses(const struct expr *expr, expr_use_fn callback, void *context)
{
    for (const struct expr_use_link *link = expr->uses; link != NULL; link = link->next)
        callback(context, &link->use);
}
