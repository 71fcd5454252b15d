/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a catalogue may follow the one that a database was filled under without losing or
 * misreading what is stored. Pure. */
#pragma once

#include <stddef.h>

#include "lib/catalogue/catalogue.h"

/*
 * Each conflict is told by on_mistake (path of the new file where there is one). Within a stored
 * form version fields may be added, but no group, key or field may go or change its type; a form
 * version, an indicator version with its class and source form, a level and a code of a list stay.
 * Returns the number of conflicts.
 */
size_t cli_compatibility_check(const struct catalogue *stored, const struct catalogue *wanted,
                               catalogue_mistake_fn *on_mistake, void *context);
