// SPDX-License-Identifier: Apache-2.0
#include "lathe/ops/step_inputs.h"

#include "lathe/base/error.h"

namespace lathe::ops {

std::span<const StepInput> step_inputs() {
  static const Dim tokens = Dim::symbol(kTokens);
  static const Dim sequences = Dim::symbol(kSequences);
  static const std::vector<StepInput> inputs = {
      {"token_ids", {DType::kI32, {tokens}}},
      {"positions", {DType::kI32, {tokens}}},
      {"lengths", {DType::kI32, {tokens}}},
      {"cu_q_lengths", {DType::kI32, {sequences + 1}}},
      {"kv_lengths", {DType::kI32, {sequences}}},
      {"block_tables", {DType::kI32, {sequences, Dim::symbol(kTableWidth)}}},
      {"logit_rows", {DType::kI32, {Dim::symbol(kLogitRows)}}},
  };
  return inputs;
}

const StepInput& step_input(std::string_view name) {
  for (const StepInput& input : step_inputs()) {
    if (input.name == name) return input;
  }
  fail(ErrorCode::kInternal, "no step input is called ", quote(name));
}

}  // namespace lathe::ops
