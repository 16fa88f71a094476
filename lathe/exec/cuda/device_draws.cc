// SPDX-License-Identifier: Apache-2.0
#include "lathe/exec/cuda/device_draws.h"

#include <algorithm>
#include <cstring>

#include "lathe/base/error.h"

namespace lathe::exec {

namespace {

kernels::SampleRow sample_row(const RowDraw& row) {
  kernels::SampleRow out;
  out.temperature = row.temperature;
  out.top_k = row.top_k;
  out.top_p = row.top_p;
  out.min_p = row.min_p;
  out.seed = row.seed;
  return out;
}

template <class T>
int64_t bytes_of(int64_t count) {
  return count * static_cast<int64_t>(sizeof(T));
}

}  // namespace

DeviceDraws::DeviceDraws(const Gpu& gpu, std::string_view code, int64_t vocab, int64_t max_rows)
    : gpu_(gpu),
      code_(code),
      vocab_(vocab),
      entries_(gpu),
      options_(gpu.stream(), bytes_of<kernels::SampleRow>(max_rows)),
      positions_(gpu.stream(), bytes_of<int32_t>(max_rows)),
      tokens_(gpu.device(), static_cast<size_t>(bytes_of<int32_t>(max_rows)), "drawn tokens"),
      parcels_{Parcel{cuda::PinnedBuffer(gpu.device(), tokens_.size(), "drawn tokens"),
                      cuda::Event(gpu.device(), cuda::Event::Timing::kNone)},
               Parcel{cuda::PinnedBuffer(gpu.device(), tokens_.size(), "drawn tokens"),
                      cuda::Event(gpu.device(), cuda::Event::Timing::kNone)}} {
  gpu.stream().fill(tokens_.address(), 0, tokens_.size());
  set(std::vector<RowDraw>(static_cast<size_t>(max_rows), RowDraw{}));
}

void DeviceDraws::set(std::span<const RowDraw> rows) {
  const auto same = [](const RowDraw& a, const RowDraw& b) { return a.same_options(b); };
  const bool known =
      rows.size() <= rows_.size() && std::equal(rows.begin(), rows.end(), rows_.begin(), same);
  if (known) return;
  auto* stage = reinterpret_cast<kernels::SampleRow*>(options_.stage());
  std::ranges::transform(rows, stage, sample_row);
  options_.send(bytes_of<kernels::SampleRow>(std::ssize(rows)));
  rows_.assign(rows.begin(), rows.end());
}

const int32_t* DeviceDraws::upload_positions(std::span<const RowDraw> rows) {
  auto* stage = reinterpret_cast<int32_t*>(positions_.stage());
  std::ranges::transform(rows, stage, &RowDraw::position);
  positions_.send(bytes_of<int32_t>(std::ssize(rows)));
  return reinterpret_cast<const int32_t*>(positions_.device());
}

void DeviceDraws::launch(kernels::Launch launch) { entries_.launch(code_, launch); }

void DeviceDraws::enqueue_feed(int32_t* token_ids, int64_t count) {
  launch(kernels::feed_launch(
      {.token_ids = token_ids, .count = count, .drawn = tokens_.pointer<int32_t>()}));
}

void DeviceDraws::enqueue_draw(const float* logits, int64_t rows, const int32_t* positions) {
  launch(
      kernels::sample_launch({.logits = logits,
                              .vocab = vocab_,
                              .rows = rows,
                              .options = reinterpret_cast<kernels::SampleRow*>(options_.device()),
                              .positions = positions,
                              .tokens = tokens_.pointer<int32_t>()}));
}

DrawTicket DeviceDraws::send(int64_t rows) {
  Parcel& parcel = parcels_[++sent_ % parcels_.size()];
  parcel.rows = static_cast<size_t>(rows);
  if (rows > 0) {
    gpu_.stream().copy_to_host(parcel.memory.data(), tokens_.address(),
                               parcel.rows * sizeof(int32_t));
  }
  parcel.arrived.record(gpu_.stream());
  return sent_;
}

std::span<const int32_t> DeviceDraws::wait(DrawTicket ticket) const {
  LATHE_CHECK(ticket <= sent_ && ticket + parcels_.size() > sent_, "no such draw", ticket, sent_);
  const Parcel& parcel = parcels_[ticket % parcels_.size()];
  parcel.arrived.synchronize();
  return {static_cast<const int32_t*>(parcel.memory.data()), parcel.rows};
}

}  // namespace lathe::exec
