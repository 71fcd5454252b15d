/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the bytes of a record to a typed submission and its verdict, as far as one record, the
 * catalogue and the registry decide (FORMAT.md is the contract with senders). Pure: no I/O, no
 * clock; "now" is the record's received_at. What other submissions decide (revision, duplicate) is
 * in settle.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/digest.h"
#include "lib/base/error.h"
#include "lib/catalogue/catalogue.h"
#include "lib/registry/snapshot.h"

struct emis_arena;
struct submission_keyring;

struct submission_header {
    const char *name;
    const void *value;
    size_t value_size;
};

/* A record as it came. Everything is borrowed. */
struct submission_record {
    int16_t log_no;
    int32_t partition;
    int64_t offset;
    int64_t timestamp_us; /* PostgreSQL epoch */
    const void *key;
    size_t key_size;
    bool has_key;
    const void *value;
    size_t value_size;
    bool has_value;
    const struct submission_header *headers;
    size_t header_count;
};

enum submission_verdict { SUBMISSION_VALID, SUBMISSION_REJECTED, SUBMISSION_PARKED };

#define SUBMISSION_FAULTS_MAX 50

struct submission_fault {
    enum emis_error_code code;
    const char *pointer; /* RFC 6901; "" = the whole document */
    const char *message;
};

/* Warnings that no form declares; negative, so that they never meet a catalogue number. Their
 * digits are those of catalogue/QUALITY.md. */
enum submission_builtin_rule {
    SUBMISSION_RULE_CLOCK_BEHIND = -23, /* submitted_at is more than 24 h before received_at: an
                                           offline device, or a wrong clock */
    SUBMISSION_RULE_NOT_OWED =
        -12 /* the form is not owed by this unit: the submission counts in no cell */
};
/* "CLOCK_BEHIND", "NOT_OWED"; NULL for a number that is not builtin. */
const char *submission_builtin_rule_name(int16_t rule_number);

struct submission_warning {
    int16_t rule_number; /* of the catalogue, or an enum submission_builtin_rule */
    const char *pointer;
};

/* Rows of one group, already encoded as COPY BINARY tuples for core.<table>. */
struct submission_rows {
    const struct catalogue_group *group; /* of the newest version: its table and columns */
    const void *bytes;
    size_t size;
    int32_t row_count;
};

struct submission_context {
    const struct catalogue *catalogue;
    const struct registry *registry;
    const struct submission_keyring *keyring; /* NULL: no keys known */
    bool is_signing_required;
    /* The record was parked, so its signature, if it bears one, was verified then: it is not judged
     * again, by keys that may have been rotated since. One that bears none was never verified, and
     * is judged like any other. */
    bool is_verified_before;
    int32_t utc_offset_minutes; /* local time of deadlines */
    size_t record_bytes_max;    /* 1 MiB by default */
};

struct submission {
    enum submission_verdict verdict;
    /* rejected or parked: the deciding fault first, then the others of its stage, sorted by pointer
     */
    const struct submission_fault *faults;
    size_t fault_count;
    const char *cause; /* parked: what is missing, "unit:EM.1865"; else NULL */
    /* always */
    int64_t submission_key; /* log_no << 53 | partition << 40 | offset */
    int64_t received_at_us; /* emis-received-at if the signing key may backdate, else the record's
                               timestamp */
    uint8_t value_sha256[EMIS_DIGEST_BYTES]; /* of the value's bytes; of nothing for a null value */
    int64_t replay_of_key; /* submission_key of the record in emis-replay-of, or -1 */
    /* valid (and parked, except unit and lanes) */
    const struct catalogue_form *form;
    const struct registry_unit *unit;
    const struct registry_period *period;
    const int32_t *lanes; /* lanes whose cells it changes: of the place on the period's last day
                             first, then of the unit's other places */
    size_t lane_count;
    uint8_t submission_id[16];
    const char
        *part_key; /* canonical text of the extra key parts: values joined by '|', "" if none */
    int32_t revision;
    bool is_retract;
    bool is_late;
    int64_t submitted_at_us;
    const char *sender;
    const char *late_reason;                   /* or NULL */
    uint8_t content_sha256[EMIS_DIGEST_BYTES]; /* over the typed rows in plan order; the same for
                                                  any spelling of the same content */
    const struct submission_rows *rows;
    size_t rows_count;
    const struct submission_warning *warnings;
    size_t warning_count;
};

/* Judge one record. Everything in *ret lives in the arena. Cannot fail: what is wrong is the
 * verdict. */
void submission_judge(const struct submission_context *context,
                      const struct submission_record *record, struct emis_arena *arena,
                      struct submission *ret);

int64_t submission_key_pack(int16_t log_no, int32_t partition, int64_t offset);
void submission_key_unpack(int64_t key, int16_t *ret_log_no, int32_t *ret_partition,
                           int64_t *ret_offset);
