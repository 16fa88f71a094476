// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/kv_write/vector.h"

namespace lathe::kernels {

void run_kv_write_avx512(const KernelArgs& args) { run_kv_write(args); }

}  // namespace lathe::kernels
