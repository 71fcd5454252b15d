# SPDX-License-Identifier: Apache-2.0
"""
Scenario: what a correction changes and what it does not; repeated, late and contradicting revisions; the order of arrival does not matter.
"""

import itertools
import json

import village
from village import CENSUS_TIME, areas, unit
from world import say

E_REV_CONFLICT = "134"
LATE_TIME = "2022-05-10T08:00:00Z"  # the deadline is the 1st of May
SCHOOLS = {"S1": "G1D1W1", "S2": "G1D1W1", "S3": "G1D1W2", "S4": "G1D2W1", "S5": "G1D2W2", "S6": "G2D1W1", "S7": "G2D2W1"}
FIRST = {("1", "6", "m"): 10, ("1", "6", "f"): 12, ("2", "8", "f"): 7}
SECOND = {("1", "6", "m"): 11, ("1", "6", "f"): 12, ("3", "9", "f"): 5}


def changed_areas(before, after):
    return {key[:2] for key in before.keys() | after.keys() if before.get(key) != after.get(key)}


def enrolment(cells, level, area):
    return next((value[0] for key, value in cells.items() if key[:2] == (level, area) and key[4:] == ("ENR", "total", "total")), None)


def expect(place, what, got, wanted):
    place.require(got == wanted, f"{what}: {got}, not {wanted}")


def correction(place):
    """Revision 2 of S1 and nothing else."""
    place.send([place.census(code, FIRST) for code in SCHOOLS], CENSUS_TIME)
    place.aggregate()
    before = place.cells("first")
    second = place.census("S1", SECOND, 2)
    place.send([second], CENSUS_TIME)
    place.aggregate()
    after = place.cells("second")
    expect(place, "areas changed by revision 2 of S1", changed_areas(before, after),
           {("school", "S1"), ("cluster", "G1D1W1"), ("district", "G1D1"), ("governorate", "G1"), ("country", "K")})
    expect(place, "enrolment of S1", (enrolment(before, "school", "S1"), enrolment(after, "school", "S1")), ("29", "28"))
    expect(place, "enrolment of K", (enrolment(before, "country", "K"), enrolment(after, "country", "K")), (str(29 * 7), str(29 * 7 - 1)))
    gone = [key for key in before if key not in after and key[1] == "S1"]
    expect(place, "cells of S1 that revision 2 no longer has", {key[5:] for key in gone}, {("grade", "2"), ("age", "8")})
    return second, after


def repetitions(place, second, cells):
    """What arrives again or contradicts changes nothing."""
    other = {("1", "6", "m"): 99}
    for what, line, counts, outcome in (
            ("revision 1 sent again", place.census("S1", FIRST, 1), False, ("s", "")),
            ("the same record again", second, False, ("d", "")),
            ("the same content under a new id", place.census("S1", SECOND, 2), False, ("d", "")),
            ("equal revision, other content", place.census("S1", other, 2), False, ("r", E_REV_CONFLICT))):
        place.send([line], CENSUS_TIME, counts)
        newest = place.psql.rows("select l.outcome, coalesce(l.code::text, '') from intake.ledger l where (part, kafka_offset) = "
                                 "(select part, max(kafka_offset) from intake.ledger where part = (select part from intake.ledger where submission_key = "
                                 "(select submission_key from intake.current c join ref.unit u using (unit_id) where u.code = 'S1')) group by part)")
        expect(place, what, tuple(newest[0]), outcome)
    place.aggregate()
    expect(place, "areas changed by repetitions", changed_areas(cells, place.cells("third")), set())


def retraction(place, cells):
    place.send([place.census("S1", None, 3)], CENSUS_TIME)
    place.aggregate()
    after = place.cells("fourth")
    expect(place, "areas changed by the retraction", {area for _, area in changed_areas(cells, after)}, {"S1", "G1D1W1", "G1D1", "G1", "K"})
    expect(place, "enrolment of S1 and K after the retraction", (enrolment(after, "school", "S1"), enrolment(after, "country", "K")), ("", str(29 * 6)))


