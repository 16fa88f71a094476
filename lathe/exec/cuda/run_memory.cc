// SPDX-License-Identifier: Apache-2.0
#include "lathe/exec/cuda/run_memory.h"

#include <algorithm>

#include "lathe/base/error.h"
#include "lathe/exec/cuda/draw_sizes.h"
#include "lathe/exec/cuda/generation_batch.h"
#include "lathe/exec/cuda/input_area.h"
#include "lathe/exec/kv_storage.h"
#include "lathe/exec/load_weight.h"
#include "lathe/kernels/cuda_kernel.h"

namespace lathe::exec {

namespace {

// A captured launch takes at most 6.4 KB on an H100 (driver 580).
constexpr int64_t kGraphLaunchBytes = 8192;
constexpr int64_t kLaunchesOfStep = 2;  // of a plan's step, at most two in generation

struct Part {
  std::string_view what;
  int64_t RunMemory::*bytes;
  std::string_view flag;  // that makes it smaller; empty: the model's own
};
constexpr Part kParts[] = {{"weights", &RunMemory::weights, ""},
                           {"arena", &RunMemory::arena, "--max-num-tokens"},
                           {"step inputs", &RunMemory::step_inputs, "--max-num-tokens"},
                           {"drawn tokens", &RunMemory::drawn_tokens, "--max-batch-size"},
                           {"CUDA graphs", &RunMemory::graphs, "--max-batch-size"},
                           {"KV cache", &RunMemory::kv_cache, "--kv-cache-bytes"}};

int64_t graph_bytes(const engine::Plan& plan, const DimBindings& limits) {
  if (!draws_tokens(plan)) return 0;
  const int64_t launches = std::ssize(plan.steps) * kLaunchesOfStep + 2;  // take, draw
  return std::ssize(generation_buckets(limits)) * launches * kGraphLaunchBytes;
}

}  // namespace

int64_t device_aligned(int64_t bytes) {
  return (bytes + kernels::kDeviceAlignment - 1) / kernels::kDeviceAlignment *
         kernels::kDeviceAlignment;
}

int64_t arena_buffer_bytes(int64_t arena_bytes) {
  // The workspace begins at an address aligned for the device, behind the values.
  return device_aligned(arena_bytes) + kernels::kDeviceAlignment;
}

int64_t step_input_bytes(const engine::Plan& plan, const DimBindings& limits) {
  std::vector<int64_t> bytes;
  for (const engine::PlanValue& value : plan.values) {
    if (value.storage != engine::Storage::kInput) continue;
    const std::vector<int64_t> sizes = value.type.shape.evaluate(limits);
    bytes.push_back(TensorView::contiguous(nullptr, value.type.dtype, sizes).num_bytes());
  }
  return std::max(kInputAlignment, place_inputs(bytes).bytes);
}

WeightPlaces place_weights(const engine::Plan& plan, const std::vector<bool>& used) {
  WeightPlaces out;
  for (size_t i = 0; i < used.size(); ++i) {
    out.offsets.push_back(out.bytes);
    if (used[i]) out.bytes += device_aligned(loaded_bytes(loaded_type(plan.weights[i])));
  }
  return out;
}

RunMemory run_memory(const engine::Plan& plan, const DimBindings& limits, int64_t num_blocks) {
  return {.weights = 0,
          .arena = arena_buffer_bytes(plan.arena_bytes.evaluate(limits)),
          .step_inputs = step_input_bytes(plan, limits),
          .drawn_tokens = draws_tokens(plan) ? draw_sizes(plan, limits).bytes() : 0,
          .graphs = graph_bytes(plan, limits),
          .kv_cache = kv_block_bytes(plan) * (num_blocks + 1)};
}

void check_fits(const RunMemory& needs, const MemoryOffer& offer) {
  if (needs.total() <= offer.free_bytes) return;
  std::vector<std::string> parts;
  for (const Part& part : kParts) {
    const int64_t bytes = needs.*part.bytes;
    if (bytes == 0) continue;
    parts.push_back(cat(part.what, " ", bytes,
                        part.flag.empty() ? "" : cat(" (less with a smaller ", part.flag, ")")));
  }
  fail(ErrorCode::kOutOfMemory, "the run needs ", needs.total(), " bytes of ", offer.device,
       ", which has ", offer.free_bytes, " of ", offer.total_bytes, " free: ", join(parts, ", "));
}

}  // namespace lathe::exec
