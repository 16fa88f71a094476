// SPDX-License-Identifier: Apache-2.0
// A step's inputs on their way to a GPU: written into pinned memory, packed one behind the other,
// and copied into a fixed buffer of the device with one call.
//
//   InputPlacement placement = place_inputs(bytes);
//   std::byte* to = area.stage();        // waits while an earlier step still reads it
//   memcpy(to + placement.offsets[0], …);
//   area.send(placement.bytes);
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "lathe/core/cuda/buffer.h"
#include "lathe/exec/cuda/pinned_stage.h"

namespace lathe::exec {

struct InputPlacement {
  std::vector<int64_t> offsets;  // one an input, aligned to kInputAlignment
  int64_t bytes = 0;             // of all
};
inline constexpr int64_t kInputAlignment = 256;
InputPlacement place_inputs(std::span<const int64_t> bytes);

class InputArea {
 public:
  // Throws kOutOfMemory.
  InputArea(const cuda::Stream& stream, int64_t capacity);

  // Pinned memory of `capacity` bytes, free to be written.
  std::byte* stage();
  // Enqueues the copy of the first bytes of what `stage` gave last.
  void send(int64_t bytes);
  std::byte* device() const { return device_.pointer<std::byte>(); }
  int64_t capacity() const { return static_cast<int64_t>(device_.size()); }

 private:
  const cuda::Stream& stream_;
  cuda::DeviceBuffer device_;
  // Two, so that the host fills one while the device's copy of the other waits for its turn.
  std::array<PinnedStage, 2> stages_;
  size_t current_ = 0;
};

}  // namespace lathe::exec
