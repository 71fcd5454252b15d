# SPDX-License-Identifier: Apache-2.0
"""
Scenario: a spring of Uttar Pradesh in miniature, of 32 generated schools in two districts of two blocks each, with countries/in-up.

- The weekly review: share of NIPUN pupils, spot coverage and attendance of each block, by one query of the mart; NIPUN schools under the rules of 2023 and 2026, of the same assessments
  side by side, and before and after the day on which the one replaced the other.
- NIPUN blocks, those in which three quarters of the schools are: 0 or 1 of a block, summed above; also after a correction that makes one of a block that was none, and as it was known before.
- The family survey with its deadline at the end of 31 May: `emis period progress` day by day, of schools that report and of households against those allocated, `emis period missing`; a
  correction and a retraction after the deadline, a school that owes nothing, one that closed before the end. The same of a census whose window is half a year.
- The enrolment drive beside the household list, of each block.
- Weeks before the day of the new rule under it, beside what was published: backcast.py.

All data is drawn by a generator with a fixed seed; what it must add up to is worked out here from the lines themselves, and every cell is the oracle's.
"""

import collections
import csv
import datetime
import io
import json
import math
import os
import random
import shutil
import sys
from fractions import Fraction

import backcast
import village
from village import ROOT, unit
from world import say

sys.path.insert(0, f"{ROOT}/tests/model")
import country

CAMPAIGN, YEAR, WEEK, OLD_WEEK = "DBT-2026", "SY2026", "2026-W20", "2025-W50"
CALENDAR = f"""kind,code,area,starts_on,ends_on,reason
school_year,SY2024,,2024-04-01,2025-03-31,
school_year,SY2025,,2025-04-01,2026-03-31,
school_year,{YEAR},,2026-04-01,2027-03-31,
term,SY2026-T1,,2026-04-01,2026-06-30,
campaign,{CAMPAIGN},,2026-05-01,2026-05-31,
campaign,HEALTH-2026,,2026-05-01,2026-05-20,
weekend,sun,UP,2025-04-01,2027-03-31,weekend
"""
DAYS = ["2026-05-11", "2026-05-12"]
DRIVE_WEEKS = ["2026-W15", "2026-W16", WEEK]
DEADLINE, FIRST_DAY = datetime.date(2026, 5, 31), datetime.date(2026, 5, 1)
CENSUS_DEADLINE, CENSUS_FIRST = datetime.date(2026, 10, 28), datetime.date(2026, 4, 1)  # 210 days after the year's first
ZONE = datetime.timedelta(hours=5, minutes=30)
# When campaign submissions came: two in the evening of UTC that are the next day's in India, one a second before the deadline and one a minute after it.
INSTANTS = ["2026-05-02T06:00:00Z", "2026-05-04T19:00:00Z", "2026-05-11T09:00:00Z", "2026-05-19T18:30:00Z", "2026-05-27T05:00:00Z", "2026-05-31T18:29:59Z",
            "2026-05-31T18:31:00Z", "2026-06-03T07:00:00Z"]
SENT_AT = "2026-05-02T05:00:00Z"
KEPT = {"NIPUN_STU", "NIPUN_CLS", "NIPUN_SCH", "NIPUN_SCH_23", "NIPUN_BLK", "SPOT_COV", "ATT_STU", "HH_DONE", "HH_ALLOC", "DBT_SURV", "CH_ENR", "CH_LIST", "NEW_ENR_COV", "NEW_ENR", "NEW_ENR_GOAL",
        "NEW_ENR_T", "RPT_COMPL", "RPT_ONTIME", "RPT_NONEMPTY"}
