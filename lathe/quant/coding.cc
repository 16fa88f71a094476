// SPDX-License-Identifier: Apache-2.0
#include "lathe/quant/coding.h"

#include <algorithm>
#include <cmath>

namespace lathe::quant {

namespace {

struct CodeRange {
  int least;
  int greatest;
};

// Symmetric 8-bit codes leave -128 out, so that a block's extremes weigh the same.
CodeRange code_range(const ops::WeightFormatDesc& format) {
  return format.code_dtype == DType::kU4 ? CodeRange{0, 15} : CodeRange{-127, 127};
}

// A float as its bits in `dtype` will read.
float rounded(float value, DType dtype) {
  uint32_t bits = 0;
  store_element(&bits, dtype, 0, value);
  return static_cast<float>(load_element(&bits, dtype, 0));
}

struct Line {  // value = (code - offset) * scale + minimum
  float scale;
  float minimum;
};

Line fit(std::span<const float> block, const ops::WeightFormatDesc& format) {
  const CodeRange codes = code_range(format);
  const auto [least, greatest] = std::ranges::minmax(block);
  if (format.has_minimums) {
    const float steps = static_cast<float>(codes.greatest - codes.least);
    return {rounded((greatest - least) / steps, format.scale_dtype),
            rounded(least, format.scale_dtype)};
  }
  const float magnitude = std::max(std::abs(least), std::abs(greatest));
  const int steps = std::min(codes.greatest - format.code_offset, format.code_offset - codes.least);
  return {rounded(magnitude / static_cast<float>(steps), format.scale_dtype), 0};
}

double code_of(float value, const Line& line, const ops::WeightFormatDesc& format) {
  if (line.scale == 0) return format.code_offset;
  const CodeRange codes = code_range(format);
  const float code =
      std::nearbyint((value - line.minimum) / line.scale) + static_cast<float>(format.code_offset);
  return std::clamp<double>(code, codes.least, codes.greatest);
}

int code_at(const Tensor& codes, DType dtype, size_t index) {
  if (dtype == DType::kI8) return static_cast<const int8_t*>(codes.data())[index];
  const uint8_t pair = static_cast<const uint8_t*>(codes.data())[index / 2];
  return index % 2 == 0 ? pair & 15 : pair >> 4;  // kU4: low nibble first
}

}  // namespace

Tensor decode(const ops::CanonicalTensor& rows) {
  const ops::WeightFormatDesc& format = rows.format;
  if (format.is_plain()) return rows.values.to(DType::kF32);
  const Tensor scales = rows.scales.to(DType::kF32);
  const Tensor minimums = format.has_minimums ? rows.minimums.to(DType::kF32) : Tensor();
  Tensor out(DType::kF32, rows.values.sizes());
  const auto values = out.values<float>();
  const auto block_cols = static_cast<size_t>(format.block_cols);
  for (size_t block = 0; block < values.size() / block_cols; ++block) {
    const float scale = scales.values<float>()[block];
    const float minimum = format.has_minimums ? minimums.values<float>()[block] : 0;
    for (size_t i = block * block_cols; i < (block + 1) * block_cols; ++i) {
      const int code = code_at(rows.values, format.code_dtype, i) - format.code_offset;
      values[i] = static_cast<float>(code) * scale + minimum;
    }
  }
  return out;
}

ops::CanonicalTensor encode(const Tensor& values, const ops::WeightFormatDesc& format) {
  ops::CanonicalTensor out{.format = format, .values = {}, .scales = {}, .minimums = {}};
  if (format.is_plain()) {
    out.values = values.to(format.code_dtype);
    return out;
  }
  const int64_t blocks = values.size(1) / format.block_cols;
  out.values = Tensor(format.code_dtype, values.sizes());
  out.scales = Tensor(format.scale_dtype, {values.size(0), blocks});
  if (format.has_minimums) out.minimums = Tensor(format.scale_dtype, {values.size(0), blocks});
  const auto count = static_cast<size_t>(format.block_cols);
  for (int64_t b = 0; b < out.scales.num_elements(); ++b) {
    const auto block = values.values<float>().subspan(static_cast<size_t>(b) * count, count);
    const Line line = fit(block, format);
    store_element(out.scales.data(), format.scale_dtype, b, line.scale);
    if (format.has_minimums) {
      store_element(out.minimums.data(), format.scale_dtype, b, line.minimum);
    }
    for (size_t i = 0; i < count; ++i) {
      store_element(out.values.data(), format.code_dtype,
                    b * format.block_cols + static_cast<int64_t>(i),
                    code_of(block[i], line, format));
    }
  }
  return out;
}

ops::CanonicalTensor in_format(ops::CanonicalTensor rows, const ops::WeightFormatDesc& format) {
  if (!format.is_plain() || rows.format == format) return rows;
  const Tensor values = rows.format.is_plain() ? rows.values : decode(rows);
  return {.format = format, .values = values.to(format.code_dtype), .scales = {}, .minimums = {}};
}

}  // namespace lathe::quant
