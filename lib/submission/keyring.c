/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/submission/keyring.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/memory.h"
#include "lib/base/text.h"
#include "lib/json/document.h"

#define KEYS_MAX 10000

struct submission_keyring {
    struct emis_arena *arena;
    struct submission_signing_key *keys;
    size_t count;
};

/* The file holds secrets: nobody but its owner may read it. */
static bool check_mode(const char *path, struct emis_error *err)
{
    struct stat status;
    if (stat(path, &status) != 0) {
        return emis_error_set_at(err, E_NO_INPUT, path, "could not open the keyring");
    }
    if ((status.st_mode & 07777 & ~(mode_t) 0600) != 0) {
        return emis_error_set_at(err, E_CONFIG, path,
                                 "the keyring's mode is %04o; make it 0400 or 0600",
                                 (unsigned) (status.st_mode & 07777));
    }
    return true;
}

static bool read_text(const struct json_value *value, const char **ret)
{
    size_t size;
    return json_value_string(value, ret, &size) && size > 0 && size <= 200;
}

/* Members that are there: id and secret always, the others where given; anything else is a mistake.
 */
static bool check_members(const struct json_value *entry)
{
    static const char *const names[] = {"id", "secret", "backdate", "units"};
    size_t known = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        known += json_value_get(entry, names[i]) != NULL;
    }
    return json_value_type(entry) == JSON_VALUE_OBJECT && known == json_value_size(entry);
}

static bool read_key(struct submission_keyring *keyring, const struct json_value *entry,
                     const char *path, struct emis_error *err)
{
    struct submission_signing_key *key = &keyring->keys[keyring->count];
    const struct json_value *backdate = json_value_get(entry, "backdate");
    const struct json_value *units = json_value_get(entry, "units");
    const char *id;
    const char *secret;
    const char *pattern = "*";
    if (!check_members(entry)) {
        return emis_error_set_at(err, E_CONFIG, path,
                                 "keys/%zu has a member other than id, secret, backdate and units",
                                 keyring->count);
    }
    if (!read_text(json_value_get(entry, "id"), &id) ||
        submission_keyring_find(keyring, id, strlen(id)) != NULL) {
        return emis_error_set_at(err, E_CONFIG, path,
                                 "keys/%zu/id is missing, not a text, or there twice",
                                 keyring->count);
    }
    if (!read_text(json_value_get(entry, "secret"), &secret) ||
        !emis_text_unhex(secret, strlen(secret), key->secret, sizeof key->secret)) {
        return emis_error_set_at(err, E_CONFIG, path,
                                 "keys/%zu/secret is not 64 hexadecimal digits", keyring->count);
    }
    if (backdate != NULL && !json_value_bool(backdate, &key->may_backdate)) {
        return emis_error_set_at(err, E_CONFIG, path, "keys/%zu/backdate is not true or false",
                                 keyring->count);
    }
    if (units != NULL && !read_text(units, &pattern)) {
        return emis_error_set_at(err, E_CONFIG, path,
                                 "keys/%zu/units is not a unit code, a prefix ending in * or *",
                                 keyring->count);
    }
    key->key_id = emis_arena_strdup(keyring->arena, id);
    key->units = emis_arena_strdup(keyring->arena, pattern);
    keyring->count++;
    return true;
}

static bool read_keys(struct submission_keyring *keyring, const struct json_value *root,
                      const char *path, struct emis_error *err)
{
    const struct json_value *list = json_value_get(root, "keys");
    size_t count = json_value_size(list);
    if (list == NULL || json_value_type(list) != JSON_VALUE_ARRAY || json_value_size(root) != 1 ||
        count > KEYS_MAX) {
        return emis_error_set_at(err, E_CONFIG, path,
                                 "a keyring is one object with the array `keys` of at most %d keys",
                                 KEYS_MAX);
    }
    keyring->keys = emis_arena_alloc(keyring->arena, (count + 1) * sizeof *keyring->keys);
    for (size_t i = 0; i < count; i++) {
        if (!read_key(keyring, json_value_at(list, i), path, err)) {
            return false;
        }
    }
    return true;
}

static bool read_document(const char *path, struct json_document **ret, struct emis_error *err)
{
    struct emis_error cause;
    if (json_document_read_new(path, &json_limits_file, ret, &cause)) {
        return true;
    }
    enum emis_error_code code =
        cause.code == E_NO_INPUT || cause.code == E_IO ? cause.code : E_CONFIG;
    return emis_error_set_at(err, code, cause.pointer, "%s", cause.message);
}

bool submission_keyring_load(const char *path, struct submission_keyring **ret_keyring,
                             struct emis_error *err)
{
    struct json_document *document;
    if (!check_mode(path, err) || !read_document(path, &document, err)) {
        return false;
    }
    struct submission_keyring *keyring = emis_calloc(1, sizeof *keyring);
    keyring->arena = emis_arena_new(4096);
    bool is_good = read_keys(keyring, json_document_root(document), path, err);
    json_document_free(document);
    if (!is_good) {
        submission_keyring_free(keyring);
        return false;
    }
    *ret_keyring = keyring;
    return true;
}

const struct submission_signing_key *
submission_keyring_find(const struct submission_keyring *keyring, const char *key_id, size_t size)
{
    for (size_t i = 0; keyring != NULL && i < keyring->count; i++) {
        if (strlen(keyring->keys[i].key_id) == size &&
            memcmp(keyring->keys[i].key_id, key_id, size) == 0) {
            return &keyring->keys[i];
        }
    }
    return NULL;
}

bool submission_keyring_has_unit(const struct submission_signing_key *key, const char *unit,
                                 size_t size)
{
    size_t length = strlen(key->units);
    if (length > 0 && key->units[length - 1] == '*') {
        return size >= length - 1 && memcmp(key->units, unit, length - 1) == 0;
    }
    return size == length && memcmp(key->units, unit, size) == 0;
}

void submission_keyring_free(struct submission_keyring *keyring)
{
    if (keyring != NULL) {
        emis_arena_free(keyring->arena);
        free(keyring);
    }
}

static void append_part(struct emis_buffer *out, const void *bytes, size_t size)
{
    emis_buffer_i64(out, (int64_t) size);
    if (size > 0) {
        emis_buffer_append(out, bytes, size);
    }
}

void submission_sign(const struct submission_signing_key *key,
                     const struct submission_signed_parts *parts,
                     uint8_t ret_signature[EMIS_DIGEST_BYTES])
{
    struct emis_buffer bytes;
    emis_buffer_init(&bytes);
    append_part(&bytes, parts->key, parts->key_size);
    append_part(&bytes, parts->value, parts->value_size);
    append_part(&bytes, parts->received_at, parts->received_at_size);
    append_part(&bytes, parts->replay_of, parts->replay_of_size);
    emis_digest_hmac(key->secret, sizeof key->secret, bytes.data, bytes.size, ret_signature);
    emis_buffer_release(&bytes);
}
