/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a registry, for the two that fill one: registry_new() from arrays and
 * registry_load() from the database. Not for other folders. */
#pragma once

#include "lib/registry/index.h"
#include "lib/registry/snapshot.h"

struct registry_located {
    int32_t place_id;
    const struct registry_unit *unit;
    const struct registry_place *place;
};

struct registry {
    int64_t version;
    struct emis_arena *arena;
    struct registry_unit *units; /* by unit_id, once finished */
    size_t unit_count;
    struct registry_period *periods;
    size_t period_count;
    struct registry_foreign_code *foreign; /* by code and valid_from, once finished */
    size_t foreign_count;
    size_t
        *foreign_starts; /* where the run of each distinct code starts, and the end of the last */
    struct registry_located *places; /* of all units, by place_id */
    size_t place_count;
    struct registry_index units_by_code;
    struct registry_index foreign_by_code; /* positions in foreign_starts */
    struct registry_index periods_by_code;
};

/* An empty one with its arena; fill version, units, periods and foreign codes with memory of the
 * arena, then finish it. */
struct registry *registry_build_new(void);
/* Sort the units and the foreign codes and build the indexes; nothing may be changed afterwards. */
void registry_build_finish(struct registry *registry);
