# SPDX-License-Identifier: Apache-2.0
"""
Scenario: the exam board's list of 17,935 schools, under its own codes, against the registry of 19,261. `registry link` proposes what tests/model/LINKAGE.md says,
and links nothing; submissions under the board's codes park; an accepted proposal heals them; wrong lists are refused whole.
"""

import collections
import csv
import io
import lzma
import random
import re

import traffic
import village
from village import CENSUS_TIME
from world import ROOT, say

FIXTURES = f"{ROOT}/tests/fixtures/tanzania-2022"
STATEMENT = f"{ROOT}/tests/model/LINKAGE.md"
OPEN_ON = "2022-09-30"
SEED = 2022
E_REF_SCHOOL_CLOSED = "191"
HEAD = "scheme,code,unit,valid_from,valid_to\n"
WRONG = {  # what is wrong: the lines below the header (U and V are units), where it is said
    "no such unit": ("necta,X1,U,,\nnecta,X2,NOWHERE,,\n", ":3: unit"),
    "the same row twice": ("necta,X1,U,,\nnecta,X1,U,,\n", ":3: "),
    "overlap": ("necta,X1,U,,2020-01-02\nnecta,X1,V,2020-01-01,\n", ":3: "),
    "no such day": ("necta,X1,U,2022-02-30,\n", ":2: valid_from"),
    "ends before it begins": ("necta,X1,U,2022-02-02,2022-02-01\n", ":2: valid_to"),
    "no scheme": (",X1,U,,\n", ":2: scheme"),
    "no code": ("necta,,U,,\n", ":2: code"),
}


