// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/cpu/weight_rows.h"

#include <algorithm>
#include <array>

#include "lathe/kernels/cpu/float_elements.h"

namespace lathe::kernels {

WeightRows::WeightRows(const ops::WeightFormatDesc& format, std::span<const TensorView> tensors)
    : format_(format), tensors_(tensors) {
  LATHE_CHECK(static_cast<int>(tensors.size()) == format.num_tensors(), "tensors of a weight",
              tensors.size());
  for (const TensorView& tensor : tensors) {
    LATHE_CHECK(tensor.is_contiguous(), "a strided weight");
  }
}

float WeightRows::scale(int64_t row, int64_t block) const {
  return float_elements(tensors_[1]).load(row * blocks() + block);
}

float WeightRows::minimum(int64_t row, int64_t block) const {
  return format_.has_minimums ? float_elements(tensors_[2]).load(row * blocks() + block) : 0;
}

void WeightRows::codes(const RowPart& part, int16_t* out) const {
  const int64_t first = part.row * cols() + part.begin;
  if (format_.code_dtype == DType::kI8) {
    const int8_t* codes = tensors_[0].as<int8_t>() + first;
    for (int64_t i = 0; i < part.count; ++i) {
      out[i] = static_cast<int16_t>(codes[i] - format_.code_offset);
    }
    return;
  }
  const auto* bytes = static_cast<const uint8_t*>(tensors_[0].data);
  for (int64_t i = 0; i < part.count; ++i) {
    const int64_t index = first + i;
    const int code = (bytes[index / 2] >> (index % 2 * 4)) & 15;
    out[i] = static_cast<int16_t>(code - format_.code_offset);
  }
}

void WeightRows::values(const RowPart& part, float* out) const {
  if (format_.is_plain()) {
    const FloatElements weight = float_elements(tensors_[0]).from(part.row * cols() + part.begin);
    convert_elements(weight.data, weight.dtype, out, DType::kF32, part.count);
    return;
  }
  std::array<int16_t, 256> codes;
  for (int64_t done = 0; done < part.count;) {
    const int64_t begin = part.begin + done;
    const int64_t block = begin / format_.block_cols;
    const int64_t left_in_block = (block + 1) * format_.block_cols - begin;
    const int64_t count =
        std::min({part.count - done, left_in_block, static_cast<int64_t>(codes.size())});
    this->codes({part.row, begin, count}, codes.data());
    const float block_scale = scale(part.row, block);
    const float block_minimum = minimum(part.row, block);
    for (int64_t i = 0; i < count; ++i) {
      out[done + i] =
          static_cast<float>(codes[static_cast<size_t>(i)]) * block_scale + block_minimum;
    }
    done += count;
  }
}

}  // namespace lathe::kernels
