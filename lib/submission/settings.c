/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/submission/settings.h"

#include <string.h>

#include "lib/base/date.h"

const struct emis_settings_key submission_settings[] = {
    {"emis", "record_signing", EMIS_SETTINGS_TEXT, "off", 0, 0, false,
     "off, or required: records without a signature are rejected"},
    {"emis", "keys_file", EMIS_SETTINGS_TEXT, "", 0, 0, false,
     "signing keys of producers; empty: none is known"},
    {"emis", "utc_offset", EMIS_SETTINGS_TEXT, "+00:00", 0, 0, false,
     "local time of deadlines, +hh:mm from UTC"},
    {NULL, NULL, EMIS_SETTINGS_TEXT, NULL, 0, 0, false, NULL},
};

bool submission_settings_utc_offset(const struct emis_settings *settings, int32_t *ret_minutes,
                                    struct emis_error *err)
{
    const char *offset = emis_settings_text(settings, "emis", "utc_offset");

    return emis_date_parse_utc_offset(offset, strlen(offset), ret_minutes) ||
           emis_error_set(err, E_CONFIG, "emis.utc_offset is %s: write +hh:mm", offset);
}

bool submission_settings_signing(const struct emis_settings *settings, bool *ret_is_required,
                                 struct emis_error *err)
{
    const char *signing = emis_settings_text(settings, "emis", "record_signing");

    if (strcmp(signing, "off") != 0 && strcmp(signing, "required") != 0) {
        return emis_error_set(err, E_CONFIG, "emis.record_signing is %s: off or required", signing);
    }
    *ret_is_required = strcmp(signing, "required") == 0;
    if (*ret_is_required && emis_settings_text(settings, "emis", "keys_file")[0] == '\0') {
        return emis_error_set(err, E_CONFIG,
                              "emis.record_signing is required, but emis.keys_file is empty");
    }
    return true;
}
