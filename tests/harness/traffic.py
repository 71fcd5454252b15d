# SPDX-License-Identifier: Apache-2.0
"""Submissions to send: the sample country's attendance, mixed with corrections, repetitions and mistakes; and who sends them."""

import collections
import contextlib
import hashlib
import json
import os
import random
import subprocess
import threading
import time
import uuid

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FIRST_DAYS = "2022-03-07..2022-03-31"


def sample(what, regions, days=FIRST_DAYS):
    command = [os.path.join(ROOT, "ops/sample/generate"), what, "--regions", str(regions)]
    return subprocess.run(command + (["--days", days] if what == "attendance" else []), check=True, stdout=subprocess.PIPE, text=True)


def attendance(regions, count):
    """The first `count` lines of the sample's attendance."""
    command = [os.path.join(ROOT, "ops/sample/generate"), "attendance", "--regions", str(regions), "--days", FIRST_DAYS]
    lines = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        for line in process.stdout:
            lines.append(line.rstrip("\n"))
            if len(lines) == count:
                break
        process.stdout.close()
        process.terminate()
    if len(lines) < count:
        raise SystemExit(f"the sample of {regions} regions has only {len(lines)} of {count} submissions")
    return lines


def corrected(line, rng, revision):
    """A later revision with another content; a new id."""
    value = json.loads(line)
    value["submission_id"] = str(uuid.UUID(int=rng.getrandbits(128), version=4))
    value["revision"] = revision
    row = value["data"]["staff"][0]
    row["in_position"] += revision
    return json.dumps(value, separators=(",", ":"))


def mixed(regions, count, seed):
    """
    `count` lines: of 100, 85 are new, 8 the next revision of an earlier one, 3 an earlier one once more, 2 an equal revision with other content, 1 another
    content under a used id, 1 of an unknown form.
    """
    rng = random.Random(seed)
    fresh = iter(attendance(regions, count))
    lines, latest = [], []
    for _ in range(count):
        kind = rng.randrange(100) if len(latest) > 100 else 0
        place = rng.randrange(len(latest)) if latest else 0
        if kind < 85:
            latest.append([next(fresh), 1])
            lines.append(latest[-1][0])
        elif kind < 93:
            latest[place][1] += 1
            latest[place][0] = corrected(latest[place][0], rng, latest[place][1])
            lines.append(latest[place][0])
        elif kind < 96:
            lines.append(latest[place][0])
        elif kind < 98:
            lines.append(corrected(latest[place][0], rng, latest[place][1]))
        elif kind < 99:
            lines.append(latest[place][0].replace('"sender":"sample"', '"sender":"other"'))
        else:
            lines.append(latest[place][0].replace('"form":"ATT_DAILY"', '"form":"ATT_NEVER"'))
    return lines


def digest_counts(lines):
    """{sha256 in hexadecimal: how often}."""
    return collections.Counter(hashlib.sha256(line.encode()).hexdigest() for line in lines)


class Sender(threading.Thread):
    """
    Sends lines at a rate, in portions: a portion that was not acknowledged whole is sent again, so every line arrives once at least, and exactly once if
    `resent` is 0 at the end.
    """

    def __init__(self, command, lines, rate, environment=None, portion_s=10, patience_s=120):
        super().__init__(daemon=True)
        self.command, self.lines, self.rate, self.environment = command, lines, rate, environment
        self.portion = max(1, int(rate * portion_s))
        self.patience_s = patience_s
        self.sent = self.resent = 0
        self.started = time.monotonic()
        self.said = ""
        self.failure = None
        self.given_up = threading.Event()
        self.had_enough = threading.Event()

    def run(self):
        self.started = time.monotonic()
        try:
            for first in range(0, len(self.lines), self.portion):
                if self.had_enough.is_set():
                    self.lines = self.lines[:first]
                    break
                self._deliver(self.lines[first:first + self.portion], first)
        except Exception as error:  # told to who joins
            self.failure = error

    def _deliver(self, lines, first):
        deadline = time.monotonic() + self.patience_s
        self.sent = first
        while not self._try(lines, first):
            if time.monotonic() > deadline or self.given_up.is_set():
                raise RuntimeError(f"could not send lines {first} to {first + len(lines)}: {self.said}")
            self.resent += len(lines)
            time.sleep(0.5)
        self.sent = first + len(lines)

    def _try(self, lines, first):
        process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=self.environment)
        try:
            with contextlib.suppress(BrokenPipeError):
                self._write(process.stdin, lines, first)
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
            self.said = process.stderr.read()[-500:]
            return process.wait() == 0
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            process.stderr.close()

    def _write(self, pipe, lines, first):
        for number, line in enumerate(lines):
            early = self.started + (first + number) / self.rate - time.monotonic()
            if early > 0.002:
                pipe.flush()
                time.sleep(early)
            if self.given_up.is_set():
                raise RuntimeError("given up")
            pipe.write(line + "\n")
            self.sent = first + number

    def enough(self, seconds):
        """Ends after the portion under way; `lines` are then those that were sent."""
        self.had_enough.set()
        self.finish(seconds)

    def finish(self, seconds):
        self.join(seconds)
        if self.is_alive():
            self.given_up.set()
            raise RuntimeError("the sender does not end")
        if self.failure:
            raise self.failure
