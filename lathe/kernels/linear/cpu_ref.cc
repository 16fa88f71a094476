// SPDX-License-Identifier: Apache-2.0
// The reference of linear: weight rows in groups of 16, x rows in groups of 64. A group's columns
// are widened into a small [k, 16] panel that stays in the L1; every sum runs over ascending k in
// one accumulator with fused multiply-adds (kernels/README.md).
//
// Quantized x: a block's products of codes are summed in integers, then
//   sum = fma(x_scale, fma(w_minimum, sum of x codes, w_scale * integer sum), sum).
#include <algorithm>
#include <array>
#include <cmath>

#include "lathe/kernels/cpu/arithmetic.h"
#include "lathe/kernels/cpu/contiguous.h"
#include "lathe/kernels/cpu/float_elements.h"
#include "lathe/kernels/cpu/reference.h"
#include "lathe/kernels/cpu/weight_rows.h"
#include "lathe/kernels/linear/operands.h"

namespace lathe::kernels {

namespace {

constexpr int64_t kGroupRows = 16;    // weight rows that are summed side by side
constexpr int64_t kGroupTokens = 64;  // rows of x
constexpr int64_t kPanelCols = 128;

using Sums = std::array<std::array<float, kGroupRows>, kGroupTokens>;
using Panel = std::array<float, kPanelCols * kGroupRows>;  // [column, weight row]

struct Range {
  int64_t begin = 0;
  int64_t count = 0;
};

// One group of weight rows times one group of rows of x.
struct Group {
  Range rows;
  Range tokens;
};

void add_products(const float* x, const float* panel, int64_t cols, float* sums) {
  float lanes[kGroupRows];
  for (int64_t i = 0; i < kGroupRows; ++i) lanes[i] = sums[i];
  for (int64_t k = 0; k < cols; ++k) {
    for (int64_t i = 0; i < kGroupRows; ++i) {
      lanes[i] = std::fma(x[k], panel[k * kGroupRows + i], lanes[i]);
    }
  }
  for (int64_t i = 0; i < kGroupRows; ++i) sums[i] = lanes[i];
}

void fill_panel(const WeightRows& weight, const Range& rows, const Range& cols, float* panel) {
  std::array<float, kPanelCols> values;
  for (int64_t i = 0; i < rows.count; ++i) {
    weight.values({rows.begin + i, cols.begin, cols.count}, values.data());
    for (int64_t k = 0; k < cols.count; ++k) {
      panel[k * kGroupRows + i] = values[static_cast<size_t>(k)];
    }
  }
}

void sum_floating(const LinearOperands& operands, const WeightRows& weight, const Group& group,
                  Sums& sums) {
  const int64_t k = weight.cols();
  const FloatElements x = float_elements(*operands.x);
  Panel panel{};
  std::array<float, kPanelCols> row;
  for (int64_t begin = 0; begin < k; begin += kPanelCols) {
    const Range cols{begin, std::min(kPanelCols, k - begin)};
    fill_panel(weight, group.rows, cols, panel.data());
    for (int64_t t = 0; t < group.tokens.count; ++t) {
      const FloatElements part = x.from((group.tokens.begin + t) * k + begin);
      convert_elements(part.data, part.dtype, row.data(), DType::kF32, cols.count);
      add_products(row.data(), panel.data(), cols.count, sums[static_cast<size_t>(t)].data());
    }
  }
}

struct CodeSums {
  int32_t products = 0;
  int32_t x = 0;
};

CodeSums sum_codes(const int8_t* x, const int16_t* w, int64_t count) {
  CodeSums sums;
  for (int64_t i = 0; i < count; ++i) {
    sums.products += x[i] * w[i];
    sums.x += x[i];
  }
  return sums;
}

void sum_quantized(const LinearOperands& operands, const WeightRows& weight, const Group& group,
                   Sums& sums) {
  const int64_t block_cols = operands.op.input_block;
  const int64_t k = weight.cols();
  const auto* codes = operands.x->as<int8_t>();
  const auto* scales = operands.x_scales->as<float>();
  std::vector<int16_t> row(static_cast<size_t>(block_cols));
  for (int64_t i = 0; i < group.rows.count; ++i) {
    const int64_t n = group.rows.begin + i;
    for (int64_t block = 0; block < weight.blocks(); ++block) {
      weight.codes({n, block * block_cols, block_cols}, row.data());
      const float scale = weight.scale(n, block);
      const float minimum = weight.minimum(n, block);
      for (int64_t t = 0; t < group.tokens.count; ++t) {
        const int64_t token = group.tokens.begin + t;
        const CodeSums block_sums =
            sum_codes(codes + token * k + block * block_cols, row.data(), block_cols);
        const float scaled = std::fma(minimum, static_cast<float>(block_sums.x),
                                      scale * static_cast<float>(block_sums.products));
        float& sum = sums[static_cast<size_t>(t)][static_cast<size_t>(i)];
        sum = std::fma(scales[token * weight.blocks() + block], scaled, sum);
      }
    }
  }
}

// x times the group's weight rows, before anything that is fused.
void sum_group(const LinearOperands& operands, const WeightRows& weight, const Group& group,
               Sums& sums) {
  for (auto& row : sums) row.fill(0);
  if (operands.x_scales != nullptr) {
    sum_quantized(operands, weight, group, sums);
  } else {
    sum_floating(operands, weight, group, sums);
  }
}

void add_bias(const LinearOperands& operands, const Group& group, Sums& sums) {
  if (operands.bias == nullptr) return;
  const FloatElements bias = float_elements(*operands.bias).from(group.rows.begin);
  for (auto& row : sums) {
    for (size_t i = 0; i < static_cast<size_t>(group.rows.count); ++i) {
      row[i] += bias.load(static_cast<int64_t>(i));
    }
  }
}

void activate(const LinearOperands& operands, Sums& sums) {
  if (!operands.op.activation) return;
  for (auto& row : sums) {
    for (float& value : row) value = apply(*operands.op.activation, value);
  }
}

void store(const LinearOperands& operands, const Group& group, const Sums& sums) {
  const int64_t cols = operands.y->size(-1);
  const FloatElements y = float_elements(*operands.y);
  for (int64_t t = 0; t < group.tokens.count; ++t) {
    for (int64_t i = 0; i < group.rows.count; ++i) {
      const int64_t index = (group.tokens.begin + t) * cols + group.rows.begin + i;
      float value = sums[static_cast<size_t>(t)][static_cast<size_t>(i)];
      if (operands.residual != nullptr) value += float_elements(*operands.residual).load(index);
      y.store(index, value);
    }
  }
}

void run_group(const LinearOperands& operands, const WeightRows& weight, const Group& group) {
  Sums sums;
  sum_group(operands, weight, group, sums);
  add_bias(operands, group, sums);
  activate(operands, sums);
  if (operands.op.gated) {
    Sums up;
    Group up_group = group;
    up_group.rows.begin += operands.y->size(-1);
    sum_group(operands, weight, up_group, up);
    add_bias(operands, up_group, up);
    for (size_t t = 0; t < kGroupTokens; ++t) {
      for (size_t i = 0; i < kGroupRows; ++i) sums[t][i] *= up[t][i];
    }
  }
  store(operands, group, sums);
}

void run(const KernelArgs& args) {
  const ops::Linear& op = *args.op.as<ops::Linear>();
  const LinearOperands operands =
      linear_operands(args, static_cast<size_t>(op.format.num_tensors()));
  const WeightRows weight(op.format, operands.weight);
  const int64_t tokens = num_rows(*operands.x);
  const int64_t cols = operands.y->size(-1);
  const int64_t col_groups = (cols + kGroupRows - 1) / kGroupRows;
  const int64_t token_groups = (tokens + kGroupTokens - 1) / kGroupTokens;
  args.pool.run(static_cast<size_t>(col_groups * token_groups), [&](size_t task) {
    const int64_t row = static_cast<int64_t>(task) / token_groups * kGroupRows;
    const int64_t token = static_cast<int64_t>(task) % token_groups * kGroupTokens;
    run_group(operands, weight,
              {.rows = {row, std::min(kGroupRows, cols - row)},
               .tokens = {token, std::min(kGroupTokens, tokens - token)}});
  });
}

}  // namespace

extern const Kernel kLinearCpuRef{
    .name = "linear.cpu.ref",
    .supports = any_on_cpu,
    .run = run_contiguous<run>,
};

}  // namespace lathe::kernels
