// SPDX-License-Identifier: Apache-2.0
#include "lathe/base/core_use.h"

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <vector>

namespace lathe {

namespace {

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

double own_seconds() {
  rusage usage = {};
  ::getrusage(RUSAGE_SELF, &usage);
  return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

double seconds_of_others(const CoreUse& begin, const CoreUse& end) {
  constexpr double kTickErrors = 0.04;  // a tick or two a core at either moment
  const double counted = (end.busy - begin.busy) - (end.own - begin.own);
  return std::max(counted > kTickErrors ? counted : 0, end.delayed - begin.delayed);
}

std::string first_line(const std::filesystem::path& path) {
  std::string line;
  std::ifstream file(path);
  std::getline(file, line);
  return line;
}

// More threads than cores wait for each other.
double delay_of_threads(int cores) {
  double seconds = 0;
  int threads = 0;
  std::error_code error;  // no such folder: nobody is seen waiting
  for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task", error)) {
    seconds += delayed_seconds(first_line(thread.path() / "schedstat"));
    ++threads;
  }
  return threads <= cores ? seconds : 0;
}

// The numbers of a line "cpu  1 2 3 …".
std::vector<double> numbers_of(std::string_view line) {
  std::vector<double> out;
  while (!line.empty()) {
    const size_t begin = std::min(line.find_first_of("0123456789"), line.size());
    line.remove_prefix(begin);
    int64_t value = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), value);
    if (error != std::errc()) break;
    out.push_back(static_cast<double>(value));
    line.remove_prefix(static_cast<size_t>(end - line.data()));
  }
  return out;
}

}  // namespace

double busy_seconds(std::string_view proc_stat, double ticks_per_second) {
  const std::string_view line = proc_stat.substr(0, proc_stat.find('\n'));
  if (!line.starts_with("cpu ")) return 0;
  // user, nice, system, idle, iowait, irq, softirq, steal
  const std::vector<double> ticks = numbers_of(line);
  if (ticks.size() < 8) return 0;
  const double busy = ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6] + ticks[7];
  return busy / ticks_per_second;
}

double delayed_seconds(std::string_view schedstat) {
  // nanoseconds that it ran, nanoseconds that it waited, slices
  const std::vector<double> numbers = numbers_of(schedstat);
  return numbers.size() < 3 ? 0 : numbers[1] * 1e-9;
}

int allowed_cores() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (::sched_getaffinity(0, sizeof(allowed), &allowed) == 0) return CPU_COUNT(&allowed);
  return static_cast<int>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN)));  // over 1,024
}

CoreUse CoreUse::now() {
  const auto hertz = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const auto cores = static_cast<int>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN)));
  const double own = own_seconds();
  const double busy = busy_seconds(first_line("/proc/stat"), hertz);
  const auto clock = std::chrono::steady_clock::now().time_since_epoch();
  return {.wall = std::chrono::duration<double>(clock).count(),
          .busy = busy > 0 ? busy : own,
          .own = own,
          .delayed = delay_of_threads(allowed_cores()),
          .cores = cores};
}

double share_of_others(const CoreUse& begin, const CoreUse& end) {
  const double wall = end.wall - begin.wall;
  if (wall <= 0) return 0;
  return std::clamp(seconds_of_others(begin, end) / (wall * end.cores), 0.0, 1.0);
}

bool is_contended(const CoreUse& begin, const CoreUse& end) {
  return share_of_others(begin, end) > kContendedShare;
}

}  // namespace lathe
