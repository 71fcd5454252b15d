#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Flows on the matched panel through mergers, splits, a move and a changed code; population rates; the reconstructed cohort.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/harness/servers.sh
. "$here/../harness/servers.sh"
servers_begin flows
python3 "$here/../harness/flows.py"
