/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of [topics] and what Kafka must survive; [kafka] itself passes through to librdkafka. */
#pragma once

#include "lib/base/settings.h"

extern const struct emis_settings_key kafka_settings[];
