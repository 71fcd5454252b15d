# SPDX-License-Identifier: Apache-2.0
"""
Scenario: the five domains of a small generated Punjab over eight quarters: 4 districts, 8 markazes, 40 schools. Nothing in it was observed. A district has the same schools as
every other, in size and in what sets the best of them apart from the worst, and in each quarter and domain a level of its own (LEVELS): where two levels are equal, so are
the districts. Monthly returns, visits, funds and assessments are made of that; some did not come (ABSENT).

The three queries of catalogue/countries/pk-pb are asked as a BI tool would, for each of the quarters. The answers are worked out here from the lines sent, and nothing else.
"""

import collections
import csv
import datetime
import json
import sys
from decimal import ROUND_HALF_UP, Decimal

import village
from village import ROOT, unit
from world import say

sys.path.insert(0, f"{ROOT}/tests/model")
import country

CALENDAR = "kind,code,area,starts_on,ends_on,reason\n" + "".join(
    f"school_year,SY{year},,{year}-04-01,{year + 1}-03-31,\nweekend,sun,PB,{year}-04-01,{year + 1}-03-31,weekend\n" for year in (2024, 2025, 2026))
SUBMITTED, RECEIVED = "2026-07-15T07:00:00Z", "2026-07-15T08:00:00Z"
QUARTERS = ["2024-Q3", "2024-Q4", "2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4", "2026-Q1", "2026-Q2"]
DOMAINS = {"RETN": "enrolment", "ATT_TCH_SPOT": "teacher attendance", "FACIL": "infrastructure", "FUND_UTIL": "resources", "LND": "learning"}
SCORE = "PMIU_5"
LEVELS = {  # percent of districts 1 to 4 in each quarter
    "RETN": [(96, 95, 94, 88, 96, 95, 95, 93), (92, 92, 93, 93, 94, 94, 95, 95), (92, 90, 91, 90, 89, 88, 90, 90), (85, 92, 93, 88, 87, 88, 86, 93)],
    "ATT_TCH_SPOT": [(90, 91, 92, 93, 94, 93, 92, 91), (90, 90, 90, 88, 86, 84, 90, 91), (80, 82, 84, 86, 88, 90, 92, 91), (75, 75, 78, 80, 79, 77, 80, 84)],
    "FACIL": [(70, 70, 75, 75, 80, 80, 85, 85), (70, 72, 74, 76, 78, 80, 82, 84), (60, 60, 66, 66, 70, 74, 80, 86), (50, 55, 50, 45, 50, 55, 60, 75)],
    "FUND_UTIL": [(80, 84, 88, 92, 96, 100, 104, 90), (85, 85, 85, 85, 85, 85, 85, 85), (60, 70, 80, 90, 100, 90, 85, 85), (95, 90, 85, 80, 75, 70, 65, 80)],
    "LND": [(72, 73, 74, 75, 76, 77, 78, 79), (81, 80, 79, 78, 77, 76, 75, 74), (66, 66, 70, 70, 74, 74, 78, 79), (61, 59, 60, 62, 64, 63, 65, 72)]}
SPREAD = (-17, -9, -5, -2, 0, 1, 3, 6, 8, 12)  # points of a district's ten schools, turned by two from domain to domain
FORMS = {"RETN": "ENROL_MONTHLY", "ATT_TCH_SPOT": "VISIT", "FACIL": "VISIT", "FUND_UTIL": "FINANCE", "LND": "ASSESS_SPOT"}
ABSENT = {  # nobody filled these in
    *(("FINANCE", code, "2025-Q3") for code in ("D3T1M1-1", "D3T1M1-2", "D3T2M1-4")),  # seven of ten: too few to be ranked
    ("VISIT", "D2T1M1-3", "2026-Q2"), *((form, "D4T2M1-5", "2026-Q2") for form in set(FORMS.values()))}
AIMS = {"RETN": 90, "ATT_TCH_SPOT": 92, "FACIL": 80, "FUND_UTIL": 85, "LND": 75}
NO_AIM = ("D4", "LND")
OWN_AIMS = {"D4T1M1-1": {"LND": "99.5"}}
COVERAGE_MIN = Decimal("0.8")  # of what is owed: the monthly return and the funds
BY_HAND = {  # the last quarter of each district: domain, rank, movement
    "D1": [("enrolment", 2, -1), ("teacher attendance", 1, 0), ("infrastructure", 2, -1), ("resources", 1, 0), ("learning", 1, 0)],
    "D2": [("enrolment", 1, 0), ("teacher attendance", 3, 0), ("infrastructure", 3, -1), ("resources", 2, 0), ("learning", 3, 0)],
    "D3": [("enrolment", 4, -1), ("teacher attendance", 1, 0), ("infrastructure", 1, 2), ("resources", 2, 0), ("learning", 1, 0)]}