BLOCKS = [f"UPD{d}B{b}" for d in (1, 2) for b in (1, 2)]
SCHOOLS = [f"{block}N{n}S{s}" for block in BLOCKS for n in (1, 2) for s in (1, 2, 3, 4)]
PRIVATE, CLOSED = SCHOOLS[3], SCHOOLS[20]  # owes no campaign; closed before the period's last day
SILENT = SCHOOLS[12][:-2]  # a panchayat of which no school sends the campaign's round
REVIEW = f"""select a.level_code, a.unit_code, {', '.join(f"max(m.{part}) filter (where i.code = '{code}')" for code in
    ("NIPUN_STU", "SPOT_COV", "ATT_STU", "NIPUN_SCH", "NIPUN_SCH_23") for part in ("numerator", "denominator"))}
from mart.indicator m join mart.dim_area a using (area_key) join mart.dim_period p using (period_key) join mart.dim_indicator i using (indicator_key)
where p.code = '%s' and m.cut_key = 0 and a.level_code in ('district', 'block') group by 1, 2""".replace("\n", " ")
DRIVE = f"""select a.unit_code, {', '.join(f"max(m.numerator) filter (where i.code = '{code}')" for code in ("CH_LIST", "CH_ENR", "NEW_ENR", "NEW_ENR_GOAL"))},
round(100 * max(m.ratio) filter (where i.code = 'NEW_ENR_COV'), 1), round(100 * max(m.ratio) filter (where i.code = 'NEW_ENR_T'), 1)
from mart.indicator m join mart.dim_area a using (area_key) join mart.dim_period p using (period_key) join mart.dim_indicator i using (indicator_key)
where p.code in ('{CAMPAIGN}', '{YEAR}') and m.cut_key = 0 and a.level_code = 'block' group by 1 order by 1""".replace("\n", " ")
# What a directorate asks of the mart itself; `emis period missing` says the same.
OWING = f"""select a.unit_code from mart.school_indicator m join mart.dim_area a using (area_key) join mart.dim_period p using (period_key)
join mart.dim_indicator i using (indicator_key) join mart.dim_cut c using (cut_key)
where i.code = 'RPT_COMPL' and p.code = '{CAMPAIGN}' and c.member = 'DBT_ROUND' and m.numerator < m.denominator order by 1""".replace("\n", " ")
draw = random.Random(45)


# Of panchayats, by a form that is owed: one of which no school has reported has no value, and does not count above.
PARTS = {"code": "HH_PART", "version": 1, "valid_from": "2000-01-01", "class": "D", "unit": "ratio", "factor": 1, "decimals": 1, "direction": 1,
         "values": {"hh_alloc": {"indicator": "HH_ALLOC"}}, "numerator": "hh_alloc", "denominator": "1", "level": "cluster", "above": "sum",
         "cuts": [], "day_cuts": [], "periods": ["campaign"], "definition": "Households of a panchayat.", "source": "made up"}


def make_catalogue(folder):
    """The shipped one with of its indicators those of this page alone, PARTS and the index of backcast.py, and no rules over several submissions, which look at others."""
    shutil.copytree(f"{ROOT}/catalogue", folder, ignore=shutil.ignore_patterns("rules", "*.rules.json", "iq", "pk-*", "tz"))
    for base in (folder, f"{folder}/countries/in-up"):
        for name in os.listdir(f"{base}/indicators"):
            if name.partition(".")[0] not in KEPT:
                os.remove(f"{base}/indicators/{name}")
        for name in os.listdir(f"{base}/labels"):
            with open(f"{base}/labels/{name}", encoding="utf-8") as file:
                texts = json.load(file)
            if base != folder:
                texts["indicator.HH_PART"], texts["indicator.NIPUN_IDX"] = f"Parts, {name}", f"Index, {name}"
            with open(f"{base}/labels/{name}", "w", encoding="utf-8") as file:
                json.dump({key: text for key, text in texts.items() if not key.startswith("indicator.") or key.partition(".")[2] in {*KEPT, "HH_PART", "NIPUN_IDX"}}, file)
    with open(f"{folder}/countries/in-up/indicators/HH_PART.v1.json", "w", encoding="utf-8") as file:
        json.dump(PARTS, file)
    backcast.declare(f"{folder}/indicators")
    return folder


def registry():
    rows = [unit("UP", "state", "", name="Generated state")]
    for d in (1, 2):
        rows.append(unit(f"UPD{d}", "district", "UP", name=f"Generated district {d}"))
        rows += [unit(f"UPD{d}B{b}", "block", f"UPD{d}", name=f"Generated block {d}.{b}") for b in (1, 2)]
    rows += [unit(f"{block}N{n}", "cluster", block, name=f"Generated panchayat {block[3]}.{block[5]}.{n}") for block in BLOCKS for n in (1, 2)]
    for number, school in enumerate(SCHOOLS, 1):
        rows.append(unit(school, "school", school[:-2], name=f"Generated school {number}", ownership="non_government" if school == PRIVATE else "government",
                         valid_to="2026-05-20" if school == CLOSED else ""))
    return [{**row, "valid_from": "2025-01-01"} for row in rows]


