/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a change: shared by change.c, which holds what stands and what is wanted, and
 * change_compile.c, which makes places of it. For these two alone. */
#pragma once

#include "lib/registry/change.h"

struct change_standing {
    size_t unit;
    struct registry_standing row;
    bool is_taken; /* a compiled place goes on with it */
};

struct change_unit {
    struct registry_change_unit unit;
    struct registry_segment *segments; /* by valid_from */
    size_t segment_count;
    struct change_standing *standing; /* by valid_from */
    size_t standing_count;
    bool is_broken; /* a mistake was found in it or above it */
};

struct registry_change {
    struct emis_arena *arena;
    size_t level_count;
    size_t attribute_count;
    struct change_unit *units;
    size_t unit_count;
    size_t unit_capacity;
    struct change_standing *standing; /* by unit and valid_from, once started */
    size_t standing_count;
    size_t standing_capacity;
    uint32_t *slots; /* code -> position + 1; at most half are taken */
    size_t slot_count;
    size_t *order;
    struct registry_change_ended *ended;
    size_t ended_count;
};

/* Whether two segments say the same but for their dates and their parent. */
bool change_segments_agree(const struct registry_segment *a, const struct registry_segment *b,
                           size_t attribute_count);
/* Make one of neighbours that say the same, so that a place is as long as it can be. */
void change_segments_join(struct change_unit *unit, size_t attribute_count);
