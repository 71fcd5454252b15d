# SPDX-License-Identifier: Apache-2.0
"""
Scenario: a country that nobody has heard of, from nothing: six levels, weeks that begin on Saturday with Thursday and Friday closed, four terms, a form and an
indicator of its own. All of it is a folder that this script writes; its names occur in no other file of the tree. What contradicts it, or would lose what it has
stored, is refused.
"""

import datetime
import json
import os
import shutil
import subprocess
import sys

import village
from village import ROOT, unit
from world import say

sys.path.insert(0, f"{ROOT}/tests/model")
import country

CODE, FORM, INDICATOR, LIST = "zubrland", "ZUBRWELL", "ZUBR_TURNS", "zubr_pump"
LEVELS = ["nation", "shire", "hundred", "parish", "hamlet", "school"]
YEAR = ("SY2023", "2023-09-01", "2024-08-31")
TERMS = [("SY2023-T1", "2023-09-02", "2023-11-22"), ("SY2023-T2", "2023-11-25", "2024-02-21"),
         ("SY2023-T3", "2024-02-24", "2024-05-15"), ("SY2023-T4", "2024-05-18", "2024-08-14")]
WEEKS = ["2023-W36", "2023-W40", "2023-W47", "2024-W01", "2024-W08", "2024-W12", "2024-W20", "2024-W25"]  # W47 ends in no term, W08 on the eve of one
DAYS = ["2023-09-30", "2023-10-01", "2023-10-04", "2023-10-05", "2023-10-07"]  # Sat, Sun, Wed of one week; Thu, which nobody owes; Sat of the next
PUMPS = ("hand", "foot")
TIME = "2024-07-01T08:00:00Z"
DAYS_LEFT = {"S1": 400, "S2H1": 200, "S2H2": 10}  # after a week's end until the wells are due: the form's, the shire's, the hundred's own; there at eleven, half an hour east


def write(folder, path, document):
    os.makedirs(os.path.dirname(f"{folder}/{path}"), exist_ok=True)
    with open(f"{folder}/{path}", "w", encoding="utf-8") as file:
        json.dump(document, file, ensure_ascii=False, indent=1)


def form():
    return {"code": FORM, "version": 1, "valid_from": "2000-01-01", "period_kind": "week", "unit_levels": ["parish"], "key_parts": [], "owed": True,
            "school_days_only": False,
            "deadline": {"from": "end", "days": DAYS_LEFT["S1"], "time": "12:00",
                                                       "areas": {"S2": {"days": DAYS_LEFT["S2H1"]}, "S2H2": {"days": DAYS_LEFT["S2H2"], "time": "11:00"}}},
            "registry_event": False, "rules": [],
            "groups": [{"code": "pump", "rows": "many", "rows_min": 0, "rows_max": 9, "keys": [{"name": "kind", "type": "code", "list": LIST}],
                        "fields": [{"name": "worked", "type": "int", "min": 0, "max": 99}, {"name": "turns", "type": "int", "min": 0, "max": 99}]}]}


def indicator():
    return {"code": INDICATOR, "version": 1, "valid_from": "2000-01-01", "class": "R", "unit": "percent", "factor": 100, "decimals": 1, "direction": 1,
            "form": FORM, "group": "pump", "numerator": "worked", "denominator": "turns", "cuts": [LIST], "day_cuts": [],
            "periods": ["week", "month", "term", "school_year"], "definition": "Turns in which the pump worked over all turns.", "source": "a scenario"}


def labels():
    new = {f"form.{FORM}": "Wells", f"group.{FORM}.pump": "Pumps", f"field.{FORM}.pump.kind": "Kind", f"field.{FORM}.pump.worked": "Turns that worked",
           f"field.{FORM}.pump.turns": "Turns", f"indicator.{INDICATOR}": "Pumps that work", f"list.{LIST}": "Kind of pump",
           **{f"code.{LIST}.{pump}": pump for pump in PUMPS}, **{f"level.{level}": level for level in LEVELS if level != "school"}}
    return {**new, **{f"level.{level}": None for level in ("country", "governorate", "district", "cluster")}}


