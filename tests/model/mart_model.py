# SPDX-License-Identifier: Apache-2.0
"""Every cell from the submissions sent, the registry, the calendar and the catalogue's JSON files."""

import csv
import datetime
import json
import math
import os
from decimal import Decimal
from fractions import Fraction

from comparison import TOTAL, open_text, status_of, text_of
from form_rules import FormRules
from row_expression import row_function

FOREVER = "9999-12-31"
KINDS = ("day", "week", "month", "quarter", "term", "school_year")


# ---- places

class Place:
    """A unit in one position with one set of attributes, from start to the day before end."""

    __slots__ = ("unit", "level", "parent", "attributes", "start", "end", "cells", "sums")

    def __init__(self, unit, level, parent, attributes, start, end):
        self.unit, self.level, self.parent, self.attributes = unit, level, parent, attributes
        self.start, self.end = start, end
        self.sums = {}  # (period, indicator derived at a level and summed above it) -> [numerator, denominator, expected, reported]
        self.cells = {}  # (period, indicator) -> {(dimension, member): [numerator, denominator, expected, reported]}


def read_registry(path, levels, attributes):
    """{unit code: its places in order of time}; a unit's row is cut wherever its parent's place changes."""
    rows = {}
    with open_text(path) as file:
        for row in csv.DictReader(file):
            rows.setdefault(row["code"], []).append(row)
    places = {}
    for code in sorted(rows, key=lambda code: levels.index(rows[code][0]["level"])):
        mine = []
        for row in sorted(rows[code], key=lambda row: row["valid_from"]):
            start, end = row["valid_from"], row["valid_to"] or FOREVER
            values = {name: row.get(name) or None for name in attributes}
            for parent in places[row["parent"]] if row["parent"] else [None]:
                first = max(start, parent.start) if parent else start
                last = min(end, parent.end) if parent else end
                if first >= last:
                    continue
                before = mine[-1] if mine else None
                if before and before.end == first and before.parent is parent and before.attributes == values:
                    before.end = last
                else:
                    mine.append(Place(code, row["level"], parent, values, first, last))
        places[code] = mine
    return places


def nearest(place, by_area, otherwise):
    """What the nearest area has, the unit itself first."""
    while place and by_area:
        if place.unit in by_area:
            return by_area[place.unit]
        place = place.parent
    return otherwise


def place_on(places, day):
    for place in places:
        if place.start <= day < place.end:
            return place
    return None


# ---- periods and calendars

CALENDAR_COLUMNS = ("kind", "code", "area", "starts_on", "ends_on", "reason")  # others are attributes