# ---- what schools send, drawn; each line is a tuple (received_at, form, school, period, key parts, data, revision)

def assessments():
    """The same of a week under the rule of 2023 and of one under that of 2026."""
    lines = []
    for school in SCHOOLS:
        assessed = draw.random() < 0.8
        samples, pupils = [], []
        for grade in ("1", "2", "3") if draw.random() < 0.8 else ("1", "2"):
            present = draw.choice((3, 4, 7, 12, 20))
            sampled = min(present, 12)
            nipun = sampled - draw.choice((0,) * 9 + (1, 2, 3)) * (sampled >= 3)
            samples.append({"grade": grade, "pupils_present": present, "sampled": sampled, "nipun": nipun})
            pupils += [{"grade": grade, "pupil_no": n, "sex": draw.choice("mf"), "nipun": n <= nipun} for n in range(1, sampled + 1)]
        for week, at in ((OLD_WEEK, "2025-12-13T09:00:00Z"), (WEEK, "2026-05-16T09:00:00Z")):
            reason = {} if assessed else {"reason": "assessor_absent"}
            lines.append((at, "SPOT_ROSTER", school, week, {}, {"assessed": assessed, "assessor_role": "mentor", **reason}, 1))
            if assessed:
                data = {"assessor_role": "mentor", "assessor_on_staff": False, "assessed_on": at[:10], "sample": samples, "pupil": pupils}
                lines.append((at, "ASSESS_SPOT", school, week, {"assessment_round": "R1", "assessor": "A1"}, data, 1))
    return lines


def attendance():
    lines = []
    for school in SCHOOLS:
        for day in DAYS:
            if draw.random() < 0.9:
                rows = [{"grade": grade, "sex": sex, "on_register": 30, "present": draw.randint(12, 30)} for grade in "12" for sex in "mf"]
                data = {"pupils_present": sum(row["present"] for row in rows), "pupil": rows}
                lines.append((f"{day}T09:00:00Z", "ATT_DAILY", school, day, {"shift": "full"}, data, 1))
    return lines


def campaign():
    """Rounds of the schools, and the households that they surveyed: some never, some late, one retracted, one corrected."""
    lines = []
    for number, school in enumerate(SCHOOLS):
        if school == CLOSED:
            continue
        allocated = draw.randint(3, 9)
        data = {"households_allocated": allocated, "account": [{"sex": "f", "eligible": 20, "verified": 10, "credited": 5}]}
        if number % 9 != 5 and school[:-2] != SILENT:
            lines.append((draw.choice(INSTANTS), "DBT_ROUND", school, CAMPAIGN, {}, data, 1))
        for household in range(1, allocated + 1 - draw.choice((0, 1, 2, 3))):
            at = draw.choice(INSTANTS)
            children = [{"child_no": n, "single_age": str(draw.randint(4, 15)), "sex": draw.choice("mf"), "schooling_status": draw.choice(("enrolled",) * 3 + ("never_enrolled",))}
                        for n in range(1, draw.randint(1, 3) + 1)]
            for child in children:
                if child["schooling_status"] != "enrolled":
                    child["reason"] = "cost"
            data = {"due_on": "2026-05-31", "surveyed_on": at[:10], "complete": draw.random() < 0.9, "children_listed": len(children), "child": children}
            lines.append((at, "HOUSEHOLD", school, CAMPAIGN, {"household_id": str(household)}, data, 1))
    # What came in time and is corrected after the deadline stays on its day; what is taken back never came; what was taken back and came again is of its first day.
    sent = [line for line in lines if line[1] == "DBT_ROUND" and line[0] < "2026-05-20" and line[2] != PRIVATE]
    corrected, retracted, again = sent[0], sent[3], sent[5]
    lines.append(("2026-06-03T07:00:00Z", *corrected[1:5], {**corrected[5], "households_allocated": corrected[5]["households_allocated"] + 1}, 2))
    lines.append(("2026-05-27T05:00:00Z", *retracted[1:5], None, 2))
    lines += [("2026-05-27T05:00:00Z", *again[1:5], None, 2), ("2026-06-03T07:00:00Z", *again[1:6], 3)]
    return lines


