#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The forms of governance, money, protection and campaigns: sent through Kafka by five schools, two clusters and two districts, aggregated, and compared with
# the oracle cell by cell and with numbers worked out by hand.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/harness/servers.sh
. "$here/../harness/servers.sh"
servers_begin governance
python3 "$here/../harness/governance.py"
