// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/cuda_support.h"
#include "lathe/kernels/device_code.h"
#include "lathe/kernels/ptx/device_source.h"
#include "lathe/kernels/rope/device_prelude.h"

namespace lathe::kernels {
namespace {

constexpr double kTwoPi = 6.283185307179586476925;

// Revolutions a position of every pair, for sequences of `length` tokens.
std::string turns_table(std::string_view name, const ops::Rope& rope, int64_t length) {
  const ops::RopeFrequencies frequencies =
      ops::rope_frequencies(rope.scaling, rope.theta, rope.rotary_dims, length);
  std::string out = cat("__constant__ double ", name, "[] = {");
  for (const double inverse : frequencies.inverse) out += cat(inverse / kTwoPi, ", ");
  return out + "0};\n";
}

std::string turns_function(std::string_view body) {
  return cat("LATHE_DEVICE double turns_of(int pair, int length) {\n", body, "}\n");
}

std::string turns(const ops::LongRopeScaling& scaling, const ops::Rope& rope) {
  const int64_t longest = scaling.original_max_positions;
  return cat(turns_table("kShortTurns", rope, longest),
             turns_table("kLongTurns", rope, longest + 1),
             turns_function(
                 cat("  return length > ", longest, " ? kLongTurns[pair] : kShortTurns[pair];\n")));
}

// As ops/rope_scaling.cc: the base grows with the length.
std::string turns(const ops::DynamicScaling& scaling, const ops::Rope& rope) {
  const double dims = static_cast<double>(rope.rotary_dims);
  const double trained = static_cast<double>(scaling.original_max_positions);
  return turns_function(cat("  const double known = fmax(static_cast<double>(length), ", trained,
                            ");\n", "  const double stretch = ", scaling.factor, " * known / ",
                            trained, " - ", scaling.factor - 1, ";\n",  //
                            "  const double base = ", rope.theta, " * pow(stretch, ",
                            dims / (dims - 2),
                            ");\n",  //
                            "  return pow(base, -2.0 * pair / ", dims, ") / ", kTwoPi, ";\n"));
}

template <class OfOneLength>
std::string turns(const OfOneLength&, const ops::Rope& rope) {
  return turns_table("kTurns", rope, 0) + turns_function("  return kTurns[pair];\n");
}

std::string source(const Problem& problem, const GeneratorOptions& options) {
  const TensorType& x = problem.inputs[0];
  const std::string prelude = cat(
      device_alias("Element", x.dtype), device_number("kHeads", x.shape[1].value()),
      device_number("kHeadDim", x.shape[2].value()), rotation_prelude(*problem.op.as<ops::Rope>()));
  return assemble("lathe/kernels/rope/cuda_any.cuh", prelude, options.source_folder);
}

}  // namespace

std::string rotation_prelude(const ops::Rope& rope) {
  const ops::RopeFrequencies frequencies =
      ops::rope_frequencies(rope.scaling, rope.theta, rope.rotary_dims, 0);
  const auto magnitude = static_cast<float>(frequencies.magnitude);
  return cat(device_number("kRotary", rope.rotary_dims),
             device_flag("kInterleaved", rope.style == ops::RopeStyle::kInterleaved),
             "constexpr float kMagnitude = ", device_constant(magnitude), ";\n",
             std::visit([&](const auto& scaling) { return turns(scaling, rope); }, rope.scaling));
}

std::span<const Generator> rope_generators() {
  static constexpr Generator kAll[] = {{"rope.cuda.any", source}};
  return kAll;
}

}  // namespace lathe::kernels
