/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "lib/base/text.h"
#include "tests/unit/submission/world.h"

static void test_submission_keyring__finds_what_the_file_says(void **state)
{
    (void) state;
    struct submission_keyring *keyring = world_keyring();
    const struct submission_signing_key *key = submission_keyring_find(keyring, "importer", 6);
    assert_non_null(key);
    assert_true(key->may_backdate);
    assert_string_equal(key->units, "*");
    assert_int_equal(key->secret[31], 0x1f);
    assert_false(submission_keyring_find(keyring, "narrow", 6)->may_backdate);
    assert_null(submission_keyring_find(keyring, "impor", 5));
    assert_null(submission_keyring_find(keyring, "", 0));
    assert_null(submission_keyring_find(NULL, "import", 6));
    submission_keyring_free(keyring);
    submission_keyring_free(NULL);
}

static void test_submission_keyring__units_are_a_code_or_a_prefix(void **state)
{
    (void) state;
    const struct {
        const char *pattern, *unit;
        bool is_covered;
    } cases[] = {{"*", "S1", true},    {"S2*", "S2", true}, {"S2*", "S21", true},
                 {"S2*", "S1", false}, {"S2*", "S", false}, {"S2", "S2", true},
                 {"S2", "S21", false}, {"S2", "S", false},  {"", "S2", false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct submission_signing_key key = {.units = cases[i].pattern};
        assert_int_equal(submission_keyring_has_unit(&key, cases[i].unit, strlen(cases[i].unit)),
                         cases[i].is_covered);
    }
}

#define SECRET "\"secret\":\"" WORLD_SECRET_A "\""

static void test_submission_keyring__refuses_what_is_wrong(void **state)
{
    (void) state;
    const struct {
        const char *text, *reason;
    } cases[] = {
        {"{}", "one object"},
        {"{\"keys\":{}}", "one object"},
        {"{\"keys\":[],\"more\":1}", "one object"},
        {"{\"keys\":[5]}", "other than"},
        {"{\"keys\":[{\"id\":\"a\"," SECRET ",\"unit\":\"*\"}]}", "other than"},
        {"{\"keys\":[{" SECRET "}]}", "keys/0/id"},
        {"{\"keys\":[{\"id\":\"\"," SECRET "}]}", "keys/0/id"},
        {"{\"keys\":[{\"id\":\"a\"," SECRET "},{\"id\":\"a\"," SECRET "}]}", "keys/1/id"},
        {"{\"keys\":[{\"id\":\"a\"}]}", "keys/0/secret"},
        {"{\"keys\":[{\"id\":\"a\",\"secret\":\"00\"}]}", "keys/0/secret"},
        {"{\"keys\":[{\"id\":\"a\"," SECRET ",\"backdate\":1}]}", "keys/0/backdate"},
        {"{\"keys\":[{\"id\":\"a\"," SECRET ",\"units\":[]}]}", "keys/0/units"},
        {"{\"keys\":[", "line 1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct submission_keyring *keyring = NULL;
        struct emis_error err;
        char *path = world_file(cases[i].text, 0600);
        assert_false(submission_keyring_load(path, &keyring, &err));
        assert_int_equal(err.code, E_CONFIG);
        assert_int_equal(strncmp(err.pointer, path, strlen(path)), 0);
        if (strstr(err.message, cases[i].reason) == NULL) {
            fail_msg("%s: \"%s\" does not name %s", cases[i].text, err.message, cases[i].reason);
        }
        assert_null(strstr(err.message, WORLD_SECRET_A));
        assert_null(keyring);
        unlink(path);
        free(path);
    }
}

static void test_submission_keyring__refuses_a_file_that_others_may_read(void **state)
{
    (void) state;
    static const struct {
        mode_t mode;
        bool is_good;
    } cases[] = {{0400, true},  {0600, true},  {0640, false},
                 {0604, false}, {0700, false}, {0644, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct submission_keyring *keyring = NULL;
        struct emis_error err;
        char *path = world_file("{\"keys\":[]}", cases[i].mode);
        assert_int_equal(submission_keyring_load(path, &keyring, &err), cases[i].is_good);
        assert_true(cases[i].is_good || err.code == E_CONFIG);
        submission_keyring_free(keyring);
        unlink(path);
        free(path);
    }
}

static void test_submission_keyring__refuses_an_absent_file(void **state)
{
    (void) state;
    struct submission_keyring *keyring;
    struct emis_error err;
    assert_false(submission_keyring_load("/nonexistent/keyring.json", &keyring, &err));
    assert_int_equal(err.code, E_NO_INPUT);
}

/* The expected value is Python's: hmac.new(bytes(range(32)), length-prefixed parts, sha256). */
static void test_submission_keyring__sign_is_hmac_over_length_prefixed_parts(void **state)
{
    (void) state;
    struct submission_signing_key key = {.key_id = "import"};
    struct submission_signed_parts parts = {.key = "S1",
                                            .key_size = 2,
                                            .value = "{\"a\":1}",
                                            .value_size = 7,
                                            .received_at = "2025-09-30T08:30:00Z",
                                            .received_at_size = 20};
    struct submission_signed_parts moved = {.key = "S",
                                            .key_size = 1,
                                            .value = "1{\"a\":1}",
                                            .value_size = 8,
                                            .received_at = "2025-09-30T08:30:00Z",
                                            .received_at_size = 20};
    uint8_t signature[EMIS_DIGEST_BYTES];
    char hex[2 * EMIS_DIGEST_BYTES + 1];
    assert_true(emis_text_unhex(WORLD_SECRET_A, 64, key.secret, sizeof key.secret));
    submission_sign(&key, &parts, signature);
    emis_text_hex(signature, sizeof signature, hex);
    assert_string_equal(hex, "13714820586a559aed4f3fa11fd4ca9c9977d905bb5e81b897a79ae74c46fffb");
    uint8_t other[EMIS_DIGEST_BYTES];
    submission_sign(&key, &moved, other);
    assert_memory_not_equal(signature, other, sizeof other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_submission_keyring__finds_what_the_file_says),
        cmocka_unit_test(test_submission_keyring__units_are_a_code_or_a_prefix),
        cmocka_unit_test(test_submission_keyring__refuses_what_is_wrong),
        cmocka_unit_test(test_submission_keyring__refuses_a_file_that_others_may_read),
        cmocka_unit_test(test_submission_keyring__refuses_an_absent_file),
        cmocka_unit_test(test_submission_keyring__sign_is_hmac_over_length_prefixed_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
