/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of [emis] that a verdict depends on. */
#pragma once

#include "lib/base/settings.h"

extern const struct emis_settings_key submission_settings[];
