# SPDX-License-Identifier: Apache-2.0
"""
The forms ENROL_MONTHLY, ATT_MONTHLY, INFRA_WASH, MEAL and both versions of ENROL_CENSUS: six schools send, every cell is the oracle's, and the country's numbers are
those of EXPECTED, which was worked out by hand from the tables below.

The second version of the census begins on a day that a test cannot wait for: in a copy of the catalogue the seam between the two lies at the start of 2022.
"""

import json
import math
import os
import shutil

import village
from village import ROOT, areas, unit
from world import say

SEAM = "2022-01-01"
SCHOOLS = [
    unit("S1", "school", "G1D1W1", locality="urban"),
    unit("S2", "school", "G1D1W2", locality="rural"),
    unit("S3", "school", "G1D2W1", ownership="non_government", stage="combined", locality="urban"),
    unit("S4", "school", "G2D1W1", stage="intermediate", locality="rural"),
    unit("S5", "school", "G2D2W2", stage="secondary", locality="rural"),
    unit("S6", "school", "G2D2W1"),
]
FEBRUARY, MARCH, YEAR, TERM = "2022-02", "2022-03", "SY2022", "SY2022-T1"
TIME = "2022-04-20T08:00:00Z"

# {(school, month, shift): ((boys, girls) at the end of the month, ((enrolled at start, still enrolled) of boys, of girls))}; all in grade 1
ENROLMENT = {
    ("S1", FEBRUARY, "morning"): ((40, 35), ((40, 39), (35, 34))),
    ("S1", FEBRUARY, "evening"): ((20, 15), ((20, 20), (15, 15))),
    ("S1", MARCH, "morning"): ((41, 33), ((40, 38), (35, 33))),
    ("S2", FEBRUARY, "morning"): ((25, 22), ((25, 25), (22, 21))),
    ("S2", MARCH, "morning"): ((24, 22), ((25, 24), (22, 21))),
    ("S3", FEBRUARY, "morning"): ((50, 10), None),
    ("S3", MARCH, "morning"): ((52, 11), None),
    ("S4", FEBRUARY, "morning"): ((30, 31), ((30, 28), (31, 31))),
    ("S5", MARCH, "morning"): ((12, 18), ((12, 12), (18, 17))),
}
# {(school, month, shift): (days scheduled, days held, {(band, sex): pupils})}
ATTENDANCE = {
    ("S1", FEBRUARY, "morning"): (20, 19, {("under_5", "m"): 50}),
    ("S1", FEBRUARY, "evening"): (20, 18, {}),
    ("S1", MARCH, "morning"): (22, 22, {("under_5", "m"): 30, ("5_to_9", "m"): 6, ("10_to_19", "f"): 3, ("20_or_more", "f"): 1}),
    ("S2", FEBRUARY, "morning"): (20, 15, {}),
    ("S2", MARCH, "morning"): (22, 20, {("10_to_19", "m"): 5, ("under_5", "f"): 40}),
    ("S3", MARCH, "morning"): (22, 21, {}),
    ("S4", FEBRUARY, "morning"): (20, 20, {("20_or_more", "m"): 2, ("under_5", "f"): 18}),
}
# S4 leaves much unanswered, S5 does not function, S6 functions without pupils.
FACILITIES = {
    "S1": {"is_functional": True, "pupils_enrolled": 110, "pupils_largest_shift": 75, "shifts_run": 2, "has_building": True, "building_condition": "major_repair",
           "classrooms_in_use": 5, "sections": 6, "sections_overcrowded": 2, "sections_multigrade": 1, "boundary_wall": "complete", "pupils_with_seat": 90,
           "water_source": "piped", "water_available": True, "toilet_type": "flush", "toilets_single_sex": True, "handwashing": "soap_and_water",
           "power_source": "grid", "electricity_works": True, "internet_available": True, "internet_for_teaching": True, "computers_for_teaching": 5,
           "adapted_infrastructure": True, "adapted_materials": True,
           "room": [{"room_type": "classroom", "room_condition": "good", "rooms": 4, "in_use": 4},
                    {"room_type": "classroom", "room_condition": "dangerous", "rooms": 1, "in_use": 1}],
           "toilet": [{"toilet_user": "boys", "toilets": 3, "usable": 2, "users": 40}, {"toilet_user": "girls", "toilets": 3, "usable": 3, "users": 35},
                      {"toilet_user": "staff", "toilets": 1, "usable": 1, "users": 6}]},
    "S2": {"is_functional": True, "pupils_enrolled": 47, "pupils_largest_shift": 47, "shifts_run": 1, "has_building": True,
           "classrooms_in_use": 2, "sections": 4, "sections_overcrowded": 0, "sections_multigrade": 3, "boundary_wall": "none", "pupils_with_seat": 20,
           "water_source": "unprotected", "water_available": True, "toilet_type": "latrine_with_slab", "toilets_single_sex": False,
           "handwashing": "water_only", "power_source": "none", "internet_available": False, "internet_for_teaching": False, "computers_for_teaching": 0,
           "adapted_infrastructure": True, "adapted_materials": False,
           "room": [{"room_type": "classroom", "room_condition": "good", "rooms": 2, "in_use": 2},
                    {"room_type": "classroom", "room_condition": "dangerous", "rooms": 1, "in_use": 0}],
           "toilet": [{"toilet_user": "shared", "toilets": 1, "usable": 1, "users": 47}]},
    "S3": {"is_functional": True, "pupils_enrolled": 63, "pupils_largest_shift": 63, "shifts_run": 1, "has_building": True,
           "classrooms_in_use": 3, "sections": 3, "sections_overcrowded": 0, "sections_multigrade": 0, "boundary_wall": "incomplete", "pupils_with_seat": 63,
           "water_source": "rainwater", "water_available": False, "toilet_type": "flush", "toilets_single_sex": True, "handwashing": "no_facility",
           "power_source": "generator", "electricity_works": False, "internet_for_teaching": False, "computers_for_teaching": 12,
           "adapted_infrastructure": False, "adapted_materials": True,
           "room": [{"room_type": "classroom", "room_condition": "major_repair", "rooms": 3, "in_use": 3}],
           "toilet": [{"toilet_user": "boys", "toilets": 2, "usable": 1, "users": 52}, {"toilet_user": "girls", "toilets": 2, "usable": 1, "users": 11}]},
    "S4": {"is_functional": True, "pupils_enrolled": 61, "pupils_largest_shift": 61, "shifts_run": 1, "has_building": True,
           "water_source": "none", "toilet_type": "none", "power_source": "solar", "electricity_works": True},
    "S5": {"is_functional": False, "pupils_enrolled": 0, "pupils_largest_shift": 0, "shifts_run": 0, "has_building": False},
    "S6": {"is_functional": True, "pupils_enrolled": 0, "pupils_largest_shift": 0, "shifts_run": 1, "has_building": True, "boundary_wall": "complete"},
}
# (school, day, meals served, pupils present); S3 (not of the government) and S5 (secondary) owe no return and count nowhere, S6 owes one and is silent
MEALS = [("S1", "2022-03-07", 70, 74), ("S1", "2022-03-08", 0, 72), ("S2", "2022-03-07", 45, 45), ("S3", "2022-03-07", 60, 60), ("S4", "2022-03-07", 58, 60),
         ("S5", "2022-03-07", 9, 10)]
