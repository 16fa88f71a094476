// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/cpu/simd_avx512.h"
#include "lathe/kernels/pointwise_group/float_tile_ops.h"

namespace lathe::kernels {

extern constinit const FloatTileOps kAvx512TileOps = FloatBodies<Avx512>::table();

}  // namespace lathe::kernels
