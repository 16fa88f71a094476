// SPDX-License-Identifier: Apache-2.0
// Device code that is none, and what a launch tells the driver.
#include "lathe/core/cuda/module.h"

#include <gtest/gtest.h>

#include "tests/support/fake_gpu.h"
#include "tests/support/temp_dir.h"

namespace lathe::cuda {
namespace {

using testing::error_code_from;
using testing::error_of;
using testing::FakeGpu;

// Numbers of the driver's documentation.
constexpr int kMaxDynamicShared = 8, kCarveout = 9, kNonPortableCluster = 14;
constexpr uint32_t kClusterDimension = 4, kProgrammaticSerialization = 6;

class ModuleTest : public ::testing::Test {
 protected:
  Module module_of(std::string_view bytes) { return {device, testing::as_bytes(bytes), "norm"}; }
  FakeGpu::Launch launched_with(const LaunchConfig& config) {
    const std::array<int, 64> parameter{};
    launch(stream, module.kernel("rms_norm"), config, parameter);
    return fake.launches.back();
  }

  FakeGpu fake;
  std::shared_ptr<const Device> device = fake.open();
  Stream stream{device};
  const std::string cubin = FakeGpu::cubin();
  Module module{device, testing::as_bytes(cubin), "norm"};
};

TEST_F(ModuleTest, BytesThatAreNoElfFileDoNotReachTheDriver) {
  const int before = fake.calls["cuLibraryLoadData"];
  const std::string elf = FakeGpu::cubin();
  for (const std::string& bytes :
       {std::string(), std::string("ELF"), elf.substr(0, 63), std::string(200, 'x'),
        std::string("\x7f") + "ELG" + std::string(64, 'c')}) {
    const auto load = [&] { module_of(bytes); };
    EXPECT_EQ(error_of(load), cat("device code of norm is no cubin: ", bytes.size(), " bytes"));
    EXPECT_EQ(error_code_from(load), ErrorCode::kCorrupt);
  }
  EXPECT_EQ(fake.calls["cuLibraryLoadData"], before);
}

TEST_F(ModuleTest, CodeThatTheDriverRefusesIsNamed) {
  fake.results["cuLibraryLoadData"] = 209;
  const auto load = [&] { module_of(cubin); };
  EXPECT_TRUE(error_of(load).starts_with("cuLibraryLoadData of norm on cuda:0 (Fake): "));
  EXPECT_EQ(error_code_from(load), ErrorCode::kUnsupported);
}

TEST_F(ModuleTest, AnEntryThatIsMissingIsNamed) {
  fake.results["cuLibraryGetKernel"] = 500;
  const auto look_up = [&] { (void)module.kernel("rms_norm"); };
  EXPECT_EQ(error_of(look_up), "device code of norm has no kernel rms_norm");
  EXPECT_EQ(error_code_from(look_up), ErrorCode::kCorrupt);
  fake.results["cuLibraryGetKernel"] = 201;
  EXPECT_TRUE(error_of(look_up).starts_with("cuLibraryGetKernel of rms_norm on cuda:0"));
}

TEST_F(ModuleTest, IsUnloadedOnce) {
  {
    Module a = module_of(cubin);
    const Module b(std::move(a));
  }
  EXPECT_EQ(fake.calls["cuLibraryUnload"], 1);
}

// The fake GPU has 4 bytes of shared memory a block, and this kernel's static part takes one.
TEST_F(ModuleTest, AKernelMayUseAllSharedMemoryThatItsStaticPartLeaves) {
  constexpr int kStaticShared = 1;
  fake.function_attributes[kStaticShared] = 1;
  (void)module.kernel("rms_norm");
  EXPECT_EQ(fake.function_attributes[kMaxDynamicShared], 3);
  EXPECT_EQ(fake.function_attributes[kCarveout], 100);
}

TEST_F(ModuleTest, InfoIsTheDrivers) {
  fake.function_attributes = {{1, 36}, {3, 8}, {4, 200}};
  const KernelInfo info = module.info(Kernel(nullptr, "k"));
  EXPECT_EQ(info.registers, 200);
  EXPECT_EQ(info.local_bytes, 8);
  EXPECT_EQ(info.static_shared_bytes, 36);
}

TEST_F(ModuleTest, ALaunchHandsItsConfigurationOn) {
  const FakeGpu::Launch plain =
      launched_with({.grid = {5, 6, 7}, .block = {128, 2, 1}, .shared_bytes = 4096});
  EXPECT_EQ(plain.entry, "rms_norm");
  for (const auto& [got, expected] :
       {std::pair(plain.config.grid, Dim3{5, 6, 7}), {plain.config.block, Dim3{128, 2, 1}}}) {
    EXPECT_EQ((Dim3{got[0], got[1], got[2]}), expected);
  }
  EXPECT_EQ(plain.config.shared_bytes, 4096u);
  EXPECT_EQ(plain.config.stream, stream.handle());
  EXPECT_TRUE(plain.attributes.empty());
}

TEST_F(ModuleTest, OverlapAndClustersAreAttributes) {
  const FakeGpu::Launch overlapped =
      launched_with({.grid = {8}, .block = {32}, .overlap = Overlap::kProgrammatic});
  ASSERT_EQ(overlapped.attributes.size(), 1u);
  EXPECT_EQ(overlapped.attributes[0].id, kProgrammaticSerialization);
  EXPECT_EQ(overlapped.attributes[0].value.flag, 1);

  const FakeGpu::Launch both = launched_with(
      {.grid = {8, 2}, .block = {32}, .cluster = {4, 2, 1}, .overlap = Overlap::kProgrammatic});
  ASSERT_EQ(both.attributes.size(), 2u);
  EXPECT_EQ(both.attributes[1].id, kClusterDimension);
  EXPECT_EQ(both.attributes[1].value.words[0], 4u);
  EXPECT_EQ(both.attributes[1].value.words[1], 2u);
  EXPECT_EQ(both.attributes[1].value.words[2], 1u);
}

// Clusters of more than 8 blocks are not portable: a kernel has to be allowed them.
TEST_F(ModuleTest, LargeClustersAreAllowedFirst) {
  launched_with({.grid = {8}, .block = {32}, .cluster = {8}});
  EXPECT_FALSE(fake.function_attributes.contains(kNonPortableCluster));
  launched_with({.grid = {16}, .block = {32}, .cluster = {16}});
  EXPECT_EQ(fake.function_attributes[kNonPortableCluster], 1);
}

TEST_F(ModuleTest, ALaunchThatFailsNamesTheKernel) {
  fake.results["cuLaunchKernelEx"] = 1;
  EXPECT_EQ(error_of([&] { launched_with({}); }),
            "cuLaunchKernelEx of rms_norm on cuda:0 (Fake): CUDA_ERROR_FAKE (1): a fake error");
}

}  // namespace
}  // namespace lathe::cuda
