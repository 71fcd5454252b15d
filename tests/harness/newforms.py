# SPDX-License-Identifier: Apache-2.0
"""
Scenario: two forms and their indicators that nobody has heard of, written as JSON files into a copy of the catalogue, are migrated under a running worker,
fed and aggregated; the numbers are those that this script works out. Their names occur in no other file of the tree.
Then definitions change: some end, some get a second version or lose a period kind, and nothing of what they no longer want is left.
"""

import json
import os
import shutil
import subprocess

import village
from village import ROOT, areas, unit
from world import say

CLUB, GRANT = "QALAMCLUB", "QALAMGRANT"  # of a school, monthly; of a district, quarterly
FIELDS = 300
MONTHS = ("2022-02", "2022-03")
QUARTER = "2022-Q1"
SCHOOLS = {"S1": "G1D1W1", "S2": "G1D1W2", "S3": "G1D2W1", "S4": "G2D1W1", "S5": "G2D2W2"}
KINDS = ("chess", "choir", "garden")
TIME = "2022-04-05T08:00:00Z"
TURN = "2022-03-01"  # what changes in time changes then


def indicator(code, roll_up, form, group, numerator, denominator=None, cuts=(), where=None, periods=("month", "quarter", "school_year")):
    document = {"code": code, "version": 1, "valid_from": "2000-01-01", "class": roll_up, "unit": "n" if denominator is None else "ratio", "factor": 1,
                "decimals": 2, "direction": 1, "form": form, "group": group, "numerator": numerator, "cuts": list(cuts), "day_cuts": [],
                "periods": list(periods), "definition": f"{code} of a scenario.", "source": "a scenario"}
    if denominator is not None:
        document["denominator"] = denominator
    if where is not None:
        document["where"] = where
    return document


def derived(code, over, under):
    document = indicator(code, "D", "", "", "over", "under")
    document["values"] = {"over": {"indicator": over}, "under": {"indicator": under}}
    del document["form"], document["group"]
    return document


def forms():
    common = {"version": 1, "valid_from": "2000-01-01", "school_days_only": False, "registry_event": False}
    club = {**common, "code": CLUB, "period_kind": "month", "unit_levels": ["school"], "owed": "ownership = 'government'", "key_parts": [],
            "deadline": {"from": "end", "days": 10, "time": "12:00"},
            "groups": [
                {"code": "form", "rows": "one", "fields": [
                    {"name": "members", "type": "int", "min": 0, "max": 10000},
                    {"name": "fees", "type": "decimal", "scale": 2, "min": 0, "max": 100000, "required": False, "missing": "there are no fees"},
                    {"name": "dues", "type": "decimal", "scale": 2, "min": 0, "max": 100000, "required": False, "missing": "there are no fees"}]},
                {"code": "meeting", "rows": "many", "rows_max": 20, "keys": [{"name": "club_kind", "type": "code", "list": "qalam_kind"}],
                 "fields": [{"name": "held", "type": "int", "min": 0, "max": 100}, {"name": "planned", "type": "int", "min": 0, "max": 100}]}],
            "rules": [{"code": "QALAM_HELD", "group": "meeting", "check": "held <= planned", "severity": "reject", "error": "E_RULE", "pointer": "/held"}]}
    grant = {**common, "code": GRANT, "period_kind": "quarter", "unit_levels": ["district"], "owed": True, "key_parts": [],
             "groups": [{"code": "form", "rows": "one",
                         "fields": [{"name": f"item{n:03d}", "type": "int", "min": 0, "max": 1000000} for n in range(1, FIELDS + 1)]}]}
    return [club, grant]


def indicators():
    return [
        indicator("QALAM_MEMBERS", "C", CLUB, "form", "members", cuts=["ownership"]),
        indicator("QALAM_PAID", "R", CLUB, "form", "fees", "dues"),
        indicator("QALAM_HELD_RATE", "R", CLUB, "meeting", "held", "planned", cuts=["qalam_kind"]),
        indicator("QALAM_LARGE", "S", CLUB, "form", "members >= 30"),
        indicator("QALAM_SUM", "C", GRANT, "form", f"item001 + item{FIELDS:03d}", periods=("quarter", "school_year")),
        indicator("QALAM_SPENT", "R", GRANT, "form", "item002", "item003", periods=("quarter",)),
        derived("QALAM_SHARE", "QALAM_MEMBERS", "QALAM_LARGE"),
    ]


