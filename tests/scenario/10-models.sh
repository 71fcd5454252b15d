#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The oracles themselves, on hand-computed cases: a wrong oracle would prove a wrong product right.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
python3 -m unittest discover -s tests/model
