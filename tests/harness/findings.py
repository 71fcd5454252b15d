# SPDX-License-Identifier: Apache-2.0
"""
Rules over several submissions. Each rule has a school that trips it and one that stands at the very limit and does not; WANTED says, worked out by hand, which
findings there must be and with which values, and nothing else may be found. Then rules change by data, and each cause is cured by a revision.
"""

import datetime
import glob
import json
import math
import os
import shutil
import statistics

import asked
import village
from village import ROOT, areas, unit
from world import say

YEAR, BEFORE, TERM, FEBRUARY, MARCH, DAY = "SY2022", "SY2021", "SY2022-T1", "2022-02", "2022-03", "2022-03-07"
MONTHS = [f"2022-{month:02}" for month in range(1, 8)]
TIME = "2022-08-20T08:00:00Z"
LANGUAGES = ("ar", "ckb", "en", "hi", "ur")
# 40 school days from the first of the term, which ends after them only for who sends nothing more.
DAYS = [str(day) for week in range(8) for day in (datetime.date(2022, 1, 17) + datetime.timedelta(7 * week + weekday) for weekday in range(5))]

# name of the school: the rule's initials, then T for the one that trips, N and M for those that do not; the last two pairs lie in two lanes
RULES = {"RC": "REGISTER_CLOSING", "HP": "HEADCOUNT_PRESENT", "CM": "CENSUS_MONTHLY", "SR": "STAFF_REGISTER", "EE": "EXAM_ENTRIES",
         "TH": "TEXTBOOKS_HANDED", "MP": "MEALS_PRESENT", "MB": "MONTH_BALANCE", "VC": "CLOSED_MARKED", "YC": "YEAR_CHANGE", "MO": "MONTH_OUTLIER",
         "AC": "ATT_COPIED", "AF": "ATT_FULL", "AH": "ATT_HEAPED"}
# Who needs no day before the last of February opens then: fewer days are owed.
THREE = ("HP", "YC", "MO", "AC", "AH")
LONG = ("YC", "MO", "AC", "AF", "AH")
OPENED = "2022-02-28"
SCHOOLS = [unit(f"{code}{kind}", "school", "G1D1W1", "2000-01-01" if code in LONG else OPENED) for code in RULES for kind in ("TNM" if code in THREE else "TN")]
SCHOOLS += [unit("PET", "school", "G2D1W1", OPENED), unit("PEN", "school", "G2D2W1", OPENED)]
SCHOOLS += [unit("FLT", "school", "G1D2W1"), unit("FLN", "school", "G2D2W1")]
SCHOOLS += [unit(code, "school", ward, OPENED) for code, ward in (("ST1", "G1D2W1"), ("ST2", "G2D1W2"), ("ST3", "G2D1W2"), ("SS1", "G1D2W1"), ("SS2", "G2D1W2"))]
VISITED = [f"VB{number}" for number in range(1, 10)]
SCHOOLS += [unit(code, "school", "G1D2W2" if code < "VB5" else "G2D2W2", OPENED) for code in VISITED]
SCHOOLS += asked.SCHOOLS
BUNCHED = {"RBT": ("G2D1W2", 10, 4), "RBN": ("G2D2W1", 10, 5)}  # schools: ward, how many of them with 61 to 65 pupils, with 56 to 60
SCHOOLS += [unit(f"{code}{number}", "school", ward, OPENED) for code, (ward, above, below) in BUNCHED.items() for number in range(above + below)]

OUTLIER = {"MOT": [100, 110, 90, 105, 95, 102, 160], "MON": [100, 110, 90, 105, 95, 102, 147], "MOM": [0, 100, 110, 90, 105, 160, 0]}


def score(series, at):
    """Iglewicz and Hoaglin, on logarithms of value + 1; in floating point, which is enough to two places."""
    logs = [math.log(value + 1) for value in series]
    middle = statistics.median(logs)
    return 0.6745 * (logs[at] - middle) / statistics.median(abs(log - middle) for log in logs)


