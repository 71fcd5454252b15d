#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# PostgreSQL and Kafka crash and come back under load: nothing rejected, nothing lost.
# Beside others: it ends the servers, so it has its own.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/harness/servers.sh
. "$here/../harness/servers.sh"
servers_begin restarts own
python3 "$here/../harness/restarts.py"
