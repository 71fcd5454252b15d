/* SPDX-License-Identifier: Apache-2.0 */
/* I2 of `ledger check`: the positions and the ledger against the records that Kafka has. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/error.h"

struct cli_context;
struct store_connection;
struct cli_ledger_kafka;

#define CLI_LEDGER_SHOWN_MAX  20  /* findings of one check that are printed, on standard error */
#define CLI_LEDGER_TEXT_BYTES 400 /* of one finding */

/* Asks for the topic, so that a broker that is away is told before the long checks run. A topic
 * that does not exist is no error here but a finding of the comparison. E_KAFKA, E_CONFIG. */
bool cli_ledger_kafka_new(const struct cli_context *cli, struct cli_ledger_kafka **ret_kafka,
                          struct emis_error *err) EMIS_MUST_CHECK;
/* Every record in Kafka that the position has passed has its ledger row with the same digest; none
 * was removed before it was read; none is in a partition that nobody reads. first: the first
 * finding, "" without one. E_KAFKA and those of lib/store. */
bool cli_ledger_kafka_compare(struct cli_ledger_kafka *kafka, struct store_connection *conn,
                              size_t *ret_findings, char first[CLI_LEDGER_TEXT_BYTES],
                              struct emis_error *err) EMIS_MUST_CHECK;
void cli_ledger_kafka_free(struct cli_ledger_kafka *kafka);
