#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every command, given something wrong, says what, where and what to do, and changes nothing.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/harness/servers.sh
. "$here/../harness/servers.sh"
servers_begin commands
python3 "$here/../harness/commands.py"
