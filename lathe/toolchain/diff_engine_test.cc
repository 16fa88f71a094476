// SPDX-License-Identifier: Apache-2.0
#include "lathe/toolchain/diff_engine.h"

#include <gtest/gtest.h>

#include "lathe/toolchain/build_engine.h"
#include "tests/support/temp_dir.h"

namespace lathe::toolchain {
namespace {

namespace fs = std::filesystem;

// An engine may be compared on another machine than built it: its checkpoint has moved there.
TEST(DiffEngine, ReadsTheCheckpointThatTheWeightsComeFrom) {
  const lathe::testing::TempDir dir;
  const fs::path checkpoint = fs::path(LATHE_SOURCE_DIR) / "tests/data/checkpoints/llama_gqa";
  const fs::path first = dir.path() / "first";
  const fs::path moved = dir.path() / "moved";
  fs::copy(checkpoint, first);
  BuildEngineOptions build;
  build.checkpoint = first;
  build.output = dir.path() / "engine";
  build_engine(build);
  fs::rename(first, moved);

  DiffEngineOptions options{.engine = build.output, .token_ids = {3, 1, 4, 1, 5}};
  options.load.weights = moved;
  const builder::DiffReport report = diff_engine(options);
  EXPECT_GT(report.values_compared, 20);
  EXPECT_FALSE(report.first) << to_text(report);
}

}  // namespace
}  // namespace lathe::toolchain
