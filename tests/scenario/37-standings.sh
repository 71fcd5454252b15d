#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Ranks, movement, targets, lights and bands: three months of attendance, incidents and targets of a small country, each standing of every level beside an
# oracle's, also after a correction, changed targets and a move; and that the auditor sees a wrong one.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/harness/servers.sh
. "$here/../harness/servers.sh"
servers_begin standings
python3 "$here/../harness/standings.py"
