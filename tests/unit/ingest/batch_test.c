/* SPDX-License-Identifier: Apache-2.0 */
/* A batch keeps what it was given, bytes, headers and order, judges it, judges it again, and says
 * how much memory it is. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "ingest/batch.h"
#include "lib/kafka/reader.h"
#include "lib/registry/knowledge.h"
#include "tests/unit/kafka/fixture.h"
#include "tests/unit/submission/world.h"

static struct world world;
static struct kafka_mock *mock;
static struct emis_settings *settings;
static struct kafka_reader *reader;
static struct ingest_batch_rules rules = {.utc_offset_minutes = 180, .record_bytes_max = 1 << 20};

static int set_up(void **state)
{
    struct emis_error err;
    (void) state;
    world_open(&world);
    assert_ok(kafka_mock_new(1, FIXTURE_TOPIC, FIXTURE_PARTITIONS, &mock, &err));
    settings = fixture_settings(kafka_mock_bootstrap(mock), NULL);
    assert_ok(kafka_reader_new(settings, FIXTURE_TOPIC, &reader, &err));
    return 0;
}

static int tear_down(void **state)
{
    (void) state;
    kafka_reader_free(reader);
    emis_settings_free(settings);
    kafka_mock_free(mock);
    world_close(&world);
    return 0;
}

static void send(const struct kafka_producer_message *message)
{
    struct emis_error err;
    struct fixture_reports reports = {0};
    struct kafka_producer *producer = NULL;
    assert_ok(kafka_producer_new(settings, FIXTURE_TOPIC, fixture_on_delivery, &reports, &producer,
                                 &err));
    assert_ok(kafka_producer_send(producer, message, &err));
    assert_ok(kafka_producer_flush(producer, FIXTURE_TIMEOUT_MS, &err));
    assert_int_equal(reports.persisted, 1);
    kafka_producer_free(producer);
}

static void append(struct ingest_batch *batch, int64_t offset)
{
    struct emis_error err;
    const struct kafka_record *record = NULL;
    assert_ok(kafka_reader_fetch(reader, batch->partition, offset, 10000, &record, &err));
    assert_non_null(record);
    ingest_batch_append(batch, &rules, record);
}

static struct registry_knowledge knowledge_of(struct registry *registry, int64_t version)
{
    return (struct registry_knowledge){.version = version,
                                       .catalogue = world.catalogue,
                                       .registry = registry,
                                       .references = 1000}; /* never the last: the world's own */
}

static void test_ingest_batch__keeps_bytes_and_headers(void **state)
{
    const struct kafka_header headers[] = {{"a", "1", 1}, {"empty", "", 0}, {"a", "\0x", 2}};
    const struct kafka_producer_message message = {.partition = 0,
                                                   .key = "S1",
                                                   .key_size = 2,
                                                   .value = "{\0}",
                                                   .value_size = 3,
                                                   .headers = headers,
                                                   .header_count = 3};
    struct registry_knowledge knowledge = knowledge_of(world.registry, 7);
    struct ingest_batch *batch = ingest_batch_new(3, 0, 0, &knowledge, 0);
    (void) state;
    send(&message);
    append(batch, 0);
    fixture_fill(settings, FIXTURE_TOPIC, 0, 1, 100); /* more than the first capacity */
    for (int64_t offset = 1; offset <= 100; offset++)
        append(batch, offset);
    const struct submission_record *record = &batch->items[0].record;
    assert_int_equal(record->log_no, 3);
    assert_int_equal(record->value_size, 3);
    assert_memory_equal(record->value, "{\0}", 3);
    assert_int_equal(record->key_size, 2);
    assert_memory_equal(record->key, "S1", 2);
    assert_int_equal(record->header_count, 3);
    assert_string_equal(record->headers[1].name, "empty");
    assert_int_equal(record->headers[1].value_size, 0);
    assert_int_equal(record->headers[2].value_size, 2);
    assert_memory_equal(record->headers[2].value, "\0x", 2);
    assert_int_equal(batch->items[0].submission.verdict, SUBMISSION_REJECTED);
    assert_int_equal(batch->items[100].record.offset, 100);
    assert_memory_equal(batch->items[100].record.value, "100", 3);
    assert_int_equal(ingest_batch_next_offset(batch), 101);
    assert_int_equal(knowledge.references, 1001);
    ingest_batch_free(batch);
    assert_int_equal(knowledge.references, 1000);
}

/* Records of no bytes are memory too: what holds partitions back must see them. */
static void test_ingest_batch__counts_empty_records(void **state)
{
    struct registry_knowledge knowledge = knowledge_of(world.registry, 7);
    struct ingest_batch *batch = ingest_batch_new(0, 1, 0, &knowledge, 0);
    const struct kafka_producer_message message = {.partition = 1, .key = "", .value = ""};
    (void) state;
    send(&message);
    append(batch, 0);
    assert_int_equal(batch->items[0].record.value_size, 0);
    assert_true(batch->bytes >= sizeof(struct ingest_item));
    ingest_batch_free(batch);
}

static void test_ingest_batch__is_judged_again_under_newer_knowledge(void **state)
{
    struct registry *empty = registry_new(6, NULL, 0, world.catalogue->attribute_count, NULL, 0);
    struct registry_knowledge old = knowledge_of(empty, 6), new = knowledge_of(world.registry, 7);
    struct ingest_batch *batch = ingest_batch_new(0, 2, 0, &old, 0);
    size_t size;
    char *value = world_read(
        EMIS_SOURCE_DIR "/tests/fixtures/submissions/valid/registry-event/record.json", &size);
    (void) state;
    assert_non_null(value);
    const struct kafka_producer_message message = {
        .partition = 2, .key = "G1", .key_size = 2, .value = value, .value_size = size};
    send(&message);
    append(batch, 0);
    assert_int_not_equal(batch->items[0].submission.verdict, SUBMISSION_VALID);
    assert_int_equal(batch->rows, 0);
    ingest_batch_judge_again(batch, &rules, &new);
    if (batch->items[0].submission.verdict != SUBMISSION_VALID)
        fail_msg("%s", batch->items[0].submission.faults[0].message);
    assert_ptr_equal(batch->knowledge, &new);
    size_t rows = batch->rows;
    assert_true(rows > 0);
    ingest_batch_judge_again(batch, &rules, &new);
    assert_int_equal(batch->rows, rows);
    assert_int_equal(old.references, 1000);
    assert_int_equal(new.references, 1001);
    ingest_batch_free(batch);
    registry_free(empty);
    free(value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ingest_batch__keeps_bytes_and_headers),
        cmocka_unit_test(test_ingest_batch__counts_empty_records),
        cmocka_unit_test(test_ingest_batch__is_judged_again_under_newer_knowledge),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
