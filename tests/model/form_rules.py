# SPDX-License-Identifier: Apache-2.0
"""The rules of a form over the data of one submission."""

from decimal import Decimal

from row_expression import ROWS, row_function


class FormRules:
    """Those of one version of a form; of one severity, or all."""

    def __init__(self, document, severity=None):
        self.rules = [(rule, row_function(rule["check"])) for rule in document.get("rules", []) if severity in (None, rule["severity"])]
        self.is_many = {group["code"]: group["rows"] == "many" for group in document["groups"]}
        self.decimals = {field["name"] for group in document["groups"] for field in group["fields"] if field["type"] == "decimal"}

    def numbers(self, row):
        return {name: Decimal(str(value)) if name in self.decimals and value is not None else value for name, value in row.items()}

    def verdicts(self, data):
        """(rule, row number or None, whether it holds: True, False, or None where something is missing)."""
        scalars = self.numbers({name: value for name, value in data.items() if name not in self.is_many})
        groups = {group: [self.numbers(row) for row in data.get(group) or ()] if is_many else [scalars] for group, is_many in self.is_many.items()}
        for rule, holds in self.rules:
            if "group" not in rule:
                yield rule, None, holds({**scalars, ROWS: groups})
                continue
            for number, row in enumerate(groups[rule["group"]]):
                yield rule, number, holds({**row, ROWS: groups})

    def are_kept(self, data):
        return all(holds is not False for _, _, holds in self.verdicts(data))
