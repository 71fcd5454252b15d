/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A named SQL statement. C holds no SQL text: programs hand tables of these, embedded from
 * sql/statements/<program>/ at build time or generated from the catalogue, to
 * store_connection_register and call them by name. Constant data; any thread.
 */
#pragma once

/* A table ends with {0, 0}. One statement per entry, without a closing semicolon or with one. */
struct store_statement {
    const char *name;
    const char *text;
};
