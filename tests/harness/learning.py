# SPDX-License-Identifier: Apache-2.0
"""
Six schools send staff returns, posts, spot assessments, rosters, app assessments, examination results and textbooks. EXPECTED holds numerator and denominator
of each indicator for the country, worked out by hand from the data below; the oracle says the same of every other cell.
"""

import village
from village import areas, unit
from world import say

# Which forms a school owes follows from ownership and stage: S3 owes no posts and textbooks, S4 no app assessment, S6 no examination results; S5
# sends a staff return only.
SCHOOLS = (("S1", "G1D1W1", "government", "urban", "primary"), ("S2", "G1D2W1", "government", "rural", "primary"),
           ("S3", "G2D1W1", "non_government", "urban", "primary"), ("S4", "G2D2W2", "government", "rural", "secondary"),
           ("S5", "G1D1W2", "government", "rural", "primary"), ("S6", "G2D1W2", "non_government", "urban", "pre_primary"))
YEAR, TERM, QUARTER = "SY2022", "SY2022-T1", "2022-Q1"
OPENINGS = (("ENROL_CENSUS", YEAR), ("STAFF", YEAR), ("POSTS", QUARTER), ("EXAM_RESULT", TERM), ("TEXTBOOK", TERM), ("ASSESS_APP", "2022-02"),
            ("ASSESS_APP", "2022-03"))
TIME = "2022-07-05T08:00:00Z"
BEFORE = "2022-07-05T07:00:00Z"

