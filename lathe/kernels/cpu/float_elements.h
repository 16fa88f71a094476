// SPDX-License-Identifier: Apache-2.0
// Elements of a contiguous floating tensor, read and written in f32 whatever its dtype. For
// references and for the few elements that no inner loop touches.
#pragma once

#include "lathe/base/float16.h"
#include "lathe/core/tensor.h"

namespace lathe::kernels {

struct FloatElements {
  void* data = nullptr;
  DType dtype = DType::kF32;

  float load(int64_t index) const {
    if (dtype == DType::kF32) return static_cast<const float*>(data)[index];
    if (dtype == DType::kBf16) return to_float(static_cast<const Bf16*>(data)[index]);
    return to_float(static_cast<const Fp16*>(data)[index]);
  }
  void store(int64_t index, float value) const {
    if (dtype == DType::kF32) {
      static_cast<float*>(data)[index] = value;
    } else if (dtype == DType::kBf16) {
      static_cast<Bf16*>(data)[index] = to_bf16(value);
    } else {
      static_cast<Fp16*>(data)[index] = to_fp16(value);
    }
  }
  FloatElements from(int64_t index) const {
    return {static_cast<std::byte*>(data) + bytes_for(dtype, index), dtype};
  }
};

// REQUIRES: a contiguous view of f32, f16 or bf16.
inline FloatElements float_elements(const TensorView& view) {
  LATHE_CHECK(view.is_contiguous(), "a strided view reached a kernel for contiguous ones");
  LATHE_CHECK(is_floating(view.dtype) && view.dtype != DType::kF8E4M3, "expected f32, f16 or bf16",
              to_string(view.dtype));
  return {view.data, view.dtype};
}

// Rows of a view whose last axis is a row: the product of the leading dims.
inline int64_t num_rows(const TensorView& view) {
  int64_t rows = 1;
  for (int axis = 0; axis + 1 < view.rank; ++axis) rows *= view.size(axis);
  return rows;
}

}  // namespace lathe::kernels
