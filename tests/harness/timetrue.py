# SPDX-License-Identifier: Apache-2.0
"""
Scenario: answers that are true to time. G1 gives its second district to a new governorate G3 in mid-year, district G2D2 splits by weights, and of the schools
some move, merge, split (one of the parts merges on), change their code, change their ownership, open and close. Every area's value of several indicators as was, as of
four days, as of today and as known at three instants, beside a model of its own (tests/model/time_model.py); and what makes the difference between two answers.
"""

import concurrent.futures
import csv
import io
import json
import subprocess
import sys

import flows
import village
from village import DAYS, areas, unit
from world import ROOT, say

sys.path.insert(0, f"{ROOT}/tests/model")

from mart_model import Calendar, Catalogue, Current, Successions, instant, read_opened, read_registry  # noqa: E402 pylint: disable=wrong-import-position
from time_model import Link, TimeModel, differences  # noqa: E402 pylint: disable=wrong-import-position

SPLIT_ON = "2022-07-01"
LEVELS = ("country", "governorate", "district", "cluster", "school")
FEBRUARY, MARCH, SEPTEMBER, YEAR = "2022-02", "2022-03", "2022-09", "SY2022"
AUTUMN = ["2022-09-05", "2022-09-06"]
LAST = "2022-12-20T08:00:00Z"

# What the files say; events add the rest.
SCHOOLS = [
    unit("S1", "school", "G1D1W1"),
    unit("S2", "school", "G1D2W1"),
    unit("S3", "school", "G2D2W2"),
    unit("S4", "school", "G1D1W2"),
    unit("S5", "school", "G2D1W2", valid_to="2022-06-01"), unit("S5", "school", "G2D1W2", "2022-06-01", ownership="non_government"),
    unit("M1", "school", "G1D1W1", valid_to="2022-03-09"), unit("M1", "school", "G2D1W2", "2022-03-09"),
    unit("A1", "school", "G1D1W2"),
    unit("P1", "school", "G2D1W1"),
    unit("Q1", "school", "G1D2W2"),
    unit("T1", "school", "G1D2W1"),
    unit("C1", "school", "G2D1W1", valid_to="2022-05-01"),
    unit("N1", "school", "G1D1W1", "2022-04-15"),
    unit("KOLD", "school", "G2D2W1"),
    unit("KNEW", "school", "G2D2W1", "2022-06-15"),
]
# (unit, {heir: weight}, kind, day)
SUCCESSIONS = [
    ("A1", {"S3": 100}, "merge", "2022-04-01"),
    ("P1", {"P2": 55, "P3": 45}, "split", "2022-05-01"),
    ("Q1", {"Q1": 70, "Q2": 30}, "split", "2022-05-02"),
    ("T1", {"T1": 34, "T2": 33, "T3": 33}, "split", "2022-05-03"),
    ("P3", {"S4": 100}, "merge", "2022-06-01"),
    ("KOLD", {"KNEW": 100}, "merge", "2022-06-15"),
    ("G1", {"G1": 60, "G3": 40}, "split", SPLIT_ON),
    ("G2D2", {"G2D2": 55, "G2D3": 45}, "split", SPLIT_ON),
]
LINKS = [Link(code, heir, kind, weight, day) for code, heirs, kind, day in SUCCESSIONS for heir, weight in heirs.items()]
MOVES = [("G1D2", "G3", SPLIT_ON), ("G2D2W2", "G2D3", SPLIT_ON)]
# The registry as it is after the events, for the model.
AFTER = [
    unit("A1", "school", "G1D1W2", valid_to="2022-04-01"),
    unit("P1", "school", "G2D1W1", valid_to="2022-05-01"),
    unit("P2", "school", "G2D1W1", "2022-05-01"),
    unit("P3", "school", "G2D1W1", "2022-05-01", valid_to="2022-06-01"),
    unit("Q2", "school", "G1D2W2", "2022-05-02"),
    unit("T2", "school", "G1D2W1", "2022-05-03"), unit("T3", "school", "G1D2W1", "2022-05-03"),
    unit("KOLD", "school", "G2D2W1", valid_to="2022-06-15"),
    unit("G3", "governorate", "K", SPLIT_ON),
    unit("G1D2", "district", "G1", valid_to=SPLIT_ON), unit("G1D2", "district", "G3", SPLIT_ON),
    unit("G2D3", "district", "G2", SPLIT_ON),
    unit("G2D2W2", "cluster", "G2D2", valid_to=SPLIT_ON), unit("G2D2W2", "cluster", "G2D3", SPLIT_ON),
]
SPRING = ["S1", "S2", "S3", "S4", "S5", "M1", "A1", "P1", "Q1", "T1", "C1", "KOLD"]
FALL = ["S1", "S2", "S3", "S4", "S5", "M1", "P2", "Q1", "Q2", "T1", "T2", "T3", "N1", "KNEW"]

