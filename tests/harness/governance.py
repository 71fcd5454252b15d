# SPDX-License-Identifier: Apache-2.0
"""
The forms of governance, money, protection and campaigns in a village of five schools: what they send in the first quarter of 2025 is below as data, and beside
it what each indicator must say, worked out by hand from that data. The oracle then compares every cell of every level.
"""

import village
from village import areas, unit
from world import say

CALENDAR = """kind,code,area,starts_on,ends_on,reason
school_year,SY2025,,2025-01-01,2025-12-31,
term,SY2025-T1,,2025-01-12,2025-03-31,
campaign,DBT-2025,,2025-03-01,2025-03-31,
weekend,fri,K,2025-01-01,2025-12-31,weekend
weekend,sat,K,2025-01-01,2025-12-31,weekend
"""
RECEIVED = "2025-04-04T08:00:00Z"
SCHOOLS = {"S1": ("G1D1W1", "government", "urban"), "S2": ("G1D1W2", "government", "rural"), "S3": ("G1D2W1", "non_government", "rural"),
           "S4": ("G2D1W1", "government", "urban"), "S5": ("G2D2W2", "government", "rural")}
OPENINGS = [("SERVICE", "2025-02"), ("SERVICE", "2025-03"), ("FINANCE", "2025-Q1"), ("WELLBEING", "SY2025-T1"), ("DBT_ROUND", "DBT-2025"),
            ("DBT_WEEK", "2025-W10"), ("DBT_WEEK", "2025-W11"), ("ATT_DAILY", "2025-03-04")]


def rows(names, *values):
    """[{name: value}] of tuples."""
    return [dict(zip(names.split(), value)) for value in values]


def service(status, pupils, planned, contacts, *complaints):
    return {"status": status, "pupils_on_roll": pupils, "teachers_in_position": 5, "connection_planned": planned, "contacts_last_7_days": contacts,
            "complaint": rows("complaint_type received closed_in_time", *complaints)}


def fund(head, opening, received, spent, **paid):
    return {"budget_head": head, "opening_balance": opening, "received": received, "spent": spent, "closing_balance": opening + received - spent, **paid}


def finance(pupils, *funds):
    return {"pupils_counted": pupils, "received_total": sum(row["received"] for row in funds), "fund": list(funds)}


def attendance(pupils, *staff):
    return {"pupil": rows("grade sex on_register present", pupils), "staff": rows("staff_type sex in_position present", *staff)}


def visit(role, head=None, club=None, pupils=(), environment=(), cleanliness=(), **more):
    data = {"status": "closed" if head is None else "open", "visitor": "V1", "visitor_role": role,
            "pupil": rows("grade sex on_register present absent_explained enrolled", *pupils),
            "environment": rows("tle_item score score_max", *environment), "cleanliness": rows("clean_item checked passed", *cleanliness)}
    if head is not None:
        data.update(head_present=head, lat=-6.17, lon=35.74, seats=40)
    if club is not None:
        data.update(child_club=club[0], child_club_met=club[1])
    return {**data, **more}


def household(due_on, surveyed_on, complete, *children):
    listed = [{key: value for key, value in child.items() if value is not None} for child in rows("child_no single_age sex schooling_status reason", *children)]
    return {"due_on": due_on, "surveyed_on": surveyed_on, "complete": complete, "children_listed": len(listed), "child": listed}


def dbt_round(allocated, *accounts):
    return {"households_allocated": allocated, "account": rows("sex eligible verified credited", *accounts)}


def dbt_week(*accounts):
    return {"account": rows("sex eligible verified", *accounts)}


def drive(*admissions):
    return {"admitted_total": sum(row[2] for row in admissions), "admission": rows("grade sex admitted", *admissions)}


def goal(*pupils):
    return {"goal": rows("sex pupils", *pupils)}


def wellbeing(asked, *items):
    return {"pupils_asked": asked, "item": rows("well_item grade sex answers score score_max", *items)}


def committee(code, present):
    return {"committee": code, "members": 9, "members_present": present, "decisions": 1, "minutes_kept": True}


def procurement(**attended):
    return {"decisions": 2, "schools_present": sum(attended.values()), "feeder": [{"school": code, "attended": came} for code, came in attended.items()]}


def population(*people):
    return {"estimate_source": "made up", "reference_on": "2025-01-01", "population_total": sum(row[2] for row in people),
            "person": rows("single_age sex population", *people)}


