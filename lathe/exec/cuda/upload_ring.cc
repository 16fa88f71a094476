// SPDX-License-Identifier: Apache-2.0
#include "lathe/exec/cuda/upload_ring.h"

#include "lathe/base/error.h"

namespace lathe::exec {

UploadRing::UploadRing(const cuda::Stream& stream, size_t pieces, int64_t piece_bytes)
    : stream_(stream), piece_bytes_(piece_bytes) {
  const auto& device = stream.shared_device();
  const auto bytes = static_cast<size_t>(piece_bytes);
  for (size_t i = 0; i < pieces; ++i) {
    pieces_.push_back({.host = cuda::PinnedBuffer(device, bytes, "weights on their way"),
                       .device = cuda::DeviceBuffer(device, bytes, "weights on their way"),
                       .read = cuda::Event(device, cuda::Event::Timing::kNone)});
  }
}

UploadRing::Piece& UploadRing::next() {
  Piece& piece = pieces_[turn_++ % pieces_.size()];
  if (piece.in_flight) piece.read.synchronize();
  piece.in_flight = false;
  return piece;
}

void UploadRing::send(Piece& piece, int64_t bytes, cuda::DevicePointer to) const {
  LATHE_CHECK(bytes <= piece_bytes_, "more than a piece holds", bytes, piece_bytes_);
  stream_.copy_to_device(to, piece.host.data(), static_cast<size_t>(bytes));
}

void UploadRing::done(Piece& piece) const {
  piece.read.record(stream_);
  piece.in_flight = true;
}

}  // namespace lathe::exec
