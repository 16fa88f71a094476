// SPDX-License-Identifier: Apache-2.0
#include "lathe/core/tensor.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <numeric>

#include "lathe/base/float16.h"

namespace lathe {
namespace {

int64_t product(std::span<const int64_t> sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), int64_t{1}, std::multiplies<>());
}

template <class T>
void store_integer(void* data, int64_t index, double value) {
  const double low = static_cast<double>(std::numeric_limits<T>::min());
  const double high = static_cast<double>(std::numeric_limits<T>::max());
  static_cast<T*>(data)[index] = value >= high
                                     ? std::numeric_limits<T>::max()
                                     : static_cast<T>(std::max(low, value));  // NaN: the least
}

// The float that stands for a double on its way to a narrower format: of the two around an inexact
// one that with an odd last bit, so that rounding it once more cannot make a tie of what is none.
float to_odd_float(double value) {
  const auto nearest = static_cast<float>(value);
  const bool odd = (std::bit_cast<uint32_t>(nearest) & 1) != 0;
  if (odd || !std::isfinite(nearest) || static_cast<double>(nearest) == value) return nearest;
  return std::nextafter(nearest, value > nearest ? HUGE_VALF : -HUGE_VALF);
}

// FP8 E4M3 (no infinity, NaN = 0x7f): OCP 8-bit floating point specification, 2023.
double load_e4m3(uint8_t bits) {
  const int exponent = (bits >> 3) & 15;
  const int mantissa = bits & 7;
  if (exponent == 15 && mantissa == 7) return std::nan("");
  const double magnitude =
      exponent == 0 ? std::ldexp(mantissa, -9) : std::ldexp(8 + mantissa, exponent - 10);
  return (bits & 0x80) != 0 ? -magnitude : magnitude;
}

uint8_t to_e4m3(double value) {
  const uint8_t sign = std::signbit(value) ? 0x80 : 0;
  if (std::isnan(value)) return 0x7f;
  const double magnitude = std::min(std::abs(value), 448.0);
  if (magnitude == 0) return sign;
  const int exponent = std::max(std::ilogb(magnitude), -6);
  // nearbyint rounds ties to even in the default rounding mode.
  auto code = static_cast<int>(std::nearbyint(std::ldexp(magnitude, 3 - exponent)));
  const int biased = code >= 8 ? exponent + 7 : 0;
  if (code == 16) return static_cast<uint8_t>(sign | ((biased + 1) << 3));
  return static_cast<uint8_t>(sign | (biased << 3) | (code & 7));
}

}  // namespace

TensorView TensorView::contiguous(void* data, DType dtype, std::span<const int64_t> sizes) {
  LATHE_CHECK(sizes.size() <= kMaxRank, "rank", sizes.size());
  TensorView view{.data = data, .dtype = dtype, .rank = static_cast<int>(sizes.size())};
  int64_t stride = 1;
  for (size_t i = sizes.size(); i-- > 0;) {
    view.sizes[i] = sizes[i];
    view.strides[i] = stride;
    stride *= sizes[i];
  }
  return view;
}

int64_t TensorView::num_elements() const { return product(shape()); }

bool TensorView::is_contiguous() const {
  int64_t stride = 1;
  for (int i = rank; i-- > 0;) {
    if (size(i) != 1 && this->stride(i) != stride) return false;
    stride *= size(i);
  }
  return true;
}

Tensor::Tensor(DType dtype, std::vector<int64_t> sizes) : dtype_(dtype), sizes_(std::move(sizes)) {
  const auto bytes = static_cast<size_t>((num_bytes() + 63) / 64 * 64);
  if (bytes == 0) return;
  data_ = std::aligned_alloc(64, bytes);
  if (data_ == nullptr) fail(ErrorCode::kOutOfMemory, "tensor of ", bytes, " bytes");
  std::memset(data_, 0, bytes);
  owner_ = std::shared_ptr<const void>(data_, [](void* data) { std::free(data); });
}

Tensor::Tensor(DType dtype, std::vector<int64_t> sizes, std::shared_ptr<const void> owner,
               void* data)
    : dtype_(dtype), sizes_(std::move(sizes)), owner_(std::move(owner)), data_(data) {}

int64_t Tensor::size(int axis) const {
  const auto rank = static_cast<int>(sizes_.size());
  LATHE_CHECK(axis >= -rank && axis < rank, "axis out of range", axis, rank);
  return sizes_[static_cast<size_t>(axis < 0 ? axis + rank : axis)];
}

