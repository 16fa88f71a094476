// SPDX-License-Identifier: Apache-2.0
// Rules of the ops that move elements as a block: see layout_index.cc for those that go by index.
#include "lathe/ops/layout.h"

#include <algorithm>

#include "lathe/ops/rules.h"

namespace lathe::ops {
namespace {

// Elements of a shape as factors; equal factors of two shapes cancel, so that a product of two
// symbols is met only where it is no plain copy.
struct Factors {
  std::vector<Dim> from;
  std::vector<Dim> to;
};

Factors cancelled(const Shape& from, const Shape& to) {
  Factors left{.from = from.dims(), .to = {}};
  for (const Dim& dim : to) {
    const auto same = std::find(left.from.begin(), left.from.end(), dim);
    if (same != left.from.end()) {
      left.from.erase(same);
    } else {
      left.to.push_back(dim);
    }
  }
  return left;
}

bool same_elements(const Shape& from, const Shape& to) {
  const bool from_empty = std::count(from.begin(), from.end(), Dim(0)) > 0;
  const bool to_empty = std::count(to.begin(), to.end(), Dim(0)) > 0;
  if (from_empty || to_empty) return from_empty && to_empty;
  const Factors left = cancelled(from, to);
  return Shape(left.from).num_elements() == Shape(left.to).num_elements();
}

// The dim that -1 stands for.
Dim inferred_dim(const Shape& from, const Shape& to) {
  const Factors left = cancelled(from, to);
  const Dim rest = Shape(left.to).num_elements();
  const int64_t known = -rest.constant().value_or(0);  // the factor -1 is among them
  if (known < 1) {
    fail(ErrorCode::kInvalidArgument, "shape: -1 of ", to.to_string(), " cannot be told from ",
         from.to_string());
  }
  return with_context(cat("shape ", to.to_string(), " of x ", from.to_string()),
                      [&] { return Shape(left.from).num_elements() / known; });
}

// A u4 tensor may be cut along any axis but the last, where two codes share a byte.
void expect_cuttable(const TensorType& type, int axis, std::string_view operand) {
  if (type.dtype != DType::kU4 || axis == type.shape.rank() - 1) expect_elements(type, operand);
}

}  // namespace

Types Reshape::infer(std::span<const TensorType> inputs) const {
  expect_inputs(inputs, 1);
  const TensorType& x = inputs[0];
  if (x.dtype != DType::kU4) expect_elements(x, "x");
  Shape out = shape;
  const auto unknown = std::count(shape.begin(), shape.end(), Dim(-1));
  if (unknown > 1) {
    fail(ErrorCode::kInvalidArgument, "shape: expected one -1 at most, got ", shape.to_string());
  }
  for (int i = 0; unknown == 1 && i < out.rank(); ++i) {
    if (out[i] == Dim(-1)) out[i] = inferred_dim(x.shape, shape);
  }
  expect_valid_shape(out, "shape");
  if (!same_elements(x.shape, out)) {
    fail(ErrorCode::kInvalidArgument, "shape: ", out.to_string(), " has other elements than x ",
         x.shape.to_string());
  }
  return {{x.dtype, out}};
}

Types Transpose::infer(std::span<const TensorType> inputs) const {
  expect_inputs(inputs, 1);
  const TensorType& x = inputs[0];
  expect_elements(x, "x");
  const int rank = x.shape.rank();
  std::vector<int> sorted = permutation;
  std::sort(sorted.begin(), sorted.end());
  bool valid = static_cast<int>(sorted.size()) == rank;
  for (int i = 0; valid && i < rank; ++i) valid = sorted[static_cast<size_t>(i)] == i;
  if (!valid) {
    fail(ErrorCode::kInvalidArgument, "permutation: expected each of 0 to ", rank - 1, " once for ",
         x.to_string(), ", got ", to_json(permutation).dump());
  }
  std::vector<Dim> dims;
  for (const int axis : permutation) dims.push_back(x.shape[axis]);
  return {{x.dtype, Shape(std::move(dims))}};
}

Types Slice::infer(std::span<const TensorType> inputs) const {
  expect_inputs(inputs, 1);
  TensorType y = inputs[0];
  const int place = normalize_axis(axis, y.shape.rank(), "x");
  expect_cuttable(y, place, "x");
  Dim& dim = y.shape[place];
  const auto refuse = [&](std::string_view expected) {
    fail(ErrorCode::kInvalidArgument, "[", start, ", ", stop, ") step ", step, ": expected ",
         expected, " for axis ", place, " of ", inputs[0].to_string());
  };
  if (step < 1) refuse("a step of 1 or more");
  if (stop == -1 && !dim.is_constant()) {
    if (start < 0 || step != 1) refuse("a start of 0 or more and step 1");
    dim = dim - start;
    return {y};
  }
  const int64_t end = stop == -1 ? dim.value() : stop;
  if (start < 0 || end < start || end > dim.constant().value_or(end)) {
    refuse("0 <= start <= stop <= length");
  }
  dim = (end - start) / step + ((end - start) % step != 0 ? 1 : 0);
  return {y};
}

Types Concat::infer(std::span<const TensorType> inputs) const {
  if (inputs.empty()) fail(ErrorCode::kInvalidArgument, "expected one or more inputs, got 0");
  TensorType y = inputs[0];
  const int place = normalize_axis(axis, y.shape.rank(), "input 0");
  for (size_t i = 0; i < inputs.size(); ++i) {
    const std::string operand = cat("input ", i);
    expect_same_dtype(inputs[i], y, operand);
    expect_cuttable(inputs[i], place, operand);
    expect_rank(inputs[i], y.shape.rank(), operand);
    for (int j = 0; j < y.shape.rank(); ++j) {
      if (j != place) expect_dim(inputs[i], j, y.shape[j], operand);
    }
    if (i > 0) y.shape[place] = y.shape[place] + inputs[i].shape[place];
  }
  return {y};
}

Types Split::infer(std::span<const TensorType> inputs) const {
  expect_inputs(inputs, 1);
  const TensorType& x = inputs[0];
  const int place = normalize_axis(axis, x.shape.rank(), "x");
  expect_cuttable(x, place, "x");
  if (sizes.empty()) fail(ErrorCode::kInvalidArgument, "sizes: expected one or more, got 0");
  Dim rest = x.shape[place];
  int64_t open = 0;
  for (const int64_t size : sizes) {
    if (size < -1) fail(ErrorCode::kInvalidArgument, "sizes: expected 0 or more, got ", size);
    open += size == -1 ? 1 : 0;
    if (size != -1) rest = rest - size;
  }
  if (open > 1 || (open == 0 && rest != Dim(0)) || rest.constant().value_or(0) < 0) {
    fail(ErrorCode::kInvalidArgument, "sizes ", to_json(sizes).dump(), " do not sum to axis ",
         place, " of ", x.to_string());
  }
  Types outputs(sizes.size(), x);
  for (size_t i = 0; i < sizes.size(); ++i) {
    outputs[i].shape[place] = sizes[i] == -1 ? rest : Dim(sizes[i]);
  }
  return outputs;
}

}  // namespace lathe::ops
