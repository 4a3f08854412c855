#!/bin/bash
# Runs every test of one build: B=build/MODE, ONLY=filter.  Starts a private PostgreSQL for them.
# A leak leaves a report but does not fail criterion, so reports are collected and fail the run.
set -u
cd "$(dirname "$0")/.." || exit 1
B=${B:-build/release}
if [ -z "${GRAPHD_FIXTURES:-}" ] && [ -d ../shared/fixtures ]; then
    GRAPHD_FIXTURES=$(cd ../shared/fixtures && pwd)
fi
export GRAPHD_FIXTURES="${GRAPHD_FIXTURES:-}" GRAPHD_BIN="$PWD/$B/bin"
[ -n "$GRAPHD_FIXTURES" ] || echo "SKIPPED: conformance with recorded answers (GRAPHD_FIXTURES is not set)"
rm -f "$B"/san.*
# The reports decide, not the exit status: the runner of criterion leaks by itself (below).
export ASAN_OPTIONS="log_path=$PWD/$B/san:detect_leaks=1:exitcode=0:${ASAN_OPTIONS:-}" UBSAN_OPTIONS="print_stacktrace=1:log_path=$PWD/$B/san"
export G_SLICE=always-malloc G_DEBUG=gc-friendly
run() { "$B/bin/tests" --timeout 300 ${ONLY:+--filter "$ONLY"} "$@"; }
if [ -x tests/db/with_pg.sh ]; then
    tests/db/with_pg.sh "$B/bin/tests" --timeout 300 ${ONLY:+--filter "$ONLY"}
else
    run
fi
rc=$?
# Criterion's runner now and then leaks 48 bytes; a report that names nothing but criterion is not ours.
for report in "$B"/san.*; do
    [ -f "$report" ] && grep -q LeakSanitizer "$report" &&
        ! grep -E '^ +#[0-9]+ ' "$report" | grep -vqE 'libsanitizer|libcriterion\.so' && rm "$report"
done
if cat "$B"/san.* 2>/dev/null; then
    echo "FAILED: sanitizer reports above"
    rc=1
fi
exit $rc
