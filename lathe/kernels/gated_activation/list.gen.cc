// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/cuda_support.h"
#include "lathe/kernels/device_code.h"
#include "lathe/kernels/ptx/device_source.h"
#include "lathe/ops/gated_activation.h"

namespace lathe::kernels {
namespace {

std::string source(const Problem& problem, const GeneratorOptions& options) {
  const std::string prelude =
      cat(device_alias("Element", problem.inputs[0].dtype),
          device_activation(problem.op.as<ops::GatedActivation>()->activation));
  return assemble("lathe/kernels/gated_activation/cuda_any.cuh", prelude, options.source_folder);
}

}  // namespace

std::span<const Generator> gated_activation_generators() {
  static constexpr Generator kAll[] = {{"gated_activation.cuda.any", source}};
  return kAll;
}

}  // namespace lathe::kernels