def write_country(catalogue):
    folder = f"{catalogue}/countries/{CODE}"
    write(folder, "country.json", {"country": CODE, "week_starts_on": "sat", "utc_offsets": {"S2H2P": "+03:30"}})
    write(folder, "levels.json", {"levels": LEVELS})
    for name, levels in (("REGISTRY_EVENT", LEVELS[:-1]), ("TARGET", LEVELS), ("POPULATION", ["hundred"]), ("PROCUREMENT", ["parish"])):
        write(folder, f"forms/{name}.v1.json", {"unit_levels": levels})
    for name in ("FLOW_BEYOND", "POP_ENROLLED", "ROLL_BUNCHED"):  # rules of districts
        write(folder, f"rules/{name}.v1.json", {"levels": ["hundred"]})
    for name in ("PGI_D", "PMIU_14"):  # and scores
        write(folder, f"indicators/{name}.v1.json", {"level": "hundred"})
    write(folder, f"forms/{FORM}.v1.json", form())
    write(folder, f"indicators/{INDICATOR}.v1.json", indicator())
    write(folder, f"codelists/{LIST}.json", {"code": LIST, "codes": list(PUMPS)})
    for language in ("ar", "ckb", "en", "hi", "ur"):
        write(folder, f"labels/{language}.json", {key: text and f"{text} ({language})" for key, text in labels().items()})
    rows = [("school_year", *YEAR[:1], "", *YEAR[1:], ""), *(("term", code, "", first, last, "") for code, first, last in TERMS),
            *(("weekend", day, "", *YEAR[1:], "weekend") for day in ("thu", "fri"))]
    with open(f"{folder}/calendar.csv", "w", encoding="utf-8") as file:
        file.write("kind,code,area,starts_on,ends_on,reason\n" + "".join(",".join(row) + "\n" for row in rows))
    return folder


def registry():
    rows = [unit("Z", "nation", "")]
    for s in (1, 2):
        rows.append(unit(f"S{s}", "shire", "Z"))
        for h in (1, 2):
            rows += [unit(f"S{s}H{h}", "hundred", f"S{s}"), unit(f"S{s}H{h}P", "parish", f"S{s}H{h}")]
            rows += [unit(f"S{s}H{h}P{m}", "hamlet", f"S{s}H{h}P") for m in (1, 2)]
            rows += [unit(f"S{s}H{h}P{m}A", "school", f"S{s}H{h}P{m}") for m in (1, 2)]
    return rows


def week_end(code):
    """The Friday after the ISO week's Thursday: weeks run from Saturday to Friday."""
    return (datetime.date.fromisocalendar(int(code[:4]), int(code[6:]), 4) + datetime.timedelta(days=1)).isoformat()


def feed(place, rows):
    """{(area, period): [worked, turns]} of the indicator, by hand."""
    wanted, lines = {}, []
    for number, parish in enumerate(row["code"] for row in rows if row["level"] == "parish"):
        for position, week in enumerate(WEEKS):
            pumps = {pump: (3 * number + position + n, 20 + n + position) for n, pump in enumerate(PUMPS)}
            lines.append(place.submission(FORM, parish, week, {"pump": [{"kind": pump, "worked": worked, "turns": turns} for pump, (worked, turns) in pumps.items()]},
                                          submitted_at="2024-06-30T07:00:00Z"))
            terms = [code for code, first, last in TERMS if first <= week_end(week) <= last]
            for area in ("Z", parish[:2], parish[:4], parish):
                for period in (week, week_end(week)[:7], *terms, YEAR[0]):
                    cell = wanted.setdefault((area, period), [0, 0])
                    for worked, turns in pumps.values():
                        cell[0] += worked
                        cell[1] += turns
    place.send(lines, TIME)
    schools = [row["code"] for row in rows if row["level"] == "school"]
    place.send([place.attendance(code, day, 5 + number, 4 + position, 20) for number, code in enumerate(schools) for position, day in enumerate(DAYS)], TIME)
    return wanted


