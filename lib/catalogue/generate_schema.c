/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON Schema (2020-12) of a submission. It says what a schema can say; what it cannot (sums and
 * other rules, a row key given twice, integers written with a fraction of zero, scale and range of
 * decimals in text, characters of text, what the registry knows) is checked on arrival and named in
 * the descriptions.
 */
#include <stdio.h>
#include <string.h>

#include "lib/catalogue/generate.h"
#include "lib/catalogue/generate_part.h"
#include "lib/json/write.h"

/* Gregorian days of 1900 to 2199 that exist. */
#define DATE_BODY                                                                                  \
    "(?:(?:19|20|21)[0-9]{2}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[" \
    "1-9]|"                                                                                        \
    "[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))|(?:(?:19|20|21)(?:0[48]|[2468][048]|[13579][26])|" \
    "2000)-02-29)"
/* A character that is seen: the blanks and fillers of emis_text_is_blank do not fill a field. */
#define SEEN                                                                                \
    "[^\\s\\u0000-\\u0020\\u007f-\\u00a0\\u00ad\\u034f\\u115f\\u1160\\u17b4\\u17b5\\u180b-" \
    "\\u180f\\u200b-\\u200f\\u2028-\\u202f\\u205f-"                                         \
    "\\u206f\\u2800\\u3000\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0]"
/* Not `$` alone: in some engines it also stands before a closing line feed. */
#define END          "(?![\\s\\S])"
#define DATE_PATTERN "^" DATE_BODY END
#define INSTANT_PATTERN                                                                            \
    "^" DATE_BODY "T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\\.[0-9]{1,6})?(?:Z|[+-](?:(?:0[" \
    "0-9]|1[0-3]):[0-5][0-9]|14:00))" END

static const char *const period_patterns[CATALOGUE_PERIOD_KINDS] = {
    [CATALOGUE_DAY] = DATE_PATTERN,
    [CATALOGUE_WEEK] = "^(?:19|20|21)[0-9]{2}-W(?:0[1-9]|[1-4][0-9]|5[0-3])" END,
    [CATALOGUE_MONTH] = "^[0-9]{4}-(?:0[1-9]|1[0-2])" END,
    [CATALOGUE_QUARTER] = "^[0-9]{4}-Q[1-4]" END,
    [CATALOGUE_TERM] = "^SY[0-9]{4}-T[0-9]" END,
    [CATALOGUE_SCHOOL_YEAR] = "^SY[0-9]{4}" END,
    [CATALOGUE_CAMPAIGN] = "^[A-Z][A-Z0-9_-]{0,39}" END,
};

static void put_text(struct json_write *json, const char *key, const char *text)
{
    json_write_key(json, key);
    json_write_string(json, text);
}

static void put_number(struct json_write *json, const char *key, int64_t number)
{
    json_write_key(json, key);
    json_write_i64(json, number);
}

static void put_bool(struct json_write *json, const char *key, bool truth)
{
    json_write_key(json, key);
    json_write_bool(json, truth);
}

/* "type": "x", or "type": ["x", "null"]. */
static void put_type(struct json_write *json, const char *type, bool is_nullable)
{
    if (!is_nullable) {
        put_text(json, "type", type);
        return;
    }
    json_write_key(json, "type");
    json_write_array_begin(json);
    json_write_string(json, type);
    json_write_string(json, "null");
    json_write_array_end(json);
}

static void put_enum(struct json_write *json, const struct catalogue_list *list, bool is_nullable)
{
    json_write_key(json, "enum");
    json_write_array_begin(json);
    for (size_t i = 0; i < list->code_count; i++)
        json_write_string(json, list->codes[i].code);
    if (is_nullable)
        json_write_null(json);
    json_write_array_end(json);
}

/* A JSON number, or a text with at most scale digits after the point. */
static void put_decimal(struct json_write *json, const struct catalogue_field *field)
{
    char pattern[96];
    json_write_key(json, "anyOf");
    json_write_array_begin(json);
    json_write_object_begin(json);
    put_text(json, "type", "number");
    json_write_key(json, "minimum");
    json_write_decimal(json, field->min, (unsigned) field->scale);
    json_write_key(json, "maximum");
    json_write_decimal(json, field->max, (unsigned) field->scale);
    json_write_object_end(json);
    json_write_object_begin(json);
    put_text(json, "type", "string");
    snprintf(pattern, sizeof pattern, "^-?(?:0|[1-9][0-9]*)(?:\\.[0-9]{0,%d}0*)?" END,
             field->scale);
    put_text(json, "pattern", pattern);
    json_write_object_end(json);
    if (!field->is_required) {
        json_write_object_begin(json);
        put_text(json, "type", "null");
        json_write_object_end(json);
    }
    json_write_array_end(json);
}

