// SPDX-License-Identifier: Apache-2.0
// Functions that language models are made of.
#include "lathe/graph/functions.h"
#include "lathe/graph/network.h"
#include "lathe/ops/embedding.h"
#include "lathe/ops/gated_activation.h"
#include "lathe/ops/linear.h"
#include "lathe/ops/norm.h"
#include "lathe/ops/quantize.h"
#include "lathe/ops/step_inputs.h"

namespace lathe::graph {

namespace {

// A weight as its parameter declares it; the bind pass learns the stored format.
ops::WeightFormatDesc plain(DType dtype) { return {.name = "plain", .code_dtype = dtype}; }

}  // namespace

Value linear(Value x, Value weight) {
  return x.network().add_one(ops::Linear{.format = plain(weight.dtype())}, {x, weight});
}

Value linear(Value x, Value weight, Value bias) {
  return x.network().add_one(ops::Linear{.format = plain(weight.dtype()), .bias = true},
                             {x, weight, bias});
}

Value embedding(Value ids, Value table) {
  return ids.network().add_one(
      ops::Embedding{.format = plain(table.dtype()), .dtype = table.dtype()}, {ids, table});
}

Value rms_norm(Value x, Value weight, float eps) {
  return x.network().add_one(ops::RmsNorm{.eps = eps}, {x, weight});
}

Value layer_norm(Value x, Value weight, Value bias, float eps) {
  const ops::LayerNorm op{.eps = eps};
  if (!bias.valid()) return x.network().add_one(op, {x, weight});
  return x.network().add_one(op, {x, weight, bias});
}

Value gated_activation(Value x, ops::UnaryKind activation) {
  return x.network().add_one(ops::GatedActivation{.activation = activation}, {x});
}

Value rope(Value x, Value positions, const ops::Rope& options, Value lengths) {
  if (!lengths.valid()) return x.network().add_one(options, {x, positions});
  return x.network().add_one(options, {x, positions, lengths});
}

Value attention(Value q, Value k, Value v, ops::AttentionOptions options, Value cu_lengths) {
  const ops::Attention op{.options = std::move(options)};
  if (!cu_lengths.valid()) return q.network().add_one(op, {q, k, v});
  return q.network().add_one(op, {q, k, v, cu_lengths});
}

Value step_input(Network& network, std::string_view name) {
  const ops::StepInput& input = ops::step_input(name);
  return network.input(input.name, input.type);
}

Value cached_attention(Value q, Value k, Value v, Value cache, ops::AttentionOptions options) {
  Network& network = q.network();
  const Value cu_q_lengths = step_input(network, "cu_q_lengths");
  const Value block_tables = step_input(network, "block_tables");
  const Value written = network.add_one(
      ops::KvWrite{}, {cache, k, v, step_input(network, "positions"), cu_q_lengths, block_tables});
  return network.add_one(
      ops::PagedAttention{.options = std::move(options)},
      {q, written, cu_q_lengths, step_input(network, "kv_lengths"), block_tables});
}

QuantizeResult quantize(Value x, int64_t block) {
  const std::vector<Value> outputs = x.network().add(ops::Quantize{.block = block}, {&x, 1});
  return {outputs[0], outputs[1]};
}

}  // namespace lathe::graph
