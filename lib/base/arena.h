/* SPDX-License-Identifier: Apache-2.0 */
/* A batch's or request's memory: allocate many, drop whole. Not thread-safe: one owner at a time.
 * Never returns NULL. */
#pragma once

#include <stddef.h>

struct emis_arena;

struct emis_arena *emis_arena_new(size_t block_bytes);
/* Zeroed, aligned for any type. */
void *emis_arena_alloc(struct emis_arena *arena, size_t size);
char *emis_arena_strdup(struct emis_arena *arena, const char *text);
void *emis_arena_memdup(struct emis_arena *arena, const void *bytes, size_t size);
char *emis_arena_format(struct emis_arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
size_t emis_arena_used_bytes(const struct emis_arena *arena);
/* Drop everything, keep the first block. */
void emis_arena_clear(struct emis_arena *arena);
void emis_arena_free(struct emis_arena *arena);
