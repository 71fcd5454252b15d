/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of [postgres]. */
#pragma once

#include "lib/base/settings.h"

extern const struct emis_settings_key store_settings[];
