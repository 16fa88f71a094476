// SPDX-License-Identifier: Apache-2.0
// What the records and the generators of linear and norm_linear share: the strategies, the checks,
// and the recipe of a launch.
#pragma once

#include <string>

#include "lathe/kernels/cuda_support.h"
#include "lathe/kernels/mma_layout.h"
#include "lathe/ops/linear.h"
#include "lathe/ops/norm_linear.h"

namespace lathe::kernels::linear_sm90 {

// How the work is shared among blocks: a record each, with device code of its own. All take weights
// in one layout, so that a plan chooses by the number of tokens.
enum class Strategy : uint8_t { kFew, kPair, kSplit, kTile128, kTile256 };

// Why a strategy keeps bits.
inline constexpr std::string_view kFixedBits = "every step takes tiles of 128 tokens, k ascending";

struct StrategyFacts {
  std::string_view source;         // device source of its entry points
  int64_t min_tokens, max_tokens;  // as CudaKernel's
  std::string_view fixed_bits = {};
};
inline constexpr StrategyFacts kStrategies[] = {
    {"lathe/kernels/linear/cuda_sm90_few.cuh", 0, 8},
    {"lathe/kernels/linear/cuda_sm90_pair.cuh", 9, 16},
    {"lathe/kernels/linear/cuda_sm90_split.cuh", 0, 64},
    {"lathe/kernels/linear/cuda_sm90_tile_128.cuh", 0, 0, kFixedBits},
    {"lathe/kernels/linear/cuda_sm90_tile_256.cuh", 129, 0},  // else half a tile is nobody's
};
constexpr const StrategyFacts& facts_of(Strategy strategy) {
  return kStrategies[static_cast<size_t>(strategy)];
}

// Of kPair: tokens, and chunks of a group in a stage.
inline constexpr int64_t kPairTokens = 16, kPairDepth = 4;
// The rings of x: stages, of kFew where it streams x and of kPair; bytes, of kSplit.
inline constexpr int64_t kStreamedXStages = 3, kSplitXBytes = int64_t{48} * 1024;

inline constexpr int64_t kMaxStages = 16;  // of a ring

// The widest rows that kPair and kSplit normalise: the norm's weight lies in shared memory.
inline constexpr int64_t kMaxNormColumns = 16384;

// The linear part of a problem: `operands` begins with x and the weight.
struct Layer {
  const ops::Linear& op;
  std::vector<TensorType> operands;
  TensorType y;
  int64_t columns() const { return operands[0].shape.back().value(); }
  int64_t rows() const { return operands[1].shape[0].value(); }  // gated: of both halves
  MmaShape shape() const;                                        // of the packed weight
};

Layer layer_of(const Problem& problem);  // of linear or norm_linear; refers to its op

// Of a layer that the record for `gate` runs.
Support supports(const Layer& layer, Gate gate, const Target& target);

// The layer with addresses. `norm` is null without one.
struct Call {
  const ops::Linear& op;
  TensorView x, weight, y;
  const void* norm = nullptr;
  const void* bias = nullptr;
  const void* residual = nullptr;
};
Call call_of(const CudaArgs& args);  // of linear or norm_linear; refers to its op

// The most tokens that kFew keeps in shared memory; 0 = none. It streams more.
int64_t most_resident(const MmaShape& shape);
// True where the strategy normalises the call's tokens itself.
bool normalizes(const Call& call, Strategy strategy);
// REQUIRES: a number of tokens that the strategy takes; a norm only where it normalises.
Launch launch(const Call& call, const CudaArgs& args, Strategy strategy);

// How a record of the strategy runs.
constexpr CudaKernel recipe(Strategy strategy,
                            std::vector<DeviceWork> (*launches)(const CudaArgs&)) {
  const StrategyFacts& facts = facts_of(strategy);
  return {.min_tokens = facts.min_tokens,
          .max_tokens = facts.max_tokens,
          .launches = launches,
          .fixed_bits = facts.fixed_bits};
}
// A record over weights in the layout of `gate`.
constexpr Kernel record(Gate gate, Kernel rest) {
  rest.layout = gate == Gate::kGated ? &kMmaGatedLayout : &kMmaLayout;
  return rest;
}

// Constants that the device source asks for.
std::string prelude(const Layer& layer, const ops::RmsNorm* norm);

}  // namespace lathe::kernels::linear_sm90
