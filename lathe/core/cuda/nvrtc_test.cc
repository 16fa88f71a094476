// SPDX-License-Identifier: Apache-2.0
// What is made of NVRTC's answers, with a stand-in whose log is the source (tests/support).
#include "lathe/core/cuda/nvrtc.h"

#include <gtest/gtest.h>

#include "tests/support/error_code_of.h"
#include "tests/support/temp_dir.h"

namespace lathe::cuda {
namespace {

using testing::code_of;
using testing::error_of;
using testing::TempDir;

constexpr std::string_view kFine =
    "ptxas info    : Compiling entry function 'norm' for 'sm_90a'\n"
    "ptxas         .     0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads\n"
    "ptxas info    : Used 32 registers, used 1 barriers, 36 bytes smem\n";

class FakeNvrtc : public ::testing::Test {
 protected:
  FakeNvrtc() { std::filesystem::copy_file(LATHE_FAKE_CUDA_12, temp.path() / "libnvrtc.so.13"); }

  CompiledKernel compile(std::string_view source, std::string name = "norm") const {
    return nvrtc().compile({.name = std::move(name), .source = std::string(source)});
  }
  Nvrtc nvrtc() const { return Nvrtc::open({.directory = temp.path()}); }
  // Programs that were made and not destroyed.
  int alive() const {
    const auto library = Library::open({"libnvrtc.so.13"}, {.directory = temp.path()});
    return *static_cast<int*>(library->find("fake_programs"));
  }

  TempDir temp;
};

TEST_F(FakeNvrtc, IsNamedByVersionAndPath) {
  EXPECT_EQ(nvrtc().version(), "12.8");
  EXPECT_EQ(nvrtc().path(), (temp.path() / "libnvrtc.so.13").string());
}

TEST_F(FakeNvrtc, GetsTheStandardOptionsAndThenTheRequests) {
  const CompileRequest request{
      .name = "norm", .source = "", .arch = "sm_120a", .options = {"-DX=1", "--fmad=false"}};
  std::string expected;
  for (const std::string& option : compile_options(request)) expected += option + "\n";
  const CompiledKernel compiled = nvrtc().compile(request);
  const auto* cubin = reinterpret_cast<const char*>(compiled.cubin.data());
  EXPECT_EQ(std::string(cubin, compiled.cubin.size()), expected);
  EXPECT_TRUE(expected.starts_with("--gpu-architecture=sm_120a\n"));
  EXPECT_TRUE(expected.ends_with("-DX=1\n--fmad=false\n"));
  EXPECT_NE(expected.find("--ptxas-options=-v\n"), std::string::npos) << "the log says nothing";
}

TEST_F(FakeNvrtc, GivesTheReportOfEveryEntry) {
  const CompiledKernel compiled = compile(kFine);
  ASSERT_EQ(compiled.entries.size(), 1u);
  EXPECT_EQ(compiled.entries[0],
            (EntryReport{.entry = "norm", .registers = 32, .shared_bytes = 36}));
  EXPECT_EQ(compiled.log, kFine) << "without the zero at its end";
}

TEST_F(FakeNvrtc, AnErrorComesWithTheWholeLog) {
  const std::string source = "a.cu(3): #error \"no\"\nsecond line";
  EXPECT_EQ(error_of([&] { compile(source); }),
            "kernel norm for sm_90a: FAKE_COMPILATION\n" + source);
  EXPECT_EQ(code_of([&] { compile(source); }), ErrorCode::kInternal);
}

TEST_F(FakeNvrtc, CallsThatFailAreNamed) {
  EXPECT_EQ(error_of([&] { compile(kFine, "uncreatable"); }),
            "nvrtcCreateProgram of uncreatable: FAKE_OTHER");
}

TEST_F(FakeNvrtc, SlowCodeIsRefused) {
  const std::string spills =
      std::string(kFine) +
      "ptxas info    : Compiling entry function 'norm_wide' for 'sm_90a'\n"
      "ptxas         .     64 bytes stack frame, 24 bytes spill stores, 16 bytes spill loads\n";
  EXPECT_EQ(error_of([&] { compile(spills); }),
            "kernel norm: norm_wide spills 40 bytes of registers");
  const std::string serialised =
      std::string(kFine) +
      "ptxas info    : (C7510) Potential Performance Loss: wgmma.mma_async instructions are "
      "serialized\n";
  EXPECT_EQ(error_of([&] { compile(serialised); }),
            "kernel norm: ptxas info    : (C7510) Potential Performance Loss: wgmma.mma_async "
            "instructions are serialized");
}

// A stack frame without spills is an array that is indexed at run time: slow, but asked for.
TEST_F(FakeNvrtc, AStackFrameAloneIsNot) {
  EXPECT_EQ(compile("Compiling entry function 'f' for 'sm_90a'\n"
                    "  16 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads\n")
                .entries[0]
                .stack_bytes,
            16);
}

TEST_F(FakeNvrtc, DestroysItsProgramsWhateverHappens) {
  compile(kFine);
  error_of([&] { compile("#error"); });
  error_of([&] { compile("(C7510)"); });
  error_of([&] { compile(kFine, "uncreatable"); });
  EXPECT_EQ(alive(), 0);
}

TEST(Nvrtc, OfAnOldCudaIsRefusedWithItsVersion) {
  const TempDir temp;
  const std::filesystem::path path = temp.path() / "libnvrtc.so.12";
  std::filesystem::copy_file(LATHE_FAKE_CUDA_11, path);
  const auto open = [&] { Nvrtc::open({.directory = temp.path()}); };
  EXPECT_EQ(error_of(open), cat(path.string(), " is NVRTC 11.8, Lathe needs 12.0 or newer"));
  EXPECT_EQ(code_of(open), ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace lathe::cuda
