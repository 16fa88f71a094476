// SPDX-License-Identifier: Apache-2.0
// The inputs of captured steps on their way to a GPU: the host writes them into pinned memory, the
// graph's first kernel takes them from there (kernels::take_launch). No copy stands between the
// draw of one step and the next one's graph.
//
//   write(inputs.stage());      // waits while an earlier graph still reads it
//   graph.launch(stream);
//   inputs.launched();
//
// Two stages in turns, so that the host fills one while the graph that takes the other waits. Whose
// turn it is both sides count: the device with each graph that runs, the host with each that it has
// enqueued. A launch that fails counts on neither; other steps in between touch neither count.
#pragma once

#include <array>

#include "lathe/core/cuda/buffer.h"
#include "lathe/exec/cuda/pinned_stage.h"
#include "lathe/kernels/sample/cuda_sample.h"

namespace lathe::exec {

class GraphInputs {
 public:
  // Throws kOutOfMemory.
  GraphInputs(const cuda::Stream& stream, int64_t capacity);

  // For the first launch of a graph. Stages and counts are set, what is taken whereto is not.
  kernels::TakeCall call() const;

  // Memory of `capacity` bytes that the next graph takes: the same until `launched`.
  std::byte* stage();
  // A graph that begins with such a launch was enqueued.
  void launched();

 private:
  const cuda::Stream& stream_;
  cuda::DeviceBuffer turns_;
  std::array<PinnedStage, 2> stages_;
  size_t turn_ = 0;
  bool unmarked_ = false;  // the other one, which a graph takes
};

}  // namespace lathe::exec
