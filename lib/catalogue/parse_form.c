/* SPDX-License-Identifier: Apache-2.0 */
/* forms/<CODE>.v<N>.json */
#include <stdio.h>
#include <string.h>

#include "lib/base/date.h"
#include "lib/base/text.h"
#include "lib/catalogue/walk.h"
#include "lib/json/document.h"

#define DAYS_MAX 3660

static const char *const type_names[] = {"int", "decimal", "code", "text", "date", "bool", NULL};

/* Minimum and maximum of an int or decimal, as numbers scaled by the field's scale. */
static int64_t parse_bound(struct catalogue_walk *walk, const struct json_value *value,
                           const char *key, int scale, int64_t fallback)
{
    const struct json_value *bound = json_value_get(value, key);
    struct emis_error err;
    int64_t number;
    if (!bound)
        return fallback;
    if (json_value_decimal(bound, (unsigned) scale, &number, &err))
        return number;
    catalogue_walk_mistake(walk, key, "must be a number with at most %d digits after the point",
                           scale);
    return fallback;
}

static void parse_number(struct catalogue_walk *walk, const struct json_value *value,
                         struct catalogue_field *field)
{
    bool is_decimal = field->type == CATALOGUE_DECIMAL;
    field->scale =
        is_decimal ? (int) catalogue_walk_integer(walk, value, "scale", true, 0, 0, EXPR_SCALE_MAX)
                   : 0;
    field->min = parse_bound(walk, value, "min", field->scale, 0);
    field->max = parse_bound(walk, value, "max", field->scale,
                             is_decimal ? INT64_C(999999999999999) : INT32_MAX);
    if (field->min > field->max)
        catalogue_walk_mistake(walk, "max", "must not be less than min");
}

/* Members that a field of this type may have. */
static void parse_type(struct catalogue_walk *walk, const struct json_value *value,
                       struct catalogue_field *field)
{
    const bool is_number = field->type == CATALOGUE_INT || field->type == CATALOGUE_DECIMAL,
               is_text = field->type == CATALOGUE_TEXT;
    const struct {
        const char *key;
        bool is_allowed;
    } members[] = {
        {"list", field->type == CATALOGUE_CODE},
        {"scale", field->type == CATALOGUE_DECIMAL},
        {"min", is_number},
        {"max", is_number},
        {"text_max", is_text},
        {"code_text", is_text},
    };
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        if (!members[i].is_allowed && json_value_get(value, members[i].key))
            catalogue_walk_mistake(walk, members[i].key, "a field of type %s has no \"%s\"",
                                   type_names[field->type], members[i].key);
    }
    if (is_number)
        parse_number(walk, value, field);
    if (is_text) {
        field->text_max =
            (int32_t) catalogue_walk_integer(walk, value, "text_max", false, 200, 1, 4096);
        field->is_code_text = catalogue_walk_bool(walk, value, "code_text", false, false);
    }
    if (field->type != CATALOGUE_CODE)
        return;
    const char *list = catalogue_walk_text(walk, value, "list", true);
    field->list = list ? catalogue_list_find(walk->build->catalogue, list) : NULL;
    if (list && !field->list)
        catalogue_walk_mistake(
            walk, "list", "there is no code list \"%.50s\"; add codelists/%.50s.json", list, list);
}

static void check_name(struct catalogue_walk *walk, const struct catalogue_field *field)
{
    if (catalogue_reserved_is_column(field->name))
        catalogue_walk_mistake(walk, "name", "\"%s\" is reserved; take another name", field->name);
}

/* One field or, with is_key, one key column or key part. */
static void parse_field(struct catalogue_walk *walk, const struct json_value *value, bool is_key,
                        struct catalogue_field *field)
{
    static const char *const allowed[] = {"name",     "type",    "list",     "scale",
                                          "min",      "max",     "text_max", "code_text",
                                          "required", "missing", NULL};
    static const char *const key_allowed[] = {"name", "type",     "list",      "min",
                                              "max",  "text_max", "code_text", NULL};
    field->name = "";
    if (!catalogue_walk_members(walk, value, is_key ? key_allowed : allowed))
        return;
    field->name = catalogue_walk_identifier(walk, value, "name");
    check_name(walk, field);
    int type = catalogue_walk_choice(walk, value, "type", type_names, -1);
    if (type < 0)
        return;
    field->type = (enum catalogue_type) type;
    parse_type(walk, value, field);
    field->is_required = is_key || catalogue_walk_bool(walk, value, "required", false, true);
    if (is_key) {
        if (type == CATALOGUE_DECIMAL || type == CATALOGUE_BOOL ||
            (type == CATALOGUE_TEXT && !field->is_code_text))
            catalogue_walk_mistake(walk, "type",
                                   "a key must be int, code, date or text with code_text");
        return;
    }
    field->missing_reason = catalogue_walk_text(walk, value, "missing", !field->is_required);
    if (field->is_required && json_value_get(value, "missing"))
        catalogue_walk_mistake(walk, "missing", "a required field cannot be missing");
}

