#!/bin/sh
# House rules a compiler cannot see.  Usage: .ci/lint.sh build/release
# Prints one `file:line: rule: what` per breach; fails if there is any.
build=$1
out=$(mktemp) && trap 'rm -f "$out" "$out.rows"' EXIT
all='base schema queries ingest graphd ctl'
say() { awk -v rule="$1" -F: 'NF { print $1 ":" $2 ": " rule ": " substr($0, length($1 $2) + 3) }' >>"$out"; }
src() { find "$@" -name '*.[ch]' | sort; }

# 1 Layers: a folder includes only those listed after it.
while read -r dir may; do
    src "$dir" | xargs grep -nHE '^#include "' |
        grep -vE "#include \"($may)[/\"]" | say "layer ($dir may include $may)"
done <<EOF
base base
schema base|schema|gen
queries base|schema|queries
ingest/derive base|schema|ingest/derive
ingest/kinds base|schema|ingest
ingest base|schema|ingest
graphd base|schema|queries|ingest/derive|ingest/recall.h|graphd|gen
ctl base|schema|ctl
EOF
# queries know kinds and row types only, never the database
src queries ingest/derive ingest/kinds | xargs grep -nHE '^#include "schema/(db|store|migrate)' | say 'layer (rows and kinds only)'

# 2 Fences: one file per foreign library.
while read -r header home; do
    # shellcheck disable=SC2086
    src $all | grep -vxE "$home" | xargs grep -nHE "^#include <$header" |
        say "fence (<$header belongs to $home)"
done <<EOF
libpq-fe schema/db.c
event2/ graphd/http.c|graphd/loop.c
igraph queries/ig.c
curl/ base/fetch.c
yaml ingest/sources/yaml.c
archive ingest/sources/archive.c
openssl/ base/sha.c
EOF

# 3 Calls we do not make.
# shellcheck disable=SC2086
src $all |
    xargs grep -nHE '\b(strcpy|strcat|sprintf|vsprintf|strncpy|strncat|strtok|atol|atof|gets|sscanf|alloca|setjmp|system|popen) *\(' |
    say 'banned call'

# 4 Names: what foo.c exports starts with foo_ (or is the plural table `foos`);
#   a row file exports its row and nothing else.
# shellcheck disable=SC2086
(cd "$build/obj" && find $all -name '*.o' ! -name 'main.o') | sort |
while read -r o; do
    [ -f "${o%.o}.c" ] || continue
    stem=$(basename "$o" .o)
    case $o in
        ingest/derive/rules/*) want="^rule_$stem\$" ;;
        ingest/kinds/*) want="^kind_$stem\$" ;;
        graphd/routes/*) want="^${stem}_handler\$" ;;
        graphd/alerts/formats/*) want="^alert_$stem\$" ;;
        ctl/commands/*) want="^command_$stem\$" ;;
        *) want="^${stem}(_.*|s)?\$" ;;
    esac
    nm -g --defined-only "$build/obj/$o" | awk '{print $3}' | grep -vE "$want|^\.L|^__odr_asan" |
        sed "s|^|${o%.o}.c:1:exports |" | say "name (want $want)"
done

# 5 Every row has its file and every file its row.
while read -r def macro field dir; do
    [ -f "$def" ] || { echo "$def:1:no such table" | say registry; continue; }
    grep -E "^$macro\(" "$def" | sed 's/^[A-Z]*(//; s/).*//' | cut -d, -f"$field" | tr -d ' ' |
        sort -u >"$out.rows"
    ls "$dir" | grep '\.c$' | sed 's/\.c$//' | sort | comm -3 "$out.rows" - | tr -d '\t' |
        sed "s|^|$def:1:row and $dir/ differ on |" | say 'registry'
done <<EOF
ingest/kinds.def KIND 1 ingest/kinds
ingest/derive/rules.def RULE 1 ingest/derive/rules
graphd/routes.def ROUTE 3 graphd/routes
graphd/alerts/formats.def ALERT 1 graphd/alerts/formats
ctl/commands.def COMMAND 1 ctl/commands
EOF

# 6 Every edge kind has its page, every page its edge kind.
sed -n 's/^EDGE([0-9]*, *\([A-Z_]*\),.*/\1/p' schema/kinds.def | sort >"$out.rows"
ls docs/edges | sed 's/\.md$//' | sort | comm -3 "$out.rows" - | tr -d '\t' |
    sed 's|^|schema/kinds.def:1:kind and docs/edges/ differ on |' | say 'page'

# 7 Every route stands in the contract.
grep -E '^ROUTE\(' graphd/routes.def 2>/dev/null | sed 's/^ROUTE(\([A-Z]*\), *"\([^"]*\)".*/\1 \2/' |
while read -r method path; do
    awk -v p="  $path:" -v m="    $(echo "$method" | tr 'A-Z' 'a-z'):" '
        $0 == p { on = 1; next } on && /^  \// { on = 0 } on && $0 == m { found = 1 } END { exit !found }' \
        docs/openapi.yaml || echo "docs/openapi.yaml:1:lacks $method $path" | say 'contract'
done

# 8 The operator's manual names every setting, metric and log event.
{
    sed -n 's/^\(TEXT\|NUMBER\)([a-z_]*, *"\([a-z-]*\)".*/\2/p' graphd/config.def
    sed -n 's/^METRIC([A-Z_]*, *\([a-z_]*\),.*/graphd_\1/p' graphd/metrics.def
    # shellcheck disable=SC2086
    grep -rhoE 'log_(error|warn|info|debug)\("[a-z_.]+"' --include=*.c $all | sed 's/.*("//; s/"//' | sort -u
} | while read -r name; do
    grep -qF "\`$name\`" docs/operating.md || echo "docs/operating.md:1:does not name $name"
done | say 'manual'

# 9 Headers: each function is explained above itself or above its group; licence line first.
# shellcheck disable=SC2086
for h in $(find $all -name '*.h'); do
    awk -v f="$h" '
        /^#|^$/               { if (!/^#/) doc = 0; next }
        /^\/\*|^ \*|\*\/ *$/  { doc = 1; next }
        /^(typedef|static|extern|struct [a-z_]+;|struct [a-z_]+ \{|enum|DEFINE_AUTO|    |\}|\t)/ { next }
        /\(/ && !doc          { print f ":" FNR ":no comment for " $0 }' "$h"
done | say 'doc'
# shellcheck disable=SC2086
for f in $(src $all tests) $(find . -name '*.def' -not -path './build/*'); do
    head -n 1 "$f" | grep -q 'SPDX-License-Identifier: GPL-3.0-or-later' || echo "$f:1:first line is not the licence"
done | say 'licence'

# 10 Size, as advice: printed, never fatal.
if [ -n "${ADVICE:-}" ]; then
    # shellcheck disable=SC2086
    ctags -x --_xformat='%{input}:%{line}:%{end}:%{name}' --fields=+e --kinds-c=f \
        $(src $all | grep '\.c$') |
        awk -F: '$3 - $2 >= 60 { printf "%s:%s: advice: %s is %d lines, think at 60\n", $1, $2, $4, $3 - $2 + 1 }' >&2
    # shellcheck disable=SC2086
    wc -l $(src $all) |
        awk '$2 != "total" && $1 > 500 { printf "%s:1: advice: %d lines, think at 500\n", $2, $1 }' >&2
fi

cat "$out"
[ ! -s "$out" ]
