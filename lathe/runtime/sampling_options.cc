// SPDX-License-Identifier: Apache-2.0
#include "lathe/runtime/sampling_options.h"

#include <cmath>

namespace lathe::runtime {

void SamplingOptions::validate() const {
  const auto expect = [](bool ok, std::string_view field, std::string_view range, float value) {
    if (!ok || !std::isfinite(value)) {
      fail(ErrorCode::kInvalidArgument, field, ": expected ", range, ", got ", value);
    }
  };
  expect(temperature >= 0, "temperature", "0 (greedy) or more", temperature);
  expect(top_k >= 0, "top_k", "0 (all) or more", static_cast<float>(top_k));
  expect(top_p > 0 && top_p <= 1, "top_p", "more than 0, at most 1", top_p);
  expect(min_p >= 0 && min_p <= 1, "min_p", "0 to 1", min_p);
  expect(repetition_penalty > 0, "repetition_penalty", "more than 0", repetition_penalty);
  expect(std::fabs(presence_penalty) <= 2, "presence_penalty", "-2 to 2", presence_penalty);
  expect(std::fabs(frequency_penalty) <= 2, "frequency_penalty", "-2 to 2", frequency_penalty);
}

}  // namespace lathe::runtime
