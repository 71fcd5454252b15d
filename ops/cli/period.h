/* SPDX-License-Identifier: Apache-2.0 */
/* Periods as commands name them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"

struct catalogue;
struct catalogue_form;
struct store_connection;

/* The newest version of a form. E_NOT_FOUND. */
bool cli_period_find_form(const struct catalogue *catalogue, const char *code,
                          const struct catalogue_form **ret_form,
                          struct emis_error *err) EMIS_MUST_CHECK;
/* PERIOD or PERIOD..PERIOD of the form's kind to ids, which the caller frees, and the first day.
 * E_NOT_FOUND if there is none. */
bool cli_period_find(struct store_connection *conn, const struct catalogue_form *form,
                     const char *range, int32_t **ret_ids, size_t *ret_count,
                     int32_t *ret_starts_on, struct emis_error *err) EMIS_MUST_CHECK;
