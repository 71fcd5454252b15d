# SPDX-License-Identifier: Apache-2.0
"""
What was published stays, and its old periods under the rule of 2026 stand beside it: `emis indicator backcast`, for the scenario of Uttar Pradesh.

Three weeks before the seam with their months and year, one after it; NIPUN classes, NIPUN schools, and an index of the two kinds that changes from one operand to two. The right cells are the
oracle's, of a catalogue in which the newest version is the only one there ever was. Of other roll-up classes there is a second version that is the same as the first, from a day to come on: under
it old periods are what they were.
"""

import csv
import io
import json
import os
import random
import shutil
import subprocess

from world import ROOT, say

SEAM = "2026-01-01"
AT_SEAM = {"2026-W20", "2026-05", "SY2026-T1", "SY2026"}  # the first period of each kind behind it that has cells
WEEKS = {"2025-W46": "2025-11-15T09:00:00Z", "2025-W48": "2025-11-29T09:00:00Z"}  # and the scenario's own 2025-W50
CODES = ("NIPUN_CLS", "NIPUN_SCH", "NIPUN_IDX")
INDEX = {"code": "NIPUN_IDX", "class": "D", "unit": "percent", "factor": 100, "decimals": 1, "direction": 1, "cuts": ["ownership"], "day_cuts": [],
         "periods": ["week", "month", "school_year"], "definition": "An index that changes.", "source": "made up"}
SCHOOLS_ALONE = {"version": 1, "valid_from": "2000-01-01", "valid_to": SEAM, "values": {"nipun_sch": {"indicator": "NIPUN_SCH"}},
                 "numerator": "nipun_sch", "denominator": "nipun_sch_denominator"}
WITH_PUPILS = {"version": 2, "valid_from": SEAM, "values": {"nipun_sch": {"indicator": "NIPUN_SCH"}, "nipun_stu": {"indicator": "NIPUN_STU"}},
               "numerator": "nipun_sch + nipun_stu", "denominator": "nipun_sch_denominator + nipun_stu_denominator"}
SAME = {"ATT_STU": "SY2026", "HH_ALLOC": "DBT-2026", "CH_ENR": "DBT-2026", "RPT_COMPL": "SY2026"}  # and from when
TO_COME = "2035-01-01"
draw = random.Random(46)


def put(folder, document):
    with open(f"{folder}/{document['code']}.v{document['version']}.json", "w", encoding="utf-8") as file:
        json.dump(document, file)


def declare(folder):
    """The index, and second versions, as indicator files of the folder."""
    for version in (SCHOOLS_ALONE, WITH_PUPILS):
        put(folder, {**INDEX, **version})
    for code in SAME:
        with open(f"{folder}/{code}.v1.json", encoding="utf-8") as file:
            document = json.load(file)
        put(folder, {**document, "valid_to": TO_COME})
        put(folder, {**document, "valid_from": TO_COME, "version": 2})


def assessments(schools):
    """Of two more weeks, some of which met one rule and not the other."""
    lines = []
    for week, at in WEEKS.items():
        for school in schools:
            if draw.random() < 0.7:
                lines.append((at, "ASSESS_SPOT", school, week, {"assessment_round": "R1", "assessor": "A1"}, sample(at), 1))
    return lines


def sample(at):
    rows, pupils = [], []
    for grade in ("1", "2", "3"):
        sampled = draw.choice((3, 4, 7, 12))
        nipun = sampled - draw.choice((0, 0, 0, 1, 3)) * (sampled > 3)
        rows.append({"grade": grade, "pupils_present": sampled, "sampled": sampled, "nipun": nipun})
        pupils += [{"grade": grade, "pupil_no": n, "sex": draw.choice("mf"), "nipun": n <= nipun} for n in range(1, sampled + 1)]
    return {"assessor_role": "mentor", "assessor_on_staff": False, "assessed_on": at[:10], "sample": rows, "pupil": pupils}


def emis(place, *arguments, status=0):
    """As an operator, who may write nothing else of the mart."""
    result = place.emis("--set", f"postgres.dsn={place.dsn}?options=-crole%3Demis_ops", "-q", "indicator", *arguments, check=False)
    place.require(result.returncode == status, f"indicator {' '.join(arguments)} exits {result.returncode}, not {status}: {result.stdout[-500:]!r}")
    return result.stdout


def rows_of(text):
    """Of CSV, without what is said beside it."""
    return list(csv.DictReader(line for line in text.splitlines() if line.count(",") >= 9))


