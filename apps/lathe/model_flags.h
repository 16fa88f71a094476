// SPDX-License-Identifier: Apache-2.0
// Flags that every command which runs a model knows.
#pragma once

#include "flags.h"
#include "lathe/llm/model.h"

namespace lathe::app {

// What a run may ask for at most, far from overflow.
inline constexpr IntegerRange kBatch{.low = 1, .high = 65535};
inline constexpr IntegerRange kTokens{.low = 1, .high = int64_t{1} << 24};

struct ModelFlags {
  ExistingPath engine;
  void declare(Flags& flags);
  void declare_options(Flags& flags);  // all but ENGINE

  // Throws kInvalidArgument for a device of no known kind.
  exec::LoadOptions load_options() const;
  // With the engine's folder read: weights loaded, KV cache and arena sized.
  std::unique_ptr<llm::Model> open() const;
  // For a run with these limits: the flags', as the command bends them.
  std::shared_ptr<const exec::Engine> load_engine(const runtime::RunLimits& run) const;
  // Why no GPU here can run a plan that is for one. Empty where one can, and where --device names
  // what is to run it.
  std::string why_no_gpu(const engine::Plan& plan) const;
  // Tokens of a sequence, prompt and answer, that a run of the model takes.
  int64_t longest_sequence(const ops::ModelFacts& model) const;

  runtime::RunLimits limits;
  int threads = 0;

 private:
  std::optional<std::string> device_;
  std::optional<kernels::CpuIsa> isa_;
  ExistingPath weights_;
  ExistingFolder cuda_libraries_;
  bool deterministic_ = false;
  bool no_libraries_ = false;
};

// What the engine runs with; errors blame the flags. Throws kInvalidArgument, kOutOfMemory.
runtime::StepLimits checked_limits(const exec::Engine& engine, const runtime::RunLimits& limits);

}  // namespace lathe::app