class Calendar:
    def __init__(self, path):
        self.years, self.terms, self.campaigns, self.closed, self.exceptions = {}, {}, {}, {}, {}
        self.week_start = 0  # 0 Monday to 6 Sunday
        spans = {"school_year": self.years, "term": self.terms, "campaign": self.campaigns}
        with open_text(path) as file:
            for row in csv.DictReader(file):
                first, last = row["starts_on"], row["ends_on"] or FOREVER
                if row["kind"] in spans:
                    spans[row["kind"]][row["code"]] = (first, last)
                elif row["kind"] in ("closed", "open", "usual"):
                    self.exceptions.setdefault(row["area"], []).append((first, last, row["kind"]))  # later rows go before
                else:
                    day = row["code"] if row["kind"] == "weekend" else None
                    choice = next(((name, code) for name, code in row.items() if name not in CALENDAR_COLUMNS and code), None)
                    self.closed.setdefault((row["area"], choice), []).append((first, last, day))
        self.known = {}

    def is_closed(self, place, day):
        """By the exceptions of the nearest unit that has one on the day; else by the calendar of the nearest area above that has one: there, rather than the
        plain one, that of an attribute of the place."""
        line, step = [], place
        while step:
            line.append(step.unit)
            step = step.parent
        for unit in line:
            kinds = [kind for first, last, kind in self.exceptions.get(unit, ()) if first <= day <= last]
            if kinds and kinds[-1] != "usual":
                return kinds[-1] == "closed"
        choices = [*place.attributes.items(), None]
        weekday = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")[datetime.date.fromisoformat(day).weekday()]
        for area in [*line, ""]:  # of rows that name no area: the country
            for choice in choices:
                if (area, choice) in self.closed:
                    return any(first <= day <= last and only in (None, weekday) for first, last, only in self.closed[area, choice])
        return False

    def week_of(self, text):
        """The seven days of the week that a day lies in."""
        day = datetime.date.fromisoformat(text)
        days = [day + datetime.timedelta(days=n) for n in range(-6, 7)]
        first = max(n for n in range(7) if days[n].weekday() == self.week_start)
        return days[first:first + 7]

    def period(self, kind, code):
        """(first day, last day) of a period."""
        if kind == "day":
            return code, code
        if kind == "week":
            first = datetime.date.fromisocalendar(int(code[:4]), int(code[6:]), 4)  # its Thursday, back to its first day
            while first.weekday() != self.week_start:
                first -= datetime.timedelta(days=1)
            return first.isoformat(), (first + datetime.timedelta(days=6)).isoformat()
        if kind in ("month", "quarter"):
            year = int(code[:4])
            months = 1 if kind == "month" else 3
            start = int(code[5:]) if kind == "month" else int(code[6:]) * 3 - 2
            after = datetime.date(year + (start + months > 12), (start + months - 1) % 12 + 1, 1)
            return f"{year}-{start:02d}-01", (after - datetime.timedelta(days=1)).isoformat()
        return {"term": self.terms, "school_year": self.years, "campaign": self.campaigns}[kind][code]

    def before(self, kind, code):
        """The period of the same kind that ended last before it began, half a year before at most; None if the calendar has none."""
        first = self.period(kind, code)[0]
        if kind in ("term", "school_year"):
            earliest = (datetime.date.fromisoformat(first) - datetime.timedelta(days=183)).isoformat()
            return max((last, name) for name, (_, last) in [(None, ("", ""))] + list({"term": self.terms, "school_year": self.years}[kind].items())
                       if name is None or earliest <= last < first)[1]
        eve = datetime.date.fromisoformat(first) - datetime.timedelta(days=1)
        week = eve.isocalendar()
        return {"day": eve.isoformat(), "week": f"{week[0]}-W{week[1]:02d}", "month": eve.isoformat()[:7],
                "quarter": f"{eve.year}-Q{(eve.month + 2) // 3}"}[kind]

    def holding(self, kind, code):
        """[(kind, code)] of the period itself and of the wider ones that hold its last day."""
        if kind == "campaign":
            return [(kind, code)]  # no period holds a campaign, and it holds none
        known = self.known.get(code)
        if known is None:
            last = self.period(kind, code)[1]
            thursday = next(day for day in self.week_of(last) if day.weekday() == 3)
            week = thursday.isocalendar()
            found = {"week": f"{week[0]}-W{week[1]:02d}", "month": last[:7], "quarter": f"{last[:4]}-Q{(int(last[5:7]) + 2) // 3}"}
            for name, periods in (("term", self.terms), ("school_year", self.years)):
                for period, (first, end) in periods.items():
                    if first <= last <= end:
                        found[name] = period
            wider = [name for name in KINDS[KINDS.index(kind) + 1:] if (kind, name) != ("quarter", "term")]  # neither holds the other
            known = self.known[code] = [(kind, code)] + [(name, found[name]) for name in wider if name in found]
        return known


# ---- the catalogue's files

