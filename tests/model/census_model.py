# SPDX-License-Identifier: Apache-2.0
"""ENR and GPI of SY2022 from nothing but the enrolment file, and the registry file for the codes of areas."""

import csv

from comparison import TOTAL, Comparison, open_text, read_dump, status_of, text_of


def census_codes(registry_path):
    """{names from the region down: (level, area code)}, () for the country, (school code,) for a school."""
    rows = {}
    with open_text(registry_path) as file:
        for row in csv.DictReader(file):
            rows[row["code"]] = row
    codes = {}
    for code, row in rows.items():
        names, at = [], row
        while at["parent"]:
            names.insert(0, at["name"])
            at = rows[at["parent"]]
        codes[(code,) if row["level"] == "school" else tuple(names)] = (row["level"], code)
    return codes


def census_name(name):
    return name if name.isascii() else name.encode("mac_roman").decode("utf-8")


def census_sums(path, codes):
    """{(level, code): {(dimension, member): pupils}} and {(level, code): {ownership or None: schools}}."""
    sums, schools = {}, {}
    with open_text(path) as file:
        reader = csv.reader(file)
        ages = []
        for title in next(reader)[7:27]:
            age, sex = title.lower().split(", ")
            age = age.removesuffix(" years").replace(" ", "_")
            ages.append((age, {"boys": "m", "girls": "f"}[sex]))
        for row in reader:
            ownership = row[6].lower().replace("-", "_")
            names = tuple(census_name(name) for name in row[1:4])
            if names[:1] not in codes:
                continue  # a sample of some regions
            pupils = {TOTAL: 0, ("ownership", ownership): 0, ("stage", "primary"): 0}
            for (age, sex), count in zip(ages, map(int, row[7:27])):
                years = {"below_6": 5, "above_13": 14}.get(age) or int(age)
                grade = str(min(max(years - 6, 1), 7))
                for cut in (TOTAL, ("ownership", ownership), ("stage", "primary"), ("sex", sex), ("age", age), ("grade", grade)) if count else ():
                    pupils[cut] = pupils.get(cut, 0) + count
            for area in ((), names[:1], names[:2], names, (row[5],)):
                cells, count = sums.setdefault(codes[area], {}), schools.setdefault(codes[area], {})
                for owner in (None, ownership):
                    count[owner] = count.get(owner, 0) + 1
                for cut, number in pupils.items():
                    cells[cut] = cells.get(cut, 0) + number
    return sums, schools


def census_lines(cells, schools):
    """Lines of ENR and GPI; empty cuts have no row, because submissions leave out rows of nobody."""
    lines = []
    for (dimension, member), pupils in cells.items():
        n = schools[member if dimension == "ownership" else None]
        lines.append(f"SY2022,ENR,{dimension},{member},{pupils},,{n},{n},ok")
    girls, boys = cells.get(("sex", "f")), cells.get(("sex", "m"))
    n = schools[None]
    status = status_of(girls, boys, n, n, True)
    lines.append(f"SY2022,GPI,total,total,{text_of(girls)},{text_of(boys)},{n},{n},{status}")
    return lines


def without_zeros(lines):
    """A cut of nobody and no row say the same here: only a school of nobody at all sends one row, of zero boys."""
    kept = []
    for line in lines:
        _, _, indicator, dimension, _, over, under, *_ = line.split(",")
        if indicator == "GPI" and under == "0":
            kept.append(line.replace(f",{over},0,", f",{over},,", 1))
        elif dimension in ("total", "ownership", "stage") or over != "0":
            kept.append(line)
    return kept


def run_census(arguments):
    codes = census_codes(arguments.registry)
    sums, schools = census_sums(arguments.census, codes)
    country = sums[codes[()]]
    print(f"{country[TOTAL]:,} = {country['sex', 'm']:,} boys + {country['sex', 'f']:,} girls")
    if not arguments.dump:
        return True
    dump, _ = read_dump(arguments.dump, lambda line: ",SY2022,ENR," in line or ",SY2022,GPI," in line)
    dump = {area: without_zeros(["," + line.partition(",")[2] for line in lines]) for area, lines in dump.items()}
    comparison = Comparison(dump, False)
    for area, cells in sums.items():
        comparison.area(*area, ["," + line for line in census_lines(cells, schools[area])])
    return comparison.finish()
