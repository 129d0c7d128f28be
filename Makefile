# The README's commands. Everything that is missing is installed first, or the command that installs it is shown.

CONFIG ?= yamls/smoke.yaml
# key=value overrides and options for `llm-bench run`.
ARGS ?=
# A regular expression for names: of tests, or of kernel cases.
FILTER ?=
# What is fuzzed, all when empty, and how long each.
TARGET ?=
SECONDS ?= 600
# Engines to install for comparisons; all of them when empty.
PEERS ?=
PYTHON ?= python3

SWIFT ?= swift
BIN = .build/release/llm-bench
SOURCES = Package.swift Sources Tests Benchmarks/Package.swift Benchmarks/Benchmarks Benchmarks/Sources Benchmarks/Tests \
  Fuzz/Package.swift Fuzz/Sources
# Kernels are measured at the shapes of a model of real size unless CONFIG is given.
KERNEL_CONFIG = $(abspath $(if $(filter file,$(origin CONFIG)),yamls/1b.yaml,$(CONFIG)))
COMPARE_CONFIG = $(if $(filter file,$(origin CONFIG)),yamls/compare-125m.yaml,$(CONFIG))
CACHE = $(or $(LLM_BENCH_CACHE),$(or $(LLM_BENCH_PEERS),.peers)/cache)

.PHONY: bench lesson docs test lint format check check-kernels setup sanitize fuzz smoke kill-test page-test build clean help \
  microbench microbench-report microbench-test ladder static test-launchers check-launchers test-slurm peers compare clean-cache

help:
	@echo 'make bench CONFIG=yamls/1b.yaml [ARGS="key=value --threads N"]     measure a sweep'
	@echo 'make lesson [CONFIG=yamls/125m.yaml]                             learn how prefill and decode differ here'
	@echo 'make test [FILTER=name]                                          run the tests'
	@echo 'make ladder                                                       a matrix product, one idiom at a time'
	@echo 'make microbench | microbench-report | microbench-test [CONFIG=yamls/1b.yaml] [FILTER=gemm]   measure the kernels'
	@echo 'make static | test-launchers | check-launchers | test-slurm          run a sweep on a fleet'
	@echo 'make peers [PEERS="hf llamacpp"] | compare [CONFIG=yamls/compare-125m.yaml] | clean-cache   other engines'
	@echo 'make lint | format | check | check-kernels | kill-test | page-test | docs | sanitize | fuzz | setup | clean'

bench: build
	$(BIN) run $(CONFIG) $(ARGS)

# The smallest model has phases too short to tell apart, so the lesson has a default of its own.
lesson: build
	$(BIN) lesson --config $(if $(filter file,$(origin CONFIG)),yamls/125m.yaml,$(CONFIG)) $(ARGS)

docs: setup
	SWIFT='$(SWIFT)' scripts/make-docs.sh

build: setup
	$(SWIFT) build -c release --product llm-bench

test: setup
	$(SWIFT) test $(if $(FILTER),--filter '$(FILTER)')

lint: setup
	$(SWIFT) format lint --strict --recursive --parallel $(SOURCES)

format: setup
	$(SWIFT) format --in-place --recursive --parallel $(SOURCES)

# What continuous integration runs.
check: lint build check-kernels test smoke kill-test test-launchers page-test

# The machine code of the kernels: loops without calls and spills, the instructions that each set is for; and that the
# check itself still finds planted faults.
check-kernels: build
	scripts/check-kernels
	scripts/check-kernels --self-test

# A whole sweep of a tiny model: standard output must be the table and nothing else, and exit codes what they should be.
smoke: build
	@scripts/smoke-test.sh $(BIN)

# Sweeps and a comparison that are killed at many moments and resumed: no row lost, torn or measured twice.
kill-test: build
	@scripts/kill-test.py $(BIN)
	@scripts/kill-test.py $(BIN) 50 order=interleaved
	@scripts/kill-test.py $(BIN) 20 --against

