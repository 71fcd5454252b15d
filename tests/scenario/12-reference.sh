#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The labels are whole in every language and in its script; the committed reference is what the catalogue says.
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
