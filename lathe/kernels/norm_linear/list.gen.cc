// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/device_code.h"
#include "lathe/kernels/linear/cuda_any.h"
#include "lathe/kernels/ptx/device_source.h"
#include "lathe/kernels/rms_norm/cuda_any.h"
#include "lathe/ops/norm_linear.h"

namespace lathe::kernels {
namespace {

std::string sm90_source(const Problem& problem, const GeneratorOptions& options) {
  const ops::RmsNorm& norm = problem.op.as<ops::NormLinear>()->norm;
  const linear_sm90::Layer layer = linear_sm90::layer_of(problem);
  return assemble("lathe/kernels/norm_linear/cuda_sm90.cuh", linear_sm90::prelude(layer, &norm),
                  options.source_folder);
}

std::string any_source(const Problem& problem, const GeneratorOptions& options) {
  const ops::RmsNorm& norm = problem.op.as<ops::NormLinear>()->norm;
  const std::string prelude = norm_any::prelude(norm, problem.inputs[0], problem.inputs[1]) +
                              linear_any::prelude(linear_sm90::layer_of(problem));
  return assemble("lathe/kernels/norm_linear/cuda_any.cuh", prelude, options.source_folder);
}

}  // namespace

std::span<const Generator> norm_linear_generators() {
  static constexpr Generator kAll[] = {{"norm_linear.cuda.sm90", sm90_source},
                                       {"norm_linear.cuda.sm90.gated", sm90_source},
                                       {"norm_linear.cuda.any", any_source}};
  return kAll;
}

}  // namespace lathe::kernels
