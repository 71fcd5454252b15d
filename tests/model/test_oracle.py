#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The oracle on cases small enough to work out by hand. Run: python3 -m unittest discover -s tests/model."""

import io
import json
import os
import shutil
import tempfile
import unittest

from census_model import census_codes, census_lines, census_sums, without_zeros
from comparison import Comparison, read_dump
from mart_model import Calendar, Catalogue, Current, Model, Place, read_opened, read_registry
from row_expression import row_function
from time_model import deal

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HEADER = "code,level,parent,name,name_ar,ownership,locality,stage,valid_from,valid_to,lat,lon"
AREAS = """TZ,country,,Country,,,,,2000-01-01,,,
R1,governorate,TZ,R1,,,,,2000-01-01,,,
R2,governorate,TZ,R2,,,,,2000-01-01,,,
D1,district,R1,D1,,,,,2000-01-01,,,
D2,district,R2,D2,,,,,2000-01-01,,,
C1,cluster,D1,C1,,,,,2000-01-01,,,
C2,cluster,D2,C2,,,,,2000-01-01,,,"""
SCHOOLS = """S1,school,C1,S1,,government,,primary,2000-01-01,,,
S2,school,C1,S2,,non_government,,primary,2000-01-01,,,"""
CALENDAR = """kind,code,area,starts_on,ends_on,reason
school_year,SY2022,,2022-01-01,2022-12-31,
term,SY2022-T1,,2022-01-17,2022-06-30,
campaign,DBT-2022,,2022-03-01,2022-03-31,
weekend,sat,TZ,2022-01-01,2022-12-31,weekend
weekend,sun,TZ,2022-01-01,2022-12-31,weekend
holiday,,TZ,2022-03-08,2022-03-08,Holiday
"""


