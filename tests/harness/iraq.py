# SPDX-License-Identifier: Apache-2.0
"""
Scenario: Iraq as ops/sample makes it: 18 governorates, 101 districts and 294 sub-districts in two scripts, schools of one and of two shifts, weeks that begin on
Sunday with Friday and Saturday closed; in Al-Sulaymaniyah schools of two shifts have Saturday too. In the middle of a week Halabja leaves it, and at the week's end
it becomes known that a district was flooded, that one of its schools taught all the same, and that another caught up on Saturday. Every cell is the oracle's, as was; and what
would turn the country back, or lose what is stored, is refused.

Environment: EMIS_IRAQ_ALL: one school in each sub-district and every day of the week; else of the first seven governorates one in each district, one in each
sub-district of the governorate that is split, and two days. `ops/demo --country iq` compares all schools and days.
"""

import collections
import csv
import datetime
import io
import json
import os
import re
import shutil
import subprocess
import sys

import village
from village import ROOT
from world import say

sys.path.insert(0, f"{ROOT}/tests/model")
import country

IS_ALL = bool(os.environ.get("EMIS_IRAQ_ALL"))
DAYS = [f"2025-04-{day}" for day in (range(13, 18) if IS_ALL else (13, 15))]
SATURDAY = "2025-04-19"
SPLIT_ON, WEEK, YEAR = "2025-04-15", "2025-W16", "SY2024"
OLD, NEW, LEAVING = "IQG06", "IQG19", "IQG06Q05"
TWICE = "kind,code,area,starts_on,ends_on,reason,shifts\n" + "".join(
    f"{kind},{code},{OLD},{first},{last},{reason},double\n" for kind, code, first, last, reason in (
        ("weekend", "fri", "2024-09-01", "2025-08-31", "weekend"), ("exam", "", "2025-06-01", "2025-06-19", "Finals")))
SHIFT_TIMES = {"morning": "T08:30:00Z", "evening": "T14:30:00Z"}


def sample(what, *arguments):
    return subprocess.run([f"{ROOT}/ops/sample/generate", what, "--country", "iq", *arguments], stdout=subprocess.PIPE, check=True, text=True).stdout


GOVERNORATES = [] if IS_ALL else ["--regions", "7"]


def is_taken(code):
    area, _, number = code.partition("-S")
    return not number or (number == "1" and (IS_ALL or area.endswith("N01") or area.startswith(OLD)))


