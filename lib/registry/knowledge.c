/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/registry/knowledge.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "lib/base/memory.h"
#include "lib/catalogue/load.h"

#define ATTEMPTS 10

bool registry_knowledge_load(struct store_connection *conn,
                             struct registry_knowledge **ret_knowledge, struct emis_error *err)
{
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        struct catalogue *catalogue;
        struct registry *registry;
        int64_t version;

        if (!catalogue_load(conn, &catalogue, &version, err)) {
            return false;
        }
        if (!registry_load(conn, catalogue, &registry, err)) {
            catalogue_free(catalogue);
            return false;
        }
        if (registry_version(registry) == version) {
            struct registry_knowledge *knowledge = emis_calloc(1, sizeof(*knowledge));

            knowledge->version = version;
            knowledge->catalogue = catalogue;
            knowledge->registry = registry;
            atomic_store(&knowledge->references, 1);
            *ret_knowledge = knowledge;
            return true;
        }
        registry_free(registry);
        catalogue_free(catalogue);
    }
    return emis_error_set(err, E_REGISTRY_MOVED, "the registry changed while it was read, %d times",
                          ATTEMPTS);
}

struct registry_knowledge *registry_knowledge_retain(struct registry_knowledge *knowledge)
{
    atomic_fetch_add(&knowledge->references, 1);
    return knowledge;
}

void registry_knowledge_release(struct registry_knowledge *knowledge)
{
    if (knowledge == NULL || atomic_fetch_sub(&knowledge->references, 1) != 1) {
        return;
    }
    registry_free(knowledge->registry);
    catalogue_free(knowledge->catalogue);
    free(knowledge);
}
