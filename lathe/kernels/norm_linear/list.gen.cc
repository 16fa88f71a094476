// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/device_code.h"
#include "lathe/kernels/linear/cuda_any.h"
#include "lathe/kernels/ptx/device_source.h"
#include "lathe/kernels/rms_norm/cuda_any.h"
#include "lathe/ops/norm_linear.h"

namespace lathe::kernels {
namespace {

using linear_sm90::Strategy;

// The norm behind a source of linear's.
std::string normed_source(const Problem& problem, const GeneratorOptions& options,
                          std::string_view linear) {
  const ops::RmsNorm& norm = problem.op.as<ops::NormLinear>()->norm;
  const std::string_view paths[] = {linear, "lathe/kernels/norm_linear/cuda_sm90.cuh"};
  return assemble(paths, linear_sm90::prelude(linear_sm90::layer_of(problem), &norm),
                  options.source_folder);
}

template <Strategy kStrategy>
std::string sm90_source(const Problem& problem, const GeneratorOptions& options) {
  return normed_source(problem, options, linear_sm90::facts_of(kStrategy).source);
}

std::string cublaslt_source(const Problem& problem, const GeneratorOptions& options) {
  return normed_source(problem, options, "lathe/kernels/linear/cuda_cublaslt.cuh");
}

std::string any_source(const Problem& problem, const GeneratorOptions& options) {
  const ops::RmsNorm& norm = problem.op.as<ops::NormLinear>()->norm;
  const std::string prelude = norm_any::prelude(norm, problem.inputs[0], problem.inputs[1]) +
                              linear_any::prelude(linear_sm90::layer_of(problem));
  return assemble("lathe/kernels/norm_linear/cuda_any.cuh", prelude, options.source_folder);
}

}  // namespace

std::span<const Generator> norm_linear_generators() {
  static constexpr Generator kAll[] = {
      {"norm_linear.cuda.sm90.few", sm90_source<Strategy::kFew>},
      {"norm_linear.cuda.sm90.few.gated", sm90_source<Strategy::kFew>},
      {"norm_linear.cuda.sm90.pair", sm90_source<Strategy::kPair>},
      {"norm_linear.cuda.sm90.pair.gated", sm90_source<Strategy::kPair>},
      {"norm_linear.cuda.sm90.split", sm90_source<Strategy::kSplit>},
      {"norm_linear.cuda.sm90.split.gated", sm90_source<Strategy::kSplit>},
      {"norm_linear.cuda.sm90.tile128", sm90_source<Strategy::kTile128>},
      {"norm_linear.cuda.sm90.tile128.gated", sm90_source<Strategy::kTile128>},
      {"norm_linear.cuda.sm90.tile256", sm90_source<Strategy::kTile256>},
      {"norm_linear.cuda.sm90.tile256.gated", sm90_source<Strategy::kTile256>},
      {"norm_linear.cuda.cublaslt", cublaslt_source},
      {"norm_linear.cuda.cublaslt.gated", cublaslt_source},
      {"norm_linear.cuda.any", any_source}};
  return kAll;
}

}  // namespace lathe::kernels
