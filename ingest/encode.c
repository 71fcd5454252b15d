/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/encode.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/memory.h"
#include "lib/json/write.h"
#include "lib/registry/knowledge.h"
#include "lib/store/copy.h"

static const char *const fixed_statements[] = {
    [INGEST_TABLE_SUBMISSION] = "copy_submission",
    [INGEST_TABLE_LEDGER] = "copy_ledger",
    [INGEST_TABLE_HELD] = "copy_held",
    [INGEST_TABLE_WARNING] = "copy_warning",
    [INGEST_TABLE_DIRTY] = "copy_dirty",
};

static bool has_table(const struct ingest_encode *encode, const char *statement)
{
    for (size_t i = 0; i < encode->table_count; i++) {
        if (strcmp(encode->tables[i].statement, statement) == 0) {
            return true;
        }
    }
    return false;
}

static void add_table(struct ingest_encode *encode, const char *statement)
{
    encode->tables =
        emis_realloc(encode->tables, (encode->table_count + 1) * sizeof(*encode->tables));
    encode->tables[encode->table_count] = (struct ingest_table){.statement = statement};
    emis_buffer_init(&encode->tables[encode->table_count].rows);
    encode->table_count++;
}

void ingest_encode_init(struct ingest_encode *encode, const struct catalogue *catalogue,
                        struct emis_arena *names)
{
    *encode = (struct ingest_encode){.tables = NULL};
    for (size_t i = 0; i < INGEST_TABLE_FACTS; i++) {
        add_table(encode, fixed_statements[i]);
    }
    for (size_t i = 0; i < catalogue->form_count; i++) {
        for (size_t j = 0; j < catalogue->forms[i].group_count; j++) {
            const char *statement =
                emis_arena_format(names, "copy_%s", catalogue->forms[i].groups[j].table);

            if (!has_table(encode, statement)) {
                add_table(encode, statement);
            }
        }
    }
}

/* Which item the rows just written came from. */
static void note_rows(struct ingest_table *table, size_t item, int64_t rows)
{
    table->row_count += rows;
    if (table->run_count == table->run_capacity) {
        table->run_capacity = table->run_capacity == 0 ? 256 : 2 * table->run_capacity;
        table->items = emis_realloc(table->items, table->run_capacity * sizeof(*table->items));
        table->row_ends =
            emis_realloc(table->row_ends, table->run_capacity * sizeof(*table->row_ends));
    }
    table->items[table->run_count] = item;
    table->row_ends[table->run_count++] = table->row_count;
}

static void write_optional_text(struct emis_buffer *rows, const char *text)
{
    if (text == NULL) {
        store_copy_null(rows);
    } else {
        store_copy_text(rows, text, strlen(text));
    }
}

static void write_ledger(struct ingest_table *table, size_t index, const struct ingest_item *item,
                         const struct submission_fate *outcome)
{
    const struct submission *submission = &item->submission;
    bool is_held = outcome->outcome == SUBMISSION_OUTCOME_REJECTED ||
                   outcome->outcome == SUBMISSION_OUTCOME_PARKED;
    bool is_written =
        outcome->outcome == SUBMISSION_ACCEPTED || outcome->outcome == SUBMISSION_SUPERSEDED;

    store_copy_row_start(&table->rows, 9);
    store_copy_i16(&table->rows, item->record.log_no);
    store_copy_i16(&table->rows, (int16_t) item->record.partition);
    store_copy_i64(&table->rows, item->record.offset);
    store_copy_timestamptz(&table->rows, submission->received_at_us);
    store_copy_char(&table->rows, (char) outcome->outcome);
    if (is_held) {
        store_copy_i16(&table->rows, (int16_t) outcome->code);
    } else {
        store_copy_null(&table->rows);
    }
    if (is_written) {
        store_copy_i64(&table->rows, submission->submission_key);
    } else {
        store_copy_null(&table->rows);
    }
    store_copy_i32(&table->rows, (int32_t) item->record.value_size);
    store_copy_bytes(&table->rows, submission->value_sha256, EMIS_DIGEST_BYTES);
    note_rows(table, index, 1);
}

