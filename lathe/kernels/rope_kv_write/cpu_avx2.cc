// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/rope_kv_write/vector.h"

namespace lathe::kernels {

void run_rope_kv_write_avx2(const KernelArgs& args) { run_rope_kv_write(args); }

}  // namespace lathe::kernels