class Form:
    def __init__(self, document, levels):
        self.code, self.kind = document["code"], document["period_kind"]
        self.level = levels[max(levels.index(level) for level in document["unit_levels"])]
        self.key_parts = [part["name"] for part in document.get("key_parts", [])]
        owed = document["owed"]
        self.is_owed = owed is not False
        self.owed = row_function(owed) if isinstance(owed, str) else None
        self.school_days_only = document.get("school_days_only", False)
        self.deadline = document.get("deadline")
        self.repeating = {group["code"]: group["rows"] == "many" for group in document["groups"]}
        self.keys = {(group["code"], key.get("list")): key["name"] for group in document["groups"]
                     for key in group.get("keys", [])}
        self.may_lack = {group["code"]: [field["name"] for field in group["fields"] if field.get("required") is False] for group in document["groups"]}
        self.scales = {(group["code"], field["name"]): field.get("scale", 0) for group in document["groups"]
                       for field in group["fields"] if field["type"] == "decimal"}

    def rows(self, data, group):
        rows = data.get(group, []) if self.repeating[group] else [data]
        for (code, field), scale in self.scales.items():
            if code == group:
                rows = [{**row, field: int(Decimal(row[field]).scaleb(scale))} if row.get(field) is not None else row
                        for row in rows]
        return rows


    def says_something(self, data):
        """A row of a group that may have none, or an answer that may be left out; a form that has neither always does."""
        groups = [group for group, is_repeating in self.repeating.items() if is_repeating]
        fields = [name for group, names in self.may_lack.items() if not self.repeating[group] for name in names]
        return any(data.get(group) for group in groups) or any(data.get(name) is not None for name in fields) or not (groups or fields)


class Indicator:
    def __init__(self, document, attributes):
        self.code, self.roll_up, self.kinds = document["code"], document["class"], frozenset(document["periods"])
        self.valid_from, self.valid_to = document["valid_from"], document.get("valid_to", FOREVER)
        self.form, self.group = document.get("form"), document.get("group")
        self.is_reporting = self.roll_up in ("coverage", "ontime", "filled", "clean")
        self.has_denominator = self.roll_up in ("R", "S", "F", "D")
        self.cuts = cuts = document.get("cuts", [])
        self.attribute_cuts = [cut for cut in cuts if cut in attributes]
        self.data_cuts = [cut for cut in cuts if cut not in attributes]
        self.day_cuts = frozenset(document.get("day_cuts", []))
        self.operands = [(name, cell["indicator"], next(iter(cell.get("cut", {}).items()), TOTAL), cell.get("before", False))
                         for name, cell in document.get("values", {}).items()]
        self.is_flow = self.roll_up == "F" or any(is_before for _, _, _, is_before in self.operands)
        self.is_every = document.get("rows") == "every"
        self.level = document.get("level")
        self.is_summed = document.get("above") == "sum"
        self.promotes = document.get("promotes")
        self.numerator = row_function(document.get("numerator"))
        self.denominator = row_function(document.get("denominator"))
        self.where = row_function(document.get("where"))

    def holds(self, kind, start):
        """Whether this version is stored for a period of this kind that starts then."""
        return kind in self.kinds and self.valid_from <= start < self.valid_to

    def keeps(self, kind, dimension):
        """Whether rows of a cut are stored for periods of this kind."""
        return kind not in ("day", "week") or dimension in self.day_cuts


def read_versions(folder):
    """Every document in a folder of the catalogue, older versions first."""
    documents = []
    for name in os.listdir(folder):
        if name.endswith(".json"):
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                documents.append(json.load(file))
    return sorted(documents, key=lambda document: (document["code"], document["version"]))


def read_lists(folder):
    """{code list: its codes in order}"""
    lists = {}
    for name in os.listdir(folder):
        if name.endswith(".json"):
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                document = json.load(file)
            lists[document["code"]] = document["codes"]
    return lists


class Catalogue:
    def __init__(self, folder):
        self.lists = read_lists(os.path.join(folder, "codelists"))
        with open(os.path.join(folder, "levels.json"), encoding="utf-8") as file:
            self.levels = json.load(file)["levels"]
        with open(os.path.join(folder, "attributes.json"), encoding="utf-8") as file:
            self.attributes = [attribute["code"] for attribute in json.load(file)["attributes"]]
        self.week_start, self.zones = 0, {}
        if os.path.exists(os.path.join(folder, "country.json")):
            with open(os.path.join(folder, "country.json"), encoding="utf-8") as file:
                document = json.load(file)
            self.week_start = ("mon", "tue", "wed", "thu", "fri", "sat", "sun").index(document.get("week_starts_on", "mon"))
            self.zones = {area: datetime.datetime.strptime(text, "%z").tzinfo for area, text in document.get("utc_offsets", {}).items()}
        forms = read_versions(os.path.join(folder, "forms"))
        self.forms = {d["code"]: Form(d, self.levels) for d in forms}  # the newest
        self.warnings = {(d["code"], d["version"]): FormRules(d, "warn") for d in forms}
        indicators = [Indicator(d, self.attributes) for d in read_versions(os.path.join(folder, "indicators"))]
        self.indicators = {i.code: i for i in indicators}  # the newest
        self.reporting = [i for i in indicators if i.is_reporting]
        self.derived = [i for i in indicators if i.roll_up == "D"]
        self.of_form = {code: [i for i in indicators if i.form == code] for code in self.forms}