# (period, indicator, dimension, member): (numerator, denominator) of country K.
EXPECTED = {
    # 5 teachers in S1 (3 women), 1 woman in S2, 4 in S3 (2 women), 1 man in S4, 1 woman in S5
    (YEAR, "TCH", "total", "total"): ("12", ""),
    (YEAR, "TCH", "sex", "f"): ("7", ""),
    (YEAR, "TCH", "locality", "rural"): ("3", ""),
    # 2 + 1 in S1, 1 in S2, 1 + 2 in S3, 0 in S4, 1 in S5
    (YEAR, "TCH_TRAINED", "total", "total"): ("8", ""),
    # 3 + 2 in S1, 1 in S2, 1 + 1 in S3, 0 in S4, 1 in S5
    (YEAR, "TCH_QUALIFIED", "total", "total"): ("9", ""),
    # census: 100 in S1, 50 in S2, 50 in S3, 30 in S4
    (YEAR, "PTR", "total", "total"): ("230", "12"),
    (YEAR, "PTTR", "total", "total"): ("230", "8"),
    (YEAR, "PQTR", "total", "total"): ("230", "9"),
    (YEAR, "TRTP", "total", "total"): ("8", "12"),
    (YEAR, "TRTP", "sex", "m"): ("3", "5"),
    (YEAR, "QUTP", "total", "total"): ("9", "12"),
    (YEAR, "QUTP", "stage", "secondary"): ("0", "1"),
    # 1 in each of S1, S2, S3
    (YEAR, "TPROFD", "total", "total"): ("3", "12"),
    (YEAR, "FEM_TCH", "total", "total"): ("7", "12"),
    (YEAR, "FEM_TCH", "ownership", "non_government"): ("2", "4"),
    # S2; S4 has one teacher but no pupils on that day, S5 did not say how many
    (YEAR, "SGL_TCH", "total", "total"): ("1", "3"),
    # sanctioned 7 + 4 + 2; filled 4 + 1 (S1, second revision), 1 + 0 (S2), 2 (S4, whose surplus fills no other post)
    (QUARTER, "VACANCY", "total", "total"): ("5", "13"),
    (QUARTER, "VACANCY", "post", "teacher"): ("4", "11"),
    (QUARTER, "VACANCY", "post", "caretaker"): ("1", "1"),
    (YEAR, "VACANCY", "total", "total"): ("5", "13"),
    # passed 20 + 18 + 10 + 15 + 5 of 28 + 20 + 25 + 30 + 10; S6 owes none
    (TERM, "ACAD", "total", "total"): ("68", "113"),
    (TERM, "ACAD", "sex", "f"): ("23", "30"),
    (TERM, "ACAD", "subject", "mathematics"): ("10", "25"),
    (YEAR, "ACAD", "total", "total"): ("68", "113"),
    # of S3
    (TERM, "EXAM_BAND", "total", "total"): ("10", ""),
    (TERM, "EXAM_BAND", "exam_band", "A"): ("2", ""),
    # 1500 + 1300 + 1000 + 400 of 2800 + 2000 + 3000 + 1000; mathematics has no points
    (TERM, "ACAD_SCORE", "total", "total"): ("4200", "8800"),
    # 14 + 12 + 4 of 28 + 20 + 10; the END examination and mathematics do not measure it
    (TERM, "MPL", "total", "total"): ("30", "58"),
    (TERM, "MPL", "sex", "f"): ("16", "30"),
    # S1 in week 10: 4 and 5 of 5 in language and mathematics, 1 of 5; S2 in week 11: 3 of 4
    ("2022-W10", "LND", "total", "total"): ("10", "15"),
    ("2022-03", "LND", "total", "total"): ("13", "19"),
    ("2022-03", "LND", "subject", "mathematics"): ("8", "9"),
    # grade 2: 45 and 80 of 45, 44, 80; grade 3: nine of nine with 60 and two with 59, one not timed; grade 1 does not count
    ("2022-03", "ORF_OK", "total", "total"): ("11", "14"),
    ("2022-03", "ORF_OK", "grade", "2"): ("2", "3"),
    ("2022-03", "ORF_OK", "grade", "3"): ("9", "11"),
    # 2 of 3 and 9 of 12 in week 10, 1 of 2 and the one of S3 in week 11
    ("2022-W10", "NIPUN_STU", "total", "total"): ("11", "15"),
    ("2022-03", "NIPUN_STU", "total", "total"): ("13", "18"),
    (YEAR, "NIPUN_STU", "grade", "1"): ("2", "3"),
    # S3; in S1 grade 3 met the rule and grade 2 did not, S2 missed it
    ("2022-03", "NIPUN_SCH", "total", "total"): ("1", "3"),
    # week 10: S1 of S1, S2; week 11: S2 of S1, S2, S3; in the month each school counts once
    ("2022-W10", "SPOT_COV", "total", "total"): ("1", "2"),
    ("2022-W11", "SPOT_COV", "total", "total"): ("1", "3"),
    ("2022-03", "SPOT_COV", "total", "total"): ("2", "3"),
    # 24 + 20 of 30 + 20; then 30 + 9 of 30 + 15; what S4 sends is not owed
    ("2022-02", "APP_COV", "total", "total"): ("44", "50"),
    ("2022-03", "APP_COV", "total", "total"): ("39", "45"),
    (QUARTER, "APP_COV", "total", "total"): ("83", "95"),
    (YEAR, "APP_COV", "sex", "f"): ("20", "20"),
    # 45 + 50 in S1, 20 in S2, 0 in S4, of 50 + 50 + 20 + 30; S3 owes none
    (TERM, "TXT_PUP", "total", "total"): ("115", "150"),
    (TERM, "TXT_PUP", "subject", "language"): ("65", "100"),
    # S2 of S1, S2, S4
    (TERM, "FTB", "total", "total"): ("1", "3"),
    (YEAR, "FTB", "total", "total"): ("1", "3"),
}


def teachers(sex, number, qualified, trained, in_service):
    return {"sex": sex, "teachers": number, "qualified": qualified, "trained": trained, "in_service": in_service}


def person(code, sex, staff_type="teacher", post="teacher", **more):
    return {"staff_code": code, "sex": sex, "staff_type": staff_type, "post": post, "qualified": True, "trained": True, "training_days": 0,
            "joined_on": "2015-01-10", **more}


