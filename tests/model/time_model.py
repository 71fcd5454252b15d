# SPDX-License-Identifier: Apache-2.0
"""The same cells as of a day: each leaf where its unit is then, by moves, merges and splits; and which units make the difference between two answers."""

import datetime
from fractions import Fraction

from comparison import TOTAL, status_of
from mart_model import FOREVER, Model, add_cell, place_on


class Link:
    """Of `unit`, weight percent went to `heir` on a day."""

    def __init__(self, unit, heir, kind, weight, day):
        self.unit, self.heir, self.kind, self.weight, self.day = unit, heir, kind, weight, day


class AnyDay:
    """A place whose cells are those of every day: as of one, the period before is where the period is."""

    def __init__(self, place):
        self.start, self.end, self.cells = "", FOREVER, place.cells


def deal(number, weights):
    """A number in shares of weights {code: weight}: one by one, each to whose next share is the most overdue; the heavier first, then by code."""
    if number is None:
        return dict.fromkeys(weights)
    shares = dict.fromkeys(weights, 0)
    for _ in range(abs(number)):
        next_one = min(weights, key=lambda code: (Fraction(2 * shares[code] + 1, weights[code]), -weights[code], code))
        shares[next_one] += 1
    return {code: -share if number < 0 else share for code, share in shares.items()}


def day_before(day):
    return (datetime.date.fromisoformat(day) - datetime.timedelta(days=1)).isoformat()


class TimeModel(Model):
    """run(result) as Model's; day None: as was. Then `unplaced` and `shares` are there."""

    def __init__(self, *arguments, day=None, links=()):
        super().__init__(*arguments)
        self.day, self.links = day, links
        self.unplaced = {}  # (period, indicator, cut, why) -> [numbers of a cell, {unit}]
        self.shares = {}  # (period, indicator, cut, level, area, unit of the leaf) -> [numerator, denominator]
        self.whole = {}  # (period, indicator, cut, unit of the leaf) -> [numerator, denominator, why]

    def own_cells(self, unit, forms):
        """[(place, its cells)] from the unit's own submissions, apart from what its places hold already."""
        kept = [place.cells for place in self.places[unit]]
        for place in self.places[unit]:
            place.cells = {}
        for form in forms:
            self.add_unit(unit, form)
        own = [(place, place.cells) for place in self.places[unit]]
        for place, cells in zip(self.places[unit], kept):
            place.cells = cells
        return own

    def follow(self, unit, day, cell, why=None):
        """[(unit, numbers, why, the last day on the way)] where a unit's numbers of a day are on the model's day."""
        if self.day is None or day == self.day:
            return [(unit, cell, why, day)]
        if day < self.day:
            found = [link for link in self.links if link.unit == unit and day < link.day <= self.day]
            turn = min((link.day for link in found), default=None)
            heirs = {link.heir: link for link in found if link.day == turn}
            after = turn
        elif place_on(self.places[unit], self.day):
            heirs = {}
        else:
            found = [link for link in self.links if link.heir == unit and self.day < link.day <= day]
            turn = max((link.day for link in found), default=None)
            heirs = {link.unit: link for link in found if link.day == turn}
            after = day_before(turn) if turn else None
        if not heirs:
            return [(unit, cell, why, day)]
        dealt = [deal(number, {code: link.weight for code, link in heirs.items()}) for number in cell]
        return [end for code, link in heirs.items()
                for end in self.follow(code, after, [shares[code] for shares in dealt], link.kind)]

    def place_leaf(self, unit, place, cells):
        for (period, code), by_cut in cells.items():
            indicator = self.used[period, code]
            kind = self.periods[period][0]
            last = min(self.calendar.period(kind, period)[1], day_before(place.end))
            for cut, cell in by_cut.items():
                if cut[0] in indicator.attribute_cuts:
                    continue
                if cut[0] in indicator.data_cuts and not indicator.is_reporting:
                    cell = [*cell[:2], *by_cut[TOTAL][2:]]
                for heir, numbers, why, on_day in self.follow(unit, last, cell):
                    there = place_on(self.places[heir], self.day) if self.day else place
                    lies = there or place
                    cuts = [cut]
                    if cut == TOTAL:
                        cuts += [(name, lies.attributes[name]) for name in indicator.attribute_cuts
                                 if lies.attributes[name] is not None and indicator.keeps(kind, name)]
                    if there is None:
                        why = "closed" if on_day < self.day else "opened"
                    for each in cuts:
                        self.add_share((period, code, each), unit, there, numbers, why)

    def add_share(self, key, unit, there, numbers, why):
        period, code, cut = key
        whole = self.whole.setdefault((*key, unit), [None, None, None])
        self.add(whole, numbers)
        whole[2] = max(filter(None, (whole[2], why)), default=None)
        if there is None:
            cell, units = self.unplaced.setdefault((*key, why), ([None, None, 0, 0], set()))
            self.add(cell, numbers)
            cell[2] += numbers[2]
            cell[3] += numbers[3]
            units.add(unit)
            return
        add_cell(there.cells.setdefault((period, code), {}), cut, *numbers)
        while there:
            self.add(self.shares.setdefault((*key, there.level, there.unit, unit), [None, None]), numbers)
            there = there.parent

    @staticmethod
    def add(to, numbers):
        for i in (0, 1):
            if numbers[i] is not None:
                to[i] = (to[i] or 0) + numbers[i]

    def told(self, found):
        """A share of a submission is there, though it may be none of those that are counted."""
        lines = []
        for line in found:
            *head, over, under, expected, reported, status = line.split(",")
            has_denominator = self.catalogue.indicators[head[2]].has_denominator
            if status == "missing" and over and (under or not has_denominator):
                status = status_of(int(over), int(under or 0), int(expected), 1, has_denominator)
            lines.append(",".join((*head, over, under, expected, reported, status)))
        return lines

    def run(self, result):
        by_level = {level: [] for level in self.catalogue.levels}
        for unit, places in self.places.items():
            if places:
                by_level[places[0].level].append(unit)
        for level in reversed(self.catalogue.levels):
            forms = [form for form in self.catalogue.forms.values() if form.level == level]
            own = [(unit, *cells) for unit in by_level[level] for cells in self.own_cells(unit, forms)]
            for leaf in own:
                self.place_leaf(*leaf)
            for unit in by_level[level]:
                lines = [line for place in self.places[unit] for line in self.finish_place(place, False)]
                for place in self.places[unit]:
                    places = [AnyDay(place)] if self.day else self.places[unit]
                    for indicator in self.catalogue.derived:
                        lines += self.derived_lines(indicator, places, place, "")
                for place in self.places[unit]:
                    place.cells = None
                result.area(level, unit, self.told(lines))
        return result.finish()


def differences(first, second):
    """{(period, indicator, cut, level, area, unit): (first's numbers, second's, why)} of two models that have run."""
    found = {}
    for key in first.shares.keys() | second.shares.keys():
        one, two = first.shares.get(key, [None, None]), second.shares.get(key, [None, None])
        if one == two:
            continue
        whole = (*key[:3], key[5])
        before, after = first.whole.get(whole, [None, None, None]), second.whole.get(whole, [None, None, None])
        why = after[2] or before[2] or ("moved" if before[:2] == after[:2] else "submissions")
        found[key] = (one, two, why)
    return found
