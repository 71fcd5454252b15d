/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/submission/decide.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/registry/snapshot.h"

#define NONE SIZE_MAX

static bool is_judged_valid(const struct submission_decide_item *item)
{
    return item->submission->verdict == SUBMISSION_VALID && item->refused == EMIS_OK;
}

static int compare_i32(int32_t a, int32_t b)
{
    return (a > b) - (a < b);
}

static int compare_keys(const struct submission_key *a, const struct submission_key *b)
{
    int order = compare_i32(a->form_id, b->form_id);

    order = order != 0 ? order : compare_i32(a->period_id, b->period_id);
    order = order != 0 ? order : compare_i32(a->unit_id, b->unit_id);
    return order != 0 ? order : strcmp(a->part_key, b->part_key);
}

static int compare_keys_void(const void *a, const void *b)
{
    return compare_keys(a, b);
}

static struct submission_key key_of_submission(const struct submission *submission)
{
    return (struct submission_key){
        .form_id = submission->form->number,
        .period_id = submission->period->period_id,
        .unit_id = submission->unit->unit_id,
        .part_key = submission->part_key,
    };
}

static void collect_keys(struct submission_decide *decide, struct emis_arena *arena)
{
    size_t count = 0, kept = 0;

    decide->keys = emis_arena_alloc(arena, (decide->count + 1) * sizeof(*decide->keys));
    for (size_t i = 0; i < decide->count; i++) {
        if (is_judged_valid(&decide->items[i])) {
            decide->keys[count++] = key_of_submission(decide->items[i].submission);
        }
    }
    qsort(decide->keys, count, sizeof(*decide->keys), compare_keys_void);
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || compare_keys(&decide->keys[kept - 1], &decide->keys[i]) != 0) {
            decide->keys[kept++] = decide->keys[i];
        }
    }
    decide->key_count = kept;
}

static struct submission_key *find_key(struct submission_decide *decide,
                                       const struct submission_key *wanted)
{
    return bsearch(wanted, decide->keys, decide->key_count, sizeof(*decide->keys),
                   compare_keys_void);
}

struct id_position {
    uint8_t id[16];
    int32_t unit_id;
    size_t index;
};

static int compare_id_positions(const void *left, const void *right)
{
    const struct id_position *a = left, *b = right;
    int order = memcmp(a->id, b->id, sizeof(a->id));

    order = order != 0 ? order : compare_i32(a->unit_id, b->unit_id);
    return order != 0 ? order : (a->index > b->index) - (a->index < b->index);
}

/* Ids that occur more than once in the range: each item gets its nearest predecessor. */
static void link_ids(struct submission_decide *decide, struct emis_arena *arena)
{
    size_t count = 0;
    struct id_position *positions =
        emis_arena_alloc(arena, (decide->count + 1) * sizeof(*positions));

    for (size_t i = 0; i < decide->count; i++) {
        const struct submission_decide_item *item = &decide->items[i];

        decide->earlier_id[i] = NONE;
        if (is_judged_valid(item)) {
            memcpy(positions[count].id, item->submission->submission_id,
                   sizeof(positions[count].id));
            positions[count].unit_id = item->submission->unit->unit_id;
            positions[count++].index = i;
        }
    }
    qsort(positions, count, sizeof(*positions), compare_id_positions);
    for (size_t i = 1; i < count; i++) {
        if (memcmp(positions[i - 1].id, positions[i].id, sizeof(positions[i].id)) == 0 &&
            positions[i - 1].unit_id == positions[i].unit_id) {
            decide->earlier_id[positions[i].index] = positions[i - 1].index;
        }
    }
}

struct submission_decide *submission_decide_new(struct emis_arena *arena,
                                                const struct submission_decide_item *items,
                                                size_t count)
{
    struct submission_decide *decide = emis_arena_alloc(arena, sizeof(*decide));

    EMIS_ASSERT(count > 0);
    decide->items = items;
    decide->count = count;
    decide->outcomes = emis_arena_alloc(arena, count * sizeof(*decide->outcomes));
    decide->key_of = emis_arena_alloc(arena, count * sizeof(*decide->key_of));
    decide->earlier_id = emis_arena_alloc(arena, count * sizeof(*decide->earlier_id));
    decide->known_ids = emis_arena_alloc(arena, count * sizeof(*decide->known_ids));
    collect_keys(decide, arena);
    link_ids(decide, arena);
    for (size_t i = 0; i < count; i++) {
        const struct submission_decide_item *item = &decide->items[i];

        decide->key_of[i] = NONE;
        if (is_judged_valid(item)) {
            struct submission_key wanted = key_of_submission(item->submission);

            decide->key_of[i] = (size_t) (find_key(decide, &wanted) - decide->keys);
        }
    }
    return decide;
}

