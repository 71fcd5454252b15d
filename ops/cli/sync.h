/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bringing a catalogue of files into a database: numbers, documents, levels, generated tables,
 * dimensions of the mart, and the cells that a changed definition makes wrong. Blocking.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/catalogue/catalogue.h"

struct emis_arena;
struct store_connection;

struct cli_sync_summary {
    size_t added, changed, removed; /* documents */
    size_t numbers;                 /* given now */
    size_t dirty_forms;
    size_t retried;  /* leaves that were set aside */
    int64_t version; /* ref.version after it */
};

/* Read and compile the files of a folder with a country's (NULL: none) laid over them; each mistake
 * is printed on standard error. E_CATALOGUE, E_NO_INPUT, E_USAGE. documents live in the arena. */
bool cli_sync_read(struct emis_arena *arena, const char *directory, const char *country,
                   struct catalogue_document **ret_documents, size_t *ret_count,
                   struct catalogue **ret_catalogue, struct emis_error *err) EMIS_MUST_CHECK;

/*
 * In one transaction, under the exclusive REGISTRY lock. is_dry: only compare. E_CATALOGUE: it
 * would lose what is stored (each conflict is printed). The catalogue has the database's numbers
 * afterwards.
 */
bool cli_sync_run(struct store_connection *conn, const struct catalogue_document *documents,
                  size_t count, struct catalogue *catalogue, bool is_dry,
                  struct cli_sync_summary *ret_summary, struct emis_error *err) EMIS_MUST_CHECK;
