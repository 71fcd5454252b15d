#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A correction changes its school and the areas above and nothing else; the order of arrival does not matter.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/harness/servers.sh
. "$here/../harness/servers.sh"
servers_begin revisions
python3 "$here/../harness/revisions.py"
