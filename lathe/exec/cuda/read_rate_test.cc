// SPDX-License-Identifier: Apache-2.0
#include "lathe/exec/cuda/read_rate.h"

#include <gtest/gtest.h>

#include "lathe/base/error.h"
#include "tests/support/error_code_of.h"
#include "tests/support/fake_gpu.h"
#include "tests/support/needs_nvrtc.h"

namespace lathe::exec {
namespace {

using testing::code_of;
using testing::FakeGpu;

constexpr size_t kBytes = size_t{1} << 20;

double rate_of(const FakeGpu& fake, size_t bytes = kBytes) {
  const auto device = fake.open();
  const std::string cubin = FakeGpu::cubin();
  const cuda::Module probe(device, std::as_bytes(std::span(cubin)), "probe");
  return measure_read_rate(cuda::Stream(device), probe, bytes);
}

TEST(ReadRate, IsBytesOverTheTimeOfARead) {
  FakeGpu fake;
  fake.kernel_ms["read_all"] = 0.5f;
  EXPECT_DOUBLE_EQ(rate_of(fake), kBytes / 0.5e-3);
  EXPECT_TRUE(fake.all_freed());
}

TEST(ReadRate, IsTheMedian) {
  FakeGpu fake;
  int reads = 0;
  fake.kernels["read_all"] = [&](FakeGpu::Launch&) {
    fake.kernel_ms["read_all"] = ++reads % 40 == 0 ? 64.f : 0.25f;
  };
  fake.kernel_ms["read_all"] = 0.25f;
  EXPECT_DOUBLE_EQ(rate_of(fake), kBytes / 0.25e-3);
}

// Of a launch the fake knows the first argument.
TEST(ReadRate, WhatIsReadWasFilled) {
  FakeGpu fake;
  fake.kernel_ms["read_all"] = 1;
  std::vector<cuda::DevicePointer> filled, read;
  fake.kernels["fill"] = [&](FakeGpu::Launch& launch) {
    filled.push_back(launch.as<cuda::DevicePointer>());
  };
  fake.kernels["read_all"] = [&](FakeGpu::Launch& launch) {
    read.push_back(launch.as<cuda::DevicePointer>());
  };
  rate_of(fake);
  ASSERT_EQ(filled.size(), 1);
  EXPECT_EQ(std::ranges::count(read, filled[0]), std::ssize(read));
  EXPECT_GE(fake.most_used, kBytes);
}

TEST(ReadRate, MemoryThatThereIsNotIsAnErrorOfItsOwn) {
  const FakeGpu fake({.memory_bytes = kBytes / 2});
  EXPECT_EQ(code_of([&] { rate_of(fake); }), ErrorCode::kOutOfMemory);
}

using ReadProbe = testing::NeedsNvrtc;
TEST_F(ReadProbe, CompilesForTheCardWithoutSpills) {
  const cuda::CompiledKernel code =
      cuda::Nvrtc::open().compile({.name = "read_probe", .source = read_probe_source()});
  std::vector<std::string> entries;
  for (const cuda::EntryReport& entry : code.entries) entries.push_back(entry.entry);
  std::ranges::sort(entries);
  EXPECT_EQ(entries, (std::vector<std::string>{"fill", "read_all"}));
}

}  // namespace
}  // namespace lathe::exec
