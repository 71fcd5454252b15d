# SPDX-License-Identifier: Apache-2.0
"""
Scenario: a school moves to a ward of another region in the middle of the five days, once by a REGISTRY_EVENT and once by an import; and submissions of
schools that are not registered heal by themselves once they are.

Environment: EMIS_MOVES_PARKED (10000).
"""

import os
import time

import village
from village import DAYS, areas, unit
from world import say

MOVED_ON = "2022-03-09"
WEEK_TIME = "2022-03-11T08:00:00Z"
E_REV_CONFLICT = "134"
E_REF_SCHOOL = "190"
STAYING = {"S1": "G1D1W1", "S2": "G1D1W2", "S3": "G1D2W1", "S4": "G2D1W1", "S5": "G2D2W2"}
BY_EVENT, BY_IMPORT = "M1", "M2"
FROM, TO = "G1D1W1", "G2D1W2"


def moved(code, row_from=FROM, row_to=TO):
    return [unit(code, "school", row_from, valid_to=MOVED_ON), unit(code, "school", row_to, MOVED_ON)]


def week(place, codes, days=None):
    return [place.attendance(code, day, 10 + number, 8 + position, 20 + number)
            for position, day in enumerate(days or DAYS) for number, code in enumerate(codes)]


def check(place, name):
    place.aggregate()
    dump = place.dump(name)
    place.compare(dump)
    place.check_ties()
    return dump


def school_sums(cells, area):
    """{period: pupils present} of an area."""
    return {key[3]: int(value[0]) for key, value in cells.items() if key[1] == area and key[4:] == ("ATT_STU", "total", "total") and value[0]}


def check_history(place):
    """The calendar came after the places: each stands on in a new row, the row before it is kept as it was but for its end."""
    times = "array['calendar_id', 'since_version', 'until_version']"
    kept, standing = place.psql.rows(f"select count(*) filter (where e.calendar_id is null and to_jsonb(e) - {times} = to_jsonb(p) - {times}), count(*) from ref.place p "
                                     "left join ref.place e on e.place_id = p.place_id and e.until_version = p.since_version "
                                     "where p.until_version is null and p.calendar_id is not null")[0]
    place.require(kept == standing != "0", f"{kept} of {standing} places keep the row from before the calendar")


def move_by_one_line(place):
    """The file names the day of the move alone: the school's past stays, and the file imported again changes nothing."""
    row = moved(BY_IMPORT)[1]
    path = f"{place.folder}/import.csv"
    village.write_registry(path, [row])
    for expected in ("1 places opened, 1 ended, 0 with another end, 0 withdrawn", "0 places opened, 0 ended, 0 with another end, 0 withdrawn"):
        said = place.emis("registry", "import", path).stdout
        place.require(expected in said, f"the move by one line says {said!r}, not {expected!r}")
    place.know(moved(BY_IMPORT))
    places = place.psql.rows("select valid_from, valid_to from ref.place join ref.unit using (unit_id) "
                             f"where code = '{BY_IMPORT}' and until_version is null order by 1")
    place.require(places == [["2000-01-01", MOVED_ON], [MOVED_ON, "infinity"]], f"places of {BY_IMPORT} after a file of one line: {places}")


def moves(place):
    rows = areas() + [unit(code, "school", ward) for code, ward in STAYING.items()]
    rows += [unit(BY_EVENT, "school", FROM), unit(BY_IMPORT, "school", FROM)]
    place.found(rows, [("ATT_DAILY", f"{DAYS[0]}..{DAYS[-1]}")])
    check_history(place)
    codes = [*STAYING, BY_EVENT, BY_IMPORT]
    place.send(week(place, codes, DAYS[:3]), WEEK_TIME)
    check(place, "three-days")

    event = place.submission("REGISTRY_EVENT", "K", "2022-03-09",
                             {"kind": "move", "subject": BY_EVENT, "effective_on": MOVED_ON, "parent": TO, "reason": "new road"}, event_id="E-1")
    place.send([event], "2022-03-10T06:00:00Z", counts=False)
    place.know(moved(BY_EVENT))
    check(place, "moved-by-event")
    states = place.psql.rows("select state, coalesce(unit_code, '') from control.registry_change where source = 'event'")
    place.require(states == [["applied", BY_EVENT]], f"registry changes of the event: {states}")

    place.send(week(place, codes, DAYS[3:]), WEEK_TIME)
    move_by_one_line(place)
    check(place, "five-days")

    # What comes late belongs where the school was on its day.
    place.send([place.attendance(code, day, 3, 4, 30, 2) for code in (BY_EVENT, BY_IMPORT) for day in DAYS], WEEK_TIME)
    dump = check(place, "corrected")
    cells = place.cells("sums")
    for code in (BY_EVENT, BY_IMPORT):
        mine = {key[2:4]: value[0] for key, value in cells.items() if key[1] == code and key[4:] == ("ATT_STU", "total", "total")}
        place.require(mine.get(("2000-01-01", "2022-03")) == "14" and mine.get((MOVED_ON, "2022-03")) == "21",
                      f"{code} has 2 days at its first place and 3 at its second: {sorted(mine.items())}")
        # Kept at the place where the school no longer was: nothing.
        wrong = [key for key in mine if key[1] in DAYS and (key[1] < MOVED_ON) != (key[0] == "2000-01-01")]
        place.require(not wrong, f"{code} has days at a place where it was not: {wrong}")
    place.check_that_comparison_can_fail(dump, lambda changed: place.compare(changed, expected=1))
    say("moved by an event and by an import: each day is where the school was")
    refused(place, cells)
    heal_one(place)
    heal_many(place)
    place.check_ledger()
    place.check_audit()


