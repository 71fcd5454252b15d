/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/registry/link_name.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/text.h"

#define POINTS_MAX        200 /* of a name that is compared; the rest is cut */
#define TOKENS_MAX        32
#define SCORE_SAME_WORDS  970 /* the same but for common words */
#define SCORE_OTHER_ORDER 50  /* taken off when the tokens stand in another order */
#define SCORE_WORTH       500 /* names that cannot reach it are not compared: 0 */
#define SCORE_HOLDS       800 /* one name holds the other */
#define PERCENT_MARKS     70

struct tokens {
    struct registry_link_text items[TOKENS_MAX];
    size_t count;
};

struct phrase {
    struct tokens from, to;
};

struct registry_link_words {
    struct phrase *phrases; /* longest first */
    size_t count;
};

/* Letters that are written in several ways, after the marks were dropped. 0: not written at all. */
static int32_t canonical(int32_t point)
{
    switch (point) {
    case 0x0640: /* tatweel */
    case 0x0621: /* hamza on the line */
        return 0;
    case 0x0671: /* alef wasla */
        return 0x0627;
    case 0x0649: /* alef maksura */
    case 0x06CC: /* Farsi yeh */
    case 0x06D2: /* yeh barree */
        return 0x064A;
    case 0x06A9: /* keheh */
        return 0x0643;
    case 0x0629: /* teh marbuta */
    case 0x06C1: /* heh goal */
    case 0x06BE: /* heh doachashmee */
    case 0x06D5: /* ae */
        return 0x0647;
    default:
        break;
    }
    if (point >= 0x0660 && point <= 0x0669) { /* Arabic-Indic digits */
        return '0' + (point - 0x0660);
    }
    return point >= 0x06F0 && point <= 0x06F9 ? '0' + (point - 0x06F0) : point;
}

/* Inside a word it belongs to the word: Ng'ambo. */
static bool is_apostrophe(int32_t point)
{
    return point == '\'' || point == '`' || point == 0x2018 || point == 0x2019 || point == 0x02BC ||
           point == 0x00B4;
}

static void end_token(struct tokens *tokens, const int32_t *points, size_t start, size_t end)
{
    if (end > start && tokens->count < TOKENS_MAX) {
        tokens->items[tokens->count++] = (struct registry_link_text){points + start, end - start};
    }
}

static void split(struct emis_arena *arena, const char *text, struct tokens *tokens)
{
    size_t count, start = 0, end = 0;
    const int32_t *points = emis_text_fold(arena, text, strlen(text), &count);
    int32_t *kept = emis_arena_alloc(arena, (POINTS_MAX + 1) * sizeof *kept);
    tokens->count = 0;
    for (size_t i = 0; i < count && end < POINTS_MAX; i++) {
        int32_t point = canonical(points[i]);
        if (point == 0 || is_apostrophe(point)) {
            continue;
        }
        if (emis_text_is_word_point(point)) {
            kept[end++] = point;
        } else {
            end_token(tokens, kept, start, end);
            start = end;
        }
    }
    end_token(tokens, kept, start, end);
}

static int compare_texts(const void *left, const void *right)
{
    const struct registry_link_text *a = left;
    const struct registry_link_text *b = right;
    for (size_t i = 0; i < a->count && i < b->count; i++) {
        if (a->points[i] != b->points[i]) {
            return a->points[i] < b->points[i] ? -1 : 1;
        }
    }
    return (a->count > b->count) - (a->count < b->count);
}

static bool is_same(const struct registry_link_text *a, const struct registry_link_text *b)
{
    return a->count == b->count &&
           (a->count == 0 || memcmp(a->points, b->points, a->count * sizeof *a->points) == 0);
}

static int compare_phrases(const void *left, const void *right)
{
    const struct phrase *a = left;
    const struct phrase *b = right;
    return (a->from.count < b->from.count) - (a->from.count > b->from.count);
}

