// SPDX-License-Identifier: Apache-2.0
// Streams, events and the graphs that are captured from them.
#include "lathe/core/cuda/stream.h"

#include <gtest/gtest.h>

#include "lathe/core/cuda/buffer.h"
#include "lathe/core/cuda/graph.h"
#include "lathe/core/cuda/module.h"
#include "tests/support/fake_gpu.h"
#include "tests/support/temp_dir.h"

namespace lathe::cuda {
namespace {

using testing::error_of;
using testing::FakeGpu;

TEST(Stream, CopiesThereAndBackAndFills) {
  FakeGpu fake;
  const auto device = fake.open();
  const Stream stream(device);
  const DeviceBuffer a(device, 8, "a"), b(device, 8, "b");
  const std::array<uint8_t, 8> sent = {1, 2, 3, 4, 5, 6, 7, 8};
  std::array<uint8_t, 8> got = {};
  stream.copy_to_device(a.address(), sent.data(), sent.size());
  stream.copy(b.address(), a.address(), 8);
  stream.fill(b.address() + 6, 9, 2);
  stream.copy_to_host(got.data(), b.address(), got.size());
  stream.synchronize();
  EXPECT_EQ(got, (std::array<uint8_t, 8>{1, 2, 3, 4, 5, 6, 9, 9}));
}

TEST(Stream, NoBytesAreNoCall) {
  FakeGpu fake;
  const auto device = fake.open();
  const Stream stream(device);
  stream.copy_to_device(0, nullptr, 0);
  stream.copy_to_host(nullptr, 0, 0);
  stream.fill(0, 1, 0);
  EXPECT_EQ(fake.calls["cuMemcpyAsync"] + fake.calls["cuMemsetD8Async"], 0);
}

TEST(Stream, AnErrorOfWhatWasEnqueuedComesWithTheWait) {
  FakeGpu fake;
  const auto device = fake.open();
  const Stream stream(device);
  fake.results["cuStreamSynchronize"] = 700;
  EXPECT_EQ(error_of([&] { stream.synchronize(); }),
            "cuStreamSynchronize(handle_) on cuda:0 (Fake): CUDA_ERROR_FAKE (700): a fake error");
  EXPECT_TRUE(device->poisoned());
}

TEST(Stream, IsDestroyedOnceHoweverOftenItMoved) {
  FakeGpu fake;
  const auto device = fake.open();
  {
    Stream a(device);
    Stream b(std::move(a));
    const Stream c(std::move(b));
    Event e(device);
    const Event f(std::move(e));
  }
  EXPECT_EQ(fake.calls["cuStreamDestroy_v2"], 1);
  EXPECT_EQ(fake.calls["cuEventDestroy_v2"], 1);
}

TEST(Event, IsDoneNotYetOrFailed) {
  FakeGpu fake;
  const auto device = fake.open();
  const Event event(device);
  EXPECT_TRUE(event.done());
  fake.results["cuEventQuery"] = 600;
  EXPECT_FALSE(event.done());
  EXPECT_FALSE(device->poisoned());
  fake.results["cuEventQuery"] = 719;
  EXPECT_TRUE(error_of([&] { (void)event.done(); }).starts_with("cuEventQuery on cuda:0"));
}

TEST(Event, TimesAreMicroseconds) {
  FakeGpu fake;
  const auto device = fake.open();
  const Event begin(device), end(device);
  EXPECT_FLOAT_EQ(elapsed_us(begin, end), 1500);
}

TEST(Event, HoldsAStreamOnItsOwnDevice) {
  FakeGpu fake;
  const auto device = fake.open();
  const Stream stream(device);
  Event event(device, Event::Timing::kNone);
  event.record(stream);
  event.hold(stream);
  EXPECT_EQ(fake.calls["cuEventRecord"], 1);
  EXPECT_EQ(fake.calls["cuStreamWaitEvent"], 1);
}

class Captured : public ::testing::Test {
 protected:
  // Enqueues the kernel "add", which adds three.
  void add() {
    std::array<int, 64> three{3};
    void* arguments[] = {three.data()};
    launch_raw(stream, module.kernel("add"), {}, arguments);
  }
  void SetUp() override {
    fake.kernels["add"] = [this](FakeGpu::Launch& launch) { sum += launch.as<int>(); };
  }

  FakeGpu fake;
  int sum = 0;
  std::shared_ptr<const Device> device = fake.open();
  Stream stream{device};
  const std::string cubin = FakeGpu::cubin();
  Module module{device, testing::as_bytes(cubin), "adder"};
};

TEST_F(Captured, WorkRunsWhenTheGraphIsLaunched) {
  const GraphExec graph = capture(stream, [&] {
    add();
    add();
  });
  EXPECT_EQ(graph.num_nodes(), 2u);
  EXPECT_EQ(sum, 0);
  graph.upload(stream);
  EXPECT_EQ(sum, 0);
  graph.launch(stream);
  graph.launch(stream);
  EXPECT_EQ(sum, 12);
}

// Else every later call on the stream would be refused.
TEST_F(Captured, AnErrorEndsTheCaptureAndPassesOn) {
  const auto broken = [&] {
    (void)capture(stream, [&] {
      add();
      fail(ErrorCode::kCorrupt, "half way");
    });
  };
  EXPECT_EQ(error_of(broken), "half way");
  EXPECT_EQ(fake.calls["cuStreamEndCapture"], 1);
  EXPECT_EQ(fake.calls["cuGraphDestroy"], 1);
  add();
  EXPECT_EQ(sum, 3);
}

TEST_F(Captured, AGraphThatCannotBeMadeIsGivenBack) {
  for (const char* call : {"cuGraphGetNodes", "cuGraphInstantiateWithFlags"}) {
    fake.results = {{call, 2}};
    fake.calls.clear();
    EXPECT_TRUE(error_of([&] {
                  (void)capture(stream, [&] { add(); });
                }).starts_with("cuGraphInstantiateWithFlags on cuda:0"))
        << call;
    EXPECT_EQ(fake.calls["cuGraphDestroy"], 1) << call;
  }
}

TEST_F(Captured, AGraphIsDestroyedOnce) {
  {
    GraphExec graph = capture(stream, [&] { add(); });
    const GraphExec moved(std::move(graph));
    EXPECT_EQ(moved.num_nodes(), 1u);
  }
  EXPECT_EQ(fake.calls["cuGraphExecDestroy"], 1);
}

}  // namespace
}  // namespace lathe::cuda