# ---- what is sent

def registry():
    rows = [unit("PB", "province", "", name="Generated province")]
    for d in range(1, 5):
        rows.append(unit(f"D{d}", "district", "PB", name=f"Generated district {d}"))
        for t in (1, 2):
            rows.append(unit(f"D{d}T{t}", "tehsil", f"D{d}", name=f"Generated tehsil {d}-{t}"))
            rows.append(unit(f"D{d}T{t}M1", "markaz", f"D{d}T{t}", name=f"Generated markaz {d}-{t}-1"))
            rows += [unit(f"D{d}T{t}M1-{s}", "school", f"D{d}T{t}M1", name=f"Generated school {d}-{t}-1-{s}") for s in range(1, 6)]
    return rows


SCHOOLS = [row["code"] for row in registry() if row["level"] == "school"]


def middle(quarter):
    """Monday of the week in the middle of the quarter."""
    day = datetime.date(int(quarter[:4]), int(quarter[-1]) * 3 - 1, 15)
    return day - datetime.timedelta(days=day.weekday())


def made(code, quarter, indicator):
    """(numerator, denominator) of a school."""
    place = SCHOOLS.index(code) % 10
    percent = LEVELS[indicator][int(code[1]) - 1][QUARTERS.index(quarter)] + SPREAD[(place + 2 * list(DOMAINS).index(indicator)) % 10]
    whole = 3 if indicator == "FACIL" else 30 + 7 * place
    part = (2 * whole * percent + 100) // 200
    return max(0, part if indicator == "FUND_UTIL" else min(whole, part)), whole


def monthly(place, code, quarter):
    stay, start = made(code, quarter, "RETN")
    data = {"pupil": [{"grade": "1", "sex": "f", "opening": stay, "admitted": 5, "transfer_in": 0, "transfer_out": 0, "dropped_out": 0, "closing": stay + 5}],
            "cohort": [{"grade": "1", "sex": "f", "enrolled_at_start": start, "still_enrolled": stay}]}
    return place.submission("ENROL_MONTHLY", code, f"{quarter[:4]}-{int(quarter[-1]) * 3:02d}", data, shift="morning", submitted_at=SUBMITTED)


def visit(place, code, quarter, revision=1, present=None):
    (found, staff), (works, _) = made(code, quarter, "ATT_TCH_SPOT"), made(code, quarter, "FACIL")
    data = {"status": "open", "visitor": code[:6], "visitor_role": "monitor", "water_available": works > 0, "electricity_working": works > 1,
            "has_wall": True, "wall_complete": works > 2, "staff": [{"staff_type": "teacher", "in_position": staff, "present": found if present is None else present}]}
    if code.endswith("-4"):
        del data["electricity_working"]  # nobody looked
    day = middle(quarter) + datetime.timedelta(days=SCHOOLS.index(code) % 6)
    return place.submission("VISIT", code, day.isoformat(), data, revision, version=2, visit_id="1", submitted_at=SUBMITTED)


def finance(place, code, quarter):
    spent, received = (1000 * number for number in made(code, quarter, "FUND_UTIL"))
    fund = {"budget_head": "nsb", "opening_balance": 50000, "received": received, "spent": spent, "closing_balance": 50000 + received - spent}
    return place.submission("FINANCE", code, quarter, {"pupils_counted": 100, "fund": [fund]}, submitted_at=SUBMITTED)


def assessment(place, code, quarter):
    """One pupil, who was asked much."""
    correct, asked = made(code, quarter, "LND")
    year, week, _ = middle(quarter).isocalendar()
    data = {"assessor_role": "official", "assessor_on_staff": False, "assessed_on": middle(quarter).isoformat(),
            "sample": [{"grade": "3", "pupils_present": 1, "sampled": 1, "nipun": 0}], "pupil": [{"grade": "3", "pupil_no": 1, "sex": "f", "nipun": False}],
            "answer": [{"grade": "3", "pupil_no": 1, "subject": "language", "items_asked": asked, "items_correct": correct}]}
    return place.submission("ASSESS_SPOT", code, f"{year}-W{week:02d}", data, assessment_round=quarter, assessor="1", submitted_at=SUBMITTED)