def drive():
    lines = []
    for school in SCHOOLS:
        if school != CLOSED:
            goal = {"goal": [{"sex": sex, "pupils": draw.randint(4, 9)} for sex in "mf"]}
            lines.append(("2026-05-16T09:00:00Z", "ENROL_TARGET", school, YEAR, {}, goal, 1))
        for week in DRIVE_WEEKS:
            if draw.random() < 0.7:
                rows = [{"grade": "1", "sex": sex, "admitted": draw.randint(0, 5)} for sex in "mf"]
                lines.append(("2026-05-16T09:00:00Z", "ENROL_DRIVE", school, week, {}, {"admitted_total": sum(row["admitted"] for row in rows), "admission": rows}, 1))
    return lines


def census():
    """Some schools so far; one in two shifts, which came on different days."""
    def line(at, school, shift):
        rows = [{"grade": "1", "age": "6", "sex": "f", "pupils": 20}]
        return at, "ENROL_CENSUS", school, YEAR, {"shift": shift}, {"pupils_total": 20, "pupil": rows}, 1

    return [line(INSTANTS[0], SCHOOLS[0], "morning"), line(INSTANTS[2], SCHOOLS[0], "evening")] + [line(INSTANTS[1], school, "full") for school in SCHOOLS[1:12]]


def send(place, lines):
    for at in sorted({line[0] for line in lines}):
        place.send([place.submission(form, school, period, data, revision, submitted_at=min(at, SENT_AT) if period == CAMPAIGN else at, **parts)
                    for when, form, school, period, parts, data, revision in lines if when == at], at, wait=False)
    place.wait_ingested()
    wrong = place.psql.rows("select outcome, coalesce(code::text, ''), count(*) from intake.ledger where outcome not in ('a', 's') group by 1, 2")
    place.require(not wrong, f"outcomes other than accepted: {wrong}")


# ---- the oracle: what the lines add up to

def areas_of(school):
    return {"state": "UP", "district": school[:4], "block": school[:6]}


def arrivals(lines, form, period):
    """{(school, key parts): the day, in India, of the first submission with data}, of what counts in the end."""
    keys = collections.defaultdict(list)
    for at, of, school, when, parts, data, revision in lines:
        if (of, when) == (form, period):
            keys[school, tuple(parts.values())].append((revision, at, data))
    days = {}
    for key, versions in keys.items():
        if max(versions, key=lambda version: version[0])[2] is not None:
            first = min(at for _, at, data in versions if data is not None)
            days[key] = (datetime.datetime.fromisoformat(first.replace("Z", "+00:00")) + ZONE).date()
    return days


def percent(over, under):
    return f"{math.floor(Fraction(1000 * over, under) + Fraction(1, 2)) / 10:.1f}"


def curve(level, days, due, first, deadline):
    """The rows of `emis period progress`: of each area each day's and all days' arrivals; days: [(school, day)], due: {school: number}."""
    daily, owed = collections.Counter(), collections.Counter()
    for school, day in days:
        daily[areas_of(school)[level], day] += 1
    for school, number in due.items():
        owed[areas_of(school)[level]] += number
    last = min(max([deadline] + [day for _, day in days]), (datetime.datetime.now(datetime.timezone.utc) + ZONE).date())
    rows = set()
    for area, number in owed.items():
        total, day = 0, first
        while day <= last:
            total += daily[area, day]
            left = (deadline - day).days
            needed = str(max(0, math.ceil(Fraction(number - total, left)))) if left > 0 else ""
            rows.add((area, day.isoformat(), str(left), str(daily[area, day]), str(total), str(number), percent(total, number), needed))
            day += datetime.timedelta(days=1)
    return rows


def asked(place, *arguments):
    return list(csv.DictReader(io.StringIO(place.emis(*arguments, "--csv").stdout)))


def check_curve(place, title, arguments, level, wanted):
    got = {(row["code"], row["day"], row["days_left"], row["sent"], row["total"], row["due"], row["percent"], row["needed_a_day"])
           for row in asked(place, "period", "progress", *arguments, *([] if level == "state" else ["--level", level]))}
    place.require(got == wanted and len(got) > 31, f"{title} by {level}: {len(got ^ wanted)} rows of {len(wanted)} differ, such as {sorted(got ^ wanted)[:4]}")
    return len(wanted)


