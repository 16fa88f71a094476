// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/gated_activation/vector.h"

namespace lathe::kernels {

void run_gated_activation_avx2(const KernelArgs& args) { run_gated_activation(args); }

}  // namespace lathe::kernels
