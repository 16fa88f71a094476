// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/copies/cuda_strided.h"

#include <algorithm>

#include "lathe/kernels/copies/cuda_units.h"

namespace lathe::kernels::strided {
namespace {

constexpr UnitEntries kEntries = {{"copy_1", "copy_2", "copy_4", "copy_8", "copy_16"}};

// As in the device source.
struct Parameters {
  const void* from;
  void* to;
  int64_t units;
  int32_t rank;
  int64_t sizes[kMaxRank];
  int64_t from_strides[kMaxRank], to_strides[kMaxRank];
};

struct Axis {
  int64_t size, from, to;  // strides in bytes
};

// Axes of more than one element; neighbours that are one run on both sides are joined. The last
// counts bytes where it is contiguous on both sides.
std::vector<Axis> axes_of_copy(const TensorView& from, const TensorView& to) {
  const int64_t bytes = bits_of(to.dtype) / 8;
  std::vector<Axis> out;
  for (int i = 0; i < to.rank; ++i) {
    const Axis axis{to.size(i), from.stride(i) * bytes, to.stride(i) * bytes};
    if (axis.size == 1) continue;
    const bool joins = !out.empty() && out.back().from == axis.from * axis.size &&
                       out.back().to == axis.to * axis.size;
    if (joins) {
      out.back() = {out.back().size * axis.size, axis.from, axis.to};
    } else {
      out.push_back(axis);
    }
  }
  const bool contiguous = !out.empty() && out.back().from == bytes && out.back().to == bytes;
  if (contiguous) {
    out.back() = {out.back().size * bytes, 1, 1};
  } else {
    out.push_back({bytes, 1, 1});
  }
  return out;
}

int64_t unit_of(const std::vector<Axis>& axes, const TensorView& from, const TensorView& to) {
  int64_t unit = unit_bytes({axes.back().size, address_of(from.data), address_of(to.data)});
  for (size_t i = 0; i + 1 < axes.size(); ++i) {
    unit = unit_bytes({unit, axes[i].from, axes[i].to});
  }
  return unit;
}

Launch launch(const TensorView& from, const TensorView& to) {
  const std::vector<Axis> axes = axes_of_copy(from, to);
  const int64_t unit = unit_of(axes, from, to);
  Parameters parameters{from.data, to.data, 1, static_cast<int32_t>(axes.size()), {}, {}, {}};
  for (size_t i = 0; i < axes.size(); ++i) {
    const bool last = i + 1 == axes.size();
    parameters.sizes[i] = last ? axes[i].size / unit : axes[i].size;
    parameters.from_strides[i] = last ? 1 : axes[i].from / unit;
    parameters.to_strides[i] = last ? 1 : axes[i].to / unit;
    parameters.units *= parameters.sizes[i];
  }
  return each_element(entry_for(kEntries, unit), parameters.units, parameters);
}

}  // namespace

Support supports(const Problem& problem, const Target& target) {
  const DType dtype = problem.inputs[0].dtype;
  // A permutation of eight axes of single elements would need a ninth.
  return on_gpu(target, 90)
      .require(bits_of(dtype) >= 8, "moves whole bytes, x is ", to_string(dtype))
      .require(
          problem.inputs[0].shape.rank() < kMaxRank && problem.outputs[0].shape.rank() < kMaxRank,
          "takes up to ", kMaxRank - 1, " axes");
}

std::vector<DeviceWork> copies(const std::vector<Copy>& all) {
  std::vector<DeviceWork> out;
  for (const Copy& one : all) {
    if (one.to.num_elements() > 0) out.push_back(launch(one.from, one.to));
  }
  return out;
}

}  // namespace lathe::kernels::strided
