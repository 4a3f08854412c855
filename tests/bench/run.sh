#!/bin/bash
# make bench: JSON lines, each a ratio against a named peer in the same run or a stage of the whole way.
# PODS=10000 is the generated cluster, B=build/MODE.
set -euo pipefail
cd "$(dirname "$0")/../.."
B=${B:-build/release} PODS=${PODS:-10000}
dir=$(mktemp -d /tmp/graphd-bench.XXXXXX)
trap 'rm -rf "$dir"' EXIT
"$B/bin/gen_cluster" --pods "$PODS" --seed 1 --out "$dir/cluster" >&2
echo "# reading a $PODS-pod-like list: our stream against jansson on the whole document"
"$B/bin/bench_read" 100
echo "# the whole way for a cluster of $PODS pods, stage by stage, and queries on its graph against igraph"
tests/db/with_pg.sh "$B/bin/bench_cluster" "$dir/cluster"
echo "# how derive grows, the same mix at $PODS and ten times as many pods, and against one edge for each right and object"
"$B/bin/gen_cluster" --pods $((PODS * 10)) --seed 1 --out "$dir/large" >&2
"$B/bin/gen_cluster" --pods 2000 --seed 1 --out "$dir/small" >&2
"$B/bin/bench_derive" "$dir/cluster" "$dir/large"
"$B/bin/bench_derive" --naive "$dir/small"
"$B/bin/bench_derive" --naive "$dir/cluster"
rm -rf "$dir/large"
echo "# the network policy engine: classes, time and memory, the worst shapes, and against asking about each pair of pods"
"$B/bin/bench_netpol" "$PODS"
echo "# the store alone: first load against bare COPY of the same rows"
tests/db/with_pg.sh "$B/bin/bench_store"
echo "# queries on a synthetic graph of 48,000 pods (103,202 nodes, 946,264 edges) against igraph"
"$B/bin/bench_queries" --pods 48000
echo "# small HTTP replies against bare evhttp"
"$B/bin/bench_http"
