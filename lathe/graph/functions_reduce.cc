// SPDX-License-Identifier: Apache-2.0
// Reductions, order and matrix products.
#include "lathe/graph/functions.h"
#include "lathe/graph/network.h"
#include "lathe/ops/matmul.h"

namespace lathe::graph {

using ops::ReduceKind;

Value reduce(ReduceKind kind, Value x, std::vector<int> axes, bool keep_dims) {
  return x.network().add_one(
      ops::Reduce{.kind = kind, .axes = std::move(axes), .keep_dims = keep_dims}, {x});
}
Value sum(Value x, std::vector<int> axes, bool keep_dims) {
  return reduce(ReduceKind::kSum, x, std::move(axes), keep_dims);
}
Value mean(Value x, std::vector<int> axes, bool keep_dims) {
  return reduce(ReduceKind::kMean, x, std::move(axes), keep_dims);
}
Value max(Value x, std::vector<int> axes, bool keep_dims) {
  return reduce(ReduceKind::kMax, x, std::move(axes), keep_dims);
}

Value softmax(Value x, int axis) { return x.network().add_one(ops::Softmax{.axis = axis}, {x}); }
Value cumsum(Value x, int axis) { return x.network().add_one(ops::CumSum{.axis = axis}, {x}); }

TopKResult top_k(Value x, int64_t k) {
  const std::vector<Value> outputs = x.network().add(ops::TopK{.k = k}, {&x, 1});
  return {outputs[0], outputs[1]};
}

Value matmul(Value a, Value b) { return a.network().add_one(ops::MatMul{}, {a, b}); }

}  // namespace lathe::graph