class Sender:
    """Submissions of the scenario; a revision of the same key gets the next number."""

    def __init__(self, place):
        self.place, self.revisions, self.lines = place, {}, []

    def add(self, form, school, period, data, **parts):
        key = (form, school, period, *sorted(parts.items()))
        self.revisions[key] = self.revisions.get(key, 0) + 1
        self.lines.append(self.place.submission(form, school, period, data, self.revisions[key], **parts))

    def flush(self):
        lines, self.lines = self.lines, []
        self.place.send(lines, TIME)

    def register(self, school, day, present, register, teachers=2, boys=None):
        """Attendance of `present` of `register` pupils, `boys` of them boys."""
        boys = present if boys is None else boys
        self.add("ATT_DAILY", school, day, {
            "pupil": [{"grade": "1", "sex": "m", "present": boys, "on_register": register - (present - boys)}] +
                     ([{"grade": "1", "sex": "f", "present": present - boys, "on_register": present - boys}] if present > boys else []),
            "staff": [{"staff_type": "teacher", "sex": "f", "present": 1, "in_position": teachers}]}, shift="morning")

    def month(self, school, month, opening, closing, admitted=None):
        admitted = max(closing - opening, 0) if admitted is None else admitted
        self.add("ENROL_MONTHLY", school, month, {
            "pupil": [{"grade": "1", "sex": "m", "opening": opening, "admitted": admitted, "transfer_in": 0, "transfer_out": 0,
                       "dropped_out": max(opening - closing, 0), "closing": closing}]}, shift="morning")

    def census(self, school, year, *rows):
        """rows: (grade, age, pupils), and how many of them repeat, which is not said where nobody asks"""
        self.add("ENROL_CENSUS", school, year, {"pupil": [
            {"grade": grade, "age": age, "sex": "m", "pupils": pupils, **({"repeaters": repeaters[0]} if repeaters else {})}
            for grade, age, pupils, *repeaters in rows]}, shift="full")

    def visit(self, school, day, visitor, status="open", found=None):
        data = {"status": status, "visitor": visitor, "visitor_role": "monitor"}
        if found is not None:
            data["pupil"] = [{"grade": "1", "sex": "m", "present": found, "on_register": 200}]
        self.add("VISIT", school, day, data, visit_id="V")

    def staff(self, school, teachers, *people):
        """people: (code, shift or None, day on which they left or None)"""
        rows = [{"staff_code": code, "sex": "f", "staff_type": "teacher", "post": "teacher", "qualified": True, "trained": True, "training_days": 0,
                 "joined_on": "2015-01-10", **({"shift": shift} if shift else {}), **({"left_on": left} if left else {})} for code, shift, left in people]
        self.add("STAFF", school, YEAR, {"reference_date": "2022-03-31", "teachers_total": teachers, "non_teaching_total": 0, "staff": rows,
                                         "teacher": [{"sex": "f", "teachers": teachers, "qualified": 0, "trained": 0, "in_service": 0}]})

    def population(self, district, *rows):
        self.add("POPULATION", district, YEAR, {"estimate_source": "estimate", "reference_on": "2022-01-01",
                                                "person": [{"single_age": age, "sex": "m", "population": number} for age, number in rows]})

    def exam(self, school, *entered):
        self.add("EXAM_RESULT", school, TERM, {"result": [{"grade": grade, "subject": "mathematics", "sex": "m", "entered": number, "sat": 1, "passed": 0}
                                                          for grade, number in entered]}, exam="END", version=2)

    def books(self, school, distributed):
        self.add("TEXTBOOK", school, TERM, {"full_set": False, "title": [
            {"grade": "1", "subject": "language", "title": "L1", "pupils": 100, "needed": 100, "opening_stock": 500, "received": 0, "distributed": distributed}]})

    def meal(self, school, served):
        self.add("MEAL", school, DAY, {"meal_served": True, "pupils_present": 150, "meals_served": served})


