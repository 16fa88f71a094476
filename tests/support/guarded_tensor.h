// SPDX-License-Identifier: Apache-2.0
// Memory for a kernel under test: views in several arrangements, with canaries around and between
// their elements.
#pragma once

#include <cstring>
#include <vector>

#include "lathe/kernels/cpu/cursor.h"

namespace lathe::testing {

enum class Arrangement {
  kContiguous,
  kGaps,      // every axis is cut out of a longer one
  kReversed,  // the last axis has the greatest stride
};

inline std::string_view to_string(Arrangement arrangement) {
  constexpr std::string_view kNames[] = {"contiguous", "gaps", "reversed"};
  return kNames[static_cast<size_t>(arrangement)];
}

class GuardedTensor {
 public:
  // u4 is contiguous whatever the arrangement.
  GuardedTensor(DType dtype, std::span<const int64_t> shape, Arrangement arrangement)
      : view_(TensorView::contiguous(nullptr, dtype, shape)) {
    if (dtype != DType::kU4) arrange(arrangement);
    int64_t span = view_.num_elements() == 0 ? 0 : 1;
    for (int i = 0; span > 0 && i < view_.rank; ++i) span += (view_.size(i) - 1) * view_.stride(i);
    const int64_t bytes = bytes_for(dtype, span);
    memory_ = Tensor(DType::kU8, {bytes + 2 * kGuard});
    std::memset(memory_.data(), kCanary, static_cast<size_t>(memory_.num_bytes()));
    view_.data = static_cast<std::byte*>(memory_.data()) + kGuard;
  }

  const TensorView& view() const { return view_; }

  // No byte outside the view's elements has changed.
  bool guards_hold() const {
    std::vector<bool> inside(static_cast<size_t>(memory_.num_bytes()), false);
    kernels::Cursor cursor(view_);
    const int64_t bits = bits_of(view_.dtype);
    for (int64_t i = 0; i < view_.num_elements(); ++i, cursor.next()) {
      const int64_t first = kGuard + cursor.offset() * bits / 8;
      for (int64_t j = 0; j < std::max<int64_t>(bits / 8, 1); ++j) {
        inside[static_cast<size_t>(first + j)] = true;
      }
    }
    const std::span<const uint8_t> bytes = this->bytes();
    for (size_t i = 0; i < bytes.size(); ++i) {
      if (!inside[i] && bytes[i] != kCanary) return false;
    }
    return true;
  }

  // All memory, guards included: equal bytes are equal elements.
  std::span<const uint8_t> bytes() const { return memory_.values<const uint8_t>(); }

 private:
  static constexpr int64_t kGuard = 64;
  static constexpr uint8_t kCanary = 0xa5;

  void arrange(Arrangement arrangement) {
    const int rank = view_.rank;
    int64_t stride = arrangement == Arrangement::kGaps ? 2 : 1;
    for (int i = 0; i < rank; ++i) {
      const int axis = arrangement == Arrangement::kReversed ? i : rank - 1 - i;
      view_.strides[static_cast<size_t>(axis)] = stride;
      stride *= view_.size(axis) + (arrangement == Arrangement::kGaps ? 1 : 0);
    }
  }

  TensorView view_;
  Tensor memory_;
};

}  // namespace lathe::testing
