#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What intake.ledger and intake.current must hold, by going through the Kafka records one after the other (I4).

Records are JSON lines: as `kcat -C -e -J` prints them (partition, offset, key, payload), or with the fields that a
model of the payload would give: log_no, partition, offset, key, sha256, valid (true, false or "parked"), natural_key,
revision, retract, content, submission_id. Which records are malformed or parked is taken from `valid`, or else from
the ledger; what becomes of all others, and what is current, is worked out here.
"""

import argparse
import csv
import hashlib
import json
import os
import sys

ID_CONFLICT, REV_CONFLICT = "133", "134"  # numbers of lib/base/error_table.h, as the ledger stores them


def key_parts_of(folder):
    """{form: names of its extra key parts}, from the catalogue's files."""
    parts = {}
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            form = json.load(file)
        parts[form["code"]] = [part["name"] for part in form.get("key_parts", [])]
    return parts


def plain(value):
    """The same for every spelling of the same content: without nulls, members and rows in order."""
    if isinstance(value, dict):
        return {name: plain(member) for name, member in sorted(value.items()) if member is not None}
    if isinstance(value, list):
        return sorted((plain(row) for row in value), key=lambda row: json.dumps(row, sort_keys=True))
    return value


def completed(record, key_parts):
    """A kcat record with the fields that settling needs; what is no submission stays without them."""
    payload = record.get("payload")
    if "natural_key" in record or payload is None:
        return record
    record["sha256"] = hashlib.sha256(payload.encode("utf-8", "surrogateescape")).hexdigest()
    try:
        value = json.loads(payload)
        record["natural_key"] = [value["form"], value["period"], value["unit"],
                                 "|".join(str(value[part]) for part in key_parts[value["form"]])]
        record["revision"], record["submission_id"] = value["revision"], value["submission_id"].lower()
        record["retract"] = bool(value.get("retract"))
        record["content"] = None if record["retract"] else json.dumps(plain(value.get("data")))
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    return record


def position(record):
    return record.get("log_no", 0), record["partition"], record["offset"]


class Sequence:
    """The sequential model: ids and current as they are after the records taken so far."""

    def __init__(self):
        self.ids, self.current = {}, {}

    def settle(self, record):
        identity = (record["key"], record["submission_id"])
        if identity in self.ids:
            return ("d", "") if self.ids[identity] == record["sha256"] else ("r", ID_CONFLICT)
        key = tuple(record["natural_key"])
        current = self.current.get(key)
        if current and record["revision"] == current["revision"]:
            same = (record["content"], record["retract"]) == (current["content"], current["retract"])
            return ("d", "") if same else ("r", REV_CONFLICT)
        self.ids[identity] = record["sha256"]
        if current and record["revision"] < current["revision"]:
            return "s", ""
        self.current[key] = record
        return "a", ""


def verdict_of(record, row):
    """true, false or "parked": of the record, else as the ledger has it."""
    if "valid" in record:
        return record["valid"]
    if row["outcome"] == "p":
        return "parked"
    return not (row["outcome"] == "r" and row["code"] not in (ID_CONFLICT, REV_CONFLICT))


def differences(records, ledger, current):
    """Lines that say what is wrong. ledger: {position: row}; current: {natural key: row}."""
    found, sequence, parked = [], Sequence(), []
    records = sorted(records, key=position)
    for at in [position(record) for record in records if position(record) not in ledger]:
        found.append(f"record {at}: no ledger row")
    for at in sorted(ledger.keys() - {position(record) for record in records}):
        found.append(f"ledger {at}: no record")
    for record in records:
        row = ledger.get(position(record))
        if row is None:
            continue
        if record.get("sha256", row["sha256"]) != row["sha256"]:
            found.append(f"ledger {position(record)}: sha256 {row['sha256']}, right {record['sha256']}")
        verdict = verdict_of(record, row)
        if verdict == "parked":
            parked.append(record)
            right = ("p", row["code"])
        elif not verdict:
            right = ("r", row["code"])
        elif "natural_key" not in record:
            right = ("r", "a code: it is no submission")
        else:
            if row["outcome"] in "dr":  # perhaps because of a parked one that was settled before this one came
                for earlier in [p for p in parked if is_rival(p, record)]:
                    parked.remove(earlier)
                    found += parked_differences(sequence, [earlier], ledger)
            right = sequence.settle(record)
        if (row["outcome"], row["code"]) != right:
            found.append(f"ledger {position(record)}: {row['outcome']} {row['code']}, right {' '.join(right)}")
    return found + parked_differences(sequence, parked, ledger) + current_differences(sequence, current)


def is_rival(parked, record):
    same_key = parked.get("natural_key") == record["natural_key"] and parked["revision"] == record["revision"]
    return same_key or (parked["key"], parked.get("submission_id")) == (record["key"], record["submission_id"])


def parked_differences(sequence, parked, ledger):
    """
    Settles parked records in Kafka order, as if after all others that are not their rivals. Really it happened at some
    time between them, so one that a higher revision has overtaken may be accepted as well as superseded.
    """
    found = []
    for record in parked:
        row = ledger[position(record)]
        if not row["settled_outcome"]:
            continue
        outcome, code = sequence.settle(record)
        stored = (row["settled_outcome"], row["settled_code"])
        if stored != (outcome, code) and not (outcome == "s" and stored == ("a", "")):
            found.append(f"held {position(record)}: settled {' '.join(stored)}, right {outcome} {code}")
    return found


def current_differences(sequence, current):
    found = []
    right = {}
    for key, record in sequence.current.items():
        log_no, partition, offset = position(record)
        right[key] = (str(log_no << 53 | partition << 40 | offset), str(record["revision"]), "t" if record["retract"] else "f")
    for key in sorted(right.keys() | current.keys()):
        if right.get(key) != current.get(key):
            found.append(f"current {key}: {current.get(key, 'no row')}, right {right.get(key, 'no row')}")
    return found


def read_ledger(path):
    with open(path, encoding="utf-8", newline="") as file:
        return {(int(row["log_no"]), int(row["part"]), int(row["kafka_offset"])): row for row in csv.DictReader(file)}


def read_current(path):
    with open(path, encoding="utf-8", newline="") as file:
        return {(row["form"], row["period"], row["unit"], row["part_key"]):
                (row["submission_key"], row["revision"], row["is_retract"]) for row in csv.DictReader(file)}


def read_records(path, log_no, key_parts):
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        records = [completed(json.loads(line), key_parts) for line in file if line.strip()]
    for record in records:
        record.setdefault("log_no", log_no)
    return records


def main():
    parser = argparse.ArgumentParser(prog="ledger_model.py", description=__doc__.partition("\n")[0])
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    parser.add_argument("--records", required=True, metavar="FILE", help="kcat -C -e -J -t emis.submissions.v1")
    parser.add_argument("--ledger", required=True, metavar="FILE", help="by dump_ledger.sql")
    parser.add_argument("--current", required=True, metavar="FILE", help="by dump_current.sql")
    parser.add_argument("--catalogue", default=os.path.join(root, "catalogue"), metavar="FOLDER")
    arguments = parser.parse_args()
    try:
        ledger = read_ledger(arguments.ledger)
        log_no = min((at[0] for at in ledger), default=0)
        records = read_records(arguments.records, log_no, key_parts_of(os.path.join(arguments.catalogue, "forms")))
        found = differences(records, ledger, read_current(arguments.current))
    except (OSError, KeyError, ValueError) as error:
        print(f"ledger_model: {type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(2)
    for line in found[:20]:
        print(line)
    print(f"{len(records):,} records compared, {len(found):,} differences")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