# ---- submissions

def instant(text):
    return datetime.datetime.fromisoformat(text)


class Current:
    """The submission that counts for each natural key: of the highest revision, the one that came first."""

    def __init__(self, catalogue):
        self.catalogue = catalogue
        self.of_unit = {}  # unit -> {(form, period, part): (revision, [received_at of each with data], line or None if retracted)}
        self.ids = set()

    def take(self, line, received_at):
        document = json.loads(line)
        if "value" in document:
            received_at = document.get("received_at") or document.get("headers", {}).get("emis-received-at") or received_at
            document = document["value"]
            line = json.dumps(document)
        unit = document["unit"]
        identity = (unit, document["submission_id"].lower())
        if identity in self.ids:
            return  # the same again, or rejected for its id
        form = self.catalogue.forms[document["form"]]
        key = (form.code, document["period"], "|".join(str(document[part]) for part in form.key_parts))
        mine = self.of_unit.setdefault(unit, {})
        revision = document["revision"]
        if key in mine and revision == mine[key][0]:
            return  # duplicate, or rejected as a conflict
        self.ids.add(identity)
        highest, times, counting = mine.get(key, (0, [], None))
        is_retract = document.get("retract")
        if not is_retract:
            times = [*times, received_at]
        mine[key] = (revision, times, None if is_retract else line) if revision > highest else (highest, times, counting)

    def read(self, argument):
        """FILE or FILE@RECEIVED_AT; JSON lines, bare submissions or {"value":.., "received_at":..}."""
        path, _, received_at = argument.partition("@")
        with open(path, "rb") as file:
            for line in file:
                if line.strip():
                    self.take(line, received_at or None)


def read_opened(path, current, catalogue):
    """{form: [period]} that submissions are owed for: of a file `form,period`, else every one that somebody sent."""
    opened = {code: set() for code in catalogue.forms}
    if path:
        with open_text(path) as file:
            for row in csv.DictReader(file):
                opened[row["form"]].add(row["period"])
    else:
        for mine in current.of_unit.values():
            for form, period, _ in mine:
                opened[form].add(period)
    return {form: sorted(periods) for form, periods in opened.items()}


# ---- the leaves of a unit, rolled up in time at its places

def add_cell(cells, cut, numerator, denominator, expected, reported):
    cell = cells.get(cut)
    if cell is None:
        cells[cut] = [numerator, denominator, expected, reported]
        return
    if numerator is not None:
        cell[0] = numerator if cell[0] is None else cell[0] + numerator
    if denominator is not None:
        cell[1] = denominator if cell[1] is None else cell[1] + denominator
    cell[2] += expected
    cell[3] += reported


def facts_of(indicator, form, documents):
    """{(dimension, member): [numerator, denominator]} of one leaf, over the rows whose parts are all there."""
    facts = {}
    cuts = [(name, form.keys[indicator.group, name]) for name in indicator.data_cuts]
    for document in documents:
        for row in form.rows(document.get("data") or {}, indicator.group):
            if indicator.where and not indicator.where(row):
                continue
            over, under = indicator.numerator(row), None
            if over is None:
                continue
            if indicator.denominator:
                under = indicator.denominator(row)
                if under is None:
                    continue
            if indicator.roll_up == "S":
                if under is False:
                    continue
                over, under = int(over), 1
            for cut in [TOTAL] + [(name, row[key]) for name, key in cuts]:
                cell = facts.get(cut)
                if cell is None:
                    facts[cut] = [over, under]
                else:
                    cell[0] += over
                    if under is not None:
                        cell[1] += under
    return facts