BEFORE_ALL, MIDDLE, LATER = "2022-02-15", "2022-05-20", "2022-06-20"
TODAY = SPLIT_ON  # the last day on which the registry changes


# ---- what happens

def event(place, number, data):
    return place.submission("REGISTRY_EVENT", "K", data["effective_on"], data, event_id=f"E-{number}", submitted_at="2022-12-01T05:00:00Z")


def events(place):
    """The successions and moves as registry events, in the order of their days."""
    found = []
    for code, heirs, kind, day in SUCCESSIONS:
        data = {"kind": kind, "subject": code, "effective_on": day}
        if kind == "merge":
            data["merged_into"], = heirs
        else:
            data["part"] = [{"unit": heir, "name": f"Name of {heir}", "weight_percent": weight} for heir, weight in heirs.items()]
        found.append(data)
    found += [{"kind": "move", "subject": code, "effective_on": day, "parent": parent} for code, parent, day in MOVES]
    found.sort(key=lambda data: data["effective_on"])
    place.send([event(place, number, data) for number, data in enumerate(found)], LAST, counts=False)
    place.aggregate()
    open_ones = place.psql.rows("select kind, unit_code, message from control.registry_change where source = 'event' and state <> 'applied'")
    place.require(not open_ones, f"events that were refused: {open_ones}")
    place.know(AFTER)


