# SPDX-License-Identifier: Apache-2.0
"""
Scenario: a census as another body publishes it (ages x sexes in columns, one line a school) goes through `emis import`; the mart holds the sums that this script
works out from the CSV file alone. The same file again is duplicates only; a file with mistakes sends nothing and names each by line and column; a file under
an exam board's codes finds the units that have them and parks the others under one cause each; with Kafka away, and for maps and words that are wrong, it says so.
"""

import csv
import json
import os
import re
import subprocess

import jsonschema
import village
from village import ROOT, areas, unit
from world import say

AGES = {"Below 6 Years": "below_6", **{f"{age} years": str(age) for age in range(6, 14)}, "Above 13 years": "above_13"}
SEXES = {"Boys": "m", "Girls": "f"}
COLUMNS = {f"{age}, {sex}": (AGES[age], SEXES[sex]) for age in AGES for sex in SEXES}
HEADER = ["S/N", "School", "Reg.No.", *COLUMNS, "Total, Boys", "Total, Girls"]
TIME = "2022-04-20T08:00:00Z"
SCHOOLS = {"S1": "G1D1W1", "S2": "G1D1W2", "S3": "G1D2W1", "S4": "G2D1W1", "S5": "G2D2W2"}
UNKNOWN = "X9"  # of no registry
AWAY_DATABASE = "postgres.dsn=host=127.0.0.1 port=1 connect_timeout=2"
AWAY_KAFKA = "kafka.bootstrap.servers=127.0.0.1:1"


def census_map(**more):
    wide = [{"keys": {"age": age, "sex": sex}, "columns": {"pupils": column}} for column, (age, sex) in COLUMNS.items()]
    return {"form": "ENROL_CENSUS", "version": 1, "period": {"value": "SY2022"}, "unit": {"column": "Reg.No."}, "sender": {"value": "ministry"},
            "revision": {"value": 1}, "key_parts": {"shift": {"value": "full"}}, "blank": ["-"], "ignore": ["S/N", "School"],
            "fields": {"pupils_total": {"sum": ["Total, Boys", "Total, Girls"]}},
            "groups": {"pupil": {"keys": {"grade": {"value": "unknown"}}, "wide": wide}}, **more}


def exam_map():
    """Long: one line for each sex; codes of an exam board."""
    return {"form": "ENROL_CENSUS", "version": 1, "period": {"column": "Year", "table": {"2022": "SY2022"}},
            "unit": {"column": "Centre", "scheme": "exam_board"}, "sender": {"value": "exam-board"}, "revision": {"column": "Delivery"},
            "key_parts": {"shift": {"value": "evening"}},
            "groups": {"pupil": {"keys": {"grade": {"value": "7"}, "age": {"value": "unknown"}, "sex": {"column": "Sex", "table": SEXES}},
                                 "fields": {"pupils": {"column": "Sat"}}}}}


def line(number, code, base):
    """A school's numbers; a dash where nobody counted, which is not 0."""
    cells = {column: str((base * (place + 3) + place) % 37) for place, column in enumerate(COLUMNS)}
    cells["6 years, Girls"] = "-" if base % 2 else cells["6 years, Girls"]
    for sex in SEXES:
        cells[f"Total, {sex}"] = str(sum(int(text) for column, text in cells.items() if column.endswith(sex) and text != "-"))
    return {"S/N": str(number), "School": f"School, the \"{code}\"", "Reg.No.": code, **cells}


def write(place, name, rows, header=None):
    path = f"{place.folder}/{name}"
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header or HEADER)
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_map(place, name, document):
    path = f"{place.folder}/{name}"
    with open(path, "w", encoding="utf-8") as file:
        json.dump(document, file)
    return path


def imports(place, path, map_path, *more, received_at=TIME, timeout=60):
    """Standard output and standard error apart."""
    signed = ["--received-at", received_at, "--key-file", place.keys, "--key-id", "village"] if received_at else []
    return subprocess.run([f"{place.bin}/emis", *place.settings(), "import", path, "--map", map_path, *signed, *more], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=timeout, check=False)


