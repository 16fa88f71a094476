// SPDX-License-Identifier: Apache-2.0
#include "lathe/exec/cuda/read_rate.h"

#include <vector>

#include "lathe/base/median.h"
#include "lathe/core/cuda/buffer.h"
#include "lathe/core/cuda/nvrtc.h"

namespace lathe::exec {

namespace {

constexpr int kWarmUps = 3, kRepeats = 31;
constexpr int kReads = 4;  // between two events, which take some time themselves
constexpr uint32_t kThreads = 512;

constexpr const char* kSource = R"(
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

cuda::Module compiled_probe(const Gpu& gpu, const cuda::LibrarySearch& search) {
  const cuda::CompiledKernel code = cuda::Nvrtc::open(search).compile(
      {.name = "read_probe", .source = read_probe_source(), .arch = gpu.info().arch});
  return {gpu.device(), code.cubin, "read_probe"};
}

}  // namespace

std::string read_probe_source() { return kSource; }

double measure_read_rate(const cuda::Stream& stream, const cuda::Module& probe, size_t bytes) {
  constexpr uint32_t kSeed = 1, kExponents = 0x3c003c00;  // of two bf16 numbers: 2^-6 or 2^-5
  const auto& device = stream.shared_device();
  const cuda::DeviceBuffer memory(device, bytes, "memory that is read"),
      out(device, sizeof(uint32_t), "memory that is read");
  const cuda::Kernel read = probe.kernel("read_all");
  const auto blocks = static_cast<uint32_t>(device->info().num_processors * 2);
  cuda::launch(stream, probe.kernel("fill"), {.grid = {blocks}, .block = {kThreads}},
               memory.address(), uint64_t{bytes / 4}, kSeed, kExponents);
  cuda::Event begin(device), end(device);
  std::vector<double> us;
  for (int i = 0; i < kWarmUps + kRepeats; ++i) {
    begin.record(stream);
    for (int j = 0; j < kReads; ++j) {
      cuda::launch(stream, read, {.grid = {blocks}, .block = {kThreads}}, memory.address(),
                   uint64_t{bytes / 16}, out.address());
    }
    end.record(stream);
    end.synchronize();
    if (i >= kWarmUps) us.push_back(static_cast<double>(elapsed_us(begin, end)) / kReads);
  }
  return static_cast<double>(bytes) / median(us) * 1e6;
}

double measure_read_rate(const Gpu& gpu, const cuda::LibrarySearch& search) {
  return measure_read_rate(gpu.stream(), compiled_probe(gpu, search));
}

}  // namespace lathe::exec
