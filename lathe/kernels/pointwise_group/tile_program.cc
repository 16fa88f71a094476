// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/pointwise_group/tile_program.h"

#include <algorithm>

#include "lathe/kernels/cpu/arithmetic.h"
#include "lathe/ops/layout.h"

namespace lathe::kernels {

namespace {

// What is known of a value: an input, or a step's result.
struct ValueState {
  ValueType type{DType::kF32};
  int same_as = -1;   // the value whose tile it shares (broadcasts and casts that change no lane)
  int last_use = -1;  // the last step that needs it; -1: none
  int slot = -1;
};

// Hands out memory piece by piece.
class Arena {
 public:
  explicit Arena(std::span<std::byte> memory) : memory_(memory) {}
  template <class T>
  std::span<T> take(size_t count) {
    T* first = reinterpret_cast<T*>(memory_.data());
    LATHE_CHECK(count * sizeof(T) <= memory_.size(), "assembly memory", count);
    memory_ = memory_.subspan((count * sizeof(T) + 15) / 16 * 16);
    std::uninitialized_default_construct_n(first, count);
    return {first, count};
  }

 private:
  std::span<std::byte> memory_;
};

// A load or a fill, a computation and its rounding a value; a store an output.
size_t most_instructions(const ops::PointwiseGroup& group, size_t num_inputs) {
  return num_inputs + 2 * group.steps.size() + group.outputs.size();
}

double as_element(double value, DType dtype) {
  alignas(8) std::byte element[8];
  store_element(element, dtype, 0, value);
  return load_element(element, dtype, 0);
}

class Assembler {
 public:
  Assembler(const ops::PointwiseGroup& group, const FloatTileOps& floats,
            std::span<const DType> inputs, std::span<const bool> wanted,
            std::span<std::byte> memory)
      : group_(group), floats_(floats), num_inputs_(inputs.size()), wanted_(wanted) {
    Arena arena(memory);
    values_ = arena.take<ValueState>(inputs.size() + group.steps.size());
    free_slots_ = arena.take<int>(values_.size());
    instructions_ = arena.take<TileInstruction>(most_instructions(group, inputs.size()));
    for (size_t i = 0; i < inputs.size(); ++i) values_[i].type = {inputs[i]};
  }

  TileProgram assemble() {
    find_types();
    find_last_uses();
    const auto num_steps = static_cast<int>(group_.steps.size());
    for (int step = 0; step < num_steps; ++step) add_step(step);
    for (size_t i = 0; i < values_.size(); ++i) {
      if (is_leaf(static_cast<int>(i))) add_stores(static_cast<int>(i), num_steps);
    }
    return {instructions_.first(num_instructions_), std::max(num_slots_, 1), lane_bytes_};
  }

 private:
  using Kind = TileInstruction::Kind;

  ValueState& root(int value) {
    ValueState* state = &values_[static_cast<size_t>(value)];
    while (state->same_as >= 0) state = &values_[static_cast<size_t>(state->same_as)];
    return *state;
  }
  int value_of(int step) const { return static_cast<int>(num_inputs_) + step; }
  const ops::PointwiseStep& step_of(int step) const {
    return group_.steps[static_cast<size_t>(step)];
  }
  const ops::Constant* constant_of(int value) const {
    const int step = value - static_cast<int>(num_inputs_);
    return step < 0 ? nullptr : step_of(step).op.as<ops::Constant>();
  }
  // Inputs and constants come into a slot where they are first needed.
  bool is_leaf(int value) const {
    return value < static_cast<int>(num_inputs_) || constant_of(value) != nullptr;
  }

