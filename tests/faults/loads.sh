#!/bin/bash
# loads.sh [N]: kills the collector, the service or PostgreSQL at random moments during N (50) loads of
# two clusters that take turns, and checks after each that what is stored is exactly one of the two,
# whole, and that the service serves it.  B=build/MODE, SEED=1.
set -u
cd "$(dirname "$0")/../.." || exit 1
N=${1:-50} B=${B:-build/release} RANDOM=${SEED:-1}
pgbin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
[ -n "$pgbin" ] || { echo "SKIPPED: kills during loads (PostgreSQL is not installed)"; exit 0; }
dir=$(mktemp -d /tmp/graphd-faults.XXXXXX)
run=() user=$(id -un)
if [ "$(id -u)" = 0 ]; then run=(runuser -u postgres --) user=postgres; chown postgres "$dir"; fi
as() { (cd / && "${run[@]}" "$@"); }
db="postgresql:///graphd?host=$dir&user=$user"
sql() { psql "$db" -v ON_ERROR_STOP=1 -Atqc "$1" 2>>"$dir/psql.log"; }
service=
start_pg() { as "$pgbin/pg_ctl" -D "$dir/data" -w -s -t 60 -l "$dir/pg.log" -o "-k $dir -c listen_addresses= -c jit=off" start; }
start_service() {
    : >"$dir/graphd.log"
    "$B/bin/graphd" --database "$db" --listen 127.0.0.1:0 2>"$dir/graphd.log" &
    service=$!
    for _ in $(seq 200); do
        port=$(sed -n 's/.*"event":"http.listening".*"port":\([0-9]*\).*/\1/p' "$dir/graphd.log" | head -n 1)
        [ -n "$port" ] && return 0
        sleep 0.05
    done
    echo "graphd does not start:"; cat "$dir/graphd.log"; return 1
}
finish() {
    [ -z "$service" ] || kill -9 "$service" 2>/dev/null
    as "$pgbin/pg_ctl" -D "$dir/data" -s -m immediate stop >/dev/null 2>&1
    rm -rf "$dir"
}
trap finish EXIT
fail() { echo "FAILED in load $i: $*"; tail -n 5 "$dir/ingest.log" "$dir/graphd.log" "$dir/psql.log" 2>/dev/null; exit 1; }

as "$pgbin/initdb" -D "$dir/data" -U "$user" --auth=trust --no-locale --encoding=UTF8 >/dev/null || exit 1
start_pg || exit 1
psql "postgresql:///postgres?host=$dir&user=$user" -qc 'create database graphd' || exit 1
"$B/bin/graphctl" migrate --database "$db" >/dev/null || exit 1
"$B/bin/gen_cluster" --pods 400 --seed 1 --out "$dir/a" >/dev/null || exit 1
"$B/bin/gen_cluster" --pods 400 --seed 2 --out "$dir/b" >/dev/null || exit 1
load() { "$B/bin/graphd-ingest" --database "$db" --cluster faults --from "$1" >/dev/null 2>"$dir/ingest.log"; }
# What is stored, as one line: the nodes and edges by key, and the counts the generation claims.
stored() {
    sql "select (select md5(string_agg(key || kind || uid || props::text, ',' order by key collate \"C\")) from node where valid_to is null),
                (select md5(string_agg(s.key || '>' || d.key || e.kind || e.verdict || e.evidence::text, ',' order by s.key collate \"C\", d.key collate \"C\", e.kind))
                 from edge e join node s on s.id = e.src and s.valid_to is null join node d on d.id = e.dst and d.valid_to is null
                 where e.valid_to is null),
                (select md5(string_agg(resource || ns || name || trimmed::text, ',' order by resource, ns collate \"C\", name collate \"C\")) from object where valid_to is null),
                g.nodes = (select count(*) from node where valid_to is null) and g.edges = (select count(*) from edge where valid_to is null)
                and g.objects = (select count(*) from object where valid_to is null)
         from cluster c join generation g on g.cluster_id = c.id and g.number = c.generation"
}
served() { curl -fsS -m 10 "http://127.0.0.1:$port/v1/clusters" 2>/dev/null | sed -n 's/.*"generation":\([0-9]*\).*/\1/p' | head -n 1; }

i=setup
load "$dir/a" || fail "first load of a"
a=$(stored)
start=$(date +%s%N)
load "$dir/b" || fail "first load of b"
took_ms=$((($(date +%s%N) - start) / 1000000))
b=$(stored)
[ "$a" != "$b" ] && [[ $a == *"|t" ]] && [[ $b == *"|t" ]] || fail "the two clusters do not differ or are not whole: $a / $b"
start_service || exit 1
kills=0 committed=0
for i in $(seq "$N"); do
    want=$([ $((i % 2)) = 1 ] && echo a || echo b)
    before=$(stored)
    load "$dir/$want" &
    ingest=$!
    sleep "$(awk -v r=$RANDOM -v t="$took_ms" 'BEGIN { printf "%.3f", r / 32768 * t * 1.1 / 1000 }')"
    case $((i % 3)) in
    0) pkill -9 -P $ingest 2>/dev/null && kills=$((kills + 1)); kill -9 $ingest 2>/dev/null ;;
    1) as "$pgbin/pg_ctl" -D "$dir/data" -s -m immediate stop >/dev/null 2>&1; kills=$((kills + 1)); wait $ingest 2>/dev/null; start_pg || fail "PostgreSQL does not start again" ;;
    2) kill -9 "$service"; wait "$service" 2>/dev/null; kills=$((kills + 1)); wait $ingest; start_service || fail "graphd does not start again" ;;
    esac 2>/dev/null
    wait $ingest 2>/dev/null
    now=
    for _ in $(seq 100); do now=$(stored) && [ -n "$now" ] && break; sleep 0.1; done
    [ "$now" = "$a" ] || [ "$now" = "$b" ] || fail "stored is neither of the two: $now"
    [ "$now" = "$before" ] || committed=$((committed + 1))
    gen=$(sql "select generation from cluster") ok=
    for _ in $(seq 150); do [ "$(served)" = "$gen" ] && ok=1 && break; sleep 0.1; done
    [ -n "$ok" ] || fail "graphd serves generation $(served), stored is $gen"
done
load "$dir/a" || fail "last load of a"
[ "$(stored)" = "$a" ] || fail "the last load is not whole"
echo "$N loads, $kills kills (collector, PostgreSQL, service in turn), $committed committed, 0 half generations"
