// SPDX-License-Identifier: Apache-2.0
// On a GPU, activations and small weights have the engine's dtype. The ops that move the most bytes
// take and give it, sum in f32 inside, and say f32 themselves where they want it (logits);
// element-wise ops stay in f32, between casts that become part of their groups; all others go on in
// whatever they get. Inputs and outputs of the network keep their types.
#include <algorithm>
#include <map>

#include "lathe/builder/passes/list.h"
#include "lathe/builder/rewrite.h"
#include "lathe/ops/attention.h"
#include "lathe/ops/elementwise.h"
#include "lathe/ops/embedding.h"
#include "lathe/ops/gated_activation.h"
#include "lathe/ops/linear.h"
#include "lathe/ops/matmul.h"
#include "lathe/ops/norm.h"
#include "lathe/ops/pointwise_group.h"
#include "lathe/ops/rope.h"
#include "lathe/ops/rope_kv_write.h"

namespace lathe::builder::passes {

namespace {

template <class... Ops>
bool is_one_of(const ops::Op& op) {
  return (op.is<Ops>() || ...);
}

bool wants_half(const ops::Op& op) {
  return is_one_of<ops::Linear, ops::Embedding, ops::RmsNorm, ops::LayerNorm, ops::GatedActivation,
                   ops::Rope, ops::Attention, ops::KvWrite, ops::RopeKvWrite, ops::PagedAttention,
                   ops::MatMul>(op);
}

// The network once more, in other types, behind the nodes that are there.
class Retyping {
 public:
  Retyping(Network& network, DType half)
      : network_(network), half_(half), old_(network.nodes()), outputs_(network.outputs()) {}

  // Gives how many values have become smaller.
  int run() {
    for (const NodeId id : old_) add(Node(network_.node(id)));
    for (const graph::NamedOutput& output : outputs_) {
      const Value result = as(now(output.value), output.value.dtype());
      if (result != output.value) network_.replace_all_uses(output.value, result);
    }
    for (auto id = old_.rbegin(); id != old_.rend(); ++id) network_.remove(*id);
    remove_dead(network_);
    return count_;
  }

 private:
  Value now(Value value) const {
    const auto found = now_.find(value.id());
    return found == now_.end() ? value : found->second;
  }

  // What is floating and no half of its own accord.
  bool is_wide(Value value) const { return value.dtype() == DType::kF32; }

  Value as(Value value, DType dtype) {
    if (value.dtype() == dtype) return value;
    const auto [place, is_new] = casts_.try_emplace({value.id(), dtype});
    if (is_new) place->second = cast(value, dtype);
    return place->second;
  }

  Value cast(Value value, DType dtype) {
    if (dtype != DType::kF32 && network_.is_parameter(value)) return stored_as(value, dtype);
    // Nothing is gained by widening before narrowing.
    if (made_by<ops::Cast>(value) != nullptr) {
      const Value narrow = operands(network_, maker(value))[0];
      if (narrow.dtype() == dtype) return narrow;
    }
    return network_.add_one(ops::Cast{.dtype = dtype}, {value});
  }

  // Weights convert at load.
  Value stored_as(Value parameter, DType dtype) {
    const std::string name = parameter.name();
    graph::ParameterSpec spec = network_.parameter_spec(parameter);
    if (spec.format.is_plain()) spec.format.code_dtype = dtype;
    network_.set_name(parameter, name + " as declared");
    return network_.parameter(name, {dtype, parameter.shape()}, std::move(spec));
  }

  // Element-wise ops alone may read a parameter in f32: two of one name there cannot be.
  bool is_read_half(Value parameter) const {
    const std::vector<NodeId> users = network_.users(parameter);
    return std::any_of(users.begin(), users.end(),
                       [&](NodeId user) { return wants_half(network_.node(user).op); });
  }

  Value operand(Value old, const ops::Op& op) {
    Value value = now(old);
    if (network_.is_parameter(value) && is_wide(value) && is_read_half(old)) {
      value = as(value, half_);
    }
    if (!is_floating(value.dtype())) return value;
    if (ops::is_pointwise(op) && is_wide(old)) return as(value, DType::kF32);
    return wants_half(op) && is_wide(value) ? as(value, half_) : value;
  }

  // Ops over several tensors take equal ones.
  void agree(std::vector<Value>& inputs) {
    const bool wide =
        std::any_of(inputs.begin(), inputs.end(), [&](Value v) { return is_wide(v); });
    if (!wide) return;
    for (Value& input : inputs) {
      if (is_floating(input.dtype())) input = as(input, DType::kF32);
    }
  }

  // Attributes that say the dtypes of weights and results.
  ops::Op retyped(const ops::Op& op, std::span<const Value> inputs) const {
    if (const auto* table = op.as<ops::Embedding>()) {
      ops::Embedding out = *table;
      if (out.dtype == DType::kF32) out.dtype = half_;
      if (out.format.is_plain()) out.format.code_dtype = inputs[1].dtype();
      return out;
    }
    if (const auto* linear = op.as<ops::Linear>(); linear != nullptr && linear->format.is_plain()) {
      ops::Linear out = *linear;
      out.format.code_dtype = inputs[out.num_input_tensors()].dtype();
      return out;
    }
    return op;
  }

  void add(const Node& node) {
    std::vector<Value> inputs;
    for (const Value input : operands(network_, node)) inputs.push_back(operand(input, node.op));
    if (!wants_half(node.op) && !ops::is_pointwise(node.op)) agree(inputs);
    const std::vector<Value> results = network_.add(retyped(node.op, inputs), inputs);
    for (size_t i = 0; i < results.size(); ++i) {
      const Value old = network_.value(node.outputs[i]);
      network_.set_name(results[i], old.name());
      now_[old.id()] = results[i];
      if (results[i].type() != old.type()) ++count_;
    }
  }

  Network& network_;
  DType half_;
  std::vector<NodeId> old_;
  std::vector<graph::NamedOutput> outputs_;
  std::map<graph::ValueId, Value> now_;
  std::map<std::pair<graph::ValueId, DType>, Value> casts_;
  int count_ = 0;
};

void run(Network& network, PassContext& context) {
  if (!context.on_gpu()) {
    context.notes.emplace_back("not on this device: its kernels compute in f32");
    return;
  }
  const DType half = context.weight_dtype.value_or(DType::kBf16);
  const int count = Retyping(network, half).run();
  note_count(context, count, cat("values in ", to_string(half)));
}

}  // namespace

const Pass kHalfActivations{
    .name = "half_activations",
    .purpose = "activations of the engine's dtype, on a GPU",
    .guarantees = "linears, norms and attention take and give 16-bit values, but for logits",
    .after = {"fold_weights", "fuse_residual", "fuse_residual_norm", "fuse_rope_kv_write"},
    .run = run};

}  // namespace lathe::builder::passes
