// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/matmul/vector.h"

namespace lathe::kernels {

void run_matmul_avx512(const KernelArgs& args) { run_matmul(args); }

}  // namespace lathe::kernels
