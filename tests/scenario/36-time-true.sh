#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A governorate, a district and schools split, merge, move, open and close in mid-year: the same question as was, as of four days, as today, and as known then.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/harness/servers.sh
. "$here/../harness/servers.sh"
servers_begin timetrue
python3 "$here/../harness/timetrue.py"