SAME_DAY = {("S1", "2022-03-07"), ("S2", "2022-03-07")}  # sent by the deadline; everything else is late
# {(school, year): [(grade, age, sex, pupils, repeaters or None)]}; 2021 under version 1 of the form, 2022 under version 2
CENSUS = {
    ("S1", "SY2021"): [("1", "6", "m", 10, 1), ("1", "8", "f", 4, 2), ("3", "10", "m", 5, None), ("7", "above_13", "m", 3, 0), ("2", "unknown", "f", 6, 6)],
    ("S2", YEAR): [("1", "7", "m", 10, 0), ("1", "8", "m", 2, 1), ("6", "12", "f", 8, 0), ("6", "13", "f", 3, 3)],
    ("S4", YEAR): [("4", "11", "m", 7, 0), ("4", "10", "m", 9, None)],
}

# what S2 says besides, and the inhabitants of the district of S1 and S2
NEW = {"new_entrant": [{"age": "6", "sex": "m", "pupils": 3, "with_ecce": 1}, {"age": "7", "sex": "m", "pupils": 5, "with_ecce": 2}],
       "early": [{"sex": "f", "pupils_pre_primary": 4, "pupils_primary": 2}]}
INHABITANTS = {"5": 20, "6": 25}

# (indicator, period, dimension, member): numerator and denominator of the country
T = ("total", "total")
EXPECTED = {
    ("ENR_MONTHLY", FEBRUARY, *T): (110 + 47 + 60 + 61, None),
    ("ENR_MONTHLY", MARCH, *T): (74 + 46 + 63 + 30, None),
    ("ENR_MONTHLY", YEAR, *T): (74 + 46 + 63 + 61 + 30, None),  # S4 stands with its last month, which is February
    ("ENR_MONTHLY", FEBRUARY, "sex", "f"): (35 + 15 + 22 + 10 + 31, None),
    ("RETN_START", YEAR, *T): (213, None),
    ("RETN_STAY", YEAR, *T): (204, None),
    ("RETN", FEBRUARY, *T): (213, 218),
    ("RETN", MARCH, *T): (145, 152),
    ("RETN", YEAR, *T): (204, 213),
    ("DAYS_OPEN", FEBRUARY, *T): (72, 80),
    ("DAYS_OPEN", MARCH, *T): (63, 66),
    ("DAYS_OPEN", YEAR, *T): (135, 146),
    ("CHR_ABS_N", TERM, *T): (11, None),
    ("CHR_ABS_N", TERM, "sex", "f"): (4, None),
    ("CHR_ABS_BASE", TERM, *T): (105, None),
    ("CHR_ABS", TERM, *T): (11, 105),
    ("CHR_ABS", YEAR, *T): (11, 105),
    ("PUP_ROOM", YEAR, *T): (75 + 47 + 63, 5 + 2 + 3),
    ("PUP_TOIL", YEAR, *T): (75 + 63, 5 + 2),
    ("PUP_TOIL", YEAR, "toilet_user", "girls"): (35 + 11, 3 + 1),
    ("FURN", YEAR, *T): (173, 220),
    ("BWALL", YEAR, *T): (2, 4),
    ("DANGER", YEAR, *T): (1, 3),
    ("ROOM_OK", YEAR, *T): (4 + 2, 5 + 3 + 3),
    ("ROOM_OK", YEAR, "room_type", "classroom"): (6, 11),
    ("OCMG", YEAR, *T): (6, 13),
    ("MULTI_SHIFT", YEAR, *T): (1, 5),
    ("WASH_WATER", YEAR, *T): (1, 4),
    ("WASH_SAN", YEAR, *T): (2, 4),
    ("WASH_HYG", YEAR, *T): (1, 3),
    ("ELEC", YEAR, *T): (2, 4),
    ("ELEC", YEAR, "locality", "rural"): (1, 2),
    ("NET_PED", YEAR, *T): (1, 3),
    ("COMP", YEAR, *T): (2, 3),
    ("DIS_INFRA", YEAR, *T): (1, 3),
    ("ZERO_ENR", YEAR, *T): (1, 5),
    ("OVERAGE", "SY2021", *T): (9, 19),
    ("OVERAGE", YEAR, *T): (12, 39),
    ("OVERAGE", YEAR, "sex", "f"): (3, 11),
    ("PCT_REP", "SY2021", *T): (9, 23),
    ("PCT_REP", YEAR, *T): (4, 30),
    ("ENR", "SY2021", *T): (28, None),
    ("ENR", YEAR, *T): (39, None),
    ("DQ_CLEAN", YEAR, "form", "INFRA_WASH"): (4, 6),  # S4 and S6 have a building and no room
    ("DQ_CLEAN", FEBRUARY, "form", "ENROL_MONTHLY"): (4, 4),
    ("RPT_NONEMPTY", YEAR, "form", "INFRA_WASH"): (5, 6),  # S5 says what it must and nothing else
    # meals are owed by S1, S2, S4 and S6 on five days
    ("RPT_COMPL", "2022-Q1", "form", "MEAL"): (4, 20),
    ("RPT_ONTIME", "2022-Q1", "form", "MEAL"): (2, 20),
    ("RPT_ONTIME", "2022-03-07", "form", "MEAL"): (2, 4),
    ("RPT_NONEMPTY", "2022-Q1", "form", "MEAL"): (4, 4),
    # of 600 points: 72.5 * 0.957746 + 45 * 0.924658 + 12.75 * (0.5 + 0.25 + 0.5) + 17.5 * (0.666667 + 0.5) + 25 * (0.333333 + 0.666667),
    # over 72.5 + 45 + 38.25 + 35 + 50; what nobody reported is left out
    ("PGI_D", YEAR, *T): (17240036750, 24075000000),
    # 0.957746 + 0.25 + 0.5 + 0.5: retention, water, electricity, walls; the other ten parts are nothing
    ("PMIU_14", YEAR, *T): (2207746, 14000000),
    ("ENTR", YEAR, *T): (8, None),
    ("ENTR_AGE", YEAR, *T): (3, None),
    ("EARLY", YEAR, *T): (6, None),
    ("GIR", YEAR, *T): (8, 25),
    ("NIR", YEAR, *T): (3, 25),
    ("NERA1", YEAR, *T): (6, 20),
    ("MEAL", "2022-03-07", *T): (173, 179),
    ("MEAL", "2022-03-08", *T): (0, 72),
    ("MEAL", "2022-W10", *T): (173, 251),
    ("MEAL", MARCH, *T): (173, 251),
    ("MEAL", YEAR, "ownership", "government"): (173, 251),
}


