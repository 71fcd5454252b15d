/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The applier: registry events that ingest has stored become changes of the registry, one
 * transaction each, under the exclusive REGISTRY lock; or are recorded as open with code and
 * pointer, and are tried again whenever ref.version has moved. The thread of its agg_session;
 * outside a transaction.
 */
#pragma once

#include <stddef.h>

#include "aggregator/session.h"

/* Every event that waits, in the order of arrival. *ret_applied: those that changed the registry.
 */
bool agg_registry_run(struct agg_session *session, size_t *ret_applied,
                      struct emis_error *err) EMIS_MUST_CHECK;
