// SPDX-License-Identifier: Apache-2.0
// The middle of measured values.
#pragma once

#include <algorithm>
#include <vector>

namespace lathe {

// The upper one of two middles. REQUIRES: not empty.
inline double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace lathe
