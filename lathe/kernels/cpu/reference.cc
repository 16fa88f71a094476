// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/cpu/reference.h"

#include "lathe/kernels/cpu/element.h"

namespace lathe::kernels {

void expect_indices_below(const TensorView& indices, int64_t size) {
  NumberReader<int64_t> reader(indices);
  for (int64_t i = 0; i < indices.num_elements(); ++i) {
    const int64_t index = reader.take();
    if (index >= 0 && index < size) continue;
    fail(ErrorCode::kInvalidArgument, "indices: element ", i, " is ", index,
         ", expected 0 or more and less than ", size);
  }
}

}  // namespace lathe::kernels