def import_calendar(place, rows):
    """The oracle reads all that was imported."""
    rows = [dict(row) for row in rows]
    place.calendar += rows
    for name, written in (("import", rows), ("calendar", place.calendar)):
        with open(f"{place.folder}/{name}.csv", "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, ["kind", "code", "area", "starts_on", "ends_on", "reason", "shifts"], restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(written)
    return place.emis("calendar", "import", f"{place.folder}/import.csv").stdout


def found(place, rows):
    place.emis("db", "migrate", "--country", "iq")
    place.emis("topics", "apply")
    place.import_registry(rows)
    place.calendar = []
    with open(f"{ROOT}/catalogue/countries/iq/calendar.csv", encoding="utf-8") as file:
        import_calendar(place, [*csv.DictReader(file), *csv.DictReader(io.StringIO(TWICE))])
    place.emis("period", "open", "ENROL_CENSUS", YEAR)
    for day in (*DAYS, "2025-04-18", SATURDAY):  # nobody owes Friday, and Saturday who has two shifts
        place.emis("period", "open", "ATT_DAILY", day)
    place.worker(f"{place.topic}-w1")
    place.login = ["--set", "postgres.dsn=" + re.sub("//[^@]*@", "//emis_agg@", place.dsn)]
    place.catalogue = f"{place.folder}/catalogue"
    country.merge(f"{ROOT}/catalogue", "iq", place.catalogue)


def check_names(place):
    """Both scripts of every area, as the file has them; the file once more, as a whole, over what stands."""
    rows = [row for row in csv.DictReader(io.StringIO(sample("history"))) if "-S" not in row["code"]]
    place.import_registry(rows)
    wanted = {row["code"]: (row["name"], row["name_ar"]) for row in rows}
    stored = {code: (name, name_ar) for code, name, name_ar in place.psql.rows(
        "select a.unit_code, a.name, l.name from mart.dim_area a left join mart.dim_area_label l on l.area_key = a.area_key "
        "and l.language = 'ar' where a.level_code <> 'school'")}
    place.require(stored == wanted, f"{len(set(wanted.items()) ^ set(stored.items()))} names differ, such as {sorted(set(wanted.items()) ^ set(stored.items()))[:2]}")
    counts = dict(place.psql.rows("select l.code, count(*) from ref.unit join ref.level l using (level_no) group by 1"))
    place.require([counts[level] for level in ("country", "governorate", "district", "subdistrict")] == ["1", "19", "101", "294"], f"areas: {counts}")


def check_weeks(place):
    """Sunday to Saturday, named after the ISO week of the Thursday: all weeks that touch the school year, and no other."""
    wanted, day = {}, datetime.date(2024, 9, 1)
    while day <= datetime.date(2025, 8, 31):
        days = [day + datetime.timedelta(days=n - day.isoweekday() % 7) for n in range(7)]
        iso = days[4].isocalendar()
        wanted[f"{iso[0]}-W{iso[1]:02d}"] = [days[0].isoformat(), days[6].isoformat()]
        day = days[6] + datetime.timedelta(days=1)
    stored = {code: [first, last] for code, first, last in place.psql.rows("select code, starts_on, ends_on from ref.period where kind = 'week'")}
    place.require(stored == wanted and wanted[WEEK] == [DAYS[0], "2025-04-19"], f"weeks that differ: {[code for code in {**stored, **wanted} if stored.get(code) != wanted.get(code)][:4]}")


def check_by_hand(place, attendance, name):
    """Pupils present of each governorate and of the country, added up from what was sent: where each school was on its day, if it was open."""
    wanted = collections.Counter()
    for line in attendance:
        governorate = line["unit"][:5]
        if line["unit"].startswith(LEAVING) and line["period"] >= SPLIT_ON:
            governorate = NEW
        for area in ("IQ", governorate):
            for period in (line["period"], WEEK):
                wanted[area, period] += line["data"]["pupils_present"]
    cells = place.cells(name)
    stored = {(key[1], key[3]): int(value[0]) for key, value in cells.items()
              if key[0] in ("country", "governorate") and key[4:] == ("ATT_STU", "total", "total") and value[0] and key[3] in (WEEK, SATURDAY, *DAYS)}
    place.require(stored == dict(wanted), f"{name}: {sorted(set(stored.items()) ^ set(wanted.items()))[:6]}")
    for period in (*DAYS, SATURDAY, WEEK):
        total = sum(number for (area, of), number in stored.items() if of == period and area != "IQ")
        place.require(total == stored["IQ", period], f"{name}: the governorates of {period} add up to {total}, the country has {stored['IQ', period]}")
    return stored


def refused(place, said, *arguments):
    """db migrate says so, exits 65, and what runs stays as it was."""
    before = place.psql.rows("select version, (select count(*) from ref.catalogue_document), (select count(*) from control.dirty) from ref.version")
    result = place.emis("db", "migrate", *arguments, check=False)
    place.require(result.returncode == 65 and all(text in result.stdout for text in said),
                  f"db migrate {' '.join(arguments)} exits {result.returncode} and says {result.stdout[-600:]!r}, not {said}")
    after = place.psql.rows("select version, (select count(*) from ref.catalogue_document), (select count(*) from control.dirty) from ref.version")
    place.require(before == after, f"a refused migrate changed {before} to {after}")


def refuse_bad_catalogues(place):
    refused(place, ["country.json", "migrate with --country iq"])
    refused(place, ["migrate with --country iq"], "--country", "tz")
    copy = f"{place.folder}/changed"
    shutil.copytree(f"{ROOT}/catalogue", copy)
    of_iq = ["--catalogue", copy, "--country", "iq"]

    def write(path, document):
        os.makedirs(os.path.dirname(f"{copy}/countries/iq/{path}"), exist_ok=True)
        with open(f"{copy}/countries/iq/{path}", "w", encoding="utf-8") as file:
            json.dump(document, file)

    write("forms/ATT_DAILY.v1.json", {"deadline": {"time": "25:00"}})
    said = ["countries/iq/forms/ATT_DAILY.v1.json /deadline/time: "]
    refused(place, said, *of_iq)
    check = place.emis("catalogue", "check", copy, "--country", "iq", check=False)
    place.require(check.returncode == 65 and "countries/iq/forms/ATT_DAILY.v1.json" in check.stdout and "/deadline/time" in check.stdout,
                  f"catalogue check exits {check.returncode}: {check.stdout[-400:]}")
    write("forms/ATT_DAILY.v1.json", {})
    write("codelists/shift.json", {"codes": ["morning", "evening"]})
    for language in ("ar", "ckb", "en", "hi", "ur"):
        with open(f"{copy}/countries/iq/labels/{language}.json", encoding="utf-8") as file:
            texts = json.load(file)
        write(f"labels/{language}.json", {**texts, "code.shift.full": None})
    refused(place, ["code full of list shift is stored and may not be removed"], *of_iq)
    shutil.rmtree(f"{copy}/countries/iq")
    shutil.copytree(f"{ROOT}/catalogue/countries/iq", f"{copy}/countries/iq")
    write("country.json", {"country": "iq", "week_starts_on": "sat"})
    refused(place, ["country.json", "week_starts_on may not change"], *of_iq)
    say("what would turn the country back or lose what is stored is refused")


def send_saturday(place, attendance):
    """Two shifts on Saturday: who has them in Al-Sulaymaniyah, in Halabja, which has another calendar now, and elsewhere; and one school that has one shift and catches up."""
    sunday = [line for line in attendance if line["period"] == DAYS[0]]
    twice = {line["unit"] for line in sunday if line["shift"] == "evening"}
    late = next(line["unit"] for line in sunday if line["unit"].startswith("IQG01") and line["unit"] not in twice)
    lines = [dict(line, submission_id=place.new_id(), period=SATURDAY, submitted_at=f"{SATURDAY}T14:00:00Z") for line in sunday
             if line["unit"] in twice or line["unit"] == late]
    place.send([json.dumps(line, separators=(",", ":"), ensure_ascii=False) for line in lines], SATURDAY + SHIFT_TIMES["evening"])
    counted = [line for line in lines if line["unit"] == late or (line["unit"].startswith(OLD) and not line["unit"].startswith(LEAVING))]
    place.require(len(twice) > 3 and 1 < len(counted) < len(lines) - 1, f"{len(counted)} of {len(lines)} lines of Saturday count")
    return late, counted


def except_some(place, attendance, late):
    """Known after the week: the leaves of those schools alone are computed again. Returns what counts."""
    flooded = "IQG06Q01"
    dry = next(line["unit"] for line in attendance if line["unit"].startswith(flooded))
    columns = "kind,code,area,starts_on,ends_on,reason\n"
    said = import_calendar(place, csv.DictReader(io.StringIO(
        f"{columns}closed,,{flooded},{DAYS[0]},{DAYS[-1]},flood\nopen,,{dry},{DAYS[0]},{DAYS[0]},on a hill\nopen,,{late},{SATURDAY},{SATURDAY},catching up\n"
        f"closed,,{late},{DAYS[-1]},{DAYS[-1]},a mistake\n")))
    import_calendar(place, csv.DictReader(io.StringIO(f"{columns}usual,,{late},{DAYS[-1]},{DAYS[-1]},\n")))
    units = {line["unit"] for line in attendance if line["unit"].startswith(flooded)} | {late}
    dirty = {unit for unit, in place.psql.rows("select distinct u.code from control.dirty d left join ref.unit u using (unit_id)")}
    place.require(dirty == units, f"dirty are {sorted(dirty)[:5]}, not {sorted(units)[:5]}; {said}")
    return [line for line in attendance if not line["unit"].startswith(flooded) or (line["unit"] == dry and line["period"] == DAYS[0])]


def iraq(place):
    rows = [row for row in csv.DictReader(io.StringIO(sample("registry", *GOVERNORATES))) if is_taken(row["code"])]
    found(place, rows)
    check_weeks(place)
    lines = {what: [line for line in sample(what, *GOVERNORATES).splitlines() if is_taken(json.loads(line)["unit"])] for what in ("census", "attendance")}
    lines["attendance"] = [line for line in lines["attendance"] if json.loads(line)["period"] in DAYS]
    attendance = [json.loads(line) for line in lines["attendance"]]

    def send_attendance(days):
        for day in days:
            for shift, time in SHIFT_TIMES.items():
                place.send([line for line, value in zip(lines["attendance"], attendance) if (value["period"], value["shift"]) == (day, shift)], day + time, wait=False)
        place.wait_ingested()

    place.send(lines["census"], "2024-10-20T10:00:00Z")
    send_attendance(day for day in DAYS if day <= SPLIT_ON)
    place.aggregate()
    before = place.cells("before")
    place.require(not [key for key in before if key[1] == NEW], f"{NEW} has cells before it is")

    place.send(sample("events").splitlines(), f"{SPLIT_ON}T09:00:00Z", counts=False)
    place.know([dict(rows[0], code=NEW, level="governorate", parent="IQ", name="Halabja", name_ar="حلبجة", valid_from=SPLIT_ON)])
    district = next(row for row in rows if row["code"] == LEAVING)
    place.know([dict(district, valid_to=SPLIT_ON), dict(district, parent=NEW, valid_from=SPLIT_ON)])
    send_attendance(day for day in DAYS if day > SPLIT_ON)
    late, saturday = send_saturday(place, attendance)
    place.aggregate()
    attendance = except_some(place, attendance, late) + saturday
    place.aggregate()
    states = place.psql.rows("select state, unit_code from control.registry_change where source = 'event' order by 2")
    place.require(states == [["applied", OLD], ["applied", LEAVING]], f"the two events: {states}")

    dump = place.dump("as-was")
    place.compare(dump, place.catalogue)
    place.check_that_comparison_can_fail(dump, lambda changed: place.compare(changed, place.catalogue, expected=1))
    sums = check_by_hand(place, attendance, "by-hand")
    place.require((NEW, DAYS[0]) not in sums and sums[NEW, SPLIT_ON] > 0, f"{NEW} begins on {SPLIT_ON}: {sorted(item for item in sums.items() if item[0][0] == NEW)}")
    labels = place.psql.rows(f"select l.name, a.valid_from from mart.dim_area a join mart.dim_area_label l using (area_key) where unit_code = '{NEW}'")
    place.require(labels == [["حلبجة", SPLIT_ON]], f"the new governorate in Arabic: {labels}")
    say(f"{OLD} and {NEW}: {sums[OLD, WEEK]} + {sums[NEW, WEEK]} pupil-days of {sums['IQ', WEEK]} in {WEEK}, {len(sums)} sums of governorates by hand")
    place.check_ledger()
    audit = place.emis("audit", "run", check=False)  # a sample: every cell has been compared
    place.require(audit.returncode == 0, f"emis audit run exits {audit.returncode}: {audit.stdout[-600:]}")
    refuse_bad_catalogues(place)
    check_names(place)


if __name__ == "__main__":
    village.run(iraq)
