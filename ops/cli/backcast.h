/* SPDX-License-Identifier: Apache-2.0 */
/* `indicator get --backcast`: the back-cast series of the command's indicator beside what is
 * published. `indicator backcast` itself is in commands.h. One thread. */
#pragma once

#include "lib/base/error.h"

struct cli_context;

/* E_NOT_FOUND where nothing is back-cast, and why; E_DATABASE. */
bool cli_backcast_get(struct cli_context *cli, struct emis_error *err) EMIS_MUST_CHECK;
