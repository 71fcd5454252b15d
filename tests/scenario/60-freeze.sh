#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A worker frozen in COPY is taken over in time and commits nothing later; a restarted one goes on at once.
# Alone: takeover is timed.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/harness/servers.sh
. "$here/../harness/servers.sh"
servers_begin freeze
python3 "$here/../harness/freeze.py"
