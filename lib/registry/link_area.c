/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/registry/link_area.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"

#define SCORE_MIN  700 /* from here on two names may be one area's */
#define SCORE_SURE 970

/* A distinct area of the foreign list: a name under a parent. */
struct node {
    const char *text;
    struct registry_link_name name;
    size_t parent; /* node, or REGISTRY_LINK_NONE */
    struct registry_link_area_match match;
};

struct pair {
    size_t node, area;
    int score;
};

struct matching {
    struct emis_arena *arena;
    const struct registry_link_words *words;
    const struct registry_link_input *input;
    struct registry_link_name **names; /* of each area of the registry */
    struct node *nodes;
    size_t node_count;
    size_t *at;    /* node of each entry, at the depth reached */
    bool *is_used; /* areas, at this depth */
    struct pair *pairs;
    size_t pair_count, pair_room;
};

struct key {
    size_t parent;
    const char *text;
    size_t entry;
};

static int compare_keys(const void *left, const void *right)
{
    const struct key *a = left;
    const struct key *b = right;
    if (a->parent != b->parent) {
        return a->parent < b->parent ? -1 : 1;
    }
    int order = strcmp(a->text, b->text);
    return order != 0 ? order : (a->entry > b->entry) - (a->entry < b->entry);
}

/* The nodes of one depth, from sorted keys. Returns the first of them. */
static size_t add_nodes(struct matching *matching, size_t depth)
{
    const struct registry_link_input *input = matching->input;
    struct key *keys = emis_arena_alloc(matching->arena, (input->entry_count + 1) * sizeof *keys);
    size_t count = 0, first = matching->node_count;
    for (size_t i = 0; i < input->entry_count; i++) {
        if (*input->entries[i].areas[depth] != '\0') {
            keys[count++] = (struct key){matching->at[i], input->entries[i].areas[depth], i};
        }
    }
    qsort(keys, count, sizeof *keys, compare_keys);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || keys[i].parent != keys[i - 1].parent ||
            strcmp(keys[i].text, keys[i - 1].text) != 0) {
            struct node *node = &matching->nodes[matching->node_count++];
            *node = (struct node){.text = keys[i].text, .parent = keys[i].parent};
            registry_link_name_read(matching->arena, matching->words, node->text, &node->name);
        }
        matching->at[keys[i].entry] = matching->node_count - 1;
    }
    return first;
}

static bool is_below(const struct registry_link_input *input, size_t area, size_t top)
{
    while (area != REGISTRY_LINK_NONE && area != top) {
        area = input->areas[area].parent;
    }
    return area == top;
}

static int score_of(const struct matching *matching, const struct node *node, size_t area)
{
    int best = 0;
    for (size_t i = 0; i < matching->input->areas[area].name_count; i++) {
        int score = registry_link_name_score(&node->name, &matching->names[area][i]);
        best = score > best ? score : best;
    }
    return best;
}

static void add_pair(struct matching *matching, struct pair pair)
{
    if (matching->pair_count == matching->pair_room) {
        size_t room = matching->pair_room * 2 + 256;
        struct pair *pairs = emis_arena_alloc(matching->arena, room * sizeof *pairs);
        if (matching->pair_count > 0) {
            memcpy(pairs, matching->pairs, matching->pair_count * sizeof *pairs);
        }
        matching->pairs = pairs;
        matching->pair_room = room;
    }
    matching->pairs[matching->pair_count++] = pair;
}

static void compare_node(struct matching *matching, size_t node)
{
    size_t parent = matching->nodes[node].parent;
    size_t top =
        parent == REGISTRY_LINK_NONE ? REGISTRY_LINK_NONE : matching->nodes[parent].match.area;
    /* An area under one that is not known is not guessed at: its name may be anywhere. */
    if (parent != REGISTRY_LINK_NONE && top == REGISTRY_LINK_NONE) {
        return;
    }
    for (size_t area = 0; area < matching->input->area_count; area++) {
        if (area != top && is_below(matching->input, area, top)) {
            int score = score_of(matching, &matching->nodes[node], area);
            if (score >= SCORE_MIN) {
                add_pair(matching, (struct pair){node, area, score});
            }
        }
    }
}

