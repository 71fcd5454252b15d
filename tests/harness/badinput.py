# SPDX-License-Identifier: Apache-2.0
"""
Scenario: whatever arrives gets exactly one ledger row with the right code, its bytes are kept, and the good records before and after it count. The
producer is kcat, which knows nothing of the product; the topic has one partition, so the n-th record has offset n.
"""

import csv
import datetime
import hashlib
import io
import json
import os
import re
import subprocess
import tarfile

import village
from village import ROOT, areas, unit
from world import say

CODES = {name: int(number) for name, number in
         re.findall(r"EMIS_ERROR_ROW\((\w+),\s*(\d+)", open(f"{ROOT}/lib/base/error_table.h", encoding="utf-8").read())}
DAY = "2022-03-07"
FUTURE = datetime.date.today().year + 2
MIB = 1 << 20
KEY_END, RECORD_END = "<=key=>", "<=record=>"
DEPTH_MAX, NUMBER_MAX = 16, 32

# Where the file has several faults, or a limit of ours decides before the syntax does.
SUITE_EXCEPTIONS = {
    "n_multidigit_number_then_00.json": "E_JSON_SYNTAX",  # the NUL is taken for a part of the number
    "n_number_with_alpha_char.json": "E_JSON_NUMBER",  # 17 digits before the letter
    "n_object_non_string_key_but_huge_number_instead.json": "E_JSON_NUMBER",
}
ENVELOPE = {"submission_id", "form", "version", "unit", "period", "revision", "submitted_at", "sender", "late_reason", "retract", "data"}
LONE_SURROGATE = re.compile(r"(?<!\\)(?:\\\\)*(?:\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F][0-9a-fA-F]{2})|"
                            r"(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2})")


class NotJson(Exception):
    """Carries the code."""


def no_constant(name):
    raise ValueError(name)


def checked_int(text):
    if not -(1 << 63) <= int(text) < 1 << 63:
        raise NotJson("E_JSON_NUMBER")
    return int(text)


def checked_float(text):
    mantissa = re.sub(r"[eE].*", "", text).lstrip("-").replace(".", "").strip("0")
    if len(mantissa) > 15 or abs(float(text)) == float("inf"):
        raise NotJson("E_JSON_NUMBER")
    return float(text)


def unique(pairs):
    if len({key for key, _ in pairs}) != len(pairs):
        raise NotJson("E_JSON_DUP_KEY")
    return dict(pairs)


def depth_of(text):
    depth = deepest = 0
    for token in re.findall(r'"(?:\\.|[^"\\])*"|[\[\]{}]', text):
        depth += (token in "[{") - (token in "]}") if len(token) == 1 else 0
        deepest = max(deepest, depth)
    return deepest


def suite_code(raw):
    """The code of arbitrary bytes, worked out by another parser in the order of FORMAT.md."""
    if not raw:
        return "E_REC_EMPTY"
    if raw[0] == 0:
        return "E_REC_ENCODING"
    if raw.startswith(b"\xef\xbb\xbf"):
        return "E_JSON_BOM"
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return "E_JSON_UTF8"
    if not text.strip(" \t\r\n"):
        return "E_JSON_EMPTY"
    if depth_of(text) > DEPTH_MAX:
        return "E_JSON_DEPTH"
    if any(len(number) > NUMBER_MAX for number in re.findall(r"-?\d[\d.eE+-]*", re.sub(r'"(?:\\.|[^"\\])*"', '""', text))):
        return "E_JSON_NUMBER"
    if LONE_SURROGATE.search(text):
        return "E_JSON_UTF8"
    try:
        value = json.loads(text, parse_int=checked_int, parse_float=checked_float, parse_constant=no_constant, object_pairs_hook=unique)
    except NotJson as error:
        return str(error)
    except ValueError as error:
        return "E_JSON_TRAILING" if str(error).startswith("Extra data") else "E_JSON_SYNTAX"
    if re.search(r"(?<!\\)(?:\\\\)*\\u0000", text):
        return "E_JSON_NUL"
    if not isinstance(value, dict):
        return "E_JSON_TOPLEVEL"
    # Of all faults of the envelope the first by pointer decides; "/data" is the first of those that are missing.
    return "E_FIELD_UNKNOWN" if min(set(value) - ENVELOPE, default="z") < "data" else "E_ENV_FIELD"


def suite():
    """[(name, bytes, code)] of every file of JSONTestSuite."""
    with tarfile.open(f"{ROOT}/tests/fixtures/json/JSONTestSuite.tar.xz") as archive:
        files = [(member.name, archive.extractfile(member).read()) for member in archive if member.isfile() and member.name.endswith(".json")]
    return [(name, raw, SUITE_EXCEPTIONS.get(os.path.basename(name), suite_code(raw))) for name, raw in sorted(files)]


