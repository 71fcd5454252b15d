# SPDX-License-Identifier: Apache-2.0
"""A dump of the mart, and the comparing of it with what is right."""

import io
import lzma
import sys

TOTAL = ("total", "total")
COLUMNS = ("period_code", "indicator", "dimension", "member", "numerator", "denominator", "n_expected", "n_reported", "status")


def open_text(path):
    return io.TextIOWrapper(lzma.open(path) if path.endswith(".xz") else open(path, "rb"), "utf-8", newline="")


def read_dump(path, wanted=None):
    """({(level, area code): [(valid_from, then COLUMNS) joined by commas]}, whether the dump has valid_from).

    Only the lines that wanted(line) lets through. No value of a dump holds a comma or a quote.
    """
    areas = {}
    with open_text(path) as file:
        header = file.readline().strip().split(",")
        has_valid_from = "valid_from" in header
        order = ["level", "area_code", "valid_from", *COLUMNS]
        if not has_valid_from:
            order.remove("valid_from")
        places = [header.index(name) for name in order]
        is_in_order = places == list(range(len(header)))
        for line in file:
            line = line.rstrip("\r\n")
            if not is_in_order:
                row = line.split(",")
                line = ",".join([row[i] for i in places])
            level, area, rest = line.split(",", 2)
            if not has_valid_from:
                rest = "," + rest
            if wanted is None or wanted(rest):
                areas.setdefault((level, area), []).append(rest)
    return areas, has_valid_from


class Comparison:
    """Holds the dump; takes the right cells of one area after the other."""

    def __init__(self, dump, has_valid_from, out=sys.stdout):
        self.dump, self.has_valid_from, self.out = dump, has_valid_from, out
        self.cells = self.differences = 0

    def area(self, level, code, lines):
        found = self.dump.pop((level, code), [])
        if len(lines) == len(found) and sorted(lines) == sorted(found):
            self.cells += len(lines)
            return
        right, got = self.by_cell(lines), self.by_cell(found)
        for cell in sorted(right.keys() | got.keys()):
            expected, stored = sorted(right.get(cell, [])), sorted(got.get(cell, []))
            self.cells += max(len(expected), len(stored))
            if expected != stored:
                self.differences += 1
                if self.differences <= 20:
                    print(f"{level} {code} {cell}: right {' | '.join(expected) or 'no row'}, "
                          f"stored {' | '.join(stored) or 'no row'}", file=self.out)

    @staticmethod
    def by_cell(lines):
        cells = {}
        for line in lines:
            parts = line.split(",")
            cells.setdefault(",".join(parts[:5]).lstrip(","), []).append(",".join(parts[5:]))
        return cells

    def finish(self):
        for level, code in list(self.dump):
            self.area(level, code, [])
        print(f"{self.cells:,} cells compared, {self.differences:,} differences", file=self.out)
        return self.differences == 0


class Printer:
    """Stands in for a Comparison where there is no dump."""

    has_valid_from = True

    def __init__(self, out=sys.stdout):
        self.out = out
        print("level,area_code,valid_from," + ",".join(COLUMNS), file=out)

    def area(self, level, code, lines):
        for line in sorted(lines):
            print(f"{level},{code},{line}", file=self.out)

    def finish(self):
        return True


def text_of(number):
    return "" if number is None else str(number)


def status_of(numerator, denominator, expected, reported, has_denominator):
    if reported == 0:
        return "missing"
    if numerator is None or (has_denominator and not denominator):
        return "not_applicable"
    return "provisional" if reported < expected else "ok"
