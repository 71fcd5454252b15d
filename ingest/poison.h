/* SPDX-License-Identifier: Apache-2.0 */
/* Which record the database refuses (guarantee G15). The writing thread's. */
#pragma once

#include "ingest/apply.h"

/*
 * After items [from, to) failed with a datum refused (class 22 or 23): find the record at fault by
 * COPY's line number, or by bisecting, and mark it (item->poison, poison_sqlstate) only if it fails
 * alone, twice, in two transactions, with the same SQLSTATE. *ret_index SIZE_MAX: none does. false:
 * the database failed otherwise meanwhile.
 */
bool ingest_poison_find(struct ingest_apply *apply, struct ingest_batch *batch, size_t from,
                        size_t to, size_t *ret_index, struct emis_error *err) EMIS_MUST_CHECK;
