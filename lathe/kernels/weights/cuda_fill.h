// SPDX-License-Identifier: Apache-2.0
// Weights on their way into a GPU: rows as a checkpoint has them become a kernel's layout there, or
// are drawn there.
//
// The builder stores one piece of device code for every (layout, dtype) among the weights of a
// plan: PlanWeight::code is its name, `fill_source` (kernels/device_code.h) its text. It has an
// entry for each way that rows can come, so that the same engine takes a checkpoint whose tensors
// are coded differently. exec calls it at load, a slice of rows at a time:
//
//   FillTarget to{weight.layout, weight.format.code_dtype, rows, columns, device_pointer};
//   launch(code(weight.code), fill_launch(to, {rows.format, first_row, count, values, scales}));
//   launch(code(weight.code), draw_launch(to, {first_row, count, seed, stream, index, mean}));
//
// Slices may come in any order and of any size; rows of a weight that is joined of several sources
// count through all of them. Values are what quant::in_format gives on the host, bit for bit. A
// layout's padding of columns is written with the rows; its padding of rows stays as it is, since
// no kernel's results depend on it. The recipes are pure: any thread may call them.
#pragma once

#include <string>
#include <string_view>

#include "lathe/kernels/cuda_kernel.h"
#include "lathe/ops/weight_format.h"

namespace lathe::kernels {

// Whether a GPU fills weights of this layout and dtype.
bool can_fill(std::string_view layout, DType dtype);

// "fill.mma.bf16"; "fill.rows.f32" for an empty layout: row-major rows, or the elements of a
// vector. Throws kUnsupported for a layout or a dtype (bf16, f16, f32) that no GPU kernel has.
std::string fill_code(std::string_view layout, DType dtype);

struct FillTarget {
  std::string_view layout;  // empty: row-major
  DType dtype = DType::kBf16;
  int64_t rows = 0;     // of the whole weight
  int64_t columns = 1;  // of a vector: 1
  void* out = nullptr;  // of the whole weight; aligned to kDeviceAlignment
};

// Canonical rows (ops/weight_format.h) in the memory of the device, or host memory that it sees.
struct DeviceRows {
  const ops::WeightFormatDesc& format;  // plain f32, f16, bf16; codes i8 or u4 with scales of f16
  int64_t first_row = 0;                // of the target
  int64_t rows = 0;
  const void* values = nullptr;
  const void* scales = nullptr;    // of coded rows
  const void* minimums = nullptr;  // where the format has them
};
// Whether an entry takes rows of this format; exec turns others into plain f32 on the host.
bool can_fill_from(const ops::WeightFormatDesc& format);
// REQUIRES: can_fill_from(rows.format); one row or more.
Launch fill_launch(const FillTarget& to, const DeviceRows& rows);

// mean + deviation * normal_at(seed, stream, first_index + i) for the i-th element of the rows.
struct DrawnRows {
  int64_t first_row = 0;  // of the target
  int64_t rows = 0;
  uint64_t seed = 0;
  uint64_t stream = 0;       // stream_of(name of the source)
  uint64_t first_index = 0;  // of the first row's first element among the source's
  float mean = 0;
  float deviation = 0.02f;
};
// REQUIRES: one row or more.
Launch draw_launch(const FillTarget& to, const DrawnRows& rows);

}  // namespace lathe::kernels