GRADES = ["akanshi_3", "akanshi_2", "akanshi_1", "prachesta_3", "prachesta_2", "prachesta_1", "uttam", "ati_uttam", "utkarsh", "daksh"]


def catalogue_with_seam(folder):
    """The shipped catalogue, but for the day at which the second version of the census takes over."""
    shutil.copytree(f"{ROOT}/catalogue", folder)
    for version, member in ((1, "valid_to"), (2, "valid_from")):
        path = os.path.join(folder, f"forms/ENROL_CENSUS.v{version}.json")
        with open(path, encoding="utf-8") as file:
            document = json.load(file)
        document[member] = SEAM
        with open(path, "w", encoding="utf-8") as file:
            json.dump(document, file)
    return folder


def enrolment(place, school, month, shift):
    closing, cohort = ENROLMENT[school, month, shift]
    rows = [{"grade": "1", "sex": sex, "opening": number + 1, "admitted": 1, "transfer_in": 0, "transfer_out": 1, "dropped_out": 1, "closing": number}
            for sex, number in zip("mf", closing)]
    data = {"pupils_closing": sum(closing), "pupil": rows,
            "dropout": [{"dropout_reason": "work", "sex": "m", "pupils": 1}, {"dropout_reason": "unknown", "sex": "f", "pupils": 1}]}
    if cohort:
        data["cohort"] = [{"grade": "1", "sex": sex, "enrolled_at_start": start, "still_enrolled": still} for sex, (start, still) in zip("mf", cohort)]
    return place.submission("ENROL_MONTHLY", school, month, data, shift=shift)


