// SPDX-License-Identifier: Apache-2.0
// When to stop sharing loops with other threads, because the system takes their cores away.
//
// A thread that loses its core inside a tile holds up the loop for a scheduler's slice, some
// milliseconds, a hundred loops' worth. After such a stall the pool works alone for a while, then
// tries again; the whiles double from 20 to 320 ms until loops go through. A busy neighbour
// thus costs a stall a while, not one a slice.
#pragma once

#include <cstdint>

namespace lathe {

class Contention {
 public:
  // Whether a loop that begins now should be run by the caller alone.
  bool work_alone(int64_t now_us) const { return now_us < alone_until_us_; }

  // A shared loop ended: how long the caller waited for the others after its own last tile, and
  // what a tile took on average. Waits of a few tiles are the loop's own business.
  void record(int64_t now_us, int64_t wait_us, int64_t tile_us) {
    constexpr int64_t kStallUs = 500;
    if (wait_us > kStallUs + 4 * tile_us) {
      alone_until_us_ = now_us + pause_us_;
      pause_us_ = pause_us_ * 2 > kLongestPauseUs ? kLongestPauseUs : pause_us_ * 2;
      calm_since_us_ = alone_until_us_;
    } else if (now_us - calm_since_us_ > kCalmUs) {
      pause_us_ = kShortestPauseUs;
    }
  }

 private:
  static constexpr int64_t kShortestPauseUs = 20'000;
  static constexpr int64_t kLongestPauseUs = 320'000;
  static constexpr int64_t kCalmUs = 200'000;  // without a stall: the neighbour is gone
  int64_t alone_until_us_ = 0;
  int64_t pause_us_ = kShortestPauseUs;
  int64_t calm_since_us_ = 0;
};

}  // namespace lathe
