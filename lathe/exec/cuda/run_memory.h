// SPDX-License-Identifier: Apache-2.0
// What a run takes of a GPU's memory, by what for: arithmetic over a plan and the run's limits,
// known before anything is loaded.
//
//   const RunMemory needs = run_memory(plan, limits, num_blocks);
//   check_fits(needs, {.device = "cuda:0 (…)", .free_bytes = …, .total_bytes = …});
#pragma once

#include <string>

#include "lathe/engine/plan.h"

namespace lathe::exec {

struct RunMemory {
  int64_t weights = 0;  // that are still to be loaded
  int64_t arena = 0;
  int64_t step_inputs = 0;
  int64_t drawn_tokens = 0;  // and what they are drawn by
  int64_t graphs = 0;        // an estimate from above: the driver does not tell before
  int64_t kv_cache = 0;      // with the spare block
  bool operator==(const RunMemory&) const = default;

  int64_t total() const { return weights + arena + step_inputs + drawn_tokens + graphs + kv_cache; }
};

// `limits`: of every symbol, `threads` among them. Weights are not counted.
RunMemory run_memory(const engine::Plan& plan, const DimBindings& limits, int64_t num_blocks);

// Weights of a plan as they lie in one piece of memory: where each begins, and all.
struct WeightPlaces {
  std::vector<int64_t> offsets;  // one a weight; those that are not used have no room
  int64_t bytes = 0;
};
WeightPlaces place_weights(const engine::Plan& plan, const std::vector<bool>& used);

// Rounded up to what addresses of the device are multiples of.
int64_t device_aligned(int64_t bytes);
// Bytes of the arena's buffer, and of all inputs of a step at the limits.
int64_t arena_buffer_bytes(int64_t arena_bytes);
int64_t step_input_bytes(const engine::Plan& plan, const DimBindings& limits);

struct MemoryOffer {
  std::string device;  // "cuda:0 (NVIDIA H100)"
  int64_t free_bytes = 0;
  int64_t total_bytes = 0;
};
// Throws kOutOfMemory where they do not fit: each part in bytes, and the flag that makes it
// smaller.
void check_fits(const RunMemory& needs, const MemoryOffer& offer);

}  // namespace lathe::exec
