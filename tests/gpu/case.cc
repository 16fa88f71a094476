// SPDX-License-Identifier: Apache-2.0
#include "case.h"

#include <algorithm>

#include "lathe/base/error.h"
#include "lathe/exec/cuda/read_rate.h"
#include "lathe/kernels/enqueue.h"

namespace lathe::gpu_tests {
namespace {

constexpr size_t kCanaryBytes = 4096;
constexpr unsigned char kCanary = 0xA5;

}  // namespace

std::string harness_source() { return exec::read_probe_source(); }

void fill_random(Gpu& gpu, const cuda::DeviceBuffer& buffer, DType dtype, uint32_t seed) {
  const auto module = gpu.module("harness", harness_source());
  // bf16: exponent 2^-6 or 2^-5; f16 likewise.
  const uint32_t exponent = dtype == DType::kBf16 ? 0x3c003c00u : 0x24002400u;
  const uint64_t words = buffer.size() / 4;
  cuda::launch(gpu.stream, module->kernel("fill"), {.grid = {2048}, .block = {256}},
               buffer.address(), words, seed, exponent);
}

void enqueue_launch(Gpu& gpu, const std::string& name, const std::string& source,
                    const kernels::Launch& launch) {
  const auto module = gpu.module(name, source);
  const auto find = [&](std::string_view entry) { return module->kernel(std::string(entry)); };
  kernels::enqueue(gpu.stream, launch, find, nullptr);
}

Workspace::Workspace(Gpu& gpu, size_t bytes)
    : bytes_(bytes), buffer_(gpu.device, bytes + kCanaryBytes, "workspace") {
  gpu.stream.fill(buffer_.address(), 0xFF, bytes);
  gpu.stream.fill(buffer_.address() + bytes, kCanary, kCanaryBytes);
}

void Workspace::expect_intact(Gpu& gpu) const {
  const std::vector<std::byte> all = download(gpu, buffer_);
  const auto begin = all.begin() + static_cast<std::ptrdiff_t>(bytes_);
  if (std::any_of(begin, all.end(), [](std::byte b) { return b != std::byte{kCanary}; })) {
    fail(ErrorCode::kInternal, "wrote behind its workspace of ", bytes_, " bytes");
  }
}

double time_chain(Gpu& gpu, int launches, const std::function<void(int)>& enqueue) {
  const cuda::GraphExec graph = cuda::capture(gpu.stream, [&] {
    for (int i = 0; i < launches; ++i) enqueue(i);
  });
  return median_us(gpu, graph, 31) / launches;
}

double read_rate(Gpu& gpu) {
  static double rate = 0;
  if (rate > 0) return rate;
  rate = exec::measure_read_rate(gpu.stream, *gpu.module("harness", harness_source())) / 1e6;
  return rate;
}

bool is_for(const ProblemLine& line, Purpose purpose) {
  if (purpose == Purpose::kCheck) return line.number("check", 1) != 0;
  return purpose == Purpose::kAny || line.number("time", 0) != 0;
}

Cases all_cases(const CaseFolders& folders, Purpose purpose) {
  using Make = Cases (*)(const ProblemLine&);
  static constexpr struct {
    const char* file;
    Make make;
  } kFiles[] = {{"linear", linear_cases},
                {"norm_linear", linear_cases},
                {"embedding", embedding_cases},
                {"rms_norm", rms_norm_cases},
                {"rope_paged_attention", attention_cases},
                {"paged_attention", attention_cases}};
  Cases out;
  const auto append = [&](Cases all) {
    for (std::unique_ptr<Case>& one : all) out.push_back(std::move(one));
  };
  for (const auto& [file, make] : kFiles) {
    for (const ProblemLine& line : read_problems(folders.problems, file)) {
      if (is_for(line, purpose)) append(make(line));
    }
  }
  append(sample_cases());
  append(take_cases());
  if (purpose == Purpose::kTime) return out;
  append(golden_cases(folders.goldens));
  append(fill_cases());
  return out;
}

}  // namespace lathe::gpu_tests
