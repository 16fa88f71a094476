# SPDX-License-Identifier: Apache-2.0
# make run [PROMPT="…"]  installs what is missing, builds, and chats with a small model
# make test              installs, builds, lints and runs every CPU test
BUILD ?= build
PROMPT ?=

.PHONY: build run test test-slow check lint lint-all bench clean
build:
	@tools/install_deps.sh build
	@cmake -S . -B $(BUILD) -G Ninja -DLATHE_TESTS=OFF -DLATHE_PLANTS=OFF >/dev/null
	@cmake --build $(BUILD) --target lathe

run: build
	@tools/run.sh $(BUILD)/lathe "$(PROMPT)"

test:
	@tools/install_deps.sh test
	@tools/test.sh

test-slow:
	@tools/install_deps.sh test
	@tools/test.sh slow

check:
	@tools/install_deps.sh test
	@tools/test.sh check

bench: build
	@bench/compare_cpu

lint-all:
	@tools/lint/tidy.sh all

clean:
	rm -rf build build-*
