#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The sequential model of the ledger on cases small enough to work out by hand."""

import itertools
import json
import os
import unittest

from ledger_model import ID_CONFLICT, REV_CONFLICT, completed, differences, key_parts_of

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
KEY = ("F", "2022", "S1", "")


def record(offset, revision=1, content="x", **more):
    base = {"partition": 0, "offset": offset, "key": "S1", "sha256": f"sha{offset}", "valid": True, "natural_key": list(KEY),
            "revision": revision, "retract": False, "content": content, "submission_id": f"id{offset}"}
    return {**base, **more}


def row(outcome, code="", settled="", settled_code="", sha256=None):
    return {"outcome": outcome, "code": code, "sha256": sha256, "settled_outcome": settled, "settled_code": settled_code}


def found(records, rows, current):
    """rows in the order of offsets; current: (offset, revision, retract)."""
    ledger = {(0, 0, offset): {**row, "sha256": row["sha256"] or f"sha{offset}"} for offset, row in enumerate(rows)}
    stored = {} if current is None else {KEY: (str(current[0]), str(current[1]), current[2])}
    return differences(records, ledger, stored)


class Ledger(unittest.TestCase):
    def right(self, *arguments):
        self.assertEqual(found(*arguments), [])

    def wrong(self, *arguments):
        self.assertNotEqual(found(*arguments), [])

    def test_highest_revision_in_every_order(self):
        for order in itertools.permutations((1, 2, 3, 4)):
            records = [record(i, revision, retract=revision == 4) for i, revision in enumerate(order)]
            rows = [row("a" if revision == max(order[:i + 1]) else "s") for i, revision in enumerate(order)]
            self.right(records, rows, (order.index(4), 4, "t"))
            self.wrong(records, rows, (order.index(3), 3, "f"))

    def test_equal_revisions(self):
        self.right([record(0), record(1)], [row("a"), row("d")], (0, 1, "f"))
        self.right([record(0), record(1, content="y")], [row("a"), row("r", REV_CONFLICT)], (0, 1, "f"))
        self.wrong([record(0), record(1, content="y")], [row("a"), row("a")], (1, 1, "f"))

    def test_equal_ids(self):
        again = record(1, submission_id="id0", sha256="sha0")
        self.right([record(0), again], [row("a"), row("d", sha256="sha0")], (0, 1, "f"))
        other = record(1, 2, submission_id="id0")
        self.right([record(0), other], [row("a"), row("r", ID_CONFLICT)], (0, 1, "f"))
        # a rejected record does not reserve its id
        self.right([record(0), record(1, content="y"), record(2, 2, submission_id="id1")],
                   [row("a"), row("r", REV_CONFLICT), row("a")], (2, 2, "f"))

    def test_records_and_rows_are_one_to_one(self):
        self.wrong([record(0), record(1, 2)], [row("a")], (0, 1, "f"))
        self.wrong([record(0)], [row("a"), row("s")], (0, 1, "f"))
        self.wrong([record(0)], [row("a", sha256="other")], (0, 1, "f"))

    def test_malformed_and_parked(self):
        self.right([record(0, valid=False), record(1, 2)], [row("r", "7"), row("a")], (1, 2, "f"))
        self.wrong([record(0, valid=False)], [row("a")], (0, 1, "f"))
        self.right([record(0, valid="parked")], [row("p", "9")], None)
        self.right([record(0, valid="parked")], [row("p", "9", "a")], (0, 1, "f"))
        # overtaken by a later revision before or after it was settled
        for settled in ("a", "s"):
            self.right([record(0, valid="parked"), record(1, 2)], [row("p", "9", settled), row("a")], (1, 2, "f"))
        # of equal revisions the one that was applied first: the parked one settled before or after the other came
        parked = record(0, valid="parked", content="y")
        self.right([parked, record(1)], [row("p", "9", "r", REV_CONFLICT), row("a")], (1, 1, "f"))
        self.right([parked, record(1)], [row("p", "9", "a"), row("r", REV_CONFLICT)], (0, 1, "f"))
        self.wrong([parked, record(1)], [row("p", "9", "a"), row("a")], (1, 1, "f"))
        self.wrong([record(0, 3, valid="parked"), record(1, 2)], [row("p", "9", "s"), row("a")], (1, 2, "f"))

    def test_verdict_is_read_from_the_ledger_if_the_record_has_none(self):
        first = record(0)
        del first["valid"]
        self.right([first], [row("r", "7")], None)
        self.wrong([first], [row("s")], None)

    def test_kcat_lines(self):
        value = {"form": "ATT_DAILY", "period": "2022-03-07", "unit": "S1", "shift": "full", "revision": 2, "submission_id": "AB",
                 "data": {"pupil": [{"sex": "f", "present": 1}, {"present": 2, "sex": "m"}], "no_class": None}}
        other = {**value, "data": {"pupil": [{"sex": "m", "present": 2}, {"sex": "f", "present": 1}]}}
        parts = key_parts_of(os.path.join(ROOT, "catalogue", "forms"))
        a, b = (completed({"partition": 0, "offset": 0, "key": "S1", "payload": json.dumps(v)}, parts) for v in (value, other))
        self.assertEqual(a["natural_key"], ["ATT_DAILY", "2022-03-07", "S1", "full"])
        self.assertEqual((a["submission_id"], a["revision"], a["retract"]), ("ab", 2, False))
        self.assertEqual(a["content"], b["content"])
        self.assertNotEqual(a["sha256"], b["sha256"])
        self.assertNotIn("natural_key", completed({"payload": "[]"}, parts))


if __name__ == "__main__":
    unittest.main()