def quality(sender):
    """What trips, and beside it what just does not."""
    for school, register in (("RCT", 106), ("RCN", 105)):
        sender.register(school, DAY, 7, 300)  # not the month's last
        sender.register(school, "2022-03-08", 8, register)
        sender.month(school, MARCH, 100, 100)
    for school, present, found in (("HPT", 100, 111), ("HPN", 100, 110), ("HPM", 19, 0)):
        sender.register(school, DAY, present, 120)
        sender.visit(school, DAY, "VIS-1", found=found)
    for school, closing in (("CMT", 106), ("CMN", 105)):
        sender.census(school, YEAR, ("1", "6", 100))
        sender.month(school, FEBRUARY, 100, 100)
        sender.month(school, MARCH, 100, closing)
    for school, teachers in (("SRT", 4), ("SRN", 5)):
        sender.staff(school, 5)
        sender.register(school, DAY, 9, 10, teachers)
    for school, entered in (("EET", 31), ("EEN", 30)):
        sender.census(school, YEAR, ("1", "6", 30), ("2", "7", 20))
        sender.exam(school, ("1", entered), ("2", 20))
    for school, number in (("THT", 111), ("THN", 110)):
        sender.books(school, number)
    for school, served in (("MPT", 111), ("MPN", 110)):
        sender.register(school, DAY, 100, 120)
        sender.meal(school, served)
    for school, opening in (("MBT", 49), ("MBN", 50)):
        sender.month(school, FEBRUARY, 50, 50)
        sender.month(school, MARCH, opening, 52)
    for school, present in (("VCT", 10), ("VCN", 0)):
        sender.register(school, DAY, present, 12)
        sender.visit(school, DAY, "VIS-2", "closed")
    for school, before, now in (("YCT", 100, 134), ("YCN", 100, 133), ("YCM", 20, 40)):
        sender.census(school, BEFORE, ("1", "6", before))
        sender.census(school, YEAR, ("1", "6", now))
    for school, series in OUTLIER.items():
        before = 0
        for month, closing in zip(MONTHS, series):
            if closing:
                sender.month(school, month, before, closing)
            before = closing
    daily(sender)
    across(sender)


def daily(sender):
    february = [day for day in DAYS if day.startswith(FEBRUARY)]
    for school, days in (("ACT", 10), ("ACN", 9), ("ACM", 10)):
        for no, day in enumerate(february[:days]):
            sender.register(school, day, 31, 40, boys=15 if school == "ACM" and no == 4 else 16)  # as many pupils, other boys and girls
        sender.register(school, february[days], 32, 40)
    for school, days in (("AFT", 10), ("AFN", 9)):
        for no, day in enumerate(february[:days]):
            sender.register(school, day, 31 + no % 3, 31 + no % 3)
        sender.register(school, february[days], 31, 32)
    for school, heaped, days in (("AHT", 25, 40), ("AHN", 24, 40), ("AHM", 39, 39)):
        for no, day in enumerate(DAYS[:days]):
            sender.register(school, day, 20 + 5 * (no % 3) if no < heaped else 21 + no % 3, 60)


def across(sender):
    """Across units and lanes."""
    for school, promoted in (("FLT", 48), ("FLN", 47)):
        sender.census(school, BEFORE, ("1", "above_13", 50, 0))
        sender.census(school, YEAR, ("1", "above_13", 20, 3), ("2", "above_13", promoted, 0))
    sender.census("PET", YEAR, ("1", "6", 60), ("6", "13", 40), ("7", "above_13", 30))
    sender.census("PEN", YEAR, ("1", "6", 60), ("6", "13", 40), ("7", "above_13", 30))
    sender.population("G2D1", ("6", 60), ("13", 39), ("14", 500))
    sender.population("G2D2", ("6", 60), ("13", 40))
    for code, (_, above, below) in BUNCHED.items():
        for number in range(above + below):
            sender.census(f"{code}{number}", YEAR, ("9", "above_13", 61 + number % 5 if number < above else 56 + number % 5))
    sender.staff("ST1", 1, ("X1", "morning", None))
    sender.staff("ST2", 1, ("X1", "evening", None))
    sender.staff("ST3", 0, ("X1", "morning", "2022-02-01"))
    sender.staff("SS1", 1, ("X2", "morning", None))
    sender.staff("SS2", 1, ("X2", "morning", None))
    for school in VISITED:
        sender.visit(school, "2022-03-09", "VIS-9")
        if school != "VB9":
            sender.visit(school, "2022-03-10", "VIS-8")


