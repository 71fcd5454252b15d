/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 and HMAC-SHA-256 by OpenSSL. Any thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EMIS_DIGEST_BYTES 32

struct emis_digest; /* a running SHA-256 */

void emis_digest_sha256(const void *bytes, size_t size, uint8_t out[EMIS_DIGEST_BYTES]);
void emis_digest_hmac(const void *key, size_t key_size, const void *bytes, size_t size,
                      uint8_t out[EMIS_DIGEST_BYTES]);
/* Constant time. */
bool emis_digest_is_equal(const uint8_t a[EMIS_DIGEST_BYTES], const uint8_t b[EMIS_DIGEST_BYTES]);

struct emis_digest *emis_digest_new(void);
void emis_digest_update(struct emis_digest *digest, const void *bytes, size_t size);
/* Writes the result and starts anew. */
void emis_digest_final(struct emis_digest *digest, uint8_t out[EMIS_DIGEST_BYTES]);
void emis_digest_free(struct emis_digest *digest);
