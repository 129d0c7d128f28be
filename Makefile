# The README's commands. Everything that is missing is installed first, or the command that installs it is shown.

CONFIG ?= yamls/smoke.yaml
# key=value overrides and options for `llm-bench run`.
ARGS ?=
# A part of test names.
FILTER ?=

SWIFT ?= swift
BIN = .build/release/llm-bench
SOURCES = Package.swift Sources Tests Benchmarks/Package.swift Benchmarks/Benchmarks Benchmarks/Sources Benchmarks/Tests
# Kernels are measured at the shapes of a model of real size unless CONFIG is given.
KERNEL_CONFIG = $(abspath $(if $(filter file,$(origin CONFIG)),yamls/1b.yaml,$(CONFIG)))

.PHONY: bench lesson docs test lint format check check-kernels setup sanitize smoke kill-test page-test build clean help \
  microbench microbench-report microbench-test

help:
	@echo 'make bench [CONFIG=yamls/1b.yaml] [ARGS="key=value --threads N"]   measure a sweep'
	@echo 'make lesson [CONFIG=yamls/125m.yaml]                             learn how prefill and decode differ here'
	@echo 'make test [FILTER=name]                                          run the tests'
	@echo 'make microbench | microbench-report [CONFIG=yamls/1b.yaml] [FILTER=gemm]   measure the kernels'
	@echo 'make lint | format | check | check-kernels | kill-test | page-test | docs | sanitize | setup | clean'

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
check: lint build check-kernels test smoke kill-test page-test

# The machine code of the kernels: loops without calls and spills, the instructions that each set is for; and that the
# check itself still finds planted faults.
check-kernels: build
	scripts/check-kernels
	scripts/check-kernels --self-test

# A whole sweep of a tiny model: standard output must be the table and nothing else, and exit codes what they should be.
smoke: build
	@scripts/smoke-test.sh $(BIN)

# A sweep that is killed at fifty moments and resumed: no row lost, torn or measured twice.
kill-test: build
	@scripts/kill-test.py $(BIN)

# Report and lesson in a headless Chromium: no console error, no request, marks in every figure. Skipped where there is none.
page-test: build
	@scripts/page-test.sh $(BIN)

# Slow: every test again, once under each sanitizer. Builds of their own keep the others untouched. Leaks are not reported:
# XCTest's runner and Foundation's reading of files leak in every test process.
sanitize: setup
	ASAN_OPTIONS=detect_leaks=0 $(SWIFT) test --sanitize=address --scratch-path .build/address
	$(SWIFT) test --sanitize=thread --scratch-path .build/thread

# A package of its own, so that only these three fetch what it depends on.
microbench: setup
	CONFIG='$(KERNEL_CONFIG)' $(SWIFT) package --package-path Benchmarks benchmark --no-progress $(if $(FILTER),--filter '.*($(FILTER)).*')

microbench-report: setup
	$(SWIFT) build -c release --package-path Benchmarks --product kernel-report
	Benchmarks/.build/release/kernel-report --config '$(KERNEL_CONFIG)' $(if $(FILTER),--filter '$(FILTER)')

microbench-test: setup
	$(SWIFT) test --package-path Benchmarks

setup:
	@SWIFT='$(SWIFT)' scripts/setup.sh

clean:
	$(SWIFT) package clean
