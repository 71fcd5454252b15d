/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A decided range as COPY BINARY rows, one buffer a table, in the order in which the tables are
 * loaded. Pure. Reused from batch to batch to keep its memory; the writing thread's.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "ingest/batch.h"
#include "lib/base/buffer.h"

struct ingest_table {
    const char *statement; /* name of the registered COPY statement */
    struct emis_buffer rows;
    int64_t row_count;
    size_t *items;     /* per row run: the item of the batch it came from */
    int64_t *row_ends; /* per row run: number of rows up to its end */
    size_t run_count;
    size_t run_capacity;
};

enum ingest_fixed_table {
    INGEST_TABLE_SUBMISSION,
    INGEST_TABLE_LEDGER,
    INGEST_TABLE_HELD,
    INGEST_TABLE_WARNING,
    INGEST_TABLE_DIRTY,
    INGEST_TABLE_FACTS
};

struct ingest_encode {
    struct ingest_table *tables; /* the fixed ones, then one per form group */
    size_t table_count;
};

/* Tables of the catalogue's form groups; again after the catalogue has changed. statement names are
 * borrowed from the catalogue until ingest_encode_release. */
void ingest_encode_init(struct ingest_encode *encode, const struct catalogue *catalogue,
                        struct emis_arena *names);
/* decide: of the batch's items from `from` on. */
void ingest_encode_range(struct ingest_encode *encode, const struct ingest_batch *batch,
                         size_t from, const struct submission_decide *decide);
/* The batch item whose row is line `line` (from 1) of the table's last content; SIZE_MAX if there
 * is none. */
size_t ingest_encode_item_of_line(const struct ingest_table *table, int64_t line);
void ingest_encode_release(struct ingest_encode *encode);
