// SPDX-License-Identifier: Apache-2.0
#include "lathe/core/cuda/device.h"

#include <gtest/gtest.h>

#include "lathe/core/cuda/buffer.h"
#include "lathe/core/cuda/stream.h"
#include "tests/support/error_code_of.h"
#include "tests/support/fake_gpu.h"
#include "tests/support/temp_dir.h"

namespace lathe::cuda {
namespace {

using testing::code_of;
using testing::error_of;
using testing::FakeGpu;

TEST(CudaDevice, KnowsWhatTheDriverTells) {
  const FakeGpu fake({.memory_bytes = 1000});
  const auto device = fake.open();
  const DeviceInfo& info = device->info();
  EXPECT_EQ(info.kind, DeviceKind::kCuda);
  EXPECT_EQ(info.name, "Fake");
  EXPECT_EQ(info.arch, "sm_90a");
  EXPECT_EQ(info.num_processors, 4);
  EXPECT_EQ(info.shared_bytes_per_block, 227 * 1024);
  EXPECT_EQ(info.memory_bytes, 1000);
  EXPECT_EQ(device->memory().free_bytes, 1000);
}

TEST(CudaDevice, OlderArchitecturesHaveNoLetter) {
  const FakeGpu fake({.compute_major = 8});
  EXPECT_EQ(fake.open()->info().arch, "sm_80");
}

TEST(CudaDevice, GivesItsContextBack) {
  const FakeGpu fake;
  {
    const auto device = fake.open();
    EXPECT_EQ(fake.alive("context"), 1u);
  }
  EXPECT_EQ(fake.alive("context"), 0u);
}

TEST(CudaDevice, GivesItsContextBackWhereOpeningFails) {
  FakeGpu fake;
  fake.results["cuCtxSetCurrent"] = 999;
  EXPECT_EQ(code_of([&] { fake.open(); }), ErrorCode::kUnavailable);
  EXPECT_EQ(fake.alive("context"), 0u);
}

TEST(CudaDevice, AnIndexThatDoesNotExistIsRefused) {
  const FakeGpu one, two({.devices = 2});
  EXPECT_EQ(error_of([&] { two.open(2); }), "cuda:2 does not exist: this machine has 2 GPUs");
  EXPECT_EQ(error_of([&] { two.open(-1); }), "cuda:-1 does not exist: this machine has 2 GPUs");
  EXPECT_EQ(code_of([&] { two.open(2); }), ErrorCode::kNotFound);
  EXPECT_EQ(two.open(1)->info().index, 1);
}

TEST(CudaDevice, CallsThatFailBeforeThereIsAContextNameItself) {
  for (const char* call : {"cuDeviceGetCount", "cuDeviceGet", "cuDeviceGetName",
                           "cuDeviceGetAttribute", "cuDeviceTotalMem_v2"}) {
    FakeGpu fake;
    fake.results[call] = 999;
    const std::string message = error_of([&] { fake.open(); });
    const std::string name = std::string(call).substr(0, std::string(call).find("_v2"));
    EXPECT_EQ(message, name + " on cuda:0: CUDA_ERROR_FAKE (999): a fake error");
  }
  FakeGpu fake;
  fake.results["cuDevicePrimaryCtxRetain"] = 2;
  EXPECT_EQ(code_of([&] { fake.open(); }), ErrorCode::kOutOfMemory);
}

TEST(CudaDevice, StickyErrorsAreThoseThatLoseTheContext) {
  for (const Result result : {4, 214, 700, 702, 709, 710, 714, 715, 716, 717, 718, 719, 721}) {
    EXPECT_TRUE(is_sticky(result)) << result;
    EXPECT_EQ(error_code_of(result), ErrorCode::kUnavailable) << result;
  }
  for (const Result result : {0, 1, 2, 101, 200, 209, 500, 600, 701, 801}) {
    EXPECT_FALSE(is_sticky(result)) << result;
  }
}

// The command's exit codes hang on these: what the driver says of our calls is no usage error.
TEST(CudaDevice, ResultsHaveACode) {
  struct Case {
    Result result;
    ErrorCode code;
  };
  for (const Case& one : {Case{2, ErrorCode::kOutOfMemory},
                          {200, ErrorCode::kCorrupt},
                          {300, ErrorCode::kCorrupt},
                          {209, ErrorCode::kUnsupported},
                          {1, ErrorCode::kUnavailable},
                          {101, ErrorCode::kUnavailable},
                          {701, ErrorCode::kUnavailable},
                          {801, ErrorCode::kUnavailable},
                          {999, ErrorCode::kUnavailable}}) {
    EXPECT_EQ(error_code_of(one.result), one.code) << one.result;
  }
}

TEST(CudaDevice, ErrorsNameCallSubjectAndDevice) {
  const FakeGpu fake;
  const auto device = fake.open();
  EXPECT_NO_THROW(device->check(0, "cuSomething", "norm"));
  EXPECT_EQ(error_of([&] { device->check(701, "cuSomething", "norm"); }),
            "cuSomething of norm on cuda:0 (Fake): CUDA_ERROR_FAKE (701): a fake error");
  EXPECT_EQ(error_of([&] { device->check(1, "cuSomething"); }),
            "cuSomething on cuda:0 (Fake): CUDA_ERROR_FAKE (1): a fake error");
  EXPECT_FALSE(device->poisoned());
}

TEST(CudaDevice, AfterAStickyErrorEveryCallNamesTheFirst) {
  FakeGpu fake;
  const auto device = fake.open();
  const Stream stream(device);
  device->note_launch(device->keep_name("norm"));
  fake.results["cuStreamSynchronize"] = 700;
  const std::string first =
      "cuStreamSynchronize(handle_) on cuda:0 (Fake): CUDA_ERROR_FAKE (700): a fake error; "
      "launched last: norm";
  EXPECT_EQ(error_of([&] { stream.synchronize(); }), first);
  EXPECT_TRUE(device->poisoned());
  fake.results.clear();
  const size_t calls = fake.log.size();
  const std::string later =
      "cuda:0 is lost since an earlier error: " + first + "; restart the process";
  EXPECT_EQ(error_of([&] { stream.synchronize(); }), later);
  EXPECT_EQ(error_of([&] { stream.fill(1, 0, 1); }), later);
  EXPECT_EQ(error_of([&] { (void)device->memory(); }), later);
  EXPECT_EQ(error_of([&] { device->synchronize(); }), later);
  EXPECT_EQ(error_of([&] { DeviceBuffer(device, 8, "x"); }), later);
  EXPECT_EQ(code_of([&] { stream.synchronize(); }), ErrorCode::kUnavailable);
  EXPECT_EQ(fake.log.size(), calls) << "a lost device is not asked again";
}

TEST(CudaDevice, TheFirstStickyErrorStays) {
  const FakeGpu fake;
  const auto device = fake.open();
  EXPECT_THROW(device->check(719, "cuFirst", "norm"), Error);
  EXPECT_THROW(device->check(700, "cuSecond"), Error);
  const std::string later = error_of([&] { device->make_current(); });
  EXPECT_NE(later.find("cuFirst of norm"), std::string::npos) << later;
  EXPECT_EQ(later.find("cuSecond"), std::string::npos) << later;
}

TEST(CudaDevice, KeepsANameOnce) {
  const FakeGpu fake;
  const auto device = fake.open();
  const char* name = device->keep_name(std::string("a kernel's name"));
  EXPECT_STREQ(name, "a kernel's name");
  EXPECT_EQ(device->keep_name("a kernel's name"), name);
}

}  // namespace
}  // namespace lathe::cuda