def targets(place, code, aims):
    """Those of a unit for each quarter, a submission for each school year."""
    for year in (2024, 2025, 2026):
        rows = [{"indicator_code": indicator, "target_period": quarter, "target_unit": "percent", "target_value": value} for indicator, value in aims.items()
                for quarter in QUARTERS if f"{year}-Q2" <= quarter < f"{year + 1}-Q2"]
        yield place.submission("TARGET", code, f"SY{year}", {"target": rows}, submitted_at=SUBMITTED)


def lines(place):
    made_by = {"ENROL_MONTHLY": monthly, "VISIT": visit, "FINANCE": finance, "ASSESS_SPOT": assessment}
    sent = [make(place, code, quarter) for quarter in QUARTERS for code in SCHOOLS for form, make in made_by.items() if (form, code, quarter) not in ABSENT]
    for district in ("D1", "D2", "D3", "D4"):
        sent += targets(place, district, {indicator: value for indicator, value in AIMS.items() if (district, indicator) != NO_AIM})
    for school, aims in OWN_AIMS.items():
        sent += targets(place, school, aims)
    return sent


# ---- the oracle: from the registry's rows and the lines sent

def counts_of(document):
    """[(indicator, numerator, denominator)] of a submission."""
    data = document["data"]
    if document["form"] == "ENROL_MONTHLY":
        yield "ENR_MONTHLY", sum(row["closing"] for row in data["pupil"]), 0
        yield "RETN", sum(row["still_enrolled"] for row in data["cohort"]), sum(row["enrolled_at_start"] for row in data["cohort"])
    elif document["form"] == "VISIT":
        found = [data[name] for name in ("water_available", "electricity_working", "wall_complete") if name in data]
        yield "FACIL", sum(found), len(found)
        yield "ATT_TCH_SPOT", sum(row["present"] for row in data["staff"]), sum(row["in_position"] for row in data["staff"])
    elif document["form"] == "FINANCE":
        yield "FUND_UTIL", sum(row["spent"] for row in data["fund"]), sum(row["received"] for row in data["fund"])
    elif document["form"] == "ASSESS_SPOT":
        yield "LND", sum(row["items_correct"] for row in data["answer"]), sum(row["items_asked"] for row in data["answer"])


def quarter_of(period):
    day = datetime.date.fromisocalendar(int(period[:4]), int(period[6:]), 7) if "W" in period else None
    month = day.month if day else int(period[5:7]) if "Q" not in period else int(period[-1]) * 3
    return f"{period[:4]}-Q{(month + 2) // 3}"


def six(over, under):
    return (Decimal(over) / Decimal(under)).quantize(Decimal("0.000001"), ROUND_HALF_UP)


def text(number, decimals=1):
    return "" if number is None else str(Decimal(number).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))


def place_of(values):
    """{key: rank}, best first, equal ones alike."""
    return {key: 1 + sum(other > value for other in values.values()) for key, value in values.items()}


