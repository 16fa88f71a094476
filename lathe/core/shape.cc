// SPDX-License-Identifier: Apache-2.0
#include "lathe/core/shape.h"

#include <algorithm>

#include "lathe/base/error.h"

namespace lathe {

int normalize_axis(int axis, int rank, std::string_view what) {
  if (axis < -rank || axis >= rank) {
    fail(ErrorCode::kInvalidArgument, what, ": axis ", axis, " is out of range for rank ", rank);
  }
  return axis < 0 ? axis + rank : axis;
}

Shape Shape::parse(std::string_view text) {
  if (!text.starts_with('[') || !text.ends_with(']')) {
    fail(ErrorCode::kCorrupt, "shape: expected '[…]', got ", quote(text));
  }
  text = trim(text.substr(1, text.size() - 2));
  Shape shape;
  if (text.empty()) return shape;
  for (const std::string_view part : split(text, ','))
    shape.dims_.push_back(Dim::parse(trim(part)));
  return shape;
}

const Dim& Shape::operator[](int axis) const {
  return dims_[static_cast<size_t>(normalize_axis(axis, rank(), "shape"))];
}
Dim& Shape::operator[](int axis) {
  return dims_[static_cast<size_t>(normalize_axis(axis, rank(), "shape"))];
}

bool Shape::is_constant() const {
  return std::all_of(begin(), end(), [](const Dim& dim) { return dim.is_constant(); });
}

Dim Shape::num_elements() const {
  Dim product = 1;
  for (const Dim& dim : dims_) product = product * dim;
  return product;
}

std::vector<int64_t> Shape::evaluate(const DimBindings& bindings) const {
  std::vector<int64_t> sizes;
  sizes.reserve(dims_.size());
  for (const Dim& dim : dims_) sizes.push_back(dim.evaluate(bindings));
  return sizes;
}

std::string Shape::to_string() const {
  std::vector<std::string> parts;
  for (const Dim& dim : dims_) parts.push_back(dim.to_string());
  return cat("[", join(parts, ", "), "]");
}

Shape broadcast(const Shape& a, const Shape& b) {
  const int rank = std::max(a.rank(), b.rank());
  std::vector<Dim> dims;
  for (int i = rank; i > 0; --i) {
    const Dim left = i <= a.rank() ? a[-i] : Dim(1);
    const Dim right = i <= b.rank() ? b[-i] : Dim(1);
    if (left != right && left != Dim(1) && right != Dim(1)) {
      fail(ErrorCode::kInvalidArgument, "shapes ", a.to_string(), " and ", b.to_string(),
           " do not broadcast: ", left.to_string(), " against ", right.to_string());
    }
    dims.push_back(left == Dim(1) ? right : left);
  }
  return Shape(std::move(dims));
}

std::string TensorType::to_string() const {
  return cat(lathe::to_string(dtype), shape.to_string());
}

TensorType TensorType::parse(std::string_view text) {
  const size_t bracket = text.find('[');
  const auto dtype = dtype_from_name(text.substr(0, bracket));
  if (bracket == std::string_view::npos || !dtype) {
    fail(ErrorCode::kCorrupt, "tensor type: expected 'dtype[…]', got ", quote(text));
  }
  return {*dtype, Shape::parse(text.substr(bracket))};
}

Json to_json(const Shape& shape) {
  Json out = Json::array();
  for (const Dim& dim : shape) out.push_back(to_json(dim));
  return out;
}

void read_json(const Json& json, Shape& out) {
  std::vector<Dim> dims;
  for (const Json& item : json.as_array()) read_json(item, dims.emplace_back());
  out = Shape(std::move(dims));
}

Json to_json(const TensorType& type) { return type.to_string(); }
void read_json(const Json& json, TensorType& out) { out = TensorType::parse(json.as_string()); }

}  // namespace lathe
