// SPDX-License-Identifier: Apache-2.0
// Functions that move elements.
#include "lathe/base/error.h"
#include "lathe/graph/functions.h"
#include "lathe/graph/network.h"

namespace lathe::graph {

Value reshape(Value x, Shape shape) {
  return x.network().add_one(ops::Reshape{.shape = std::move(shape)}, {x});
}

Value transpose(Value x, std::vector<int> permutation) {
  return x.network().add_one(ops::Transpose{.permutation = std::move(permutation)}, {x});
}

Value slice(Value x, int axis, int64_t start, int64_t stop, int64_t step) {
  return x.network().add_one(ops::Slice{.axis = axis, .start = start, .stop = stop, .step = step},
                             {x});
}

Value concat(std::span<const Value> parts, int axis) {
  if (parts.empty())
    fail(ErrorCode::kInvalidArgument, "concat: expected one or more inputs, got 0");
  return parts[0].network().add(ops::Concat{.axis = axis}, parts)[0];
}

std::vector<Value> split(Value x, std::vector<int64_t> sizes, int axis) {
  return x.network().add(ops::Split{.axis = axis, .sizes = std::move(sizes)}, {&x, 1});
}

Value gather(Value x, Value indices, int axis) {
  return x.network().add_one(ops::Gather{.axis = axis}, {x, indices});
}

Value scatter(Value x, Value indices, Value updates, ops::ScatterKind kind) {
  return x.network().add_one(ops::Scatter{.kind = kind}, {x, indices, updates});
}

Value broadcast_to(Value x, Shape shape) {
  return x.network().add_one(ops::BroadcastTo{.shape = std::move(shape)}, {x});
}

Value constant(Network& network, DType dtype, Shape shape, std::vector<double> values) {
  return network.add_one(
      ops::Constant{.dtype = dtype, .shape = std::move(shape), .values = std::move(values)}, {});
}

Value iota(Network& network, Dim size, DType dtype) {
  return network.add_one(ops::Iota{.size = std::move(size), .dtype = dtype}, {});
}

}  // namespace lathe::graph
