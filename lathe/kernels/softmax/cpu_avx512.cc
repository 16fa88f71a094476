// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/softmax/vector.h"

namespace lathe::kernels {

void run_softmax_avx512(const KernelArgs& args) { run_softmax(args); }

}  // namespace lathe::kernels
