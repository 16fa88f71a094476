// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/linear/finisher.h"

#include <algorithm>

#include "lathe/kernels/cpu/arithmetic.h"
#include "lathe/kernels/cpu/float_elements.h"

namespace lathe::kernels {

namespace {

struct KindPair {
  ops::UnaryKind activation;
  FinishKind kind;
};

constexpr KindPair kKinds[] = {
    {ops::UnaryKind::kRelu, FinishKind::kRelu},
    {ops::UnaryKind::kSilu, FinishKind::kSilu},
    {ops::UnaryKind::kGelu, FinishKind::kGelu},
    {ops::UnaryKind::kGeluTanh, FinishKind::kGeluTanh},
    {ops::UnaryKind::kQuickGelu, FinishKind::kQuickGelu},
    {ops::UnaryKind::kSigmoid, FinishKind::kSigmoid},
    {ops::UnaryKind::kTanh, FinishKind::kTanh},
};

std::optional<FinishKind> finish_kind(std::optional<ops::UnaryKind> activation) {
  if (!activation) return FinishKind::kNone;
  const auto* found = std::ranges::find(kKinds, *activation, &KindPair::activation);
  return found == std::end(kKinds) ? std::nullopt : std::optional(found->kind);
}

FinishFunction find_function(const FinishTiles& functions, const ops::Linear& op) {
  const std::optional<FinishKind> kind = finish_kind(op.activation);
  return kind ? functions[static_cast<size_t>(*kind)][op.gated ? 1 : 0] : nullptr;
}

void finish_by_value(const Finish& finish, ops::UnaryKind activation, PanelOrder order) {
  for (int64_t row = 0; row < finish.rows; ++row) {
    const float* sums = finish.sums + row * kPanelRows;
    for (int64_t lane = 0; lane < finish.lanes; ++lane) {
      const auto biased = [&](int64_t i) {
        return sums[i] + (finish.bias == nullptr ? 0.0f : finish.bias[i]);
      };
      const int64_t index = row * finish.y_stride + lane;
      float value = apply(activation, biased(lane));
      if (order == PanelOrder::kGated) value *= biased(lane + kVectorLanes);
      if (finish.residual != nullptr) value += finish.residual[index];
      finish.y[index] = value;
    }
  }
}

}  // namespace

Finisher::Finisher(const LinearOperands& operands, const FinishTiles& functions)
    : operands_(operands),
      order_(operands.op.gated ? PanelOrder::kGated : PanelOrder::kPlain),
      function_(find_function(functions, operands.op)) {}

// The bias of a panel's lanes, in f32; null where there is none.
const float* Finisher::panel_bias(int64_t panel, float* out) const {
  if (operands_.bias == nullptr) return nullptr;
  const FloatElements bias = float_elements(*operands_.bias);
  const int64_t cols = operands_.y->size(-1);
  const int64_t first = panel * panel_outputs(order_);
  for (int64_t lane = 0; lane < kPanelRows; ++lane) {
    const bool up = order_ == PanelOrder::kGated && lane >= kVectorLanes;
    const int64_t col = first + (up ? lane - kVectorLanes : lane);
    out[lane] = col < cols ? bias.load(up ? cols + col : col) : 0.0f;
  }
  return out;
}

void Finisher::prefetch(int64_t first_row, int64_t rows, int64_t panel) const {
  constexpr int64_t kLineFloats = 16;
  const int64_t cols = operands_.y->size(-1);
  const float* y = operands_.y->as<float>() + first_row * cols + panel * panel_outputs(order_);
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t i = 0; i < panel_outputs(order_); i += kLineFloats) {
      __builtin_prefetch(y + row * cols + i, 1, 3);
    }
  }
}

void Finisher::finish(const float* sums, int64_t first_row, int64_t rows, int64_t panel) const {
  alignas(64) float bias[kPanelRows];
  const int64_t cols = operands_.y->size(-1);
  const int64_t first_col = panel * panel_outputs(order_);
  const int64_t first = first_row * cols + first_col;
  const Finish finish{
      .sums = sums,
      .rows = rows,
      .lanes = std::min(panel_outputs(order_), cols - first_col),
      .bias = panel_bias(panel, bias),
      .residual = operands_.residual == nullptr ? nullptr : operands_.residual->as<float>() + first,
      .y = operands_.y->as<float>() + first,
      .y_stride = cols};
  if (function_ != nullptr) {
    function_(finish);
  } else {
    finish_by_value(finish, *operands_.op.activation, order_);
  }
}

}  // namespace lathe::kernels
