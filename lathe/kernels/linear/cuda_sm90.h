// SPDX-License-Identifier: Apache-2.0
// What the records and the generators of linear and norm_linear share: the checks, and the recipe
// of a launch.
#pragma once

#include <string>

#include "lathe/kernels/cuda_support.h"
#include "lathe/kernels/mma_layout.h"
#include "lathe/ops/linear.h"
#include "lathe/ops/norm_linear.h"

namespace lathe::kernels::linear_sm90 {

// The linear part of a problem: `operands` begins with x and the weight.
struct Layer {
  const ops::Linear& op;
  std::vector<TensorType> operands;
  TensorType y;
  int64_t columns() const { return operands[0].shape.back().value(); }
  int64_t rows() const { return operands[1].shape[0].value(); }  // gated: of both halves
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
  Bits bits = Bits::kFastest;
};
// How the layer keeps bits where it is asked to: every step takes the entry for 128 tokens, in
// which a result is one warp group's, k ascending, and a norm is a launch of its own.
inline constexpr std::string_view kFixedBits = "every step takes tiles of 128 tokens, k ascending";

Call call_of(const CudaArgs& args);  // of linear or norm_linear; refers to its op
// True where the kernel normalises the tokens itself.
bool normalizes(const Call& call);
// REQUIRES: one token or more; a norm only where `normalizes`.
Launch launch(const Call& call, const CudaArgs& args);

// A record over weights in the layout of `gate`.
constexpr Kernel record(Gate gate, Kernel rest) {
  rest.layout = gate == Gate::kGated ? &kMmaGatedLayout : &kMmaLayout;
  return rest;
}

// Constants that the device source asks for.
std::string prelude(const Layer& layer, const ops::RmsNorm* norm);

}  // namespace lathe::kernels::linear_sm90
