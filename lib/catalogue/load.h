/* SPDX-License-Identifier: Apache-2.0 */
/* The catalogue that a database holds: the standing documents of ref.catalogue_document with the
 * numbers of ref.catalogue_number. Blocking. */
#pragma once

#include <stdint.h>

#include "lib/base/error.h"
#include "lib/catalogue/catalogue.h"

struct store_connection;

/* *ret_version: ref.version of the same snapshot. conn must be idle. E_CATALOGUE when what is
 * stored does not compile (another program version). */
bool catalogue_load(struct store_connection *conn, struct catalogue **ret_catalogue,
                    int64_t *ret_version, struct emis_error *err) EMIS_MUST_CHECK;
