// SPDX-License-Identifier: Apache-2.0
#include "case.h"

#include <algorithm>

#include "lathe/base/error.h"
#include "lathe/kernels/cuda_kernel.h"

namespace lathe::gpu_tests {
namespace {

constexpr size_t kCanaryBytes = 4096;
constexpr unsigned char kCanary = 0xA5;

constexpr const char* kHarnessSource = R"(
using u32 = unsigned;
extern "C" __global__ void fill(u32* to, unsigned long long words, u32 seed, u32 exponent) {
  for (unsigned long long i = blockIdx.x * 1ull * blockDim.x + threadIdx.x; i < words;
       i += gridDim.x * 1ull * blockDim.x) {
    u32 z = static_cast<u32>(i) * 2654435761u ^ seed;
    z ^= z >> 16; z *= 0x85ebca6bu; z ^= z >> 13; z *= 0xc2b2ae35u; z ^= z >> 16;
    to[i] = exponent | (z & 0x807f807fu) | (z >> 9 & 0x00010001u) << 7;
  }
}
extern "C" __global__ void __launch_bounds__(512) read_all(const uint4* from, unsigned long long count, u32* out) {
  u32 sum = 0;
  const unsigned long long stride = gridDim.x * 512ull;
  for (unsigned long long i = blockIdx.x * 512ull + threadIdx.x; i < count; i += stride * 8) {
    uint4 v[8];
#pragma unroll
    for (int j = 0; j < 8; ++j) {
      v[j] = i + j * stride < count ? __ldcs(from + i + j * stride) : uint4{};
    }
#pragma unroll
    for (int j = 0; j < 8; ++j) sum += v[j].x ^ v[j].y ^ v[j].z ^ v[j].w;
  }
  if (sum == 0x12345678u) *out = sum;
}
)";

}  // namespace

std::string harness_source() { return kHarnessSource; }

void fill_random(Gpu& gpu, const cuda::DeviceBuffer& buffer, DType dtype, uint32_t seed) {
  const auto module = gpu.module("harness", kHarnessSource);
  // bf16: exponent 2^-6 or 2^-5; f16 likewise.
  const uint32_t exponent = dtype == DType::kBf16 ? 0x3c003c00u : 0x24002400u;
  const uint64_t words = buffer.size() / 4;
  cuda::launch(gpu.stream, module->kernel("fill"), {.grid = {2048}, .block = {256}},
               buffer.address(), words, seed, exponent);
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
  const size_t bytes = size_t{1} << 30;
  const cuda::DeviceBuffer buffer(gpu.device, bytes, "read test");
  const cuda::DeviceBuffer out(gpu.device, 16, "read test");
  fill_random(gpu, buffer, DType::kBf16, 1);
  const auto module = gpu.module("harness", kHarnessSource);
  const cuda::Kernel kernel = module->kernel("read_all");
  const auto blocks = static_cast<uint32_t>(gpu.num_processors() * 2);
  const double us = time_chain(gpu, 4, [&](int) {
    cuda::launch(gpu.stream, kernel, {.grid = {blocks}, .block = {512}}, buffer.address(),
                 static_cast<uint64_t>(bytes / 16), out.address());
  });
  rate = static_cast<double>(bytes) / us;
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
