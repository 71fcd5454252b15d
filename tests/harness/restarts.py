# SPDX-License-Identifier: Apache-2.0
"""
Scenario: PostgreSQL stopped as by a crash and started again, and the Kafka broker killed and started again, both twice and under load. Nothing is rejected,
nothing lost, the lag goes back to 0.
"""

import os
import subprocess
import time

import traffic
import world as country
from world import say

REGIONS = 2
RATE = 150
RECORDS = 30000  # more than are sent before the last crash is over


def ops_dev(*arguments):
    subprocess.run([os.path.join(country.ROOT, "ops/dev"), *arguments], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=120)


def postgres_crash(world):
    world.psql.close()
    ops_dev("stop", "postgres", "--immediate")
    time.sleep(1)
    ops_dev("start", "postgres")


def kafka_crash(_world):
    ops_dev("kill", "kafka")
    time.sleep(1)
    ops_dev("start", "kafka")


def restarts(world):
    lines = traffic.attendance(REGIONS, RECORDS)
    for number in (1, 2):
        world.worker(f"{world.topic}-w{number}")
        world.aggregator(f"aggregator{number}")
    world.wait_for("all partitions are owned", 60, lambda: len(world.positions()) == world.partitions)
    sender = world.sender(lines, RATE, portion_s=2)
    for crash in (postgres_crash, kafka_crash, postgres_crash, kafka_crash):
        time.sleep(6)
        world.require(sender.is_alive(), f"nothing is sent any more at {crash.__name__}")
        crash(world)
        at = sum(world.positions().values())
        took = world.wait_for(f"rows after {crash.__name__}", 60, lambda: sum(world.positions().values()) > at, 0.1)
        if took is not None:
            say(f"{crash.__name__}: rows are committed again {took:.1f} s after the server was back")
    sender.enough(180)
    lines = sender.lines
    say(f"{len(lines)} sent, {sender.resent} of them sent again because a portion was not acknowledged")
    world.wait_quiet(90)
    outcomes = world.outcomes()
    say(f"outcomes {outcomes}")
    world.require(outcomes.get("r", 0) == 0, f"{outcomes.get('r', 0)} records were rejected")
    world.require(outcomes.get("p", 0) == 0, f"{outcomes.get('p', 0)} records were parked")
    world.require(outcomes.get("a", 0) == len(lines), f"{outcomes.get('a', 0)} accepted of {len(lines)} sent")
    world.check_ledger()
    world.check_conservation(lines, sender.resent)
    world.check_effects()
    world.check_audit()


if __name__ == "__main__":
    country.run(restarts, REGIONS)
