/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/registry/change.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/date.h"
#include "lib/base/memory.h"
#include "lib/registry/change_state.h"

static size_t hash_of(const char *code)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (; *code != '\0'; code++) {
        hash = (hash ^ (uint8_t) *code) * UINT64_C(1099511628211);
    }
    return (size_t) (hash ^ hash >> 32);
}

/* The slot of a code, or the free one where it would go. */
static size_t slot_of(const struct registry_change *change, const char *code)
{
    size_t slot = hash_of(code) & (change->slot_count - 1);
    while (change->slots[slot] != 0 &&
           strcmp(change->units[change->slots[slot] - 1].unit.code, code) != 0) {
        slot = (slot + 1) & (change->slot_count - 1);
    }
    return slot;
}

static void grow_slots(struct registry_change *change)
{
    free(change->slots);
    change->slot_count *= 2;
    change->slots = emis_calloc(change->slot_count, sizeof *change->slots);
    for (size_t i = 0; i < change->unit_count; i++) {
        change->slots[slot_of(change, change->units[i].unit.code)] = (uint32_t) i + 1;
    }
}

bool registry_change_is_code(const char *code)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:/-";
    size_t size = strspn(code, allowed);

    return size > 0 && size <= REGISTRY_CHANGE_CODE_MAX && code[size] == '\0';
}

struct registry_change *registry_change_new(size_t level_count, size_t attribute_count)
{
    struct registry_change *change = emis_calloc(1, sizeof *change);
    change->arena = emis_arena_new(256 * 1024);
    change->level_count = level_count;
    change->attribute_count = attribute_count;
    change->slot_count = 1024;
    change->slots = emis_calloc(change->slot_count, sizeof *change->slots);
    return change;
}

struct emis_arena *registry_change_arena(struct registry_change *change)
{
    return change->arena;
}

size_t registry_change_add_unit(struct registry_change *change, int32_t unit_id, const char *code,
                                int16_t level_no)
{
    if (change->unit_count == change->unit_capacity) {
        change->unit_capacity = change->unit_capacity == 0 ? 256 : change->unit_capacity * 2;
        change->units = emis_realloc(change->units, change->unit_capacity * sizeof *change->units);
    }
    if (change->unit_count * 2 >= change->slot_count) {
        grow_slots(change);
    }
    size_t slot = slot_of(change, code);
    EMIS_ASSERT(change->slots[slot] == 0);
    change->units[change->unit_count] = (struct change_unit){
        .unit = {.unit_id = unit_id,
                 .code = emis_arena_strdup(change->arena, code),
                 .level_no = level_no},
    };
    change->slots[slot] = (uint32_t) ++change->unit_count;
    return change->unit_count - 1;
}

size_t registry_change_find(const struct registry_change *change, const char *code)
{
    uint32_t found = change->slots[slot_of(change, code)];
    return found == 0 ? SIZE_MAX : found - 1;
}

void registry_change_add_standing(struct registry_change *change, size_t unit,
                                  const struct registry_standing *standing)
{
    EMIS_ASSERT(unit < change->unit_count);
    if (change->standing_count == change->standing_capacity) {
        change->standing_capacity =
            change->standing_capacity == 0 ? 256 : change->standing_capacity * 2;
        change->standing =
            emis_realloc(change->standing, change->standing_capacity * sizeof *change->standing);
    }
    change->standing[change->standing_count++] =
        (struct change_standing){.unit = unit, .row = *standing};
}

static int compare_standing(const void *left, const void *right)
{
    const struct change_standing *a = left;
    const struct change_standing *b = right;
    if (a->unit != b->unit) {
        return a->unit < b->unit ? -1 : 1;
    }
    return (a->row.segment.valid_from > b->row.segment.valid_from) -
           (a->row.segment.valid_from < b->row.segment.valid_from);
}

struct place_owner {
    int32_t place_id;
    size_t unit;
};

static int compare_owners(const void *left, const void *right)
{
    const struct place_owner *a = left;
    const struct place_owner *b = right;
    return (a->place_id > b->place_id) - (a->place_id < b->place_id);
}

