// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/copies/cuda_units.h"
#include "lathe/kernels/cuda_support.h"
#include "lathe/ops/layout.h"

namespace lathe::kernels {
namespace {

// As in the device source.
struct Parameters {
  const void* x;
  const void* indices;
  void* y;
  int64_t length, count, inner;
  int64_t units;
};

constexpr UnitEntries kEntries = {{"gather_1", "gather_2", "gather_4", "gather_8", "gather_16"}};

Support supports(const Problem& problem, const Target& target) {
  const DType index = problem.inputs[1].dtype;
  return on_gpu(target, 90)
      .require(bits_of(problem.inputs[0].dtype) >= 8, "x is ", to_string(problem.inputs[0].dtype))
      .require(is_integer(index) && bits_of(index) >= 8, "indices are ", to_string(index));
}

std::vector<DeviceWork> launches(const CudaArgs& args) {
  const TensorView &x = args.inputs[0], &indices = args.inputs[1], &y = args.outputs[0];
  if (y.num_elements() == 0) return {};
  const int axis = normalize_axis(args.op.as<ops::Gather>()->axis, x.rank, "x");
  int64_t inner = bits_of(x.dtype) / 8;
  for (int i = axis + 1; i < x.rank; ++i) inner *= x.size(i);
  const int64_t unit = unit_bytes({inner, address_of(x.data), address_of(y.data)});
  const Parameters parameters{
      x.data,       indices.data,        y.data, x.size(axis), indices.num_elements(),
      inner / unit, y.num_bytes() / unit};
  return {each_element(entry_for(kEntries, unit), parameters.units, parameters)};
}

constexpr CudaKernel kCuda = {.launches = launches, .fixed_bits = kElementByElement};

}  // namespace

extern const Kernel kGatherCudaRows;
const Kernel kGatherCudaRows = {
    .name = "gather.cuda.rows", .supports = supports, .run = nullptr, .cuda = &kCuda};

}  // namespace lathe::kernels
