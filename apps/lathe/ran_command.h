// SPDX-License-Identifier: Apache-2.0
// For tests: a command line run inside the test, with what it printed.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "command_line.h"
#include "tests/support/temp_dir.h"

namespace lathe::app {

struct RanCommand {
  ExitCode code;
  std::string out, err;
};

inline RanCommand ran_command(const std::vector<std::string>& words) {
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  RanCommand done;
  done.code = run_command_line(words);
  done.out = ::testing::internal::GetCapturedStdout();
  done.err = ::testing::internal::GetCapturedStderr();
  return done;
}

inline std::string golden_checkpoint(std::string_view name) {
  return cat(LATHE_SOURCE_DIR, "/tests/data/checkpoints/", name);
}

// The engine of the checkpoint llama_gqa, built once a process.
inline const std::string& golden_engine() {
  static const testing::TempDir folder;
  static const std::string engine = [] {
    std::string path = (folder.path() / "gqa.engine").string();
    const RanCommand built =
        ran_command({"build", golden_checkpoint("llama_gqa"), "--output", path});
    EXPECT_EQ(built.code, ExitCode::kOk) << built.err;
    return path;
  }();
  return engine;
}

}  // namespace lathe::app
