/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Healing: parked records whose unit is registered by now are judged again, with the bytes, headers
 * and timestamp that they came with, and settled once. Driven by state alone: what is open and
 * resolved is healed, whoever registered it and whenever. The thread of its agg_session; outside a
 * transaction.
 */
#pragma once

#include <stddef.h>

#include "aggregator/session.h"

/* One transaction. *ret_settled: records settled; 0: nothing waits that could be. */
bool agg_heal_run(struct agg_session *session, size_t *ret_settled,
                  struct emis_error *err) EMIS_MUST_CHECK;
