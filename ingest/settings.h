/* SPDX-License-Identifier: Apache-2.0 */
/* The keys that emis-ingest reads: a list of tables. */
#pragma once

#include "lib/base/settings.h"

extern const struct emis_settings_key ingest_settings[];
