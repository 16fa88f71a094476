// SPDX-License-Identifier: Apache-2.0
// Pinned memory that the host fills again and again while a GPU takes what it filled before.
//
//   write(stage.claim());        // waits while a device still reads it
//   …                            // enqueue what reads it
//   stage.mark(stream);
#pragma once

#include <cstddef>
#include <cstdint>

#include "lathe/core/cuda/buffer.h"

namespace lathe::exec {

class PinnedStage {
 public:
  // Zeros. Throws kOutOfMemory.
  PinnedStage(const cuda::Stream& stream, int64_t bytes);

  std::byte* data() const { return static_cast<std::byte*>(memory_.data()); }
  // Free to be written: behind all that was enqueued before the last mark, if there is one.
  std::byte* claim();
  // What is enqueued so far reads it.
  void mark(const cuda::Stream& stream);

 private:
  cuda::PinnedBuffer memory_;
  cuda::Event passed_;
  bool marked_ = false;
};

}  // namespace lathe::exec
