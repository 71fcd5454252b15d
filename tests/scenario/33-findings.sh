#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Rules over several submissions: for each a school that trips it and one next to it that does not, findings that close by themselves, and rules changed by data.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/harness/servers.sh
. "$here/../harness/servers.sh"
servers_begin findings
python3 "$here/../harness/findings.py"