struct registry_link_words *registry_link_words_new(struct emis_arena *arena,
                                                    const struct registry_link_word *words,
                                                    size_t count)
{
    struct registry_link_words *list = emis_arena_alloc(arena, sizeof *list);
    list->phrases = emis_arena_alloc(arena, (count + 1) * sizeof *list->phrases);
    for (size_t i = 0; i < count; i++) {
        struct phrase *phrase = &list->phrases[list->count];
        split(arena, words[i].phrase, &phrase->from);
        split(arena, words[i].replacement, &phrase->to);
        list->count += phrase->from.count > 0;
    }
    qsort(list->phrases, list->count, sizeof *list->phrases, compare_phrases);
    return list;
}

/* The longest phrase that stands at a token, or NULL. */
static const struct phrase *find_phrase(const struct registry_link_words *words,
                                        const struct tokens *tokens, size_t at)
{
    for (size_t i = 0; i < words->count; i++) {
        const struct tokens *from = &words->phrases[i].from;
        size_t same = 0;
        while (same < from->count && at + same < tokens->count &&
               is_same(&from->items[same], &tokens->items[at + same])) {
            same++;
        }
        if (same == from->count) {
            return &words->phrases[i];
        }
    }
    return NULL;
}

static void replace(const struct registry_link_words *words, const struct tokens *from,
                    struct tokens *to)
{
    to->count = 0;
    for (size_t i = 0; i < from->count;) {
        const struct phrase *phrase = find_phrase(words, from, i);
        if (phrase == NULL) {
            end_token(to, from->items[i].points, 0, from->items[i].count);
            i++;
            continue;
        }
        for (size_t j = 0; j < phrase->to.count; j++) {
            end_token(to, phrase->to.items[j].points, 0, phrase->to.items[j].count);
        }
        i += phrase->from.count;
    }
}

static bool is_mark(const struct registry_link_text *token)
{
    for (size_t i = 0; i < token->count; i++) {
        if (token->points[i] < '0' || token->points[i] > '9') {
            return token->count == 1;
        }
    }
    return true;
}

static struct registry_link_text join(struct emis_arena *arena, const struct tokens *tokens,
                                      bool has_gaps)
{
    size_t count = 0;
    for (size_t i = 0; i < tokens->count; i++) {
        count += tokens->items[i].count + has_gaps;
    }
    int32_t *points = emis_arena_alloc(arena, (count + 1) * sizeof *points);
    count = 0;
    for (size_t i = 0; i < tokens->count; i++) {
        memcpy(points + count, tokens->items[i].points, tokens->items[i].count * sizeof *points);
        count += tokens->items[i].count + has_gaps;
    }
    return (struct registry_link_text){points, count};
}

static void part(const struct tokens *all, struct tokens *core, struct tokens *marks)
{
    core->count = marks->count = 0;
    for (size_t i = 0; i < all->count; i++) {
        struct tokens *to = is_mark(&all->items[i]) ? marks : core;
        to->items[to->count++] = all->items[i];
    }
}

static void sort(struct tokens *tokens)
{
    if (tokens->count > 1) {
        qsort(tokens->items, tokens->count, sizeof tokens->items[0], compare_texts);
    }
}

