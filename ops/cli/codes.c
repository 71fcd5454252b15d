/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/cli/codes.h"

#include "lib/base/error.h"
#include "lib/store/params.h"

#define CODES_MAX 256

void cli_codes_bind(struct store_params *params)
{
    int16_t numbers[CODES_MAX];
    const char *names[CODES_MAX], *hints[CODES_MAX];
    size_t count = 0;

    for (; emis_error_at(count) != EMIS_OK; count++) {
        EMIS_ASSERT(count < CODES_MAX);
        numbers[count] = (int16_t) emis_error_at(count);
        names[count] = emis_error_name(emis_error_at(count));
        hints[count] = emis_error_hint(emis_error_at(count));
    }
    store_params_i16_array(params, numbers, count, NULL);
    store_params_text_array(params, names, count);
    store_params_text_array(params, hints, count);
}
