#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Another body's CSV file becomes submissions through the topic: whole or not at all, and never twice.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/harness/servers.sh
. "$here/../harness/servers.sh"
servers_begin import
"${EMIS_PYTHON:-python3}" "$here/../harness/imports.py"
