// SPDX-License-Identifier: Apache-2.0
// What a step's indexes may be, checked where they come in: a packed table knows its rows only by
// the panel, and kernels of a GPU do not look at all.
#pragma once

#include <string>
#include <vector>

#include "lathe/exec/value_views.h"

namespace lathe::exec {

// Immutable; any thread. Costs a pass over the indexes.
class InputChecks {
 public:
  // The plan has to outlive this.
  explicit InputChecks(const engine::Plan& plan);

  // Every id that an embedding reads is a row of its table, or stands for one of `drawn_rows` drawn
  // tokens (row_draw.h). Inputs of another type than the plan's are passed over: ValueViews::bind
  // refuses them. Throws kInvalidArgument naming the input and the place, what was expected and
  // what came.
  void check_ids(std::span<const NamedView> inputs, int64_t drawn_rows) const;

  // The sequences of the step: cu_q_lengths cuts its tokens, positions lie within kv_lengths,
  // block_tables names blocks for them, logit_rows names tokens. For a GPU: kernels of a CPU check
  // what they read. Nothing for a plan without the inputs of ops/step_inputs.h, and for inputs of
  // other ranks or sizes, which ValueViews::bind refuses. Throws the same.
  void check_sequences(std::span<const NamedView> inputs, int64_t num_blocks) const;

 private:
  struct Table {
    std::string ids;  // the input
    int64_t rows;
  };
  const engine::Plan& plan_;
  std::vector<Table> tables_;
  bool has_sequences_;
};

}  // namespace lathe::exec
