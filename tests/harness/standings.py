# SPDX-License-Identifier: Apache-2.0
"""
How areas stand: what is sent in three months is below as data, the oracle works out from the cells of the mart (which have an oracle of their own), the targets
as sent and the catalogue's files what every standing must say; the edges are also worked out by hand.
"""

import datetime
import json
import os
import shutil
from decimal import ROUND_HALF_UP, Decimal

import village
from village import ROOT, areas, unit
from world import say

CALENDAR = """kind,code,area,starts_on,ends_on,reason
school_year,SY2022,,2022-01-01,2022-12-31,
term,SY2022-T1,,2022-01-03,2022-06-30,
weekend,sat,K,2022-01-01,2022-12-31,weekend
weekend,sun,K,2022-01-01,2022-12-31,weekend
"""
RECEIVED = "2022-04-04T08:00:00Z"
WEEKS = {"2022-01": range(10, 15), "2022-02": range(7, 12), "2022-03": range(7, 12)}  # Monday to Friday
SCHOOLS = {"S1": "G1D1W1", "S2": "G1D1W1", "S3": "G1D1W1", "S4": "G1D1W1", "S5": "G1D1W1", "S6": "G1D1W1", "S7": "G1D1W2", "S8": "G1D2W1",
           "S9": "G2D1W1", "S10": "G3D1W1", "S11": "G3D2W1", "S12": "G4D1W1"}
# Present of 100 on the register on each of the month's five days; a pair: on only so many days.
PRESENT = {
    "S1": (90, 70, 75), "S2": (80, 80, 75), "S3": (80, 85, 75), "S4": (70, 85, 75), "S5": ((60, 4), 90, 75), "S6": ((95, 3), 60, 75),
    "S7": (50, 50, 80), "S8": (66, 77, 88), "S9": (80, 60, 90), "S10": (70, 70, (90, 4)), "S11": (90, 70, (90, 4)), "S12": (85, 65, (100, 3))}
INCIDENTS = {"S1": 2, "S2": 1, "S3": 1, "S5": 3, "S9": 1}  # of January
MEASURES = {"ATT_STU": {}, "ATT_TCH": {"bands": {"list": "light", "steps": [{"code": "red", "below": 0.5}, {"code": "amber", "below": "0.500001"},
                                                                            {"code": "green"}]}},
            "INC_N": {"rank": {"coverage_min": 0, "ties": "dense"}, "amber_within": 1}}
TARGETS = {
    "S1": [("ATT_STU", "2022-01", "percent", 90), ("INC_N", "2022-01", "number", 1), ("NOBODY", "2022-01", "number", 1),
           ("ATT_STU", "2021-12", "percent", 50), ("ATT_STU", "2022-01-10", "percent", 50)],
    "S2": [("ATT_STU", "2022-01", "percent", 90), ("ATT_STU", "2022-02", "percent", 80), ("INC_N", "2022-01", "number", 1)],
    "S3": [("ATT_STU", "2022-01", "percent", "90.0001")],
    "S4": [("ATT_STU", "2022-01", "percent", "70.0001"), ("ATT_STU", "SY2022", "percent", 0)],
    "S5": [("ATT_STU", "2022-01", "ratio", "0.5"), ("INC_N", "2022-01", "number", 1)],
    "S6": [("ATT_STU", "2022-01", "percent", 95)],
    "G1D1": [("ATT_STU", "SY2022", "percent", 75), ("ATT_TCH", "SY2022-T1", "percent", 60)],
    "G2": [("ATT_STU", "2022-01", "percent", 100), ("ATT_STU", "2022-03", "percent", 90)],
    "K": [("ATT_STU", "2022-02", "percent", 70), ("INC_N", "SY2022", "number", 7)]}
IDLE = {("S1", "NOBODY", "2022-01"): "there is no such indicator", ("S1", "ATT_STU", "2021-12"): "there is no such period",
        ("S1", "ATT_STU", "2022-01-10"): "the period is shorter than a month", ("S5", "ATT_STU", "2022-01"): "the indicator is in another unit"}
