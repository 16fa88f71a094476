// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/cuda_support.h"
#include "lathe/kernels/device_code.h"
#include "lathe/kernels/ptx/device_source.h"
#include "lathe/ops/norm.h"

namespace lathe::kernels {
namespace {

std::string source(const Problem& problem, const GeneratorOptions& options) {
  const auto& op = *problem.op.as<ops::RmsNorm>();
  const TensorType& x = problem.inputs[0];
  const std::string prelude =
      cat("using Element = ", device_type(x.dtype), ";\n",                       //
          "constexpr int kColumns = ", x.shape.back().value(), ";\n",            //
          "constexpr bool kResidual = ", op.residual ? "true" : "false", ";\n",  //
          "constexpr float kEps = ", device_constant(op.eps), ";\n");
  return assemble("lathe/kernels/rms_norm/cuda_rows_entry.cuh", prelude, options.source_folder);
}

}  // namespace

std::span<const Generator> rms_norm_generators() {
  static constexpr Generator kAll[] = {{"rms_norm.cuda.rows", source}};
  return kAll;
}

}  // namespace lathe::kernels
