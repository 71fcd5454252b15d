/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/digest.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "lib/base/text.h"

static void assert_digest(const uint8_t digest[EMIS_DIGEST_BYTES], const char *expected)
{
    char hex[2 * EMIS_DIGEST_BYTES + 1];
    emis_text_hex(digest, EMIS_DIGEST_BYTES, hex);
    assert_string_equal(hex, expected);
}

/* FIPS 180-2 appendix B and the empty message. */
static void test_base_digest__sha256_vectors(void **state)
{
    uint8_t out[EMIS_DIGEST_BYTES];
    (void) state;
    emis_digest_sha256("", 0, out);
    assert_digest(out, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    emis_digest_sha256("abc", 3, out);
    assert_digest(out, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void test_base_digest__running_starts_anew(void **state)
{
    uint8_t out[EMIS_DIGEST_BYTES];
    struct emis_digest *digest = emis_digest_new();
    (void) state;
    for (int round = 0; round < 2; round++) {
        emis_digest_update(digest, "a", 1);
        emis_digest_update(digest, "", 0);
        emis_digest_update(digest, "bc", 2);
        emis_digest_final(digest, out);
        assert_digest(out, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
    emis_digest_free(digest);
    emis_digest_free(NULL);
}

/* RFC 4231, test cases 2 and 6 (a key longer than a block). */
static void test_base_digest__hmac_vectors(void **state)
{
    uint8_t out[EMIS_DIGEST_BYTES];
    uint8_t key[131];
    (void) state;
    emis_digest_hmac("Jefe", 4, "what do ya want for nothing?", 28, out);
    assert_digest(out, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(key, 0xAA, sizeof key);
    const char *text = "Test Using Larger Than Block-Size Key - Hash Key First";
    emis_digest_hmac(key, sizeof key, text, strlen(text), out);
    assert_digest(out, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    emis_digest_hmac(NULL, 0, "", 0, out);
    assert_digest(out, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

static void test_base_digest__equality(void **state)
{
    uint8_t a[EMIS_DIGEST_BYTES] = {1};
    uint8_t b[EMIS_DIGEST_BYTES] = {1};
    (void) state;
    assert_true(emis_digest_is_equal(a, b));
    b[EMIS_DIGEST_BYTES - 1] = 1;
    assert_false(emis_digest_is_equal(a, b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_base_digest__sha256_vectors),
        cmocka_unit_test(test_base_digest__running_starts_anew),
        cmocka_unit_test(test_base_digest__hmac_vectors),
        cmocka_unit_test(test_base_digest__equality),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
