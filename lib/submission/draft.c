/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/submission/draft.h"

#include <stdarg.h>
#include <stdio.h>

#include "lib/base/arena.h"
#include "lib/base/text.h"

#define POINTER_BYTES_MAX    256
#define MESSAGE_BYTES_MAX    512
#define SHOWN_CHARACTERS_MAX 40

static void add(struct submission_draft *draft, enum emis_error_code code, const char *pointer,
                const char *message)
{
    if (draft->fault_count < SUBMISSION_FAULTS_MAX) {
        draft->faults[draft->fault_count++] =
            (struct submission_fault){code, emis_arena_strdup(draft->arena, pointer),
                                      emis_arena_strdup(draft->arena, message)};
    }
}

bool submission_draft_fault_at(struct submission_draft *draft, enum emis_error_code code,
                               const char *pointer, const char *format, ...)
{
    char message[MESSAGE_BYTES_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    add(draft, code, pointer, message);
    return false;
}

bool submission_draft_fault(struct submission_draft *draft, enum emis_error_code code,
                            const char *format, ...)
{
    char message[MESSAGE_BYTES_MAX];
    char pointer[POINTER_BYTES_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    add(draft, code, json_path_format(&draft->path, pointer, sizeof pointer), message);
    return false;
}

bool submission_draft_fault_of(struct submission_draft *draft, const struct emis_error *err)
{
    return submission_draft_fault(draft, err->code, "%s", err->message);
}

const char *submission_draft_show(struct submission_draft *draft, const char *text, size_t size)
{
    char shown[SHOWN_CHARACTERS_MAX + 1];
    emis_text_escape(text, size, shown, sizeof shown);
    return emis_arena_strdup(draft->arena, shown);
}

void submission_draft_check_members(struct submission_draft *draft, const struct json_value *object,
                                    submission_draft_known_fn is_known, const void *context)
{
    struct json_value_member member;
    for (bool more = json_value_first(object, &member); more; more = json_value_next(&member)) {
        if (!is_known(context, member.key)) {
            json_path_push_key(&draft->path, member.key);
            submission_draft_fault(draft, E_FIELD_UNKNOWN, "the form has no such field here");
            json_path_pop(&draft->path);
        }
    }
}
