// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/linear/cuda_sm90.h"

#include <algorithm>
#include <array>

#include "lathe/kernels/linear/records.h"

namespace lathe::kernels {
namespace linear_sm90 {
namespace {

// A block has a multiprocessor of its own: what does not hold tokens holds weights, and there is
// something to load while the previous kernel ends.
constexpr int64_t kBlockShared = int64_t{205} * 1024;
// Of short layers for 9 to 16 tokens: a block of generation attention, of 72 KB, fits beside one
// without a norm. Measured at Llama 3 8B's shapes: 20 to 40 us of a step.
constexpr int64_t kSharedForTwo = int64_t{145} * 1024;
constexpr int64_t kShortLayer = int64_t{512} * 1024;  // bytes of weights a block
constexpr int64_t kResidentBytes = int64_t{72} * 1024;
constexpr int64_t kGroupsOfTile = 8;
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
  int32_t tokens;
  int32_t stages;
  int32_t parts;
  int32_t tile_groups;
};

// An entry point, what it needs beside the weights of a stage, and its grid.
struct Shape {
  std::string_view entry;
  uint32_t threads;
  int64_t stages;
  int64_t bytes;
  cuda::Dim3 grid = {};
  uint32_t parts = 1;  // of k: the blocks of a cluster
  int64_t tile_groups = 0;
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

// A norm's weight in shared memory, beside the ring of the split kernel.
int64_t norm_bytes(const MmaShape& shape) { return shape.steps * kMmaChunkColumns * 2; }

uint32_t blocks(int64_t units, int processors) {
  return static_cast<uint32_t>(std::clamp<int64_t>(units, 1, processors));
}

Shape resident(const MmaShape& shape, int64_t tokens, int processors) {
  const int64_t x = resident_bytes(shape, tokens);
  const int64_t stages = std::min(kMaxStages, (kBlockShared - x) / kStageBytes);
  return {variant_for(kResident, tokens).entry,
          288,
          stages,
          stages * kStageBytes + x,
          {blocks(shape.groups, processors)}};
}

Shape streamed(const MmaShape& shape, int64_t tokens, int processors) {
  const Variant& variant = variant_for(kStreamed, tokens);
  const int64_t x = kStreamedXStages * 8 * variant.tokens * kXRowBytes;
  const int64_t stages = std::min(kMaxStages, (kBlockShared - x) / kStageBytes);
  return {variant.entry, 416, stages, stages * kStageBytes + x, {blocks(shape.groups, processors)}};
}

// How the split kernel divides a layer.
struct Division {
  int64_t parts;     // of k
  int64_t clusters;  // of `parts` blocks
  int64_t groups;    // of the cluster that has most
  int64_t tiles() const { return (groups + kGroupsOfTile - 1) / kGroupsOfTile; }
  int64_t tile_groups() const { return (groups + tiles() - 1) / tiles(); }
};

Division divided(const MmaShape& shape, int64_t parts, int processors) {
  const int64_t most = std::max<int64_t>(1, processors / parts);
  const int64_t groups = (shape.groups + most - 1) / most;
  return {parts, (shape.groups + groups - 1) / groups, groups};
}

// In microseconds, roughly: memory and L2 give their rates, a step and a meeting take their time
// (measured on an H100: bench/results/h100).
double estimate(const MmaShape& shape, const Division& division, int64_t tokens) {
  constexpr double kMemoryRate = 3.1e6, kL2Rate = 5e6, kStepTime = 0.3, kMeetingTime = 1.2;
  const auto weights = static_cast<double>(shape.groups * shape.steps * kMmaChunkBytes);
  const auto x = static_cast<double>(division.clusters * division.tiles() * shape.steps * tokens *
                                     kMmaChunkColumns * 2);
  const double steps =
      static_cast<double>(division.tiles() * shape.steps) / static_cast<double>(division.parts);
  return std::max({weights / kMemoryRate, (weights + x) / kL2Rate, steps * kStepTime}) +
         (division.parts > 1 ? kMeetingTime : 0);
}

// The blocks of a cluster meet over one tile, and each has some steps.
Division division_for(const MmaShape& shape, int64_t tokens, int processors) {
  const Division one = divided(shape, 1, processors);
  const Division two = divided(shape, 2, processors);
  if (two.tiles() > 1 || shape.steps < 4) return one;
  return estimate(shape, two, tokens) < estimate(shape, one, tokens) ? two : one;
}

Shape split(const Call& call, int processors) {
  const MmaShape shape = shape_of(call);
  const Variant& variant = variant_for(kSplit, leading_elements(call.x));
  const Division division = division_for(shape, variant.tokens, processors);
  const int64_t beside = kAlignment + kSplitXBytes + (call.norm != nullptr ? norm_bytes(shape) : 0);
  const int64_t stage = division.tile_groups() * kMmaChunkBytes;
  const int64_t stages = std::min(kMaxStages, (kBlockShared - beside) / stage);
  return {variant.entry,
          384,
          stages / 2 * 2,  // as the sets that take them in turns need
          kBlockShared,
          {static_cast<uint32_t>(division.clusters * division.parts)},
          static_cast<uint32_t>(division.parts),
          division.tile_groups()};
}

Shape few(const Call& call, int processors) {
  const MmaShape shape = shape_of(call);
  const int64_t tokens = leading_elements(call.x);
  return tokens <= most_resident(shape) ? resident(shape, tokens, processors)
                                        : streamed(shape, tokens, processors);
}

Shape pair(const Call& call, int processors) {
  const MmaShape shape = shape_of(call);
  const uint32_t grid = blocks(shape.groups, processors);
  const bool is_short = shape.groups * shape.steps * kMmaChunkBytes < grid * kShortLayer;
  const int64_t beside = kStreamedXStages * kPairDepth * kPairTokens * kXRowBytes +
                         (call.norm != nullptr ? norm_bytes(shape) : 0);
  const int64_t room = (is_short ? kSharedForTwo : kBlockShared) - beside;
  const int64_t stages = std::min(kMaxStages, room / kStageBytes);
  return {"linear_pair", 416, stages, stages * kStageBytes + beside, {grid}};
}

template <size_t kVariant>
Shape many(const Call& call, int) {
  const Variant& variant = kMany[kVariant];
  const int64_t stage = kStageBytes + variant.tokens * kMmaChunkColumns * 2;
  const int64_t stages = (kBlockShared - kAlignment) / stage;
  const int64_t token_tiles = (leading_elements(call.x) + variant.tokens - 1) / variant.tokens;
  return {variant.entry,
          384,
          stages,
          stages * stage + kAlignment,
          {static_cast<uint32_t>(token_tiles), static_cast<uint32_t>(shape_of(call).tiles)}};
}

// By strategy.
constexpr Shape (*kShapes[])(const Call& call, int processors) = {few, pair, split, many<0>,
                                                                  many<1>};

}  // namespace

int64_t most_resident(const MmaShape& shape) {
  int64_t most = 0;
  for (const Variant& variant : kResident) {
    if (resident_bytes(shape, variant.tokens) <= kResidentBytes) most = variant.tokens;
  }
  return most;
}

bool normalizes(const Call& call, Strategy strategy) {
  const MmaShape shape = shape_of(call);
  if (strategy == Strategy::kFew) return leading_elements(call.x) <= most_resident(shape);
  return strategy == Strategy::kPair || strategy == Strategy::kSplit;
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
      .require(layer.columns() % 8 == 0, "k is ", layer.columns(), ", no multiple of 8");
}

Launch launch(const Call& call, const CudaArgs& args, Strategy strategy) {
  const int64_t tokens = leading_elements(call.x);
  LATHE_CHECK(recipe(strategy, nullptr).takes(tokens), "a strategy for other numbers of tokens",
              tokens);
  LATHE_CHECK(call.norm == nullptr || normalizes(call, strategy), "a norm for another kernel");
  const Shape shape = kShapes[static_cast<size_t>(strategy)](call, args.num_processors);
  Launch out = overlapped(
      shape.entry, shape.grid, shape.threads,
      Parameters{call.weight.data, call.x.data, call.norm, call.bias, call.residual, call.y.data,
                 static_cast<int32_t>(tokens), static_cast<int32_t>(shape.stages),
                 static_cast<int32_t>(shape.parts), static_cast<int32_t>(shape.tile_groups)});
  out.config.cluster = {shape.parts};
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
constexpr CudaKernel kCuda = linear_sm90::recipe(kStrategy, launches<kStrategy>);

template <Strategy kStrategy, Gate kGate>
constexpr Kernel named(std::string_view name) {
  return linear_sm90::record(
      kGate,
      {.name = name, .supports = supports<kGate>, .run = nullptr, .cuda = &kCuda<kStrategy>});
}

}  // namespace

// Without a device to time them on, the first that takes a number of tokens is taken.
std::span<const Kernel> sm90_linear_kernels() {
  static constexpr Kernel kAll[] = {
      named<Strategy::kFew, Gate::kNone>("linear.cuda.sm90.few"),
      named<Strategy::kFew, Gate::kGated>("linear.cuda.sm90.few.gated"),
      named<Strategy::kPair, Gate::kNone>("linear.cuda.sm90.pair"),
      named<Strategy::kPair, Gate::kGated>("linear.cuda.sm90.pair.gated"),
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
