// SPDX-License-Identifier: Apache-2.0
// Pinned memory in turns: while the device copies one piece, the host fills the next.
//
//   UploadRing::Piece& piece = ring.next();          // waits until it is free
//   fill(piece.host.data());
//   ring.send(piece, bytes, to);  // or to piece.device, and launch what reads it
//   ring.done(piece);
#pragma once

#include <vector>

#include "lathe/core/cuda/buffer.h"

namespace lathe::exec {

class UploadRing {
 public:
  struct Piece {
    cuda::PinnedBuffer host;
    cuda::DeviceBuffer device;  // as large: where what a kernel converts can lie
    cuda::Event read;           // by all that was enqueued about it
    bool in_flight = false;
  };
  // Throws kOutOfMemory.
  UploadRing(const cuda::Stream& stream, size_t pieces, int64_t piece_bytes);

  Piece& next();
  void send(Piece& piece, int64_t bytes, cuda::DevicePointer to) const;
  void done(Piece& piece) const;
  int64_t piece_bytes() const { return piece_bytes_; }

 private:
  const cuda::Stream& stream_;
  int64_t piece_bytes_;
  std::vector<Piece> pieces_;
  size_t turn_ = 0;
};

}  // namespace lathe::exec
