// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/pointwise_group/cuda_group.h"

#include <algorithm>
#include <numeric>

namespace lathe::kernels {
namespace pointwise_cuda {
namespace {

// As in the device source.
struct Parameters {
  int64_t elements;
  int64_t sizes[kMaxRank];  // of the loop, the last axis last
  const void* pointers[kMaxPointers];
};
static_assert(sizeof(Parameters) <= 256);

bool has_device_type(DType dtype) {
  return is_device_float(dtype) || is_integer(dtype) || dtype == DType::kBool;
}

bool all_have_device_types(std::span<const TensorType> types) {
  return std::all_of(types.begin(), types.end(), [](const TensorType& type) {
    return has_device_type(type.dtype) && type.dtype != DType::kU4;
  });
}

// The dim to which both broadcast; empty where they do not.
std::optional<Dim> common_dim(const Dim& a, const Dim& b) {
  if (a == b || b == Dim(1)) return a;
  if (a == Dim(1)) return b;
  return std::nullopt;
}

std::vector<DeviceWork> launches(const CudaArgs& args) {
  const std::span<const TensorView> outputs = args.outputs;
  Parameters parameters{1, {}, {}};
  std::fill(std::begin(parameters.sizes), std::end(parameters.sizes), 1);
  for (const TensorView& y : outputs) {
    for (int axis = 1; axis <= y.rank; ++axis) {
      int64_t& size = parameters.sizes[kMaxRank - axis];
      if (y.size(-axis) != 1) size = y.size(-axis);
    }
  }
  for (const int64_t size : parameters.sizes) parameters.elements *= size;
  if (parameters.elements == 0) return {};
  size_t next = 0;
  for (const TensorView& x : args.inputs) parameters.pointers[next++] = x.data;
  for (const TensorView& y : outputs) parameters.pointers[next++] = y.data;
  return {each_element("pointwise", parameters.elements, parameters)};
}

}  // namespace

ops::PointwiseGroup group_of(const ops::Op& op, size_t num_inputs) {
  if (const auto* group = op.as<ops::PointwiseGroup>()) return *group;
  std::vector<int> inputs(num_inputs);
  std::iota(inputs.begin(), inputs.end(), 0);
  return {{{op, inputs}}, {static_cast<int>(num_inputs)}};
}

std::optional<Shape> loop_shape(std::span<const TensorType> outputs) {
  std::vector<Dim> dims;
  for (const TensorType& y : outputs) {
    const int rank = y.shape.rank();
    while (static_cast<int>(dims.size()) < rank) dims.insert(dims.begin(), Dim(1));
    for (int axis = 0; axis < rank; ++axis) {
      Dim& dim = dims[dims.size() - static_cast<size_t>(rank - axis)];
      const std::optional<Dim> common = common_dim(dim, y.shape[axis]);
      if (!common) return std::nullopt;
      dim = *common;
    }
  }
  return Shape(std::move(dims));
}

Support supports(const Problem& problem, const Target& target) {
  return on_gpu(target, 90)
      .require(all_have_device_types(problem.inputs) && all_have_device_types(problem.outputs),
               "has an operand of a dtype without whole bytes, or of f8")
      .require(problem.inputs.size() + problem.outputs.size() <= kMaxPointers, "takes up to ",
               kMaxPointers, " operands and results")
      .require(loop_shape(problem.outputs).has_value(), "has results of shapes that do not fit");
}

const CudaKernel kCuda = {.launches = launches, .fixed_bits = kElementByElement};

}  // namespace pointwise_cuda

extern const Kernel kPointwiseGroupCuda;
const Kernel kPointwiseGroupCuda = {.name = "pointwise_group.cuda.generated",
                                    .supports = pointwise_cuda::supports,
                                    .run = nullptr,
                                    .cuda = &pointwise_cuda::kCuda};

}  // namespace lathe::kernels
