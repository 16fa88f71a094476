// SPDX-License-Identifier: Apache-2.0
// Timing events between the steps of a plan on a stream.
//
//   StepMarks marks(stream, steps);
//   marks.begin();
//   for (size_t i = 0; i < steps; ++i) enqueue(i), marks.end_of(i);
//   StepTimes times = marks.wait();      // the first time that the host waits
//
// Used again and again. One thread.
#pragma once

#include <vector>

#include "lathe/core/cuda/stream.h"
#include "lathe/exec/step_times.h"

namespace lathe::exec {

class StepMarks {
 public:
  StepMarks(const cuda::Stream& stream, size_t steps);

  void begin();
  void end_of(size_t step);
  // REQUIRES: every end was marked since `begin`. Throws what has failed on the device.
  StepTimes wait() const;

 private:
  const cuda::Stream& stream_;
  std::vector<cuda::Event> passed_;  // the begin, then each step's end
};

}  // namespace lathe::exec
