# SPDX-License-Identifier: Apache-2.0
"""
Scenario: a worker frozen in the middle of COPY is taken over within 15 s, commits nothing after it wakes, and its neighbours' connections are left alone.
A worker killed and started again under its name goes on within 3 s.

The moment is not left to chance: a fact table is locked, so that the worker's backend stands at the beginning of COPY; then the worker is frozen and the
table released. The backend is now in COPY, waiting for rows that do not come: no timeout of PostgreSQL reaches it there.
"""

import statistics
import time

import broker
import traffic
import world as country
from psql import Psql
from world import say

REGIONS = 2
TABLE = "core.att_daily_pupil"


def freeze_in_copy(world, worker):
    """Freezes the worker inside COPY; the backend that hangs."""
    locker = Psql(world.dsn)
    try:
        for _ in range(50):
            locker.rows(f"begin; lock table {TABLE} in share mode")
            deadline = time.monotonic() + 1.5  # before the worker's lock_timeout
            waiting = False
            while time.monotonic() < deadline and not waiting:
                waiting = any(row[1] == "active" and row[2] == "relation" and row[4].startswith("copy") for row in worker.backends(world.psql))
            if waiting:
                worker.freeze()
            locker.rows("commit")
            if not waiting:
                continue
            time.sleep(0.3)
            for row in worker.backends(world.psql):
                if row[1] == "active" and row[2] == "ClientRead" and row[4].startswith("copy"):
                    return row[0]
            worker.thaw()
        raise RuntimeError("the worker was not caught in COPY")
    finally:
        locker.close()


def parts_of(world, worker):
    return {int(row[0]) for row in world.psql.rows(f"select part from control.kafka_offset where owner_name = '{worker.name}'")}


def frozen(world, lines):
    names = [f"{world.topic}-w{number}" for number in (1, 2, 3)]
    workers = [world.worker(name) for name in names]
    world.wait_for("each worker has partitions", 60, lambda: all(parts_of(world, worker) for worker in workers) and len(world.positions()) == world.partitions)
    victim, neighbours = workers[0], workers[1:]
    sender = world.sender(lines, 150)
    time.sleep(2)
    before = {worker.name: [row[0] for row in worker.backends(world.psql)] for worker in neighbours}
    backend = freeze_in_copy(world, victim)
    froze = time.monotonic()
    parts, at = parts_of(world, victim), world.positions()
    say(f"{victim.name} frozen in COPY, its backend {backend}, its partitions {sorted(parts)}")
    held = {int(row[0]) for row in world.psql.rows(
        "select o.part from control.kafka_offset o where (log_no, part) not in (select log_no, part from control.kafka_offset for no key update skip locked)")}
    world.require(held, "the frozen worker holds no partition's row")
    took = world.wait_for("the frozen partition is taken over", 20, lambda: held and all(world.positions()[part] > at[part] for part in held), 0.05)
    if took is not None:
        took = time.monotonic() - froze
        say(f"taken over after {took:.1f} s")
        world.require(took <= 15, f"taken over only after {took:.1f} s")
    after = {worker.name: [row[0] for row in worker.backends(world.psql)] for worker in neighbours}
    world.require(before == after, f"a neighbour's backends changed: {before} {after}")
    world.require(not world.psql.rows(f"select from pg_stat_activity where pid = {backend}"), "the frozen worker's backend is still there")
    sender.finish(120)
    world.wait_quiet(60)
    return victim, sender


def waking(world, victim):
    """Everything is committed by others and nothing new comes: what the woken worker commits would be a second effect."""
    rows = world.outcomes()
    victim.thaw()
    world.wait_for("the woken worker is a member again", 40, lambda: parts_of(world, victim))
    time.sleep(2)
    world.require(victim.is_running(), "the woken worker ended")
    world.require(world.outcomes() == rows, f"outcomes changed from {rows} to {world.outcomes()}")
    counts = victim.metrics(world.psql)
    say(f"after waking: ledger unchanged, {sum(rows.values())} rows; fenced {counts.get('emis_ingest_fenced_total', 0):.0f}, "
        f"reconnects {counts.get('emis_ingest_reconnects_total', 0):.0f}")


def restarted(world, lines):
    """Seconds from kill -9 and start to the next commit of the same worker; the middle of five. Records come all the while, however long that is."""
    sender = world.sender(lines, 150, portion_s=3)
    seconds = []
    worker = world.daemons[1]
    for _ in range(5):
        time.sleep(1)
        world.wait_for("the worker has partitions", 30, lambda: parts_of(world, worker))
        parts = parts_of(world, worker)
        worker.kill()
        began = time.monotonic()
        at = world.positions()
        worker.start()
        took = world.wait_for("the restarted worker's next rows", 30, lambda: any(world.positions()[part] > at[part] for part in parts), 0.02)
        if took is not None:
            seconds.append(time.monotonic() - began)
    say("next rows after kill -9 and start: " + ", ".join(f"{value:.2f} s" for value in seconds))
    world.require(seconds and statistics.median(seconds) <= 3, f"next rows only after {seconds}")
    sender.enough(120)
    return sender


def remade(world, lines):
    """The topic is deleted and made anew while the workers do not look, and soon holds more than before: they stop at it instead of going on where they stood."""
    before = world.positions()
    path = f"{world.folder}/anew.jsonl"
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(reversed(lines)) + "\n")
    workers = [daemon for daemon in world.daemons if daemon.is_running()]
    for worker in workers:
        worker.freeze()
    began = time.monotonic()
    broker.delete_topic(world)
    world.emis("topics", "apply")
    world.emis("send", path)
    for worker in workers:
        worker.thaw()
    away = time.monotonic() - began
    ends = world.ends()
    world.require(all(ends[part] > at for part, at in before.items()), f"the new log {ends} is not longer than the old one {before}")
    told = "select count(*) from control.alarm where message ~ 'made anew|is not the one in the ledger'"
    took = world.wait_for("every partition that was read is stopped", 60, lambda: world.psql.number(told) == sum(at > 0 for at in before.values()))
    say(f"a topic made anew within {away:.1f} s is told of {took if took is None else round(took, 1)} s later")


def freeze(world):
    lines = traffic.attendance(REGIONS, 20000)
    victim, sender = frozen(world, lines[:4000])
    waking(world, victim)
    second = restarted(world, lines[4000:])
    world.wait_quiet(60)
    world.check_ledger()
    world.check_conservation(sender.lines + second.lines, sender.resent + second.resent)
    world.check_effects()
    remade(world, lines)


if __name__ == "__main__":
    country.run(freeze, REGIONS)