def unscaled(value):
    """A number with digits after the point as the count of its last ones, as the mart stores it."""
    return int(value.scaleb(-value.as_tuple().exponent)) if isinstance(value, Decimal) else value


def flow_of(indicator, form, codes, now, before):
    """{cut: [numerator, denominator]} of a unit on the panel: rows of the period's documents over those of [(low, high, documents)]
    before; None where a measure is missing, so that the unit is not on it. `codes`: the list by which pupils go up."""
    facts = {}
    cuts = [(name, form.keys[indicator.group, name]) for name in indicator.data_cuts]

    def add(row, over, under, is_promoted):
        members = [(name, row[key]) for name, key in cuts]
        if is_promoted and indicator.promotes:
            position = codes.index(dict(members)[indicator.promotes])
            if position == 0:
                return
            members = [(name, codes[position - 1] if name == indicator.promotes else member) for name, member in members]
        for cut in [TOTAL] + members:
            cell = facts.setdefault(cut, [0, 0])
            cell[0] += over
            cell[1] += under

    def rows_of(documents):
        rows = (row for document in documents for row in form.rows(document.get("data") or {}, indicator.group))
        return [row for row in rows if not indicator.where or indicator.where(row)]

    for row in rows_of(now):
        over = indicator.numerator(row)
        if over is None:
            return None
        add(row, over, 0, True)
    for low, high, documents in before:
        for row in rows_of(documents):
            under = indicator.denominator(row)
            if under is None:
                return None
            add(row, 0, math.floor(under * high) - math.floor(under * low), False)
    return facts


class Successions:
    """Which units went into which, from a CSV `from,to,weight,effective_on`."""

    def __init__(self, path=None):
        self.rows = []
        if path:
            with open_text(path) as file:
                self.rows = [(row["from"], row["to"], Fraction(int(row["weight"]), 100), row["effective_on"]) for row in csv.DictReader(file)
                             if row["from"] != row["to"]]

    def heirs(self, unit, after, until):
        """{heir: part} of a unit that gave something away after one day and up to another, itself among them; {} of one that did not."""
        held, out = {unit: [(Fraction(1), "")]}, {}
        rows = sorted((row for row in self.rows if after < row[3] <= until), key=lambda row: row[3])
        if not any(row[0] == unit for row in rows):
            return {}
        while held:
            holder, parts = held.popitem()
            for part, since in parts:
                given = [row for row in rows if row[0] == holder and row[3] >= since]
                for _, heir, weight, day in given:
                    held.setdefault(heir, []).append((part * weight, day))
                out[holder] = out.get(holder, 0) + part * (1 - sum(row[2] for row in given))
        return {heir: part for heir, part in out.items() if part > 0}

    def origins(self, unit, after, until, unit_order):
        """[(low, high, origin)]: what of each other unit it took over, and itself if it gave nothing away."""
        found = []
        for giver in {row[0] for row in self.rows if after < row[3] <= until}:
            low = Fraction(0)
            for heir, part in sorted(self.heirs(giver, after, until).items(), key=lambda item: unit_order[item[0]]):
                if heir == unit:
                    found.append((low, low + part, giver))
                low += part
        if not self.heirs(unit, after, until):
            found.append((Fraction(0), Fraction(1), unit))
        return found


