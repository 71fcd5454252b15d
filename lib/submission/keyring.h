/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Producers' signing keys. File: JSON, {"keys": [{"id": "demo", "secret": "<64 hex digits>",
 * "backdate": true, "units": "*"}]}; backdate is false and units is "*" where absent. Mode 0400 or
 * 0600 is required.
 * The signature covers, each preceded by its length as 8 bytes big-endian: record key, record
 * value, emis-received-at, emis-replay-of (length 0 if absent). Immutable after loading.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/digest.h"
#include "lib/base/error.h"

#define SUBMISSION_HEADER_KEY_ID      "emis-key-id"
#define SUBMISSION_HEADER_SIGNATURE   "emis-signature" /* 64 lower-case hex digits */
#define SUBMISSION_HEADER_RECEIVED_AT "emis-received-at"
#define SUBMISSION_HEADER_REPLAY_OF   "emis-replay-of" /* log/partition/offset */

struct submission_keyring;

struct submission_signing_key {
    const char *key_id;
    uint8_t secret[32];
    bool may_backdate;
    const char *units; /* unit codes it may speak for: a prefix ending in '*', or "*" */
};

/*
 * E_NO_INPUT, E_IO; E_CONFIG: others may read the file, or it is not a keyring (the pointer is path
 * or path:line, the message names the member; never a secret).
 */
bool submission_keyring_load(const char *path, struct submission_keyring **ret_keyring,
                             struct emis_error *err) EMIS_MUST_CHECK;
/* NULL: no such key. keyring may be NULL; key_id need not be NUL-terminated. */
const struct submission_signing_key *
submission_keyring_find(const struct submission_keyring *keyring, const char *key_id, size_t size);
void submission_keyring_free(struct submission_keyring *keyring);

struct submission_signed_parts {
    const void *key;
    size_t key_size;
    const void *value;
    size_t value_size;
    const void *received_at; /* header text or NULL */
    size_t received_at_size;
    const void *replay_of;
    size_t replay_of_size;
};
/* The key's `units` covers the unit code. */
bool submission_keyring_has_unit(const struct submission_signing_key *key, const char *unit,
                                 size_t size);
/* HMAC-SHA-256 with the key's secret over the parts, as described above. */
void submission_sign(const struct submission_signing_key *key,
                     const struct submission_signed_parts *parts,
                     uint8_t ret_signature[EMIS_DIGEST_BYTES]);
