/* SPDX-License-Identifier: Apache-2.0 */
/* The closed list of codes as two arrays of a statement's parameters, so that SQL can show names
 * where tables hold numbers. */
#pragma once

struct store_params;

/* smallint[] of every code's number, then text[] of their names and text[] of what to do. */
void cli_codes_bind(struct store_params *params);
