/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which school of the registry is meant by which entry of a foreign list, proposed from names: the
 * names of the parent areas lead to an area of the registry, and only the schools below it are
 * compared by name (link_name.h). One school for one entry. Nothing is linked here: a person
 * accepts. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/registry/link_name.h"

#define REGISTRY_LINK_NONE SIZE_MAX

/* Areas and schools below the country; names: the default one and those in other languages. */
struct registry_link_place {
    const char *const *names;
    size_t name_count;
    size_t parent; /* position of the area above, or REGISTRY_LINK_NONE */
};

/* An entry of the foreign list. */
struct registry_link_entry {
    const char *name;
    const char *const *areas; /* largest first; "": not given */
};

struct registry_link_input {
    const struct registry_link_word *words;
    size_t word_count;
    const struct registry_link_place *areas;
    size_t area_count;
    const struct registry_link_place *units;
    size_t unit_count;
    const struct registry_link_entry *entries;
    size_t entry_count;
    size_t entry_area_count; /* areas of each entry */
};

enum registry_link_status {
    REGISTRY_LINK_NO_MATCH, /* no school is near enough, or no area of the registry was found */
    REGISTRY_LINK_REVIEW,   /* a person should look */
    REGISTRY_LINK_AUTO      /* near, and far from the next */
};

struct registry_link_proposal {
    enum registry_link_status status;
    size_t unit; /* REGISTRY_LINK_NONE without a match */
    size_t area; /* in which it was sought, or REGISTRY_LINK_NONE */
    int score;   /* of names; without a match the best there was, 0 below 600 */
    int margin; /* to the next: of the entry among the schools, and of the school among the entries;
                   below 0 where the nearest school went to a nearer entry */
};

struct emis_arena;

/*
 * One proposal for each entry, in the arena. A name reaches review from a score of 600 on; auto
 * from 850 and a margin of 100, or from 970 (the same but for common words) and a margin of 30, and
 * only where each of its areas was found under its own name. Time grows with the sum over areas of
 * entries times schools; entries whose areas are all unknown are not compared.
 */
const struct registry_link_proposal *registry_link_propose(struct emis_arena *arena,
                                                           const struct registry_link_input *input);

const char *registry_link_status_name(enum registry_link_status status); /* auto, review, none */
