# SPDX-License-Identifier: Apache-2.0
"""
Scenario: submissions at a steady rate while two groups of workers own the same partitions on purpose, and workers and aggregators are killed (-9) again
and again, many of them inside an open transaction. Afterwards nothing may be lost, doubled or miscounted.

A victim in an open transaction is frozen first, then pg_stat_activity is asked, and it is killed only if the same transaction is open at two looks:
a frozen client cannot have moved on, so the kill does hit the open transaction.

Environment: EMIS_KILLS_SEED, _RECORDS (20000), _RATE (200), _COUNT (60), _INGEST (15), _AGGREGATOR (10): how many must hit an open transaction.
"""

import os
import random
import time

import traffic
import world as country
from psql import Gone
from world import say

REGIONS = 5


def setting(name, default):
    return int(os.environ.get(f"EMIS_KILLS_{name}", default))


class Killer:
    """Kills on a schedule; what was hit is counted."""

    def __init__(self, world, rng, workers, aggregators):
        self.world, self.rng, self.workers, self.aggregators = world, rng, workers, aggregators
        self.kills = self.in_ingest = self.in_aggregator = 0

    def strike(self, kind, deadline):
        victims = self.workers if kind == "ingest" else self.aggregators if kind == "aggregator" else self.workers + self.aggregators
        victim = self.rng.choice(victims)
        is_aggregator = victim in self.aggregators
        if kind == "anyone":
            victim.kill()
        elif self._catch(victims, deadline) is None:
            return False
        else:
            victim = self.caught
            is_aggregator = victim in self.aggregators
            self.in_aggregator += is_aggregator
            self.in_ingest += not is_aggregator
        self.kills += 1
        victim.start()
        return True

    def _catch(self, victims, deadline):
        """Kill one of the victims inside a transaction; None if none was caught by the deadline."""
        self.caught = None
        while time.monotonic() < deadline:
            victim = self.rng.choice(victims)
            victim.freeze()
            seen = victim.open_transactions(self.world.psql)
            if seen:
                time.sleep(0.002)
            if seen and seen & victim.open_transactions(self.world.psql):
                victim.kill()
                self.caught = victim
                return victim
            victim.thaw()
            time.sleep(self.rng.uniform(0.001, 0.008))
        return None


def plan_of(rng, count, ingest, aggregator):
    """Kinds of kills in their order; a third more than must be, because some do not find an open transaction."""
    plan = ["ingest"] * (ingest + ingest // 3) + ["aggregator"] * (aggregator + aggregator // 3)
    plan += ["anyone"] * max(0, count - len(plan))
    rng.shuffle(plan)
    return plan


def kills(world):
    seed = setting("SEED", random.SystemRandom().randrange(10**6))
    count, ingest, aggregator = setting("COUNT", 60), setting("INGEST", 15), setting("AGGREGATOR", 10)
    records, rate = setting("RECORDS", 20000), setting("RATE", 200)
    say(f"seed {seed}: EMIS_KILLS_SEED={seed} EMIS_KILLS_RECORDS={records} EMIS_KILLS_COUNT={count}")
    rng = random.Random(seed)
    lines = traffic.mixed(REGIONS, records, seed)
    workers = [world.worker(f"{world.topic}-{group}{number}", group) for group in "ab" for number in (1, 2)]
    aggregators = [world.aggregator(f"aggregator{number}") for number in (1, 2)]
    killer = Killer(world, rng, workers, aggregators)
    world.wait_for("both groups have claimed all partitions", 120,
                   lambda: world.psql.number("select count(*) from control.kafka_offset where owner_epoch >= 2") == world.partitions)
    sender = world.sender(lines, rate)
    plan = plan_of(rng, count, ingest, aggregator)
    pause = records / rate / len(plan)
    for number, kind in enumerate(plan):
        due = sender.started + (number + rng.random()) * pause
        time.sleep(max(0, due - time.monotonic()))
        killer.strike(kind, time.monotonic() + 3)
    sender.finish(180)
    wanted = (min(count, 50), ingest, aggregator)
    while (killer.kills, killer.in_ingest, killer.in_aggregator) < wanted and world.lag() > 0:
        killer.strike("ingest" if killer.in_ingest < ingest else "aggregator", time.monotonic() + 3)
    say(f"{killer.kills} kills: {killer.in_ingest} in an open transaction of ingest, {killer.in_aggregator} in one of an aggregator")
    for name, reached, least in zip(("kills", "in ingest", "in an aggregator"), (killer.kills, killer.in_ingest, killer.in_aggregator), wanted):
        world.require(reached >= least, f"{name}: only {reached} of {least}")
    world.wait_quiet(setting("QUIET", 120))
    say(f"outcomes {world.outcomes()}")
    world.check_ledger()
    world.check_conservation(lines, sender.resent)
    world.check_effects()
    world.check_model()
    world.check_audit()


if __name__ == "__main__":
    country.run(kills, REGIONS)