INCIDENT = {"incident_type": "accident", "severity": "minor", "action_taken": "first_aid", "pupils_affected": 1, "staff_affected": 0}
PROFILE = {"name": "First school", "stage": "primary", "ownership": "government", "management": "ministry", "locality": "urban", "school_gender": "mixed",
           "medium": "sw", "shifts": 1, "lat": -6.17, "lon": 35.74, "parent": "G1D1W1", "is_yearly_confirmation": True}
TARGET = {"target": rows("indicator_code target_period target_unit target_value", ("VIS_MON", "2025-03", "percent", 90), ("NEW_ENR", "SY2025", "number", 50))}

# (form, unit, period, key parts, data[, revision]); data None is a retraction.
SENT = [
    ("SERVICE", "S1", "2025-02", {}, service("open", 400, True, 0, ("facilities", 5, 3))),
    ("SERVICE", "S5", "2025-02", {}, service("closed", 0, True, 0)),
    ("SERVICE", "S1", "2025-03", {}, service("open", 410, True, 6, ("facilities", 4, 4), ("fees", 2, 0))),
    ("SERVICE", "S2", "2025-03", {}, service("open", 150, True, 0)),
    ("SERVICE", "S3", "2025-03", {}, service("open", 90, False, 9, ("other", 3, 1))),
    ("SERVICE", "S4", "2025-03", {}, service("open", 300, True, 1)),
    ("VISIT", "S1", "2025-03-04", {"visit_id": "A"},
     visit("monitor", True, (True, True), [("1", "f", 30, 24, 4, 32), ("1", "m", 20, 18, 0, 21)], [("teaching_aids", 2, 4), ("lesson_plan", 1, 4)],
           [("classroom", 8, 6), ("yard", 1, 1)], rooms=8, rooms_usable=6, toilet=rows("toilet_user toilets usable", ("girls", 3, 3), ("boys", 2, 0)),
           staff=rows("staff_type in_position present", ("teacher", 5, 4), ("non_teaching", 2, 1)))),
    ("ATT_DAILY", "S1", "2025-03-04", {"shift": "morning"}, attendance(("1", "f", 50, 40), ("teacher", "f", 4, 3), ("non_teaching", "m", 2, 1))),
    ("VISIT", "S1", "2025-03-18", {"visit_id": "B"}, visit("official", False, (True, False), [("1", "f", 30, 30)], [("teaching_aids", 4, 4)])),
    ("VISIT", "S2", "2025-03-05", {"visit_id": "A"}, visit("official")),
    ("VISIT", "S3", "2025-03-06", {"visit_id": "A"}, visit("monitor", False, (False, False), [("2", "m", 25, 10, 3, 40)], [("displays", 0, 4)], [("toilet", 2, 0)])),
    ("VISIT", "S4", "2025-02-10", {"visit_id": "A"}, visit("supervisor", True, None, [("3", "f", 40, 35)])),
    ("COMMITTEE", "S1", "2025-03-11", {"meeting_id": "1"}, committee("school_council", 6)),
    ("COMMITTEE", "S1", "2025-03-12", {"meeting_id": "2"}, committee("child_club", 9)),
    ("COMMITTEE", "S2", "2025-03-12", {"meeting_id": "1"}, committee("procurement", 3)),
    ("COMMITTEE", "S4", "2025-03-12", {"meeting_id": "1"}, committee("child_club", 4)),
    ("COMMITTEE", "S3", "2025-02-03", {"meeting_id": "1"}, committee("ptsmc", 5)),
    ("PROCUREMENT", "G1D1W1", "2025-03-02", {"meeting_id": "1"}, procurement(S1=True, S2=False)),
    ("PROCUREMENT", "G2D1W1", "2025-03-09", {"meeting_id": "1"}, procurement(S4=True)),
    ("FINANCE", "S1", "2025-Q1", {}, finance(400, fund("nsb", 100, 500000, 400000, due_on="2025-01-15", received_on="2025-01-10", in_time=True),
                                             fund("school_grant", 0, 60000, 0))),
    ("FINANCE", "S2", "2025-Q1", {}, finance(150, fund("nsb", 200, 0, 100, due_on="2025-01-15", in_time=False))),
    ("FINANCE", "S4", "2025-Q1", {}, finance(310, fund("nsb", 20000, 250000, 260000, due_on="2025-01-15", received_on="2025-02-20", in_time=False))),
    ("FINANCE", "S5", "2025-Q1", {}, finance(80, fund("school_grant", 0, 40000, 40000, due_on="2025-02-01", received_on="2025-02-01", in_time=True))),
    ("HOUSEHOLD", "S1", "DBT-2025", {"household_id": "1"},
     household("2025-03-20", "2025-03-15", True, (1, "9", "f", "enrolled"), (2, "5", "m", "never_enrolled", "cost"))),
    ("HOUSEHOLD", "S1", "DBT-2025", {"household_id": "2"}, household("2025-03-20", "2025-03-25", True, (1, "14", "m", "dropped_out", "work"))),
    ("HOUSEHOLD", "S1", "DBT-2025", {"household_id": "3"}, household("2025-03-20", "2025-03-19", False)),
    ("HOUSEHOLD", "S2", "DBT-2025", {"household_id": "1"},
     household("2025-03-20", "2025-03-10", True, (1, "6", "f", "enrolled"), (2, "7", "m", "never_enrolled", "distance"))),
    ("HOUSEHOLD", "S4", "DBT-2025", {"household_id": "1"},
     household("2025-03-20", "2025-03-20", True, (1, "15", "f", "enrolled"), (2, "10", "f", "enrolled"))),
    ("DBT_ROUND", "S1", "DBT-2025", {}, dbt_round(3, ("f", 60, 50, 40), ("m", 70, 70, 60))),
    ("DBT_ROUND", "S2", "DBT-2025", {}, dbt_round(2, ("f", 20, 0, 0))),
    ("DBT_ROUND", "S4", "DBT-2025", {}, dbt_round(2, ("m", 30, 20, 20))),
    ("DBT_WEEK", "S1", "2025-W10", {}, dbt_week(("f", 60, 30), ("m", 70, 40))),
    ("DBT_WEEK", "S2", "2025-W10", {}, dbt_week(("f", 20, 0))),
    ("DBT_WEEK", "S1", "2025-W11", {}, dbt_week(("f", 60, 45), ("m", 70, 60))),
    ("DBT_WEEK", "S4", "2025-W11", {}, dbt_week(("m", 30, 10))),
    ("WELLBEING", "S1", "SY2025-T1", {}, wellbeing(60, ("belonging", "5", "f", 28, 90, 112), ("safety", "5", "m", 20, 50, 80))),
    ("WELLBEING", "S2", "SY2025-T1", {}, wellbeing(12, ("mental_health", "6", "f", 12, 24, 48))),
    ("INCIDENT", "S1", "2025-03-03", {"incident_id": "1"}, INCIDENT),
    ("INCIDENT", "S1", "2025-03-03", {"incident_id": "2"}, INCIDENT),
    ("INCIDENT", "S3", "2025-02-20", {"incident_id": "1"}, INCIDENT),
    ("INCIDENT", "S4", "2025-03-08", {"incident_id": "1"}, INCIDENT),
    ("INCIDENT", "S4", "2025-03-08", {"incident_id": "1"}, None, 2),
    ("ENROL_DRIVE", "S1", "2025-W10", {}, drive(("1", "f", 16), ("1", "m", 15))),
    ("ENROL_DRIVE", "S1", "2025-W11", {}, drive(("2", "f", 3))),
    ("ENROL_DRIVE", "S3", "2025-W10", {}, drive(("1", "m", 4))),
    ("ENROL_TARGET", "S1", "SY2025", {}, goal(("f", 20), ("m", 30))),
    ("ENROL_TARGET", "S2", "SY2025", {}, goal(("m", 10))),
    ("ENROL_TARGET", "S4", "SY2025", {}, goal(("f", 9))),
    ("ENROL_TARGET", "S4", "SY2025", {}, goal(("f", 8), ("m", 7)), 2),
    ("POPULATION", "G1D1", "SY2025", {}, population(("6", "f", 1000), ("6", "m", 1100))),
    ("POPULATION", "G2D1", "SY2025", {}, population(("6", "f", 500), ("7", "m", 400))),
    ("POPULATION", "G1D1", "SY2025", {}, population(("6", "f", 900), ("6", "m", 1100)), 2),
    ("SCHOOL_PROFILE", "S1", "2025-03-03", {}, PROFILE),
    ("TARGET", "G1", "SY2025", {}, TARGET),
]