def done(place, result, what):
    place.require(result.returncode == 0, f"{what}: exit status {result.returncode}: {(result.stdout + result.stderr)[-1500:]}")
    place.require("Sanitizer" not in result.stderr and "runtime error" not in result.stderr, f"{what}: {result.stderr[-1500:]}")


def refused(place, result, status, *parts):
    said = result.stdout + result.stderr
    place.require(result.returncode == status, f"exit status {result.returncode}, not {status}: {said[-1500:]}")
    for part in parts:
        place.require(part in said, f"does not say {part!r}: {said[-2500:]}")
    place.require("Sanitizer" not in said and "runtime error" not in said, said[-1500:])


def records(place):
    return sum(place.ends().values())


def outcomes(place):
    return {(outcome, code): int(count) for outcome, code, count in
            place.psql.rows("select outcome, coalesce(code::text, ''), count(*) from intake.ledger group by 1, 2")}


def sums_of(path):
    """{(level, area, dimension, member): pupils} of what is registered, from the CSV file and nothing of ours."""
    sums = {}
    with open(path, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["Reg.No."] not in SCHOOLS:
                continue
            ward = SCHOOLS[row["Reg.No."]]
            nodes = (("country", "K"), ("governorate", ward[:2]), ("district", ward[:4]), ("cluster", ward), ("school", row["Reg.No."]))
            for column in COLUMNS:
                number = 0 if row[column] == "-" else int(row[column])
                for node in nodes:
                    for cut in (("total", "total"), ("sex", SEXES[column.split(", ")[1]])):
                        sums[(*node, *cut)] = sums.get((*node, *cut), 0) + number
    return sums


def compare_with_mart(place, path):
    stored = {(key[0], key[1], key[5], key[6]): int(value[0]) for key, value in place.cells("imported").items()
              if key[3] == "SY2022" and key[4] == "ENR" and key[5] in ("total", "sex") and value[0] != ""}
    wanted = sums_of(path)
    wrong = [f"{key}: {stored.get(key)}, not {number}" for key, number in wanted.items() if stored.get(key) != number]
    place.require(not wrong and len(wanted) > 30, f"{len(wrong)} of {len(wanted)} sums are wrong: {wrong[:5]}")
    say(f"{len(wanted)} sums of the file stand in the mart")


def dry_run(place, path, map_path):
    before = records(place)
    result = imports(place, path, map_path, "--dry-run")
    done(place, result, "dry run")
    place.require("lines 6  submissions 6  units known 5  unknown 1" in result.stdout, f"dry run: counts: {result.stdout[:500]}")
    place.require(re.search(r"^SY2022 +6 +6 +1$", result.stdout, re.M), f"dry run: no line for the period: {result.stdout[:500]}")
    first = json.loads(result.stdout[result.stdout.index("\n{"):])
    place.require(first["unit"] == "S1" and len(first["data"]["pupil"]) == 19, f"dry run: the first submission: {first}")
    result = imports(place, path, map_path, "--dry-run", "--json")
    document = json.loads(result.stdout)
    place.require(document["schema"] == "emis.import/1" and document["first"] == first and document["units_unknown"] == 1 and
                  document["periods"] == [{"period": "SY2022", "lines": 6, "submissions": 6, "of_unknown_units": 1}], f"dry run as JSON: {document}")
    required = ["--dry-run", "--set", "emis.record_signing=required"]
    done(place, imports(place, path, map_path, *required), "dry run of signed records where a signature is required")
    refused(place, imports(place, path, map_path, *required, received_at=None), 65, "the record is not signed")
    place.require(records(place) == before, "the dry run sent something")


def census(place):
    rows = [line(number, code, number) for number, code in enumerate([*SCHOOLS, UNKNOWN], 1)]
    path, map_path = write(place, "census.csv", rows), write_map(place, "census.map.json", census_map())
    dry_run(place, path, map_path)
    result = imports(place, path, map_path)
    done(place, result, "import")
    place.require("sent and acknowledged 6" in result.stdout, f"import: {result.stdout}")
    place.record_count += 6
    place.wait_ingested()
    place.require(outcomes(place) == {("a", ""): 5, ("p", "190"): 1}, f"outcomes of the import: {outcomes(place)}")
    place.aggregate()
    compare_with_mart(place, path)
    return path, map_path


def again(place, path, map_path):
    """The same file, later and signed for another time: duplicates of what counts, whatever the bytes."""
    for received_at in (TIME, "2022-04-21T08:00:00Z", None):
        before = outcomes(place)
        done(place, imports(place, path, map_path, received_at=received_at), "the same file again")
        place.record_count += 6
        place.wait_ingested()
        added = {key: count - before.get(key, 0) for key, count in outcomes(place).items() if count != before.get(key, 0)}
        place.require(set(added) <= {("d", ""), ("p", "190")} and added[("d", "")] >= 5, f"the same file again ({received_at}): {added}")
    facts = place.psql.number("select count(*) from intake.submission")
    place.require(facts == 5, f"{facts} submissions are stored, not 5")
    compare_with_mart(place, path)


def mistakes(place, map_path):
    """Six kinds of mistakes, and a good line between them."""
    before = records(place)
    rows = [line(number, code, number) for number, code in enumerate(SCHOOLS, 1)]
    rows[0]["7 years, Boys"] = "1,234"  # separators
    rows[1]["Reg.No."] = ""  # nobody's
    rows[2]["Total, Boys"] = str(int(rows[2]["Total, Boys"]) + 1)  # parts do not add up
    rows[3]["8 years, Girls"] = "6001"  # more than a school has
    rows.append(line(6, "G1", 6))  # no school
    rows.append(line(7, "S5", 5))  # the same school twice: told once, not for each of its rows
    result = imports(place, write(place, "wrong.csv", rows), map_path)
    file = f"{place.folder}/wrong.csv"
    refused(place, result, 65, "nothing was sent", f"{file}:2: 7 years, Boys: E_FIELD_TYPE: ", f"{file}:3: Reg.No.: E_ENV_FIELD: the unit is blank: fill the cell",
            f"{file}:4: Total, Boys: E_SUM: ", f"{file}:5: 8 years, Girls: E_FIELD_RANGE: ", f"{file}:7: Reg.No.: E_REF_LEVEL: ")
    shown = [text for text in result.stderr.splitlines() if text.startswith(f"{file}:")]
    count = re.search(r"(\d+) mistakes; nothing was sent", result.stderr)
    place.require(len(shown) == 6, f"{len(shown)} are shown: {result.stderr[-800:]}")
    place.require(result.stderr.count("E_ROW_DUP") == 1 and f"{file}:8: Below 6 Years, Boys: E_ROW_DUP: " in result.stderr,
                  f"the doubled school is not named once: {result.stderr[-800:]}")
    place.require(count is not None and int(count[1]) == 6, f"not 6 mistakes: {result.stderr[-800:]}")
    many = [{**line(number, f"S{number}", number), "9 years, Boys": "many"} for number in range(1, 31)]
    result = imports(place, write(place, "wrong.csv", many), map_path)
    refused(place, result, 65, "30 mistakes; nothing was sent", "... and 10 more", f"{file}:21: 9 years, Boys: ")
    place.require(f"{file}:22: " not in result.stderr, "more than 20 mistakes are shown")
    place.require(records(place) == before, "a file with mistakes was sent")


def wrong_words(place, path, map_path):
    before = records(place)
    nowhere = f"{place.folder}/nowhere"
    refused(place, imports(place, nowhere, map_path), 66, nowhere)
    refused(place, imports(place, path, nowhere), 66, nowhere)
    wrong = write_map(place, "wrong.map.json", census_map(period={"colunm": "x"}, ignore=[]))
    refused(place, imports(place, path, wrong), 65, "wrong.map.json: /period/colunm: ", "wrong.map.json: /period: ")
    wrong = write_map(place, "wrong.map.json", census_map(ignore=["S/N"], unit={"column": "Code"}))
    refused(place, imports(place, path, wrong), 65, f"{path}:1: School: ", f"{path}:1: Code: the column is missing", f"{path}:1: Reg.No.: ")
    wrong = write_map(place, "wrong.map.json", census_map(period={"value": "SY2035"}))
    refused(place, imports(place, path, wrong), 65, f"{path}:2: (the map, /period): E_PERIOD_CLOSED: ")
    refused(place, imports(place, path, map_path, "--set", AWAY_KAFKA), 69, "nothing was sent", "bootstrap.servers")
    refused(place, imports(place, path, map_path, "--set", f"topics.submissions={place.topic}.nowhere"), 69, f"{place.topic}.nowhere", "nothing was sent")
    refused(place, imports(place, path, map_path, "--set", AWAY_DATABASE), 69, "could not connect")
    keys = f"{place.folder}/narrow.json"
    with open(keys, "w", encoding="utf-8") as file:
        json.dump({"keys": [{"id": "narrow", "secret": village.SECRET, "units": "S*"}]}, file)
    os.chmod(keys, 0o600)
    narrow = ("--key-file", keys, "--key-id", "narrow")
    refused(place, imports(place, path, map_path, *narrow, received_at=None), 65, f"{path}:7: Reg.No.: E_SCOPE: ", ": 1 mistake; nothing was sent")
    refused(place, imports(place, path, map_path, *narrow, "--received-at", TIME, received_at=None), 64, "may backdate")
    refused(place, imports(place, path, map_path, *narrow[:2], received_at=None), 64, "--key-id")
    result = subprocess.run([f"{place.bin}/emis", "import", path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=30)
    place.require(result.returncode == 64 and "--map" in result.stdout, f"without a map: {result.stdout}")
    place.require(records(place) == before, "something was sent")


def schema_and_manual(place, path):
    """The manual's map obeys the published schema, as ours do, and does what the manual says; a wrong one breaks it."""
    with open(f"{ROOT}/catalogue/schema/import_map.schema.json", encoding="utf-8") as file:
        schema = jsonschema.Draft202012Validator(json.load(file))
    manual = imports(place, path, "x", "--help").stdout
    example, population = (json.loads(text) for text in re.findall(r"^  (\{\"form\".*?\}\n)(?=\n|Options)", manual, re.M | re.S))
    for document in (census_map(), exam_map(), example, population):
        errors = [error.message for error in schema.iter_errors(document)]
        place.require(not errors, f"the schema refuses {document}: {errors}")
    for wrong in (census_map(period={"colunm": "x"}), census_map(fields={"pupils_total": {"sum": []}}), census_map(perido=1),
                  census_map(unit={"value": "S1", "column": "x"}), census_map(groups={"pupil": {"wide": [{"keys": {}}]}})):
        place.require(not schema.is_valid(wrong), f"the schema takes {wrong}")
        map_path = write_map(place, "wrong.map.json", wrong)
        refused(place, imports(place, path, map_path), 65, "wrong.map.json: /")
    example["ignore"] = ["*"]
    del example["fields"]
    result = imports(place, path, write_map(place, "manual.map.json", example), "--dry-run", "--json")
    done(place, result, "the manual's example")
    rows = json.loads(result.stdout)["first"]["data"]["pupil"]
    place.require([row["sex"] for row in rows] == ["m"], f"the manual's example: {rows}")
    header = ["Year", "District", "Age", "Sex", "Persons"]
    people = [dict(zip(header, ("2022", district, str(age), sex, str(100 + age)))) for age in (6, 7) for district in ("G1D1", "G1D2") for sex in ("Male", "Female")]
    result = imports(place, write(place, "population.csv", people, header), write_map(place, "manual.map.json", population), "--dry-run", "--json")
    done(place, result, "the manual's second example")
    document = json.loads(result.stdout)
    rows = document["first"]["data"]["person"]
    place.require((document["lines"], document["submissions"], document["units_known"]) == (8, 2, 2) and [row["population"] for row in rows] == [106, 106, 107, 107],
                  f"the manual's second example: {document}")


def foreign_codes(place):
    """P1 is S1 as of 2022, P2 was S2 until 2022, P3 is nobody."""
    place.psql.rows("insert into ref.unit_code (unit_id, scheme, code, valid_from, valid_to, since_version) select unit_id, 'exam_board', c.code, f, t, 1 "
                    "from ref.unit join (values ('S1', 'P1', date '2022-01-01', date 'infinity'), ('S2', 'P2', '-infinity', '2022-01-01')) "
                    "as c (unit, code, f, t) on c.unit = ref.unit.code")
    header = ["Year", "Centre", "Sex", "Sat", "Delivery"]
    rows = [dict(zip(header, cells)) for cells in (("2022", "P1", "Boys", "11", "1"), ("2022", "P3", "Girls", "6", "1"),
                                                   ("2022", "P1", "Girls", "13", "1"), ("2022", "P3", "Boys", "7", "1"))]
    path, map_path = write(place, "exam.csv", rows, header), write_map(place, "exam.map.json", exam_map())
    before = place.psql.number("select count(*) from intake.submission")
    past = write(place, "past.csv", [dict(zip(header, ("2022", "P2", "Boys", "5", "1")))], header)
    refused = imports(place, past, map_path)
    place.require(refused.returncode == 65 and "past.csv:2: Centre: E_REF_SCHOOL_CLOSED" in refused.stdout + (refused.stderr or ""),
                  f"a code of other days: exit status {refused.returncode}: {refused.stdout[-500:]}")
    done(place, imports(place, path, map_path), "exam board's codes")
    place.record_count += 2
    place.wait_ingested()
    stored = place.psql.rows("select u.code, s.part_key, sum(p.pupils) from intake.submission s join ref.unit u using (unit_id) "
                             "join core.enrol_census_pupil p using (submission_key) where s.part_key = 'evening' group by 1, 2")
    place.require(stored == [["S1", "evening", "24"]], f"the exam board's submissions: {stored}")
    place.require(place.psql.number("select count(*) from intake.submission") == before + 1, "more than one of the exam board's submissions counts")
    causes = place.psql.rows("select cause, count(*) from intake.held where outcome = 'p' and cause like 'unit:exam%' group by 1 order by 1")
    place.require(causes == [["unit:exam_board:P3", "1"]], f"causes: {causes}")
    correction = [{**row, "Sat": "20" if row["Centre"] == "P1" else row["Sat"], "Delivery": "2"} for row in rows]
    done(place, imports(place, write(place, "exam.csv", correction, header), map_path), "a correction")
    place.record_count += 2
    place.wait_ingested()
    counts = place.psql.rows("select s.revision, sum(p.pupils) from intake.current c join intake.submission s using (submission_key) "
                             "join core.enrol_census_pupil p using (submission_key) where s.part_key = 'evening' group by 1")
    place.require(counts == [["2", "40"]], f"what counts after the correction: {counts}")


def import_door(place):
    place.found(areas() + [unit(code, "school", ward) for code, ward in SCHOOLS.items()], [("ENROL_CENSUS", "SY2022")])
    path, map_path = census(place)
    again(place, path, map_path)
    mistakes(place, map_path)
    wrong_words(place, path, map_path)
    schema_and_manual(place, path)
    foreign_codes(place)
    place.aggregate()
    place.check_everything()


if __name__ == "__main__":
    village.run(import_door)
