// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/paged_attention/vector.h"

namespace lathe::kernels {

void run_paged_attention_avx512(const KernelArgs& args) { run_paged_attention(args); }

}  // namespace lathe::kernels