def changed(line, **members):
    """The submission with members of the envelope replaced (None: removed)."""
    value = json.loads(line)
    for name, member in members.items():
        value[name] = member
        if member is None:
            del value[name]
    return json.dumps(value, separators=(",", ":"))


def data(line, change):
    """The submission with its data changed in place."""
    value = json.loads(line)
    change(value["data"])
    return json.dumps(value, separators=(",", ":"))


def cases(place):
    """[(what, key, value, code, pointer)]; key or value None: null. No code: accepted."""
    def good(**more):
        return place.attendance("S2", DAY, 5, 6, 9, **more)

    def first(name, number):
        return data(good(), lambda d: d["pupil"][0].update({name: number}))

    twice = good()
    place.used = [("accepted before its id is used again", "S2", changed(twice, revision=1000000), None, None)]
    pad = good(revision=2000000)
    return place.used + [
        ("null key", None, good(), "E_REC_KEY", None),
        ("null value", "S2", None, "E_REC_NULL", None),
        ("null key and value", None, None, "E_REC_NULL", None),
        ("empty value", "S2", "", "E_REC_EMPTY", None),
        ("white space", "S2", " \n\t", "E_JSON_EMPTY", None),
        ("another unit's key", "S1", good(), "E_REC_KEY", None),
        ("key in other case", "s2", good(), "E_REC_KEY", None),
        ("unknown form", "S2", changed(good(), form="LUNCH"), "E_FORM_UNKNOWN", "/form"),
        ("unknown version", "S2", changed(good(), version=9), "E_FORM_VERSION", "/version"),
        ("1 MiB", "S2", pad + " " * (MIB - len(pad)), None, None),
        ("1 MiB + 1 byte", "S2", good() + " " * (MIB + 1 - len(good())), "E_REC_TOO_LARGE", None),
        ("2,000,000 bytes", "S2", "[" * 2000000, "E_REC_TOO_LARGE", None),
        ("number in quotes", "S2", first("present", "5"), "E_FIELD_TYPE", "/data/pupil/0/present"),
        ("fraction for an integer", "S2", first("present", 5.5), "E_FIELD_TYPE", "/data/pupil/0/present"),
        ("bool for a number", "S2", first("on_register", True), "E_FIELD_TYPE", "/data/pupil/0/on_register"),
        ("object for rows", "S2", data(good(), lambda d: d.update(pupil={"present": 1})), "E_FIELD_TYPE", "/data/pupil"),
        ("sum that does not add up", "S2", data(good(), lambda d: d.update(pupils_present=12)), "E_SUM", "/data/pupils_present"),
        ("more present than on the register", "S2", data(good(), lambda d: (d["pupil"][0].update(present=10), d.update(pupils_present=16))),
         "E_RULE", "/data/pupil/0/present"),
        ("future period", "S2", changed(good(), period=f"{FUTURE}-03-07"), "E_PERIOD_FUTURE", "/period"),
        ("period in no calendar", "S2", changed(good(), period="2019-03-07"), "E_PERIOD_CLOSED", "/period"),
        ("period of another kind", "S2", changed(good(), period="SY2022"), "E_PERIOD_KIND", "/period"),
        ("no such day", "S2", changed(good(), period="2022-02-30"), "E_DATE_INVALID", "/period"),
        ("unknown field", "S2", data(good(), lambda d: d.update(lunch=1)), "E_FIELD_UNKNOWN", "/data/lunch"),
        ("missing field", "S2", data(good(), lambda d: d["pupil"][1].pop("on_register")), "E_FIELD_MISSING", "/data/pupil/1/on_register"),
        ("out of range", "S2", first("on_register", 5001), "E_FIELD_RANGE", "/data/pupil/0/on_register"),
        ("unknown code", "S2", first("sex", "x"), "E_FIELD_ENUM", "/data/pupil/0/sex"),
        ("row twice", "S2", data(good(), lambda d: d["pupil"][1].update(sex="m")), "E_ROW_DUP", "/data/pupil/1"),
        ("too many rows", "S2", data(good(), lambda d: d.update(pupil=d["pupil"] * 31)), "E_ROW_COUNT", "/data/pupil"),
        ("not a UUID", "S2", changed(good(), submission_id="S2-1"), "E_ENV_ID", "/submission_id"),
        ("revision 0", "S2", changed(good(), revision=0), "E_ENV_REVISION", "/revision"),
        ("no sender", "S2", changed(good(), sender=None), "E_ENV_FIELD", "/sender"),
        ("id used for other bytes", "S2", changed(twice, revision=1000001), "E_ID_CONFLICT", "/submission_id"),
        ("school for a form of areas", "S2", changed(place.submission("REGISTRY_EVENT", "S2", DAY, {"kind": "close", "subject": "S1", "effective_on": DAY}),
                                                     event_id="E-1"), "E_REF_LEVEL", "/unit"),
        ("closed school", "C1", place.attendance("C1", "2022-03-09", 1, 1, 2), "E_REF_SCHOOL_CLOSED", "/unit"),
        ("unregistered school", "U1", place.attendance("U1", DAY, 1, 1, 2), "E_REF_SCHOOL", "/unit"),
        ("Latin-1", "S2", good().replace("village", "\xe9cole").encode("latin-1"), "E_JSON_UTF8", None),
        ("framing of a serializer", "S2", b"\x00\x00\x00\x00\x07" + good().encode(), "E_REC_ENCODING", None),
        ("gzip", "S2", b"\x1f\x8b\x08\x00" + bytes(range(60)), "E_REC_ENCODING", None),
        ("two documents", "S2", good() + good(), "E_JSON_TRAILING", None),
        ("cut off", "S2", good()[:-5], "E_JSON_SYNTAX", None),
        ("millions of brackets", "S2", "[" * 500000, "E_JSON_DEPTH", None),
    ]


