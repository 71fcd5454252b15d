/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/digest.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>

#include "lib/base/error.h"
#include "lib/base/memory.h"

struct emis_digest {
    EVP_MD_CTX *context; /* always in the middle of a digest */
};

void emis_digest_sha256(const void *bytes, size_t size, uint8_t out[EMIS_DIGEST_BYTES])
{
    int is_done = EVP_Digest(bytes, size, out, NULL, EVP_sha256(), NULL);
    EMIS_ASSERT(is_done == 1);
}

void emis_digest_hmac(const void *key, size_t key_size, const void *bytes, size_t size,
                      uint8_t out[EMIS_DIGEST_BYTES])
{
    EMIS_ASSERT(key_size <= INT_MAX);
    /* OpenSSL takes a NULL key for "the key of before". */
    const void *some_key = key_size > 0 ? key : "";
    uint8_t *result = HMAC(EVP_sha256(), some_key, (int) key_size, bytes, size, out, NULL);
    EMIS_ASSERT(result != NULL);
}

bool emis_digest_is_equal(const uint8_t a[EMIS_DIGEST_BYTES], const uint8_t b[EMIS_DIGEST_BYTES])
{
    return CRYPTO_memcmp(a, b, EMIS_DIGEST_BYTES) == 0;
}

static void begin(struct emis_digest *digest)
{
    int is_done = EVP_DigestInit_ex(digest->context, EVP_sha256(), NULL);
    EMIS_ASSERT(is_done == 1);
}

struct emis_digest *emis_digest_new(void)
{
    struct emis_digest *digest = emis_malloc(sizeof *digest);
    digest->context = EVP_MD_CTX_new();
    EMIS_ASSERT(digest->context != NULL);
    begin(digest);
    return digest;
}

void emis_digest_update(struct emis_digest *digest, const void *bytes, size_t size)
{
    int is_done = EVP_DigestUpdate(digest->context, bytes, size);
    EMIS_ASSERT(is_done == 1);
}

void emis_digest_final(struct emis_digest *digest, uint8_t out[EMIS_DIGEST_BYTES])
{
    int is_done = EVP_DigestFinal_ex(digest->context, out, NULL);
    EMIS_ASSERT(is_done == 1);
    begin(digest);
}

void emis_digest_free(struct emis_digest *digest)
{
    if (digest != NULL) {
        EVP_MD_CTX_free(digest->context);
        free(digest);
    }
}
