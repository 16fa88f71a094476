// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/linear/cuda_sm90_small_m.h"
#include "lathe/kernels/device_code.h"
#include "lathe/kernels/ptx/device_source.h"

namespace lathe::kernels {
namespace small_m {

std::string prelude(const Layer& layer, const ops::RmsNorm* norm) {
  const ops::Linear& op = layer.op;
  const int64_t outputs = layer.y.shape.back().value();
  const MmaShape shape = mma_shape(op.gated ? (outputs + 7) / 8 * 16 : outputs, layer.columns());
  return cat("using Element = ", device_type(layer.operands[0].dtype), ";\n",             //
             "using Output = ", device_type(layer.y.dtype), ";\n",                        //
             "constexpr int kTiles = ", shape.tiles, ", kSteps = ", shape.steps, ";\n",   //
             "constexpr int kRows = ", outputs, ", kColumns = ", layer.columns(), ";\n",  //
             "constexpr bool kGated = ", op.gated ? "true" : "false", ";\n",              //
             "constexpr bool kBias = ", op.bias ? "true" : "false", ";\n",                //
             "constexpr bool kResidual = ", op.residual ? "true" : "false", ";\n",        //
             "constexpr bool kNormalize = ", norm != nullptr ? "true" : "false", ";\n",   //
             "constexpr float kEps = ", device_constant(norm != nullptr ? norm->eps : 0), ";\n",
             "LATHE_DEVICE float activate(float x) { return ", device_expression(op.activation),
             "; }\n");
}

}  // namespace small_m

namespace {

std::string source(const Problem& problem, const GeneratorOptions& options) {
  const small_m::Layer layer{*problem.op.as<ops::Linear>(), problem.inputs, problem.outputs[0]};
  return assemble("lathe/kernels/linear/cuda_sm90_small_m.cuh", small_m::prelude(layer, nullptr),
                  options.source_folder);
}

}  // namespace

std::span<const Generator> linear_generators() {
  static constexpr Generator kAll[] = {{"linear.cuda.sm90.small_m", source},
                                       {"linear.cuda.sm90.small_m.gated", source}};
  return kAll;
}

}  // namespace lathe::kernels