class Oracle:
    def __init__(self, rows, sent):
        self.parents, self.names = {row["code"]: row["parent"] for row in rows}, {row["code"]: row["name"] for row in rows}
        self.sums, self.came = collections.defaultdict(lambda: [0, 0]), collections.Counter()
        self.aims, current = {}, {}
        for line in sent:
            document = json.loads(line)
            key = tuple(document.get(name) for name in ("form", "unit", "period", "visit_id"))
            if key not in current or document["revision"] > current[key]["revision"]:
                current[key] = document
        for document in current.values():
            if document["form"] == "TARGET":
                self.aims.update({(document["unit"], row["target_period"], row["indicator_code"]): Decimal(str(row["target_value"])) / 100
                                  for row in document["data"]["target"]})
                continue
            area, quarter = document["unit"], quarter_of(document["period"])
            while area:
                self.came[area, quarter, document["form"]] += 1
                for indicator, over, under in counts_of(document):
                    cell = self.sums[area, quarter, indicator]
                    cell[0] += over
                    cell[1] += under
                area = self.parents[area]

    def value(self, area, quarter, indicator):
        if indicator == SCORE:
            parts = [self.value(area, quarter, part) or Decimal(0) for part in DOMAINS]
            parts[list(DOMAINS).index("FUND_UTIL")] = min(parts[list(DOMAINS).index("FUND_UTIL")], Decimal(1))
            return six(sum(parts), 5)
        over, under = self.sums.get((area, quarter, indicator), (0, 0))
        return six(over, under) if under else None

    def shown(self, area, quarter, indicator):
        over, under = self.sums.get((area, quarter, indicator), (None, 0))
        return over if indicator == "ENR_MONTHLY" else Decimal(text(100 * six(over, under))) if under else None

    def ranks(self, parent, quarter, indicator):
        """{area: rank} of those below parent that are ranked."""
        found = {}
        for area in (area for area, above in self.parents.items() if above == parent):
            owed = sum(school.startswith(area) for school in SCHOOLS)
            enough = FORMS.get(indicator) not in ("ENROL_MONTHLY", "FINANCE") or self.came[area, quarter, FORMS[indicator]] >= COVERAGE_MIN * owed
            value = self.value(area, quarter, indicator)
            if value is not None and enough:
                found[area] = value
        return place_of(found)

    def trend(self, until):
        known = ["2024-Q2", *QUARTERS]  # of the calendar
        quarters = known[:known.index(until) + 1][-8:]
        for district in ("D1", "D2", "D3", "D4"):
            for indicator in ("ENR_MONTHLY", *DOMAINS):
                shown = [self.shown(district, quarter, indicator) for quarter in quarters]
                for at, (quarter, number) in enumerate(zip(quarters, shown)):
                    change, since = (None if None in (number, other) else number - other for other in (shown[at - 1] if at else None, shown[0]))
                    yield [district, self.names[district], DOMAINS.get(indicator, "enrolment"), quarter, *("" if one is None else str(one) for one in (number, change, since))]

    def rank(self, quarter):
        at = QUARTERS.index(quarter)
        for indicator in (SCORE, *DOMAINS):
            now, before = self.ranks("PB", quarter, indicator), self.ranks("PB", QUARTERS[at - 1], indicator) if at else {}
            for district in sorted(("D1", "D2", "D3", "D4"), key=lambda area: (now.get(area, 9), area)):
                value, aim, rank, old = self.value(district, quarter, indicator), self.aims.get((district, quarter, indicator)), now.get(district), before.get(district)
                light = "" if aim is None else "green" if value >= aim else "amber" if aim - value <= Decimal("0.1") else "red"
                yield [DOMAINS.get(indicator, "all five"), str(rank or ""), str(len(now)), str(old or ""), str(old - rank) if rank and old else "",
                       district, self.names[district], text(100 * value), text(aim and 100 * aim), light]

    def reason(self, school, quarter):
        district, found = school[:2], []
        for place, (indicator, domain) in enumerate(DOMAINS.items()):
            value, ranks = self.value(school, quarter, indicator), self.ranks(self.parents[school], quarter, indicator)
            aim = self.aims.get((school, quarter, indicator), self.aims.get((district, quarter, indicator)))
            if aim is not None and aim <= (value or 0):
                continue
            said = domain + (" not reported" if value is None else f" {text(100 * value)} %")
            said += "" if aim is None else f", target {text(100 * aim)} %"
            said += f", rank {ranks[school]} of {len(ranks)}" if school in ranks else ""
            found.append((aim is None, (value or 0) - aim if aim is not None else 0, -Decimal(ranks[school]) / len(ranks) if school in ranks else -9, place, said))
        return "; ".join(said for *_, said in sorted(found))

    def help(self, quarter):
        for score, school in sorted((self.value(school, quarter, SCORE), school) for school in SCHOOLS)[:10]:
            yield [school, self.names[school], self.names[school[:2]], text(100 * score), self.reason(school, quarter)]


# ---- the scenario

def ask(place, name, quarter):
    """As a BI tool's login."""
    with open(f"{ROOT}/catalogue/countries/pk-pb/{name}.sql", encoding="utf-8") as file:
        query = file.read()
    place.require(query.count(f"'{QUARTERS[-1]}'") == 1, f"{name}.sql does not name its quarter once")
    rows = place.psql.rows(f"set role emis_bi; {query.rstrip().rstrip(';').replace(QUARTERS[-1], quarter)}; reset role")
    return [row[:3] + row[4:] for row in rows] if name == "trend" else rows  # without the indicator's name


def differences(place, sent):
    oracle, wrong, count = Oracle(place.registry, sent), [], 0
    for name in ("trend", "rank", "help"):
        for quarter in QUARTERS:
            got, wanted = ask(place, name, quarter), list(getattr(oracle, name)(quarter))
            count += len(wanted)
            wrong += [f"{name} of {quarter}, row {at + 1}: {got[at:at + 1]}, not {wanted[at:at + 1]}" for at in range(max(len(got), len(wanted)))
                      if got[at:at + 1] != wanted[at:at + 1]]
    return wrong, count


