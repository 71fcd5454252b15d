#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A spring of Uttar Pradesh in miniature: the weekly review, the family survey to 31 May day by day, the enrolment drive beside the household list, both rules of NIPUN.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/harness/servers.sh
. "$here/../harness/servers.sh"
servers_begin uttar
python3 "$here/../harness/uttar.py"