def dump(place, table):
    sql = f"{ROOT}/tests/model/dump_mart.sql"
    with open(sql, encoding="utf-8") as file:
        text = file.read().replace("mart.indicator x", f"(select d.level_no, t.* from {table} t join mart.dim_area d using (area_key)) x" if table else "mart.indicator x")
    result = subprocess.run(["psql", "-X", "-q", "--csv", "-d", place.dsn, "-f", "-"], input=text, stdout=subprocess.PIPE, text=True, check=True)
    return list(csv.reader(io.StringIO(result.stdout)))


def print_of(place, table):
    """Every row, also when it was written."""
    return place.psql.rows(f"select count(*), md5(string_agg(t::text, ' ' order by t::text)) from {table} t")


def make_catalogue(place, merged, wanted):
    """Only the wanted indicators; {code: versions that stay}, of which the first holds from the beginning."""
    folder = f"{place.folder}/backcast-catalogue"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(merged, folder)
    for name in os.listdir(f"{folder}/indicators"):
        code, version, _ = name.split(".")
        if int(version[1:]) not in wanted.get(code, ()):
            os.remove(f"{folder}/indicators/{name}")
        elif int(version[1:]) == wanted[code][0]:
            with open(f"{folder}/indicators/{name}", encoding="utf-8") as file:
                document = {**json.load(file), "valid_from": "2000-01-01"}
            with open(f"{folder}/indicators/{name}", "w", encoding="utf-8") as file:
                json.dump(document, file)
    return folder


def check_oracle(place, merged, wanted, back_cast, expected=0, change=None):
    """The series of each of back_cast, old side and new, and the published cells of the others that are wanted."""
    old = {code for code, in place.psql.rows(f"select code from mart.dim_period where starts_on < '{SEAM}'")}
    header, *published = dump(place, None)
    _, *stored = dump(place, "mart.backcast")
    rows = [row for row in published if row[4] in wanted and not (row[4] in back_cast and row[3] in old)]
    rows += [row for row in stored if row[4] in back_cast and row[3] in old]
    if change:
        change(rows)
    path = f"{place.folder}/backcast.csv"
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])
    place.compare(path, make_catalogue(place, merged, wanted), expected=expected)
    return len([row for row in stored if row[4] in back_cast and row[3] in old])


def check_cells(place, merged):
    leaves, index = {"NIPUN_CLS": [2], "NIPUN_SCH": [2]}, {"NIPUN_SCH": [1, 2], "NIPUN_STU": [1], "NIPUN_IDX": [2]}
    return check_oracle(place, merged, leaves, leaves) + check_oracle(place, merged, index, {"NIPUN_IDX"})


def check_that_comparison_can_fail(place, merged):
    def add_one(rows):
        row = next(row for row in rows if row[:2] == ["block", "UPD1B1"] and row[3] == "2025-W48" and row[4] == "NIPUN_CLS")
        row[7] = str(int(row[7]) + 1)

    check_oracle(place, merged, {"NIPUN_CLS": [2]}, {"NIPUN_CLS"}, expected=1, change=add_one)


def check_seam(place):
    """The first published period of each kind from the seam on, as published but for the status."""
    seam = [row for row in dump(place, "mart.backcast")[1:] if row[3] >= "2026" and row[3] != "SY2025"]
    wanted = [row[:11] + ["break"] for row in dump(place, None)[1:] if row[4] in CODES and row[3] in AT_SEAM]
    place.require(sorted(seam) == sorted(wanted) and {row[3] for row in seam} == AT_SEAM, f"{len(seam)} cells at the seam, not {len(wanted)}")
    breaks = {code for code, in place.psql.rows("select distinct p.code from mart.backcast b join mart.dim_period p using (period_key) where b.status = 'break'")}
    place.require(breaks == AT_SEAM, f"status break in {breaks}, not in {AT_SEAM}")


