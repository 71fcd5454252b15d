/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of schools and areas made comparable, and how alike two are. Latin and Arabic script: case,
 * marks, punctuation, tatweel and the variants of hamza, alef, yeh, kaf and teh marbuta do not
 * count; common words ("primary school") are a list of the caller. Pure.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct emis_arena;

#define REGISTRY_LINK_SCORE_MAX 1000

/* A phrase that names do not differ by. */
struct registry_link_word {
    const char *phrase;
    const char *replacement; /* what it counts as; "": nothing */
};

/* A run of code points. */
struct registry_link_text {
    const int32_t *points;
    size_t count;
};

struct registry_link_words; /* the list, read once */

struct registry_link_words *registry_link_words_new(struct emis_arena *arena,
                                                    const struct registry_link_word *words,
                                                    size_t count);

/* A name, taken apart once. Marks are tokens of one letter or of digits: what tells "Mtakuja A"
 * from "Mtakuja B". */
struct registry_link_name {
    struct registry_link_text whole;         /* every token, without spaces */
    struct registry_link_text core;          /* without common words and marks */
    struct registry_link_text sorted;        /* the core's tokens in alphabetical order */
    struct registry_link_text marks;         /* sorted, 0 between them */
    const struct registry_link_text *tokens; /* the core's, sorted */
    size_t token_count;
};

void registry_link_name_read(struct emis_arena *arena, const struct registry_link_words *words,
                             const char *text, struct registry_link_name *ret_name);

/*
 * 0 to REGISTRY_LINK_SCORE_MAX: the maximum when the names are the same but for spaces, 970 when
 * they are but for common words; else 1 - edit distance / longer length (insert, delete, change and
 * swap of neighbours count 1 each), or less when the tokens stand in another order or one name
 * holds the other; times 0.7 when the marks differ. Below 600 (before
 * the marks) it is 0.
 */
int registry_link_name_score(const struct registry_link_name *a,
                             const struct registry_link_name *b);