def compare(place, what):
    sent = [line for _, line in place.sent]
    wrong, count = differences(place, sent)
    say(f"{what}: {count} rows of three queries, {len(wrong)} differ")
    place.require(not wrong, f"{what}: {len(wrong)} of {count} rows: " + "; ".join(wrong[:8]))
    return sent


def check_ranks(place, by_hand):
    found = {(row[5], row[0]): (row[1], row[4]) for row in ask(place, "rank", QUARTERS[-1])}
    for district, rows in by_hand.items():
        for domain, rank, movement in rows:
            place.require(found.get((district, domain)) == (str(rank), str(movement)), f"{domain} of {district}: {found.get((district, domain))}, not {rank} and {movement}")


def check_by_hand(place):
    check_ranks(place, BY_HAND)
    unranked = [row for row in ask(place, "rank", "2025-Q3") if row[0] == "resources" and row[5] == "D3"]
    place.require(unranked[0][1] == "", f"seven of ten schools reported, and D3 is ranked: {unranked}")
    reasons = {row[0]: row[4] for row in ask(place, "help", QUARTERS[-1])}
    place.require(reasons.get("D4T2M1-5", "").startswith("teacher attendance not reported, target 92.0 %; enrolment not reported, target 90.0 %; "),
                  f"who reported nothing: {reasons.get('D4T2M1-5')}")


def check_shipped_targets(place):
    """The country's own targets go in as its README says, and count."""
    path = f"{ROOT}/catalogue/countries/pk-pb/targets.csv"
    with open(path, encoding="utf-8", newline="") as file:
        wanted = {(row["unit"], row["indicator"], row["period"], Decimal(row["value"])) for row in csv.DictReader(file)}
    place.emis("import", path, "--map", f"{ROOT}/catalogue/countries/targets.map.json")
    place.aggregate()
    rows = json.loads(place.emis("target", "list", "--area", "PB", "--json").stdout)["rows"]
    counting = {(row["code"], row["indicator"], row["period"], Decimal(str(row["value"]))) for row in rows if row["state"] == "counts"}
    place.require(wanted and counting == wanted, f"targets of {path} that count: {sorted(counting)}")


def show(place):
    for name in ("rank", "help"):
        print(f"\n{name} of {QUARTERS[-1]}")
        for row in ask(place, name, QUARTERS[-1]):
            print("  " + " | ".join(row))
    print(flush=True)


def punjab(place):
    village.CALENDAR = CALENDAR
    months = [f"{quarter[:4]}-{int(quarter[-1]) * 3:02d}" for quarter in QUARTERS]
    place.found(registry(), [*(("ENROL_MONTHLY", month) for month in months), *(("FINANCE", quarter) for quarter in QUARTERS)], country="pk-pb")
    sent = lines(place)
    place.send(sent, RECEIVED)
    say(f"{len(sent)} submissions of {len(SCHOOLS)} schools and {len(QUARTERS)} quarters are in the ledger")
    place.require(place.outcomes() == {"a": len(sent)}, f"outcomes {place.outcomes()}, {len(sent)} sent")
    place.aggregate(2)
    say("aggregated")
    compare(place, "eight quarters")
    check_by_hand(place)
    show(place)
    # A correction of the quarter before the last moves ranks in it, and what the last says of them.
    place.send([visit(place, "D3T1M1-5", "2026-Q1", 2, 1)], RECEIVED)
    place.aggregate()
    sent = compare(place, "a correction")
    check_ranks(place, {"D2": [("teacher attendance", 3, -1)], "D3": [("teacher attendance", 1, 2)]})
    wrong, _ = differences(place, sent[:-1])
    place.require(wrong, "the comparison cannot fail")
    check_shipped_targets(place)
    country.merge(f"{ROOT}/catalogue", "pk-pb", f"{place.folder}/catalogue")
    place.compare(place.dump("end"), f"{place.folder}/catalogue")  # every cell, the two indicators of pk-pb among them
    place.check_ledger()
    audit = place.emis("audit", "run", check=False)  # a sample
    place.require(audit.returncode == 0, f"emis audit run exits {audit.returncode}: {audit.stdout[-600:]}")


if __name__ == "__main__":
    village.run(punjab, 2)
