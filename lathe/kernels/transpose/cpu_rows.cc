// SPDX-License-Identifier: Apache-2.0
// Rows of y one after the other: runs of bytes where x has the same last axis, else single elements
// from a stride apart, whose cache lines the next rows use again.
#include "lathe/kernels/cpu/axis_rows.h"
#include "lathe/kernels/cpu/cursor.h"
#include "lathe/ops/layout.h"

namespace lathe::kernels {

namespace {

// As integers of the elements' width.
template <class T>
void copy_strided(const std::byte* from, int64_t stride, std::byte* to, int64_t count) {
  const auto* source = reinterpret_cast<const T*>(from);
  auto* target = reinterpret_cast<T*>(to);
  for (int64_t i = 0; i < count; ++i) target[i] = source[i * stride];
}

using CopyRow = void (*)(const std::byte* from, int64_t stride, std::byte* to, int64_t count);

CopyRow copy_of_width(int64_t bytes) {
  if (bytes == 1) return copy_strided<uint8_t>;
  if (bytes == 2) return copy_strided<uint16_t>;
  return bytes == 4 ? copy_strided<uint32_t> : copy_strided<uint64_t>;
}

void run(const KernelArgs& args) {
  const TensorView x = permuted(args.inputs[0], args.op.as<ops::Transpose>()->permutation);
  auto* y = static_cast<std::byte*>(args.outputs[0].data);
  const int64_t element = bits_of(x.dtype) / 8;
  const int64_t length = x.rank == 0 ? 1 : x.size(-1);
  const int64_t stride = x.rank == 0 ? 1 : x.stride(-1);
  const int64_t rows = length == 0 ? 0 : x.num_elements() / length;
  TensorView starts = x;
  starts.rank = std::max(x.rank - 1, 0);
  const CopyRow copy = copy_of_width(element);
  for_ranges(args.pool, rows, grain_of_bytes(length * element), [&](int64_t first, int64_t last) {
    Cursor start(starts, starts.shape(), first);
    for (int64_t row = first; row < last; ++row, start.next()) {
      const std::byte* from = static_cast<const std::byte*>(x.data) + start.offset() * element;
      std::byte* to = y + row * length * element;
      if (stride == 1) {
        copy_bytes(from, to, length * element);
      } else {
        copy(from, stride, to, length);
      }
    }
  });
}

}  // namespace

extern const Kernel kTransposeCpuRows{
    .name = "transpose.cpu.rows", .supports = any_cpu, .run = run};

}  // namespace lathe::kernels
