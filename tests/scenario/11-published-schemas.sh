#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The published JSON Schemas are valid draft 2020-12 for a validator that is not ours, and give our verdicts on the fixtures.
set -euo pipefail
# shellcheck source=tests/harness/servers.sh
. "$(dirname "${BASH_SOURCE[0]}")/../harness/servers.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$EMIS_SOURCE_DIR"
for file in catalogue/forms/*.json; do
    name=$(basename "$file" .json)
    "$EMIS_BIN/emis" catalogue schema "${name%.v*}" "${name##*.v}" >"$work/$name.json"
done
"${EMIS_PYTHON:-python3}" tests/model/schema_verdicts.py "$work" tests/fixtures/submissions
