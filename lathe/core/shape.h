// SPDX-License-Identifier: Apache-2.0
// Shapes of symbolic dims, and the type of a tensor (dtype + shape).
#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "lathe/core/dim.h"
#include "lathe/core/dtype.h"

namespace lathe {

class Shape {
 public:
  Shape() = default;
  Shape(std::initializer_list<Dim> dims) : dims_(dims) {}
  explicit Shape(std::vector<Dim> dims) : dims_(std::move(dims)) {}
  static Shape parse(std::string_view text);  // "[tokens, 576]"

  int rank() const { return static_cast<int>(dims_.size()); }
  // Negative axes count from the back. Throws kInvalidArgument where the axis is out of range.
  const Dim& operator[](int axis) const;
  Dim& operator[](int axis);
  const Dim& back() const { return (*this)[-1]; }
  const std::vector<Dim>& dims() const { return dims_; }
  auto begin() const { return dims_.begin(); }
  auto end() const { return dims_.end(); }

  bool is_constant() const;
  // Product of the dims; throws kUnsupported for a product of two symbols.
  Dim num_elements() const;
  std::vector<int64_t> evaluate(const DimBindings& bindings) const;
  std::string to_string() const;
  bool operator==(const Shape&) const = default;

 private:
  std::vector<Dim> dims_;
};

// The axis as 0 … rank-1. Throws kInvalidArgument "`what`: axis 3 is out of range for rank 2".
int normalize_axis(int axis, int rank, std::string_view what);

// numpy's broadcasting; a symbolic dim matches itself and 1. Throws kInvalidArgument naming both
// shapes.
Shape broadcast(const Shape& a, const Shape& b);

struct TensorType {
  DType dtype = DType::kF32;
  Shape shape;
  std::string to_string() const;  // "bf16[tokens, 576]"
  static TensorType parse(std::string_view text);
  bool operator==(const TensorType&) const = default;
};

Json to_json(const Shape& shape);
void read_json(const Json& json, Shape& out);
Json to_json(const TensorType& type);
void read_json(const Json& json, TensorType& out);

}  // namespace lathe
