// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/layer_norm/vector.h"

namespace lathe::kernels {

void run_layer_norm_avx2(const KernelArgs& args) { run_layer_norm(args); }

}  // namespace lathe::kernels
