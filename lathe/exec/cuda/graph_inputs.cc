// SPDX-License-Identifier: Apache-2.0
#include "lathe/exec/cuda/graph_inputs.h"

#include <cstring>

namespace lathe::exec {

GraphInputs::Stage GraphInputs::make_stage(int64_t capacity) const {
  cuda::PinnedBuffer memory(stream_.shared_device(), static_cast<size_t>(capacity), "step inputs");
  std::memset(memory.data(), 0, memory.size());
  return {std::move(memory), cuda::Event(stream_.shared_device(), cuda::Event::Timing::kNone)};
}

GraphInputs::GraphInputs(const cuda::Stream& stream, int64_t capacity)
    : stream_(stream),
      turns_(stream.shared_device(), kernels::kTakeBlocks * sizeof(uint32_t), "turns of graphs"),
      stages_{make_stage(capacity), make_stage(capacity)} {
  stream.fill(turns_.address(), 0, turns_.size());
}

kernels::TakeCall GraphInputs::call() const {
  const auto bytes_of = [](const Stage& stage) {
    return static_cast<const std::byte*>(stage.memory.data());
  };
  return {.stages = {bytes_of(stages_[0]), bytes_of(stages_[1])},
          .turns = turns_.pointer<uint32_t>()};
}

// The other stage's event is recorded here and not with its launch: there it would stand between
// that graph and the draw behind it.
std::byte* GraphInputs::stage() {
  using Use = Stage::Use;
  Stage &stage = stages_[turn_], &other = stages_[1 - turn_];
  if (other.use == Use::kTaken) {
    other.passed.record(stream_);
    other.use = Use::kRecorded;
  }
  if (stage.use == Use::kRecorded) stage.passed.synchronize();
  stage.use = Use::kFree;
  return static_cast<std::byte*>(stage.memory.data());
}

void GraphInputs::launched() {
  stages_[turn_].use = Stage::Use::kTaken;
  turn_ = 1 - turn_;
}

}  // namespace lathe::exec
