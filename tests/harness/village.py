# SPDX-License-Identifier: Apache-2.0
"""
A hand-made country for the functional scenarios: a registry of a few schools that the scenario writes itself, submissions made one by one and signed with a key
that may backdate, one ingest worker, an aggregator that is run until nothing is dirty, and the mart beside the oracle's.
"""

import contextlib
import csv
import json
import os
import shutil
import subprocess
import sys
import time
import traceback
import uuid

import world
from world import ROOT, World, say

COLUMNS = "code,level,parent,name,name_ar,ownership,locality,stage,valid_from,valid_to,lat,lon".split(",")
CALENDAR = """kind,code,area,starts_on,ends_on,reason
school_year,SY2022,,2022-01-01,2022-12-31,
term,SY2022-T1,,2022-01-17,2022-06-30,
term,SY2022-T2,,2022-07-18,2022-12-16,
weekend,sat,K,2022-01-01,2022-12-31,weekend
weekend,sun,K,2022-01-01,2022-12-31,weekend
holiday,,K,2022-04-15,2022-04-15,Good Friday
"""
CENSUS_TIME = "2022-04-20T08:00:00Z"
DAYS = ["2022-03-07", "2022-03-08", "2022-03-09", "2022-03-10", "2022-03-11"]
SECRET = "5e" * 32


def unit(code, level, parent, valid_from="2000-01-01", valid_to="", **more):
    """A row of the registry file."""
    row = dict.fromkeys(COLUMNS, "")
    row.update(code=code, level=level, parent=parent, name=f"Name of {code}", valid_from=valid_from, valid_to=valid_to)
    if level == "school":
        row.update(ownership="government", stage="primary")
    row.update(more)
    return row


def areas(regions=2):
    """Country K, regions G1.., each with two districts G1D1.. of two wards G1D1W1.. ."""
    rows = [unit("K", "country", "")]
    for g in range(1, regions + 1):
        rows.append(unit(f"G{g}", "governorate", "K"))
        for d in (1, 2):
            rows.append(unit(f"G{g}D{d}", "district", f"G{g}"))
            rows += [unit(f"G{g}D{d}W{w}", "cluster", f"G{g}D{d}") for w in (1, 2)]
    return rows


def write_registry(path, rows):
    more = sorted({name for row in rows for name in row} - set(COLUMNS))  # attributes that a country adds
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS + more, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def kind_of(period):
    """Of a period that no calendar names, by its code."""
    if "-W" in period or "-Q" in period:
        return "week" if "-W" in period else "quarter"
    return "day" if len(period) == len("2022-03-07") else "month"


def read_declared(folder):
    """{indicator: the levels at which it is kept, deepest last} by the files of a catalogue."""
    def read(what):
        documents = []
        for name in sorted(os.listdir(f"{folder}/{what}")):
            with open(f"{folder}/{what}/{name}", encoding="utf-8") as file:
                documents.append(json.load(file))
        return documents

    with open(f"{folder}/levels.json", encoding="utf-8") as file:
        levels = json.load(file)["levels"]
    deepest = {form["code"]: max(levels.index(level) for level in form["unit_levels"]) for form in read("forms")}
    form_of = {document["code"]: document.get("form") for document in read("indicators")}
    declared = {}
    for document in read("indicators"):
        forms = [document.get("form"), *(form_of[cell["indicator"]] for cell in document.get("values", {}).values())]
        depths = [deepest[form] for form in forms if form] + ([levels.index(document["level"])] if document.get("level") else [])
        declared[document["code"]] = levels[:min(depths, default=len(levels) - 1) + 1]
    return declared