static void put_string(struct json_write *json, const struct catalogue_field *field)
{
    put_type(json, "string", !field->is_required);
    if (field->is_required)
        put_number(json, "minLength", 1);
    put_number(json, "maxLength", field->text_max);
    if (field->is_code_text)
        put_text(json, "pattern",
                 field->is_required ? "^[A-Za-z0-9_.:/-]+" END : "^[A-Za-z0-9_.:/-]*" END);
    else if (field->is_required)
        put_text(json, "pattern", SEEN);
}

static void put_description(struct json_write *json, const struct catalogue_field *field,
                            const char *label)
{
    char text[1024];
    if (field->is_required)
        snprintf(text, sizeof text, "%s", label);
    else
        snprintf(text, sizeof text, "%s. May be missing: %s", label, field->missing_reason);
    if (*text)
        put_text(json, "description", text);
}

static void put_field(struct json_write *json, const struct catalogue_field *field,
                      const char *label)
{
    const bool is_nullable = !field->is_required;
    json_write_key(json, field->name);
    json_write_object_begin(json);
    put_description(json, field, label);
    switch (field->type) {
    case CATALOGUE_INT:
        put_type(json, "integer", is_nullable);
        put_number(json, "minimum", field->min);
        put_number(json, "maximum", field->max);
        break;
    case CATALOGUE_DECIMAL:
        put_decimal(json, field);
        break;
    case CATALOGUE_CODE:
        put_enum(json, field->list, is_nullable);
        break;
    case CATALOGUE_TEXT:
        put_string(json, field);
        break;
    case CATALOGUE_DATE:
        put_type(json, "string", is_nullable);
        put_text(json, "pattern", DATE_PATTERN);
        break;
    case CATALOGUE_BOOL:
        put_type(json, "boolean", is_nullable);
        break;
    }
    json_write_object_end(json);
}

/* Properties of a group's columns. */
static void put_columns(struct json_write *json, const struct catalogue *catalogue,
                        const struct catalogue_form *form, const struct catalogue_group *group)
{
    for (size_t i = 0; i < group->key_count; i++)
        put_field(json, &group->keys[i],
                  catalogue_generate_label(catalogue, "field.%s.%s.%s", form->code, group->code,
                                           group->keys[i].name));
    for (size_t i = 0; i < group->field_count; i++)
        put_field(json, &group->fields[i],
                  catalogue_generate_label(catalogue, "field.%s.%s.%s", form->code, group->code,
                                           group->fields[i].name));
}

static void put_required_columns(struct json_write *json, const struct catalogue_group *group)
{
    for (size_t i = 0; i < group->key_count; i++)
        json_write_string(json, group->keys[i].name);
    for (size_t i = 0; i < group->field_count; i++) {
        if (group->fields[i].is_required)
            json_write_string(json, group->fields[i].name);
    }
}

static void put_rows(struct json_write *json, const struct catalogue *catalogue,
                     const struct catalogue_form *form, const struct catalogue_group *group)
{
    json_write_key(json, group->code);
    json_write_object_begin(json);
    put_text(json, "description",
             catalogue_generate_label(catalogue, "group.%s.%s", form->code, group->code));
    put_type(json, "array", group->rows_min == 0);
    put_number(json, "minItems", group->rows_min);
    put_number(json, "maxItems", group->rows_max);
    json_write_key(json, "items");
    json_write_object_begin(json);
    put_text(json, "type", "object");
    put_bool(json, "additionalProperties", false);
    json_write_key(json, "required");
    json_write_array_begin(json);
    put_required_columns(json, group);
    json_write_array_end(json);
    json_write_key(json, "properties");
    json_write_object_begin(json);
    put_columns(json, catalogue, form, group);
    json_write_object_end(json);
    json_write_object_end(json);
    json_write_object_end(json);
}

/* $defs/data: what `data` holds in a submission that is not a retraction. */
static void put_data(struct json_write *json, const struct catalogue *catalogue,
                     const struct catalogue_form *form)
{
    json_write_key(json, "$defs");
    json_write_object_begin(json);
    json_write_key(json, "data");
    json_write_object_begin(json);
    put_text(json, "type", "object");
    put_bool(json, "additionalProperties", false);
    json_write_key(json, "required");
    json_write_array_begin(json);
    for (size_t i = 0; i < form->group_count; i++) {
        if (!form->groups[i].is_repeating)
            put_required_columns(json, &form->groups[i]);
        else if (form->groups[i].rows_min > 0)
            json_write_string(json, form->groups[i].code);
    }
    json_write_array_end(json);
    json_write_key(json, "properties");
    json_write_object_begin(json);
    for (size_t i = 0; i < form->group_count; i++) {
        if (form->groups[i].is_repeating)
            put_rows(json, catalogue, form, &form->groups[i]);
        else
            put_columns(json, catalogue, form, &form->groups[i]);
    }
    json_write_object_end(json);
    json_write_object_end(json);
    json_write_object_end(json);
}