# Report and lesson in a headless Chromium: no console error, no request, marks in every figure. Skipped where there is none.
page-test: build
	@scripts/page-test.sh $(BIN)

# One file for every machine of a fleet: dist/llm-bench needs nothing that is installed there.
static: setup
	@SWIFT='$(SWIFT)' scripts/build-static.sh

# A sweep through every launcher, with stand-ins for the schedulers.
test-launchers: build
	@launchers/test.sh $(BIN)

# What the launchers hand over, read by the platforms' own parsers. Fetches them from PyPI on the first call.
check-launchers: static
	@[ -x .venv-launchers/bin/python ] || python3 -m venv .venv-launchers
	@.venv-launchers/bin/pip install --quiet --requirement launchers/requirements.txt
	@.venv-launchers/bin/python launchers/validate.py

# A Slurm of its own on this machine; INSTALL=1 fetches it with apt-get when it is missing.
test-slurm: static
	@launchers/slurm/test.sh $(if $(INSTALL),--install) dist/llm-bench

# Slow: every test again, once under each sanitizer. Builds of their own keep the others untouched. Leaks are not reported:
# XCTest's runner and Foundation's reading of files leak in every test process.
sanitize: setup
	ASAN_OPTIONS=detect_leaks=0 $(SWIFT) test --sanitize=address --scratch-path .build/address
	TSAN_OPTIONS=suppressions=$(CURDIR)/Tests/thread-sanitizer.supp $(SWIFT) test --sanitize=thread --scratch-path .build/thread

# libFuzzer on everything that reads strangers' files, address sanitizer included: make fuzz [TARGET=gguf] [SECONDS=600].
# Needs Python 3 for the first inputs.
fuzz: setup
	$(SWIFT) build -c release --package-path Fuzz --sanitize fuzzer -Xswiftc -sanitize=fuzzer,address -Xswiftc -enable-testing
	Fuzz/run.sh $(SECONDS) $(TARGET)

# A package of its own, so that only these four fetch what it depends on.
microbench: setup
	CONFIG='$(KERNEL_CONFIG)' $(SWIFT) package --package-path Benchmarks benchmark --no-progress $(if $(FILTER),--filter '.*($(FILTER)).*')

microbench-report: setup
	$(SWIFT) build -c release --package-path Benchmarks --product kernel-report
	Benchmarks/.build/release/kernel-report --config '$(KERNEL_CONFIG)' $(if $(FILTER),--filter '$(FILTER)')

# Documentation/Kernels.md, measured here.
ladder: setup
	$(SWIFT) build -c release --package-path Benchmarks --product kernel-ladder
	Benchmarks/.build/release/kernel-ladder

microbench-test: setup
	$(SWIFT) test --package-path Benchmarks

# Python environments of the other engines, under .peers. An interrupted installation goes on where it was.
peers:
	$(PYTHON) Benchmarks/Peers/install.py $(PEERS)

# The engines that a sweep file names, in one table.
compare: build $(if $(findstring compare-llama,$(COMPARE_CONFIG)),.peers/checkpoints/llama-1.1b/config.json)
	$(BIN) run $(COMPARE_CONFIG) --format comparison $(ARGS)

# With the Python of whichever engine is installed: all of them have numpy.
.peers/checkpoints/llama-1.1b/config.json:
	@for python in "$(or $(LLM_BENCH_PEERS),.peers)"/*/bin/python; do \
	  [ -x "$$python" ] && exec "$$python" Benchmarks/Peers/random_llama.py $(@D); \
	done; echo 'error: no engine is installed: make peers PEERS="hf llamacpp"' >&2; exit 2

# Models that were written for other engines: entries of the cache alone, whatever else is in its folder.
clean-cache:
	@for entry in "$(CACHE)"/????????????????/; do \
	  ls "$$entry"description.txt* >/dev/null 2>&1 || continue; \
	  du -sh "$$entry"; rm -rf "$$entry"; \
	done

setup:
	@SWIFT='$(SWIFT)' scripts/setup.sh

clean:
	$(SWIFT) package clean
