// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/rope/vector.h"

namespace lathe::kernels {

void run_rope_avx2(const KernelArgs& args) { run_rope(args); }

}  // namespace lathe::kernels
