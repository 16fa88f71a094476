// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/device_code.h"
#include "lathe/kernels/linear/cuda_sm90.h"
#include "lathe/kernels/ptx/device_source.h"

namespace lathe::kernels {
namespace linear_sm90 {
namespace {

std::string flag(std::string_view name, bool value) {
  return cat("constexpr bool ", name, " = ", value ? "true" : "false", ";\n");
}

}  // namespace

std::string prelude(const Layer& layer, const ops::RmsNorm* norm) {
  const ops::Linear& op = layer.op;
  const Gate gate = op.gated ? Gate::kGated : Gate::kNone;
  const MmaShape shape = mma_shape(mma_packed_rows(layer.rows(), gate), layer.columns());
  return cat("using Element = ", device_type(layer.operands[0].dtype), ";\n",  //
             "using Output = ", device_type(layer.y.dtype), ";\n",             //
             "constexpr int kTiles = ", shape.tiles, ", kGroups = ", shape.groups,
             ", kSteps = ", shape.steps, ";\n",  //
             "constexpr int kRows = ", layer.y.shape.back().value(),
             ", kColumns = ", layer.columns(), ";\n",  //
             flag("kGated", op.gated), flag("kBias", op.bias), flag("kResidual", op.residual),
             flag("kNormalize", norm != nullptr),  //
             "constexpr float kEps = ", device_constant(norm != nullptr ? norm->eps : 0), ";\n",
             "LATHE_DEVICE float activate(float x) { return ", device_expression(op.activation),
             "; }\n");
}

}  // namespace linear_sm90

namespace {

std::string source(const Problem& problem, const GeneratorOptions& options) {
  const linear_sm90::Layer layer{*problem.op.as<ops::Linear>(), problem.inputs, problem.outputs[0]};
  return assemble("lathe/kernels/linear/cuda_sm90_all.cuh", linear_sm90::prelude(layer, nullptr),
                  options.source_folder);
}

}  // namespace

std::span<const Generator> linear_generators() {
  static constexpr Generator kAll[] = {{"linear.cuda.sm90", source},
                                       {"linear.cuda.sm90.gated", source}};
  return kAll;
}

}  // namespace lathe::kernels
