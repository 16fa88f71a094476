// SPDX-License-Identifier: Apache-2.0
// Drivers that are there and do not serve: old ones, and ones without a function that Lathe calls.
#include "lathe/core/cuda/driver.h"

#include <gtest/gtest.h>

#include "lathe/core/cuda/discover.h"
#include "tests/support/error_code_of.h"
#include "tests/support/fake_gpu.h"
#include "tests/support/temp_dir.h"

namespace lathe::cuda {
namespace {

namespace fs = std::filesystem;
using testing::code_of;
using testing::error_of;
using testing::TempDir;

// A copy: the loader takes two links to one file for the same library.
fs::path put(const TempDir& temp, std::string_view library, std::string_view name) {
  fs::copy_file(library, temp.path() / name);
  return temp.path() / name;
}

TEST(Driver, OfAnOldCudaIsRefusedWithItsVersion) {
  const TempDir temp;
  const fs::path path = put(temp, LATHE_FAKE_CUDA_11, "libcuda.so.1");
  const auto load = [&] { load_driver({.directory = temp.path()}); };
  EXPECT_EQ(error_of(load), cat("the CUDA driver ", path.string(),
                                " is version 11.8, Lathe needs 12.0 or newer: update the driver"));
  EXPECT_EQ(code_of(load), ErrorCode::kUnavailable);
}

TEST(Driver, WithoutItsFunctionsIsRefused) {
  const TempDir temp;
  const fs::path path = put(temp, LATHE_FAKE_CUDA_12, "libcuda.so.1");
  const std::string message = error_of([&] { load_driver({.directory = temp.path()}); });
  EXPECT_TRUE(message.starts_with(cat(path.string(), " has no function cuInit"))) << message;
}

TEST(Discovery, ReportsABrokenDriverBesideTheCpu) {
  const TempDir temp;
  put(temp, LATHE_FAKE_CUDA_11, "libcuda.so.1");
  const Discovery found = discover_devices({.directory = temp.path()});
  ASSERT_EQ(found.devices.size(), 1u);
  EXPECT_EQ(found.devices[0], cpu_device_info());
  EXPECT_EQ(found.driver_version, 0);
  const std::string text = describe_devices(found);
  EXPECT_TRUE(text.starts_with(to_text(cpu_device_info()) + "\n")) << text;
  EXPECT_NE(text.find("cuda: none: the CUDA driver "), std::string::npos) << text;
}

// A driver may know no text for a number that is newer than it.
TEST(Driver, ErrorsWithoutATextAreStillNumbered) {
  const testing::FakeGpu fake;
  const auto silent = [](Result, const char** text) {
    *text = nullptr;
    return 1;
  };
  Driver driver = *fake.driver();
  driver.cuGetErrorString = silent;
  EXPECT_EQ(driver.describe(12345), "CUDA_ERROR_FAKE (12345)");
  driver.cuGetErrorName = silent;
  EXPECT_EQ(driver.describe(12345), "unknown error (12345)");
}

}  // namespace
}  // namespace lathe::cuda
