// SPDX-License-Identifier: Apache-2.0
#include "lathe/exec/session_memory.h"

#include "lathe/exec/cuda/gpu.h"

namespace lathe::exec {

RunMemory session_memory(const Engine& engine, const SessionOptions& options) {
  if (engine.gpu() == nullptr) return {};
  DimBindings limits = options.limits;
  limits["threads"] = engine.pool().num_threads();
  RunMemory out = run_memory(engine.plan(options.plan), limits, options.num_blocks);
  out.weights = engine.bytes_to_load();
  return out;
}

void check_memory(const Engine& engine, const SessionOptions& options) {
  if (engine.gpu() == nullptr) return;
  const DeviceInfo& info = engine.device();
  const cuda::Device::Memory memory = engine.gpu()->device()->memory();
  check_fits(session_memory(engine, options),
             {.device = cat("cuda:", info.index, " (", info.name, ")"),
              .free_bytes = memory.free_bytes,
              .total_bytes = memory.total_bytes});
}

}  // namespace lathe::exec