class Topic:
    """Records in the order of their offsets, each bad one between two good ones; sent by kcat."""

    def __init__(self, place):
        self.place = place
        self.records = []  # (what, key, value, code, pointer)
        self.good_count = 0

    def add(self, case):
        self.add_good()
        what, key, value, code, pointer = case
        self.records.append((what, key, value.encode() if isinstance(value, str) else value, code, pointer))

    def add_good(self):
        self.good_count += 1
        line = self.place.attendance("S1", DAY, self.good_count % 20, 7, 20, revision=self.good_count)
        self.records.append((f"good {self.good_count}", "S1", line.encode(), None, None))

    def _kcat(self, arguments, stdin):
        subprocess.run(["kcat", "-P", "-q", "-b", self.place.brokers, "-t", self.place.topic, "-p", "0", "-X", "message.max.bytes=2097152", *arguments],
                       input=stdin, check=True, timeout=60)

    def _send_plain(self, records):
        stream = b"".join(key.encode() + KEY_END.encode() + value + RECORD_END.encode() for _, key, value, _, _ in records)
        if records:
            self._kcat(["-K", KEY_END, "-D", RECORD_END], stream)

    def send(self):
        plain = []
        for record in self.records:
            _, key, value, _, _ = record
            if key is not None and value:
                plain.append(record)
                continue
            self._send_plain(plain)
            plain = []
            self._send_odd(key, value)
        self._send_plain(plain)
        self.place.record_count += len(self.records)

    def _send_odd(self, key, value):
        if value is None:
            # With -Z, what is empty is null.
            self._kcat(["-Z", "-K", KEY_END, "-D", RECORD_END], (key or "").encode() + KEY_END.encode() + RECORD_END.encode())
        elif value == b"":
            self._kcat(["-K", KEY_END, "-D", RECORD_END], key.encode() + KEY_END.encode() + RECORD_END.encode())
        else:
            self._kcat(["-D", RECORD_END], value + RECORD_END.encode())


def ledger(place):
    """{offset: row} of the ledger beside what is held."""
    query = ("select l.kafka_offset, l.outcome, l.code, l.byte_count, encode(l.sha256, 'hex') as sha256, h.kafka_offset is not null as is_held, "
             "h.raw is null as is_null, length(h.raw) as raw_bytes, encode(sha256(h.raw), 'hex') as raw_sha256, encode(h.record_key, 'hex') as key_hex, "
             "h.pointer, h.code as held_code, coalesce(h.message, '') <> '' as has_message from intake.ledger l left join intake.held h "
             "using (log_no, part, kafka_offset) order by 1")
    text = subprocess.run(["psql", "-X", "-q", "--csv", "-d", place.dsn, "-c", query], stdout=subprocess.PIPE, check=True, text=True).stdout
    rows = list(csv.DictReader(io.StringIO(text)))
    place.require(len({row["kafka_offset"] for row in rows}) == len(rows), "a record has two ledger rows")
    return {int(row["kafka_offset"]): row for row in rows}


