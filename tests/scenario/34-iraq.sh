#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Iraq: two scripts, two shifts, weeks from Sunday with Friday and Saturday closed, and Halabja's split in the middle of a week, beside the oracle.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/harness/servers.sh
. "$here/../harness/servers.sh"
servers_begin iraq
python3 "$here/../harness/iraq.py"
