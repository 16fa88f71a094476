// SPDX-License-Identifier: Apache-2.0
// The plan: a lowered network. Values with their memory, steps in running order, the kernels chosen
// for each. Plain data; stored in engine.json (FORMAT.md), run by exec::Session.
//
// All indexes count from 0 into the lists of the same plan. Sizes and offsets are bytes, as linear
// forms in the network's symbols (`tokens`, `sequences`, …) and `threads`: evaluated with the run's
// limits they place the arena, evaluated with a step's numbers they give its shapes.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lathe/core/shape.h"
#include "lathe/kernels/target.h"
#include "lathe/ops/op.h"
#include "lathe/ops/state_spec.h"
#include "lathe/ops/weight_format.h"
#include "lathe/ops/weight_source.h"

namespace lathe::engine {

// Do not rename: stored in engines.
enum class Storage : uint8_t {
  kInput,   // given to each step by the caller
  kWeight,  // `index` into weights
  kState,   // `index` into states
  kArena,   // at `offset` of the arena
  kAlias,   // the memory of value `index`, under another type
};
std::span<const Storage> enum_values(Storage);
std::string_view to_string(Storage storage);

struct PlanValue {
  std::string
      name;  // of an input, weight or state; of an arena value the source value, may be empty
  TensorType type;
  Storage storage = Storage::kArena;
  int index = -1;
  Dim offset = 0;
  bool operator==(const PlanValue&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("name", &PlanValue::name);
    v("type", &PlanValue::type);
    v("storage", &PlanValue::storage);
    v("index", &PlanValue::index);
    v("offset", &PlanValue::offset);
  }
};

// A weight as it is loaded: rows of one or more checkpoint tensors, in a format, for one target in
// a layout. With an empty layout each canonical tensor is a value of its own.
struct PlanWeight {
  std::string name;
  std::vector<ops::WeightSource> sources;  // joined along rows
  std::vector<int64_t> source_rows;        // rows that each source brings
  std::vector<int64_t> shape;              // of the whole weight: [rows, cols], or [n] of a vector
  ops::WeightFormatDesc format;            // as run; plain ones convert to code_dtype at load
  ops::WeightPart part = ops::WeightPart::kValues;  // which tensor, where the layout is empty
  std::string layout = {};                          // id of kernels::Layout, or empty
  int target = -1;  // index into targets where the layout belongs to one, else -1
  std::string code =
      {};  // key of the device code that fills it on a GPU; empty: filled by the host
  bool operator==(const PlanWeight&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("name", &PlanWeight::name);
    v("sources", &PlanWeight::sources);
    v("source_rows", &PlanWeight::source_rows);
    v("shape", &PlanWeight::shape);
    v("format", &PlanWeight::format);
    v("part", &PlanWeight::part);
    v("layout", &PlanWeight::layout);
    v("target", &PlanWeight::target);
    v("code", &PlanWeight::code);
  }
};

struct PlanState {
  std::string name;
  ops::StateSpec spec;
  DType dtype = DType::kF32;
  bool operator==(const PlanState&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("name", &PlanState::name);
    v("spec", &PlanState::spec);
    v("dtype", &PlanState::dtype);
  }
};

// A kernel that was asked and said no, or was slower.
struct Refusal {
  std::string kernel;
  std::string why;
  bool operator==(const Refusal&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("kernel", &Refusal::kernel);
    v("why", &Refusal::why);
  }
};

// The kernel for steps of at most `up_to_tokens` tokens (0 = any number; of a product, rows of its
// result), the operands it takes (a packed weight stands in place of the canonical tensors) and its
// workspace.
struct KernelChoice {
  int64_t up_to_tokens = 0;
  std::string kernel;
  std::vector<int> inputs;  // values
  Dim workspace_bytes = 0;
  std::string code = {};  // key of its device code (device_code.h); empty: a CPU's kernel
  bool operator==(const KernelChoice&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("up_to_tokens", &KernelChoice::up_to_tokens);
    v("kernel", &KernelChoice::kernel);
    v("inputs", &KernelChoice::inputs);
    v("workspace_bytes", &KernelChoice::workspace_bytes);
    v("code", &KernelChoice::code);
  }
};

// One target's choices, ascending in up_to_tokens.
struct ChoiceTable {
  std::vector<KernelChoice> choices;
  int refused = -1;  // index into the plan's refusals, which many steps share; -1: none
  // What a GPU runs in their place, whatever the number of tokens, where bits have to be fixed.
  // Empty: the choices' only kernel keeps bits, or none that there is does.
  std::optional<KernelChoice> fixed_bits = {};
  bool operator==(const ChoiceTable&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("choices", &ChoiceTable::choices);
    v("refused", &ChoiceTable::refused);
    v("fixed_bits", &ChoiceTable::fixed_bits);
  }
};

// Calls `visit` with every choice of a table (a const one or not), that for fixed bits among them.
template <class Table, class Visit>
void for_each_choice(Table& table, const Visit& visit) {
  for (auto& choice : table.choices) visit(choice);
  if (table.fixed_bits) visit(*table.fixed_bits);
}

struct PlanStep {
  std::string op;
  Json attributes;
  std::vector<int> inputs;            // values, in the op's own order
  std::vector<int> outputs;           // values
  std::vector<ChoiceTable> kernels;   // one a target
  std::vector<std::string> computes;  // the bound network's values that this step's outputs are
  bool operator==(const PlanStep&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("op", &PlanStep::op);
    v("attributes", &PlanStep::attributes);
    v("inputs", &PlanStep::inputs);
    v("outputs", &PlanStep::outputs);
    v("kernels", &PlanStep::kernels);
    v("computes", &PlanStep::computes);
  }
};

struct PlanOutput {
  std::string name;
  int value = -1;
  bool operator==(const PlanOutput&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("name", &PlanOutput::name);
    v("value", &PlanOutput::value);
  }
};

struct Plan {
  std::string name;
  std::vector<kernels::Target> targets;
  int64_t block_size = 64;  // tokens of a KV block
  std::vector<PlanValue> values;
  std::vector<PlanWeight> weights;
  std::vector<PlanState> states;
  std::vector<PlanStep> steps;
  std::vector<std::vector<Refusal>> refusals;  // each list once
  std::vector<PlanOutput> outputs;
  std::string sampler = {};  // key of the code that draws tokens of "logits" on a GPU, or empty
  Dim arena_bytes;  // the values', then the workspace of the greediest choice, both aligned
  bool operator==(const Plan&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("name", &Plan::name);
    v("targets", &Plan::targets);
    v("block_size", &Plan::block_size);
    v("values", &Plan::values);
    v("weights", &Plan::weights);
    v("states", &Plan::states);
    v("steps", &Plan::steps);
    v("refusals", &Plan::refusals);
    v("outputs", &Plan::outputs);
    v("sampler", &Plan::sampler);
    v("arena_bytes", &Plan::arena_bytes);
  }
};

// What offsets and sizes in the arena are multiples of: kernels of the plan's device rely on it.
int64_t arena_alignment(const Plan& plan);

// Bytes of a value as a linear form, rounded up so that whatever follows is aligned.
Dim aligned_bytes(const TensorType& type, int64_t alignment);

// Bytes of a weight in memory, all its tensors (layout empty: its own part).
int64_t weight_bytes(const PlanWeight& weight);

// Whether the plan has logits that a GPU's sampler takes: f32 [rows, vocab].
bool has_logits(const Plan& plan);

// Every symbol that the plan's shapes and sizes have, `threads` among them.
std::set<std::string> symbols(const Plan& plan);

// Everything that exec relies on: indexes, order of definition, types that follow the ops' rules,
// kernels that exist and support their step; memory at a few sample limits. Throws kCorrupt naming
// the step or value, what was expected and what is there.
void verify(const Plan& plan);

// Memory for these limits of the symbols: arena values fit and do not overlap while both live.
// Offsets come from a file, so whoever allocates an arena asks. REQUIRES: verify(plan) passed.
// Throws kCorrupt, kInvalidArgument for a symbol without a limit.
void verify_memory(const Plan& plan, const DimBindings& limits);

}  // namespace lathe::engine
