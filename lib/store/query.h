/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Named statements with typed, binary parameters (params.h), and their results (result.h). Nothing
 * here assembles SQL. The connection's thread.
 *
 *     struct store_params params;
 *     store_params_init(&params);
 *     store_params_i64(&params, unit_id);            -- $1::bigint
 *     struct store_result *result;
 *     if (!store_query_run(conn, "get_unit", &params, &result, err)) ...
 *
 * A statement is prepared with the parameter types of its first use; using it with other types
 * later is an assertion, so bind a NULL with its type.
 */
#pragma once

#include <stdbool.h>

#include "lib/base/error.h"
#include "lib/store/params.h"
#include "lib/store/result.h"

struct store_connection;

/*
 * Run a registered statement. params: NULL for none. ret_result: NULL when the rows are not wanted;
 * otherwise the caller frees it. A name that is not registered is an assertion. Errors:
 * connection.h.
 */
bool store_query_run(struct store_connection *conn, const char *name,
                     const struct store_params *params, struct store_result **ret_result,
                     struct emis_error *err) EMIS_MUST_CHECK;
/* The same with every cell as text, for tables that a person reads: use store_result_cell and
 * store_result_column_name. */
bool store_query_run_text(struct store_connection *conn, const char *name,
                          const struct store_params *params, struct store_result **ret_result,
                          struct emis_error *err) EMIS_MUST_CHECK;
/*
 * Several statements at once by the simple protocol: files of sql/ and generated DDL only, never
 * text from data. Outside a transaction the statements are one transaction. A syntax or name error
 * is placed: err->pointer is "line N" of the text.
 */
bool store_query_script(struct store_connection *conn, const char *text,
                        struct emis_error *err) EMIS_MUST_CHECK;
