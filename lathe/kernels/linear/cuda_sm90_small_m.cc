// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/linear/cuda_sm90_small_m.h"

#include <algorithm>
#include <array>

namespace lathe::kernels {
namespace small_m {
namespace {

constexpr int64_t kSharedBytes = 200 * 1024;  // ring and tokens
constexpr int64_t kResidentBytes = 72 * 1024;
constexpr int64_t kMaxRing = 10;  // stages: leaves room for a generation kernel on the same SM
constexpr int64_t kStreamedRowBytes = kMmaStageColumns * 2 + 16;
constexpr int64_t kWarps = 8;

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
  int32_t slots;
};

struct Variant {
  std::string_view entry;
  int64_t tokens;
};
constexpr std::array<Variant, 4> kResident = {
    {{"linear_1", 1}, {"linear_2", 2}, {"linear_4", 4}, {"linear_8", 8}}};
constexpr std::array<Variant, 4> kStreamed = {{{"linear_streamed_8", 8},
                                               {"linear_streamed_16", 16},
                                               {"linear_streamed_32", 32},
                                               {"linear_streamed_64", 64}}};

const Variant& variant_for(std::span<const Variant> variants, int64_t tokens) {
  for (const Variant& variant : variants) {
    if (tokens <= variant.tokens) return variant;
  }
  fail(ErrorCode::kInternal, "small_m: ", tokens, " tokens");
}

uint32_t blocks_for(const MmaShape& shape, int processors) {
  const int64_t stages = shape.tiles * shape.steps;
  const int64_t most = std::min<int64_t>(processors, kMaxBlocks);
  return static_cast<uint32_t>(std::clamp<int64_t>(stages / 4, 1, most));
}

struct Ring {
  std::string_view entry;
  uint32_t threads;
  int64_t stages;
  int64_t slots;
  int64_t bytes;
};

Ring resident_ring(const MmaShape& shape, uint32_t blocks, int64_t tokens) {
  const Variant& variant = variant_for(kResident, tokens);
  const int64_t each = (shape.tiles * shape.steps + blocks - 1) / blocks;
  const int64_t slots = std::min(shape.steps, each);
  const int64_t x_bytes = variant.tokens * (slots * kMmaStageColumns * 2 + 16);
  const int64_t stages = std::min(kMaxRing, (kSharedBytes - x_bytes) / kMmaStageBytes);
  return {variant.entry, (kWarps + 1) * 32, stages, slots, stages * kMmaStageBytes + x_bytes};
}

Ring streamed_ring(int64_t tokens) {
  const Variant& variant = variant_for(kStreamed, tokens);
  const int64_t stage_bytes = kMmaStageBytes + variant.tokens * kStreamedRowBytes;
  const int64_t stages = std::min(kMaxRing, kSharedBytes / stage_bytes);
  return {variant.entry, (kWarps + 5) * 32, stages, 0, stages * stage_bytes};
}

struct Plan {
  uint32_t blocks;
  Ring ring;
  bool resident;
};

Plan plan(const Call& call, int processors) {
  const int64_t tokens = leading_elements(call.x), outputs = call.y.size(-1);
  const MmaShape shape =
      mma_shape(call.op.gated ? (outputs + 7) / 8 * 16 : outputs, call.x.size(-1));
  const uint32_t blocks = blocks_for(shape, processors);
  if (tokens <= kResident.back().tokens) {
    const Ring ring = resident_ring(shape, blocks, tokens);
    if (ring.bytes - ring.stages * kMmaStageBytes <= kResidentBytes) return {blocks, ring, true};
  }
  return {blocks, streamed_ring(tokens), false};
}

}  // namespace

const Layout& layout(const ops::Linear& op) { return op.gated ? kMmaGatedLayout : kMmaLayout; }

int64_t workspace_bytes() {
  return kMaxBlocks * 2 * kMmaTileRows * kMaxTokens * static_cast<int64_t>(sizeof(float));
}

Support supports(const Layer& layer, const Target& target) {
  const ops::Linear& op = layer.op;
  const TensorType& x = layer.operands[0];
  Requirements needs = on_gpu(target, 90);
  needs.require(op.format.is_plain() && op.input_block == 0, "takes plain weights, not ",
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
      .require(mma_shape(layer.rows(), 1).tiles * kWarps <= kNumCounters, "too many rows");
}

bool is_resident(const Call& call, int num_processors) {
  return plan(call, num_processors).resident;
}

Launch launch(const Call& call, const CudaArgs& args) {
  const auto [blocks, ring, resident] = plan(call, args.num_processors);
  LATHE_CHECK(resident || call.norm == nullptr, "streamed tokens are not normalised");
  return {.entry = ring.entry,
          .config = {.grid = {blocks},
                     .block = {ring.threads},
                     .shared_bytes = static_cast<uint32_t>(ring.bytes),
                     .overlap = cuda::Overlap::kProgrammatic},
          .parameter = LaunchParameter::of(Parameters{
              call.weight.data, call.x.data, call.norm, call.bias, call.residual, call.y.data,
              args.workspace, args.counters, static_cast<int32_t>(leading_elements(call.x)),
              static_cast<int32_t>(ring.stages), static_cast<int32_t>(ring.slots)})};
}

}  // namespace small_m

namespace {

small_m::Layer layer_of(const Problem& problem) {
  return {*problem.op.as<ops::Linear>(), problem.inputs, problem.outputs[0]};
}

template <bool kGated>
Support supports(const Problem& problem, const Target& target) {
  const small_m::Layer layer = layer_of(problem);
  if (layer.op.gated != kGated) return Support::no(kGated ? "is for gated layers" : "is gated");
  return small_m::supports(layer, target);
}

std::vector<Launch> launches(const CudaArgs& args) {
  const auto& op = *args.op.as<ops::Linear>();
  if (args.outputs[0].num_elements() == 0) return {};
  return {small_m::launch({.op = op,
                           .x = args.inputs[0],
                           .weight = args.inputs[1],
                           .y = args.outputs[0],
                           .bias = op.bias ? args.inputs[2].data : nullptr,
                           .residual = op.residual ? args.inputs.back().data : nullptr},
                          args)};
}

Dim workspace(const Problem&) { return small_m::workspace_bytes(); }

constexpr CudaKernel kCuda = {.max_tokens = small_m::kMaxTokens, .launches = launches};

}  // namespace

extern const Kernel kLinearCudaSm90SmallM;
const Kernel kLinearCudaSm90SmallM = {.name = "linear.cuda.sm90.small_m",
                                      .supports = supports<false>,
                                      .run = nullptr,
                                      .workspace_bytes = workspace,
                                      .layout = &kMmaLayout,
                                      .cuda = &kCuda};

extern const Kernel kLinearCudaSm90SmallMGated;
const Kernel kLinearCudaSm90SmallMGated = {.name = "linear.cuda.sm90.small_m.gated",
                                           .supports = supports<true>,
                                           .run = nullptr,
                                           .workspace_bytes = workspace,
                                           .layout = &kMmaGatedLayout,
                                           .cuda = &kCuda};

}  // namespace lathe::kernels
