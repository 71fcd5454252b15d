# SPDX-License-Identifier: Apache-2.0
"""
Rules that are a query, for tests/harness/findings.py: for each what trips it and what just does not, by hand; and what only the registry, the calendar or another
form changes afterwards, step by step, with the findings that there must then be.
"""

import math

from village import unit

YEAR, DAY, NEXT, SATURDAY, WEEK = "SY2022", "2022-03-07", "2022-03-08", "2022-03-12", "2022-W10"
VISITED = "2024-07-02"  # visits have positions since then
OPENED = "2022-02-28"
LATER = "2024-08-20T08:00:00Z"
EARTH = 6371000
HERE = (35.1, 44.2)
NORTH = {"near": 0.0044, "far": 0.0054, "south": -0.0044}  # degrees; 500 m are 0.0045


def school(code, parent="G1D1W2", valid_from=OPENED, **more):
    return unit(code, "school", parent, valid_from, **more)


SCHOOLS = [school("QD1", name="Al-Nour  School"), school("QD2", name="al nour SCHOOL"), school("QD3", "G1D2W2", name="Al Nour School"), school("QD4", name="Al Noor School"),
           school("QA1", name="مدرسة الأمل ١"), school("QA2", name="مدرسه الامل 1"),
           *(school(code) for code in ("QG1", "QG2", "QC1", "QC2", "QC3", "QP1", "QP2", "QP3", "QS1", "QS2")),
           *(school(code, lat=HERE[0], lon=HERE[1]) for code in ("QV1", "QV2", "QF1", "QF2")), school("QF3"),
           school("QH", "G1D1W1", stage="secondary"), school("QHP", "G1D1W1"), school("QHF", "G1D2W1", stage="secondary"),
           *(school(code) for code in ("QH1", "QH2", "QH3", "QH4"))]


def metres(north):
    return round(EARTH * math.radians(north))


def profile(sender, code, day=DAY, **more):
    sender.add("SCHOOL_PROFILE", code, day, {"name": code, "stage": "primary", "ownership": "government", "management": "ministry", "locality": "urban",
                                             "school_gender": "mixed", "medium": "ar", "shifts": 1, "parent": "G1D1W2", "is_yearly_confirmation": True, **more})


def moved(where):
    return round(HERE[0] + NORTH[where], 5)


def position(where):
    return {"lat": moved(where), "lon": HERE[1]}


def attendance(sender, code, day, shift, present=10):
    sender.add("ATT_DAILY", code, day, {"pupil": [{"grade": "1", "sex": "m", "present": present, "on_register": 40}]}, shift=shift)


def spot(sender, code, assessor, on_staff=True):
    sender.add("ASSESS_SPOT", code, WEEK, {"assessor_role": "teacher", "assessor_on_staff": on_staff, "assessed_on": NEXT, "sample": [
        {"grade": "2", "pupils_present": 1, "sampled": 1, "nipun": 1}], "pupil": [{"grade": "2", "pupil_no": 1, "sex": "f", "nipun": True}]},
        assessment_round="R1", assessor=assessor)


def revise(sender, code, revision, present):
    """As it comes, in whatever order."""
    sender.lines.append(sender.place.submission("ATT_DAILY", code, DAY, {"pupil": [{"grade": "1", "sex": "m", "present": present, "on_register": 40}]},
                                                revision, shift="morning"))


def visit(sender, code, where):
    """At once, for the others are of years before."""
    sender.flush()
    sender.add("VISIT", code, VISITED, where and {"status": "open", "visitor": "VIS-3", "visitor_role": "monitor", **position(where)}, version=2, visit_id="V")
    lines, sender.lines = sender.lines, []
    sender.place.send(lines, LATER)