void submission_decide_add_known_id(struct submission_decide *decide,
                                    const uint8_t submission_id[16], int32_t unit_id,
                                    const uint8_t value_sha256[EMIS_DIGEST_BYTES])
{
    for (size_t i = 0; i < decide->count; i++) {
        const struct submission_decide_item *item = &decide->items[i];

        if (decide->key_of[i] != NONE && item->submission->unit->unit_id == unit_id &&
            memcmp(item->submission->submission_id, submission_id,
                   sizeof(item->submission->submission_id)) == 0) {
            decide->known_ids[i].exists = true;
            memcpy(decide->known_ids[i].value_sha256, value_sha256, EMIS_DIGEST_BYTES);
        }
    }
}

struct submission_key *submission_decide_find_key(struct submission_decide *decide, int16_t form_id,
                                                  int32_t period_id, int32_t unit_id,
                                                  const char *part_key)
{
    const struct submission_key wanted = {
        .form_id = form_id, .period_id = period_id, .unit_id = unit_id, .part_key = part_key};

    return find_key(decide, &wanted);
}

/* The submission that holds the id of item i: the database's, or an earlier one of the range that
 * was written. A rejected one does not reserve its id. */
static struct submission_same_id same_id_of(const struct submission_decide *decide, size_t i)
{
    struct submission_same_id same = decide->known_ids[i];

    for (size_t j = decide->earlier_id[i]; !same.exists && j != NONE; j = decide->earlier_id[j]) {
        enum submission_outcome outcome = decide->outcomes[j].outcome;

        if (outcome == SUBMISSION_ACCEPTED || outcome == SUBMISSION_SUPERSEDED) {
            same.exists = true;
            memcpy(same.value_sha256, decide->items[j].submission->value_sha256, EMIS_DIGEST_BYTES);
        }
    }
    return same;
}

static void settle_valid(struct submission_decide *decide, size_t i)
{
    const struct submission *submission = decide->items[i].submission;
    struct submission_key *key = &decide->keys[decide->key_of[i]];
    struct submission_same_id same = same_id_of(decide, i);
    bool was_late = key->current.exists && key->current.is_late;
    struct submission_settlement settlement = submission_settle(submission, &same, &key->current);

    decide->outcomes[i] =
        (struct submission_fate){.outcome = settlement.outcome, .code = settlement.code};
    if (settlement.outcome == SUBMISSION_ACCEPTED || (was_late && !key->current.is_late)) {
        key->is_changed = true;
        key->changed_by = submission;
    } else if (settlement.outcome == SUBMISSION_SUPERSEDED) {
        key->changed_by = submission;
    }
}

/* One pass in Kafka order from the keys' `current` as it stands. */
static void settle_all(struct submission_decide *decide)
{
    for (size_t i = 0; i < decide->count; i++) {
        const struct submission_decide_item *item = &decide->items[i];

        if (decide->key_of[i] != NONE) {
            settle_valid(decide, i);
        } else if (item->refused != EMIS_OK) {
            decide->outcomes[i] = (struct submission_fate){.outcome = SUBMISSION_OUTCOME_REJECTED,
                                                           .code = item->refused};
        } else {
            decide->outcomes[i] =
                (struct submission_fate){.outcome = item->submission->verdict == SUBMISSION_PARKED
                                                        ? SUBMISSION_OUTCOME_PARKED
                                                        : SUBMISSION_OUTCOME_REJECTED,
                                         .code = item->submission->faults[0].code};
        }
    }
}

void submission_decide_propose(struct submission_decide *decide)
{
    for (size_t i = 0; i < decide->key_count; i++) {
        decide->keys[i].current = (struct submission_current){.exists = false};
    }
    settle_all(decide);
    for (size_t i = 0; i < decide->key_count; i++) {
        decide->keys[i].proposed = decide->keys[i].current;
    }
}

void submission_decide_settle(struct submission_decide *decide)
{
    for (size_t i = 0; i < decide->key_count; i++) {
        decide->keys[i].current = decide->keys[i].existing;
        decide->keys[i].is_changed = false;
        decide->keys[i].changed_by = NULL;
    }
    settle_all(decide);
    for (size_t i = 0; i < decide->key_count; i++) {
        decide->keys[i].is_moved = decide->keys[i].existing.exists && decide->keys[i].is_changed;
    }
}

bool submission_decide_is_as_proposed(const struct submission_decide *decide)
{
    for (size_t i = 0; i < decide->key_count; i++) {
        const struct submission_current *current = &decide->keys[i].current;
        const struct submission_current *proposed = &decide->keys[i].proposed;

        if (!decide->keys[i].existing.exists &&
            (current->exists != proposed->exists ||
             (current->exists && (current->submission_key != proposed->submission_key ||
                                  current->is_late != proposed->is_late)))) {
            return false;
        }
    }
    return true;
}