def attendance(place, school, month, shift):
    scheduled, held, absence = ATTENDANCE[school, month, shift]
    data = {"days_scheduled": scheduled, "days_open": held,
            "pupil": [{"grade": "1", "sex": "m", "days_present": 20 * held, "days_possible": 25 * held}],
            "absence": [{"grade": "1", "absence_band": band, "sex": sex, "pupils": pupils} for (band, sex), pupils in absence.items()]}
    return place.submission("ATT_MONTHLY", school, month, data, shift=shift)


def meal(place, school, day, served, present):
    data = {"meal_served": served > 0, "pupils_present": present, "meals_served": served,
            "stock": [{"food_item": "rice", "opening_kg": "40.250", "received_kg": 0, "used_kg": "10.125", "closing_kg": "30.125"}]}
    if not served:
        data["no_meal_reason"] = "no_fuel"
    return place.submission("MEAL", school, day, data)


def census(place, school, year, version):
    rows = [{"grade": grade, "age": age, "sex": sex, "pupils": pupils, **({} if repeaters is None else {"repeaters": repeaters})}
            for grade, age, sex, pupils, repeaters in CENSUS[school, year]]
    data = {"pupils_total": sum(row["pupils"] for row in rows), "pupil": rows}
    if version == 2:
        if school == "S2":
            data.update(NEW)
        data.update(school_sex="mixed", disability=[{"grade": rows[0]["grade"], "functional_difficulty": "hearing", "sex": "m", "pupils": 1}])
    return place.submission("ENROL_CENSUS", school, year, data, version=version, shift="full")


