# SPDX-License-Identifier: Apache-2.0
"""
Scenario: the real examination results of 17,935 schools, pupils by band (A to E) and sex, go through `emis import` under the exam board's codes. All park, each under
its own code's cause; the links that `registry link` makes automatically heal theirs. Band by band and sex by sex, what counts and what is still parked add up to the
published totals, and each school, ward, council, region and the country hold what this file sums up from the CSV.

35 schools have no number of pupils who sat and no average: they carry a reason instead. Ten of them have pupils in the bands all the same, which count; the zeros of the
other 25 are not counts and are left out.
"""

import collections
import csv
import json

import linkage
import village
from imports import done, imports, write, write_map
from linkage import fixture
from world import say

TERM = "SY2022-T2"
RECEIVED_AT = "2022-12-20T08:00:00Z"
E_REF_SCHOOL = "190"
SEXES = {"girls": "f", "boys": "m"}
COLUMNS = {f"{who}_{band}": (band, sex) for who, sex in SEXES.items() for band in "ABCDE"}
PUBLISHED = {  # of all 17,935 schools
    "f": dict(zip("ABCDE", (22278, 139632, 397216, 145531, 3817))), "m": dict(zip("ABCDE", (28197, 163552, 323129, 120367, 4961)))}
WITHOUT_RESULT = 35
LOADED = """select u.code, band.code, sex.code, b.pupils from intake.current c join ref.unit u using (unit_id) join core.exam_result_band b using (submission_key)
join ref.catalogue_number band on band.kind = 'code:exam_band' and band.number = b.exam_band
join ref.catalogue_number sex on sex.kind = 'code:sex' and sex.number = b.sex"""
REASONS = """select count(*) from intake.current c join core.exam_result_form f using (submission_key)
join ref.catalogue_number r on r.kind = 'code:no_result_reason' and r.number = f.no_result_reason
where r.code = 'not_published' and f.pupils_sat is null"""
CELLS = f"""select a.unit_code, d.dimension, d.member, m.numerator from mart.indicator m join mart.dim_area a using (area_key)
join mart.dim_period p using (period_key) join mart.dim_indicator i using (indicator_key) join mart.dim_cut d using (cut_key)
where i.code = 'EXAM_BAND' and p.code = '{TERM}' and d.dimension in ('total', 'sex', 'exam_band') and m.numerator is not null"""


def results():
    """{the board's code: {(band, sex): pupils}} as published; a school of which nothing at all was published has none."""
    counts = {}
    for row in fixture("necta_psle_2022"):
        numbers = {cell: int(row[column]) for column, cell in COLUMNS.items()}
        counts[row["school_id"]] = numbers if row["num_sitters"] or any(numbers.values()) else {}
    return counts


def board_file(place, counts):
    rows = []
    for row in fixture("necta_psle_2022"):
        numbers = counts[row["school_id"]]
        sat = row["num_sitters"].partition(".")[0]
        rows.append({"school_id": row["school_id"], "school_name": row["school_name"], "sat": sat, "no_result": "" if sat else "not_published",
                     **{column: numbers.get(cell, "") for column, cell in COLUMNS.items()}})
    return write(place, "results.csv", rows, list(rows[0]))


def board_map():
    wide = [{"keys": {"exam_band": band, "sex": sex}, "columns": {"pupils": column}} for column, (band, sex) in COLUMNS.items()]
    return {"form": "EXAM_RESULT", "version": 2, "period": {"value": TERM}, "unit": {"column": "school_id", "scheme": "necta"}, "sender": {"value": "exam-board"},
            "revision": {"value": 1}, "key_parts": {"exam": {"value": "PSLE-2022"}}, "ignore": ["school_name"],
            "fields": {"pupils_sat": {"column": "sat"}, "no_result_reason": {"column": "no_result"}}, "groups": {"band": {"wide": wide}}}


def parked(place):
    """{cause: the record's value} of what still waits."""
    rows = place.psql.rows("select cause, convert_from(raw, 'UTF8') from intake.held where outcome = 'p' and settled_at is null")
    place.require(len({cause for cause, _ in rows}) == len(rows), "two records wait for one code")
    return {cause: json.loads(raw) for cause, raw in rows}


def check_parked(place, counts):
    """Before anything is linked: one ledger row for each school, and each waits for its own code with its numbers."""
    ledger = place.psql.rows("select outcome, code, count(*) from intake.ledger group by 1, 2")
    place.require(ledger == [["p", E_REF_SCHOOL, str(len(counts))]], f"the ledger has {ledger}")
    waiting = parked(place)
    place.require(waiting.keys() == {f"unit:necta:{code}" for code in counts}, f"{len(waiting)} causes, not one for each of {len(counts)} codes")
    say(f"{len(waiting)} parked")


