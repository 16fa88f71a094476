# SPDX-License-Identifier: Apache-2.0
# make run [PROMPT="…"]  installs what is missing, builds, and chats with a small model
# make test              installs, builds, lints and runs every CPU test
BUILD ?= build
PROMPT ?=
# As it is, past make's expansion and the shell's words.
export LATHE_PROMPT := $(value PROMPT)
unexport PROMPT

.PHONY: build run test test-slow check lint-all bench clean
build:
	@tools/install_deps.sh build
	@cmake --preset release -B $(BUILD) >/dev/null
	@cmake --build $(BUILD) --target lathe

run: build
	@tools/run.sh $(BUILD)/lathe

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
	@tools/install_deps.sh test
	@cmake --preset ci -B $(BUILD) >/dev/null
	@BUILD=$(BUILD) tools/lint/tidy.sh all

clean:
	rm -rf build build-*