def check_series(place, printed):
    """What `indicator get --backcast` prints is what both tables hold; the country's is what the run printed."""
    columns = "period", "published", "published_version", "backcast", "backcast_version", "status"
    country = [[row[name] for name in columns] for row in rows_of(emis(place, "get", "--indicator", "NIPUN_SCH", "--backcast", "--csv"))]
    place.require(country == [[row[name] for name in columns] for row in rows_of(printed)] and all(row[3] for row in country), f"the run printed {printed}, and stored is {country}")
    both = {(row[1], row[3]): row[7:9] for row in dump(place, "mart.backcast")[1:] if row[4] == "NIPUN_SCH" and row[5] == "total"}
    rows = rows_of(emis(place, "get", "--indicator", "NIPUN_SCH", "--backcast", "--level", "block", "--csv"))
    got = {(row["code"], row["period"]): [row["numerator"], row["denominator"]] for row in rows}
    place.require(got == {key: pair for key, pair in both.items() if len(key[0]) == 6} and len(rows) == len(got), f"the series of blocks: {len(got)} cells")
    versions = {(row["period"] in AT_SEAM, row["published_version"], row["backcast_version"], row["status"] == "break") for row in rows}
    place.require(versions == {(False, "1", "2", False), (True, "2", "2", True)}, f"versions of the series: {versions}")
    place.require(any(row["published"] != row["backcast"] for row in rows), "the rule of 2026 says the same as that of 2023 everywhere")
    month = rows_of(emis(place, "get", "--indicator", "NIPUN_SCH", "--backcast", "--period", "2025-11", "--by", "ownership", "--csv"))
    place.require({row["period"] for row in month} == {"2025-11"} and all(row["cut"].startswith("ownership=") for row in month), f"one month by ownership: {month}")


def changes(text):
    return {row["period"]: (int(row["added"]), int(row["changed"]), int(row["removed"])) for row in rows_of(text) if row["added"] + row["changed"] + row["removed"] != "000"}


