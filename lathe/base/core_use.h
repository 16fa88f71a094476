// SPDX-License-Identifier: Apache-2.0
// Who used this machine's cores: what a benchmark asks before it believes its own figures.
//
//   const CoreUse begin = CoreUse::now();
//   …
//   if (is_contended(begin, CoreUse::now())) …  // others took more than 3 % of the cores
#pragma once

#include <string_view>

namespace lathe {

// The kernel's counters at one moment, in seconds. `busy` advances in ticks of 10 ms; `delayed` is
// exact, so that what takes a few ms shows who disturbed it too.
struct CoreUse {
  double wall = 0;
  double busy = 0;     // of all cores, by any process; what a hypervisor took away included
  double own = 0;      // … of which by this process
  double delayed = 0;  // that this process's threads waited for a core; 0 where more than its cores
  int cores = 1;

  // Where the counters can't be read, `busy` is `own`: nobody else is seen.
  static CoreUse now();
};

// Busy seconds in the text of /proc/stat, whose times are in ticks; 0 where it has no such line.
double busy_seconds(std::string_view proc_stat, double ticks_per_second);

// Seconds for which a thread waited for a core, in the text of its schedstat; 0 where it has none.
double delayed_seconds(std::string_view schedstat);

// The share of all cores' time that others took: processes, interrupts, the hypervisor. In [0, 1].
// What is less than the counters' ticks can be wrong, 0.04 s, is no share, unless this process's
// threads waited meanwhile.
double share_of_others(const CoreUse& begin, const CoreUse& end);

// The cores that this process may run on.
int allowed_cores();

inline constexpr double kContendedShare = 0.03;
bool is_contended(const CoreUse& begin, const CoreUse& end);

}  // namespace lathe
