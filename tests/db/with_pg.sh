#!/bin/bash
# with_pg.sh CMD ARGS...: runs CMD with a private PostgreSQL (fsync off) in GRAPHD_TEST_DATABASE, the
# URL of its maintenance database; stops it afterwards.  Without PostgreSQL it says so and runs CMD.
set -u
bin=
for b in /usr/lib/postgresql/{17,16,15}/bin; do [ -x "$b/initdb" ] && bin=$b && break; done
if [ -z "$bin" ]; then
    echo "SKIPPED: database tests (PostgreSQL is not installed)"
    exec "$@"
fi
dir=$(mktemp -d /tmp/graphd-test-pg.XXXXXX)
run=() user=$(id -un)
if [ "$(id -u)" = 0 ]; then
    run=(runuser -u postgres --) user=postgres
    chown postgres "$dir"
fi
as() { (cd / && "${run[@]}" "$@"); }
as "$bin/initdb" -D "$dir/data" -U "$user" --auth=trust --no-locale --encoding=UTF8 --no-sync >"$dir.log" 2>&1 &&
    as "$bin/pg_ctl" -D "$dir/data" -w -s -l "$dir/log" -o "-k $dir -c listen_addresses= -c fsync=off -c jit=off \
        -c shared_buffers=256MB -c max_connections=200 -c timezone=UTC" start >>"$dir.log" 2>&1 || {
    cat "$dir.log" "$dir/log" 2>/dev/null
    rm -rf "$dir" "$dir.log"
    echo "FAILED: a private PostgreSQL does not start"
    exit 1
}
stop() {
    as "$bin/pg_ctl" -D "$dir/data" -s -m immediate stop >/dev/null 2>&1
    rm -rf "$dir" "$dir.log"
}
trap stop EXIT
trap 'exit 130' INT TERM
export GRAPHD_TEST_DATABASE="postgresql:///postgres?host=$dir&user=$user"
"$@"
