/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/arena.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdalign.h>
#include <string.h>

static void test_base_arena__pieces_are_zeroed_aligned_and_apart(void **state)
{
    struct emis_arena *arena = emis_arena_new(256);
    unsigned char *pieces[300];
    (void) state;
    for (size_t i = 0; i < 300; i++) {
        size_t size = i * 7 % 500;
        pieces[i] = emis_arena_alloc(arena, size);
        assert_int_equal((uintptr_t) pieces[i] % alignof(max_align_t), 0);
        for (size_t j = 0; j < size; j++) {
            assert_int_equal(pieces[i][j], 0);
        }
        memset(pieces[i], (int) i & 0xFF, size);
    }
    for (size_t i = 0; i < 300; i++) {
        for (size_t j = 0; j < i * 7 % 500; j++) {
            assert_int_equal(pieces[i][j], i & 0xFF);
        }
    }
    emis_arena_free(arena);
}

static void test_base_arena__memory_used_again_is_zeroed(void **state)
{
    struct emis_arena *arena = emis_arena_new(64);
    (void) state;
    char *before = emis_arena_strdup(arena, "something");
    (void) emis_arena_alloc(arena, 10000);
    assert_true(emis_arena_used_bytes(arena) >= 10010);
    emis_arena_clear(arena);
    assert_int_equal(emis_arena_used_bytes(arena), 0);
    char *after = emis_arena_alloc(arena, 16);
    assert_ptr_equal(before, after);
    assert_int_equal(after[0], 0);
    emis_arena_free(arena);
    emis_arena_free(NULL);
}

static void test_base_arena__copies(void **state)
{
    struct emis_arena *arena = emis_arena_new(0);
    (void) state;
    assert_string_equal(emis_arena_strdup(arena, ""), "");
    assert_memory_equal(emis_arena_memdup(arena, "a\0b", 3), "a\0b", 3);
    assert_non_null(emis_arena_memdup(arena, NULL, 0));
    assert_string_equal(emis_arena_format(arena, "%s/%d", "x", 7), "x/7");
    assert_ptr_not_equal(emis_arena_alloc(arena, 0), emis_arena_alloc(arena, 0));
    emis_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_base_arena__pieces_are_zeroed_aligned_and_apart),
        cmocka_unit_test(test_base_arena__memory_used_again_is_zeroed),
        cmocka_unit_test(test_base_arena__copies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
