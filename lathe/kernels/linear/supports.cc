// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/linear/block.h"
#include "lathe/kernels/linear/dense.h"
#include "lathe/ops/linear.h"

namespace lathe::kernels {

namespace {

std::string_view order_of(bool gated) { return gated ? "gated" : "not gated"; }

}  // namespace

Support supports_panels(const Problem& problem, const Target& target, CpuIsa isa,
                        PanelOrder order) {
  if (target.device != DeviceKind::kCpu) return Support::no("runs on a CPU");
  if (target.isa < isa) {
    return Support::no("needs ", to_string(isa), ", the target is ", to_string(target.isa));
  }
  const ops::Linear& op = *problem.op.as<ops::Linear>();
  const bool gated = order == PanelOrder::kGated;
  if (op.gated != gated) {
    return Support::no("packs weights that are ", order_of(gated), ", these are ",
                       order_of(op.gated));
  }
  if (problem.outputs[0].dtype != DType::kF32) {
    return Support::no("writes f32, y is ", to_string(problem.outputs[0].dtype));
  }
  if (op.residual && problem.inputs.back().dtype != DType::kF32) {
    return Support::no("adds a residual of f32, got ", to_string(problem.inputs.back().dtype));
  }
  return Support::yes();
}

Support supports_dense(const Problem& problem, const Target& target, const DenseVariant& variant) {
  const ops::Linear& op = *problem.op.as<ops::Linear>();
  if (dense_format(op.format) != variant.format) {
    return Support::no("for plain weights of another dtype than ", op.format.name, " ",
                       to_string(op.format.code_dtype));
  }
  if (problem.inputs[0].dtype != DType::kF32) {
    return Support::no("reads x of f32, got ", to_string(problem.inputs[0].dtype));
  }
  return supports_panels(problem, target, variant.isa, variant.order);
}

Support supports_block(const Problem& problem, const Target& target, const BlockVariant& variant) {
  const ops::Linear& op = *problem.op.as<ops::Linear>();
  if (block_format(op.format) != variant.format) {
    return Support::no("for another block format than ", op.format.name);
  }
  if (op.input_block != kBlockCols) return Support::no("needs x quantized in blocks of 32");
  return supports_panels(problem, target, variant.isa, variant.order);
}

}  // namespace lathe::kernels
