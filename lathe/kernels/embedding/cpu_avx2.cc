// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/embedding/vector.h"

namespace lathe::kernels {

void run_embedding_avx2(const KernelArgs& args) { run_embedding(args); }

}  // namespace lathe::kernels
