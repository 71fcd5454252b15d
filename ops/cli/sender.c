/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/cli/sender.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/date.h"
#include "lib/base/memory.h"
#include "lib/base/settings.h"
#include "lib/base/text.h"
#include "lib/kafka/admin.h"
#include "lib/kafka/producer.h"
#include "lib/submission/keyring.h"
#include "ops/cli/context.h"

#define FIND_TIMEOUT_MS 10000

#define FLUSH_TIMEOUT_MS 60000
#define FULL_WAIT_MS     100
#define FULL_TIMEOUT_MS  60000

struct cli_sender {
    struct kafka_producer *producer;
    struct submission_keyring *keyring;
    const struct submission_signing_key *key; /* NULL: not signed */
    const char *received_at;
    FILE *receipts;
    cli_sender_acknowledged_fn on_acknowledged;
    void *context;
    int64_t sent, acknowledged, failed;
    struct emis_error first_failure;
};

static void on_delivery(void *context, void *opaque, int32_t partition, int64_t offset,
                        bool is_persisted, const struct emis_error *err)
{
    struct cli_sender *sender = context;
    int64_t tag = (int64_t) (intptr_t) opaque;

    if (!is_persisted) {
        if (sender->failed++ == 0) {
            sender->first_failure = *err;
        }
        return;
    }
    sender->acknowledged++;
    if (sender->receipts != NULL) {
        fprintf(sender->receipts, "%" PRId64 " %" PRId32 " %" PRId64 "\n", tag, partition, offset);
    }
    if (sender->on_acknowledged != NULL) {
        sender->on_acknowledged(sender->context, tag, partition, offset);
    }
}

static bool load_key(struct cli_sender *sender, const struct cli_sender_options *options,
                     struct emis_error *err)
{
    int64_t instant;

    if (options->received_at != NULL &&
        !emis_date_parse_instant(options->received_at, strlen(options->received_at), &instant,
                                 err)) {
        return emis_error_set(err, E_USAGE,
                              "--received-at takes an instant such as 2022-04-15T08:00:00Z");
    }
    if (options->key_file == NULL && options->key_id != NULL) {
        return emis_error_set(err, E_USAGE, "--key-id needs --key-file");
    }
    if (options->key_file == NULL) {
        return options->received_at == NULL ||
               emis_error_set(
                   err, E_USAGE,
                   "--received-at needs a key that may backdate: --key-file and --key-id");
    }
    if (options->key_id == NULL) {
        return emis_error_set(err, E_USAGE, "--key-file needs --key-id");
    }
    if (!submission_keyring_load(options->key_file, &sender->keyring, err)) {
        return false;
    }
    sender->key =
        submission_keyring_find(sender->keyring, options->key_id, strlen(options->key_id));
    if (sender->key == NULL) {
        return emis_error_set(
            err, E_NOT_FOUND,
            "%s holds no key %s; the values of its \"id\" are what --key-id takes",
            options->key_file, options->key_id);
    }
    return sender->key->may_backdate || (options->received_at == NULL && !options->is_replay) ||
           emis_error_set(err, E_USAGE,
                          "key %s may not backdate: every record would be refused; it needs "
                          "\"backdate\": true in %s and in [emis] keys_file of the daemons",
                          options->key_id, options->key_file);
}

/* Asked before the first record: a producer would wait for a minute for a broker that is away. */
static bool find_topic(const struct cli_context *cli, const char *name, struct emis_error *err)
{
    struct kafka_admin_topic topic;

    if (kafka_admin_describe(cli->settings, name, FIND_TIMEOUT_MS, &topic, err)) {
        return true;
    }
    if (err->code == E_NOT_FOUND) {
        (void) emis_error_set(err, E_KAFKA, "there is no topic %s: see `emis topics apply`", name);
    }
    return false;
}

bool cli_sender_new(const struct cli_context *cli, const struct cli_sender_options *options,
                    cli_sender_acknowledged_fn on_acknowledged, void *context,
                    struct cli_sender **ret_sender, struct emis_error *err)
{
    const char *topic = emis_settings_text(cli->settings, "topics", "submissions");
    struct cli_sender *sender = emis_calloc(1, sizeof *sender);

    sender->received_at = options->received_at;
    sender->receipts = options->receipts;
    sender->on_acknowledged = on_acknowledged;
    sender->context = context;
    if (!load_key(sender, options, err) || !find_topic(cli, topic, err) ||
        !kafka_producer_new(cli->settings, topic, on_delivery, sender, &sender->producer, err)) {
        cli_sender_free(sender);
        return false;
    }
    *ret_sender = sender;
    return true;
}

