# SPDX-License-Identifier: Apache-2.0
"""
Scenario: every command of `emis`, given a wrong file, a wrong setting, a wrong word or a server that is away, says what, where and what to do, ends with the
documented status and changes nothing; `--help` works at every level; `--json` is JSON.
"""

import concurrent.futures
import json
import os
import re
import shutil
import signal
import subprocess
import time

import village
from broker import add_partitions, delete_records
from village import ROOT, areas, unit
from world import say

HEAD = "code,level,parent,name,valid_from,valid_to\n"
CALENDAR_HEAD = "kind,code,area,starts_on,ends_on,reason\n"
REGISTRIES = {  # what is wrong: the lines below the header, where it is said
    "no such level": ("X1,scool,G1D1W1,x,2000-01-01,\n", ":2: level"),
    "no such parent": ("X1,school,NOWHERE,x,2000-01-01,\n", ":2: parent"),
    "parent of another level": ("X1,school,G1D1,x,2000-01-01,\n", ":2: parent"),
    "no such day": ("S2,school,G1D1W1,x,2000-01-01,\nX1,school,G1D1W1,x,2000-02-30,\n", ":3: valid_from"),
    "ends before it begins": ("X1,school,G1D1W1,x,2001-01-01,2000-01-01\n", ":2: valid_to"),
    "overlapping rows": ("X1,school,G1D1W1,x,2000-01-01,2010-01-01\nX1,school,G1D1W2,x,2009-01-01,\n", ":3: "),
    "the same row twice": ("X1,school,G1D1W1,x,2000-01-01,\nX1,school,G1D1W1,x,2000-01-01,\n", ":3: "),
    "cycle": ("A1,cluster,A2,x,2000-01-01,\nA2,cluster,A1,x,2000-01-01,\n", ":2: parent"),
    "no code": (",school,G1D1W1,x,2000-01-01,\n", ":2: code"),
    "no name": ("X1,school,G1D1W1,,2000-01-01,\n", ":2: name"),
    "too few columns": ("X1,school\n", ":2: "),
    "an open quote": ('X1,school,G1D1W1,"x,2000-01-01,\n', ":2: "),
    "not UTF-8": (b"X1,school,G1D1W1,\xe9,2000-01-01,\n", ":2: "),
    "one wrong line after good ones": ("".join(f"X{n},school,G1D1W1,x,2000-01-01,\n" for n in range(50)) + "Y,school,NOWHERE,x,2000-01-01,\n", ":52: parent"),
}
CALENDARS = {
    "no such kind": ("fortnight,F1,,2022-01-01,2022-01-14,\n", ":2: kind"),
    "no such area": ("weekend,sat,NOWHERE,2022-01-01,2022-12-31,weekend\n", ":2: area"),
    "overlapping years": ("school_year,SY2022,,2022-01-01,2022-12-31,\nschool_year,SY2023,,2022-12-01,2023-12-31,\n", ":3: "),
    "gap between years": ("school_year,SY2022,,2022-01-01,2022-12-31,\nschool_year,SY2024,,2024-01-01,2024-12-31,\n", ":3: "),
    "an exception of nobody": ("closed,,NOWHERE,2022-03-07,2022-03-07,flood\n", ":2: area"),
    "an exception without a reason": ("open,,K,2022-03-12,2022-03-12,\n", ":2: reason"),
    "closed and open on one day": ("closed,,K,2022-03-07,2022-03-09,flood\nopen,,K,2022-03-09,2022-03-09,dry\n", ":3: starts_on"),
    "no such day": ("holiday,,K,2022-02-30,2022-02-30,x\n", ":2: starts_on"),
}
AWAY_DATABASE = "postgres.dsn=host=127.0.0.1 port=1 connect_timeout=2"
AWAY_KAFKA = "kafka.bootstrap.servers=127.0.0.1:1"
PIECES_RECORDS = 1200  # more than two pieces of a replay
AWAY_SECONDS = 15  # a person waits for no longer
ENROLMENT = ("indicator", "get", "--indicator", "ENR")
MARKED = ("indicator", "get", "--indicator", "ATT_STU")
RANKED = ("indicator", "rank", "--indicator")
REPLAY = ("rejects", "replay", "--code", "E_JSON_SYNTAX")
USES_DATABASE = [("db", "migrate"), ("db", "status"), ("db", "verify"), ("registry", "show", "K"), ("calendar", "show"), ("period", "list"),
                 ("period", "open", "ATT_DAILY", "2022-03-07"), ("status",), ("ledger", "check"), ("rejects", "list"), ("rejects", "show", "0/0/0"),
                 ("parked", "list"), ("indicator", "list"), ("indicator", "get", "--indicator", "ENR", "--area", "K", "--period", "SY2022"), ("audit", "run")]
JSON = [("db", "status"), ("registry", "show", "K"), ("calendar", "show"), ("topics", "describe"), ("period", "list"), ("status",), ("ledger", "check"),
        ("rejects", "list"), ("parked", "list"), ("indicator", "list"), ("indicator", "get", "--indicator", "ENR", "--area", "K", "--period", "SY2022"),
        ("catalogue", "list"), ("catalogue", "show", "ATT_DAILY"), ("catalogue", "check"), ("catalogue", "schema", "ATT_DAILY"), ("config", "show"),
        ("audit", "run", "--all"), ("db", "verify")]


