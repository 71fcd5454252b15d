# SPDX-License-Identifier: Apache-2.0
"""
A small country of its own in the servers that tests/harness/servers.sh has started: database, topic, registry, workers, aggregators; and what must hold of it
when everything is quiet. Ends every process that it started.
"""

import collections
import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time

import traffic
from daemon import Daemon
from psql import Gone, Psql

ROOT = traffic.ROOT
PERIOD = "2022-03-07..2022-03-08"  # two days owed; the days after them come unasked


def say(text):
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


class World:
    def __init__(self, regions, partitions=6):
        self.bin = os.environ["EMIS_BIN"]
        self.dsn = os.environ["EMIS_POSTGRES__DSN"]
        self.brokers = os.environ["EMIS_KAFKA__BOOTSTRAP_SERVERS"]
        self.topic = os.environ["EMIS_TEST_TOPIC"]
        self.regions, self.partitions = regions, partitions
        os.makedirs(f"{ROOT}/build/scenarios", exist_ok=True)
        self.folder = tempfile.mkdtemp(prefix=f"{self.topic}-", dir=f"{ROOT}/build/scenarios")
        self.psql = Psql(self.dsn)
        self.daemons, self.senders = [], []
        self.findings = []

    # --- setting up ---------------------------------------------------------------------------------------------------

    def emis(self, *arguments, check=True, timeout=300):
        # Settings of the servers are in the environment; the topic is not, because not every program knows it.
        result = subprocess.run([f"{self.bin}/emis", *self.settings(), *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True, timeout=timeout, check=False)
        if check and result.returncode != 0:
            raise RuntimeError(f"emis {' '.join(arguments)} exits {result.returncode}: {result.stdout[-2000:]}")
        return result

    def settings(self):
        return ["--set", f"topics.submissions={self.topic}", "--set", f"topics.partitions={self.partitions}"]

    def found_country(self):
        """Schema, topic, registry, calendar, opened periods."""
        self.emis("db", "migrate")
        self.emis("topics", "apply")
        for what, command in (("registry", "registry"), ("calendar", "calendar")):
            path = f"{self.folder}/{what}.csv"
            with open(path, "w", encoding="utf-8") as file:
                file.write(traffic.sample(what, self.regions).stdout)
            self.emis(command, "import", path)
        self.emis("period", "open", "ATT_DAILY", PERIOD)

    def worker(self, name, group="emis-ingest", *settings):
        """A started emis-ingest; settings are further section.key=value."""
        command = [f"{self.bin}/emis-ingest", *self.settings(), "--set", f"ingest.group={self.topic}.{group}", "--set", f"ingest.worker={name}"]
        for setting in settings:
            command += ["--set", setting]
        return self._start(name, command)

    def aggregator(self, name):
        return self._start(name, [f"{self.bin}/emis-aggregator"])

    def _start(self, name, command):
        daemon = Daemon(name, command, f"{self.folder}/{name}.log")
        self.daemons.append(daemon)
        daemon.start()
        return daemon

    def sender(self, lines, rate, **options):
        sender = traffic.Sender([f"{self.bin}/emis", *self.settings(), "send", "-"], lines, rate, **options)
        self.senders.append(sender)
        sender.start()
        return sender

    # --- looking ------------------------------------------------------------------------------------------------------

    def ends(self):
        """{partition: offset of its end}, as Kafka says."""
        query = [argument for part in range(self.partitions) for argument in ("-t", f"{self.topic}:{part}:-1")]
        answer = subprocess.run(["kcat", "-Q", "-b", self.brokers, *query], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True,
                                timeout=60)
        lines = [line.split() for line in answer.stdout.splitlines()]
        return {int(words[1].strip("[]")): int(words[3]) for words in lines if len(words) >= 4}

    def positions(self):
        return {int(part): int(at) for part, at in self.psql.rows("select part, next_offset from control.kafka_offset")}

    def lag(self):
        at = self.positions()
        return sum(end - at.get(part, 0) for part, end in self.ends().items())

    def dirty(self):
        return self.psql.number("select count(*) from control.dirty")

    def wait_for(self, what, seconds, condition, pause_s=0.1):
        """Seconds until condition() is true; a finding after `seconds`."""
        began = time.monotonic()
        while time.monotonic() - began < seconds:
            with contextlib.suppress(Gone, subprocess.CalledProcessError, subprocess.TimeoutExpired):
                if condition():
                    return time.monotonic() - began
            time.sleep(pause_s)
        self.find(f"{what}: not within {seconds} s")
        return None

    def wait_quiet(self, seconds):
        """Lag 0 and, with an aggregator, nothing dirty."""
        self.wait_for("lag 0", seconds, lambda: self.lag() == 0, 0.5)
        if any("emis-aggregator" in daemon.command[0] for daemon in self.daemons):
            self.wait_for("nothing dirty", seconds, lambda: self.dirty() == 0, 0.5)

    # --- what must hold -----------------------------------------------------------------------------------------------

    def find(self, finding):
        self.findings.append(finding)
        say(f"finding: {finding}")

    def require(self, condition, finding):
        if not condition:
            self.find(finding)

    def check_ledger(self):
        result = self.emis("ledger", "check", check=False)
        self.require(result.returncode == 0, f"emis ledger check exits {result.returncode}: {result.stdout[-1500:]}")

    def check_audit(self):
        result = self.emis("audit", "run", "--all", check=False, timeout=600)
        self.require(result.returncode == 0, f"emis audit run --all exits {result.returncode}: {result.stdout[-1500:]}")

    def records(self):
        """[(partition, offset, sha256)] of the topic, read by kcat; the payloads stay in records.jsonl for the model."""
        path = f"{self.folder}/records.jsonl"
        with open(path, "wb") as file:
            subprocess.run(["kcat", "-C", "-e", "-q", "-b", self.brokers, "-t", self.topic, "-o", "beginning",
                            "-f", "%p %o %k\\n%s\\n"], stdout=file, stderr=subprocess.DEVNULL, check=True, timeout=120)
        records = []
        with open(path, "rb") as file:
            for head in file:
                partition, offset, _ = head.split(b" ", 2)
                records.append((int(partition), int(offset), hashlib.sha256(file.readline().rstrip(b"\n")).hexdigest()))
        return records

    def check_conservation(self, lines, resent):
        """Independent of the product: what was sent is in Kafka, and each record has exactly one ledger row with its bytes' digest."""
        records = self.records()
        ledger = [(int(part), int(at), sha) for part, at, sha in
                  self.psql.rows("select part, kafka_offset, encode(sha256, 'hex') from intake.ledger")]
        sent, stored = traffic.digest_counts(lines), collections.Counter(sha for _, _, sha in records)
        if resent == 0:
            self.require(sent == stored, f"{sum(sent.values())} sent, Kafka has {len(records)}: {len(sent - stored)} missing, {len(stored - sent)} more")
        else:
            self.require(not sent - stored, f"{len(sent - stored)} submissions that were acknowledged are not in Kafka")
        twice = [place for place, count in collections.Counter((part, at) for part, at, _ in ledger).items() if count > 1]
        self.require(not twice, f"{len(twice)} records have several ledger rows, such as {twice[:3]}")
        missing = set(records) - set(ledger)
        self.require(not missing, f"{len(missing)} records have no ledger row of their bytes, such as {sorted(missing)[:3]}")
        surplus = set(ledger) - set(records)
        self.require(not surplus, f"{len(surplus)} ledger rows have no record, such as {sorted(surplus)[:3]}")
        say(f"{len(lines)} sent, {len(records)} records, {len(ledger)} ledger rows")

    def check_effects(self):
        """No submission counts twice: facts and ids beside the ledger."""
        for what, statement in (
                ("submission ids accepted twice", "select count(*) from (select submission_id, unit_id from intake.submission group by 1, 2 having count(*) > 1) t"),
                ("accepted or superseded records without exactly one submission",
                 "select count(*) from (select l.submission_key from intake.ledger l left join intake.submission s using (submission_key) "
                 "where l.outcome in ('a', 's') group by 1 having count(s.submission_key) <> 1 or count(*) <> 1) t"),
                ("rows of facts that occur twice",
                 "select count(*) from (select submission_key, grade, sex from core.att_daily_pupil group by 1, 2, 3 having count(*) > 1) t"),
                ("submissions without their facts",
                 "select count(*) from intake.submission s where not is_retract and not exists (select from core.att_daily_form f "
                 "where f.submission_key = s.submission_key)")):
            number = self.psql.number(statement)
            self.require(number == 0, f"{number} {what}")

    def check_model(self):
        """Outcomes and intake.current against the sequential model (I4)."""
        topic = f"{self.folder}/model.jsonl"
        with open(topic, "wb") as file:
            subprocess.run(["kcat", "-C", "-e", "-q", "-J", "-b", self.brokers, "-t", self.topic, "-o", "beginning"], stdout=file,
                           stderr=subprocess.DEVNULL, check=True, timeout=120)
        for name in ("ledger", "current"):
            with open(f"{self.folder}/{name}.csv", "wb") as file:
                subprocess.run(["psql", "-X", "-q", "--csv", "-d", self.dsn, "-f", f"{ROOT}/tests/model/dump_{name}.sql"], stdout=file, check=True)
        result = subprocess.run([sys.executable, f"{ROOT}/tests/model/ledger_model.py", "--records", topic, "--ledger", f"{self.folder}/ledger.csv",
                                 "--current", f"{self.folder}/current.csv"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        say(f"sequential model: {result.stdout.strip().splitlines()[-1] if result.stdout.strip() else 'silent'}")
        self.require(result.returncode == 0, f"the sequential model differs: {result.stdout[-1500:]}")

    def check_logs(self):
        """No sanitizer's report, no failed assertion in any log."""
        for daemon in self.daemons:
            with open(daemon.log_path, encoding="utf-8", errors="replace") as file:
                bad = [line.strip() for line in file if "ERROR: AddressSanitizer" in line or "runtime error:" in line or "assertion" in line.lower()]
            self.require(not bad, f"{daemon.name}: {bad[:2]}")

    def outcomes(self):
        return {outcome: int(count) for outcome, count in self.psql.rows("select outcome, count(*) from intake.ledger group by 1 order by 1")}

    # --- the end ------------------------------------------------------------------------------------------------------

    def stop_daemons(self):
        """SIGTERM to all; each must end with 0 within 10 s."""
        for daemon in self.daemons:
            if daemon.is_running():
                began = time.monotonic()
                status = daemon.stop()
                self.require(status == 0, f"{daemon.name}: exit status {status} {time.monotonic() - began:.1f} s after SIGTERM")

    def close(self):
        for sender in self.senders:
            sender.given_up.set()
        for daemon in self.daemons:
            if daemon.is_running():
                daemon.kill()
        self.psql.close()


def run(scenario, regions, partitions=6):
    """scenario(world) between founding and the verdict; exit status 1 for a finding, 2 for a scenario that broke."""
    world = World(regions, partitions)
    status = 2
    try:
        world.found_country()
        scenario(world)
        world.stop_daemons()
        world.check_logs()
        status = 1 if world.findings else 0
        say(f"{len(world.findings)} findings" if world.findings else "no finding")
    finally:
        world.close()
        if status == 0:
            shutil.rmtree(world.folder)
        else:
            show_logs(world)
            say(f"kept: {world.folder}")
            for finding in world.findings: # once more where whoever reads the end of a log sees them
                say(f"finding: {finding}")
    sys.exit(status)


def show_logs(world):
    for daemon in world.daemons:
        with contextlib.suppress(OSError), open(daemon.log_path, encoding="utf-8", errors="replace") as file:
            print(f"--- {daemon.name}, {daemon.starts} starts, last lines of its log")
            print("\n".join(file.read().splitlines()[-12:]))
