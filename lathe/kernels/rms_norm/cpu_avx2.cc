// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/rms_norm/vector.h"

namespace lathe::kernels {

void run_rms_norm_avx2(const KernelArgs& args) { run_rms_norm(args); }

}  // namespace lathe::kernels
