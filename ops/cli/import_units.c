/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/cli/import_units.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/registry/snapshot.h"
#include "lib/store/query.h"

enum { COLUMN_FOREIGN, COLUMN_UNIT, COLUMN_VALID_FROM, COLUMN_VALID_TO };

struct cli_import_units {
    const struct registry *registry;
    struct store_result *result; /* sorted by code (bytes), then valid_from */
};

bool cli_import_units_load(struct store_connection *conn, const char *scheme,
                           const struct registry *registry, struct cli_import_units **ret_units,
                           struct emis_error *err)
{
    struct store_params params;
    struct store_result *result;
    bool ok;

    store_params_init(&params);
    store_params_text(&params, scheme);
    ok = store_query_run(conn, "list_unit_codes", &params, &result, err);
    store_params_release(&params);
    if (!ok) {
        return false;
    }
    *ret_units = emis_calloc(1, sizeof **ret_units);
    **ret_units = (struct cli_import_units){registry, result};
    return true;
}

/* The first row whose code is not less. */
static size_t lower_bound(const struct store_result *result, const char *code)
{
    size_t low = 0, high = store_result_rows(result);

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(store_result_text(result, middle, COLUMN_FOREIGN), code) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

const char *cli_import_units_find(void *context, const char *code, const char *period)
{
    const struct cli_import_units *units = context;
    const struct registry_period *found =
        registry_period_find(units->registry, period, strlen(period));
    size_t row = lower_bound(units->result, code);

    for (; found != NULL && row < store_result_rows(units->result) &&
           strcmp(store_result_text(units->result, row, COLUMN_FOREIGN), code) == 0;
         row++) {
        if (store_result_date(units->result, row, COLUMN_VALID_FROM) <= found->ends_on &&
            found->ends_on < store_result_date(units->result, row, COLUMN_VALID_TO)) {
            return store_result_text(units->result, row, COLUMN_UNIT);
        }
    }
    return NULL;
}

void cli_import_units_free(struct cli_import_units *units)
{
    if (units == NULL) {
        return;
    }
    store_result_free(units->result);
    free(units);
}