def labels(language):
    text = {f"form.{CLUB}": "Clubs", f"group.{CLUB}.form": "Clubs", f"group.{CLUB}.meeting": "Meetings", f"field.{CLUB}.form.members": "Members",
            f"field.{CLUB}.form.fees": "Fees paid", f"field.{CLUB}.form.dues": "Fees due",
            f"field.{CLUB}.meeting.club_kind": "Kind", f"field.{CLUB}.meeting.held": "Held",
            f"field.{CLUB}.meeting.planned": "Planned", "rule.QALAM_HELD": "Held are not more than planned", "list.qalam_kind": "Kind of club",
            f"form.{GRANT}": "Grants", f"group.{GRANT}.form": "Grants"}
    text.update({f"code.qalam_kind.{kind}": kind.capitalize() for kind in KINDS})
    text.update({f"field.{GRANT}.form.item{n:03d}": f"Item {n}" for n in range(1, FIELDS + 1)})
    text.update({f"indicator.{document['code']}": document["code"].title() for document in indicators()})
    return {key: f"{value} ({language})" for key, value in text.items()}


def write(folder, path, document):
    with open(os.path.join(folder, path), "w", encoding="utf-8") as file:
        json.dump(document, file, ensure_ascii=False, indent=1)


def write_catalogue(folder):
    shutil.copytree(f"{ROOT}/catalogue", folder)
    write(folder, "codelists/qalam_kind.json", {"code": "qalam_kind", "codes": list(KINDS)})
    for form in forms():
        write(folder, f"forms/{form['code']}.v1.json", form)
    for document in indicators():
        write(folder, f"indicators/{document['code']}.v1.json", document)
    for language in {name.split(".")[0] for name in os.listdir(f"{folder}/labels")}:
        write(folder, f"labels/{language}.qalam.json", labels(language))


def change_indicator(folder, code, **changes):
    """Version 1 with changes; None removes a member."""
    with open(f"{folder}/indicators/{code}.v1.json", encoding="utf-8") as file:
        document = {**json.load(file), **changes}
    write(folder, f"indicators/{code}.v{document['version']}.json", {name: value for name, value in document.items() if value is not None})


def change_definitions(folder):
    """A second version, one of them of another form; ends; fewer period kinds; the same of what counts submissions."""
    change_indicator(folder, "QALAM_MEMBERS", version=2, valid_from=TURN, numerator="members * 2", cuts=[])
    change_indicator(folder, "QALAM_MEMBERS", valid_to=TURN)
    change_indicator(folder, "QALAM_SHARE", version=2, valid_from=TURN, periods=["quarter"],
                     values={"over": {"indicator": "QALAM_SUM"}, "under": {"indicator": "QALAM_SPENT"}})
    change_indicator(folder, "QALAM_SHARE", valid_to=TURN)
    change_indicator(folder, "QALAM_LARGE", valid_to=TURN)
    change_indicator(folder, "QALAM_PAID", periods=["month", "school_year"])
    change_indicator(folder, "RPT_ONTIME", valid_to=TURN)
    change_indicator(folder, "RPT_COMPL", periods=["day", "week", "term", "school_year"])


def club(place, code, month, members, fees, meetings, revision=1):
    data = {"members": members, "meeting": [{"club_kind": kind, "held": held, "planned": planned} for kind, (held, planned) in meetings.items()]}
    if fees is not None:
        data.update(fees=fees, dues="2000.50")
    return place.submission(CLUB, code, month, data, revision, submitted_at="2022-04-05T07:00:00Z")


def grant(place, code, numbers, revision=1):
    return place.submission(GRANT, code, QUARTER, {f"item{n:03d}": numbers(n) for n in range(1, FIELDS + 1)}, revision, submitted_at="2022-04-05T07:00:00Z")


def stored(cells, level, area, period, code, cut=("total", "total")):
    return next((value[:2] for key, value in cells.items() if key[:2] == (level, area) and key[3:] == (period, code, *cut)), None)


def expect(place, what, got, wanted):
    place.require(got == wanted, f"{what}: {got}, not {wanted}")