def refused(place, before):
    """An event that contradicts the registry stays open with a code and a pointer, and changes nothing."""
    event = place.submission("REGISTRY_EVENT", "K", "2022-03-09", {"kind": "move", "subject": "S1", "effective_on": MOVED_ON, "parent": "NOWHERE"},
                             event_id="E-2")
    place.send([event], "2022-03-10T06:00:00Z", counts=False)
    place.aggregate()
    rows = place.psql.rows("select state, code is not null, coalesce(pointer, '') <> '', coalesce(message, '') <> '' from control.registry_change "
                           "where source = 'event' and unit_code = 'S1'")
    place.require(rows == [["open", "t", "t", "t"]], f"the refused event in control.registry_change: {rows}")
    place.require(place.cells("refused") == before, "a refused event changed the mart")
    say("a refused event stays open with code and pointer")


def settled(place, codes="U%"):
    return place.psql.number("select count(*) from intake.held h where outcome = 'p' and settled_at is not null "
                             f"and convert_from(record_key, 'UTF8') like '{codes}'")


def heal_one(place):
    """With the daemon running: within 5 s of the registration the school's rows are in the mart."""
    place.send(week(place, ["U1"]), WEEK_TIME)
    held = place.psql.rows("select distinct outcome, code::text, cause from intake.held where convert_from(record_key, 'UTF8') = 'U1'")
    place.require(held == [["p", E_REF_SCHOOL, "unit:U1"]], f"the unregistered school's records: {held}")
    daemon = place.aggregator("aggregator")
    place.wait_for("the aggregator to report", 30, lambda: place.psql.number("select count(*) from control.worker where program = 'emis-aggregator' "
                                                                            f"and pid = {daemon.pid}") > 0)
    place.import_registry([unit("U1", "school", "G2D2W1")])
    took = place.wait_for("healed and in the mart", 30, lambda: place.psql.number(
        "select count(*) from mart.school_indicator join mart.dim_area using (area_key) join mart.dim_indicator i using (indicator_key) "
        "join mart.dim_period p using (period_key) where unit_code = 'U1' and i.code = 'ATT_STU' and cut_key = 0 and p.kind = 'day' "
        "and numerator is not null") == 5, 0.05)
    place.require(took is not None and took <= 5, f"the parked records of one school counted after {took} s, not within 5 s")
    if took is not None:
        say(f"parked records of a school count {took:.2f} s after its registration")
    place.require(settled(place, "U1") == 5, f"{settled(place, 'U1')} of 5 held records are settled")


def heal_many(place):
    """Many schools, five days each, and a contradicting second record for some: in offset order the first one counts."""
    count = int(os.environ.get("EMIS_MOVES_PARKED", "10000")) // len(DAYS)
    codes = [f"V{n:05d}" for n in range(count)]
    lines = week(place, codes)
    place.send(lines, WEEK_TIME)
    conflicting = [place.attendance(code, DAYS[0], 1, 1, 40) for code in codes[:100]]
    place.send(conflicting, WEEK_TIME, counts=False)
    expected = len(lines) + len(conflicting)
    parked = place.psql.number("select count(*) from intake.held where outcome = 'p' and settled_at is null")
    place.require(parked == expected, f"{parked} records are parked, not {expected}")
    causes = place.emis("parked", "list", "--json", check=False)
    place.require(causes.returncode == 0 and codes[0] in causes.stdout, f"emis parked list: exit status {causes.returncode}: {causes.stdout[-300:]}")
    place.import_registry([unit(code, "school", ("G1D1W1", "G1D2W2", "G2D1W1", "G2D2W2")[n % 4]) for n, code in enumerate(codes)])
    began = time.monotonic()
    took = place.wait_for("all parked records settled", 90, lambda: settled(place, "V%") == expected, 0.1)
    place.require(took is not None and took <= 30, f"{expected} parked records were settled after {took} s, not within 30 s")
    if took is not None:
        say(f"{expected} parked records healed in {took:.1f} s")
    backwards = place.psql.number("select count(*) from (select settled_at, lag(settled_at) over (partition by log_no, part order by kafka_offset) as before "
                                  "from intake.held where settled_at is not null and convert_from(record_key, 'UTF8') like 'V%') t "
                                  "where settled_at < before")
    place.require(backwards == 0, f"{backwards} held records were settled before one with a lower offset in their partition")
    fates = place.psql.rows("select settled_outcome, coalesce(settled_code::text, ''), count(*) from intake.held "
                            "where convert_from(record_key, 'UTF8') like 'V%' group by 1, 2 order by 1")
    place.require(fates == [["a", "", str(len(lines))], ["r", E_REV_CONFLICT, str(len(conflicting))]], f"fates of the parked records: {fates}")
    place.wait_for("nothing dirty", 60, lambda: place.dirty() == 0, 0.2)
    say(f"in the mart {time.monotonic() - began:.1f} s after their registration")
    place.compare(place.dump("healed"))
    place.check_ties()


if __name__ == "__main__":
    village.run(moves)
