// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/device_code.h"
#include "lathe/kernels/ptx/device_source.h"
#include "lathe/kernels/rms_norm/cuda_any.h"

namespace lathe::kernels {
namespace norm_any {

std::string prelude(const ops::RmsNorm& op, const TensorType& x, const TensorType& weight) {
  return cat(device_alias("NormElement", x.dtype), device_alias("NormWeight", weight.dtype),
             device_number("kNormRowThreads", row_threads(x.shape.back().value())),
             device_flag("kNormResidual", op.residual));
}

}  // namespace norm_any

namespace {

std::string rows_source(const Problem& problem, const GeneratorOptions& options) {
  const auto& op = *problem.op.as<ops::RmsNorm>();
  const TensorType& x = problem.inputs[0];
  const std::string prelude =
      cat(device_alias("Element", x.dtype), device_number("kColumns", x.shape.back().value()),
          device_flag("kResidual", op.residual),  //
          "constexpr float kEps = ", device_constant(op.eps), ";\n");
  return assemble("lathe/kernels/rms_norm/cuda_rows_entry.cuh", prelude, options.source_folder);
}

std::string any_source(const Problem& problem, const GeneratorOptions& options) {
  const std::string prelude =
      norm_any::prelude(*problem.op.as<ops::RmsNorm>(), problem.inputs[0], problem.inputs.back());
  return assemble("lathe/kernels/rms_norm/cuda_any.cuh", prelude, options.source_folder);
}

}  // namespace

std::span<const Generator> rms_norm_generators() {
  static constexpr Generator kAll[] = {{"rms_norm.cuda.rows", rows_source},
                                       {"rms_norm.cuda.any", any_source}};
  return kAll;
}

}  // namespace lathe::kernels
