// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/cuda_support.h"
#include "lathe/kernels/device_code.h"
#include "lathe/kernels/ptx/device_source.h"

namespace lathe::kernels {
namespace {

std::string source(const Problem& problem, const GeneratorOptions& options) {
  const TensorType& x = problem.inputs[0];
  const std::string prelude =
      cat(device_alias("Element", x.dtype), device_alias("Weight", problem.inputs[1].dtype),
          device_number("kRowThreads", row_threads(x.shape.back().value())),
          device_flag("kBias", problem.inputs.size() == 3));
  return assemble("lathe/kernels/layer_norm/cuda_any.cuh", prelude, options.source_folder);
}

}  // namespace

std::span<const Generator> layer_norm_generators() {
  static constexpr Generator kAll[] = {{"layer_norm.cuda.any", source}};
  return kAll;
}

}  // namespace lathe::kernels
