// SPDX-License-Identifier: Apache-2.0
// Whether it pays to share loops with other threads while the system gives their cores to others.
//
// A thread that loses its core inside a tile holds up the loop for a scheduler's slice, some
// milliseconds, a hundred loops' worth. So shared loops are weighed, a few milliseconds of them at
// a time: the time that the caller alone would have needed against the time it took. Where sharing
// has lost, the pool works alone for a while and tries again; the whiles double until it pays.
#pragma once

#include <algorithm>
#include <cstdint>

namespace lathe {

// One shared loop as its caller saw it.
struct SharedLoop {
  int64_t begin_ns;
  int64_t drained_ns;  // when no tile was left to take
  int64_t end_ns;      // when the others had finished theirs
  int64_t tiles;
  int64_t taken;  // by the caller
  int64_t threads;
};

class Contention {
 public:
  // Whether a loop that begins now should be run by the caller alone.
  bool work_alone(int64_t now_ns) const { return now_ns < alone_until_ns_; }

  // `cpu_ns()`: the time that the caller's thread has had a core, asked for now and then.
  template <class CpuClock>
  void record(const SharedLoop& loop, CpuClock cpu_ns) {
    if (loop.taken == 0) return;
    if (window_begin_ns_ == 0) {
      window_begin_ns_ = loop.end_ns;
      cpu_begin_ns_ = cpu_ns();
      return;
    }
    const int64_t took_ns = loop.end_ns - loop.begin_ns;
    const int64_t own_ns = loop.drained_ns - loop.begin_ns;
    alone_ns_ += std::min(own_ns * loop.tiles / loop.taken, took_ns * loop.threads);
    shared_ns_ += took_ns;
    if (shared_ns_ >= kWindowNs) judge(loop.end_ns, cpu_ns());
  }

 private:
  static constexpr int64_t kMs = 1'000'000;
  static constexpr int64_t kWindowNs = 24 * kMs;  // several slices of a scheduler
  static constexpr int64_t kShortestPauseNs = 32 * kMs;
  static constexpr int64_t kLongestPauseNs = 512 * kMs;

  // The caller's tiles look longer than they are by the time that it had no core itself.
  void judge(int64_t now_ns, int64_t cpu_now_ns) {
    const auto wall = static_cast<double>(now_ns - window_begin_ns_);
    const double share = std::min(1.0, static_cast<double>(cpu_now_ns - cpu_begin_ns_) / wall);
    if (static_cast<double>(alone_ns_) * share < static_cast<double>(shared_ns_)) {
      alone_until_ns_ = now_ns + pause_ns_;
      pause_ns_ = std::min(2 * pause_ns_, kLongestPauseNs);
    } else {
      pause_ns_ = kShortestPauseNs;
    }
    alone_ns_ = shared_ns_ = window_begin_ns_ = 0;
  }

  int64_t window_begin_ns_ = 0;  // 0 = none is open
  int64_t cpu_begin_ns_ = 0;
  int64_t alone_ns_ = 0;   // what the window's loops would have taken
  int64_t shared_ns_ = 0;  // what they took
  int64_t pause_ns_ = kShortestPauseNs;
  int64_t alone_until_ns_ = 0;
};

}  // namespace lathe
