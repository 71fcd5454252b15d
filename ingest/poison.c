/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/poison.h"

#include <string.h>

#include "lib/store/connection.h"
#include "lib/store/copy.h"

/* The item named by the last failure: the line of the COPY that was refused. SIZE_MAX: it names
 * none. */
static size_t suspect(const struct ingest_apply *apply)
{
    return apply->failed_table == NULL
               ? SIZE_MAX
               : ingest_encode_item_of_line(apply->failed_table,
                                            store_copy_failed_line(apply->conn));
}

/* *ret_refused: these items alone are refused for their data. false: the database failed for
 * another reason. */
static bool probe(struct ingest_apply *apply, const struct ingest_batch *batch, size_t from,
                  size_t to, bool *ret_refused, struct emis_error *err)
{
    *ret_refused = false;
    if (ingest_apply_probe(apply, batch, from, to, err)) {
        return true;
    }
    *ret_refused = err->code == E_DB_DATA;
    return *ret_refused;
}

/* The first item that is refused, by halves: the range as a whole is refused. */
static bool bisect(struct ingest_apply *apply, const struct ingest_batch *batch, size_t from,
                   size_t to, size_t *ret_index, struct emis_error *err)
{
    while (to - from > 1) {
        size_t middle = from + (to - from) / 2;
        bool is_refused;

        if (!probe(apply, batch, from, middle, &is_refused, err)) {
            return false;
        }
        if (is_refused) {
            to = middle;
        } else {
            from = middle;
        }
    }
    *ret_index = from;
    return true;
}

/* Alone, twice, with the same SQLSTATE. One that is marked already and still refused is not to be
 * blamed again: something else is wrong, and the caller waits. */
static bool confirm(struct ingest_apply *apply, struct ingest_batch *batch, size_t index,
                    bool *ret_is_confirmed, struct emis_error *err)
{
    struct ingest_item *item = &batch->items[index];
    char first[sizeof(item->poison_sqlstate)];
    bool is_refused;

    *ret_is_confirmed = false;
    if (item->poison != EMIS_OK) {
        return true;
    }
    if (!probe(apply, batch, index, index + 1, &is_refused, err)) {
        return false;
    }
    if (!is_refused) {
        return true;
    }
    memcpy(first, err->sqlstate, sizeof(first));
    if (!probe(apply, batch, index, index + 1, &is_refused, err)) {
        return false;
    }
    if (is_refused && strcmp(first, err->sqlstate) == 0) {
        item->poison = E_DB;
        memcpy(item->poison_sqlstate, first, sizeof(first));
        *ret_is_confirmed = true;
    }
    return true;
}

bool ingest_poison_find(struct ingest_apply *apply, struct ingest_batch *batch, size_t from,
                        size_t to, size_t *ret_index, struct emis_error *err)
{
    size_t index = suspect(apply);
    bool is_confirmed = false;

    *ret_index = SIZE_MAX;
    if (index != SIZE_MAX && index >= from && index < to &&
        !confirm(apply, batch, index, &is_confirmed, err)) {
        return false;
    }
    if (!is_confirmed) {
        if (!bisect(apply, batch, from, to, &index, err) ||
            !confirm(apply, batch, index, &is_confirmed, err)) {
            return false;
        }
    }
    if (is_confirmed) {
        *ret_index = index;
    }
    return true;
}