# Of January, by hand: school, indicator, rank, of, light.
BY_HAND = [
    ("S1", "ATT_STU", 1, 5, "green"),  # 90 of 90
    ("S2", "ATT_STU", 2, 5, "amber"),  # 80 of 90: ten points below
    ("S3", "ATT_STU", 2, 5, "red"),  # 80 of 90.0001
    ("S4", "ATT_STU", 4, 5, "amber"),  # 70 of 70.0001
    ("S5", "ATT_STU", 5, 5, None),  # four of five days: just enough; the target is in another unit
    ("S6", "ATT_STU", None, 5, "green"),  # three of five days
    ("S2", "INC_N", 1, 4, "green"),  # fewer is better: 1 of 1
    ("S3", "INC_N", 1, 4, None),
    ("S1", "INC_N", 2, 4, "amber"),  # 2 of 1, one of which is allowed
    ("S5", "INC_N", 3, 4, "red")]  # 3 of 1
GOVERNORATES = {"2022-01": {"G4": 1, "G2": 2, "G3": 2, "G1": 4}, "2022-03": {"G2": 1, "G3": 1, "G1": 3, "G4": None}}
NEED = """
select a.unit_code, string_agg(i.code || ' ' || s.rank || '/' || s.ranked_count, ', ' order by i.code)
from mart.school_standing s join mart.dim_period p using (period_key) join mart.dim_area a using (area_key) join mart.dim_indicator i using (indicator_key)
where p.code = '2022-01' and s.rank is not null
group by a.unit_code order by avg((s.rank - 1)::numeric / nullif(s.ranked_count - 1, 0)) desc nulls last, a.unit_code limit 2"""


def write_catalogue(folder):
    shutil.copytree(f"{ROOT}/catalogue", folder)
    for code, changes in MEASURES.items():
        path = f"{folder}/indicators/{code}.v1.json"
        with open(path, encoding="utf-8") as file:
            document = {**json.load(file), **changes}
        with open(path, "w", encoding="utf-8") as file:
            json.dump(document, file)