def orders(place):
    """Revisions 1, 2, 3 and a retract 4 in all 24 orders: each in a batch of its own (A..), and all at once (B..)."""
    contents = {1: FIRST, 2: SECOND, 3: {("4", "10", "m"): 3}, 4: None}
    permutations = list(itertools.permutations((1, 2, 3, 4)))
    lines = {f"{kind}{n:02d}": [place.census(f"{kind}{n:02d}", contents[revision], revision) for revision in order]
             for kind in "AB" for n, order in enumerate(permutations)}
    for position in range(4):
        place.send([lines[f"A{n:02d}"][position] for n in range(24)], CENSUS_TIME)
    place.send([line for n in range(24) for line in lines[f"B{n:02d}"]], CENSUS_TIME)
    place.aggregate()
    rows = place.psql.rows("select distinct c.revision, c.is_retract, s.revision, length(s.content_sha256) from intake.current c "
                           "join intake.submission s using (submission_key) join ref.unit u on u.unit_id = c.unit_id where u.code ~ '^[AB]'")
    expect(place, "current of all orders", rows, [["4", "t", "4", "32"]])
    expect(place, "natural keys of all orders", place.psql.number("select count(*) from intake.current c join ref.unit u using (unit_id) "
                                                                  "where u.code ~ '^[AB]'"), 48)
    kept = place.psql.number("select count(*) from intake.submission s join ref.unit u using (unit_id) where u.code ~ '^[AB]'")
    expect(place, "submissions kept", kept, 4 * 48)
    cells = place.cells("orders")
    marts = {frozenset((key[2:], value) for key, value in cells.items() if key[:2] == ("school", f"{kind}{n:02d}")) for kind in "AB" for n in range(24)}
    expect(place, "different marts of the 48 schools", len(marts), 1)


def equal_pairs(place):
    """Of two equal revisions with other content the one with the lower offset counts; in batches of their own and in one."""
    contents = ({("5", "11", "m"): 20}, {("5", "11", "f"): 30})
    for together in (False, True):
        for first in (0, 1):
            code = f"E{'T' if together else 'A'}{first}"
            pair = [place.census(code, contents[first], 5), place.census(code, contents[1 - first], 5)]
            if together:
                place.send(pair, CENSUS_TIME)
            else:
                place.send(pair[:1], CENSUS_TIME)
                place.send(pair[1:], CENSUS_TIME)
            current = place.psql.value("select submission_id from intake.current join intake.submission using (submission_key) "
                                       f"join ref.unit u on u.unit_id = current.unit_id where u.code = '{code}'")
            expect(place, f"who counts for {code}", current, json.loads(pair[0])["submission_id"])
            outcomes = place.psql.rows("select outcome, coalesce(code::text, '') from intake.ledger l where sha256 = any (array["
                                       + ", ".join(f"sha256(convert_to('{line}', 'UTF8'))" for line in pair) + "]) order by kafka_offset")
            expect(place, f"outcomes of {code}", outcomes, [["a", ""], ["r", E_REV_CONFLICT]])
    place.aggregate()
    cells = place.cells("pairs")
    expect(place, "enrolment of the pairs", [enrolment(cells, "school", code) for code in ("EA0", "EA1", "ET0", "ET1")], ["20", "30", "20", "30"])


