// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/cpu/simd_avx2.h"
#include "lathe/kernels/pointwise_group/float_tile_ops.h"

namespace lathe::kernels {

extern constinit const FloatTileOps kAvx2TileOps = FloatBodies<Avx2>::table();

}  // namespace lathe::kernels
