# SPDX-License-Identifier: Apache-2.0
"""Expressions of the catalogue over one row: a text becomes a function of the row. Missing is None, logic is three-valued.
Where the row has the rows of a submission's groups as ROWS, sum and count over a group are known too; min and max are not."""

import operator
import re
from decimal import ROUND_HALF_UP, Decimal, getcontext

TOKEN = re.compile(r"'[^']*'|[a-z_][a-z0-9_]*|\d+(?:\.\d+)?|<>|<=|>=|\S")
COMPARE = {"=": operator.eq, "<>": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
SUMS, PRODUCTS = {"+": operator.add, "-": operator.sub}, {"*": operator.mul}


getcontext().prec = 60
ROWS = "*"  # no field is called so


def divide(over, under):
    """Six digits after the point, halves away from zero; by zero it is missing."""
    return None if under == 0 else (Decimal(over) / Decimal(under)).quantize(Decimal("0.000001"), ROUND_HALF_UP)


def strict(function, *parts):
    """Missing as soon as one part is."""
    def value(row):
        values = [part(row) for part in parts]
        return None if None in values else function(*values)
    return value


def decided(by, parts):
    """and (by False), or (by True): the deciding value wins over a missing one."""
    def value(row):
        result = not by
        for part in parts:
            one = part(row)
            if one is by:
                return by
            result = None if one is None else result
        return result
    return value


class Parser:
    def __init__(self, text):
        self.text, self.tokens, self.at = text, TOKEN.findall(text), 0

    def refuse(self, what):
        raise SystemExit(f"oracle: {self.text}: this model does not know {what}")

    def next_is(self, *tokens):
        return self.tokens[self.at] if self.at < len(self.tokens) and self.tokens[self.at] in tokens else None

    def take(self):
        if self.at == len(self.tokens):
            self.refuse("where this ends")
        self.at += 1
        return self.tokens[self.at - 1]

    def took(self, *tokens):
        return self.take() if self.next_is(*tokens) else None

    def need(self, token):
        if not self.took(token):
            self.refuse(f"what stands there instead of {token}")

    def whole(self):
        value = self.either()
        if self.at < len(self.tokens):
            self.refuse(self.tokens[self.at])
        return value

    def either(self):
        parts = [self.both()]
        while self.took("or"):
            parts.append(self.both())
        return parts[0] if len(parts) == 1 else decided(True, parts)

    def both(self):
        parts = [self.negation()]
        while self.took("and"):
            parts.append(self.negation())
        return parts[0] if len(parts) == 1 else decided(False, parts)

    def negation(self):
        return strict(operator.not_, self.negation()) if self.took("not") else self.comparison()

    def comparison(self):
        left = self.chain(SUMS, lambda: self.chain(PRODUCTS, self.atom))
        sign = self.took(*COMPARE)
        if sign:
            return strict(COMPARE[sign], left, self.chain(SUMS, lambda: self.chain(PRODUCTS, self.atom)))
        is_not = self.took("not")
        if self.took("in"):
            members = [part({}) for part in self.arguments()]
            found = strict(lambda value: value in members, left)
        elif self.took("between"):
            low = self.chain(SUMS, self.atom)
            self.need("and")
            found = strict(lambda value, least, most: least <= value <= most, left, low, self.chain(SUMS, self.atom))
        else:
            return left if not is_not else self.refuse("not there")
        return strict(operator.not_, found) if is_not else found

    def chain(self, signs, part):
        value = part()
        while self.next_is(*signs):
            value = strict(signs[self.take()], value, part())
        return value

    def arguments(self):
        self.need("(")
        parts = [self.either()]
        while self.took(","):
            parts.append(self.either())
        self.need(")")
        return parts

    def atom(self):
        if self.next_is("("):
            return self.arguments()[0]
        token = self.take()
        if token == "-":
            return strict(operator.neg, self.atom())
        if token == "if":
            condition, then, otherwise = self.arguments()
            return lambda row: then(row) if condition(row) else otherwise(row)
        if token == "missing":
            part = self.arguments()[0]
            return lambda row: part(row) is None
        if token == "divide":
            return strict(divide, *self.arguments())
        if token in ("true", "false"):
            return lambda row: token == "true"
        if token[0] == "'":
            return lambda row: token[1:-1]
        if token[0].isdigit():
            number = Decimal(token) if "." in token else int(token)
            return lambda row: number
        if token in ("sum", "count"):
            return self.aggregate(token)
        if re.match("[a-z_]", token) and self.took("."):
            group, field = token, self.take()
            return lambda row: row[ROWS][group][0].get(field)  # of a group that has one row
        if not re.match("[a-z_]", token) or self.next_is("("):
            self.refuse(token)
        return lambda row: row.get(token)

    def aggregate(self, what):
        """sum(group.field where ..) or count(group where ..)"""
        self.need("(")
        group = self.take()
        field = self.take() if what == "sum" and self.took(".") else None
        if (field is None) != (what == "count"):
            self.refuse(what)
        where = self.either() if self.took("where") else None
        self.need(")")

        def value(row):
            rows = [one for one in row[ROWS].get(group, ()) if where is None or where(one)]
            if field is None:
                return len(rows)
            numbers = [one[field] for one in rows if one.get(field) is not None]
            return sum(numbers) if numbers else None
        return value


def row_function(text):
    """The expression as a function of a row; None for no expression."""
    return None if text is None else Parser(text).whole()
