# graphd.  `make help` lists the targets; MODE picks a build: release debug asan tsan cov.
MODE ?= release
B    := build/$(MODE)
MAKEFLAGS += --no-print-directory -j$(shell nproc)

PKGS := libpq libevent libevent_pthreads jansson glib-2.0 yaml-0.1 libarchive libcurl libcrypto igraph
WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes \
        -Wmissing-prototypes -Wvla -Wwrite-strings

release := -O2 -g -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
debug   := -Og -g
asan    := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -DARENA_DEBUG
tsan    := -O1 -g -fsanitize=thread
cov     := -O0 -g --coverage

CFLAGS   += -std=gnu17 $(WARN) $($(MODE)) -pthread -Werror
CPPFLAGS += -D_GNU_SOURCE -I. -Ibuild $(shell pkg-config --cflags $(PKGS) 2>/dev/null | sed 's/-I\([^ ]*\)/-isystem \1/g')
LDLIBS   += $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lm

find  = $(sort $(shell find $(1) -name '$(2)' 2>/dev/null))
DIRS := base schema queries ingest graphd ctl
PROG := graphd graphd-ingest graphctl
LIB  := $(filter-out %/main.c,$(call find,$(DIRS),*.c))
TEST := $(call find,tests/unit tests/db tests/oracle tests/conformance tests/api tests/support,*.c)
BENCH := $(call find,tests/bench,bench_*.c)
RACE := $(call find,tests/race,race_*.c)
FUZZ := $(call find,tests/fuzz,fuzz_*.c)
TOOL := $(call find,tests/tools,*.c)
SQL  := $(call find,schema/sql,*.sql)
MIGRATIONS := $(call find,schema/migrations,*.sql)
OURS := $(call find,$(DIRS) tests,*.[ch])
GEN  := build/gen/sql.h build/gen/sql_text.h build/gen/migrations.h build/gen/openapi.h
obj   = $(1:%.c=$(B)/obj/%.o)
say   = $(if $(V),,@printf '  %-4s %s\n' $(1) $(2);)

.PHONY: all deps run test compare faults race bench fuzz lint format cov check clean help tools
.SECONDARY:
all: $(PROG:%=$(B)/bin/%)                 ## build the three programs
deps:                                     ## install what is missing from Debian (needs root)
	@.ci/deps.sh
run: | deps                               ## set up, serve the sample cluster on PORT (8080), show an answer
	@$(MAKE) all
	@.ci/demo.sh $(B)/bin $(or $(PORT),8080)
test: | deps                              ## set up and run every test; MODE=asan for the strict run
	@$(MAKE) all tools $(B)/bin/tests
	@B=$(B) ONLY='$(ONLY)' tests/run.sh
compare: all tools $(B)/bin/tests         ## write docs/comparison-kubehound.md anew from the recordings
	@GRAPHD_WRITE_COMPARISON=1 B=$(B) ONLY='compare/*' tests/run.sh
faults: all tools                         ## kills at random moments during LOADS (50) loads
	@B=$(B) tests/faults/loads.sh $(or $(LOADS),50)
race: $(RACE:tests/race/%.c=$(B)/bin/%)   ## thread checks; use with MODE=tsan
	@for r in $^; do echo "$$r"; $$r || exit; done
bench: all tools $(BENCH:tests/bench/%.c=$(B)/bin/%) ## ratios against named peers, JSON lines
	@B=$(B) tests/bench/run.sh
tools: $(TOOL:tests/tools/%.c=$(B)/bin/%)
cov:                                      ## line coverage of the tests, worst file first
	@$(MAKE) MODE=cov test
	@gcov -n $$(find build/cov/obj -name '*.gcda' ! -path '*/tests/*') 2>/dev/null | awk -F"[':%]" \
	    '/^File/ { f = $$2 } /^Lines/ && f ~ /\.c$$/ { print $$2 "%\t" f; f = "" }' | sort -n

$(B)/libgraphd.a: $(call obj,$(LIB))
	$(call say,AR,$@) rm -f $@ && $(AR) qcs $@ $^
