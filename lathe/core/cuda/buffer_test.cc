// SPDX-License-Identifier: Apache-2.0
#include "lathe/core/cuda/buffer.h"

#include <gtest/gtest.h>

#include "tests/support/error_code_of.h"
#include "tests/support/fake_gpu.h"
#include "tests/support/temp_dir.h"

namespace lathe::cuda {
namespace {

using testing::code_of;
using testing::error_of;
using testing::FakeGpu;

TEST(CudaBuffer, TakesAndGivesBackMemory) {
  const FakeGpu fake({.memory_bytes = 1000});
  const auto device = fake.open();
  {
    DeviceBuffer buffer(device, 600, "a");
    EXPECT_EQ(buffer.size(), 600u);
    EXPECT_EQ(device->memory().free_bytes, 400);
    DeviceBuffer moved(std::move(buffer));
    EXPECT_EQ(buffer.address(), 0u);
    EXPECT_EQ(buffer.size(), 0u);
    DeviceBuffer other(device, 100, "b");
    other = std::move(moved);
    EXPECT_EQ(device->memory().free_bytes, 400) << "what it held before is free";
    EXPECT_EQ(other.size(), 600u);
  }
  EXPECT_TRUE(fake.all_freed());
}

TEST(CudaBuffer, AssignedToItselfItStays) {
  const FakeGpu fake;
  const auto device = fake.open();
  DeviceBuffer buffer(device, 8, "a");
  DeviceBuffer& same = buffer;
  const DevicePointer address = buffer.address();
  buffer = std::move(same);
  EXPECT_EQ(buffer.address(), address);
  PinnedBuffer pinned(device, 8, "a");
  PinnedBuffer& itself = pinned;
  const void* data = pinned.data();
  pinned = std::move(itself);
  EXPECT_EQ(pinned.data(), data);
}

TEST(CudaBuffer, NothingIsNoMemory) {
  FakeGpu fake;
  const auto device = fake.open();
  const DeviceBuffer none(device, 0, "a");
  const PinnedBuffer no_pinned(device, 0, "a");
  EXPECT_EQ(none.address(), 0u);
  EXPECT_EQ(no_pinned.data(), nullptr);
  EXPECT_EQ(fake.calls["cuMemAlloc_v2"] + fake.calls["cuMemHostAlloc"], 0);
}

TEST(CudaBuffer, TooMuchSaysWhatForAndWhatThereIs) {
  const FakeGpu fake({.memory_bytes = 1000});
  const auto device = fake.open();
  const DeviceBuffer half(device, 600, "a");
  EXPECT_EQ(error_of([&] { DeviceBuffer(device, 401, "KV cache"); }),
            "KV cache needs 401 bytes on cuda:0, 400 of 1000 are free");
  EXPECT_EQ(code_of([&] { DeviceBuffer(device, 401, "KV cache"); }), ErrorCode::kOutOfMemory);
}

TEST(CudaBuffer, PinnedMemoryIsTheHosts) {
  const FakeGpu fake;
  const auto device = fake.open();
  PinnedBuffer buffer(device, 4 * sizeof(int), "numbers");
  const std::span<int> numbers = buffer.values<int>();
  ASSERT_EQ(numbers.size(), 4u);
  numbers[3] = 7;
  PinnedBuffer moved;
  moved = std::move(buffer);
  EXPECT_EQ(buffer.data(), nullptr);
  EXPECT_EQ(moved.values<int>()[3], 7);
}

TEST(CudaBuffer, PinnedMemoryThatCannotBeHadNamesItsPurpose) {
  FakeGpu fake;
  const auto device = fake.open();
  fake.results["cuMemHostAlloc"] = 2;
  EXPECT_EQ(error_of([&] { PinnedBuffer(device, 8, "step inputs"); }),
            "cuMemHostAlloc of step inputs on cuda:0 (Fake): CUDA_ERROR_FAKE (2): a fake error");
  EXPECT_EQ(code_of([&] { PinnedBuffer(device, 8, "step inputs"); }), ErrorCode::kOutOfMemory);
}

}  // namespace
}  // namespace lathe::cuda
