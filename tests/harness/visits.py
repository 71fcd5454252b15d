# SPDX-License-Identifier: Apache-2.0
"""
The generated province: 57,158 monitoring visits over 18 months, July 2024 to December 2025, whose sums are known beforehand. Nothing in it was observed: names, codes
and visits all say "generated". What is real is the shape: the number of visits and the seven percentages of the province's report card (MEASURES, OFFICIAL_PERCENT).

How the answer is made exact. The visits come first, with what there is to count (rooms, toilets, staff in position, pupils on the register, points to be had), but not
how many of it were found in order. Then, for each of the seven measures and over all 18 months together:

1. the denominators are brought to a sum that 100 divides, by counting one more in the first few visits;
2. each row gets the province's percentage, shifted by its cluster (up to 20 points), its district (6), its month (4) and chance (6), and a numerator by it;
3. numerators go up or down by one, a row here and a row there, never below 0 or above the denominator, until their sum is the percentage of 1 to the unit.

So the province is exact while clusters, districts and months differ visibly. Visits by officials are dealt out in the same way: of the school-months in which a school
is functional, exactly 70 % get one. The rest of the 57,158 visits are monitors': to nearly every functional school each month, often twice, sometimes to a closed one.

Of each cluster's schools one does not function: its monthly report says closed, and so do the few visits to it. A functional school is found closed now and then.

Only random.random() of a seeded Mersenne Twister is used, whose numbers Python promises to keep: the same bytes on every machine.
"""

import datetime
import json
import random

VISITS = 57158
MONTHS = [f"{2024 + (6 + n) // 12}-{(6 + n) % 12 + 1:02d}" for n in range(18)]
DIVISIONS, DISTRICTS, CLUSTERS, SCHOOLS = 7, 5, 4, 10  # each of the one above
OFFICIAL_PERCENT = 70
SEED = 57158
STRIDE = 7919  # prime
MEASURES = {"rooms": 82, "toilet": 48, "teacher": 71, "non_teaching": 86, "pupil": 74, "environment": 36}
COUNTED = {"rooms": ("rooms_usable", "rooms"), "toilet": ("usable", "toilets"), "teacher": ("present", "in_position"),
           "non_teaching": ("present", "in_position"), "pupil": ("present", "on_register"), "environment": ("score", "score_max")}
ITEMS = ("teaching_aids", "participation", "displays")


class Chance(random.Random):
    def below(self, count):
        return int(self.random() * count)

    def between(self, first, last):
        return first + self.below(last - first + 1)

    def order(self, things):
        return [thing for _, _, thing in sorted((self.random(), place, thing) for place, thing in enumerate(things))]


class School:
    def __init__(self, chance, code, cluster, is_functional):
        self.code, self.cluster, self.is_functional = code, cluster, is_functional
        self.sex, self.toilet_user = ("f", "girls") if chance.below(3) == 0 else ("m", "boys")
        self.locality = "urban" if chance.below(4) == 0 else "rural"
        self.rooms = chance.between(1, 8)
        self.toilets = chance.between(0, 4)
        self.teachers = self.rooms + chance.between(0, 3)
        self.others = chance.between(0, 2)
        self.registers = [(grade, chance.between(6, 40)) for grade in ("1", "3", "5")[:1 + chance.below(3)]]


