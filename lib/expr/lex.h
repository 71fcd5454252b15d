/* SPDX-License-Identifier: Apache-2.0 */
/* The words of an expression, one at a time; private to lib/expr. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum expr_lex_kind {
    EXPR_LEX_END,
    EXPR_LEX_NUMBER, /* 12 or 12.5 */
    EXPR_LEX_STRING, /* 'x': [A-Za-z0-9_-] between the quotes; text and size are without them */
    EXPR_LEX_NAME,   /* [a-z][a-z0-9_]* */
    EXPR_LEX_SYMBOL, /* + - * ( ) , . = <> < <= > >= */
    EXPR_LEX_WRONG
};

struct expr_lex_word {
    enum expr_lex_kind kind;
    const char *text;
    size_t size;
    size_t column; /* from 1 */
};

/* The word at or after *at (an offset into text), which then stands behind it. */
struct expr_lex_word expr_lex_next(const char *text, size_t *at);

bool expr_lex_is(const struct expr_lex_word *word, const char *text);
