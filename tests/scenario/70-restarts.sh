#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# PostgreSQL and Kafka crash and come back under load: nothing rejected, nothing lost.
# Alone: it ends the servers.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/harness/servers.sh
. "$here/../harness/servers.sh"
servers_begin restarts
python3 "$here/../harness/restarts.py"
