// SPDX-License-Identifier: Apache-2.0
// The committed corpora as unit tests: every file of tests/corpus/<fuzzer> either reads, or is
// refused with the message that tests/corpus/<fuzzer>.expected lists (tools/corpus/make.py).
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "lathe/base/error.h"
#include "lathe/base/file.h"
#include "tests/support/temp_dir.h"

namespace lathe::testing {

// Calls `read(bytes, name)` for each file and compares its Error's message with the list.
void expect_corpus(std::string_view fuzzer, auto&& read) {
  const std::filesystem::path root = std::filesystem::path(LATHE_SOURCE_DIR) / "tests/corpus";
  const std::string list = read_file(root / cat(fuzzer, ".expected"));
  size_t count = 0;
  for (const std::string_view line : split(list, '\n')) {
    if (line.empty()) continue;
    const size_t tab = line.find('\t');
    const std::string name(line.substr(0, tab));
    const std::string_view expected = line.substr(tab + 1);
    const std::string bytes = read_file(root / fuzzer / name);
    const std::string message = error_of([&] { read(as_bytes(bytes), name); });
    const std::string_view part = expected == "ok" ? "no error" : expected;
    EXPECT_NE(message.find(part), std::string::npos)
        << fuzzer << "/" << name << ": expected: " << part << "\ngot: " << message;
    const bool names_the_file = message.find(name) != std::string::npos;
    EXPECT_TRUE(expected == "ok" || names_the_file) << message;
    ++count;
  }
  EXPECT_GT(count, 0U) << "no case in the list of " << fuzzer;
}

}  // namespace lathe::testing
