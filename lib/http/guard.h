/* SPDX-License-Identifier: Apache-2.0 */
/* Which requests are refused before anyone looks at them: those that two programs on the way could
 * read differently. Private to lib/http. */
#pragma once

#include <microhttpd.h>
#include <stdbool.h>

/* Why the request is refused, or NULL. */
const char *http_guard_refusal(struct MHD_Connection *connection, const char *version);

/* Does it announce a body? */
bool http_guard_has_body(struct MHD_Connection *connection);
