// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/cpu/rotary_frequencies.h"

#include <algorithm>

#include "lathe/base/error.h"

namespace lathe::kernels {

bool write_rotary_frequencies(const ops::Rope& rope, int64_t length, RotaryFrequencies& out) {
  LATHE_CHECK(rope.rotary_dims <= kMaxRotaryDims, "rotary dims", rope.rotary_dims);
  const ops::RopeFrequencies found =
      ops::rope_frequencies(rope.scaling, rope.theta, rope.rotary_dims, length);
  std::ranges::copy(found.inverse, out.inverse);
  out.num_pairs = static_cast<int64_t>(found.inverse.size());
  out.magnitude = static_cast<float>(found.magnitude);
  return ops::needs_lengths(rope.scaling);
}

}  // namespace lathe::kernels
