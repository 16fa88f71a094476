// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/cpu/one_rank.h"
#include "lathe/ops/collective.h"

namespace lathe::kernels {

extern const Kernel kAllGatherCpuRef{
    .name = "all_gather.cpu.ref", .supports = one_rank_on_cpu<ops::AllGather>, .run = hand_on};

}  // namespace lathe::kernels
