// SPDX-License-Identifier: Apache-2.0
// On a CPU, linears over block formats multiply in integers: their activations are quantized a
// block at a time, by a node that everybody can see. Each linear gets its own; share_common leaves
// one for each activation.
#include "lathe/builder/passes/list.h"
#include "lathe/builder/rewrite.h"
#include "lathe/ops/linear.h"
#include "lathe/ops/quantize.h"

namespace lathe::builder::passes {

namespace {

bool quantize_input(Network& network, NodeId id) {
  const Node node = network.node(id);
  const auto* linear = node.op.as<ops::Linear>();
  if (linear == nullptr || linear->format.is_plain() || linear->input_block > 0) return false;
  ops::Linear quantized = *linear;
  quantized.input_block = linear->format.block_cols;
  quantized.dtype = network.type(node.outputs[0]).dtype;
  std::vector<Value> inputs = operands(network, node);
  const InsertBefore place(network, id);
  const std::vector<Value> codes_and_scales =
      network.add(ops::Quantize{.block = quantized.input_block}, {inputs.data(), 1});
  inputs.erase(inputs.begin());
  inputs.insert(inputs.begin(), codes_and_scales.begin(), codes_and_scales.end());
  substitute(network.value(node.outputs[0]), network.add(quantized, inputs)[0]);
  return true;
}

void run(Network& network, PassContext& context) {
  if (context.on_gpu()) {
    context.notes.emplace_back("not on this device: its kernels take floating activations");
    return;
  }
  const int count = rewrite_nodes(network, [&](NodeId id) { return quantize_input(network, id); });
  note_count(context, count, "activations quantized");
}

}  // namespace

const Pass kQuantizeInputs{.name = "quantize_inputs",
                           .purpose = "activations of block-format linears in integers, on a CPU",
                           .guarantees = "linears over block formats take codes and scales",
                           .after = {"bind", "fold_weights"},
                           .run = run};

}  // namespace lathe::builder::passes
