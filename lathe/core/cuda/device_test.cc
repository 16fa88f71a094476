// SPDX-License-Identifier: Apache-2.0
// What becomes of the driver's errors: their code, their text, and the device that they lose.
#include "lathe/core/cuda/device.h"

#include <gtest/gtest.h>

#include "lathe/core/cuda/stream.h"
#include "tests/support/fake_gpu.h"
#include "tests/support/temp_dir.h"

namespace lathe::cuda {
namespace {

using testing::error_code_from;
using testing::error_of;
using testing::FakeGpu;

TEST(CudaDevice, IsDescribedByItsDriver) {
  FakeGpu fake({.memory_bytes = size_t{80} << 30});
  const DeviceInfo info = fake.open()->info();
  EXPECT_EQ(info.kind, DeviceKind::kCuda);
  EXPECT_EQ(info.arch, "sm_90a");
  EXPECT_EQ(info.memory_bytes, int64_t{80} << 30);
  EXPECT_EQ(to_text(info), "cuda:0 Fake, sm_90a, 4 processors, 80.0 GiB");
}

// Instructions of one architecture alone begin with compute capability 9.0.
TEST(CudaDevice, OlderArchitecturesHaveNoSuffix) {
  EXPECT_EQ(FakeGpu({.compute_major = 8}).open()->info().arch, "sm_80");
  EXPECT_EQ(FakeGpu({.compute_major = 10}).open()->info().arch, "sm_100a");
}

TEST(CudaDevice, ThatDoesNotExistIsNamed) {
  FakeGpu fake;
  for (const int index : {-1, 1, 7}) {
    const auto open = [&] { fake.open(index); };
    EXPECT_EQ(error_of(open), cat("cuda:", index, " does not exist: this machine has 1 GPU"));
    EXPECT_EQ(error_code_from(open), ErrorCode::kNotFound);
  }
}

// Whatever step of opening fails names its call, and a context that was taken is given back.
TEST(CudaDevice, OpeningFailsWithTheCallThatDid) {
  for (const char* call :
       {"cuDeviceGetCount", "cuDeviceGet", "cuDeviceGetName", "cuDeviceGetAttribute",
        "cuDeviceTotalMem_v2", "cuDevicePrimaryCtxRetain", "cuCtxSetCurrent"}) {
    FakeGpu fake;
    fake.results[call] = 999;
    const std::string message = error_of([&] { fake.open(); });
    EXPECT_TRUE(message.starts_with(std::string_view(call).substr(0, 16))) << message;
    EXPECT_NE(message.find(" on cuda:0"), std::string::npos) << message;
    EXPECT_NE(message.find("CUDA_ERROR_FAKE (999): a fake error"), std::string::npos) << message;
    const bool taken = call == std::string_view("cuCtxSetCurrent");
    EXPECT_EQ(fake.calls["cuDevicePrimaryCtxRelease_v2"], taken ? 1 : 0) << call;
  }
}

TEST(CudaDevice, GivesItsContextBack) {
  FakeGpu fake;
  fake.open();
  EXPECT_EQ(fake.calls["cuDevicePrimaryCtxRelease_v2"], 1);
}

TEST(CudaErrors, HaveACode) {
  const std::pair<Result, ErrorCode> cases[] = {
      {1, ErrorCode::kInvalidArgument},    // invalid value
      {2, ErrorCode::kOutOfMemory},        // out of memory
      {101, ErrorCode::kInvalidArgument},  // invalid device
      {200, ErrorCode::kCorrupt},          // invalid image
      {300, ErrorCode::kCorrupt},          // invalid source
      {209, ErrorCode::kUnsupported},      // no binary for the GPU
      {801, ErrorCode::kUnsupported},      // not supported
      {100, ErrorCode::kUnavailable},      // no device
      {700, ErrorCode::kUnavailable},      // illegal address
      {719, ErrorCode::kUnavailable},      // launch failed
      {999, ErrorCode::kUnavailable},      // unknown
  };
  FakeGpu fake;
  const auto device = fake.open();
  for (const auto& [result, code] : cases) {
    EXPECT_EQ(error_code_of(result), code) << result;
    EXPECT_EQ(error_code_from([&, number = result] { device->check(number, "cuX"); }), code);
  }
}

TEST(CudaErrors, NameCallSubjectAndDevice) {
  FakeGpu fake;
  const auto device = fake.open();
  device->check(0, "cuX");
  EXPECT_EQ(error_of([&] { device->check(1, "cuX"); }),
            "cuX on cuda:0 (Fake): CUDA_ERROR_FAKE (1): a fake error");
  EXPECT_EQ(error_of([&] { device->check(1, "cuLaunchKernelEx", "rms_norm"); }),
            "cuLaunchKernelEx of rms_norm on cuda:0 (Fake): CUDA_ERROR_FAKE (1): a fake error");
}

// A driver may know no text for a number that is newer than it.
TEST(CudaErrors, WithoutATextAreStillNumbered) {
  FakeGpu fake;
  const auto silent = [](Result, const char** text) {
    *text = nullptr;
    return 1;
  };
  Driver driver = fake.driver();
  driver.cuGetErrorString = silent;
  EXPECT_EQ(driver.describe(12345), "CUDA_ERROR_FAKE (12345)");
  driver.cuGetErrorName = silent;
  EXPECT_EQ(driver.describe(12345), "unknown error (12345)");
}

TEST(CudaErrors, ThatLoseTheContextPoisonTheDevice) {
  for (const Result sticky : {4, 214, 700, 702, 709, 714, 715, 716, 717, 718, 719}) {
    FakeGpu fake;
    const auto device = fake.open();
    EXPECT_TRUE(is_sticky(sticky));
    fake.results["cuCtxSynchronize"] = sticky;
    EXPECT_NE(error_of([&] { device->synchronize(); }), "no error");
    fake.results.clear();  // the driver may answer as if nothing was: the device stays lost
    EXPECT_TRUE(device->poisoned());
    const int before = fake.calls["cuCtxSynchronize"];
    EXPECT_EQ(error_of([&] { device->synchronize(); }),
              cat("cuCtxSetCurrent on cuda:0: the device is lost since an earlier error: "
                  "CUDA_ERROR_FAKE (",
                  sticky, "): a fake error; restart the process"));
    EXPECT_EQ(fake.calls["cuCtxSynchronize"], before) << "the lost device was asked again";
    EXPECT_EQ(error_code_from([&] { (void)device->memory(); }), ErrorCode::kUnavailable);
    EXPECT_EQ(error_code_from([&] { Stream stream(device); }), ErrorCode::kUnavailable);
  }
}

TEST(CudaErrors, TheFirstCauseIsTheOneReported) {
  FakeGpu fake;
  const auto device = fake.open();
  EXPECT_NE(error_of([&] { device->check(719, "cuA"); }), "no error");
  EXPECT_NE(error_of([&] { device->check(700, "cuB"); }), "no error");
  EXPECT_NE(error_of([&] { device->make_current(); }).find("(719)"), std::string::npos);
}

TEST(CudaErrors, OfOneCallLeaveTheDeviceUsable) {
  FakeGpu fake;
  const auto device = fake.open();
  for (const Result passing : {1, 2, 200, 500, 701, 801}) {
    EXPECT_FALSE(is_sticky(passing));
    fake.results["cuCtxSynchronize"] = passing;
    EXPECT_NE(error_of([&] { device->synchronize(); }), "no error");
    fake.results.clear();
    EXPECT_FALSE(device->poisoned()) << passing;
    EXPECT_EQ(error_of([&] { device->synchronize(); }), "no error");
  }
}

}  // namespace
}  // namespace lathe::cuda