  void find_types() {
    for (size_t i = 0; i < group_.steps.size(); ++i) {
      const ops::PointwiseStep& step = group_.steps[i];
      ValueType operands[3] = {{DType::kF32}, {DType::kF32}, {DType::kF32}};
      for (size_t k = 0; k < step.args.size(); ++k) {
        operands[k] = values_[static_cast<size_t>(step.args[k])].type;
      }
      ValueState& value = values_[num_inputs_ + i];
      value.type = result_type(step.op, std::span(operands, step.args.size()));
      const bool keeps_lanes =
          step.op.is<ops::BroadcastTo>() ||
          (step.op.is<ops::Cast>() && function_of(step.op, operands, value.type.dtype) == nullptr);
      if (keeps_lanes) value.same_as = step.args[0];
    }
  }

  void find_last_uses() {
    const auto num_steps = static_cast<int>(group_.steps.size());
    for (size_t i = 0; i < group_.outputs.size(); ++i) {
      if (!wanted_[i]) continue;
      ValueState& value = root(group_.outputs[i]);
      const bool leaf = is_leaf(static_cast<int>(&value - values_.data()));
      value.last_use = std::max(value.last_use, leaf ? num_steps : 0);
    }
    for (int step = num_steps - 1; step >= 0; --step) {
      const ValueState& value = values_[static_cast<size_t>(value_of(step))];
      if (value.same_as >= 0 || value.last_use < 0) continue;
      for (const int arg : step_of(step).args) {
        root(arg).last_use = std::max(root(arg).last_use, step);
      }
    }
  }

  TileInstruction& add(Kind kind, int y) {
    TileInstruction& instruction = instructions_[num_instructions_++];
    instruction.kind = kind;
    instruction.y = y;
    return instruction;
  }

  int take_slot(Lane lane) {
    lane_bytes_ = std::max(lane_bytes_, kernels::lane_bytes(lane));
    return num_free_ > 0 ? free_slots_[--num_free_] : num_slots_++;
  }
  void free_slot(ValueState& value) {
    free_slots_[num_free_++] = value.slot;
    value.slot = -1;
  }

  // The slot of a value that a step needs.
  int slot_of(int index) {
    ValueState& value = root(index);
    if (value.slot >= 0) return value.slot;
    const Lane lane = lane_of(value.type.dtype);
    const auto leaf = static_cast<int>(&value - values_.data());
    value.slot = take_slot(lane);
    if (const ops::Constant* constant = constant_of(leaf)) {
      TileInstruction& fill = add(Kind::kFill, value.slot);
      fill.lane = lane;
      fill.value = as_element(constant->values[0], value.type.dtype);
    } else {
      add(Kind::kLoad, value.slot).operand = leaf;
    }
    return value.slot;
  }

  // Slots of operands that end here; those with lanes as wide as the result's may become its own.
  void free_operands(int step, bool as_wide) {
    const Lane result = lane_of(values_[static_cast<size_t>(value_of(step))].type.dtype);
    for (const int arg : step_of(step).args) {
      ValueState& value = root(arg);
      const bool same =
          kernels::lane_bytes(lane_of(value.type.dtype)) == kernels::lane_bytes(result);
      if (value.last_use == step && value.slot >= 0 && same == as_wide) free_slot(value);
    }
  }

  void add_step(int step) {
    ValueState& value = values_[static_cast<size_t>(value_of(step))];
    if (value.same_as >= 0 || value.last_use < 0 || is_leaf(value_of(step))) return;
    const ops::PointwiseStep& source = step_of(step);
    int slots[3] = {-1, -1, -1};
    ValueType operands[3] = {{DType::kF32}, {DType::kF32}, {DType::kF32}};
    for (size_t k = 0; k < source.args.size(); ++k) {
      slots[k] = slot_of(source.args[k]);
      operands[k] = values_[static_cast<size_t>(source.args[k])].type;
    }
    free_operands(step, true);
    value.slot = take_slot(lane_of(value.type.dtype));
    free_operands(step, false);
    TileInstruction& instruction = add(Kind::kCompute, value.slot);
    instruction.function = function_of(source.op, operands, value.type.dtype);
    LATHE_CHECK(instruction.function != nullptr, "no tile function", source.op.name());
    instruction.a = slots[0];
    instruction.b = slots[1];
    instruction.c = slots[2];
    add_rounding(source.op, value);
    add_stores(value_of(step), step);
  }

