/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/store/settings.h"

const struct emis_settings_key store_settings[] = {
    {"postgres", "dsn", EMIS_SETTINGS_TEXT, "dbname=emis", 0, 0, false,
     "libpq connection string; PGSERVICE, .pgpass and PG* variables work too"},
    {NULL, NULL, EMIS_SETTINGS_TEXT, NULL, 0, 0, false, NULL},
};
