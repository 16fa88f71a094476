// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/cpu/one_rank.h"
#include "lathe/ops/collective.h"

namespace lathe::kernels {

extern const Kernel kAllReduceCpuRef{
    .name = "all_reduce.cpu.ref", .supports = one_rank_on_cpu<ops::AllReduce>, .run = hand_on};

}  // namespace lathe::kernels
