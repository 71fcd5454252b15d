#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A province's report card of seven percentages from 57,158 generated visits over 18 months, whose answer is known beforehand.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/harness/servers.sh
. "$here/../harness/servers.sh"
servers_begin report-card
python3 "$here/../harness/card.py"
