#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Regions of the sample country through Kafka: every cell equals what two independent models say.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/harness/servers.sh
. "$here/../harness/servers.sh"
servers_begin country
python3 "$here/../harness/whole.py"