int64_t Tensor::num_elements() const { return product(sizes_); }

Tensor Tensor::to(DType dtype) const {
  if (dtype == dtype_) return *this;
  Tensor out(dtype, sizes_);
  convert_elements(data_, dtype_, out.data_, dtype, num_elements());
  return out;
}

double load_element(const void* data, DType dtype, int64_t index) {
  switch (dtype) {
    case DType::kF32:
      return static_cast<const float*>(data)[index];
    case DType::kF16:
      return to_float(static_cast<const Fp16*>(data)[index]);
    case DType::kBf16:
      return to_float(static_cast<const Bf16*>(data)[index]);
    case DType::kI8:
      return static_cast<const int8_t*>(data)[index];
    case DType::kU8:
    case DType::kBool:
      return static_cast<const uint8_t*>(data)[index];
    case DType::kI32:
      return static_cast<const int32_t*>(data)[index];
    case DType::kI64:
      return static_cast<double>(static_cast<const int64_t*>(data)[index]);
    case DType::kU4:
      return (static_cast<const uint8_t*>(data)[index / 2] >> (index % 2 * 4)) & 15;
    case DType::kF8E4M3:
      return load_e4m3(static_cast<const uint8_t*>(data)[index]);
    case DType::kState:
      break;
  }
  fail(ErrorCode::kInternal, "no element of dtype ", to_string(dtype));
}

void store_element(void* data, DType dtype, int64_t index, double value) {
  switch (dtype) {
    case DType::kF32:
      static_cast<float*>(data)[index] = static_cast<float>(value);
      return;
    case DType::kF16:
      static_cast<Fp16*>(data)[index] = to_fp16(to_odd_float(value));
      return;
    case DType::kBf16:
      static_cast<Bf16*>(data)[index] = to_bf16(to_odd_float(value));
      return;
    case DType::kI8:
      return store_integer<int8_t>(data, index, value);
    case DType::kU8:
      return store_integer<uint8_t>(data, index, value);
    case DType::kBool:
      static_cast<uint8_t*>(data)[index] = value != 0;
      return;
    case DType::kI32:
      return store_integer<int32_t>(data, index, value);
    case DType::kI64:
      return store_integer<int64_t>(data, index, value);
    case DType::kU4: {
      uint8_t& pair = static_cast<uint8_t*>(data)[index / 2];
      const auto code = static_cast<uint8_t>(value > 0 ? std::min(value, 15.0) : 0);
      pair = static_cast<uint8_t>(index % 2 == 0 ? (pair & 0xf0) | code : (pair & 15) | code << 4);
      return;
    }
    case DType::kF8E4M3:
      static_cast<uint8_t*>(data)[index] = to_e4m3(value);
      return;
    case DType::kState:
      break;
  }
  fail(ErrorCode::kInternal, "no element of dtype ", to_string(dtype));
}

void convert_elements(const void* from, DType from_dtype, void* to, DType to_dtype, int64_t count) {
  const auto loop = [&](auto convert) {
    for (int64_t i = 0; i < count; ++i) convert(i);
  };
  if (from_dtype == to_dtype) {
    std::memcpy(to, from, static_cast<size_t>(bytes_for(to_dtype, count)));
  } else if (from_dtype == DType::kF32 && to_dtype == DType::kBf16) {
    loop([=](int64_t i) {
      static_cast<Bf16*>(to)[i] = to_bf16(static_cast<const float*>(from)[i]);
    });
  } else if (from_dtype == DType::kBf16 && to_dtype == DType::kF32) {
    loop([=](int64_t i) {
      static_cast<float*>(to)[i] = to_float(static_cast<const Bf16*>(from)[i]);
    });
  } else if (from_dtype == DType::kF16 && to_dtype == DType::kF32) {
    loop([=](int64_t i) {
      static_cast<float*>(to)[i] = to_float(static_cast<const Fp16*>(from)[i]);
    });
  } else if (from_dtype == DType::kF32 && to_dtype == DType::kF16) {
    loop([=](int64_t i) {
      static_cast<Fp16*>(to)[i] = to_fp16(static_cast<const float*>(from)[i]);
    });
  } else {
    loop([=](int64_t i) { store_element(to, to_dtype, i, load_element(from, from_dtype, i)); });
  }
}

}  // namespace lathe