static void write_submission(struct ingest_table *table, size_t index,
                             const struct ingest_item *item)
{
    const struct submission *submission = &item->submission;
    struct emis_buffer *rows = &table->rows;

    store_copy_row_start(rows, 18);
    store_copy_i64(rows, submission->submission_key);
    store_copy_uuid(rows, submission->submission_id);
    store_copy_i16(rows, submission->form->number);
    store_copy_i16(rows, submission->form->version);
    store_copy_i32(rows, submission->period->period_id);
    store_copy_i32(rows, submission->unit->unit_id);
    store_copy_text(rows, submission->part_key, strlen(submission->part_key));
    store_copy_i32(rows, submission->revision);
    store_copy_bool(rows, submission->is_retract);
    store_copy_bool(rows, submission->is_late);
    store_copy_bytes(rows, submission->content_sha256, EMIS_DIGEST_BYTES);
    store_copy_timestamptz(rows, submission->received_at_us);
    store_copy_timestamptz(rows, submission->submitted_at_us);
    store_copy_text(rows, submission->sender, strlen(submission->sender));
    write_optional_text(rows, submission->late_reason);
    store_copy_i16(rows, item->record.log_no);
    store_copy_i16(rows, (int16_t) item->record.partition);
    store_copy_i64(rows, item->record.offset);
    note_rows(table, index, 1);
}

static void write_warnings(struct ingest_table *table, size_t index,
                           const struct submission *submission)
{
    for (size_t i = 0; i < submission->warning_count; i++) {
        store_copy_row_start(&table->rows, 4);
        store_copy_i64(&table->rows, submission->submission_key);
        store_copy_i32(&table->rows, submission->unit->unit_id);
        store_copy_i16(&table->rows, submission->warnings[i].rule_number);
        write_optional_text(&table->rows, submission->warnings[i].pointer);
    }
    if (submission->warning_count > 0) {
        note_rows(table, index, (int64_t) submission->warning_count);
    }
}

static struct ingest_table *find_fact_table(struct ingest_encode *encode, const char *name)
{
    for (size_t i = INGEST_TABLE_FACTS; i < encode->table_count; i++) {
        if (strcmp(encode->tables[i].statement + strlen("copy_"), name) == 0) {
            return &encode->tables[i];
        }
    }
    return NULL;
}

static void write_facts(struct ingest_encode *encode, size_t index,
                        const struct submission *submission)
{
    for (size_t i = 0; i < submission->rows_count; i++) {
        const struct submission_rows *rows = &submission->rows[i];
        struct ingest_table *table;

        if (rows->row_count > 0) {
            table = find_fact_table(encode, rows->group->table);
            EMIS_ASSERT(table != NULL); /* judged under the catalogue that the tables are of */
            emis_buffer_append(&table->rows, rows->bytes, rows->size);
            note_rows(table, index, rows->row_count);
        }
    }
}

/* All faults of the deciding stage, as a JSON array for `emis rejects show`. */
static void write_faults(struct emis_buffer *rows, const struct submission *submission)
{
    struct emis_buffer text;
    struct json_write writer;

    emis_buffer_init(&text);
    json_write_init(&writer, &text, false);
    json_write_array_begin(&writer);
    for (size_t i = 0; i < submission->fault_count; i++) {
        json_write_object_begin(&writer);
        json_write_key(&writer, "code");
        json_write_string(&writer, emis_error_name(submission->faults[i].code));
        json_write_key(&writer, "pointer");
        json_write_string(&writer, submission->faults[i].pointer);
        json_write_key(&writer, "message");
        json_write_string(&writer, submission->faults[i].message);
        json_write_object_end(&writer);
    }
    json_write_array_end(&writer);
    store_copy_text(rows, text.data, text.size);
    emis_buffer_release(&text);
}

static void write_headers(struct emis_buffer *rows, const struct submission_record *record)
{
    struct emis_buffer bytes;

    emis_buffer_init(&bytes);
    for (size_t i = 0; i < record->header_count; i++) {
        size_t name_size = strlen(record->headers[i].name);

        emis_buffer_i32(&bytes, (int32_t) name_size);
        emis_buffer_append(&bytes, record->headers[i].name, name_size);
        emis_buffer_i32(&bytes, (int32_t) record->headers[i].value_size);
        emis_buffer_append(&bytes, record->headers[i].value, record->headers[i].value_size);
    }
    store_copy_bytes(rows, bytes.size == 0 ? "" : bytes.data, bytes.size);
    emis_buffer_release(&bytes);
}

/* The member that contradicts what is stored; "" where none does. */
static const char *conflict_pointer(enum emis_error_code code)
{
    return code == E_ID_CONFLICT ? "/submission_id" : code == E_REV_CONFLICT ? "/revision" : "";
}

/* What the first fault says; for a conflict, what the code means. Of a poison record nothing that
 * came with it: these very texts may be what the database refuses. */
