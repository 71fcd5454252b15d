#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The exam board's results of 17,935 schools come in under its own codes, park, and count once its codes are linked; none is lost or doubled.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/harness/servers.sh
. "$here/../harness/servers.sh"
servers_begin exams
"${EMIS_PYTHON:-python3}" "$here/../harness/exams.py"