def check_missing(place, title, arguments, wanted):
    """wanted: {school: (sent, due)} of those who owe more."""
    got = {row["code"]: (row["area_code"], row["sent"], row["due"], row["missing"]) for row in asked(place, "period", "missing", *arguments, "--level", "block")}
    rows = {school: (areas_of(school)["block"], str(sent), str(due), str(due - sent)) for school, (sent, due) in wanted.items()}
    place.require(got == rows and rows, f"{title}: missing are {sorted(got.items())[:4]}.., not {sorted(rows.items())[:4]}..")
    return len(rows)


def check_campaign(place, lines):
    owing = dict.fromkeys((school for school in SCHOOLS if school not in (PRIVATE, CLOSED)), 1)
    came = {school: day for (school, _), day in arrivals(lines, "DBT_ROUND", CAMPAIGN).items() if school in owing}
    highest = {}
    for _, form, school, _, _, data, revision in lines:
        if form == "DBT_ROUND" and revision > highest.get(school, (0, None))[0]:
            highest[school] = revision, data
    allocated = {school: data["households_allocated"] for school, (_, data) in highest.items() if data and school in owing}
    households = [(school, day) for (school, _), day in arrivals(lines, "HOUSEHOLD", CAMPAIGN).items()]
    surveyed = collections.Counter(school for school, _ in households)
    of_homes = ["HOUSEHOLD", CAMPAIGN, "--of", "HH_ALLOC"]
    count = 0
    for level in ("state", "block"):
        count += check_curve(place, "rounds", ["DBT_ROUND", CAMPAIGN], level, curve(level, came.items(), owing, FIRST_DAY, DEADLINE))
        count += check_curve(place, "households", of_homes, level, curve(level, households, allocated, FIRST_DAY, DEADLINE))
    silent = {school: (0, 1) for school in owing if school not in came}
    count += check_missing(place, "rounds", ["DBT_ROUND", CAMPAIGN], silent)
    count += check_missing(place, "households", of_homes, {school: (surveyed[school], due) for school, due in allocated.items() if surveyed[school] < due})
    stored = [code for code, in place.psql.rows(OWING)]
    place.require(stored == sorted(silent), f"the mart says that {stored} are missing, not {sorted(silent)}")
    # The curve's ends are the mart's completeness and timeliness.
    ontime = sum(day <= DEADLINE for day in came.values())
    cells = {key[4]: value[0] for key, value in place.cells("ends").items() if key[:2] == ("state", "UP") and key[3] == CAMPAIGN and key[6] == "DBT_ROUND"}
    place.require(cells == {"RPT_COMPL": str(len(came)), "RPT_ONTIME": str(ontime), "RPT_NONEMPTY": str(len(came))} and ontime < len(came), f"{len(came)} came, {ontime} in time: the mart has {cells}")
    say(f"{count} rows of progress and of who is missing; {len(came)} of {len(owing)} schools, {ontime} of them in time; "
        f"{len(households)} of {sum(allocated.values())} households")
    part = asked(place, "period", "missing", *of_homes, "--area", "UPD2B1")
    place.require(part and {row["area_code"][:6] for row in part} == {"UPD2B1"} and len({row["area_code"] for row in part}) == 2, f"missing in one block, by panchayat: {part}")


def check_census(place, lines):
    """A window of half a year: a school has come with its first shift."""
    owing = dict.fromkeys((school for school in SCHOOLS if school != CLOSED), 1)
    came = {}
    for (school, _), day in arrivals(lines, "ENROL_CENSUS", YEAR).items():
        came[school] = min(day, came.get(school, day))
    check_curve(place, "census", ["ENROL_CENSUS", YEAR], "district", curve("district", came.items(), owing, CENSUS_FIRST, CENSUS_DEADLINE))
    check_missing(place, "census", ["ENROL_CENSUS", YEAR], {school: (0, 1) for school in owing if school not in came})


def share(rows, meets):
    return sum(map(meets, rows)), len(rows)


def is_nipun(row, rule):
    n = row["sampled"]
    need = math.ceil(Fraction(9, 12) * n) if rule == 2023 else n if n <= 4 else math.ceil(Fraction(4, 5) * n)
    return row["nipun"] >= need


