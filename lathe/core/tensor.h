// SPDX-License-Identifier: Apache-2.0
// Tensors with memory: `TensorView` borrows (what kernels get), `Tensor` owns a share of a buffer.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "lathe/base/error.h"
#include "lathe/core/dtype.h"

namespace lathe {

inline constexpr int kMaxRank = 8;

// Non-owning and trivially copyable. Strides count elements; a row-major contiguous view has
// strides of the products of the sizes behind each axis. A view of dtype kU4 is always contiguous.
struct TensorView {
  void* data = nullptr;
  DType dtype = DType::kF32;
  int rank = 0;
  std::array<int64_t, kMaxRank> sizes{};
  std::array<int64_t, kMaxRank> strides{};

  static TensorView contiguous(void* data, DType dtype, std::span<const int64_t> sizes);

  int64_t size(int axis) const { return sizes[static_cast<size_t>(axis < 0 ? axis + rank : axis)]; }
  int64_t stride(int axis) const {
    return strides[static_cast<size_t>(axis < 0 ? axis + rank : axis)];
  }
  std::span<const int64_t> shape() const { return {sizes.data(), static_cast<size_t>(rank)}; }
  int64_t num_elements() const;
  int64_t num_bytes() const { return bytes_for(dtype, num_elements()); }
  bool is_contiguous() const;

  // The data as T*. A debug check compares sizeof(T) with the dtype.
  template <class T>
  T* as() const {
    LATHE_DCHECK(static_cast<int>(sizeof(T)) * 8 == bits_of(dtype), "wrong element type");
    return static_cast<T*>(data);
  }
};

// A value handle on host memory: copies share the buffer. Aligned to 64 bytes. Device memory is
// exec's.
class Tensor {
 public:
  Tensor() = default;
  // Zeroed memory. Throws kOutOfMemory.
  Tensor(DType dtype, std::vector<int64_t> sizes);
  // Borrows `data`, kept alive by `owner`.
  Tensor(DType dtype, std::vector<int64_t> sizes, std::shared_ptr<const void> owner, void* data);

  template <class T>
  static Tensor from(DType dtype, std::vector<int64_t> sizes, std::span<const T> values) {
    Tensor out(dtype, std::move(sizes));
    LATHE_CHECK(out.num_bytes() == static_cast<int64_t>(values.size_bytes()), "value count",
                values.size());
    std::copy(values.begin(), values.end(), static_cast<T*>(out.data_));
    return out;
  }

  DType dtype() const { return dtype_; }
  const std::vector<int64_t>& sizes() const { return sizes_; }
  int64_t size(int axis) const;
  int64_t num_elements() const;
  int64_t num_bytes() const { return bytes_for(dtype_, num_elements()); }
  bool empty() const { return num_elements() == 0; }
  TensorView view() const { return TensorView::contiguous(data_, dtype_, sizes_); }
  void* data() const { return data_; }
  template <class T>
  std::span<T> values() const {
    return {static_cast<T*>(data_), static_cast<size_t>(num_elements())};
  }
  // Element-wise conversion to another floating dtype (or from an integer one), rounding to nearest
  // even.
  Tensor to(DType dtype) const;

 private:
  DType dtype_ = DType::kF32;
  std::vector<int64_t> sizes_{0};
  std::shared_ptr<const void> owner_;
  void* data_ = nullptr;
};

// One element as a double, by linear index into contiguous memory; the other way round with the
// dtype's rounding.
double load_element(const void* data, DType dtype, int64_t index);
void store_element(void* data, DType dtype, int64_t index, double value);

// Conversion of contiguous runs; vectorised for the floating types.
void convert_elements(const void* from, DType from_dtype, void* to, DType to_dtype, int64_t count);

}  // namespace lathe