def staff(place):
    def send(code, pupils, *rows, **more):
        data = {"reference_date": "2022-03-31", "teachers_total": sum(row["teachers"] for row in rows), "teacher": list(rows), **more}
        if pupils is not None:
            data["pupils_enrolled"] = pupils
        return place.submission("STAFF", code, YEAR, data, submitted_at=BEFORE)

    roster = [person("T1", "f", post="head_teacher"), person("T2", "f"), person("T3", "f"), person("T4", "m"), person("T5", "m"),
              person("T6", "m", left_on="2022-03-01"), person("N1", "m", "non_teaching", "caretaker")]
    return [send("S1", 100, teachers("f", 3, 3, 2, 1), teachers("m", 2, 2, 1, 0), non_teaching_total=1, staff=roster,
                 qualification=[{"isced_attainment": "6", "teachers": 4}, {"isced_attainment": "7", "teachers": 1}]),
            send("S2", 50, teachers("f", 1, 1, 1, 1)),
            send("S3", 50, teachers("f", 2, 1, 1, 0), teachers("m", 2, 1, 2, 1)),
            send("S4", 0, teachers("m", 1, 0, 0, 0)),
            send("S5", None, teachers("f", 1, 1, 1, 0))]


def posts(place):
    def send(code, *rows, revision=1):
        return place.submission("POSTS", code, QUARTER, {"sanctioned_total": sum(row["sanctioned"] for row in rows), "post": list(rows)}, revision,
                                submitted_at=BEFORE)

    def post(name, sanctioned, filled, **more):
        return {"post": name, "sanctioned": sanctioned, "filled": filled, **more}

    return [send("S1", post("teacher", 6, 5), post("head_teacher", 1, 1)),
            send("S1", post("teacher", 6, 4), post("head_teacher", 1, 1), revision=2),
            send("S2", post("teacher", 3, 1), post("caretaker", 1, 0)),
            send("S3", post("teacher", 9, 0)),
            send("S4", post("teacher", 2, 2, surplus=1))]


def exams(place):
    def result(subject, sex, entered, sat, passed, points=None, possible=None, proficient=None):
        row = {"grade": "5", "subject": subject, "sex": sex, "entered": entered, "sat": sat, "passed": passed}
        if points is not None:
            row.update(points_awarded=points, points_possible=possible)
        if proficient is not None:
            row["proficient"] = proficient
        return row

    def send(code, exam, *rows, **bands):
        band = [{"exam_band": name, "sex": "f", "pupils": pupils} for name, pupils in bands.items()]
        return place.submission("EXAM_RESULT", code, TERM, {"result": list(rows), "band": band}, version=2, exam=exam, submitted_at=BEFORE)

    return [send("S1", "MID", result("language", "m", 30, 28, 20, 1500, 2800, 14), result("language", "f", 20, 20, 18, 1300, 2000, 12),
                 result("mathematics", "m", 30, 25, 10)),
            send("S1", "END", result("language", "m", 30, 30, 15, 1000, 3000)),
            send("S3", "MID", result("language", "f", 10, 10, 5, 400, 1000, 4), A=2, C=8),
            send("S6", "MID", result("language", "f", 8, 8, 8, 800, 800, 8))]


def spot(place):
    def send(code, week, samples, pupils, answers):
        data = {"assessor_role": "mentor", "assessor_on_staff": False, "assessed_on": "2022-03-09",
                "sample": [{"grade": grade, "pupils_present": present, "sampled": sampled, "nipun": nipun} for grade, present, sampled, nipun in samples],
                "pupil": [{"grade": grade, "pupil_no": number, "sex": "f", "nipun": nipun, **({} if words is None else {"words_per_minute": words})}
                          for grade, number, words, nipun in pupils],
                "answer": [{"grade": grade, "pupil_no": number, "subject": subject, "items_asked": asked, "items_correct": correct}
                           for grade, number, subject, correct, asked in answers]}
        return place.submission("ASSESS_SPOT", code, week, data, assessment_round="R1", assessor="A7", submitted_at=BEFORE)

    third = [("3", number, 60, True) for number in range(1, 10)] + [("3", 10, 59, False), ("3", 11, 59, False), ("3", 12, None, False)]
    return [send("S1", "2022-W10", [("2", 3, 3, 2), ("3", 20, 12, 9)], [("2", 1, 45, True), ("2", 2, 44, False), ("2", 3, 80, True), *third],
                 [("2", 1, "language", 4, 5), ("2", 1, "mathematics", 5, 5), ("2", 2, "language", 1, 5)]),
            send("S2", "2022-W11", [("1", 2, 2, 1)], [("1", 1, 70, True), ("1", 2, None, False)], [("1", 1, "mathematics", 3, 4)]),
            send("S3", "2022-W11", [("1", 1, 1, 1)], [("1", 1, None, True)], [])]


