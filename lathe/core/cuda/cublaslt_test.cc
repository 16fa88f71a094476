// SPDX-License-Identifier: Apache-2.0
// What cuBLASLt is asked for, with a stand-in that writes it down (tests/support).
#include "lathe/core/cuda/cublaslt.h"

#include <gtest/gtest.h>

#include "lathe/base/text.h"
#include "lathe/core/cuda/graph.h"
#include "tests/support/error_code_of.h"
#include "tests/support/fake_gpu.h"
#include "tests/support/temp_dir.h"

namespace lathe::cuda {
namespace {

using testing::code_of;
using testing::error_of;
using testing::FakeGpu;
using testing::TempDir;

const void* address(uintptr_t number) {
  return reinterpret_cast<const void*>(number);  // NOLINT(performance-no-int-to-ptr)
}

class FakeCublasLt : public ::testing::Test {
 protected:
  FakeCublasLt() {
    std::filesystem::copy_file(LATHE_FAKE_CUDA_12, temp.path() / "libcublasLt.so.13");
    fake_library = Library::open({"libcublasLt.so.13"}, {.directory = temp.path()});
  }
  std::shared_ptr<const CublasLt> open() {
    return std::make_shared<const CublasLt>(fake.open(), LibrarySearch{.directory = temp.path()});
  }
  int& counter(const char* name) const { return *static_cast<int*>(fake_library->find(name)); }
  // What the library was asked for, by lines.
  std::vector<std::string> asked() const {
    const char* (*text)() = nullptr;
    fake_library->bind(text, "fake_log");
    std::vector<std::string> out;
    std::string_view rest = text();
    while (!rest.empty()) {
      out.emplace_back(rest.substr(0, rest.find('\n')));
      rest.remove_prefix(out.back().size() + 1);
    }
    return out;
  }

  TempDir temp;
  FakeGpu fake;
  std::shared_ptr<const Library> fake_library;
};

const Matmul kPlain = {.m = 10,
                       .n = 48,
                       .k = 60,
                       .a = address(256),
                       .b = address(512),
                       .b_stride = 64,
                       .d = const_cast<void*>(address(1024))};

TEST_F(FakeCublasLt, IsNamedByVersionAndPath) {
  const auto library = open();
  EXPECT_EQ(library->version(), "12.8.3");
  EXPECT_EQ(library->path(), (temp.path() / "libcublasLt.so.13").string());
}

TEST_F(FakeCublasLt, GivesEverythingBack) {
  {
    const auto library = open();
    EXPECT_EQ(counter("fake_handles"), 1);
    MatmulPlans plans(library);
    plans.enqueue(Stream(fake.open()), kPlain);
    EXPECT_EQ(counter("fake_descriptors"), 4) << "an operation and three layouts are kept";
  }
  EXPECT_EQ(counter("fake_handles"), 0);
  EXPECT_EQ(counter("fake_descriptors"), 0);
}

// Columns first: the weight, transposed, is the library's first matrix, x its second.
TEST_F(FakeCublasLt, MultipliesRowsByRows) {
  MatmulPlans plans(open());
  plans.enqueue(Stream(fake.open()), kPlain);
  const std::vector<std::string> lines = asked();
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0], "prefer 1=8:33554432 3=4:2 5=4:256 6=4:256 7=4:256 8=4:256");
  EXPECT_EQ(lines[1],
            "68/0 3=4:1 | 14:60x48/64 | 14:60x10/60 | 14:48x10/48 | 14:48x10/48 | "
            "1.000000 0.000000 42 33554432");
}

TEST_F(FakeCublasLt, AddsABiasAndAMatrix) {
  MatmulPlans plans(open());
  Matmul matmul = kPlain;
  matmul.dtype = DType::kF16;
  matmul.out = DType::kF32;
  matmul.bias = address(2048);
  matmul.c = address(4096 + 8);
  plans.enqueue(Stream(fake.open()), matmul);
  const std::vector<std::string> lines = asked();
  EXPECT_EQ(lines[0], "prefer 1=8:33554432 3=4:2 5=4:256 6=4:256 7=4:8 8=4:256");
  EXPECT_EQ(lines[1],
            "68/0 3=4:1 7=4:4 8=8:2048 | 2:60x48/64 | 2:60x10/60 | 0:48x10/48 | 0:48x10/48 | "
            "1.000000 1.000000 42 33554432");
}