def timeliness(place):
    """Who sent in time stays in time, whatever is corrected after the deadline and in whatever order it comes; who did not, does not get there by a retraction."""
    sent = {  # (revision, in time, with data), in the order of arrival
        "TA": [(1, True, True), (2, False, True)], "TB": [(2, False, True), (1, True, True)], "TC": [(1, False, True), (2, False, True)],
        "TD": [(1, True, True), (2, True, False), (3, False, True)], "TE": [(1, True, False), (2, False, True)]}

    def in_time(name):
        return [value[:2] for key, value in sorted(place.cells(name).items())
                if key[0] == "school" and key[1] in sent and key[3:] == ("SY2022", "RPT_ONTIME", "form", "ENROL_CENSUS")]

    for number in range(3):
        for is_in_time, received_at in ((True, CENSUS_TIME), (False, LATE_TIME)):
            lines = [place.census(code, {("1", "6", "m"): 10 + revisions[number][0]} if revisions[number][2] else None, revisions[number][0])
                     for code, revisions in sent.items() if len(revisions) > number and revisions[number][1] == is_in_time]
            if lines:
                place.send(lines, received_at)
        if number != 1:
            place.aggregate()
        if number == 0:
            expect(place, "schools in time at first", in_time("first-in-time"), [("1", "1"), ("0", "1"), ("0", "1"), ("1", "1"), ("0", "1")])
    expect(place, "schools in time", in_time("in-time"), [("1", "1"), ("1", "1"), ("0", "1"), ("1", "1"), ("0", "1")])
    known = place.emis("--json", "indicator", "get", "--indicator", "RPT_ONTIME", "--period", "SY2022", "--known", "2099-01-01", "--by", "form").stdout
    total = next(row for row in json.loads(known)["rows"] if row["cut"] == "form=ENROL_CENSUS")
    stored = next(value[:2] for key, value in place.cells("stored").items() if key[0] == "country" and key[4:] == ("RPT_ONTIME", "form", "ENROL_CENSUS"))
    expect(place, "what is known of the country's schools in time", (str(total["numerator"]), str(total["denominator"])), stored)


def set_aside(place):
    """What fails by a definition is told by status and audit until `emis db migrate` has it tried again, and it succeeds."""
    place.psql.rows("alter table mart.school_indicator add constraint no_beast check (numerator <> 167)")
    place.send([place.census("S2", {("3", "9", "m"): 167}, 9)], CENSUS_TIME)
    place.aggregate()
    shown = json.loads(place.emis("status", "--json", check=False).stdout)["set_aside"]
    expect(place, "what status shows as set aside", [(row["form"], row["lane"], row["leaves"]) for row in shown], [("ENROL_CENSUS", "G1", 1)])
    result = place.emis("audit", "run", "--all", check=False)
    expect(place, "the audit's status with a leaf set aside", result.returncode, 1)
    place.require("1 set aside, 0 differences" in result.stdout and "emis db migrate" in result.stdout, f"what the audit says of it: {result.stdout}")
    place.emis("db", "migrate")
    place.aggregate()
    expect(place, "set aside while the cause is there", place.psql.number("select attempt_count from control.dirty_failed"), 4)
    place.psql.rows("alter table mart.school_indicator drop constraint no_beast")
    place.emis("db", "migrate")
    place.aggregate()
    expect(place, "set aside when the cause is gone", place.psql.number("select count(*) from control.dirty_failed"), 0)


def revisions(place):
    rows = areas() + [unit(code, "school", ward) for code, ward in SCHOOLS.items()]
    rows += [unit(f"{kind}{n:02d}", "school", "G2D2W2") for kind in "AB" for n in range(24)]
    rows += [unit(code, "school", "G2D1W2") for code in ("EA0", "EA1", "ET0", "ET1", "TA", "TB", "TC", "TD", "TE")]
    place.found(rows, [("ENROL_CENSUS", "SY2022")])
    second, cells = correction(place)
    say("a correction changes its school, ward, council, region and the country")
    repetitions(place, second, cells)
    retraction(place, cells)
    say("superseded, duplicate, E_REV_CONFLICT, retracted")
    orders(place)
    say("24 orders end in the same, batch by batch and all at once")
    equal_pairs(place)
    say("of an equal pair the first one counts, in both orders")
    timeliness(place)
    say("a correction after the deadline makes nobody late")
    set_aside(place)
    say("what failed by a definition is tried again, and counts")
    dump = place.dump("end")
    place.compare(dump)
    place.check_that_comparison_can_fail(dump, lambda changed: place.compare(changed, expected=1))
    place.check_everything()


if __name__ == "__main__":
    village.run(revisions)
