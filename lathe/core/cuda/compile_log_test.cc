// SPDX-License-Identifier: Apache-2.0
// Reports of ptxas as CUDA 12 and 13 write them.
#include <gtest/gtest.h>

#include "lathe/core/cuda/nvrtc.h"

namespace lathe::cuda {

static void PrintTo(const EntryReport& report, std::ostream* out) {  // NOLINT: GoogleTest's name
  *out << report.entry << ": " << report.registers << " registers, " << report.spill_bytes
       << " spilled, " << report.stack_bytes << " of stack, " << report.shared_bytes << " shared";
}

namespace {

struct Case {
  std::string_view what, log;
  std::vector<EntryReport> entries;
  size_t warnings = 0;
};

TEST(CompileLog, IsReadEntryByEntry) {
  const Case cases[] = {
      {"nothing", "", {}},
      {"no entry", "ptxas info    : 0 bytes gmem\n", {}},
      {"one",
       "ptxas info    : Compiling entry function 'f' for 'sm_90a'\n"
       "ptxas info    : Used 168 registers, used 3 barriers, 1024 bytes smem\n",
       {{.entry = "f", .registers = 168, .shared_bytes = 1024}}},
      {"no shared memory",
       "Compiling entry function 'f' for 'sm_90a'\nUsed 24 registers, used 0 barriers\n",
       {{.entry = "f", .registers = 24}}},
      {"constant banks and a compile time beside",
       "Compiling entry function 'f' for 'sm_90a'\n"
       "Used 40 registers, used 1 barriers, 8 bytes cumulative stack size, 16 bytes smem, 360 "
       "bytes "
       "cmem[0]\nptxas info    : Compile time = 12.345 ms\n",
       {{.entry = "f", .registers = 40, .shared_bytes = 16}}},
      {"two, each with its own",
       "Compiling entry function 'f' for 'sm_90a'\nUsed 10 registers\n"
       "Compiling entry function 'g' for 'sm_90a'\nUsed 20 registers\n",
       {{.entry = "f", .registers = 10}, {.entry = "g", .registers = 20}}},
      {"a function that is called, added to its caller",
       "Compiling entry function 'f' for 'sm_90a'\n"
       "Function properties for f\n  8 bytes stack frame, 0 bytes spill stores, 0 bytes spill "
       "loads\nFunction properties for helper\n  24 bytes stack frame, 4 bytes spill stores, 12 "
       "bytes spill loads\nUsed 255 registers\n",
       {{.entry = "f", .registers = 255, .spill_bytes = 16, .stack_bytes = 32}}},
      {"an entry without quotes",
       "Compiling entry function f\nUsed 9 registers\n",
       {{.entry = "", .registers = 9}}},
      {"numbers before the first entry", "Used 9 registers\n", {}},
      {"a unit without its number",
       "Compiling entry function 'f' for 'sm_90a'\nUsed  registers, many bytes smem\n",
       {{.entry = "f"}}},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(parse_compile_log(one.log).entries, one.entries) << one.what;
    EXPECT_TRUE(parse_compile_log(one.log).performance_warnings.empty()) << one.what;
  }
}

TEST(CompileLog, WarningsOfSlowMatrixInstructionsAreKept) {
  const CompileLog log = parse_compile_log(
      "Compiling entry function 'f' for 'sm_90a'\n"
      "  ptxas info    : (C7510) Potential Performance Loss: serialized\n"
      "ptxas info    : (C7519) Potential Performance Loss: registers\n"
      "a.cu(3): warning #177-D: variable was declared but never referenced\n"
      "ptxas warning : (C8001) something else\n"
      "Used 90 registers\n");
  EXPECT_EQ(
      log.performance_warnings,
      (std::vector<std::string>{"ptxas info    : (C7510) Potential Performance Loss: serialized",
                                "ptxas info    : (C7519) Potential Performance Loss: registers"}));
  ASSERT_EQ(log.entries.size(), 1u);
  EXPECT_EQ(log.entries[0].registers, 90);
}

}  // namespace
}  // namespace lathe::cuda
