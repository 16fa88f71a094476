// SPDX-License-Identifier: Apache-2.0
#include "lathe/exec/cuda/step_marks.h"

namespace lathe::exec {

StepMarks::StepMarks(const cuda::Stream& stream, size_t steps) : stream_(stream) {
  passed_.reserve(steps + 1);
  for (size_t i = 0; i <= steps; ++i) passed_.emplace_back(stream.shared_device());
}

void StepMarks::begin() { passed_.front().record(stream_); }
void StepMarks::end_of(size_t step) { passed_[step + 1].record(stream_); }

StepTimes StepMarks::wait() const {
  StepTimes out{.us = {}, .host_was_ahead = !passed_.front().done()};
  passed_.back().synchronize();
  for (size_t i = 1; i < passed_.size(); ++i) {
    out.us.push_back(static_cast<double>(elapsed_us(passed_[i - 1], passed_[i])));
  }
  return out;
}

}  // namespace lathe::exec
