/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/buffer.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

static void test_base_buffer__integers_are_big_endian(void **state)
{
    struct emis_buffer buffer;
    static const unsigned char expected[] = {0xFE, 0xFF, 0xFE, 0x01, 0x02, 0x03, 0x04, 0x80,
                                             0,    0,    0,    0,    0,    0,    0};
    (void) state;
    emis_buffer_init(&buffer);
    assert_null(buffer.data);
    emis_buffer_u8(&buffer, 0xFE);
    emis_buffer_i16(&buffer, -2);
    emis_buffer_i32(&buffer, 0x01020304);
    emis_buffer_i64(&buffer, INT64_MIN);
    assert_int_equal(buffer.size, sizeof expected);
    assert_memory_equal(buffer.data, expected, sizeof expected);
    assert_int_equal(buffer.data[buffer.size], 0);
    emis_buffer_release(&buffer);
    assert_null(buffer.data);
}

static void test_base_buffer__grows_and_stays_terminated(void **state)
{
    struct emis_buffer buffer;
    char long_text[1000];
    (void) state;
    emis_buffer_init(&buffer);
    emis_buffer_clear(&buffer);
    emis_buffer_append(&buffer, NULL, 0);
    assert_string_equal(buffer.data, "");
    memset(long_text, 'y', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    for (int i = 0; i < 100; i++) {
        emis_buffer_format(&buffer, "%d,", i % 10);
        emis_buffer_text(&buffer, "x");
        assert_int_equal(strlen(buffer.data), buffer.size);
    }
    assert_int_equal(buffer.size, 300);
    emis_buffer_format(&buffer, "<%s>", long_text);
    assert_int_equal(buffer.size, 300 + 1001);
    assert_int_equal(strlen(buffer.data), buffer.size);
    assert_memory_equal(buffer.data, "0,x1,x", 6);
    emis_buffer_clear(&buffer);
    assert_int_equal(buffer.size, 0);
    assert_string_equal(buffer.data, "");
    emis_buffer_release(&buffer);
}

/* A text that fills the memory to the last byte leaves no room for the NUL: the boundary of
 * growing. */
static void test_base_buffer__format_at_the_boundary(void **state)
{
    (void) state;
    for (int length = 60; length < 70; length++) {
        struct emis_buffer buffer;
        emis_buffer_init(&buffer);
        emis_buffer_format(&buffer, "%0*d", length, 7);
        assert_int_equal(buffer.size, length);
        assert_int_equal(buffer.data[length - 1], '7');
        assert_int_equal(buffer.data[length], 0);
        emis_buffer_release(&buffer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_base_buffer__integers_are_big_endian),
        cmocka_unit_test(test_base_buffer__grows_and_stays_terminated),
        cmocka_unit_test(test_base_buffer__format_at_the_boundary),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
