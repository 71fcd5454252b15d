/* SPDX-License-Identifier: Apache-2.0 */
/* The keys that emis-aggregator reads: [aggregate]. */
#pragma once

#include "lib/base/settings.h"

extern const struct emis_settings_key agg_settings[];
