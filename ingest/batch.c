/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/batch.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/memory.h"
#include "lib/kafka/record.h"
#include "lib/registry/knowledge.h"

#define ARENA_BLOCK_BYTES (256 * 1024)
#define FIRST_CAPACITY    64

struct ingest_batch *ingest_batch_new(int16_t log_no, int32_t partition, int64_t first_offset,
                                      struct registry_knowledge *knowledge, int64_t now_ms)
{
    struct ingest_batch *batch = emis_calloc(1, sizeof(*batch));

    batch->log_no = log_no;
    batch->partition = partition;
    batch->first_offset = first_offset;
    batch->started_ms = now_ms;
    batch->knowledge = registry_knowledge_retain(knowledge);
    batch->bytes_arena = emis_arena_new(ARENA_BLOCK_BYTES);
    batch->verdict_arena = emis_arena_new(ARENA_BLOCK_BYTES);
    batch->capacity = FIRST_CAPACITY;
    batch->items = emis_calloc(batch->capacity, sizeof(*batch->items));
    return batch;
}

static const void *copy(struct emis_arena *arena, const void *bytes, size_t size)
{
    return size == 0 ? "" : emis_arena_memdup(arena, bytes, size);
}

static void copy_headers(struct ingest_batch *batch, const struct kafka_record *from,
                         struct submission_record *to)
{
    size_t count = kafka_record_header_count(from);
    struct submission_header *headers =
        emis_arena_alloc(batch->bytes_arena, (count + 1) * sizeof(*headers));

    for (size_t i = 0; i < count; i++) {
        struct kafka_header header;

        if (!kafka_record_header(from, i, &header)) {
            count = i;
            break;
        }
        headers[i].name = emis_arena_strdup(batch->bytes_arena, header.name);
        headers[i].value = copy(batch->bytes_arena, header.value, header.value_size);
        headers[i].value_size = header.value_size;
        batch->bytes += sizeof(*headers) + strlen(header.name) + header.value_size;
    }
    to->headers = headers;
    to->header_count = count;
}

static void judge(struct ingest_batch *batch, const struct ingest_batch_rules *rules,
                  struct ingest_item *item)
{
    const struct submission_context context = {
        .catalogue = batch->knowledge->catalogue,
        .registry = batch->knowledge->registry,
        .keyring = rules->keyring,
        .is_signing_required = rules->is_signing_required,
        .utc_offset_minutes = rules->utc_offset_minutes,
        .record_bytes_max = rules->record_bytes_max,
    };

    submission_judge(&context, &item->record, batch->verdict_arena, &item->submission);
    for (size_t i = 0;
         item->submission.verdict == SUBMISSION_VALID && i < item->submission.rows_count; i++) {
        batch->rows += (size_t) item->submission.rows[i].row_count;
    }
}

void ingest_batch_append(struct ingest_batch *batch, const struct ingest_batch_rules *rules,
                         const struct kafka_record *record)
{
    struct ingest_item *item;

    EMIS_ASSERT(record->partition == batch->partition &&
                record->offset == ingest_batch_next_offset(batch));
    if (batch->count == batch->capacity) {
        batch->capacity *= 2;
        batch->items = emis_realloc(batch->items, batch->capacity * sizeof(*batch->items));
    }
    item = &batch->items[batch->count++];
    *item = (struct ingest_item){
        .record = {
            .log_no = batch->log_no,
            .partition = record->partition,
            .offset = record->offset,
            .timestamp_us = record->timestamp_us,
            .has_key = record->has_key,
            .key_size = record->key_size,
            .key = record->has_key ? copy(batch->bytes_arena, record->key, record->key_size) : NULL,
            .has_value = record->has_value,
            .value_size = record->value_size,
            .value = record->has_value ? copy(batch->bytes_arena, record->value, record->value_size)
                                       : NULL,
        }};
    batch->bytes += sizeof(*item) + record->key_size +
                    record->value_size; /* a flood of empty records takes memory too */
    copy_headers(batch, record, &item->record);
    judge(batch, rules, item);
}

void ingest_batch_judge_again(struct ingest_batch *batch, const struct ingest_batch_rules *rules,
                              struct registry_knowledge *knowledge)
{
    struct registry_knowledge *old = batch->knowledge;

    batch->knowledge = registry_knowledge_retain(knowledge);
    emis_arena_clear(batch->verdict_arena);
    batch->rows = 0;
    for (size_t i = 0; i < batch->count; i++) {
        judge(batch, rules, &batch->items[i]);
    }
    registry_knowledge_release(old);
}

struct submission_decide *ingest_batch_decide(struct emis_arena *arena,
                                              const struct ingest_batch *batch, size_t from,
                                              size_t to)
{
    struct submission_decide_item *items = emis_arena_alloc(arena, (to - from) * sizeof(*items));

    EMIS_ASSERT(from < to && to <= batch->count);
    for (size_t i = from; i < to; i++) {
        items[i - from] = (struct submission_decide_item){.submission = &batch->items[i].submission,
                                                          .refused = batch->items[i].poison};
    }
    return submission_decide_new(arena, items, to - from);
}

int64_t ingest_batch_next_offset(const struct ingest_batch *batch)
{
    return batch->first_offset + (int64_t) batch->count;
}

void ingest_batch_free(struct ingest_batch *batch)
{
    if (batch == NULL) {
        return;
    }
    emis_arena_free(batch->bytes_arena);
    emis_arena_free(batch->verdict_arena);
    registry_knowledge_release(batch->knowledge);
    free(batch->items);
    free(batch);
}
