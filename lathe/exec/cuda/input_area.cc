// SPDX-License-Identifier: Apache-2.0
#include "lathe/exec/cuda/input_area.h"

#include "lathe/base/error.h"

namespace lathe::exec {

InputPlacement place_inputs(std::span<const int64_t> bytes) {
  InputPlacement out;
  for (const int64_t size : bytes) {
    out.offsets.push_back(out.bytes);
    out.bytes += (size + kInputAlignment - 1) / kInputAlignment * kInputAlignment;
  }
  return out;
}

InputArea::InputArea(const cuda::Stream& stream, int64_t capacity)
    : stream_(stream),
      device_(stream.shared_device(), static_cast<size_t>(capacity), "step inputs"),
      stages_{PinnedStage(stream, capacity), PinnedStage(stream, capacity)} {}

std::byte* InputArea::stage() {
  current_ = 1 - current_;
  return stages_[current_].claim();
}

void InputArea::send(int64_t bytes) {
  LATHE_CHECK(bytes <= capacity(), "more inputs than the limits allow", bytes, capacity());
  PinnedStage& stage = stages_[current_];
  stream_.copy_to_device(device_.address(), stage.data(), static_cast<size_t>(bytes));
  stage.mark(stream_);
}

}  // namespace lathe::exec