def send(sender):
    for revision in (4, 2):
        revise(sender, "QG1", revision, 20 + revision)
    for revision in (1, 2):
        revise(sender, "QG2", revision, 20 + revision)
    attendance(sender, "QC1", SATURDAY, "morning")
    attendance(sender, "QC2", SATURDAY, "morning", 0)
    attendance(sender, "QC3", NEXT, "morning")
    sender.staff("QP1", 1, ("P1", None, None), ("P2", None, "2022-03-07"), ("P3", None, NEXT))
    sender.staff("QP2", 1, ("P5", None, None))
    for assessor in ("P1", "P2", "P3", "P4"):
        spot(sender, "QP1", assessor)
    spot(sender, "QP2", "P9", False)
    spot(sender, "QP3", "P9")  # a school without a list
    for code, shifts in (("QS1", 1), ("QS2", 2)):
        profile(sender, code, shifts=shifts)
        for day in (DAY, NEXT):
            attendance(sender, code, day, "morning")
        attendance(sender, code, NEXT, "evening")
        attendance(sender, code, "2022-03-04", "morning")  # before any profile
        attendance(sender, code, "2022-03-04", "evening")
    for code, where in (("QF1", "far"), ("QF2", "near"), ("QF3", "far")):  # QF3 has no registered position
        profile(sender, code, **position(where))
    for code, head in (("QH1", "QH"), ("QH2", "QHP"), ("QH3", "QHF"), ("QH4", "QHX")):
        profile(sender, code, cluster_head=head)
    sender.flush()
    visit(sender, "QV1", "far")
    visit(sender, "QV2", "near")


def pair(one, other, names):
    return {("SCHOOL_TWICE", code, YEAR, ""): {"name": name, "others": beside} for code, beside, name in ((one, other, names[0]), (other, one, names[1]))}


WANTED = {
    **pair("QD1", "QD2", ("Al-Nour  School", "al nour SCHOOL")),
    **pair("QA1", "QA2", ("مدرسة الأمل ١", "مدرسه الامل 1")),
    ("REVISION_GAP", "QG1", DAY, "ATT_DAILY morning"): {"gap": 2, "revision": 4},
    ("CLOSED_DAY", "QC1", SATURDAY, ""): {"present": 10, "reason": "weekend"},
    ("SPOT_POSTED", "QP1", WEEK, "R1|P2"): {"assessor": "P2", "assessed_on": NEXT},
    ("SPOT_POSTED", "QP1", WEEK, "R1|P4"): {"assessor": "P4", "assessed_on": NEXT},
    ("ATT_SHIFTS", "QS1", NEXT, ""): {"marked": 2, "shifts": 1},
    ("PROFILE_FAR", "QF1", DAY, ""): {"metres": metres(NORTH["far"])},
    ("VISIT_FAR", "QV1", VISITED, "V"): {"metres": metres(NORTH["far"])},
    **{("HEAD_SCHOOL", code, DAY, ""): {"head": head} for code, head in (("QH2", "QHP"), ("QH3", "QHF"), ("QH4", "QHX"))},
}


def import_days(place, *rows):
    path = f"{place.folder}/days.csv"
    with open(path, "w", encoding="utf-8") as file:
        file.write("kind,code,area,starts_on,ends_on,reason\n" + "".join(f"{row}\n" for row in rows))
    place.emis("calendar", "import", path)


def since(place, code, day, **more):
    """Rows of a school that is otherwise from that day on."""
    row = next(row for row in reversed(place.registry) if row["code"] == code)
    return [{**row, "valid_to": day}, {**row, "valid_from": day, **more}]


def again(place, code, **more):
    """The school as it was registered, with what was wrong."""
    return {**next(row for row in reversed(place.registry) if row["code"] == code), **more}


def step(place, what, wanted, compare, closed, opened):
    for key in closed:
        del wanted[key]
    wanted.update(opened)
    place.aggregate()
    compare(place, what, wanted)