$(B)/bin/graphd: $(B)/obj/graphd/main.o
$(B)/bin/graphd-ingest: $(B)/obj/ingest/main.o
$(B)/bin/graphctl: $(B)/obj/ctl/main.o
$(B)/bin/tests: $(call obj,$(TEST))
$(B)/bin/tests: LDLIBS += $(shell pkg-config --libs criterion 2>/dev/null)
$(BENCH:tests/bench/%.c=$(B)/bin/%): $(B)/bin/%: $(B)/obj/tests/bench/%.o
$(B)/bin/bench_netpol: $(B)/obj/tests/oracle/netpol_oracle.o
$(RACE:tests/race/%.c=$(B)/bin/%): $(B)/bin/%: $(B)/obj/tests/race/%.o
$(TOOL:tests/tools/%.c=$(B)/bin/%): $(B)/bin/%: $(B)/obj/tests/tools/%.o
$(B)/bin/%: $(B)/libgraphd.a
	@mkdir -p $(@D)
	$(call say,LD,$@) $(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(B)/libgraphd.a $(LDLIBS)

$(B)/obj/%.o: %.c | $(GEN)
	@mkdir -p $(@D)
	$(call say,CC,$<) $(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<
build/gen/sql.h: $(SQL) .ci/sqlgen.awk
	@mkdir -p $(@D)
	@awk -v want=enum -f .ci/sqlgen.awk $(SQL) /dev/null > $@.new && mv $@.new $@
build/gen/sql_text.h: $(SQL) .ci/sqlgen.awk
	@mkdir -p $(@D)
	@awk -v want=text -f .ci/sqlgen.awk $(SQL) /dev/null > $@.new && mv $@.new $@
build/gen/migrations.h: $(MIGRATIONS) .ci/textgen.awk
	@mkdir -p $(@D)
	@awk -v table=migration_text -f .ci/textgen.awk $(MIGRATIONS) /dev/null > $@.new && mv $@.new $@
build/gen/openapi.h: build/gen/openapi.json .ci/textgen.awk
	@awk -v table=openapi_text -f .ci/textgen.awk $< /dev/null > $@.new && mv $@.new $@
build/gen/openapi.json: docs/openapi.yaml build/gen/yaml2json
	@build/gen/yaml2json $< > $@.new && mv $@.new $@
YAML2JSON := .ci/yaml2json.c ingest/sources/yaml.c ingest/sources/scalar.c base/err.c base/arena.c base/must.c
build/gen/yaml2json: $(YAML2JSON)
	@mkdir -p $(@D)
	@$(CC) $(CPPFLAGS) -std=gnu17 -O1 -o $@ $^ $(shell pkg-config --libs glib-2.0 yaml-0.1 2>/dev/null) -lm
$(B)/obj/schema/db.o: build/gen/sql.h build/gen/sql_text.h
$(B)/obj/schema/migrate.o: build/gen/migrations.h
-include $(shell find $(B) -name '*.d' 2>/dev/null)

SECONDS ?= 30
fuzz: $(FUZZ:tests/fuzz/fuzz_%.c=fuzz-%)  ## every fuzz target for SECONDS (30) each
fuzz-%: build/fuzz/fuzz_%
	@mkdir -p build/fuzz/corpus/$* tests/fuzz/corpus/$*
	@echo "fuzz $* for $(SECONDS) s"
	@build/fuzz/fuzz_$* -max_total_time=$(SECONDS) -rss_limit_mb=4096 -timeout=20 -verbosity=0 -print_final_stats=1 \
	    build/fuzz/corpus/$* tests/fuzz/corpus/$* 2>&1 | tail -n 6; test $${PIPESTATUS[0]} -eq 0
fuzz-%: SHELL := /bin/bash
build/fuzz/fuzz_%: tests/fuzz/fuzz_%.c build/fuzz/libgraphd.a
	$(call say,LD,$@) clang $(CPPFLAGS) -std=gnu17 -g -O1 -DARENA_DEBUG -fsanitize=fuzzer,address,undefined \
	    -fno-sanitize-recover=all -o $@ $< build/fuzz/libgraphd.a $(LDLIBS)
build/fuzz/libgraphd.a: $(LIB:%.c=build/fuzz/obj/%.o)
	@rm -f $@ && $(AR) qcs $@ $^
build/fuzz/obj/%.o: %.c | $(GEN)
	@mkdir -p $(@D)
	$(call say,CC,$< for fuzzing) clang $(CPPFLAGS) -std=gnu17 -g -O1 -DARENA_DEBUG -fsanitize=fuzzer-no-link,address,undefined \
	    -fno-sanitize-recover=all -MMD -MP -c -o $@ $<
-include $(shell find build/fuzz -name '*.d' 2>/dev/null)

lint: $(B)/libgraphd.a $(LIB:%.c=build/lint/%.ok)  ## format, layers, names, docs, banned calls, analysis
	@echo "  LINT format, house rules, cppcheck"; clang-format --dry-run -Werror $(OURS)
	@.ci/lint.sh $(B)
	@cppcheck --quiet --error-exitcode=1 --enable=warning,portability --inline-suppr -I. -Ibuild -j2 \
	    --suppress=missingIncludeSystem --suppress=memleak --suppress=uninitvar --library=gtk \
	    --include=.ci/cppcheck.h $(LIB)
build/lint/%.ok: %.c | $(GEN)
	@mkdir -p $(@D)
	$(call say,LINT,$<) $(CC) $(CPPFLAGS) -std=gnu17 -O1 -fanalyzer -Werror -MMD -MP -MT $@ -c -o /dev/null $< -MF build/lint/$*.d && touch $@
-include $(shell find build/lint -name '*.d' 2>/dev/null)
check:                                    ## what CI runs
	@.ci/run
format:                                   ## rewrite all C files in the house style
	clang-format -i $(OURS)
clean:                                    ## remove build/
	rm -rf build
help:
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 10
