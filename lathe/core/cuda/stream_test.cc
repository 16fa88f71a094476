// SPDX-License-Identifier: Apache-2.0
#include "lathe/core/cuda/stream.h"

#include <gtest/gtest.h>

#include "lathe/core/cuda/buffer.h"
#include "tests/support/fake_gpu.h"
#include "tests/support/temp_dir.h"

namespace lathe::cuda {
namespace {

using testing::error_of;
using testing::FakeGpu;
using Calls = std::vector<std::string>;

// The calls since `from`, without the changes of context.
Calls calls_since(const FakeGpu& fake, size_t from) {
  Calls out;
  for (size_t i = from; i < fake.log.size(); ++i) {
    if (fake.log[i] != "cuCtxSetCurrent") out.push_back(fake.log[i]);
  }
  return out;
}

TEST(CudaStream, CopiesBothWaysAndFills) {
  const FakeGpu fake;
  const auto device = fake.open();
  const Stream stream(device);
  const DeviceBuffer one(device, 4, "one"), two(device, 4, "two");
  stream.copy_to_device(one.address(), "abcd", 4);
  stream.copy(two.address(), one.address(), 4);
  stream.fill(two.address() + 1, 'x', 2);
  char out[4];
  stream.copy_to_host(out, two.address(), 4);
  stream.synchronize();
  EXPECT_EQ(std::string(out, 4), "axxd");
}

TEST(CudaStream, NothingToCopyIsNoCall) {
  const FakeGpu fake;
  const Stream stream(fake.open());
  const size_t before = fake.log.size();
  stream.copy(0, 0, 0);
  stream.fill(0, 0, 0);
  EXPECT_EQ(fake.log.size(), before);
}

TEST(CudaStream, EveryCallMakesItsContextCurrent) {
  const FakeGpu fake;
  const auto device = fake.open();
  const Stream stream(device);
  const DeviceBuffer memory(device, 4, "memory");
  const size_t before = fake.log.size();
  stream.fill(memory.address(), 0, 4);
  stream.synchronize();
  EXPECT_EQ(
      (Calls(fake.log.begin() + static_cast<ptrdiff_t>(before), fake.log.end())),
      (Calls{"cuCtxSetCurrent", "cuMemsetD8Async", "cuCtxSetCurrent", "cuStreamSynchronize"}));
}

TEST(CudaStream, IsDestroyedOnceAndBeforeItsDevice) {
  const FakeGpu fake;
  {
    Stream stream(fake.open());
    const Stream moved(std::move(stream));
    EXPECT_EQ(fake.alive("stream"), 1u);
  }
  EXPECT_EQ(fake.alive("stream"), 0u);
  EXPECT_EQ(fake.log.back(), "cuDevicePrimaryCtxRelease_v2");
}

TEST(CudaEvent, RecordsWaitsAndHolds) {
  const FakeGpu fake;
  const auto device = fake.open();
  const Stream stream(device), other(device);
  Event event(device, Event::Timing::kNone);
  const size_t before = fake.log.size();
  event.record(stream);
  event.hold(other);
  event.synchronize();
  EXPECT_TRUE(event.done());
  EXPECT_EQ(calls_since(fake, before),
            (Calls{"cuEventRecord", "cuStreamWaitEvent", "cuEventSynchronize", "cuEventQuery"}));
}

TEST(CudaEvent, NotReadyIsNoError) {
  FakeGpu fake;
  const auto device = fake.open();
  const Event event(device);
  fake.results["cuEventQuery"] = 600;
  EXPECT_FALSE(event.done());
  fake.results["cuEventQuery"] = 719;
  EXPECT_EQ(error_of([&] { (void)event.done(); }),
            "cuEventQuery on cuda:0 (Fake): CUDA_ERROR_FAKE (719): a fake error");
  EXPECT_TRUE(device->poisoned());
}

TEST(CudaEvent, MeasuresInMicroseconds) {
  FakeGpu fake;
  const auto device = fake.open();
  const Event begin(device), end(device);
  fake.elapsed_ms = 0.25f;
  EXPECT_FLOAT_EQ(elapsed_us(begin, end), 250);
}

TEST(CudaEvent, IsDestroyedOnce) {
  const FakeGpu fake;
  const auto device = fake.open();
  {
    Event event(device);
    const Event moved(std::move(event));
    EXPECT_EQ(fake.alive("event"), 1u);
  }
  EXPECT_EQ(fake.alive("event"), 0u);
}

TEST(CudaStream, FailuresNameTheCall) {
  struct Case {
    const char* call;
    void (*act)(const Stream&, Event&);
  };
  const Case cases[] = {
      {"cuMemcpyAsync", [](const Stream& s, Event&) { s.copy(1, 1, 1); }},
      {"cuMemsetD8Async", [](const Stream& s, Event&) { s.fill(1, 1, 1); }},
      {"cuStreamSynchronize", [](const Stream& s, Event&) { s.synchronize(); }},
      {"cuEventRecord", [](const Stream& s, Event& e) { e.record(s); }},
      {"cuEventSynchronize", [](const Stream&, Event& e) { e.synchronize(); }},
      {"cuStreamWaitEvent", [](const Stream& s, Event& e) { e.hold(s); }},
      {"cuEventElapsedTime", [](const Stream&, Event& e) { elapsed_us(e, e); }},
  };
  for (const Case& one : cases) {
    FakeGpu fake;
    const auto device = fake.open();
    const Stream stream(device);
    Event event(device);
    fake.results[one.call] = 999;
    const std::string message = error_of([&] { one.act(stream, event); });
    EXPECT_EQ(message.find(one.call), 0u) << message;
    EXPECT_NE(message.find("on cuda:0 (Fake)"), std::string::npos) << message;
  }
}

}  // namespace
}  // namespace lathe::cuda
