/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records on their way to the topic: signed if a key is given, counted as sent and as acknowledged,
 * with the first reason why one was not. Owns a producer; one thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "lib/base/error.h"

struct cli_context;
struct cli_sender;

struct cli_sender_options {
    const char *key_file; /* NULL: not signed */
    const char *key_id;
    const char *received_at; /* header text, or NULL */
    bool is_replay;          /* each record says what it replays, and when that came */
    FILE *receipts; /* "tag partition offset" of each acknowledged record, offset -1: the broker did
                       not say; NULL: none */
};

/* What a record is; borrowed during the call. key or value NULL: a null one. */
struct cli_sender_record {
    const void *key;
    size_t key_size;
    const void *value;
    size_t value_size;
    const char *replay_of;   /* header text, or NULL */
    const char *received_at; /* of this record; NULL: that of the options */
    bool has_partition;      /* false: by the key */
    int32_t partition;
    int64_t tag; /* comes back in the receipts and in on_acknowledged */
};

/* offset: as in kafka_producer_delivery_fn. */
typedef void (*cli_sender_acknowledged_fn)(void *context, int64_t tag, int32_t partition,
                                           int64_t offset);

/* E_KAFKA (no broker, no topic), E_CONFIG, E_USAGE (a key file without an id, backdating without a
 * key), E_NOT_FOUND (no such key). on_acknowledged may be NULL. */
bool cli_sender_new(const struct cli_context *cli, const struct cli_sender_options *options,
                    cli_sender_acknowledged_fn on_acknowledged, void *context,
                    struct cli_sender **ret_sender, struct emis_error *err) EMIS_MUST_CHECK;
/* Waits while the queue is full. E_KAFKA: the broker takes nothing. A record that is too large for
 * it is counted as failed. */
bool cli_sender_send(struct cli_sender *sender, const struct cli_sender_record *record,
                     struct emis_error *err) EMIS_MUST_CHECK;
/* Deliver reports without waiting. */
bool cli_sender_poll(struct cli_sender *sender, int timeout_ms,
                     struct emis_error *err) EMIS_MUST_CHECK;
/* Wait for all reports. E_KAFKA unless every record is in the log. */
bool cli_sender_finish(struct cli_sender *sender, struct emis_error *err) EMIS_MUST_CHECK;

int64_t cli_sender_sent(const struct cli_sender *sender);
int64_t cli_sender_acknowledged(const struct cli_sender *sender);
int64_t cli_sender_failed(const struct cli_sender *sender);
void cli_sender_free(struct cli_sender *sender);