TEST_F(FakeCublasLt, AsksOnceForAShapeAndNotByAddress) {
  MatmulPlans plans(open());
  const Stream stream(fake.open());
  Matmul matmul = kPlain;
  matmul.bias = address(256);
  plans.enqueue(stream, matmul);
  matmul.a = address(1 << 20);
  matmul.bias = address(512);
  plans.enqueue(stream, matmul);
  EXPECT_EQ(counter("fake_heuristics"), 1);
  EXPECT_NE(asked().back().find("8=8:512"), std::string::npos) << "the second product's own bias";
  matmul.m = 11;
  plans.enqueue(stream, matmul);
  matmul.a = address((1 << 20) + 16);  // less aligned
  plans.enqueue(stream, matmul);
  EXPECT_EQ(counter("fake_heuristics"), 3);
  EXPECT_EQ(plans.size(), 3u);
}

TEST_F(FakeCublasLt, ForgetsShapesBeforeTheyAreTooMany) {
  MatmulPlans plans(open());
  const Stream stream(fake.open());
  Matmul matmul = kPlain;
  for (matmul.m = 1; matmul.m <= 1030; ++matmul.m) plans.enqueue(stream, matmul);
  EXPECT_EQ(plans.size(), 6u);
  EXPECT_EQ(counter("fake_descriptors"), 24);
}

// The library may load its code, which a capture of this thread would refuse.
TEST_F(FakeCublasLt, RelaxesACaptureForItself) {
  const auto library = open();
  MatmulPlans plans(library);
  const Stream stream(fake.open());
  const GraphExec graph = capture(stream, [&] { plans.enqueue(stream, kPlain); });
  EXPECT_EQ(fake.calls["cuThreadExchangeStreamCaptureMode"], 2);
  EXPECT_EQ(asked().size(), 2u);
}

TEST_F(FakeCublasLt, FailuresNameTheCallAndTheProduct) {
  MatmulPlans plans(open());
  const Stream stream(fake.open());
  Matmul matmul = kPlain;
  matmul.n = 13;
  EXPECT_EQ(error_of([&] { plans.enqueue(stream, matmul); }),
            "cuBLASLt 12.8.3 has no algorithm for bf16[10,60] x bf16[13,60] to bf16");
  EXPECT_EQ(counter("fake_descriptors"), 0);
  matmul.n = 14;
  matmul.c = matmul.d;
  EXPECT_EQ(error_of([&] { plans.enqueue(stream, matmul); }),
            "cublasLtMatmul of bf16[10,60] x bf16[14,60] to bf16 + c on cuda:0: "
            "FAKE_NOT_SUPPORTED (15)");
  EXPECT_EQ(code_of([&] { plans.enqueue(stream, matmul); }), ErrorCode::kUnavailable);
}

TEST_F(FakeCublasLt, WithoutAHandleIsUnavailable) {
  counter("fake_no_handle") = 3;
  EXPECT_EQ(error_of([&] { open(); }), "cublasLtCreate on cuda:0: FAKE_STATUS (3)");
  counter("fake_no_handle") = 0;
}

TEST(CublasLt, OfAnOldCudaIsRefusedWithItsVersion) {
  const FakeGpu fake;
  const TempDir temp;
  const std::filesystem::path path = temp.path() / "libcublasLt.so.12";
  std::filesystem::copy_file(LATHE_FAKE_CUDA_11, path);
  const auto open_old = [&] { CublasLt(fake.open(), {.directory = temp.path()}); };
  EXPECT_EQ(error_of(open_old),
            cat(path.string(), " is cuBLASLt 11.8.3, Lathe needs 12.0 or newer"));
  EXPECT_EQ(code_of(open_old), ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace lathe::cuda
