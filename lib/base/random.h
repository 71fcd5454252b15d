/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers that need to differ, not to be secret: waits that shall not fall together, samples. A
 * linear congruential generator (Knuth's MMIX constants), its upper bits; ids and keys do not come
 * from here. One value a thread.
 */
#pragma once

#include <stdint.h>

struct emis_random {
    uint64_t state;
};

/* seed: what differs between those who shall not do the same, such as time, process and thread. */
void emis_random_init(struct emis_random *random, uint64_t seed);
/* 0 to count - 1, uniformly but for count / 2^31; count from 1 to 2^31. */
uint64_t emis_random_below(struct emis_random *random, uint64_t count);
/* 1 to ceiling_ms, uniformly: full jitter. */
int64_t emis_random_jitter_ms(struct emis_random *random, int64_t ceiling_ms);
/* Full jitter below min_ms * 2^tries, at most max_ms. */
int64_t emis_random_backoff_ms(struct emis_random *random, int tries, int64_t min_ms,
                               int64_t max_ms);