# (rule, unit, period, subject): the values seen
WANTED = {
    ("REGISTER_CLOSING", "RCT", MARCH, ""): {"register": 8, "register_denominator": 106, "closing": 100},
    ("HEADCOUNT_PRESENT", "HPT", DAY, ""): {"found": 111, "found_denominator": 200, "present": 100, "present_denominator": 120},
    ("CENSUS_MONTHLY", "CMT", YEAR, ""): {"census": 100, "monthly": 106},
    ("STAFF_REGISTER", "SRT", MARCH, ""): {"listed": 5, "marked": 1, "marked_denominator": 4},
    ("EXAM_ENTRIES", "EET", TERM, "grade=1"): {"entries": 31, "pupils": 30},
    ("TEXTBOOKS_HANDED", "THT", TERM, ""): {"books": 111, "books_denominator": 100},
    ("MEALS_PRESENT", "MPT", DAY, ""): {"served": 111, "served_denominator": 150, "present": 100, "present_denominator": 120},
    ("MONTH_BALANCE", "MBT", MARCH, ""): {"closing": 52, "before": 50, "moves": 3},
    ("CLOSED_MARKED", "VCT", DAY, ""): {"closed": 1, "closed_denominator": 1, "present": 10, "present_denominator": 12},
    ("YEAR_CHANGE", "YCT", YEAR, ""): {"now": 134, "before": 100},
    ("MONTH_OUTLIER", "MOT", "2022-07", ""): {"closing": 160, "months": 7, "typical": 102, "z": round(score(OUTLIER["MOT"], 6), 2)},
    ("ATT_COPIED", "ACT", FEBRUARY, ""): {"days": 10},
    ("ATT_FULL", "AFT", FEBRUARY, ""): {"days": 10},
    ("ATT_HEAPED", "AHT", TERM, ""): {"heaped": 25, "days": 40},
    ("POP_ENROLLED", "G2D1", YEAR, ""): {"enrolled": 100, "population": 99},
    ("FLOW_BEYOND", "G1D2", YEAR, "grade=1"): {"promoted": 48, "promoted_denominator": 50, "repeated": 3, "repeated_denominator": 50},
    ("ROLL_BUNCHED", "G2D1", YEAR, ""): {"above": 10, "below": 4},
    ("STAFF_TWICE", "ST1", YEAR, "X1"): {"subject": "X1", "units": 2, "others": "ST2"},
    ("STAFF_TWICE", "ST2", YEAR, "X1"): {"subject": "X1", "units": 2, "others": "ST1"},
    ("STAFF_TWICE", "SS1", YEAR, "X2"): {"subject": "X2", "units": 2, "others": "SS2"},
    ("STAFF_TWICE", "SS2", YEAR, "X2"): {"subject": "X2", "units": 2, "others": "SS1"},
    ("STAFF_SHIFT", "SS1", YEAR, "X2 morning"): {"subject": "X2 morning", "units": 2, "others": "SS2"},
    ("STAFF_SHIFT", "SS2", YEAR, "X2 morning"): {"subject": "X2 morning", "units": 2, "others": "SS1"},
}
for code in VISITED:
    WANTED["VISIT_BURST", code, "2022-03-09", "VIS-9"] = {"subject": "VIS-9", "units": 9, "others": ", ".join(other for other in VISITED if other != code)}

WANTED |= asked.WANTED

# Texts with their numbers, as a reader sees them.
TEXTS = {
    ("EXAM_ENTRIES", "EET", "en"): "31 candidates were entered for an examination where the census has 30 pupils: grade=1",
    ("REGISTER_CLOSING", "RCT", "ar"): "ينهي سجل الحضور الشهر بـ 106 تلميذًا، والإفادة الشهرية بـ 100",
    ("YEAR_CHANGE", "YCT", "hi"): "गणना में 134 विद्यार्थी हैं, पिछले शैक्षिक वर्ष में 100 थे",
    ("SCHOOL_TWICE", "QA1", "ar"): "مدرسة الأمل ١ لها اسم مدرسة أخرى تتبع الجهة نفسها: QA2",
    ("REVISION_GAP", "QG1", "en"): "2 of 4 revisions never came: ATT_DAILY morning",
    ("STAFF_TWICE", "ST1", "ur"): "X1 ایک ہی سال میں 2 اسکولوں کے عملے کی فہرست میں ہے، یہاں اور ST2 میں",
    ("CENSUS_MONTHLY", "CMT", "ckb"): "لە سەرژمێریدا 100 قوتابی هەیە، لە دوایین ڕاپۆرتی مانگانەی ساڵی خوێندندا 106",
}


def listed(place, *arguments):
    return json.loads(place.emis("findings", "list", "--json", "--limit", "1000", *arguments).stdout)["rows"]


def key_of(row):
    return row["rule"], row["unit"], row["period"], row["subject"] or ""


def compare(place, what, wanted):
    """The open findings are those wanted, with their values."""
    found = {key_of(row): row["seen"] for row in listed(place, "--open")}
    for key in sorted(wanted.keys() - found.keys()):
        place.find(f"{what}: not found: {key}")
    for key in sorted(found.keys() - wanted.keys()):
        place.find(f"{what}: found, though it should not: {key} {found[key]}")
    for key in sorted(found.keys() & wanted.keys()):
        place.require(found[key] == wanted[key], f"{what}: {key}: {found[key]}, not {wanted[key]}")
    say(f"{what}: {len(found)} open findings")


