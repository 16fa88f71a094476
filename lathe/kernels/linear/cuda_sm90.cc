// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/linear/cuda_sm90.h"

#include <algorithm>
#include <array>

#include "lathe/kernels/linear/records.h"

namespace lathe::kernels {
namespace linear_sm90 {
namespace {

constexpr int64_t kBlockShared = int64_t{205} * 1024;  // ring and tokens
// With so much a generation kernel fits on the same multiprocessor.
constexpr int64_t kSharedForTwo = int64_t{145} * 1024;
constexpr int64_t kResidentBytes = int64_t{72} * 1024;
constexpr int64_t kMaxRing = 10;                     // stages
constexpr int64_t kStageBytes = 8 * kMmaChunkBytes;  // of weights
constexpr int64_t kAlignment = 1024;                 // of the stages of many tokens
constexpr int64_t kXRowBytes = kMmaChunkColumns * 2 + 16;

// As in the device source.
struct Parameters {
  const void* weight;
  const void* x;
  const void* norm;
  const void* bias;
  const void* residual;
  void* y;
  void* partials;
  uint32_t* counters;
  int32_t tokens;
  int32_t stages;
};

// An entry point, what it needs beside the weights of a stage, and its grid.
struct Shape {
  std::string_view entry;
  uint32_t threads;
  int64_t stages;
  int64_t bytes;
  cuda::Dim3 grid = {};
};

struct Variant {
  std::string_view entry;
  int64_t tokens;
};
constexpr std::array<Variant, 4> kResident = {
    {{"linear_1", 1}, {"linear_2", 2}, {"linear_4", 4}, {"linear_8", 8}}};
constexpr std::array<Variant, 1> kStreamed = {{{"linear_streamed_8", 8}}};
constexpr std::array<Variant, 3> kSplit = {
    {{"linear_split_16", 16}, {"linear_split_32", 32}, {"linear_split_64", 64}}};
constexpr std::array<Variant, 2> kMany = {{{"linear_tile_128", 128}, {"linear_tile_256", 256}}};

// The first that holds the tokens, or the last.
const Variant& variant_for(std::span<const Variant> variants, int64_t tokens) {
  const auto found = std::find_if(variants.begin(), variants.end(),
                                  [&](const Variant& v) { return tokens <= v.tokens; });
  return found == variants.end() ? variants.back() : *found;
}

MmaShape shape_of(const ops::Linear& op, int64_t rows, int64_t columns) {
  return mma_shape(mma_packed_rows(rows, op.gated ? Gate::kGated : Gate::kNone), columns);
}
MmaShape shape_of(const Call& call) {
  return shape_of(call.op, call.y.size(-1) * (call.op.gated ? 2 : 1), call.x.size(-1));
}

int64_t resident_bytes(const MmaShape& shape, int64_t tokens) {
  return variant_for(kResident, tokens).tokens * (shape.steps * kMmaChunkColumns * 2 + 16);
}

uint32_t blocks(int64_t units, int processors) {
  return static_cast<uint32_t>(std::clamp<int64_t>(units, 1, processors));
}

Shape resident(const MmaShape& shape, int64_t tokens, int processors) {
  const int64_t x = resident_bytes(shape, tokens);
  const int64_t budget = tokens <= 2 ? kSharedForTwo : kBlockShared;
  const int64_t stages = std::min(kMaxRing, (budget - x) / kStageBytes);
  return {variant_for(kResident, tokens).entry,
          288,
          stages,
          stages * kStageBytes + x,
          {blocks(shape.groups, processors)}};
}

Shape streamed(const MmaShape& shape, int64_t tokens, int processors) {
  const Variant& variant = variant_for(kStreamed, tokens);
  const int64_t stage = kStageBytes + 8 * variant.tokens * kXRowBytes;
  const int64_t stages = std::min(kMaxRing, kBlockShared / stage);
  return {variant.entry, 416, stages, stages * stage, {blocks(shape.groups, processors)}};
}

// As many blocks as processors, or a little fewer: a multiple of the tiles, but runs of four stages
// at least; or all with the same number of whole tiles.
uint32_t split_blocks(const MmaShape& shape, int processors) {
  const int64_t most = std::min<int64_t>(processors, kMaxBlocks);
  if (shape.tiles <= most) {
    const int64_t parts = std::min(most / shape.tiles, std::max<int64_t>(1, shape.steps / 4));
    return static_cast<uint32_t>(shape.tiles * parts);
  }
  const int64_t tiles_each = (shape.tiles + most - 1) / most;
  return static_cast<uint32_t>((shape.tiles + tiles_each - 1) / tiles_each);
}

Shape split(const MmaShape& shape, int64_t tokens, int processors) {
  const Variant& variant = variant_for(kSplit, tokens);
  const int64_t stage = kStageBytes + variant.tokens * kXRowBytes;
  const int64_t stages = std::min(kMaxRing, kBlockShared / stage);
  return {variant.entry, 384, stages, stages * stage, {split_blocks(shape, processors)}};
}

Shape few(const MmaShape& shape, int64_t tokens, int processors) {
  return tokens <= most_resident(shape) ? resident(shape, tokens, processors)
                                        : streamed(shape, tokens, processors);
}

template <size_t kVariant>
Shape many(const MmaShape& shape, int64_t tokens, int) {
  constexpr Variant variant = kMany[kVariant];
  const int64_t stage = kStageBytes + variant.tokens * kMmaChunkColumns * 2;
  const int64_t stages = (kBlockShared - kAlignment) / stage;
  const auto token_tiles = static_cast<uint32_t>((tokens + variant.tokens - 1) / variant.tokens);
  return {variant.entry,
          384,
          stages,
          stages * stage + kAlignment,
          {token_tiles, static_cast<uint32_t>(shape.tiles)}};
}

// By strategy.
constexpr Shape (*kShapes[])(const MmaShape& shape, int64_t tokens, int processors) = {
    few, split, many<0>, many<1>};

}  // namespace

int64_t most_resident(const MmaShape& shape) {
  int64_t most = 0;
  for (const Variant& variant : kResident) {
    if (resident_bytes(shape, variant.tokens) <= kResidentBytes) most = variant.tokens;
  }
  return most;
}

bool is_resident(const Call& call) {
  return leading_elements(call.x) <= most_resident(shape_of(call));
}

MmaShape Layer::shape() const { return shape_of(op, rows(), columns()); }

Support supports(const Layer& layer, Gate gate, const Target& target) {
  const ops::Linear& op = layer.op;
  const TensorType& x = layer.operands[0];
  Requirements needs = on_gpu(target, 90);
  needs.require(op.gated == (gate == Gate::kGated), op.gated ? "is gated" : "is not gated")
      .require(op.format.is_plain() && op.input_block == 0, "takes plain weights, not ",
               op.format.name);
  if (!needs.ok()) return needs;
  needs.require(is_half(x.dtype), "takes bf16 or f16, x is ", to_string(x.dtype));
  for (size_t i = 1; i < layer.operands.size(); ++i) {
    needs.require(layer.operands[i].dtype == x.dtype, "operand ", i, " is ",
                  to_string(layer.operands[i].dtype), ", x is ", to_string(x.dtype));
  }
  return needs
      .require(layer.y.dtype == x.dtype || layer.y.dtype == DType::kF32, "y is ",
               to_string(layer.y.dtype))
      .require(!device_expression(op.activation).empty(), "has no such activation")
      .require(layer.columns() % 8 == 0, "k is ", layer.columns(), ", no multiple of 8")
      .require(mma_shape(layer.rows(), 1).tiles * 8 <= kNumCounters, "too many rows");
}

Launch launch(const Call& call, const CudaArgs& args, Strategy strategy) {
  const int64_t tokens = leading_elements(call.x);
  LATHE_CHECK(recipe(strategy, nullptr).takes(tokens), "a strategy for other numbers of tokens",
              tokens);
  const bool may_normalise = strategy == Strategy::kFew && is_resident(call);
  LATHE_CHECK(call.norm == nullptr || may_normalise, "only resident tokens are normalised");
  const Shape shape =
      kShapes[static_cast<size_t>(strategy)](shape_of(call), tokens, args.num_processors);
  Launch out =
      overlapped(shape.entry, shape.grid, shape.threads,
                 Parameters{call.weight.data, call.x.data, call.norm, call.bias, call.residual,
                            call.y.data, args.workspace, args.counters,
                            static_cast<int32_t>(tokens), static_cast<int32_t>(shape.stages)});
  out.config.shared_bytes = static_cast<uint32_t>(shape.bytes);
  return out;
}

Layer layer_of(const Problem& problem) {
  const auto* normed = problem.op.as<ops::NormLinear>();
  Layer out{normed != nullptr ? normed->linear : *problem.op.as<ops::Linear>(), problem.inputs,
            problem.outputs[0]};
  if (normed != nullptr) out.operands.erase(out.operands.begin() + 1);
  return out;
}

Call call_of(const CudaArgs& args) {
  const auto* normed = args.op.as<ops::NormLinear>();
  const ops::Linear& op = normed != nullptr ? normed->linear : *args.op.as<ops::Linear>();
  const size_t weight = weight_operand(args.op);
  return {.op = op,
          .x = args.inputs[0],
          .weight = args.inputs[weight],
          .y = args.outputs[0],
          .norm = normed != nullptr ? args.inputs[1].data : nullptr,
          .bias = op.bias ? args.inputs[weight + 1].data : nullptr,
          .residual = op.residual ? args.inputs.back().data : nullptr};
}

}  // namespace linear_sm90

namespace {

using linear_sm90::Strategy;

template <Gate kGate>
Support supports(const Problem& problem, const Target& target) {
  return linear_sm90::supports(linear_sm90::layer_of(problem), kGate, target);
}

template <Strategy kStrategy>
std::vector<DeviceWork> launches(const CudaArgs& args) {
  if (args.outputs[0].num_elements() == 0) return {};
  return {linear_sm90::launch(linear_sm90::call_of(args), args, kStrategy)};
}

template <Strategy kStrategy>
Dim workspace(const Problem&) {
  return linear_sm90::facts_of(kStrategy).partial_bytes;
}

template <Strategy kStrategy>
constexpr CudaKernel kCuda = linear_sm90::recipe(kStrategy, launches<kStrategy>);

template <Strategy kStrategy, Gate kGate>
constexpr Kernel named(std::string_view name) {
  return linear_sm90::record(kGate, {.name = name,
                                     .supports = supports<kGate>,
                                     .run = nullptr,
                                     .workspace_bytes = workspace<kStrategy>,
                                     .cuda = &kCuda<kStrategy>});
}

}  // namespace

// Without a device to time them on, the first that takes a number of tokens is taken.
std::span<const Kernel> sm90_linear_kernels() {
  static constexpr Kernel kAll[] = {
      named<Strategy::kFew, Gate::kNone>("linear.cuda.sm90.few"),
      named<Strategy::kFew, Gate::kGated>("linear.cuda.sm90.few.gated"),
      named<Strategy::kSplit, Gate::kNone>("linear.cuda.sm90.split"),
      named<Strategy::kSplit, Gate::kGated>("linear.cuda.sm90.split.gated"),
      named<Strategy::kTile256, Gate::kNone>("linear.cuda.sm90.tile256"),
      named<Strategy::kTile256, Gate::kGated>("linear.cuda.sm90.tile256.gated"),
      named<Strategy::kTile128, Gate::kNone>("linear.cuda.sm90.tile128"),
      named<Strategy::kTile128, Gate::kGated>("linear.cuda.sm90.tile128.gated"),
  };
  return kAll;
}

}  // namespace lathe::kernels
