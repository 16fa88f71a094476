// SPDX-License-Identifier: Apache-2.0
// A network in the reference interpreter with a checkpoint's weights.
#pragma once

#include <memory>
#include <set>

#include "lathe/graph/interpreter.h"
#include "lathe/models/family.h"
#include "tests/model/step_batch.h"

namespace lathe::testing {

// Reads parameters as f32, block formats by their formula.
graph::ParameterSource checkpoint_parameters(
    std::shared_ptr<const weights::CheckpointReader> checkpoint);

class ReferenceModel {
 public:
  // The family's network of the checkpoint.
  explicit ReferenceModel(std::shared_ptr<const weights::CheckpointReader> checkpoint);
  // Another network over the checkpoint's weights.
  ReferenceModel(std::shared_ptr<const weights::CheckpointReader> checkpoint, models::Model model);

  const models::Model& model() const { return model_; }
  graph::Network& network() { return *model_.network; }

  // Logits [tokens, vocab] of a whole prompt in one step, up to 1024 tokens.
  Tensor logits(std::span<const int32_t> ids);
  // The same, and with them every value of the network that has a name ("layers.0.mlp").
  graph::NamedTensors values(std::span<const int32_t> ids);

 private:
  std::shared_ptr<const weights::CheckpointReader> checkpoint_;
  models::Model model_;
  ThreadPool pool_{2};
  std::unique_ptr<graph::Interpreter> interpreter_;  // made at the first run
};

}  // namespace lathe::testing