def feed(place):
    """{(school, month): (members, cents or None)} that count."""
    counts, lines = {}, []
    for position, month in enumerate(MONTHS):
        for number, code in enumerate(SCHOOLS):
            members, cents = 10 * number + position, None if number == 2 else 1050 * number + 25
            fees = None if cents is None else f"{cents // 100}.{cents % 100:02d}"
            counts[code, month] = (members, cents)
            lines.append(club(place, code, month, members, fees, {kind: (n + number, 10 + n) for n, kind in enumerate(KINDS[:1 + number % 3])}))
    lines.append(club(place, "S1", MONTHS[1], 77, "1.5", {"chess": (1, 4)}, 2))
    counts["S1", MONTHS[1]] = (77, 150)
    for number, district in enumerate(("G1D1", "G1D2", "G2D1")):
        lines.append(grant(place, district, lambda n, number=number: 1000 * number + n))
    place.send(lines, TIME)
    refused = club(place, "S1", MONTHS[0], 5, None, {"choir": (9, 3)}, 2)
    place.send([refused, grant(place, "S1", lambda n: n)], TIME, counts=False)
    return counts


def check_numbers(place, counts):
    cells = place.cells("newforms")
    for month in MONTHS:
        members = {code: counts[code, month][0] for code in SCHOOLS}
        expect(place, f"members of K in {month}", stored(cells, "country", "K", month, "QALAM_MEMBERS"), (str(sum(members.values())), ""))
        expect(place, f"members of G1 in {month}", stored(cells, "governorate", "G1", month, "QALAM_MEMBERS"),
               (str(sum(members[code] for code in ("S1", "S2", "S3"))), ""))
        paid = [counts[code, month][1] for code in SCHOOLS if counts[code, month][1] is not None]
        expect(place, f"fees of K in {month}", stored(cells, "country", "K", month, "QALAM_PAID"), (str(sum(paid)), str(200050 * len(paid))))
        large = sum(number >= 30 for number in members.values())
        expect(place, f"large clubs in {month}", stored(cells, "country", "K", month, "QALAM_LARGE"), (str(large), "5"))
    quarter = sum(members for members, _ in counts.values())
    expect(place, "members of K in the quarter", stored(cells, "country", "K", QUARTER, "QALAM_MEMBERS"), (str(quarter), ""))
    expect(place, "sum of the grants", stored(cells, "country", "K", QUARTER, "QALAM_SUM"), (str(2 * 3000 + 3 * (1 + FIELDS)), ""))
    expect(place, "grants of G1", stored(cells, "governorate", "G1", QUARTER, "QALAM_SPENT"), (str(1000 + 2 * 2), str(1000 + 2 * 3)))
    expect(place, "grants of G2D1", stored(cells, "district", "G2D1", QUARTER, "QALAM_SUM"), (str(4000 + 1 + FIELDS), ""))


def redefine(place, catalogue, counts):
    """Cells that no definition wants any more are gone; were one left, the auditor would tell."""
    change_definitions(catalogue)
    place.emis("catalogue", "check", catalogue)
    place.emis("db", "migrate", "--catalogue", catalogue)
    place.aggregate()
    cells = place.cells("redefined")
    left = {(key[4], key[3]) for key in cells}
    gone = {("QALAM_LARGE", MONTHS[1]), ("QALAM_SHARE", MONTHS[1]), ("QALAM_PAID", QUARTER), ("RPT_ONTIME", MONTHS[1]),
            *(("RPT_COMPL", month) for month in MONTHS)}
    expect(place, "cells that no definition wants", left & gone, set())
    wanted = {("QALAM_LARGE", MONTHS[0]), ("QALAM_LARGE", QUARTER), ("QALAM_SHARE", MONTHS[0]), ("QALAM_SHARE", QUARTER), ("QALAM_PAID", MONTHS[1]),
              ("QALAM_PAID", "SY2022"), ("RPT_ONTIME", MONTHS[0]), ("RPT_COMPL", "SY2022")}
    expect(place, "cells that the definitions still want and are not there", wanted - left, set())
    for month, factor in zip(MONTHS, (1, 2)):
        members = sum(counts[code, month][0] for code in SCHOOLS)
        expect(place, f"members of K in {month} as defined then", stored(cells, "country", "K", month, "QALAM_MEMBERS"), (str(factor * members), ""))
    place.compare(place.dump("redefined-end"), catalogue)
    place.check_audit()


def check_that_a_refresh_is_idle(place):
    """Two versions share no cell: refreshing all again touches none."""
    number = "select count(*) from mart.indicator where computed_at > (select max(since) from t_idle)"
    place.psql.rows("create table t_idle as select now() as since")
    place.psql.rows("insert into control.dirty (lane, form_id, period_id, unit_id) select distinct p.lane, c.form_id, c.period_id, 0 "
                    "from intake.current c cross join ref.place p where p.until_version is null and p.level_no >= 1")
    place.aggregate()
    expect(place, "cells written again", place.psql.number(number), 0)
    place.psql.rows("drop table t_idle")


