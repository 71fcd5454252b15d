/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/registry/snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/date.h"
#include "lib/registry/build.h"

static int compare_units(const void *left, const void *right)
{
    const struct registry_unit *a = left;
    const struct registry_unit *b = right;
    return (a->unit_id > b->unit_id) - (a->unit_id < b->unit_id);
}

static int compare_places(const void *left, const void *right)
{
    const struct registry_place *a = left;
    const struct registry_place *b = right;
    return (a->valid_from > b->valid_from) - (a->valid_from < b->valid_from);
}

static const struct registry_place *
copy_places(struct emis_arena *arena, const struct registry_unit *unit, size_t attribute_count)
{
    struct registry_place *places =
        emis_arena_alloc(arena, (unit->place_count + 1) * sizeof *places);
    for (size_t i = 0; i < unit->place_count; i++) {
        const int16_t *attributes = unit->places[i].attributes;
        int16_t *copy = emis_arena_alloc(arena, (attribute_count + 1) * sizeof *copy);
        if (attributes != NULL && attribute_count > 0) {
            memcpy(copy, attributes, attribute_count * sizeof *copy);
        }
        places[i] = unit->places[i];
        places[i].attributes = copy;
    }
    qsort(places, unit->place_count, sizeof *places, compare_places);
    return places;
}

struct registry *registry_new_with_codes(int64_t version, const struct registry_unit *units,
                                         size_t unit_count, size_t attribute_count,
                                         const struct registry_period *periods, size_t period_count,
                                         const struct registry_foreign_code *codes,
                                         size_t code_count)
{
    struct registry *registry = registry_build_new();
    struct emis_arena *arena = registry->arena;
    registry->version = version;
    registry->unit_count = unit_count;
    registry->period_count = period_count;
    registry->units = emis_arena_alloc(arena, (unit_count + 1) * sizeof *registry->units);
    registry->periods = emis_arena_alloc(arena, (period_count + 1) * sizeof *registry->periods);
    for (size_t i = 0; i < unit_count; i++) {
        registry->units[i] = units[i];
        registry->units[i].code = emis_arena_strdup(arena, units[i].code);
        registry->units[i].places = copy_places(arena, &units[i], attribute_count);
    }
    for (size_t i = 0; i < period_count; i++) {
        registry->periods[i] = periods[i];
        registry->periods[i].code = emis_arena_strdup(arena, periods[i].code);
    }
    registry->foreign_count = code_count;
    registry->foreign = emis_arena_alloc(arena, (code_count + 1) * sizeof *registry->foreign);
    for (size_t i = 0; i < code_count; i++) {
        registry->foreign[i] = codes[i];
        registry->foreign[i].code = emis_arena_strdup(arena, codes[i].code);
    }
    registry_build_finish(registry);
    return registry;
}

struct registry *registry_new(int64_t version, const struct registry_unit *units, size_t unit_count,
                              size_t attribute_count, const struct registry_period *periods,
                              size_t period_count)
{
    return registry_new_with_codes(version, units, unit_count, attribute_count, periods,
                                   period_count, NULL, 0);
}

int64_t registry_version(const struct registry *registry)
{
    return registry->version;
}

size_t registry_unit_count(const struct registry *registry)
{
    return registry->unit_count;
}

const struct registry_unit *registry_unit_at(const struct registry *registry, size_t index)
{
    EMIS_ASSERT(index < registry->unit_count);
    return &registry->units[index];
}

const struct registry_unit *registry_unit_find(const struct registry *registry, const char *code,
                                               size_t size)
{
    size_t position = registry_index_find(&registry->units_by_code, code, size);
    return position == REGISTRY_INDEX_NONE ? NULL : &registry->units[position];
}

const struct registry_unit *registry_unit_by_foreign(const struct registry *registry,
                                                     const char *code, size_t size, int32_t day,
                                                     bool *ret_is_known)
{
    size_t position = registry_index_find(&registry->foreign_by_code, code, size);
    *ret_is_known = position != REGISTRY_INDEX_NONE;
    if (position == REGISTRY_INDEX_NONE) {
        return NULL;
    }
    for (size_t i = registry->foreign_starts[position]; i < registry->foreign_starts[position + 1];
         i++) {
        const struct registry_foreign_code *row = &registry->foreign[i];
        if (row->valid_from <= day && day < row->valid_to) {
            return registry_unit_by_id(registry, row->unit_id);
        }
    }
    return NULL;
}

const struct registry_unit *registry_unit_by_id(const struct registry *registry, int32_t unit_id)
{
    struct registry_unit wanted = {.unit_id = unit_id};
    return bsearch(&wanted, registry->units, registry->unit_count, sizeof wanted, compare_units);
}

const struct registry_period *registry_period_find(const struct registry *registry,
                                                   const char *code, size_t size)
{
    size_t position = registry_index_find(&registry->periods_by_code, code, size);
    return position == REGISTRY_INDEX_NONE ? NULL : &registry->periods[position];
}

const struct registry_place *registry_place_on(const struct registry_unit *unit, int32_t day)
{
    for (size_t i = 0; i < unit->place_count; i++) {
        const struct registry_place *place = &unit->places[i];
        /* The day 'infinity' is no day: a place open for ever has no end that it could lie beyond.
         */
        if (place->valid_from <= day &&
            (day < place->valid_to || place->valid_to == EMIS_DATE_INFINITY)) {
            return place;
        }
    }
    return NULL;
}

static int compare_place_id(const void *left, const void *right)
{
    const int32_t *a = left;
    const struct registry_located *b = right;
    return (*a > b->place_id) - (*a < b->place_id);
}

const struct registry_place *registry_place_above(const struct registry *registry,
                                                  const struct registry_place *place,
                                                  const struct registry_unit **ret_unit)
{
    const struct registry_located *above =
        bsearch(&place->parent_place_id, registry->places, registry->place_count,
                sizeof *registry->places, compare_place_id);
    if (above == NULL) {
        return NULL;
    }
    *ret_unit = above->unit;
    return above->place;
}

void registry_free(struct registry *registry)
{
    if (registry != NULL) {
        emis_arena_free(registry->arena);
        free(registry);
    }
}