def review(lines, week, level, area):
    """Numerator and denominator of NIPUN_STU, SPOT_COV, ATT_STU, NIPUN_SCH (by the rule in force) and NIPUN_SCH_23, as text."""
    def data_of(form, periods):
        return [data for _, of, school, period, _, data, _ in lines if of == form and period in periods and areas_of(school)[level] == area and data]

    spots = [data["sample"] for data in data_of("ASSESS_SPOT", {week})]
    pupils = [row for rows in spots for row in rows]
    register = [row for data in data_of("ATT_DAILY", DAYS if week == WEEK else ()) for row in data["pupil"]]
    values = [(sum(row["nipun"] for row in pupils), sum(row["sampled"] for row in pupils)), share(data_of("SPOT_ROSTER", {week}), lambda data: data["assessed"]),
              (sum(row["present"] for row in register), sum(row["on_register"] for row in register)) if register else ("", "")]
    for rule in (2026 if week == WEEK else 2023, 2023):
        values.append(share(spots, lambda rows, rule=rule: all(is_nipun(row, rule) for row in rows if rule == 2023 or row["grade"] in "12")))
    return [str(number) for pair in values for number in pair]


def check_review(place, lines):
    for week in (WEEK, OLD_WEEK):
        stored = {(level, area): values for level, area, *values in place.psql.rows(REVIEW % week)}
        wanted = {(level, area): review(lines, week, level, area) for level, areas in (("district", ("UPD1", "UPD2")), ("block", BLOCKS)) for area in areas}
        place.require(stored == wanted, f"the review of {week}: {[(key, stored.get(key), wanted.get(key)) for key in wanted if stored.get(key) != wanted[key]][:2]}")
        if week == WEEK:
            now = {area: (values[6], values[8]) for (_, area), values in wanted.items()}
            place.require(any(new != old for new, old in now.values()), f"the two rules say the same everywhere: {now}")
    say(f"NIPUN schools by the rules of 2026 and 2023 in {WEEK}: {', '.join(f'{area} {new}/{old}' for area, (new, old) in sorted(now.items()))}")
    versions = dict(place.psql.rows("select p.code, max(m.definition_version) from mart.indicator m join mart.dim_period p using (period_key) join mart.dim_indicator i "
                                    f"using (indicator_key) where i.code = 'NIPUN_SCH' and p.code in ('{WEEK}', '{OLD_WEEK}') group by 1"))
    place.require(versions == {WEEK: "2", OLD_WEEK: "1"}, f"definitions of NIPUN_SCH: {versions}")


def blocks_of(lines, week):
    """{area: (NIPUN blocks, blocks with assessed schools)} of the blocks, districts and the state."""
    counts = collections.defaultdict(lambda: (0, 0))
    for block in BLOCKS:
        over, under = map(int, review(lines, week, "block", block)[6:8])
        if under:
            for area in (block, block[:4], "UP"):
                counts[area] = counts[area][0] + (4 * over >= 3 * under), counts[area][1] + 1
    return dict(counts)


def check_blocks(place, lines, options):
    """options: of an answer that is made anew and says the same as the mart."""
    for week in (WEEK, OLD_WEEK):
        wanted = blocks_of(lines, week)
        stored = {area: (int(over), int(under)) for area, over, under in place.psql.rows(
            "select a.unit_code, m.numerator, m.denominator from mart.indicator m join mart.dim_area a using (area_key) join mart.dim_period p using (period_key) "
            f"join mart.dim_indicator i using (indicator_key) where i.code = 'NIPUN_BLK' and p.code = '{week}'")}
        place.require(stored == wanted, f"NIPUN blocks of {week}: {stored}, not {wanted}")
    return check_known(place, lines, *options)


def check_known(place, lines, *options):
    """What `indicator get` makes of the submissions, or of the places of a day: the blocks of the review's week."""
    wanted = blocks_of(lines, WEEK)
    for level in ("state", "district"):
        got = {row["code"]: (int(row["numerator"]), int(row["denominator"]))
               for row in asked(place, "indicator", "get", "--indicator", "NIPUN_BLK", "--period", WEEK, "--level", level, *options)}
        place.require(got == {area: pair for area, pair in wanted.items() if len(area) == (2 if level == "state" else 4)}, f"NIPUN blocks, {options}: {got}, not {wanted}")
    return wanted["UP"]


def correct(place, lines):
    """All pupils of a block's schools reach the targets in the review's week: it was no NIPUN block."""
    block = min(area for area, (over, _) in blocks_of(lines, WEEK).items() if len(area) == 6 and not over)
    at, corrected = "2026-05-18T09:00:00Z", []
    for index, (_, form, school, period, parts, data, _) in enumerate(lines):
        if form == "ASSESS_SPOT" and period == WEEK and school.startswith(block):
            data = json.loads(json.dumps(data))
            for row in data["sample"]:
                row["nipun"] = row["sampled"]
            for pupil in data["pupil"]:
                pupil["nipun"] = True
            corrected.append((index, (at, form, school, period, parts, data, 2)))
    send(place, [line for _, line in corrected])
    place.aggregate()
    after = list(lines)
    for index, line in corrected:
        after[index] = line
    return block, after


