// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/cpu/element.h"

namespace lathe::kernels {

template <>
int64_t load<int64_t>(const TensorView& view, int64_t offset) {
  switch (view.dtype) {
    case DType::kI64:
      return static_cast<const int64_t*>(view.data)[offset];
    case DType::kI32:
      return static_cast<const int32_t*>(view.data)[offset];
    default:  // narrow enough for a double
      return static_cast<int64_t>(load_element(view.data, view.dtype, offset));
  }
}

template <>
void store<int64_t>(const TensorView& view, int64_t offset, int64_t value) {
  switch (view.dtype) {
    case DType::kI64:
      static_cast<int64_t*>(view.data)[offset] = value;
      return;
    case DType::kI32:
      static_cast<int32_t*>(view.data)[offset] = static_cast<int32_t>(value);
      return;
    case DType::kI8:
      static_cast<int8_t*>(view.data)[offset] = static_cast<int8_t>(value);
      return;
    case DType::kU8:
      static_cast<uint8_t*>(view.data)[offset] = static_cast<uint8_t>(value);
      return;
    case DType::kBool:
      static_cast<uint8_t*>(view.data)[offset] = value != 0;
      return;
    default:
      fail(ErrorCode::kInternal, "no integer is stored as ", to_string(view.dtype));
  }
}

}  // namespace lathe::kernels