static void put_pattern(struct json_write *json, const char *key, const char *pattern,
                        const char *description)
{
    json_write_key(json, key);
    json_write_object_begin(json);
    put_text(json, "description", description);
    put_text(json, "type", "string");
    put_text(json, "pattern", pattern);
    json_write_object_end(json);
}

static void put_text_member(struct json_write *json, const char *key, bool is_required,
                            const char *description)
{
    json_write_key(json, key);
    json_write_object_begin(json);
    put_text(json, "description", description);
    put_type(json, "string", !is_required);
    put_number(json, "maxLength", 200);
    if (is_required)
        put_text(json, "pattern", SEEN);
    json_write_object_end(json);
}

static void put_envelope(struct json_write *json, const struct catalogue *catalogue,
                         const struct catalogue_form *form)
{
    put_pattern(json, "submission_id",
                "^(?!0{8}-0{4}-0{4}-0{4}-0{12})[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-"
                "Fa-f]{4}-[0-9A-Fa-f]{12}" END,
                "UUID, new for every submission");
    json_write_key(json, "form");
    json_write_object_begin(json);
    put_text(json, "const", form->code);
    json_write_object_end(json);
    json_write_key(json, "version");
    json_write_object_begin(json);
    put_text(json, "type", "integer");
    put_number(json, "const", form->version);
    json_write_object_end(json);
    put_text_member(json, "unit", true, "Code of the school or area; also the record's key");
    put_pattern(json, "period", period_patterns[form->period_kind], "Period of the form's kind");
    for (size_t i = 0; i < form->key_part_count; i++)
        put_field(
            json, &form->key_parts[i],
            catalogue_generate_label(catalogue, "key.%s.%s", form->code, form->key_parts[i].name));
    json_write_key(json, "revision");
    json_write_object_begin(json);
    put_text(json, "description",
             "1 for the first, one more for each correction; written as an integer");
    put_text(json, "type", "integer");
    put_number(json, "minimum", 1);
    put_number(json, "maximum", INT32_MAX);
    json_write_object_end(json);
    put_pattern(json, "submitted_at", INSTANT_PATTERN,
                "When the sender's device sent it, with seconds and zone");
    put_text_member(json, "sender", true, "Code of who sent it, never a person's name");
    put_text_member(json, "late_reason", false, "Why it is late");
    json_write_key(json, "retract");
    json_write_object_begin(json);
    put_text(json, "description",
             "true takes the submission of this natural key out; then without data");
    put_type(json, "boolean", true);
    json_write_object_end(json);
    json_write_key(json, "data");
    json_write_bool(json, true);
}

static void put_required_members(struct json_write *json, const struct catalogue_form *form)
{
    static const char *const names[] = {"submission_id", "form",     "version",      "unit",
                                        "period",        "revision", "submitted_at", "sender"};
    json_write_key(json, "required");
    json_write_array_begin(json);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        json_write_string(json, names[i]);
    for (size_t i = 0; i < form->key_part_count; i++)
        json_write_string(json, form->key_parts[i].name);
    json_write_array_end(json);
}

/* A retraction has no data or {} or null; everything else has data. */
static void put_retraction(struct json_write *json)
{
    static const char text[] =
        "{\"required\":[\"retract\"],\"properties\":{\"retract\":{\"const\":true}}}";
    static const char then[] =
        "{\"properties\":{\"data\":{\"type\":[\"object\",\"null\"],\"maxProperties\":0}}}";
    static const char otherwise[] =
        "{\"required\":[\"data\"],\"properties\":{\"data\":{\"$ref\":\"#/$defs/data\"}}}";
    json_write_key(json, "if");
    json_write_raw(json, text, sizeof text - 1);
    json_write_key(json, "then");
    json_write_raw(json, then, sizeof then - 1);
    json_write_key(json, "else");
    json_write_raw(json, otherwise, sizeof otherwise - 1);
}

void catalogue_generate_schema(const struct catalogue *catalogue, const struct catalogue_form *form,
                               struct emis_buffer *out)
{
    char id[96];
    struct json_write json;
    json_write_init(&json, out, true);
    json_write_object_begin(&json);
    put_text(&json, "$schema", "https://json-schema.org/draft/2020-12/schema");
    snprintf(id, sizeof id, "urn:emis:form:%s:%d", form->code, form->version);
    put_text(&json, "$id", id);
    put_text(&json, "title", catalogue_generate_label(catalogue, "form.%s", form->code));
    put_text(&json, "type", "object");
    put_bool(&json, "additionalProperties", false);
    put_required_members(&json, form);
    json_write_key(&json, "properties");
    json_write_object_begin(&json);
    put_envelope(&json, catalogue, form);
    json_write_object_end(&json);
    put_retraction(&json);
    put_data(&json, catalogue, form);
    json_write_object_end(&json);
}
