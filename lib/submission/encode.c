/* SPDX-License-Identifier: Apache-2.0 */
/* Typed rows as bytes: the canonical ones that the content digest covers, and the tuples for COPY.
 */
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/store/copy.h"
#include "lib/submission/draft.h"

static const struct catalogue_field *column_of(const struct catalogue_group *group, size_t column)
{
    return column < group->key_count ? &group->keys[column]
                                     : &group->fields[column - group->key_count];
}

/* Name, type, value. What is missing is left out, so that a version which adds an optional field
 * does not change the digest of what lacks it. */
static void append_cell(struct emis_buffer *out, const struct catalogue_field *field,
                        const struct expr_value *cell)
{
    if (cell->is_missing) {
        return;
    }
    emis_buffer_append(out, field->name, strlen(field->name) + 1);
    emis_buffer_u8(out, (uint8_t) (field->type + 1));
    if (field->type == CATALOGUE_TEXT) {
        emis_buffer_i32(out, (int32_t) cell->text_size);
        emis_buffer_append(out, cell->text, cell->text_size);
    } else {
        emis_buffer_i64(out, cell->number);
    }
}

static void append_table(struct emis_buffer *out, const struct submission_table *table)
{
    emis_buffer_append(out, table->group->code, strlen(table->group->code) + 1);
    emis_buffer_i32(out, (int32_t) table->row_count);
    for (size_t i = 0; i < table->row_count; i++) {
        const struct expr_value *cells = table->cells + table->order[i] * table->column_count;
        for (size_t column = 0; column < table->column_count; column++) {
            append_cell(out, column_of(table->group, column), &cells[column]);
        }
        emis_buffer_u8(out, 0); /* no name is empty: the row ends */
    }
}

void submission_encode_content(struct submission_draft *draft)
{
    const struct catalogue_form *form = draft->out->form;
    struct emis_buffer bytes;
    emis_buffer_init(&bytes);
    emis_buffer_append(&bytes, form->code, strlen(form->code) + 1);
    for (size_t i = 0; i < form->group_count; i++) {
        if (draft->tables[i].row_count > 0) {
            append_table(&bytes, &draft->tables[i]);
        }
    }
    emis_digest_sha256(bytes.data, bytes.size, draft->out->content_sha256);
    emis_buffer_release(&bytes);
}

/* The type of the column is the newest version's: see catalogue_generate_ddl. */
static void copy_cell(struct emis_buffer *out, const struct catalogue_field *field,
                      const struct expr_value *cell)
{
    if (cell == NULL || cell->is_missing) {
        store_copy_null(out);
        return;
    }
    switch (field->type) {
    case CATALOGUE_INT:
        if (field->max > INT32_MAX) {
            store_copy_i64(out, cell->number);
        } else {
            store_copy_i32(out, (int32_t) cell->number);
        }
        break;
    case CATALOGUE_DECIMAL:
        store_copy_i64(out, cell->number);
        break;
    case CATALOGUE_CODE:
        store_copy_i16(out, (int16_t) cell->number);
        break;
    case CATALOGUE_TEXT:
        store_copy_text(out, cell->text, cell->text_size);
        break;
    case CATALOGUE_DATE:
        store_copy_date(out, (int32_t) cell->number);
        break;
    case CATALOGUE_BOOL:
        store_copy_bool(out, cell->number != 0);
        break;
    }
}

/* The group of the newest version that stands for this one: its columns are the table's. */
static const struct catalogue_group *newest_group(const struct catalogue *catalogue,
                                                  const struct catalogue_form *form,
                                                  const struct catalogue_group *group)
{
    const struct catalogue_form *newest = catalogue_form_newest(catalogue, form->code);
    for (size_t i = 0; newest != form && i < newest->group_count; i++) {
        if (strcmp(newest->groups[i].code, group->code) == 0) {
            return &newest->groups[i];
        }
    }
    return group;
}

#define COLUMN_NONE SIZE_MAX

/* For each column of the newest version its place in this version's rows, or COLUMN_NONE. */
static const size_t *map_columns(struct emis_arena *arena, const struct catalogue_group *newest,
                                 const struct submission_table *table)
{
    size_t count = newest->key_count + newest->field_count;
    size_t *map = emis_arena_alloc(arena, (count + 1) * sizeof *map);
    for (size_t i = 0; i < count; i++) {
        map[i] = newest == table->group ? i : COLUMN_NONE;
        for (size_t j = 0; newest != table->group && j < table->column_count; j++) {
            if (strcmp(column_of(newest, i)->name, column_of(table->group, j)->name) == 0) {
                map[i] = j;
            }
        }
    }
    return map;
}

static void copy_table(struct submission_draft *draft, const struct submission_table *table,
                       struct emis_buffer *buffer, struct submission_rows *ret)
{
    const struct submission *out = draft->out;
    const struct catalogue_group *newest =
        newest_group(draft->context->catalogue, out->form, table->group);
    const size_t *map = map_columns(draft->arena, newest, table);
    size_t columns = newest->key_count + newest->field_count;
    emis_buffer_clear(buffer);
    for (size_t i = 0; i < table->row_count; i++) {
        const struct expr_value *cells = table->cells + table->order[i] * table->column_count;
        store_copy_row_start(buffer, (int16_t) (columns + 3));
        store_copy_i64(buffer, out->submission_key);
        store_copy_date(buffer, out->period->starts_on);
        store_copy_i32(buffer, out->unit->unit_id);
        for (size_t column = 0; column < columns; column++) {
            copy_cell(buffer, column_of(newest, column),
                      map[column] == COLUMN_NONE ? NULL : &cells[map[column]]);
        }
    }
    *ret = (struct submission_rows){newest,
                                    emis_arena_memdup(draft->arena, buffer->data, buffer->size),
                                    buffer->size, (int32_t) table->row_count};
}

void submission_encode_rows(struct submission_draft *draft)
{
    struct submission *out = draft->out;
    struct submission_rows *rows =
        emis_arena_alloc(draft->arena, (out->form->group_count + 1) * sizeof *rows);
    struct emis_buffer buffer;
    emis_buffer_init(&buffer);
    for (size_t i = 0; i < out->form->group_count; i++) {
        if (draft->tables[i].row_count > 0) {
            copy_table(draft, &draft->tables[i], &buffer, &rows[out->rows_count++]);
        }
    }
    out->rows = rows;
    emis_buffer_release(&buffer);
}