def rosters(place):
    def send(code, week, reason=None):
        data = {"assessed": reason is None, "assessor_role": "mentor", **({} if reason is None else {"reason": reason})}
        return place.submission("SPOT_ROSTER", code, week, data, submitted_at=BEFORE)

    return [send("S1", "2022-W10"), send("S2", "2022-W10", "no_access"), send("S1", "2022-W11", "school_closed"), send("S2", "2022-W11"),
            send("S3", "2022-W11", "assessor_absent")]


def apps(place):
    def send(code, month, *rows):
        data = {"pupil": [{"grade": grade, "sex": sex, "enrolled": enrolled, "assessed": assessed} for grade, sex, enrolled, assessed in rows]}
        return place.submission("ASSESS_APP", code, month, data, submitted_at=BEFORE)

    return [send("S1", "2022-02", ("1", "m", 30, 24), ("1", "f", 20, 20)), send("S1", "2022-03", ("1", "m", 30, 30)),
            send("S2", "2022-03", ("2", "m", 15, 9)), send("S4", "2022-03", ("3", "m", 9, 9))]


def textbooks(place):
    def title(grade, subject, pupils, stock, received, distributed):
        return {"grade": grade, "subject": subject, "title": f"{subject}-{grade}", "pupils": pupils, "needed": pupils + 5, "opening_stock": stock,
                "received": received, "distributed": distributed}

    def send(code, full_set, *rows):
        return place.submission("TEXTBOOK", code, TERM, {"full_set": full_set, "title": list(rows)}, submitted_at=BEFORE)

    return [send("S1", False, title("1", "language", 50, 0, 45, 45), title("1", "mathematics", 50, 0, 50, 50)),
            send("S2", True, title("1", "language", 20, 10, 10, 20)),
            send("S3", True, title("1", "language", 40, 0, 40, 40)),
            send("S4", False, title("9", "language", 30, 0, 0, 0))]


def censuses(place):
    return [place.census("S1", {("3", "8", "m"): 60, ("3", "8", "f"): 40}), place.census("S2", {("1", "6", "m"): 20, ("1", "6", "f"): 30}),
            place.census("S3", {("2", "7", "m"): 25, ("2", "7", "f"): 25}), place.census("S4", {("9", "above_13", "m"): 10, ("9", "above_13", "f"): 20})]


def check_expected(place):
    cells = {key[3:]: value[:2] for key, value in place.cells("learning").items() if key[:2] == ("country", "K")}
    for key, wanted in EXPECTED.items():
        place.require(cells.get(key) == wanted, f"{' '.join(key)} of K: {cells.get(key)}, not {wanted}")
    say(f"{len(EXPECTED)} cells of the country are as worked out by hand")


def learning(place):
    rows = areas() + [unit(code, "school", ward, ownership=ownership, locality=locality, stage=stage)
                      for code, ward, ownership, locality, stage in SCHOOLS]
    place.found(rows, OPENINGS)
    lines = [line for make in (censuses, staff, posts, exams, spot, rosters, apps, textbooks) for line in make(place)]
    place.send(lines, TIME)
    refused = place.psql.rows("select outcome, code::text from intake.ledger where outcome not in ('a', 's')")
    place.require(not refused, f"outcomes of {len(lines)} submissions: {refused}")
    place.aggregate()
    check_expected(place)
    dump = place.dump("end")
    place.compare(dump)
    place.check_that_comparison_can_fail(dump, lambda changed: place.compare(changed, expected=1))
    place.check_ties()
    place.check_everything()


if __name__ == "__main__":
    village.run(learning)
