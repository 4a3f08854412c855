# schema/sql/*.sql -> build/gen/sql.h (enum sql_stmt) or, with -v want=text, sql_text.h.
# A statement is named after its file, so a name can never point at another file's text.
FILENAME == "/dev/null" { next }
FNR == 1 { id[++n] = FILENAME; sub(/.*\//, "", id[n]); sub(/\.sql$/, "", id[n]) }
/^-- params:/ { nparams[n] = gsub(/\$[0-9]+/, "") }
/^--/ { next }
{ gsub(/\\/, "&&"); gsub(/"/, "\\\""); text[n] = text[n] "\n     \"" $0 "\\n\"" }
END {
    print "/* Generated from schema/sql by .ci/sqlgen.awk; do not edit. */\n#pragma once\n"
    if (want == "text") {
        print "static const struct {\n    const char *name;\n    int nparams;\n    const char *text;\n} sql_text[] = {"
        for (i = 1; i <= n; i++)
            printf "    [SQL_%s] = {\"%s\", %d,%s},\n", toupper(id[i]), id[i], nparams[i], text[i]
        print "};"
    } else {
        print "enum sql_stmt {"
        for (i = 1; i <= n; i++)
            printf "    SQL_%s,\n", toupper(id[i])
        print "    SQL_COUNT\n};"
    }
}
