// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/attention/vector.h"

namespace lathe::kernels {

void run_attention_avx2(const KernelArgs& args) { run_attention(args); }

}  // namespace lathe::kernels