class Model:
    def __init__(self, catalogue, calendar, places, current, opened, utc_offset_minutes=0, successions=None):
        self.successions = successions or Successions()
        self.unit_order = {unit: number for number, unit in enumerate(places)}  # as the registry numbered them
        self.catalogue, self.calendar, self.places = catalogue, calendar, places
        self.current, self.opened = current, opened
        self.zone = datetime.timezone(datetime.timedelta(minutes=utc_offset_minutes))
        self.deadlines = {}
        self.periods = {}  # those that have cells: (kind, first day)
        self.used = {}  # (period, code): the version whose cells are there

    def is_on_time(self, form, period, place, received_at):
        if form.deadline is None or received_at is None:
            return True
        own, zone = nearest(place, form.deadline.get("areas", {}), {}), nearest(place, self.catalogue.zones, self.zone)
        key = form.code, period, zone, tuple(own.items())
        due = self.deadlines.get(key)
        if due is None:
            deadline = {**form.deadline, **own}
            first, last = self.calendar.period(form.kind, period)
            day = datetime.date.fromisoformat(first if deadline["from"] == "start" else last)
            hours, minutes = map(int, deadline["time"].split(":"))  # 24:00 is the day's end
            due = datetime.datetime.combine(day, datetime.time(), zone)
            due += datetime.timedelta(days=deadline["days"], hours=hours, minutes=minutes)
            self.deadlines[key] = due
        return instant(received_at) <= due

    def is_owed(self, form, place, last_day):
        if form.owed and not form.owed(place.attributes):
            return False
        return not (form.school_days_only and form.kind == "day" and self.calendar.is_closed(place, last_day))

    def leaves(self, form, unit):
        """[(last day, period, place, [([received_at], line)])] of what is expected of a unit, in order of time."""
        sent = {}
        for (code, period, _), (_, times, line) in self.current.of_unit.get(unit, {}).items():
            if code == form.code and line is not None:
                sent.setdefault(period, []).append((times, line))
        leaves = []
        for period in self.opened[form.code] if form.is_owed else sent:
            last = self.calendar.period(form.kind, period)[1]
            place = place_on(self.places[unit], last)
            if place and (not form.is_owed or self.is_owed(form, place, last)):
                leaves.append((last, period, place, sent.get(period, [])))
        return sorted(leaves, key=lambda leaf: leaf[:2])

    def is_stored(self, indicator, kind, period):
        """Whether it is this version that has cells in the period."""
        self.periods[period] = kind, self.calendar.period(kind, period)[0]
        if not indicator.holds(*self.periods[period]) or (indicator.is_flow and not self.calendar.before(kind, period)):
            return False
        self.used[period, indicator.code] = indicator
        return True

    def add_unit(self, unit, form):
        """The cells of a unit's places from its own submissions of a form."""
        leaves = self.leaves(form, unit)
        stock_last = {}  # (period, indicator): the last leaf with a submission
        for last, period, place, sent in leaves:
            for kind, wider in self.calendar.holding(form.kind, period) if sent else ():
                stock_last[wider] = period
        for last, period, place, sent in leaves:
            holding = self.calendar.holding(form.kind, period)
            reported = 1 if sent else 0
            if form.is_owed:
                counts = self.reporting_counts(form, period, place, sent)
                for indicator in self.catalogue.reporting:
                    for kind, wider in holding:
                        if self.is_stored(indicator, kind, wider):
                            add_cell(place.cells.setdefault((wider, indicator.code), {}), ("form", form.code), *counts[indicator.roll_up], 1, reported)
            documents = [json.loads(line, parse_float=Decimal) for _, line in sent]
            for indicator in self.catalogue.of_form[form.code]:
                if indicator.roll_up == "F":
                    self.add_flow(unit, place, form, indicator, period, documents)
                    continue
                facts = facts_of(indicator, form, documents)
                for kind, wider in holding:
                    if self.is_stored(indicator, kind, wider):
                        counts = indicator.roll_up != "L" or stock_last.get(wider) == period
                        self.add_leaf(place, indicator, kind, wider, facts if counts else {}, reported)
        self.clip_shares(self.places[unit], form)

    def reporting_counts(self, form, period, place, sent):
        """{class: (numerator, denominator)} of what was owed for one period: of several parts one is enough to be in time or to say something, and all must be
        free of warnings."""
        documents = [json.loads(line) for _, line in sent]
        came = 1 if sent else None
        says = any(form.says_something(document.get("data") or {}) for document in documents)
        clean = all(self.catalogue.warnings[form.code, document["version"]].are_kept(document.get("data") or {}) for document in documents)
        on_time = any(self.is_on_time(form, period, place, received) for times, _ in sent for received in times)
        return {"coverage": (int(bool(sent)), 1), "ontime": (int(on_time), 1), "filled": (came and int(says), came), "clean": (came and int(clean), came)}

    def documents_of(self, unit, form, period):
        return [json.loads(line, parse_float=Decimal) for (code, other, _), (_, _, line) in self.current.of_unit.get(unit, {}).items()
                if code == form.code and other == period and line is not None]

    def add_flow(self, unit, place, form, indicator, period, documents):
        """A unit is on the panel when it reported, and all that it came from did in the period before."""
        if not self.is_stored(indicator, form.kind, period):
            return
        before = self.calendar.before(form.kind, period)
        facts = None
        if before and documents:
            after, until = self.calendar.period(form.kind, before)[1], self.calendar.period(form.kind, period)[1]
            origins = self.successions.origins(unit, after, until, self.unit_order)
            origins = [(low, high, origin) for low, high, origin in origins if origin != unit or place_on(self.places[unit], after)]
            sent = [(low, high, self.documents_of(origin, form, before)) for low, high, origin in origins]
            if sent and all(documents_before for _, _, documents_before in sent):
                facts = flow_of(indicator, form, self.catalogue.lists.get(indicator.promotes), documents, sent)
        self.add_leaf(place, indicator, form.kind, period, facts or {}, 0 if facts is None else 1)

    def add_leaf(self, place, indicator, kind, period, facts, reported):
        cells = place.cells.setdefault((period, indicator.code), {})
        over, under = facts.get(TOTAL, (None, None))
        add_cell(cells, TOTAL, over, under, 1, reported)
        for name in indicator.attribute_cuts:
            if place.attributes[name] is not None and indicator.keeps(kind, name):
                add_cell(cells, (name, place.attributes[name]), over, under, 1, reported)
        for cut, (over, under) in facts.items():
            if cut != TOTAL and indicator.keeps(kind, cut[0]):
                add_cell(cells, cut, over, under, 0, 0)

    def clip_shares(self, places, form):
        """A unit counts once in a share, however often it was asked; areas then add up units."""
        shares = {indicator.code: indicator.is_every for indicator in self.catalogue.of_form[form.code] if indicator.roll_up == "S"}
        for place in places if shares else ():
            for (_, code), cells in place.cells.items():
                for cell in cells.values() if code in shares else ():
                    if cell[1] is not None:
                        cell[0], cell[1] = int(cell[0] == cell[1] if shares[code] else cell[0] > 0), 1

    def finish_place(self, place, has_valid_from):
        """The place's lines; its sums go to the parent."""
        lines, start = [], place.start if has_valid_from else ""
        for key, cells in place.cells.items():
            period, code = key
            indicator = self.used[key]
            if place.parent:
                above = place.parent.cells.setdefault(key, {})
                for cut, cell in cells.items():
                    add_cell(above, cut, *cell)
            head = f"{start},{period},{code},"
            for cut, (over, under, expected, reported) in cells.items():
                if indicator.roll_up in ("coverage", "ontime"):
                    status = "ok"
                else:
                    if cut[0] in indicator.data_cuts and not indicator.is_reporting:
                        _, _, expected, reported = cells[TOTAL]
                    status = status_of(over, under, expected, reported, indicator.has_denominator)
                lines.append(f"{head}{cut[0]},{cut[1]},{'' if over is None else over},"
                             f"{'' if under is None else under},{expected},{reported},{status}")
        return lines

    def deepest_level(self, indicator):
        """That at which each operand has cells of its own."""
        levels = [self.catalogue.forms[form].level for form in (self.catalogue.indicators[code].form for _, code, _, _ in indicator.operands) if form]
        return min(self.catalogue.levels.index(level) for level in levels + [indicator.level or self.catalogue.levels[-1]])

    def derived_lines(self, indicator, places, place, start):
        """Beside every cell of an operand: event forms count zero where nothing came, and the form that the fewest sent says what is
        expected."""
        lines = []
        depth = self.catalogue.levels.index(place.level) - self.deepest_level(indicator)
        if depth > 0:
            return lines
        if indicator.is_summed and depth < 0:
            for (period, of), cell in place.sums.items():
                if of is indicator:
                    self.sum_above(indicator, place, period, cell)
                    lines.append(f"{start},{period},{indicator.code},total,total,{self.derived_text(*cell)}")
            return lines
        present = {code for _, code, _, is_before in indicator.operands if not is_before}
        for period in sorted({period for period, code in place.cells if code in present}):
            kind, first = self.periods[period]
            if not indicator.holds(kind, first) or (indicator.is_flow and not self.calendar.before(kind, period)):
                continue
            before = self.calendar.before(kind, period) if indicator.is_flow else None
            earlier = place_on(places, self.calendar.period(kind, before)[1]) if before else None
            tables = [(earlier.cells if earlier else {}).get((before, code), {}) if is_before else place.cells.get((period, code), {})
                      for _, code, _, is_before in indicator.operands]
            for cut in sorted({cut for table, operand in zip(tables, indicator.operands) if not operand[3] for cut in table}):
                if cut == TOTAL or (cut[0] in indicator.cuts and indicator.keeps(kind, cut[0])):
                    cell = self.derived_cell(indicator, tables, cut)
                    if indicator.is_summed:
                        self.sum_above(indicator, place, period, cell)
                    lines.append(f"{start},{period},{indicator.code},{cut[0]},{cut[1]},{self.derived_text(*cell)}")
        return lines

    @staticmethod
    def sum_above(indicator, place, period, cell):
        """An area without a value only counts in what was expected."""
        over, under, expected, reported = cell
        if place.parent:
            add_cell(place.parent.sums, (period, indicator), *((None, None) if over is None or not under else (over, under)), expected, reported)

    def derived_cell(self, indicator, tables, cut):
        row, asked = {}, []
        for (name, code, own_cut, _), table in zip(indicator.operands, tables):
            form = self.catalogue.indicators[code].form
            is_owed = form is None or self.catalogue.forms[form].is_owed
            over, under, expected, reported = table.get(cut if own_cut == TOTAL else own_cut, (None, None, 0, 0))
            if cut in table:
                _, _, expected, reported = table[TOTAL] if cut[0] in self.catalogue.indicators[code].data_cuts else table[cut]
            else:
                expected = reported = 0
            row[name], row[name + "_denominator"] = 0 if over is None and not is_owed else over, under
            asked.append((is_owed, cut in table, expected, reported))
        owed = [(expected, reported) for is_owed, _, expected, reported in asked if is_owed]
        if owed:
            expected, reported = min(owed, key=lambda one: Fraction(one[1], one[0] or 1))  # the first of those
        else:
            expected, reported = next((expected, reported) for _, is_there, expected, reported in asked if is_there)
        over, under = (unscaled(measure(row)) for measure in (indicator.numerator, indicator.denominator))
        return [over, under, expected, reported]

    @staticmethod
    def derived_text(over, under, expected, reported):
        status = status_of(over, under, expected, reported, True)
        if over is not None and under and not reported:  # a score of which parts may be missing
            status = "provisional" if expected else "ok"
        return f"{text_of(over)},{text_of(under)},{expected},{reported},{status}"

    def run(self, result):
        """Give `result` the lines of each area, deepest level first."""
        by_level = {level: [] for level in self.catalogue.levels}
        for unit, places in self.places.items():
            if places:
                by_level[places[0].level].append(unit)
        for level in reversed(self.catalogue.levels):
            forms = [form for form in self.catalogue.forms.values() if form.level == level]
            for unit in by_level[level]:
                for form in forms:
                    self.add_unit(unit, form)
                lines = []
                for place in self.places[unit]:
                    lines += self.finish_place(place, result.has_valid_from)
                for place in self.places[unit]:
                    for indicator in self.catalogue.derived:
                        lines += self.derived_lines(indicator, self.places[unit], place, place.start if result.has_valid_from else "")
                for place in self.places[unit]:
                    place.cells = None
                result.area(level, unit, lines)
        return result.finish()
