// SPDX-License-Identifier: Apache-2.0
#include "lathe/exec/cuda/pinned_stage.h"

#include <cstring>

namespace lathe::exec {

PinnedStage::PinnedStage(const cuda::Stream& stream, int64_t bytes)
    : memory_(stream.shared_device(), static_cast<size_t>(bytes), "step inputs"),
      passed_(stream.shared_device(), cuda::Event::Timing::kNone) {
  std::memset(memory_.data(), 0, memory_.size());
}

std::byte* PinnedStage::claim() {
  if (marked_) passed_.synchronize();
  marked_ = false;
  return data();
}

void PinnedStage::mark(const cuda::Stream& stream) {
  passed_.record(stream);
  marked_ = true;
}

}  // namespace lathe::exec
