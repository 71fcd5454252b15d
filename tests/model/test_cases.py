# SPDX-License-Identifier: Apache-2.0
"""Nothing stands in the catalogue without a case: each rule of a form is broken by a submission and kept by another one, and the verdicts of the fixtures are those of
this model; each rule over several submissions trips in scenario 33, and cases.csv says which scenario has values of each indicator, by each kind of period and at each level, beside the
oracle's."""

import csv
import glob
import json
import os
import unittest
from decimal import Decimal

from form_rules import FormRules

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
BUILTIN = {"CLOCK_BEHIND", "NOT_OWED"}


def read(path, **more):
    with open(path, encoding="utf-8") as file:
        return json.load(file, **more)


def catalogue(folder):
    return [read(path) for path in sorted(glob.glob(f"{ROOT}/catalogue/{folder}/*.json"))]


def judged():
    """(name, form, its rules, data, expected) of the fixtures that came as far as the rules."""
    rules = {(form["code"], form["version"]): FormRules(form) for form in catalogue("forms")}
    for folder in sorted(glob.glob(f"{ROOT}/tests/fixtures/submissions/*/*/")):
        expected = read(folder + "expected.json")
        if expected["outcome"] != "valid" and expected.get("code") not in ("E_RULE", "E_SUM"):
            continue
        document = read(folder + "record.json", parse_float=Decimal)
        if isinstance(document.get("data"), dict) and not document.get("retract"):
            yield os.path.basename(folder[:-1]), document["form"], rules[document["form"], document["version"]], document["data"], expected


class Cases(unittest.TestCase):
    def test_each_rule_of_a_form_is_broken_and_kept(self):
        """A version that checks otherwise than the one before needs cases of its own."""
        broken, kept = set(), set()
        for _, form, rules, data, _ in judged():
            for rule, _, holds in rules.verdicts(data):
                (broken if holds is False else kept if holds else set()).add((form, rule["code"], rule["check"]))
        known = {(form["code"], rule["code"], rule["check"]) for form in catalogue("forms") for rule in form.get("rules", [])}
        self.assertEqual((sorted(known - broken), sorted(known - kept)), ([], []))

    def test_verdicts_of_the_fixtures(self):
        for name, _, rules, data, expected in judged():
            broken = [(rule, number) for rule, number, holds in rules.verdicts(data) if holds is False]
            warned = sorted(rule["code"] for rule, _ in broken if rule["severity"] == "warn")
            refused = {rule["error"] for rule, _ in broken if rule["severity"] == "reject"}
            with self.subTest(name):
                if expected["outcome"] == "valid":
                    self.assertEqual(refused, set())
                    self.assertEqual(warned, sorted(one["rule"] for one in expected.get("warnings", []) if one["rule"] not in BUILTIN))
                else:
                    self.assertIn(expected["code"], refused)

    def test_each_rule_over_several_submissions_trips_in_a_scenario(self):
        wanted = ""
        for name, start in (("findings", "\nWANTED = {"), ("asked", "\ndef pair(")):
            with open(f"{ROOT}/tests/harness/{name}.py", encoding="utf-8") as file:
                wanted += file.read().partition(start)[2]
        self.assertEqual([rule["code"] for rule in catalogue("rules") if f'"{rule["code"]}", ' not in wanted], [])

    def test_the_page_of_what_is_checked_has_each_rule(self):
        with open(f"{ROOT}/catalogue/QUALITY.md", encoding="utf-8") as file:
            cells = [line.split("|")[4] for line in file if line.startswith("| Q")]
        rules = [(rule["code"], rule["severity"]) for form in catalogue("forms") for rule in form.get("rules", [])]
        rules += [(rule["code"], "finding") for rule in catalogue("rules")]
        words = {"reject": "", "warn": " (warning)", "finding": " (finding)"}
        self.assertEqual({one for cell in cells for one in cell.strip().split(", ") if one}, {f"`{code}`{words[severity]}" for code, severity in rules})

    def test_each_indicator_has_a_case_by_each_kind_of_period(self):
        with open(f"{ROOT}/tests/model/cases.csv", encoding="utf-8", newline="") as file:
            cases = list(csv.DictReader(file))
        declared = [(indicator["code"], indicator["periods"]) for indicator in catalogue("indicators")]
        for path in glob.glob(f"{ROOT}/catalogue/countries/*/indicators/*.json"):  # of a country alone, or what it changes of the base
            declared.append((os.path.basename(path).partition(".")[0], read(path).get("periods", [])))
        self.assertEqual({(case["indicator"], kind) for case in cases for kind in case["periods"].split()}, {(code, kind) for code, kinds in declared for kind in kinds})
        for name in {case["scenario"] for case in cases}:
            self.assertTrue(os.path.exists(f"{ROOT}/tests/harness/{name}.py"), name)


if __name__ == "__main__":
    unittest.main()
