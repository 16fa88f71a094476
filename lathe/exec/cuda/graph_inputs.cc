// SPDX-License-Identifier: Apache-2.0
#include "lathe/exec/cuda/graph_inputs.h"

namespace lathe::exec {

GraphInputs::GraphInputs(const cuda::Stream& stream, int64_t capacity)
    : stream_(stream),
      turns_(stream.shared_device(), kernels::kTakeBlocks * sizeof(uint32_t), "turns of graphs"),
      stages_{PinnedStage(stream, capacity), PinnedStage(stream, capacity)} {
  stream.fill(turns_.address(), 0, turns_.size());
}

kernels::TakeCall GraphInputs::call() const {
  return {.stages = {stages_[0].data(), stages_[1].data()}, .turns = turns_.pointer<uint32_t>()};
}

// The other stage is marked here and not with its launch: there its event would stand between that
// graph and the draw behind it.
std::byte* GraphInputs::stage() {
  if (unmarked_) stages_[1 - turn_].mark(stream_);
  unmarked_ = false;
  return stages_[turn_].claim();
}

void GraphInputs::launched() {
  turn_ = 1 - turn_;
  unmarked_ = true;
}

}  // namespace lathe::exec
