/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening of periods by the calendar: leaf periods of owed forms that have begun, at most
 * lookback_days ago, and are not open yet. The clock is read here only to know which those are; no
 * cell depends on it, only on the opening. The thread of its agg_session; outside a transaction.
 */
#pragma once

#include "aggregator/session.h"

bool agg_periods_run(struct agg_session *session, int64_t *ret_opened,
                     struct emis_error *err) EMIS_MUST_CHECK;
