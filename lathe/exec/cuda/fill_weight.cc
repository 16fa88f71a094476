// SPDX-License-Identifier: Apache-2.0
#include "lathe/exec/cuda/fill_weight.h"

#include <array>
#include <cstring>

#include "lathe/base/error.h"
#include "lathe/base/random.h"
#include "lathe/kernels/weights/cuda_fill.h"
#include "lathe/quant/coding.h"

namespace lathe::exec {

namespace {

// Rows as the device can take them: as they are stored, or in the format that is run.
ops::CanonicalTensor device_rows(ops::CanonicalTensor rows, const ops::WeightFormatDesc& format) {
  return kernels::can_fill_from(rows.format) ? std::move(rows)
                                             : quant::in_format(std::move(rows), format);
}

std::array<const Tensor*, 3> parts_of(const ops::CanonicalTensor& rows) {
  return {&rows.values, &rows.scales, &rows.minimums};
}

// Where the tensors of a slice lie in a piece of the ring: one behind the other.
struct SliceParts {
  std::array<int64_t, 3> row_bytes{};
  std::array<int64_t, 3> offsets{};
  int64_t bytes = 0;

  SliceParts(const ops::CanonicalTensor& one_row, int64_t rows) {
    for (size_t part = 0; part < offsets.size(); ++part) {
      row_bytes[part] = parts_of(one_row)[part]->num_bytes();
      offsets[part] = bytes;
      bytes += (row_bytes[part] * rows + 255) / 256 * 256;
    }
  }
};

kernels::FillTarget target_of(const engine::PlanWeight& weight, void* out) {
  return {.layout = weight.layout,
          .dtype = weight.format.code_dtype,
          .rows = weight.shape[0],
          .columns = row_elements(weight),
          .out = out};
}

constexpr int64_t kReadBytes = int64_t{1} << 20;  // that one thread reads

}  // namespace

void WeightFiller::launch(const engine::PlanWeight& weight, kernels::Launch launch) {
  entries_.enqueue(weight.code, launch);
}

void WeightFiller::draw(const engine::PlanWeight& weight, int64_t seed, void* out) {
  int64_t first_row = 0;
  for (size_t source = 0; source < weight.sources.size(); ++source) {
    const std::string& name = weight.sources[source].tensor;
    const int64_t rows = weight.source_rows[source];
    if (rows == 0) continue;
    launch(weight,
           kernels::draw_launch(target_of(weight, out), {.first_row = first_row,
                                                         .rows = rows,
                                                         .seed = static_cast<uint64_t>(seed),
                                                         .stream = stream_of(name.c_str()),
                                                         .mean = dummy_mean(name),
                                                         .deviation = kDummyDeviation}));
    first_row += rows;
  }
}

void WeightFiller::send_slice(const engine::PlanWeight& weight, const RowReader& read,
                              const WeightSlice& slice, void* out) {
  const int64_t begin = slice.rows.begin, count = slice.rows.size();
  const ops::CanonicalTensor one =
      device_rows(read(weight, slice.source, {begin, begin + 1}), weight.format);
  const SliceParts parts(one, count);
  UploadRing::Piece& piece = ring_.next();
  auto* host = static_cast<std::byte*>(piece.host.data());
  const int64_t step = std::max<int64_t>(1, kReadBytes / std::max<int64_t>(1, parts.row_bytes[0]));
  pool_.run(static_cast<size_t>((count + step - 1) / step), [&](size_t i) {
    const int64_t first = static_cast<int64_t>(i) * step;
    const int64_t last = std::min(first + step, count);
    const ops::CanonicalTensor rows =
        device_rows(read(weight, slice.source, {begin + first, begin + last}), weight.format);
    for (size_t part = 0; part < parts.offsets.size(); ++part) {
      const Tensor& from = *parts_of(rows)[part];
      std::memcpy(host + parts.offsets[part] + first * parts.row_bytes[part], from.data(),
                  static_cast<size_t>(from.num_bytes()));
    }
  });
  ring_.send(piece, parts.bytes, piece.device.address());
  const auto* device = piece.device.pointer<const std::byte>();
  launch(weight,
         kernels::fill_launch(target_of(weight, out), {.format = one.format,
                                                       .first_row = slice.first_row,
                                                       .rows = count,
                                                       .values = device + parts.offsets[0],
                                                       .scales = device + parts.offsets[1],
                                                       .minimums = device + parts.offsets[2]}));
  ring_.done(piece);
}

void WeightFiller::fill(const engine::PlanWeight& weight, const WeightRows& rows, void* out) {
  with_context(cat("weight ", quote(weight.name)), [&] {
    if (rows.seed) return draw(weight, *rows.seed, out);
    // Rows of f32 are the largest that come.
    for (const WeightSlice& slice : cut_rows(weight, 1, ring_.piece_bytes() - 1024)) {
      send_slice(weight, rows.read, slice, out);
    }
  });
}

}  // namespace lathe::exec
