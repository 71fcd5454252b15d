#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Two forms and their indicators, written as JSON files, are migrated, fed and aggregated without a line of code.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/harness/servers.sh
. "$here/../harness/servers.sh"
servers_begin data-not-code
python3 "$here/../harness/newforms.py"