/* An array of fields; duplicates among them are mistakes. */
static struct catalogue_field *parse_fields(struct catalogue_walk *walk,
                                            const struct json_value *object, const char *key,
                                            bool is_required, bool is_key, size_t *ret_count)
{
    const struct json_value *array = catalogue_walk_array(walk, object, key, is_required);
    size_t size = array ? json_value_size(array) : 0;
    if (size > CATALOGUE_FIELDS_MAX)
        catalogue_walk_mistake(walk, key, "must list at most %d", CATALOGUE_FIELDS_MAX);
    struct catalogue_field *fields =
        emis_arena_alloc(walk->build->arena, (size + 1) * sizeof *fields);
    json_path_push_key(&walk->path, key);
    for (size_t i = 0; i < size; i++) {
        json_path_push_index(&walk->path, i);
        parse_field(walk, json_value_at(array, i), is_key, &fields[i]);
        for (size_t j = 0; j < i; j++) {
            if (*fields[i].name && strcmp(fields[i].name, fields[j].name) == 0)
                catalogue_walk_mistake(walk, "name", "\"%s\" is there twice", fields[i].name);
        }
        json_path_pop(&walk->path);
    }
    json_path_pop(&walk->path);
    *ret_count = size;
    return fields;
}

static const char *table_name(struct catalogue_walk *walk, const struct catalogue_form *form,
                              const char *group)
{
    char *table = emis_arena_format(walk->build->arena, "%s_%s", form->code, group);
    for (char *letter = table; *letter; letter++) {
        if (*letter >= 'A' && *letter <= 'Z')
            *letter = (char) (*letter - 'A' + 'a');
    }
    if (strlen(table) > CATALOGUE_TABLE_BYTES_MAX)
        catalogue_walk_mistake(walk, "code", "the table's name %s is longer than %d characters",
                               table, CATALOGUE_TABLE_BYTES_MAX);
    return table;
}

static void parse_group(struct catalogue_walk *walk, const struct json_value *value,
                        const struct catalogue_form *form, struct catalogue_group *group)
{
    static const char *const rows_names[] = {"one", "many", NULL};
    group->code = "";
    group->table = "";
    if (!catalogue_walk_members(
            walk, value,
            (const char *const[]){"code", "rows", "rows_min", "rows_max", "keys", "fields", NULL}))
        return;
    group->code = catalogue_walk_identifier(walk, value, "code");
    if (catalogue_reserved_is_column(group->code))
        catalogue_walk_mistake(walk, "code", "\"%s\" is reserved; take another name", group->code);
    group->table = table_name(walk, form, group->code);
    group->is_repeating = catalogue_walk_choice(walk, value, "rows", rows_names, -1) == 1;
    if (group->is_repeating) {
        group->rows_min = (int32_t) catalogue_walk_integer(walk, value, "rows_min", false, 0, 0,
                                                           CATALOGUE_ROWS_MAX);
        group->rows_max = (int32_t) catalogue_walk_integer(
            walk, value, "rows_max", true, CATALOGUE_ROWS_MAX, 1, CATALOGUE_ROWS_MAX);
        if (group->rows_min > group->rows_max)
            catalogue_walk_mistake(walk, "rows_max", "must not be less than rows_min");
        group->keys = parse_fields(walk, value, "keys", true, true, &group->key_count);
        if (group->key_count == 0)
            catalogue_walk_mistake(walk, "keys",
                                   "a group of many rows needs at least one key column");
    } else {
        group->rows_min = group->rows_max = 1;
        for (const char *const *key = (const char *const[]){"rows_min", "rows_max", "keys", NULL};
             *key; key++) {
            if (json_value_get(value, *key))
                catalogue_walk_mistake(walk, *key, "a group of one row has no \"%s\"", *key);
        }
    }
    group->fields = parse_fields(walk, value, "fields", true, false, &group->field_count);
    if (group->key_count + group->field_count == 0)
        catalogue_walk_mistake(walk, "fields", "must list at least one field");
    for (size_t i = 0; i < group->key_count; i++) {
        for (size_t j = 0; j < group->field_count; j++) {
            if (*group->keys[i].name && strcmp(group->keys[i].name, group->fields[j].name) == 0)
                catalogue_walk_mistake(walk, "keys", "\"%s\" is a key and a field",
                                       group->keys[i].name);
        }
    }
}

