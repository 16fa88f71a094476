// SPDX-License-Identifier: Apache-2.0
// A checkpoint built into an engine in memory, and steps of it.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "lathe/exec/session.h"
#include "tests/model/step_batch.h"

namespace lathe::testing {

struct EngineModelOptions {
  std::optional<DType> weight_dtype = std::nullopt;  // empty: as stored
  int64_t block_size = 64;
  std::optional<kernels::CpuIsa> isa = std::nullopt;  // empty: the machine's highest
};

class EngineModel {
 public:
  explicit EngineModel(const std::filesystem::path& checkpoint,
                       const EngineModelOptions& options = {});

  // Logits [tokens, vocab] of a step, all parts one after the other. Up to 640 tokens, 16
  // sequences, and kNumBlocks blocks.
  Tensor run(std::span<const SequencePart> parts);
  // Of a prompt in one step, in the first blocks.
  Tensor logits(std::span<const int32_t> ids);

  // The blocks of 0, 1, 2, … that hold so many tokens.
  std::vector<int32_t> first_blocks(int64_t tokens) const;
  int64_t block_size() const { return options_.block_size; }
  const engine::Plan& plan() const { return session_->plan(); }
  size_t target() const { return session_->engine().target(); }  // of the plan's

  static constexpr int64_t kNumBlocks = 64;

 private:
  EngineModelOptions options_;
  std::unique_ptr<exec::Session> session_;
};

}  // namespace lathe::testing
