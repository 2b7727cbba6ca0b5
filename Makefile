# SPDX-License-Identifier: Apache-2.0
# One word per job; meson does the work.  `make help` lists the words.
B      ?= build
PREFIX ?= /usr/local

.DEFAULT_GOAL := build
.PHONY: help build test check docs fmt asan prefilter tsan clang cross fuzz cov bench compat live vm install clean

help:           ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 12

build:          ## the program: build/saker
	@[ -f $(B)/build.ninja ] || meson setup $(B) -Dtests=disabled >/dev/null
	@ninja -C $(B) saker

test:           ## every test: unit (sanitizers), end to end, live, fuzz (short); counts at the end
	@scripts/test-all

check: build    ## layers, tree, printed documentation, formatting, clang-tidy
	@scripts/check-deps
	@scripts/check-tree
	@scripts/docs --check
	@scripts/check-format
	@scripts/check-tidy

docs: build     ## writes the documentation that the program prints
	@scripts/docs

fmt:            ## formats every C file
	@scripts/check-format --fix

asan:           ## unit and end-to-end tests under ASan and UBSan
	@scripts/build-variant asan && meson test -C build-asan --no-suite live --no-suite bench --print-errorlogs

prefilter:      ## ten million random events: what the kernel side leaves out no rule matches (some minutes)
	@scripts/build-variant asan && PREFILTER_EVENTS=10000000 ASAN_OPTIONS=detect_leaks=0 build-asan/tests/unit/rule/unit_rule_prefilter

tsan:           ## the tests of threaded parts under TSan
	@scripts/build-variant tsan && meson test -C build-tsan --suite threads --print-errorlogs

clang:          ## everything compiled by clang, no warning allowed
	@scripts/build-variant clang

cross:          ## compiles for aarch64
	@scripts/bootstrap cross && scripts/build-variant aarch64

fuzz:           ## fuzz targets, FUZZ_SECONDS (600) each
	@scripts/fuzz $${FUZZ_SECONDS:-600}

cov:            ## line coverage of the unit tests
	@scripts/bootstrap cov && scripts/build-variant cov && meson test -C build-cov --suite unit \
	  && ninja -C build-cov --quiet coverage-text && tail -2 build-cov/meson-logs/coverage.txt

bench: build    ## what Saker costs: workloads, itself, a replay by stage, outputs (PARTS=... WORKS=... ROUNDS=...)
	@scripts/bench

compat:         ## recorded verdicts in ../shared/data, where that folder is there
	@scripts/compat

live: build     ## live tests alone (root)
	@scripts/build-variant asan && meson test -C build-asan --suite live --print-errorlogs

vm:             ## the driver in guests with other kernels (slow)
	@scripts/bootstrap vm && tests/vm/run

install: build  ## into PREFIX (/usr/local)
	@meson setup --reconfigure -Dprefix=$(PREFIX) $(B) >/dev/null && meson install -C $(B)

clean:          ## removes every build folder
	@rm -rf build build-*
