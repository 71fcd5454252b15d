/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The catalogue and the registry as of one ref.version: what a verdict and a refresh rest on.
 * Immutable; shared by reference count, so that one thread may go on with the old one while another
 * has loaded the new.
 */
#pragma once

#include <stdint.h>

#include "lib/base/error.h"
#include "lib/catalogue/catalogue.h"
#include "lib/registry/snapshot.h"

struct store_connection;

struct registry_knowledge {
    int64_t version;
    struct catalogue *catalogue;
    struct registry *registry;
    _Atomic int64_t references; /* this module's own */
};

/* Loads both, again if the version moved in between; one reference is the caller's. conn must be
 * idle; statements are registered by the loader. */
bool registry_knowledge_load(struct store_connection *conn,
                             struct registry_knowledge **ret_knowledge,
                             struct emis_error *err) EMIS_MUST_CHECK;
struct registry_knowledge *registry_knowledge_retain(struct registry_knowledge *knowledge);
/* The last release frees it. NULL is nothing. */
void registry_knowledge_release(struct registry_knowledge *knowledge);
