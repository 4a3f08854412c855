#!/bin/bash
# `make run`: serves the sample shop from a private PostgreSQL, posts two runtime alerts and shows the
# ranked answer.  Ends with Ctrl-C, or at once with GRAPHD_DEMO_ONCE=1.
set -euo pipefail
bin=$1 port=$2 here=$(cd "$(dirname "$0")/.." && pwd)
data=${GRAPHD_DATA:-}
if [ -z "$data" ]; then
    data=$(mktemp -d /tmp/graphd-demo.XXXXXX)
    clean=$data
fi
export GRAPHD_URL=http://127.0.0.1:$port
"$bin/graphctl" up --data "$data" --listen "127.0.0.1:$port" --load "shop=$here/examples/shop" &
up=$!
stop() {
    trap - EXIT INT TERM
    kill -INT "$up" 2>/dev/null || true
    wait "$up" 2>/dev/null || true
    [ -z "${clean:-}" ] || rm -rf "$clean"
}
trap stop EXIT
trap 'stop; exit 0' INT TERM
for _ in $(seq 300); do
    kill -0 "$up" 2>/dev/null || { wait "$up" || true; echo "graphctl up ended" >&2; exit 1; }
    curl -fsS "$GRAPHD_URL/readyz" >/dev/null 2>&1 && break
    sleep 0.1
done
say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
for alert in loud quiet; do
    curl -fsS -o /dev/null -H 'Content-Type: application/json' \
        --data-binary "@$here/examples/alerts/$alert.json" "$GRAPHD_URL/v1/webhooks/falco"
done
say 'Two Falco alerts came in: a critical one and a notice.  graphd ranks them:'
"$bin/graphctl" alerts
say 'Why: what an attacker in the quiet pod can reach'
shop_front=$(curl -fsS "$GRAPHD_URL/v1/nodes?kind=pod&q=storefront&limit=1" | sed -n 's/.*"key":"\([^"]*\)".*/\1/p')
"$bin/graphctl" blast "$shop_front" --limit 5
runner=$(curl -fsS "$GRAPHD_URL/v1/nodes?kind=pod&namespace=ci&limit=1" | sed -n 's/.*"name":"\([^"]*\)".*/\1/p')
say 'Try next (in another terminal)'
cat <<EOF
  export GRAPHD_URL=$GRAPHD_URL PATH=$(cd "$bin" && pwd):\$PATH
  graphctl reach internet data/customer-db-0       # the way from the internet to the customers
  graphctl exposure data/customer-db-0             # who can reach the customer database
  graphctl blast ci/$runner   # one RoleBinding to a group opens the cluster
  graphctl explain internet data/customer-db-0     # why each step works, with the objects that say so
  graphctl status
  curl '$GRAPHD_URL/v1/blast-radius?node=web/$(basename "$shop_front")'
  . $data/graphd.env; graphd-ingest --database "\$GRAPHD_DATABASE" --cluster mine --from DUMP    # your own cluster
EOF
[ -z "${GRAPHD_DEMO_ONCE:-}" ] || exit 0
say "Serving on $GRAPHD_URL; Ctrl-C stops everything."
wait "$up"
