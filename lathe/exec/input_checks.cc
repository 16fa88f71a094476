// SPDX-License-Identifier: Apache-2.0
#include "lathe/exec/input_checks.h"

#include <algorithm>

#include "lathe/base/error.h"
#include "lathe/kernels/cpu/paged_step.h"
#include "lathe/ops/embedding.h"
#include "lathe/ops/step_inputs.h"

namespace lathe::exec {

namespace {

const TensorView* find(std::span<const NamedView> inputs, std::string_view name, int rank) {
  const auto found = std::ranges::find(inputs, name, &NamedView::name);
  if (found == inputs.end()) return nullptr;
  const bool fits = found->view.dtype == DType::kI32 && found->view.rank == rank;
  return fits ? &found->view : nullptr;
}

void check_below(std::string_view name, const TensorView& ids, int64_t end, int64_t drawn = 0) {
  for (int64_t i = 0; i < ids.size(0); ++i) {
    const int32_t id = ids.as<int32_t>()[i];
    if (id >= -drawn && id < end) continue;
    fail(ErrorCode::kInvalidArgument, "input ", quote(name), " at ", i, ": expected an id below ",
         end, ", got ", id);
  }
}

// The step inputs that say where sequences lie.
struct SequenceViews {
  const TensorView *positions, *cu_q_lengths, *kv_lengths, *block_tables;

  explicit SequenceViews(std::span<const NamedView> inputs)
      : positions(find(inputs, "positions", 1)),
        cu_q_lengths(find(inputs, "cu_q_lengths", 1)),
        kv_lengths(find(inputs, "kv_lengths", 1)),
        block_tables(find(inputs, "block_tables", 2)) {}

  bool complete() const {
    return positions && cu_q_lengths && kv_lengths && block_tables &&
           cu_q_lengths->size(0) == kv_lengths->size(0) + 1 &&
           block_tables->size(0) == kv_lengths->size(0);
  }
};

// Keys are written at positions and read up to kv_lengths.
void check_sequence(const kernels::PagedStep& step, const SequenceViews& views, int64_t index) {
  const int32_t length = views.kv_lengths->as<int32_t>()[index];
  step.check_positions(index, 0, length);
  const kernels::PagedSequence sequence = step.sequence(index);
  for (int64_t i = 0; i < sequence.num_tokens; ++i) {
    const int64_t token = sequence.first_token + i;
    const int32_t position = views.positions->as<int32_t>()[token];
    if (position >= 0 && position < length) continue;
    fail(ErrorCode::kInvalidArgument, "input 'positions' at ", token, ": expected one below the ",
         length, " tokens of sequence ", index, ", got ", position);
  }
}

}  // namespace

InputChecks::InputChecks(const engine::Plan& plan)
    : plan_(plan), has_sequences_(!plan.states.empty()) {
  for (const engine::PlanStep& step : plan.steps) {
    if (step.op != ops::Embedding::kInfo.name) continue;
    const engine::PlanValue& ids = plan.values[static_cast<size_t>(step.inputs[0])];
    const engine::PlanValue& table = plan.values[static_cast<size_t>(step.inputs[1])];
    if (ids.storage != engine::Storage::kInput) continue;
    tables_.push_back({ids.name, table.type.shape[0].value()});
  }
}

void InputChecks::check_ids(std::span<const NamedView> inputs, int64_t drawn_rows) const {
  for (const Table& table : tables_) {
    const TensorView* ids = find(inputs, table.ids, 1);
    if (ids != nullptr) check_below(table.ids, *ids, table.rows, drawn_rows);
  }
}

void InputChecks::check_sequences(std::span<const NamedView> inputs, int64_t num_blocks) const {
  const SequenceViews views(inputs);
  if (!has_sequences_ || !views.complete()) return;
  const int64_t tokens = views.positions->size(0);
  kernels::KvCacheView cache{.num_blocks = num_blocks, .block_size = plan_.block_size};
  const TensorView state{.data = &cache, .dtype = DType::kState};
  const kernels::PagedStep step(state, *views.cu_q_lengths, *views.block_tables);
  step.check_tokens(tokens);
  for (int64_t i = 0; i < step.num_sequences(); ++i) check_sequence(step, views, i);
  const TensorView* rows = find(inputs, "logit_rows", 1);
  if (rows != nullptr) check_below("logit_rows", *rows, tokens);
}

}  // namespace lathe::exec
