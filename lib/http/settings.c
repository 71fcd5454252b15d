/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/http/settings.h"

const struct emis_settings_key http_settings[] = {
    {"metrics", "listen", EMIS_SETTINGS_TEXT, "127.0.0.1:0", 0, 0, false,
     "address of /metrics, /healthz and /readyz; port 0: a free one, printed at start"},
    {NULL, NULL, EMIS_SETTINGS_TEXT, NULL, 0, 0, false, NULL},
};
