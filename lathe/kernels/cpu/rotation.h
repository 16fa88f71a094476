// SPDX-License-Identifier: Apache-2.0
// Cosines and sines of one token's rotary angles, as rope and rope_kv_write use them.
#pragma once

#include <vector>

#include "lathe/ops/rope.h"

namespace lathe::kernels {

// Angles and their cosines and sines in f64, rounded to f32 once. Not shared between threads.
class Rotation {
 public:
  explicit Rotation(const ops::Rope& rope);

  // Moves to a token. `length`, the known tokens of its sequence, is read by the scalings that
  // need lengths.
  void move_to(int64_t position, int64_t length);

  int64_t num_pairs() const { return static_cast<int64_t>(cosines_.size()); }
  // [num_pairs]
  const std::vector<float>& cosines() const { return cosines_; }
  const std::vector<float>& sines() const { return sines_; }

 private:
  const ops::Rope& rope_;
  int64_t length_;
  ops::RopeFrequencies frequencies_;  // of `length_`
  std::vector<float> cosines_, sines_;
};

// Where the elements of pair i stand in a head: at first + i * step and `distance` behind it.
struct PairLayout {
  int64_t step = 1;
  int64_t distance = 0;
};
PairLayout pair_layout(const ops::Rope& rope);

}  // namespace lathe::kernels