def attendance(place, month, schools=SCHOOLS):
    lines = []
    for code in schools:
        present = PRESENT[code][list(WEEKS).index(month)]
        present, days = present if isinstance(present, tuple) else (present, 5)
        for day in list(WEEKS[month])[:days]:
            lines.append(place.attendance(code, f"{month}-{day:02d}", present // 2, present - present // 2, 50, submitted_at="2022-04-04T07:00:00Z"))
    return lines


def incidents(place):
    data = {"incident_type": "accident", "severity": "minor", "action_taken": "first_aid", "pupils_affected": 1, "staff_affected": 0}
    return [place.submission("INCIDENT", code, "2022-01-12", data, incident_id=str(n), submitted_at="2022-04-04T07:00:00Z")
            for code, count in INCIDENTS.items() for n in range(count)]


def target(place, code, rows, revision=1):
    data = rows and {"target": [dict(zip(("indicator_code", "target_period", "target_unit", "target_value"), row)) for row in rows]}
    return place.submission("TARGET", code, "SY2022", data or None, revision, submitted_at="2022-04-04T07:00:00Z")


# --- the oracle -------------------------------------------------------------------------------------------------------


def six(number):
    return None if number is None else number.quantize(Decimal("0.000001"), ROUND_HALF_UP)


def number(text):
    return None if text == "" else Decimal(text)


def rules(folder):
    """{indicator: document}, of those that have a total."""
    found = {}
    for name in os.listdir(f"{folder}/indicators"):
        with open(f"{folder}/indicators/{name}", encoding="utf-8") as file:
            document = json.load(file)
        if document["class"] not in ("coverage", "ontime"):
            found[document["code"]] = document
    return found


class Oracle:
    def __init__(self, place, folder):
        self.rules, self.targets = rules(folder), {}
        self.parents = {row[0]: row[1:] for row in place.psql.rows("select area_key, parent_area_key, unit_code, level_code from mart.dim_area")}
        self.periods = {row[0]: (row[1], *map(datetime.date.fromisoformat, row[2:])) for row in place.psql.rows(
            "select code, kind, starts_on, ends_on from mart.dim_period where kind not in ('day', 'week')")}
        self.cells = {}
        for area, period, code, over, under, owed, came, status in place.psql.rows(
                "select m.area_key, p.code, i.code, m.numerator, m.denominator, m.n_expected, m.n_reported, m.status from mart.indicator m "
                "join mart.dim_period p using (period_key) join mart.dim_indicator i using (indicator_key) where m.cut_key = 0"):
            if period in self.periods and code in self.rules:
                self.cells[area, period, code] = (self.value(code, number(over), number(under), status), int(owed), int(came))

    def value(self, code, over, under, status):
        if status not in ("ok", "provisional"):
            return None
        return over if self.rules[code]["unit"] == "n" else six(over / under)

    def before(self, period):
        kind, starts, _ = self.periods[period]
        ended = [(ends, code) for code, (other, _, ends) in self.periods.items() if other == kind and ends < starts and (starts - ends).days <= 183]
        return max(ended)[1] if ended and kind != "campaign" else None

    def ranks(self, period, code, parent):
        """{area: rank} of one family."""
        rule = self.rules[code].get("rank")
        if rule is None or parent == "":
            return {}
        least, ranked = Decimal(str(rule["coverage_min"])), {}
        for area, (above, _, _) in self.parents.items():
            value, owed, came = self.cells.get((area, period, code), (None, 0, 0))
            if above == parent and value is not None and came >= least * owed:
                ranked[area] = value * self.rules[code]["direction"]
        order = sorted(ranked.values(), reverse=True)
        order = sorted(set(order), reverse=True) if rule["ties"] == "dense" else order
        return {area: order.index(value) + 1 for area, value in ranked.items()}

    def target(self, unit_code, period, code):
        """In the terms of value; the last row sent for it."""
        rule = self.rules[code]
        word = "number" if rule["unit"] == "n" else rule["unit"]
        for row in self.targets.get(unit_code, []):
            if row[:3] == (code, period, word) and period != "2021-12":
                return six(Decimal(str(row[3])) / rule["factor"])
        return None

    def light(self, code, value, aim):
        rule = self.rules[code]
        if value is None or aim is None or rule["direction"] == 0:
            return None
        short = (aim - value) * rule["direction"]
        within = Decimal(str(rule.get("amber_within", "0.1" if rule["unit"] == "percent" else 0)))
        return "green" if short <= 0 else "amber" if short <= within else "red"

    def band(self, code, value):
        for step in self.rules[code].get("bands", {"steps": []})["steps"] if value is not None else []:
            if "below" not in step or value < Decimal(str(step["below"])):
                return step["code"]
        return None

    def standings(self):
        """{(area, period, indicator): (value, rank, of, before, movement, target, attainment, gap, light, band)}."""
        known, wanted = {}, {}
        for (area, period, code), (value, _, _) in self.cells.items():
            parent, unit_code, _ = self.parents[area]
            for when in (period, self.before(period)):
                if when is not None and (when, code, parent) not in known:
                    known[when, code, parent] = self.ranks(when, code, parent)
            ranks, aim = known[period, code, parent], self.target(unit_code, period, code)
            if "rank" not in self.rules[code] and "bands" not in self.rules[code] and aim is None:
                continue
            rank, before = ranks.get(area), known.get((self.before(period), code, parent), {}).get(area)
            gap = None if value is None or aim is None else value - aim
            wanted[area, period, code] = (value, rank, len(ranks), before, None if None in (rank, before) else before - rank, aim,
                                          six(value / aim) if gap is not None and aim else None, gap, self.light(code, value, aim), self.band(code, value))
        return wanted


# --- what is compared -------------------------------------------------------------------------------------------------


def stored(place):
    rows = place.psql.rows(
        "select s.area_key, p.code, i.code, s.value, s.rank, s.ranked_count, s.previous_rank, s.movement, s.target, s.attainment, s.gap, s.light, s.band "
        "from mart.standing s join mart.dim_period p using (period_key) join mart.dim_indicator i using (indicator_key)")
    return {tuple(row[:3]): (*map(number, row[3:11]), row[11] or None, row[12] or None) for row in rows}


def differences(place, folder, targets):
    oracle = Oracle(place, folder)
    oracle.targets = targets
    wanted, got = oracle.standings(), stored(place)
    wrong = [f"{oracle.parents[key[0]][1]} {key[1:]}: {got.get(key)}, not {wanted.get(key)}" for key in sorted(wanted.keys() | got.keys())
             if got.get(key) != wanted.get(key)]
    return wrong, len(wanted)


def compare(place, folder, targets, what):
    wrong, count = differences(place, folder, targets)
    say(f"{what}: {count} standings, {len(wrong)} differ")
    place.require(not wrong and count > 0, f"{what}: {len(wrong)} of {count} standings: " + "; ".join(wrong[:10]))


def check_by_hand(place):
    got = {(place.unit_codes[key[0]], key[1], key[2]): value for key, value in stored(place).items()}
    for code, indicator, rank, of, light in BY_HAND:
        row = got[code, "2022-01", indicator]
        place.require((row[1], row[2], row[8]) == (rank, of, light), f"{indicator} of {code}: rank {row[1]} of {row[2]}, {row[8]}; not {rank}, {of}, {light}")
    for period, ranks in GOVERNORATES.items():
        found = {code: got[code, period, "ATT_STU"][1] for code in ranks}
        place.require(found == ranks, f"governorates of {period}: {found}, not {ranks}")
    moved = [(got["S5", period, "ATT_STU"][1], got["S5", period, "ATT_STU"][4]) for period in WEEKS]
    place.require(moved == [(5, None), (1, 4), (1, 0)], f"S5 over three months: {moved}")


def check_command(place):
    rows = json.loads(place.emis("--json", "indicator", "rank", "--indicator", "ATT_STU", "--period", "2022-01", "--area", "G1D1W1").stdout)["rows"]
    seen = [(row["code"], row["rank"], row["of"], row["value"], row["target"], row["gap"], row["light"]) for row in rows]
    place.require(seen[:3] == [("S1", 1, 5, 90, 90, 0, "green"), ("S2", 2, 5, 80, 90, -10, "amber"), ("S3", 2, 5, 80, 90, -10, "red")]
                  and seen[-1][:2] == ("S6", None), f"indicator rank: {seen}")
    lines = place.emis("indicator", "rank", "--indicator", "ATT_STU", "--period", "2022-03", "--csv").stdout.splitlines()
    place.require([line.split(",")[4] for line in lines] == ["code", "G2", "G3", "G1", "G4"], f"indicator rank --csv: {lines}")
    for arguments, why in ((("ATT_STU", "2022-01-10"), "2022-01-10 is a day: areas are compared for a month and longer periods"), (("NOBODY", "2022-01"), "there is no indicator NOBODY"),
                           (("ENR", "SY2022"), "ENR is neither ranked nor in bands")):
        result = place.emis("indicator", "rank", "--indicator", arguments[0], "--period", arguments[1], check=False)
        place.require(result.returncode == 1 and why in result.stdout, f"indicator rank {arguments}: exit {result.returncode}, {result.stdout}")
    rows = json.loads(place.emis("--json", "target", "list").stdout)["rows"]
    idle = {(row["code"], row["indicator"], row["period"]): row["state"] for row in rows if row["state"] != "counts"}
    place.require(len(rows) == sum(map(len, TARGETS.values())) and idle == IDLE, f"target list: {len(rows)} rows, {idle}")
    need = place.psql.rows(NEED.replace("\n", " "))
    place.require(need == [["S5", "ATT_STU 5/5, ATT_TCH 1/5, INC_N 3/4"], ["S4", "ATT_STU 4/5, ATT_TCH 1/5"]], f"who needs help most: {need}")


def check_that_a_wrong_one_is_seen(place, folder, targets):
    """A changed row of a school and a lost one of a governorate: the oracle and the auditor see both."""
    columns = "area_key, period_key, indicator_key, value, rank, ranked_count, previous_rank, target, light, band, definition_version, computed_at"
    lost = "delete from {0} s using kept_{1} k where (s.area_key, s.period_key, s.indicator_key) = (k.area_key, k.period_key, k.indicator_key)"
    tables = {level: f"mart.{level}_standing" for level in ("school", "governorate")}
    for level, table in tables.items():
        place.psql.rows(f"create table kept_{level} as select {columns} from {table} where rank = 1 order by 1, 2, 3 limit 1; {lost.format(table, level)}")
    place.psql.rows(f"insert into {tables['school']} ({columns}) select {columns.replace(' rank,', ' null,')} from kept_school")
    wrong, _ = differences(place, folder, targets)
    result = place.emis("audit", "run", "--all", check=False, timeout=600)
    place.require(len(wrong) == 2 and result.returncode == 1 and all(f"audit_standing_{level}" in result.stdout for level in tables),
                  f"the oracle sees {len(wrong)} wrong standings, audit run exits {result.returncode}: {result.stdout[-600:]}")
    for level, table in tables.items():
        place.psql.rows(f"{lost.format(table, level)}; insert into {table} ({columns}) select {columns} from kept_{level}; drop table kept_{level}")


def check_that_targets_stay(place, folder):
    """What was set would stand for ever."""
    path = f"{folder}/forms/TARGET.v1.json"
    with open(path, encoding="utf-8") as file:
        document = json.load(file)
    del document["targets"]
    with open(path, "w", encoding="utf-8") as file:
        json.dump(document, file)
    result = place.emis("db", "migrate", "--catalogue", folder, check=False)
    place.require(result.returncode != 0 and "TARGET version 1 has set targets" in result.stdout, f"a form that sets targets no more: {result.stdout}")


def standings(place):
    village.CALENDAR = CALENDAR
    folder = f"{place.folder}/catalogue"
    write_catalogue(folder)
    days = [("ATT_DAILY", f"{month}-{day:02d}") for month, days in WEEKS.items() for day in days]
    place.found(areas(4) + [unit(code, "school", ward) for code, ward in SCHOOLS.items()], days, folder)
    targets = dict(TARGETS)
    place.send([*attendance(place, "2022-01"), *incidents(place), *(target(place, code, rows) for code, rows in targets.items())], RECEIVED)
    place.aggregate(2)
    compare(place, folder, targets, "a month and targets")
    place.send(attendance(place, "2022-02") + attendance(place, "2022-03"), RECEIVED)
    place.aggregate(2)
    place.unit_codes = dict(place.psql.rows("select area_key, unit_code from mart.dim_area"))
    compare(place, folder, targets, "three months")
    check_by_hand(place)
    check_command(place)
    # A correction of two of a school's days moves its siblings, and what February says of January.
    place.send([place.attendance("S4", f"2022-01-{day}", 50, 50, 50, 2, submitted_at="2022-04-04T07:00:00Z") for day in (10, 11)], RECEIVED)
    place.aggregate()
    compare(place, folder, targets, "a correction")
    targets.update({"S2": [("ATT_STU", "2022-01", "percent", 80)], "S3": [], "K": [("ATT_STU", "2022-02", "percent", "72.5")]})
    place.send([target(place, code, targets[code], 2) for code in ("S2", "S3", "K")], RECEIVED)
    place.aggregate()
    compare(place, folder, targets, "changed targets")
    place.import_registry([unit("S6", "school", "G1D1W1", valid_to="2022-03-01"), unit("S6", "school", "G1D1W2", valid_from="2022-03-01")])
    place.aggregate()
    compare(place, folder, targets, "a move")
    check_that_a_wrong_one_is_seen(place, folder, targets)
    compare(place, folder, targets, "put right again")
    place.compare(place.dump("end"), folder)
    place.check_everything()
    check_that_targets_stay(place, folder)


if __name__ == "__main__":
    village.run(standings)