/* Repeating groups and the fields of the one-row group are members of one object, `data`. */
static void check_members(struct catalogue_walk *walk, const struct catalogue_group *groups,
                          size_t count)
{
    size_t scalar = count;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (*groups[i].code && strcmp(groups[i].code, groups[j].code) == 0)
                catalogue_walk_mistake(walk, "groups", "the group \"%s\" is there twice",
                                       groups[i].code);
        }
        if (groups[i].is_repeating)
            continue;
        if (scalar < count)
            catalogue_walk_mistake(walk, "groups", "only one group may have one row");
        scalar = i;
    }
    for (size_t i = 0; scalar < count && i < count; i++) {
        if (groups[i].is_repeating && catalogue_group_field(&groups[scalar], groups[i].code))
            catalogue_walk_mistake(walk, "groups", "\"%s\" is a group and a field of \"%s\"",
                                   groups[i].code, groups[scalar].code);
    }
}

static void parse_groups(struct catalogue_walk *walk, const struct json_value *root,
                         struct catalogue_form *form)
{
    const struct json_value *array = catalogue_walk_array(walk, root, "groups", true);
    size_t size = array ? json_value_size(array) : 0;
    struct catalogue_group *groups =
        emis_arena_alloc(walk->build->arena, (size + 1) * sizeof *groups);
    json_path_push_key(&walk->path, "groups");
    for (size_t i = 0; i < size; i++) {
        json_path_push_index(&walk->path, i);
        parse_group(walk, json_value_at(array, i), form, &groups[i]);
        json_path_pop(&walk->path);
    }
    json_path_pop(&walk->path);
    if (array && size == 0)
        catalogue_walk_mistake(walk, "groups", "must list at least one group");
    check_members(walk, groups, size);
    form->groups = groups;
    form->group_count = size;
}

/* The pointer names a field of the rule's group, or of the one-row group, or a repeating group. */
static void check_rule_pointer(struct catalogue_walk *walk, const struct catalogue_form *form,
                               const struct catalogue_rule *rule)
{
    bool is_found = false;
    if (rule->pointer[0] == '/') {
        for (size_t i = 0; i < form->group_count; i++) {
            const struct catalogue_group *group = &form->groups[i];
            bool is_scope = rule->group ? rule->group == group : !group->is_repeating;
            if (is_scope && catalogue_group_field(group, rule->pointer + 1))
                is_found = true;
            if (!rule->group && group->is_repeating && strcmp(group->code, rule->pointer + 1) == 0)
                is_found = true;
        }
    }
    if (!is_found)
        catalogue_walk_mistake(
            walk, "pointer",
            "must be / and a field of the rule's group, or a group for a rule without one");
}

static void parse_rule(struct catalogue_walk *walk, const struct json_value *value,
                       const struct catalogue_form *form, struct catalogue_rule *rule)
{
    static const char *const severity_names[] = {"reject", "warn", "off", NULL};
    static const char *const error_names[] = {"E_SUM", "E_RULE", NULL};
    rule->code = rule->pointer = rule->text = "";
    if (!catalogue_walk_members(
            walk, value,
            (const char *const[]){"code", "group", "check", "severity", "error", "pointer", NULL}))
        return;
    rule->code = catalogue_walk_code(walk, value, "code");
    int severity = catalogue_walk_choice(walk, value, "severity", severity_names, -1);
    rule->severity = severity < 0 ? CATALOGUE_OFF : (enum catalogue_severity) severity;
    rule->error = catalogue_walk_choice(walk, value, "error", error_names, 1) == 0 ? E_SUM : E_RULE;
    const char *group = catalogue_walk_text(walk, value, "group", false);
    bool is_known = !group;
    for (size_t i = 0; group && i < form->group_count; i++) {
        if (strcmp(form->groups[i].code, group) != 0)
            continue;
        is_known = true;
        rule->group = form->groups[i].is_repeating ? &form->groups[i] : NULL;
    }
    if (!is_known)
        catalogue_walk_mistake(walk, "group", "the form has no group \"%.50s\"", group);
    const char *text = catalogue_walk_text(walk, value, "check", true);
    if (text)
        rule->text = text;
    const char *pointer = catalogue_walk_text(walk, value, "pointer", true);
    if (!pointer)
        return;
    rule->pointer = pointer;
    if (is_known)
        check_rule_pointer(walk, form, rule);
}

