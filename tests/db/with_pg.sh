#!/bin/bash
# with_pg.sh CMD ARGS...: runs CMD beside a private PostgreSQL, whose URL is in GRAPHD_TEST_DATABASE,
# and returns what CMD returned.  The server forgets on power loss, listens on no port and goes with CMD.
set -u
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -t/ -k5 -n | tail -n 1)
[ -x "${bin:-}/initdb" ] || bin=$(pg_config --bindir 2>/dev/null)
if [ ! -x "${bin:-}/initdb" ] || [ ! -x "$bin/postgres" ]; then
    echo "SKIPPED: tests with a database (PostgreSQL is not installed)" >&2
    unset GRAPHD_TEST_DATABASE
    "$@"
    exit
fi

dir=$(mktemp -d /tmp/graphd-pg.XXXXXX) || exit 1
as=()
if [ "$(id -u)" = 0 ]; then # PostgreSQL refuses to run as root
    chown postgres "$dir" || exit 1
    as=(setpriv --reuid=postgres --regid=postgres --clear-groups)
fi
server=
stop() {
    [ -z "$server" ] || { kill -INT "$server" && wait "$server"; } 2>/dev/null
    rm -rf "$dir"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

if ! (cd / && "${as[@]}" "$bin/initdb" -D "$dir/data" -U graphd -A trust -E UTF8 --no-locale --no-sync) \
    >"$dir/initdb.log" 2>&1; then
    cat "$dir/initdb.log" >&2
    exit 1
fi
(cd / && exec "${as[@]}" "$bin/postgres" -D "$dir/data" -k "$dir" -c listen_addresses= -c fsync=off \
    -c synchronous_commit=off -c full_page_writes=off -c max_connections=200 -c shared_buffers=256MB \
    -c max_wal_size=4GB) >"$dir/server.log" 2>&1 &
server=$!
for _ in $(seq 300); do
    "$bin/pg_isready" -q -h "$dir" -U graphd && break
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
done
if ! "$bin/pg_isready" -q -h "$dir" -U graphd; then
    cat "$dir/server.log" >&2
    exit 1
fi
GRAPHD_TEST_DATABASE="postgresql:///postgres?host=${dir//\//%2F}&user=graphd" "$@"
