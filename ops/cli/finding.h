/* SPDX-License-Identifier: Apache-2.0 */
/* The part of `emis db migrate` that findings need: the rules' texts, and an end for findings that
 * no rule looks after any more. */
#pragma once

#include "lib/base/error.h"
#include "lib/catalogue/catalogue.h"

struct store_connection;

/* Inside a transaction; the catalogue has its numbers. */
bool cli_finding_write(struct store_connection *conn, const struct catalogue *catalogue,
                       struct emis_error *err) EMIS_MUST_CHECK;
