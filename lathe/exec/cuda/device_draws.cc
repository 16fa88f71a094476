// SPDX-License-Identifier: Apache-2.0
#include "lathe/exec/cuda/device_draws.h"

#include <algorithm>
#include <cstring>

#include "lathe/base/error.h"

namespace lathe::exec {

namespace {

template <class T>
int64_t bytes_of(int64_t count) {
  return count * static_cast<int64_t>(sizeof(T));
}

}  // namespace

DeviceDraws::DeviceDraws(const Gpu& gpu, std::string_view code, const DrawSizes& sizes)
    : gpu_(gpu),
      code_(code),
      sizes_(sizes),
      entries_(gpu),
      options_(gpu.stream(), bytes_of<kernels::SampleRow>(sizes.rows)),
      positions_(gpu.stream(), bytes_of<int32_t>(sizes.rows)),
      tokens_(gpu.device(), static_cast<size_t>(bytes_of<int32_t>(sizes.rows)), "drawn tokens"),
      seen_(gpu.device(), static_cast<size_t>(sizes.seen_rows * sizes.seen_bytes()),
            "tokens that penalties look at"),
      seen_ring_(gpu.stream(), kSeenPieces, sizes.seen_bytes()),
      parcels_{make_parcel(), make_parcel()} {
  gpu.stream().fill(tokens_.address(), 0, tokens_.size());
  set(std::vector<RowDraw>(static_cast<size_t>(sizes.rows), RowDraw{}));
}

DeviceDraws::Parcel DeviceDraws::make_parcel() const {
  return {cuda::PinnedBuffer(gpu_.device(), tokens_.size(), "drawn tokens"),
          cuda::Event(gpu_.device(), cuda::Event::Timing::kNone)};
}

kernels::SampleSeen* DeviceDraws::seen_of(size_t index) const {
  return seen_.pointer<kernels::SampleSeen>() +
         static_cast<std::ptrdiff_t>(index) * sizes_.most_seen;
}

kernels::SampleRow DeviceDraws::sample_row(const RowDraw& row, size_t index) const {
  kernels::SampleRow out{.temperature = row.temperature,
                         .top_k = row.top_k,
                         .top_p = row.top_p,
                         .min_p = row.min_p,
                         .seed = row.seed};
  if (!row.has_penalties()) return out;
  out.repetition_penalty = row.repetition_penalty;
  out.presence_penalty = row.presence_penalty;
  out.frequency_penalty = row.frequency_penalty;
  out.num_seen = static_cast<int32_t>(row.seen->size());
  out.capacity = static_cast<int32_t>(sizes_.most_seen);
  out.seen = seen_of(index);
  return out;
}

void DeviceDraws::send_seen(std::span<const SeenToken> seen, size_t index) {
  UploadRing::Piece& piece = seen_ring_.next();
  std::ranges::transform(seen, static_cast<kernels::SampleSeen*>(piece.host.data()),
                         [](const SeenToken& token) {
                           return kernels::SampleSeen{token.id, token.generated};
                         });
  seen_ring_.send(piece, bytes_of<kernels::SampleSeen>(std::ssize(seen)),
                  reinterpret_cast<cuda::DevicePointer>(seen_of(index)));
  seen_ring_.done(piece);
}

void DeviceDraws::set(std::span<const RowDraw> rows) {
  const auto same = [](const RowDraw& a, const RowDraw& b) { return a.same_options(b); };
  const bool known =
      rows.size() <= rows_.size() && std::equal(rows.begin(), rows.end(), rows_.begin(), same);
  const auto is_told = [](const RowDraw& row) { return row.has_penalties() && row.seen; };
  if (known && std::ranges::none_of(rows, is_told)) return;
  auto* stage = reinterpret_cast<kernels::SampleRow*>(options_.stage());
  for (size_t i = 0; i < rows.size(); ++i) {
    LATHE_CHECK(!rows[i].has_penalties() || rows[i].seen, "seen tokens that nobody told", i);
    if (is_told(rows[i])) send_seen(*rows[i].seen, i);
    stage[i] = sample_row(rows[i], i);
  }
  options_.send(bytes_of<kernels::SampleRow>(std::ssize(rows)));
  rows_.assign(rows.begin(), rows.end());
}

const int32_t* DeviceDraws::upload_positions(std::span<const RowDraw> rows) {
  auto* stage = reinterpret_cast<int32_t*>(positions_.stage());
  std::ranges::transform(rows, stage, &RowDraw::position);
  positions_.send(bytes_of<int32_t>(std::ssize(rows)));
  return reinterpret_cast<const int32_t*>(positions_.device());
}

void DeviceDraws::launch(kernels::Launch launch) { entries_.enqueue(code_, launch); }

void DeviceDraws::enqueue_feed(int32_t* token_ids, int64_t count) {
  launch(kernels::feed_launch(
      {.token_ids = token_ids, .count = count, .drawn = tokens_.pointer<int32_t>()}));
}

void DeviceDraws::enqueue_take(kernels::TakeCall call, const TensorView& token_ids) {
  call.token_ids = token_ids.as<int32_t>();
  call.num_ids = token_ids.num_elements();
  call.drawn = tokens_.pointer<int32_t>();
  launch(kernels::take_launch(call));
}

DrawTicket DeviceDraws::enqueue_draw(const float* logits, int64_t rows, const int32_t* positions) {
  Parcel& parcel = parcels_[++drawn_ % parcels_.size()];
  parcel.rows = static_cast<size_t>(rows);
  if (rows > 0) {
    launch(
        kernels::sample_launch({.logits = logits,
                                .vocab = sizes_.vocab,
                                .rows = rows,
                                .options = reinterpret_cast<kernels::SampleRow*>(options_.device()),
                                .positions = positions,
                                .tokens = tokens_.pointer<int32_t>(),
                                .host_tokens = static_cast<int32_t*>(parcel.memory.data())}));
  }
  parcel.arrived.record(gpu_.stream());
  return drawn_;
}

std::span<const int32_t> DeviceDraws::wait(DrawTicket ticket) const {
  LATHE_CHECK(ticket <= drawn_ && ticket + parcels_.size() > drawn_, "no such draw", ticket,
              drawn_);
  const Parcel& parcel = parcels_[ticket % parcels_.size()];
  parcel.arrived.synchronize();
  return {static_cast<const int32_t*>(parcel.memory.data()), parcel.rows};
}

}  // namespace lathe::exec
