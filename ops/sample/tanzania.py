# SPDX-License-Identifier: Apache-2.0
"""Tanzania mainland 2022: real schools with their real enrolment, generated attendance."""

import csv
import hashlib
import io
import lzma
import os
import sys

import submissions
from submissions import ROOT, SEXES, AttendanceWriter, envelope

SOURCE = os.path.join(ROOT, "tests/fixtures/tanzania-2022/primary_enrolment_by_age_sex_2022.csv.xz")
COUNTRY = "TZ"
SCHOOL_YEAR = "SY2022"
AGES = ("below_6", "6", "7", "8", "9", "10", "11", "12", "13", "above_13")
GRADES = (1, 1, 1, 2, 3, 4, 5, 6, 7, 7)  # clamp(age - 6, 1, 7), below 6 as 5 and above 13 as 14
SCHOOL_DAYS = (0, 1, 2, 3, 4)  # Monday to Friday
DEMO_DAYS = "2022-03-07..2022-03-11"


class School:
    """One row of the source; pupils[age][sex] in the order of AGES and SEXES."""

    __slots__ = ("region", "council", "ward", "name", "code", "ownership", "pupils")

    def __init__(self, row):
        self.region, self.council, self.ward, self.name, self.code = row[1:6]
        self.ownership = {"Government": "government", "Non-Government": "non_government"}[row[6]]
        self.pupils = [(int(row[i]), int(row[i + 1])) for i in range(7, 27, 2)]
        if (sum(m for m, _ in self.pupils), sum(f for _, f in self.pupils)) != (int(row[27]), int(row[28])):
            sys.exit(f"generate: ages of {self.code} do not sum to its totals")


def read_schools(path, region_count):
    path = path or SOURCE
    try:
        with lzma.open(path) as packed:
            rows = list(csv.reader(io.TextIOWrapper(packed, "utf-8", newline="")))
    except (OSError, lzma.LZMAError) as error:
        sys.exit(f"generate: could not read {path}: {error}")
    schools = [School(row) for row in rows[1:]]
    if region_count is not None:
        kept = set(list(dict.fromkeys(school.region for school in schools))[:region_count])
        schools = [school for school in schools if school.region in kept]
    return schools


def area_code(prefix, digits, *names):
    """The source has no area codes: a stable hash of the names from the region down."""
    return f"{prefix}-{hashlib.sha256('/'.join(names).encode()).hexdigest()[:digits]}"


def mended(name):
    """Names with an apostrophe were saved as UTF-8 and read as Mac Roman at the source."""
    return name if name.isascii() else name.encode("mac_roman").decode("utf-8")


def areas_of(schools):
    """(code, level, parent, name) of each area, parents first; refuses codes that collide."""
    areas = {COUNTRY: ("country", "", "Tanzania", ())}
    for level, prefix, digits in (("governorate", "R", 4), ("district", "C", 6), ("cluster", "W", 8)):
        for school in schools:
            names = (school.region, school.council, school.ward)[: "RCW".index(prefix) + 1]
            code = area_code(prefix, digits, *names)
            parent = {"R": COUNTRY, "C": area_code("R", 4, *names[:1]), "W": area_code("C", 6, *names[:2])}[prefix]
            known = areas.setdefault(code, (level, parent, mended(names[-1]), names))
            if known[3] != names:
                sys.exit(f"generate: {'/'.join(names)} and {'/'.join(known[3])} have the same code {code}")
    return [(code, level, parent, name) for code, (level, parent, name, _) in areas.items()]


def print_registry(schools, out):
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow("code,level,parent,name,name_ar,ownership,locality,stage,valid_from,valid_to,lat,lon".split(","))
    for code, level, parent, name in areas_of(schools):
        writer.writerow((code, level, parent, name, "", "", "", "", "2000-01-01", "", "", ""))
    for s in schools:
        ward = area_code("W", 8, s.region, s.council, s.ward)
        writer.writerow((s.code, "school", ward, mended(s.name), "", s.ownership, "", "primary", "2000-01-01", "", "", ""))


def print_events(_schools, _out):
    """Nothing opens, closes or moves."""


def print_history(schools, out):
    print_registry(schools, out)


def print_calendar(out):
    submissions.print_calendar("tz", out)


def census_line(school):
    rows = [f'{{"grade":"{GRADES[a]}","age":"{age}","sex":"{sex}","pupils":{school.pupils[a][s]}}}'
            for a, age in enumerate(AGES) for s, sex in enumerate(SEXES) if school.pupils[a][s]]
    if not rows:
        rows = ['{"grade":"1","age":"6","sex":"m","pupils":0}']
    total = sum(m + f for m, f in school.pupils)
    return (f'{envelope("ENROL_CENSUS", school.code, SCHOOL_YEAR, "2022-04-14T09:00:00Z")}'
            f'"pupils_total":{total},"pupil":[{",".join(rows)}]}}}}\n')


def register_of(school):
    """[(grade, sex, pupils on the register)] of the grades that have pupils; one empty row for none at all."""
    register = {}
    for grade, counts in zip(GRADES, school.pupils):
        for sex, count in zip(SEXES, counts):
            if count:
                register[grade, sex] = register.get((grade, sex), 0) + count
    return [(grade, sex, count) for (grade, sex), count in sorted(register.items())] or [(1, "m", 0)]


def print_census(schools, out):
    for school in schools:
        out.write(census_line(school))


def print_attendance(schools, days, out):
    """Day after day, as they would come."""
    writers = [AttendanceWriter(school.code, register_of(school)) for school in schools]
    for day in days:
        out.writelines(writer.line(day) for writer in writers)
