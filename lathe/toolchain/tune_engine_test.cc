// SPDX-License-Identifier: Apache-2.0
// Engines for a GPU whose kernels were timed, on a GPU that is host memory: built there, built
// elsewhere from its times, tuned; all have one engine.json.
#include "lathe/toolchain/tune_engine.h"

#include <gtest/gtest.h>

#include "lathe/engine/folder.h"
#include "lathe/toolchain/build_engine.h"
#include "tests/support/timed_gpu.h"

namespace lathe::toolchain {
namespace {

namespace fs = std::filesystem;

class TimedEngines : public lathe::testing::TimedGpu {
 protected:
  TimedEngines() {
    for (const char* entry : {"linear_1", "linear_2", "linear_4", "linear_8"}) takes(entry, 2);
    for (const char* entry : {"linear_tile_128", "linear_tile_256"}) takes(entry, 3);
    for (const char* entry : {"linear_split_16", "linear_split_32", "linear_split_64"}) {
      takes(entry, 1);
    }
  }

  BuildEngineOptions options(std::string_view name) const {
    BuildEngineOptions out{.checkpoint = LATHE_SOURCE_DIR "/tests/data/checkpoints/llama_gqa",
                           .output = dir.path() / name};
    out.target = "sm_90a";
    out.compile.compiler = compiler.path();
    return out;
  }
  std::string manifest_of(std::string_view name) const {
    return read_file(dir.path() / name / "engine.json");
  }
  // Whether it names code of the kernel.
  static bool uses(const std::string& manifest, std::string_view kernel) {
    return manifest.find(cat("\"", kernel, "/")) != std::string::npos;
  }

  const fs::path times = dir.path() / "times.json";
};

TEST_F(TimedEngines, AreTheSameWhereverTheyAreBuilt) {
  BuildEngineOptions there = options("there"), here = options("here");
  there.timing_cache = here.timing_cache = times;
  there.gpu = fake.open();
  build_engine(there);
  build_engine(here);
  EXPECT_EQ(manifest_of("here"), manifest_of("there"));
  EXPECT_FALSE(uses(manifest_of("here"), "linear.cuda.sm90.few"));
  EXPECT_TRUE(uses(manifest_of("here"), "linear.cuda.sm90.split"));
}

TEST_F(TimedEngines, AreWhatTuningMakesOfOthers) {
  build_engine(options("tuned"));
  EXPECT_TRUE(uses(manifest_of("tuned"), "linear.cuda.sm90.few"));
  const TuneEngineOptions tuning{.engine = dir.path() / "tuned",
                                 .timing_cache = times,
                                 .compile = {.compiler = compiler.path()},
                                 .gpu = fake.open()};
  EXPECT_FALSE(tune_engine(tuning).changes.empty());
  BuildEngineOptions built = options("built");
  built.timing_cache = times;
  build_engine(built);
  EXPECT_EQ(manifest_of("tuned"), manifest_of("built"));
  EXPECT_TRUE(tune_engine(tuning).changes.empty());
}

TEST_F(TimedEngines, KeepTheirWeights) {
  BuildEngineOptions alone = options("alone");
  alone.self_contained = true;
  build_engine(alone);
  const std::string weights = read_file(alone.output / engine::kWeightsFile);
  tune_engine({.engine = alone.output,
               .timing_cache = times,
               .compile = {.compiler = compiler.path()},
               .gpu = fake.open()});
  EXPECT_EQ(read_file(alone.output / engine::kWeightsFile), weights);
  engine::verify_hashes(alone.output, engine::read_engine(alone.output).manifest);
}

TEST_F(TimedEngines, StayAsTheyAreWhenTuningEndsEarly) {
  build_engine(options("kept"));
  const std::string before = manifest_of("kept");
  int asked = 0;
  EXPECT_THROW(tune_engine({.engine = dir.path() / "kept",
                            .timing_cache = times,
                            .compile = {.compiler = compiler.path()},
                            .gpu = fake.open(),
                            .check =
                                [&] {
                                  if (++asked == 20) fail(ErrorCode::kUnavailable, "enough");
                                }}),
               Error);
  EXPECT_EQ(manifest_of("kept"), before);
}

}  // namespace
}  // namespace lathe::toolchain