def link(place):
    """The board's codes that are linked automatically: {code: unit}."""
    listed, proposed = f"{place.folder}/list.csv", f"{place.folder}/proposals.csv"
    linkage.make_list(listed)
    place.emis("registry", "link", listed, "--scheme", "necta", "--on", linkage.OPEN_ON, "--out", proposed)
    place.emis("registry", "link", "--accept", proposed)
    linked = {row["code"]: row["unit"] for row in linkage.read(proposed) if row["status"] == "auto"}
    stated = linkage.stated()[0]["auto", "all"]
    place.require(len(linked) == stated, f"{len(linked)} are linked automatically, LINKAGE.md says {stated}")
    return linked


def check_loaded(place, counts, linked):
    """School by school what counts is what was published, and the totals add up over what counts and what waits."""
    fates = place.psql.rows("select coalesce(settled_outcome::text, ''), count(*) from intake.held group by 1 order by 1")
    wanted = [["", str(len(counts) - len(linked))], ["a", str(len(linked))]]
    place.require(fates == wanted, f"fates {fates}, not {wanted}")
    loaded = {(unit, band, sex): int(pupils) for unit, band, sex, pupils in place.psql.rows(LOADED)}
    wanted = {(unit, *cell): pupils for code, unit in linked.items() for cell, pupils in counts[code].items()}
    differ = [key for key in loaded.keys() | wanted.keys() if loaded.get(key) != wanted.get(key)]
    place.require(not differ, f"{len(differ)} of {len(wanted)} numbers of schools differ, such as {sorted(differ)[:3]}")
    waiting = parked(place)
    place.require(waiting.keys() == {f"unit:necta:{code}" for code in counts.keys() - linked.keys()}, "others wait than those that were not linked")
    totals = collections.Counter()
    for (_, band, sex), pupils in loaded.items():
        totals[sex, band] += pupils
    here = sum(totals.values())
    for value in waiting.values():
        for row in value["data"].get("band", ()):
            totals[row["sex"], row["exam_band"]] += row["pupils"]
    for sex, bands in PUBLISHED.items():
        for band, pupils in bands.items():
            place.require(totals[sex, band] == pupils, f"{totals[sex, band]} of {sex} in band {band}, {pupils} were published")
    reasons = place.psql.number(REASONS)
    reasons += sum("no_result_reason" in value["data"] and "pupils_sat" not in value["data"] for value in waiting.values())
    place.require(reasons == WITHOUT_RESULT, f"{reasons} schools have a reason for having no result")
    say(f"{len(linked)} schools with {here} pupils count, {len(waiting)} with {sum(totals.values()) - here} wait")


def area_sums(place, counts, linked):
    """{(area, dimension, member): pupils} of what is linked, each school counting in all above it."""
    with open(f"{place.folder}/registry.csv", encoding="utf-8", newline="") as file:
        parent = {row["code"]: row["parent"] for row in csv.DictReader(file)}
    sums = collections.Counter()
    for code, unit in linked.items():
        for (band, sex), pupils in counts[code].items():
            area = unit
            while area:
                for cut in (("total", "total"), ("sex", sex), ("exam_band", band)):
                    sums[area, *cut] += pupils
                area = parent[area]
    return sums


def check_mart(place, sums):
    cells = {(area, dimension, member): int(number) for area, dimension, member, number in place.psql.rows(CELLS)}

    def differences(cells):
        return [key for key in cells.keys() | sums.keys() if cells.get(key) != sums.get(key)]

    differ = differences(cells)
    place.require(not differ, f"{len(differ)} of {len(sums)} cells differ, such as {[(key, cells.get(key), sums.get(key)) for key in sorted(differ)[:3]]}")
    place.require(len(differences({**cells, max(cells): -1})) == len(differ) + (max(cells) not in differ), "the comparison cannot fail")
    regions = place.psql.rows(f"{CELLS} and a.level_no = 1 and d.dimension = 'total'")
    place.require(len(regions) == 26, f"{len(regions)} regions have results")
    say(f"{len(cells)} cells compared, {len(differ)} differ")


def exams(place):
    counts = results()
    linkage.found(place)
    path, map_path = board_file(place, counts), write_map(place, "results.map.json", board_map())
    done(place, imports(place, path, map_path, received_at=RECEIVED_AT, timeout=400), "the board's results")
    place.record_count += len(counts)
    place.wait_ingested(400)
    check_parked(place, counts)
    linked = link(place)
    place.emis("period", "open", "EXAM_RESULT", TERM)
    place.aggregate(2, 600)
    check_loaded(place, counts, linked)
    check_mart(place, area_sums(place, counts, linked))
    place.check_ledger()


if __name__ == "__main__":
    village.run(exams, 4)