static void parse_rules(struct catalogue_walk *walk, const struct json_value *root,
                        struct catalogue_form *form)
{
    const struct json_value *array = catalogue_walk_array(walk, root, "rules", false);
    size_t size = array ? json_value_size(array) : 0;
    struct catalogue_rule *rules = emis_arena_alloc(walk->build->arena, (size + 1) * sizeof *rules);
    json_path_push_key(&walk->path, "rules");
    for (size_t i = 0; i < size; i++) {
        json_path_push_index(&walk->path, i);
        parse_rule(walk, json_value_at(array, i), form, &rules[i]);
        for (size_t j = 0; j < i; j++) {
            if (*rules[i].code && strcmp(rules[i].code, rules[j].code) == 0)
                catalogue_walk_mistake(walk, "code", "the rule \"%s\" is there twice",
                                       rules[i].code);
        }
        json_path_pop(&walk->path);
    }
    json_path_pop(&walk->path);
    form->rules = rules;
    form->rule_count = size;
}

static void parse_levels(struct catalogue_walk *walk, const struct json_value *root,
                         struct catalogue_form *form)
{
    const struct catalogue *catalogue = walk->build->catalogue;
    const char **levels = catalogue_walk_texts(walk, root, "unit_levels", true);
    for (const char **level = levels; *level; level++) {
        size_t number = 0;
        while (number < catalogue->level_count &&
               strcmp(catalogue->levels[number].code, *level) != 0)
            number++;
        if (number == catalogue->level_count) {
            catalogue_walk_mistake(walk, "unit_levels",
                                   "there is no level \"%.50s\" in levels.json", *level);
            continue;
        }
        form->level_mask |= UINT32_C(1) << number;
        if ((int) number > form->leaf_level)
            form->leaf_level = (int) number;
    }
    if (!*levels)
        catalogue_walk_mistake(walk, "unit_levels", "must list at least one level");
}

/* "12:00" to minutes of the day; "24:00" is the day's end. A fallback below 0: it is required. */
static int32_t parse_minute(struct catalogue_walk *walk, const struct json_value *object,
                            int32_t fallback)
{
    const char *text = catalogue_walk_text(walk, object, "time", fallback < 0);
    if (!text)
        return fallback;
    int64_t hour, minute;
    if (strlen(text) == 5 && text[2] == ':' && strspn(text, "0123456789") == 2 &&
        strspn(text + 3, "0123456789") == 2 && emis_text_parse_i64(text, 2, &hour) &&
        emis_text_parse_i64(text + 3, 2, &minute) && minute < 60 && hour * 60 + minute <= 24 * 60)
        return (int32_t) (hour * 60 + minute);
    catalogue_walk_mistake(walk, "time", "must be a time such as 12:00");
    return 0;
}

/* {"D0103": {"days": 7}}: by the code of an area; what it does not say is the form's. */
static void parse_area_deadlines(struct catalogue_walk *walk, const struct json_value *deadline,
                                 struct catalogue_form *form)
{
    const struct json_value *areas = json_value_get(deadline, "areas");
    struct json_value_member member;
    if (!areas)
        return;
    if (json_value_type(areas) != JSON_VALUE_OBJECT) {
        catalogue_walk_mistake(
            walk, "areas", "must be an object of codes of areas, such as {\"X1\": {\"days\": 7}}");
        return;
    }
    struct catalogue_area_time *list =
        emis_arena_alloc(walk->build->arena, (json_value_size(areas) + 1) * sizeof *list);
    json_path_push_key(&walk->path, "areas");
    for (bool has = json_value_first(areas, &member); has; has = json_value_next(&member)) {
        struct catalogue_area_time *area = &list[form->area_deadline_count++];
        area->area_code = emis_arena_strdup(walk->build->arena, member.key);
        json_path_push_key(&walk->path, member.key);
        if (catalogue_walk_members(walk, member.value,
                                   (const char *const[]){"days", "time", NULL})) {
            area->days = (int32_t) catalogue_walk_integer(walk, member.value, "days", false,
                                                          form->deadline_days, 0, DAYS_MAX);
            area->minutes = parse_minute(walk, member.value, form->deadline_minute);
        }
        json_path_pop(&walk->path);
    }
    json_path_pop(&walk->path);
    form->area_deadlines = list;
}

