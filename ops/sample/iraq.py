# SPDX-License-Identifier: Apache-2.0
"""Iraq: real governorates, districts and sub-districts in Arabic and English; generated schools in one or two shifts; Halabja's split."""

import csv
import hashlib
import os
import sys

import submissions
from submissions import ROOT, SEXES, AttendanceWriter, envelope, event

SOURCE = os.path.join(ROOT, "tests/fixtures/iraq-admin/iraq_orgunits.csv")
SCHOOL_YEAR = "SY2024"
STAGES = (("primary", range(1, 7)), ("primary", range(1, 7)), ("intermediate", range(7, 10)), ("secondary", range(10, 13)))
SHIFTS = {"morning": "07:30", "evening": "13:30"}  # when a shift reports, UTC
SCHOOL_DAYS = (6, 0, 1, 2, 3)  # Sunday to Thursday
DEMO_DAYS = "2025-04-13..2025-04-17"
SPLIT_ON = "2025-04-15"
OLD, NEW, LEAVING = "IQG06", "IQG19", "IQG06Q05"  # Al-Sulaymaniyah; Halabja, and the district that goes with it


class School:
    """A generated one; register[shift] = [(grade, sex, pupils)]."""

    def __init__(self, area, number):
        digest = hashlib.blake2b(f"{area['code']}/{number}".encode()).digest()
        self.area, self.number, self.code = area["code"], number, f"{area['code']}-S{number}"
        self.name = f"Generated school {number} of {area['name_en']}"
        self.name_ar = f"المدرسة المولدة {number} في {area['name_ar']}"
        self.stage, grades = STAGES[number - 1]
        noise = iter(digest[1:])
        self.register = {shift: [(grade, sex, 5 + next(noise) % 30) for grade in grades for sex in SEXES]
                         for shift in (SHIFTS if digest[0] & 1 else ("morning",))}

    def pupils(self):
        return sum(count for rows in self.register.values() for _, _, count in rows)


class Schools(list):
    """The schools, and the areas above them."""


def read_schools(path, governorate_count):
    try:
        with open(path or SOURCE, encoding="utf-8", newline="") as file:
            areas = list(csv.DictReader(file))
    except OSError as error:
        sys.exit(f"generate: could not read {path or SOURCE}: {error}")
    kept = [area["code"] for area in areas if area["level"] == "governorate"][:governorate_count]
    areas = [area for area in areas if area["level"] == "country" or area["code"][:5] in kept]
    schools = Schools(School(area, number) for area in areas if area["level"] == "subdistrict"
                      for number in range(1, 3 + hashlib.blake2b(area["code"].encode()).digest()[0] % 3))
    schools.areas = areas
    return schools


def print_registry(schools, out, has_split=False):
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow("code,level,parent,name,name_ar,ownership,locality,stage,valid_from,valid_to,lat,lon,shifts".split(","))
    for area in schools.areas:
        row = [area["code"], area["level"], area["parent_code"], area["name_en"], area["name_ar"], "", "", "", "2000-01-01", "", area["lat"], area["lon"], ""]
        if has_split and area["code"] == LEAVING:
            writer.writerow(row[:9] + [SPLIT_ON] + row[10:])
            row[2], row[8] = NEW, SPLIT_ON
        writer.writerow(row)
        if has_split and area["code"] == OLD:
            writer.writerow([NEW, *row[1:3], "Halabja", "حلبجة", *row[5:8], SPLIT_ON, *row[9:]])
    for school in schools:
        writer.writerow((school.code, "school", school.area, school.name, school.name_ar, "government", "", school.stage, "2000-01-01", "", "", "",
                         "double" if len(school.register) == 2 else "single"))


def print_history(schools, out):
    """The registry as the events leave it."""
    print_registry(schools, out, True)


def print_calendar(out):
    submissions.print_calendar("iq", out)


def age_of(grade):
    return str(grade + 5) if grade <= 8 else "above_13"


def print_census(schools, out):
    for school in schools:
        for shift, register in school.register.items():
            rows = ",".join(f'{{"grade":"{grade}","age":"{age_of(grade)}","sex":"{sex}","pupils":{count}}}' for grade, sex, count in register)
            out.write(f'{envelope("ENROL_CENSUS", school.code, SCHOOL_YEAR, "2024-10-20T09:00:00Z", shift)}'
                      f'"pupils_total":{sum(count for _, _, count in register)},"pupil":[{rows}]}}}}\n')


def print_attendance(schools, days, out):
    """Day after day, the morning's shift before the evening's, as they would come."""
    writers = {shift: [AttendanceWriter(school.code, school.register[shift], time, shift) for school in schools if shift in school.register]
               for shift, time in SHIFTS.items()}
    for day in days:
        for shift in SHIFTS:
            out.writelines(writer.line(day) for writer in writers[shift])


def print_events(schools, out):
    """The governorate is split, then the district goes under the new one; the parts' weights are their pupils."""
    there = sum(school.pupils() for school in schools if school.area.startswith(LEAVING))
    both = sum(school.pupils() for school in schools if school.area.startswith(OLD))
    if not there:
        return
    weight = max(1, round(100 * there / both))
    out.write(event("IQ", "HALABJA-1", SPLIT_ON, f"{SPLIT_ON}T06:00:00Z", {
        "kind": "split", "subject": OLD, "effective_on": SPLIT_ON, "reason": "Halabja becomes a governorate", "part": [
            {"unit": OLD, "name": "Al-Sulaymaniyah", "name_ar": "السليمانية", "weight_percent": 100 - weight},
            {"unit": NEW, "name": "Halabja", "name_ar": "حلبجة", "weight_percent": weight}]}))
    out.write(event("IQ", "HALABJA-2", SPLIT_ON, f"{SPLIT_ON}T06:05:00Z", {
        "kind": "move", "subject": LEAVING, "effective_on": SPLIT_ON, "parent": NEW, "reason": "Halabja becomes a governorate"}))