def enrolment(place, school, month, boys, girls, revision=1):
    """Closing pupils, of whom some are the cohort of the year's start; None: taken back."""
    data = None
    if boys is not None:
        rows = [{"grade": "1", "sex": sex, "opening": number, "admitted": 0, "transfer_in": 0, "transfer_out": 0, "dropped_out": 0, "closing": number}
                for sex, number in (("m", boys), ("f", girls))]
        cohort = [{"grade": "1", "sex": sex, "enrolled_at_start": number, "still_enrolled": number * 4 // 5} for sex, number in (("m", boys), ("f", girls))]
        data = {"pupils_closing": boys + girls, "pupil": rows, "cohort": cohort}
    return place.submission("ENROL_MONTHLY", school, month, data, revision, shift="morning", submitted_at=f"{month}-28T05:00:00Z")


def census(place, school, year, boys, girls):
    rows = [{"grade": "1", "age": "6", "sex": sex, "pupils": number} for sex, number in (("m", boys), ("f", girls))]
    return place.submission("ENROL_CENSUS", school, year, {"pupils_total": boys + girls, "pupil": rows}, shift="full", submitted_at="2022-01-10T05:00:00Z")


def population(place, district, persons):
    rows = [{"single_age": age, "sex": sex, "population": number} for (age, sex), number in persons.items()]
    data = {"estimate_source": "census", "reference_on": "2021-06-30", "population_total": sum(persons.values()), "person": rows}
    return place.submission("POPULATION", district, "SY2021", data, submitted_at="2022-01-10T05:00:00Z")


def feed(place):
    """In the order in which it came: what is known grows, is corrected and is taken back."""
    place.send([population(place, code, {("6", "m"): 101 + 10 * n, ("6", "f"): 97 + 7 * n, ("7", "m"): 3 + n})
                for n, code in enumerate(["G1D1", "G1D2", "G2D1", "G2D2"])], "2022-02-01T08:00:00Z")
    place.send([census(place, code, "SY2021", 31 + 3 * n, 29 + 5 * n) for n, code in enumerate(SPRING)], "2022-02-02T08:00:00Z")
    place.send([enrolment(place, code, FEBRUARY, 20 + 3 * n, 15 + 2 * n) for n, code in enumerate(SPRING)], "2022-03-05T08:00:00Z")
    place.send([place.attendance(code, day, 10 + n, 8 + number, 30 + n) for number, day in enumerate(DAYS) for n, code in enumerate(SPRING)],
               "2022-03-11T08:00:00Z")
    place.send([enrolment(place, code, MARCH, 21 + 3 * n, 16 + 2 * n) for n, code in enumerate(SPRING) if code != "S2"], "2022-04-05T08:00:00Z")
    place.send([enrolment(place, "P1", MARCH, 60, 41, 2), enrolment(place, "S1", MARCH, 5, 6, 3)], "2022-04-20T08:00:00Z")
    # A lower revision that comes after a higher one; a school that takes back; a school that sends at last.
    place.send([enrolment(place, "S1", MARCH, 99, 99, 2), enrolment(place, "M1", MARCH, None, None, 2)], "2022-05-10T10:00:00Z")
    place.send([enrolment(place, "S2", MARCH, 33, 34)], "2022-05-10T12:00:00Z")
    place.send([place.attendance(code, day, 12 + n, 9 + number, 40 + n) for number, day in enumerate(AUTUMN) for n, code in enumerate(FALL)],
               "2022-09-06T08:00:00Z")
    place.send([enrolment(place, code, SEPTEMBER, 22 + 3 * n, 17 + 2 * n) for n, code in enumerate(FALL)], "2022-10-05T08:00:00Z")
    place.send([census(place, code, YEAR, 33 + 2 * n, 27 + 5 * n) for n, code in enumerate(FALL) if code != "S4"], "2022-10-06T08:00:00Z")
    place.aggregate()
    outcomes = dict(place.psql.rows("select outcome, count(*) from intake.ledger group by 1"))
    place.require(set(outcomes) == {"a", "s"}, f"outcomes {outcomes}: every submission is accepted, one of them superseded")


# ---- the model beside the command

class Lines:
    has_valid_from = False

    def __init__(self):
        self.cells = {}  # (level, period, indicator, dimension): sorted rows

    def area(self, level, code, lines):
        for line in lines:
            _, period, indicator, dimension, member, *values = line.split(",")
            cut = "total" if dimension == "total" else f"{dimension}={member}"
            self.cells.setdefault((level, period, indicator, dimension), []).append((code, cut, *values))

    def finish(self):
        return self


class Truth:
    """Every answer that was asked for, by the model; each is worked out once."""

    def __init__(self, place, successions):
        self.place = place
        self.catalogue = Catalogue(f"{ROOT}/catalogue")
        self.calendar = Calendar(f"{place.folder}/calendar.csv")
        self.registry = f"{place.folder}/model-registry.csv"
        village.write_registry(self.registry, place.registry)
        self.opened = f"{place.folder}/model-opened.csv"
        with open(self.opened, "wb") as file:
            subprocess.run(["psql", "-X", "-q", "--csv", "-d", place.dsn, "-f", f"{ROOT}/tests/model/dump_opened.sql"], stdout=file, check=True)
        self.successions = Successions(successions)
        self.answers = {}

    def answer(self, as_of=None, known=None):
        """(model that has run, its Lines)."""
        if (as_of, known) not in self.answers:
            current = Current(self.catalogue)
            for at, line in self.place.sent:
                if known is None or instant(at) <= instant(known):
                    current.take(json.dumps({"received_at": at, "value": json.loads(line)}), at)
            places = read_registry(self.registry, self.catalogue.levels, self.catalogue.attributes)
            opened = read_opened(self.opened, current, self.catalogue)
            model = TimeModel(self.catalogue, self.calendar, places, current, opened, 180, self.successions, day=as_of, links=LINKS)
            self.answers[as_of, known] = model, model.run(Lines())
        return self.answers[as_of, known]


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def asked(place, command, indicator, period, level, *options):
    result = place.emis("indicator", command, "--indicator", indicator, "--period", period, "--level", level, "--csv", *options, check=False)
    if result.returncode != 0:
        place.find(f"indicator {command} {indicator} {period} {level} {' '.join(options)}: exit {result.returncode}: {result.stdout[-300:]}")
        return []
    return rows_of(result.stdout)


# Options of the command, and what the model is asked for: (as of, known).
ANSWERS = {
    "as was": (["--as-of", "was"], (None, None)),
    BEFORE_ALL: (["--as-of", BEFORE_ALL], (BEFORE_ALL, None)),
    MIDDLE: (["--as-of", MIDDLE], (MIDDLE, None)),
    LATER: (["--as-of", LATER], (LATER, None)),
    "today": (["--as-of", "today"], (TODAY, None)),
    "known on 2022-04-10": (["--known", "2022-04-10"], (None, "2022-04-10T23:59:59+03:00")),
    "known at noon": (["--known", "2022-05-10T11:00:00Z"], (None, "2022-05-10T11:00:00Z")),
    "known today": (["--known", "2022-12-31"], (None, None)),
    "known on 2022-04-10, today": (["--known", "2022-04-10", "--as-of", "today"], (TODAY, "2022-04-10T23:59:59+03:00")),
}
KNOWN = [name for name in ANSWERS if name.startswith("known")]
DATED = [name for name in ANSWERS if name not in KNOWN]
# (indicator, period, dimension, levels, answers)
QUESTIONS = [
    ("ENR_MONTHLY", MARCH, "total", LEVELS, DATED),
    ("ENR_MONTHLY", MARCH, "total", ("governorate", "school"), KNOWN),
    ("ENR_MONTHLY", MARCH, "sex", ("school",), ["today"]),
    ("ENR_MONTHLY", MARCH, "ownership", ("school",), [BEFORE_ALL, "today", "known at noon"]),
    ("ENR_MONTHLY", SEPTEMBER, "total", ("cluster", "school"), [BEFORE_ALL, MIDDLE]),
    ("ATT_STU", YEAR, "total", ("district",), ["as was", MIDDLE, "known today"]),
    ("RETN", MARCH, "total", ("governorate",), [MIDDLE, "today", "known on 2022-04-10"]),
    ("RETN", MARCH, "sex", ("district",), ["today"]),
    ("PANEL_COV", YEAR, "total", ("governorate",), ["as was", BEFORE_ALL, "today", "known today"]),
    ("RPT_COMPL", MARCH, "form", ("governorate", "school"), ["today", "known at noon"]),
    ("POP", "SY2021", "total", ("governorate", "district"), ["as was", "today", "known today"]),
    ("POP", "SY2021", "single_age", ("district",), ["today"]),
]


def values(row):
    return tuple(row[name] for name in ("numerator", "denominator", "n_expected", "n_reported", "status"))


def rests(truth, indicator, period):
    """[(period, stored indicator)] that it rests on: itself, if it is not derived."""
    kind = "school_year" if period.startswith("SY") else "month"
    return [(truth.calendar.before(kind, period) if is_before else period, code)
            for _, code, _, is_before in truth.catalogue.indicators[indicator].operands] or [(period, indicator)]


def check_answer(place, truth, question, level, name):
    """Every area of the level, and what has no place."""
    indicator, period, dimension, _, _ = question
    options, wanted = ANSWERS[name]
    by = [] if dimension in ("total", "form") else ["--by", dimension]
    rows = asked(place, "get", indicator, period, level, *by, *options)
    model, lines = truth.answer(*wanted)
    got = sorted((row["code"], row["cut"], *values(row)) for row in rows if row["level"] == level)
    right = sorted(lines.cells.get((level, period, indicator, dimension), []))
    place.require(right and got == right, f"{indicator} {period} {dimension} {level}, {name}: {sorted(set(right) ^ set(got))[:6]} of {len(right)} right and {len(got)} got")
    rests_on = rests(truth, indicator, period)
    lost = sorted((why, at, code, f"{cut[0]}={cut[1]}" if cut[0] != "total" else "total", *(str("" if number is None else number) for number in cell), " ".join(sorted(units)))
                  for (at, code, cut, why), (cell, units) in model.unplaced.items() if (at, code) in rests_on and cut[0] == dimension)
    told = sorted((row["area"].split()[0], row["period"], row["indicator"], row["cut"], *values(row)[:4], row["area"].partition(": ")[2]) for row in rows if row["level"] == "unplaced")
    place.require(told == lost, f"{indicator} {period} {dimension} {level}, {name}, without a place: {told}, not {lost}")
    return len(got)


def check_answers(place, truth):
    for options, wanted in ANSWERS.values():
        truth.answer(*wanted)
    todo = [(question, level, name) for question in QUESTIONS for level in question[3] for name in question[4]]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        cells = sum(pool.map(lambda what: check_answer(place, truth, *what), todo))
    say(f"{len(todo)} answers, {cells} cells as the model has them")


def check_totals(place, truth):
    """By the model, which the command equals: the country's total, with what has no place, is the same in every answer of what is known now."""
    for indicator, period in (("ENR_MONTHLY", MARCH), ("ENR_MONTHLY", SEPTEMBER), ("POP", "SY2021"), ("ATT_STU", YEAR)):
        sums = set()
        for name in DATED:
            model, lines = truth.answer(*ANSWERS[name][1])
            for level in ("country", "governorate"):
                total = sum(int(row[2] or 0) for row in lines.cells[level, period, indicator, "total"])
                total += sum(cell[0] or 0 for (at, code, cut, _), (cell, _) in model.unplaced.items() if (at, code, cut[0]) == (period, indicator, "total"))
                sums.add(total)
        place.require(len(sums) == 1, f"{indicator} {period}: the governorates and what has no place add up to {sorted(sums)}")
    say("the sum over the governorates is the same in all answers")


# ---- what makes the difference

COMPARED = [
    ("ENR_MONTHLY", MARCH, "total", "governorate", ["--as-of", "today"], (None, None), (TODAY, None)),
    ("ENR_MONTHLY", MARCH, "total", "school", ["--as-of", MIDDLE, "--as-of", "today"], (MIDDLE, None), (TODAY, None)),
    ("ENR_MONTHLY", MARCH, "sex", "district", ["--as-of", BEFORE_ALL, "--as-of", LATER], (BEFORE_ALL, None), (LATER, None)),
    ("ENR_MONTHLY", SEPTEMBER, "total", "governorate", ["--as-of", "was", "--as-of", BEFORE_ALL], (None, None), (BEFORE_ALL, None)),
    ("ENR_MONTHLY", MARCH, "total", "governorate", ["--known", "2022-04-10", "--known", "2022-05-10T11:00:00Z"],
     (None, "2022-04-10T23:59:59+03:00"), (None, "2022-05-10T11:00:00Z")),
    ("RETN", MARCH, "total", "governorate", ["--as-of", "today"], (None, None), (TODAY, None)),
    ("POP", "SY2021", "total", "district", ["--as-of", "today"], (None, None), (TODAY, None)),
]


def text(number):
    return "" if number is None else str(number)


def check_difference(place, truth, indicator, period, dimension, level, options, first, second):
    by = [] if dimension == "total" else ["--by", dimension]
    rows = asked(place, "compare", indicator, period, level, *by, *options)
    rests_on = rests(truth, indicator, period)
    right = sorted((area, member if dimension == "total" else f"{dimension}={member}", at, code, leaf, why, *map(text, one), *map(text, two))
                   for (at, code, (cut, member), on, area, leaf), (one, two, why) in differences(truth.answer(*first)[0], truth.answer(*second)[0]).items()
                   if (at, code) in rests_on and cut == dimension and on == level)
    got = sorted((row["code"], row["cut"], row["period"], row["indicator"], row["unit"], row["why"], row["first_numerator"], row["first_denominator"],
                  row["second_numerator"], row["second_denominator"]) for row in rows if row["unit"])
    name = f"{indicator} {period} {dimension} {level} {' '.join(options)}"
    place.require(right and got == right, f"what makes the difference, {name}: {sorted(set(right) ^ set(got))[:6]}")
    for row in rows:
        if row["unit"]:
            continue
        cells = [[cell for cell in truth.answer(*answer)[1].cells.get((level, period, indicator, dimension), []) if cell[:2] == (row["code"], row["cut"])]
                 for answer in (first, second)]
        sums = [text(sum(int(cell[2]) for cell in side if cell[2])) if any(cell[2] for cell in side) else "" for side in cells]
        place.require([row["first_numerator"], row["second_numerator"]] == sums, f"{name}, {row['code']}: {row}, not {sums}")
        items = [int(item["change"]) for item in rows if item["unit"] and (item["code"], item["cut"], item["indicator"]) == (row["code"], row["cut"], rests_on[0][1])]
        place.require(int(row["change"]) == sum(items), f"{name}: the items of {row['code']} add up to {sum(items)}, its change is {row['change']}")
    return {row["why"] for row in rows if row["why"]}


def check_differences(place, truth):
    reasons = set()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for found in pool.map(lambda what: check_difference(place, truth, *what), COMPARED):
            reasons |= found
    place.require(reasons == {"moved", "merge", "split", "closed", "opened", "submissions"}, f"reasons of differences: {sorted(reasons)}")
    same = place.emis("indicator", "compare", "--indicator", "POP", "--period", "SY2021", "--as-of", "today", "--csv", check=False)
    place.require(same.returncode == 0 and same.stdout.startswith("the two answers are the same\nlevel,code,") and same.stdout.count("\n") == 2,
                  f"the country's POP as was and today: {same.stdout}")
    say(f"{len(COMPARED)} differences, each the sum of its schools")


# ---- what cannot be answered

MISTAKES = [
    (["get", "--as-of", "2022-02-30"], 64, "--as-of 2022-02-30 is no day"),
    (["get", "--as-of", "1999-12-31"], 1, "there is no country on 1999-12-31: the registry begins on 2000-01-01"),
    (["get", "--known", "noon"], 64, "--known noon is no day and no instant"),
    (["get", "--as-of", "today", "--area", "P1"], 1, "has no values there"),
    (["get", "--as-of", "today", "--area", "NOWHERE"], 1, "there is no area NOWHERE"),
    (["compare"], 64, "two answers are compared"),
    (["compare", "--as-of", "today", "--by", "shoe"], 1, "there is no cut shoe"),
]


def check_mistakes(place):
    for (command, *options), status, message in MISTAKES:
        result = place.emis("indicator", command, "--indicator", "ENR_MONTHLY", "--period", MARCH, *options, check=False)
        place.require(result.returncode == status and message in result.stdout, f"{command} {options}: exit {result.returncode}, {result.stdout.strip()!r}, not {status}, {message!r}")
    say(f"{len(MISTAKES)} questions that have no answer say why")


def run(place):
    village.CALENDAR += "school_year,SY2021,,2021-01-04,2021-12-31,\n"
    place.found(areas() + SCHOOLS, [("ENROL_CENSUS", "SY2021"), ("ENROL_CENSUS", YEAR), ("ENROL_MONTHLY", f"{FEBRUARY}..{MARCH}"), ("ENROL_MONTHLY", f"{SEPTEMBER}..{SEPTEMBER}"), ("ATT_DAILY", f"{DAYS[0]}..{DAYS[-1]}"),
                                    ("ATT_DAILY", f"{AUTUMN[0]}..{AUTUMN[-1]}")])
    events(place)
    feed(place)
    successions = f"{place.folder}/successions.csv"
    with open(successions, "w", encoding="utf-8") as file:
        file.write("from,to,weight,effective_on\n")
        file.writelines(f"{link.unit},{link.heir},{link.weight},{link.day}\n" for link in LINKS)
    flows.compare(place, "end", successions)
    truth = Truth(place, successions)
    check_answers(place, truth)
    check_totals(place, truth)
    check_differences(place, truth)
    check_mistakes(place)


if __name__ == "__main__":
    village.run(run)
