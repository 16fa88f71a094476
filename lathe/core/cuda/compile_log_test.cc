// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "lathe/core/cuda/nvrtc.h"

namespace lathe::cuda {
namespace {

constexpr std::string_view kLog =
    "ptxas info    : 0 bytes gmem\n"
    "ptxas info    : Compiling entry function 'one' for 'sm_90a'\n"
    "ptxas info    : Function properties for one\n"
    "    16 bytes stack frame, 24 bytes spill stores, 8 bytes spill loads\n"
    "ptxas info    : Used 32 registers, used 1 barriers, 36 bytes smem\n"
    "ptxas info    : (C7510) Potential Performance Loss: wgmma.mma_async instructions are "
    "serialized\n"
    "ptxas info    : Compiling entry function 'two' for 'sm_90a'\n"
    "ptxas info    : Function properties for two\n"
    "    0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads\n"
    "ptxas info    : Used 168 registers, used 0 barriers\n";

TEST(CompileLog, TellsWhatEachEntryTakes) {
  const CompileLog log = parse_compile_log(kLog);
  ASSERT_EQ(log.entries.size(), 2u);
  EXPECT_EQ(log.entries[0], (EntryReport{.entry = "one",
                                         .registers = 32,
                                         .spill_bytes = 32,
                                         .stack_bytes = 16,
                                         .shared_bytes = 36}));
  EXPECT_EQ(log.entries[1], (EntryReport{.entry = "two", .registers = 168}));
}

TEST(CompileLog, KeepsWarningsOfSerialisedProducts) {
  const CompileLog log = parse_compile_log(kLog);
  ASSERT_EQ(log.performance_warnings.size(), 1u);
  EXPECT_NE(log.performance_warnings[0].find("C7510"), std::string::npos);
}

TEST(CompileLog, OddTextIsNoEntry) {
  EXPECT_TRUE(parse_compile_log("").entries.empty());
  EXPECT_TRUE(parse_compile_log("Used 12 registers\n\n").entries.empty());
  const CompileLog cut = parse_compile_log("Compiling entry function 'half");
  ASSERT_EQ(cut.entries.size(), 1u);
  EXPECT_EQ(cut.entries[0].entry, "");
}

TEST(CompileOptions, BeginWithTheArchitectureAndEndWithTheRequests) {
  const std::vector<std::string> options =
      compile_options({.name = "k", .source = "", .arch = "sm_90a", .options = {"-DX=1"}});
  EXPECT_EQ(options.front(), "--gpu-architecture=sm_90a");
  EXPECT_EQ(options.back(), "-DX=1");
}

}  // namespace
}  // namespace lathe::cuda
