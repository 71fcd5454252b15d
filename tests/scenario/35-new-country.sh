#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A country from nothing, by data alone: six levels, another first day of the week, four terms, a form and an indicator; and what would contradict it is refused.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/harness/servers.sh
. "$here/../harness/servers.sh"
servers_begin new-country
python3 "$here/../harness/newcountry.py"
