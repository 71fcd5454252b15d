#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The monthly returns, the facilities questionnaire, the meals and both versions of the census of a few schools, and the indicators they make.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/harness/servers.sh
. "$here/../harness/servers.sh"
servers_begin census
python3 "$here/../harness/census.py"