def stamps(place):
    """{finding_id: everything about it}"""
    return {row[0]: row[1:] for row in place.psql.rows("select finding_id, rule_id, unit_id, subject, rule_version, severity, opened_at, seen_at, closed_at "
                                                       "from control.finding order by 1")}


def check_texts(place):
    for language in LANGUAGES:
        rows = listed(place, "--language", language)
        texts = {(row["rule"], row["unit"]): row["text"] for row in rows}
        place.require(len(rows) == len(WANTED), f"{language}: {len(rows)} texts of {len(WANTED)} findings")
        for row in rows:
            numbers = [str(value) for name, value in row["seen"].items() if f"{{{name}}}" in label(language, row["rule"])]
            place.require("{" not in row["text"] and numbers and all(number in row["text"] for number in numbers),
                          f"{language}: {key_of(row)}: {row['text']!r} lacks one of {numbers}")
        for (rule, school, of), text in TEXTS.items():
            place.require(of != language or texts[rule, school] == text, f"{of}: {rule} {school}: {texts[rule, school]!r}")
    for arguments, count in ((("--unit", "G2D1"), 5), (("--rule", "VISIT_BURST"), 9), (("--period", MARCH), 3), (("--rule", "YEAR_CHANGE", "--unit", "G2"), 0)):
        place.require(len(listed(place, *arguments)) == count, f"findings list {arguments}: {len(listed(place, *arguments))} rows, not {count}")
    for arguments in (("--rule", "NOPE"), ("--unit", "NOPE"), ("--period", "NOPE"), ("--language", "xx"), ("--rule", "CENSUS_TOTAL")):
        result = place.emis("findings", "list", *arguments, check=False)
        place.require(result.returncode != 0 and arguments[1] in result.stdout, f"findings list {arguments} exits {result.returncode}: {result.stdout}")


def label(language, rule):
    with open(f"{ROOT}/catalogue/labels/{language}.rules.json", encoding="utf-8") as file:
        return json.load(file)[f"rule.{rule}"]


def check_audit_sees(place):
    """A finding that is gone, and one with another value, are differences."""
    place.psql.rows("create table public.kept as select * from control.finding")
    place.psql.rows("delete from control.finding where seen ? 'entries'; update control.finding set seen = '{\"days\": 11}' where seen = '{\"days\": 10}'")
    result = place.emis("audit", "run", "--all", check=False)
    for rule in ("EXAM_ENTRIES", "ATT_COPIED", "ATT_FULL"):
        place.require(result.returncode != 0 and f"cross_{rule}" in result.stdout, f"the audit does not see what became of {rule}: {result.stdout[-300:]}")
    place.require("4 differences" in result.stdout, f"the audit sees more: {result.stdout}")
    place.psql.rows("delete from control.finding; insert into control.finding overriding system value select * from public.kept; drop table public.kept")


class Catalogue:
    """A copy of the shipped catalogue, with rules changed."""

    def __init__(self, place):
        self.folder = f"{place.folder}/catalogue"
        shutil.copytree(f"{ROOT}/catalogue", self.folder)

    def edit(self, code, version=1, **members):
        document = self.read(code)
        document.update(version=version, **members)
        with open(f"{self.folder}/rules/{code}.v{version}.json", "w", encoding="utf-8") as file:
            json.dump(document, file)

    def read(self, code):
        with open(f"{self.folder}/rules/{code}.v1.json", encoding="utf-8") as file:
            return json.load(file)

    def add(self, document, text):
        """A rule that is not shipped, with its text in every language."""
        with open(f"{self.folder}/rules/{document['code']}.v1.json", "w", encoding="utf-8") as file:
            json.dump(document, file)
        for language in LANGUAGES:
            with open(f"{self.folder}/labels/{language}.added.json", "w", encoding="utf-8") as file:
                json.dump({f"rule.{document['code']}": f"{text} ({language})"}, file)

    def remove(self, code):
        os.remove(f"{self.folder}/rules/{code}.v1.json")
        for path in glob.glob(f"{self.folder}/labels/*.rules.json"):
            with open(path, encoding="utf-8") as file:
                document = json.load(file)
            del document[f"rule.{code}"]
            with open(path, "w", encoding="utf-8") as file:
                json.dump(document, file)


