#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the indicator tables must hold, worked out a second time and plainly.

Two models, neither sharing code with the product or with the sample generator:

  census  from the enrolment file of the sample country alone: ENR and GPI of SY2022
  mart    from the submissions sent, the registry, the calendar and the catalogue's JSON files: every indicator,
          level, period and cut

Both compare with a dump of the mart (dump_mart.sql through `psql --csv`) cell by cell, print how many cells were
compared and the first 20 differences, and exit 1 if there is one. `mart` without --dump prints its own cells.
It takes every submission as well formed: what a form's rules reject must not be among its input.
"""

import argparse
import gc
import lzma
import os
import sys

from census_model import run_census
from comparison import Comparison, Printer, read_dump
from mart_model import Calendar, Catalogue, Current, Model, Successions, read_opened, read_registry


def run_mart(arguments):
    catalogue = Catalogue(arguments.catalogue)
    calendar = Calendar(arguments.calendar)
    calendar.week_start = catalogue.week_start
    places = read_registry(arguments.registry, catalogue.levels, catalogue.attributes)
    current = Current(catalogue)
    for argument in arguments.submissions:
        current.read(argument)
    opened = read_opened(arguments.opened, current, catalogue)
    model = Model(catalogue, calendar, places, current, opened, arguments.utc_offset, Successions(arguments.successions))
    return model.run(Comparison(*read_dump(arguments.dump)) if arguments.dump else Printer())


def main():
    parser = argparse.ArgumentParser(prog="oracle.py", description=__doc__.partition("\n")[0],
                                     epilog="Example: oracle.py census --registry registry.csv --dump mart.csv")
    commands = parser.add_subparsers(dest="command", required=True)
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    census = commands.add_parser("census", help="ENR and GPI of SY2022 from the enrolment file alone")
    census.add_argument("--census", default=os.path.join(
        root, "tests/fixtures/tanzania-2022/primary_enrolment_by_age_sex_2022.csv.xz"), metavar="FILE")
    mart = commands.add_parser("mart", help="every cell from the submissions sent")
    mart.add_argument("--catalogue", default=os.path.join(root, "catalogue"), metavar="FOLDER")
    mart.add_argument("--calendar", required=True, metavar="FILE")
    mart.add_argument("--opened", metavar="FILE", help="CSV `form,period`; default: every period that somebody sent")
    mart.add_argument("--successions", metavar="FILE", help="CSV `from,to,weight,effective_on`: merges and splits, weights in percent")
    mart.add_argument("--utc-offset", type=int, default=0, metavar="MINUTES", help="local time of deadlines")
    mart.add_argument("submissions", nargs="+", metavar="FILE[@RECEIVED_AT]",
                      help="JSON lines in the order of their partition, with the instant they count as received")
    for command in (census, mart):
        command.add_argument("--registry", required=True, metavar="FILE")
        command.add_argument("--dump", metavar="FILE", help="the mart, by dump_mart.sql")
    arguments = parser.parse_args()
    gc.disable()  # millions of small lists, none of them in a cycle: collecting would double the time
    try:
        is_right = {"census": run_census, "mart": run_mart}[arguments.command](arguments)
    except (OSError, lzma.LZMAError, KeyError, ValueError) as error:
        print(f"oracle: {type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(2)
    sys.exit(0 if is_right else 1)


if __name__ == "__main__":
    main()
