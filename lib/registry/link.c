/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/registry/link.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/memory.h"
#include "lib/registry/link_area.h"

#define SCORE_REVIEW 600
#define SCORE_AUTO   850
#define MARGIN_AUTO  100
#define SCORE_SAME   970
#define MARGIN_SAME  30

/* The two best scores that something reached. */
struct best {
    int first, second;
};

struct pair {
    size_t entry, unit;
    int score;
    bool is_sure; /* of the entry's area */
};

struct linking {
    struct emis_arena *arena;
    const struct registry_link_words *words;
    const struct registry_link_input *input;
    const struct registry_link_area_match *areas; /* of each entry */
    struct registry_link_name **unit_names;
    size_t *unit_next;  /* next unit of the same lowest area */
    size_t *first_unit; /* of each area */
    size_t *area_next;  /* next area under the same parent */
    size_t *first_area;
    struct best *entry_best, *unit_best;
    struct pair *pairs; /* on the heap while it grows */
    size_t pair_count, pair_room;
    struct registry_link_proposal *proposals;
};

static void read_unit_names(struct linking *linking)
{
    const struct registry_link_input *input = linking->input;
    linking->unit_names =
        emis_arena_alloc(linking->arena, (input->unit_count + 1) * sizeof *linking->unit_names);
    for (size_t i = 0; i < input->unit_count; i++) {
        const struct registry_link_place *unit = &input->units[i];
        linking->unit_names[i] = emis_arena_alloc(
            linking->arena, (unit->name_count + 1) * sizeof *linking->unit_names[i]);
        for (size_t j = 0; j < unit->name_count; j++) {
            registry_link_name_read(linking->arena, linking->words, unit->names[j],
                                    &linking->unit_names[i][j]);
        }
    }
}

/* Lists of the places under each area; the first stands first. */
static void list_under(struct linking *linking, const struct registry_link_place *places,
                       size_t count, size_t **ret_first, size_t **ret_next)
{
    size_t areas = linking->input->area_count;
    size_t *first = emis_arena_alloc(linking->arena, (areas + 1) * sizeof *first);
    size_t *next = emis_arena_alloc(linking->arena, (count + 1) * sizeof *next);
    for (size_t i = 0; i < areas; i++) {
        first[i] = REGISTRY_LINK_NONE;
    }
    for (size_t i = count; i-- > 0;) {
        size_t parent = places[i].parent;
        next[i] = REGISTRY_LINK_NONE;
        if (parent != REGISTRY_LINK_NONE) {
            next[i] = first[parent];
            first[parent] = i;
        }
    }
    *ret_first = first;
    *ret_next = next;
}

static void note_best(struct best *best, int score)
{
    if (score > best->first) {
        best->second = best->first;
        best->first = score;
    } else if (score > best->second) {
        best->second = score;
    }
}

static void add_pair(struct linking *linking, struct pair pair)
{
    if (linking->pair_count == linking->pair_room) {
        linking->pair_room = linking->pair_room * 2 + 1024;
        linking->pairs = emis_realloc(linking->pairs, linking->pair_room * sizeof *linking->pairs);
    }
    linking->pairs[linking->pair_count++] = pair;
}

static void compare_unit(struct linking *linking, size_t entry,
                         const struct registry_link_name *name, size_t unit)
{
    bool is_sure = linking->areas[entry].is_sure;
    int best = 0;
    for (size_t i = 0; i < linking->input->units[unit].name_count; i++) {
        int score = registry_link_name_score(name, &linking->unit_names[unit][i]);
        best = score > best ? score : best;
    }
    note_best(&linking->entry_best[entry], best);
    if (is_sure) { /* one whose area is a guess is no rival to those whose area is known */
        note_best(&linking->unit_best[unit], best);
    }
    if (best >= SCORE_REVIEW) {
        add_pair(linking, (struct pair){entry, unit, best, is_sure});
    }
}

static void compare_below(struct linking *linking, size_t entry,
                          const struct registry_link_name *name, size_t area)
{
    for (size_t unit = linking->first_unit[area]; unit != REGISTRY_LINK_NONE;
         unit = linking->unit_next[unit]) {
        compare_unit(linking, entry, name, unit);
    }
    for (size_t below = linking->first_area[area]; below != REGISTRY_LINK_NONE;
         below = linking->area_next[below]) {
        compare_below(linking, entry, name, below); /* as deep as the country has levels */
    }
}

