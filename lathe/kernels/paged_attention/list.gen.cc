// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/kv_write/device_prelude.h"
#include "lathe/kernels/paged_attention/device_prelude.h"
#include "lathe/kernels/ptx/device_source.h"
#include "lathe/kernels/rope/device_prelude.h"

namespace lathe::kernels {
namespace {

std::string slopes_table(const std::vector<float>& slopes) {
  std::string out = "__constant__ float kSlopes[] = {";
  for (const float slope : slopes) out += cat(device_constant(slope), ", ");
  return out + "0};\n";
}

std::string prelude(const Problem& problem, const GeneratorOptions& options) {
  const TensorType& q = problem.inputs[0];
  return cat(cache_prelude(q.dtype, problem.inputs[1], options),
             device_number("kHeads", q.shape[1].value()),
             scores_prelude(problem.op.as<ops::PagedAttention>()->options));
}

std::string any_source(const Problem& problem, const GeneratorOptions& options) {
  return assemble("lathe/kernels/paged_attention/cuda_any.cuh", prelude(problem, options),
                  options.source_folder);
}

// The fused kernels' source with nothing to rotate.
std::string sm90_source(const Problem& problem, const GeneratorOptions& options) {
  return assemble(
      "lathe/kernels/rope_paged_attention/cuda_all.cuh",
      cat(device_flag("kFused", false), rotation_prelude({}), prelude(problem, options)),
      options.source_folder);
}

}  // namespace

std::string scores_prelude(const ops::AttentionOptions& options) {
  return cat("constexpr float kScale = ", device_constant(options.scale), ";\n",
             device_number("kWindow", options.window), device_number("kSinks", options.sink_tokens),
             "constexpr float kSoftCap = ", device_constant(options.soft_cap), ";\n",
             device_flag("kCausal", options.causal),
             device_flag("kAlibi", !options.alibi_slopes.empty()),
             slopes_table(options.alibi_slopes));
}

std::span<const Generator> paged_attention_generators() {
  static constexpr Generator kAll[] = {{"paged_attention.cuda.sm90", sm90_source},
                                       {"paged_attention.cuda.any", any_source}};
  return kAll;
}

}  // namespace lathe::kernels
