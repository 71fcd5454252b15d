#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""
The whole path measured: a filled topic through two workers into the tables, beside raw COPY BINARY of the very same rows into the same tables; then the
aggregators; then freshness from send to the country's row on an idle system; and the memory of each process. Prints a table; asserts counts, never times.
Started by ops/bench.
"""

import json
import os
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../harness"))
import traffic  # noqa: E402
import world as country  # noqa: E402
from world import say  # noqa: E402

REGIONS = 7
TABLES = ("core.att_daily_form", "core.att_daily_pupil", "core.att_daily_staff", "intake.submission", "intake.ledger", "intake.current", "control.dirty")
FRESH = 30


def pss_mib(pid):
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
            values = dict(line.split(":")[0:2] for line in file if line.startswith(("Pss:", "Rss:")))
    except (OSError, ValueError):
        return 0, 0
    return tuple(int(values.get(name, "0").split()[0]) / 1024 for name in ("Rss", "Pss"))


def tree_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        children = [int(word) for word in file.read().split()]
    return [pid] + [each for child in children for each in tree_of(child)]


class Memory:
    """Largest resident and proportional size of each process that was looked at, MiB."""

    def __init__(self, world):
        self.world, self.most = world, {}
        folder = os.environ["EMIS_DEV_DIR"]
        self.servers = {}
        with open(f"{folder}/kafka/pid", encoding="ascii") as file:
            self.servers["kafka"] = int(file.readline())
        self.servers["postgres"] = int(self.world.psql.value("select pg_backend_pid()"))
        with open(f"/proc/{self.servers['postgres']}/stat", encoding="ascii") as file:
            self.servers["postgres"] = int(file.read().rpartition(")")[2].split()[1])

    def look(self):
        seen = {daemon.name.rpartition(".")[2]: [daemon.pid] for daemon in self.world.daemons if daemon.is_running()}
        for name, pid in self.servers.items():
            seen[name] = tree_of(pid)
        for name, pids in seen.items():
            sizes = [pss_mib(pid) for pid in pids]
            total = (sum(size[0] for size in sizes) if len(sizes) == 1 else None, sum(size[1] for size in sizes))
            before = self.most.get(name, (None, 0))
            self.most[name] = max(before, total, key=lambda pair: pair[1])


def counts(world):
    return {table: world.psql.number(f"select count(*) from {table}") for table in TABLES}


def drain(world, memory, total):
    """Seconds from the first committed record to the last, and records committed in that time."""
    first = None
    seen = looked = 0
    while seen < total:
        now, committed = time.monotonic(), sum(world.positions().values())
        if committed and first is None:
            first, at_first = now, committed
        seen = committed
        if now - looked > 0.5:
            memory.look()
            looked = now
        time.sleep(0.02)
    return time.monotonic() - first, total - at_first


def raw_copy(world):
    """Seconds of COPY BINARY of all rows into the emptied tables, one transaction."""
    def psql(*commands):
        arguments = [argument for command in commands for argument in ("-c", command)]
        subprocess.run(["psql", "-X", "-q", "-d", world.dsn, "-v", "ON_ERROR_STOP=1", *arguments], check=True, stdout=subprocess.DEVNULL)

    paths = {table: f"{world.folder}/{table}.copy" for table in TABLES}
    columns = {table: "(lane, form_id, period_id, unit_id)" if table == "control.dirty" else "" for table in TABLES}
    outward = {table: f"(select lane, form_id, period_id, unit_id from {table})" if columns[table] else f"(select * from {table})" for table in TABLES}
    psql(*[f"\\copy {outward[table]} to '{path}' (format binary)" for table, path in paths.items()])
    psql(*[f"truncate {table}" for table in TABLES])
    psql("checkpoint")
    began = time.monotonic()
    psql("begin", *[f"\\copy {table} {columns[table]} from '{path}' (format binary)" for table, path in paths.items()], "commit")
    return time.monotonic() - began


def freshness(world, lines):
    """Milliseconds from handing a submission to a running `emis send` to the country's new row, for each line; one at a time."""
    sender = subprocess.Popen([f"{world.bin}/emis", *world.settings(), "send", "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    question = ("select coalesce(sum(m.numerator), 0) from mart.country_indicator m join mart.dim_indicator i using (indicator_key) "
                "join ref.period p on p.period_id = m.period_key where i.code = 'ATT_STU' and m.cut_key = 0 and p.code = '{}'")
    waits = []
    for line in lines:
        value = json.loads(line)
        statement = question.format(value["period"])
        wanted = world.psql.number(statement) + value["data"]["pupils_present"]
        time.sleep(0.3)
        began = time.monotonic()
        sender.stdin.write(line + "\n")
        sender.stdin.flush()
        while world.psql.number(statement) != wanted:
            if time.monotonic() - began > 10:
                raise RuntimeError(f"the country's row of {value['period']} does not come")
            time.sleep(0.001)
        waits.append((time.monotonic() - began) * 1000)
    sender.stdin.close()
    sender.wait()
    return waits


def expected(lines):
    values = [json.loads(line)["data"] for line in lines]
    return {"core.att_daily_form": len(values), "core.att_daily_pupil": sum(len(v.get("pupil", [])) for v in values),
            "core.att_daily_staff": sum(len(v.get("staff", [])) for v in values), "intake.submission": len(values), "intake.ledger": len(values),
            "intake.current": len(values)}


def spine(world):
    total = int(os.environ.get("EMIS_BENCH_RECORDS", 20000))
    lines = traffic.attendance(REGIONS, total + FRESH)
    filled, fresh = lines[:total], lines[total:]
    began = time.monotonic()
    world.sender(filled, 1e9, portion_s=1).finish(300)
    sending = time.monotonic() - began
    world.psql.rows("checkpoint")
    memory = Memory(world)
    for number in (1, 2):
        world.worker(f"{world.topic}.ingest{number}")
    seconds, records = drain(world, memory, total)
    stored = counts(world)
    for table, number in expected(filled).items():
        world.require(stored[table] == number, f"{table} has {stored[table]} rows, {number} were sent")
    rows = sum(stored.values())
    raw = raw_copy(world)
    world.require(counts(world) == stored, f"after raw COPY {counts(world)}, before {stored}")
    for day in sorted({json.loads(line)["period"] for line in fresh}):
        world.emis("period", "open", "ATT_DAILY", day)
    began = time.monotonic()
    for number in (1, 2):
        world.aggregator(f"aggregator{number}")
    world.wait_for("nothing dirty", 600, lambda: memory.look() or world.dirty() == 0, 0.1)
    aggregating = time.monotonic() - began
    waits = sorted(freshness(world, fresh))
    memory.look()
    path_rate, raw_rate = rows * records / total / seconds, rows / raw
    print(f"""
{total:,} ATT_DAILY submissions, {rows:,} rows ({', '.join(f'{table} {number:,}' for table, number in stored.items())})
{os.cpu_count()} processors; broker, PostgreSQL and the programs on the same machine; one run

what                                                seconds        records/s           rows/s
emis send                                        {sending:10.2f} {total / sending:16,.0f}
two workers, first to last commit                {seconds:10.2f} {records / seconds:16,.0f} {path_rate:16,.0f}
raw COPY BINARY of the same rows                 {raw:10.2f} {total / raw:16,.0f} {raw_rate:16,.0f}
  workers / raw                                                                    {path_rate / raw_rate:16.2f}
two aggregators, all cells of it                 {aggregating:10.2f} {total / aggregating:16,.0f}

from send to the country's row, idle, {FRESH} times: p50 {statistics.median(waits):.0f} ms, p99 {waits[min(len(waits) - 1, round(len(waits) * 0.99))]:.0f} ms

process                     RSS MiB    PSS MiB   (largest seen; PostgreSQL: sum of its processes)""")
    for name, (rss, pss) in sorted(memory.most.items()):
        print(f"{name:<24} {'' if rss is None else format(rss, '.0f'):>10} {pss:>10.0f}")
    print()
    world.wait_quiet(60)
    world.check_ledger()
    say("counts verified" if not world.findings else "counts differ")


if __name__ == "__main__":
    country.run(spine, REGIONS)
