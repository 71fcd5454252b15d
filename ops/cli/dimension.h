/* SPDX-License-Identifier: Apache-2.0 */
/* The dimensions of the mart that come from the catalogue: indicators and cuts, with their names.
 */
#pragma once

#include "lib/base/error.h"
#include "lib/catalogue/catalogue.h"

struct store_connection;

/* The language that mart.dim_*.name is in; the catalogue's first one where it has no English. */
const char *cli_dimension_language(const struct catalogue *catalogue);
/* A label in that language, or the fallback. */
const char *cli_dimension_label(const struct catalogue *catalogue, const char *key,
                                const char *fallback);

/* Insert and update; nothing is removed. Inside a transaction; the catalogue has its numbers. */
bool cli_dimension_write(struct store_connection *conn, const struct catalogue *catalogue,
                         struct emis_error *err) EMIS_MUST_CHECK;
