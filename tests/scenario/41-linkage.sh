#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The exam board's 17,935 schools are proposed, accepted and linked; what parked under its codes heals; tests/model/LINKAGE.md tells the truth.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/harness/servers.sh
. "$here/../harness/servers.sh"
servers_begin linkage
python3 "$here/../harness/linkage.py"