static int compare_pairs(const void *left, const void *right)
{
    const struct pair *a = left;
    const struct pair *b = right;
    if (a->score != b->score) {
        return a->score > b->score ? -1 : 1;
    }
    if (a->node != b->node) {
        return a->node < b->node ? -1 : 1;
    }
    return (a->area > b->area) - (a->area < b->area);
}

/* An area without a match is taken as its parent, and no longer sure. */
static void inherit(struct matching *matching, size_t first)
{
    for (size_t i = first; i < matching->node_count; i++) {
        struct node *node = &matching->nodes[i];
        bool is_parent_sure = true;
        size_t above = REGISTRY_LINK_NONE;
        if (node->parent != REGISTRY_LINK_NONE) {
            is_parent_sure = matching->nodes[node->parent].match.is_sure;
            above = matching->nodes[node->parent].match.area;
        }
        node->match.is_sure = node->match.is_sure && is_parent_sure;
        if (node->match.area == REGISTRY_LINK_NONE) {
            node->match.area = above;
        }
    }
}

static void match_depth(struct matching *matching, size_t first)
{
    matching->pair_count = 0;
    memset(matching->is_used, 0, matching->input->area_count * sizeof *matching->is_used);
    for (size_t i = first; i < matching->node_count; i++) {
        matching->nodes[i].match = (struct registry_link_area_match){REGISTRY_LINK_NONE, false};
        compare_node(matching, i);
    }
    if (matching->pair_count > 1) {
        qsort(matching->pairs, matching->pair_count, sizeof *matching->pairs, compare_pairs);
    }
    for (size_t i = 0; i < matching->pair_count; i++) {
        const struct pair *pair = &matching->pairs[i];
        struct registry_link_area_match *match = &matching->nodes[pair->node].match;
        if (match->area == REGISTRY_LINK_NONE && !matching->is_used[pair->area]) {
            *match = (struct registry_link_area_match){pair->area, pair->score >= SCORE_SURE};
            matching->is_used[pair->area] = true;
        }
    }
    inherit(matching, first);
}

static void read_names(struct matching *matching)
{
    const struct registry_link_input *input = matching->input;
    matching->names =
        emis_arena_alloc(matching->arena, (input->area_count + 1) * sizeof *matching->names);
    for (size_t i = 0; i < input->area_count; i++) {
        matching->names[i] = emis_arena_alloc(matching->arena, (input->areas[i].name_count + 1) *
                                                                   sizeof *matching->names[i]);
        for (size_t j = 0; j < input->areas[i].name_count; j++) {
            registry_link_name_read(matching->arena, matching->words, input->areas[i].names[j],
                                    &matching->names[i][j]);
        }
    }
}

const struct registry_link_area_match *
registry_link_area_match(struct emis_arena *arena, const struct registry_link_words *words,
                         const struct registry_link_input *input)
{
    struct matching matching = {.arena = arena, .words = words, .input = input};
    struct registry_link_area_match *matches =
        emis_arena_alloc(arena, (input->entry_count + 1) * sizeof *matches);
    size_t node_room = input->entry_count * input->entry_area_count + 1;
    read_names(&matching);
    matching.nodes = emis_arena_alloc(arena, node_room * sizeof *matching.nodes);
    matching.at = emis_arena_alloc(arena, (input->entry_count + 1) * sizeof *matching.at);
    matching.is_used = emis_arena_alloc(arena, input->area_count + 1);
    for (size_t i = 0; i < input->entry_count; i++) {
        matching.at[i] = REGISTRY_LINK_NONE;
    }
    for (size_t depth = 0; depth < input->entry_area_count; depth++) {
        match_depth(&matching, add_nodes(&matching, depth));
    }
    for (size_t i = 0; i < input->entry_count; i++) {
        matches[i] = matching.at[i] == REGISTRY_LINK_NONE
                         ? (struct registry_link_area_match){REGISTRY_LINK_NONE, false}
                         : matching.nodes[matching.at[i]].match;
    }
    return matches;
}