class Checker:
    def __init__(self, place):
        self.place = place
        self.count = 0

    def call(self, *arguments, environment=None, seconds=45):
        command = [f"{self.place.bin}/emis", *([] if "-c" in arguments else self.place.settings()), *arguments]
        return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace", check=False,
                              timeout=seconds, env={**os.environ, **(environment or {})})

    def refused(self, arguments, status, *parts, within=45, **more):
        """Exit status, "emis: ...", a hint, and each part in what was said, within so many seconds; nothing that looks like a crash."""
        self.count += 1
        what = f"emis {' '.join(arguments)}"
        began = time.monotonic()
        try:
            result = self.call(*arguments, **more)
        except subprocess.TimeoutExpired:
            self.place.find(f"{what}: does not end")
            return
        took = time.monotonic() - began
        said = result.stdout + result.stderr
        self.place.require(took <= within, f"{what}: gives up after {took:.1f} s, not {within}")
        self.place.require(result.returncode == status, f"{what}: exit status {result.returncode}, not {status}: {said[-500:]}")
        self.place.require(re.search(r"^emis(-aggregator)?: \S", result.stderr, re.M), f"{what}: does not say what: {said[-300:]}")
        self.place.require(re.search(r"^hint: \S", result.stderr, re.M), f"{what}: does not say what to do: {said[-300:]}")
        for part in parts:
            self.place.require(part in said, f"{what}: does not say {part!r}: {said[-500:]}")
        self.place.require("runtime error" not in said and "Sanitizer" not in said, f"{what}: {said[-800:]}")

    def together(self, calls):
        """Those that mostly wait, at once."""
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            for future in [pool.submit(self.refused, *arguments, **more) for arguments, more in calls]:
                future.result()


def state(place):
    """What no refused command may change."""
    return place.psql.rows("select (select version from ref.version), (select count(*) from ref.unit), (select count(*) from ref.place), "
                           "(select count(*) from ref.period), (select count(*) from ref.calendar_closed_day), (select count(*) from ref.calendar_exception), "
                           "(select count(*) from ref.period_opening), "
                           "(select count(*) from ref.catalogue_document), (select count(*) from control.dirty), (select count(*) from mart.dim_area), "
                           "(select count(*) from pg_class where relnamespace in ('core'::regnamespace, 'mart'::regnamespace))")


