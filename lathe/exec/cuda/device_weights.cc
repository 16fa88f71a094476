// SPDX-License-Identifier: Apache-2.0
#include "lathe/exec/cuda/device_weights.h"

#include <cstring>

#include "lathe/base/clock.h"
#include "lathe/base/error.h"
#include "lathe/base/log.h"
#include "lathe/exec/cuda/fill_weight.h"
#include "lathe/exec/cuda/run_memory.h"
#include "lathe/exec/load_weight.h"
#include "lathe/exec/memory.h"
#include "lathe/kernels/cuda_kernel.h"

namespace lathe::exec {

namespace {

constexpr size_t kPieces = 4;
constexpr int64_t kPieceBytes = int64_t{16} << 20;
constexpr int64_t kCopyBytes = int64_t{1} << 20;  // that one thread copies

// One piece of memory for all weights, zeroed: a layout's padding stays zero.
cuda::DeviceBuffer allocate(const engine::Plan& plan, int64_t bytes, const Gpu& gpu) {
  const cuda::Device::Memory memory = gpu.device()->memory();
  if (bytes > memory.free_bytes) {
    fail(ErrorCode::kOutOfMemory, "the weights of plan ", quote(plan.name), " need ", bytes,
         " bytes; cuda:", gpu.info().index, " (", gpu.info().name, ") has ", memory.free_bytes,
         " of ", memory.total_bytes, " bytes free");
  }
  cuda::DeviceBuffer buffer(gpu.device(), static_cast<size_t>(bytes), "weights");
  gpu.stream().fill(buffer.address(), 0, buffer.size());
  return buffer;
}

void copy_in_parallel(const std::byte* from, std::byte* to, int64_t bytes, ThreadPool& pool) {
  pool.run(static_cast<size_t>((bytes + kCopyBytes - 1) / kCopyBytes), [&](size_t i) {
    const int64_t begin = static_cast<int64_t>(i) * kCopyBytes;
    std::memcpy(to + begin, from + begin, static_cast<size_t>(std::min(kCopyBytes, bytes - begin)));
  });
}

// Packed on the host, and up.
void pack_and_send(const engine::PlanWeight& weight, const RowReader& rows, ThreadPool& pool,
                   UploadRing& ring, const Tensor& out) {
  const Tensor host = lazy_zeros(out.dtype(), out.sizes(), Pages::kHuge, weight.name);
  load_weight(weight, rows, pool, host);
  const auto* from = static_cast<const std::byte*>(host.data());
  const auto to = reinterpret_cast<cuda::DevicePointer>(out.data());
  for (int64_t begin = 0; begin < host.num_bytes(); begin += ring.piece_bytes()) {
    const int64_t bytes = std::min(ring.piece_bytes(), host.num_bytes() - begin);
    UploadRing::Piece& piece = ring.next();
    copy_in_parallel(from + begin, static_cast<std::byte*>(piece.host.data()), bytes, pool);
    ring.send(piece, bytes, to + static_cast<uint64_t>(begin));
    ring.done(piece);
  }
}

}  // namespace

std::vector<Tensor> load_weights(const engine::Plan& plan, const std::vector<bool>& used,
                                 const WeightRows& rows, ThreadPool& pool, const Gpu& gpu) {
  const Stopwatch time;
  const WeightPlaces places = place_weights(plan, used);
  const auto memory = std::make_shared<const cuda::DeviceBuffer>(allocate(plan, places.bytes, gpu));
  UploadRing ring(gpu.stream(), kPieces, kPieceBytes);
  WeightFiller filler(gpu, ring, pool);
  std::vector<Tensor> out(used.size());
  for (size_t i = 0; i < used.size(); ++i) {
    if (!used[i]) continue;
    const engine::PlanWeight& weight = plan.weights[i];
    const LoadedType type = loaded_type(weight);
    out[i] =
        Tensor(type.dtype, type.sizes, memory, memory->pointer<std::byte>() + places.offsets[i]);
    if (weight.code.empty()) {
      pack_and_send(weight, rows.read, pool, ring, out[i]);
    } else {
      filler.fill(weight, rows, out[i].data());
    }
  }
  gpu.stream().synchronize();
  log(LogLevel::kInfo, cat("weights loaded device=cuda:", gpu.info().index, " bytes=", places.bytes,
                           " ms=", time.ms()));
  return out;
}

}  // namespace lathe::exec