/* The headers of FORMAT.md. hex has room for the signature. Returns their number. */
static size_t fill_headers(const struct cli_sender *sender, const struct cli_sender_record *record,
                           char hex[2 * EMIS_DIGEST_BYTES + 1], struct kafka_header *headers)
{
    const char *received_at =
        record->received_at != NULL ? record->received_at : sender->received_at;
    size_t received_at_size = received_at == NULL ? 0 : strlen(received_at),
           replay_of_size = record->replay_of == NULL ? 0 : strlen(record->replay_of);
    uint8_t signature[EMIS_DIGEST_BYTES];
    size_t count = 0;

    if (sender->key == NULL) {
        return 0;
    }
    submission_sign(sender->key,
                    &(struct submission_signed_parts){
                        record->key, record->key_size, record->value, record->value_size,
                        received_at, received_at_size, record->replay_of, replay_of_size},
                    signature);
    emis_text_hex(signature, sizeof signature, hex);
    headers[count++] = (struct kafka_header){SUBMISSION_HEADER_KEY_ID, sender->key->key_id,
                                             strlen(sender->key->key_id)};
    headers[count++] =
        (struct kafka_header){SUBMISSION_HEADER_SIGNATURE, hex, 2 * EMIS_DIGEST_BYTES};
    if (received_at != NULL) {
        headers[count++] =
            (struct kafka_header){SUBMISSION_HEADER_RECEIVED_AT, received_at, received_at_size};
    }
    if (record->replay_of != NULL) {
        headers[count++] =
            (struct kafka_header){SUBMISSION_HEADER_REPLAY_OF, record->replay_of, replay_of_size};
    }
    return count;
}

/* Hand a message over, waiting while the queue is full. */
static bool enqueue(struct cli_sender *sender, const struct kafka_producer_message *message,
                    struct emis_error *err)
{
    int64_t start_ms = emis_clock_monotonic_ms(), acknowledged = sender->acknowledged;
    struct emis_error poll_err;

    while (!kafka_producer_send(sender->producer, message, err)) {
        if (err->code == E_REC_TOO_LARGE) {
            if (sender->failed++ == 0) {
                sender->first_failure = *err;
            }
            return true;
        }
        if (err->code != E_KAFKA || err->kind != EMIS_RETRY) {
            return false;
        }
        if (!kafka_producer_poll(sender->producer, FULL_WAIT_MS, &poll_err)) {
            *err = poll_err;
            return false;
        }
        if (sender->acknowledged != acknowledged) {
            acknowledged = sender->acknowledged;
            start_ms = emis_clock_monotonic_ms();
        } else if (emis_clock_monotonic_ms() - start_ms > FULL_TIMEOUT_MS || sender->failed > 0) {
            return sender->failed > 0 ? (*err = sender->first_failure, false)
                                      : emis_error_wrap(err, "nothing was acknowledged for 60 s");
        }
    }
    return true;
}

bool cli_sender_send(struct cli_sender *sender, const struct cli_sender_record *record,
                     struct emis_error *err)
{
    char hex[2 * EMIS_DIGEST_BYTES + 1];
    struct kafka_header headers[4];
    struct kafka_producer_message message = {
        .partition = record->has_partition ? record->partition : KAFKA_PRODUCER_BY_KEY,
        .key = record->key,
        .key_size = record->key_size,
        .value = record->value,
        .value_size = record->value_size,
        .headers = headers,
        .opaque = (void *) (intptr_t) record->tag,
    };

    message.header_count = fill_headers(sender, record, hex, headers);
    sender->sent++;
    return enqueue(sender, &message, err);
}

bool cli_sender_poll(struct cli_sender *sender, int timeout_ms, struct emis_error *err)
{
    return kafka_producer_poll(sender->producer, timeout_ms, err);
}

bool cli_sender_finish(struct cli_sender *sender, struct emis_error *err)
{
    if (!kafka_producer_flush(sender->producer, FLUSH_TIMEOUT_MS, err)) {
        return emis_error_wrap(err, "%" PRId64 " of %" PRId64 " records are not acknowledged",
                               sender->sent - sender->acknowledged, sender->sent);
    }
    if (sender->failed > 0) {
        *err = sender->first_failure;
        err->code = E_KAFKA;
        return emis_error_wrap(err, "%" PRId64 " of %" PRId64 " records are not in the log",
                               sender->failed, sender->sent);
    }
    return true;
}

int64_t cli_sender_sent(const struct cli_sender *sender)
{
    return sender->sent;
}

int64_t cli_sender_acknowledged(const struct cli_sender *sender)
{
    return sender->acknowledged;
}

int64_t cli_sender_failed(const struct cli_sender *sender)
{
    return sender->failed;
}

void cli_sender_free(struct cli_sender *sender)
{
    if (sender == NULL) {
        return;
    }
    kafka_producer_free(sender->producer);
    submission_keyring_free(sender->keyring);
    free(sender);
}
