/* SPDX-License-Identifier: Apache-2.0 */
/* Which item a line of a refused COPY came from. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "ingest/encode.h"
#include "lib/registry/knowledge.h"
#include "tests/unit/submission/world.h"

static struct world world;

static void add(struct ingest_batch *batch, const char *fixture)
{
    size_t size;
    char *path =
        emis_format_new("%s/tests/fixtures/submissions/%s/record.json", EMIS_SOURCE_DIR, fixture);
    char *value = world_read(path, &size);
    struct ingest_item *item = &batch->items[batch->count];
    assert_non_null(value);
    *item = (struct ingest_item){
        .record = world_record(emis_arena_memdup(batch->bytes_arena, value, size), size)};
    item->record.offset = ingest_batch_next_offset(batch);
    submission_judge(&world.context, &item->record, batch->verdict_arena, &item->submission);
    batch->count++;
    free(value);
    free(path);
}

static const struct ingest_table *table(const struct ingest_encode *encode, const char *statement)
{
    for (size_t i = 0; i < encode->table_count; i++) {
        if (strcmp(encode->tables[i].statement, statement) == 0)
            return &encode->tables[i];
    }
    fail_msg("no table %s", statement);
    return NULL;
}

static void test_ingest_encode__finds_the_item_of_a_line(void **state)
{
    struct registry_knowledge knowledge = {
        .version = 7, .catalogue = world.catalogue, .registry = world.registry, .references = 1000};
    struct ingest_batch *batch = ingest_batch_new(1, 2, 0, &knowledge, 0);
    struct ingest_encode encode;
    struct emis_arena *names = emis_arena_new(4096);
    (void) state;
    add(batch, "valid/enrol-census");
    add(batch, "invalid/b049-truncated");
    add(batch, "valid/att-daily-14-rows"); /* 10 rows of pupils, 4 of staff */
    add(batch, "invalid/b040-nan");
    add(batch, "valid/visit");
    batch->items[4].poison = E_DB;
    ingest_encode_init(&encode, world.catalogue, names);
    for (int i = 0; i < 2; i++) { /* reused */
        struct submission_decide *decide = ingest_batch_decide(world.arena, batch, 1, 5);
        submission_decide_propose(decide);
        submission_decide_settle(decide);
        ingest_encode_range(&encode, batch, 1, decide);
    }
    const struct ingest_table *ledger = table(&encode, "copy_ledger");
    const struct ingest_table *held = table(&encode, "copy_held");
    const struct ingest_table *pupil = table(&encode, "copy_att_daily_pupil");
    assert_int_equal(ledger->row_count, 4);
    assert_int_equal(ingest_encode_item_of_line(ledger, 1), 1); /* of the batch, not the range */
    assert_int_equal(ingest_encode_item_of_line(ledger, 4), 4);
    assert_int_equal(ingest_encode_item_of_line(ledger, 5), SIZE_MAX);
    assert_int_equal(ingest_encode_item_of_line(ledger, 0), SIZE_MAX);
    assert_int_equal(held->row_count, 3);
    assert_int_equal(ingest_encode_item_of_line(held, 2), 3);
    assert_int_equal(ingest_encode_item_of_line(held, 3), 4);
    assert_int_equal(pupil->row_count, 10);
    assert_int_equal(ingest_encode_item_of_line(pupil, 1), 2);
    assert_int_equal(ingest_encode_item_of_line(pupil, 10), 2);
    assert_int_equal(ingest_encode_item_of_line(pupil, 11), SIZE_MAX);
    assert_int_equal(table(&encode, "copy_enrol_census_pupil")->row_count, 0);
    assert_int_equal(table(&encode, "copy_submission")->row_count, 1);
    ingest_encode_release(&encode);
    emis_arena_free(names);
    ingest_batch_free(batch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ingest_encode__finds_the_item_of_a_line),
    };
    world_open(&world);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    world_close(&world);
    return failed;
}
