/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/submission/settings.h"

const struct emis_settings_key submission_settings[] = {
    {"emis", "record_signing", EMIS_SETTINGS_TEXT, "off", 0, 0, false,
     "off, or required: records without a signature are rejected"},
    {"emis", "keys_file", EMIS_SETTINGS_TEXT, "", 0, 0, false,
     "signing keys of producers; empty: none is known"},
    {"emis", "utc_offset", EMIS_SETTINGS_TEXT, "+00:00", 0, 0, false,
     "local time of deadlines, +hh:mm from UTC"},
    {NULL, NULL, EMIS_SETTINGS_TEXT, NULL, 0, 0, false, NULL},
};
