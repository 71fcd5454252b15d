/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which librdkafka settings are in force: our safe defaults (guarantees.md 2.3), then the [kafka]
 * section verbatim. What would break a guarantee is refused, not corrected. Owns nothing; any
 * thread, while nobody changes the settings.
 */
#pragma once

#include "lib/base/error.h"

struct emis_settings;

/*
 * [kafka] holds any librdkafka property; the program declares it:
 * emis_settings_declare_passthrough(settings, "kafka"). bootstrap.servers is required. group.id and
 * group.instance.id are arguments of kafka_consumer_new and refused here. A key that only the other
 * role knows is ignored.
 *
 * Checks the section for both roles; every constructor of lib/kafka checks its own role again.
 * E_CONFIG: unknown key, value out of range (librdkafka's reason), no bootstrap.servers.
 * E_PREFLIGHT, naming the key: acks not all, enable.idempotence off, enable.auto.commit or
 * enable.auto.offset.store on, auto.offset.reset not error, check.crcs off, a cooperative
 * partition.assignment.strategy, isolation.level not read_committed, enable.partition.eof on.
 */
bool kafka_config_check(const struct emis_settings *settings,
                        struct emis_error *err) EMIS_MUST_CHECK;
/* Kafka takes it as a topic's name. E_CONFIG. */
bool kafka_config_check_topic(const char *topic, struct emis_error *err) EMIS_MUST_CHECK;
