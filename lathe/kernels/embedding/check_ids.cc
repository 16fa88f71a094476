// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/embedding/check_ids.h"

namespace lathe::kernels {

void check_ids(const TensorView& ids, int64_t rows) {
  for (int64_t token = 0; token < ids.size(0); ++token) {
    const int32_t id = ids.as<int32_t>()[token];
    if (id >= 0 && id < rows) continue;
    fail(ErrorCode::kInvalidArgument, "token ", token, ": expected an id below ", rows, ", got ",
         id);
  }
}

}  // namespace lathe::kernels