def check_numbers(place, wanted):
    cells = place.cells("newcountry")
    stored = {(key[1], key[3]): [int(value[0]), int(value[1])] for key, value in cells.items() if key[4:] == (INDICATOR, "total", "total") and value[0]}
    place.require(stored == wanted, f"{INDICATOR}: {[(key, stored.get(key), wanted.get(key)) for key in {**stored, **wanted} if stored.get(key) != wanted.get(key)][:5]}")
    place.require({period for area, period in wanted if area == "Z"} > {code for code, _, _ in TERMS}, "not every term has a value")
    days = {key[3]: value for key, value in cells.items() if key[1] == "Z" and key[4:] == ("ATT_STU", "total", "total")}
    counted = [sum(9 + number + position for number in range(8)) for position in range(len(DAYS))]
    weeks = {"2023-W40": counted[0] + counted[1] + counted[2], "2023-W41": counted[4]}
    place.require({week: int(days[week][0]) for week in weeks} == weeks, f"weeks from Saturday: {[days.get(week) for week in weeks]}, not {weeks}")
    place.require(days["2023-W40"][2:4] == ("40", "24"), f"of five days from Saturday to Wednesday eight schools owe, three came: {days['2023-W40']}")
    first = place.psql.rows("select code, starts_on from ref.period where kind = 'week' and extract(isodow from starts_on) <> 6")
    place.require(not first, f"weeks that do not begin on Saturday: {first[:3]}")
    tables = [name for name, in place.psql.rows("select relname from pg_class where relnamespace = 'mart'::regnamespace and relkind in ('r', 'p') "
                                                "and relname like '%\\_indicator' and not relispartition order by 1")]
    place.require([f"{level}_indicator" in tables for level in LEVELS] == [True] * 6, f"the tables: {tables}")


def due_on(area, week):
    days = next(days for code, days in DAYS_LEFT.items() if area.startswith(code))
    return datetime.date.fromisoformat(week_end(week)) + datetime.timedelta(days=days)


def check_deadlines(place):
    """What came by the deadline of the nearest area, and the days left to it. Of S2H2 the last week comes at eleven o'clock in the country's time, and that is half past eleven there."""
    wanted = {area: sum(due_on(area, week) >= datetime.date.fromisoformat(TIME[:10]) for week in WEEKS) for area in ("S1H1", "S1H2", "S2H1")} | {"S2H2": 0}
    place.require(0 < wanted["S2H1"] < len(WEEKS) and due_on("S2H2", WEEKS[-1]).isoformat() == TIME[:10], f"deadlines that tell nothing apart: {wanted}")
    stored = {key[1]: (int(value[0]), int(value[1])) for key, value in place.cells("deadlines").items()
              if len(key[1]) == 4 and key[3] == YEAR[0] and key[4:] == ("RPT_ONTIME", "form", FORM)}
    place.require(stored == {area: (count, len(WEEKS)) for area, count in wanted.items()}, f"in time: {stored}, not {wanted}")
    said = json.loads(place.emis("period", "progress", FORM, WEEKS[-1], "--level", "hundred", "--json").stdout)
    left = {row["code"]: row["days_left"] for row in said["rows"] if row["day"] == TIME[:10]}
    right = {area: (due_on(area, WEEKS[-1]) - datetime.date.fromisoformat(TIME[:10])).days for area in wanted}
    place.require(left == right, f"days left: {left}, not {right}")


def check_names():
    names = [argument for name in (CODE, FORM, INDICATOR, LIST) for argument in ("-e", name)]
    if os.path.isdir(f"{ROOT}/.git"):
        command = ["git", "-C", ROOT, "grep", "--untracked", "-l", "-i", *names]
    else:
        command = ["grep", "-rliI", "--exclude-dir=build", *names, ROOT]
    found = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False).stdout.split()
    return found, [path for path in found if not path.endswith("tests/harness/newcountry.py")]


