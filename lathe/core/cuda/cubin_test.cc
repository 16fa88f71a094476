// SPDX-License-Identifier: Apache-2.0
#include "lathe/core/cuda/cubin.h"

#include "tests/support/needs_nvrtc.h"

namespace lathe::cuda {
namespace {

class Cubin : public testing::NeedsNvrtc {
 protected:
  static std::string compiled(const std::string& source) {
    const CompiledKernel code = Nvrtc::open().compile({.name = "k", .source = source});
    return {reinterpret_cast<const char*>(code.cubin.data()), code.cubin.size()};
  }
  void SetUp() override {
    NeedsNvrtc::SetUp();
    if (IsSkipped()) return;
    two = compiled(R"(
__device__ __noinline__ float helper(float x) { return x * x + 1; }
extern "C" __global__ void second(float* x) { *x = helper(*x); }
extern "C" __global__ void first(float* x) { *x = 2; }
)");
  }
  std::string two;
};

TEST_F(Cubin, NamesItsKernelsAndNoOtherFunctions) {
  EXPECT_EQ(cubin_entries(two), (std::vector<std::string>{"first", "second"}));
}

TEST_F(Cubin, AnyBeginningOfOneIsReadWithoutHarm) {
  for (size_t bytes = 0; bytes < two.size(); bytes += 7) {
    EXPECT_LE(cubin_entries(two.substr(0, bytes)).size(), 2) << bytes;
  }
}

TEST_F(Cubin, AnyWordOfItMayLie) {
  for (size_t at = 0; at + 4 <= two.size(); at += 4) {
    std::string lie = two;
    lie.replace(at, 4, "\xff\xff\xff\x7f");
    cubin_entries(lie);  // within its bytes, whatever they say
  }
}

TEST(CubinOfNoElf, HasNone) {
  EXPECT_TRUE(cubin_entries("").empty());
  EXPECT_TRUE(cubin_entries(std::string(1000, 'x')).empty());
}

}  // namespace
}  // namespace lathe::cuda
