// SPDX-License-Identifier: Apache-2.0
// rms_norm over f32 rows. A row is read twice: for the sum of squares (writing x + residual on the
// way), and to be scaled; it stays in the L1 in between. Bound by memory where rows are many: x, s
// and y once each. The bits are the reference's.
#pragma once

#include "lathe/kernels/cpu/element_type.h"
#include "lathe/kernels/cpu/grain.h"
#include "lathe/kernels/cpu/ranges.h"
#include "lathe/kernels/cpu/vector_quantize.h"
#include "lathe/kernels/kernel.h"
#include "lathe/kernels/rms_norm/limits.h"
#include "lathe/ops/norm.h"

namespace lathe::kernels {
namespace {  // NOLINT(google-build-namespaces)

// One call's operands.
struct RmsNormArgs {
  const float* x;
  const float* residual;  // null without
  float* sums;            // x + residual; null without
  const void* weight;     // of the dtype that the body is made for
  float* y;               // null where codes are wanted
  int8_t* codes;
  float* scales;
  int64_t cols;
  int64_t block;  // of codes
  float eps;
};

inline RmsNormArgs rms_norm_args(const KernelArgs& args) {
  const ops::RmsNorm& op = *args.op.as<ops::RmsNorm>();
  const std::span<const TensorView> y = args.outputs.subspan(op.residual ? 1 : 0);
  const bool quantized = op.quantize_block > 0;
  return {.x = args.inputs[0].as<float>(),
          .residual = op.residual ? args.inputs[1].as<float>() : nullptr,
          .sums = op.residual ? args.outputs[0].as<float>() : nullptr,
          .weight = args.inputs.back().data,
          .y = quantized ? nullptr : y[0].as<float>(),
          .codes = quantized ? y[0].as<int8_t>() : nullptr,
          .scales = quantized ? y[1].as<float>() : nullptr,
          .cols = args.inputs[0].size(-1),
          .block = op.quantize_block,
          .eps = op.eps};
}

// Writes s = x + residual where there is one; returns the factor 1 / sqrt(mean s^2 + eps).
inline float inverse_root_mean_square(const RmsNormArgs& args, int64_t row) {
  const int64_t first = row * args.cols;
  F32x16 squares = zeros();
  for (int64_t i = 0; i < args.cols; i += kVector) {
    F32x16 s = load(args.x + first + i, args.cols - i);
    if (args.residual != nullptr) {
      s = s + load(args.residual + first + i, args.cols - i);
      store(args.sums + first + i, s, args.cols - i);
    }
    squares = fma(s, s, squares);
  }
  return 1.0f / std::sqrt(fold_sum(squares) / static_cast<float>(args.cols) + args.eps);
}

struct Columns {
  int64_t begin = 0;
  int64_t count = 0;
};

template <class Weight>
void scale_columns(const RmsNormArgs& args, const float* s, float inverse, const Columns& columns,
                   float* out) {
  const auto* weight = static_cast<const Weight*>(args.weight) + columns.begin;
  for (int64_t i = 0; i < columns.count; i += kVector) {
    const int64_t left = columns.count - i;
    store(out + i, load(s + columns.begin + i, left) * broadcast(inverse) * load(weight + i, left),
          left);
  }
}

// The usual block, from registers.
template <class Weight>
void quantize_row(const RmsNormArgs& args, int64_t row, const float* s, float inverse) {
  const auto* weight = static_cast<const Weight*>(args.weight);
  const auto scaled = [&](int64_t col) {
    return load(s + col) * broadcast(inverse) * load(weight + col);
  };
  int8_t* codes = args.codes + row * args.cols;
  float* scales = args.scales + row * args.cols / args.block;
  for (int64_t begin = 0; begin < args.cols; begin += args.block) {
    *scales++ = quantize_32(scaled(begin), scaled(begin + kVector), codes + begin);
  }
}

template <class Weight>
void normalize_row(const RmsNormArgs& args, int64_t row) {
  const float inverse = inverse_root_mean_square(args, row);
  const float* s = (args.sums != nullptr ? args.sums : args.x) + row * args.cols;
  if (args.y != nullptr) {
    scale_columns<Weight>(args, s, inverse, {0, args.cols}, args.y + row * args.cols);
    return;
  }
  if (args.block == 2 * kVector) return quantize_row<Weight>(args, row, s, inverse);
  float block[kMaxNormBlock];
  for (int64_t begin = 0; begin < args.cols; begin += args.block) {
    scale_columns<Weight>(args, s, inverse, {begin, args.block}, block);
    const int64_t first = row * args.cols + begin;
    args.scales[first / args.block] = quantize_vectors(block, args.block, args.codes + first);
  }
}

inline void run_rms_norm(const KernelArgs& args) {
  const RmsNormArgs rows = rms_norm_args(args);
  const int64_t num_rows = rows.cols == 0 ? 0 : args.inputs[0].num_elements() / rows.cols;
  with_element(args.inputs.back().dtype, [&]<class Weight>(Weight) {
    for_ranges(args.pool, num_rows, grain_rows(rows.cols), [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row) normalize_row<Weight>(rows, row);
    });
  });
}

}  // namespace
}  // namespace lathe::kernels
