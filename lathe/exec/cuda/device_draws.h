// SPDX-License-Identifier: Apache-2.0
// Tokens that a GPU draws itself from the logits of each step. They lie on the device, where the
// next step finds them, and in memory of the host, into which the GPU writes them too.
//
//   draws.set(rows);                       // uploads what is new, seen tokens where told
//   draws.enqueue_feed(token_ids, count);  // the step's ids below zero become tokens
//   …                                      // the step
//   DrawTicket ticket = draws.enqueue_draw(logits, rows, positions);
//   std::span<const int32_t> tokens = draws.wait(ticket);
//
// One thread.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "lathe/exec/cuda/draw_sizes.h"
#include "lathe/exec/cuda/gpu.h"
#include "lathe/exec/cuda/input_area.h"
#include "lathe/exec/cuda/upload_ring.h"
#include "lathe/exec/row_draw.h"
#include "lathe/kernels/sample/cuda_sample.h"

namespace lathe::exec {

class DeviceDraws {
 public:
  // `code`: of Plan::sampler. Throws kOutOfMemory.
  DeviceDraws(const Gpu& gpu, std::string_view code, const DrawSizes& sizes);

  const DrawSizes& sizes() const { return sizes_; }
  // The options of the next draw, by row. REQUIRES: penalties in the first sizes().seen_rows rows
  // alone, at most most_seen tokens each; they are told for all rows with penalties or, where the
  // options are those of the draw before, for none.
  void set(std::span<const RowDraw> rows);
  // Their positions, in device memory. For a step that has them nowhere else.
  const int32_t* upload_positions(std::span<const RowDraw> rows);

  void enqueue_feed(int32_t* token_ids, int64_t count);
  // Brings a captured step's inputs in, fed. `token_ids`: where they come to lie.
  void enqueue_take(kernels::TakeCall call, const TensorView& token_ids);

  // Of no rows: nothing is launched, the ticket is for what was enqueued before. Two draws may be
  // on their way at a time. REQUIRES: a position above zero for each row.
  DrawTicket enqueue_draw(const float* logits, int64_t rows, const int32_t* positions);
  // Waits for that draw alone. Valid until the second one from here.
  std::span<const int32_t> wait(DrawTicket ticket) const;

 private:
  struct Parcel {
    cuda::PinnedBuffer memory;
    cuda::Event arrived;
    size_t rows = 0;
  };
  Parcel make_parcel() const;
  void launch(kernels::Launch launch);
  kernels::SampleRow sample_row(const RowDraw& row, size_t index) const;
  void send_seen(std::span<const SeenToken> seen, size_t index);
  kernels::SampleSeen* seen_of(size_t index) const;

  const Gpu& gpu_;
  std::string_view code_;
  DrawSizes sizes_;
  Entries entries_;
  InputArea options_;    // kernels::SampleRow [max_rows]
  InputArea positions_;  // i32 [max_rows]
  cuda::DeviceBuffer tokens_;
  cuda::DeviceBuffer seen_;  // kernels::SampleSeen [seen_rows, most_seen]; the device adds to it
  UploadRing seen_ring_;
  std::vector<RowDraw> rows_;  // whose options are on the device
  std::array<Parcel, 2> parcels_;
  DrawTicket drawn_ = 0;
};

}  // namespace lathe::exec
