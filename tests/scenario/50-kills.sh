#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Two groups of workers on the same partitions, at least 50 kills: nothing lost, doubled or miscounted.
# Beside others: its records come at 200 a second.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/harness/servers.sh
. "$here/../harness/servers.sh"
servers_begin kills
python3 "$here/../harness/kills.py"
