/* SPDX-License-Identifier: Apache-2.0 */
/* What can be said of a record before its value is read: size, key, headers, signature. */
#include <stdio.h>
#include <string.h>

#include "lib/base/date.h"
#include "lib/base/text.h"
#include "lib/submission/draft.h"

#define HEADERS_MAX       64
#define HEADERS_BYTES_MAX 8192

/* Our own headers, by their place in the table of names. */
enum header { KEY_ID, SIGNATURE, RECEIVED_AT, REPLAY_OF, HEADERS };

static const char *const header_names[HEADERS] = {
    SUBMISSION_HEADER_KEY_ID, SUBMISSION_HEADER_SIGNATURE, SUBMISSION_HEADER_RECEIVED_AT,
    SUBMISSION_HEADER_REPLAY_OF};

static bool check_value(struct submission_draft *draft)
{
    const struct submission_record *record = draft->record;
    if (!record->has_value) {
        return submission_draft_fault_at(draft, E_REC_NULL, "", "the record has no value");
    }
    if (record->value_size == 0) {
        return submission_draft_fault_at(draft, E_REC_EMPTY, "", "the record's value has 0 bytes");
    }
    if (record->value_size > draft->context->record_bytes_max) {
        return submission_draft_fault_at(draft, E_REC_TOO_LARGE, "",
                                         "the value has %zu bytes, %zu are allowed",
                                         record->value_size, draft->context->record_bytes_max);
    }
    return true;
}

static bool check_key(struct submission_draft *draft)
{
    const struct submission_record *record = draft->record;
    if (!record->has_key || record->key_size == 0) {
        return submission_draft_fault_at(draft, E_REC_KEY, "", "the record has no key");
    }
    if (record->key_size > SUBMISSION_KEY_BYTES_MAX) {
        return submission_draft_fault_at(draft, E_REC_KEY, "",
                                         "the key has %zu bytes, %d are allowed", record->key_size,
                                         SUBMISSION_KEY_BYTES_MAX);
    }
    if (emis_text_utf8_error(record->key, record->key_size) != SIZE_MAX) {
        return submission_draft_fault_at(draft, E_REC_KEY, "", "the key is not UTF-8");
    }
    return true;
}

/* Limits of all headers together, and our own ones found: each at most once, so that no two readers
 * can see different ones. */
static bool find_headers(struct submission_draft *draft,
                         const struct submission_header *ret_found[HEADERS])
{
    const struct submission_record *record = draft->record;
    size_t bytes = 0;
    if (record->header_count > HEADERS_MAX) {
        return submission_draft_fault_at(draft, E_REC_HEADER, "",
                                         "the record has %zu headers, %d are allowed",
                                         record->header_count, HEADERS_MAX);
    }
    for (size_t i = 0; i < record->header_count; i++) {
        const struct submission_header *header = &record->headers[i];
        size_t name_size = strlen(header->name);
        bytes += name_size + header->value_size;
        if (emis_text_utf8_error(header->name, name_size) != SIZE_MAX) {
            return submission_draft_fault_at(draft, E_REC_HEADER, "",
                                             "the name of header %zu is not UTF-8", i + 1);
        }
        for (size_t j = 0; j < HEADERS; j++) {
            if (strcmp(header->name, header_names[j]) == 0) {
                if (ret_found[j] != NULL) {
                    return submission_draft_fault_at(
                        draft, E_REC_HEADER, "", "the header %s is there twice", header_names[j]);
                }
                ret_found[j] = header;
            }
        }
    }
    if (bytes > HEADERS_BYTES_MAX) {
        return submission_draft_fault_at(draft, E_REC_HEADER, "",
                                         "the headers have %zu bytes, %d are allowed", bytes,
                                         HEADERS_BYTES_MAX);
    }
    return true;
}