static void compare_entries(struct linking *linking)
{
    const struct registry_link_input *input = linking->input;
    for (size_t i = 0; i < input->entry_count; i++) {
        struct registry_link_name name;
        if (linking->areas[i].area != REGISTRY_LINK_NONE) {
            registry_link_name_read(linking->arena, linking->words, input->entries[i].name, &name);
            compare_below(linking, i, &name, linking->areas[i].area);
        }
    }
}

static int compare_pairs(const void *left, const void *right)
{
    const struct pair *a = left;
    const struct pair *b = right;
    if (a->is_sure != b->is_sure) {
        return a->is_sure ? -1 : 1;
    }
    if (a->score != b->score) {
        return a->score > b->score ? -1 : 1;
    }
    if (a->entry != b->entry) {
        return a->entry < b->entry ? -1 : 1;
    }
    return (a->unit > b->unit) - (a->unit < b->unit);
}

static int best_other(const struct best *best, int score)
{
    return score == best->first ? best->second : best->first;
}

static enum registry_link_status status_of(const struct pair *pair, int margin)
{
    bool is_near = (pair->score >= SCORE_SAME && margin >= MARGIN_SAME) ||
                   (pair->score >= SCORE_AUTO && margin >= MARGIN_AUTO);
    return is_near && pair->is_sure ? REGISTRY_LINK_AUTO : REGISTRY_LINK_REVIEW;
}

/* The nearest pairs first; what is taken is taken. */
static void assign(struct linking *linking)
{
    bool *is_taken = emis_arena_alloc(linking->arena, linking->input->unit_count + 1);
    if (linking->pair_count > 1) {
        qsort(linking->pairs, linking->pair_count, sizeof *linking->pairs, compare_pairs);
    }
    for (size_t i = 0; i < linking->pair_count; i++) {
        const struct pair *pair = &linking->pairs[i];
        struct registry_link_proposal *proposal = &linking->proposals[pair->entry];
        if (proposal->unit != REGISTRY_LINK_NONE || is_taken[pair->unit]) {
            continue;
        }
        int here = best_other(&linking->entry_best[pair->entry], pair->score);
        int there = pair->is_sure ? best_other(&linking->unit_best[pair->unit], pair->score)
                                  : linking->unit_best[pair->unit].first;
        is_taken[pair->unit] = true;
        proposal->unit = pair->unit;
        proposal->score = pair->score;
        proposal->margin = pair->score - (here > there ? here : there);
        proposal->status = status_of(pair, proposal->margin);
    }
}

const struct registry_link_proposal *registry_link_propose(struct emis_arena *arena,
                                                           const struct registry_link_input *input)
{
    struct linking linking = {.arena = arena, .input = input};
    linking.words = registry_link_words_new(arena, input->words, input->word_count);
    linking.areas = registry_link_area_match(arena, linking.words, input);
    linking.entry_best =
        emis_arena_alloc(arena, (input->entry_count + 1) * sizeof *linking.entry_best);
    linking.unit_best =
        emis_arena_alloc(arena, (input->unit_count + 1) * sizeof *linking.unit_best);
    linking.proposals =
        emis_arena_alloc(arena, (input->entry_count + 1) * sizeof *linking.proposals);
    read_unit_names(&linking);
    list_under(&linking, input->units, input->unit_count, &linking.first_unit, &linking.unit_next);
    list_under(&linking, input->areas, input->area_count, &linking.first_area, &linking.area_next);
    compare_entries(&linking);
    for (size_t i = 0; i < input->entry_count; i++) {
        linking.proposals[i] =
            (struct registry_link_proposal){.unit = REGISTRY_LINK_NONE,
                                            .area = linking.areas[i].area,
                                            .score = linking.entry_best[i].first};
    }
    assign(&linking);
    free(linking.pairs);
    return linking.proposals;
}

const char *registry_link_status_name(enum registry_link_status status)
{
    switch (status) {
    case REGISTRY_LINK_AUTO:
        return "auto";
    case REGISTRY_LINK_REVIEW:
        return "review";
    case REGISTRY_LINK_NO_MATCH:
        break;
    }
    return "none";
}