def check_record(place, record, row):
    what, key, value, code, pointer = record
    outcome = "a" if code is None else "p" if code == "E_REF_SCHOOL" else "r"
    name = next((name for name, number in CODES.items() if str(number) == row["code"]), row["code"])
    if row["outcome"] != outcome or (code is not None and name != code):
        place.find(f"{what}: {row['outcome']} {name}, not {outcome} {code or ''}")
        return
    place.require(int(row["byte_count"]) == len(value or b"") and row["sha256"] == hashlib.sha256(value or b"").hexdigest(), f"{what}: bytes in the ledger")
    if code is None:
        place.require(row["is_held"] == "f", f"{what}: held although accepted")
        return
    kept = row["is_null"] == "t" if value is None else row["is_null"] == "f" and row["raw_sha256"] == hashlib.sha256(value).hexdigest()
    place.require(row["is_held"] == "t" and kept and row["held_code"] == row["code"], f"{what}: the bytes are not kept as they came")
    place.require(row["key_hex"] == (key or "").encode().hex(), f"{what}: the key is not kept: {row['key_hex']}")
    place.require(row["has_message"] == "t", f"{what}: no message")
    place.require(pointer is None or row["pointer"] == pointer, f"{what}: pointer {row['pointer']}, not {pointer}")


def show_and_replay(place, topic):
    """What an operator sees of a reject; and a reject that comes back when its cause is gone."""
    log_no = place.psql.value("select log_no from control.kafka_log")
    for what in ("sum that does not add up", "unknown form", "1 MiB + 1 byte", "closed school"):
        offset, (_, _, _, code, pointer) = next((i, record) for i, record in enumerate(topic.records) if record[0] == what)
        shown = place.emis("rejects", "show", f"{log_no}/0/{offset}").stdout
        for part in (code, pointer, HINTS[code]):
            place.require(part is None or part in shown, f"emis rejects show {what} does not say {part}: {shown[:600]}")
        document = json.loads(place.emis("rejects", "show", f"{log_no}/0/{offset}", "--json").stdout)
        place.require(code in json.dumps(document), f"emis rejects show --json {what}")
    closed = next(i for i, record in enumerate(topic.records) if record[0] == "closed school")
    place.import_registry([unit("C1", "school", "G1D1W2")])
    before = place.ledger_count()
    place.emis("rejects", "replay", "--id", f"{log_no}/0/{closed}", "--key-file", place.keys, "--key-id", "village")
    place.record_count += 1
    place.wait_ingested()
    newest = place.psql.rows("select l.outcome, s.submission_id from intake.ledger l left join intake.submission s using (submission_key) "
                             f"where l.kafka_offset = {before}")
    wanted = json.loads(topic.records[closed][2])["submission_id"]
    place.require(newest == [["a", wanted]], f"the replayed reject: {newest}")
    at = place.psql.value(f"select replayed_at_offset from intake.held where kafka_offset = {closed}")
    place.require(at == str(before), f"replayed_at_offset is {at}, not {before}")
    received = place.psql.value("select l.received_at = h.received_at from intake.ledger l, intake.held h "
                                f"where l.kafka_offset = {before} and h.kafka_offset = {closed}")
    place.require(received == "t", "the replay does not count as received when the reject was")


HINTS = dict(re.findall(r'EMIS_ERROR_ROW\((\w+),\s*\d+,\s*\w+,\s*\d+,\s*"[^"]*",\s*"([^"]*)"', open(f"{ROOT}/lib/base/error_table.h", encoding="utf-8").read()))


def badinput(place):
    village.CALENDAR += "".join(f"school_year,SY{year},,{year}-01-01,{year}-12-31,\n" for year in range(2023, FUTURE + 1))
    rows = areas() + [unit("S1", "school", "G1D1W1"), unit("S2", "school", "G1D1W1"), unit("C1", "school", "G1D1W2", valid_to="2022-03-08")]
    place.found(rows)
    topic = Topic(place)
    for case in cases(place):
        topic.add(case)
    files = suite()
    place.require(len(files) >= 318, f"JSONTestSuite has only {len(files)} files")
    for name, raw, code in files:
        topic.add((f"JSONTestSuite {name}", "S2", raw, code, None))
    topic.add_good()
    topic.send()
    place.wait_ingested(120)
    seen = ledger(place)
    for offset, record in enumerate(topic.records):
        if offset in seen:
            check_record(place, record, seen[offset])
        else:
            place.find(f"{record[0]}: no ledger row")
    good = place.psql.value("select revision from intake.current join ref.unit using (unit_id) where code = 'S1'")
    place.require(good == str(topic.good_count), f"the last good record does not count: revision {good} of {topic.good_count}")
    say(f"{len(topic.records) - topic.good_count} odd records between {topic.good_count} good ones, {len(files)} of them files of JSONTestSuite")
    show_and_replay(place, topic)
    say("a reject came back when its cause was gone")
    place.check_ledger()


if __name__ == "__main__":
    village.run(badinput, 1)
