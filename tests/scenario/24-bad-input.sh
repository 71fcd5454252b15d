#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Whatever the bytes are: one ledger row with the right code, the bytes kept, the neighbours unaffected.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/harness/servers.sh
. "$here/../harness/servers.sh"
servers_begin bad-input
python3 "$here/../harness/badinput.py"
