/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/heal_batch.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/registry/snapshot.h"

static int compare_names(int16_t form_id, int32_t period_id, int32_t unit_id, const char *part_key,
                         const struct submission *other)
{
    if (form_id != other->form->number) {
        return form_id < other->form->number ? -1 : 1;
    }
    if (period_id != other->period->period_id) {
        return period_id < other->period->period_id ? -1 : 1;
    }
    if (unit_id != other->unit->unit_id) {
        return unit_id < other->unit->unit_id ? -1 : 1;
    }
    return strcmp(part_key, other->part_key);
}

static int compare_keys(const void *left, const void *right)
{
    const struct submission *a = ((const struct agg_heal_key *) left)->any;

    return compare_names(a->form->number, a->period->period_id, a->unit->unit_id, a->part_key,
                         ((const struct agg_heal_key *) right)->any);
}

void agg_heal_batch_group(struct agg_heal_batch *batch)
{
    size_t count = 0, kept = 0;

    batch->keys = emis_arena_alloc(batch->arena, (batch->item_count + 1) * sizeof(*batch->keys));
    for (size_t i = 0; i < batch->item_count; i++) {
        batch->items[i].key = SIZE_MAX;
        if (batch->items[i].submission.verdict == SUBMISSION_VALID) {
            batch->keys[count++].any = &batch->items[i].submission;
        }
    }
    if (count == 0) {
        return;
    }
    qsort(batch->keys, count, sizeof(*batch->keys), compare_keys);
    for (size_t i = 1; i < count; i++) {
        if (compare_keys(&batch->keys[kept], &batch->keys[i]) != 0) {
            batch->keys[++kept] = batch->keys[i];
        }
    }
    batch->key_count = kept + 1;
    for (size_t i = 0; i < batch->item_count; i++) {
        struct submission *submission = &batch->items[i].submission;

        if (submission->verdict == SUBMISSION_VALID) {
            batch->items[i].key =
                (size_t) (agg_heal_batch_find(batch, submission->form->number,
                                              submission->period->period_id,
                                              submission->unit->unit_id, submission->part_key) -
                          batch->keys);
        }
    }
}

struct agg_heal_key *agg_heal_batch_find(struct agg_heal_batch *batch, int16_t form_id,
                                         int32_t period_id, int32_t unit_id, const char *part_key)
{
    size_t low = 0, high = batch->key_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare_names(form_id, period_id, unit_id, part_key, batch->keys[middle].any);

        if (order == 0) {
            return &batch->keys[middle];
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}

static bool is_same_id(const struct submission *submission, const uint8_t submission_id[16],
                       int32_t unit_id)
{
    return submission->unit->unit_id == unit_id &&
           memcmp(submission->submission_id, submission_id, 16) == 0;
}

void agg_heal_batch_add_id(struct agg_heal_batch *batch, const uint8_t submission_id[16],
                           int32_t unit_id, const uint8_t *value_sha256)
{
    for (size_t i = 0; i < batch->item_count; i++) {
        struct agg_heal_item *item = &batch->items[i];

        if (item->key != SIZE_MAX && is_same_id(&item->submission, submission_id, unit_id)) {
            item->known_id.exists = true;
            memcpy(item->known_id.value_sha256, value_sha256, EMIS_DIGEST_BYTES);
        }
    }
}

/* The bearer of the item's id: the database's, else one earlier in the batch that is written. An id
 * is a unit's, so its bearer stands in the same partition. */
static struct submission_same_id find_bearer(const struct agg_heal_batch *batch, size_t index)
{
    const struct agg_heal_item *item = &batch->items[index];

    for (size_t i = 0; i < index && !item->known_id.exists; i++) {
        const struct agg_heal_item *earlier = &batch->items[i];
        bool is_written =
            earlier->outcome == SUBMISSION_ACCEPTED || earlier->outcome == SUBMISSION_SUPERSEDED;

        if (earlier->key != SIZE_MAX && is_written &&
            is_same_id(&earlier->submission, item->submission.submission_id,
                       item->submission.unit->unit_id)) {
            struct submission_same_id bearer = {.exists = true};

            memcpy(bearer.value_sha256, earlier->submission.value_sha256, EMIS_DIGEST_BYTES);
            return bearer;
        }
    }
    return item->known_id;
}

static void settle_item(struct agg_heal_batch *batch, size_t index)
{
    struct agg_heal_item *item = &batch->items[index];
    struct agg_heal_key *key;
    struct submission_same_id bearer;
    struct submission_settlement settlement;

    if (item->key == SIZE_MAX) {
        item->outcome = item->submission.verdict == SUBMISSION_PARKED ? SUBMISSION_OUTCOME_PARKED
                                                                      : SUBMISSION_OUTCOME_REJECTED;
        item->code = item->submission.faults[0].code;
        return;
    }
    key = &batch->keys[item->key];
    bearer = find_bearer(batch, index);
    settlement = submission_settle(&item->submission, &bearer, &key->current);
    item->outcome = settlement.outcome;
    item->code = settlement.code;
    if (settlement.outcome == SUBMISSION_ACCEPTED) {
        key->accepted = &item->submission;
        key->is_changed = true;
    }
}

static void settle_all(struct agg_heal_batch *batch)
{
    for (size_t i = 0; i < batch->key_count; i++) {
        batch->keys[i].current = batch->keys[i].existing;
        batch->keys[i].accepted = NULL;
        batch->keys[i].is_changed = false;
    }
    for (size_t i = 0; i < batch->item_count; i++) {
        settle_item(batch, i);
    }
}

void agg_heal_batch_propose(struct agg_heal_batch *batch)
{
    settle_all(batch); /* nothing is known of existing rows yet */
    for (size_t i = 0; i < batch->key_count; i++) {
        batch->keys[i].proposed = batch->keys[i].current;
    }
}

void agg_heal_batch_settle(struct agg_heal_batch *batch)
{
    settle_all(batch);
}

bool agg_heal_batch_is_as_proposed(const struct agg_heal_batch *batch)
{
    for (size_t i = 0; i < batch->key_count; i++) {
        const struct submission_current *current = &batch->keys[i].current,
                                        *proposed = &batch->keys[i].proposed;

        if (!batch->keys[i].existing.exists &&
            (current->exists != proposed->exists ||
             (current->exists && current->submission_key != proposed->submission_key))) {
            return false;
        }
    }
    return true;
}
