// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/cpu/rotation.h"

#include <cmath>

namespace lathe::kernels {

Rotation::Rotation(const ops::Rope& rope)
    : rope_(rope),
      length_(0),
      frequencies_(ops::rope_frequencies(rope.scaling, rope.theta, rope.rotary_dims, 0)),
      cosines_(frequencies_.inverse.size()),
      sines_(frequencies_.inverse.size()) {}

void Rotation::move_to(int64_t position, int64_t length) {
  if (length != length_ && ops::needs_lengths(rope_.scaling)) {
    frequencies_ = ops::rope_frequencies(rope_.scaling, rope_.theta, rope_.rotary_dims, length);
    length_ = length;
  }
  for (size_t i = 0; i < cosines_.size(); ++i) {
    const double angle = static_cast<double>(position) * frequencies_.inverse[i];
    cosines_[i] = static_cast<float>(std::cos(angle) * frequencies_.magnitude);
    sines_[i] = static_cast<float>(std::sin(angle) * frequencies_.magnitude);
  }
}

PairLayout pair_layout(const ops::Rope& rope) {
  if (rope.style == ops::RopeStyle::kHalf) return {.step = 1, .distance = rope.rotary_dims / 2};
  return {.step = 2, .distance = 1};
}

}  // namespace lathe::kernels
