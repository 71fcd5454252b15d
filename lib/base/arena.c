/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/error.h"
#include "lib/base/memory.h"

#define ALIGNMENT _Alignof(max_align_t)

struct block {
    struct block *next;
    size_t size; /* of data */
    size_t used;
    max_align_t data[];
};

/* Invariant: first is never NULL and is kept by clear; current is first or the newest block of the
 * usual size. */
struct emis_arena {
    struct block *first;
    struct block *current;
    size_t block_bytes;
    size_t used_bytes;
};

static struct block *block_new(size_t size)
{
    EMIS_ASSERT(size <= SIZE_MAX - sizeof(struct block));
    struct block *block = emis_malloc(sizeof *block + size);
    block->next = NULL;
    block->size = size;
    block->used = 0;
    return block;
}

struct emis_arena *emis_arena_new(size_t block_bytes)
{
    struct emis_arena *arena = emis_calloc(1, sizeof *arena);
    arena->block_bytes = block_bytes > 0 ? block_bytes : 4096;
    arena->first = block_new(arena->block_bytes);
    arena->current = arena->first;
    return arena;
}

/* A large piece gets a block of its own behind the current one, so that the rest of the current
 * block is not lost. */
static struct block *block_for(struct emis_arena *arena, size_t size)
{
    struct block *current = arena->current;
    if (current->size - current->used >= size) {
        return current;
    }
    bool is_large = size > arena->block_bytes / 4;
    struct block *block = block_new(is_large ? size : arena->block_bytes);
    block->next = current->next;
    current->next = block;
    if (!is_large) {
        arena->current = block;
    }
    return block;
}

static void *alloc(struct emis_arena *arena, size_t size)
{
    EMIS_ASSERT(size <= SIZE_MAX / 2);
    size_t rounded = (size + (size == 0) + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
    struct block *block = block_for(arena, rounded);
    void *memory = (char *) block->data + block->used;
    block->used += rounded;
    arena->used_bytes += rounded;
    return memory;
}

void *emis_arena_alloc(struct emis_arena *arena, size_t size)
{
    return memset(alloc(arena, size), 0, size);
}

char *emis_arena_strdup(struct emis_arena *arena, const char *text)
{
    return emis_arena_memdup(arena, text, strlen(text) + 1);
}

void *emis_arena_memdup(struct emis_arena *arena, const void *bytes, size_t size)
{
    void *memory = alloc(arena, size);
    return size > 0 ? memcpy(memory, bytes, size) : memory;
}

char *emis_arena_format(struct emis_arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    EMIS_ASSERT(length >= 0);
    char *text = alloc(arena, (size_t) length + 1);
    va_start(args, format);
    (void) vsnprintf(text, (size_t) length + 1, format, args);
    va_end(args);
    return text;
}

size_t emis_arena_used_bytes(const struct emis_arena *arena)
{
    return arena->used_bytes;
}

static void free_list(struct block *block)
{
    while (block != NULL) {
        struct block *next = block->next;
        free(block);
        block = next;
    }
}

void emis_arena_clear(struct emis_arena *arena)
{
    free_list(arena->first->next);
    arena->first->next = NULL;
    arena->first->used = 0;
    arena->current = arena->first;
    arena->used_bytes = 0;
}

void emis_arena_free(struct emis_arena *arena)
{
    if (arena != NULL) {
        free_list(arena->first);
        free(arena);
    }
}