  void add_rounding(const ops::Op& op, const ValueState& value) {
    const bool to_integers = op.is<ops::Cast>() && !is_floating(value.type.dtype);
    const bool exact = op.is<ops::Compare>() || op.is<ops::Where>() || to_integers;
    const TileFunction round = round_function(floats_, value.type.dtype);
    if (exact || round == nullptr || instructions_[num_instructions_ - 1].function == round) return;
    TileInstruction& instruction = add(Kind::kCompute, value.slot);
    instruction.function = round;
    instruction.a = value.slot;
  }

  void add_stores(int value, int step) {
    for (size_t i = 0; i < group_.outputs.size(); ++i) {
      if (!wanted_[i] || &root(group_.outputs[i]) != &values_[static_cast<size_t>(value)]) continue;
      add(Kind::kStore, slot_of(value)).operand = static_cast<int>(i);
    }
    ValueState& state = values_[static_cast<size_t>(value)];
    if (state.slot >= 0 && state.last_use <= step) free_slot(state);
  }

  TileFunction function_of(const ops::Op& op, const ValueType* operands, DType result) const {
    const DType operand = operands[op.is<ops::Where>() ? 1 : 0].dtype;
    if (op.is<ops::Cast>()) {
      const TileFunction cast = cast_function(operand, result);
      const bool rounds = cast == nullptr && operand != result && is_floating(result);
      return rounds ? round_function(floats_, result) : cast;
    }
    switch (lane_of(operand)) {
      case Lane::kFloat:
        return op.is<ops::Where>() ? floats_.where : by_kind(floats_, op);
      case Lane::kInteger:
        return op.is<ops::Where>() ? kIntegerTileOps.where : by_kind(kIntegerTileOps, op);
      case Lane::kBool:  // lanes of bools are as wide as those of floats
        return op.is<ops::Where>() ? floats_.where : by_kind(kBoolTileOps, op);
    }
    return nullptr;
  }
  template <class Table>
  static TileFunction by_kind(const Table& table, const ops::Op& op) {
    if (const auto* unary = op.as<ops::Unary>())
      return table.unary[static_cast<size_t>(unary->kind)];
    if (const auto* binary = op.as<ops::Binary>()) {
      return table.binary[static_cast<size_t>(binary->kind)];
    }
    return table.compare[static_cast<size_t>(op.as<ops::Compare>()->kind)];
  }

  const ops::PointwiseGroup& group_;
  const FloatTileOps& floats_;
  size_t num_inputs_;
  std::span<const bool> wanted_;
  std::span<ValueState> values_;
  std::span<int> free_slots_;
  std::span<TileInstruction> instructions_;
  size_t num_instructions_ = 0;
  size_t num_free_ = 0;
  int num_slots_ = 0;
  int64_t lane_bytes_ = 4;
};

}  // namespace

int64_t TileProgram::tile_elements() const {
  const int64_t fitting = kRegisterFileBytes / (num_slots * lane_bytes);
  return std::min<int64_t>(fitting / kTileGroup * kTileGroup, 512);
}

int64_t assembly_bytes(const ops::PointwiseGroup& group, size_t num_inputs) {
  const size_t num_values = num_inputs + group.steps.size();
  const size_t bytes = num_values * (sizeof(ValueState) + sizeof(int)) +
                       most_instructions(group, num_inputs) * sizeof(TileInstruction);
  return static_cast<int64_t>(bytes + size_t{3} * 16) / 16 * 16;
}

TileProgram assemble(const ops::PointwiseGroup& group, const FloatTileOps& floats,
                     std::span<const DType> inputs, std::span<const bool> wanted,
                     std::span<std::byte> memory) {
  return Assembler(group, floats, inputs, wanted, memory).assemble();
}

}  // namespace lathe::kernels
