# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The servers of the shell tests: one ops/dev for a whole run, one fresh database and one topic name for each test.
# Sourced by ops/test, and by a scenario that is started by hand:
#
#   . "$(dirname "$0")/../harness/servers.sh"
#   servers_begin my-scenario       # EMIS_BIN, EMIS_DEV_DIR, EMIS_POSTGRES__DSN, EMIS_KAFKA__BOOTSTRAP_SERVERS, PG*, EMIS_TEST_TOPIC
#
# Under ops/test they are there already and servers_begin only says so; alone it starts them, and takes them down at exit
# unless they ran before.

EMIS_SOURCE_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export EMIS_SOURCE_DIR
export EMIS_BIN=${EMIS_BIN:-$EMIS_SOURCE_DIR/build/debug/bin}

# Starts what is not running of DIR's servers and exports where they are.
servers_up() {
    export EMIS_DEV_DIR=$1
    "$EMIS_SOURCE_DIR/ops/dev" up >"$1.up.log" 2>&1 || { cat "$1.up.log" >&2; return 1; }
    rm -f "$1.up.log"
    eval "$("$EMIS_SOURCE_DIR/ops/dev" env)"
}

# A new, empty database NAME, and the environment that leads to it. Whoever is still in the old one is thrown out.
servers_fresh_database() {
    psql -X -q -d postgres -v ON_ERROR_STOP=1 -c "drop database if exists \"$1\" with (force)" -c "create database \"$1\"" 2>&1 |
        { grep -v 'does not exist, skipping' || true; } >&2
    export PGDATABASE=$1
    export EMIS_POSTGRES__DSN=postgresql://$PGUSER@$PGHOST:$PGPORT/$1
}

servers_drop_database() {
    psql -X -q -d postgres -c "drop database if exists \"$1\" with (force)" >/dev/null 2>&1 || true
}

# servers_name TEXT: TEXT as the name of a database or topic.
servers_name() { printf '%s' "$1" | tr -c 'a-z0-9' '_' | cut -c1-50; }

# A scenario's first call. With `own` the servers are the scenario's alone, also under ops/test: it may end them.
servers_begin() {
    [ -z "${EMIS_UNDER_TEST:-}" ] || [ "${2:-}" = own ] || return 0
    local name
    servers_dir=$EMIS_SOURCE_DIR/build/test-servers${2:+-$1}
    name=t_$(servers_name "$1")
    mkdir -p "${servers_dir%/*}"
    "$EMIS_SOURCE_DIR/ops/dev" status --dir "$servers_dir" >/dev/null 2>&1 ||
        trap '"$EMIS_SOURCE_DIR/ops/dev" down --dir "$servers_dir" >/dev/null' EXIT
    servers_up "$servers_dir"
    servers_fresh_database "$name"
    export EMIS_TEST_TOPIC=$name.$$
}
