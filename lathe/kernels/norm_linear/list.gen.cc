// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/device_code.h"
#include "lathe/kernels/linear/cuda_sm90.h"
#include "lathe/kernels/ptx/device_source.h"
#include "lathe/ops/norm_linear.h"

namespace lathe::kernels {
namespace {

std::string source(const Problem& problem, const GeneratorOptions& options) {
  const auto& op = *problem.op.as<ops::NormLinear>();
  std::vector<TensorType> operands = {problem.inputs[0]};
  operands.insert(operands.end(), problem.inputs.begin() + 2, problem.inputs.end());
  const linear_sm90::Layer layer{op.linear, operands, problem.outputs[0]};
  return assemble("lathe/kernels/norm_linear/cuda_sm90.cuh", linear_sm90::prelude(layer, &op.norm),
                  options.source_folder);
}

}  // namespace

std::span<const Generator> norm_linear_generators() {
  static constexpr Generator kAll[] = {{"norm_linear.cuda.sm90", source},
                                       {"norm_linear.cuda.sm90.gated", source}};
  return kAll;
}

}  // namespace lathe::kernels