def fixture(name):
    with lzma.open(f"{FIXTURES}/{name}.csv.xz") as file:
        return list(csv.DictReader(io.TextIOWrapper(file, encoding="utf-8")))


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(path, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def band(proposal):
    score = float(proposal["score"])
    if proposal["status"] != "auto":
        return f"score {'1.000' if score == 1 else '0.850 and more' if score >= 0.85 else '0.600 and more' if score >= 0.6 else 'below 0.600'}"
    return f"score {'1.000' if score == 1 else '0.970' if score >= 0.97 else '0.900 to 0.969' if score >= 0.9 else '0.850 to 0.899'}"


def margin_band(proposal):
    margin = float(proposal["margin"])
    return f"margin {'0.300 and more' if margin >= 0.3 else '0.100 to 0.299' if margin >= 0.1 else '0.030 to 0.099'}"


def tally(proposals):
    """{(status, band): entries}, as LINKAGE.md lists them."""
    counts = collections.Counter((proposal["status"], "all") for proposal in proposals)
    counts.update((proposal["status"], band(proposal)) for proposal in proposals)
    counts.update(("auto", margin_band(proposal)) for proposal in proposals if proposal["status"] == "auto")
    return dict(counts)


def samples(proposals):
    """100 of all automatic links and 50 of those whose names differ: [(code, unit)]."""
    linked = sorted((proposal for proposal in proposals if proposal["status"] == "auto"), key=lambda proposal: proposal["code"])
    differing = [proposal for proposal in linked if proposal["score"] != "1.000"]
    return [sorted((proposal["code"], proposal["unit"]) for proposal in random.Random(SEED).sample(rows, size))
            for rows, size in ((linked, 100), (differing, 50))]


def stated():
    """The tally and the judged pairs of LINKAGE.md."""
    with open(STATEMENT, encoding="utf-8") as file:
        text = file.read()
    counts = {(status, what): int(number.replace(",", "")) for status, what, number in
              re.findall(r"^\| (auto|review|none) \| ([^|]+?) \| ([\d,]+) \|$", text, re.M)}
    pairs = [re.findall(r"^\| (PS\d+) \|.*\| (EM\.\d+) \|.*\| (right|probable|doubtful|wrong) \|$", part, re.M)
             for part in text.split("## Sample of ")[1:]]
    return counts, pairs, text


def check_statement(place, proposals):
    counts, judged, text = stated()
    found = tally(proposals)
    for key in sorted(found.keys() | counts.keys()):
        place.require(found.get(key) == counts.get(key), f"{key}: {found.get(key)} entries, LINKAGE.md says {counts.get(key)}")
    for number, sample in enumerate(samples(proposals)):
        place.require(sample == [(code, unit) for code, unit, _ in judged[number]], f"sample {number + 1} is not the one that LINKAGE.md judges")
        for verdict, times in collections.Counter(verdict for _, _, verdict in judged[number]).items():
            place.require(f"{times} {verdict}" in text, f"LINKAGE.md does not say {times} {verdict}")
    say(f"{found['auto', 'all']} auto, {found['review', 'all']} to review, {found['none', 'all']} none")


def check_proposals(place, proposals):
    """What must hold whatever the scores are; and the equal names that occur once in a council, found here without the product."""
    units = [proposal["unit"] for proposal in proposals if proposal["unit"]]
    place.require(len(units) == len(set(units)), "a school is proposed for two entries")
    by_code = {proposal["code"]: proposal for proposal in proposals}
    schools = collections.defaultdict(list)
    entries = collections.defaultdict(list)
    for row in fixture("primary_enrolment_by_age_sex_2022"):
        schools[row["Region"], row["Council"], row["School"]].append(row["Reg.No."])
    for row in fixture("necta_psle_2022"):
        entries[row["region_name"], row["council_name"], row["school_name"]].append(row["school_id"])
    plain = [(codes[0], schools[key][0]) for key, codes in entries.items() if len(codes) == 1 and len(schools.get(key, ())) == 1]
    wrong = [(code, unit, by_code[code]["unit"]) for code, unit in plain if by_code[code]["unit"] != unit]
    place.require(len(plain) > 15000 and not wrong, f"{len(wrong)} of {len(plain)} equal names lead to another school, such as {wrong[:3]}")


def make_list(path):
    write(path, [{"code": row["school_id"], "name": row["school_name"], "area1": row["region_name"], "area2": row["council_name"]}
                 for row in fixture("necta_psle_2022")])


def found(place):
    place.emis("db", "migrate")
    place.emis("topics", "apply")
    for what in ("registry", "calendar"):
        path = f"{place.folder}/{what}.csv"
        with open(path, "w", encoding="utf-8") as file:
            file.write(traffic.sample(what, 26).stdout)
        place.emis(what, "import", path)
    place.worker(f"{place.topic}-w1")


def state(place):
    return place.psql.rows("select (select version from ref.version), count(*), count(*) filter (where until_version is null) from ref.unit_code")


def check_refusals(place, units):
    before = state(place)
    path = f"{place.folder}/codes.csv"
    for what, (lines, where) in WRONG.items():
        with open(path, "w", encoding="utf-8") as file:
            file.write(HEAD + lines.replace("U", units[0]).replace("V", units[1]))
        result = place.emis("registry", "codes", "import", path, check=False)
        place.require(result.returncode == 65 and path + where in result.stdout, f"codes import, {what}: exit {result.returncode}: {result.stdout[-300:]}")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"{HEAD}necta,X1,{units[0]},,\n")
    place.emis("registry", "codes", "import", path, "--dry-run")
    place.require(state(place) == before, "a refused list or a dry run changed something")


def outcomes(place):
    return dict(place.psql.rows("select cause, coalesce(settled_outcome::text, '') from intake.held where outcome = 'p'"))


def pupils(place, unit):
    return place.psql.rows("select s.revision, f.pupils_total from intake.current c join intake.submission s using (submission_key) "
                           "join core.enrol_census_form f using (submission_key) join ref.unit u on u.unit_id = c.unit_id "
                           f"where u.code = '{unit}'")


def accept(place, path, proposals, review):
    for proposal in proposals:
        proposal["status"] = "accepted" if proposal["code"] == review["code"] else proposal["status"]
    write(path, proposals)
    before = state(place)
    place.emis("registry", "link", "--accept", path, "--dry-run")
    place.require(state(place) == before, "registry link --accept --dry-run changed something")
    place.emis("registry", "link", "--accept", path)
    linked = sum(proposal["status"] in ("auto", "accepted") for proposal in proposals)
    place.require(state(place) == [[str(int(before[0][0]) + 1), str(linked), str(linked)]], f"{state(place)} after {linked} links")
    return linked