# Of the country, worked out by hand from SENT: indicator, period, numerator, denominator.
COUNTRY = [
    ("SCH_FUNC", "2025-03", 4, None),  # S1 S2 S3 S4
    ("SCH_FUNC", "2025-Q1", 4, None),  # the same: S5's last report says closed
    ("PUP_ROLL", "2025-03", 950, None),  # 410 150 90 300
    ("VIS_OFF_SCH", "2025-03", 2, 3),  # S1 S2 of S1 S2 S3
    ("VIS_OFF_SCH", "2025-Q1", 3, 4),  # and S4, by a supervisor
    ("VIS_MON_SCH", "2025-03", 2, 3),  # S1 S3
    ("VIS_MON_SCH", "2025-Q1", 2, 4),  # the same
    ("VIS_OFF", "2025-03", 2, 4),
    ("VIS_MON", "2025-03", 2, 4),
    ("ATT_STU_SPOT", "2025-03", 82, 105),  # 24 18 30 10 of 30 20 30 25
    ("ATT_STU", "2025-03", 40, 50),
    ("ATT_GAP", "2025-03", 40 * 105 - 82 * 50, 50 * 105),
    ("ATT_TCH", "2025-W10", 3, 4),
    ("ATT_NTS", "2025-W10", 1, 2),
    ("ATT_TCH_SPOT", "2025-03", 4, 5),
    ("ATT_NTS_SPOT", "2025-03", 1, 2),
    ("USE_ROOM", "2025-03", 6, 8),
    ("USE_TOIL", "2025-03", 3, 5),
    ("ATT_HT", "2025-03", 1, 2),  # S1 at one of two visits, S3 not; S2 was closed
    ("TLE", "2025-03", 7, 16),  # 2 1 4 0 of 4 each
    ("CLEAN", "2025-03", 7, 11),  # 6 1 0 of 8 1 2
    ("CHILD_CLUB", "2025-03", 1, 2),  # S1 at one of two visits, S3 not
    ("SC_MEET_SCH", "2025-Q1", 2, 4),  # S1 S3 of S1 S2 S3 S4
    ("SC_MEET", "2025-Q1", 2, 4),
    ("FEEDER_ATT", "2025-03", 2, None),  # S1 S4
    ("FEEDER_ALL", "2025-03", 3, None),
    ("FEEDER_PROC", "2025-03", 2, 3),
    ("FUND_REL", "2025-Q1", 850000, None),  # 500000 60000 0 250000 40000
    ("PUP_FUND", "2025-Q1", 940, None),  # 400 150 310 80
    ("RES_PUP", "2025-Q1", 850000, 940),
    ("FUND_UTIL", "2025-Q1", 700100, 850000),  # 400000 0 100 260000 40000
    ("FUND_DISB", "2025-Q1", 1, 3),  # S1 of S1 S2 S4; what S5 was due is a grant
    ("HH_DONE", "DBT-2025", 3, None),  # S1's first, S2's, S4's on the last day
    ("HH_ALLOC", "DBT-2025", 7, None),  # 3 2 2
    ("DBT_SURV", "DBT-2025", 3, 7),
    ("DBT_VERIF", "2025-W10", 70, 150),  # 30 40 0 of 60 70 20
    ("DBT_VERIF", "2025-W11", 115, 160),  # 45 60 10 of 60 70 30
    ("DBT_PAID", "DBT-2025", 120, 140),  # 40 60 0 20 of 50 70 0 20
    ("WELL", "SY2025-T1", 164, 240),  # 90 50 24 of 112 80 48
    ("INC_N", "2025-03", 2, None),  # the third is of February, the fourth is retracted
    ("INCID", "2025-03", 2, 950),
    ("INCID", "2025-Q1", 3, 950),
    ("NEW_ENR", "2025-W10", 35, None),  # 16 15 4
    ("NEW_ENR", "2025-W11", 3, None),
    ("NEW_ENR", "2025-03", 38, None),
    ("NEW_ENR_GOAL", "SY2025", 75, None),  # 50 10 15, S4's as corrected
    ("NEW_ENR_T", "SY2025", 38, 75),  # S3 admitted 4 that nobody asked of it
    ("VERIF_ENR", "2025-03", 59, 93),  # 28 18 13 of 32 21 40; S1's second visitor had no figure
    ("VERIF_ENR", "2025-Q1", 59, 93),  # nor had S4's
    ("CH_LIST", "DBT-2025", 5, None),  # 9 14 6 7 10; not 5 and 15
    ("CH_ENR", "DBT-2025", 3, None),  # 9 6 10
    ("NEW_ENR_COV", "DBT-2025", 3, 5),
    ("COMPLAINT_RES", "2025-03", 5, 9),  # 4 0 1 of 4 2 3
    ("COMPLAINT_RES", "2025-Q1", 8, 14),  # and 3 of 5
    ("NET_EMIS", "2025-03", 2, 3),  # S1 S4 of S1 S2 S4
    ("POP", "SY2025", 2900, None),  # 900 1100 500 400
]

