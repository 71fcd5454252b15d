#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Punjab's five domains over eight quarters of forty generated schools: trend, ranks with their movement, and the ten schools that need help most with the reason, from
# one query each (catalogue/countries/pk-pb/*.sql), beside an oracle's answers, also after a correction.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/harness/servers.sh
. "$here/../harness/servers.sh"
servers_begin punjab
python3 "$here/../harness/punjab.py"