def check_late(place, merged, send, lines):
    """One school corrects a week and another takes it back: the difference says where, and a second run writes only that."""
    sent = [line for line in lines if line[3] == "2025-W48"]
    corrected, retracted = sent[0], sent[1]
    failed = json.loads(json.dumps(corrected[5]))
    for row in failed["sample"]:
        row["nipun"] = 0
    for pupil in failed["pupil"]:
        pupil["nipun"] = False
    at = "2026-06-02T09:00:00Z"
    send(place, [(at, *corrected[1:5], failed, 2), (at, *retracted[1:5], None, 2)])
    place.aggregate()
    before = print_of(place, "mart.backcast")
    found = changes(emis(place, "backcast", "NIPUN_CLS", "--dry-run", "--csv", status=1))
    place.require(set(found) == {"2025-W48", "2025-11", "SY2025"} and all(changed for _, changed, _ in found.values()) and found["2025-W48"][2] > 0,
                  f"after a correction and a retraction of 2025-W48 the difference is {found}")
    place.require(print_of(place, "mart.backcast") == before, "a dry run wrote")
    emis(place, "backcast", "NIPUN_CLS", "--from", "2025-W46", "--to", "2025-W46", "--dry-run", "--csv")  # that week is as it was
    old = place.psql.rows("select t.period_key, t.indicator_key, t.cut_key, t.area_key, t.xmin from mart.backcast t")
    for code in CODES:
        emis(place, "backcast", code)
    kept = {tuple(row) for row in old} & {tuple(row) for row in place.psql.rows("select t.period_key, t.indicator_key, t.cut_key, t.area_key, t.xmin from mart.backcast t")}
    place.require(0 < len(old) - len(kept) < len(old) // 2, f"{len(old) - len(kept)} of {len(old)} rows were written again")
    check_cells(place, merged)


def check_removal(place):
    """What the definition wants no more, or another one once wanted, goes."""
    before = print_of(place, "(select period_key, indicator_key, cut_key, area_key, numerator, definition_version from mart.backcast)")
    place.psql.rows("insert into mart.backcast (period_key, indicator_key, cut_key, area_key, numerator, denominator, n_expected, n_reported, status, definition_version, computed_at) "
                    "select d.period_key, b.indicator_key, b.cut_key, b.area_key, b.numerator, b.denominator, b.n_expected, b.n_reported, b.status, d.version, b.computed_at "
                    "from mart.backcast b join mart.dim_period p using (period_key) join mart.dim_indicator i using (indicator_key) join mart.dim_area a using (area_key) "
                    "cross join (select period_key, v.version from mart.dim_period join (values ('2025-W47', 2), ('2026-06', 2), ('2024-W30', 1)) v (code, version) using (code)) d "
                    "where p.code = '2025-W48' and i.code = 'NIPUN_SCH' and a.level_no = 0 and b.cut_key = 0")
    found = changes(emis(place, "backcast", "NIPUN_SCH", "--from", "SY2025", "--dry-run", "--csv", status=1))
    place.require(found == dict.fromkeys(("2025-W47", "2026-06", "2024-W30"), (0, 0, 1)), f"rows that nobody wants: {found}")
    emis(place, "backcast", "NIPUN_SCH", "--from", "SY2025")
    after = print_of(place, "(select period_key, indicator_key, cut_key, area_key, numerator, definition_version from mart.backcast)")
    place.require(before == after, "the rows that nobody wants are still there, or others went with them")


def check_same(place):
    """The same rule again: the same cells, of a new version, and no seam yet."""
    cell = "period_key, area_key, indicator_key, cut_key, numerator, denominator, n_expected, n_reported, status"
    for code, period in SAME.items():
        emis(place, "backcast", code, "--from", period)
        of = f"where indicator_key = (select indicator_key from mart.dim_indicator where code = '{code}')"
        both = place.psql.number(f"select count(*) from (select {cell} from mart.indicator {of} intersect select {cell} from mart.backcast {of} and definition_version = 2) c")
        counts = [place.psql.number(f"select count(*) from {table} {of}") for table in ("mart.indicator", "mart.backcast")]
        place.require(counts == [both, both] and both > 0, f"{code} under the same rule: {counts} cells published and back-cast, {both} alike")


def check_refusals(place):
    for status, text, *arguments in (
            (1, "no indicator NIPUN_X", "backcast", "NIPUN_X", "--from", "SY2025"),
            (1, "has one version", "backcast", "NIPUN_STU", "--from", "SY2025"),
            (1, "no period 2025-W99", "backcast", "NIPUN_SCH", "--from", "2025-W99"),
            (1, "not kept for a day such as 2025-12-01; it is for: week, month, term, school_year", "backcast", "NIPUN_SCH", "--from", "2025-12-01"),
            (1, "registry begins on 2025-01-01", "backcast", "NIPUN_SCH", "--from", "2024-W30"),
            (1, "no period 2025-W98", "backcast", "NIPUN_SCH", "--from", "SY2025", "--to", "2025-W98"),
            (64, "name an earlier period", "backcast", "NIPUN_SCH", "--from", "2026-W20"),
            (64, "name an earlier period", "backcast", "NIPUN_SCH", "--from", "SY2025", "--to", "2026-W20"),
            (64, "begins before --from", "backcast", "NIPUN_SCH", "--from", "2025-W48", "--to", "2025-W46"),
            (64, "--from is needed", "backcast", "NIPUN_SCH"),
            (64, "--from is needed", "backcast", "NIPUN_SCH", "--to", "2025-W48"),
            (1, "nothing of NIPUN_SCH is back-cast; `emis indicator backcast NIPUN_SCH", "get", "--indicator", "NIPUN_SCH", "--backcast"),
            (64, "no --as-of", "get", "--indicator", "NIPUN_SCH", "--backcast", "--as-of", "today"),
            (64, "--indicator is needed", "get", "--backcast")):
        said = emis(place, *arguments, status=status)
        place.require(text in said, f"indicator {' '.join(arguments)} says {said[-300:]!r}")


def check(place, merged, send, lines):
    """lines: what assessments() made; send: of the scenario."""
    check_refusals(place)
    published = print_of(place, "mart.indicator")
    would = emis(place, "backcast", "NIPUN_SCH", "--from", "SY2025", "--dry-run", "--csv", status=1)
    place.require(place.psql.number("select count(*) from mart.backcast") == 0, "a dry run wrote")
    for code in CODES:
        did = emis(place, "backcast", code, "--from", "SY2025", "--csv")
        place.require(code != "NIPUN_SCH" or rows_of(did) == rows_of(would), f"the dry run said {would}, the run {did}")
    place.require(print_of(place, "mart.indicator") == published, "back-casting changed what is published")
    count = check_cells(place, merged)
    check_that_comparison_can_fail(place, merged)
    check_seam(place)
    check_series(place, would)
    written = print_of(place, "mart.backcast")
    for code in CODES:
        emis(place, "backcast", code)
    emis(place, "backcast", "NIPUN_SCH", "--from", "SY2025", "--dry-run")
    place.require(print_of(place, "mart.backcast") == written, "a second run touched rows that were right")
    check_removal(place)
    check_late(place, merged, send, lines)
    check_same(place)
    document = json.loads(emis(place, "backcast", "NIPUN_SCH", "--json"))
    place.require(document["schema"] == "emis.backcast/1" and {row["period"] for row in document["rows"]} >= {"2025-W46", "2025-W48", "2025-W50", "2026-W20", "SY2025"},
                  f"as JSON: {str(document)[:200]}")
    say(f"{count} cells back-cast under the rule of 2026, beside the published ones, which stay: " +
        ", ".join(f"{row['period']} {row['published']}/{row['backcast']}" for row in document["rows"] if row["period"].startswith("2025-W") and row["backcast"]))
