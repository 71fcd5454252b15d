/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/submission/settle.h"

#include <string.h>

static bool is_equal(const uint8_t a[EMIS_DIGEST_BYTES], const uint8_t b[EMIS_DIGEST_BYTES])
{
    return memcmp(a, b, EMIS_DIGEST_BYTES) == 0;
}

static struct submission_settlement rejected(enum emis_error_code code)
{
    return (struct submission_settlement){SUBMISSION_OUTCOME_REJECTED, code};
}

/* Of the key, with this submission: the same in every order of arrival. */
static bool is_key_late(const struct submission *submission,
                        const struct submission_current *current)
{
    return (!current->exists || current->is_late) &&
           (submission->is_late || submission->is_retract);
}

static void become_current(const struct submission *submission, struct submission_current *current)
{
    *current = (struct submission_current){
        .exists = true,
        .submission_key = submission->submission_key,
        .revision = submission->revision,
        .is_retract = submission->is_retract,
        .is_late = is_key_late(submission, current),
    };
    memcpy(current->content_sha256, submission->content_sha256, sizeof current->content_sha256);
}

struct submission_settlement submission_settle(const struct submission *submission,
                                               const struct submission_same_id *same_id,
                                               struct submission_current *current)
{
    /* The id comes first: a record sent twice is a duplicate even when a later revision has
     * superseded it meanwhile. */
    if (same_id->exists) {
        return is_equal(same_id->value_sha256, submission->value_sha256)
                   ? (struct submission_settlement){SUBMISSION_DUPLICATE, EMIS_OK}
                   : rejected(E_ID_CONFLICT);
    }
    if (!current->exists || submission->revision > current->revision) {
        become_current(submission, current);
        return (struct submission_settlement){SUBMISSION_ACCEPTED, EMIS_OK};
    }
    if (submission->revision < current->revision) {
        current->is_late = is_key_late(submission, current);
        return (struct submission_settlement){SUBMISSION_SUPERSEDED, EMIS_OK};
    }
    if (submission->is_retract == current->is_retract &&
        is_equal(submission->content_sha256, current->content_sha256)) {
        return (struct submission_settlement){SUBMISSION_DUPLICATE, EMIS_OK};
    }
    return rejected(E_REV_CONFLICT);
}
