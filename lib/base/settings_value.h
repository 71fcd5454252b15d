/* SPDX-License-Identifier: Apache-2.0 */
/* How a setting's text becomes its number: units, yes and no, bounds. Part of settings.c, apart so
 * that it can be tested alone. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/settings.h"

/*
 * The number of `text` under the key's type: INTEGER as it is, BYTES with B, KiB, MiB or GiB,
 * DURATION_MS with ms, s, min (or m), h or d (0 needs no unit), BOOL yes/no, true/false, on/off as
 * 1/0, TEXT as 0. The bounds hold unless both are 0. E_CONFIG; a secret's value is not repeated in
 * the message.
 */
bool emis_settings_value_parse(const struct emis_settings_key *key, const char *text,
                               int64_t *ret_number, struct emis_error *err) EMIS_MUST_CHECK;

/* "text", "integer", "bytes", "duration" or "yes|no". */
const char *emis_settings_value_type_name(enum emis_settings_type type);