# level, area, indicator, period, cut, numerator, denominator
ELSEWHERE = [
    ("country", "K", "VIS_OFF_SCH", "2025-03", ("ownership", "government"), 2, 2),  # S1 S2
    ("country", "K", "SCH_FUNC", "2025-03", ("ownership", "government"), 3, None),  # S1 S2 S4
    ("country", "K", "VIS_MON_SCH", "2025-03", ("locality", "rural"), 1, 2),  # S3 of S2 S3
    ("country", "K", "TLE", "2025-03", ("tle_item", "teaching_aids"), 6, 8),
    ("country", "K", "CLEAN", "2025-03", ("clean_item", "toilet"), 0, 2),
    ("country", "K", "FUND_UTIL", "2025-Q1", ("budget_head", "nsb"), 660100, 750000),
    ("country", "K", "DBT_PAID", "DBT-2025", ("sex", "f"), 40, 50),
    ("country", "K", "WELL", "SY2025-T1", ("well_item", "safety"), 50, 80),
    ("country", "K", "COMPLAINT_RES", "2025-Q1", ("complaint_type", "facilities"), 7, 9),
    ("country", "K", "NEW_ENR_T", "SY2025", ("sex", "f"), 19, 28),
    ("district", "G2D1", "NEW_ENR_T", "SY2025", ("total", "total"), 0, 15),
    ("governorate", "G1", "VERIF_ENR", "2025-03", ("sex", "m"), 31, 61),
    ("country", "K", "CH_LIST", "DBT-2025", ("sex", "m"), 2, None),
    ("country", "K", "CH_ENR", "DBT-2025", ("single_age", "10"), 1, None),
    ("country", "K", "POP", "SY2025", ("sex", "f"), 1400, None),
    ("governorate", "G1", "POP", "SY2025", ("total", "total"), 2000, None),
    ("district", "G2D1", "POP", "SY2025", ("single_age", "7"), 400, None),
    ("governorate", "G2", "DBT_SURV", "DBT-2025", ("total", "total"), 1, 2),
    ("district", "G1D1", "RES_PUP", "2025-Q1", ("total", "total"), 560000, 550),
    ("cluster", "G1D1W1", "FEEDER_PROC", "2025-03", ("total", "total"), 1, 2),
    ("school", "S1", "ATT_HT", "2025-03", ("total", "total"), 1, 1),
    ("school", "S5", "NET_EMIS", "2025-02", ("total", "total"), 0, 1),
]


