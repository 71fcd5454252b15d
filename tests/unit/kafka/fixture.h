/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of lib/kafka share: a mock cluster, settings that point to it, a producer that
 * fills a topic, a consumer that writes down what it got. */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/base/clock.h"
#include "lib/base/error.h"
#include "lib/base/settings.h"
#include "lib/kafka/consumer.h"
#include "lib/kafka/mock.h"
#include "lib/kafka/producer.h"

#define FIXTURE_TOPIC      "emis.test"
#define FIXTURE_PARTITIONS 4
#define FIXTURE_TIMEOUT_MS 40000

#define assert_ok(call)                                                            \
    do {                                                                           \
        if (!(call)) {                                                             \
            fail_msg("%s: %s: %s", #call, emis_error_name(err.code), err.message); \
        }                                                                          \
    } while (0)

/* extra: assignments such as "kafka.linger.ms=0", ends with NULL. */
static inline struct emis_settings *fixture_settings(const char *bootstrap,
                                                     const char *const *extra)
{
    struct emis_error err;
    char text[256];
    struct emis_settings *settings = emis_settings_new();
    emis_settings_declare_passthrough(settings, "kafka");
    if (bootstrap != NULL) {
        snprintf(text, sizeof(text), "kafka.bootstrap.servers=%s", bootstrap);
        assert_ok(emis_settings_set(settings, text, &err));
    }
    for (; extra != NULL && *extra != NULL; extra++) {
        assert_ok(emis_settings_set(settings, *extra, &err));
    }
    return settings;
}

struct fixture_reports {
    int persisted;
    int unplaced; /* of them, with an unknown offset */
    int failed;
    enum emis_error_code code; /* of the last failure */
    enum emis_error_kind kind;
};

static inline void fixture_on_delivery(void *context, void *opaque, int32_t partition,
                                       int64_t offset, bool is_persisted,
                                       const struct emis_error *err)
{
    struct fixture_reports *reports = context;
    (void) opaque;
    assert_int_equal(is_persisted, err == NULL);
    assert_int_equal(is_persisted, partition >= 0);
    assert_true(offset >= 0 || offset == KAFKA_PRODUCER_OFFSET_UNKNOWN);
    reports->persisted += is_persisted;
    reports->unplaced += is_persisted && offset == KAFKA_PRODUCER_OFFSET_UNKNOWN;
    reports->failed += !is_persisted;
    if (err != NULL) {
        reports->code = err->code;
        reports->kind = err->kind;
    }
}

/* count records "first".."first+count-1" as text into one partition; each is acknowledged when it
 * returns. */
static inline void fixture_fill(const struct emis_settings *settings, const char *topic,
                                int32_t partition, int first, int count)
{
    struct emis_error err;
    struct fixture_reports reports = {0};
    struct kafka_producer *producer = NULL;
    assert_ok(kafka_producer_new(settings, topic, fixture_on_delivery, &reports, &producer, &err));
    for (int i = first; i < first + count; i++) {
        char value[32];
        snprintf(value, sizeof(value), "%d", i);
        struct kafka_producer_message message = {.partition = partition,
                                                 .key = "k",
                                                 .key_size = 1,
                                                 .value = value,
                                                 .value_size = strlen(value)};
        assert_ok(kafka_producer_send(producer, &message, &err));
    }
    assert_ok(kafka_producer_flush(producer, FIXTURE_TIMEOUT_MS, &err));
    assert_int_equal(reports.persisted, count);
    kafka_producer_free(producer);
}

/* A consumer with its positions, as the program would keep them in PostgreSQL. */
struct fixture_member {
    struct kafka_consumer *consumer;
    int64_t next[FIXTURE_PARTITIONS]; /* KAFKA_CONSUMER_LEAVE_OUT: do not read */
    int64_t got[FIXTURE_PARTITIONS];
    bool is_refusing;
    int assign_count;
    int revoke_count;
    size_t assigned;
    int gaps; /* records that did not have the expected offset */
    int repeats;
};

static inline bool fixture_on_assign(void *context, const int32_t *partitions, size_t count,
                                     int64_t *ret_offsets)
{
    struct fixture_member *member = context;
    member->assign_count++;
    member->assigned = count;
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(ret_offsets[i], KAFKA_CONSUMER_LEAVE_OUT);
        assert_in_range(partitions[i], 0, FIXTURE_PARTITIONS - 1);
        ret_offsets[i] = member->next[partitions[i]];
    }
    return !member->is_refusing;
}

static inline void fixture_on_revoke(void *context, const int32_t *partitions, size_t count)
{
    struct fixture_member *member = context;
    (void) partitions;
    assert_int_equal(count, member->assigned);
    member->revoke_count++;
    member->assigned = 0;
}

static inline void fixture_join(struct fixture_member *member, const struct emis_settings *settings,
                                const char *group, const char *instance_id, const char *topic)
{
    static const struct kafka_consumer_callbacks callbacks = {fixture_on_assign, fixture_on_revoke};
    struct emis_error err;
    assert_ok(kafka_consumer_new(settings, group, instance_id, topic, &callbacks, member,
                                 &member->consumer, &err));
}

/* One poll; checks contiguity. false: it failed. */
static inline bool fixture_poll(struct fixture_member *member, struct emis_error *err)
{
    const struct kafka_record *record = NULL;
    if (!kafka_consumer_poll(member->consumer, 50, &record, err)) {
        return false;
    }
    if (record != NULL) {
        int64_t *next = &member->next[record->partition];
        member->gaps += record->offset > *next;
        member->repeats += record->offset < *next;
        *next = record->offset + 1;
        member->got[record->partition]++;
    }
    return true;
}

static inline int64_t fixture_got(const struct fixture_member *member)
{
    int64_t sum = 0;
    for (int i = 0; i < FIXTURE_PARTITIONS; i++) {
        sum += member->got[i];
    }
    return sum;
}

/* Poll until `wanted` records are there in all. */
static inline void fixture_read(struct fixture_member *member, int64_t wanted)
{
    struct emis_error err;
    int64_t deadline_ms = emis_clock_monotonic_ms() + FIXTURE_TIMEOUT_MS;
    while (fixture_got(member) < wanted) {
        assert_ok(fixture_poll(member, &err));
        if (emis_clock_monotonic_ms() > deadline_ms) {
            fail_msg("only %lld of %lld records came", (long long) fixture_got(member),
                     (long long) wanted);
        }
    }
    assert_int_equal(member->gaps, 0);
}

/* Poll for this long and expect no failure. */
static inline void fixture_idle(struct fixture_member *member, int duration_ms)
{
    struct emis_error err;
    for (int64_t end_ms = emis_clock_monotonic_ms() + duration_ms;
         emis_clock_monotonic_ms() < end_ms;) {
        assert_ok(fixture_poll(member, &err));
    }
}

/* Poll until a poll fails. */
static inline void fixture_await_failure(struct fixture_member *member, struct emis_error *err)
{
    int64_t deadline_ms = emis_clock_monotonic_ms() + FIXTURE_TIMEOUT_MS;
    while (fixture_poll(member, err)) {
        assert_true(emis_clock_monotonic_ms() < deadline_ms);
    }
}
