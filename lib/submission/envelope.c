/* SPDX-License-Identifier: Apache-2.0 */
/* The members around `data`: who sends what for whom. Key parts belong to the form and are read
 * with its fields; here their names are only known. */
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/date.h"
#include "lib/base/text.h"
#include "lib/submission/draft.h"

#define AHEAD_MAX_US (INT64_C(48) * 3600 * 1000000)

/* The member called name, NULL when absent or null; draft->path is left at it, the caller pops. */
static const struct json_value *enter(struct submission_draft *draft, const char *name)
{
    const struct json_value *value = json_value_get(draft->root, name);
    json_path_push_key(&draft->path, name);
    return value != NULL && json_value_type(value) == JSON_VALUE_NULL ? NULL : value;
}

static bool is_fixed_member(const char *name)
{
    static const char *const names[] = {"submission_id", "form",     "version",      "unit",
                                        "period",        "revision", "submitted_at", "sender",
                                        "late_reason",   "retract",  "data"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_key_part(const struct catalogue_form *form, const char *name)
{
    for (size_t i = 0; i < form->key_part_count; i++) {
        if (strcmp(form->key_parts[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_key_part_of_any(const struct catalogue *catalogue, const char *name)
{
    for (size_t i = 0; i < catalogue->form_count; i++) {
        if (is_key_part(&catalogue->forms[i], name)) {
            return true;
        }
    }
    return false;
}

/* Key parts are members of the envelope. Where the form is not known (that is a later stage's
 * verdict), those of every form are let through. */
static bool is_known_member(const void *context, const char *name)
{
    const struct submission_draft *draft = context;
    const struct catalogue *catalogue = draft->context->catalogue;
    const struct catalogue_form *form = NULL;
    if (is_fixed_member(name)) {
        return true;
    }
    if (draft->form_code != NULL && draft->version > 0 && draft->version <= INT16_MAX) {
        form = catalogue_form_find(catalogue, draft->form_code, (int16_t) draft->version);
    }
    return form != NULL ? is_key_part(form, name) : is_key_part_of_any(catalogue, name);
}

static void read_id(struct submission_draft *draft)
{
    const char *text;
    size_t size;
    const struct json_value *value = enter(draft, "submission_id");
    if (!json_value_string(value, &text, &size) ||
        !emis_text_parse_uuid(text, size, draft->out->submission_id)) {
        submission_draft_fault(draft, E_ENV_ID, "submission_id is missing or not a UUID");
    }
    json_path_pop(&draft->path);
}

/* A code of the envelope: text that is not blank, of allowed characters, no longer than a record
 * key. */
static void read_code(struct submission_draft *draft, const char *name, const char **ret,
                      size_t *ret_size)
{
    struct emis_error err;
    const char *text;
    size_t size;
    const char *normal;
    size_t normal_size;
    const struct json_value *value = enter(draft, name);
    if (!json_value_string(value, &text, &size) || emis_text_is_blank(text, size)) {
        submission_draft_fault(draft, E_ENV_FIELD, "%s is missing or not a text", name);
    } else if (size > SUBMISSION_KEY_BYTES_MAX) {
        submission_draft_fault(draft, E_ENV_FIELD, "%s has %zu bytes, %d are allowed", name, size,
                               SUBMISSION_KEY_BYTES_MAX);
    } else if (!emis_text_normalise(draft->arena, text, size, &normal, &normal_size, &err)) {
        submission_draft_fault_of(draft, &err);
    } else {
        *ret = text;
        *ret_size = size;
    }
    json_path_pop(&draft->path);
}

static void read_version(struct submission_draft *draft)
{
    if (!json_value_integer(enter(draft, "version"), &draft->version)) {
        submission_draft_fault(draft, E_ENV_FIELD, "version is missing or not an integer");
    }
    json_path_pop(&draft->path);
}

static void read_revision(struct submission_draft *draft)
{
    int64_t revision;
    if (!json_value_integer(enter(draft, "revision"), &revision) || revision < 1 ||
        revision > INT32_MAX) {
        submission_draft_fault(draft, E_ENV_REVISION,
                               "revision is missing or not an integer from 1 to 2147483647");
    } else {
        draft->out->revision = (int32_t) revision;
    }
    json_path_pop(&draft->path);
}

static void read_submitted_at(struct submission_draft *draft)
{
    struct emis_error err;
    const char *text;
    size_t size;
    if (!json_value_string(enter(draft, "submitted_at"), &text, &size)) {
        submission_draft_fault(draft, E_ENV_FIELD, "submitted_at is missing or not a text");
    } else if (!emis_date_parse_instant(text, size, &draft->out->submitted_at_us, &err)) {
        submission_draft_fault_of(draft, &err);
    } else if (draft->out->submitted_at_us > draft->out->received_at_us + AHEAD_MAX_US) {
        submission_draft_fault(draft, E_DATE_RANGE,
                               "submitted_at is more than 48 hours after the record arrived: the "
                               "device's clock is wrong");
    }
    json_path_pop(&draft->path);
}

static void read_people(struct submission_draft *draft)
{
    struct expr_value text = {0};
    const struct json_value *sender = enter(draft, "sender");
    if (sender == NULL || json_value_type(sender) != JSON_VALUE_STRING) {
        submission_draft_fault(draft, E_ENV_FIELD, "sender is missing or not a text");
    } else if (submission_field_text(draft, sender, SUBMISSION_NAME_POINTS_MAX, true, &text)) {
        draft->out->sender = text.text;
    }
    json_path_pop(&draft->path);
    const struct json_value *reason = enter(draft, "late_reason");
    if (reason != NULL && json_value_type(reason) != JSON_VALUE_STRING) {
        submission_draft_fault(draft, E_ENV_FIELD, "late_reason is not a text");
    } else if (reason != NULL &&
               submission_field_text(draft, reason, SUBMISSION_NAME_POINTS_MAX, false, &text)) {
        draft->out->late_reason = text.text; /* NULL when blank */
    }
    json_path_pop(&draft->path);
}

static void read_retract(struct submission_draft *draft)
{
    const struct json_value *value = enter(draft, "retract");
    if (value != NULL && !json_value_bool(value, &draft->out->is_retract)) {
        submission_draft_fault(draft, E_ENV_FIELD, "retract is not true or false");
    }
    json_path_pop(&draft->path);
}

static void read_data(struct submission_draft *draft)
{
    const struct json_value *value = enter(draft, "data");
    if (value == NULL && !draft->out->is_retract) {
        submission_draft_fault(draft, E_ENV_FIELD, "data is missing");
    } else if (value != NULL && json_value_type(value) != JSON_VALUE_OBJECT) {
        submission_draft_fault(draft, E_FIELD_TYPE, "an object expected, not %s",
                               json_value_type_name(value));
    } else if (value != NULL && draft->out->is_retract && json_value_size(value) > 0) {
        submission_draft_fault(draft, E_ENV_FIELD, "a retraction carries no data");
    } else if (!draft->out->is_retract) {
        draft->data = value;
    }
    json_path_pop(&draft->path);
}

bool submission_envelope_read(struct submission_draft *draft)
{
    size_t form_size;
    read_id(draft);
    read_code(draft, "form", &draft->form_code, &form_size);
    read_version(draft);
    read_code(draft, "unit", &draft->unit_code, &draft->unit_size);
    read_code(draft, "period", &draft->period_code, &draft->period_size);
    read_revision(draft);
    read_submitted_at(draft);
    read_people(draft);
    read_retract(draft);
    read_data(draft);
    submission_draft_check_members(draft, draft->root, is_known_member, draft);
    return draft->fault_count == 0;
}