static bool verify(struct submission_draft *draft,
                   const struct submission_header *const found[HEADERS])
{
    const struct submission_record *record = draft->record;
    const struct submission_header *received_at = found[RECEIVED_AT];
    const struct submission_header *replay_of = found[REPLAY_OF];
    uint8_t sent[EMIS_DIGEST_BYTES];
    uint8_t expected[EMIS_DIGEST_BYTES];
    struct submission_signed_parts parts = {
        .key = record->key,
        .key_size = record->key_size,
        .value = record->value,
        .value_size = record->value_size,
        .received_at = received_at != NULL ? received_at->value : NULL,
        .received_at_size = received_at != NULL ? received_at->value_size : 0,
        .replay_of = replay_of != NULL ? replay_of->value : NULL,
        .replay_of_size = replay_of != NULL ? replay_of->value_size : 0,
    };
    if (!emis_text_unhex(found[SIGNATURE]->value, found[SIGNATURE]->value_size, sent,
                         sizeof sent)) {
        return false;
    }
    submission_sign(draft->signer, &parts, expected);
    return emis_digest_is_equal(sent, expected);
}

/* One text for every wrong signature: a forger learns nothing about which part was right. */
static bool check_signature(struct submission_draft *draft,
                            const struct submission_header *const found[HEADERS])
{
    bool is_signed = found[KEY_ID] != NULL || found[SIGNATURE] != NULL;
    bool is_whole = found[KEY_ID] != NULL && found[SIGNATURE] != NULL;

    if (is_whole && draft->context->is_verified_before) {
        return true; /* with its rights, which were the key's of that day */
    }
    if (is_signed) {
        if (is_whole) {
            draft->signer = submission_keyring_find(draft->context->keyring, found[KEY_ID]->value,
                                                    found[KEY_ID]->value_size);
        }
        if (draft->signer == NULL || !verify(draft, found)) {
            return submission_draft_fault_at(draft, E_REC_SIG, "", "the signature does not verify");
        }
    }
    if (!is_signed && draft->context->is_signing_required) {
        return submission_draft_fault_at(draft, E_REC_SIG, "", "the record is not signed");
    }
    if ((found[RECEIVED_AT] != NULL || found[REPLAY_OF] != NULL) &&
        (!is_signed || !draft->signer->may_backdate)) {
        return submission_draft_fault_at(
            draft, E_REC_SIG, "", "%s and %s need a signature by a key with the right to backdate",
            SUBMISSION_HEADER_RECEIVED_AT, SUBMISSION_HEADER_REPLAY_OF);
    }
    return true;
}

static bool read_received_at(struct submission_draft *draft, const struct submission_header *header)
{
    struct emis_error err;
    int64_t received_at_us;
    if (!emis_date_parse_instant(header->value, header->value_size, &received_at_us, &err)) {
        return submission_draft_fault_at(draft, E_REC_HEADER, "", "%s: %s",
                                         SUBMISSION_HEADER_RECEIVED_AT, err.message);
    }
    if (received_at_us > draft->record->timestamp_us) {
        return submission_draft_fault_at(draft, E_REC_SIG, "",
                                         "%s is later than the record's timestamp",
                                         SUBMISSION_HEADER_RECEIVED_AT);
    }
    draft->out->received_at_us = received_at_us;
    return true;
}

/* log/partition/offset */
static bool read_replay_of(struct submission_draft *draft, const struct submission_header *header)
{
    static const int64_t max[3] = {1023, 8191, (INT64_C(1) << 40) - 1};
    int64_t parts[3];
    const char *at = header->value;
    const char *end = at + header->value_size;
    for (size_t i = 0; i < 3; i++) {
        const char *slash = i < 2 ? memchr(at, '/', (size_t) (end - at)) : end;
        if (slash == NULL || !emis_text_parse_i64(at, (size_t) (slash - at), &parts[i]) ||
            parts[i] < 0 || parts[i] > max[i]) {
            return submission_draft_fault_at(draft, E_REC_HEADER, "",
                                             "%s is not log/partition/offset",
                                             SUBMISSION_HEADER_REPLAY_OF);
        }
        at = i < 2 ? slash + 1 : end;
    }
    draft->out->replay_of_key =
        submission_key_pack((int16_t) parts[0], (int32_t) parts[1], parts[2]);
    return true;
}

bool submission_record_check(struct submission_draft *draft)
{
    const struct submission_header *found[HEADERS] = {NULL};
    if (!check_value(draft) || !check_key(draft) || !find_headers(draft, found) ||
        !check_signature(draft, found)) {
        return false;
    }
    if (found[RECEIVED_AT] != NULL && !read_received_at(draft, found[RECEIVED_AT])) {
        return false;
    }
    return found[REPLAY_OF] == NULL || read_replay_of(draft, found[REPLAY_OF]);
}
