// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/cuda_support.h"
#include "lathe/kernels/device_code.h"
#include "lathe/kernels/ptx/device_source.h"
#include "lathe/ops/rope_paged_attention.h"

namespace lathe::kernels {
namespace {

constexpr double kTwoPi = 6.283185307179586476925;

std::string turns_table(const ops::RopeFrequencies& frequencies) {
  std::string out = cat("__constant__ double kTurns[] = {");
  for (const double inverse : frequencies.inverse) out += cat(inverse / kTwoPi, ", ");
  return out + "0};\n";
}

std::string slopes_table(const std::vector<float>& slopes) {
  std::string out = "__constant__ float kSlopes[] = {";
  for (const float slope : slopes) out += cat(device_constant(slope), ", ");
  return out + "0};\n";
}

std::string rotation_constants(const ops::Rope& rope) {
  const ops::RopeFrequencies frequencies =
      ops::rope_frequencies(rope.scaling, rope.theta, rope.rotary_dims, 0);
  const bool interleaved = rope.style == ops::RopeStyle::kInterleaved;
  return cat(
      "constexpr int kRotary = ", rope.rotary_dims, ";\n",                      //
      "constexpr bool kInterleaved = ", interleaved ? "true" : "false", ";\n",  //
      "constexpr float kMagnitude = ", device_constant(static_cast<float>(frequencies.magnitude)),
      ";\n", turns_table(frequencies));
}

std::string score_constants(const ops::AttentionOptions& options) {
  return cat("constexpr float kScale = ", device_constant(options.scale), ";\n",       //
             "constexpr int kWindow = ", options.window, ";\n",                        //
             "constexpr int kSinks = ", options.sink_tokens, ";\n",                    //
             "constexpr float kSoftCap = ", device_constant(options.soft_cap), ";\n",  //
             "constexpr bool kAlibi = ", options.alibi_slopes.empty() ? "false" : "true", ";\n",
             slopes_table(options.alibi_slopes));
}

std::string source(const Problem& problem, const GeneratorOptions& options) {
  const auto& op = *problem.op.as<ops::RopePagedAttention>();
  const Shape& cache = problem.inputs[0].shape;
  const std::string prelude =
      cat("using Element = ", device_type(problem.inputs[1].dtype), ";\n",  //
          "constexpr int kHeads = ", op.rope.heads, ";\n",                  //
          "constexpr int kKvHeads = ", cache[0].value(), ";\n",             //
          "constexpr int kHeadDim = ", cache[1].value(), ";\n",             //
          "constexpr int kBlock = ", options.block_size, ";\n",             //
          rotation_constants(op.rope.rope), score_constants(op.options));
  return assemble("lathe/kernels/rope_paged_attention/cuda_all.cuh", prelude,
                  options.source_folder);
}

}  // namespace

std::span<const Generator> rope_paged_attention_generators() {
  static constexpr Generator kAll[] = {{"rope_paged_attention.cuda.sm90", source}};
  return kAll;
}

}  // namespace lathe::kernels
