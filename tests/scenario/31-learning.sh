#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Staff, posts, spot assessments, examinations and textbooks of six schools: each indicator is what was worked out by hand, and each cell the oracle's.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/harness/servers.sh
. "$here/../harness/servers.sh"
servers_begin learning
python3 "$here/../harness/learning.py"
