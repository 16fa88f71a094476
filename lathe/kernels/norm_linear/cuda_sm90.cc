// SPDX-License-Identifier: Apache-2.0
// norm_linear: up to 64 tokens are normalised by the kernel that streams the weight, more by
// rms_norm before it. Work, bytes and bounds: linear's device sources.
#include "lathe/kernels/linear/cuda_sm90.h"
#include "lathe/kernels/rms_norm/cuda_rows.h"
#include "lathe/ops/norm_linear.h"

namespace lathe::kernels {
namespace {

using linear_sm90::Strategy;

template <Strategy kStrategy, Gate kGate>
Support supports(const Problem& problem, const Target& target) {
  Support norm = norm_rows::supports(problem.inputs[0], problem.inputs[1], target);
  if (!norm.ok) return norm;
  const linear_sm90::Layer layer = linear_sm90::layer_of(problem);
  constexpr bool kInside = kStrategy == Strategy::kPair || kStrategy == Strategy::kSplit;
  if (kInside && layer.columns() > linear_sm90::kMaxNormColumns) {
    return Support::no("normalises rows of up to ", linear_sm90::kMaxNormColumns, " columns, not ",
                       layer.columns());
  }
  return linear_sm90::supports(layer, kGate, target);
}

// x as the norm leaves it where rms_norm runs on its own.
Dim workspace(const Problem& problem) { return problem.inputs[0].shape.num_elements() * 2; }

template <Strategy kStrategy>
std::vector<DeviceWork> launches(const CudaArgs& args) {
  linear_sm90::Call call = linear_sm90::call_of(args);
  const int64_t tokens = leading_elements(call.x);
  if (tokens == 0) return {};
  if (linear_sm90::normalizes(call, kStrategy)) {
    return {linear_sm90::launch(call, args, kStrategy)};
  }
  const Launch norm = norm_rows::launch(
      {.x = call.x.data, .weight = call.norm, .y = args.workspace, .rows = tokens});
  call.x.data = args.workspace;
  call.norm = nullptr;
  return {norm, linear_sm90::launch(call, args, kStrategy)};
}

// kPair and kSplit round the weight times the norm's weight, the same for all tokens, where kFew
// rounds each normalised token: too much for the most sensitive of the goldens when all tokens came
// alone.
constexpr int64_t kMinSplitTokens = linear_sm90::facts_of(Strategy::kFew).max_tokens + 1;

template <Strategy kStrategy>
constexpr CudaKernel recipe() {
  CudaKernel out = linear_sm90::recipe(kStrategy, launches<kStrategy>);
  if (kStrategy == Strategy::kSplit) out.min_tokens = kMinSplitTokens;
  return out;
}
template <Strategy kStrategy>
constexpr CudaKernel kCuda = recipe<kStrategy>();

template <Strategy kStrategy, Gate kGate>
constexpr Kernel named(std::string_view name) {
  return linear_sm90::record(kGate, {.name = name,
                                     .supports = supports<kStrategy, kGate>,
                                     .run = nullptr,
                                     .workspace_bytes = workspace,
                                     .cuda = &kCuda<kStrategy>});
}

}  // namespace

// As linear's.
std::span<const Kernel> sm90_norm_linear_kernels();
std::span<const Kernel> sm90_norm_linear_kernels() {
  static constexpr Kernel kAll[] = {
      named<Strategy::kFew, Gate::kNone>("norm_linear.cuda.sm90.few"),
      named<Strategy::kFew, Gate::kGated>("norm_linear.cuda.sm90.few.gated"),
      named<Strategy::kPair, Gate::kNone>("norm_linear.cuda.sm90.pair"),
      named<Strategy::kPair, Gate::kGated>("norm_linear.cuda.sm90.pair.gated"),
      named<Strategy::kSplit, Gate::kNone>("norm_linear.cuda.sm90.split"),
      named<Strategy::kSplit, Gate::kGated>("norm_linear.cuda.sm90.split.gated"),
      named<Strategy::kTile256, Gate::kNone>("norm_linear.cuda.sm90.tile256"),
      named<Strategy::kTile256, Gate::kGated>("norm_linear.cuda.sm90.tile256.gated"),
      named<Strategy::kTile128, Gate::kNone>("norm_linear.cuda.sm90.tile128"),
      named<Strategy::kTile128, Gate::kGated>("norm_linear.cuda.sm90.tile128.gated"),
  };
  return kAll;
}

}  // namespace lathe::kernels
