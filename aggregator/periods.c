/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/periods.h"

#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/base/date.h"
#include "lib/base/log.h"
#include "lib/base/memory.h"
#include "lib/registry/opening.h"
#include "lib/store/query.h"

#include "aggregator/stats.h"

#define US_PER_MINUTE INT64_C(60000000)

static bool open_form(struct agg_session *session, const struct catalogue_form *form, int32_t today,
                      int64_t *opened, struct emis_error *err)
{
    struct store_params params;
    struct store_result *result;
    int32_t *ids;
    size_t count;
    int64_t now_opened = 0;
    bool ok;

    store_params_init(&params);
    store_params_i16(&params, form->number);
    store_params_text(&params, catalogue_period_kind_name(form->period_kind));
    store_params_date(&params, today - session->options->lookback_days);
    store_params_date(&params, today);
    ok = store_query_run(session->conn, "periods_to_open", &params, &result, err);
    store_params_release(&params);
    if (!ok) {
        return false;
    }
    count = store_result_rows(result);
    ids = emis_calloc(count + 1, sizeof(*ids));
    for (size_t row = 0; row < count; row++) {
        ids[row] = store_result_i32(result, row, 0);
    }
    store_result_free(result);
    ok = count == 0 || registry_open_period(session->conn, session->catalogue, form, ids, count,
                                            &now_opened, err);
    free(ids);
    if (now_opened > 0) {
        emis_log(EMIS_LOG_INFO, "periods_opened", "form=%s count=%lld", form->code,
                 (long long) now_opened);
        emis_metric_add(&agg_stats.periods_opened, now_opened);
        *opened += now_opened;
    }
    return ok;
}

bool agg_periods_run(struct agg_session *session, int64_t *ret_opened, struct emis_error *err)
{
    int64_t local_us = emis_clock_now_us() + session->options->utc_offset_minutes * US_PER_MINUTE;
    int32_t today = (int32_t) (local_us / EMIS_DATE_US_PER_DAY);
    int64_t opened = 0;

    for (size_t i = 0; i < session->catalogue->form_count; i++) {
        const struct catalogue_form *form = &session->catalogue->forms[i];

        if (form->is_owed && catalogue_form_newest(session->catalogue, form->code) == form &&
            !open_form(session, form, today, &opened, err)) {
            return false;
        }
    }
    *ret_opened = opened;
    return true;
}
