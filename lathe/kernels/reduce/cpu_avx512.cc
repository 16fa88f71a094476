// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/reduce/vector.h"

namespace lathe::kernels {

void run_reduce_avx512(const KernelArgs& args) { run_reduce(args); }

}  // namespace lathe::kernels