def follow(place, sender, wanted, compare):
    """What opens and closes findings beside the form's own submissions; wanted: those that stand before."""
    wanted = dict(wanted)
    gap, caught_up, flooded = ("REVISION_GAP", "QG1", DAY, "ATT_DAILY morning"), ("CLOSED_DAY", "QC1", SATURDAY, ""), ("CLOSED_DAY", "QC3", NEXT, "")
    place.import_registry([again(place, "QD2", name="Al Qamar"), school("QD5", valid_from="2022-06-01", name="mádrasat"),
                           school("QD6", valid_from="2022-06-01", name="Madrasat"), *(again(place, code, lat=moved("far")) for code in ("QF1", "QF2", "QV1", "QV2")),
                           again(place, "QHP", stage="combined"), school("QHX", "G1D1W1", stage="secondary"), again(place, "QHF", parent="G1D1W1"), again(place, "QH", parent="G1D2W1")])
    import_days(place, f"open,,QC1,{SATURDAY},{SATURDAY},catching up", f"closed,,QC3,{NEXT},{NEXT},flood")
    revise(sender, "QG1", 1, 21)
    sender.staff("QP1", 2, ("P1", None, None), ("P2", None, NEXT), ("P3", None, "2022-03-07"), ("P4", None, None))
    sender.staff("QP3", 1, ("P8", None, None))
    profile(sender, "QS2", NEXT, shifts=1)
    profile(sender, "QS1", shifts=2)
    sender.flush()
    step(place, "names, schools, positions, heads, days, lists and profiles changed; an early revision came", wanted, compare,
         [*pair("QD1", "QD2", ("", "")), caught_up, *(("SPOT_POSTED", "QP1", WEEK, f"R1|{who}") for who in ("P2", "P4")), ("ATT_SHIFTS", "QS1", NEXT, ""),
          ("PROFILE_FAR", "QF1", DAY, ""), ("VISIT_FAR", "QV1", VISITED, "V"), *(("HEAD_SCHOOL", code, DAY, "") for code in ("QH2", "QH3", "QH4"))],
         {**pair("QD5", "QD6", ("mádrasat", "Madrasat")), gap: {"gap": 1, "revision": 4}, flooded: {"present": 10, "reason": "flood"},
          **{("SPOT_POSTED", code, WEEK, f"R1|{who}"): {"assessor": who, "assessed_on": NEXT} for code, who in (("QP1", "P3"), ("QP3", "P9"))},
          ("ATT_SHIFTS", "QS2", NEXT, ""): {"marked": 2, "shifts": 1}, ("HEAD_SCHOOL", "QH1", DAY, ""): {"head": "QH"}})
    place.import_registry([*since(place, "QD6", "2022-07-01", parent="G1D2W2"), *since(place, "QD3", "2022-07-01", parent="G1D1W2"),
                           *(again(place, code, lat=moved("south")) for code in ("QF2", "QV2"))])
    import_days(place, f"usual,,QC1,{SATURDAY},{SATURDAY},", f"usual,,QC3,{NEXT},{NEXT},")
    revise(sender, "QG1", 3, 23)
    sender.flush()
    far = {"metres": metres(NORTH["near"] - NORTH["south"])}
    step(place, "moved away, and to another of the same name; days as the calendar has them; every revision came", wanted, compare,
         [*pair("QD5", "QD6", ("", "")), gap, flooded],
         {**pair("QD1", "QD3", ("Al-Nour  School", "Al Nour School")), caught_up: {"present": 10, "reason": "weekend"},
          ("PROFILE_FAR", "QF2", DAY, ""): far, ("VISIT_FAR", "QV2", VISITED, "V"): far})


def cure(place, sender):
    """What is still found after that."""
    place.import_registry([again(place, "QD1", name="Al Hilal"), again(place, "QA2", name="Al Amal")])
    attendance(sender, "QC1", SATURDAY, "morning", 0)
    spot(sender, "QP1", "P3", False)
    sender.add("STAFF", "QP3", YEAR, None)
    profile(sender, "QS2", NEXT, shifts=2)
    profile(sender, "QF2", **position("south"))
    visit(sender, "QV2", None)
    profile(sender, "QH1", cluster_head="QHX")
