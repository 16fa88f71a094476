// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/pointwise_group/tile_memory.h"

#include "lathe/kernels/cpu/cursor.h"

namespace lathe::kernels {

namespace {

template <class To, class From, class F>
void convert(const void* from, void* to, int64_t count, F f) {
  for (int64_t i = 0; i < count; ++i) {
    static_cast<To*>(to)[i] = f(static_cast<const From*>(from)[i]);
  }
}

template <class Stored>
void widen(const void* from, void* to, int64_t count) {
  convert<int64_t, Stored>(from, to, count, [](Stored x) { return int64_t{x}; });
}
template <class Stored>
void narrow(const void* from, void* to, int64_t count) {
  convert<Stored, int64_t>(from, to, count, [](int64_t x) { return static_cast<Stored>(x); });
}

void to_lanes(const void* from, DType dtype, void* to, int64_t count) {
  switch (dtype) {
    case DType::kI8:
      return widen<int8_t>(from, to, count);
    case DType::kU8:
      return widen<uint8_t>(from, to, count);
    case DType::kI32:
      return widen<int32_t>(from, to, count);
    case DType::kI64:
      return widen<int64_t>(from, to, count);
    case DType::kBool:
      return convert<int32_t, uint8_t>(from, to, count, [](uint8_t x) { return x != 0 ? -1 : 0; });
    default:
      convert_elements(from, dtype, to, DType::kF32, count);
  }
}

void from_lanes(const void* from, void* to, DType dtype, int64_t count) {
  switch (dtype) {
    case DType::kI8:
      return narrow<int8_t>(from, to, count);
    case DType::kU8:
      return narrow<uint8_t>(from, to, count);
    case DType::kI32:
      return narrow<int32_t>(from, to, count);
    case DType::kI64:
      return narrow<int64_t>(from, to, count);
    case DType::kBool:
      return convert<uint8_t, int32_t>(from, to, count,
                                       [](int32_t x) { return static_cast<uint8_t>(x & 1); });
    default:
      convert_elements(from, DType::kF32, to, dtype, count);
  }
}

void repeat_first(void* tile, int64_t bytes, int64_t count) {
  if (bytes == 4)
    std::fill_n(static_cast<uint32_t*>(tile) + 1, count - 1, *static_cast<uint32_t*>(tile));
  if (bytes == 8)
    std::fill_n(static_cast<uint64_t*>(tile) + 1, count - 1, *static_cast<uint64_t*>(tile));
}

}  // namespace

BroadcastRuns::BroadcastRuns(const TensorView& view, std::span<const int64_t> shape)
    : data_(static_cast<const std::byte*>(view.data)), dtype_(view.dtype) {
  const TensorView whole = broadcast_view(view, shape);
  for (int axis = 0; axis < whole.rank; ++axis) {
    if (whole.size(axis) != 1) add_axis(whole.size(axis), whole.stride(axis));
  }
  if (rank_ == 0) add_axis(1, 0);
}

// Joins an axis with the one before it where one step of that is a whole run of this.
void BroadcastRuns::add_axis(int64_t size, int64_t stride) {
  if (rank_ > 0 && strides_[static_cast<size_t>(rank_ - 1)] == stride * size) {
    sizes_[static_cast<size_t>(rank_ - 1)] *= size;
    strides_[static_cast<size_t>(rank_ - 1)] = stride;
    return;
  }
  sizes_[static_cast<size_t>(rank_)] = size;
  strides_[static_cast<size_t>(rank_)] = stride;
  ++rank_;
}

void BroadcastRuns::load(int64_t first, int64_t count, void* tile) const {
  const int64_t bytes = lane_bytes(lane_of(dtype_));
  const auto last = static_cast<size_t>(rank_ - 1);
  auto* to = static_cast<std::byte*>(tile);
  while (count > 0) {
    int64_t offset = 0;
    int64_t rest = first;
    for (size_t axis = last + 1; axis-- > 0; rest /= sizes_[axis]) {
      offset += rest % sizes_[axis] * strides_[axis];
    }
    const int64_t run = std::min(count, sizes_[last] - first % sizes_[last]);
    const std::byte* from = data_ + offset * bits_of(dtype_) / 8;
    to_lanes(from, dtype_, to, strides_[last] == 0 ? 1 : run);
    if (strides_[last] == 0) repeat_first(to, bytes, run);
    to += run * bytes;
    first += run;
    count -= run;
  }
}

void store_tile(const void* tile, int64_t count, const TensorView& view, int64_t first) {
  from_lanes(tile, static_cast<std::byte*>(view.data) + first * bits_of(view.dtype) / 8, view.dtype,
             count);
}

void fill_tile(double value, Lane lane, int64_t count, void* tile) {
  switch (lane) {
    case Lane::kFloat:
      std::fill_n(static_cast<float*>(tile), count, static_cast<float>(value));
      return;
    case Lane::kInteger:
      std::fill_n(static_cast<int64_t*>(tile), count, static_cast<int64_t>(value));
      return;
    case Lane::kBool:
      std::fill_n(static_cast<int32_t*>(tile), count, value != 0 ? -1 : 0);
      return;
  }
}

}  // namespace lathe::kernels
