# SPDX-License-Identifier: Apache-2.0
"""What the sample countries have in common: submissions as text, and who is absent on a day."""

import hashlib
import json
import os

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SEXES = ("m", "f")
PUPILS_PER_TEACHER = 45
TEACHERS_PER_AIDE = 10


def print_calendar(country, out):
    """The calendar that the catalogue has of a country."""
    with open(os.path.join(ROOT, "catalogue/countries", country, "calendar.csv"), encoding="utf-8", newline="") as file:
        out.write(file.read())


def submission_id(*names):
    """A name-based UUID (version 5 layout, over SHA-256) of what the submission is about."""
    h = hashlib.sha256(("emis-sample/" + "/".join(names)).encode()).hexdigest()
    return f"{h[:8]}-{h[8:12]}-5{h[13:16]}-{'89ab'[int(h[16], 16) & 3]}{h[17:20]}-{h[20:32]}"


def envelope(form, unit, period, submitted_at, shift="full"):
    uuid = submission_id(form, unit, period, shift, "1")
    return (f'{{"submission_id":"{uuid}","form":"{form}","version":1,"unit":"{unit}","period":"{period}",'
            f'"shift":"{shift}","revision":1,"submitted_at":"{submitted_at}","sender":"sample","data":{{')


def event(unit, event_id, day, submitted_at, data):
    """A change of the registry, as a submission of the area that decides it."""
    value = {"submission_id": submission_id("REGISTRY_EVENT", unit, event_id), "form": "REGISTRY_EVENT", "version": 1, "unit": unit, "period": day,
             "event_id": event_id, "revision": 1, "submitted_at": submitted_at, "sender": "sample", "data": data}
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"


def staff_of(code, pupils):
    """[(staff type, sex, in position)]; which sex has the odd one differs from school to school."""
    teachers = -(-pupils // PUPILS_PER_TEACHER)
    aides = max(1, teachers // TEACHERS_PER_AIDE)
    odd = sum(code.encode()) & 1
    staff = [("teacher", "m", (teachers + odd) // 2), ("teacher", "f", (teachers + 1 - odd) // 2),
             ("non_teaching", "m", (aides + odd) // 2), ("non_teaching", "f", (aides + 1 - odd) // 2)]
    return [row for row in staff if row[2]]


def absent(count, share, rounding):
    """About 8 % of count: a share of 0 to 16 % from one random byte, rounded up or down by the other."""
    return (count * share * 16 + rounding * 100) // 25600


class AttendanceWriter:
    """Fills in one school's day after day, or one shift's of it; only who is absent differs."""

    def __init__(self, code, register, time="07:30", shift="full"):
        """register: [(grade, sex, pupils on the register)]."""
        self.code, self.time, self.shift = code, time, shift
        self.name = code if shift == "full" else f"{code}/{shift}"
        self.pupils = [(f'{{"grade":"{grade}","sex":"{sex}","on_register":{count},"present":', count)
                       for grade, sex, count in register]
        self.staff = [(f'{{"staff_type":"{kind}","sex":"{sex}","in_position":{count},"present":', count)
                      for kind, sex, count in staff_of(code, sum(count for _, _, count in register))]

    def line(self, day):
        noise = iter(hashlib.blake2b(f"{self.name}/{day}".encode()).digest())
        present = [count - absent(count, next(noise), next(noise)) for _, count in self.pupils]
        pupils = ",".join([f"{head}{n}}}" for (head, _), n in zip(self.pupils, present)])
        staff = ",".join([f"{head}{count - absent(count, next(noise), next(noise))}}}" for head, count in self.staff])
        return (f'{envelope("ATT_DAILY", self.code, day, f"{day}T{self.time}:00Z", self.shift)}'
                f'"pupils_present":{sum(present)},"pupil":[{pupils}],"staff":[{staff}]}}}}\n')
