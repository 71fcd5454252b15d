/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/registry/build.h"

#include <stdlib.h>

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
}
