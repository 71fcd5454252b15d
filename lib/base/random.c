/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/random.h"

#include "lib/base/error.h"

#define DOUBLINGS_MAX 10

void emis_random_init(struct emis_random *random, uint64_t seed)
{
    random->state = seed;
}

uint64_t emis_random_below(struct emis_random *random, uint64_t count)
{
    EMIS_ASSERT(count > 0);
    random->state = random->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (random->state >> 33) % count; /* the low bits have short periods */
}

int64_t emis_random_jitter_ms(struct emis_random *random, int64_t ceiling_ms)
{
    return 1 + (int64_t) emis_random_below(random, (uint64_t) ceiling_ms);
}

int64_t emis_random_backoff_ms(struct emis_random *random, int tries, int64_t min_ms,
                               int64_t max_ms)
{
    int64_t ceiling_ms = min_ms << (tries < DOUBLINGS_MAX ? tries : DOUBLINGS_MAX);

    return emis_random_jitter_ms(random, ceiling_ms < max_ms ? ceiling_ms : max_ms);
}
