#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The labels are whole in every language and in its script, also in each country; the committed reference is what the catalogue says.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/harness/servers.sh
. "$here/../harness/servers.sh"
python3 "$here/../harness/labels.py" "$EMIS_SOURCE_DIR/catalogue/labels"
"$EMIS_BIN/emis" catalogue dictionary | diff - "$EMIS_SOURCE_DIR/catalogue/REFERENCE.md" >"${TMPDIR:-/tmp}/emis-reference.$$" || {
    head -n 40 "${TMPDIR:-/tmp}/emis-reference.$$"
    rm -f "${TMPDIR:-/tmp}/emis-reference.$$"
    echo "catalogue/REFERENCE.md is not what the catalogue says: emis catalogue dictionary >catalogue/REFERENCE.md"
    exit 1
}
rm -f "${TMPDIR:-/tmp}/emis-reference.$$"
# What is counted is what the files hold, of a form with several versions the rules of the newest.
wanted=$(python3 - "$EMIS_SOURCE_DIR/catalogue" <<'P'
import glob, json, sys

def read(what):
    documents = [json.load(open(path, encoding="utf-8")) for path in glob.glob(f"{sys.argv[1]}/{what}/*.json")]
    return {code: rules for code, _, rules in sorted((one["code"], one["version"], len(one.get("rules", []))) for one in documents)}

forms, indicators, rules = read("forms"), read("indicators"), read("rules")
print(f"{len(forms)} forms with {sum(forms.values())} rules, {len(indicators)} indicators, {len(rules)} rules over several submissions")
P
)
"$EMIS_BIN/emis" catalogue list 2>&1 >/dev/null | grep -F ": $wanted, " || { echo "emis catalogue list does not count $wanted"; exit 1; }
# Each country: the catalogue laid over as emis does it is the one laid over by tests/model.
merged=$(mktemp -d)
trap 'rm -rf "$merged"' EXIT
for folder in "$EMIS_SOURCE_DIR"/catalogue/countries/*/; do
    country=$(basename "$folder")
    python3 "$here/../model/country.py" "$EMIS_SOURCE_DIR/catalogue" "$country" "$merged/$country"
    python3 "$here/../harness/labels.py" "$merged/$country/labels"
    "$EMIS_BIN/emis" -q catalogue check --country "$country"
    diff <("$EMIS_BIN/emis" catalogue dictionary --country "$country") <("$EMIS_BIN/emis" catalogue dictionary --catalogue "$merged/$country") >"$merged/diff" || {
        head -n 40 "$merged/diff"
        echo "$country: emis and tests/model/country.py lay the country over the base differently"
        exit 1
    }
done