static void parse_deadline(struct catalogue_walk *walk, const struct json_value *root,
                           struct catalogue_form *form)
{
    static const char *const from_names[] = {"start", "end", NULL};
    const struct json_value *value = json_value_get(root, "deadline");
    if (!value)
        return;
    form->has_deadline = true;
    json_path_push_key(&walk->path, "deadline");
    if (catalogue_walk_members(walk, value,
                               (const char *const[]){"from", "days", "time", "areas", NULL})) {
        form->deadline_from = catalogue_walk_choice(walk, value, "from", from_names, -1) == 0
                                  ? CATALOGUE_FROM_START
                                  : CATALOGUE_FROM_END;
        form->deadline_days =
            (int32_t) catalogue_walk_integer(walk, value, "days", true, 0, 0, DAYS_MAX);
        form->deadline_minute = parse_minute(walk, value, -1);
        parse_area_deadlines(walk, value, form);
    }
    json_path_pop(&walk->path);
}

/* true, false or a condition. */
static void parse_owed(struct catalogue_walk *walk, const struct json_value *root,
                       struct catalogue_form *form)
{
    const struct json_value *value = json_value_get(root, "owed");
    if (value && json_value_type(value) == JSON_VALUE_STRING) {
        form->owed_text = catalogue_walk_text(walk, root, "owed", true);
        form->is_owed = true;
    } else {
        form->is_owed = catalogue_walk_bool(walk, root, "owed", true, false);
    }
}

static void parse_head(struct catalogue_walk *walk, const struct json_value *root,
                       struct catalogue_form *form)
{
    char expected[128];
    form->code = catalogue_walk_code(walk, root, "code");
    form->version = (int16_t) catalogue_walk_integer(walk, root, "version", true, 1, 1, 9999);
    snprintf(expected, sizeof expected, "forms/%s.v%d.json", form->code, form->version);
    if (*form->code && strcmp(expected, walk->file) != 0)
        catalogue_walk_mistake(walk, "code", "the file of this form must be called %s", expected);
    form->valid_from = catalogue_walk_date(walk, root, "valid_from", true, 0);
    form->valid_to = catalogue_walk_date(walk, root, "valid_to", false, EMIS_DATE_INFINITY);
    if (form->valid_from >= form->valid_to)
        catalogue_walk_mistake(walk, "valid_to", "must be later than valid_from");
    const char *kind = catalogue_walk_text(walk, root, "period_kind", true);
    if (kind && !catalogue_period_kind_by_name(kind, &form->period_kind))
        catalogue_walk_mistake(walk, "period_kind",
                               "must be day, week, month, quarter, term, school_year or campaign");
    parse_levels(walk, root, form);
}

static void parse_key_parts(struct catalogue_walk *walk, const struct json_value *root,
                            struct catalogue_form *form)
{
    form->key_parts = parse_fields(walk, root, "key_parts", false, true, &form->key_part_count);
    for (size_t i = 0; i < form->key_part_count; i++) {
        const struct catalogue_field *part = &form->key_parts[i];
        if (catalogue_reserved_is_envelope(part->name))
            catalogue_walk_mistake(walk, "key_parts",
                                   "\"%s\" is a member of every envelope; take another name",
                                   part->name);
        if (part->type == CATALOGUE_DATE)
            catalogue_walk_mistake(walk, "key_parts",
                                   "\"%s\" must be int, code or text with code_text", part->name);
    }
}

void catalogue_parse_form(struct catalogue_build *build, const struct catalogue_build_file *file)
{
    static const char *const allowed[] = {
        "code",           "version",   "valid_from", "valid_to", "period_kind",
        "unit_levels",    "key_parts", "owed",       "deadline", "school_days_only",
        "registry_event", "targets",   "groups",     "rules",    NULL};
    struct catalogue_walk walk = {.build = build, .file = file->path};
    struct json_document *document;
    struct emis_error err;
    json_path_init(&walk.path);
    if (!json_document_new(file->document->body, file->document->body_size, &json_limits_file,
                           &document, &err)) {
        catalogue_build_mistake(build, file->path, "", "%s", err.message);
        return;
    }
    const struct json_value *root = json_document_root(document);
    struct catalogue_form *form = &build->forms[build->catalogue->form_count++];
    form->path = file->path;
    catalogue_walk_members(&walk, root, allowed);
    parse_head(&walk, root, form);
    parse_key_parts(&walk, root, form);
    parse_owed(&walk, root, form);
    parse_deadline(&walk, root, form);
    form->is_school_day_only = catalogue_walk_bool(&walk, root, "school_days_only", false, false);
    form->is_registry_event = catalogue_walk_bool(&walk, root, "registry_event", false, false);
    parse_groups(&walk, root, form);
    catalogue_parse_targets(&walk, root, form);
    parse_rules(&walk, root, form);
    json_document_free(document);
}
