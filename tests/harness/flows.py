# SPDX-License-Identifier: Apache-2.0
"""
A school year with three mergers, three splits, a move and a school whose code changed: promotion, repetition and drop-out on the matched panel, the reconstructed
cohort, population rates and what else is derived over two years. Every cell is the oracle's, and the country's rates are worked out a third time, in floating point,
from the tables below. The cohort of each school and area is taken through its diagram, year by year, until nobody is left in it.
"""

import json
import subprocess
from fractions import Fraction

import village
from village import areas, unit
from world import say

LAST, YEAR, NEXT = "SY2021", "SY2022", "SY2023"
TIME = "2023-06-01T08:00:00Z"
GRADES = [str(grade) for grade in range(1, 8)]

# {school: its ward}; those that the year brings are opened by its events
SCHOOLS = {"A1": "G1D1W1", "A2": "G1D1W2", "A3": "G1D2W1", "B1": "G2D1W1", "B2": "G2D2W2",  # nothing happens to them, but for B2, which moves
           "M1": "G1D1W1", "M2": "G1D2W2", "M3": "G1D1W2", "M4": "G2D1W2",  # merged: M1 into A1, M2 into B1 of another region, M3 into M4 in the middle of M4's own year
           "P1": "G1D2W1", "P2": "G2D2W1",  # split: P1 into P1A and P1B, P2 into itself and P2X
           "C1": "G2D1W1",  # its code was `former:C0` until May
           "N1": "G1D2W2",  # never sends in the year
          "E1": "G3D1W1"}  # alone in its region: EXAMPLE
MERGERS = [("M1", "A1", "2022-02-01"), ("M2", "B1", "2022-06-01"), ("M3", "M4", "2022-05-01")]
SPLITS = [("P1", [("P1A", 60), ("P1B", 40)], "2022-07-01"), ("P2", [("P2", 70), ("P2X", 30)], "2022-07-01"), ("M4", [("M4", 50), ("M4X", 50)], "2022-08-01")]
MOVED = ("B2", "G1D2W2", "2022-03-15")
GONE = {"M1", "M2", "M3", "P1"}
BORN = {"P1A": "G1D2W1", "P1B": "G1D2W1", "P2X": "G2D2W1", "M4X": "G2D1W2"}
HEIRS = {"M1": [("A1", 100)], "M2": [("B1", 100)], "M3": [("M4", 50), ("M4X", 50)], "M4": [("M4", 50), ("M4X", 50)], "P1": [("P1A", 60), ("P1B", 40)],
         "P2": [("P2", 70), ("P2X", 30)]}


# Pupils and repeaters of two years, grades 1 to 6 and the first of the next level, from "Enoncé du devoir sur les cohortes reconstituées"
# (maisondelapresse.gouv.sn/node/17; thousands there; 1998/99 and 1999/2000), in which pupils may repeat twice. The page asks for the diagram and does not print it, so
# IN_EXAMPLE is by hand: of 1,000 pupils 218 reach grade 6 and never repeat (0.8497 x 0.6777 x 0.7489 x 0.7005 x 0.7213), 186 repeat once (0.8527 times as many, the sum of
# the five rates of repetition), 96 twice (0.4421, the sum of their products in pairs, each with itself too); 225 go on from grade 6, and all spend 5,406 years.
EXAMPLE = {LAST: ((479, 52), (484, 92), (446, 69), (364, 55), (305, 56), (217, 41), (86, 5)),
           YEAR: ((476, 48), (519, 112), (408, 80), (382, 48), (319, 64), (269, 49), (93, 12))}
IN_EXAMPLE = {"SURV": "50.0", "EFFIC": "25.0"}


