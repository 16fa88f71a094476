// SPDX-License-Identifier: Apache-2.0
// Tensor copies, which no kernel of ours uses yet (rows in bulk copies serve them all), compile.
#include "lathe/kernels/ptx/device_source.h"
#include "tests/support/needs_nvrtc.h"

namespace lathe::kernels {
namespace {

using TensorCopy = lathe::testing::NeedsNvrtc;

// A tile of 8 x 8 floats, fetched by one thread and waited for by all.
constexpr std::string_view kCopyTile = R"(
extern "C" __global__ void copy_tile(const __grid_constant__ TensorMap map, float* out) {
  __shared__ alignas(128) float tile[64];
  __shared__ alignas(8) u64 full;
  const u32 barrier = shared_address(&full);
  if (threadIdx.x == 0) {
    prefetch_tensor_map(&map);
    barrier_init(barrier, 1);
    barrier_init_done();
    barrier_arrive_expect(barrier, sizeof tile);
    tensor_copy_2d(shared_address(tile), &map, 0, 8, barrier);
  }
  __syncthreads();
  barrier_wait(barrier, 0);
  out[threadIdx.x] = tile[threadIdx.x];
}
)";

TEST_F(TensorCopy, Compiles) {
  const std::string source = assemble("lathe/kernels/ptx/copy.cuh", "") + std::string(kCopyTile);
  const cuda::CompiledKernel compiled =
      cuda::Nvrtc::open().compile({.name = "copy_tile", .source = source, .options = {}});
  ASSERT_EQ(compiled.entries.size(), 1u);
  EXPECT_EQ(compiled.entries[0].entry, "copy_tile");
  EXPECT_GE(compiled.entries[0].shared_bytes, 64 * 4 + 8);
}

}  // namespace
}  // namespace lathe::kernels
