/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One submission of an imported file as the JSON that is sent, and the way back from a pointer into
 * that JSON to the line and column it came from. Pure; one owner; each write forgets the last.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buffer.h"
#include "ops/cli/csv.h"
#include "ops/cli/import_map.h"
#include "ops/cli/import_rows.h"
#include "ops/cli/import_value.h"

struct emis_arena;

/* Which line and template a row of a group is of. */
struct cli_import_origin {
    size_t row, template_index;
};

struct cli_import_document {
    const struct cli_import_map *map;
    const struct cli_csv *csv;
    const char *submitted_at;    /* where the map names none */
    struct emis_arena *arena;    /* of one document; cleared by each write */
    struct emis_buffer text;     /* what was written last */
    struct emis_buffer *origins; /* struct cli_import_origin, for each group of the map */
    const struct cli_import_submission *submission;
};

/* Everything is borrowed. */
void cli_import_document_init(struct cli_import_document *document,
                              const struct cli_import_map *map, const struct cli_csv *csv,
                              const char *submitted_at);

/*
 * document->text becomes the submission, on one line or indented. Its submission_id is made of
 * everything else in it (a UUID of version 8 from SHA-256): the same lines through the same map
 * give the same bytes. False: there were mistakes; each was told.
 */
bool cli_import_document_write(struct cli_import_document *document,
                               const struct cli_import_submission *submission, bool is_indented,
                               struct cli_import_mistakes *mistakes) EMIS_MUST_CHECK;

/* Where the value at a JSON pointer of the last document came from: the line, and the column or ""
 * (borrowed until the next write). */
void cli_import_document_place(struct cli_import_document *document, const char *pointer,
                               size_t *ret_line, const char **ret_column);
void cli_import_document_release(struct cli_import_document *document);
