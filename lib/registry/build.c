/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/registry/build.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/memory.h"

static int compare_units(const void *left, const void *right)
{
    const struct registry_unit *a = left;
    const struct registry_unit *b = right;
    return (a->unit_id > b->unit_id) - (a->unit_id < b->unit_id);
}

struct registry *registry_build_new(void)
{
    struct registry *registry = emis_calloc(1, sizeof *registry);
    registry->arena = emis_arena_new((size_t) 1 << 20);
    return registry;
}

static int compare_foreign(const void *left, const void *right)
{
    const struct registry_foreign_code *a = left;
    const struct registry_foreign_code *b = right;
    int order = strcmp(a->code, b->code);
    return order != 0 ? order : (a->valid_from > b->valid_from) - (a->valid_from < b->valid_from);
}

/* Each distinct code leads to its run of dated rows. */
static void index_foreign(struct registry *registry)
{
    size_t room = registry->foreign_count + 1;
    const char **codes = emis_arena_alloc(registry->arena, room * sizeof *codes);
    size_t count = 0;
    registry->foreign_starts =
        emis_arena_alloc(registry->arena, room * sizeof *registry->foreign_starts);
    if (registry->foreign_count > 1) {
        qsort(registry->foreign, registry->foreign_count, sizeof *registry->foreign,
              compare_foreign);
    }
    for (size_t i = 0; i < registry->foreign_count; i++) {
        if (count == 0 || strcmp(codes[count - 1], registry->foreign[i].code) != 0) {
            registry->foreign_starts[count] = i;
            codes[count++] = registry->foreign[i].code;
        }
    }
    registry->foreign_starts[count] = registry->foreign_count;
    registry_index_init(&registry->foreign_by_code, registry->arena, codes, count);
}

static int compare_located(const void *left, const void *right)
{
    const struct registry_located *a = left;
    const struct registry_located *b = right;
    return (a->place_id > b->place_id) - (a->place_id < b->place_id);
}

static void index_places(struct registry *registry)
{
    size_t count = 0;
    for (size_t i = 0; i < registry->unit_count; i++) {
        count += registry->units[i].place_count;
    }
    registry->places = emis_arena_alloc(registry->arena, (count + 1) * sizeof *registry->places);
    for (size_t i = 0; i < registry->unit_count; i++) {
        const struct registry_unit *unit = &registry->units[i];
        for (size_t j = 0; j < unit->place_count; j++) {
            registry->places[registry->place_count++] = (struct registry_located){
                .place_id = unit->places[j].place_id, .unit = unit, .place = &unit->places[j]};
        }
    }
    qsort(registry->places, count, sizeof *registry->places, compare_located);
}

void registry_build_finish(struct registry *registry)
{
    const char **codes =
        emis_arena_alloc(registry->arena, (registry->unit_count + 1) * sizeof *codes);
    const char **periods =
        emis_arena_alloc(registry->arena, (registry->period_count + 1) * sizeof *periods);
    qsort(registry->units, registry->unit_count, sizeof *registry->units, compare_units);
    for (size_t i = 0; i < registry->unit_count; i++) {
        codes[i] = registry->units[i].code;
    }
    for (size_t i = 0; i < registry->period_count; i++) {
        periods[i] = registry->periods[i].code;
    }
    registry_index_init(&registry->units_by_code, registry->arena, codes, registry->unit_count);
    registry_index_init(&registry->periods_by_code, registry->arena, periods,
                        registry->period_count);
    index_foreign(registry);
    index_places(registry);
}
