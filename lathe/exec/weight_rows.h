// SPDX-License-Identifier: Apache-2.0
// Where an engine's weights come from: a checkpoint, a seed, or memory.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "lathe/engine/manifest.h"
#include "lathe/quant/weight_format.h"

namespace lathe::exec {

// Rows of the `source`-th source of a plan's weight, in the weight's own format (plain ones in any
// floating dtype). Called from several threads.
using RowReader = std::function<ops::CanonicalTensor(const engine::PlanWeight& weight,
                                                     size_t source, quant::RowRange rows)>;

// A whole weight as it lies in memory: of its loaded type, read-only, kept by the tensor.
using ResidentReader = std::function<Tensor(const engine::PlanWeight& weight)>;

// One of: rows, with the seed that they are drawn from where they are dummies, so that a GPU can
// draw them; or whole weights, ready for a CPU.
struct WeightRows {
  WeightRows(RowReader reader) : read(std::move(reader)) {}  // NOLINT(google-explicit-constructor)
  explicit WeightRows(ResidentReader reader) : resident(std::move(reader)) {}
  RowReader read = {};
  ResidentReader resident = {};
  std::optional<int64_t> seed = {};
};

// Throws kCorrupt where the checkpoint has another fingerprint than the engine's, naming the first
// weight that differs.
RowReader checkpoint_rows(std::shared_ptr<const weights::CheckpointReader> checkpoint);

// Drawn by the counter-based generator: normal with σ 0.02, norms around 1. The same bits on every
// device.
RowReader dummy_rows(int64_t seed);
// What they are drawn around: 1 for the weight of a norm, else 0; and their deviation.
float dummy_mean(std::string_view source);
inline constexpr float kDummyDeviation = 0.02f;

// Tensors by the name of the source. Throws kNotFound for a name that is missing.
RowReader memory_rows(std::map<std::string, Tensor, std::less<>> tensors);

}  // namespace lathe::exec
