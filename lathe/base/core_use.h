// SPDX-License-Identifier: Apache-2.0
// Who used this machine's cores: what a benchmark asks before it believes its own figures.
//
//   const CoreUse begin = CoreUse::now();
//   …
//   if (is_contended(begin, CoreUse::now())) …  // others took more than 3 % of the cores
#pragma once

#include <string_view>

namespace lathe {

// The kernel's counters at one moment, in seconds; they advance in ticks of 10 ms.
struct CoreUse {
  double wall = 0;
  double busy = 0;  // of all cores, by any process; what a hypervisor took away included
  double own = 0;   // … of which by this process
  int cores = 1;

  // Where the counters can't be read, `busy` is `own`: nobody else is seen.
  static CoreUse now();
};

// Busy seconds in the text of /proc/stat, whose times are in ticks; 0 where it has no such line.
double busy_seconds(std::string_view proc_stat, double ticks_per_second);

// The share of all cores' time that others took: processes, interrupts, the hypervisor. In [0, 1].
double share_of_others(const CoreUse& begin, const CoreUse& end);

// Whether others took more than `kContendedShare`, and more than the counters' ticks can be wrong:
// 0.04 s, which is a greater share of what takes less than a second.
inline constexpr double kContendedShare = 0.03;
bool is_contended(const CoreUse& begin, const CoreUse& end);

}  // namespace lathe
