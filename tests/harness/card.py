# SPDX-License-Identifier: Apache-2.0
"""
Scenario: a province's report card. 57,158 generated visits and the schools' monthly reports (visits.py) go in; the province's seven percentages are exactly
those that the visits were made for, and every cell of every division, district and cluster, of each month and of the 18 months, is what this file sums up from the lines
that were sent. At the end it prints the card.

The catalogue is that of countries/pk-ba, of whose indicators a copy keeps those of the card, by months and years, uncut. A calendar's school year may have up to 600 days:
this one has the 18 months, SY2024. Visits by officials are kept by months alone (a school counts once a month), so their 18 months are the months' sums, numerator and
denominator apart.
"""

import collections
import json
import os
import shutil
import time
from fractions import Fraction

import village
from village import ROOT, unit
from visits import MONTHS, OFFICIAL_PERCENT, VISITS, Province
from world import say

YEAR = "SY2024"
KINDS = ("month", "school_year")
COUNTRY = "pk-ba"  # for its levels
AREAS = ("province", "division", "district", "cluster")
SENT_AT, RECEIVED_AT = "2026-01-05T07:00:00Z", "2026-01-05T08:00:00Z"
CALENDAR = f"kind,code,area,starts_on,ends_on,reason\nschool_year,{YEAR},,2024-07-01,2025-12-31,\n"
CARD = {  # indicator: heading, the province's percentage
    "USE_ROOM": ("usable rooms", 82), "VIS_OFF": ("officials' visits", OFFICIAL_PERCENT), "ATT_NTS_SPOT": ("other staff", 86), "ATT_STU_SPOT": ("pupils", 74),
    "ATT_TCH_SPOT": ("teachers", 71), "USE_TOIL": ("usable toilets", 48), "TLE": ("environment", 36)}
OPERANDS = ("VIS_OFF_SCH", "SCH_FUNC")  # of VIS_OFF
CELLS = f"""select a.level_code, a.unit_code, p.code, i.code, m.numerator, m.denominator, m.ratio
from mart.indicator m join mart.dim_area a using (area_key) join mart.dim_period p using (period_key) join mart.dim_indicator i using (indicator_key)
where m.cut_key = 0 and m.level_no < 4 and p.kind in {KINDS} and i.code in ({', '.join(f"'{code}'" for code in CARD)})"""


def card_catalogue(folder):
    """The shipped one; of the indicators those of the card alone, and no rules over several submissions, which look at others."""
    shutil.copytree(f"{ROOT}/catalogue", folder, ignore=shutil.ignore_patterns("rules", "*.rules.json"))
    for part in ("indicators", "labels"):
        for name in os.listdir(f"{folder}/{part}"):
            path = f"{folder}/{part}/{name}"
            with open(path, encoding="utf-8") as file:
                document = json.load(file)
            os.remove(path)
            if part == "labels":
                document = {key: text for key, text in document.items() if not key.startswith("indicator.") or key.partition(".")[2] in (*CARD, *OPERANDS)}
            elif document["code"] in (*CARD, *OPERANDS):
                document.update(periods=[kind for kind in document["periods"] if kind in KINDS], cuts=[], day_cuts=[])
            else:
                continue
            with open(path, "w", encoding="utf-8") as file:
                json.dump(document, file, ensure_ascii=False)
    return folder


# ---- the oracle: from the registry's rows and the lines sent, nothing else