# A rule that is nowhere but here: more than 110 meals were served.
FULL_HOUSE = {"code": "FULL_HOUSE", "version": 1, "valid_from": "2022-01-01", "method": "query", "severity": "high", "form": "MEAL", "seen": ["served", "of"], "source": "a scenario",
              "query": ["select s.unit_id, s.period_id, n.code as subject, f.meals_served as served, f.pupils_present as of",
                        "from sent s join core.meal_form f on f.submission_key = s.submission_key and f.starts_on = s.starts_on",
                        "join ref.catalogue_number n on n.kind = 'form' and n.code = 'MEAL' where f.meals_served > 110",
                        "union all select 0, 0, 'of nobody', 1, 1"]}


def refuse_queries(place, catalogue):
    """What PostgreSQL cannot plan is refused with the file and why, and nothing is changed."""
    before = place.psql.rows("select version, (select count(*) from ref.catalogue_document), (select count(*) from ref.catalogue_number) from ref.version")
    wrong = [line.replace("f.pupils_present", "f.pupils") for line in FULL_HOUSE["query"]]
    catalogue.add({**FULL_HOUSE, "query": wrong}, "{served}")
    result = place.emis("db", "migrate", "--catalogue", catalogue.folder, check=False)
    for part in ("rules/FULL_HOUSE.v1.json", "/query", "column f.pupils does not exist", "E_CATALOGUE"):
        place.require(result.returncode != 0 and part in result.stdout, f"a query with an unknown column: exit status {result.returncode}, no {part!r}: {result.stdout}")
    catalogue.add({**FULL_HOUSE, "query": ["select s.unit_id::text as unit_id, s.period_id, '' as subject, 1 as served, 1 as of from sent s"]}, "{served}")
    result = place.emis("db", "migrate", "--catalogue", catalogue.folder, check=False)
    place.require(result.returncode != 0 and "FULL_HOUSE" in result.stdout, f"a query with a text as unit_id: exit status {result.returncode}: {result.stdout}")
    after = place.psql.rows("select version, (select count(*) from ref.catalogue_document), (select count(*) from ref.catalogue_number) from ref.version")
    place.require(before == after, f"a refused query changed the catalogue: {before}, {after}")


def change_rules(place, wanted):
    """Off, tightened from a day on, of another severity, gone: by data alone."""
    before = stamps(place)
    catalogue = Catalogue(place)
    catalogue.edit("YEAR_CHANGE", severity="off")
    catalogue.edit("CENSUS_MONTHLY", 2, valid_from="2022-01-01", check="monthly * 100 between 96 * census and 104 * census")
    catalogue.edit("CENSUS_MONTHLY", valid_to="2022-01-01")
    catalogue.edit("TEXTBOOKS_HANDED", severity="high")
    catalogue.edit("EXAM_ENTRIES", levels=["cluster"])
    catalogue.remove("VISIT_BURST")
    catalogue.edit("PROFILE_FAR", severity="off")
    catalogue.edit("VISIT_FAR", 2, valid_from=asked.VISITED, query=[line.replace("> 500", "> 400") for line in catalogue.read("VISIT_FAR")["query"]])
    catalogue.edit("VISIT_FAR", valid_to=asked.VISITED)
    refuse_queries(place, catalogue)
    catalogue.add(FULL_HOUSE, "{served} meals, of {of}: {subject}")
    place.emis("db", "migrate", "--catalogue", catalogue.folder)
    place.aggregate()
    wanted = {key: seen for key, seen in wanted.items() if key[0] not in ("YEAR_CHANGE", "VISIT_BURST", "EXAM_ENTRIES", "PROFILE_FAR")}
    wanted["FULL_HOUSE", "MPT", DAY, "MEAL"] = {"served": 111, "of": 150}
    wanted["VISIT_FAR", "QV2", asked.VISITED, "V"] = {"metres": asked.metres(asked.NORTH["near"])}
    wanted["CENSUS_MONTHLY", "CMN", YEAR, ""] = {"census": 100, "monthly": 105}
    compare(place, "rules changed", wanted)
    after = stamps(place)
    changed = [place.psql.rows(f"select n.code, f.severity, f.rule_version, f.closed_at is null from control.finding f join ref.catalogue_number n "
                               f"on n.kind = 'rule' and n.number = f.rule_id where f.finding_id = {number}")[0] for number in after if after[number] != before.get(number)]
    expected = sorted([["PROFILE_FAR", "warn", "1", "f"], ["VISIT_FAR", "warn", "2", "t"], ["VISIT_FAR", "warn", "2", "t"], ["FULL_HOUSE", "high", "1", "t"], ["YEAR_CHANGE", "warn", "1", "f"], ["CENSUS_MONTHLY", "warn", "2", "t"], ["CENSUS_MONTHLY", "warn", "2", "t"],
                       ["TEXTBOOKS_HANDED", "high", "1", "t"], ["EXAM_ENTRIES", "warn", "1", "f"], *[["VISIT_BURST", "warn", "1", "f"]] * 9])
    place.require(sorted(changed) == expected, f"changed findings: {sorted(changed)}, not {expected}")
    opened = [after[number][5] == before[number][5] for number in before]
    place.require(all(opened), "a change of a rule opened findings anew")
    return wanted