def feed(place):
    lines = [enrolment(place, *key) for key in ENROLMENT] + [attendance(place, *key) for key in ATTENDANCE]
    lines += [place.submission("INFRA_WASH", school, YEAR, data) for school, data in FACILITIES.items()]
    meals = [meal(place, *row) for row in MEALS]
    place.send([line for line, row in zip(meals, MEALS) if row[:2] in SAME_DAY], "2022-03-07T10:00:00Z")
    lines += [line for line, row in zip(meals, MEALS) if row[:2] not in SAME_DAY]
    lines += [census(place, school, year, 1 if year == "SY2021" else 2) for school, year in CENSUS]
    lines.append(place.submission("POPULATION", "G1D1", YEAR, {
        "estimate_source": "census", "reference_on": "2022-01-01",
        "person": [{"single_age": age, "sex": "m", "population": number} for age, number in INHABITANTS.items()]}))
    place.send(lines, TIME)
    place.send([census(place, "S2", YEAR, 1), census(place, "S1", "SY2021", 2)], TIME, counts=False)
    outcomes = place.psql.rows("select outcome, coalesce(code::text, ''), count(*) from intake.ledger group by 1, 2 order by 1, 2")
    wanted = [["a", "", str(len(lines) + len(SAME_DAY))], ["r", outcomes[-1][1], "2"]]
    place.require(outcomes == wanted, f"outcomes {outcomes}, not {wanted}: a version counts on its own side of the seam only")
    both = place.psql.number("select count(*) from core.enrol_census_pupil")
    place.require(both == sum(len(rows) for rows in CENSUS.values()), f"{both} rows of both versions of the census in one table")


def check_country(place):
    cells = {(key[4], key[3], *key[5:]): value[:2] for key, value in place.cells("country").items() if key[0] == "country"}
    for key, (numerator, denominator) in EXPECTED.items():
        wanted = (str(numerator), "" if denominator is None else str(denominator))
        place.require(cells.get(key) == wanted, f"{' '.join(key)} of the country: {cells.get(key)}, not {wanted}")
    say(f"{len(EXPECTED)} numbers of the country worked out by hand")


def check_grades(place):
    """Scores are made down to the districts, and each has the grade that its tenth gives: above 0.9 the best, up to 0.1 the last."""
    rows = place.psql.rows("select a.level_no, round(s.value, 6), s.band from mart.indicator i join mart.dim_indicator d using (indicator_key) join mart.dim_area a "
                           "using (area_key) left join (select * from mart.country_standing union all select * from mart.governorate_standing union all "
                           "select * from mart.district_standing) s using (period_key, indicator_key, area_key) where d.code = 'PGI_D' order by 1, 2")
    place.require([row[0] for row in rows] == ["0", "1", "1", "2", "2", "2", "2"], f"scores are made at the levels {[row[0] for row in rows]}")
    for _, value, band in rows:
        tenth = max(math.ceil(float(value) * 10), 1) if value else 0  # none: no part of it was reported
        place.require(band == (GRADES[tenth - 1] if tenth else ""), f"a score of {value} has the grade {band}")
    place.require(len({band for _, _, band in rows}) > 2, f"the grades are {rows}")


def run(place):
    village.CALENDAR += "school_year,SY2021,,2021-01-04,2021-12-31,\n"
    catalogue = catalogue_with_seam(f"{place.folder}/catalogue")
    months = f"{FEBRUARY}..{MARCH}"
    place.found(areas() + SCHOOLS, [("ENROL_MONTHLY", months), ("ATT_MONTHLY", months), ("INFRA_WASH", YEAR), ("MEAL", "2022-03-07..2022-03-11"),
                                    ("ENROL_CENSUS", "SY2021"), ("ENROL_CENSUS", YEAR)], catalogue)
    feed(place)
    place.aggregate()
    check_country(place)
    check_grades(place)
    dump = place.dump("end")
    place.compare(dump, catalogue)
    place.check_that_comparison_can_fail(dump, lambda changed: place.compare(changed, catalogue, expected=1))
    place.check_ties()
    place.check_everything()


if __name__ == "__main__":
    village.run(run)