class Village(World):
    utc_offset = "+03:00"

    def __init__(self, partitions=4):
        super().__init__(0, partitions)
        self.topic_exists = False
        self.login = []  # of the aggregator: settings that name another than the tests' own, who may do everything
        self.sent = []  # (received_at, line) of what the oracle shall know
        self.record_count = 0
        self.next_id = 1
        self.registry = []
        self.cases, self.declared = {}, {}  # of what was compared with the oracle: see note_cases
        name = os.path.basename(sys.argv[0]).removesuffix(".py")
        with open(f"{ROOT}/tests/model/cases.csv", encoding="utf-8", newline="") as file:
            self.own_cases = [(row["indicator"], row["periods"].split()) for row in csv.DictReader(file) if row["scenario"] == name]
        self.keys = f"{self.folder}/keys.json"
        with open(self.keys, "w", encoding="utf-8") as file:
            json.dump({"keys": [{"id": "village", "secret": SECRET, "backdate": True}]}, file)
        os.chmod(self.keys, 0o600)
        self.config = f"{self.folder}/emis.conf"
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(f"[topics]\nsubmissions = {self.topic}\npartitions = {partitions}\n\n"
                       f"[emis]\nutc_offset = {self.utc_offset}\nkeys_file = {self.keys}\n")

    # --- the programs -------------------------------------------------------------------------------------------------

    def settings(self):
        return ["-c", self.config]

    def aggregator(self, name):
        return self._start(name, [f"{self.bin}/emis-aggregator", *self.settings(), "--set", "aggregate.open_periods=manual"])

    def aggregate(self, count=1, seconds=600):
        """Until nothing is dirty, healable or unapplied."""
        command = [f"{self.bin}/emis-aggregator", *self.settings(), *self.login, "--set", "aggregate.open_periods=manual", "--once"]
        log_path = f"{self.folder}/once.log"
        with open(log_path, "ab") as log:
            running = [subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log) for _ in range(count)]
            for process in running:
                try:
                    status = process.wait(seconds)
                except subprocess.TimeoutExpired:
                    status = f"none after {seconds} s"
                if status != 0:
                    for other in running:
                        other.kill()
                        other.wait()
                    with open(log_path, encoding="utf-8", errors="replace") as tail:
                        raise RuntimeError(f"emis-aggregator --once: exit status {status}: {tail.read()[-2000:]}")
        dirty = self.dirty()
        self.require(dirty == 0, f"{dirty} rows are dirty after emis-aggregator --once")

    def found(self, rows, openings=(), catalogue=None, country=None):
        """Schema, topic, registry, calendar, a worker; openings: (form, period or range)."""
        self.emis("db", "migrate", *(["--catalogue", catalogue] if catalogue else []), *(["--country", country] if country else []))
        self.emis("topics", "apply")
        self.import_registry(rows)
        calendar = f"{self.folder}/calendar.csv"
        with open(calendar, "w", encoding="utf-8") as file:
            file.write(CALENDAR)
        self.emis("calendar", "import", calendar)
        for form, period in openings:
            self.emis("period", "open", form, period)
        self.worker(f"{self.topic}-w1")

    def import_registry(self, rows):
        """Import rows; the village remembers the registry as it then is (rows of a code replace those of before)."""
        path = f"{self.folder}/import.csv"
        write_registry(path, rows)
        self.emis("registry", "import", path)
        self.know(rows)

    def know(self, rows):
        codes = {row["code"] for row in rows}
        self.registry = [row for row in self.registry if row["code"] not in codes] + list(rows)

    # --- submissions --------------------------------------------------------------------------------------------------

    def new_id(self):
        self.next_id += 1
        return str(uuid.UUID(int=self.next_id << 80, version=4))

    def submission(self, form, unit_code, period, data, revision=1, **more):
        value = {"submission_id": more.pop("submission_id", None) or self.new_id(), "form": form, "version": 1, "unit": unit_code, "period": period,
                 "revision": revision, "submitted_at": more.pop("submitted_at", "2022-03-07T05:00:00Z"), "sender": "village", **more}
        if data is None:
            value["retract"] = True
        else:
            value["data"] = data
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)

    def census(self, unit_code, pupils, revision=1, **more):
        """pupils: {(grade, age, sex): number}, or None for a retraction."""
        data = None
        if pupils is not None:
            data = {"pupils_total": sum(pupils.values()),
                    "pupil": [{"grade": grade, "age": age, "sex": sex, "pupils": number} for (grade, age, sex), number in pupils.items()]}
        return self.submission("ENROL_CENSUS", unit_code, "SY2022", data, revision, shift="full", submitted_at="2022-04-20T07:00:00Z", **more)

    def attendance(self, unit_code, day, boys, girls, register, revision=1, **more):
        """boys and girls present of `register` boys and as many girls in grade 3; two teachers, one present."""
        data = {"pupils_present": boys + girls,
                "pupil": [{"grade": "3", "sex": "m", "present": boys, "on_register": register},
                          {"grade": "3", "sex": "f", "present": girls, "on_register": register}],
                "staff": [{"staff_type": "teacher", "sex": "f", "present": 1, "in_position": 2}]}
        return self.submission("ATT_DAILY", unit_code, day, data, revision, shift="morning", **more)

    def send(self, lines, received_at, counts=True, wait=True):
        """Through `emis send`, signed and backdated; counts: the oracle shall know them."""
        path = f"{self.folder}/send.jsonl"
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in lines)
        self.emis("send", path, "--received-at", received_at, "--key-file", self.keys, "--key-id", "village")
        self.record_count += len(lines)
        if counts:
            self.sent += [(received_at, line) for line in lines]
        if wait:
            self.wait_ingested()

    def wait_ingested(self, seconds=60):
        took = self.wait_for(f"{self.record_count} ledger rows", seconds, lambda: self.ledger_count() >= self.record_count, 0.05)
        if took is None:
            raise RuntimeError(f"the ledger has {self.ledger_count()} of {self.record_count} rows")
        self.require(self.ledger_count() == self.record_count, f"the ledger has {self.ledger_count()} rows for {self.record_count} records")

    def ledger_count(self):
        return self.psql.number("select count(*) from intake.ledger")

    def last_outcomes(self, count):
        """[(outcome, code or '')] of the newest ledger rows in Kafka's order; only for a topic of one partition or one unit's records."""
        rows = self.psql.rows("select outcome, coalesce(code::text, '') from intake.ledger order by received_at desc, part desc, kafka_offset desc "
                              f"limit {count}")
        return [tuple(row) for row in reversed(rows)]

    # --- the mart -----------------------------------------------------------------------------------------------------

    def dump(self, name):
        path = f"{self.folder}/{name}.csv"
        with open(path, "wb") as file:
            subprocess.run(["psql", "-X", "-q", "--csv", "-d", self.dsn, "-f", f"{ROOT}/tests/model/dump_mart.sql"], stdout=file, check=True)
        return path

    def cells(self, name="cells"):
        """{(level, area, valid_from, period, indicator, dimension, member): (numerator, denominator, n_expected, n_reported, status)}."""
        with open(self.dump(name), encoding="utf-8", newline="") as file:
            rows = csv.reader(file)
            next(rows)
            return {tuple(row[:7]): tuple(row[7:]) for row in rows}

    def oracle(self, *arguments, expected=0):
        """Runs oracle.py; a finding unless it exits as expected."""
        result = subprocess.run([sys.executable, f"{ROOT}/tests/model/oracle.py", *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                text=True, check=False)
        lines = result.stdout.strip().splitlines() or ["silent"]
        say(f"oracle: {lines[-1]}" + (f" (exit {result.returncode}, as it should)" if expected else ""))
        if arguments[0] == "mart" and expected == 0 and result.returncode == 0 and self.own_cases:
            told = dict(zip(arguments, arguments[1:]))
            self.note_cases(told["--dump"], told.get("--catalogue", f"{ROOT}/catalogue"), told["--calendar"])
        text = "\n".join(lines[:21])
        self.require(result.returncode == expected, f"oracle.py {arguments[0]} exits {result.returncode}, not {expected}: {text}")

    def note_cases(self, dump, catalogue, calendar):
        """{indicator: {(level, period kind): (order, cell)}} of the cells with a value other than 0 that were the oracle's; of each the first, totals before cuts."""
        self.declared = read_declared(catalogue)
        with open(calendar, encoding="utf-8", newline="") as file:
            named = {row["code"]: row["kind"] for row in csv.DictReader(file)}
        with open(dump, encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if row["numerator"] not in ("", "0") and row["denominator"] != "0":
                    place = row["level"], named.get(row["period_code"]) or kind_of(row["period_code"])
                    order = row["dimension"] != "total", row["area_code"], row["period_code"], row["member"]
                    cases = self.cases.setdefault(row["indicator"], {})
                    cases[place] = min(cases.get(place, (order, row)), (order, row), key=lambda case: case[0])

    def check_cases(self):
        """tests/model/cases.csv says which indicators and kinds of period this scenario is the case of: at each level at which they are kept."""
        name = os.path.basename(sys.argv[0])
        for code, kinds in self.own_cases:
            cases = self.cases.get(code, {})
            missing = [f"{level} {kind}" for level in self.declared[code] for kind in kinds if (level, kind) not in cases]
            self.require(not missing, f"{code}: tests/model/cases.csv says that {name} is its case, but it has no value here of {', '.join(missing)}")
            if not missing:
                _, row = cases[self.declared[code][0], kinds[0]]
                say(f"{code} of {row['area_code']} in {row['period_code']}: {row['numerator']} / {row['denominator'] or '-'}, stored and by the oracle; "
                    f"also {len(self.declared[code]) * len(kinds) - 1} times, of {', '.join(self.declared[code])} by {', '.join(kinds)}")

    def compare(self, dump, catalogue=None, expected=0):
        """Every cell against the oracle's."""
        registry, sent, opened = (f"{self.folder}/oracle-{name}" for name in ("registry.csv", "sent.jsonl", "opened.csv"))
        write_registry(registry, self.registry)
        with open(sent, "w", encoding="utf-8") as file:
            file.writelines(f'{{"received_at":"{at}","value":{line}}}\n' for at, line in self.sent)
        with open(opened, "wb") as file:
            subprocess.run(["psql", "-X", "-q", "--csv", "-d", self.dsn, "-f", f"{ROOT}/tests/model/dump_opened.sql"], stdout=file, check=True)
        self.oracle("mart", "--registry", registry, "--calendar", f"{self.folder}/calendar.csv", "--opened", opened,
                    "--utc-offset", str(int(self.utc_offset[:3]) * 60 + int(self.utc_offset[4:])), "--catalogue", catalogue or f"{ROOT}/catalogue", "--dump", dump, sent, expected=expected)

    def check_that_comparison_can_fail(self, dump, compare):
        """One number of the dump is changed: compare(path of the changed dump) must see it."""
        changed = f"{self.folder}/changed.csv"
        with open(dump, encoding="utf-8", newline="") as source, open(changed, "w", encoding="utf-8", newline="") as target:
            rows = list(csv.reader(source))
            place = next(i for i in range(len(rows) - 1, 0, -1) if rows[i][4] == "ENR" or i == 1)
            rows[place][7] = str(int(rows[place][7] or 0) + 1)
            csv.writer(target, lineterminator="\n").writerows(rows)
        compare(changed)

    def check_ties(self):
        """Each area is the sum of its child places in the same period, indicator and cut; derived indicators are ratios of two, not sums,
        and a cut by what the rows say (sex, grade) carries its node's total of submissions."""
        number = self.psql.number("""
            select count(*) from mart.indicator p
            join mart.dim_indicator i using (indicator_key)
            join mart.dim_cut d using (cut_key)
            left join lateral (
              select sum(c.numerator) as numerator, sum(c.denominator) as denominator, sum(c.n_expected) as n_expected, sum(c.n_reported) as n_reported
              from mart.indicator c join mart.dim_area a using (area_key)
              where a.parent_area_key = p.area_key and c.period_key = p.period_key and c.indicator_key = p.indicator_key and c.cut_key = p.cut_key) s on true
            where p.level_no < (select max(level_no) from ref.level) and i.roll_up <> 'D'
              and (p.numerator is distinct from s.numerator or p.denominator is distinct from s.denominator
                or d.dimension in ('total', 'form', 'ownership', 'locality', 'stage')
                and (p.n_expected is distinct from s.n_expected or p.n_reported is distinct from s.n_reported))
              and exists (select from mart.indicator c join mart.dim_area a using (area_key) where a.parent_area_key = p.area_key
                and c.period_key = p.period_key and c.indicator_key = p.indicator_key and c.cut_key = p.cut_key)""".replace("\n", " "))
        self.require(number == 0, f"{number} cells are not the sum of their children")

    def check_everything(self):
        self.check_ledger()
        self.check_audit()


def run(scenario, partitions=4):
    """scenario(village); exit status 1 for a finding, 2 for a scenario that broke."""
    began = time.monotonic()
    village = Village(partitions)
    status = 2
    try:
        scenario(village)
        village.check_cases()
        village.stop_daemons()
        village.check_logs()
        status = 1 if village.findings else 0
        say(f"{len(village.findings)} findings, {time.monotonic() - began:.0f} s")
    except Exception:  # told here, because the logs below are what explains it
        traceback.print_exc()
    finally:
        village.close()
        if status == 0:
            shutil.rmtree(village.folder)
        else:
            with contextlib.suppress(OSError):
                world.show_logs(village)
            say(f"kept: {village.folder}")
    sys.exit(status)
