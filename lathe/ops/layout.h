// SPDX-License-Identifier: Apache-2.0
// Ops that move elements: reshape, transpose, slice, concatenation, gather, scatter, ...
#pragma once

#include "lathe/ops/op.h"

namespace lathe::ops {

// The same elements in another shape, row-major.
struct Reshape {
  static constexpr OpInfo kInfo{
      .name = "reshape",
      .formula = "y = x",
      .rule = "x -> shape; both have the same number of elements; one dim may be -1",
      .source = "",
  };
  Shape shape;
  bool operator==(const Reshape&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("shape", &Reshape::shape);
  }
  std::vector<TensorType> infer(std::span<const TensorType> inputs) const;
};

// Permuted axes.
struct Transpose {
  static constexpr OpInfo kInfo{
      .name = "transpose",
      .formula = "y.axis[i] = x.axis[permutation[i]]",
      .rule = "x of rank r, permutation of 0 ... r-1 -> permuted shape",
      .source = "",
  };
  std::vector<int> permutation;
  bool operator==(const Transpose&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("permutation", &Transpose::permutation);
  }
  std::vector<TensorType> infer(std::span<const TensorType> inputs) const;
};

// Every step-th element of [start, stop) along one axis.
struct Slice {
  static constexpr OpInfo kInfo{
      .name = "slice",
      .formula = "y[i] = x[start + i * step]",
      .rule =
          "x -> x with ceil((stop - start) / step) along axis; stop -1 is the end; a symbolic axis "
          "takes constant start with stop -1 and step 1, or is cut to a constant",
      .source = "",
  };
  int axis = 0;
  int64_t start = 0;
  int64_t stop = -1;
  int64_t step = 1;  // >= 1
  bool operator==(const Slice&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("axis", &Slice::axis);
    v("start", &Slice::start);
    v("stop", &Slice::stop);
    v("step", &Slice::step);
  }
  std::vector<TensorType> infer(std::span<const TensorType> inputs) const;
};

// Joined along one axis.
struct Concat {
  static constexpr OpInfo kInfo{
      .name = "concat",
      .formula = "y = [a, b, ...]",
      .rule = "one or more inputs that differ at most in axis -> their sum along axis",
      .source = "",
  };
  int axis = 0;
  bool operator==(const Concat&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("axis", &Concat::axis);
  }
  std::vector<TensorType> infer(std::span<const TensorType> inputs) const;
};

// Cut into pieces along one axis.
struct Split {
  static constexpr OpInfo kInfo{
      .name = "split",
      .formula = "y_i = the i-th piece",
      .rule = "x; sizes sum to its axis -> one output a size",
      .source = "",
  };
  int axis = 0;
  std::vector<int64_t> sizes;
  bool operator==(const Split&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("axis", &Split::axis);
    v("sizes", &Split::sizes);
  }
  std::vector<TensorType> infer(std::span<const TensorType> inputs) const;
};

// Rows picked by index along one axis.
struct Gather {
  static constexpr OpInfo kInfo{
      .name = "gather",
      .formula = "y = take(x, indices, axis)",
      .rule =
          "x, indices: integer -> x.shape[:axis] + indices.shape + x.shape[axis+1:]; an index out "
          "of range is an error",
      .source = "",
  };
  int axis = 0;
  bool operator==(const Gather&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("axis", &Gather::axis);
  }
  std::vector<TensorType> infer(std::span<const TensorType> inputs) const;
};

// Do not reorder: names are stored in engines.
enum class ScatterKind : uint8_t {
  kReplace,
  kAdd,
};
std::span<const ScatterKind> enum_values(ScatterKind);
std::string_view to_string(ScatterKind value);

// A copy of x with rows replaced or added to, in index order.
struct Scatter {
  static constexpr OpInfo kInfo{
      .name = "scatter",
      .formula = "y = x; y[indices[i]] = or += updates[i]",
      .rule =
          "x [n, ...], indices: integer [m], updates [m, ...] of the dtype of x -> the type of x",
      .source = "",
  };
  ScatterKind kind = ScatterKind::kReplace;
  bool operator==(const Scatter&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("kind", &Scatter::kind);
  }
  std::vector<TensorType> infer(std::span<const TensorType> inputs) const;
};

// Repeated along axes of size 1 and new leading axes.
struct BroadcastTo {
  static constexpr OpInfo kInfo{
      .name = "broadcast_to",
      .formula = "y = x, repeated",
      .rule = "x -> shape, to which x broadcasts",
      .source = "",
  };
  Shape shape;
  bool operator==(const BroadcastTo&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("shape", &BroadcastTo::shape);
  }
  std::vector<TensorType> infer(std::span<const TensorType> inputs) const;
};

// 0, 1, 2, ...
struct Iota {
  static constexpr OpInfo kInfo{
      .name = "iota",
      .formula = "y[i] = i",
      .rule = "no input -> dtype [size]",
      .source = "",
  };
  Dim size = 1;
  DType dtype = DType::kI32;
  bool operator==(const Iota&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("size", &Iota::size);
    v("dtype", &Iota::dtype);
  }
  std::vector<TensorType> infer(std::span<const TensorType> inputs) const;
};

// A small constant; one value fills the whole shape.
struct Constant {
  static constexpr OpInfo kInfo{
      .name = "constant",
      .formula = "y = values",
      .rule = "no input -> dtype shape; as many values as elements, or one",
      .source = "",
  };
  DType dtype = DType::kF32;
  Shape shape;
  std::vector<double> values;
  bool operator==(const Constant&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("dtype", &Constant::dtype);
    v("shape", &Constant::shape);
    v("values", &Constant::values);
  }
  std::vector<TensorType> infer(std::span<const TensorType> inputs) const;
};

}  // namespace lathe::ops