static void write_held_reason(struct emis_buffer *rows, const struct ingest_item *item,
                              const struct submission_fate *outcome)
{
    const struct submission *submission = &item->submission;
    bool is_judged = submission->verdict != SUBMISSION_VALID && item->poison == EMIS_OK;

    write_optional_text(rows, item->poison != EMIS_OK ? item->poison_sqlstate : submission->cause);
    write_optional_text(rows, is_judged ? submission->faults[0].pointer
                                        : conflict_pointer(outcome->code));
    write_optional_text(rows, is_judged ? submission->faults[0].message
                                        : emis_error_meaning(outcome->code));
    if (is_judged) {
        write_faults(rows, submission);
    } else {
        store_copy_null(rows);
    }
}

static void write_held(struct ingest_table *table, size_t index, const struct ingest_batch *batch,
                       const struct submission_fate *outcome)
{
    const struct ingest_item *item = &batch->items[index];
    struct emis_buffer *rows = &table->rows;

    store_copy_row_start(rows, 15);
    store_copy_i16(rows, item->record.log_no);
    store_copy_i16(rows, (int16_t) item->record.partition);
    store_copy_i64(rows, item->record.offset);
    store_copy_char(rows, (char) outcome->outcome);
    store_copy_i16(rows, (int16_t) outcome->code);
    write_held_reason(rows, item, outcome);
    store_copy_i64(rows, batch->knowledge->version);
    store_copy_timestamptz(rows, item->submission.received_at_us);
    store_copy_timestamptz(rows, item->record.timestamp_us);
    if (item->record.has_key) {
        store_copy_bytes(rows, item->record.key, item->record.key_size);
    } else {
        store_copy_null(rows);
    }
    write_headers(rows, &item->record);
    if (item->record.has_value) {
        store_copy_bytes(rows, item->record.value, item->record.value_size);
    } else {
        store_copy_null(rows);
    }
    note_rows(table, index, 1);
}

static void write_dirty(struct ingest_table *table, const struct submission_decide *decide)
{
    for (size_t i = 0; i < decide->key_count; i++) {
        const struct submission_key *key = &decide->keys[i];

        for (size_t j = 0; key->changed_by != NULL && j < key->changed_by->lane_count; j++) {
            store_copy_row_start(&table->rows, 4);
            store_copy_i32(&table->rows, key->changed_by->lanes[j]);
            store_copy_i16(&table->rows, key->form_id);
            store_copy_i32(&table->rows, key->period_id);
            store_copy_i32(&table->rows, key->unit_id);
            table->row_count++;
        }
    }
}

void ingest_encode_range(struct ingest_encode *encode, const struct ingest_batch *batch,
                         size_t from, const struct submission_decide *decide)
{
    for (size_t i = 0; i < encode->table_count; i++) {
        emis_buffer_clear(&encode->tables[i].rows);
        encode->tables[i].row_count = 0;
        encode->tables[i].run_count = 0;
    }
    for (size_t i = from; i < from + decide->count; i++) {
        const struct ingest_item *item = &batch->items[i];
        const struct submission_fate *outcome = &decide->outcomes[i - from];

        write_ledger(&encode->tables[INGEST_TABLE_LEDGER], i, item, outcome);
        switch (outcome->outcome) {
        case SUBMISSION_ACCEPTED:
        case SUBMISSION_SUPERSEDED:
            write_submission(&encode->tables[INGEST_TABLE_SUBMISSION], i, item);
            write_warnings(&encode->tables[INGEST_TABLE_WARNING], i, &item->submission);
            write_facts(encode, i, &item->submission);
            break;
        case SUBMISSION_OUTCOME_REJECTED:
        case SUBMISSION_OUTCOME_PARKED:
            write_held(&encode->tables[INGEST_TABLE_HELD], i, batch, outcome);
            break;
        case SUBMISSION_DUPLICATE:
            break;
        }
    }
    write_dirty(&encode->tables[INGEST_TABLE_DIRTY], decide);
}

size_t ingest_encode_item_of_line(const struct ingest_table *table, int64_t line)
{
    for (size_t i = 0; line > 0 && i < table->run_count; i++) {
        if (line <= table->row_ends[i]) {
            return table->items[i];
        }
    }
    return SIZE_MAX;
}

void ingest_encode_release(struct ingest_encode *encode)
{
    for (size_t i = 0; i < encode->table_count; i++) {
        emis_buffer_release(&encode->tables[i].rows);
        free(encode->tables[i].items);
        free(encode->tables[i].row_ends);
    }
    free(encode->tables);
    *encode = (struct ingest_encode){.tables = NULL};
}
