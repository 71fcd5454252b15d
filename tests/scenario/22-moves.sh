#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A school moves between regions in the middle of a week; submissions of unregistered schools heal by themselves.
# Alone: healing is timed.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/harness/servers.sh
. "$here/../harness/servers.sh"
servers_begin moves
python3 "$here/../harness/moves.py"