def lines_of(path):
    with open(path, encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def counts_of(data):
    """[(indicator, numerator, denominator)] of what a visitor counted."""
    if "rooms" in data:
        yield "USE_ROOM", data["rooms_usable"], data["rooms"]
    for row in data.get("toilet", ()):
        yield "USE_TOIL", row["usable"], row["toilets"]
    for row in data.get("staff", ()):
        yield {"teacher": "ATT_TCH_SPOT", "non_teaching": "ATT_NTS_SPOT"}[row["staff_type"]], row["present"], row["in_position"]
    for row in data.get("pupil", ()):
        yield "ATT_STU_SPOT", row["present"], row["on_register"]
    for row in data.get("environment", ()):
        yield "TLE", row["score"], row["score_max"]


def summed(rows, visits, reports):
    """{(area, period, indicator): [numerator, denominator]}"""
    parent = {row["code"]: row["parent"] for row in rows}
    sums, officials = collections.defaultdict(lambda: [0, 0]), set()

    def add(school, month, indicator, over, under):
        area = parent[school]
        while area:
            for period in (month,) if indicator == "VIS_OFF" else (month, YEAR):
                cell = sums[area, period, indicator]
                cell[0] += over
                cell[1] += under
            area = parent[area]

    for visit in lines_of(visits):
        month = visit["period"][:7]
        for indicator, over, under in counts_of(visit["data"]):
            add(visit["unit"], month, indicator, over, under)
        if visit["data"]["visitor_role"] in ("official", "supervisor"):
            officials.add((visit["unit"], month))
    for report in lines_of(reports):
        add(report["unit"], report["period"], "VIS_OFF", 0, int(report["data"]["status"] == "open"))
    for school, month in officials:
        add(school, month, "VIS_OFF", 1, 0)
    return sums


def ratio(over, under):
    """Six digits after the point, half away from zero."""
    millionths = int(Fraction(over * 1000000, under) + Fraction(1, 2))
    return f"{millionths // 1000000}.{millionths % 1000000:06d}"


# ---- the scenario

def read_card(place):
    """{(area, period, indicator): (numerator, denominator, ratio)} of the mart."""
    return {(area, period, indicator): (over, under, part) for _, area, period, indicator, over, under, part in place.psql.rows(CELLS)}


def differences(cells, sums):
    wanted = {key: (str(over), str(under), ratio(over, under)) for key, (over, under) in sums.items()}
    return [(key, cells.get(key), wanted.get(key)) for key in sorted(cells.keys() | wanted.keys()) if cells.get(key) != wanted.get(key)]


def whole_of(cells, area, indicator):
    """(numerator, denominator) of the 18 months."""
    periods = MONTHS if indicator == "VIS_OFF" else [YEAR]
    parts = [cells[area, period, indicator] for period in periods]
    return sum(int(over) for over, _, _ in parts), sum(int(under) for _, under, _ in parts)


def check_province(place, cells):
    for indicator, (_, percent) in CARD.items():
        over, under = whole_of(cells, "BAL", indicator)
        place.require(under > 0 and over * 100 == under * percent, f"{indicator} of the province is {over}/{under}, not {percent} %")
        if indicator != "VIS_OFF":
            part = cells["BAL", YEAR, indicator][2]
            place.require(part == f"0.{percent}0000", f"{indicator} of the province is {part}")
        months = [cells["BAL", month, indicator] for month in MONTHS]
        place.require((sum(int(a) for a, _, _ in months), sum(int(b) for _, b, _ in months)) == (over, under), f"{indicator}: the months do not add up to {over}/{under}")


def check_cells(place, cells, sums):
    found = differences(cells, sums)
    place.require(not found, f"{len(found)} of {len(sums)} cells differ, such as {found[:3]}")
    area = max(key for key in cells if key[0] != "BAL")  # one number less in one cell must be seen
    over, under, part = cells[area]
    place.require(differences({**cells, area: (str(int(over) + 1), under, part)}, sums) != found, "the comparison cannot fail")
    say(f"{len(cells)} cells compared, {len(found)} differ")


def print_card(cells, areas):
    def percent(area, indicator):
        over, under = whole_of(cells, area, indicator)
        return 100 * over / under

    def show(name, values):
        print(f"  {name:<30}" + "".join(f"{value:>19}" for value in values))

    print(f"\nReport card, {MONTHS[0]} to {MONTHS[-1]}: {VISITS:,} generated visits, percent\n")
    show("", [heading for heading, _ in CARD.values()])
    for level in AREAS[:2]:
        for code, name in ((code, name) for code, at, _, name in areas if at == level):
            show(name, [f"{percent(code, indicator):.1f}" for indicator in CARD])
    for level in AREAS[2:]:
        codes = [code for code, at, _, _ in areas if at == level]
        show(f"{level}s, lowest to highest", [f"{min(values):.1f} to {max(values):.1f}" for values in ([percent(code, indicator) for code in codes] for indicator in CARD)])
    print(flush=True)


def write_lines(path, lines):
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(lines)
    return path


def send(place, path, count):
    place.emis("send", path, "--received-at", RECEIVED_AT, "--key-file", place.keys, "--key-id", "village")
    place.record_count += count


def card(place):
    province = Province()
    rows = [unit(code, level, parent, name=name) for code, level, parent, name in province.areas]
    rows += [unit(school.code, "school", school.cluster, name=f"Generated school {school.code}", locality=school.locality) for school in province.schools]
    visits = write_lines(f"{place.folder}/visits.jsonl", province.visit_lines(SENT_AT))
    reports = write_lines(f"{place.folder}/reports.jsonl", province.report_lines(SENT_AT))
    say(f"{VISITS} visits and {len(province.schools) * len(MONTHS)} monthly reports of {len(province.schools)} schools generated")
    village.CALENDAR = CALENDAR
    place.found(rows, [("SERVICE", f"{MONTHS[0]}..{MONTHS[-1]}")], card_catalogue(f"{place.folder}/catalogue"), COUNTRY)
    place.worker(f"{place.topic}-w2")
    began = time.monotonic()
    send(place, reports, len(province.schools) * len(MONTHS))
    send(place, visits, VISITS)
    place.wait_ingested(400)
    say(f"{place.record_count} records in the ledger after {time.monotonic() - began:.1f} s")
    place.require(place.outcomes() == {"a": place.record_count}, f"outcomes {place.outcomes()}, {place.record_count} sent")
    began = time.monotonic()
    place.aggregate(2, 600)
    say(f"aggregated in {time.monotonic() - began:.1f} s")
    cells = read_card(place)
    check_province(place, cells)
    check_cells(place, cells, summed(rows, visits, reports))
    place.check_ledger()
    print_card(cells, province.areas)


if __name__ == "__main__":
    village.run(card, 6)
