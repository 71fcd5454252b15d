/* SPDX-License-Identifier: Apache-2.0 */
/* From `data` to typed rows, by the form's declaration: the schema stage. Every fault of the stage
 * is listed. */
#include <inttypes.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/submission/draft.h"

static bool has_field(const struct catalogue_field *fields, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(fields[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_column(const void *context, const char *name)
{
    const struct catalogue_group *group = context;
    return has_field(group->keys, group->key_count, name) ||
           has_field(group->fields, group->field_count, name);
}

/* `data` holds the arrays of the repeating groups and the fields of the other one. */
static bool is_data_member(const void *context, const char *name)
{
    const struct catalogue_form *form = context;
    for (size_t i = 0; i < form->group_count; i++) {
        const struct catalogue_group *group = &form->groups[i];
        if (group->is_repeating ? strcmp(group->code, name) == 0 : is_column(group, name)) {
            return true;
        }
    }
    return false;
}

/* Returns how many columns the object has, so that the caller sees whether there are members beside
 * them. */
static size_t read_columns(struct submission_draft *draft, const struct catalogue_field *fields,
                           size_t count, const struct json_value *object, struct expr_value *cells)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        const struct json_value *value = json_value_get(object, fields[i].name);
        found += value != NULL;
        json_path_push_key(&draft->path, fields[i].name);
        submission_field_read(draft, &fields[i], value, &cells[i]); /* a fault is in the draft */
        json_path_pop(&draft->path);
    }
    return found;
}

static void read_row(struct submission_draft *draft, const struct submission_table *table,
                     const struct json_value *object, struct expr_value *cells)
{
    const struct catalogue_group *group = table->group;
    if (json_value_type(object) != JSON_VALUE_OBJECT) {
        submission_draft_fault(draft, E_FIELD_TYPE, "a row is an object, not %s",
                               json_value_type_name(object));
        return;
    }
    size_t found =
        read_columns(draft, group->keys, group->key_count, object, cells) +
        read_columns(draft, group->fields, group->field_count, object, cells + group->key_count);
    if (found != json_value_size(object)) {
        submission_draft_check_members(draft, object, is_column, group);
    }
}

static void open_table(struct submission_draft *draft, struct submission_table *table,
                       size_t row_count)
{
    table->row_count = row_count;
    table->cells = emis_arena_alloc(draft->arena,
                                    (row_count * table->column_count + 1) * sizeof *table->cells);
}

static void read_rows(struct submission_draft *draft, struct submission_table *table,
                      const struct json_value *array)
{
    open_table(draft, table, json_value_size(array));
    for (size_t i = 0; i < table->row_count && draft->fault_count < SUBMISSION_FAULTS_MAX; i++) {
        json_path_push_index(&draft->path, i);
        read_row(draft, table, json_value_at(array, i), table->cells + i * table->column_count);
        json_path_pop(&draft->path);
    }
}

/* The array of a repeating group, NULL when there are no rows. A wrong type or count is a fault. */
static const struct json_value *find_rows(struct submission_draft *draft,
                                          const struct catalogue_group *group)
{
    const struct json_value *array = json_value_get(draft->data, group->code);
    size_t count = 0;
    if (array != NULL && json_value_type(array) != JSON_VALUE_NULL) {
        if (json_value_type(array) != JSON_VALUE_ARRAY) {
            submission_draft_fault(draft, E_FIELD_TYPE, "an array of rows expected, not %s",
                                   json_value_type_name(array));
            return NULL;
        }
        count = json_value_size(array);
    }
    if (count < (size_t) group->rows_min || count > (size_t) group->rows_max) {
        submission_draft_fault(draft, E_ROW_COUNT,
                               "%zu rows, the group takes %" PRId32 " to %" PRId32, count,
                               group->rows_min, group->rows_max);
        return NULL;
    }
    return count > 0 ? array : NULL;
}

static void read_group(struct submission_draft *draft, struct submission_table *table)
{
    const struct catalogue_group *group = table->group;
    if (!group->is_repeating) {
        open_table(draft, table, 1);
        read_columns(draft, group->fields, group->field_count, draft->data, table->cells);
        return;
    }
    json_path_push_key(&draft->path, group->code);
    const struct json_value *array = find_rows(draft, group);
    if (array != NULL) {
        read_rows(draft, table, array);
    }
    json_path_pop(&draft->path);
}

/* The bound of a whole submission is kept before any row is decoded: memory follows the rows. */
static bool check_total(struct submission_draft *draft)
{
    const struct catalogue_form *form = draft->out->form;
    size_t total = 0;
    for (size_t i = 0; i < form->group_count; i++) {
        if (form->groups[i].is_repeating) {
            total += json_value_size(json_value_get(draft->data, form->groups[i].code));
        }
    }
    return total <= SUBMISSION_ROWS_MAX ||
           submission_draft_fault(draft, E_ROW_COUNT, "%zu rows, a submission has at most %d",
                                  total, SUBMISSION_ROWS_MAX);
}

static void read_data(struct submission_draft *draft)
{
    const struct catalogue_form *form = draft->out->form;
    json_path_push_key(&draft->path, "data");
    if (check_total(draft)) {
        for (size_t i = 0; i < form->group_count; i++) {
            read_group(draft, &draft->tables[i]);
        }
        submission_draft_check_members(draft, draft->data, is_data_member, form);
    }
    json_path_pop(&draft->path);
}

static void append_part(struct emis_buffer *out, const struct catalogue_field *field,
                        const struct expr_value *value)
{
    if (field->type == CATALOGUE_CODE) {
        emis_buffer_text(out, catalogue_code_text(field->list, (int16_t) value->number));
    } else if (field->type == CATALOGUE_INT) {
        emis_buffer_format(out, "%" PRId64, value->number);
    } else if (!value->is_missing) {
        emis_buffer_append(out, value->text, value->text_size);
    }
}

/* The extra key parts stand in the envelope. Their canonical text needs no escapes: codes hold no
 * '|'. */
static void read_key_parts(struct submission_draft *draft)
{
    const struct catalogue_form *form = draft->out->form;
    struct emis_buffer text;
    emis_buffer_init(&text);
    emis_buffer_text(&text, "");
    for (size_t i = 0; i < form->key_part_count; i++) {
        const struct catalogue_field *field = &form->key_parts[i];
        struct expr_value value;
        json_path_push_key(&draft->path, field->name);
        if (submission_field_read(draft, field, json_value_get(draft->root, field->name), &value)) {
            emis_buffer_text(&text, i > 0 ? "|" : "");
            append_part(&text, field, &value);
        }
        json_path_pop(&draft->path);
    }
    draft->out->part_key = emis_arena_memdup(draft->arena, text.data, text.size + 1);
    emis_buffer_release(&text);
}

static void read_period(struct submission_draft *draft)
{
    struct emis_error err;
    if (!submission_period_check(draft->out->form->period_kind, draft->period_code,
                                 draft->period_size, &err)) {
        submission_draft_fault_at(draft, err.code, "/period", "%s", err.message);
    }
}

bool submission_decode_read(struct submission_draft *draft)
{
    const struct catalogue_form *form = draft->out->form;
    draft->tables = emis_arena_alloc(draft->arena, (form->group_count + 1) * sizeof *draft->tables);
    for (size_t i = 0; i < form->group_count; i++) {
        draft->tables[i].group = &form->groups[i];
        draft->tables[i].column_count = form->groups[i].key_count + form->groups[i].field_count;
    }
    read_period(draft);
    read_key_parts(draft);
    if (draft->data != NULL) {
        read_data(draft);
    }
    if (draft->fault_count == 0) {
        submission_rows_sort(draft);
    }
    return draft->fault_count == 0;
}
