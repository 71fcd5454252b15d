/* SPDX-License-Identifier: Apache-2.0 */
/* Which area of the registry each area of a foreign list is. Pure; for link.c. */
#pragma once

#include "lib/registry/link.h"

struct registry_link_area_match {
    size_t area;  /* REGISTRY_LINK_NONE: nothing of it is known */
    bool is_sure; /* each area that the entry names was found under its own name */
};

/* One for each entry. Siblings of the foreign list get different areas, the best matches first. */
const struct registry_link_area_match *
registry_link_area_match(struct emis_arena *arena, const struct registry_link_words *words,
                         const struct registry_link_input *input);