def check_nipun_blocks(place, lines):
    before = check_blocks(place, lines, ("--known", "2026-05-17"))
    block, after = correct(place, lines)
    now = check_blocks(place, after, ("--as-of", "today"))
    check_known(place, lines, "--known", "2026-05-17")
    place.require(now == (before[0] + 1, before[1]) and before[0] > 0, f"NIPUN blocks {before}, after the correction {now}")
    say(f"NIPUN blocks of {WEEK}: {before[0]} of {before[1]}, with {block} corrected {now[0]}")


def check_drive(place, lines):
    wanted = []
    for block in BLOCKS:
        def data_of(form, block=block):
            return [data for _, of, school, _, _, data, _ in lines if of == form and school[:6] == block and data]

        listed = [child for data in data_of("HOUSEHOLD") for child in data["child"] if 6 <= int(child["single_age"]) <= 14]
        enrolled = sum(child["schooling_status"] == "enrolled" for child in listed)
        admitted = sum(row["admitted"] for data in data_of("ENROL_DRIVE") for row in data["admission"])
        goal = sum(row["pupils"] for data in data_of("ENROL_TARGET") for row in data["goal"])
        numbers = [len(listed), enrolled, admitted, goal, percent(enrolled, len(listed)), percent(admitted, goal)]
        wanted.append([block, *map(str, numbers)])
    stored = place.psql.rows(DRIVE)
    place.require(stored == wanted, f"the drive beside the list: {stored}, not {wanted}")
    say(f"block, children listed, enrolled, admitted in the drive, its target: {'; '.join(' '.join(row[:5]) for row in wanted)}")


def check_refusals(place):
    for status, text, *arguments in (
            (64, "--of INDICATOR", "progress", "HOUSEHOLD", CAMPAIGN),
            (64, "one period", "missing", "ATT_DAILY", f"{DAYS[0]}..{DAYS[1]}"),
            (1, "DBT-2099", "progress", "DBT_ROUND", "DBT-2099"),
            (1, "no area UPD9", "progress", "DBT_ROUND", CAMPAIGN, "--area", "UPD9"),
            (1, "no level tehsil", "missing", "DBT_ROUND", CAMPAIGN, "--level", "tehsil"),
            (1, "no indicator HH", "missing", "HOUSEHOLD", CAMPAIGN, "--of", "HH"),
            (1, "HEALTH-2026 is not open", "missing", "DBT_ROUND", "HEALTH-2026"),
            (1, "nothing of DBT_ROUND is due there", "missing", "DBT_ROUND", CAMPAIGN, "--area", PRIVATE)):
        result = place.emis("period", *arguments, check=False)
        place.require(result.returncode == status and text in result.stdout, f"period {' '.join(arguments)} exits {result.returncode}, not {status}, and says {result.stdout[-300:]!r}")


def uttar(place):
    village.CALENDAR = CALENDAR
    catalogue = make_catalogue(f"{place.folder}/catalogue")
    merged = f"{place.folder}/merged"
    country.merge(catalogue, "in-up", merged)
    place.found(registry(), [("DBT_ROUND", CAMPAIGN), ("ENROL_CENSUS", YEAR), ("ATT_DAILY", f"{DAYS[0]}..{DAYS[-1]}")], catalogue, "in-up")
    older = backcast.assessments(SCHOOLS)
    lines = assessments() + attendance() + campaign() + drive() + census()
    send(place, lines + older)
    place.aggregate()
    check_review(place, lines)
    check_campaign(place, lines)
    check_census(place, lines)
    check_drive(place, lines)
    check_refusals(place)
    check_nipun_blocks(place, lines)
    backcast.check(place, merged, send, older)
    dump = place.dump("end")
    place.compare(dump, merged)
    place.check_that_comparison_can_fail(dump, lambda changed: place.compare(changed, merged, expected=1))
    place.check_everything()


if __name__ == "__main__":
    village.Village.utc_offset = "+05:30"
    village.run(uttar)