/* Each standing row names its parent by place; a timeline names it by code. */
static void name_parents(struct registry_change *change)
{
    struct place_owner *owners =
        emis_arena_alloc(change->arena, (change->standing_count + 1) * sizeof *owners);
    for (size_t i = 0; i < change->standing_count; i++) {
        owners[i] = (struct place_owner){.place_id = change->standing[i].row.place_id,
                                         .unit = change->standing[i].unit};
    }
    qsort(owners, change->standing_count, sizeof *owners, compare_owners);
    for (size_t i = 0; i < change->standing_count; i++) {
        struct registry_standing *row = &change->standing[i].row;
        struct place_owner wanted = {.place_id = row->parent_place_id};
        const struct place_owner *found =
            bsearch(&wanted, owners, change->standing_count, sizeof wanted, compare_owners);
        EMIS_ASSERT(row->parent_place_id == 0 || found != NULL);
        row->segment.parent =
            row->parent_place_id == 0 ? NULL : change->units[found->unit].unit.code;
        row->segment.line = 0;
    }
}

void registry_change_start(struct registry_change *change)
{
    if (change->standing_count > 0) {
        qsort(change->standing, change->standing_count, sizeof *change->standing, compare_standing);
    }
    name_parents(change);
    for (size_t i = 0; i < change->standing_count;) {
        struct change_unit *unit = &change->units[change->standing[i].unit];
        unit->standing = &change->standing[i];
        while (i < change->standing_count && &change->units[change->standing[i].unit] == unit) {
            unit->standing_count++;
            i++;
        }
        unit->segments =
            emis_arena_alloc(change->arena, unit->standing_count * sizeof *unit->segments);
        for (size_t j = 0; j < unit->standing_count; j++) {
            unit->segments[j] = unit->standing[j].row.segment;
        }
        unit->segment_count = unit->standing_count;
        change_segments_join(unit, change->attribute_count);
    }
}

const struct registry_segment *registry_change_timeline(const struct registry_change *change,
                                                        size_t unit, size_t *ret_count)
{
    EMIS_ASSERT(unit < change->unit_count);
    *ret_count = change->units[unit].segment_count;
    return change->units[unit].segments;
}

const struct registry_segment *registry_change_stood(const struct registry_change *change,
                                                     size_t unit, int32_t day)
{
    EMIS_ASSERT(unit < change->unit_count);
    const struct change_unit *asked = &change->units[unit];
    size_t i = 0;

    while (i + 1 < asked->standing_count && asked->standing[i + 1].row.segment.valid_from <= day) {
        i++;
    }
    return asked->standing_count == 0 ? NULL : &asked->standing[i].row.segment;
}

static int compare_segments(const void *left, const void *right)
{
    const struct registry_segment *a = left;
    const struct registry_segment *b = right;
    if (a->valid_from != b->valid_from) {
        return a->valid_from < b->valid_from ? -1 : 1;
    }
    return (a->line > b->line) - (a->line < b->line);
}

void registry_change_state(struct registry_change *change, size_t unit,
                           const struct registry_segment *segments, size_t count)
{
    EMIS_ASSERT(unit < change->unit_count);
    struct change_unit *target = &change->units[unit];
    target->segments = emis_arena_alloc(change->arena, (count + 1) * sizeof *segments);
    if (count > 0) {
        memcpy(target->segments, segments, count * sizeof *segments);
        qsort(target->segments, count, sizeof *segments, compare_segments);
    }
    target->segment_count = count;
}

void registry_change_state_from(struct registry_change *change, size_t unit,
                                const struct registry_segment *segments, size_t count)
{
    size_t old_count;
    const struct registry_segment *old = registry_change_timeline(change, unit, &old_count);
    struct registry_segment *all =
        emis_arena_alloc(change->arena, (old_count + count + 1) * sizeof *all);
    int32_t first = EMIS_DATE_INFINITY;
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        first = segments[i].valid_from < first ? segments[i].valid_from : first;
    }
    for (; kept < old_count && old[kept].valid_from < first; kept++) {
        all[kept] = old[kept];
        all[kept].valid_to = old[kept].valid_to < first ? old[kept].valid_to : first;
    }
    for (size_t i = 0; i < count; i++) {
        all[kept + i] = segments[i];
    }
    registry_change_state(change, unit, all, kept + count);
}

size_t registry_change_unit_count(const struct registry_change *change)
{
    return change->unit_count;
}

struct registry_change_unit *registry_change_unit_at(const struct registry_change *change,
                                                     size_t unit)
{
    EMIS_ASSERT(unit < change->unit_count);
    return &change->units[unit].unit;
}

const size_t *registry_change_order(const struct registry_change *change)
{
    return change->order;
}

const struct registry_change_ended *registry_change_ended(const struct registry_change *change,
                                                          size_t *ret_count)
{
    *ret_count = change->ended_count;
    return change->ended;
}

void registry_change_free(struct registry_change *change)
{
    if (change != NULL) {
        free(change->slots);
        free(change->units);
        free(change->standing);
        emis_arena_free(change->arena);
        free(change);
    }
}
