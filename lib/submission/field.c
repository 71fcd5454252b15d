/* SPDX-License-Identifier: Apache-2.0 */
/* One value by its field's declaration. */
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/date.h"
#include "lib/base/text.h"
#include "lib/submission/draft.h"

static bool wrong_type(struct submission_draft *draft, const char *wanted,
                       const struct json_value *value)
{
    return submission_draft_fault(draft, E_FIELD_TYPE, "%s expected, not %s", wanted,
                                  json_value_type_name(value));
}

/* Absent, null and "" are told apart in the message: each has another mistake of the sender's
 * program behind it. */
static bool missing(struct submission_draft *draft, bool is_required, const char *how,
                    struct expr_value *ret)
{
    *ret = (struct expr_value){.is_missing = true};
    return !is_required ||
           submission_draft_fault(draft, E_FIELD_MISSING, "required, but it is %s", how);
}

static bool read_number(struct submission_draft *draft, const struct catalogue_field *field,
                        const struct json_value *value, struct expr_value *ret)
{
    struct emis_error err;
    if (field->type == CATALOGUE_INT && !json_value_integer(value, &ret->number)) {
        return wrong_type(draft, "an integer without fraction or exponent", value);
    }
    if (field->type == CATALOGUE_DECIMAL &&
        !json_value_decimal(value, (unsigned) field->scale, &ret->number, &err)) {
        return submission_draft_fault_of(draft, &err);
    }
    if (ret->number < field->min || ret->number > field->max) {
        unsigned scale = field->type == CATALOGUE_DECIMAL ? (unsigned) field->scale : 0;
        char number[24], min[24], max[24];
        emis_text_format_decimal(ret->number, scale, number);
        emis_text_format_decimal(field->min, scale, min);
        emis_text_format_decimal(field->max, scale, max);
        return submission_draft_fault(draft, E_FIELD_RANGE, "%s is not between %s and %s", number,
                                      min, max);
    }
    return true;
}

static bool read_code(struct submission_draft *draft, const struct catalogue_field *field,
                      const struct json_value *value, struct expr_value *ret)
{
    const char *text;
    size_t size;
    if (!json_value_string(value, &text, &size)) {
        return wrong_type(draft, "a code as a string", value);
    }
    ret->number = catalogue_code_number(field->list, text, size);
    return ret->number != 0 ||
           submission_draft_fault(draft, E_FIELD_ENUM, "\"%s\" is not in the code list %s",
                                  submission_draft_show(draft, text, size), field->list->code);
}

static bool read_date(struct submission_draft *draft, const struct json_value *value,
                      struct expr_value *ret)
{
    struct emis_error err;
    const char *text;
    size_t size;
    int32_t day;
    if (!json_value_string(value, &text, &size)) {
        return wrong_type(draft, "a date as a string", value);
    }
    if (!emis_date_parse(text, size, &day, &err)) {
        return submission_draft_fault_of(draft, &err);
    }
    ret->number = day;
    return true;
}

static bool is_code_character(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("_.:/-", c) != NULL);
}

static bool read_code_text(struct submission_draft *draft, const struct catalogue_field *field,
                           const char *text, size_t size, struct expr_value *ret)
{
    for (size_t i = 0; i < size; i++) {
        if (!is_code_character(text[i])) {
            return submission_draft_fault(draft, E_FIELD_FORMAT,
                                          "a code consists of A-Z a-z 0-9 _ . : / -");
        }
    }
    if (size > (size_t) field->text_max) {
        return submission_draft_fault(draft, E_FIELD_LENGTH,
                                      "the code has %zu characters, %d are allowed", size,
                                      (int) field->text_max);
    }
    ret->text = emis_arena_memdup(draft->arena, text, size + 1);
    ret->text_size = size;
    return true;
}

bool submission_field_text(struct submission_draft *draft, const struct json_value *value,
                           int32_t points_max, bool is_required, struct expr_value *ret)
{
    struct emis_error err;
    const char *text;
    size_t size;
    *ret = (struct expr_value){0};
    if (!json_value_string(value, &text, &size)) {
        return wrong_type(draft, "a string", value);
    }
    if (emis_text_is_blank(text, size)) {
        return missing(draft, is_required, size == 0 ? "empty" : "blank", ret);
    }
    if (!emis_text_normalise(draft->arena, text, size, &ret->text, &ret->text_size, &err)) {
        return submission_draft_fault_of(draft, &err);
    }
    size_t points = emis_text_length(ret->text, ret->text_size);
    if (points > (size_t) points_max) {
        return submission_draft_fault(draft, E_FIELD_LENGTH,
                                      "the text has %zu characters, %d are allowed", points,
                                      (int) points_max);
    }
    return true;
}

static bool read_text(struct submission_draft *draft, const struct catalogue_field *field,
                      const struct json_value *value, struct expr_value *ret)
{
    const char *text;
    size_t size;
    if (field->is_code_text && json_value_string(value, &text, &size) && size > 0) {
        return read_code_text(draft, field, text, size, ret);
    }
    return submission_field_text(draft, value, field->text_max, field->is_required, ret);
}

static bool read_bool(struct submission_draft *draft, const struct json_value *value,
                      struct expr_value *ret)
{
    bool is_true;
    if (!json_value_bool(value, &is_true)) {
        return wrong_type(draft, "true or false", value);
    }
    ret->number = is_true;
    return true;
}

bool submission_field_read(struct submission_draft *draft, const struct catalogue_field *field,
                           const struct json_value *value, struct expr_value *ret)
{
    const char *text;
    size_t size;
    *ret = (struct expr_value){0};
    if (value == NULL) {
        return missing(draft, field->is_required, "absent", ret);
    }
    if (json_value_type(value) == JSON_VALUE_NULL) {
        return missing(draft, field->is_required, "null", ret);
    }
    if (field->is_required && json_value_string(value, &text, &size) && size == 0) {
        return missing(draft, true, "empty", ret);
    }
    switch (field->type) {
    case CATALOGUE_INT:
    case CATALOGUE_DECIMAL:
        return read_number(draft, field, value, ret);
    case CATALOGUE_CODE:
        return read_code(draft, field, value, ret);
    case CATALOGUE_DATE:
        return read_date(draft, value, ret);
    case CATALOGUE_BOOL:
        return read_bool(draft, value, ret);
    case CATALOGUE_TEXT:
    default:
        return read_text(draft, field, value, ret);
    }
}
