// SPDX-License-Identifier: Apache-2.0
#include "lathe/exec/cuda/gpu.h"

#include <gtest/gtest.h>

#include "lathe/core/cuda/discover.h"
#include "tests/support/fake_gpu.h"
#include "tests/support/temp_dir.h"

namespace lathe::exec {
namespace {

using testing::error_of;
using testing::FakeGpu;

template <class F>
ErrorCode code_of(const F& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.code();
  }
  return ErrorCode::kInternal;
}

TEST(Gpu, OfAnotherArchitectureIsRefused) {
  const FakeGpu fake({.memory_bytes = 1 << 20, .compute_major = 8});
  const auto device = fake.open();
  EXPECT_EQ(error_of([&] { check_gpu(device, 90); }),
            "cuda:0 (Fake) is sm_80, the engine's kernels are for sm_90a; choose another --device, "
            "or build an engine with `lathe build --target cpu`");
  EXPECT_EQ(code_of([&] { check_gpu(device, 90); }), ErrorCode::kUnavailable);
}

TEST(Gpu, RefusesCodeThatIsNoneOrThatTheDriverRefuses) {
  FakeGpu fake;
  const auto device = fake.open();
  const auto load = [&](const std::string& bytes) { Gpu(device, {.cubins = {{"norm/1", bytes}}}); };
  EXPECT_EQ(error_of([&] { load("no cubin"); }),
            "device code of norm/1 is no cubin: 8 bytes; rebuild the engine with `lathe build` or "
            "update the driver, which is CUDA 13.0's");
  fake.results["cuLibraryLoadData"] = 200;
  EXPECT_EQ(code_of([&] { load(FakeGpu::cubin()); }), ErrorCode::kUnavailable);
  EXPECT_EQ(error_of([&] { load(FakeGpu::cubin()); }),
            "cuLibraryLoadData of norm/1 on cuda:0 (Fake): CUDA_ERROR_FAKE (200): a fake error; "
            "rebuild the engine with `lathe build` or update the driver, which is CUDA 13.0's");
}

TEST(Gpu, CodeWithoutItsKernelIsNamedWithTheWayOut) {
  FakeGpu fake;
  const Gpu gpu(fake.open(), {.cubins = {{"norm/1", FakeGpu::cubin()}}});
  fake.missing_entries = {"norm"};
  const auto find = [&] { (void)gpu.kernel("norm/1", "norm"); };
  EXPECT_EQ(error_of(find),
            "device code of norm/1 has no kernel norm; rebuild the engine with `lathe build` or "
            "update the driver, which is CUDA 13.0's");
  EXPECT_EQ(code_of(find), ErrorCode::kUnavailable);
}

TEST(Gpu, NamesCodeThatIsMissing) {
  const FakeGpu fake;
  const Gpu gpu(fake.open(), {.cubins = {{"a", FakeGpu::cubin()}}});
  EXPECT_STREQ(gpu.kernel("a", "entry").name(), "entry");
  EXPECT_EQ(error_of([&] { (void)gpu.kernel("b", "entry"); }),
            "the engine has no device code 'b'; rebuild it with `lathe build`");
}

TEST(Gpu, WithoutADriverSaysSo) {
  if (cuda::discover_devices().devices.size() > 1) GTEST_SKIP() << "this machine has a GPU";
  EXPECT_EQ(code_of([] { open_gpu(0, 90); }), ErrorCode::kUnavailable);
  EXPECT_NE(error_of([] { open_gpu(0, 90); }), "");
}

}  // namespace
}  // namespace lathe::exec
