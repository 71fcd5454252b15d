/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/expr/lex.h"

#include <string.h>

#define LOWER  "abcdefghijklmnopqrstuvwxyz"
#define UPPER  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

static size_t number_size(const char *text)
{
    size_t size = strspn(text, DIGITS);

    if (text[size] == '.') {
        size_t fraction = strspn(text + size + 1, DIGITS);
        if (fraction > 0)
            size += 1 + fraction;
    }
    return size;
}

static size_t symbol_size(const char *text)
{
    if (strncmp(text, "<>", 2) == 0 || strncmp(text, "<=", 2) == 0 || strncmp(text, ">=", 2) == 0)
        return 2;
    return strchr("+-*(),.=<>", text[0]) != NULL ? 1 : 0;
}

struct expr_lex_word expr_lex_next(const char *text, size_t *at)
{
    const char *start = text + *at + strspn(text + *at, " \t\r\n");
    struct expr_lex_word word = {
        .kind = EXPR_LEX_WRONG, .text = start, .size = 1, .column = (size_t) (start - text) + 1};
    size_t behind = 1;

    if (*start == '\0') {
        word.kind = EXPR_LEX_END;
        word.size = behind = 0;
    } else if (strchr(DIGITS, *start) != NULL) {
        word.kind = EXPR_LEX_NUMBER;
        word.size = behind = number_size(start);
        if (start[behind] != '\0' && strchr(LOWER UPPER "_", start[behind]) != NULL)
            word.kind = EXPR_LEX_WRONG;
    } else if (strchr(LOWER, *start) != NULL) {
        word.kind = EXPR_LEX_NAME;
        word.size = behind = strspn(start, LOWER DIGITS "_");
    } else if (*start == '\'') {
        size_t inside = strspn(start + 1, LOWER UPPER DIGITS "_-");
        if (inside > 0 && start[1 + inside] == '\'') {
            word.kind = EXPR_LEX_STRING;
            word.text = start + 1;
            word.size = inside;
            behind = inside + 2;
        }
    } else if (symbol_size(start) > 0) {
        word.kind = EXPR_LEX_SYMBOL;
        word.size = behind = symbol_size(start);
    }
    *at = (size_t) (start - text) + behind;
    return word;
}

bool expr_lex_is(const struct expr_lex_word *word, const char *text)
{
    return (word->kind == EXPR_LEX_NAME || word->kind == EXPR_LEX_SYMBOL) &&
           strlen(text) == word->size && memcmp(word->text, text, word->size) == 0;
}
