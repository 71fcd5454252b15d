/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A submission while it is being judged: what the stages hand to each other. Each stage is one
 * file; it returns true when it found nothing wrong and otherwise leaves its faults in the draft.
 * Lives on submission_judge's stack; only this folder includes it.
 */
#pragma once

#include "lib/expr/evaluate.h"
#include "lib/json/path.h"
#include "lib/json/value.h"
#include "lib/submission/judge.h"
#include "lib/submission/keyring.h"

#define SUBMISSION_ROWS_MAX        5000 /* over all groups of a submission */
#define SUBMISSION_KEY_BYTES_MAX   200
#define SUBMISSION_NAME_POINTS_MAX 200 /* sender, late_reason: code points */

/* Decoded rows of one group of the form's version. Columns are the keys, then the fields, as
 * declared. */
struct submission_table {
    const struct catalogue_group *group;
    size_t row_count;
    size_t column_count;
    struct expr_value *cells; /* row_count * column_count */
    size_t *order;            /* positions of the rows, sorted by key columns */
};

struct submission_draft {
    const struct submission_context *context;
    const struct submission_record *record;
    struct emis_arena *arena;
    struct submission *out;
    struct submission_fault *faults; /* room for SUBMISSION_FAULTS_MAX */
    size_t fault_count;
    struct json_path path; /* of the value being looked at */
    const struct json_value *root;
    const struct submission_signing_key *signer; /* NULL: not signed */
    const char *form_code;
    int64_t version;
    const char *unit_code;
    size_t unit_size;
    const char *period_code;
    size_t period_size;
    const struct json_value *data;   /* NULL for a retract */
    struct submission_table *tables; /* one per group of the form */
};

/* Note a fault at a pointer (copied) or, without one, at draft->path. Beyond SUBMISSION_FAULTS_MAX
 * faults are dropped. Returns false. */
bool submission_draft_fault_at(struct submission_draft *draft, enum emis_error_code code,
                               const char *pointer, const char *format, ...) EMIS_PRINTF(4, 5);
bool submission_draft_fault(struct submission_draft *draft, enum emis_error_code code,
                            const char *format, ...) EMIS_PRINTF(3, 4);
/* The reason that another module gave, at draft->path. Returns false. */
bool submission_draft_fault_of(struct submission_draft *draft, const struct emis_error *err);
/* At most 40 escaped characters of a value, for a message; in the arena. */
const char *submission_draft_show(struct submission_draft *draft, const char *text, size_t size);
/* A member of `object` that is_known refuses becomes E_FIELD_UNKNOWN; draft->path is the object's.
 */
typedef bool (*submission_draft_known_fn)(const void *context, const char *name);
void submission_draft_check_members(struct submission_draft *draft, const struct json_value *object,
                                    submission_draft_known_fn is_known, const void *context);

/* The stages, in their order. */
bool submission_record_check(struct submission_draft *draft);
bool submission_envelope_read(struct submission_draft *draft);
bool submission_decode_read(struct submission_draft *draft);
bool submission_reference_check(struct submission_draft *draft, bool *ret_is_unit_known);
bool submission_rules_check(struct submission_draft *draft);

/* Sort the rows of each table and find doubles (E_ROW_DUP). */
void submission_rows_sort(struct submission_draft *draft);
/* draft->out->content_sha256 from the sorted tables. */
void submission_encode_content(struct submission_draft *draft);
/* draft->out->rows: COPY tuples of every group. The unit and the period are known. */
void submission_encode_rows(struct submission_draft *draft);

/* One field's value at draft->path, by its declaration; value NULL: absent. */
bool submission_field_read(struct submission_draft *draft, const struct catalogue_field *field,
                           const struct json_value *value, struct expr_value *ret);
/* Free text: normalised, not blank, at most points_max code points; a blank optional text is
 * missing. */
bool submission_field_text(struct submission_draft *draft, const struct json_value *value,
                           int32_t points_max, bool is_required, struct expr_value *ret);

/* The form of a period's text. E_PERIOD_KIND, E_DATE_INVALID, E_DATE_RANGE. */
bool submission_period_check(enum catalogue_period_kind kind, const char *text, size_t size,
                             struct emis_error *err) EMIS_MUST_CHECK;
