// SPDX-License-Identifier: Apache-2.0
// The rotation of one head, in f32: what the references of rope and rope_kv_write share.
#pragma once

#include "lathe/kernels/cpu/float_elements.h"
#include "lathe/kernels/cpu/rotation.h"

namespace lathe::kernels {

// x and y: [head_dim], y may have another dtype; elements behind the rotary ones are copied.
inline void rotate_head(const ops::Rope& rope, const Rotation& rotation, int64_t head_dim,
                        const FloatElements& x, const FloatElements& y) {
  const PairLayout layout = pair_layout(rope);
  for (int64_t pair = 0; pair < rotation.num_pairs(); ++pair) {
    const int64_t first = pair * layout.step;
    const int64_t second = first + layout.distance;
    const float a = x.load(first);
    const float b = x.load(second);
    const float cosine = rotation.cosines()[static_cast<size_t>(pair)];
    const float sine = rotation.sines()[static_cast<size_t>(pair)];
    y.store(first, a * cosine - b * sine);
    y.store(second, b * cosine + a * sine);
  }
  for (int64_t i = rope.rotary_dims; i < head_dim; ++i) y.store(i, x.load(i));
}

}  // namespace lathe::kernels