def write(place, name, content):
    path = f"{place.folder}/{name}"
    with open(path, "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode())
    return path


def files(check):
    place, nowhere = check.place, f"{check.place.folder}/nowhere"
    for command in (("registry", "import"), ("calendar", "import"), ("send",), ("catalogue", "check")):
        check.refused([*command, nowhere], 66, nowhere)
    check.refused(["-c", nowhere, "db", "status"], 66, nowhere)
    check.refused(["send", write(place, "one.jsonl", '{"unit":"S1"}\n'), "--key-file", nowhere, "--key-id", "village"], 66, nowhere)
    for what, (lines, where) in REGISTRIES.items():
        path = write(place, "wrong.csv", HEAD.encode() + (lines if isinstance(lines, bytes) else lines.encode()))
        say(f"registry import: {what}")
        check.refused(["registry", "import", path], 65, f"{path}{where}", "nothing was applied")
    check.refused(["registry", "import", write(place, "wrong.csv", "code,level\nX,school\n")], 65, "wrong.csv:1: parent", "wrong.csv:1: name")
    check.refused(["registry", "import", write(place, "wrong.csv", HEAD.replace("valid_to", "valid_till"))], 65, "wrong.csv:1: valid_till")
    check.refused(["registry", "import", write(place, "wrong.csv", "")], 65, "wrong.csv")
    for what, (lines, where) in CALENDARS.items():
        path = write(place, "wrong.csv", CALENDAR_HEAD + lines)
        say(f"calendar import: {what}")
        check.refused(["calendar", "import", path], 65, f"{path}{where}", "nothing was applied")
    path = write(place, "wrong.csv", CALENDAR_HEAD.replace("reason", "reason,ownership") + "weekend,sat,K,2022-01-01,2022-12-31,,nobody\n")
    check.refused(["calendar", "import", path], 65, f"{path}:2: ownership", "not in the code list ownership", "nothing was applied")
    check.refused(["calendar", "import", write(place, "wrong.csv", CALENDAR_HEAD.replace("reason", "reason,colour"))], 65, "wrong.csv:1: colour")
    check.refused(["send", write(place, "wrong.jsonl", "nonsense\n")], 65, "wrong.jsonl:1", "nothing was sent")
    check.refused(["send", write(place, "wrong.jsonl", '\n{\n  "unit": "S1",\n  "data": {}\n}\n')], 65, "line 2 goes over several lines", "jq -c", "sent 0 ")


def catalogues(check):
    """A mistake in a file of the catalogue: named with file, pointer and reason by check and by migrate."""
    folder = f"{check.place.folder}/wrong-catalogue"
    shutil.copytree(f"{ROOT}/catalogue", folder)
    path = f"{folder}/forms/ATT_DAILY.v1.json"
    with open(path, encoding="utf-8") as file:
        form = json.load(file)
    form["groups"][1]["fields"][0]["type"] = "integer"
    form["rules"][0]["check"] = "present <= on_regster"
    with open(path, "w", encoding="utf-8") as file:
        json.dump(form, file)
    for command in (["catalogue", "check", folder], ["db", "migrate", "--catalogue", folder]):
        check.refused(command, 65, "forms/ATT_DAILY.v1.json", "/groups/1/fields/0/type")
    form["groups"][1]["fields"][0]["type"] = "int"
    with open(path, "w", encoding="utf-8") as file:
        json.dump(form, file)
    check.refused(["catalogue", "check", folder], 65, "forms/ATT_DAILY.v1.json", "/rules/0/check", "on_regster")
    with open(path, "w", encoding="utf-8") as file:
        file.write("{")
    check.refused(["catalogue", "check", folder], 65, "forms/ATT_DAILY.v1.json")


def settings(check):
    place = check.place
    config = write(place, "wrong.conf", "[postgres]\n# the server\ndns = x\n")
    check.refused(["-c", config, "db", "status"], 78, f"{config}:3", "dns")
    check.refused(["-c", write(place, "wrong.conf", "[topics]\npartitions = many\n"), "db", "status"], 78, "wrong.conf:2", "partitions")
    check.refused(["-c", write(place, "wrong.conf", "[nonsense]\na = 1\n"), "db", "status"], 78, "wrong.conf:2", "nonsense")
    check.refused(["-c", write(place, "wrong.conf", "nonsense\n"), "db", "status"], 78, "wrong.conf:1")
    check.refused(["--set", "postgres.dsnx=1", "db", "status"], 78, "dsnx", "did you mean")
    check.refused(["--set", "postgres", "db", "status"], 64, "postgres")
    check.refused(["--set", "topics.partitions=0", "topics", "apply"], 78, "topics.partitions")
    check.refused(["db", "status"], 78, "EMIS_POSTGRES__DSNX", environment={"EMIS_POSTGRES__DSNX": "1"})
    wrong = {"emis.utc_offset=Dar es Salaam": "+hh:mm", "ingest.nosuch=5": "no key 'nosuch' in [ingest]", "metrics.listen=foo": "127.0.0.1:9464", "aggregate.threads=lots": "aggregate.threads",
             "aggregate.open_periods=often": "auto or manual", "emis.allow_unsafe=kafka-flush foo": "foo", "emis.durability=much": "two_server", "log.format=xml": "text or json"}
    for assignment, part in wrong.items():
        check.refused(["--set", assignment, "config", "check"], 78, part)
    place.require(check.call("config", "check").returncode == 0, "emis config check refuses a configuration that is right")
    keys = check.call("config", "keys").stdout
    for key in ("batch_rows_max  (integer 1 to 1000000, default 10000)", "threads  (integer 1 to 32, default 1)"):
        place.require(key in keys, f"emis config keys does not print {key!r}")
    for program in ("emis-ingest", "emis-aggregator"):
        for assignment in [one for one in wrong if program == "emis-ingest" or not re.match("ingest|emis.allow|emis.dura", one)]:
            if program == "emis-ingest" and assignment.startswith("aggregate"):
                continue
            result = subprocess.run([f"{place.bin}/{program}", *place.settings(), "--set", assignment], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                    stderr=subprocess.STDOUT, text=True, timeout=30, check=False)
            place.require(result.returncode == 78, f"{program} --set {assignment}: exit status {result.returncode}, not 78, as emis config check: {result.stdout[-300:]}")
        config = write(place, "wrong.conf", "[postgres]\ndns = x\n")
        result = subprocess.run([f"{place.bin}/{program}", "-c", config], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                text=True, timeout=30, check=False)
        place.require(result.returncode == 78 and f"{config}:2" in result.stdout and "hint:" in result.stdout,
                      f"{program} with an unknown key: exit status {result.returncode}: {result.stdout[-300:]}")
        result = subprocess.run([f"{place.bin}/{program}", "--help"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, timeout=30, check=False)
        place.require(result.returncode == 0 and program in result.stdout, f"{program} --help: exit status {result.returncode}")


def words(check):
    for arguments, parts in ((["nonsense"], ["nonsense"]), (["regsitry", "import", "x"], ["did you mean", "registry import"]),
                             (["registry", "import"], ["FILE"]), (["registry", "import", "a", "b"], ["b"]), (["registry", "import", "x", "--bogus"], ["--bogus"]), (["registry"], []),
                             (["registry", "nope"], ["emis registry --help"]), (["help", "nope"], ["emis --help"]), (["--set"], ["--set"]), ([], []), (["period", "open", "ATT_DAILY"], ["PERIOD"])):
        check.refused(arguments, 64, *parts)
    for arguments, parts in ((["registry", "show", "NOWHERE"], ["NOWHERE"]), (["period", "open", "NOPE", "2022-03-07"], ["NOPE"]),
                             (["period", "open", "ATT_DAILY", "2022-02-30"], ["2022-02-30"]), (["period", "open", "ATT_DAILY", "SY2022"], ["SY2022"]),
                             (["rejects", "show", "0/0/999999"], ["there is no record 0/0/999999"]), (["catalogue", "show", "NOPE"], ["NOPE"]),
                             (["catalogue", "schema", "NOPE"], ["NOPE"]),
                             (["indicator", "get", "--indicator", "NOPE", "--area", "K", "--period", "SY2022"], ["NOPE"]),
                             (["indicator", "get", "--indicator", "ENR", "--area", "NOPE", "--period", "SY2022"], ["NOPE"]),
                             (["indicator", "get", "--indicator", "ENR", "--area", "K", "--period", "NOPE"], ["NOPE"]),
                             ([*ENROLMENT, "--area", "K", "--period", "2022-03-07"], ["ENR is not kept for a day", "it is for: school_year"]),
                             ([*ENROLMENT, "--area", "K", "--period", "SY2022", "--by", "subject"], ["ENR is not cut by subject", "age, grade, locality, ownership, sex, stage"]),
                             ([*ENROLMENT, "--area", "K", "--period", "SY2022", "--by", "nope"], ["no cut nope", "age, grade, locality, ownership, sex, stage"]),
                             ([*ENROLMENT, "--area", "K", "--period", "SY2022", "--level", "nope"], ["no level nope", "governorate", "school"]),
                             ([*ENROLMENT, "--area", "G1D1W1", "--period", "SY2022", "--level", "governorate"], ["level governorate is above it", "cluster, school"]),
                             ([*MARKED, "--period", "2022-03-07"], ["2022-03-07 is not open for ATT_DAILY; `emis period open ATT_DAILY 2022-03-07` opens it"]),
                             ([*MARKED, "--period", "2022-03"], ["`emis period open ATT_DAILY 2022-03-01..2022-03-31`"]),
                             ([*RANKED, "ATT_STU", "--period", "2022-03-07"], ["2022-03-07 is a day: areas are compared for a month"]),
                             ([*RANKED, "ATT_STU", "--period", "2022-03"], ["2022-03-01..2022-03-31 is not open for ATT_DAILY"]),
                             ([*RANKED, "ATT_STU", "--period", "2022-03", "--area", "S1"], ["S1 is a school: nothing lies below it"]),
                             ([*RANKED, "RPT_COMPL", "--period", "2022-03"], ["RPT_COMPL is not compared: it has no total"]),
                             ([*RANKED, "ENR", "--period", "SY2022"], ["ENR is neither ranked nor in bands", "emis target list"]),
                             ([*RANKED, "NOPE", "--period", "2022-03"], ["no indicator NOPE", "emis indicator list"]),
                             (["registry", "show", "NOPE"], ["no school or area", "mart.dim_area"]),
                             (["target", "list", "--area", "NOPE"], ["no school or area NOPE"]),
                             (["findings", "list", "--rule", "NOPE"], ["no rule NOPE", "emis catalogue list"]),
                             (["findings", "list", "--period", "NOPE"], ["no period NOPE", "emis calendar show"]),
                             (["findings", "list", "--language", "xx"], ["xx; there are: ar, "])):
        check.refused(arguments, 1, *parts)
    accepted, identity = check.place.psql.rows("select format('%s/%s/%s', log_no, part, kafka_offset), submission_id from intake.submission")[0]
    check.refused(["rejects", "show", accepted], 1, f"accepted as submission {identity}; it counts")
    for arguments in (["rejects", "show", "zero"], ["rejects", "replay"], ["rejects", "replay", "--id", "x"], REPLAY):
        check.refused(arguments, 64)
    signed = ["--key-file", check.place.keys, "--key-id", "village"]
    check.refused(["rejects", "replay", "--id", "0/0/999999", *signed], 1, "no such record waits")


def servers(check):
    place = check.place
    one = write(place, "one.jsonl", '{"unit":"S1"}\n')
    soon = {"within": AWAY_SECONDS}
    away = [((["--set", AWAY_DATABASE, *command], 69, "could not connect", "127.0.0.1"), soon) for command in USES_DATABASE]
    away += [((["--set", AWAY_DATABASE, kind, "import", write(place, f"good-{kind}.csv", text)], 69, "could not connect"), soon)
             for kind, text in (("registry", HEAD), ("calendar", CALENDAR_HEAD))]
    away += [((["--set", AWAY_DATABASE, *REPLAY, "--key-file", place.keys, "--key-id", "village"], 69, "could not connect"), soon)]
    away += [((["--set", AWAY_KAFKA, *command], 69, "Kafka at 127.0.0.1:1", "bootstrap.servers"), soon)
             for command in (["topics", "apply"], ["topics", "describe"], ["send", one], ["ledger", "check", "--with-kafka"])]
    away += [((["--set", f"topics.submissions={place.topic}.nowhere", "topics", "describe"], 1, f"{place.topic}.nowhere", "emis topics apply"), soon)]
    away += [((["--set", f"topics.submissions={place.topic}.nowhere", "send", one], 69, f"{place.topic}.nowhere"), soon)]
    away += [((["--set", f"postgres.dsn={place.dsn}?user=emis_bi", "db", "migrate"], 77), {})]
    check.together(away)
    # A database that nobody has migrated.
    empty = f"{os.environ['PGDATABASE']}_empty"
    psql = ["psql", "-X", "-q", "-d", place.dsn, "-c"]
    subprocess.run([*psql, f'create database "{empty}"'], check=True)
    try:
        dsn = re.sub(r"/[^/]*$", f"/{empty}", place.dsn)
        for command in (["registry", "show", "K"], ["status"], ["period", "open", "ATT_DAILY", "2022-03-07"]):
            check.refused(["--set", f"postgres.dsn={dsn}", *command], 69, "emis db migrate")
    finally:
        subprocess.run([*psql, f'drop database "{empty}" with (force)'], check=True)


def demos(check):
    """What does not run cannot be stopped, what was never made cannot be started: said, and nothing is made."""
    nowhere = f"{check.place.folder}/demo-nowhere"
    for action, status, said in (("stop", 0, f"nothing of a demo runs in {nowhere}"), ("start", 1, f"there is no demo in {nowhere}")):
        result = subprocess.run([f"{ROOT}/ops/demo", action, "--servers", nowhere], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                text=True, check=False, timeout=30)
        check.place.require(result.returncode == status and said in result.stdout, f"ops/demo {action} where there is none: {result.returncode}: {result.stdout}")
        check.place.require(not os.path.exists(nowhere), f"ops/demo {action} where there is none makes {nowhere}")


def helps(check):
    """Every command of the overview, and every group: exit 0, usage and an example."""
    place = check.place
    overview = check.call("--help")
    commands = re.findall(r"^  ([a-z][a-z-]*(?: [a-z]+)?)(?= {2,}| [A-Z\[-])", overview.stdout, re.M)
    place.require(len(commands) >= 25, f"emis --help lists only {commands}")
    groups = sorted({command.split()[0] for command in commands if " " in command})
    for command in ["", *groups, *commands]:
        result = check.call(*command.split(), "--help")
        good = result.returncode == 0 and "Usage: emis" in result.stdout and re.search(r"^Example: emis ", result.stdout, re.M) and not result.stderr
        place.require(good, f"emis {command} --help: exit status {result.returncode}: {(result.stdout + result.stderr)[:300]}")
        asked = check.call("help", *command.split())
        place.require((asked.returncode, asked.stdout) == (0, result.stdout), f"emis help {command} is not emis {command} --help: exit status {asked.returncode}")
    say(f"--help of {len(commands)} commands in {len(groups)} groups")
    return commands


def jsons(check):
    for command in JSON:
        result = check.call("--json", *command, seconds=120)
        try:
            document = json.loads(result.stdout)
            good = result.returncode == 0 and isinstance(document, dict)
        except ValueError:
            good = False
        check.place.require(good, f"emis --json {' '.join(command)}: exit status {result.returncode}: {(result.stdout + result.stderr)[:300]}")


def look(check, *arguments):
    """status --json, as a document."""
    return json.loads(check.call("--json", "status", *arguments).stdout)


def statuses(check):
    """Outcomes are those of a day; the census of the village was received in 2022."""
    place = check.place
    day, ever = look(check), look(check, "--all")
    place.require((day["outcomes_hours"], day["outcomes"]) == (24, []), f"emis status counts {day['outcomes']} of {day['outcomes_hours']} hours")
    place.require((ever["outcomes_hours"], ever["outcomes"]) == (None, [{"outcome": "accepted", "records": 1}]), f"emis status --all counts {ever['outcomes']}")
    unread = ["--set", f"topics.submissions={place.topic}.nowhere"]
    other = look(check, *unread)
    place.require((other["lag"], other["kafka_answered"]) == (None, True), f"status of a topic that nobody has made or read is {other}")
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        calls = [pool.submit(check.call, "--set", AWAY_KAFKA, *more, "status", seconds=AWAY_SECONDS) for more in ([], ["--json"], unread)]
        result, asked, never = (call.result() for call in calls)
    document = json.loads(asked.stdout)
    place.require((document["kafka_answered"], document["lag"], document["replayable_until"], day["kafka_answered"]) == (False, None, None, True),
                  f"emis --json status without Kafka: {document}")
    place.require("replayable not known" in result.stdout and "still in Kafka" not in result.stdout, f"emis status without Kafka: {result.stdout[-300:]}")
    for what, result in (("", result), (" --json", asked), (" of a topic that nobody has read", never)):
        place.require(result.returncode == 69 and "Kafka at 127.0.0.1:1" in result.stderr and (what == " --json" or "lag not known" in result.stdout),
                      f"emis status{what} without Kafka: exit status {result.returncode}: {(result.stdout + result.stderr)[-300:]}")


def replays(check):
    """A send that fails half-way: what reached the log is noted, the rest is not, and the next run sends the rest and nothing else."""
    place = check.place
    path = write(place, "rejected.jsonl", "x" * 3000 + "\n" + "".join(f"nonsense {n}\n" for n in range(6)))
    place.emis("send", path, "--raw-key", "S1")
    place.record_count += 7
    place.wait_ingested()
    command = ["rejects", "replay", "--key-file", place.keys, "--key-id", "village"]
    for record in place.psql.rows("select format('%s/%s/%s', log_no, part, kafka_offset) from intake.held order by log_no, part, kafka_offset"):
        command += ["--id", record[0]]
    before = sum(place.ends().values())
    # The first is too large for this producer; the queue is full before the second is acknowledged.
    narrow = ["--set", "kafka.message.max.bytes=2000", "--set", "kafka.queue.buffering.max.messages=2", "--set", "kafka.linger.ms=900"]
    check.refused([*narrow, *command], 65, "2 of 7 records replayed", "5 were not replayed", "run the command again")
    in_log = sum(place.ends().values()) - before
    noted = place.psql.number("select count(*) from intake.held where replayed_at_offset is not null")
    place.require(in_log == noted == 2, f"{in_log} replays are in the log, {noted} are noted")
    result = check.call(*command)
    place.require(result.returncode == 0 and "5 of 5 records replayed" in result.stderr, f"the rest of a replay: {result.returncode}: {result.stderr[-300:]}")
    in_log = sum(place.ends().values()) - before
    noted = place.psql.number("select count(*) from intake.held where replayed_at_offset is not null")
    place.require(in_log == noted == 7, f"{in_log} replays are in the log at the end, {noted} are noted")
    place.record_count += 7
    place.wait_ingested()


def refused_replay(check):
    """A replay that is refused for its signature has replayed nothing: its record waits on, with the time at which it came; the refused replay itself does not wait."""
    place = check.place
    keys = [{"id": "narrow", "secret": "01" * 32}, {"id": "stranger", "secret": "02" * 32, "backdate": True}]
    wrong = write(place, "wrong-keys.json", json.dumps({"keys": keys}))
    os.chmod(wrong, 0o600)
    place.emis("send", write(place, "unsigned.jsonl", "unsigned\n"), "--raw-key", "S2", "--key-file", place.keys, "--key-id", "village", "--received-at", "2022-04-02T03:04:05Z")
    place.record_count += 1
    place.wait_ingested()
    record, received = place.psql.rows("select format('%s/%s/%s', log_no, part, kafka_offset), received_at from intake.held order by recorded_at desc, kafka_offset desc limit 1")[0]
    command = ["rejects", "replay", "--id", record, "--key-file"]
    check.refused([*command, wrong, "--key-id", "narrow"], 64, "key narrow may not backdate", '"backdate": true')
    check.refused(["send", os.devnull, "--key-id", "narrow"], 64, "--key-id needs --key-file")
    for key, result_code in (([wrong, "--key-id", "stranger"], "E_REC_SIG"), ([place.keys, "--key-id", "village"], "E_JSON_SYNTAX")):
        result = check.call(*command, *key)
        place.require(result.returncode == 0 and "1 of 1 records replayed" in result.stderr, f"a replay by {key}: {result.returncode}: {result.stderr[-300:]}")
        place.record_count += 1
        place.wait_ingested()
        code, came = place.psql.rows("select code, received_at from intake.held order by recorded_at desc, kafka_offset desc limit 1")[0]
        place.require((came == received) == (result_code != "E_REC_SIG"), f"a replay by {key} came at {came} with code {code}, its record at {received}")
    check.refused([*command, place.keys, "--key-id", "village"], 1, "no such record waits")
    check.refused(["rejects", "replay", "--code", "E_REC_SIG", "--key-file", place.keys, "--key-id", "village"], 1, "no such record waits")


def pieces(check):
    """A replay of more than one piece (500), each of which is rejected again while ingest runs: the run replays what was there when it began, and ends."""
    place = check.place
    path = write(place, "rejected.jsonl", "".join(f"[{n}]\n" for n in range(PIECES_RECORDS)))
    place.emis("send", path, "--raw-key", "S1")
    place.record_count += PIECES_RECORDS
    place.wait_ingested()
    before = sum(place.ends().values())
    command = ["rejects", "replay", "--code", "E_JSON_TOPLEVEL"]
    plan = json.loads(check.call("--json", *command, "--dry-run").stdout)["rows"]
    place.require(plan[0]["records"] == PIECES_RECORDS, f"--dry-run of {PIECES_RECORDS} records: {plan}")
    # Each piece waits, so that ingest has judged its replays before the next is read.
    result = check.call("--set", "kafka.linger.ms=900", *command, "--key-file", place.keys, "--key-id", "village", seconds=60)
    said = f"{PIECES_RECORDS} of {PIECES_RECORDS} records replayed"
    place.require(result.returncode == 0 and said in result.stderr, f"a replay of pieces: {result.returncode}: {result.stderr[-300:]}")
    in_log = sum(place.ends().values()) - before
    place.require(in_log == PIECES_RECORDS, f"{in_log} replays of {PIECES_RECORDS} records are in the log")
    place.record_count += in_log
    place.wait_ingested()
    noted = place.psql.number("select count(*) from intake.held where substr(raw, 1, 1) = '['::bytea and replayed_at_offset is not null")
    place.require(noted == PIECES_RECORDS, f"{noted} of {PIECES_RECORDS} records are noted as replayed")


def openings(check):
    """What is opened is said, and what has no values says what it waits for: the opening, the aggregator, the schools."""
    place = check.place

    def opened(range_, *said):
        result = check.call("period", "open", "ATT_DAILY", range_)
        place.require(result.returncode == 0 and all(part in result.stderr for part in said), f"period open {range_}: {result.returncode}: {result.stderr}")

    saturday = [*MARKED, "--period", "2022-03-12"]
    place.send([place.attendance("S1", "2022-03-12", 1, 1, 2)], "2022-03-12T05:00:00Z", counts=False)
    check.refused(saturday, 1, "not open for ATT_DAILY, though submissions came (1); `emis period open ATT_DAILY 2022-03-12`")
    check.refused([*MARKED, "--period", "2022-05"], 1, "is not open for ATT_DAILY; ")
    opened("2022-03-12", "1 period opened, 0 were open already", "1 of these days is closed in every calendar", "nobody owes anything")
    opened("2022-03-12", "2022-03-12 was open already; nothing was changed")
    opened("2022-03-11..2022-03-13", "2 periods opened, 1 was open already", "2 of these days are closed")
    check.refused(saturday, 1, "changes wait for emis-aggregator", "emis status")
    place.aggregate()
    check.refused(saturday, 1, "K is closed on 2022-03-12 (weekend), so that nothing is owed")
    friday = [*MARKED, "--period", "2022-03-11", "--area", "S1"]
    missing = check.call(*friday)
    place.require(missing.returncode == 0 and "missing" in missing.stdout, f"S1 sent nothing on Friday: {missing.stdout} {missing.stderr}")
    imported = check.call("calendar", "import", write(place, "flood.csv", CALENDAR_HEAD + "closed,,S1,2022-03-11,2022-03-11,flood\n"))
    place.require("1 exceptions changed; 1 leaves" in imported.stderr, f"calendar import: {imported.returncode}: {imported.stderr}")
    place.aggregate()
    check.refused(friday, 1, "S1 is closed on 2022-03-11 (closed: flood), so that nothing is owed")


def hang(check):
    """A worker is asked to stop while its backend hangs."""
    place, worker = check.place, check.place.daemons[0]
    backends = [int(row[0]) for row in worker.backends(place.psql)]
    place.require(backends, "the worker has no backend")
    for backend in backends:
        os.kill(backend, signal.SIGSTOP)
    place.emis("send", write(place, "hung.jsonl", place.census("S2", {("1", "6", "f"): 3}) + "\n"))
    place.record_count += 1
    time.sleep(1)
    worker.signal(signal.SIGTERM)
    return worker, backends, time.monotonic()


def hung(check, worker, backends, asked):
    """... and ends within ten seconds all the same, with 0; the record is counted by the next one."""
    place = check.place
    place.wait_for("the worker whose backend hangs ends", 12, lambda: not worker.is_running())
    took = time.monotonic() - asked
    for backend in backends:
        os.kill(backend, signal.SIGCONT)
    place.require(worker.stop(1) == 0 and took > 5, f"a worker whose backend hangs ends with {worker.process.returncode}, {took:.1f} s after it was asked to")
    worker.start()
    place.wait_ingested()


def positions(check):
    """I2: records that nobody has read are findings, whatever the reason."""
    place, command = check.place, ["ledger", "check", "--with-kafka"]
    result = check.call(*command)
    place.require(result.returncode == 0, f"emis ledger check --with-kafka: exit status {result.returncode}: {(result.stdout + result.stderr)[-500:]}")
    check.refused(["--set", f"topics.submissions={place.topic}.nowhere", *command], 1, f"no topic {place.topic}.nowhere", "emis topics apply")
    other = ["--set", f"topics.submissions={place.topic}.other"]
    place.emis(*other, "topics", "apply")
    result = check.call(*other, *command)
    place.require(result.returncode == 0, f"I2 of a topic without records: {result.returncode}: {result.stderr[-300:]}")
    place.emis(*other, "send", write(place, "one.jsonl", '{"unit":"S1"}\n'))
    check.refused([*other, *command], 1, "holds 1 records", "no position", f"those of: {place.topic}", "[topics] submissions")
    # A partition whose row is missing, one whose position lies behind Kafka's end, and one that retention has overtaken.
    place.stop_daemons()
    before = place.ends()
    place.emis("send", f"{place.folder}/one.jsonl")
    part = next(part for part, end in place.ends().items() if end > before[part])
    psql = ["psql", "-X", "-q", "-d", place.dsn, "-c"]
    for change, undo, what in ((f"delete from control.kafka_offset where part = {part}",
                                f"insert into control.kafka_offset (log_no, part, start_offset, next_offset) values (0, {part}, 0, {before[part]})", "has no position"),
                               (f"update control.kafka_offset set next_offset = {before[part] + 9} where part = {part}",
                                f"update control.kafka_offset set next_offset = {before[part]} where part = {part}", f"Kafka ends at {before[part] + 1}")):
        subprocess.run([*psql, change], check=True)
        check.refused(command, 1, what, f"partition {part}" if "no position" in what else f"/{part}: ")
        subprocess.run([*psql, undo], check=True)
    delete_records(place, part, before[part])
    subprocess.run([*psql, f"delete from control.kafka_offset where part = {part}"], check=True)
    check.refused(command, 1, f"partition {part} of {place.topic} holds 1 records")
    subprocess.run([*psql, f"insert into control.kafka_offset (log_no, part, start_offset, next_offset) values (0, {part}, 0, {before[part]})"], check=True)
    delete_records(place, part, before[part] + 1)
    check.refused(command, 1, f"Kafka begins at {before[part] + 1}, the position is {before[part]}", "1 records were removed before they were read", "retention.ms")


def attributes(check):
    """A registry file without a column of attributes leaves them as they are; an empty cell erases one; the dry run shows what it would change."""
    place = check.place

    def imported(head, line, *options):
        return place.emis("registry", "import", write(place, "attributes.csv", f"{head}\n{line}\n"), *options).stdout

    def stand():
        rows = json.loads(check.call("--json", "registry", "show", "S2").stdout)["rows"]
        return [(row["name"], row["attributes"].get("ownership"), row["attributes"].get("stage")) for row in rows]

    head, named = HEAD.strip(), ("Name of S2", "government", "primary")
    imported(head, "S2,school,G1D1W1,Renamed,2022-05-01,")
    place.require(stand() == [named, ("Renamed", "government", "primary")], f"places of S2 after a file without attributes: {stand()}")
    line = "S2,school,G1D1W1,Renamed,2022-06-01,,"
    said = imported(f"{head},ownership", line, "--dry-run")
    place.require("ownership government -> none" in said and "stage" not in said, f"the dry run that erases the ownership says {said!r}")
    imported(f"{head},ownership", line)
    expected = [named, ("Renamed", "government", "primary"), ("Renamed", None, "primary")]
    place.require(stand() == expected, f"places of S2 after a file with an empty ownership: {stand()}")
    said = imported(head, line.removesuffix(","), "--dry-run")
    place.require("0 places opened" in said and "0 withdrawn" in said, f"the same row without the column: {said!r}")
    imported(head, "S3,school,G1D1W1,New,2022-06-01,")


def added(check):
    """Partitions that were added are read by nobody until the log is told of them: status says so, and what waits there is lag."""
    place = check.place
    place.wait_ingested()
    count = place.psql.number("select partition_count from control.kafka_log")
    add_partitions(place, count + 1)
    lines = [place.attendance(f"X{n}", "2022-03-07", 1, 1, 2) for n in range(60)]
    place.emis("send", write(place, "added.jsonl", "\n".join(lines) + "\n"))
    place.record_count += len(lines)

    def unread():
        status = json.loads(check.call("--json", "status").stdout)
        rows = [row for row in status["partitions"] if row["owner"] == "not read"]
        place.require([row["partition"] for row in rows] == [count], f"partitions that nobody reads: {status['partitions']}")
        return rows[0]["lag"] > 0 and status["lag"] == rows[0]["lag"]

    place.wait_for("the others are read, and status tells of the new one", 30, unread)
    worker = place.daemons[0]
    worker.stop(30)
    check.place.psql.rows(f"update control.kafka_log set partition_count = {count + 1}")
    time.sleep(11)  # session.timeout.ms is ten seconds: a member that comes back sooner is given its old partitions
    worker.start()
    place.wait_ingested()


def losses(check):
    """Facts that are gone, while every cell was made without them: only the double entry can tell."""
    check.place.psql.rows("delete from core.enrol_census_form")
    check.refused(["ledger", "check"], 1)
    said = check.place.emis("ledger", "check", check=False).stdout
    check.place.require("core.enrol_census_form: 2 submissions of version" in said, f"a submission without its row: {said[-700:]}")


def commands(place):
    place.found(areas() + [unit("S1", "school", "G1D1W1"), unit("S2", "school", "G1D1W1")], [("ENROL_CENSUS", "SY2022")])
    place.send([place.census("S1", {("1", "6", "m"): 4})], village.CENSUS_TIME)
    place.aggregate()
    before = state(place)
    check = Checker(place)
    began = time.monotonic()
    for part in (files, catalogues, settings, words, servers):
        part(check)
        say(f"{part.__name__}: {check.count} refusals so far, {time.monotonic() - began:.0f} s")
    after = state(place)
    place.require(after == before, f"a refused command changed something: {before} -> {after}")
    statuses(check)
    demos(check)
    openings(check)
    hanging = hang(check)
    helps(check)
    hung(check, *hanging)
    jsons(check)
    attributes(check)
    replays(check)
    refused_replay(check)
    pieces(check)
    added(check)
    positions(check)
    losses(check)


if __name__ == "__main__":
    village.run(commands)
