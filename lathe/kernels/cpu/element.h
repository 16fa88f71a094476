// SPDX-License-Identifier: Apache-2.0
// Elements of any dtype as numbers: float for the floating dtypes, int64_t for integers and bool.
// What reference kernels read and write through; a switch an element, so clear rather than fast.
//
//   with_number(x.dtype, [&]<class N>(N) {
//     NumberReader<N> in(x, y.shape());
//     NumberWriter<N> out(y);
//     for (int64_t i = 0; i < y.num_elements(); ++i) out.put(f(in.take()));
//   });
#pragma once

#include "lathe/kernels/cpu/cursor.h"

namespace lathe::kernels {

// `offset` counts elements from view.data, as strides do.
template <class N>
N load(const TensorView& view, int64_t offset);
// Floats are rounded to nearest even, integers wrap, bool is whether the value is not 0.
template <class N>
void store(const TensorView& view, int64_t offset, N value);

template <>
inline float load<float>(const TensorView& view, int64_t offset) {
  if (view.dtype == DType::kF32) return static_cast<const float*>(view.data)[offset];
  return static_cast<float>(load_element(view.data, view.dtype, offset));
}
template <>
int64_t load<int64_t>(const TensorView& view, int64_t offset);

template <>
inline void store<float>(const TensorView& view, int64_t offset, float value) {
  if (view.dtype == DType::kF32) {
    static_cast<float*>(view.data)[offset] = value;
  } else {
    store_element(view.data, view.dtype, offset, static_cast<double>(value));
  }
}
template <>
void store<int64_t>(const TensorView& view, int64_t offset, int64_t value);

// Calls f(float{}) or f(int64_t{}): the type that elements of `dtype` are computed in.
template <class F>
void with_number(DType dtype, F&& f) {
  if (is_floating(dtype)) {
    f(float{});
  } else {
    f(int64_t{});
  }
}

// Takes a view's elements one after the other, in row-major order of `shape`, to which the view
// broadcasts.
template <class N>
class NumberReader {
 public:
  NumberReader(const TensorView& view, std::span<const int64_t> shape, int64_t first = 0)
      : view_(view), cursor_(view, shape, first) {}
  explicit NumberReader(const TensorView& view) : NumberReader(view, view.shape()) {}
  N take() {
    const N value = load<N>(view_, cursor_.offset());
    cursor_.next();
    return value;
  }

 private:
  const TensorView& view_;
  Cursor cursor_;
};

template <class N>
class NumberWriter {
 public:
  explicit NumberWriter(const TensorView& view, int64_t first = 0)
      : view_(view), cursor_(view, view.shape(), first) {}
  void put(N value) {
    store<N>(view_, cursor_.offset(), value);
    cursor_.next();
  }

 private:
  const TensorView& view_;
  Cursor cursor_;
};

}  // namespace lathe::kernels
