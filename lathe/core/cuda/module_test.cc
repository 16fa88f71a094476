// SPDX-License-Identifier: Apache-2.0
#include "lathe/core/cuda/module.h"

#include <gtest/gtest.h>

#include "tests/support/error_code_of.h"
#include "tests/support/fake_gpu.h"
#include "tests/support/temp_dir.h"

namespace lathe::cuda {
namespace {

using testing::code_of;
using testing::error_of;
using testing::FakeGpu;

class CudaModule : public ::testing::Test {
 protected:
  Module load(std::string_view bytes) const {
    return Module(device, testing::as_bytes(bytes), "norm");
  }
  Module load() const { return load(FakeGpu::cubin()); }
  void launch(const Kernel& kernel, const LaunchConfig& config) const {
    std::array<std::byte, 256> parameter{};
    cuda::launch(stream, kernel, config, parameter);
  }
  FakeGpu fake;
  std::shared_ptr<const Device> device = fake.open();
  Stream stream{device};
};

TEST_F(CudaModule, AnImageThatIsNoElfFileDoesNotReachTheDriver) {
  const std::string cubin = FakeGpu::cubin();
  for (const std::string& bytes :
       {std::string(), std::string("no cubin"), cubin.substr(0, 63), "x" + cubin}) {
    EXPECT_EQ(error_of([&] { load(bytes); }),
              "device code of norm is no cubin: " + std::to_string(bytes.size()) + " bytes");
    EXPECT_EQ(code_of([&] { load(bytes); }), ErrorCode::kCorrupt);
  }
  EXPECT_EQ(fake.calls["cuLibraryLoadData"], 0);
}

TEST_F(CudaModule, WhatTheDriverRefusesNamesTheCode) {
  for (const auto& [result, code] : {std::pair{200, ErrorCode::kCorrupt},
                                     {209, ErrorCode::kUnsupported},
                                     {2, ErrorCode::kOutOfMemory}}) {
    fake.results["cuLibraryLoadData"] = result;
    EXPECT_EQ(code_of([&] { load(); }), code);
    EXPECT_EQ(error_of([&] { load(); }).find("cuLibraryLoadData of norm on cuda:0 (Fake): "), 0u);
  }
}

TEST_F(CudaModule, IsUnloadedOnce) {
  {
    Module module = load();
    const Module moved(std::move(module));
    EXPECT_EQ(fake.alive("library"), 1u);
  }
  EXPECT_EQ(fake.alive("library"), 0u);
}

TEST_F(CudaModule, AKernelMayHaveAllSharedMemoryBesideItsStaticPart) {
  const Module module = load();
  EXPECT_STREQ(module.kernel("norm_rows").name(), "norm_rows");
  // 100 bytes are static (the fake's attribute 1); the carve-out is the largest.
  EXPECT_EQ(fake.settings["norm_rows"],
            (FakeGpu::FunctionSettings{{8, 227 * 1024 - 100}, {9, 100}}));
}

TEST_F(CudaModule, AKernelThatIsMissingIsNamed) {
  const Module module = load();
  fake.missing_entries = {"norm_rows"};
  EXPECT_EQ(error_of([&] { (void)module.kernel("norm_rows"); }),
            "device code of norm has no kernel norm_rows");
  EXPECT_EQ(code_of([&] { (void)module.kernel("norm_rows"); }), ErrorCode::kCorrupt);
}

TEST_F(CudaModule, FailuresOnTheWayToAKernelNameIt) {
  const Module module = load();
  for (const char* call :
       {"cuLibraryGetKernel", "cuKernelGetFunction", "cuFuncGetAttribute", "cuFuncSetAttribute"}) {
    fake.results = {{call, 999}};
    const std::string message = error_of([&] { (void)module.kernel("norm_rows"); });
    EXPECT_EQ(message.find(call), 0u) << message;
    EXPECT_NE(message.find(" of norm_rows on cuda:0 (Fake)"), std::string::npos) << message;
  }
}

TEST_F(CudaModule, TellsWhatAKernelTakes) {
  const Module module = load();
  const Kernel kernel = module.kernel("norm_rows");
  const KernelInfo info = module.info(kernel);
  EXPECT_EQ(info.registers, 400);
  EXPECT_EQ(info.local_bytes, 300);
  EXPECT_EQ(info.static_shared_bytes, 100);
  EXPECT_EQ(module.blocks_per_processor(kernel, 512, 0), 4);
}

TEST_F(CudaModule, ALaunchHasTheShapeThatWasAsked) {
  const Module module = load();
  const Kernel kernel = module.kernel("norm_rows");
  const LaunchConfig plain{.grid = {7, 2, 3}, .block = {128}, .shared_bytes = 96};
  const LaunchConfig overlapped{
      .grid = {8}, .block = {32, 4}, .cluster = {8}, .overlap = Overlap::kProgrammatic};
  launch(kernel, plain);
  launch(kernel, overlapped);
  ASSERT_EQ(fake.launches.size(), 2u);
  EXPECT_EQ(fake.launches[0].config.grid, plain.grid);
  EXPECT_EQ(fake.launches[0].config.block, plain.block);
  EXPECT_EQ(fake.launches[0].config.shared_bytes, 96u);
  EXPECT_EQ(fake.launches[0].config.overlap, Overlap::kNone);
  EXPECT_EQ(fake.launches[0].config.cluster, Dim3{}) << "no attribute of a cluster of one";
  EXPECT_EQ(fake.launches[1].config, overlapped);
  EXPECT_FALSE(fake.settings["norm_rows"].contains(14));
}

TEST_F(CudaModule, AGridThatNoGpuTakesIsRefused) {
  const Module module = load();
  const Kernel kernel = module.kernel("norm_rows");
  launch(kernel, {.grid = {70000, 65535, 65535}});
  EXPECT_EQ(
      error_of([&] {
        launch(kernel, {.grid = {4, 65536}});
      }),
      "norm_rows: a grid of 4 x 65536 x 1 blocks, a GPU takes up to 65535 along y and z: give "
      "it smaller steps");
  EXPECT_EQ(fake.launches.size(), 1u);
}

TEST_F(CudaModule, OnlyAClusterBeyondEightAsksForMore) {
  const Module module = load();
  const Kernel kernel = module.kernel("norm_rows");
  launch(kernel, {.cluster = {4, 4, 1}});
  EXPECT_EQ(fake.settings["norm_rows"][14], 1);
}

TEST_F(CudaModule, ParametersReachTheKernel) {
  const Module module = load();
  int got = 0;
  fake.kernels["norm_rows"] = [&](FakeGpu::Launch& one) { got = one.as<std::array<int, 64>>()[3]; };
  std::array<int, 64> parameter{0, 0, 0, 42};
  cuda::launch(stream, module.kernel("norm_rows"), {}, parameter);
  EXPECT_EQ(got, 42);
}

TEST_F(CudaModule, ALaunchThatFailsNamesTheKernel) {
  const Module module = load();
  const Kernel kernel = module.kernel("norm_rows");
  fake.results["cuLaunchKernelEx"] = 701;  // too many resources
  EXPECT_EQ(error_of([&] { launch(kernel, {}); }),
            "cuLaunchKernelEx of norm_rows on cuda:0 (Fake): CUDA_ERROR_FAKE (701): a fake error");
  EXPECT_FALSE(device->poisoned());
}

TEST_F(CudaModule, AFaultNamesWhatWasLaunchedLast) {
  const Module module = load();
  const Kernel kernel = module.kernel("norm_rows");
  fake.faulty = {"norm_rows", 700};
  EXPECT_NO_THROW(launch(kernel, {})) << "a fault shows later";
  const std::string message = error_of([&] { stream.synchronize(); });
  EXPECT_NE(message.find("(700)"), std::string::npos) << message;
  EXPECT_NE(message.find("; launched last: norm_rows"), std::string::npos) << message;
  EXPECT_NE(error_of([&] { launch(kernel, {}); }).find("is lost since"), std::string::npos);
}

}  // namespace
}  // namespace lathe::cuda
