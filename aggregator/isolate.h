/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What to do when a lane's claim fails by a definition's fault: find the leaves that fail alone,
 * twice, set them aside in control.dirty_failed with an alarm and a `break` on their rows, and let
 * the rest of the lane go on. The thread of its agg_session; outside a transaction.
 */
#pragma once

#include "aggregator/refresh.h"

/* Work through what one claim of the lane would take, in ever smaller pieces. *ret_failed: leaves
 * set aside. */
bool agg_isolate_lane(struct agg_session *session, int32_t lane, size_t *ret_failed,
                      struct emis_error *err) EMIS_MUST_CHECK;
