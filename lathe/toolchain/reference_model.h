// SPDX-License-Identifier: Apache-2.0
// A checkpoint run unbuilt, in the reference interpreter: what engines have to agree with.
//
//   toolchain::ReferenceModel model("models/smollm2");
//   const Tensor logits = model.logits({1, 2, 3});      // f32 [tokens, vocab]
#pragma once

#include <filesystem>
#include <memory>
#include <span>

#include "lathe/graph/interpreter.h"
#include "lathe/toolchain/open_model.h"

namespace lathe::toolchain {

// One sequence from position 0. Slow. One thread at a time.
class ReferenceModel {
 public:
  explicit ReferenceModel(const std::filesystem::path& checkpoint, int threads = 0);
  explicit ReferenceModel(OpenModel model, int threads = 0);
  ~ReferenceModel();

  const ops::ModelFacts& facts() const { return model_.facts; }
  // Logits of every token of a prompt: f32 [tokens, vocab].
  Tensor logits(std::span<const int32_t> token_ids);

 private:
  OpenModel model_;
  std::unique_ptr<graph::Network> bound_;
  ThreadPool pool_;
};

// The step inputs of one sequence that starts at position 0, logits of every token wanted, and the
// limits of such a step.
graph::NamedTensors prompt_inputs(std::span<const int32_t> token_ids, int64_t block_size);
DimBindings prompt_limits(int64_t tokens, int64_t block_size);

}  // namespace lathe::toolchain
