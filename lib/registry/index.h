/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a code to its position in an array: an open-addressing table, built once and then only read.
 * The codes come from our own registry, so that no sender can choose colliding ones. Any thread may
 * read it.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct emis_arena;

#define REGISTRY_INDEX_NONE SIZE_MAX

struct registry_index {
    const char *const *codes; /* borrowed */
    uint32_t *slots;          /* position + 1; 0 = free; at most half are taken */
    size_t mask;
};

/* codes (count of them, NUL-terminated, distinct) are borrowed for the life of the index, which
 * lives in the arena. */
void registry_index_init(struct registry_index *index, struct emis_arena *arena,
                         const char *const *codes, size_t count);
/* The position of a code, or REGISTRY_INDEX_NONE. */
size_t registry_index_find(const struct registry_index *index, const char *code, size_t size);