def check_that_the_audit_sees(place, code, period, like):
    """A cell as it stood before its definition ended: a copy of another period's."""
    key = f"period_key = (select period_key from mart.dim_period where code = '{period}') " \
          f"and indicator_key = (select indicator_key from mart.dim_indicator where code = '{code}')"
    place.psql.rows("insert into mart.school_indicator (period_key, indicator_key, cut_key, area_key, numerator, denominator, n_expected, n_reported, status, "
                    "definition_version, computed_at) select p.period_key, m.indicator_key, m.cut_key, m.area_key, m.numerator, m.denominator, m.n_expected, "
                    "m.n_reported, m.status, m.definition_version, m.computed_at from mart.school_indicator m join mart.dim_indicator i using (indicator_key) "
                    "join mart.dim_period l on l.period_key = m.period_key join mart.dim_period p on "
                    f"p.code = '{period}' where i.code = '{code}' and l.code = '{like}' limit 1")
    expect(place, f"planted {code} of {period}", place.psql.number(f"select count(*) from mart.school_indicator where {key}"), 1)
    result = place.emis("audit", "run", "--all", check=False)
    place.require(result.returncode == 1, f"a cell of {code} in {period} that nothing wants: emis audit run --all exits {result.returncode}")
    place.psql.rows(f"delete from mart.school_indicator where {key}")


def check_names():
    """Files of the tree that hold one of the names."""
    this = "tests/harness/newforms.py"
    names = [argument for name in (CLUB, GRANT, "QALAM_", "qalam_kind") for argument in ("-e", name)]
    if os.path.isdir(f"{ROOT}/.git"):
        command = ["git", "-C", ROOT, "grep", "--untracked", "-l", "-i", *names]
    else:
        command = ["grep", "-rliI", "--exclude-dir=build", *names, ROOT]
    found = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False).stdout.split()
    return [path for path in found if not path.endswith(this)], found


def newforms(place):
    others, found = check_names()
    place.require(found and not others, f"the names occur elsewhere: {others or 'or not even here'}")
    rows = areas() + [unit(code, "school", ward) for code, ward in SCHOOLS.items()]
    place.found(rows)
    early = club(place, "S1", MONTHS[0], 1, None, {})
    place.send([early], TIME, counts=False)
    unknown = place.psql.rows("select outcome, code::text from intake.ledger")
    expect(place, "a form before it is in the catalogue", unknown, [["r", "136"]])
    catalogue = f"{place.folder}/catalogue"
    write_catalogue(catalogue)
    place.emis("catalogue", "check", catalogue)
    place.emis("db", "migrate", "--catalogue", catalogue)
    for month in MONTHS:
        place.emis("period", "open", CLUB, month)
    place.emis("period", "open", GRANT, QUARTER)
    columns = place.psql.number(f"select count(*) from pg_attribute where attrelid = 'core.{GRANT.lower()}_form'::regclass and attnum > 3")
    expect(place, "columns of the district's form", columns, FIELDS)
    counts = feed(place)
    outcomes = place.psql.rows("select outcome, coalesce(code::text, ''), count(*) from intake.ledger group by 1, 2 order by 1, 2")
    expect(place, "outcomes", outcomes, [["a", "", str(5 * 2 + 1 + 3)], ["r", "136", "1"], ["r", "181", "1"], ["r", "192", "1"]])
    place.aggregate()
    check_numbers(place, counts)
    dump = place.dump("end")
    place.compare(dump, catalogue)
    place.check_that_comparison_can_fail(dump, lambda changed: place.compare(changed, catalogue, expected=1))
    place.check_ties()
    redefine(place, catalogue, counts)
    check_that_a_refresh_is_idle(place)
    for code, period, like in (("QALAM_LARGE", MONTHS[1], MONTHS[0]), ("QALAM_PAID", QUARTER, "SY2022"), ("RPT_ONTIME", MONTHS[1], MONTHS[0])):
        check_that_the_audit_sees(place, code, period, like)
    say(f"{CLUB} and {GRANT} with {FIELDS} fields are forms like any other")
    place.check_everything()


if __name__ == "__main__":
    village.run(newforms)