class Province:
    """areas: [(code, level, parent, name)]; schools; visits: [(school, month, document)]."""

    def __init__(self):
        self.chance = chance = Chance(SEED)
        self.areas, self.schools, self.visits = [("BAL", "province", "", "Generated province")], [], []
        for v in range(1, DIVISIONS + 1):
            self.areas.append((f"BAL{v}", "division", "BAL", f"Generated division {v}"))
            for d in range(1, DISTRICTS + 1):
                self.areas.append((f"BAL{v}{d}", "district", f"BAL{v}", f"Generated district {v}-{d}"))
                for c in range(1, CLUSTERS + 1):
                    cluster = f"BAL{v}{d}{c}"
                    self.areas.append((cluster, "cluster", cluster[:-1], f"Generated cluster {v}-{d}-{c}"))
                    self.schools += [School(chance, f"{cluster}-{s:02d}", cluster, s < SCHOOLS) for s in range(1, SCHOOLS + 1)]
        self.deal_visits()
        for measure, percent in MEASURES.items():
            self.count(measure, percent)

    # --- who is visited when ------------------------------------------------------------------------------------------

    def deal_visits(self):
        chance = self.chance
        functional = [(school, month) for school in self.schools for month in MONTHS if school.is_functional]
        official = self.choose(functional, OFFICIAL_PERCENT)
        for school, month in official:
            self.add_visit(school, month, "official" if chance.below(3) else "supervisor", True)
        for school in self.schools:
            for month in MONTHS:
                if school.is_functional and chance.below(20) > 0 or chance.below(4) == 0:
                    self.add_visit(school, month, "monitor", school.is_functional and chance.below(50) > 0)
        for school, month in chance.order(functional)[:VISITS - len(self.visits)]:
            self.add_visit(school, month, "monitor", True)
        assert len(self.visits) == VISITS
        self.visits.sort(key=lambda visit: (visit[2]["period"], visit[0].code))
        for number, (_, _, document) in enumerate(self.visits, 1):
            document["visit_id"] = f"GENERATED-{number:05d}"

    def choose(self, school_months, percent):
        """Exactly that percentage of them, more in some clusters than in others."""
        shifts = self.shifts()
        assert len(school_months) * percent % 100 == 0
        odds = sorted(((self.rate(shifts, school.cluster, month, percent) - 100 * self.chance.random(), place)
                       for place, (school, month) in enumerate(school_months)), reverse=True)
        return [school_months[place] for _, place in sorted(odds[:len(school_months) * percent // 100], key=lambda pair: pair[1])]

    def add_visit(self, school, month, role, is_open):
        first = datetime.date.fromisoformat(f"{month}-01")
        day = first + datetime.timedelta(days=self.chance.below(28))
        if day.weekday() == 6:
            day += datetime.timedelta(days=-1 if day.day > 1 else 1)
        self.visits.append((school, month, {"period": day.isoformat(), "data": self.found(school, role, is_open)}))

    @staticmethod
    def found(school, role, is_open):
        """What there is to be counted; how many were in order comes later."""
        data = {"status": "open" if is_open else "closed", "visitor": "generated", "visitor_role": role}
        if is_open:
            data.update(rooms=school.rooms, rooms_usable=0)
            data["toilet"] = [{"toilet_user": user, "toilets": number, "usable": 0}
                              for user, number in ((school.toilet_user, school.toilets), ("staff", school.toilets // 3)) if number]
            data["staff"] = [{"staff_type": kind, "in_position": number, "present": 0}
                             for kind, number in (("teacher", school.teachers), ("non_teaching", school.others)) if number]
            data["pupil"] = [{"grade": grade, "sex": school.sex, "on_register": number, "present": 0} for grade, number in school.registers]
            data["environment"] = [{"tle_item": item, "score": 0, "score_max": 5 * (1 + place)} for place, item in enumerate(ITEMS[:1 + role.startswith("m")])]
        return data

    # --- what was found in order --------------------------------------------------------------------------------------

    def shifts(self):
        """{cluster, district or month: points of a hundred}."""
        chance = self.chance
        shifts = {code: chance.between(-20, 20) if level == "cluster" else chance.between(-6, 6) for code, level, _, _ in self.areas}
        shifts.update((month, chance.between(-4, 4)) for month in MONTHS)
        return shifts

    @staticmethod
    def rate(shifts, cluster, month, percent):
        return percent + shifts[cluster] + shifts[cluster[:-1]] + shifts[month]

    def rows(self, measure):
        """[(cluster, month, row)] of a measure, over all visits."""
        for school, month, document in self.visits:
            data = document["data"]
            if measure == "rooms":
                rows = [data] if "rooms" in data else []
            elif measure in ("teacher", "non_teaching"):
                rows = [row for row in data.get("staff", ()) if row["staff_type"] == measure]
            else:
                rows = data.get(measure, ())
            for row in rows:
                yield school.cluster, month, row

    def count(self, measure, percent):
        over, under = COUNTED[measure]
        rows, shifts = list(self.rows(measure)), self.shifts()
        odd = sum(row[under] for _, _, row in rows) % 100
        for _, _, row in rows[:100 - odd] if odd else ():
            row[under] += 1
        for cluster, month, row in rows:
            exact = row[under] * min(98, max(2, self.rate(shifts, cluster, month, percent) + self.chance.between(-6, 6)))
            row[over] = (exact + self.chance.below(100)) // 100
        short = sum(row[under] for _, _, row in rows) * percent // 100 - sum(row[over] for _, _, row in rows)
        step, place = 1 if short > 0 else -1, 0
        while short != 0:
            row = rows[place % len(rows)][2]
            if 0 <= row[over] + step <= row[under]:
                row[over] += step
                short -= step
            place += STRIDE

    # --- as files -----------------------------------------------------------------------------------------------------

    def visit_lines(self, submitted_at):
        for number, (school, _, document) in enumerate(self.visits, 1):
            yield line("VISIT", 2, school.code, document["period"], number, submitted_at, document["data"], visit_id=document["visit_id"])

    def report_lines(self, submitted_at):
        """Each school's monthly report: whether it functions."""
        number = VISITS
        for month in MONTHS:
            for school in self.schools:
                number += 1
                data = {"status": "open" if school.is_functional else "closed", "connection_planned": False, "contacts_last_7_days": 0,
                        "pupils_on_roll": sum(pupils for _, pupils in school.registers) if school.is_functional else 0,
                        "teachers_in_position": school.teachers if school.is_functional else 0}
                yield line("SERVICE", 1, school.code, month, number, submitted_at, data)


def line(form, version, unit, period, number, submitted_at, data, **parts):
    return json.dumps({"submission_id": f"{number:08x}-0000-4000-8000-000000057158", "form": form, "version": version, "unit": unit, "period": period, **parts,
                       "revision": 1, "submitted_at": submitted_at, "sender": "generated", "data": data}, separators=(",", ":")) + "\n"
