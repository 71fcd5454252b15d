/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/registry/index.h"

#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"

/* FNV-1a; http://www.isthe.com/chongo/tech/comp/fnv/ */
static size_t hash_of(const char *code, size_t size)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ (unsigned char) code[i]) * UINT64_C(1099511628211);
    }
    return (size_t) (hash ^ hash >> 32);
}

void registry_index_init(struct registry_index *index, struct emis_arena *arena,
                         const char *const *codes, size_t count)
{
    size_t slots = 16;
    while (slots < count * 2) {
        slots *= 2;
    }
    EMIS_ASSERT(count < UINT32_MAX);
    index->codes = codes;
    index->mask = slots - 1;
    index->slots = emis_arena_alloc(arena, slots * sizeof *index->slots);
    for (size_t i = 0; i < count; i++) {
        size_t slot = hash_of(codes[i], strlen(codes[i])) & index->mask;
        while (index->slots[slot] != 0) {
            slot = (slot + 1) & index->mask;
        }
        index->slots[slot] = (uint32_t) i + 1;
    }
}

size_t registry_index_find(const struct registry_index *index, const char *code, size_t size)
{
    size_t slot = hash_of(code, size) & index->mask;
    for (; index->slots[slot] != 0; slot = (slot + 1) & index->mask) {
        const char *candidate = index->codes[index->slots[slot] - 1];
        if (strlen(candidate) == size && memcmp(candidate, code, size) == 0) {
            return index->slots[slot] - 1;
        }
    }
    return REGISTRY_INDEX_NONE;
}
