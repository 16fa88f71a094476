// SPDX-License-Identifier: Apache-2.0
// Measuring again what others' use of the cores has spoilt.
//
//   QuietRounds rounds({.who = "bench latency", .most_discarded = 4});
//   const auto round = rounds.run("round 1", [&] { return seconds_of(step); });
//   if (round.contended) …  // the machine did not become quiet: the value is a poor one
//
// What the benchmark's own process does is not others' use, whatever it is for.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "lathe/base/core_use.h"

namespace lathe {

template <class T>
struct Round {
  T value;
  bool contended = false;
};

class QuietRounds {
 public:
  struct Options {
    std::string who;             // begins the lines of the log
    int64_t most_discarded = 0;  // of one run(); then a round is kept. 0: the cores don't matter
    CoreUse (*now)() = CoreUse::now;
  };
  explicit QuietRounds(Options options) : options_(std::move(options)) {}

  int64_t discarded() const { return discarded_; }
  int64_t contended() const { return contended_; }  // that were kept

  // Calls `measure` until nobody else took more than kContendedShare of the cores meanwhile. Says
  // in the log which rounds of `what` were discarded, or kept although they should not be.
  template <class Measure>
  auto run(std::string_view what, Measure&& measure) -> Round<decltype(measure())> {
    for (int64_t discarded = 0;; ++discarded) {
      const CoreUse begin = options_.now();
      auto value = measure();
      const Verdict verdict = judge(what, begin, discarded);
      if (verdict == Verdict::kDiscarded) continue;
      return {std::move(value), verdict == Verdict::kContended};
    }
  }

 private:
  enum class Verdict : uint8_t { kQuiet, kContended, kDiscarded };
  Verdict judge(std::string_view what, const CoreUse& begin, int64_t discarded);

  Options options_;
  int64_t discarded_ = 0;
  int64_t contended_ = 0;
};

}  // namespace lathe
