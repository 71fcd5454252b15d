/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/registry/opening.h"

#include "lib/base/date.h"
#include "lib/registry/apply.h"
#include "lib/store/query.h"
#include "lib/store/tx.h"

static bool open_periods(struct store_connection *conn, const struct catalogue_form *form,
                         const int32_t *period_ids, size_t count, int64_t *ret_opened,
                         struct emis_error *err)
{
    struct registry_apply_record record = {.source = "period",
                                           .kind = form->code,
                                           .effective_on = EMIS_DATE_INFINITY,
                                           .submission_key = -1};
    struct store_params params;
    struct store_result *result;
    if (!registry_apply_bump(conn, &record.version, err)) {
        return false;
    }
    store_params_init(&params);
    store_params_i16(&params, form->number);
    store_params_i32_array(&params, period_ids, count, NULL);
    store_params_i16(&params, (int16_t) form->leaf_level);
    store_params_i64(&params, record.version);
    bool is_done = store_query_run(conn, "apply_open_periods", &params, &result, err);
    store_params_release(&params);
    if (!is_done) {
        return false;
    }
    *ret_opened = store_result_i64(result, 0, 0);
    store_result_free(result);
    record.changed_count = (int32_t) *ret_opened;
    return *ret_opened == 0 || registry_apply_record(conn, &record, err);
}

bool registry_open_period(struct store_connection *conn, const struct catalogue *catalogue,
                          const struct catalogue_form *form, const int32_t *period_ids,
                          size_t count, int64_t *ret_opened, struct emis_error *err)
{
    int64_t opened = 0;
    if (!form->is_owed) {
        return emis_error_set(err, E_REGISTRY, "nobody owes %s: it has no periods to open",
                              form->code);
    }
    if (!store_tx_begin(conn, err)) {
        return false;
    }
    bool is_done =
        registry_apply_lock(conn, catalogue, err) &&
        open_periods(conn, form, period_ids, count, &opened, err) &&
        (opened == 0 ||
         store_tx_commit(conn, err)); /* nothing to open: leave ref.version where it was */
    store_tx_rollback(conn);
    if (is_done) {
        *ret_opened = opened;
    }
    return is_done || emis_error_wrap(err, "open periods of %s", form->code);
}