def refused(place, said, *arguments):
    """db migrate exits 65 and says so; the database is as it was, and the worker goes on."""
    state = "select v.version, (select max(since_version) from ref.catalogue_document), (select count(*) from pg_class) from ref.version v"
    before = place.psql.rows(state)
    result = place.emis("db", "migrate", *arguments, check=False)
    place.require(result.returncode == 65 and all(text in result.stdout for text in said), f"exit {result.returncode}: {result.stdout[-700:]!r}, not {said}")
    place.require(place.psql.rows(state) == before, f"a refused migrate changed {before}")


def refuse(place, catalogue, folder):
    arguments = ["--catalogue", catalogue, "--country", CODE]
    wrong = {**indicator(), "numerator": "worked + broken"}
    write(folder, f"indicators/{INDICATOR}.v1.json", wrong)
    refused(place, [f"countries/{CODE}/indicators/{INDICATOR}.v1.json /numerator: ", "broken"], *arguments)
    write(folder, f"indicators/{INDICATOR}.v1.json", indicator())
    less = form()
    less["groups"][0]["fields"].pop(0)
    write(folder, f"forms/{FORM}.v1.json", less)
    write(folder, f"indicators/{INDICATOR}.v1.json", {**indicator(), "numerator": "turns"})
    for language in ("ar", "ckb", "en", "hi", "ur"):
        kept = {key: text and f"{text} ({language})" for key, text in labels().items() if not key.endswith(".worked")}
        write(folder, f"labels/{language}.json", kept)
    refused(place, ["field worked of group pump is stored and may not be removed; write a new version of the form", "nothing was changed"], *arguments)
    write(folder, "country.json", {"country": "elsewhere"})
    refused(place, [f"countries/{CODE}/country.json: /country: must be"], *arguments)
    refused(place, [f"migrate with --country {CODE}"], "--catalogue", catalogue)
    line = place.attendance("S1H1P1A", DAYS[0], 7, 7, 20, 2)
    place.send([line], TIME)
    place.require(place.last_outcomes(1) == [("a", "")], f"after the refusals a submission is {place.last_outcomes(1)}")


def newcountry(place):
    found, others = check_names()
    place.require(found and not others, f"the names occur elsewhere: {others or 'or not even here'}")
    catalogue, merged = f"{place.folder}/catalogue", f"{place.folder}/merged"
    shutil.copytree(f"{ROOT}/catalogue", catalogue)
    folder = write_country(catalogue)
    country.merge(catalogue, CODE, merged)
    place.emis("catalogue", "check", catalogue, "--country", CODE)
    said = place.emis("db", "migrate", "--catalogue", catalogue, "--country", CODE).stdout
    unknown = [line.split()[1] for line in said.splitlines() if line.startswith("areas ")]
    place.require(unknown == ["S2", "S2H2", "S2H2P"], f"areas that are not in the registry yet: {said[-500:]}")
    place.emis("topics", "apply")
    rows = registry()
    place.import_registry(rows)
    shutil.copy(f"{folder}/calendar.csv", f"{place.folder}/calendar.csv")
    place.emis("calendar", "import", f"{place.folder}/calendar.csv")
    for week in WEEKS:
        place.emis("period", "open", FORM, week)
    place.emis("period", "open", "ATT_DAILY", f"{DAYS[0]}..{DAYS[-1]}")
    place.worker(f"{place.topic}-w1")
    said = place.emis("db", "migrate", "--catalogue", catalogue, "--country", CODE).stdout
    place.require("areas " not in said, f"areas that are in the registry: {said[-500:]}")
    wanted = feed(place, rows)
    place.aggregate()
    check_numbers(place, wanted)
    check_deadlines(place)
    dump = place.dump("end")
    place.compare(dump, merged)
    place.check_that_comparison_can_fail(dump, lambda changed: place.compare(changed, merged, expected=1))
    place.check_ties()
    say(f"{CODE}: {len(LEVELS)} levels, {len(TERMS)} terms, weeks from Saturday, {len(wanted)} values of {INDICATOR} by hand")
    refuse(place, catalogue, folder)
    place.aggregate()
    place.check_everything()


if __name__ == "__main__":
    village.run(newcountry)