def check_healing(place, proposals, path):
    auto = next(proposal for proposal in proposals if proposal["status"] == "auto")
    review = next(proposal for proposal in proposals if proposal["status"] == "review")
    none = next(proposal for proposal in proposals if proposal["status"] == "none")
    lines = [place.census(f"necta:{proposal['code']}", {("3", "9", "f"): number}) for number, proposal in ((41, auto), (42, review), (43, none))]
    place.send(lines, CENSUS_TIME, counts=False)
    causes = {f"unit:necta:{proposal['code']}": "" for proposal in (auto, review, none)}
    place.aggregate()
    place.require(outcomes(place) == causes, f"parked: {outcomes(place)}, not {causes}")
    linked = accept(place, path, proposals, review)
    place.aggregate()
    causes.update({f"unit:necta:{proposal['code']}": "a" for proposal in (auto, review)})
    place.require(outcomes(place) == causes, f"healed: {outcomes(place)}, not {causes}")
    place.require(pupils(place, auto["unit"]) == [["1", "41"]], f"{auto['unit']} counts {pupils(place, auto['unit'])}")
    # One school, two names for it: the later revision counts, under either.
    place.send([place.census(auto["unit"], {("3", "9", "f"): 44}, 2)], CENSUS_TIME, counts=False)
    place.send([place.census(f"necta:{review['code']}", {("3", "9", "f"): 45}, 2)], CENSUS_TIME, counts=False)
    place.aggregate()
    place.require(pupils(place, auto["unit"]) == [["2", "44"]], f"{auto['unit']} counts {pupils(place, auto['unit'])}")
    place.require(pupils(place, review["unit"]) == [["2", "45"]], f"{review['unit']} counts {pupils(place, review['unit'])}")
    return none, linked


def check_dates(place, none, unit):
    """A code that stands for a school in other years only is refused and does not wait; given the year, a new code heals; an ended code parks again."""
    path = f"{place.folder}/codes.csv"
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"{HEAD}necta,LATER,{unit},2023-01-01,\n")
    place.emis("registry", "codes", "import", path)
    place.send([place.census("necta:LATER", {("3", "9", "f"): 46})], CENSUS_TIME, counts=False)
    code = place.psql.value("select code from intake.held where record_key = 'necta:LATER'::bytea")
    place.require(code == E_REF_SCHOOL_CLOSED, f"necta:LATER in 2022 is {code}")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"{HEAD}necta,{none['code']},{unit},2022-01-01,2023-01-01\nnecta,LATER,,,\n")
    place.emis("registry", "codes", "import", path)
    place.aggregate()
    place.require(outcomes(place)[f"unit:necta:{none['code']}"] == "a", "a dated code does not heal")
    place.send([place.census("necta:LATER", {("3", "9", "f"): 47})], CENSUS_TIME, counts=False)
    place.require(outcomes(place).get("unit:necta:LATER") == "", "a code that stands for nothing any more does not park")


def linkage(place):
    found(place)
    path, listed = f"{place.folder}/proposals.csv", f"{place.folder}/psle.csv"
    make_list(listed)
    before = state(place)
    place.emis("registry", "link", listed, "--scheme", "necta", "--on", OPEN_ON, "--out", path)
    place.require(state(place) == before, "a proposal changed the registry")
    proposals = read(path)
    place.require(len(proposals) == 17935, f"{len(proposals)} proposals")
    check_statement(place, proposals)
    check_proposals(place, proposals)
    check_refusals(place, [proposal["unit"] for proposal in proposals[:2]])
    none, linked = check_healing(place, proposals, path)

    again = f"{place.folder}/again.csv"
    said = place.emis("registry", "link", listed, "--scheme", "necta", "--out", again).stdout
    place.require(f"{linked} of them linked before" in said, f"linked entries are proposed again: {said}")
    taken = {proposal["unit"] for proposal in proposals if proposal["status"] in ("auto", "accepted")}
    place.require(not taken & {proposal["unit"] for proposal in read(again)}, "a linked school is proposed again")
    free = sorted(set(row["Reg.No."] for row in fixture("primary_enrolment_by_age_sex_2022")) - taken)[0]
    check_dates(place, none, free)
    place.check_ledger()


if __name__ == "__main__":
    village.run(linkage, 2)