class Collector:
    has_valid_from = True

    def __init__(self):
        self.cells = {}

    def area(self, level, code, lines):
        for line in lines:
            start, period, indicator, dimension, member, *values = line.split(",")
            cut = "" if dimension == "total" else f"{dimension}={member}"
            self.cells.setdefault((code, period, indicator, cut), []).append((start, *values))

    def finish(self):
        return True


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.catalogue = os.path.join(ROOT, "catalogue")
        self.number = 0

    def file(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def submission(self, form, unit, period, data, revision=1, **more):
        self.number += 1
        part = {"ATT_DAILY": {"shift": "full"}, "ENROL_CENSUS": {"shift": "full"}, "VISIT": {"visit_id": "V1"}}.get(form, {})
        return {"submission_id": f"id-{self.number}", "form": form, "version": 1, "unit": unit, "period": period, **part,
                "revision": revision, "submitted_at": "2022-03-01T00:00:00Z", "sender": "x", "data": data, **more}

    def attendance(self, unit, day, present, on_register, teachers=(1, 1), **more):
        """present and on_register by sex m, f of grade 1."""
        pupil = [{"grade": "1", "sex": sex, "present": p, "on_register": r}
                 for sex, p, r in zip(("m", "f"), present, on_register) if r]
        staff = [{"staff_type": "teacher", "sex": "f", "present": teachers[0], "in_position": teachers[1]}]
        return self.submission("ATT_DAILY", unit, day, {"pupil": pupil, "staff": staff}, **more)

    def census(self, unit, boys, girls, **more):
        pupil = [{"grade": "1", "age": "7", "sex": sex, "pupils": n} for sex, n in (("m", boys), ("f", girls)) if n]
        return self.submission("ENROL_CENSUS", unit, "SY2022", {"pupil": pupil}, **more)

    def visit(self, unit, day, status, visit_id="V1", **data):
        return self.submission("VISIT", unit, day, {"status": status, "visitor": "v", "visitor_role": "official", **data},
                               visit_id=visit_id)

    def cells(self, submissions, schools=SCHOOLS, opened=None, received_at="2022-03-07T08:00:00Z", utc_offset=0):
        """{(area, period, indicator, cut): (numerator, denominator, expected, reported, status)}; a list where a unit moved."""
        catalogue = Catalogue(self.catalogue)
        registry = self.file("registry.csv", f"{HEADER}\n{AREAS}\n{schools}\n")
        lines = "".join(json.dumps(submission) + "\n" for submission in submissions)
        current = Current(catalogue)
        current.read(self.file("sent.jsonl", lines) + "@" + received_at)
        if opened is not None:
            opened = self.file("opened.csv", "form,period\n" + "".join(f"{form},{period}\n" for form, period in opened))
        model = Model(catalogue, Calendar(self.file("calendar.csv", CALENDAR)),
                      read_registry(registry, catalogue.levels, catalogue.attributes), current,
                      read_opened(opened, current, catalogue), utc_offset)
        result = Collector()
        model.run(result)
        return {key: values[0][1:] if len(values) == 1 else sorted(values) for key, values in result.cells.items()}


class Attendance(Case):
    def test_pupil_days_are_summed_over_days_and_schools(self):
        cells = self.cells([self.attendance("S1", "2022-03-07", (3, 4), (5, 5)), self.attendance("S1", "2022-03-09", (5, 5), (5, 5)),
                            self.attendance("S2", "2022-03-07", (1, 0), (2, 0))])
        self.assertEqual(cells["S1", "2022-03-07", "ATT_STU", ""], ("7", "10", "1", "1", "ok"))
        self.assertEqual(cells["S1", "2022-W10", "ATT_STU", ""], ("17", "20", "2", "2", "ok"))
        self.assertEqual(cells["C1", "2022-03-07", "ATT_STU", ""], ("8", "12", "2", "2", "ok"))
        # S2 owes 2022-03-09 too, because that day is opened
        self.assertEqual(cells["TZ", "2022-03", "ATT_STU", ""], ("18", "22", "4", "3", "provisional"))
        self.assertEqual(cells["TZ", "2022-03", "ATT_STU", "sex=f"], ("9", "10", "4", "3", "provisional"))
        self.assertEqual(cells["TZ", "SY2022-T1", "ATT_STU", "ownership=non_government"], ("1", "2", "2", "1", "provisional"))
        self.assertEqual(cells["S2", "2022-03-09", "ATT_STU", ""], ("", "", "1", "0", "missing"))
        self.assertNotIn(("S2", "2022-03-09", "ATT_STU", "sex=m"), cells)

    def test_days_and_weeks_keep_the_day_cuts_only(self):
        cells = self.cells([self.attendance("S1", "2022-03-07", (3, 4), (5, 5))])
        kept = {(period, cut) for area, period, indicator, cut in cells if (area, indicator) == ("R1", "ATT_STU")}
        narrow = {("2022-03-07", cut) for cut in ("", "sex=m", "sex=f")} | {("2022-W10", cut) for cut in ("", "sex=m", "sex=f")}
        wide = {(period, cut) for period in ("2022-03", "SY2022-T1", "SY2022")
                for cut in ("", "sex=m", "sex=f", "grade=1", "ownership=government")}
        wide |= {(period, "ownership=non_government") for period in ("2022-03", "SY2022-T1", "SY2022")}
        self.assertEqual(kept, narrow | wide)

    def test_staff_are_told_apart(self):
        cells = self.cells([self.attendance("S1", "2022-03-07", (1, 1), (1, 1), teachers=(2, 3))])
        self.assertEqual(cells["S1", "2022-03-07", "ATT_TCH", ""], ("2", "3", "1", "1", "ok"))
        self.assertEqual(cells["S1", "2022-03-07", "ATT_NTS", ""], ("", "", "1", "1", "not_applicable"))
        self.assertNotIn(("S1", "2022-03-07", "ATT_NTS", "sex=f"), cells)

    def test_closed_days_are_not_owed_and_do_not_count(self):
        days = ("2022-03-05", "2022-03-07", "2022-03-08")  # Saturday, Monday, a holiday
        cells = self.cells([self.attendance("S1", day, (1, 1), (2, 2)) for day in days])
        self.assertEqual(cells["S1", "2022-03", "ATT_STU", ""], ("2", "4", "1", "1", "ok"))
        self.assertNotIn(("S1", "2022-03-08", "ATT_STU", ""), cells)
        self.assertEqual(cells["S1", "2022-03", "RPT_COMPL", "form=ATT_DAILY"], ("1", "1", "1", "1", "ok"))

    def test_a_calendar_is_that_of_area_and_attribute_and_the_nearest_exception_goes_before(self):
        calendar = Calendar(self.file("calendar.csv", """kind,code,area,starts_on,ends_on,reason,ownership
weekend,fri,,2022-03-01,2022-03-31,,
weekend,sat,R1,2022-03-01,2022-03-31,,
weekend,sun,R1,2022-03-01,2022-03-31,,private
closed,,R1,2022-03-07,2022-03-08,flood,
open,,S1,2022-03-08,2022-03-08,dry,
closed,,S1,2022-03-09,2022-03-10,flood,
usual,,S1,2022-03-10,2022-03-10,,
"""))
        country = Place("C", "country", None, {"ownership": None}, "2000-01-01", "9999-12-31")
        region = Place("R1", "region", country, {"ownership": None}, "2000-01-01", "9999-12-31")
        public = Place("S1", "school", region, {"ownership": "public"}, "2000-01-01", "9999-12-31")
        private = Place("S2", "school", region, {"ownership": "private"}, "2000-01-01", "9999-12-31")
        closed = {place.unit: [day for day in range(4, 14) if calendar.is_closed(place, f"2022-03-{day:02d}")] for place in (country, public, private)}
        self.assertEqual(closed, {"C": [4, 11], "S1": [5, 7, 9, 12], "S2": [6, 7, 8, 13]})

    def test_periods_that_are_not_opened_do_not_count(self):
        cells = self.cells([self.attendance("S1", day, (1, 1), (2, 2)) for day in ("2022-03-07", "2022-03-09")],
                           opened=[("ATT_DAILY", "2022-03-09"), ("ATT_DAILY", "2022-03-10")])
        self.assertEqual(cells["S1", "2022-03", "ATT_STU", ""], ("2", "4", "2", "1", "provisional"))
        self.assertNotIn(("S1", "2022-03-07", "ATT_STU", ""), cells)

    def test_a_day_outside_the_terms_is_in_the_year_only(self):
        cells = self.cells([self.attendance("S1", "2022-01-03", (1, 1), (2, 2))])
        self.assertIn(("S1", "SY2022", "ATT_STU", ""), cells)
        self.assertNotIn(("S1", "SY2022-T1", "ATT_STU", ""), cells)

    def test_two_shifts_are_one_leaf(self):
        cells = self.cells([self.attendance("S1", "2022-03-07", (1, 0), (2, 0), shift="morning"),
                            self.attendance("S1", "2022-03-07", (3, 0), (4, 0), shift="evening")])
        self.assertEqual(cells["S1", "2022-03-07", "ATT_STU", ""], ("4", "6", "1", "1", "ok"))


class Revisions(Case):
    def test_the_highest_revision_counts_in_any_order(self):
        one, two = self.census("S1", 10, 10), self.census("S1", 20, 30, revision=2)
        for order in ((one, two), (two, one), (one, two, one)):
            cells = self.cells(order)
            self.assertEqual(cells["R1", "SY2022", "ENR", ""], ("50", "", "2", "1", "provisional"))

    def test_of_equal_revisions_the_first_counts(self):
        a, b = self.census("S1", 10, 10), self.census("S1", 20, 30)
        self.assertEqual(self.cells([a, b])["S1", "SY2022", "ENR", ""][0], "20")
        self.assertEqual(self.cells([b, a])["S1", "SY2022", "ENR", ""][0], "50")

    def test_a_retract_takes_out_and_a_later_revision_brings_back(self):
        one, gone = self.census("S1", 10, 10), self.census("S1", 0, 0, revision=2, retract=True)
        cells = self.cells([gone, one])
        self.assertEqual(cells["S1", "SY2022", "ENR", ""], ("", "", "1", "0", "missing"))
        self.assertEqual(cells["S1", "SY2022", "GPI", ""], ("", "", "1", "0", "missing"))
        self.assertEqual(cells["TZ", "SY2022", "RPT_COMPL", "form=ENROL_CENSUS"], ("0", "2", "2", "0", "ok"))
        self.assertEqual(self.cells([gone, one, self.census("S1", 1, 2, revision=3)])["S1", "SY2022", "ENR", ""][0], "3")

    def test_an_id_used_again_does_not_count(self):
        one, two = self.census("S1", 10, 10), self.census("S1", 20, 30, revision=2)
        two["submission_id"] = one["submission_id"]
        self.assertEqual(self.cells([one, two])["S1", "SY2022", "ENR", ""][0], "20")

    def test_a_rejected_submission_does_not_reserve_its_id(self):
        one, conflict, two = self.census("S1", 10, 10), self.census("S1", 20, 30), self.census("S1", 1, 2, revision=2)
        two["submission_id"] = conflict["submission_id"]
        self.assertEqual(self.cells([one, conflict, two])["S1", "SY2022", "ENR", ""][0], "3")

    def test_an_unregistered_school_counts_nowhere(self):
        self.assertEqual(self.cells([self.census("S1", 1, 1), self.census("S9", 5, 5)])["TZ", "SY2022", "ENR", ""][0], "2")


class Census(Case):
    def test_cuts_and_parity(self):
        cells = self.cells([self.census("S1", 20, 30), self.census("S2", 0, 5)])
        self.assertEqual(cells["TZ", "SY2022", "ENR", "sex=f"], ("35", "", "2", "2", "ok"))
        self.assertEqual(cells["TZ", "SY2022", "ENR", "age=7"], ("55", "", "2", "2", "ok"))
        self.assertEqual(cells["TZ", "SY2022", "ENR", "ownership=non_government"], ("5", "", "1", "1", "ok"))
        self.assertEqual(cells["TZ", "SY2022", "GPI", ""], ("35", "20", "2", "2", "ok"))
        self.assertEqual(cells["S2", "SY2022", "GPI", ""], ("5", "", "1", "1", "not_applicable"))

    def test_deadline_is_local_time(self):
        sent = [self.attendance("S1", "2022-03-07", (1, 1), (1, 1))]
        for received_at, utc_offset, on_time in (("2022-03-07T12:00:00Z", 0, "1"), ("2022-03-07T12:00:01Z", 0, "0"),
                                                 ("2022-03-07T09:00:00Z", 180, "1"), ("2022-03-07T09:00:01Z", 180, "0")):
            cells = self.cells(sent, received_at=received_at, utc_offset=utc_offset)
            self.assertEqual(cells["R1", "2022-03-07", "RPT_ONTIME", "form=ATT_DAILY"], (on_time, "2", "2", "1", "ok"))


class Moves(Case):
    MOVED = """S1,school,C1,S1,,government,,primary,2000-01-01,2022-03-09,,
S1,school,C2,S1,,government,,primary,2022-03-09,,,"""

    def test_days_belong_where_the_school_was(self):
        days = ("2022-03-07", "2022-03-09", "2022-03-10")
        cells = self.cells([self.attendance("S1", day, (1, 1), (2, 2)) for day in days], schools=self.MOVED)
        self.assertEqual(cells["R1", "2022-03", "ATT_STU", ""], ("2", "4", "1", "1", "ok"))
        self.assertEqual(cells["R2", "2022-03", "ATT_STU", ""], ("4", "8", "2", "2", "ok"))
        self.assertEqual(cells["TZ", "2022-03", "ATT_STU", ""], ("6", "12", "3", "3", "ok"))
        self.assertNotIn(("R2", "2022-03-07", "ATT_STU", ""), cells)
        self.assertEqual(cells["S1", "2022-03", "ATT_STU", ""], [("2000-01-01", "2", "4", "1", "1", "ok"), ("2022-03-09", "4", "8", "2", "2", "ok")])

    def test_the_census_belongs_to_the_place_of_the_last_day(self):
        cells = self.cells([self.census("S1", 1, 1)], schools=self.MOVED)
        self.assertEqual(cells["R2", "SY2022", "ENR", ""][0], "2")
        self.assertNotIn(("R1", "SY2022", "ENR", ""), cells)

    def test_a_closed_school_owes_nothing(self):
        closed = "S1,school,C1,S1,,government,,primary,2000-01-01,2022-03-09,,"
        cells = self.cells([self.attendance("S1", day, (1, 1), (2, 2)) for day in ("2022-03-07", "2022-03-09")], schools=closed)
        self.assertEqual(cells["TZ", "SY2022", "ATT_STU", ""], ("2", "4", "1", "1", "ok"))

    def test_an_area_that_moves_opens_new_places_below(self):
        registry = self.file("r.csv", f"{HEADER}\n" + AREAS.replace(
            "C1,cluster,D1,C1,,,,,2000-01-01,,,",
            "C1,cluster,D1,C1,,,,,2000-01-01,2022-05-01,,\nC1,cluster,D2,C1,,,,,2022-05-01,,,") + f"\n{SCHOOLS}\n")
        places = read_registry(registry, Catalogue(self.catalogue).levels, ["ownership"])["S1"]
        self.assertEqual([(p.start, p.end, p.parent.parent.unit) for p in places],
                         [("2000-01-01", "2022-05-01", "D1"), ("2022-05-01", "9999-12-31", "D2")])


class Visits(Case):
    def test_a_school_counts_once_in_a_share(self):
        cells = self.cells([self.visit("S1", "2022-03-07", "open"), self.visit("S1", "2022-03-09", "closed"),
                            self.visit("S1", "2022-03-10", "closed"), self.visit("S2", "2022-03-07", "open")])
        self.assertEqual(cells["S1", "2022-03-07", "SCH_CLOSED", ""], ("0", "1", "1", "1", "ok"))
        self.assertEqual(cells["S1", "2022-03", "SCH_CLOSED", ""], ("1", "1", "3", "3", "ok"))
        self.assertEqual(cells["C1", "2022-03", "SCH_CLOSED", ""], ("1", "2", "4", "4", "ok"))
        self.assertEqual(cells["C1", "2022-03", "SCH_CLOSED", "ownership=non_government"], ("0", "1", "1", "1", "ok"))
        self.assertFalse([key for key in cells if key[2].startswith("RPT_")])
        self.assertFalse([key for key in cells if key[1] == "2022-W10"])

    def test_rooms_not_counted_are_missing_and_not_zero(self):
        cells = self.cells([self.visit("S1", "2022-03-07", "open", rooms=5, rooms_usable=3), self.visit("S1", "2022-03-07", "open", "V2"),
                            self.visit("S2", "2022-03-07", "closed")])
        self.assertEqual(cells["S1", "2022-03-07", "USE_ROOM", ""], ("3", "5", "1", "1", "ok"))
        self.assertEqual(cells["S2", "2022-03-07", "USE_ROOM", ""], ("", "", "1", "1", "not_applicable"))
        self.assertEqual(cells["TZ", "2022-03", "USE_ROOM", ""], ("3", "5", "2", "2", "ok"))

    def test_toilets_are_cut_by_user_on_days_too(self):
        toilet = [{"toilet_user": "boys", "toilets": 4, "usable": 1}, {"toilet_user": "girls", "toilets": 0, "usable": 0}]
        cells = self.cells([self.visit("S1", "2022-03-07", "open", toilet=toilet)])
        self.assertEqual(cells["S1", "2022-03-07", "USE_TOIL", "toilet_user=boys"], ("1", "4", "1", "1", "ok"))
        self.assertEqual(cells["S1", "2022-03-07", "USE_TOIL", "toilet_user=girls"], ("0", "0", "1", "1", "not_applicable"))


class OtherForms(Case):
    """A form of the district with decimals and a condition on who owes it, and a stock that is asked every month."""

    def setUp(self):
        super().setUp()
        copy = os.path.join(self.folder, "catalogue")
        shutil.copytree(self.catalogue, copy)
        self.catalogue = copy
        form = {"version": 1, "valid_from": "2000-01-01", "period_kind": "month", "key_parts": [], "groups": [
            {"code": "form", "rows": "one", "fields": [{"name": "amount", "type": "decimal", "scale": 2}]}], "rules": []}
        indicator = {"version": 1, "valid_from": "2000-01-01", "group": "form", "numerator": "amount", "cuts": [], "day_cuts": []}
        for folder, code, document in (
                ("forms", "BUDGET", {**form, "unit_levels": ["district"], "owed": True}),
                ("forms", "STOCK", {**form, "unit_levels": ["school"], "owed": "ownership = 'government'"}),
                ("indicators", "SPENT", {**indicator, "class": "C", "form": "BUDGET", "periods": ["month", "school_year"]}),
                ("indicators", "CHAIRS", {**indicator, "class": "L", "form": "STOCK", "periods": ["month", "school_year"]})):
            self.file(f"catalogue/{folder}/{code}.v1.json", json.dumps({"code": code, **document}))

    def test_a_district_form_starts_at_the_district(self):
        cells = self.cells([self.submission("BUDGET", "D1", month, {"amount": amount})
                            for month, amount in (("2022-02", "10.25"), ("2022-03", 0.5))])
        self.assertEqual(cells["D1", "SY2022", "SPENT", ""], ("1075", "", "2", "2", "ok"))
        self.assertEqual(cells["TZ", "2022-03", "SPENT", ""], ("50", "", "2", "1", "provisional"))
        self.assertNotIn(("C1", "2022-03", "SPENT", ""), cells)

    def test_a_stock_takes_the_last_value_at_its_place_and_only_who_owes_counts(self):
        moved = Moves.MOVED.replace("2022-03-09", "2022-03-01") + "\nS2,school,C1,S2,,non_government,,primary,2000-01-01,,,"
        sent = [self.submission("STOCK", "S1", month, {"amount": amount}) for month, amount in (("2022-02", 7), ("2022-03", 9))]
        cells = self.cells(sent + [self.submission("STOCK", "S2", "2022-02", {"amount": 3})], schools=moved)
        self.assertEqual(cells["TZ", "SY2022", "CHAIRS", ""], ("900", "", "2", "2", "ok"))
        self.assertEqual(cells["R1", "SY2022", "CHAIRS", ""], ("", "", "1", "1", "not_applicable"))
        self.assertEqual(cells["R1", "2022-02", "CHAIRS", ""], ("700", "", "1", "1", "ok"))


class Parts(Case):
    def test_expressions(self):
        self.assertIs(row_function("status = 'closed' and rooms <> 3")({"status": "closed", "rooms": 4}), True)
        self.assertIsNone(row_function("rooms * 2")({"rooms": None}))
        for text in ("sum(x) > 3", "x = 3 4", "x not 3", "(x", "x in (1"):
            with self.assertRaises(SystemExit):
                row_function(text)

    def test_expressions_with_something_missing(self):
        for text, row, wanted in (
                ("a and b", {"a": False}, False), ("a and b", {"a": True}, None), ("a or b", {"b": True}, True), ("not a", {}, None),
                ("if(a > 1, b, -2)", {"a": 2, "b": 7}, 7), ("if(a > 1, b, -2)", {}, -2), ("missing(a)", {}, True), ("a in ('x', 'y')", {"a": "y"}, True),
                ("a not in (1, 2)", {"a": 2}, False), ("a in (1)", {}, None), ("a between 1 and 3 and b", {"a": 3, "b": True}, True),
                ("a not between 1 and 3", {"a": 0}, True), ("2 + a * 3 - 1 = 7", {"a": 2}, True), ("(2 + a) * 3", {"a": 2}, 12), ("true", {}, True)):
            self.assertIs(type(row_function(text)(row)), type(wanted), text)
            self.assertEqual(row_function(text)(row), wanted, text)

    def test_periods(self):
        calendar = Calendar(self.file("calendar.csv", CALENDAR))
        self.assertEqual(calendar.period("week", "2022-W10"), ("2022-03-07", "2022-03-13"))
        self.assertEqual(calendar.period("month", "2022-12"), ("2022-12-01", "2022-12-31"))
        self.assertEqual(calendar.period("quarter", "2022-Q4"), ("2022-10-01", "2022-12-31"))
        self.assertEqual(calendar.period("quarter", "2022-Q1"), ("2022-01-01", "2022-03-31"))
        self.assertEqual(calendar.holding("week", "2022-W13"), [("week", "2022-W13"), ("month", "2022-04"), ("quarter", "2022-Q2"),
                                                              ("term", "SY2022-T1"), ("school_year", "SY2022")])

    def test_weeks_that_begin_on_another_day(self):
        calendar = Calendar(self.file("calendar.csv", CALENDAR))
        calendar.week_start = 6
        self.assertEqual(calendar.period("week", "2022-W10"), ("2022-03-06", "2022-03-12"))
        self.assertIn(("week", "2022-W10"), calendar.holding("day", "2022-03-06"))
        self.assertIn(("week", "2022-W11"), calendar.holding("day", "2022-03-13"))

    def test_comparison_names_what_differs(self):
        head = "level,area_code,period_code,indicator,dimension,member,numerator,denominator,n_expected,n_reported,status\n"
        line = "school,S1,SY2022,ENR,{},,1,1,ok\n"
        dump = head + line.format("total,total,5") + line.format("sex,m,2") + line.format("sex,f,9")
        out = io.StringIO()
        comparison = Comparison(*read_dump(self.file("dump.csv", dump)), out=out)
        comparison.area("school", "S1", [",SY2022,ENR,total,total,5,,1,1,ok", ",SY2022,ENR,sex,m,3,,1,1,ok", ",SY2022,ENR,age,6,1,,1,1,ok"])
        comparison.area("school", "S2", [])
        self.assertFalse(comparison.finish())
        self.assertEqual(out.getvalue().splitlines(), [
            "school S1 SY2022,ENR,age,6: right 1,,1,1,ok, stored no row", "school S1 SY2022,ENR,sex,f: right no row, stored 9,,1,1,ok",
            "school S1 SY2022,ENR,sex,m: right 3,,1,1,ok, stored 2,,1,1,ok", "4 cells compared, 3 differences"])

    def test_comparison_finds_an_area_too_many(self):
        out = io.StringIO()
        comparison = Comparison({("school", "S9"): [",SY2022,ENR,total,total,5,,1,1,ok"]}, False, out)
        self.assertFalse(comparison.finish())

    def test_census_file(self):
        titles = "S/N,Region,Council,Ward,School,Reg.No.,Ownership," + ",".join(
            f'"{age}, {sex}"' for age in ("Below 6 Years", "6 years", "7 years", "8 years", "9 years", "10 years", "11 years",
                                          "12 years", "13 years", "Above 13 years") for sex in ("Boys", "Girls")) + ",b,g"
        census = self.file("census.csv", f"{titles}\n1,R1,D1,C1,A,S1,Government,1" + ",0" * 7 + ",4,5" + ",0" * 9 + ",2,0,0\n"
                           "2,R1,D1,C1,B,S2,Non-Government" + ",0" * 22 + "\n3,RX,D1,C1,B,S3,Government" + ",1" * 22 + "\n")
        codes = census_codes(self.file("registry.csv", f"{HEADER}\n{AREAS}\n{SCHOOLS}\n"))
        sums, schools = census_sums(census, codes)
        self.assertEqual(sorted(census_lines(sums["governorate", "R1"], schools["governorate", "R1"])), sorted([
            "SY2022,ENR,total,total,12,,2,2,ok", "SY2022,ENR,ownership,government,12,,1,1,ok", "SY2022,ENR,ownership,non_government,0,,1,1,ok",
            "SY2022,ENR,sex,m,5,,2,2,ok", "SY2022,ENR,sex,f,7,,2,2,ok", "SY2022,ENR,age,below_6,1,,2,2,ok", "SY2022,ENR,age,9,9,,2,2,ok",
            "SY2022,ENR,age,above_13,2,,2,2,ok", "SY2022,ENR,grade,1,1,,2,2,ok", "SY2022,ENR,grade,3,9,,2,2,ok",
            "SY2022,ENR,grade,7,2,,2,2,ok", "SY2022,ENR,stage,primary,12,,2,2,ok", "SY2022,GPI,total,total,7,5,2,2,ok"]))
        self.assertEqual(without_zeros([",SY2022,ENR,sex,m,0,,1,1,ok", ",SY2022,GPI,total,total,,0,1,1,not_applicable"]),
                         [",SY2022,GPI,total,total,,,1,1,not_applicable"])


class Campaigns(Case):
    def household(self, number, surveyed_on):
        return self.submission("HOUSEHOLD", "S1", "DBT-2022", {"due_on": "2022-03-07", "surveyed_on": surveyed_on, "complete": True}, household_id=number)

    def round(self, **more):
        return self.submission("DBT_ROUND", "S1", "DBT-2022", {"households_allocated": 5, "account": []}, **more)

    def test_a_campaign_is_held_by_no_other_period(self):
        cells = self.cells([self.round(), self.household("1", "2022-03-07"), self.household("2", "2022-03-08")])
        self.assertEqual(cells["TZ", "DBT-2022", "HH_DONE", ""], ("1", "", "1", "1", "ok"))
        self.assertEqual(cells["TZ", "DBT-2022", "DBT_SURV", ""], ("1", "5", "1", "1", "ok"))
        self.assertEqual({key[1] for key in cells if key[2] == "HH_DONE"}, {"DBT-2022"})


class Derived(Case):
    def test_only_in_its_own_periods(self):
        meeting = self.submission("COMMITTEE", "S1", "2022-03-07", {"committee": "ptsmc"}, meeting_id="1")
        cells = self.cells([meeting])
        self.assertEqual(cells["TZ", "2022-03", "SC_MEET_SCH", ""], ("1", "1", "1", "1", "ok"))
        self.assertEqual({key[1] for key in cells if key[2] == "SC_MEET"}, {"2022-Q1"})


class Shares(unittest.TestCase):
    def test_by_hand(self):
        self.assertEqual(deal(10, {"A": 60, "B": 40}), {"A": 6, "B": 4})
        self.assertEqual(deal(1, {"A": 40, "B": 60}), {"A": 0, "B": 1})
        self.assertEqual(deal(3, {"A": 50, "B": 50}), {"A": 2, "B": 1})
        self.assertEqual(deal(-3, {"A": 50, "B": 50}), {"A": -2, "B": -1})
        self.assertEqual(deal(None, {"A": 60, "B": 40}), {"A": None, "B": None})

    def test_they_add_up_and_never_shrink(self):
        weights, before = {"A": 34, "B": 33, "C": 33}, {"A": 0, "B": 0, "C": 0}
        for number in range(250):
            shares = deal(number, weights)
            self.assertEqual(sum(shares.values()), number)
            self.assertTrue(all(shares[code] >= before[code] for code in weights))
            before = shares
        self.assertEqual(deal(200, weights), {"A": 68, "B": 66, "C": 66})


if __name__ == "__main__":
    unittest.main()