void registry_link_name_read(struct emis_arena *arena, const struct registry_link_words *words,
                             const char *text, struct registry_link_name *ret_name)
{
    struct tokens all, plain, core, marks;
    split(arena, text, &all);
    ret_name->whole = join(arena, &all, false);
    replace(words, &all, &plain);
    part(&plain, &core, &marks);
    if (core.count == 0) { /* nothing but common words and marks ("School 5"): by all of it */
        part(&all, &core, &marks);
    }
    sort(&marks);
    ret_name->marks = join(arena, &marks, true);
    ret_name->core = join(arena, &core, false);
    sort(&core);
    ret_name->sorted = join(arena, &core, false);
    struct registry_link_text *tokens = emis_arena_alloc(arena, (core.count + 1) * sizeof *tokens);
    for (size_t i = 0; i < core.count; i++) {
        tokens[i] = core.items[i];
    }
    ret_name->tokens = tokens;
    ret_name->token_count = core.count;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Optimal string alignment: Levenshtein with swaps of neighbours. At most POINTS_MAX points each.
 * Anything above limit when it is above limit: two rows in a row that lie above it cannot come
 * back.
 */
static size_t distance(const struct registry_link_text *a, const struct registry_link_text *b,
                       size_t limit)
{
    uint16_t rows[3][POINTS_MAX + 1];
    size_t low_before = 0;
    for (size_t j = 0; j <= b->count; j++) {
        rows[0][j] = (uint16_t) j;
    }
    for (size_t i = 1; i <= a->count; i++) {
        uint16_t *row = rows[i % 3], *above = rows[(i - 1) % 3], *twice = rows[(i + 1) % 3];
        size_t low = row[0] = (uint16_t) i;
        for (size_t j = 1; j <= b->count; j++) {
            bool is_other = a->points[i - 1] != b->points[j - 1];
            size_t best = least(least(above[j], row[j - 1]) + 1U, above[j - 1] + (size_t) is_other);
            if (is_other && i > 1 && j > 1 && a->points[i - 1] == b->points[j - 2] &&
                a->points[i - 2] == b->points[j - 1]) {
                best = least(best, twice[j - 2] + 1U);
            }
            row[j] = (uint16_t) best;
            low = least(low, best);
        }
        if (low > limit && low_before > limit) {
            return low;
        }
        low_before = low;
    }
    return rows[a->count % 3][b->count];
}

/* Changes that the letters alone ask for, wherever they stand: never more than the distance. */
static size_t letters_apart(const struct registry_link_text *a, const struct registry_link_text *b)
{
    int8_t surplus[32] = {0};
    size_t more = 0, fewer = 0;
    for (size_t i = 0; i < a->count; i++) {
        surplus[a->points[i] & 31]++;
    }
    for (size_t i = 0; i < b->count; i++) {
        surplus[b->points[i] & 31]--;
    }
    for (size_t i = 0; i < sizeof surplus; i++) {
        more += surplus[i] > 0 ? (size_t) surplus[i] : 0U;
        fewer += surplus[i] < 0 ? (size_t) -surplus[i] : 0U;
    }
    return more > fewer ? more : fewer;
}

/* 0 where it cannot reach worth_from. */
static int similarity(const struct registry_link_text *a, const struct registry_link_text *b,
                      int worth_from)
{
    size_t longer = a->count > b->count ? a->count : b->count;
    if (longer == 0 || longer > POINTS_MAX) {
        return 0;
    }
    size_t limit =
        longer * (size_t) (REGISTRY_LINK_SCORE_MAX - worth_from) / REGISTRY_LINK_SCORE_MAX;
    if (longer - least(a->count, b->count) > limit || letters_apart(a, b) > limit) {
        return 0;
    }
    size_t apart = distance(a, b, limit);
    return apart > limit ? 0 : (int) (REGISTRY_LINK_SCORE_MAX * (longer - apart) / longer);
}

/* Every token of the one with fewer is among those of the other; both are sorted. */
static bool is_held(const struct registry_link_name *a, const struct registry_link_name *b)
{
    const struct registry_link_name *few = a->token_count <= b->token_count ? a : b;
    const struct registry_link_name *many = few == a ? b : a;
    size_t found = 0;
    for (size_t i = 0; i < many->token_count && found < few->token_count; i++) {
        found += is_same(&few->tokens[found], &many->tokens[i]);
    }
    return few->token_count > 0 && found == few->token_count;
}

int registry_link_name_score(const struct registry_link_name *a, const struct registry_link_name *b)
{
    if (a->whole.count > 0 && is_same(&a->whole, &b->whole)) {
        return REGISTRY_LINK_SCORE_MAX;
    }
    int score = is_held(a, b) ? SCORE_HOLDS : 0;
    int worth_from = score > SCORE_WORTH ? score : SCORE_WORTH;
    int straight = similarity(&a->core, &b->core, worth_from);
    int other = a->token_count < 2 && b->token_count < 2
                    ? 0 /* there is no other order */
                    : similarity(&a->sorted, &b->sorted, worth_from) - SCORE_OTHER_ORDER;
    score = straight > score ? straight : score;
    score = other > score ? other : score;
    score = score > SCORE_SAME_WORDS ? SCORE_SAME_WORDS : score;
    return is_same(&a->marks, &b->marks) ? score : score * PERCENT_MARKS / 100;
}
