# SPDX-License-Identifier: Apache-2.0
"""
Scenario: regions of the sample country through Kafka with two ingest workers and two aggregators; every cell of every council, ward and school is what two
independent models make of the same files: the enrolment file alone, and every submission.

Environment: EMIS_WHOLE_REGIONS (3).
"""

import os
import subprocess
import time

import village
from village import ROOT
from world import say

CENSUS_TIME, ATTENDANCE_TIME = "2022-04-15T08:00:00Z", "2022-03-11T08:00:00Z"


def generate(place, regions):
    files = {}
    for what in ("registry", "calendar", "census", "attendance"):
        files[what] = f"{place.folder}/sample-{what}"
        with open(files[what], "wb") as file:
            subprocess.run([f"{ROOT}/ops/sample/generate", what, *([] if what == "calendar" else ["--regions", str(regions)])], stdout=file, check=True)
    return files


def send(place, path, received_at):
    place.emis("send", path, "--received-at", received_at, "--key-file", place.keys, "--key-id", "village")
    with open(path, "rb") as file:
        place.record_count += sum(1 for _ in file)


def whole(place):
    regions = int(os.environ.get("EMIS_WHOLE_REGIONS", "3"))
    files = generate(place, regions)
    place.emis("db", "migrate")
    place.emis("topics", "apply")
    place.emis("registry", "import", files["registry"])
    place.emis("calendar", "import", files["calendar"])
    place.emis("period", "open", "ENROL_CENSUS", "SY2022")
    place.emis("period", "open", "ATT_DAILY", "2022-03-07..2022-03-11")
    for number in (1, 2):
        place.worker(f"{place.topic}-w{number}")
    began = time.monotonic()
    send(place, files["census"], CENSUS_TIME)
    send(place, files["attendance"], ATTENDANCE_TIME)
    place.wait_ingested(120)
    say(f"{place.record_count} records in the ledger after {time.monotonic() - began:.1f} s")
    place.require(place.outcomes() == {"a": place.record_count}, f"outcomes {place.outcomes()}, {place.record_count} sent")
    began = time.monotonic()
    place.aggregate(2)
    say(f"aggregated in {time.monotonic() - began:.1f} s")
    dump = place.dump("mart")

    def census(path, expected=0):
        place.oracle("census", "--registry", files["registry"], "--dump", path, expected=expected)

    census(dump)
    opened = f"{place.folder}/opened.csv"
    with open(opened, "wb") as file:
        subprocess.run(["psql", "-X", "-q", "--csv", "-d", place.dsn, "-f", f"{ROOT}/tests/model/dump_opened.sql"], stdout=file, check=True)
    place.oracle("mart", "--registry", files["registry"], "--calendar", files["calendar"], "--opened", opened, "--utc-offset", "180", "--dump", dump,
                 f"{files['census']}@{CENSUS_TIME}", f"{files['attendance']}@{ATTENDANCE_TIME}")
    place.check_that_comparison_can_fail(dump, lambda changed: census(changed, 1))
    place.check_ledger()


if __name__ == "__main__":
    village.run(whole, 6)
