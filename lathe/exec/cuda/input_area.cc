// SPDX-License-Identifier: Apache-2.0
#include "lathe/exec/cuda/input_area.h"

#include <cstring>

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

InputArea::Stage InputArea::make_stage(int64_t capacity) const {
  cuda::PinnedBuffer memory(stream_.shared_device(), static_cast<size_t>(capacity), "step inputs");
  std::memset(memory.data(), 0, memory.size());
  return {std::move(memory), cuda::Event(stream_.shared_device(), cuda::Event::Timing::kNone)};
}

InputArea::InputArea(const cuda::Stream& stream, int64_t capacity)
    : stream_(stream),
      device_(stream.shared_device(), static_cast<size_t>(capacity), "step inputs"),
      stages_{make_stage(capacity), make_stage(capacity)} {}

std::byte* InputArea::stage() {
  current_ = 1 - current_;
  Stage& stage = stages_[current_];
  if (stage.in_flight) stage.copied.synchronize();
  stage.in_flight = false;
  return static_cast<std::byte*>(stage.memory.data());
}

void InputArea::send(int64_t bytes) {
  LATHE_CHECK(bytes <= capacity(), "more inputs than the limits allow", bytes, capacity());
  Stage& stage = stages_[current_];
  stream_.copy_to_device(device_.address(), stage.memory.data(), static_cast<size_t>(bytes));
  stage.copied.record(stream_);
  stage.in_flight = true;
}

}  // namespace lathe::exec
