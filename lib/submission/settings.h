/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of [emis] that a verdict depends on. */
#pragma once

#include <stdint.h>

#include "lib/base/settings.h"

extern const struct emis_settings_key submission_settings[];

/* emis.utc_offset in minutes. E_CONFIG. */
bool submission_settings_utc_offset(const struct emis_settings *settings, int32_t *ret_minutes,
                                    struct emis_error *err) EMIS_MUST_CHECK;
/* emis.record_signing is "required"; then emis.keys_file is not empty. E_CONFIG. */
bool submission_settings_signing(const struct emis_settings *settings, bool *ret_is_required,
                                 struct emis_error *err) EMIS_MUST_CHECK;
