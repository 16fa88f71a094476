// SPDX-License-Identifier: Apache-2.0
#include "lathe/core/cuda/buffer.h"

#include <gtest/gtest.h>

#include "tests/support/fake_gpu.h"
#include "tests/support/temp_dir.h"

namespace lathe::cuda {
namespace {

using testing::error_code_from;
using testing::error_of;
using testing::FakeGpu;

TEST(DeviceBuffer, OfNoBytesAsksTheDriverForNothing) {
  FakeGpu fake;
  const auto device = fake.open();
  const DeviceBuffer buffer(device, 0, "nothing");
  EXPECT_EQ(buffer.address(), 0u);
  EXPECT_EQ(buffer.pointer(), nullptr);
  EXPECT_EQ(fake.calls["cuMemAlloc_v2"], 0);
  const PinnedBuffer pinned(device, 0, "nothing");
  EXPECT_TRUE(pinned.values<float>().empty());
  EXPECT_EQ(fake.calls["cuMemHostAlloc"], 0);
}

TEST(DeviceBuffer, SaysWhatItWasForAndWhatIsFree) {
  FakeGpu fake({.memory_bytes = 1000});
  const auto device = fake.open();
  {
    const DeviceBuffer held(device, 600, "weights");
    EXPECT_EQ(device->memory().free_bytes, 400);
    const auto more = [&] { DeviceBuffer(device, 401, "the KV cache"); };
    EXPECT_EQ(error_of(more), "the KV cache needs 401 bytes on cuda:0, 400 of 1000 are free");
    EXPECT_EQ(error_code_from(more), ErrorCode::kOutOfMemory);
    EXPECT_EQ(error_of([&] { DeviceBuffer(device, 400, "what is left"); }), "no error");
  }
  EXPECT_TRUE(fake.all_freed());
}

TEST(DeviceBuffer, OtherErrorsNameTheirCall) {
  FakeGpu fake;
  const auto device = fake.open();
  fake.results["cuMemAlloc_v2"] = 719;
  EXPECT_TRUE(
      error_of([&] { DeviceBuffer(device, 8, "arena"); }).starts_with("cuMemAlloc of arena on "));
}

TEST(DeviceBuffer, MovesAndFreesOnce) {
  FakeGpu fake;
  const auto device = fake.open();
  {
    DeviceBuffer a(device, 64, "a"), b(device, 128, "b");
    const DevicePointer address = a.address();
    b = std::move(a);
    EXPECT_EQ(b.address(), address);
    EXPECT_EQ(b.size(), 64u);
    EXPECT_EQ(fake.memory_used, 64u) << "what b held before is freed";
    DeviceBuffer& self = b;
    b = std::move(self);
    EXPECT_EQ(b.address(), address);
    const DeviceBuffer c(std::move(b));
    EXPECT_EQ(c.pointer<float>(), reinterpret_cast<float*>(address));
  }
  EXPECT_EQ(fake.calls["cuMemFree_v2"], 2);
  EXPECT_TRUE(fake.all_freed());
}

// The device outlives what was made on it, whoever lets go first.
TEST(DeviceBuffer, KeepsItsDevice) {
  FakeGpu fake;
  auto device = fake.open();
  {
    const DeviceBuffer buffer(device, 16, "a");
    device.reset();
    EXPECT_EQ(fake.calls["cuDevicePrimaryCtxRelease_v2"], 0);
  }
  EXPECT_EQ(fake.calls["cuDevicePrimaryCtxRelease_v2"], 1);
}

TEST(PinnedBuffer, HoldsWholeElementsAndMoves) {
  FakeGpu fake;
  const auto device = fake.open();
  {
    PinnedBuffer a(device, 11, "staging");
    EXPECT_EQ(a.values<int32_t>().size(), 2u);
    a.values<int32_t>()[1] = 7;
    PinnedBuffer b;
    b = std::move(a);
    EXPECT_EQ(b.values<int32_t>()[1], 7);
    EXPECT_TRUE(a.values<int32_t>().empty());  // NOLINT(bugprone-use-after-move): that is the point
  }
  EXPECT_EQ(fake.calls["cuMemFreeHost"], 1);
}

TEST(PinnedBuffer, SaysWhatItWasFor) {
  FakeGpu fake;
  const auto device = fake.open();
  fake.results["cuMemHostAlloc"] = 2;
  const auto allocate = [&] { PinnedBuffer(device, 11, "the host's tokens"); };
  EXPECT_TRUE(error_of(allocate).starts_with("cuMemHostAlloc of the host's tokens on cuda:0"));
  EXPECT_EQ(error_code_from(allocate), ErrorCode::kOutOfMemory);
}

}  // namespace
}  // namespace lathe::cuda