def cure(place, sender):
    """A revision of one submission each; the finding's other school is not touched."""
    sender.month("RCT", MARCH, 106, 106)
    sender.visit("HPT", DAY, "VIS-1", found=110)
    sender.add("ENROL_CENSUS", "CMT", YEAR, None, shift="full")
    sender.add("ENROL_CENSUS", "CMN", YEAR, None, shift="full")
    sender.register("SRT", DAY, 9, 10, 5)
    sender.exam("EET", ("1", 30), ("2", 20))
    sender.books("THT", 110)
    sender.register("MPT", DAY, 101, 120)
    sender.month("MBT", FEBRUARY, 49, 49)  # the month before
    sender.visit("VCT", DAY, "VIS-2", "open")
    sender.census("YCT", BEFORE, ("1", "6", 101))  # the year before
    sender.month("MOT", "2022-07", 102, 147)
    sender.register("ACT", "2022-02-04", 30, 40)
    sender.register("AFT", "2022-02-04", 30, 31)
    sender.register("AHT", DAYS[0], 21, 60)
    sender.population("G2D1", ("6", 60), ("13", 40))
    sender.census("FLT", BEFORE, ("1", "above_13", 51, 0))  # the year before
    sender.census("RBT0", YEAR, ("9", "above_13", 60))
    sender.staff("ST2", 1, ("X3", "evening", None))
    sender.add("STAFF", "SS2", YEAR, None)
    sender.visit("VB9", "2022-03-09", "VIS-7")
    asked.cure(place, sender)
    sender.flush()


def check_facts(place):
    """Findings change no cell: the mart is the oracle's."""
    dump = place.dump("end")
    place.compare(dump)
    place.check_that_comparison_can_fail(dump, lambda changed: place.compare(changed, expected=1))


def run(place):
    village.CALENDAR += "school_year,SY2021,,2021-01-04,2021-12-31,\nschool_year,SY2023,,2023-01-01,2023-12-31,\nschool_year,SY2024,,2024-01-01,2024-12-31,\n"
    place.found(areas() + SCHOOLS, [("ATT_DAILY", f"{DAYS[0]}..{DAYS[-1]}"), ("ENROL_MONTHLY", f"{MONTHS[0]}..{MONTHS[-1]}"), ("ENROL_CENSUS", BEFORE),
                                    ("ENROL_CENSUS", YEAR), ("STAFF", YEAR), ("TEXTBOOK", TERM), ("EXAM_RESULT", TERM), ("MEAL", DAY)])
    sender = Sender(place)
    quality(sender)
    asked.send(sender)
    refused = place.psql.rows("select outcome, code::text, count(*) from intake.ledger where outcome not in ('a', 's') group by 1, 2")
    place.require(not refused, f"refused: {refused}")
    place.aggregate(2)
    compare(place, "as sent", WANTED)
    check_texts(place)
    check_audit_sees(place)
    wanted = change_rules(place, WANTED)
    place.emis("db", "migrate")
    place.aggregate()
    compare(place, "rules as they were", WANTED)
    place.require(wanted.keys() != WANTED.keys(), "the changed rules found the same")
    asked.follow(place, sender, WANTED, compare)
    before = stamps(place)
    cure(place, sender)
    place.aggregate(2)
    compare(place, "cured", {})
    closed = [number for number, row in stamps(place).items() if number in before and before[number][7] == "" and row[7] == ""]
    place.require(not closed, f"not closed: {closed}")
    check_facts(place)
    place.check_ledger()


if __name__ == "__main__":
    village.run(run)
