// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/quantize/vector.h"

namespace lathe::kernels {

void run_quantize_avx2(const KernelArgs& args) { run_quantize(args); }

}  // namespace lathe::kernels