def send(place):
    lines = []
    for form, code, period, parts, data, *revision in SENT:
        version = {"version": 2} if form == "VISIT" else {}
        lines.append(place.submission(form, code, period, data, *revision, submitted_at="2025-04-04T07:00:00Z", **version, **parts))
    place.send(lines, RECEIVED)
    outcomes = place.psql.rows("select outcome, coalesce(code::text, ''), count(*) from intake.ledger group by 1, 2 order by 1, 2")
    place.require(outcomes == [["a", "", str(len(SENT))]], f"outcomes are {outcomes}")


def text(number):
    return "" if number is None else str(number)


def check_by_hand(place):
    cells = {(key[0], key[1], *key[3:]): value[:2] for key, value in place.cells("governance").items()}
    wanted = [("country", "K", code, period, ("total", "total"), over, under) for code, period, over, under in COUNTRY] + ELSEWHERE
    for level, area, code, period, cut, over, under in wanted:
        got = cells.get((level, area, period, code, *cut))
        place.require(got == (text(over), text(under)), f"{code} of {area} in {period}, {cut[1]}: {got}, by hand {over} over {under}")
    say(f"{len(wanted)} cells beside what was worked out by hand")


def governance(place):
    village.CALENDAR = CALENDAR
    place.found(areas() + [unit(code, "school", ward, ownership=ownership, locality=locality) for code, (ward, ownership, locality) in SCHOOLS.items()], OPENINGS)
    send(place)
    place.aggregate()
    check_by_hand(place)
    dump = place.dump("end")
    place.compare(dump)
    place.check_that_comparison_can_fail(dump, lambda changed: place.compare(changed, expected=1))
    place.check_ties()
    place.check_everything()


if __name__ == "__main__":
    village.run(governance)
