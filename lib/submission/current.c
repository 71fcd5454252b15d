/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/submission/current.h"

#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/catalogue/generate.h"
#include "lib/store/connection.h"
#include "lib/store/query.h"

extern const struct store_statement submission_statements[];

void submission_current_register(struct store_connection *conn, const struct catalogue *catalogue)
{
    struct emis_buffer text, name;

    for (const struct store_statement *statement = submission_statements; statement->name != NULL;
         statement++) {
        store_connection_register_dynamic(conn, statement->name, statement->text);
    }
    emis_buffer_init(&text);
    emis_buffer_init(&name);
    for (size_t i = 0; i < catalogue->form_count; i++) {
        if (catalogue_form_newest(catalogue, catalogue->forms[i].code) != &catalogue->forms[i]) {
            continue;
        }
        for (size_t j = 0; j < catalogue->forms[i].group_count; j++) {
            emis_buffer_clear(&text);
            emis_buffer_clear(&name);
            catalogue_generate_copy(&catalogue->forms[i].groups[j], &text);
            emis_buffer_format(&name, "copy_%s", catalogue->forms[i].groups[j].table);
            store_connection_register_dynamic(conn, name.data, text.data);
        }
    }
    emis_buffer_release(&text);
    emis_buffer_release(&name);
}

static bool find_ids(struct store_connection *conn, struct emis_arena *arena,
                     struct submission_decide *decide, struct emis_error *err)
{
    size_t count = 0;
    uint8_t(*ids)[16] = emis_arena_alloc(arena, decide->count * sizeof(*ids));
    int32_t *units = emis_arena_alloc(arena, decide->count * sizeof(*units));
    struct store_params params;
    struct store_result *result;
    bool ok;

    for (size_t i = 0; i < decide->count; i++) {
        if (decide->key_of[i] != SIZE_MAX) {
            memcpy(ids[count], decide->items[i].submission->submission_id, sizeof(*ids));
            units[count++] = decide->items[i].submission->unit->unit_id;
        }
    }
    if (count == 0) {
        return true;
    }
    store_params_init(&params);
    store_params_uuid_array(&params, (const uint8_t(*)[16]) ids, count, NULL);
    store_params_i32_array(&params, units, count, NULL);
    ok = store_query_run(conn, "find_ids", &params, &result, err);
    store_params_release(&params);
    if (!ok) {
        return false;
    }
    for (size_t i = 0; i < store_result_rows(result); i++) {
        submission_decide_add_known_id(decide, store_result_uuid(result, i, 0),
                                       store_result_i32(result, i, 1),
                                       store_result_bytes(result, i, 2).data);
    }
    store_result_free(result);
    return true;
}

/* Arrays of intake.current rows as parameters $1 to $9, for the keys chosen. */
static size_t bind_current(struct emis_arena *arena, const struct submission_decide *decide,
                           bool is_move, struct store_params *params)
{
    size_t n = decide->key_count, count = 0;
    int16_t *forms = emis_arena_alloc(arena, (n + 1) * sizeof(*forms));
    int32_t *periods = emis_arena_alloc(arena, (n + 1) * sizeof(*periods));
    int32_t *units = emis_arena_alloc(arena, (n + 1) * sizeof(*units));
    const char **parts = emis_arena_alloc(arena, (n + 1) * sizeof(*parts));
    int64_t *keys = emis_arena_alloc(arena, (n + 1) * sizeof(*keys));
    int32_t *revisions = emis_arena_alloc(arena, (n + 1) * sizeof(*revisions));
    bool *retracts = emis_arena_alloc(arena, (n + 1) * sizeof(*retracts));
    bool *lates = emis_arena_alloc(arena, (n + 1) * sizeof(*lates));
    struct store_bytes *contents = emis_arena_alloc(arena, (n + 1) * sizeof(*contents));

    for (size_t i = 0; i < n; i++) {
        const struct submission_key *key = &decide->keys[i];
        const struct submission_current *row = is_move ? &key->current : &key->proposed;

        if (is_move ? !key->is_moved : !key->proposed.exists) {
            continue;
        }
        forms[count] = key->form_id;
        periods[count] = key->period_id;
        units[count] = key->unit_id;
        parts[count] = key->part_key;
        keys[count] = row->submission_key;
        revisions[count] = row->revision;
        retracts[count] = row->is_retract;
        lates[count] = row->is_late;
        contents[count++] =
            (struct store_bytes){.data = row->content_sha256, .size = EMIS_DIGEST_BYTES};
    }
    store_params_i16_array(params, forms, count, NULL);
    store_params_i32_array(params, periods, count, NULL);
    store_params_i32_array(params, units, count, NULL);
    store_params_text_array(params, parts, count);
    store_params_i64_array(params, keys, count, NULL);
    store_params_i32_array(params, revisions, count, NULL);
    store_params_bool_array(params, retracts, count, NULL);
    store_params_bool_array(params, lates, count, NULL);
    store_params_bytea_array(params, contents, count);
    return count;
}

static void take_existing(struct submission_decide *decide, const struct store_result *result)
{
    for (size_t i = 0; i < store_result_rows(result); i++) {
        struct submission_key *key = submission_decide_find_key(
            decide, store_result_i16(result, i, 0), store_result_i32(result, i, 1),
            store_result_i32(result, i, 2), store_result_text(result, i, 3));

        EMIS_ASSERT(key != NULL);
        if (store_result_i64(result, i, 4) == key->proposed.submission_key) {
            continue; /* it was new: the proposed row is in */
        }
        key->existing.exists = true;
        key->existing.submission_key = store_result_i64(result, i, 4);
        key->existing.revision = store_result_i32(result, i, 5);
        key->existing.is_retract = store_result_bool(result, i, 6);
        key->existing.is_late = store_result_bool(result, i, 7);
        memcpy(key->existing.content_sha256, store_result_bytes(result, i, 8).data,
               EMIS_DIGEST_BYTES);
    }
}

bool submission_current_settle(struct store_connection *conn, struct emis_arena *arena,
                               struct submission_decide *decide, bool *ret_is_as_proposed,
                               struct emis_error *err)
{
    struct store_params params;
    struct store_result *result = NULL;
    bool ok;

    if (!find_ids(conn, arena, decide, err)) {
        return false;
    }
    submission_decide_propose(decide);
    store_params_init(&params);
    ok = bind_current(arena, decide, false, &params) == 0 ||
         store_query_run(conn, "claim_current", &params, &result, err);
    if (ok) {
        if (result != NULL) {
            take_existing(decide, result);
            store_result_free(result);
        }
        submission_decide_settle(decide);
        *ret_is_as_proposed = submission_decide_is_as_proposed(decide);
        store_params_clear(&params);
        ok = !*ret_is_as_proposed || bind_current(arena, decide, true, &params) == 0 ||
             store_query_run(conn, "move_current", &params, NULL, err);
    }
    store_params_release(&params);
    return ok;
}