def pupils(school, year):
    """{(grade, sex): (pupils, repeaters)} of a school: some falling from grade to grade, all from its name."""
    if school == "E1":
        return {(grade, sex): ((count + number) // 2, (repeaters + number) // 2) for grade, (count, repeaters) in zip(GRADES, EXAMPLE[year])
                for number, sex in enumerate("mf")}
    seed = sum(ord(letter) * (place + 3) for place, letter in enumerate(school)) + int(year[2:]) * 5
    found = {}
    for grade in GRADES:
        for number, sex in enumerate("mf"):
            count = 20 + (seed * int(grade) * (number + 2)) % 17 - int(grade)
            found[grade, sex] = count, (seed + int(grade) + number) % 4
    return found


def census(place, school, year, revision=1, code=None, without=None):
    """without: a grade whose repeaters are not recorded."""
    rows = [{"grade": grade, "age": str(min(int(grade) + 5 + (sex == "f"), 13)), "sex": sex, "pupils": count + revision - 1,
             **({} if grade == without else {"repeaters": repeaters})} for (grade, sex), (count, repeaters) in pupils(school, year).items()]
    data = {"pupils_total": sum(row["pupils"] for row in rows), "pupil": rows}
    return place.submission("ENROL_CENSUS", code or school, year, data, revision, shift="full")


def staff(place, school, year, left):
    """Four teachers, and those of `left` who went since."""
    rows = [{"staff_code": f"{school}-{n}", "sex": "f", "staff_type": "teacher", "post": "teacher", "qualified": True, "trained": True, "training_days": 3,
             "joined_on": "2019-01-01", **({"left_on": "2022-03-31"} if n > 4 else {})} for n in range(1, 5 + left)]
    data = {"reference_date": f"{year[2:]}-04-01", "teachers_total": 4, "non_teaching_total": 0, "pupils_enrolled": 100,
            "teacher": [{"sex": "f", "teachers": 4, "qualified": 4, "trained": 4, "in_service": 4}], "staff": rows}
    return place.submission("STAFF", school, year, data)


def population(place, district):
    rows = [{"single_age": str(age), "sex": sex, "population": 120 + age * (9 if sex == "m" else 12)} for age in range(3, 16) for sex in "mf"]
    return place.submission("POPULATION", district, YEAR, {"estimate_source": "a scenario", "reference_on": "2022-07-01", "person": rows})


def events(place):
    lines = []
    for subject, heir, day in MERGERS:
        lines.append(({"kind": "merge", "subject": subject, "merged_into": heir, "effective_on": day, "reason": "decree"}, day))
    for subject, parts, day in SPLITS:
        part = [{"unit": code, "name": f"Name of {code}", "weight_percent": weight} for code, weight in parts]
        lines.append(({"kind": "split", "subject": subject, "effective_on": day, "part": part, "reason": "decree"}, day))
    lines.append(({"kind": "move", "subject": MOVED[0], "parent": MOVED[1], "effective_on": MOVED[2], "reason": "new road"}, MOVED[2]))
    return [place.submission("REGISTRY_EVENT", "K", YEAR_DAY, data, event_id=f"E-{number}") for number, (data, _) in
            enumerate(sorted(lines, key=lambda line: line[1]))]


YEAR_DAY = "2022-03-01"


def registry_after():
    """The schools' rows once the events are applied."""
    merged = {subject: day for subject, _, day in MERGERS}
    rows = []
    for school, ward in SCHOOLS.items():
        if school == MOVED[0]:
            rows += [unit(school, "school", ward, valid_to=MOVED[2]), unit(school, "school", MOVED[1], MOVED[2])]
        elif school in merged or school == "P1":
            rows.append(unit(school, "school", ward, valid_to=merged.get(school, "2022-07-01")))
        elif school in ("P2", "M4"):
            day = next(day for subject, _, day in SPLITS if subject == school)
            rows += [unit(school, "school", ward, valid_to=day), unit(school, "school", ward, day)]
        else:
            rows.append(unit(school, "school", ward))
    return rows + [unit(school, "school", ward, "2022-07-01" if school != "M4X" else "2022-08-01") for school, ward in BORN.items()]


def write_successions(place):
    path = f"{place.folder}/successions.csv"
    with open(path, "w", encoding="utf-8") as file:
        file.write("from,to,weight,effective_on\n")
        file.writelines(f"{subject},{heir},100,{day}\n" for subject, heir, day in MERGERS)
        file.writelines(f"{subject},{code},{weight},{day}\n" for subject, parts, day in SPLITS for code, weight in parts)
    return path


def panel(silent_last, silent_year, unknown):
    """{grade: [enrolled last year, new to the next grade, repeating]} of the country by floats: the schools of the year whose origins all sent."""
    origins = {}
    for school in [*SCHOOLS, *BORN]:
        if school not in GONE:
            gave = [(giver, weight) for giver, parts in HEIRS.items() for heir, weight in parts if heir == school]
            origins[school] = gave + ([] if school in HEIRS or school in BORN else [(school, 100)])
    sums = {grade: [0.0, 0.0, 0.0] for grade in GRADES}
    for school, parts in origins.items():
        if school in silent_year or school in unknown or any(giver in silent_last for giver, _ in parts):
            continue
        for (grade, _), (count, repeaters) in pupils(school, YEAR).items():
            sums[grade][2] += repeaters
            if grade != "1":
                sums[str(int(grade) - 1)][1] += count - repeaters
        for giver, weight in parts:
            for (grade, _), (count, _) in pupils(giver, LAST).items():
                sums[grade][0] += count * weight / 100
    return sums


def cohort(rates):
    """The shares of 1,000 pupils of grade 1 that reach the last grade of rates [(promotion, repetition)] and go on from it, and the years that all spend: every year each goes
    on, repeats or leaves, and who has repeated twice leaves instead of repeating."""
    last, reached, passed, years = len(rates), 0, 0, 0
    now = {(1, 0): Fraction(1000)}  # {(grade, repetitions so far): pupils}
    while now:
        then = {}
        for (grade, repeated), number in now.items():
            promotion, repetition = rates[grade - 1]
            years += number
            if grade < last:
                then[grade + 1, repeated] = then.get((grade + 1, repeated), 0) + number * promotion
            else:
                passed += number * promotion
            if grade == last - 1:
                reached += number * promotion
            if repeated < 2:
                then[grade, repeated + 1] = then.get((grade, repeated + 1), 0) + number * repetition
        now = then
    return reached / 1000, passed / 1000, years / 1000


def check_cohorts(place):
    """Survival and efficiency of each school and area, of its own rates; none where three times as many leave a grade upwards or repeat it as were in it."""
    cells = {key: value for key, value in place.cells("cohorts").items() if key[3] == YEAR}
    compared, left, example = 0, 0, {}
    for key, (numerator, denominator, *_) in cells.items():
        if key[4] not in ("SURV", "EFFIC"):
            continue
        rates = []
        for grade in GRADES[:6]:
            (promoted, enrolled, *_), (repeated, *_) = (cells.get((*key[:4], code, "grade", grade), ("", "")) for code in ("PROM_R", "REP_R"))
            rates.append((int(promoted), int(repeated), int(enrolled)) if promoted and repeated and enrolled not in ("", "0") else None)
        needed = rates[:5] if key[4] == "SURV" else rates
        if None in needed or any(promoted + repeated > 3 * enrolled for promoted, repeated, enrolled in needed):
            left += 1
            place.require(not numerator or denominator == "0", f"{key[4]} of {key[1]} has the value {numerator} / {denominator} without a cohort")
            continue
        rates = [(Fraction(promoted, enrolled), Fraction(repeated, enrolled)) for promoted, repeated, enrolled in needed]
        reached, passed, years = cohort(rates + [(0, 0)]) if key[4] == "SURV" else cohort(rates)
        expected = reached if key[4] == "SURV" else 6 * passed / years
        got = Fraction(int(numerator), int(denominator))
        place.require(abs(got - expected) < Fraction(1, 50000), f"{key[4]} of {key[1]} is {float(got):.6f}, not {float(expected):.6f}")
        compared += 1
        if key[1] in ("E1", "G3"):
            example.setdefault(key[4], set()).add(f"{float(got) * 100:.1f}")
    place.require(example == {code: {value} for code, value in IN_EXAMPLE.items()}, f"the example has {example}, not {IN_EXAMPLE}")
    place.require(compared > 20 and left > 0, f"{compared} cohorts compared, {left} left out")
    say(f"{compared} cohorts taken through their diagrams; {left} cells without one")


def check_country(place, sums):
    cells = {(key[3], key[4], *key[5:]): value for key, value in place.cells("country").items() if key[0] == "country"}

    def ratio(code, *cut):
        value = cells[YEAR, code, *(cut or ("total", "total"))]
        return int(value[0]) / int(value[1])

    for grade in GRADES[:6]:
        enrolled, promoted, repeated = sums[grade]
        for code, expected in (("PROM_R", promoted / enrolled), ("REP_R", repeated / enrolled), ("DROP_R", 1 - (promoted + repeated) / enrolled)):
            got = ratio(code, "grade", grade)
            # Halves of odd numbers of pupils are whole pupils in the mart.
            place.require(abs(got - expected) < 0.005, f"{code} of grade {grade} is {got:.6f}, not {expected:.6f}")
        whole = sum(int(cells[YEAR, code, "grade", grade][0]) for code in ("PROM_R", "REP_R", "DROP_R"))
        place.require(whole == int(cells[YEAR, "PROM_R", "grade", grade][1]), f"promotion, repetition and drop-out of grade {grade} are not 100 together")
    people = {age: 4 * sum(120 + age * by for by in (9, 12)) for age in range(3, 16)}
    enrolled = {age: 0 for age in range(6, 14)}
    for school in [*SCHOOLS, *BORN]:
        if school not in GONE and school != "N1":
            for (grade, sex), (count, _) in pupils(school, YEAR).items():
                enrolled[min(int(grade) + 5 + (sex == "f"), 13)] += count
    aged = sum(enrolled[age] for age in range(6, 12))
    place.require(abs(ratio("NERT") - aged / sum(people[age] for age in range(6, 12))) < 1e-9, f"NERT is {ratio('NERT')}")
    place.require(abs(ratio("SLE") - sum(enrolled[age] / people[age] for age in range(6, 14))) < 0.00001, f"SLE is {ratio('SLE')}")
    place.require(ratio("OOSR") == max(0, sum(people[age] for age in range(6, 12)) - aged) / sum(people[age] for age in range(6, 12)), f"OOSR is {ratio('OOSR')}")
    deep = [key for key in place.cells("deep") if key[4] in ("GER", "NERT", "SLE") and key[0] in ("school", "cluster")]
    place.require(not deep, f"rates of population where there is none: {deep[:3]}")
    say(f"the country: survival {ratio('SURV'):.4f}, efficiency {ratio('EFFIC'):.4f}, net enrolment {ratio('NERT'):.4f}, panel {ratio('PANEL_COV'):.4f} of last year's pupils")


def compare(place, name, successions, expected=0):
    registry, sent, opened = (f"{place.folder}/oracle-{part}" for part in ("registry.csv", "sent.jsonl", "opened.csv"))
    village.write_registry(registry, place.registry)
    with open(sent, "w", encoding="utf-8") as file:
        file.writelines(f'{{"received_at":"{at}","value":{line.replace("former:C0", "C1")}}}\n' for at, line in place.sent)
    with open(opened, "wb") as file:
        subprocess.run(["psql", "-X", "-q", "--csv", "-d", place.dsn, "-f", f"{village.ROOT}/tests/model/dump_opened.sql"], stdout=file, check=True)
    place.oracle("mart", "--registry", registry, "--calendar", f"{place.folder}/calendar.csv", "--opened", opened, "--utc-offset", "180", "--successions", successions,
                 "--dump", place.dump(name), sent, expected=expected)


def run(place):
    village.CALENDAR += "school_year,SY2021,,2021-01-04,2021-12-31,\nschool_year,SY2023,,2023-01-01,2023-12-31,\n"
    place.found(areas(3) + [unit(school, "school", ward) for school, ward in SCHOOLS.items()],
                [(form, year) for form in ("ENROL_CENSUS", "STAFF") for year in (LAST, YEAR)])
    codes = f"{place.folder}/codes.csv"
    with open(codes, "w", encoding="utf-8") as file:
        file.write("scheme,code,unit,valid_from,valid_to\nformer,C0,C1,,2022-05-01\n")
    place.emis("registry", "codes", "import", codes)
    place.send([census(place, school, LAST, code="former:C0" if school == "C1" else None) for school in SCHOOLS if school != "A3"], TIME)
    place.send(events(place), TIME, counts=False)
    place.aggregate(2)
    refused = place.psql.rows("select unit_code, message from control.registry_change where state = 'open'")
    place.require(not refused, f"refused events: {refused}")
    place.know(registry_after())
    successions = write_successions(place)
    present = [school for school in [*SCHOOLS, *BORN] if school not in GONE and school != "N1"]
    place.send([census(place, school, YEAR, without="2" if school == "A2" else None) for school in present], TIME)
    place.send([staff(place, school, year, left=(len(school) + ord(school[0])) % 3) for year in (LAST, YEAR) for school in ("A1", "A2", "A3", "B1", "B2")], TIME)
    place.send([population(place, district) for district in ("G1D1", "G1D2", "G2D1", "G2D2")], TIME)
    place.aggregate(2)
    wrong = place.psql.rows("select outcome, code::text, count(*) from intake.ledger where outcome <> 'a' group by 1, 2")
    place.require(not wrong, f"outcomes other than accepted: {wrong}")
    compare(place, "year", successions)
    check_country(place, panel({"A3"}, {"N1"}, {"A2"}))
    check_cohorts(place)
    # What was sent for the year before is corrected, comes late, is taken back: the year's flows follow, also in another region.
    place.send([census(place, "M2", LAST, 2), census(place, "M3", LAST, 2), census(place, "A3", LAST)], TIME)
    place.aggregate(2)
    compare(place, "corrected", successions)
    place.send([place.submission("ENROL_CENSUS", "M2", LAST, None, 3, shift="full"), census(place, "A1", NEXT)], TIME)
    place.aggregate(2)
    compare(place, "retracted", successions)
    with open(f"{place.folder}/none.csv", "w", encoding="utf-8") as file:
        file.write("from,to,weight,effective_on\n")
    compare(place, "without", f"{place.folder}/none.csv", expected=1)  # the comparison sees the successions
    of_all = place.psql.rows("select count(*), count(*) filter (where numerator > denominator) from mart.indicator join mart.dim_indicator i using (indicator_key) "
                             "where i.code like 'RPT_%' and denominator > 0")[0]
    place.require(int(of_all[0]) > 100 and of_all[1] == "0", f"{of_all[1]} of {of_all[0]} cells of completeness are above 100 %")
    place.check_ties()
    place.check_everything()


if __name__ == "__main__":
    village.run(run)
