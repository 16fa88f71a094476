// SPDX-License-Identifier: Apache-2.0
// What a benchmark leaves: one row a measurement, with the machine and its ceiling. JSON in
// bench/results.
#pragma once

#include <fstream>
#include <string>
#include <vector>

#include "lathe/base/fields.h"

namespace lathe::gpu_tests {

struct Measurement {
  std::string problem;
  double us = 0;
  double bytes = 0;
  double flops = 0;
  double share_of_read_rate = 0;
  int64_t launches = 1;  // that `us` is the time of
  template <class V>
  static void fields(V&& v) {
    v("problem", &Measurement::problem);
    v("us", &Measurement::us);
    v("bytes", &Measurement::bytes);
    v("flops", &Measurement::flops);
    v("share_of_read_rate", &Measurement::share_of_read_rate);
    v("launches", &Measurement::launches);
  }
};

struct Report {
  std::string device;
  double read_bytes_per_us = 0;  // in this process
  std::vector<Measurement> rows;
  template <class V>
  static void fields(V&& v) {
    v("device", &Report::device);
    v("read_bytes_per_us", &Report::read_bytes_per_us);
    v("rows", &Report::rows);
  }
  // Nowhere where the path is empty.
  void write(const std::string& path) const {
    if (!path.empty()) std::ofstream(path) << to_json(*this).dump_pretty() << "\n";
  }
};

}  // namespace lathe::gpu_tests
